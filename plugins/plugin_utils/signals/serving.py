# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which queues of a NIC are in use, which interrupts serve them, and on which CPUs that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import counts_bytes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.inputs import MOST_QUEUES
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.cpus import busiest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.nic_losses import QUEUE_NUMBER, driver_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    at_least,
    count,
    delta,
    dig,
    entries,
    integers,
    number,
    numbered,
    ratio,
    table,
)

Cpus = dict[int, dict[str, Any]]

#: What is said of the CPUs behind a NIC's queues: nothing where it is not known which they are.
OF_SERVING_CPUS = (
    "cpus",
    "cpu_count",
    "softirq_cpu",
    "softirq_share",
    "busy_cpu",
    "busy_share",
    "steal_share",
    "squeezes",
    "squeezes_per_s",
    "packets_per_squeeze",
)
OF_SERVING_CPUS += ("squeeze_limit", "processed_cpu", "processed_share")

#: What a driver tells of a queue besides the packets that came (mlx5 rx0_xdp_..., vmxnet3 LRO pkts).
NOT_ALL_PACKETS = ("xdp", "lro", "gro", "csum")


def queues_in_use(nic: dict[str, Any]) -> dict[str, int | None]:
    """``{"rx": queues, "tx": queues}`` that a NIC uses now; None where neither its channels nor sysfs tell, or where
    no NIC has so many."""
    channels = table(nic, "channels")
    combined = count(channels.get("combined")) or 0
    found = {
        side: combined + (count(channels.get(side)) or 0) or len(table(nic, "queues", side)) or None
        for side in ("rx", "tx")
    }
    return {side: None if queues is None or queues > MOST_QUEUES else queues for side, queues in found.items()}


def interrupts_in_use(nic: dict[str, Any], side: str) -> dict[str, tuple[int | None, dict[str, Any]]]:
    """``{irq: (queue, its entry in the document)}`` of the interrupts that serve the "rx" or "tx" queues in use.

    Which those are says :func:`irq_layout.in_use`.
    """
    limit = queues_in_use(nic)[side]
    if entries(nic, "irqs_shared_with") and trait(driver_of(nic), "vectors_dealt_out"):
        limit = None
    irqs = table(nic, "irqs")
    roles = {name: (dig(irq, "role"), count(dig(irq, "queue"))) for name, irq in irqs.items()}
    return {name: (queue, irqs[name]) for name, queue in irq_layout.in_use(roles, side, limit).items()}


def serving_cpus(nic: dict[str, Any], found_cpus: Cpus, saturated: float) -> list[int] | None:
    """The CPUs whose softirq polls a NIC's receive rings; None where no interrupt tells.

    Where an interrupt fired in the interval counts; one that did not is where it would (a saturated CPU polls without
    interrupts). A threaded NAPI polls in a task that may run anywhere. A driver with one interrupt for everything names
    it "other".
    """
    if dig(nic, "napi", "threaded"):
        return None
    irqs = table(nic, "irqs").values()
    polling = [irq for _queue, irq in interrupts_in_use(nic, "rx").values()]
    if not any(dig(irq, "role") in ("rx", "rxtx") for irq in irqs):
        polling = [irq for irq in irqs if dig(irq, "role") == "other"]
    found = {cpu for irq in polling for cpu in irq_cpus(irq)}
    return sorted(found | still_polling(nic, polling, found_cpus, saturated)) if found else None


def still_polling(nic: dict[str, Any], polling: list[Any], found_cpus: Cpus, saturated: float) -> set[int]:
    """The saturated CPUs that may poll a NIC whose interrupts have moved away from them.

    A poll that never comes to an end stays on the CPU where it began, whatever the affinity is now. No interrupt fires
    then, packets come all the same, and the CPU is one on which an interrupt of the NIC fired before.
    """
    counts = [numbered(irq, "counts") for irq in polling]
    if not delta(nic, "link_stats", "rx_packets") or any(delta(each) for by_cpu in counts for each in by_cpu.values()):
        return set()
    fired_once = {cpu for by_cpu in counts for cpu, each in by_cpu.items() if number(dig(each, "total"))}
    shares = {cpu: found_cpus[cpu]["softirq_share"] for cpu in fired_once if cpu in found_cpus}
    return {cpu for cpu, share in shares.items() if share is not None and share >= saturated}


def irq_cpus(irq: dict[str, Any]) -> list[int]:
    """Where one interrupt fired in the interval, else where it would."""
    fired = [cpu for cpu, counter in numbered(irq, "counts").items() if delta(counter)]
    if fired:
        return fired
    effective = integers(irq, "effective_affinity")
    if effective:
        return effective
    allowed = integers(irq, "affinity")
    return allowed if len(allowed) == 1 else []


def serving(nic: dict[str, Any], found_cpus: Cpus, limits: Mapping[str, float]) -> dict[str, Any]:
    """What the CPUs behind a NIC's queues are doing: the busiest of them decides."""
    among = serving_cpus(nic, found_cpus, limits["cpu_saturated"])
    if among is None:
        return dict.fromkeys(OF_SERVING_CPUS)
    by_softirq = busiest(found_cpus, "softirq_share", among) or {}
    by_busy = busiest(found_cpus, "busy_share", among) or {}
    by_steal = busiest(found_cpus, "steal_share", among) or {}
    by_squeeze = busiest(found_cpus, "squeezes", among) or {}
    by_processed = busiest(found_cpus, "processed_share", among) or {}
    return {
        "cpus": among,
        "cpu_count": len(among),
        "softirq_cpu": by_softirq.get("cpu"),
        "softirq_share": by_softirq.get("softirq_share"),
        "busy_cpu": by_busy.get("cpu"),
        "busy_share": by_busy.get("busy_share"),
        "steal_share": by_steal.get("steal_share"),
        "squeezes": at_least(found_cpus[cpu]["squeezes"] for cpu in among if cpu in found_cpus),
        "squeezes_per_s": at_least(found_cpus[cpu]["squeezes_per_s"] for cpu in among if cpu in found_cpus),
        "packets_per_squeeze": by_squeeze.get("packets_per_squeeze"),
        "squeeze_limit": by_squeeze.get("squeeze_limit"),
        "processed_cpu": by_processed.get("cpu"),
        "processed_share": by_processed.get("processed_share"),
    }


def queues_off_node(document: dict[str, Any], nic: dict[str, Any], found_cpus: Cpus) -> dict[str, Any]:
    """The queues in use that are served on CPUs of another NUMA node than the NIC's, and how busy these are.

    A queue that has an interrupt for each direction is one queue.
    """
    local = local_cpus(document, nic)
    served = [each for side in ("rx", "tx") for each in interrupts_in_use(nic, side).values()]
    found: dict[str, Any] = {
        "numa_node": number(nic.get("numa_node")),
        "queues_off_node": None,
        "off_node_cpus": None,
        "off_node_softirq_share": None,
        "local_cpus": None if local is None else sorted(local),
    }
    if local is None or not served:
        return found
    outside: dict[int | None, set[int]] = {}
    for queue, irq in served:
        far = set(irq_cpus(irq)) - local
        if far:
            outside.setdefault(queue, set()).update(far)
    cpus = sorted(set().union(*outside.values()))
    return {
        **found,
        "queues_off_node": len(outside),
        "off_node_cpus": cpus or None,
        "off_node_softirq_share": (busiest(found_cpus, "softirq_share", cpus) or {}).get("softirq_share"),
    }


def local_cpus(document: dict[str, Any], nic: dict[str, Any]) -> set[int] | None:
    """The CPUs of the NIC's NUMA node; None where it has none (numa_node -1, as in many virtual machines)."""
    node = number(nic.get("numa_node"))
    if node is None:
        return None
    return set(integers(document, "cpus", "nodes", str(node)) or integers(nic, "local_cpus")) or None


def received_by_queue(nic: dict[str, Any]) -> dict[int, Number] | None:
    """``{queue: packets that came in the interval}``; None where that is not known of every queue in use.

    A driver may count the packets of a queue in several statistics (mlx5 rx0_packets and rx0_csum_none, bnxt_en by kind
    of address): the name that counted most over all queues stands for all.
    """
    in_use = set(range(queues_in_use(nic)["rx"] or 0))
    by_name: dict[str, dict[int, Number | None]] = {}
    for name, counter in table(nic, "counters").items():
        queue = count(dig(counter, "queue"))
        of_packets = dig(counter, "kind") == "traffic" and dig(counter, "direction") == "rx" and not counts_bytes(name)
        if queue is not None and of_packets and not any(word in name.lower() for word in NOT_ALL_PACKETS):
            by_name.setdefault(QUEUE_NUMBER.sub("0", name), {})[queue] = delta(counter)
    known = [packets for packets in by_name.values() if None not in packets.values() and in_use <= packets.keys()]
    return max(known, key=lambda packets: sum(packets.values()), default=None)


def busiest_queue(nic: dict[str, Any]) -> dict[str, Any]:
    """The receive queue that most packets came through, and its share of them."""
    packets = received_by_queue(nic) or {}
    queue = max(packets, key=lambda each: (packets[each], -each), default=None)
    share = ratio(packets.get(queue), sum(packets.values()))
    return {"busiest_queue": None if share is None else queue, "busiest_queue_share": share}
