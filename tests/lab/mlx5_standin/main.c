// SPDX-License-Identifier: GPL-2.0-or-later
/* Copyright: (c) 2026, linuxnet.packetloss contributors
 *
 * A network device that answers as mlx5_core does, without the card: for tests only, see README.md.
 */

#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "compat.h"
#include "standin.h"

#define MAX_MTU	9978
#define DEFAULT_RING	1024

static unsigned int channels;
module_param(channels, uint, 0444);
MODULE_PARM_DESC(channels, "Combined channels at the start (default: the number of online CPUs)");

static unsigned int max_channels = STANDIN_MAX_CHANNELS;
module_param(max_channels, uint, 0444);
MODULE_PARM_DESC(max_channels, "Most combined channels, 1 to 63 (default: 63)");

/* QEMU's NVMe controller: a PCI function with as many MSI-X vectors as one asks for, which does nothing by itself. */
static const struct pci_device_id standin_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT, 0x0010) },
	{}
};

static irqreturn_t interrupt(int irq, void *data)
{
	struct standin_vector *vector = data;
	struct standin_channel *channel = READ_ONCE(vector->channel);

	atomic_inc(&vector->fired);
	if (channel) {
		atomic64_inc(&vector->nic->counters->ch[channel->index][CH_EVENTS]);
		napi_schedule_irqoff(&channel->napi);
	}
	return IRQ_HANDLED;
}

static int netdev_open(struct net_device *netdev)
{
	return standin_up(netdev_priv(netdev));
}

static int netdev_stop(struct net_device *netdev)
{
	standin_down(netdev_priv(netdev));
	return 0;
}

/* There is no wire: what is sent is counted and thrown away. */
static netdev_tx_t netdev_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct standin *nic = netdev_priv(netdev);
	atomic64_t *counters = nic->counters->tx[skb_get_queue_mapping(skb)];

	atomic64_inc(&counters[TX_PACKETS]);
	atomic64_add(skb->len, &counters[TX_BYTES]);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

static int netdev_change_mtu(struct net_device *netdev, int mtu)
{
	struct standin *nic = netdev_priv(netdev);
	struct standin_params params = nic->params;
	int err = standin_refuse(nic, SET_MTU);

	if (err)
		return err;
	params.mtu = mtu;
	err = standin_switch(nic, &params, SET_MTU);
	if (!err)
		WRITE_ONCE(netdev->mtu, mtu);
	return err;
}

static void netdev_get_stats(struct net_device *netdev, struct rtnl_link_stats64 *stats)
{
	struct standin *nic = netdev_priv(netdev);

	standin_counters_link(nic->counters, stats);
}

static const struct net_device_ops netdev_operations = {
	.ndo_open = netdev_open,
	.ndo_stop = netdev_stop,
	.ndo_start_xmit = netdev_xmit,
	.ndo_change_mtu = netdev_change_mtu,
	.ndo_get_stats64 = netdev_get_stats,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void carrier_back(struct work_struct *work)
{
	struct standin *nic = container_of(to_delayed_work(work), struct standin, carrier_back);

	netif_carrier_on(nic->netdev);
}

static void free_vectors(struct standin *nic, unsigned int count)
{
	while (count--) {
		irq_set_affinity_and_hint(nic->vectors[count].irq, NULL);
		free_irq(nic->vectors[count].irq, &nic->vectors[count]);
	}
	kfree(nic->vectors);
}

/* Bound before it is requested: an interrupt that is moved later moves only when it fires. */
static int request_vector(struct standin *nic, unsigned int index)
{
	struct standin_vector *vector = &nic->vectors[index];
	const unsigned int channel = index ? index - 1 : 0;
	int err;

	vector->nic = nic;
	vector->irq = pci_irq_vector(nic->pdev, index);
	snprintf(vector->name, sizeof(vector->name), "mlx5_%s%u@pci:%s", index ? "comp" : "async", channel,
		 pci_name(nic->pdev));
	irq_set_affinity_and_hint(vector->irq, cpumask_of(standin_channel_cpu(nic, channel)));
	err = request_irq(vector->irq, interrupt, 0, vector->name, vector);
	if (err)
		irq_set_affinity_and_hint(vector->irq, NULL);
	return err;
}

/* One interrupt for events of the device, then one for each channel. */
static int request_vectors(struct standin *nic, unsigned int count)
{
	unsigned int i;
	int err;

	nic->vectors = kcalloc(count, sizeof(*nic->vectors), GFP_KERNEL);
	if (!nic->vectors)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		err = request_vector(nic, i);
		if (err) {
			free_vectors(nic, i);
			return err;
		}
	}
	return 0;
}

/* An address that tells where the function is. */
static void set_mac(struct net_device *netdev, const struct pci_dev *pdev)
{
	const u8 mac[ETH_ALEN] = { 0x02, 0x6d, 0x6c, 0x78, pdev->bus->number, pdev->devfn };

	standin_set_mac(netdev, mac);
}

static void set_up_netdev(struct standin *nic)
{
	struct net_device *netdev = nic->netdev;

	SET_NETDEV_DEV(netdev, &nic->pdev->dev);
	set_mac(netdev, nic->pdev);
	netdev->netdev_ops = &netdev_operations;
	netdev->ethtool_ops = &standin_ethtool_ops;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = MAX_MTU;
	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXCSUM |
			      NETIF_F_RXHASH;
	netdev->features = netdev->hw_features;
	nic->params.rx = DEFAULT_RING;
	nic->params.tx = DEFAULT_RING;
	nic->params.channels = clamp(channels ? channels : num_online_cpus(), 1U, nic->max_channels);
	nic->params.mtu = netdev->mtu;
	nic->counters->channels = nic->params.channels;
	standin_ethtool_defaults(nic);
	netif_carrier_off(netdev);
}

static int standin_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct standin *nic;
	int vectors, err;

	netdev = alloc_etherdev_mqs(sizeof(*nic), STANDIN_MAX_CHANNELS, STANDIN_MAX_CHANNELS);
	if (!netdev)
		return -ENOMEM;
	nic = netdev_priv(netdev);
	nic->netdev = netdev;
	nic->pdev = pdev;
	INIT_LIST_HEAD(&nic->event_queue_pages);
	INIT_DELAYED_WORK(&nic->carrier_back, carrier_back);
	pci_set_drvdata(pdev, nic);
	nic->counters = kvzalloc(sizeof(*nic->counters), GFP_KERNEL);
	if (!nic->counters) {
		err = -ENOMEM;
		goto free_netdev;
	}
	err = pci_enable_device(pdev);
	if (err)
		goto free_counters;
	vectors = pci_alloc_irq_vectors(pdev, 2, 1 + clamp(max_channels, 1U, (unsigned int)STANDIN_MAX_CHANNELS),
					PCI_IRQ_MSIX);
	if (vectors < 0) {
		err = vectors;
		goto disable_device;
	}
	nic->max_channels = vectors - 1;
	err = request_vectors(nic, vectors);
	if (err)
		goto free_irq_vectors;
	set_up_netdev(nic);
	/* Since 6.5 an event queue is made when its channel is used first; before, all of them are made here. */
	err = standin_event_queues(nic, LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0) ? 0 : nic->max_channels);
	if (!err)
		err = register_netdev(netdev);
	if (err)
		goto free_event_queues;
	standin_control_add(nic);
	netdev_info(netdev, "stand-in of mlx5 for tests, %d vectors\n", vectors);
	return 0;

free_event_queues:
	standin_free_pages(&nic->event_queue_pages);
	free_vectors(nic, vectors);
free_irq_vectors:
	pci_free_irq_vectors(pdev);
disable_device:
	pci_disable_device(pdev);
free_counters:
	kvfree(nic->counters);
free_netdev:
	free_netdev(netdev);
	return err;
}

static void standin_remove(struct pci_dev *pdev)
{
	struct standin *nic = pci_get_drvdata(pdev);

	standin_control_remove(nic);
	unregister_netdev(nic->netdev);
	standin_free_pages(&nic->event_queue_pages);
	free_vectors(nic, 1 + nic->max_channels);
	pci_free_irq_vectors(pdev);
	pci_disable_device(pdev);
	kvfree(nic->counters);
	free_netdev(nic->netdev);
}

/* No MODULE_DEVICE_TABLE: it is loaded by the one who wants it, never because such a function is there. */
static struct pci_driver standin_driver = {
	.name = STANDIN_DRIVER,
	.id_table = standin_ids,
	.probe = standin_probe,
	.remove = standin_remove,
};

static int __init standin_init(void)
{
	int err;

	standin_control_init();
	err = pci_register_driver(&standin_driver);
	if (err)
		standin_control_exit();
	return err;
}

static void __exit standin_exit(void)
{
	pci_unregister_driver(&standin_driver);
	standin_control_exit();
}

module_init(standin_init);
module_exit(standin_exit);
MODULE_DESCRIPTION("Test-only stand-in that answers ethtool as mlx5_core does");
MODULE_LICENSE("GPL");
