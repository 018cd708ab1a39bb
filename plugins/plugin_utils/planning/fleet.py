# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of many hosts as one: what plans.json holds, its pages, and what a person sees on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import CLASSES, UNKNOWN_CLASS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.kept import path_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.sentences import brief
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import rendered
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import cut, wrapped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, mebibytes, printable

SCHEMA_VERSION = 1

#: The screen names so many hosts with a plan, and so many that were not read.
MOST_HOSTS, MOST_UNREAD = 40, 10

#: A plan takes so many lines of it at most.
MOST_LINES = 4

_HERE = Path(__file__).parent


def summarise(
    plans: Iterable[dict[str, Any]], generated_at: str, run: str | None = None, skipped: Iterable[Skipped] = ()
) -> dict[str, Any]:
    """All plans of a fleet, as plans.json holds them: those that change most first.

    ``{"schema_version", "generated_at", "run", "hosts", "totals", "skipped"}``. A host is ``{"name", "plan", "error",
    "digest", "steps": [in a few words], "knobs": {knob: changes}, "class", "need_bytes", "peak_bytes", "refused",
    "waiting", "advice"}``, the last three being numbers. ``totals`` are ``{"hosts", "planned", "nothing", "unread",
    "refused", "steps", "knobs", "need_bytes", "most_peak_bytes", "class", "outage"}``: hosts by what they have, the
    class of the most disturbing step and its words. A host by itself takes ``most_peak_bytes`` at most.
    """
    hosts = sorted((_host(plan) for plan in plans), key=lambda one: (-one["class"], -len(one["steps"]), one["name"]))
    knobs: Counter[str] = Counter()
    for host in hosts:
        knobs.update(host["knobs"])
    worst = max((host["class"] for host in hosts if host["steps"]), default=0)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "run": run,
        "hosts": hosts,
        "totals": {
            "hosts": len(hosts),
            "planned": sum(bool(host["steps"]) for host in hosts),
            "nothing": sum(not host["steps"] and host["error"] is None for host in hosts),
            "unread": sum(host["error"] is not None for host in hosts),
            "refused": sum(bool(host["refused"]) for host in hosts),
            "steps": sum(len(host["steps"]) for host in hosts),
            "knobs": dict(sorted(knobs.items())),
            "need_bytes": sum(host["need_bytes"] for host in hosts),
            "most_peak_bytes": max((host["peak_bytes"] for host in hosts), default=0),
            "class": worst,
            "outage": meaning(worst),
        },
        "skipped": [one._asdict() for one in skipped],
    }


def meaning(disruption: int) -> str:
    """What a class does to traffic."""
    return CLASSES.get(disruption, CLASSES[UNKNOWN_CLASS])


def _host(plan: dict[str, Any]) -> dict[str, Any]:
    memory = plan["memory"] or {"need_bytes": 0, "peak_bytes": 0}
    knobs = Counter(one["knob"] for step in plan["steps"] for one in step["changes"] or step["settings"])
    return {
        "name": plan["host"],
        "plan": path_of(plan["host"]),
        "error": plan["error"],
        "digest": plan["digest"],
        "steps": [brief(step) for step in plan["steps"]],
        "knobs": dict(sorted(knobs.items())),
        "class": max((step["class"] for step in plan["steps"]), default=0),
        "need_bytes": memory["need_bytes"],
        "peak_bytes": memory["peak_bytes"],
        **{key: len(plan[key]) for key in ("refused", "waiting", "advice")},
    }


def page(plan: dict[str, Any]) -> str:
    """The plan of a host for a reviewer. What a host said is escaped, so that nothing in it is markup."""
    return rendered(_HERE / "plan.md.j2", plan=plan, classes=CLASSES)


def fleet_page(summary: dict[str, Any]) -> str:
    """The plans of all hosts for a reviewer."""
    return rendered(_HERE / "plans.md.j2", fleet=summary)


def lines(summary: dict[str, Any], width: int) -> list[str]:
    """The plans for the screen: a line for each host that has steps, and the sum of all."""
    planned = [host for host in summary["hosts"] if host["steps"]]
    told = []
    for host in planned[:MOST_HOSTS]:
        said = f"{printable(host['name'])}: {counted(len(host['steps']), 'step')} ({'; '.join(host['steps'])})"
        told += wrapped(said, width, MOST_LINES)
    if len(planned) > MOST_HOSTS:
        told.append(f"... and {counted(len(planned) - MOST_HOSTS, 'host')} more: see plans.md")
    unread = [host for host in summary["hosts"] if host["error"] is not None]
    told += [cut(printable(f"NO PLAN  {host['name']}  {host['error']}"), width) for host in unread[:MOST_UNREAD]]
    if len(unread) > MOST_UNREAD:
        told.append(f"... and {counted(len(unread) - MOST_UNREAD, 'host')} more without a plan: see plans.md")
    told += [cut(printable(f"Skipped {one['file']}: {one['why']}"), width) for one in summary["skipped"][:MOST_UNREAD]]
    return [*told, *([""] if told else []), *wrapped(_sum(summary["totals"]), width)]


def _sum(totals: dict[str, Any]) -> str:
    said = [f"{totals['planned']:,} with a plan", f"{totals['nothing']:,} with nothing to change"]
    said += [f"{totals['unread']:,} without a plan"] if totals["unread"] else []
    told = f"{counted(totals['hosts'], 'host')}: {', '.join(said)}."
    if totals["refused"]:
        told += f" Of {totals['refused']:,} something was refused: see plans.md."
    if totals["steps"]:
        knobs = ", ".join(f"{count:,} {knob}" for knob, count in totals["knobs"].items())
        told += (
            f" {counted(totals['steps'], 'step')} ({knobs}); memory {mebibytes(totals['need_bytes'])} in all; the most"
            f" that happens to traffic is class {totals['class']}: {totals['outage']}."
        )
    return told
