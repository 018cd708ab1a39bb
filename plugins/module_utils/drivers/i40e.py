# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""i40e: Intel X710, XL710, X722 (10 to 40 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel

_FIELDS = {
    "rx_missed_errors": ("c", "vsi_discards"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_discards"),
}

STATISTICS = {
    "counters": intel.COUNTERS_40G_100G
    + [
        ("b", "loss", "veb_discards", "veb.rx_discards"),
        ("c", "loss", "vsi_discards", "(rx_dropped|rx_missed_errors)"),
        ("e", "loss", "veb_tx_discards", "veb.tx_discards"),
    ],
    # Since 6.1.192, 6.12 and 6.18 the discards of an empty ring have a name of their own and rx_dropped keeps the rest,
    # GL_RXERR1 (i40e_main.c): frames that the VSI refused.
    "variants": [
        {
            "has": "rx_missed_errors",
            "counters": [("f", "loss", "vsi_refused", "rx_dropped")],
            "netdev": dict(_FIELDS, rx_dropped=("f", "vsi_refused")),
        }
    ],
}

NETDEV = dict(_FIELDS, rx_dropped=("c", "vsi_discards"))

INTERRUPTS = intel.interrupts_40g_100g("i40e")

RINGS = dict(
    intel.rings("i40e/i40e_main.c", 1500, (16, 24), (16, 40)),
    settings=intel.legacy_rx,
    change="both",
    rounding="up to a multiple of 32",
)

TRAITS = {
    "changes": {
        # i40e_down() and i40e_up(): the link stays, unless link-down-on-close or total-port-shutdown is set. EBUSY
        # with AF_XDP.
        "rings": 1,
        # A reset of the function and its VFs; refused with ntuple rules to queues that go.
        "channels": 2,
        "coalesce": 0,
        # hw-tc-offload is refused while there are filters.
        "features": {"rx-ntuple-filter": 2, "rx-vlan-hw-parse": 0, "rx-hashing": 0, "hw-tc-offload": None},
        # legacy-rx, disable-source-pruning, vf-true-promisc-support, FEC: a reset of the function.
        "private_flags": 2,
        # i40e_config_rss() (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": True,
    "adaptive_toggle_resets_usecs": False,
    # ITR_REG_ALIGN().
    "usecs_rounding": "up to a multiple of 2",
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    # Once in the life of a ring, and after a reset of the function (i40e_clean_xps_state()).
    "xps_again_after": ("channels",),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": (
        "i40e_ethtool.c and i40e_main.c of Linux 6.1.192 and 6.12.117",
        "Documentation/networking/device_drivers i40e.rst",
    ),
}
