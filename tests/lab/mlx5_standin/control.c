// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * What a test can do with a stand-in: the files of /sys/kernel/debug/mlx5_standin/PCI-ADDRESS/.
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/irq.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "standin.h"

#define MAX_WRITTEN	(16 * 1024)
#define KICK_LIMIT_MS	1000

static struct dentry *root;

/* Give each line of what was written to a function; the first line that is refused ends it. */
static ssize_t each_line(const char __user *from, size_t length, struct standin *nic,
			 int (*take)(struct standin *nic, char *line))
{
	char *text, *rest, *line;
	int err = 0;

	if (length > MAX_WRITTEN)
		return -E2BIG;
	text = memdup_user_nul(from, length);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = text;
	while (!err && (line = strsep(&rest, "\n"))) {
		line = strim(line);
		if (*line)
			err = take(nic, line);
	}
	kfree(text);
	return err ? err : length;
}

/* raise: NAME NUMBER adds, NAME =NUMBER sets. */
static int raise_line(struct standin *nic, char *line)
{
	char *name = strsep(&line, " ");
	bool add;
	u64 number;
	int err;

	if (!line)
		return -EINVAL;
	add = *line != '=';
	err = kstrtou64(add ? line : line + 1, 10, &number);
	if (err)
		return err;
	rtnl_lock();
	err = standin_counters_write(nic->counters, name, number, add);
	rtnl_unlock();
	return err;
}

static ssize_t raise_write(struct file *file, const char __user *from, size_t length, loff_t *offset)
{
	return each_line(from, length, file->private_data, raise_line);
}

static const struct file_operations raise_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = raise_write,
};

/* The interrupt controller sends the vector's interrupt once more: to the CPU that it is bound to. */
static int fire(struct standin_vector *vector)
{
	struct irq_data *data = irq_get_irq_data(vector->irq);
	const int before = atomic_read(&vector->fired);
	unsigned int waited;

	if (!data || !data->chip->irq_retrigger)
		return -EOPNOTSUPP;
	data->chip->irq_retrigger(data);
	for (waited = 0; atomic_read(&vector->fired) == before; waited++) {
		if (waited == KICK_LIMIT_MS * 20)
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return 0;
}

/* kick: CHANNEL|async|all [TIMES]. */
static int kick_line(struct standin *nic, char *line)
{
	char *which = strsep(&line, " ");
	unsigned int first = 0, last = 0, times = 1, channel, i;
	int err;

	if (line && kstrtouint(line, 10, &times))
		return -EINVAL;
	if (!strcmp(which, "all")) {
		first = 1;
		last = nic->params.channels;
	} else if (strcmp(which, "async")) {
		err = kstrtouint(which, 10, &channel);
		if (err)
			return err;
		if (channel >= nic->max_channels)
			return -ERANGE;
		first = last = 1 + channel;
	}
	for (; times; times--) {
		for (i = first; i <= last; i++) {
			err = fire(&nic->vectors[i]);
			if (err)
				return err;
		}
	}
	return 0;
}

static ssize_t kick_write(struct file *file, const char __user *from, size_t length, loff_t *offset)
{
	return each_line(from, length, file->private_data, kick_line);
}

static const struct file_operations kick_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = kick_write,
};

static int fail_line(struct standin *nic, char *line)
{
	int err;

	rtnl_lock();
	err = standin_faults_write(nic, line);
	rtnl_unlock();
	return err;
}

static ssize_t fail_write(struct file *file, const char __user *from, size_t length, loff_t *offset)
{
	struct seq_file *seq = file->private_data;

	return each_line(from, length, seq->private, fail_line);
}

static int fail_show(struct seq_file *file, void *unused)
{
	rtnl_lock();
	standin_faults_show(file->private, file);
	rtnl_unlock();
	return 0;
}

static int fail_open(struct inode *inode, struct file *file)
{
	return single_open(file, fail_show, inode->i_private);
}

static const struct file_operations fail_operations = {
	.owner = THIS_MODULE,
	.open = fail_open,
	.read = seq_read,
	.write = fail_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Bytes of pages by NUMA node. */
static void count_pages(const struct list_head *pages, u64 *node_bytes)
{
	const struct page *page;

	list_for_each_entry(page, pages, lru)
		node_bytes[page_to_nid(page)] += PAGE_SIZE;
}

static void show_sizes(const struct standin_params *params, struct seq_file *file)
{
	const struct standin_sizes sizes = standin_sizes(params);
	u64 queues = 0;
	int part;

	seq_printf(file, "rq_type %s\nchannels %u\nrx %u\ntx %u\nmtu %u\n", params->striding ? "striding" : "cyclic",
		   params->channels, params->rx, params->tx, params->mtu);
	seq_printf(file, "channel_rx_buffers %lu\nchannel_rx_pool %lu\n", sizes.buffer_pages * PAGE_SIZE,
		   sizes.pool_pages * PAGE_SIZE);
	for (part = 0; part < STANDIN_PARTS; part++) {
		const size_t bytes = standin_part_bytes(&sizes, part);

		seq_printf(file, "channel_%s %zu\n", standin_part_kinds[part].name, bytes);
		queues += bytes;
	}
	seq_printf(file, "all_rx_pool %llu\nall_queues %llu\n", (u64)params->channels * sizes.pool_pages * PAGE_SIZE,
		   params->channels * queues);
}

static void show_held(const struct standin *nic, u64 *node_bytes, struct seq_file *file)
{
	u64 buffers = 0;
	unsigned int i;
	int node;

	for (i = 0; nic->channels && i < nic->channels->params.channels; i++) {
		const struct standin_channel *channel = nic->channels->channel[i];

		buffers += (u64)channel->buffer_count * PAGE_SIZE;
		count_pages(&channel->buffers, node_bytes);
		count_pages(&channel->queue_pages, node_bytes);
	}
	seq_printf(file, "held_rx_pool %llu\n", buffers);
	for_each_online_node(node)
		seq_printf(file, "held_pages_node%d %llu\n", node, node_bytes[node]);
}

/* memory: what the formula says for the settings, and what is held: lines of NAME BYTES. */
static int memory_show(struct seq_file *file, void *unused)
{
	struct standin *nic = file->private;
	u64 *node_bytes = kcalloc(MAX_NUMNODES, sizeof(*node_bytes), GFP_KERNEL);

	if (!node_bytes)
		return -ENOMEM;
	rtnl_lock();
	show_sizes(&nic->params, file);
	show_held(nic, node_bytes, file);
	rtnl_unlock();
	kfree(node_bytes);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

void standin_control_add(struct standin *nic)
{
	nic->control = debugfs_create_dir(pci_name(nic->pdev), root);
	debugfs_create_file("raise", 0200, nic->control, nic, &raise_operations);
	debugfs_create_file("kick", 0200, nic->control, nic, &kick_operations);
	debugfs_create_file("fail", 0600, nic->control, nic, &fail_operations);
	debugfs_create_file("memory", 0400, nic->control, nic, &memory_fops);
}

void standin_control_remove(struct standin *nic)
{
	debugfs_remove_recursive(nic->control);
}

void standin_control_init(void)
{
	root = debugfs_create_dir("mlx5_standin", NULL);
}

void standin_control_exit(void)
{
	debugfs_remove_recursive(root);
}
