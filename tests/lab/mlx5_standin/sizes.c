// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * How much memory mlx5 takes for the queues of a channel: the collection's reading of the driver's formulas
 * (docs/ring-memory.md), by the rules of the kernel that this module is built for. One traffic class, no XDP program,
 * no LRO, no hardware GRO.
 */

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/version.h>

#include "sizes.h"

#define HW_MTU_EXTRA	22	/* Ethernet header 14, VLAN tag 4, checksum 4 */
#define FRAGMENT	2048
#define MAX_FRAGMENTS	4
#define WQE_BYTES	64	/* one basic block of a send queue, one completion queue entry */
#define LOG_STRIDING_WQE	18
#define MIN_STRIDING_WQES	4
#define MAX_LINEAR_STRIDE	8192
#define NON_LINEAR_STRIDE	256
#define PTR_RING_CAP	16384
#define ICO_ENTRIES	64	/* the smallest internal send queue, and all of the asynchronous one */
#define ICO_INFO_BYTES	16

#define HEADROOM	(NET_SKB_PAD + NET_IP_ALIGN)
#define SHARED_INFO	SKB_DATA_ALIGN(sizeof(struct skb_shared_info))

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define TRACKING_BYTES		16
#define STRIDING_INFO(pages)	(16 * (pages) + 32)
#define XDP_FIFO_BYTES		128
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define TRACKING_BYTES		8
#define STRIDING_INFO(pages)	(8 * (pages) + 16)
#define XDP_FIFO_BYTES		96
#else
#define TRACKING_BYTES		16
#define STRIDING_INFO(pages)	(16 * (pages) + 16)
#define XDP_FIFO_BYTES		128
#endif

/* The first fragment has room for the headroom and the shared info of the skb: since 5.18. */
#define FIRST_FRAGMENT_OVERHEAD	(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0) ? HEADROOM + SHARED_INFO : 0)
/* A page pool takes this many pages at a time from the kernel: since 5.13. */
#define POOL_BULK		(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0) ? 64 : 1)
#define TX_WQE_INFO_BYTES	(IS_ENABLED(CONFIG_MLX5_EN_TLS) ? 24 : 16)

const struct standin_part_kind standin_part_kinds[STANDIN_PARTS] = {
	[RX_WQ]		= { "rx_wq", PAGES_ON_DEVICE_NODE },
	[RX_CQ]		= { "rx_cq", PAGES_ON_CPU_NODE },
	[RX_INFO]	= { "rx_info", ARRAY_ON_CPU_NODE },
	[RX_TRACKING]	= { "rx_tracking", ARRAY_ON_CPU_NODE },
	[RX_PTR_RING]	= { "rx_ptr_ring", ARRAY_ON_CPU_NODE },
	[RX_OVERFLOW]	= { "rx_overflow", PAGES_ON_CPU_NODE },
	[TX_WQ]		= { "tx_wq", PAGES_ON_DEVICE_NODE },
	[TX_CQ]		= { "tx_cq", PAGES_ON_CPU_NODE },
	[TX_DMA_FIFO]	= { "tx_dma_fifo", ARRAY_ON_CPU_NODE },
	[TX_SKB_FIFO]	= { "tx_skb_fifo", ARRAY_ON_CPU_NODE },
	[TX_WQE_INFO]	= { "tx_wqe_info", ARRAY_ON_CPU_NODE },
	[XDP_WQ]	= { "xdp_wq", PAGES_ON_DEVICE_NODE },
	[XDP_CQ]	= { "xdp_cq", PAGES_ON_CPU_NODE },
	[XDP_WQE_INFO]	= { "xdp_wqe_info", ARRAY_ON_CPU_NODE },
	[XDP_FIFO]	= { "xdp_fifo", ARRAY_ON_CPU_NODE },
	[ICO_WQ]	= { "ico_wq", PAGES_ON_DEVICE_NODE },
	[ICO_CQ]	= { "ico_cq", PAGES_ON_CPU_NODE },
	[ICO_INFO]	= { "ico_info", ARRAY_ON_CPU_NODE },
};

/* What the part takes: queues are made of whole pages. */
size_t standin_part_bytes(const struct standin_sizes *sizes, enum standin_part part)
{
	if (standin_part_kinds[part].place == ARRAY_ON_CPU_NODE)
		return sizes->bytes[part];
	return PAGE_ALIGN(sizes->bytes[part]);
}

/* The bytes of a packet that lies in one piece. */
static unsigned int linear_bytes(unsigned int mtu)
{
	return SKB_DATA_ALIGN(HEADROOM + mtu + HW_MTU_EXTRA) + SHARED_INFO;
}

/* Fill the strides of a packet's fragments; returns how many there are. */
static unsigned int cyclic_strides(unsigned int mtu, unsigned int stride[MAX_FRAGMENTS])
{
	const unsigned int overhead = FIRST_FRAGMENT_OVERHEAD;
	unsigned int left = mtu + HW_MTU_EXTRA;
	unsigned int room = FRAGMENT;
	unsigned int n;

	if (linear_bytes(mtu) <= PAGE_SIZE) {
		stride[0] = roundup_pow_of_two(linear_bytes(mtu));
		return 1;
	}
	/* Only the last fragment may be as large as a page, as long as that is enough. */
	if (left > (MAX_FRAGMENTS - 1) * FRAGMENT - overhead + PAGE_SIZE)
		room = PAGE_SIZE;
	for (n = 0; left; n++) {
		unsigned int extra = n ? 0 : overhead;
		unsigned int bytes = left;

		if (n < MAX_FRAGMENTS - 1)
			bytes = min(bytes, room - extra);
		stride[n] = roundup_pow_of_two(bytes + extra);
		left -= bytes;
	}
	return n;
}

/* Fragments are laid one behind the other; none crosses the end of a page. */
static unsigned long cyclic_pages(unsigned int entries, const unsigned int *stride, unsigned int fragments)
{
	unsigned int offset = PAGE_SIZE;
	unsigned long pages = 0;
	unsigned int i, f;

	for (i = 0; i < entries; i++) {
		for (f = 0; f < fragments; f++) {
			if (offset + stride[f] > PAGE_SIZE) {
				offset = 0;
				pages++;
			}
			offset += stride[f];
		}
	}
	return pages;
}

static void cyclic_rx(const struct standin_params *params, struct standin_sizes *sizes)
{
	unsigned int stride[MAX_FRAGMENTS];
	unsigned int fragments = cyclic_strides(params->mtu, stride);
	size_t slots = (size_t)params->rx * roundup_pow_of_two(fragments);

	sizes->buffer_pages = cyclic_pages(params->rx, stride, fragments);
	sizes->bytes[RX_WQ] = 16 * slots;
	sizes->bytes[RX_CQ] = (size_t)WQE_BYTES * params->rx;
	sizes->bytes[RX_INFO] = 16 * slots;
	sizes->bytes[RX_TRACKING] = TRACKING_BYTES * slots;
	sizes->bytes[RX_PTR_RING] = sizeof(void *) * min_t(size_t, params->rx, PTR_RING_CAP);
}

/* Entries of the internal send queue that maps the pages of wqes striding WQEs. */
static unsigned int striding_ico_entries(unsigned int wqes, unsigned int pages)
{
	unsigned int blocks = DIV_ROUND_UP(128 + ALIGN(8 * pages, 64), WQE_BYTES);

	if (LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0))
		return max_t(unsigned int, ICO_ENTRIES, roundup_pow_of_two(blocks) * wqes);
	if (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)) {
		/* No WQE crosses a page: what is left of one is padded. */
		unsigned int padded = DIV_ROUND_UP(blocks * wqes * WQE_BYTES, PAGE_SIZE + 48);

		return max_t(unsigned int, ICO_ENTRIES, roundup_pow_of_two(padded * (PAGE_SIZE / WQE_BYTES)));
	}
	return max_t(unsigned int, ICO_ENTRIES, roundup_pow_of_two(blocks * wqes));
}

static unsigned int striding_rx(const struct standin_params *params, struct standin_sizes *sizes)
{
	unsigned int log_packet = order_base_2(linear_bytes(params->mtu));
	unsigned int wqes = max_t(unsigned int, MIN_STRIDING_WQES, params->rx >> (LOG_STRIDING_WQE - log_packet));
	unsigned int pages = (1 << LOG_STRIDING_WQE) / PAGE_SIZE;
	bool linear = linear_bytes(params->mtu) <= PAGE_SIZE && (1 << log_packet) <= MAX_LINEAR_STRIDE;
	unsigned int stride = linear ? 1 << log_packet : NON_LINEAR_STRIDE;

	sizes->buffer_pages = (unsigned long)wqes * pages;
	sizes->bytes[RX_WQ] = 32 * (size_t)wqes;
	sizes->bytes[RX_CQ] = (size_t)WQE_BYTES * wqes * ((1 << LOG_STRIDING_WQE) / stride);
	sizes->bytes[RX_INFO] = STRIDING_INFO((size_t)pages) * wqes;
	sizes->bytes[RX_PTR_RING] = sizeof(void *) * min_t(size_t, (size_t)wqes * pages, PTR_RING_CAP);
	sizes->bytes[RX_OVERFLOW] = PAGE_SIZE;
	return striding_ico_entries(wqes, pages);
}

/* The sizes of each channel. */
struct standin_sizes standin_sizes(const struct standin_params *params)
{
	struct standin_sizes sizes = {};
	size_t ico = ICO_ENTRIES;
	size_t tx = params->tx;

	if (params->striding)
		ico = striding_rx(params, &sizes);
	else
		cyclic_rx(params, &sizes);
	sizes.pool_pages = ALIGN(sizes.buffer_pages, POOL_BULK);

	sizes.bytes[TX_WQ] = WQE_BYTES * tx;
	sizes.bytes[TX_CQ] = WQE_BYTES * tx;
	sizes.bytes[TX_DMA_FIFO] = 64 * tx;
	sizes.bytes[TX_SKB_FIFO] = 32 * tx;
	sizes.bytes[TX_WQE_INFO] = TX_WQE_INFO_BYTES * tx;

	/* The queue for XDP_REDIRECT is there without an XDP program too. */
	sizes.bytes[XDP_WQ] = WQE_BYTES * tx;
	sizes.bytes[XDP_CQ] = WQE_BYTES * tx;
	sizes.bytes[XDP_WQE_INFO] = 2 * tx;
	sizes.bytes[XDP_FIFO] = XDP_FIFO_BYTES * tx;

	/* The asynchronous internal queue beside the one of the receive queue. */
	sizes.bytes[ICO_WQ] = PAGE_ALIGN(WQE_BYTES * ico) + PAGE_ALIGN(WQE_BYTES * ICO_ENTRIES);
	sizes.bytes[ICO_CQ] = sizes.bytes[ICO_WQ];
	sizes.bytes[ICO_INFO] = ICO_INFO_BYTES * (ico + ICO_ENTRIES);
	return sizes;
}
