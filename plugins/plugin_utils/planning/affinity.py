# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPUs for interrupts as a policy, which can be kept over a boot: interrupts have other numbers then.

An action names the few interrupts that have to be moved. A policy lays out all of a NIC, wherever they are, so it is
taken only where it does as well.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import parse_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.decided import decide
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    count,
    dig,
    integers,
    table,
)

KNOB, POLICY = "irq_affinity", "policy"

#: The policies of knobs/irq_affinity.py by whether the action keeps to the NIC's own NUMA node.
LOCAL, ANYWHERE = "local_cores", "spread"


def as_policy(document: dict[str, Any], setting: dict[str, Any]) -> dict[str, Any]:
    """The setting as a policy, or as it is where it is about something else or no policy does as well.

    A policy does as well where no CPU that the action relieves keeps more of the NIC's interrupts than with the action,
    and no CPU gets more of the interrupts of all judged NICs than the fullest one has with the action.
    """
    if setting["knob"] != KNOB:
        return setting
    name, moves = setting["subject"], setting["values"]
    node = count(dig(document, "nics", name, "numa_node"))
    local = set(integers(document, "cpus", "nodes", str(node))) if node is not None else set()
    wanted = {cpu for cpus in moves.values() for cpu in cpus}
    offered = {**setting, "values": {POLICY: LOCAL if local and wanted <= local else ANYWHERE}}
    try:
        changes = decide(document, [offered]).changes
    except Refused:
        return setting
    if not changes:
        return setting
    return offered if _as_good(document, name, moves, moved(changes[0])) else setting


def moved(made: dict[str, Any]) -> dict[str, list[int]]:
    """``{"38": [2]}`` of a change: the CPUs by interrupt, as an action has them."""
    return {irq: parse_list(cpus) for irq, cpus in made["to"].items()}


def _as_good(document: dict[str, Any], name: str, moves: dict[str, list[int]], laid_out: dict[str, list[int]]) -> bool:
    own = {name: table(document, "nics", name)}
    judged = {each: nic for each, nic in table(document, "nics").items() if dig(nic, "selected")}
    relieved = {cpu for irq in moves for cpu in _now(own[name], irq)}
    left, then = _by_cpu(own, name, moves), _by_cpu(own, name, laid_out)
    if any(then[cpu] > left[cpu] for cpu in relieved):
        return False
    fullest = max(_by_cpu(judged, name, moves).values(), default=0)
    return all(number <= fullest for number in _by_cpu(judged, name, laid_out).values())


def _by_cpu(nics: dict[str, Any], name: str, moves: dict[str, list[int]]) -> Counter[int]:
    """How many interrupts each CPU has of *nics*, when those of *name* have been moved."""
    found: Counter[int] = Counter()
    for each, nic in nics.items():
        for irq in table(nic, "irqs"):
            cpus = moves.get(irq) if each == name else None
            found.update(_now(nic, irq) if cpus is None else cpus)
    return found


def _now(nic: dict[str, Any], irq: str) -> list[int]:
    """The one CPU that an interrupt of a queue goes to; none where they are several, or it serves no queue."""
    entry = table(nic, "irqs", irq)
    for cpus in (integers(entry, "effective_affinity"), integers(entry, "affinity")):
        if len(cpus) == 1 and count(entry.get("queue")) is not None:
            return cpus
    return []
