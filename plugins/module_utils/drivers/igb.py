# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""igb: Intel 82575, 82576, 82580, I350, I210, I211 (1 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel

STATISTICS = {
    "counters": intel.COUNTERS_1G_10G
    + [
        intel.SHORT_FRAMES,
        ("a", "loss", "alignment", "(rx_align_errors|rx_frame_errors)"),
        ("a", "loss", "long+short", "rx_length_errors"),
        ("c", "loss", "ring_drop", "rx_queue_<q>_drops"),
        # RQDPC of all queues plus MPC, so the MPC packets are in rx_missed_errors too (igb_main.c, 6.1).
        ("c", "loss", "ring_drop+mpc", "rx_fifo_errors"),
        ("d", "event", "refill", "rx_queue_<q>_alloc_failed"),
        ("e", "event", None, "tx_queue_<q>_restart"),
        (None, "info", None, "rx_queue_<q>_csum_err"),
    ],
}

NETDEV = {
    "rx_missed_errors": ("b", "mpc"),
    "rx_fifo_errors": ("c", "ring_drop+mpc"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "long+short"),
    "tx_dropped": ("e", "tx_dropped"),
    "tx_aborted_errors": ("e", "tx_aborted"),
    "tx_window_errors": ("e", "tx_window"),
}

INTERRUPTS = intel.INTERRUPTS_1G_10G

# A page serves frames up to IGB_MAX_FRAME_BUILD_SKB (1536), of which IGB_ETH_PKT_HDR_PAD is 26.
RINGS = dict(
    intel.rings("igb/igb.h and igb_main.c", 1510, (16, 24), (16, 48)),
    settings=intel.legacy_rx,
)

TRAITS = {
    "changes": {
        # igb_down() resets the MAC.
        "rings": 2,
        # igb_reinit_queues(): closes, gives the vectors back, opens.
        "channels": 2,
        "coalesce": 0,
        # igb_set_features(): these two reset the MAC.
        "features": {"rx-all": 2, "rx-ntuple-filter": 2, "*": 0},
        # igb_set_priv_flags() resets the MAC.
        "private_flags": {"legacy-rx": 2},
        # igb_set_rxfh(), igb_set_rss_hash_opt(): written while it runs (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    # Without drop enable, which it sets with VFs, or with several queues and no pause.
    "waits_in_nic_buffer": True,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("igb_ethtool.c and igb_main.c of Linux 6.1.192 and 6.12.117",),
}
