# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the actions of a finding to ideas: what a program may try against it, in order, and what a person must do.

An idea is some settings that are made as one, because one does not help without the others. The rules' order of actions
is the order of the ideas.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import LADDERS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.actions import ADVICE, COMMANDS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.expressions import shown
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import WHEN

#: The rules of a ring that loses packets, and the one that adds to them what ended the polling: its sysctls alone
#: changed nothing where the ring was small (budget 1 to 2 on a ring of 64: 934/s lost before, 947/s after), so both are
#: one step of the finding that counts the packets.
RINGS, POLLING = ("R3", "R4"), "R8"

#: A squeeze that loses nothing: whatever a site wants to be planned for, nothing is to be done about it.
HARMLESS = ("R7",)

#: Findings of how the work is laid out over CPUs. They explain a loss as long as there is another layout to try; of all
#: others an explanation holds whether a program can do something about it or not.
LAYOUT = ("R9", "R10", "R45", "R51")

#: Of an action that only counts for sockets or programs that begin anew, or is an experiment: why it is not made.
NOT_MADE = {
    "new_sockets": f"{WHEN['new_sockets']}; a plan changes nothing that needs that",
    "new_listeners": f"{WHEN['new_listeners']}; a plan changes nothing that needs that",
    "test": f"{WHEN['test']}: that is for a person to see",
}

#: The values of ``rss`` that give the table back to the driver: what an action never asks for, and more channels need.
TABLE_BACK = {"default": True}

#: What counts as having been tried already, so that it is not tried again.
FAILED = ("unchanged", "worse", "failed")
IMPROVED = "improved"

#: Which numbers may grow by more than one doubling where they are far too small: those whose price or harm is known by
#: the rest of the plan. A budget takes time from programs, a table memory that nobody has counted.
MAY_LEAP = {("ring", "rx"), ("sysctl", "net.core.netdev_max_backlog")}

#: By how much they grow beyond the doubling, by the share of the packets that is still lost. From four measured series
#: of doublings (a ring of 32: 1102, 930, 626, 0 lost/s; a backlog of 50: 547, 337, 103, 0): below a twentieth the next
#: doubling ended it, above a quarter two more were needed.
LEAPS = ((0.25, 4), (0.05, 2))


class Idea(NamedTuple):
    """Settings that are made as one, and the names of conflicts (``sentences.CONFLICTS``)."""

    settings: list[dict[str, Any]]
    conflicts: list[str]


def ideas(finding: dict[str, Any], beside: dict[str, Any] | None = None) -> list[Idea]:
    """What a program may try against a finding, in order.

    :param beside: of a finding about a ring the one about its polling: its sysctls are raised together with the ring,
        and by themselves only where no ring can be
    """
    found: list[Idea] = []
    last = None
    for action in filter(_is_made, finding["actions"]):
        idea = Idea([setting_of(action)], list(action["conflicts"]))
        # One for each NIC (for_each) is one idea.
        kind = (action["knob"], action["direction"], action["when"])
        if found and kind == last and _subjects(found[-1]).isdisjoint(_subjects(idea)):
            idea = together(found.pop(), idea)
        found.append(idea)
        last = kind
    if beside is None:
        return found
    also = ideas(beside)
    joint = [together(idea, *also) if _has(idea, "ring") else idea for idea in found]
    return joint + also


def together(*several: Idea) -> Idea:
    """Several ideas as one."""
    return Idea(
        [setting for idea in several for setting in idea.settings],
        list(dict.fromkeys(name for idea in several for name in idea.conflicts)),
    )


def advice(finding: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a finding's actions is for a person: ``[{"finding", "text", "command", "why_not"}]``.

    ``why_not`` says why what a program could set is not set; None for what only a person can do. Where the finding
    names the programs they are told.
    """
    programs = [item["value"] for item in finding["evidence"] if item["key"] in ("sockets", "processes")]
    named = f" (the programs: {shown_values(programs[0])})" if programs else ""
    told = []
    for action in finding["actions"]:
        if _is_made(action):
            continue
        why_not = None if action["knob"] == ADVICE else NOT_MADE[action["when"]] + named
        told.append(
            {"finding": finding["id"], "text": action["text"], "command": action["command"], "why_not": why_not}
        )
    return told


def shown_values(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_made(action: dict[str, Any]) -> bool:
    return action["knob"] != ADVICE and action["when"] not in NOT_MADE


def setting_of(action: dict[str, Any]) -> dict[str, Any]:
    """The setting of an action. Its values have the form that the knob takes; this is the only place that knows."""
    values = {key: dict(value) if isinstance(value, dict) else value for key, value in action["set"].items()}
    return {"knob": action["knob"], "subject": action["subject"]["name"], "values": values}


def command(setting: dict[str, Any]) -> str:
    """What a person would type for a setting; names of the host are quoted."""
    name = shown(setting["subject"])
    if setting["values"] == TABLE_BACK:
        return f"ethtool -X {name} default"
    return COMMANDS[setting["knob"]](name, setting["values"])


def _subjects(idea: Idea) -> set[Any]:
    return {setting["subject"] for setting in idea.settings}


def _has(idea: Idea, knob: str) -> bool:
    return any(setting["knob"] == knob for setting in idea.settings)


def place_of(finding: str) -> str:
    """The id of a finding, the same for all that count the same packets: a ring is R3 or R4 by how busy its CPU is."""
    rule, colon, subject = finding.partition(":")
    return f"{RINGS[-1]}{colon}{subject}" if rule in RINGS else finding


def outcomes(settings: list[dict[str, Any]], finding: str, tried: Iterable[dict[str, Any]]) -> list[str]:
    """How this idea ended when it was tried before for this finding, the last one last.

    An idea is its first setting: the knob, its subject and its keys, whatever the values and whatever went along with
    it. Interrupts are no keys: they have other numbers after other channels.
    """
    place = place_of(finding)
    return [
        one["outcome"]
        for one in tried
        if place_of(one["finding"]) == place and any(_is_same(settings[0], other) for other in one["settings"])
    ]


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if (one["knob"], one["subject"]) != (other["knob"], other["subject"]):
        return False
    return one["knob"] == "irq_affinity" or not one["values"].keys().isdisjoint(other["values"])


def leap(finding: dict[str, Any], helped: bool) -> int:
    """By how much more than a doubling a number is to grow: 1, 2 or 4.

    After a step that *helped* :data:`LEAPS` says it. Before any, a ring that is short in bursts is at least as much too
    small as the packets that it did not take: one that took a seventh of them is doubled in vain (a ring of 32, doubled
    under 1056 lost/s of 1234/s: 1113 of 1359, which nobody can tell from chance).
    """
    lost, of = finding.get("lost"), finding.get("of")
    if not lost or of is None:
        return 1
    if helped:
        return next((factor for least, factor in LEAPS if lost / (lost + of) >= least), 1)
    if finding["rule"] != RINGS[-1]:
        return 1
    return next((factor for factor in (1, 2) if 2 * factor * of >= lost + of), LEAPS[0][1])


def leapt(settings: list[dict[str, Any]], factor: int) -> list[dict[str, Any]]:
    """The settings with those numbers larger that may leap."""
    return [
        {
            **one,
            "values": {
                key: value * factor if (one["knob"], key) in MAY_LEAP and isinstance(value, int) else value
                for key, value in one["values"].items()
            },
        }
        for one in settings
    ]


def bounded(setting: dict[str, Any], ceilings: dict[str, int]) -> tuple[dict[str, Any], list[str]]:
    """A setting with nothing above its ceiling, and which of its keys were cut.

    Sysctls that stand in proportion (gc_thresh1 to 3) are cut in proportion, and of several numbers the last one is
    what the ceiling is for.
    """
    knob, values, cut = setting["knob"], dict(setting["values"]), []
    for key, value in setting["values"].items():
        most = ceilings.get(key if knob == "sysctl" else f"{knob}.{key}")
        last = value[-1] if isinstance(value, list) else value
        if most is None or isinstance(last, bool) or not isinstance(last, int) or last <= most:
            continue
        cut.append(key)
        for name in next((ladder for ladder in LADDERS if key in ladder), (key,)):
            if name in values:
                values[name] = _shrunk(values[name], most, last)
    return {**setting, "values": values}, cut


def _shrunk(value: Any, most: int, of: int) -> Any:
    if isinstance(value, list):
        return [each * most // of for each in value]
    return value * most // of
