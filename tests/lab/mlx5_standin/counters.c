// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * The statistics: their names, their values, and which of them the kernel's own statistics are made of.
 */

#include <linux/ethtool.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "counters.h"

#define NAME(constant, name) name,
static const char *const rx_names[] = { STANDIN_RX_COUNTERS(NAME) };
static const char *const tx_names[] = { STANDIN_TX_COUNTERS(NAME) };
static const char *const ch_names[] = { STANDIN_CH_COUNTERS(NAME) };
static const char *const prio_names[] = { STANDIN_PRIO_COUNTERS(NAME) };
static const char *const port_names[] = { STANDIN_PORT_COUNTERS(NAME) };
#undef NAME

enum kind { RX_TOTAL, TX_TOTAL, CH_TOTAL, PORT, PRIO, CH, RX, TX };

/* One statistic: its kind, the number of its queue or priority, and which of the kind's list it is. */
struct place {
	enum kind kind;
	unsigned int number;
	unsigned int item;
};

static struct place find(const struct standin_counters *counters, unsigned int index)
{
	const struct {
		enum kind kind;
		unsigned int numbers, items;
	} order[] = {
		{ RX_TOTAL, 1, STANDIN_RX_COUNT },
		{ TX_TOTAL, 1, STANDIN_TX_COUNT },
		{ CH_TOTAL, 1, STANDIN_CH_COUNT },
		{ PORT, 1, STANDIN_PORT_COUNT },
		{ PRIO, STANDIN_PRIORITIES, STANDIN_PRIO_COUNT },
		{ CH, counters->channels, STANDIN_CH_COUNT },
		{ RX, counters->channels, STANDIN_RX_COUNT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		unsigned int here = order[i].numbers * order[i].items;

		if (index < here)
			return (struct place){ order[i].kind, index / order[i].items, index % order[i].items };
		index -= here;
	}
	return (struct place){ TX, index / STANDIN_TX_COUNT, index % STANDIN_TX_COUNT };
}

unsigned int standin_counters_count(const struct standin_counters *counters)
{
	unsigned int queue = STANDIN_RX_COUNT + STANDIN_TX_COUNT + STANDIN_CH_COUNT;

	return queue + STANDIN_PORT_COUNT + STANDIN_PRIORITIES * STANDIN_PRIO_COUNT + counters->channels * queue;
}

static const char *tx_total_name(unsigned int item)
{
	switch (item) {
	case TX_STOPPED:
		return "tx_queue_stopped";
	case TX_DROPPED:
		return "tx_queue_dropped";
	case TX_WAKE:
		return "tx_queue_wake";
	default:
		return NULL;
	}
}

static void place_name(struct place place, char *name)
{
	switch (place.kind) {
	case RX_TOTAL:
		snprintf(name, ETH_GSTRING_LEN, "rx_%s", rx_names[place.item]);
		break;
	case TX_TOTAL:
		if (tx_total_name(place.item))
			strscpy(name, tx_total_name(place.item), ETH_GSTRING_LEN);
		else
			snprintf(name, ETH_GSTRING_LEN, "tx_%s", tx_names[place.item]);
		break;
	case CH_TOTAL:
		snprintf(name, ETH_GSTRING_LEN, "ch_%s", ch_names[place.item]);
		break;
	case PORT:
		strscpy(name, port_names[place.item], ETH_GSTRING_LEN);
		break;
	case PRIO:
		snprintf(name, ETH_GSTRING_LEN, prio_names[place.item], place.number);
		break;
	case CH:
		snprintf(name, ETH_GSTRING_LEN, "ch%u_%s", place.number, ch_names[place.item]);
		break;
	case RX:
		snprintf(name, ETH_GSTRING_LEN, "rx%u_%s", place.number, rx_names[place.item]);
		break;
	case TX:
		snprintf(name, ETH_GSTRING_LEN, "tx%u_%s", place.number, tx_names[place.item]);
		break;
	}
}

/* The name of a statistic, ETH_GSTRING_LEN bytes at most. */
void standin_counters_name(const struct standin_counters *counters, unsigned int index, char *name)
{
	place_name(find(counters, index), name);
}

/* Where a statistic is counted: a total is the sum of the queues, and what is added to it is added to queue 0. */
static atomic64_t *counter(struct standin_counters *counters, struct place place)
{
	switch (place.kind) {
	case RX_TOTAL:
	case RX:
		return &counters->rx[place.number][place.item];
	case TX_TOTAL:
	case TX:
		return &counters->tx[place.number][place.item];
	case CH_TOTAL:
	case CH:
		return &counters->ch[place.number][place.item];
	case PRIO:
		return &counters->prio[place.number][place.item];
	default:
		return &counters->port[place.item];
	}
}

static u64 value(struct standin_counters *counters, struct place place)
{
	const bool total = place.kind == RX_TOTAL || place.kind == TX_TOTAL || place.kind == CH_TOTAL;
	const unsigned int last = total ? counters->channels : place.number + 1;
	u64 sum = 0;

	for (; place.number < last; place.number++)
		sum += atomic64_read(counter(counters, place));
	/* The device counts these packets in 32 bits. */
	return place.kind == PORT && place.item == RX_OUT_OF_BUFFER ? (u32)sum : sum;
}

u64 standin_counters_value(struct standin_counters *counters, unsigned int index)
{
	return value(counters, find(counters, index));
}

/* Add to a statistic, or set it; -ENOENT if there is none of that name. */
int standin_counters_write(struct standin_counters *counters, const char *name, u64 number, bool add)
{
	const unsigned int count = standin_counters_count(counters);
	char known[ETH_GSTRING_LEN];
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct place place = find(counters, i);

		place_name(place, known);
		if (strcmp(known, name))
			continue;
		if (add)
			atomic64_add(number, counter(counters, place));
		else
			atomic64_set(counter(counters, place), number);
		return 0;
	}
	return -ENOENT;
}

/* The kernel's statistics of the interface, made of the driver's as in mlx5e_get_stats(). */
void standin_counters_link(struct standin_counters *counters, struct rtnl_link_stats64 *stats)
{
#define SUM(kind, item) value(counters, (struct place){ kind, 0, item })
	stats->rx_packets = SUM(RX_TOTAL, RX_PACKETS);
	stats->rx_bytes = SUM(RX_TOTAL, RX_BYTES);
	stats->tx_packets = SUM(TX_TOTAL, TX_PACKETS);
	stats->tx_bytes = SUM(TX_TOTAL, TX_BYTES);
	stats->tx_dropped = SUM(TX_TOTAL, TX_DROPPED);
	stats->rx_missed_errors = SUM(PORT, RX_OUT_OF_BUFFER);
	stats->rx_dropped = SUM(PORT, RX_DISCARDS_PHY);
	stats->rx_length_errors = SUM(PORT, RX_IN_RANGE_LEN_ERRORS_PHY) + SUM(PORT, RX_OUT_OF_RANGE_LEN_PHY) +
				  SUM(PORT, RX_OVERSIZE_PKTS_PHY) + SUM(PORT, RX_OVERSIZE_PKTS_BUFFER);
	stats->rx_crc_errors = SUM(PORT, RX_CRC_ERRORS_PHY);
	stats->rx_errors = stats->rx_length_errors + stats->rx_crc_errors;
	stats->tx_aborted_errors = SUM(PORT, TX_DISCARDS_PHY);
	stats->tx_errors = stats->tx_aborted_errors;
#undef SUM
}
