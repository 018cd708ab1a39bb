# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan says in words: why a step is made, and what has to be known about it."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.affinity import KNOB, POLICY
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.decided import Decided
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import (
    counted,
    mebibytes,
    number,
    printable,
    subject,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import dig

#: What stands against a step, by the name of the conflict (``rules.sentences.CONFLICTS``), as a plan says it.
CONFLICTS = {
    "irqbalance": "irqbalance runs and moves interrupts back within seconds, unless it is told to leave these alone",
    "rss_table": "somebody set the RSS table: it is given back to the driver with the channels",
    "bond_port": "it is a port of a bond: one port at a time",
    "threaded_napi": "NAPI polls in threads, which do not follow the interrupt",
    "namespace": "this is one network namespace of the machine; what is not its own is set for all",
}

#: Who may set the same again, by the key of ``owners`` in a document: the knobs, and what it does.
OWNERS = {
    "tuned": (
        ("sysctl", "ring", "channels", "coalesce", "feature"),
        "tuned runs: where its profile has such a value, it sets it again when it starts or changes its profile",
    ),
    "networkmanager": (
        ("ring", "channels", "coalesce", "feature"),
        "NetworkManager runs: where its profile has such a value, it sets it again when that is activated",
    ),
}

#: What is said where interrupts are given CPUs by their numbers, since no policy does as well.
NOT_KEPT = "Interrupts have other numbers after a boot, so this cannot be kept: it holds until the next boot"


def because(finding: dict[str, Any], interval_s: float | None) -> str:
    """Why a step is made, in a sentence with the numbers of the finding."""
    where = subject(finding)
    said = f"{finding['rule']}{' ' + where if where else ''}: {finding['title']}"
    numbers = []
    if finding["lost"]:
        of = f" of {number(finding['of'] + finding['lost'])}" if finding.get("of") else ""
        during = f" in {number(interval_s)} s" if interval_s else ""
        if finding.get("since"):
            during = f" {finding['since']}"
        numbers.append(f"{counted(finding['lost'], 'packet')}{of} lost{during}")
    if finding["rate"]:
        numbers.append(f"{number(finding['rate']['value'])} {finding['rate']['unit']}")
    return f"{said} ({', '.join(numbers)})" if numbers else said


#: A line of the screen names so many values of a change; of more, how many there are.
MOST_VALUES = 2


def brief(step: dict[str, Any]) -> str:
    """A step in a few words: "R4 ring eth0 rx 1,024 -> 2,048, 12 MiB". What a host said is made visible."""
    if step["changes"] is None:
        told = [_brief(one, {}, one["values"]) for one in step["settings"]]
    else:
        told = [_brief(one, one["from"], one["to"]) for one in step["changes"]]
    memory = [mebibytes(step["memory"]["peak_bytes"])] if step["memory"] and step["memory"]["peak_bytes"] > 0 else []
    return printable(f"{step['finding'].partition(':')[0]} {', '.join([' + '.join(told), *memory])}")


def _brief(one: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> str:
    what = " ".join(filter(None, (one["knob"], one["subject"])))
    if one["knob"] == KNOB and POLICY not in after:
        return f"{what} {counted(len(after), 'interrupt')}"
    told = [_moved(key, before.get(key), value) for key, value in after.items()]
    more = [f"and {len(told) - 1:,} more"] if len(told) > MOST_VALUES else []
    return f"{what} {', '.join([*told[:1], *more] if more else told)}"


def _moved(key: str, before: Any, after: Any) -> str:
    if isinstance(after, dict) and len(after) > MOST_VALUES or isinstance(before, dict):
        return f"{key} of {counted(len(after), 'queue')}"
    return f"{key} {number(after)}" if before is None else f"{key} {number(before)} -> {number(after)}"


def standing(name: str) -> str:
    """A conflict in words."""
    return CONFLICTS.get(name, name)


def owners(document: dict[str, Any], settings: list[dict[str, Any]]) -> list[str]:
    """Who runs on the host and may set what a step sets again; what a file of theirs says, no audit reads."""
    knobs = {one["knob"] for one in settings}
    return [
        words
        for owner, (of, words) in OWNERS.items()
        if knobs.intersection(of) and dig(document, "owners", owner, "running") is True
    ]


def noted(decided: Decided, settings: list[dict[str, Any]]) -> list[str]:
    """What has to be known about the changes of a step."""
    told = [note for made in decided.changes for note in made["notes"]]
    told += [f"{knob}: decided on the host, since an audit does not read all of it" for knob in decided.on_the_host]
    told += [NOT_KEPT for one in settings if one["knob"] == KNOB and POLICY not in one["values"]]
    return list(dict.fromkeys(told))
