# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the queues of the NICs should be served: module_utils/irq_layout.py, asked with a host document.

The interrupts of all NICs that are judged are laid out together.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list, format_mask
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.serving import (
    SATURATED,
    Cpus,
    interrupts_in_use,
    irq_cpus,
    received_by_queue,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    count,
    dig,
    integers,
    numbered,
    table,
)

#: How many moves and queues are told of one NIC. The plan, which is made of all, asks irq_layout itself.
MOST_MOVES, MOST_QUEUES = 128, 64

#: From this share of its time in softirq on a CPU that serves queues is worth relieving, and load decides and not the
#: number of queues: spreading queues that nothing comes through helps nobody.
HALF_BUSY = irq_layout.BUSY / irq_layout.CPU

#: What is said of a NIC that is not laid out.
UNKNOWN = dict.fromkeys(
    ("irq_layout", "irq_layout_count", "irq_layout_cpus", "irq_layout_problems", "local_cpus_enough", "rps_cpus")
)


def layouts(document: dict[str, Any], found_cpus: Cpus) -> dict[str, dict[str, Any]]:
    """Per NIC with interrupts what a sentence about spreading needs (``QUANTITIES["nics"]``); others are left out.

    ``irq_layout`` is ``[{"irq": "41", "queue": 1, "cpu": 3}]``: what has to be moved, [] where all is well.
    ``rps_cpus`` is ``[{"queue": 0, "cpus": "2-3", "mask": "c"}]``, [] where no CPU is left to hand packets to.
    """
    host = cpus(document)
    nics = {}
    for name, nic in table(document, "nics").items():
        of_nic = queues(nic) if dig(nic, "selected") and not dig(nic, "napi", "threaded") else None
        if of_nic:
            nics[name] = {"node": count(nic.get("numa_node")), "queues": of_nic}
    if not nics or not host["online"]:
        return {}
    busy = {cpu: dig(found_cpus.get(cpu), "busy_share") for cpu in host["online"]}
    softirq = {cpu: dig(found_cpus.get(cpu), "softirq_share") for cpu in host["online"]}
    serving = {irq["cpu"] for nic in nics.values() for queue in nic["queues"] for irq in queue["irqs"]}
    by_load = None not in busy.values() and None not in softirq.values()
    if by_load and any((softirq.get(cpu) or 0) >= HALF_BUSY for cpu in serving):
        plans = irq_layout.balance(nics, host, busy, softirq)
    else:
        plans = irq_layout.spread(nics, host)
    dropping = {cpu for cpu in host["online"] if dig(found_cpus.get(cpu), "dropped")}
    full = dropping | {cpu for cpu in host["online"] if max(busy[cpu] or 0, softirq[cpu] or 0) >= SATURATED}
    return {
        name: {
            **told(plans[name], nics[name]["node"]),
            "rps_cpus": rps(table(document, "nics", name), moved(nics[name], plans[name]), host, full),
        }
        for name in nics
    }


def told(plan: dict[str, Any], node: int | None) -> dict[str, Any]:
    """A plan of one NIC as signals."""
    elsewhere = {"node_too_small", "not_local", "no_cpu"}.intersection(plan["problems"])
    moves = [{key: move[key] for key in ("irq", "queue", "cpu")} for move in plan["moves"]]
    return {
        "irq_layout": moves[:MOST_MOVES],
        "irq_layout_count": len(moves),
        "irq_layout_cpus": format_list(plan["irqs"].values()) or None,
        "irq_layout_problems": plan["problems"],
        "local_cpus_enough": None if node is None else not elsewhere,
    }


def moved(nic: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """A NIC as irq_layout takes it, with the interrupts where a plan puts them: RPS is set after these."""
    queues_there = [
        {**queue, "irqs": [{**irq, "cpu": plan["irqs"].get(irq["irq"], irq["cpu"])} for irq in queue["irqs"]]}
        for queue in nic["queues"]
    ]
    return {**nic, "queues": queues_there}


def rps(nic: dict[str, Any], served: dict[str, Any], host: dict[str, Any], full: set[int]) -> list[dict[str, Any]]:
    """For each receive queue, the CPUs that it may hand packets to, without those that are *full*."""
    chosen = next(iter(irq_layout.rps_cpus(served, host, busy=full).values()), [])
    if not chosen:
        return []
    receiving = list(numbered(nic, "queues", "rx"))[:MOST_QUEUES]
    return [{"queue": queue, "cpus": format_list(chosen), "mask": format_mask(chosen)} for queue in receiving]


def queues(nic: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The queues in use as irq_layout takes them; None where it is not known where an interrupt of one goes."""
    packets = received_by_queue(nic)
    found: dict[int | None, dict[str, Any]] = {}
    for side in ("rx", "tx"):
        for irq, (queue, entry) in interrupts_in_use(nic, side).items():
            if entry.get("effective_affinity") is None and entry.get("affinity") is None:
                return None
            of_queue = found.setdefault(queue, {"queue": queue, "packets": None, "irqs": []})
            if irq not in [known["irq"] for known in of_queue["irqs"]]:
                of_queue["irqs"].append({"irq": irq, "cpu": cpu_now(entry)})
    for queue, of_queue in found.items():
        if packets is not None and queue is not None:
            of_queue["packets"] = packets.get(queue, 0)
    return list(found.values()) or None


def cpu_now(irq: dict[str, Any]) -> int | None:
    """The CPU that an interrupt goes to, by its affinity and else by where it fired; None where they are several."""
    for found in (integers(irq, "effective_affinity"), integers(irq, "affinity"), irq_cpus(irq)):
        if len(found) == 1:
            return found[0]
    return None


def cpus(document: dict[str, Any]) -> dict[str, Any]:
    """The document's ``cpus`` as far as its shape can be trusted."""
    topology = table(document, "cpus", "topology")
    nodes = table(document, "cpus", "nodes")
    return {
        **{key: integers(document, "cpus", key) for key in ("online", "isolated", "nohz_full")},
        "nodes": {node: integers(nodes, str(node)) for node in numbered(nodes)},
        "topology": {
            str(cpu): {
                "siblings": integers(entry, "siblings"),
                **{field: count(dig(entry, field)) for field in ("package", "die", "l3")},
            }
            for cpu, entry in numbered(topology).items()
        },
    }
