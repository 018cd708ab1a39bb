# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan says in words: why a step is made, and what has to be known about it."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.decided import Decided
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, number, subject

#: What stands against a step, by the name of the conflict (``rules.sentences.CONFLICTS``), as a plan says it.
CONFLICTS = {
    "irqbalance": "irqbalance runs and moves interrupts back within seconds, unless it is told to leave these alone",
    "rss_table": "somebody set the RSS table: it is given back to the driver with the channels",
    "bond_port": "it is a port of a bond: one port at a time",
    "threaded_napi": "NAPI polls in threads, which do not follow the interrupt",
    "namespace": "this is one network namespace of the machine; what is not its own is set for all",
}

#: What is said of every setting of a knob.
OF_KNOB = {
    "irq_affinity": "Interrupts have other numbers after a boot: to keep it, give a policy (module irq_affinity)",
}


def because(finding: dict[str, Any], interval_s: float | None) -> str:
    """Why a step is made, in a sentence with the numbers of the finding."""
    where = subject(finding)
    said = f"{finding['rule']}{' ' + where if where else ''}: {finding['title']}"
    numbers = []
    if finding["lost"]:
        of = f" of {number(finding['of'] + finding['lost'])}" if finding.get("of") else ""
        during = f" in {number(interval_s)} s" if interval_s else ""
        numbers.append(f"{counted(finding['lost'], 'packet')}{of} lost{during}")
    if finding["rate"]:
        numbers.append(f"{number(finding['rate']['value'])} {finding['rate']['unit']}")
    return f"{said} ({', '.join(numbers)})" if numbers else said


def standing(name: str) -> str:
    """A conflict in words."""
    return CONFLICTS.get(name, name)


def noted(decided: Decided, settings: list[dict[str, Any]]) -> list[str]:
    """What has to be known about the changes of a step."""
    told = [note for made in decided.changes for note in made["notes"]]
    told += [f"{knob}: decided on the host, since an audit does not read all of it" for knob in decided.on_the_host]
    told += [OF_KNOB[knob] for knob in dict.fromkeys(one["knob"] for one in settings) if knob in OF_KNOB]
    return list(dict.fromkeys(told))
