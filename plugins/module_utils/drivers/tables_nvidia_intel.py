# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Meaning of ethtool statistics, NVIDIA (Mellanox) and Intel. What a row says is told in tables.py."""

MLX5 = {
    "counters": [
        # en_stats.c and Documentation/networking/.../mlx5/counters.rst (6.1, 6.18); the second names are those of 4.x.
        ("a", "loss", "crc", "(rx_crc_errors_phy|check_seq_err|crc_align_errors)"),
        ("a", "loss", "symbol", "(rx_symbol_err_phy|rx_pcs_symbol_err_phy|symbol_err)"),
        ("a", "loss", "alignment", "alignment_err"),
        ("a", "loss", "in_range", "(rx_in_range_len_errors_phy|in_range_len_errors)"),
        ("a", "loss", "out_of_range", "(rx_out_of_range_len_phy|out_of_range_len)"),
        ("a", "loss", "oversize", "(rx_oversize_pkts_phy|too_long_errors|oversize_pkts)"),
        ("a", "loss", "{1}", "rx_(undersize_pkts|fragments|jabbers)_phy"),
        ("a", "loss", "{1}", "(undersize_pkts|fragments|jabbers)"),
        ("a", "info", None, "(rx_corrected_bits_phy|rx_err_lane_<n>_phy)"),
        ("a", "event", None, "(link_down_events_phy|rx_unsupported_op_phy|unsupported_op_rx|module_*)"),
        # One frame that the port buffer refused shows in the total and in its priority.
        ("b", "loss", "port_buffer", "(rx_discards_phy|rx_prio<n>_(discards|buf_discard|cong_discard))"),
        ("b", "loss", "port_buffer", "(in_discards|drop_events|outbound_pci_buffer_overflow)"),
        ("b", "loss", "device_queue", "dev_internal_queue_oob"),
        ("b", "event", None, "(dev_out_of_buffer|rx_buffer_passed_thres_phy|(rx|tx)_pci_signal_integrity)"),
        ("b", "event", None, "outbound_pci_stalled_(rd|wr)_events"),
        ("b", "gauge", None, "(outbound_pci_stalled_(rd|wr)|pci_bw_(inbound|outbound)_(high|low))"),
        ("b", "info", None, "rx_prio<n>_marked"),
        ("c", "loss", "ring_empty", "rx_out_of_buffer"),
        # Counts packets without a buffer and failed refills of the ring in one number (en_rx.c).
        ("d", "loss", "buff_alloc_err", "(|ptp_)rx(<q>|)_buff_alloc_err"),
        ("d", "loss", "wqe_err", "(|ptp_)rx(<q>|)_wqe_err"),
        ("d", "loss", "xsk_wqe_err", "rx(<q>|)_xsk_wqe_err"),
        ("d", "event", "refill", "rx(<q>|)_xsk_buff_alloc_err"),
        ("d", "info", None, "rx(<q>|)_(congst_umr|cache_(reuse|full|empty|busy|waive|alloc|rdy))"),
        ("d", "info", None, "rx(<q>|)_pp_*"),
        ("e", "event", None, "(tx_queue|(|qos_|ptp_)tx<q>(|_<n>))_(stopped|wake)"),
        ("e", "loss", "tx_dropped", "(tx_queue|(|qos_|ptp_)tx<q>(|_<n>))_dropped"),
        ("e", "loss", "tx_cqe_err", "(|qos_|ptp_)tx(<q>|)_cqe_err"),
        ("e", "event", None, "(|qos_|ptp_)tx(<q>|)_recover"),
        ("e", "loss", "tx_discards", "(tx_discards_phy|out_discards)"),
        ("e", "loss", "tx_errors_phy", "(tx_errors_phy|out_errors)"),
        ("e", "loss", "tx_xdp_{2}", "tx(<q>|)_xdp_(full|err)"),
        ("e", "loss", "rx_xdp_tx_{2}", "rx(<q>|)_xdp_tx_(full|err)"),
        ("e", "event", None, "tx(<q>|)_xsk_(full|err)"),
        ("e", "loss", "tls_{3}", "(|qos_)tx(<q>|)_tls_(drop_no_sync_data|drop_bypass_req)"),
        ("f", "info", None, "(rx_steer_missed_packets|in_unknown_protos)"),
        ("f", "loss", "oversize_buffer", "rx_oversize_pkts_buffer"),
        ("f", "loss", "oversize_sw", "(|ptp_)rx(<q>|)_oversize_pkts_sw_drop"),
        ("f", "loss", "oversize_xsk", "rx(<q>|)_xsk_oversize_pkts_sw_drop"),
        ("f", "event", None, "(rx_if_down_packets|(|ptp_)rx(<q>|)_(|xsk_)(arfs_err|xdp_drop))"),
        # Completions of time stamps, not packets.
        ("f", "event", None, "ptp_cq<q>_(err_cqe|late_cqe|ooo_cqe_drop|abort)"),
        ("g", "event", None, "((rx|tx)_pause_ctrl_phy|pause_ctrl_(rx|tx)|tx_pause_storm_(warning|error)_events)"),
        ("g", "event", None, "(rx|tx)_(global|prio<n>)_pause(|_duration|_transition)"),
        # The IRQ was moved while NAPI ran: a sign of an affinity manager at work.
        (None, "event", None, "ch(<q>|)_aff_change"),
        (None, "event", None, "rx(<q>|)_(recover|tls_err)"),
        (None, "info", None, "ch(<q>|)_(events|poll|arm|force_irq|eq_rearm)"),
        (None, "info", None, "(in_errors|rx_error_packets|tx_error_packets|rx_error_bytes|tx_error_bytes)"),
    ],
    "netdev": {
        "rx_missed_errors": ("c", "ring_empty"),
        "rx_dropped": ("b", "port_buffer"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "in_range+out_of_range+oversize+oversize_buffer"),
        "tx_dropped": ("e", "tx_dropped"),
        "tx_aborted_errors": ("e", "tx_discards"),
    },
}

MLX4 = {
    "counters": [
        # en_ethtool.c, en_port.c. rx_dropped is RDROP of the port plus the rings' own drops. Whether RdropOvflw is
        # inside RDROP is not documented, so the two are taken as views of the same packets.
        ("a", "loss", "crc", "rx_crc_errors"),
        ("a", "loss", "jabbers", "rx_jabbers"),
        ("a", "loss", "in_range", "rx_in_range_length_error"),
        ("a", "loss", "out_of_range", "rx_out_range_length_error"),
        ("a", "loss", "length+in_range+out_of_range", "rx_length_errors"),
        ("c", "loss", "port_drop+ring_drop", "rx_dropped"),
        ("c", "loss", "port_drop", "rx_(over|fifo)_errors"),
        ("d", "loss", "ring_drop", "rx<q>_dropped"),
        ("d", "event", None, "rx_alloc_failed"),
        ("d", "info", None, "rx_alloc_pages"),
        ("e", "event", None, "(queue_stopped|wake_queue|tx_timeout)"),
        ("e", "loss", "tx_dropped", "(tx_dropped|tx<q>_dropped)"),
        ("e", "loss", "xdp_tx_full", "rx(<q>|)_xdp_tx_full"),
        ("f", "event", None, "rx(<q>|)_xdp_drop"),
        ("g", "event", None, "(rx|tx)_pause(|_duration|_transition)(|_prio_<n>)"),
    ],
    "netdev": {
        "rx_dropped": ("c", "port_drop+ring_drop"),
        "rx_fifo_errors": ("c", "port_drop"),
        "rx_over_errors": ("c", "port_drop"),
        "rx_crc_errors": ("a", "crc"),
        "rx_length_errors": ("a", "length+in_range+out_of_range"),
        "tx_dropped": ("e", "tx_dropped"),
    },
}

#: What igb, igc, e1000e and ixgbe have in common.
_INTEL_1G_10G = [
    ("a", "loss", "crc", "rx_crc_errors"),
    ("a", "loss", "long", "rx_long_length_errors"),
    ("a", "loss", "short", "rx_short_length_errors"),
    ("a", "event", None, "(lsc_int|tx_carrier_errors|collisions)"),
    ("b", "loss", "mpc", "rx_missed_errors"),
    # A frame that came while the ring had no descriptor is kept while the device's FIFO has room: no loss by itself.
    ("c", "info", None, "rx_no_buffer_count"),
    # A frame for which there is no memory stays in the ring and is tried again (ixgbe_clean_rx_irq, 6.1).
    ("d", "event", "refill", "alloc_rx_(page|buff)_failed"),
    ("d", "info", None, "alloc_rx_page"),
    ("e", "event", None, "(tx_busy|tx_restart_queue|tx_timeout_count|tx_dma_out_of_sync)"),
    ("e", "loss", "tx_dropped", "tx_dropped"),
    ("e", "loss", "tx_window", "tx_abort_late_coll"),
    ("e", "info", None, "(tx_deferred_ok|tx_single_coll_ok|tx_multi_coll_ok)"),
    ("f", "event", None, "dropped_smbus"),
    ("g", "event", None, "(rx|tx)_flow_control_(xon|xoff)"),
    (None, "info", None, "rx_csum_offload_(errors|good)"),
]

IXGBE = {
    "counters": _INTEL_1G_10G
    + [
        ("a", "loss", "length", "rx_length_errors"),
        ("b", "loss", "mpc", "rx_fifo_errors"),
        # QPRDC: with drop-enable set an empty ring drops here, and no netdev statistic shows it (ixgbe_main.c, 6.1).
        ("c", "loss", "ring_drop", "rx_no_dma_resources"),
        ("f", "info", None, "fdir_(match|miss)"),
        ("f", "event", None, "fdir_overflow"),
        ("f", "loss", "fcoe_dropped", "rx_fcoe_dropped"),
        ("g", "event", None, "(rx|tx)_pb_<n>_(pxon|pxoff)"),
    ],
    "netdev": {
        "rx_missed_errors": ("b", "mpc"),
        "rx_fifo_errors": ("b", "mpc"),
        "rx_crc_errors": ("a", "crc"),
        "rx_length_errors": ("a", "length"),
        "tx_dropped": ("e", "tx_dropped"),
    },
}

#: The virtual functions of ixgbe and igb: what the port loses is counted by the physical function only.
_VF_NETDEV = {"tx_dropped": ("e", "tx_dropped")}

IXGBEVF = {"counters": IXGBE["counters"], "netdev": _VF_NETDEV}

IGB = {
    "counters": _INTEL_1G_10G
    + [
        ("a", "loss", "alignment", "(rx_align_errors|rx_frame_errors)"),
        ("a", "loss", "long+short", "rx_length_errors"),
        ("c", "loss", "ring_drop", "rx_queue_<q>_drops"),
        # RQDPC of all queues plus MPC, so the MPC packets are in rx_missed_errors too (igb_main.c, 6.1).
        ("c", "loss", "ring_drop+mpc", "rx_fifo_errors"),
        ("d", "event", "refill", "rx_queue_<q>_alloc_failed"),
        ("e", "event", None, "tx_queue_<q>_restart"),
        (None, "info", None, "rx_queue_<q>_csum_err"),
    ],
    "netdev": {
        "rx_missed_errors": ("b", "mpc"),
        "rx_fifo_errors": ("c", "ring_drop+mpc"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "long+short"),
        "tx_dropped": ("e", "tx_dropped"),
        "tx_aborted_errors": ("e", "tx_aborted"),
        "tx_window_errors": ("e", "tx_window"),
    },
}

IGBVF = {"counters": IGB["counters"], "netdev": _VF_NETDEV}

E1000E = {
    "counters": _INTEL_1G_10G
    + [
        ("a", "loss", "alignment", "(rx_align_errors|rx_frame_errors)"),
        ("a", "loss", "long+short", "rx_length_errors"),
        ("b", "loss", "mpc", "rx_fifo_errors"),
        ("d", "event", "refill", "rx_dma_failed"),
        ("e", "loss", "tx_dma", "tx_dma_failed"),
    ],
    "netdev": {
        "rx_missed_errors": ("b", "mpc"),
        "rx_crc_errors": ("a", "crc"),
        "rx_frame_errors": ("a", "alignment"),
        "rx_length_errors": ("a", "long+short"),
        "tx_dropped": ("e", "tx_dropped"),
        "tx_aborted_errors": ("e", "tx_aborted"),
        "tx_window_errors": ("e", "tx_window"),
    },
}

#: What i40e and ice have in common: "port." and ".nic" mark the port's counters, the bare names are the VSI's.
_INTEL_40G_100G = [
    ("a", "loss", "crc", "(port.rx_crc_errors|rx_crc_errors|rx_crc_errors.nic)"),
    ("a", "loss", "length", "(port.rx_length_errors|rx_length_errors|rx_length_errors.nic)"),
    ("a", "loss", "illegal_bytes", "(port.illegal_bytes|illegal_bytes.nic)"),
    ("a", "loss", "{1}", "port.rx_(undersize|oversize|fragments|jabber)"),
    ("a", "loss", "{1}", "rx_(undersize|oversize|fragments|jabber).nic"),
    ("a", "event", None, "(port.mac_(local|remote)_faults|mac_(local|remote)_faults.nic)"),
    ("b", "loss", "port_buffer", "(port.rx_dropped|port.rx_discards|rx_dropped.nic)"),
    # A frame for which there is no memory stays in the ring and is tried again (i40e_clean_rx_irq, 6.1).
    ("d", "event", "refill", "rx_(alloc_fail|pg_alloc_fail)"),
    ("e", "event", None, "(tx_busy|tx_stopped|tx_restart|tx_force_wb|port.tx_timeout|tx_timeout.nic)"),
    ("e", "loss", "tx_link_down", "(port.tx_dropped_link_down|tx_dropped_link_down.nic)"),
    ("e", "loss", "tx_discards", "(tx_dropped|tx_discards)"),
    ("e", "info", None, "tx_linearize"),
    ("f", "info", None, "(rx_unknown_protocol|veb.rx_unknown_protocol)"),
    ("f", "info", None, "(port.fdir_(atr|atr_tunnel|sb)_match|fdir_(atr|sb)_match.nic)"),
    ("f", "gauge", None, "(port.fdir_(atr|sb)_status|fdir_(atr|sb)_status.nic)"),
    ("f", "event", None, "port.fdir_flush_cnt"),
    ("g", "event", None, "(port.link_(xon|xoff)_(rx|tx)|link_(xon|xoff)_(rx|tx).nic)"),
    ("g", "event", None, "port.(rx|tx)_priority_<n>_(xon|xoff|xon_2_xoff)(|_rx|_tx)"),
    ("g", "event", None, "(rx|tx)_priority_<n>_(xon|xoff|xon_2_xoff).nic"),
    (None, "event", None, "port.(arq_overflows|VF_admin_queue_requests)"),
    (None, "gauge", None, "port.(rx|tx)_lpi_status"),
    (None, "info", None, "(port.rx_csum_bad|rx_csum_bad.nic|port.tx_errors|tx_errors.nic|veb.tx_errors)"),
]

_I40E_NETDEV = {
    "rx_missed_errors": ("c", "vsi_discards"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_discards"),
}

I40E = {
    "counters": _INTEL_40G_100G
    + [
        ("b", "loss", "veb_discards", "veb.rx_discards"),
        ("c", "loss", "vsi_discards", "(rx_dropped|rx_missed_errors)"),
        ("e", "loss", "veb_tx_discards", "veb.tx_discards"),
    ],
    "netdev": dict(_I40E_NETDEV, rx_dropped=("c", "vsi_discards")),
    # Since 6.1.192, 6.12 and 6.18 the discards of an empty ring have a name of their own and rx_dropped keeps the rest,
    # GL_RXERR1 (i40e_main.c): frames that the VSI refused.
    "variants": [
        {
            "has": "rx_missed_errors",
            "counters": [("f", "loss", "vsi_refused", "rx_dropped")],
            "netdev": dict(_I40E_NETDEV, rx_dropped=("f", "vsi_refused")),
        }
    ],
}

IAVF = {
    "counters": _INTEL_40G_100G + [("c", "loss", "vsi_discards", "rx_(discards|dropped)")],
    "netdev": {"rx_dropped": ("c", "vsi_discards"), "tx_dropped": ("e", "tx_discards")},
}

ICE = {
    "counters": _INTEL_40G_100G + [("c", "loss", "vsi_discards", "rx_dropped")],
    "netdev": {
        "rx_dropped": ("c", "vsi_discards"),
        # Computed from the port's discards, yet not copied out up to 6.18: zero until a kernel does.
        "rx_missed_errors": ("b", "port_buffer"),
        "rx_crc_errors": ("a", "crc"),
        "rx_length_errors": ("a", "length"),
        "tx_dropped": ("e", "tx_discards"),
    },
}

DRIVERS = {
    "mlx5_core": MLX5,
    "mlx4_en": MLX4,
    "ixgbe": IXGBE,
    "ixgbevf": IXGBEVF,
    "igb": IGB,
    "igbvf": IGBVF,
    "e1000e": E1000E,
    "i40e": I40E,
    "iavf": IAVF,
    "ice": ICE,
}
