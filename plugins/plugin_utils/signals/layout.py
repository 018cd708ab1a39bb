# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the queues of the NICs should be served: module_utils/irq_layout.py, asked with a host document.

The interrupts of all NICs that are judged are laid out together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.serving import (
    Cpus,
    interrupts_in_use,
    irq_cpus,
    received_by_queue,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Words,
    count,
    dig,
    integers,
    numbered,
    table,
)

#: What is said of a NIC that is not laid out.
UNKNOWN = dict.fromkeys(("near_cpus", "irq_moves", "irq_problems", "local_cpus_enough", "rps"))


def layouts(document: dict[str, Any], found_cpus: Cpus, limits: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Per NIC with interrupts where its queues should be served (``SIGNALS["nics"]``); others are left out.

    ``irq_moves`` is ``{"41": [3]}``, the interrupts that have to be moved and where to; None where all is well.
    ``near_cpus`` are the CPUs that its interrupts may go to, the nearest that have time for them.
    ``rps`` is ``{"rps_cpus": {"rx-0": [2, 3]}}``; None where no CPU is left to hand packets to. Both are as the actions
    set them.
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
    # Where a CPU that serves queues is worth relieving, load decides and not the number of queues: spreading queues
    # that nothing comes through helps nobody.
    if by_load and any((softirq.get(cpu) or 0) >= limits["cpu_half_busy"] for cpu in serving):
        plans = irq_layout.balance(nics, host, busy, softirq)
    else:
        plans = irq_layout.spread(nics, host)
    dropping = {cpu for cpu in host["online"] if dig(found_cpus.get(cpu), "dropped")}
    full = dropping | {
        cpu for cpu in host["online"] if max(busy[cpu] or 0, softirq[cpu] or 0) >= limits["cpu_saturated"]
    }
    return {
        name: {
            "near_cpus": plans[name]["cpus"],
            **told(plans[name], nics[name]["node"]),
            "rps": rps(table(document, "nics", name), moved(nics[name], plans[name]), host, full),
        }
        for name in nics
    }


def told(plan: dict[str, Any], node: int | None) -> dict[str, Any]:
    """A plan of one NIC as signals."""
    elsewhere = {"node_too_small", "not_local", "no_cpu"}.intersection(plan["problems"])
    return {
        "irq_moves": {move["irq"]: [move["cpu"]] for move in plan["moves"] if move["irq"].isdecimal()} or None,
        "irq_problems": [Words(irq_layout.PROBLEMS[problem]) for problem in plan["problems"]] or None,
        "local_cpus_enough": None if node is None else not elsewhere,
    }


def moved(nic: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """A NIC as irq_layout takes it, with the interrupts where a plan puts them: RPS is set after these."""
    queues_there = [
        {**queue, "irqs": [{**irq, "cpu": plan["irqs"].get(irq["irq"], irq["cpu"])} for irq in queue["irqs"]]}
        for queue in nic["queues"]
    ]
    return {**nic, "queues": queues_there}


def rps(nic: dict[str, Any], served: dict[str, Any], host: dict[str, Any], full: set[int]) -> dict[str, Any] | None:
    """For each receive queue, the CPUs that it may hand packets to, without those that are *full*."""
    chosen = next(iter(irq_layout.rps_cpus(served, host, busy=full).values()), [])
    receiving = {f"rx-{queue}": chosen for queue in numbered(nic, "queues", "rx")}
    return {"rps_cpus": receiving} if chosen and receiving else None


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
