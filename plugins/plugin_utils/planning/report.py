# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a course: the report of one host (:data:`remedied.REMEDIATION`), and what Ansible remembers."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import rounds
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import remedied

#: States of a step with which the host has what the step set.
IN_FORCE = ("standing", "kept", "confirmed", "unproved", "lost", "stuck")


def report(
    course: dict[str, Any], began: str, ended: str | None, events: list[dict[str, Any]], policy: dict[str, Any]
) -> dict[str, Any]:
    """The content of ``remediations/<host>.json``.

    :param ended: None while the course goes on: a run that ends in the middle leaves it so
    """
    plan = course["plan"] or {}
    first, last = course["measured"]["first"], course["measured"]["now"]
    told = {
        "schema_version": remedied.SCHEMA_VERSION,
        "host": course["host"],
        "run": course["run"],
        "check": course["check"],
        "began": began,
        "ended": ended,
        "result": rounds.result(course) if ended else None,
        "fails": rounds.fails(course) if ended else True,
        "still_losing": rounds.still_losing(course),
        "rounds": course["round"],
        "policy": policy,
        "before": measured(first, course["verdict"]["first"]),
        "after": measured(last, course["verdict"]["now"]) if course["steps"] else None,
        "steps": [_step(step) for step in course["steps"]] or _planned(course, plan),
        **{key: plan.get(key) or [] for key in ("advice", "refused", "waiting")},
        **{key: course[key] for key in ("left", "notes", "problems")},
        "carried": _carried(course),
        "events": events,
    }
    told["notes"] = [*told["notes"], *([f"plan {plan['digest']}"] if plan.get("digest") and plan["steps"] else [])]
    return told


def _carried(course: dict[str, Any]) -> dict[str, Any]:
    """What an earlier report says of transactions, for the next run: this report takes the place of that one."""
    if not course["looked"]:
        return {"known": course["known"], "ended": course["ended"]}
    gone = {one["id"] for one in course["left"] if one["did"] == "taken_back"}
    proved = {ident: said for ident, said in course["known"].items() if said == "proved" and ident not in gone}
    return {"known": proved, "ended": None}


def _step(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in ("measured_before", "unjudged")}


def _planned(course: dict[str, Any], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a plan of which none was begun."""
    nothing = {"transaction": None, "state": "planned", "outcome": None, "words": [], "before": None, "after": None}
    return [
        {"round": course["round"] + 1, "step": at, **step, **nothing}
        for at, step in enumerate(plan.get("steps") or [], 1)
    ]


def measured(found: dict[str, Any] | None, verdict: str | None) -> dict[str, Any] | None:
    """A measurement of :func:`proof.measure` in two numbers, None where there is none."""
    if found is None:
        return None
    interval_s = found["interval_s"]
    lost, traffic = sum((found["lost"] or {}).values()), found["traffic_packets"]
    return {
        "verdict": verdict,
        "lost_per_s": lost / interval_s if interval_s else None,
        "traffic_per_s": traffic / interval_s if interval_s and traffic is not None else None,
    }


def changed(told: dict[str, Any]) -> bool:
    """Whether the host is, or in check mode would be, other than before."""
    if told["check"]:
        return any(step["state"] == "planned" for step in told["steps"])
    gone_back = any(one["did"] == "taken_back" for one in told["left"])
    return gone_back or any(step["state"] in IN_FORCE for step in told["steps"])


def diff(told: dict[str, Any]) -> dict[str, str]:
    """What is other than before, ``{"before", "after"}``, a line each; in check mode what is planned."""
    states = ("planned",) if told["check"] else IN_FORCE
    changes = [made for step in told["steps"] if step["state"] in states for made in step["changes"] or []]
    # Of a value that was changed in several rounds, the first before and the last after.
    first: dict[tuple[Any, ...], Any] = {}
    last: dict[tuple[Any, ...], Any] = {}
    for made in changes:
        for key in made["to"]:
            place = (made["subject"] or "host", made["knob"], key)
            first.setdefault(place, made["from"].get(key))
            last[place] = made["to"][key]
    return {"before": _lines(first), "after": _lines(last)}


def _lines(values: dict[tuple[Any, ...], Any]) -> str:
    return "".join(
        f"{subject}: {knob} {key} {remedied.value(value)}\n" for (subject, knob, key), value in values.items()
    )


def slim(told: dict[str, Any]) -> dict[str, Any]:
    """What stays in Ansible's memory of it."""
    keys = ("run", "result", "fails", "still_losing", "rounds", "before", "after", "problems", "notes")
    of_step = ("round", "step", "finding", "transaction", "state", "outcome", "commands")
    return {
        **{key: told[key] for key in keys},
        "steps": [{key: step[key] for key in of_step} for step in told["steps"]],
        "advice": [{key: one.get(key) for key in ("finding", "text", "command")} for one in told["advice"]],
        "refused": [{key: one.get(key) for key in ("finding", "reason")} for one in told["refused"]],
        "summary": remedied.result_words(told),
    }
