# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mlx5_core: NVIDIA (Mellanox) ConnectX-4 and later, BlueField; their representors and subfunctions.

What its rings take is in mlx5_core_rings.py: it is as long as all else together, and only a price needs it. A node that
reads statistics does not compile it."""

STATISTICS = {
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
}

NETDEV = {
    "rx_missed_errors": ("c", "ring_empty"),
    "rx_dropped": ("b", "port_buffer"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "in_range+out_of_range+oversize+oversize_buffer"),
    "tx_dropped": ("e", "tx_dropped"),
    "tx_aborted_errors": ("e", "tx_discards"),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "mlx5_comp{q}@pci:{bdf}"),
        ("rxtx", "mlx5_combined{q}@pci:{bdf}"),
        ("rxtx", r"mlx5_sf_comp{q}(?:@pci:{bdf})?"),
        ("other", r"mlx5_[a-z_]+\d*@pci:{bdf}"),
        ("rxtx", "{if}-{q}"),
    ],
}


def _model():
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import mlx5_core_rings

    return mlx5_core_rings


RINGS = {
    "terms": lambda ring_set: _model().terms(ring_set),
    "settings": lambda told, host, known, notes: _model().settings(told, host, known, notes),
    "resized": lambda ring_set, rx, tx: _model().resized(ring_set, rx, tx),
    "stays": lambda ring_set: _model().stays(ring_set),
    # MLX5E_PARAMS_MINIMUM_LOG_RQ_SIZE: 1 << (1 + log2(page / 512)).
    "least": lambda ring_set: (max(16, ring_set.page_size // 256), 64),
    "change": "queues first",
    "down": "nothing",
    "rounding": "up to a power of two",
    "reads": ("rx_page_cache", "devlink_queues", "firmware_bytes"),
    # mlx5_pages_debugfs_init() of debugfs.c and fw_pages_show() of infiniband/hw/mlx5/main.c (6.1): pages of
    # MLX5_ADAPTER_PAGE_SIZE.
    "firmware_pages": {
        "debugfs": "mlx5/{device}/pages/fw_pages_total",
        "rdma": "fw_pages",
        "page_bytes": 4096,
    },
}

TRAITS = {
    "changes": {
        # mlx5e_safe_switch_params(): new channels are opened, then the carrier goes off, they are switched, and it
        # comes back. The link of the port stays.
        "rings": 1,
        # The same; aRFS is toggled, and the RSS table is made anew unless somebody set it.
        "channels": 1,
        # To switch adaptive coalescing or the CQE mode reopens the channels up to Linux 6.1; in 6.12 it is live.
        "coalesce": {"*": 0, "adaptive_rx": 1, "adaptive_tx": 1, "cqe_mode_rx": 1, "cqe_mode_tx": 1},
        "features": {"rx-lro": 1, "rx-gro-hw": 1, "rx-fcs": 1, "rx-vlan-hw-parse": 0},
        "private_flags": 1,
        # mlx5e_rss_set_rxfh(), mlx5e_rss_set_hash_fields(): the objects of the device are told (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": False,
    # mlx5e_reset_rx_moderation(), Linux 6.1.
    "adaptive_toggle_resets_usecs": True,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": True,
    "vectors_dealt_out": False,
    # When an interrupt is made; Linux 6.12 makes it when its queue is first used.
    "affinity_again_after": ("load",),
    # With Linux 4.19 whenever channels are activated, later when their number changes.
    "xps_again_after": ("rings", "channels"),
    # They stay, but a queue that is first used may make one (Linux 6.12).
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("en_ethtool.c, en_main.c and pci_irq.c of Linux 4.19, 5.10, 5.15, 6.1.192 and 6.12.117",),
}
