# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ixgbe: Intel 82598, 82599, X540, X550 (10 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel

STATISTICS = {
    "counters": intel.COUNTERS_1G_10G
    + [
        ("a", "loss", "short", "rx_short_length_errors"),
        ("a", "loss", "length", "rx_length_errors"),
        ("b", "loss", "mpc", "rx_fifo_errors"),
        # QPRDC: with drop-enable set an empty ring drops here, and no netdev statistic shows it (ixgbe_main.c, 6.1).
        ("c", "loss", "ring_drop", "rx_no_dma_resources"),
        ("f", "info", None, "fdir_(match|miss)"),
        ("f", "event", None, "fdir_overflow"),
        ("f", "loss", "fcoe_dropped", "rx_fcoe_dropped"),
        ("g", "event", None, "(rx|tx)_pb_<n>_(pxon|pxoff)"),
    ],
}

NETDEV = {
    "rx_missed_errors": ("b", "mpc"),
    "rx_fifo_errors": ("b", "mpc"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_dropped"),
}

INTERRUPTS = intel.INTERRUPTS_1G_10G

RINGS = dict(
    intel.rings("ixgbe/ixgbe.h and ixgbe_main.c", 1500, (16, 32), (16, 48)),
    buffers=intel.whole_pages(1500, lro_too=True),
    settings=intel.legacy_rx,
    lro_by_default=True,
)

TRAITS = {
    "changes": {
        # ixgbe_down() and ixgbe_up(): the hardware is reset, on SFP+ the laser goes off, VFs are set inactive.
        "rings": 2,
        # ixgbe_setup_tc(): closes, gives the MSI-X vectors back, opens.
        "channels": 2,
        # Live, unless a low interrupt rate is crossed or RSC has to be switched for it: then a reset.
        "coalesce": 2,
        "features": {"rx-lro": 2, "rx-ntuple-filter": 2, "hw-tc-offload": 2, "rx-all": 2},
        # ixgbe_reinit_locked(): the same as for rings.
        "private_flags": 2,
        # ixgbe_store_reta(), ixgbe_set_rss_hash_opt(): written while it runs (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    # There is no switch: rx-usecs 1 is adaptive.
    "adaptive_refuses_usecs": False,
    "adaptive_toggle_resets_usecs": False,
    "usecs_rounding": None,
    # 82598 to X540; X550 and later name 64, which the driver does not tell.
    "rss_reach": 16,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    # Once in the life of a ring, and channels make new rings.
    "xps_again_after": ("channels",),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    # Without drop enable, which it sets with VFs, or with several queues and no pause.
    "waits_in_nic_buffer": True,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("ixgbe_ethtool.c, ixgbe_main.c and ixgbe_lib.c of Linux 6.1.192 and 6.12.117",),
}
