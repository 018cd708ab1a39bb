// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * The queues and their memory. A change opens the new queues without receive pages, frees the old ones, and only then
 * fills the new ones: the order of mlx5e_safe_switch_params().
 */

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "standin.h"

#define COMPLETION_EVENT_QUEUE	(128 * 1024)
#define ASYNC_EVENT_QUEUE	(512 * 1024)
#define PAGES_PER_POLL	64
/* A test that takes too much memory shall fail, not have processes killed. */
#define GFP_QUEUE	(GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* The CPU that mlx5 gives a channel: those of the device's NUMA node first. */
int standin_channel_cpu(const struct standin *nic, unsigned int channel)
{
	return cpumask_local_spread(channel, dev_to_node(&nic->pdev->dev));
}

static int take_pages(struct list_head *pages, int node, size_t bytes)
{
	size_t done;

	for (done = 0; done < bytes; done += PAGE_SIZE) {
		struct page *page = alloc_pages_node(node, GFP_QUEUE, 0);

		if (!page)
			return -ENOMEM;
		list_add(&page->lru, pages);
	}
	return 0;
}

void standin_free_pages(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
		cond_resched();
	}
}

/* Event queues are made for the channels that are used for the first time, and kept. */
int standin_event_queues(struct standin *nic, unsigned int channels)
{
	int err;

	if (list_empty(&nic->event_queue_pages)) {
		err = take_pages(&nic->event_queue_pages, dev_to_node(&nic->pdev->dev), ASYNC_EVENT_QUEUE);
		if (err)
			return err;
	}
	for (; nic->event_queues < channels; nic->event_queues++) {
		int node = cpu_to_node(standin_channel_cpu(nic, nic->event_queues));

		err = take_pages(&nic->event_queue_pages, node, COMPLETION_EVENT_QUEUE);
		if (err)
			return err;
	}
	return 0;
}

/* Receive pages, as NAPI takes them: without waiting for memory. Returns whether there were enough. */
static bool add_buffers(struct standin_channel *channel, unsigned int limit)
{
	for (; channel->buffer_count < limit; channel->buffer_count++) {
		struct page *page = alloc_pages_node(channel->node, GFP_ATOMIC | __GFP_NOWARN, 0);

		if (!page)
			return false;
		list_add(&page->lru, &channel->buffers);
	}
	return true;
}

static void count_failed_fill(struct standin_channel *channel)
{
	atomic64_inc(&channel->nic->counters->rx[channel->index][RX_BUFF_ALLOC_ERR]);
}

/* No packet arrives here: NAPI counts that it ran, and tops up a ring that could not be filled. */
static int poll(struct napi_struct *napi, int budget)
{
	struct standin_channel *channel = container_of(napi, struct standin_channel, napi);
	atomic64_t *counters = channel->nic->counters->ch[channel->index];

	atomic64_inc(&counters[CH_POLL]);
	if (channel->buffer_count < channel->buffer_target) {
		unsigned int limit = min(channel->buffer_count + PAGES_PER_POLL, channel->buffer_target);

		if (!add_buffers(channel, limit))
			count_failed_fill(channel);
		else if (channel->buffer_count < channel->buffer_target)
			return budget;
	}
	if (napi_complete_done(napi, 0))
		atomic64_inc(&counters[CH_ARM]);
	return 0;
}

static void close_channel(struct standin_channel *channel)
{
	unsigned int i;

	netif_napi_del(&channel->napi);
	standin_free_pages(&channel->buffers);
	standin_free_pages(&channel->queue_pages);
	for (i = 0; i < STANDIN_PARTS; i++)
		kvfree(channel->array[i]);
	kvfree(channel);
}

static int add_part(struct standin_channel *channel, const struct standin_sizes *sizes, enum standin_part part)
{
	const size_t bytes = standin_part_bytes(sizes, part);

	switch (standin_part_kinds[part].place) {
	case PAGES_ON_DEVICE_NODE:
		return take_pages(&channel->queue_pages, dev_to_node(&channel->nic->pdev->dev), bytes);
	case PAGES_ON_CPU_NODE:
		return take_pages(&channel->queue_pages, channel->node, bytes);
	default:
		if (!bytes)
			return 0;
		channel->array[part] = kvzalloc_node(bytes, GFP_KERNEL, channel->node);
		return channel->array[part] ? 0 : -ENOMEM;
	}
}

static struct standin_channel *open_channel(struct standin *nic, const struct standin_sizes *sizes, unsigned int index)
{
	const int node = cpu_to_node(standin_channel_cpu(nic, index));
	struct standin_channel *channel = kvzalloc_node(sizeof(*channel), GFP_KERNEL, node);
	int part, err;

	if (!channel)
		return ERR_PTR(-ENOMEM);
	channel->nic = nic;
	channel->index = index;
	channel->node = node;
	channel->buffer_target = sizes->pool_pages;
	INIT_LIST_HEAD(&channel->buffers);
	INIT_LIST_HEAD(&channel->queue_pages);
	standin_napi_add(nic->netdev, &channel->napi, poll);
	for (part = 0; part < STANDIN_PARTS; part++) {
		err = add_part(channel, sizes, part);
		if (err) {
			close_channel(channel);
			return ERR_PTR(err);
		}
	}
	return channel;
}

static void close_channels(struct standin_channels *channels)
{
	unsigned int i;

	for (i = 0; i < channels->params.channels && channels->channel[i]; i++)
		close_channel(channels->channel[i]);
	kfree(channels);
}

static struct standin_channels *open_channels(struct standin *nic, const struct standin_params *params,
					      const struct standin_fault *fault)
{
	struct standin_channels *channels;
	unsigned int i;
	int err;

	err = standin_event_queues(nic, params->channels);
	if (err)
		return ERR_PTR(err);
	channels = kzalloc(struct_size(channels, channel, params->channels), GFP_KERNEL);
	if (!channels)
		return ERR_PTR(-ENOMEM);
	channels->params = *params;
	channels->sizes = standin_sizes(params);
	for (i = 0; i < params->channels; i++) {
		struct standin_channel *channel = ERR_PTR(-ENOMEM);

		if (fault->kind != FAULT_DESCRIPTORS || i + 1 < params->channels)
			channel = open_channel(nic, &channels->sizes, i);
		if (IS_ERR(channel)) {
			close_channels(channels);
			return ERR_CAST(channel);
		}
		channels->channel[i] = channel;
	}
	return channels;
}

static struct standin_vector *channel_vector(struct standin *nic, unsigned int channel)
{
	return &nic->vectors[1 + channel];
}

static void deactivate_channels(struct standin *nic, struct standin_channels *channels)
{
	unsigned int i;

	netif_tx_disable(nic->netdev);
	for (i = 0; i < channels->params.channels; i++) {
		struct standin_vector *vector = channel_vector(nic, i);

		WRITE_ONCE(vector->channel, NULL);
		synchronize_irq(vector->irq);
		napi_disable(&channels->channel[i]->napi);
	}
}

static void fill_channel(struct standin_channel *channel, const struct standin_params *params, bool half)
{
	const unsigned int target = channel->buffer_target;
	const unsigned int limit = half ? target / 2 : target;
	const unsigned int least = min(128U, params->rx / 2);
	unsigned int filled;

	while (channel->buffer_count < limit) {
		if (!add_buffers(channel, min(channel->buffer_count + PAGES_PER_POLL, limit)))
			break;
		cond_resched();
	}
	if (channel->buffer_count == target)
		return;
	count_failed_fill(channel);
	filled = (u64)params->rx * channel->buffer_count / target;
	if (filled < least)
		netdev_warn(channel->nic->netdev, "Failed to get min RX wqes on Channel[%u] wq cur_sz(%u) min_rx_wqes(%u)\n",
			    channel->index, filled, least);
}

static void activate_channels(struct standin *nic, struct standin_channels *channels, bool half_filled)
{
	unsigned int i;

	for (i = 0; i < channels->params.channels; i++) {
		struct standin_channel *channel = channels->channel[i];

		fill_channel(channel, &channels->params, half_filled);
		napi_enable(&channel->napi);
		WRITE_ONCE(channel_vector(nic, i)->channel, channel);
	}
	netif_tx_start_all_queues(nic->netdev);
}

/* Even shares of all channels, as long as nobody has set a table of his own. */
void standin_spread_rss(struct standin *nic)
{
	unsigned int i;

	for (i = 0; i < STANDIN_RSS_ENTRIES; i++)
		nic->rss_table[i] = ethtool_rxfh_indir_default(i, nic->params.channels);
}

static int set_queue_count(struct standin *nic, unsigned int channels)
{
	unsigned int i;
	int err;

	err = netif_set_real_num_tx_queues(nic->netdev, channels);
	if (!err)
		err = netif_set_real_num_rx_queues(nic->netdev, channels);
	if (err)
		return err;
	for (i = 0; i < channels; i++)
		netif_set_xps_queue(nic->netdev, cpumask_of(standin_channel_cpu(nic, i)), i);
	return 0;
}

static void take_params(struct standin *nic, const struct standin_params *params)
{
	const bool other_count = nic->params.channels != params->channels;

	nic->params = *params;
	nic->counters->channels = max(nic->counters->channels, params->channels);
	if (other_count && !netif_is_rxfh_configured(nic->netdev))
		standin_spread_rss(nic);
}

static void blip(struct standin *nic, unsigned int milliseconds)
{
	atomic64_inc(&nic->counters->port[LINK_DOWN_EVENTS_PHY]);
	netif_carrier_off(nic->netdev);
	schedule_delayed_work(&nic->carrier_back, msecs_to_jiffies(milliseconds));
}

int standin_up(struct standin *nic)
{
	const struct standin_fault fault = {};
	struct standin_channels *channels = open_channels(nic, &nic->params, &fault);
	int err;

	if (IS_ERR(channels))
		return PTR_ERR(channels);
	err = set_queue_count(nic, nic->params.channels);
	if (err) {
		close_channels(channels);
		return err;
	}
	nic->channels = channels;
	activate_channels(nic, channels, false);
	netif_carrier_on(nic->netdev);
	return 0;
}

void standin_down(struct standin *nic)
{
	cancel_delayed_work_sync(&nic->carrier_back);
	netif_carrier_off(nic->netdev);
	deactivate_channels(nic, nic->channels);
	close_channels(nic->channels);
	nic->channels = NULL;
}

/* Work with other params from now on. While the interface is down they are stored only. */
int standin_switch(struct standin *nic, const struct standin_params *target, enum standin_set set)
{
	const struct standin_fault fault = standin_take_fault(nic, set);
	struct standin_channels *old = nic->channels;
	struct standin_channels *new;
	bool carrier;
	int err = 0;

	ASSERT_RTNL();
	if (!old) {
		if (target->channels != nic->params.channels)
			err = set_queue_count(nic, target->channels);
		if (!err)
			take_params(nic, target);
		return err;
	}
	new = open_channels(nic, target, &fault);
	if (IS_ERR(new))
		return PTR_ERR(new);

	carrier = netif_carrier_ok(nic->netdev);
	netif_carrier_off(nic->netdev);
	deactivate_channels(nic, old);
	if (target->channels != nic->params.channels)
		err = set_queue_count(nic, target->channels);
	if (err) {
		close_channels(new);
		activate_channels(nic, old, false);
	} else {
		take_params(nic, target);
		nic->channels = new;
		close_channels(old);
		activate_channels(nic, new, fault.kind == FAULT_BUFFERS);
	}
	if (carrier)
		netif_carrier_on(nic->netdev);
	if (!err && fault.kind == FAULT_BLIP)
		blip(nic, fault.value);
	return err;
}
