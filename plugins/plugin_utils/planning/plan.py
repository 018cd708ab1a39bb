# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the findings of a host to a plan: the next step against each cause, bounded and priced, the rest for people.

A plan is ``{"schema_version", "host", "made_at", "run", "error", "steps", "advice", "refused", "waiting", "memory",
"state", "digest"}``:

* a step ``{"finding", "severity", "why", "settings", "changes", "class", "commands", "judge_after_s", "conflicts",
  "memory", "notes", "later"}``: settings that are made as one; ``changes`` of them are None where the host has to
  decide, ``memory`` is ``{"need_bytes", "peak_bytes"}`` or None, ``later`` is what would be tried next (commands)
* an advice ``{"finding", "text", "command", "why_not"}``
* what is refused ``{"finding", "settings", "reason"}``, what waits ``{"finding", "for": [findings], "why"}``
* ``memory``: the budget of all steps together (``ring_memory.budget``), or None
* ``state``: ``{"boot_id", "taken_at", "values": [{"knob", "subject", "from"}]}``, what the plan rests on
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import affinity, ideas, waits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.decided import (
    Decided,
    decide,
    largest_ring,
    passes,
    priced,
    takes_memory,
    told,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.digest import DIGEST, digest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.kept import PlanError, load
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import NAME as POLICY
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import forbidden
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.sentences import (
    because,
    noted,
    owners,
    standing,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import now
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.basis import is_since_boot
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    count,
    dig,
    number,
    plain,
    table,
    text,
)

__all__ = ["SCHEMA_VERSION", "PlanError", "digest", "drift", "load", "make"]

SCHEMA_VERSION = 1

#: Why nothing is planned of a host of which there is one reading alone.
ONE_READING = (
    "there is one reading of the host alone, so it is not known whether the loss goes on, and after a change nobody "
    "could tell whether it helped: audit it, or capture it twice, and plan again"
)

#: What says of the state that a plan rests on, of each change.
_OF_STATE = ("knob", "subject", "from")


def make(
    host: str,
    document: dict[str, Any] | None,
    found: dict[str, Any],
    policy: dict[str, Any],
    tried: Iterable[dict[str, Any]] = (),
    made_at: str | None = None,
) -> dict[str, Any]:
    """The plan for one host.

    :param document: its host document, None where it could not be read
    :param found: its findings, as the store keeps them (``hosts/<host>.findings.json``)
    :param policy: of :func:`policy.checked`
    :param tried: what was done in earlier rounds, the last one last: ``[{"finding", "settings", "outcome"}]``, outcomes
        of :mod:`proof` or "failed". What did not help is not proposed again; of what improved, the next step is
    :param made_at: the time that is noted; now

    A host of which there is one reading alone (``meta.basis`` "boot") gets advice in the place of steps.
    """
    planner = _Planner(document or {}, policy, list(tried))
    error = found.get("error")
    if document is None or error:
        error = error or "it was not read, so there is nothing to plan from"
    else:
        planner.plan([one for one in found["findings"] if _is_planned(one, policy)])
        if is_since_boot(document):
            planner.only_advise()
    plan = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "host": host,
            "made_at": made_at or now(),
            "run": found.get("run"),
            "error": error,
            "steps": planner.steps,
            "advice": planner.advice,
            "refused": planner.refused,
            "waiting": planner.waiting,
            "memory": told(planner.budget),
            "state": _state(document or {}, planner.steps),
        }
    )
    return {**plan, DIGEST: digest(plan)}


def _is_planned(finding: dict[str, Any], policy: dict[str, Any]) -> bool:
    return finding["severity"] in policy["severities"] and finding["rule"] not in ideas.HARMLESS


def drift(plan: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What of a host is no longer as it was when the plan was made, in sentences; [] where the plan still holds.

    What it would change is decided again on a fresh document. What only the host can decide is not compared.
    """
    found = []
    for step in plan["steps"]:
        if step["changes"] is None:
            continue
        try:
            changes = decide(document, step["settings"]).changes
        except Refused as error:
            found.append(f"{step['finding']}: {error}")
            continue
        planned, present = (
            {(one["knob"], one["subject"]): (one["from"], one["to"]) for one in each}
            for each in (step["changes"], changes)
        )
        for knob, subject in sorted(planned.keys() | present.keys(), key=str):
            if planned.get((knob, subject)) != present.get((knob, subject)):
                found.append(
                    f"{step['finding']}: {knob} of {subject or 'the host'} was planned"
                    f" {_told(planned.get((knob, subject)))}, and is now {_told(present.get((knob, subject)))}"
                )
    return found


def _told(sides: tuple[dict[str, Any], dict[str, Any]] | None) -> str:
    return f"from {sides[0]} to {sides[1]}" if sides else "as it is wanted already"


def _state(document: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    meta = table(document, "meta")
    values = [{key: made[key] for key in _OF_STATE} for step in steps for made in step["changes"] or ()]
    return {"boot_id": text(meta.get("boot_id")), "taken_at": text(meta.get("taken_at")), "values": values}


class _Planner:
    """One plan while it is made: each finding gets the first idea that is possible and was not tried in vain."""

    def __init__(self, document: dict[str, Any], policy: dict[str, Any], tried: list[dict[str, Any]]):
        self.document, self.policy, self.tried = document, policy, tried
        self.steps: list[dict[str, Any]] = []
        self.advice: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.budget: dict[str, Any] | None = None
        #: The changes of the steps, those too that the host decides again: their memory counts.
        self.changes: list[dict[str, Any]] = []
        #: What is set by the steps that there are: ``{(knob, subject, key): finding}``.
        self.taken: dict[tuple[str, Any, str], str] = {}

    def plan(self, findings: list[dict[str, Any]]) -> None:
        """Plan for all findings, those that explain others first."""
        beside = _beside(findings)
        followers = {one["id"] for one in beside.values()}
        acting: set[str] = set()
        for finding in waits.in_order(findings, beside):
            if finding["id"] in followers:
                leads = next(lead for lead, follower in beside.items() if follower is finding)
                self._wait(finding, [leads], "its sysctls go together with the ring")
                continue
            explained = waits.explained_by(finding, findings, acting, beside.get(finding["id"]))
            if explained:
                self._wait(finding, explained, "it is explained by what is looked at first")
                acting.add(finding["id"])
                continue
            if self._step(finding, beside.get(finding["id"])):
                acting.add(finding["id"])
            self.advice += ideas.advice(finding)

    def only_advise(self) -> None:
        """Hand every step to a person, since nobody can tell what is so now."""
        told = [
            {
                "finding": step["finding"],
                "text": step["why"],
                "command": "; ".join(step["commands"]),
                "why_not": ONE_READING,
            }
            for step in self.steps
        ]
        self.steps, self.advice, self.budget = [], [*told, *self.advice], None

    def _wait(self, finding: dict[str, Any], for_whom: list[str], why: str) -> None:
        self.waiting.append({"finding": finding["id"], "for": for_whom, "why": why})

    def _step(self, finding: dict[str, Any], beside: dict[str, Any] | None) -> bool:
        """Make the step for a finding; whether something is done about it, now or later."""
        possible = ideas.ideas(finding, beside)
        outcomes = [ideas.outcomes(idea.settings, finding["id"], self.tried) for idea in possible]
        left = [(idea, ended) for idea, ended in zip(possible, outcomes) if not set(ended).intersection(ideas.FAILED)]
        # What has helped goes on before anything else begins.
        left.sort(key=lambda one: ideas.IMPROVED not in one[1])
        for place, (idea, ended) in enumerate(left):
            settings = idea.settings
            if ended and ended[-1] == ideas.IMPROVED:
                settings = ideas.leapt(settings, ideas.leap(finding))
            settings = [affinity.as_policy(self.document, one) for one in settings]
            settings, others = self._not_taken(settings)
            if not settings:
                self._wait(finding, others, "the same is set for it already")
                return True
            try:
                step = self._made(finding, idea._replace(settings=settings))
            except _TooMany:
                most = self.policy["steps"]
                self._wait(finding, [one["finding"] for one in self.steps], f"{POLICY}.steps is {most}")
                return True
            except Refused as error:
                self.refused.append({"finding": finding["id"], "settings": settings, "reason": str(error)})
                continue
            if step:
                rest = [ideas.command(one) for later, _ended in left[place + 1 :] for one in later.settings]
                self.steps.append({**step, "later": rest})
                self._take(step)
                return True
        return False

    def _not_taken(self, settings: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
        """The settings without what an earlier step sets already, and the findings of those steps."""
        kept, others = [], []
        for one in settings:
            values = {}
            for key, value in one["values"].items():
                of = self.taken.get(_place(one, key))
                if of is None:
                    values[key] = value
                else:
                    others.append(of)
            if values:
                kept.append({**one, "values": values})
        return kept, list(dict.fromkeys(others))

    def _take(self, step: dict[str, Any]) -> None:
        for one in step["settings"]:
            for key in one["values"]:
                self.taken[_place(one, key)] = step["finding"]

    def _made(self, finding: dict[str, Any], idea: ideas.Idea) -> dict[str, Any] | None:
        """The step that an idea is, None where all is so already; raises Refused, and _TooMany."""
        settings, cut = [], []
        for one in idea.settings:
            bounded, keys = ideas.bounded(_within(self.document, one), self.policy["ceilings"])
            settings.append(bounded)
            cut += keys
        settings += _needed(self.document, settings)
        settings, left_out = self._allowed(settings)
        decided = decide(self.document, settings)
        if not decided.changes:
            if cut:
                ceilings = ", ".join(f"{key} {self.policy['ceilings'][_ceiling(settings, key)]}" for key in cut)
                raise Refused(f"it is at the ceiling of {POLICY}.ceilings already: {ceilings}")
            return None
        for made in decided.changes:
            if why := self._forbidden(made, made["class"]):
                raise Refused(why)
        if len(self.steps) >= self.policy["steps"]:
            raise _TooMany
        settings, decided = self._fitting(finding, settings, decided)
        self.changes += decided.changes
        return self._step_of(finding, idea, settings, decided, [*left_out, *(_at_ceiling(key) for key in cut)])

    def _allowed(self, settings: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
        """The settings that the policy allows, and of the others why not; raises Refused where none that leads is."""
        allowed, left_out = [], []
        for one in settings:
            if why := self._forbidden(one):
                left_out.append(f"without {one['knob']} of {one['subject'] or 'the host'}: {why}")
            else:
                allowed.append(one)
        if settings[0]["knob"] not in {one["knob"] for one in allowed}:
            raise Refused(self._forbidden(settings[0]))
        return allowed, left_out

    def _forbidden(self, setting: dict[str, Any], disruption: int | None = None) -> str | None:
        return forbidden(self.policy, setting, disruption, table(self.document, "nics"))

    def _fitting(
        self, finding: dict[str, Any], settings: list[dict[str, Any]], decided: Decided
    ) -> tuple[list[dict[str, Any]], Decided]:
        """The settings with rings that fit beside those of all other steps; raises Refused where none larger does."""
        if not takes_memory(decided.changes):
            return settings, decided
        priced_all, budget = self._priced(decided)
        if passes(budget):
            self.budget = budget
            return settings, decided._replace(changes=priced_all)
        reason, smaller = _too_large(budget, settings, decided)
        if smaller is None:
            raise Refused(reason)
        less = decide(self.document, smaller)
        priced_all, lower = self._priced(less)
        if not passes(lower) or not any(made["knob"] == "ring" for made in less.changes):
            raise Refused(reason)
        self.refused.append({"finding": finding["id"], "settings": settings, "reason": f"{reason} It is planned so."})
        self.budget = lower
        return smaller, less._replace(changes=priced_all)

    def _priced(self, decided: Decided) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The changes with their prices, and the budget of them together with those of all other steps."""
        dear, budget = priced(self.document, [*self.changes, *decided.changes], self.policy["memory_reserve"])
        return dear[len(self.changes) :], budget

    def _step_of(
        self,
        finding: dict[str, Any],
        idea: ideas.Idea,
        settings: list[dict[str, Any]],
        decided: Decided,
        said: list[str],
    ) -> dict[str, Any]:
        takes = [made["memory"] for made in decided.changes if made["memory"]]
        return {
            "finding": finding["id"],
            "severity": finding["severity"],
            "why": because(finding, number(dig(self.document, "meta", "interval_s"))),
            "settings": settings,
            "changes": None if decided.on_the_host else decided.changes,
            "class": decided.disruption,
            "commands": [_command(one, decided) for one in settings],
            "judge_after_s": waits.judge_after_s(settings, idea.conflicts),
            "conflicts": [*map(standing, idea.conflicts), *owners(self.document, settings)],
            "memory": {key: sum(one[key] for one in takes) for key in ("need_bytes", "peak_bytes")} if takes else None,
            "notes": [*noted(decided, settings), *said],
        }


def _place(setting: dict[str, Any], key: str) -> tuple[str, Any, str]:
    """What a key of a setting sets. A policy and the CPUs of some interrupts are about the same."""
    return setting["knob"], setting["subject"], "" if setting["knob"] == affinity.KNOB else key


class _TooMany(Exception):
    """There are as many steps as the policy allows in a round."""


def _beside(findings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """``{finding about a ring: the finding about its polling}``."""
    polling = {one["subject"]["name"]: one for one in findings if one["rule"] == ideas.POLLING}
    return {
        one["id"]: polling[one["subject"]["name"]]
        for one in findings
        if one["rule"] in ideas.RINGS and one["subject"]["name"] in polling
    }


def _needed(document: dict[str, Any], settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What settings need besides: a RSS table that is even over all queues stays as it is when there are more of them
    and somebody had set it (igb), and the new ones get nothing. A table with weights was meant so, and stays.
    """
    named = {one["subject"] for one in settings if one["knob"] == "rss"}
    found = []
    for one in settings:
        weights = [count(each) for each in table(document, "nics", str(one["subject"]), "rss", "weights").values()]
        if one["knob"] != "channels" or one["subject"] in named or not weights or None in weights:
            continue
        if max(weights) - min(weights) <= 1:
            found.append({"knob": "rss", "subject": one["subject"], "values": dict(ideas.TABLE_BACK)})
    return found


def _within(document: dict[str, Any], setting: dict[str, Any]) -> dict[str, Any]:
    """A setting with no ring larger than the hardware has: a step that was made larger may be beyond it."""
    most = number(dig(document, "nics", str(setting["subject"]), "rings", "rx_max"))
    size = setting["values"].get("rx")
    if setting["knob"] != "ring" or not most or not isinstance(size, int) or size <= most:
        return setting
    return {**setting, "values": {**setting["values"], "rx": int(most)}}


def _at_ceiling(key: str) -> str:
    return f"{key}: no more than {POLICY}.ceilings allows"


def _command(setting: dict[str, Any], decided: Decided) -> str:
    """What a person would type; of a policy what it makes of the interrupts."""
    if affinity.POLICY in setting["values"]:
        made = next(one for one in decided.changes if (one["knob"], one["subject"]) == _of(setting))
        setting = {**setting, "values": affinity.moved(made)}
    return ideas.command(setting)


def _of(setting: dict[str, Any]) -> tuple[str, Any]:
    return setting["knob"], setting["subject"]


def _ceiling(settings: list[dict[str, Any]], key: str) -> str:
    """The name of the ceiling that cut a key."""
    knob = next(one["knob"] for one in settings if key in one["values"])
    return key if knob == "sysctl" else f"{knob}.{key}"


def _too_large(
    budget: dict[str, Any], settings: list[dict[str, Any]], decided: Decided
) -> tuple[str, list[dict[str, Any]] | None]:
    """Why a budget does not pass, and the settings with the largest rings that do, where those are larger than now."""
    said, smaller, offered = [budget["sentence"]], [], False
    now_of = {made["subject"]: made["from"] for made in decided.changes if made["knob"] == "ring"}
    for one in settings:
        if one["knob"] != "ring" or "rx" not in now_of.get(one["subject"], ()):
            smaller.append(one)
            continue
        largest = largest_ring(budget, one["subject"])
        if largest is None:
            said.append(f"No receive ring of {one['subject']} can be said to fit.")
        else:
            said.append(f"The largest receive ring of {one['subject']} that fits is {largest}.")
            if now_of[one["subject"]]["rx"] < largest < one["values"]["rx"]:
                offered = True
                one = {**one, "values": {**one["values"], "rx": largest}}
        smaller.append(one)
    return " ".join(said), smaller if offered else None
