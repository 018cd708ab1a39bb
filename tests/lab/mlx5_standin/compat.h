/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * What the kernels from 5.10 to 6.12 call differently.
 */
#ifndef STANDIN_COMPAT_H
#define STANDIN_COMPAT_H

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/version.h>

/* More arguments of ethtool_ops: each expands to a comma and what follows. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define RINGPARAM_REST , struct kernel_ethtool_ringparam *kernel_ring, struct netlink_ext_ack *extack
#else
#define RINGPARAM_REST
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
#define COALESCE_REST , struct kernel_ethtool_coalesce *kernel_coal, struct netlink_ext_ack *extack
#else
#define COALESCE_REST
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
static inline void irq_set_affinity_and_hint(unsigned int irq, const struct cpumask *mask)
{
	irq_set_affinity_hint(irq, mask);
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
static inline void standin_set_mac(struct net_device *netdev, const u8 *mac)
{
	ether_addr_copy(netdev->dev_addr, mac);
}
#else
static inline void standin_set_mac(struct net_device *netdev, const u8 *mac)
{
	eth_hw_addr_set(netdev, mac);
}
#endif

static inline void standin_napi_add(struct net_device *netdev, struct napi_struct *napi,
				    int (*poll)(struct napi_struct *, int))
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	netif_napi_add(netdev, napi, poll, NAPI_POLL_WEIGHT);
#else
	netif_napi_add(netdev, napi, poll);
#endif
}

#endif
