# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On which NUMA node the queues of a NIC take their memory."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import of_rings

_RECEIVING = ("rx", "rxtx")


def nodes_of_queues(document, nic, ring_set, queues):
    """``([node of each queue], how that was found)``; ``(None, why)`` where the NUMA nodes are not known.

    A node is a string as in the document. A queue is taken to be on the node of the CPU that its interrupt goes to,
    and where that cannot be said in the order of cpumask_local_spread(): the CPUs of the device first, then the others.

    :param queues: how many
    """
    found = document["nics"][nic]
    nodes = (document.get("cpus") or {}).get("nodes")
    if not nodes:
        return None, "the CPUs of the NUMA nodes are not known"
    node_of = {cpu: node for node, cpus in nodes.items() for cpu in cpus}
    if not node_of:
        return None, "the NUMA nodes have no CPUs"
    spread = _local_spread(found, nodes, document["cpus"].get("online"), node_of)
    placed = [spread[queue % len(spread)] for queue in range(queues)]
    if of_rings(ring_set, "stays"):
        return placed, "where the driver put the queues when it was loaded: the CPUs of the device first"
    known = _of_interrupts(found.get("irqs") or {}, node_of)
    if not known:
        return placed, "no interrupts of queues are known: the CPUs of the device first"
    return [
        known.get(queue, node) for queue, node in enumerate(placed)
    ], "by the CPU that serves each queue's interrupt"


def _local_spread(found, nodes, online, node_of):
    """The nodes of the online CPUs in the order of cpumask_local_spread()."""
    local = found.get("local_cpus") or nodes.get(str(found.get("numa_node"))) or ()
    usable = set(node_of if online is None else online).intersection(node_of) or set(node_of)
    order = sorted(usable, key=lambda cpu: (cpu not in local, cpu))
    return [node_of[cpu] for cpu in order]


def _of_interrupts(irqs, node_of):
    """``{queue: node}`` of the queues whose interrupt goes to one node only."""
    placed = {}
    for irq in irqs.values():
        cpus = irq.get("effective_affinity") or irq.get("affinity") or ()
        nodes = {node_of.get(cpu) for cpu in cpus}
        if irq.get("role") in _RECEIVING and irq.get("queue") is not None and len(nodes) == 1 and None not in nodes:
            placed[irq["queue"]] = nodes.pop()
    return placed
