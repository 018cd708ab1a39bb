/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright: (c) 2026, linuxnet.packetloss contributors */
#ifndef STANDIN_SIZES_H
#define STANDIN_SIZES_H

#include <linux/types.h>

/* What decides how much memory the queues take. */
struct standin_params {
	unsigned int rx;	/* ring entries, a power of two */
	unsigned int tx;
	unsigned int channels;
	unsigned int mtu;
	bool striding;
};

/* What a channel allocates beside its receive pages. */
enum standin_part {
	RX_WQ, RX_CQ, RX_INFO, RX_TRACKING, RX_PTR_RING, RX_OVERFLOW,
	TX_WQ, TX_CQ, TX_DMA_FIFO, TX_SKB_FIFO, TX_WQE_INFO,
	XDP_WQ, XDP_CQ, XDP_WQE_INFO, XDP_FIFO,
	ICO_WQ, ICO_CQ, ICO_INFO,
	STANDIN_PARTS
};

enum standin_place {
	PAGES_ON_DEVICE_NODE,	/* order-0 pages on the NUMA node of the PCI function */
	PAGES_ON_CPU_NODE,	/* order-0 pages on the NUMA node of the channel's CPU */
	ARRAY_ON_CPU_NODE,	/* one kvzalloc() on the NUMA node of the channel's CPU */
};

struct standin_part_kind {
	const char *name;
	enum standin_place place;
};

/* The sizes of one channel. */
struct standin_sizes {
	unsigned long buffer_pages;	/* what the receive ring needs */
	unsigned long pool_pages;	/* what the page pool takes from the kernel to fill it */
	size_t bytes[STANDIN_PARTS];
};

extern const struct standin_part_kind standin_part_kinds[STANDIN_PARTS];

struct standin_sizes standin_sizes(const struct standin_params *params);
size_t standin_part_bytes(const struct standin_sizes *sizes, enum standin_part part);

#endif
