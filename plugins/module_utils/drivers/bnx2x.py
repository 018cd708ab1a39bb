# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bnx2x: Broadcom (QLogic) NetXtreme II, 578xx (10 Gbit/s)."""

STATISTICS = {
    "counters": [
        ("a", "loss", "crc", "rx_crc_errors"),
        ("a", "loss", "alignment", "rx_align_errors"),
        ("a", "loss", "{1}", "rx_(undersize|oversize)_packets"),
        ("a", "loss", "{1}", "rx_(fragments|jabbers)"),
        # BRB is the chip's receive buffer.
        ("b", "loss", "brb", "rx_brb_discard"),
        ("b", "loss", "brb_truncate", "rx_brb_truncate"),
        ("c", "loss", "no_buffer", "(|[<q>]: )rx_discards"),
        ("d", "loss", "skb_alloc", "(|[<q>]: )rx_skb_alloc_discard"),
        ("e", "event", None, "(|[<q>]: )tx_exhaustion_events"),
        ("e", "loss", "driver_filtered", "(|[<q>]: )driver_filtered_tx_pkt"),
        ("e", "loss", "tx_mac", "tx_mac_errors"),
        ("e", "loss", "tx_aborted", "tx_excess_collisions"),
        ("e", "loss", "tx_window", "tx_late_collisions"),
        ("e", "info", None, "(tx_carrier_errors|tx_deferred|tx_(single|multi|total)_collisions)"),
        ("f", "info", None, "rx_filtered_packets"),
        ("f", "loss", "mf_tag", "rx_mf_tag_discard"),
        ("f", "loss", "checksum", "(|[<q>]: )rx_phy_ip_err_discards"),
        ("g", "event", None, "((rx|tx)_pause_frames|rx_constant_pause_events|pfc_frames_(sent|received))"),
        (None, "event", None, "(recoverable_errors|unrecoverable_errors)"),
        (None, "info", None, "((|[<q>]: )rx_csum_offload_errors|rx_error_bytes|tx_error_bytes|Tx LPI entry count)"),
    ],
}

NETDEV = {
    "rx_fifo_errors": ("c", "no_buffer"),
    "rx_over_errors": ("b", "brb+brb_truncate"),
    "rx_dropped": ("f", "checksum"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "undersize+oversize"),
    "tx_aborted_errors": ("e", "tx_aborted+tx_window"),
    "tx_dropped": ("e", "tx_dropped"),
}

INTERRUPTS = {
    "names": [("rxtx", "{if}-fp-{q}"), ("other", "{if}-(?:sp|cnic)"), ("plain", "{if}")],
}

RINGS = None

TRAITS = {
    "changes": {
        # bnx2x_reload_if_running() unloads and loads the NIC and keeps the link; how long that takes is not known.
        "rings": None,
        "channels": None,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        # bnx2x_set_rxfh(), bnx2x_set_rss_flags(): a command to the device (Linux 6.12.117).
        "rss": 0,
    },
    # bnx2x_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": (),
    "xps_again_after": (),
    # bnx2x_change_num_queues() gives the vectors back.
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("bnx2x_ethtool.c of Linux 6.1.192",),
}
