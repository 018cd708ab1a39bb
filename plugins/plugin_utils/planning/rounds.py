# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course of a remediation: what is done next on a host, and what the outcome of it means.

A course is plain data, made by :func:`begin` and changed in place by :func:`did`. :func:`following` is what is to be
done next, one of :data:`INSTRUCTIONS`; who does it tells :func:`did` what came of it. Nothing here asks a host, a clock
or a file, so every order of events can be tried.

```
first audit ─► plan ─► look for what earlier runs left ─► apply each step ─► audit ─► judge each ─┬─► next round
                 ▲                                                                                │
                 └──────────── audit again, where something was taken back ◄──────────────────────┘
no step left, or the last round: final audit ─► judge again all that stands ─► keep ─► end
```

What is told of a step: ``{"round", "step", "finding", "why", "settings", "changes", "commands", "class",
"judge_after_s"}`` of its plan, ``transaction`` (its id on the host) and ``state``:

* ``planned``; ``refused`` before the first write; ``gone_back``, it failed and the host took it back by itself
* ``standing``: applied and confirmed, its fate is open; ``unjudged`` is True until it was measured
* ``taken_back``, ``kept``, ``confirmed`` (it holds until the host boots)
* ``unproved``: it holds, though it should have been taken back, which was refused
* ``stuck``: it could not be put back whole; ``lost``: nobody knows, since the host did not answer any more

and ``outcome`` (of :func:`proof.compare`), ``words``, ``before`` and ``after``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import RESULTS

#: What may have to be done. Each has ``do``, and what :func:`did` is told of it:
#:
#: * ``look``: ``{"transactions"}`` as the module lists them, or ``{"error"}``
#: * ``wait`` (``id``, ``for_s``): ``{}``, when that transaction was waited for
#: * ``audit`` (``why``: a key of :data:`AUDITS`; ``after_s``): ``{"measured", "verdict"}``, or ``{"error"}``
#: * ``plan``: ``{"plan", "closed"}``, closed is why nothing may be changed at this time, or None; or ``{"error"}``
#: * ``apply`` (``step``): ``{"end", "transaction", "words"}``, end is one of :data:`ENDS`
#: * ``take_back`` (``id``, ``why``): the same, end is taken_back, stuck, lost or failed
#: * ``keep`` (``id``): the same, end is kept, confirmed (it cannot be kept), lost or failed
INSTRUCTIONS = ("look", "wait", "audit", "plan", "apply", "take_back", "keep")

#: Why a host is audited.
AUDITS = {
    "first": "what there is to do",
    "again": "the plan of the next round, since the last measurement is of a state that is gone",
    "after": "what the steps of this round have done",
    "final": "whether all that stands still helps",
    "last": "how the host is left",
}

#: How the application of a step ends. ``cut``: it went back because no new connection came in time.
ENDS = ("confirmed", "refused", "gone_back", "cut", "stuck", "lost")

#: How the refusal of a host begins that decides something else now than the plan has, be it for an earlier step of the
#: same round: no fault of the idea.
DRIFTED = "drifted"

#: The outcomes that prove a step.
PROVED = ("gone", "improved")

#: A transaction in one of these phases ends by itself, or waits for its controller.
OPEN = ("armed", "applying", "applied", "taking_back")

#: So long after the deadline of a transaction a host is tried for, by the class of what was changed: going back is a
#: change as well, and may take the link away once more. The slowest that is known is an LACP aggregator, 90 s a port. A
#: host gives the process that makes the changes some seconds more before it takes another one.
MARGIN_S = {0: 75, 1: 90, 2: 240, 3: 240}


def begin(
    host: str,
    run: str,
    policy: dict[str, Any],
    check: bool = False,
    reviewed: bool = False,
    known: dict[str, str] | None = None,
    ended: str | None = None,
) -> dict[str, Any]:
    """A course that has not begun.

    :param policy: ``rounds`` and ``unchanged`` of it are looked at
    :param check: whether it ends with the plan
    :param reviewed: whether the plan is one that somebody reviewed: there is one round, and no plan after it
    :param known: what the stored report of an ended run says of transactions that it left, ``{id: "proved"}`` or
        ``{id: "unproved"}``
    :param ended: that run, where it ended in the middle: the host is asked what it left before it is audited
    """
    return {
        "host": host,
        "run": run,
        "rounds_most": 1 if reviewed else policy["rounds"],
        "unchanged": policy["unchanged"],
        "check": check,
        "known": dict(known or {}),
        "ended": ended,
        "looked": False,
        "waited": [],
        "queue": [*([{"do": "look"}] if ended and not check else []), _audit("first")],
        "plan": None,
        "steps": [],
        "round": 0,
        "again": False,
        "drifted": False,
        "measured": {"first": None, "before": None, "now": None},
        "verdict": {"first": None, "now": None},
        "tried": [],
        "left": [],
        "notes": [],
        "problems": [],
        "worst": None,
    }


def following(course: dict[str, Any]) -> dict[str, Any] | None:
    """What is to be done next, None at the end."""
    return course["queue"][0] if course["queue"] else None


def did(course: dict[str, Any], event: dict[str, Any], compare: Callable[..., dict[str, Any]]) -> None:
    """Take note of what came of :func:`following`, and decide what comes after it.

    :param compare: :func:`proof.compare`
    """
    done = course["queue"].pop(0)
    _HANDLERS[done["do"]](course, done, event, compare)


def result(course: dict[str, Any]) -> str:
    """What became of the host, a key of :data:`remedied.RESULTS`, when there is nothing left to do."""
    if course["worst"]:
        return course["worst"]
    states = [step["state"] for step in course["steps"]]
    plan = course["plan"] or {}
    if "kept" in states and "confirmed" not in states:
        return "kept"
    if "confirmed" in states or "kept" in states:
        return "confirmed"
    if "taken_back" in states or "gone_back" in states:
        return "taken_back"
    if states and set(states) == {"refused"}:
        return "refused"
    if plan.get("steps"):
        return "planned" if course["check"] else "waiting"
    return "no_remedy" if _wants(course, plan) else "nothing_to_do"


def _wants(course: dict[str, Any], plan: dict[str, Any]) -> bool:
    """Whether a host without a step loses packets, or may, all the same."""
    return course["verdict"]["now"] in ("losing", "at_risk") or bool(plan.get("refused"))


def fails(course: dict[str, Any]) -> bool:
    """Whether the host fails at its end."""
    return RESULTS[result(course)].fails


def still_losing(course: dict[str, Any]) -> bool:
    """Whether the host lost packets before and does so still."""
    return course["verdict"]["first"] == "losing" and course["verdict"]["now"] == "losing"


def standing(course: dict[str, Any], *states: str) -> list[dict[str, Any]]:
    """The steps in one of these states; by default those whose fate is open."""
    return [step for step in course["steps"] if step["state"] in (states or ("standing",))]


# --- what an earlier run left ---------------------------------------------------------------------------------------


def leftover(one: dict[str, Any], known: dict[str, str], ended: str | None = None) -> tuple[str, str]:
    """What is to be done about a transaction that the host has already, and why: ``(what, sentence)``.

    ``nothing``, ``tell``, ``wait`` (it ends by itself), ``take_back`` or ``stop`` (nothing may be changed here now).

    :param one: as the module lists it
    :param known: and *ended* as in :func:`begin`
    """
    told = f"transaction {one['id']} of {_whose(one)}"
    phase = one["phase"]
    if phase in OPEN:
        return "wait", f"{told} is {phase} and not confirmed: it goes back by itself{_within(one)}"
    if phase == "stuck":
        return "stop", f"{told} could not be put back: {one.get('why') or 'see history.yml'}; mend that first"
    if phase != "confirmed":
        return "nothing", ""
    reason = one.get("reason") or {}
    if reason.get("by") != "remediate":
        return "tell", f"{told} is confirmed and not kept: it is left as it is, for no remediation made it"
    if one.get("proved") or known.get(one["id"]) == "proved":
        return "tell", f"{told} helped and could not be kept: it holds until the host boots"
    age_s, busy_s = one.get("age_s"), reason.get("busy_s")
    busy_s = busy_s if isinstance(busy_s, (int, float)) else 0
    if one["id"] in known or reason.get("run") == ended or age_s is None or age_s > busy_s:
        return "take_back", f"{told} was confirmed, and its run ended before anything proved that it helped"
    return "stop", (
        f"{told} was confirmed {age_s:.0f} s ago, and that run may still be measuring: run this again in"
        f" {busy_s - age_s:.0f} s, or take it back with rollback.yml -e packetloss_transaction={one['id']}"
    )


def _whose(one: dict[str, Any]) -> str:
    reason = one.get("reason") or {}
    return f"run {reason['run']}" if reason.get("run") else "somebody"


def _within(one: dict[str, Any]) -> str:
    return f" within {one['left_s']:.0f} s" if one.get("left_s") else ""


def _looked(course, _done, event, _compare):
    if event.get("error"):
        _fail(course, "failed", f"what earlier runs left on the host could not be read: {event['error']}")
        return
    waits, back = [], []
    for one in event["transactions"]:
        what, words = leftover(one, course["known"], course["ended"])
        if what == "nothing":
            for each in course["left"]:
                if each["id"] == one["id"]:
                    each.update(phase=one["phase"], did=one["phase"])
            continue
        if what == "wait" and one["id"] in course["waited"]:
            what, words = "stop", f"{words}; it was waited for, and it has not"
        course["left"] = [each for each in course["left"] if each["id"] != one["id"]]
        course["left"].append({"id": one["id"], "phase": one["phase"], "did": what, "words": [words]})
        if what == "stop":
            _fail(course, "failed", words)
            return
        if what == "wait":
            waits.append({"do": "wait", "id": one["id"], "for_s": one.get("left_s") or 0})
        if what == "take_back":
            back.append({"do": "take_back", "id": one["id"], "why": "nothing proved that it helped"})
    if waits:
        course["queue"] = [*waits, {"do": "look"}, *course["queue"]]
        return
    course["looked"] = True
    # Where the plan was made already it was made of a host with these in force, or with one that went back since.
    measured_with_it = course["plan"] is not None and (back or course["waited"])
    course["queue"] = [*back, *course["queue"]]
    if measured_with_it:
        course["queue"] += [_audit("again"), {"do": "plan"}]
    elif course["plan"] is not None:
        _start_round(course)


def _waited(course, done, _event, _compare):
    course["waited"].append(done["id"])


# --- rounds ---------------------------------------------------------------------------------------------------------


def _audit(why: str, after_s: float = 0) -> dict[str, Any]:
    return {"do": "audit", "why": why, "after_s": after_s}


def _audited(course, done, event, compare):
    if event.get("error"):
        _not_audited(course, done, event["error"])
        return
    course["measured"]["now"], course["verdict"]["now"] = event["measured"], event["verdict"]
    if done["why"] == "first":
        course["measured"]["first"], course["verdict"]["first"] = event["measured"], event["verdict"]
        course["queue"].append({"do": "plan"})
    elif done["why"] == "after":
        _judge(course, compare)
    elif done["why"] == "final":
        _judge_again(course, compare)


def _not_audited(course, done, error):
    if done["why"] == "first":
        _fail(course, "unread", error)
    elif done["why"] == "last":
        course["notes"].append(f"how the host is left could not be measured: {error}")
    else:
        _fail(course, "failed", f"the host could not be audited ({AUDITS[done['why']]}): {error}")


def _planned(course, _done, event, _compare):
    if event.get("error"):
        _fail(course, "failed", event["error"])
        return
    plan = course["plan"] = event["plan"]
    if not plan["steps"]:
        _finish(course)
    elif event.get("closed"):
        course["notes"].append(event["closed"])
        if not course["check"]:
            _finish(course)
    elif course["check"]:
        return
    elif course["looked"]:
        _start_round(course)
    else:
        # Asked only where something is to be changed: a host with nothing to do costs no more than its audit.
        course["queue"].append({"do": "look"})


def _start_round(course):
    course["round"] += 1
    course["again"] = course["drifted"] = False
    course["measured"]["before"] = course["measured"]["now"]
    for at, step in enumerate(course["plan"]["steps"], 1):
        record = {
            "round": course["round"],
            "step": at,
            **step,
            "transaction": None,
            "state": "planned",
            "unjudged": True,
            "outcome": None,
            "words": [],
            "before": None,
            "after": None,
            "measured_before": course["measured"]["before"],
        }
        course["steps"].append(record)
        course["queue"].append({"do": "apply", "step": record})


def _applied(course, done, event, _compare):
    step, end = done["step"], event["end"]
    step["transaction"] = event.get("transaction")
    step["words"] += event.get("words") or []
    step["state"] = {"confirmed": "standing", "cut": "gone_back"}.get(end, end)
    drifted = end == "refused" and any(words.startswith(DRIFTED) for words in event.get("words") or [])
    course["drifted"] = course["drifted"] or drifted
    if end in ("refused", "gone_back") and not drifted:
        # The host is as it was: the other ideas are no worse for it.
        _tried(course, step, "failed")
    elif end == "cut":
        why = "; ".join((event.get("words") or ["no new connection came"])[:2])
        _fail(course, "failed", f"{_named(step)} was not confirmed in time, and the host went back by itself: {why}")
    elif end in ("stuck", "lost"):
        _fail(course, end, f"{_named(step)}: {'; '.join(event.get('words') or [end])}")
    if course["queue"] or course["worst"]:
        return
    applied = [each for each in standing(course) if each["unjudged"]]
    if applied:
        course["queue"].append(_audit("after", max(each.get("judge_after_s") or 0 for each in applied)))
    else:
        _next_round(course, moved=course["drifted"])


def _named(step: dict[str, Any]) -> str:
    return f"step {step['step']} of round {step['round']} ({step['finding']})"


def _tried(course, step, outcome):
    course["tried"].append({"finding": step["finding"], "settings": step["settings"], "outcome": outcome})


def _judge(course, compare):
    judged = [step for step in standing(course) if step["unjudged"]]
    for step in judged:
        _compared(course, step, compare)
    if judged and not course["again"] and all(step["outcome"] == "not_comparable" for step in judged):
        # Traffic has its pauses: once more before it is given up.
        course["again"] = True
        course["queue"].append(_audit("after"))
        return
    back = []
    for step in judged:
        step["unjudged"] = False
        _tried(course, step, "failed" if step["outcome"] == "not_comparable" else step["outcome"])
        if not _stays(course, step["outcome"]):
            back.append(_back(step))
    course["queue"] += reversed(back)
    if course["again"] and len(back) == len(judged) and all(step["outcome"] == "not_comparable" for step in judged):
        course["notes"].append("nothing can be proved with the traffic of this time: run it again under the usual load")
        course["rounds_most"] = course["round"]
    _next_round(course, moved=bool(back))


def _compared(course, step, compare):
    found = compare(step["measured_before"], course["measured"]["now"], step["finding"])
    step["outcome"], step["before"], step["after"] = found["outcome"], found["before"], found["after"]
    step["words"].append(found["words"])


def _stays(course, outcome: str) -> bool:
    return outcome in PROVED or (outcome == "unchanged" and course["unchanged"] == "keep")


def _back(step):
    return {"do": "take_back", "id": step["transaction"], "why": WHY_BACK[step["outcome"]]}


#: Why a step is taken back of which nothing was measured.
UNPROVED = "the run ended before anything proved that it helped"

#: Why a step is taken back, by its outcome.
WHY_BACK = {
    "worse": "it was worse afterwards",
    "unchanged": "it changed nothing, and costs what it costs",
    "not_comparable": "nothing proved that it helped: the traffic of before and after cannot be compared",
}


def _next_round(course, moved):
    """*moved*: whether the last measurement is of a state that the host will not be in any more."""
    if course["round"] >= course["rounds_most"]:
        course["queue"] += (
            [{"do": "audit", "why": "last", "after_s": 0}] if moved and not _left_standing(course) else []
        )
        _finish(course)
        return
    course["queue"] += [_audit("again")] if moved else []
    course["queue"].append({"do": "plan"})


def _left_standing(course):
    going = {each["id"] for each in course["queue"] if each["do"] == "take_back"}
    return [step for step in standing(course) if step["transaction"] not in going]


# --- the end --------------------------------------------------------------------------------------------------------


def _finish(course):
    left = _left_standing(course)
    if left:
        # A remedy may only have put off a loss: what was judged well is looked at once more, later.
        course["queue"].append(_audit("final"))


def _judge_again(course, compare):
    left, back = standing(course), []
    for step in left:
        found = compare(step["measured_before"], course["measured"]["now"], step["finding"])
        step["words"].append(f"at the end: {found['words']}")
        if found["outcome"] == "not_comparable":
            # It was proved when it was made.
            continue
        if not _stays(course, found["outcome"]):
            step["outcome"], step["before"], step["after"] = found["outcome"], found["before"], found["after"]
            back.append(_back(step))
    going = {each["id"] for each in back}
    course["queue"] += reversed(back)
    course["queue"] += [{"do": "keep", "id": step["transaction"]} for step in left if step["transaction"] not in going]
    course["queue"] += [_audit("last")] if back else []


def _fail(course, worst, words):
    """The host fails: what nobody proved is taken back, what was proved is kept, and nothing else is begun."""
    course["problems"].append(words)
    before = course["worst"]
    course["worst"] = min(filter(None, (before, worst)), key=list(RESULTS).index)
    if worst == "lost":
        course["queue"] = []
        return
    if before:
        # It is on its way out already, and the rest of that is still right.
        return
    left = standing(course)
    proved = [step for step in left if not step["unjudged"] and _stays(course, step["outcome"])]
    course["queue"] = [
        _back(step) if step["outcome"] in WHY_BACK else {"do": "take_back", "id": step["transaction"], "why": UNPROVED}
        for step in reversed(left)
        if step not in proved
    ]
    course["queue"] += [{"do": "keep", "id": step["transaction"]} for step in proved]
    course["queue"] += [_audit("last")] if course["steps"] else []


def _took_back(course, done, event, _compare):
    words = event.get("words") or []
    for step in course["steps"]:
        if step["transaction"] == done["id"]:
            step["words"] += [f"taken back: {done['why']}", *words]
            step["state"] = event["end"] if event["end"] != "failed" else "unproved"
            step["unjudged"] = False
    for one in course["left"]:
        if one["id"] == done["id"]:
            one["words"] += words
            one["did"] = event["end"]
    if event["end"] != "taken_back":
        _fail(course, event["end"], f"transaction {done['id']} could not be taken back: {'; '.join(words)}")


def _kept(course, done, event, _compare):
    words = event.get("words") or []
    for step in course["steps"]:
        if step["transaction"] == done["id"]:
            step["words"] += words
            step["state"] = event["end"] if event["end"] == "kept" else "confirmed"
    if event["end"] not in ("kept", "confirmed"):
        _fail(course, event["end"], f"transaction {done['id']} could not be kept: {'; '.join(words)}")


_HANDLERS = {
    "look": _looked,
    "wait": _waited,
    "audit": _audited,
    "plan": _planned,
    "apply": _applied,
    "take_back": _took_back,
    "keep": _kept,
}


# --- one transaction, from the controller ---------------------------------------------------------------------------


def poll(seen: dict[str, Any] | None, left_s: float, margin_s: float) -> str:
    """What to do about a transaction that was armed, from what is seen of it over a new connection.

    ``confirm``, ``again`` (ask once more), ``over`` (its phase says how), or ``give_up``: the host did not answer, and
    it is so long after the deadline that what it did then cannot be the reason any more.

    :param seen: the status of the transaction, None where the host did not answer
    :param left_s: seconds until its deadline, by the clock of the controller
    :param margin_s: of :data:`MARGIN_S`
    """
    phase = seen and seen.get("phase")
    if phase == "applied" and left_s > 0:
        return "confirm"
    if phase is not None and phase not in OPEN:
        return "over"
    return "again" if left_s > -margin_s else "give_up"


def ended(seen: dict[str, Any] | None, answered_in_time: bool) -> str:
    """How the application of a step ended, one of :data:`ENDS`.

    :param seen: the last status of its transaction, None where the host does not answer
    :param answered_in_time: whether the host answered over a new connection before the deadline
    """
    phase = seen and seen.get("phase")
    if phase in ("confirmed", "kept"):
        return "confirmed"
    if phase == "taken_back":
        return "gone_back" if answered_in_time else "cut"
    return "stuck" if phase == "stuck" else "lost"
