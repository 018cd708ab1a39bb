// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * The answers to ethtool, with the limits and defaults of mlx5.
 */

#include <linux/ethtool.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/string.h>

#include "compat.h"
#include "standin.h"

#define MIN_RX	(2 * (PAGE_SIZE / 512))
#define MAX_MICROSECONDS	0xfff
#define MAX_FRAMES	0xffff
#define SPEED	100000

static const char flag_names[][ETH_GSTRING_LEN] = {
	"rx_cqe_moder", "tx_cqe_moder", "rx_cqe_compress", "rx_striding_rq",
	"rx_no_csum_complete", "xdp_tx_mpwqe", "skb_tx_mpwqe",
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
	"tx_port_ts",
#endif
};

enum { RX_CQE_MODER, TX_CQE_MODER, RX_CQE_COMPRESS, RX_STRIDING_RQ, RX_NO_CSUM_COMPLETE, XDP_TX_MPWQE, SKB_TX_MPWQE,
       TX_PORT_TS };

void standin_ethtool_defaults(struct standin *nic)
{
	nic->private_flags = BIT(RX_CQE_MODER) | BIT(XDP_TX_MPWQE) | BIT(SKB_TX_MPWQE);
	nic->coalesce.use_adaptive_rx_coalesce = 1;
	nic->coalesce.use_adaptive_tx_coalesce = 1;
	nic->coalesce.rx_coalesce_usecs = 8;
	nic->coalesce.rx_max_coalesced_frames = 128;
	nic->coalesce.tx_coalesce_usecs = 8;
	nic->coalesce.tx_max_coalesced_frames = 128;
	nic->pause.rx_pause = 1;
	nic->pause.tx_pause = 1;
	nic->rss_function = ETH_RSS_HASH_TOP;
	netdev_rss_key_fill(nic->rss_key, sizeof(nic->rss_key));
	standin_spread_rss(nic);
}

static void get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct standin *nic = netdev_priv(netdev);

	strscpy(info->driver, STANDIN_DRIVER, sizeof(info->driver));
	strscpy(info->fw_version, "0.0.0 (stand-in)", sizeof(info->fw_version));
	strscpy(info->bus_info, pci_name(nic->pdev), sizeof(info->bus_info));
}

static int get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *settings)
{
	ethtool_link_ksettings_zero_link_mode(settings, supported);
	ethtool_link_ksettings_zero_link_mode(settings, advertising);
	ethtool_link_ksettings_add_link_mode(settings, supported, 100000baseCR4_Full);
	ethtool_link_ksettings_add_link_mode(settings, supported, Autoneg);
	ethtool_link_ksettings_add_link_mode(settings, advertising, 100000baseCR4_Full);
	ethtool_link_ksettings_add_link_mode(settings, advertising, Autoneg);
	settings->base.speed = netif_carrier_ok(netdev) ? SPEED : SPEED_UNKNOWN;
	settings->base.duplex = netif_carrier_ok(netdev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	settings->base.autoneg = AUTONEG_ENABLE;
	settings->base.port = PORT_DA;
	return 0;
}

static void get_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring RINGPARAM_REST)
{
	struct standin *nic = netdev_priv(netdev);

	ring->rx_max_pending = STANDIN_MAX_RING;
	ring->tx_max_pending = STANDIN_MAX_RING;
	ring->rx_pending = nic->params.rx;
	ring->tx_pending = nic->params.tx;
}

static int set_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring RINGPARAM_REST)
{
	struct standin *nic = netdev_priv(netdev);
	const struct standin_fault *fault = &nic->faults[SET_RINGS];
	struct standin_params params = nic->params;
	int err;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending)
		return -EINVAL;
	if (ring->rx_pending < MIN_RX || ring->tx_pending < STANDIN_MIN_TX)
		return -EINVAL;
	params.rx = roundup_pow_of_two(ring->rx_pending);
	params.tx = roundup_pow_of_two(ring->tx_pending);
	if (params.rx == nic->params.rx && params.tx == nic->params.tx)
		return 0;
	err = standin_refuse(nic, SET_RINGS);
	if (err)
		return err;
	if (fault->kind == FAULT_INSTEAD) {
		if (params.rx != nic->params.rx)
			params.rx = fault->value;
		if (params.tx != nic->params.tx)
			params.tx = fault->value;
	}
	return standin_switch(nic, &params, SET_RINGS);
}

static void get_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct standin *nic = netdev_priv(netdev);

	channels->max_combined = nic->max_channels;
	channels->combined_count = nic->params.channels;
}

static int set_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct standin *nic = netdev_priv(netdev);
	struct standin_params params = nic->params;
	int err;

	if (!channels->combined_count)
		return -EINVAL;
	if (channels->combined_count == nic->params.channels)
		return 0;
	err = standin_refuse(nic, SET_CHANNELS);
	if (err)
		return err;
	params.channels = channels->combined_count;
	return standin_switch(nic, &params, SET_CHANNELS);
}

static int get_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce COALESCE_REST)
{
	struct standin *nic = netdev_priv(netdev);

	*coalesce = nic->coalesce;
	return 0;
}

static int set_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce COALESCE_REST)
{
	struct standin *nic = netdev_priv(netdev);
	int err;

	if (coalesce->rx_coalesce_usecs > MAX_MICROSECONDS || coalesce->tx_coalesce_usecs > MAX_MICROSECONDS)
		return -ERANGE;
	if (coalesce->rx_max_coalesced_frames > MAX_FRAMES || coalesce->tx_max_coalesced_frames > MAX_FRAMES)
		return -ERANGE;
	err = standin_refuse(nic, SET_COALESCE);
	if (err)
		return err;
	nic->coalesce = *coalesce;
	return 0;
}

static void get_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause)
{
	struct standin *nic = netdev_priv(netdev);

	*pause = nic->pause;
}

static int set_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause)
{
	struct standin *nic = netdev_priv(netdev);

	if (pause->autoneg)
		return -EINVAL;
	nic->pause = *pause;
	return 0;
}

static u32 get_priv_flags(struct net_device *netdev)
{
	struct standin *nic = netdev_priv(netdev);

	return nic->private_flags | (nic->params.striding ? BIT(RX_STRIDING_RQ) : 0);
}

/* As in mlx5 every flag but rx_no_csum_complete makes new queues. */
static int set_priv_flags(struct net_device *netdev, u32 flags)
{
	struct standin *nic = netdev_priv(netdev);
	const u32 changed = flags ^ get_priv_flags(netdev);
	struct standin_params params = nic->params;
	int err;

	if (!changed)
		return 0;
	if (changed & BIT(TX_PORT_TS))
		return -EOPNOTSUPP;
	err = standin_refuse(nic, SET_FLAGS);
	if (err)
		return err;
	params.striding = flags & BIT(RX_STRIDING_RQ);
	if (changed & ~BIT(RX_NO_CSUM_COMPLETE))
		err = standin_switch(nic, &params, SET_FLAGS);
	if (!err)
		nic->private_flags = flags & ~BIT(RX_STRIDING_RQ);
	return err;
}

static int get_sset_count(struct net_device *netdev, int set)
{
	struct standin *nic = netdev_priv(netdev);

	switch (set) {
	case ETH_SS_STATS:
		return standin_counters_count(nic->counters);
	case ETH_SS_PRIV_FLAGS:
		return ARRAY_SIZE(flag_names);
	default:
		return -EOPNOTSUPP;
	}
}

static void get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	struct standin *nic = netdev_priv(netdev);
	unsigned int i;

	if (set == ETH_SS_PRIV_FLAGS)
		memcpy(data, flag_names, sizeof(flag_names));
	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < standin_counters_count(nic->counters); i++)
		standin_counters_name(nic->counters, i, (char *)data + i * ETH_GSTRING_LEN);
}

static void get_ethtool_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct standin *nic = netdev_priv(netdev);
	unsigned int i;

	for (i = 0; i < standin_counters_count(nic->counters); i++)
		data[i] = standin_counters_value(nic->counters, i);
}

static int get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info, u32 *rules)
{
	struct standin *nic = netdev_priv(netdev);

	switch (info->cmd) {
	case ETHTOOL_GRXRINGS:
		info->data = nic->params.channels;
		return 0;
	case ETHTOOL_GRXCLSRLCNT:
		info->rule_cnt = 0;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static u32 get_rxfh_indir_size(struct net_device *netdev)
{
	return STANDIN_RSS_ENTRIES;
}

static u32 get_rxfh_key_size(struct net_device *netdev)
{
	return STANDIN_RSS_KEY;
}

static void read_rss(const struct standin *nic, u32 *table, u8 *key, u8 *function)
{
	if (table)
		memcpy(table, nic->rss_table, sizeof(nic->rss_table));
	if (key)
		memcpy(key, nic->rss_key, sizeof(nic->rss_key));
	if (function)
		*function = nic->rss_function;
}

static int write_rss(struct standin *nic, const u32 *table, const u8 *key, u8 function)
{
	int err = standin_refuse(nic, SET_RSS);

	if (err)
		return err;
	if (function != ETH_RSS_HASH_NO_CHANGE && function != ETH_RSS_HASH_TOP && function != ETH_RSS_HASH_XOR)
		return -EINVAL;
	if (function != ETH_RSS_HASH_NO_CHANGE)
		nic->rss_function = function;
	if (table)
		memcpy(nic->rss_table, table, sizeof(nic->rss_table));
	if (key)
		memcpy(nic->rss_key, key, sizeof(nic->rss_key));
	return 0;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
static int get_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *rss)
{
	read_rss(netdev_priv(netdev), rss->indir, rss->key, &rss->hfunc);
	return 0;
}

static int set_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *rss, struct netlink_ext_ack *extack)
{
	return write_rss(netdev_priv(netdev), rss->indir, rss->key, rss->hfunc);
}
#else
static int get_rxfh(struct net_device *netdev, u32 *table, u8 *key, u8 *function)
{
	read_rss(netdev_priv(netdev), table, key, function);
	return 0;
}

static int set_rxfh(struct net_device *netdev, const u32 *table, const u8 *key, const u8 function)
{
	return write_rss(netdev_priv(netdev), table, key, function);
}
#endif

const struct ethtool_ops standin_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS | ETHTOOL_COALESCE_MAX_FRAMES |
				     ETHTOOL_COALESCE_USE_ADAPTIVE,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_pauseparam = get_pauseparam,
	.set_pauseparam = set_pauseparam,
	.get_priv_flags = get_priv_flags,
	.set_priv_flags = set_priv_flags,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
	.get_rxnfc = get_rxnfc,
	.get_rxfh_indir_size = get_rxfh_indir_size,
	.get_rxfh_key_size = get_rxfh_key_size,
	.get_rxfh = get_rxfh,
	.set_rxfh = set_rxfh,
};
