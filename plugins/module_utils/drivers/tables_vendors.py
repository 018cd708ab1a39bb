# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Meaning of ethtool statistics, Broadcom, Huawei, Emulex, Solarflare. What a row says: tables.py."""

BNXT = {
    "counters": [
        # bnxt_ethtool.c; rx_total_* and tx_total_* since 6.6, the sums of the rings including those of before a reset.
        ("a", "loss", "crc", "rx_fcs_err_frames"),
        ("a", "loss", "alignment", "rx_align_err_frames"),
        ("a", "loss", "{1}", "rx_(ovrsz|undrsz|runt|jbr|mtu_err)_frames"),
        ("a", "loss", "symbol", "rx_pcs_symbol_err"),
        ("a", "event", None, "(rx_fec_uncorrectable_blocks|link_down_events)"),
        ("a", "info", None, "(rx_corrected_bits|rx_fec_corrected_blocks)"),
        ("b", "loss", "port_discard", "(rx_stat_discard|rx_discard_packets_cos<n>)"),
        ("b", "info", None, "rx_discard_bytes_cos<n>"),
        ("b", "event", None, "(rx_buffer_passed_threshold|rx_stat_err)"),
        ("c", "loss", "ring_discard", "([<q>]: rx_discards|rx_total_discard_pkts|rx_total_ring_discards)"),
        ("c", "loss", "ring_drop", "[<q>]: rx_drops"),
        ("d", "loss", "buf_errors", "([<q>]: rx_buf_errors|rx_total_buf_errors)"),
        ("d", "loss", "oom", "([<q>]: rx_oom_discards|rx_total_oom_discards)"),
        ("d", "loss", "netpoll", "([<q>]: rx_netpoll_discards|rx_total_netpoll_discards)"),
        ("d", "event", None, "([<q>]: rx_resets|rx_total_resets)"),
        ("e", "loss", "ring_tx_discard", "([<q>]: tx_discards|tx_total_discard_pkts|tx_total_ring_discards)"),
        ("e", "loss", "ring_tx_error", "[<q>]: tx_errors"),
        ("e", "loss", "port_tx_discard", "tx_stat_discard"),
        ("e", "loss", "tx_fifo", "tx_fifo_underruns"),
        ("e", "loss", "tx_{1}", "tx_(fcs_err|jabber)_frames"),
        ("e", "event", None, "([<q>]: missed_irqs|total_missed_irqs|tx_total_resets)"),
        ("g", "event", None, "(rx|tx)_(pause|pfc)_frames"),
        ("g", "event", None, "(rx|tx)_pfc_ena_frames_pri<n>"),
        ("g", "event", None, "(continuous|resume)_(|roce_)pause_events"),
        ("g", "event", None, "pfc_pri<n>_(rx|tx)_(duration_us|transitions)"),
        (None, "unclassified", None, "[<q>]: rx_(errors|tpa_errors)"),
        (None, "info", None, "([<q>]: rx_l4_csum_errors|rx_total_l4_csum_errors|tx_err|tx_stat_error)"),
    ],
    "netdev": {
        "rx_missed_errors": ("c", "ring_discard"),
        "rx_dropped": ("d", "oom+netpoll"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "ovrsz+undrsz+runt"),
        "tx_dropped": ("e", "ring_tx_error+ring_tx_discard"),
        "tx_fifo_errors": ("e", "tx_fifo"),
    },
    # Before 6.6 packets without memory (rx_oom_discards) had no name of their own.
    "rx_dropped_is_mixed": True,
}

BNX2X = {
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
    "netdev": {
        "rx_fifo_errors": ("c", "no_buffer"),
        "rx_over_errors": ("b", "brb+brb_truncate"),
        "rx_dropped": ("f", "checksum"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "undersize+oversize"),
        "tx_aborted_errors": ("e", "tx_aborted+tx_window"),
        "tx_dropped": ("e", "tx_dropped"),
    },
}

TG3 = {
    "counters": [
        ("a", "loss", "crc", "rx_fcs_errors"),
        ("a", "loss", "alignment", "rx_align_errors"),
        ("a", "loss", "too_long", "rx_frame_too_long_errors"),
        ("a", "loss", "{1}", "rx_(jabbers|fragments|undersize_packets|in_length_errors|out_length_errors)"),
        ("b", "event", None, "(dma_writeq_full|dma_write_prioq_full|mbuf_lwm_thresh_hit)"),
        # rxbds_empty counts how often the ring was found empty, rx_discards counts packets.
        ("c", "event", None, "rxbds_empty"),
        ("c", "loss", "discards", "rx_discards"),
        ("e", "loss", "tx_discards", "tx_discards"),
        ("e", "loss", "tx_errors", "tx_errors"),
        ("e", "loss", "tx_mac", "tx_mac_errors"),
        ("e", "loss", "tx_aborted", "tx_excessive_collisions"),
        ("e", "loss", "tx_window", "tx_late_collisions"),
        ("e", "event", None, "(tx_carrier_sense_errors|tx_comp_queue_full|dma_readq_full|dma_read_prioq_full)"),
        ("e", "info", None, "(tx_collisions|tx_deferred|tx_(single|mult)_collisions|tx_collide_<n>times)"),
        ("g", "event", None, "(rx_(xon|xoff)_pause_rcvd|tx_(xon|xoff)_sent|rx_xoff_entered|tx_flow_control)"),
        (None, "info", None, "(rx_errors|rx_threshold_hit|nic_*|ring_*)"),
    ],
    "netdev": {
        "rx_missed_errors": ("c", "discards"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "too_long+undersize_packets"),
        "tx_aborted_errors": ("e", "tx_discards"),
        "tx_dropped": ("e", "tx_dropped"),
    },
    "rx_dropped_is_mixed": True,
}

HNS3 = {
    "counters": [
        # hns3_ethtool.c, hclge_main.c. There is no name for an empty ring. A frame with a bad FCS can be counted by the
        # MAC and, as l2_err, by the ring that got it. The rcb_ names are those of 4.x.
        ("a", "loss", "crc", "(mac_rx_fcs_err_pkt_num|mac_rx_1519_max_bad_pkt_num|(rxq(|#)|rcb_q)<q>_(|rx_)l2_err)"),
        ("a", "loss", "{1}", "mac_rx_(undersize|undermin|oversize|overrsize|overmax|fragment|jabber)_pkt_num"),
        (
            "a",
            "loss",
            "mac_bad+crc+undersize+undermin+oversize+overrsize+overmax+fragment+jabber",
            "mac_rx_bad_pkt_num",
        ),
        ("a", "loss", "tx_mac", "mac_tx_err_all_pkt_num"),
        ("a", "loss", "length", "(rxq(|#)|rcb_q)<q>_(|rx_)err_pkt_len"),
        ("d", "loss", "err_bd_num", "rxq(|#)<q>_err_bd_num"),
        # A failed allocation is tried again, or the page is handed on without a copy (hns3_enet.c, 6.1).
        ("d", "event", "refill", "rxq(|#)<q>_frag_alloc_err"),
        ("d", "event", "refill", "(rxq(|#)<q>_dropped|rcb_q<q>_rx_sw_err_cnt)"),
        # No memory to map or to linearize a packet to be sent.
        ("e", "loss", "tx_software", "(txq(|#)<q>_dropped|rcb_q<q>_tx_sw_err_cnt)"),
        ("e", "event", None, "(txq(|#)|rcb_q)<q>_(busy|wake|tx_busy|tx_restart_queue|spare_full)"),
        (
            "e",
            "loss",
            "tx_{2}",
            "(txq|txq#)<q>_(tso_err|l4_proto_err|l2l3l4_err|vlan_err|hw_limitation|over_max_recursion|map_sg_err"
            "|copy_bits_err|skb2sgl_err)",
        ),
        ("f", "loss", "rx_error", "rxq(|#)<q>_errors"),
        ("g", "event", None, "mac_(rx|tx)_(mac_pause|pfc_pause_pkt|pfc_pri<n>_pkt)_num"),
        ("g", "event", None, "mac_(rx|tx)_pfc_pri<n>_(xoff|xon)_time"),
        (None, "info", None, "(rxq(|#)|rcb_q)<q>_(|rx_)l3l4_csum_err"),
        (None, "info", None, "(mac_tx_bad_pkt_num|mac_(rx|tx)_(send_app_bad_pkt|total_bad_oct|bad_oct)_num)"),
        (None, "info", None, "mac_tx_(fragment|jabber|undersize|undermin|oversize)_pkt_num"),
    ],
    "netdev": {
        "rx_dropped": ("a", "crc"),
        "rx_crc_errors": ("a", "crc"),
        "rx_length_errors": ("a", "length"),
        "tx_dropped": (
            "e",
            "tx_software+tx_tso_err+tx_l4_proto_err+tx_l2l3l4_err+tx_vlan_err+tx_hw_limitation+tx_over_max_recursion"
            "+tx_map_sg_err+tx_copy_bits_err+tx_skb2sgl_err",
        ),
    },
}

HINIC = {
    "counters": [
        # hinic_ethtool.c; a ring's errors are its checksum errors and "other" ones: neither is a packet thrown away.
        ("a", "loss", "crc", "mac_rx_fcs_err_pkt_num"),
        ("a", "loss", "symbol", "mac_rx_sym_err_pkt_num"),
        ("a", "loss", "{1}", "mac_rx_(fragment|undersize|undermin|oversize|overmax|jabber)_pkt_num"),
        (
            "a",
            "loss",
            "mac_bad+crc+symbol+fragment+undersize+undermin+oversize+overmax+jabber",
            "mac_rx_bad_pkt_num",
        ),
        ("b", "event", None, "mac_rx_send_app_bad_pkt_num"),
        ("c", "loss", "vport_discard", "rx_discard_vport"),
        ("c", "loss", "vport_error", "rx_err_vport"),
        ("d", "event", None, "rxq<q>_(errors|csum_errors|other_errors|alloc_skb_err)"),
        ("e", "event", None, "txq<q>_(tx_busy|tx_wake)"),
        ("e", "loss", "tx_dropped", "txq<q>_tx_dropped"),
        ("e", "loss", "vport_tx_discard", "tx_discard_vport"),
        ("e", "loss", "vport_tx_error", "tx_err_vport"),
        ("g", "event", None, "mac_(rx|tx)_(pause|pfc|pfc_pri<n>)(|_pkt)_num"),
        (None, "info", None, "(mac_tx_(bad|err_all)_pkt_num|mac_(rx|tx)_(bad|send_app_bad)_oct_num)"),
        (None, "info", None, "mac_tx_(fragment|jabber|undersize|undermin|oversize)_pkt_num"),
    ],
    # The driver fills none of the fields of drops: tx_dropped is the core's.
    "netdev": {"tx_dropped": ("e", "core_tx_dropped")},
}

SFC = {
    "counters": [
        # ef10.c, ethtool_common.c: port_ is the MAC, the bare names are the vadaptor, which a VF sees.
        ("a", "loss", "crc", "(port_rx_bad|rx_bad|rx_eth_crc_err)"),
        ("a", "loss", "alignment", "port_rx_align_error"),
        ("a", "loss", "length", "port_rx_length_error"),
        ("a", "loss", "gtjumbo", "port_rx_(|bad_)gtjumbo"),
        ("a", "event", None, "fec_uncorrected_errors"),
        (
            "a",
            "info",
            None,
            "(fec_corrected_errors|fec_corrected_symbols_*|port_rx_bad_bytes|rx_bad_bytes|tx_bad_bytes)",
        ),
        ("b", "loss", "overflow", "(port_rx_overflow|rx_overflow)"),
        ("b", "loss", "pm_{1}", "port_rx_pm_(discard_bb_overflow|discard_vfifo_full|discard_qbb)"),
        ("b", "loss", "pm_{1}", "port_rx_pm_(trunc_bb_overflow|trunc_vfifo_full|trunc_qbb)"),
        ("b", "event", None, "port_rx_dp_hlb_wait"),
        ("c", "loss", "nodesc", "(|port_)rx_nodesc_(drops|drop_cnt)"),
        ("c", "loss", "nodesc_trunc", "rx_nodesc_trunc"),
        ("d", "loss", "noskb", "rx_noskb_drops"),
        ("e", "loss", "{1}", "(tx_overflow|tx_bad)"),
        ("e", "info", None, "(tx_tso_fallbacks|tx_tso_long_headers)"),
        # Cut-through transmission that did not work out: the packet is sent the usual way.
        ("e", "info", None, "ctpio_*"),
        ("f", "loss", "pm_mapping", "port_rx_pm_discard_mapping"),
        # Frames that no filter wanted: on a healthy host this rises with every foreign multicast.
        ("f", "info", None, "(port_rx_dp_di_dropped_packets|port_rx_dp_q_disabled_packets|rx_mcast_mismatch)"),
        ("f", "event", None, "(rfs_failed|rx_xdp_drops)"),
        ("f", "loss", "xdp_bad", "rx_xdp_bad_drops"),
        ("f", "info", None, "(rfs_filter_count|rfs_succeeded|rx_tobe_disc|rx_frm_trunc)"),
        ("g", "event", None, "port_(rx|tx)_pause"),
        (None, "info", None, "(rx_(|inner_|outer_)(ip_hdr|tcp_udp)_chksum_err|port_rx_dp_hlb_fetch)"),
    ],
    "netdev": {
        "rx_dropped": ("c", "nodesc+nodesc_trunc+noskb"),
        "rx_fifo_errors": ("b", "overflow"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "gtjumbo+length"),
        "tx_dropped": ("e", "core_tx_dropped"),
    },
}

BE2NET = {
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
    "netdev": {
        "rx_dropped": ("d", "no_skbs+no_frags"),
        "rx_fifo_errors": ("b", "rxpp_fifo+rx_input_fifo+card_no_pbuf"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "in_range+out_range+too_long"),
        "tx_dropped": ("e", "core_tx_dropped"),
    },
}

DRIVERS = {
    "bnxt_en": BNXT,
    "bnx2x": BNX2X,
    "tg3": TG3,
    "hns3": HNS3,
    "hinic": HINIC,
    "sfc": SFC,
    "be2net": BE2NET,
}
