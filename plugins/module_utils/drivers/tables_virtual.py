# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Meaning of ethtool statistics, cloud and virtual drivers. What a row says is told in tables.py."""

ENA = {
    "counters": [
        # ena_ethtool.c and the amzn-drivers tree. The platform queues or drops what exceeds a bandwidth or packet rate
        # allowance, and drops what exceeds a tracking or link-local one: only the latter are packets lost for certain.
        ("b", "event", None, "(bw_in|bw_out|pps)_allowance_exceeded"),
        ("b", "loss", "{1}", "(conntrack|linklocal)_allowance_exceeded"),
        ("b", "gauge", None, "(conntrack_allowance_available|ena_srd_(mode|resource_utilization))"),
        # Counts the finding of an empty ring by the refill timer; the packets are the device's rx_drops.
        ("c", "event", None, "queue_<q>_rx_empty_rx_ring"),
        ("c", "loss", "device_drops", "rx_drops"),
        ("c", "loss", "overruns", "rx_overruns"),
        ("d", "loss", "rx_skb_alloc_fail", "queue_<q>_rx_skb_alloc_fail"),
        ("d", "event", "refill", "queue_<q>_rx_(page_alloc_fail|dma_mapping_err|refil_partial)"),
        ("e", "event", None, "queue_<q>_(tx|xdp_tx)_(queue_stop|queue_wakeup|missed_tx|bad_req_id)"),
        ("e", "info", None, "queue_<q>_(tx|xdp_tx)_linearize"),
        ("e", "loss", "tx_{2}", "queue_<q>_(tx|xdp_tx)_(prepare_ctx_err|linearize_failed|dma_mapping_err)"),
        ("e", "loss", "device_tx_drops", "tx_drops"),
        ("e", "event", None, "(tx_timeout|wd_expired|missed_intr|missing_tx_cmpl)"),
        ("f", "event", None, "queue_<q>_rx_(bad_desc_num|bad_req_id|xdp_drop)"),
        ("f", "loss", "{1}", "queue_<q>_rx_(xdp_aborted|xdp_invalid)"),
        (None, "info", None, "queue_<q>_rx_(csum_bad|bad_csum|csum_good|csum_unchecked)"),
        (None, "info", None, "(ena_admin_q_*|admin_q_pause|interface_(up|down)|(|io_)(suspend|resume))"),
    ],
    # rx_missed_errors is forced to 0 (ena_netdev.c, 6.1); rx_dropped is what the device reported with a keep-alive.
    "netdev": {
        "rx_dropped": ("c", "device_drops"),
        "rx_over_errors": ("c", "overruns"),
        "tx_dropped": ("e", "device_tx_drops"),
    },
    "rx_dropped_is_device": True,
}

VIRTIO_NET = {
    "counters": [
        # virtio_net.c: rx_queue_N_ up to 6.1; since 6.12 rxN_ and their sum rx_, rxN_hw_ where the device offers
        # statistics. Nothing in the guest tells of an empty ring: the host's tap drops. What the XDP program drops is
        # in drops and xdp_drops.
        ("c", "loss", "hw_drops", "(rx<q>|rx)_hw_(drops|drop_overruns|drop_ratelimits)"),
        ("d", "loss", "drops+xdp_drops", "(rx_queue_<q>|rx<q>|rx)_drops"),
        ("e", "loss", "hw_tx_drops", "(tx<q>|tx)_hw_(drops|drop_errors|drop_malformed|drop_ratelimits)"),
        ("e", "event", None, "(tx_queue_<q>|tx<q>|tx)_(tx_timeouts|stop|wake)"),
        ("e", "loss", "xdp_tx_drops", "(tx_queue_<q>|tx<q>|tx)_xdp_tx_drops"),
        ("f", "event", "xdp_drops", "(rx_queue_<q>|rx<q>|rx)_xdp_drops"),
        (None, "info", None, "(rx_queue_<q>|tx_queue_<q>|rx<q>|tx<q>|rx|tx)_(kicks|hw_interrupts|hw_notifications)"),
        (None, "info", None, "(rx_queue_<q>|tx_queue_<q>|rx<q>|tx<q>|rx|tx)_(xdp_packets|xdp_tx|xdp_redirects)"),
    ],
    "netdev": {
        "rx_dropped": ("d", "drops+xdp_drops"),
        "tx_dropped": ("e", "tx_dropped"),
        # Most packets of a wrong length are in drops too (receive_mergeable, 6.1).
        "rx_length_errors": ("a", "length+drops"),
        "rx_frame_errors": ("a", "alignment"),
    },
}

VMXNET3 = {
    "counters": [
        # vmxnet3_ethtool.c. fcs is part of err, err and the packets without a new buffer are in "drv dropped rx total",
        # and the device counts the frames of err as "pkts rx err". No netdev field has those of an empty ring (OOB).
        ("a", "loss", "rx_error", "(|Rx Queue#<q> )pkts rx err"),
        ("a", "loss", "fcs", "(|Rx Queue#<q> )fcs"),
        ("c", "loss", "ring_empty", "(|Rx Queue#<q> )pkts rx OOB"),
        ("d", "loss", "rx_buf_alloc", "(|Rx Queue#<q> )rx buf alloc fail"),
        ("e", "event", None, "((|Tx Queue#<q> )ring full|tx timeout count)"),
        ("e", "loss", "tx_discard", "(|Tx Queue#<q> )pkts tx discard"),
        ("e", "loss", "tx_error", "(|Tx Queue#<q> )pkts tx err"),
        ("e", "loss", "tx_driver", "(|Tx Queue#<q> )drv dropped tx total"),
        ("e", "info", None, "(|Tx Queue#<q> )(too many frags|giant hdr|hdr err|tso|pkts linearized|hdr cloned)"),
        ("f", "loss", "rx_driver+rx_error+fcs+rx_buf_alloc", "(|Rx Queue#<q> )(drv dropped rx total|err)"),
        ("e", "loss", "xdp_tx", "(|Tx Queue#<q> )xdp xmit err"),
        ("f", "event", None, "(|Rx Queue#<q> )xdp (drops|aborted)"),
        (None, "traffic", None, "(|Rx Queue#<q> |Tx Queue#<q> )(ucast|mcast|bcast) (pkts|bytes) (rx|tx)"),
        (None, "traffic", None, "(|Rx Queue#<q> |Tx Queue#<q> )(LRO pkts|LRO byte|TSO pkts|TSO bytes) (rx|tx)"),
        # The line that opens a block: its value is the number of the queue.
        (None, "gauge", None, "(Rx|Tx) Queue#<q>"),
        (None, "gauge", None, "(Rx|Tx) Queue#"),
    ],
    "netdev": {
        "rx_dropped": ("f", "rx_driver+rx_error+fcs+rx_buf_alloc"),
        "tx_dropped": ("e", "tx_driver"),
    },
    "blocks": {"open": ("Rx Queue#", "Tx Queue#"), "close": ("tx timeout count",)},
}

GVE = {
    "counters": [
        # gve_ethtool.c: the names with [N] that the NIC reports stay 0 without the private flag report-stats.
        # rx_dropped and rx_dropped_pkt[N] are sums of names that follow them, not drops of an empty ring.
        ("c", "loss", "no_buffers_posted", "rx_no_buffers_posted[<q>]"),
        ("c", "loss", "queue_drop+no_buffers_posted+over_mru+bad_checksum", "rx_queue_drop_cnt[<q>]"),
        ("d", "loss", "skb_alloc", "rx_skb_alloc_fail"),
        ("d", "event", "refill", "(rx_buf_alloc_fail|page_alloc_fail|dma_mapping_error)"),
        ("d", "loss", "skb_alloc+refill+descriptor_error", "(rx_dropped|rx_dropped_pkt[<q>])"),
        ("e", "event", None, "(tx_stop[<q>]|tx_wake[<q>]|tx_timeouts)"),
        ("e", "loss", "tx_dma", "tx_dma_mapping_error[<q>]"),
        ("e", "loss", "tx_dropped+tx_dma", "tx_dropped"),
        ("f", "loss", "over_mru", "rx_drops_packet_over_mru[<q>]"),
        ("f", "loss", "bad_checksum", "rx_drops_invalid_checksum[<q>]"),
        ("f", "loss", "descriptor_error", "rx_desc_err_dropped_pkt"),
        ("f", "event", None, "(rx_xdp_drop[<q>]|rx_xdp_*|tx_xdp_*)"),
        (None, "gauge", None, "(rx|tx)_consumed_desc[<q>]"),
        (None, "info", None, "adminq_*"),
    ],
    # The driver fills none of the fields of drops: tx_dropped is the core's.
    "netdev": {"tx_dropped": ("e", "core_tx_dropped")},
}

MANA = {
    "counters": [
        # mana_ethtool.c: hc_ names come from the host.
        ("b", "loss", "phy_drop", "hc_rx_pkt_drop_phy"),
        ("b", "loss", "tx_phy_drop", "hc_tx_pkt_drop_phy"),
        ("c", "loss", "no_wqe", "hc_rx_discards_no_wqe"),
        ("e", "event", None, "(stop_queue|wake_queue|tx_cqe_err|tx_cq_err|tx_cqe_unknown_type)"),
        ("e", "loss", "tx_map_err", "(tx_<q>_mana_map_err|mana_map_err)"),
        ("f", "loss", "tx_{1}_enforcement", "hc_tx_err_(vlan|sa|eth_type|sqpdid|cqpdid)_enforcement"),
        ("f", "loss", "rx_vport_disabled", "hc_rx_err_vport_disabled"),
        (
            "e",
            "loss",
            "tx_{1}",
            "hc_tx_err_(gf_disabled|vport_disabled|inval_vportoffset_pkt|mtu_violation|inval_oob|gdma)",
        ),
        ("f", "event", None, "(rx|tx)_<q>_xdp_drop"),
        ("g", "event", None, "(hc_tc<n>_(rx|tx)_pause_phy|hc_(rx|tx)_pause_phy)"),
        (None, "event", None, "(rx_coalesced_err|rx_cqe_unknown_type)"),
    ],
    "netdev": {"tx_dropped": ("e", "tx_dropped+tx_map_err")},
    "rx_dropped_is_mixed": True,
    "queue": r"^[rt]x_(\d+)_",
}

HV_NETVSC = {
    "counters": [
        # netvsc_drv.c: every way out through "drop" adds to tx_dropped too; -EAGAIN (tx_busy) is tried again. What the
        # virtual function did not take is in tx_dropped as well, and was counted there or by its queue discipline.
        ("d", "loss", "rx_no_memory", "rx_no_memory"),
        ("e", "loss", "{1}", "(tx_no_memory|tx_no_space|tx_too_big|vlan_error)"),
        ("e", "event", "vf_tx_dropped", "vf_tx_dropped"),
        ("e", "event", None, "(tx_busy|tx_send_full|stop_queue|wake_queue|rx_comp_busy)"),
        ("e", "info", None, "tx_scattered"),
        ("f", "event", None, "rx_queue_<q>_xdp_drop"),
    ],
    "netdev": {"tx_dropped": ("e", "tx_dropped+tx_no_memory+tx_no_space+tx_too_big+vlan_error+vf_tx_dropped")},
}

VETH = {
    "counters": [
        ("c", "loss", "rx_drops", "rx_queue_<q>_drops"),
        ("e", "loss", "xdp_xmit_errors", "tx_queue_<q>_xdp_xmit_errors"),
        ("e", "loss", "xdp_tx_errors", "rx_queue_<q>_xdp_tx_errors"),
        ("f", "event", None, "rx_queue_<q>_xdp_drops"),
        (None, "gauge", None, "peer_ifindex"),
        (None, "info", None, "rx_pp_*"),
    ],
    # The end that sends counts what the queue of its peer refused.
    "netdev": {"rx_dropped": ("c", "rx_drops+xdp_tx_errors"), "tx_dropped": ("e", "peer_queue_full")},
}

DRIVERS = {
    "ena": ENA,
    "virtio_net": VIRTIO_NET,
    "vmxnet3": VMXNET3,
    "gve": GVE,
    "mana": MANA,
    "hv_netvsc": HV_NETVSC,
    "veth": VETH,
}
