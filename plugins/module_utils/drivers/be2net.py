# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""be2net: Emulex (Broadcom) OneConnect, Skyhawk (10 Gbit/s)."""

STATISTICS = {
    "counters": [
        # be_ethtool.c, be_main.c. rx_drops_no_pbuf is counted for the whole card: every port shows the same packets.
        ("a", "loss", "crc", "rx_crc_errors"),
        ("a", "loss", "alignment", "rx_alignment_symbol_errors"),
        ("a", "loss", "{1}", "rx_(in_range|out_range)_errors"),
        ("a", "loss", "too_long", "rx_frame_too_long"),
        ("a", "loss", "{1}", "rx_dropped_(too_small|too_short|header_too_small|tcp_length|runt)"),
        ("a", "event", None, "jabber_events"),
        ("b", "loss", "{1}", "(rxpp_fifo|rx_input_fifo|pmem_fifo)_overflow_drop"),
        ("b", "loss", "card_no_pbuf", "rx_drops_no_pbuf"),
        ("b", "loss", "{1}", "(eth_red_drops|rx_drops_no_tpre_descr)"),
        # The ring's own view and the port's view of a ring without buffers.
        ("c", "loss", "no_frags", "(rx_drops_no_erx_descr|rxq<q>: rx_drops_no_frags)"),
        ("d", "loss", "no_skbs", "rxq<q>: rx_drops_no_skbs"),
        ("d", "event", "refill", "rxq<q>: rx_post_fail"),
        ("d", "event", None, "rxq<q>: rx_compl_err"),
        ("e", "event", None, "txq<q>: tx_stops"),
        # A packet that could not be mapped is in both (be_xmit, 6.1).
        ("e", "loss", "driver_drops+dma_map", "txq<q>: tx_drv_drops"),
        ("e", "loss", "dma_map", "dma_map_errors"),
        (
            "e",
            "loss",
            "{1}",
            "txq<q>: (tx_hdr_parse_err|tx_dma_err|tx_spoof_check_err|tx_tso_err|tx_qinq_err|tx_internal_parity_err"
            "|tx_sge_err)",
        ),
        ("f", "info", None, "rx_address_filtered"),
        ("f", "loss", "{1}", "(rx_drops_mtu|rx_drops_too_many_frags)"),
        ("f", "event", None, "roce_drops_*"),
        ("g", "event", None, "((rx|tx)_pause(_frames|frames)|(rx|tx)_priority_pause(_frames|frames))"),
        (None, "info", None, "(rx_(ip|tcp|udp)_checksum_errs|rx_control_frames|tx_controlframes)"),
    ],
}

NETDEV = {
    "rx_dropped": ("d", "no_skbs+no_frags"),
    "rx_fifo_errors": ("b", "rxpp_fifo+rx_input_fifo+card_no_pbuf"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "in_range+out_range+too_long"),
    "tx_dropped": ("e", "core_tx_dropped"),
}

INTERRUPTS = {
    "names": [("rxtx", "{if}-q{q}"), ("other", "{if}-mcc"), ("plain", "{if}")],
}

RINGS = None

TRAITS = {
    "changes": {
        "rings": "unsupported",
        # be_update_queues() closes and opens the interface; how long that takes is not known.
        "channels": None,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        # be_set_rxfh(), be_set_rss_hash_opts(): a command to the device (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": None,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    # be_tx_qs_create().
    "xps_again_after": ("load", "channels"),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {
        "b": "rx_drops_no_pbuf is counted for the whole card; each of its ports shows the same packets.",
    },
    "sources": ("be_ethtool.c and be_main.c of Linux 6.1.192",),
}
