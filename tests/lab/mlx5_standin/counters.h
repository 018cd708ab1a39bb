/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright: (c) 2026, linuxnet.packetloss contributors */
#ifndef STANDIN_COUNTERS_H
#define STANDIN_COUNTERS_H

#include <linux/atomic.h>
#include <linux/if_link.h>
#include <linux/types.h>

#define STANDIN_MAX_CHANNELS	63
#define STANDIN_PRIORITIES	8

/* Every list: X(constant, name). The names are those of mlx5's en_stats.c, 6.1 and 6.12. */

/* Of a receive queue: rx3_NAME; all queues together: rx_NAME. */
#define STANDIN_RX_COUNTERS(X) \
	X(RX_PACKETS, "packets") \
	X(RX_BYTES, "bytes") \
	X(RX_CSUM_COMPLETE, "csum_complete") \
	X(RX_CSUM_COMPLETE_TAIL, "csum_complete_tail") \
	X(RX_CSUM_COMPLETE_TAIL_SLOW, "csum_complete_tail_slow") \
	X(RX_CSUM_UNNECESSARY, "csum_unnecessary") \
	X(RX_CSUM_UNNECESSARY_INNER, "csum_unnecessary_inner") \
	X(RX_CSUM_NONE, "csum_none") \
	X(RX_XDP_DROP, "xdp_drop") \
	X(RX_XDP_REDIRECT, "xdp_redirect") \
	X(RX_LRO_PACKETS, "lro_packets") \
	X(RX_LRO_BYTES, "lro_bytes") \
	X(RX_GRO_PACKETS, "gro_packets") \
	X(RX_GRO_BYTES, "gro_bytes") \
	X(RX_GRO_SKBS, "gro_skbs") \
	X(RX_ECN_MARK, "ecn_mark") \
	X(RX_REMOVED_VLAN_PACKETS, "removed_vlan_packets") \
	X(RX_WQE_ERR, "wqe_err") \
	X(RX_MPWQE_FILLER_CQES, "mpwqe_filler_cqes") \
	X(RX_MPWQE_FILLER_STRIDES, "mpwqe_filler_strides") \
	X(RX_OVERSIZE_PKTS_SW_DROP, "oversize_pkts_sw_drop") \
	X(RX_BUFF_ALLOC_ERR, "buff_alloc_err") \
	X(RX_CQE_COMPRESS_BLKS, "cqe_compress_blks") \
	X(RX_CQE_COMPRESS_PKTS, "cqe_compress_pkts") \
	X(RX_CONGST_UMR, "congst_umr") \
	X(RX_ARFS_ERR, "arfs_err") \
	X(RX_RECOVER, "recover")

/* Of a send queue: tx3_NAME; all queues together: tx_NAME, but see tx_total_name(). */
#define STANDIN_TX_COUNTERS(X) \
	X(TX_PACKETS, "packets") \
	X(TX_BYTES, "bytes") \
	X(TX_TSO_PACKETS, "tso_packets") \
	X(TX_TSO_BYTES, "tso_bytes") \
	X(TX_TSO_INNER_PACKETS, "tso_inner_packets") \
	X(TX_TSO_INNER_BYTES, "tso_inner_bytes") \
	X(TX_CSUM_PARTIAL, "csum_partial") \
	X(TX_CSUM_PARTIAL_INNER, "csum_partial_inner") \
	X(TX_ADDED_VLAN_PACKETS, "added_vlan_packets") \
	X(TX_NOP, "nop") \
	X(TX_MPWQE_BLKS, "mpwqe_blks") \
	X(TX_MPWQE_PKTS, "mpwqe_pkts") \
	X(TX_CSUM_NONE, "csum_none") \
	X(TX_STOPPED, "stopped") \
	X(TX_DROPPED, "dropped") \
	X(TX_XMIT_MORE, "xmit_more") \
	X(TX_RECOVER, "recover") \
	X(TX_CQES, "cqes") \
	X(TX_WAKE, "wake") \
	X(TX_CQE_ERR, "cqe_err")

/* Of a channel: ch3_NAME; all channels together: ch_NAME. */
#define STANDIN_CH_COUNTERS(X) \
	X(CH_EVENTS, "events") \
	X(CH_POLL, "poll") \
	X(CH_ARM, "arm") \
	X(CH_AFF_CHANGE, "aff_change") \
	X(CH_FORCE_IRQ, "force_irq") \
	X(CH_EQ_REARM, "eq_rearm")

/* Of a priority: the name with its number in place of %u. */
#define STANDIN_PRIO_COUNTERS(X) \
	X(PRIO_RX_BYTES, "rx_prio%u_bytes") \
	X(PRIO_RX_PACKETS, "rx_prio%u_packets") \
	X(PRIO_RX_DISCARDS, "rx_prio%u_discards") \
	X(PRIO_TX_BYTES, "tx_prio%u_bytes") \
	X(PRIO_TX_PACKETS, "tx_prio%u_packets") \
	X(PRIO_RX_BUF_DISCARD, "rx_prio%u_buf_discard") \
	X(PRIO_RX_CONG_DISCARD, "rx_prio%u_cong_discard") \
	X(PRIO_RX_MARKED, "rx_prio%u_marked")

/* Of the function and of its port. */
#define STANDIN_PORT_COUNTERS(X) \
	X(RX_OUT_OF_BUFFER, "rx_out_of_buffer") \
	X(RX_IF_DOWN_PACKETS, "rx_if_down_packets") \
	X(RX_STEER_MISSED_PACKETS, "rx_steer_missed_packets") \
	X(DEV_INTERNAL_QUEUE_OOB, "dev_internal_queue_oob") \
	X(RX_OVERSIZE_PKTS_BUFFER, "rx_oversize_pkts_buffer") \
	X(RX_VPORT_UNICAST_PACKETS, "rx_vport_unicast_packets") \
	X(RX_VPORT_UNICAST_BYTES, "rx_vport_unicast_bytes") \
	X(TX_VPORT_UNICAST_PACKETS, "tx_vport_unicast_packets") \
	X(TX_VPORT_UNICAST_BYTES, "tx_vport_unicast_bytes") \
	X(RX_VPORT_MULTICAST_PACKETS, "rx_vport_multicast_packets") \
	X(RX_VPORT_MULTICAST_BYTES, "rx_vport_multicast_bytes") \
	X(TX_VPORT_MULTICAST_PACKETS, "tx_vport_multicast_packets") \
	X(TX_VPORT_MULTICAST_BYTES, "tx_vport_multicast_bytes") \
	X(RX_VPORT_BROADCAST_PACKETS, "rx_vport_broadcast_packets") \
	X(RX_VPORT_BROADCAST_BYTES, "rx_vport_broadcast_bytes") \
	X(TX_VPORT_BROADCAST_PACKETS, "tx_vport_broadcast_packets") \
	X(TX_VPORT_BROADCAST_BYTES, "tx_vport_broadcast_bytes") \
	X(TX_PACKETS_PHY, "tx_packets_phy") \
	X(RX_PACKETS_PHY, "rx_packets_phy") \
	X(RX_CRC_ERRORS_PHY, "rx_crc_errors_phy") \
	X(TX_BYTES_PHY, "tx_bytes_phy") \
	X(RX_BYTES_PHY, "rx_bytes_phy") \
	X(TX_MULTICAST_PHY, "tx_multicast_phy") \
	X(TX_BROADCAST_PHY, "tx_broadcast_phy") \
	X(RX_MULTICAST_PHY, "rx_multicast_phy") \
	X(RX_BROADCAST_PHY, "rx_broadcast_phy") \
	X(RX_IN_RANGE_LEN_ERRORS_PHY, "rx_in_range_len_errors_phy") \
	X(RX_OUT_OF_RANGE_LEN_PHY, "rx_out_of_range_len_phy") \
	X(RX_OVERSIZE_PKTS_PHY, "rx_oversize_pkts_phy") \
	X(RX_SYMBOL_ERR_PHY, "rx_symbol_err_phy") \
	X(TX_MAC_CONTROL_PHY, "tx_mac_control_phy") \
	X(RX_MAC_CONTROL_PHY, "rx_mac_control_phy") \
	X(RX_UNSUPPORTED_OP_PHY, "rx_unsupported_op_phy") \
	X(RX_PAUSE_CTRL_PHY, "rx_pause_ctrl_phy") \
	X(TX_PAUSE_CTRL_PHY, "tx_pause_ctrl_phy") \
	X(RX_DISCARDS_PHY, "rx_discards_phy") \
	X(TX_DISCARDS_PHY, "tx_discards_phy") \
	X(TX_ERRORS_PHY, "tx_errors_phy") \
	X(RX_UNDERSIZE_PKTS_PHY, "rx_undersize_pkts_phy") \
	X(RX_FRAGMENTS_PHY, "rx_fragments_phy") \
	X(RX_JABBERS_PHY, "rx_jabbers_phy") \
	X(LINK_DOWN_EVENTS_PHY, "link_down_events_phy") \
	X(RX_PCS_SYMBOL_ERR_PHY, "rx_pcs_symbol_err_phy") \
	X(RX_CORRECTED_BITS_PHY, "rx_corrected_bits_phy") \
	X(RX_BUFFER_PASSED_THRES_PHY, "rx_buffer_passed_thres_phy") \
	X(RX_PCI_SIGNAL_INTEGRITY, "rx_pci_signal_integrity") \
	X(TX_PCI_SIGNAL_INTEGRITY, "tx_pci_signal_integrity") \
	X(OUTBOUND_PCI_BUFFER_OVERFLOW, "outbound_pci_buffer_overflow") \
	X(OUTBOUND_PCI_STALLED_RD, "outbound_pci_stalled_rd") \
	X(OUTBOUND_PCI_STALLED_WR, "outbound_pci_stalled_wr") \
	X(OUTBOUND_PCI_STALLED_RD_EVENTS, "outbound_pci_stalled_rd_events") \
	X(OUTBOUND_PCI_STALLED_WR_EVENTS, "outbound_pci_stalled_wr_events") \
	X(RX_GLOBAL_PAUSE, "rx_global_pause") \
	X(RX_GLOBAL_PAUSE_DURATION, "rx_global_pause_duration") \
	X(TX_GLOBAL_PAUSE, "tx_global_pause") \
	X(TX_GLOBAL_PAUSE_DURATION, "tx_global_pause_duration") \
	X(RX_GLOBAL_PAUSE_TRANSITION, "rx_global_pause_transition") \
	X(TX_PAUSE_STORM_WARNING_EVENTS, "tx_pause_storm_warning_events") \
	X(TX_PAUSE_STORM_ERROR_EVENTS, "tx_pause_storm_error_events") \
	X(MODULE_UNPLUG, "module_unplug") \
	X(MODULE_BUS_STUCK, "module_bus_stuck") \
	X(MODULE_HIGH_TEMP, "module_high_temp") \
	X(MODULE_BAD_SHORTED, "module_bad_shorted")

#define STANDIN_CONSTANT(constant, name) constant,
enum { STANDIN_RX_COUNTERS(STANDIN_CONSTANT) STANDIN_RX_COUNT };
enum { STANDIN_TX_COUNTERS(STANDIN_CONSTANT) STANDIN_TX_COUNT };
enum { STANDIN_CH_COUNTERS(STANDIN_CONSTANT) STANDIN_CH_COUNT };
enum { STANDIN_PRIO_COUNTERS(STANDIN_CONSTANT) STANDIN_PRIO_COUNT };
enum { STANDIN_PORT_COUNTERS(STANDIN_CONSTANT) STANDIN_PORT_COUNT };
#undef STANDIN_CONSTANT

struct standin_counters {
	unsigned int channels;	/* the channels that were ever open: only these are shown */
	atomic64_t rx[STANDIN_MAX_CHANNELS][STANDIN_RX_COUNT];
	atomic64_t tx[STANDIN_MAX_CHANNELS][STANDIN_TX_COUNT];
	atomic64_t ch[STANDIN_MAX_CHANNELS][STANDIN_CH_COUNT];
	atomic64_t prio[STANDIN_PRIORITIES][STANDIN_PRIO_COUNT];
	atomic64_t port[STANDIN_PORT_COUNT];
};

unsigned int standin_counters_count(const struct standin_counters *counters);
void standin_counters_name(const struct standin_counters *counters, unsigned int index, char *name);
u64 standin_counters_value(struct standin_counters *counters, unsigned int index);
int standin_counters_write(struct standin_counters *counters, const char *name, u64 value, bool add);
void standin_counters_link(struct standin_counters *counters, struct rtnl_link_stats64 *stats);

#endif
