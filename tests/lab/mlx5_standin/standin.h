/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright: (c) 2026, linuxnet.packetloss contributors */
#ifndef STANDIN_H
#define STANDIN_H

#include <linux/ethtool.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "counters.h"
#include "sizes.h"

#define STANDIN_DRIVER	"mlx5_core"
#define STANDIN_MIN_TX	64
#define STANDIN_MAX_RING	8192
#define STANDIN_RSS_ENTRIES	256
#define STANDIN_RSS_KEY	40

struct standin;

struct standin_channel {
	struct standin *nic;
	struct napi_struct napi;
	unsigned int index;
	int node;
	unsigned int buffer_target;	/* pages that the receive ring wants */
	unsigned int buffer_count;	/* and has: written by the one who fills, first at activation, then by NAPI */
	struct list_head buffers;
	struct list_head queue_pages;
	void *array[STANDIN_PARTS];
};

/* The queues that are open. */
struct standin_channels {
	struct standin_params params;
	struct standin_sizes sizes;
	struct standin_channel *channel[];
};

struct standin_vector {
	char name[48];
	struct standin *nic;
	int irq;
	atomic_t fired;
	struct standin_channel *channel;	/* NULL while there are no queues behind it */
};

/* What a test can make fail, and how. */
enum standin_set { SET_RINGS, SET_CHANNELS, SET_COALESCE, SET_MTU, SET_RSS, SET_FLAGS, STANDIN_SETS };

enum standin_fault_kind {
	FAULT_NONE,
	FAULT_ERROR,		/* refused with this errno, nothing is touched */
	FAULT_DESCRIPTORS,	/* the last channel's queues cannot be allocated: ENOMEM, the old ones stay */
	FAULT_BUFFERS,		/* half of the receive pages cannot be allocated: success, rx_buff_alloc_err */
	FAULT_INSTEAD,		/* rings: another value is taken */
	FAULT_BLIP,		/* the carrier is lost for this many milliseconds afterwards */
};

struct standin_fault {
	enum standin_fault_kind kind;
	unsigned int value;
	bool once;
};

/* A network device and its PCI function. */
struct standin {
	struct net_device *netdev;
	struct pci_dev *pdev;
	struct standin_params params;
	struct standin_channels *channels;	/* NULL while the interface is down */
	unsigned int max_channels;
	struct standin_vector *vectors;		/* the asynchronous one, then one of each channel */
	struct list_head event_queue_pages;
	unsigned int event_queues;
	struct standin_counters *counters;
	struct ethtool_coalesce coalesce;
	struct ethtool_pauseparam pause;
	u32 private_flags;
	u32 rss_table[STANDIN_RSS_ENTRIES];
	u8 rss_key[STANDIN_RSS_KEY];
	u8 rss_function;
	struct standin_fault faults[STANDIN_SETS];
	struct delayed_work carrier_back;
	struct dentry *control;
};

/* channels.c: all under the RTNL. */
int standin_event_queues(struct standin *nic, unsigned int channels);
void standin_free_pages(struct list_head *pages);
int standin_up(struct standin *nic);
void standin_down(struct standin *nic);
int standin_switch(struct standin *nic, const struct standin_params *target, enum standin_set set);
void standin_spread_rss(struct standin *nic);
int standin_channel_cpu(const struct standin *nic, unsigned int channel);

/* ethtool.c */
extern const struct ethtool_ops standin_ethtool_ops;
void standin_ethtool_defaults(struct standin *nic);

/* faults.c */
int standin_faults_write(struct standin *nic, char *line);
void standin_faults_show(const struct standin *nic, struct seq_file *file);
int standin_refuse(struct standin *nic, enum standin_set set);
struct standin_fault standin_take_fault(struct standin *nic, enum standin_set set);

/* control.c */
void standin_control_init(void);
void standin_control_exit(void);
void standin_control_add(struct standin *nic);
void standin_control_remove(struct standin *nic);

#endif
