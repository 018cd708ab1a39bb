# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of hosts that were remediated: of each ``remediations/<host>.json``, of all ``remediation.json``, a table
for the screen, and sentences for each thing that happens.

Pure functions. What a host said is data: its control characters are shown, never sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import (
    HOST_SHARE,
    NARROWEST,
    WIDTH,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import NUMBER, OR_NONE, TEXT
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import columns, cut, pad, wrapped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import (
    counted,
    mebibytes,
    number,
    printable,
)

SCHEMA_VERSION = 1


class Result(NamedTuple):
    """What may become of a host: whether it fails with it, and what it is called."""

    fails: bool
    words: str


#: What becomes of a host, the worst first.
RESULTS = {
    "stuck": Result(True, "could not be put back whole"),
    "lost": Result(True, "does not answer any more"),
    "failed": Result(True, "failed"),
    "unread": Result(True, "could not be read"),
    "waiting": Result(False, "waits for its window"),
    "taken_back": Result(False, "nothing helped, all was taken back"),
    "refused": Result(False, "all was refused, nothing was changed"),
    "no_remedy": Result(False, "nothing that a program may do"),
    "planned": Result(False, "planned, nothing was changed"),
    "confirmed": Result(False, "helped, and holds until the next boot"),
    "kept": Result(False, "helped, and is kept"),
    "nothing_to_do": Result(False, "nothing to do"),
}

#: What is told of a step of a report.
STEP = {
    "round": int,
    "step": int,
    "finding": TEXT,
    "why": TEXT,
    "settings": [{"knob": TEXT}],
    "changes": ([{"knob": TEXT, "subject": (TEXT, OR_NONE), "from": dict, "to": dict}], OR_NONE),
    "commands": [TEXT],
    "class": (int, OR_NONE),
    "transaction": (TEXT, OR_NONE),
    "state": TEXT,
    "outcome": (TEXT, OR_NONE),
    "words": [TEXT],
    "before": (dict, OR_NONE),
    "after": (dict, OR_NONE),
}

#: The numbers of a measurement.
MEASURED = ({"verdict": TEXT, "lost_per_s": (*NUMBER, OR_NONE), "traffic_per_s": (*NUMBER, OR_NONE)}, OR_NONE)

#: ``remediations/<host>.json``. ``ended`` is null while the run goes on, or where it ended in the middle.
REMEDIATION = {
    "schema_version": {SCHEMA_VERSION},
    "host": TEXT,
    "run": TEXT,
    "check": bool,
    "began": TEXT,
    "ended": (TEXT, OR_NONE),
    "result": ({*RESULTS}, OR_NONE),
    "fails": bool,
    "still_losing": bool,
    "rounds": int,
    "before": MEASURED,
    "after": MEASURED,
    "steps": [STEP],
    "advice": [{"finding": TEXT, "text": TEXT, "command": (TEXT, OR_NONE), "why_not": (TEXT, OR_NONE)}],
    "refused": [{"finding": TEXT, "reason": TEXT}],
    "waiting": [{"finding": TEXT, "for": [TEXT]}],
    "left": [{"id": TEXT, "did": TEXT, "words": [TEXT]}],
    "carried": {"known": dict, "ended": (TEXT, OR_NONE)},
    "notes": [TEXT],
    "problems": [TEXT],
    "events": [{"at": TEXT, "words": TEXT}],
}

#: The states of a step that an ended run left behind it, and what another run may take it for.
LEFT_BEHIND = {"standing": "unproved", "lost": "unproved", "unproved": "unproved", "confirmed": "proved"}


def known(stored: dict[str, Any] | None) -> tuple[dict[str, str], str | None]:
    """``({transaction: "proved" or "unproved"}, the run, where it ended in the middle)`` of a stored report.

    Such a run may have left a transaction of which the report does not tell: it ended before it heard of it.
    """
    if stored is None:
        return {}, None
    left = {
        step["transaction"]: LEFT_BEHIND[step["state"]]
        for step in stored["steps"]
        if step["transaction"] and step["state"] in LEFT_BEHIND
    }
    in_the_middle = stored["ended"] is None or stored["result"] in ("lost", "stuck") or "unproved" in left.values()
    ended = stored["run"] if in_the_middle and not stored["check"] else stored["carried"]["ended"]
    return {**stored["carried"]["known"], **left}, ended


# --- sentences ------------------------------------------------------------------------------------------------------


def rule(finding: str) -> str:
    """The rule of the id of a finding: "R4" of "R4:nic:eth0"."""
    return finding.partition(":")[0]


def value(item: Any) -> str:
    """A value that is set, in short."""
    if isinstance(item, bool):
        return "on" if item else "off"
    if isinstance(item, list):
        return " ".join(map(str, item)) or "none"
    if isinstance(item, dict):
        return ", ".join(f"{key} {value(each)}" for key, each in item.items())
    return "none" if item is None or item == "" else str(item)


def change(made: dict[str, Any]) -> str:
    """A change in short: "ring eth0 rx 512 -> 1024"."""
    told = []
    for key, after in made["to"].items():
        before = made["from"].get(key)
        if isinstance(after, dict):
            of_before = before if isinstance(before, dict) else {}
            told += [f"{key} {name} {value(of_before.get(name))} -> {value(each)}" for name, each in after.items()]
        else:
            told.append(f"{key} {value(before)} -> {value(after)}")
    return " ".join(filter(None, (made["knob"], made["subject"], ", ".join(told))))


def setting(wanted: dict[str, Any]) -> str:
    """A setting of which no change is known: "channels eth0 combined 4, decided on the host"."""
    return " ".join(
        filter(None, (wanted["knob"], wanted.get("subject"), f"{value(wanted.get('values'))}, decided on the host"))
    )


def what(step: dict[str, Any]) -> str:
    """What a step changes, in one line."""
    if step["changes"]:
        return "; ".join(map(change, step["changes"]))
    return "; ".join(map(setting, step["settings"]))


def need_bytes(step: dict[str, Any]) -> int | None:
    """What a step takes of memory, None where that is not known or it takes none."""
    needs = [(each.get("memory") or {}).get("need_bytes") for each in step["changes"] or []]
    told = [need for need in needs if isinstance(need, int)]
    return sum(told) if told else None


def step_words(step: dict[str, Any]) -> str:
    """A step in one line: "R4 ring eth0 rx 512 -> 1024, 12 MiB"."""
    need = need_bytes(step)
    return f"{rule(step['finding'])} {what(step)}" + (f", {mebibytes(need)}" if need else "")


def plan_words(plan: dict[str, Any]) -> str:
    """A plan in one line."""
    steps = plan["steps"]
    told = f"planned {counted(len(steps), 'step')}" + (f" ({'; '.join(map(step_words, steps))})" if steps else "")
    others = [
        counted(len(plan[key]), *forms)
        for key, forms in (
            ("advice", ("advice", "pieces of advice")),
            ("refused", ("refused", "refused")),
            ("waiting", ("waiting", "waiting")),
        )
        if plan[key]
    ]
    return f"{told}; {', '.join(others)}" if others else told


def loss_words(told: dict[str, Any]) -> str:
    """What a host lost before and after: "930/s -> 0/s"; "930/s" where nothing was changed."""
    return f"{_per_s(told['before'])} -> {_per_s(told['after'])}" if told["after"] else _per_s(told["before"])


def _per_s(measured: dict[str, Any] | None) -> str:
    lost = measured and measured["lost_per_s"]
    return "-" if lost is None else f"{number(float(lost)) if lost else '0'}/s"


def result_words(told: dict[str, Any]) -> str:
    """What became of a host, in one sentence."""
    if told["result"] is None:
        return "the run ended in the middle: the host goes back by itself, and the next run takes up what is left"
    words = RESULTS[told["result"]].words
    if told["result"] == "nothing_to_do":
        verdict = (told["after"] or told["before"] or {}).get("verdict")
        return f"{words}: {verdict.replace('_', ' ')}" if verdict else words
    if told["problems"]:
        return f"{words}: {told['problems'][0]}"
    untouched = told["result"] in ("planned", "waiting")
    return f"{words}; it still loses packets" if told["still_losing"] and not untouched else words


# --- the fleet ------------------------------------------------------------------------------------------------------


def summarise(reports: Iterable[dict[str, Any]], run: str | None, generated_at: str) -> dict[str, Any]:
    """The remediation of all hosts, worst first, as written to remediation.json."""
    hosts = sorted(reports, key=_rank)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "run": run,
        "results": {name: sum(host["result"] == name for host in hosts) for name in RESULTS},
        "hosts": hosts,
    }


def _rank(told: dict[str, Any]) -> tuple:
    place = list(RESULTS).index(told["result"]) if told["result"] else -1
    lost = ((told["after"] or told["before"]) or {}).get("lost_per_s") or 0
    # A host that loses packets and cannot be helped is worse than one that was helped, and fails no less than it did.
    return (not told["fails"], not told["still_losing"], place, -lost, told["host"])


def not_begun(host: str, run: str, why: str, at: str) -> dict[str, Any]:
    """The report of a host that the run did not come to, or could not have."""
    return {
        "schema_version": SCHEMA_VERSION,
        "host": host,
        "run": run,
        "check": False,
        "began": at,
        "ended": at,
        "result": "unread",
        "fails": True,
        "still_losing": False,
        "rounds": 0,
        "before": None,
        "after": None,
        **{key: [] for key in ("steps", "advice", "refused", "waiting", "left", "notes", "events")},
        "carried": {"known": {}, "ended": None},
        "problems": [why],
    }


#: The table has so many rows at most; below a row there are so many lines of one text, and so many steps.
MOST_ROWS, MOST_LINES, MOST_STEPS = 40, 2, 6

HEAD = ("", "host", "lost/s", "what became of it")
INDENT = " " * 6


def lines(summary: dict[str, Any], width: int = WIDTH) -> list[str]:
    """The report for the screen: a table of the hosts with which something is, worst first, and counts of the rest."""
    width = max(width, NARROWEST)
    rows = [host for host in summary["hosts"] if host["result"] != "nothing_to_do"]
    told = _table(rows[:MOST_ROWS], width) if rows else []
    if left := len(rows) - MOST_ROWS:
        told += [f"... and {counted(left, 'host')} more: see remediation.md"] if left > 0 else []
    return [*told, *([""] if told else []), *wrapped(_sum(summary), width)]


def _table(hosts: list[dict[str, Any]], width: int) -> list[str]:
    cells = [("FAIL" if host["fails"] else "", printable(host["host"]), loss_words(host)) for host in hosts]
    limits = (4, int(width * HOST_SHARE), 22)
    widths = [min(limit, max(columns(row[at]) for row in [HEAD[:3], *cells])) for at, limit in enumerate(limits)]
    room = width - sum(widths) - 2 * len(widths)
    told = [_row(HEAD, widths, room)]
    for row, host in zip(cells, hosts):
        words = printable(result_words(host))
        beside = columns(words) <= room
        told.append(_row((*row, words if beside else ""), widths, room))
        below = [] if beside else wrapped(words, width - len(INDENT), MOST_LINES)
        for step in host["steps"][:MOST_STEPS]:
            outcome = f" ({step['outcome'].replace('_', ' ')})" if step["outcome"] else ""
            state = f"{step['state'].replace('_', ' ')}{outcome}: {step_words(step)}"
            below += wrapped(f"-> {printable(state)}", width - len(INDENT), MOST_LINES)
        if more := len(host["steps"]) - MOST_STEPS:
            below += [f"... and {counted(more, 'step')} more"] if more > 0 else []
        told += [INDENT + line for line in below]
    return told


def _row(cells: Iterable[str], widths: list[int], room: int) -> str:
    mark, host, lost, words = (
        cut(cell, width, middle=at == 1) for at, (cell, width) in enumerate(zip(cells, [*widths, room]))
    )
    return "  ".join([pad(mark, widths[0]), pad(host, widths[1]), pad(lost, widths[2]), words]).rstrip()


def _sum(summary: dict[str, Any]) -> str:
    hosts = summary["hosts"]
    results = [
        f"{count:,} {RESULTS[name].words}" for name, count in summary["results"].items() if count and name in RESULTS
    ]
    going = sum(host["result"] is None for host in hosts)
    results += [f"{going:,} ended in the middle"] if going else []
    losing = sum(host["still_losing"] for host in hosts)
    still = f"; {counted(losing, 'host')} still {'loses' if losing == 1 else 'lose'} packets" if losing else ""
    return f"{counted(len(hosts), 'host')}: {'; '.join(results) or 'none was reached'}{still}."
