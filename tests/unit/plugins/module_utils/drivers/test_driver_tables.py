# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What statistics mean, by exact name for every driver, and by words for drivers that nobody knows."""

import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index, statistics
from ansible_collections.linuxnet.packetloss.tests.unit.driver_files import known

MEANINGS = {
    "mlx5_core": """
        rx_crc_errors_phy a loss; rx_pcs_symbol_err_phy a loss; rx_oversize_pkts_phy a loss; rx_jabbers_phy a loss
        rx_corrected_bits_phy a info; rx_err_lane_3_phy a info; link_down_events_phy a event; module_high_temp a event
        rx_discards_phy b loss; rx_prio3_discards b loss; rx_prio0_cong_discard b loss; rx_prio0_marked b info
        rx_buffer_passed_thres_phy b event; outbound_pci_buffer_overflow b loss; outbound_pci_stalled_rd b gauge
        outbound_pci_stalled_wr_events b event; pci_bw_inbound_high b gauge; dev_internal_queue_oob b loss
        rx_out_of_buffer c loss; rx_buff_alloc_err d loss; rx12_buff_alloc_err d loss 12; rx7_wqe_err d loss 7
        rx_cache_full d info; rx_pp_alloc_empty d info; tx_queue_stopped e event; tx4_stopped e event 4
        tx4_wake e event 4; tx4_dropped e loss 4; tx_queue_dropped e loss; tx2_1_dropped e loss 2; tx_cqe_err e loss
        tx_discards_phy e loss; tx_xdp_full e loss; rx3_xdp_tx_err e loss 3; rx_steer_missed_packets f info
        rx_oversize_pkts_buffer f loss; rx5_oversize_pkts_sw_drop f loss 5; rx_arfs_err f event; rx2_xdp_drop f event 2
        rx_pause_ctrl_phy g event; tx_prio3_pause_duration g event; tx_pause_storm_error_events g event
        ptp_rx0_buff_alloc_err d loss 0; rx2_xsk_buff_alloc_err d event 2; qos_tx0_tls_drop_no_sync_data e loss 0
        ptp_cq0_ooo_cqe_drop f event 0; ptp_rx0_xdp_drop f event 0
        ch5_aff_change - event 5; rx0_packets - traffic 0; rx_vport_unicast_packets - traffic; rx_64_bytes_phy - traffic
        rx11_csum_none - info 11; rx_packets_phy - traffic; rx_tls_err - event""",
    "mlx4_en": """
        rx_crc_errors a loss; rx_jabbers a loss; rx_in_range_length_error a loss; rx_dropped c loss
        rx_over_errors c loss; rx_fifo_errors c loss; rx3_dropped d loss 3; queue_stopped e event; wake_queue e event
        tx_timeout e event; tx_dropped e loss; rx_pause g event; tx_pause_duration_prio_1 g event
        rx_pause_prio_2 g event
        rx2_packets - traffic 2; rx_alloc_failed d event""",
    "ixgbe": """
        rx_crc_errors a loss; rx_length_errors a loss; rx_long_length_errors a loss; rx_short_length_errors a loss
        lsc_int a event; rx_missed_errors b loss; rx_no_dma_resources c loss; rx_no_buffer_count c info
        alloc_rx_page_failed d event; alloc_rx_buff_failed d event; alloc_rx_page d info; tx_busy e event
        rx_dropped - info
        tx_restart_queue e event; tx_timeout_count e event; fdir_miss f info; fdir_match f info; fdir_overflow f event
        rx_flow_control_xoff g event; tx_pb_0_pxon g event; rx_queue_12_packets - traffic 12; rx_pkts_nic - traffic
        rx_csum_offload_errors - info""",
    "ixgbevf": """
        tx_timeout_count e event; tx_restart_queue e event; alloc_rx_page_failed d event; alloc_rx_buff_failed d event
        rx_csum_offload_errors - info; rx_queue_0_packets - traffic 0; multicast - traffic; tx_busy e event""",
    "igbvf": """
        alloc_rx_buff_failed d event; rx_csum_offload_good - info; rx_csum_offload_errors - info; tx_busy e event
        tx_restart_queue e event; rx_packets - traffic; multicast - traffic; tx_bytes - traffic""",
    "igb": """
        rx_crc_errors a loss; rx_align_errors a loss; rx_long_length_errors a loss; tx_carrier_errors a event
        rx_missed_errors b loss; rx_no_buffer_count c info; rx_queue_1_drops c loss 1; rx_fifo_errors c loss
        rx_queue_0_alloc_failed d event 0; rx_queue_0_csum_err - info 0; tx_queue_3_restart e event 3; tx_dropped e loss
        tx_timeout_count e event; dropped_smbus f event; tx_flow_control_xon g event; rx_queue_2_bytes - traffic 2""",
    "e1000e": """
        rx_crc_errors a loss; rx_frame_errors a loss; rx_align_errors a loss; collisions a event
        rx_missed_errors b loss
        rx_no_buffer_count c info; alloc_rx_buff_failed d event; rx_dma_failed d event; tx_dma_failed e loss
        tx_timeout_count e event; tx_restart_queue e event; tx_abort_late_coll e loss; rx_flow_control_xon g event
        tx_deferred_ok e info; rx_packets - traffic; uncorr_ecc_errors - event""",
    "i40e": """
        port.rx_crc_errors a loss; port.illegal_bytes a loss; port.mac_local_faults a event
        port.rx_length_errors a loss
        port.rx_undersize a loss; port.rx_dropped b loss; port.rx_discards b loss; veb.rx_discards b loss
        rx_dropped c loss; rx_alloc_fail d event; rx_pg_alloc_fail d event; tx_busy e event; tx_stopped e event
        tx_force_wb e event; port.tx_timeout e event; port.tx_dropped_link_down e loss; tx_linearize e info
        rx_unknown_protocol f info; port.fdir_atr_match f info; port.fdir_sb_status f gauge; port.fdir_flush_cnt f event
        port.link_xoff_tx g event; port.rx_priority_0_xon_2_xoff g event; port.tx_priority_7_xoff g event
        rx-7.packets - traffic 7; tx-0.tx_bytes - traffic 0; port.rx_size_1522 - traffic; port.tx_lpi_status - gauge""",
    "iavf": """
        rx_discards c loss; tx_discards e loss; rx_unknown_protocol f info; rx-3.packets - traffic 3
        tx-15.bytes - traffic 15; rx_unicast - traffic; tx_errors - info; rx_bytes - traffic""",
    "ice": """
        rx_crc_errors.nic a loss; illegal_bytes.nic a loss; mac_remote_faults.nic a event; rx_jabber.nic a loss
        rx_dropped.nic b loss; rx_dropped c loss; rx_alloc_fail d event; rx_pg_alloc_fail d event; tx_busy e event
        tx_restart e event; tx_timeout.nic e event; tx_dropped_link_down.nic e loss; rx_unknown_protocol f info
        fdir_sb_status.nic f gauge; link_xon_rx.nic g event; tx_priority_3_xoff.nic g event; rx_csum_bad.nic - info
        tx_queue_101_packets - traffic 101; rx_size_big.nic - traffic; rx_unicast.nic - traffic""",
    "bnxt_en": """
        rx_fcs_err_frames a loss; rx_align_err_frames a loss; rx_runt_frames a loss; rx_mtu_err_frames a loss
        rx_corrected_bits a info; link_down_events a event; rx_fec_uncorrectable_blocks a event; rx_stat_discard b loss
        rx_discard_packets_cos3 b loss; rx_discard_bytes_cos3 b info; rx_buffer_passed_threshold b event
        [11]: rx_discards c loss 11; rx_total_discard_pkts c loss; rx_total_ring_discards c loss
        [0]: rx_buf_errors d loss 0; rx_total_oom_discards d loss; rx_total_netpoll_discards d loss
        [3]: rx_resets d event 3; [0]: tx_discards e loss 0; [0]: tx_errors e loss 0; tx_total_ring_discards e loss
        tx_stat_discard e loss; tx_fifo_underruns e loss; [2]: missed_irqs e event 2; rx_pause_frames g event
        rx_pfc_ena_frames_pri5 g event; continuous_pause_events g event; pfc_pri1_tx_duration_us g event
        [1]: rx_l4_csum_errors - info 1; [1]: rx_ucast_packets - traffic 1; rx_1024b_1518b_frames - traffic""",
    "bnx2x": """
        rx_crc_errors a loss; rx_fragments a loss; rx_brb_discard b loss; rx_brb_truncate b loss; rx_discards c loss
        [7]: rx_discards c loss 7; rx_skb_alloc_discard d loss; [1]: rx_skb_alloc_discard d loss 1
        [0]: tx_exhaustion_events e event 0; driver_filtered_tx_pkt e loss; rx_filtered_packets f info
        rx_mf_tag_discard f loss; rx_constant_pause_events g event; pfc_frames_sent g event
        [0]: rx_csum_offload_errors - info 0; rx_ucast_packets - traffic; Tx LPI entry count - info""",
    "ena": """
        conntrack_allowance_exceeded b loss; linklocal_allowance_exceeded b loss; bw_in_allowance_exceeded b event
        conntrack_allowance_available b gauge; ena_srd_resource_utilization b gauge; ena_srd_tx_pkts - traffic
        pps_allowance_exceeded b event; queue_3_rx_empty_rx_ring c event 3; rx_drops c loss; rx_overruns c loss
        queue_0_rx_page_alloc_fail d event 0; queue_0_rx_dma_mapping_err d event 0
        queue_0_rx_skb_alloc_fail d loss 0; queue_0_rx_refil_partial d event 0
        queue_5_tx_queue_stop e event 5; queue_5_tx_queue_wakeup e event 5; queue_5_tx_prepare_ctx_err e loss 5
        queue_5_tx_missed_tx e event 5; tx_timeout e event; wd_expired e event; queue_0_rx_bad_desc_num f event 0
        queue_0_rx_csum_bad - info 0; queue_8_xdp_tx_cnt - traffic 8; queue_1_tx_unmask_interrupt - info 1
        admin_q_pause - info""",
    "virtio_net": """
        rx_queue_0_drops d loss 0; rx4_drops d loss 4; rx4_hw_drops c loss 4; rx4_hw_drop_overruns c loss 4
        tx_queue_1_tx_timeouts e event 1; tx1_tx_timeouts e event 1; tx_queue_1_xdp_tx_drops e loss 1
        rx_queue_0_xdp_drops f event 0; tx_queue_0_kicks - info 0; rx0_kicks - info 0; rx_queue_0_packets - traffic 0
        rx_drops d loss; rx_xdp_drops f event; tx_xdp_tx_drops e loss; tx_tx_timeouts e event; tx_kicks - info
        rx7_bytes - traffic 7""",
    "vmxnet3": """
        Tx Queue#1 xdp xmit err e loss 1
        pkts rx OOB c loss; Rx Queue#3 pkts rx OOB c loss 3; Rx Queue#0 rx buf alloc fail d loss 0; fcs a loss
        Rx Queue#0 pkts rx err a loss 0; Rx Queue#1 drv dropped rx total f loss 1; Rx Queue#1 err f loss 1
        Tx Queue#2 ring full e event 2; Tx Queue#2 pkts tx discard e loss 2; Tx Queue#2 pkts tx err e loss 2
        Tx Queue#2 drv dropped tx total e loss 2; tx timeout count e event; Tx Queue#0 giant hdr e info 0
        Tx Queue#0 ucast pkts tx - traffic 0; Rx Queue#4 - gauge 4""",
    "hns3": """
        mac_rx_fcs_err_pkt_num a loss; mac_rx_oversize_pkt_num a loss; mac_rx_bad_pkt_num a loss
        mac_rx_1519_max_bad_pkt_num a loss; mac_tx_err_all_pkt_num a loss; rxq7_l2_err a loss 7; rxq#7_l2_err a loss 7
        rxq0_err_pkt_len a loss 0; rxq0_frag_alloc_err d event 0; rxq0_err_bd_num d loss 0; txq12_dropped e loss 12
        rxq3_dropped d event 3; rxq0_errors f loss 0; txq0_skb2sgl_err e loss 0; mac_tx_jabber_pkt_num - info
        txq#12_dropped e loss 12; txq3_busy e event 3; txq3_wake e event 3; txq3_tso_err e loss 3
        txq3_over_max_recursion e loss 3; txq3_spare_full e event 3; mac_tx_mac_pause_num g event
        mac_rx_pfc_pri3_pkt_num g event; mac_tx_pfc_pri3_xoff_time g event; rxq0_l3l4_csum_err - info 0
        rxq3_packets - traffic 3; mac_rx_64_oct_pkt_num - traffic""",
    "hinic": """
        mac_rx_fcs_err_pkt_num a loss; mac_rx_sym_err_pkt_num a loss; mac_rx_jabber_pkt_num a loss
        mac_rx_send_app_bad_pkt_num b event; rx_discard_vport c loss; rx_err_vport c loss; rxq3_errors d event 3
        rxq3_csum_errors d event 3; txq1_tx_busy e event 1; txq1_tx_dropped e loss 1; tx_discard_vport e loss
        mac_tx_fragment_pkt_num - info
        mac_tx_pause_num g event; mac_rx_pfc_pri4_pkt_num g event; rxq0_pkts - traffic 0
        rx_unicast_pkts_vport - traffic""",
    "gve": """
        rx_no_buffers_posted[3] c loss 3; rx_queue_drop_cnt[3] c loss 3; rx_dropped_pkt[0] d loss 0; rx_dropped d loss
        rx_skb_alloc_fail d loss; rx_buf_alloc_fail d event; page_alloc_fail d event; dma_mapping_error d event
        tx_stop[1] e event 1; tx_wake[1] e event 1; tx_timeouts e event; tx_dropped e loss
        tx_dma_mapping_error[0] e loss 0; rx_drops_packet_over_mru[0] f loss 0; rx_drops_invalid_checksum[0] f loss 0
        rx_desc_err_dropped_pkt f loss; rx_consumed_desc[2] - gauge 2; rx_bytes[5] - traffic 5
        adminq_cmd_fail - info""",
    "mana": """
        hc_rx_discards_no_wqe c loss; hc_rx_pkt_drop_phy b loss; hc_tx_pkt_drop_phy b loss; stop_queue e event
        wake_queue e event; tx_2_mana_map_err e loss 2; hc_tx_err_gdma e loss; hc_rx_err_vport_disabled f loss
        hc_tx_err_vlan_enforcement f loss; hc_tx_err_eth_type_enforcement f loss; hc_tc3_rx_pause_phy g event
        rx_5_packets - traffic 5; tx_0_xdp_drop f event 0""",
    "hv_netvsc": """
        rx_no_memory d loss; tx_no_memory e loss; tx_no_space e loss; tx_too_big e loss; vf_tx_dropped e event
        tx_busy e event; tx_send_full e event; stop_queue e event; wake_queue e event; tx_scattered e info
        vf_rx_packets - traffic; tx_queue_0_packets - traffic 0; cpu0_rx_packets - traffic""",
    "sfc": """
        port_rx_bad a loss; port_rx_align_error a loss; port_rx_gtjumbo a loss; fec_uncorrected_errors a event
        port_rx_overflow b loss; port_rx_pm_discard_vfifo_full b loss; port_rx_pm_trunc_qbb b loss
        port_rx_dp_hlb_wait b event; port_rx_nodesc_drops c loss; port_rx_nodesc_drop_cnt c loss; rx_nodesc_trunc c loss
        rx_noskb_drops d loss; tx_overflow e loss; tx_bad e loss; ctpio_overflow_fail e info
        port_rx_pm_discard_mapping f loss
        port_rx_dp_di_dropped_packets f info; rx_mcast_mismatch f info; rfs_failed f event; port_tx_pause g event
        rx-11.rx_packets - traffic 11; port_tx_64 - traffic; rx_tcp_udp_chksum_err - info""",
    "be2net": """
        rx_crc_errors a loss; rx_alignment_symbol_errors a loss; rx_in_range_errors a loss; rx_frame_too_long a loss
        rxpp_fifo_overflow_drop b loss; rx_input_fifo_overflow_drop b loss; rx_drops_no_pbuf b loss
        eth_red_drops b loss
        rx_drops_no_tpre_descr b loss; rx_drops_no_erx_descr c loss; rxq8: rx_drops_no_frags c loss 8
        rxq8: rx_drops_no_skbs d loss 8; rxq0: rx_post_fail d event 0; txq0: tx_sge_err e loss 0
        txq3: tx_stops e event 3
        txq3: tx_drv_drops e loss 3
        dma_map_errors e loss; rx_address_filtered f info; rx_drops_mtu f loss; rx_pause_frames g event
        tx_pauseframes g event; rx_priority_pause_frames g event; rxq0: rx_pkts - traffic 0
        rx_tcp_checksum_errs - info""",
    "tg3": """
        rx_fcs_errors a loss; rx_align_errors a loss; rx_frame_too_long_errors a loss; rx_jabbers a loss
        rx_undersize_packets a loss; dma_writeq_full b event; mbuf_lwm_thresh_hit b event; rxbds_empty c event
        rx_discards c loss; tx_discards e loss; tx_errors e loss; tx_carrier_sense_errors e event
        tx_comp_queue_full e event; dma_readq_full e event; rx_xoff_pause_rcvd g event; tx_xoff_sent g event
        rx_xoff_entered g event; rx_ucast_packets - traffic; nic_irqs - info""",
    "veth": """
        rx_queue_3_drops c loss 3; rx_queue_0_xdp_drops f event 0; tx_queue_0_xdp_xmit_errors e loss 0
        peer_ifindex - gauge; rx_queue_0_xdp_packets - traffic 0; rx_queue_0_xdp_bytes - traffic 0
        rx_pp_alloc_fast - info
        tx_queue_1_xdp_xmit - info 1""",
}
# Drivers of the same names.
MEANINGS["igc"] = MEANINGS["igb"]
MEANINGS["e1000"] = MEANINGS["e1000e"]

ROW = re.compile(r"(?P<name>.+) (?P<letter>[a-g-]) (?P<kind>[a-z]+)(?: (?P<queue>\d+))?$")


def rows(text):
    for row in re.split(r";|\n", text):
        if row.strip():
            yield ROW.match(row.strip()).groupdict()


# what a name means


@pytest.mark.parametrize("driver", sorted(MEANINGS))
def test_a_name_has_its_class_its_kind_and_its_queue(driver):
    wrong = []
    for row in rows(MEANINGS[driver]):
        found = statistics.classify(driver, row["name"])
        expected = (
            None if row["letter"] == "-" else row["letter"],
            row["kind"],
            None if row["queue"] is None else int(row["queue"]),
        )
        if (found["class"], found["kind"], found["queue"]) != expected:
            wrong.append((row["name"], expected, found))
    assert wrong == []


def test_the_drivers_that_are_tested_here_have_at_least_eight_names():
    assert set(MEANINGS) <= set(known("STATISTICS"))
    assert {driver: len(list(rows(text))) for driver, text in MEANINGS.items() if len(list(rows(text))) < 8} == {}


@pytest.mark.parametrize(
    "reported, table",
    [
        ("mlx5e_rep", "mlx5_core"),
        ("mlx4_core", "mlx4_en"),
        ("vif", "xen_netfront"),
        ("i40evf", "iavf"),
        ("MLX5_core", "mlx5_core"),
        ("virtio-net", "virtio_net"),
    ],
)
def test_a_driver_is_known_by_its_other_names(reported, table):
    assert index.canonical(reported) == table


@pytest.mark.parametrize(
    "driver, name, direction",
    [
        ("mlx5_core", "rx3_packets", "rx"),
        ("ice", "link_xon_tx.nic", "tx"),
        ("be2net", "rxq3: rx_pkts", "rx"),
        ("ena", "queue_1_tx_cnt", "tx"),
        ("vmxnet3", "Tx Queue#0 ring full", "tx"),
        ("mlx5_core", "ch_poll", None),
        ("ena", "conntrack_allowance_exceeded", None),
    ],
)
def test_a_name_has_its_direction(driver, name, direction):
    assert statistics.classify(driver, name)["direction"] == direction


def test_an_answer_is_the_callers_own():
    statistics.classify("ixgbe", "rx_missed_errors")["class"] = "z"
    assert statistics.classify("ixgbe", "rx_missed_errors")["class"] == "b"


# drivers that are not known


@pytest.mark.parametrize(
    "name, letter, kind",
    [
        ("rx_crc_errors", "a", "loss"),
        ("align_errors", "a", "loss"),
        ("rx_fcs_fifo_overflow", "a", "loss"),
        ("fec_uncorrectable_errors", "a", "loss"),
        ("rx_no_desc_drop", "c", "loss"),
        ("rx_out_of_buffer_fifo", "c", "loss"),
        ("rx_no_buffer_count", "c", "info"),
        ("rxbds_empty", "c", "event"),
        ("rx_no_buff_discards", "c", "loss"),
        ("rx_no_bufs", "c", "loss"),
        ("rx nobuffer discards", "c", "loss"),
        ("rx_nobuf_drops", "c", "loss"),
        # No packet is known to be lost by it.
        ("rx_alloc_skb_failures", "d", "event"),
        ("rx_oom_drops", "d", "loss"),
        ("rx_missed", "b", "loss"),
        ("rx_fifo_overflow", "b", "loss"),
        ("tx_fifo_overflow_drop", "b", "loss"),
        ("rx_discards_phy", "b", "loss"),
        ("rx_xoff_frames", "g", "event"),
        ("tx_pfc_drops", "g", "event"),
        # stmmac: states of a FIFO that every reading counts.
        ("mtl_rx_fifo_fill_level_full", "b", "info"),
        ("mtl_tx_fifo_read_ctrl_idle", "b", "info"),
        ("mmc_rx_fpe_fragment_cntr", "a", "info"),
        ("tx_deferred", None, "info"),
        ("tx_drops", "e", "loss"),
        ("tx_underrun", "e", "loss"),
        ("tx_timeout", "e", "event"),
        ("tx_restart_queue", "e", "event"),
        ("tx_stops", "e", "event"),
        ("rx_steer_drop", "f", "info"),
        ("mac_filter_discards", "f", "info"),
        ("fdir_match", "f", "info"),
        ("rx_unknown_proto", "f", "info"),
        # The core's drops are in it: judged as the netdev's field.
        ("rx_dropped", None, "info"),
        ("rx_drops", None, "unclassified"),
        ("rx_queue_3_drops", None, "unclassified"),
        ("rx_ring_err", None, "unclassified"),
        ("rx_csum_errors", None, "info"),
        ("rx_interrupts", None, "info"),
        ("rx_packets", None, "traffic"),
        ("rx_queue_3_bytes", None, "traffic"),
        ("link_status", None, "gauge"),
        ("interface_up", None, "info"),
    ],
)
def test_an_unknown_driver_is_judged_by_words_in_their_order(name, letter, kind):
    found = statistics.classify("r9999", name)
    assert (found["class"], found["kind"]) == (letter, kind)
