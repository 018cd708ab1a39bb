# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""enic: Cisco VIC, the virtual interface cards of UCS servers (10 to 100 Gbit/s)."""

STATISTICS = {
    "counters": [
        # enic_ethtool.c. A frame for which the queue had no buffer posted is in rx_no_bufs.
        ("a", "loss", "crc", "rx_crc_errors"),
        ("c", "loss", "ring_empty", "rx_no_bufs"),
        ("e", "loss", "tx_dropped", "tx_drops"),
        ("e", "loss", "dma_map", "dma_map_error"),
        # What the adapter drops for another reason, such as a filter or a rate limit of its policy.
        ("f", "loss", "rx_drop", "rx_drop"),
        (None, "info", None, "(rx_errors|tx_errors)"),
        (None, "traffic", None, "((rx|tx)_frames_ok|rx_frames_total|(rx|tx)_bytes_ok|tx_tso|rx_rss|rx_frames_to_max)"),
        (None, "traffic", None, "(rx|tx)_(unicast|multicast|broadcast)_(frames|bytes)_ok"),
        (None, "traffic", None, "rx_frames_<n>"),
    ],
}

NETDEV = {
    # enic_get_stats(): rx_no_bufs and rx_drop; the frames with a bad FCS that the queues got; tx_drops.
    "rx_dropped": ("c", "ring_empty+rx_drop"),
    "rx_crc_errors": ("a", "crc"),
    "rx_over_errors": ("f", "truncated"),
    "tx_dropped": ("e", "tx_dropped"),
}

INTERRUPTS = None

RINGS = None

TRAITS = {
    "changes": {
        # enic_set_ringparam(): dev_close(), new resources, dev_open().
        "rings": 2,
        "channels": None,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        "rss": None,
    },
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": False,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": None,
    "xps_again_after": None,
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("enic_ethtool.c and enic_main.c of Linux 5.x and 6.x",),
}
