# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ice: Intel E810, E82x (10 to 100 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel

STATISTICS = {
    "counters": intel.COUNTERS_40G_100G + [("c", "loss", "vsi_discards", "rx_dropped")],
}

NETDEV = {
    "rx_dropped": ("c", "vsi_discards"),
    # Computed from the port's discards, yet not copied out up to 6.18: zero until a kernel does.
    "rx_missed_errors": ("b", "port_buffer"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_discards"),
}

INTERRUPTS = intel.interrupts_40g_100g("ice")

RINGS = dict(
    intel.rings("ice/ice_lib.c", 1500, (32, 32), (16, 40)),
    settings=intel.legacy_rx,
    change="both",
    rounding="up to a multiple of 32",
)

TRAITS = {
    "changes": {
        # ice_down() and ice_up(), the new rings made before: the carrier blips. EBUSY with AF_XDP.
        "rings": 1,
        # The VSI is closed, rebuilt and opened; EBUSY while RDMA is bound. A rebuild that fails leaves the port dead.
        "channels": 2,
        "coalesce": 0,
        # rx-fcs: ice_down() and ice_up().
        "features": {"rx-fcs": 1, "*": 0},
        # fw-lldp-agent negotiates the link anew.
        "private_flags": 2,
        # ice_set_rss_lut(), ice_set_rss_hash_opt() (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": True,
    "adaptive_toggle_resets_usecs": False,
    # It keeps the number that it was told, and the hardware does with the even one below.
    "usecs_rounding": "as it is",
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # Whenever it is opened, in Linux 6.1 (irq_set_affinity_hint()); a hint in 6.12.
    "affinity_again_after": ("up", "channels"),
    # Once in the life of a ring, and channels make new rings.
    "xps_again_after": ("channels",),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": ("rdma",),
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": (
        "ice_ethtool.c, ice_main.c, ice_lib.c and ice_base.c of Linux 6.1.192 and 6.12.117",
        "Documentation/networking/device_drivers ice.rst",
    ),
}
