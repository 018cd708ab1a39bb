# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says of one host where it loses packets: the rules of ``rules/*.yml`` over its document and its signals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import pointer
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import (
    LAYERS,
    SEVERITIES,
    Case,
    Evidence,
    Rule,
    RuleError,
    load_rules,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.derive import QUANTITIES, derive
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    delta,
    dig,
    entries,
    number,
    per_second,
    plain,
    table,
)

__all__ = ["RuleError", "diagnose", "load_rules"]

#: What stands behind the part of the signals in a ``for_each``: a filter.
PART = re.compile(r"\[.*")

#: The last name of a path in an expression.
LAST_NAME = re.compile(r"[a-z]\w*")

#: The types of subjects, by the part of the signals that a rule is asked about.
TYPES = {
    "nics": "nic",
    "virtual.taps": "nic",
    "backlog": "cpu",
    "qdiscs": "qdisc",
    "neighbour": "neighbour_table",
    "udp": "protocol",
    "sockets": "socket",
    "glitches": "counters",
}

#: An entry for several equal subjects names this many of them.
NAMES_SHOWN = 8

#: The verdict that the worst finding makes.
VERDICT_OF = {"loss": "losing", "risk": "at_risk"}

#: The parts of a document without which a host that shows no loss cannot be called clean.
ESSENTIAL = (("softnet", "cpus"), ("protocols", "snmp"), ("protocols", "netstat"))

#: A NIC of which neither can be believed had an empty or a wild reading: what else it said is worth nothing.
TRAFFIC = ("rx_packets", "tx_packets")


def diagnose(document: dict[str, Any], rules: list[Rule]) -> dict[str, Any]:
    """What is wrong with a host.

    :param document: a host document, schema_version 1
    :param rules: those of :func:`load_rules`

    Returns ``{"verdict", "findings", "not_judged", "reasons", "measured"}``. The verdict is "losing" with any loss,
    else "at_risk" with any risk, else "unknown" where ``reasons`` says what essential is missing, else "clean".
    Findings are sorted worst first; ``not_judged`` lists ``{"rule", "reason", "count", "subjects"}`` for each rule
    whose inputs were missing, equal ones once. ``measured`` says what was looked at, in the form of an evidence: a
    clean host has numbers to show too.
    """
    signals = derive(document)
    scope = {"doc": document, "signals": signals, "host": signals["host"]}
    findings: list[dict[str, Any]] = []
    not_judged: dict[tuple[str, str], list[Any]] = {}
    for rule in rules:
        for it in subjects(rule, scope):
            seen = {**scope, "it": it}
            subject = rule.subject.value(seen) if rule.subject else None
            holds = rule.when.judge(seen)
            if holds:
                findings.append(finding(rule, seen, subject))
            elif holds is None:
                not_judged.setdefault((rule.id, lacking(rule, seen)), []).append(subject)
    findings.sort(key=rank)
    reasons = unknown_because(document)
    severities = {found["severity"] for found in findings}
    verdict = next((VERDICT_OF[severity] for severity in VERDICT_OF if severity in severities), None)
    return {
        "verdict": verdict or ("unknown" if reasons else "clean"),
        "findings": findings,
        "not_judged": [
            {"rule": rule, "reason": reason, "count": len(names), "subjects": first_names(names)}
            for (rule, reason), names in not_judged.items()
        ],
        "reasons": reasons,
        "measured": measured(signals),
    }


#: What a report shows of every host: ``(what, unit, quantity of its signals)``.
MEASURED = (
    ("interval", "s", "host.interval_s"),
    ("processed by all CPUs (softnet)", "packets/s", "host.processed_per_s"),
    ("dropped by their backlogs", "packets", "backlog.dropped"),
    ("time_squeeze", None, "backlog.squeezes"),
    ("softirq time of the busiest CPU", "%", "host.softirq_share"),
    ("TCP segments sent again", "%", "host.retransmission_ratio"),
)
MEASURED_OF_NIC = (("received", "packets", "rx_packets"), ("sent", "packets", "tx_packets"))


def measured(signals: dict[str, Any]) -> list[dict[str, Any]]:
    """The traffic and the work that the verdict is about, each as an :func:`evidence`; what is missing is left out."""
    found = [
        evidence_of(path.rpartition(".")[2], what, dig(signals, *path.split(".")), unit)
        for what, unit, path in MEASURED
    ]
    for nic in entries(signals, "nics"):
        found += [evidence_of(key, f"{nic['name']} {what}", nic[key], unit) for what, unit, key in MEASURED_OF_NIC]
    return [item for item in found if item]


def subjects(rule: Rule, scope: dict[str, Any]) -> Iterator[Any]:
    """What a rule is asked about: each item of the list that ``for_each`` gives, or the one object that it gives.

    A rule without ``for_each`` is asked once. Where the whole part is missing it is asked once about nothing, so that
    its ``when`` says what it lacks.
    """
    found = rule.for_each.value(scope) if rule.for_each else None
    yield from found if isinstance(found, list) else [found]


def lacking(rule: Rule, scope: dict[str, Any]) -> str:
    """Why a rule cannot be judged: what it looks at is missing, or is no such thing as it takes it for."""
    if scope["it"] is None and rule.for_each:
        return f"missing: {rule.for_each.text}"
    missing = [meaning(path, rule) for path in rule.when.missing(scope)]
    return f"missing: {', '.join(missing)}" if missing else f"neither true nor false: {rule.when.text}"


def meaning(path: str, rule: Rule) -> str:
    """A path of an expression with what it stands for, where that is a known quantity."""
    whole = path if not (rule.for_each and path.startswith("it.")) else PART.sub("", rule.for_each.text) + path[2:]
    part, _dot, quantity = whole.removeprefix("signals.").rpartition(".")
    known = QUANTITIES.get(part, {}).get(quantity)
    return f"{path} ({known})" if known else path


def finding(rule: Rule, scope: dict[str, Any], subject: Any) -> dict[str, Any]:
    """The finding that a rule makes of what it was asked about."""
    lost = number(rule.lost.value(scope)) if rule.lost else None
    lost = None if lost is None else int(lost)
    about = subject_of(rule, subject)
    return {
        "id": ":".join([rule.id, about["type"], *([about["name"]] if about["name"] else [])]),
        "rule": rule.id,
        "title": rule.title,
        "layer": rule.layer,
        "severity": first(rule.severity, scope),
        "subject": about,
        "count": 1,
        "subjects": first_names([subject]),
        "rate": rate(rule, scope, lost),
        "lost": lost,
        "evidence": [shown for item in rule.evidence if (shown := evidence(item, scope))],
        "cause": first(rule.cause, scope).filled(scope),
        "because_of": [],
        "actions": [action(text) for text in advice(rule.remedies, scope)],
        "cautions": advice(rule.cautions, scope),
        "sources": list(rule.sources),
        "confidence": first(rule.confidence, scope),
    }


def subject_of(rule: Rule, name: Any) -> dict[str, Any]:
    """``{"type", "name"}`` of what a finding is about: the type is that of the part of the signals in ``for_each``."""
    if name is None:
        return {"type": "host", "name": None}
    part = PART.sub("", rule.for_each.text).removeprefix("signals.") if rule.for_each else ""
    return {"type": TYPES.get(part, "host"), "name": str(name)}


def first_names(names: list[Any]) -> list[str]:
    """The first names of several subjects, without those that have none."""
    return [str(name) for name in names if name is not None][:NAMES_SHOWN]


def action(text: str) -> dict[str, Any]:
    """A remedy that a person has to carry out."""
    return {
        "knob": "advice",
        "subject": {"type": "host", "name": None},
        "set": {},
        "direction": None,
        "when": None,
        "conflicts": [],
        "command": None,
        "text": text,
    }


def first(cases: tuple[Case, ...], scope: dict[str, Any]) -> Any:
    """The value of the first case that is true; the last one has no condition."""
    return next(case.value for case in cases if applies(case, scope))


def applies(case: Case, scope: dict[str, Any]) -> bool:
    """Whether a case holds: one whose inputs are missing does not."""
    return case.when is None or case.when.judge(scope) is True


def advice(cases: tuple[Case, ...], scope: dict[str, Any]) -> list[str]:
    """Every text that applies, with the host's own values in it."""
    return [case.value.filled(scope) for case in cases if applies(case, scope)]


def rate(rule: Rule, scope: dict[str, Any], lost: float | None) -> dict[str, Any] | None:
    """The rule's own rate, or packets lost per second."""
    if rule.rate:
        value, unit = number(rule.rate.value.value(scope)), rule.rate.unit
    else:
        value, unit = per_second(lost or None, scope["host"]["interval_s"]), "packets/s"
    return None if value is None else {"value": round(float(value), 3), "unit": unit}


def evidence(item: Evidence, scope: dict[str, Any]) -> dict[str, Any] | None:
    """One evidence of a rule as :func:`evidence_of` makes it."""
    key = (LAST_NAME.findall(item.value.text) or ["value"])[-1]
    return evidence_of(key, item.what.filled(scope), item.value.value(scope), item.unit)


def evidence_of(key: str, what: str, value: Any, unit: str | None) -> dict[str, Any] | None:
    """``{"key", "what", "value", "unit"}``, None where the value is missing; with the unit "%" a share becomes so."""
    value = plain(value)
    if value is None:
        return None
    if unit == "%" and number(value) is not None:
        value = round(value * 100, 1)
    elif isinstance(value, float):
        value = round(value, 3)
    return {"key": key, "what": what, "value": value, "unit": unit}


def rank(found: dict[str, Any]) -> tuple[int, float, int, list[Any], str]:
    """Sorts findings: the worst severity, the most packets, the first place on the path, the lowest rule number."""
    number_in_id = [int(part) if part.isdigit() else 0 for part in re.split(r"(\d+)", found["rule"])]
    return (
        SEVERITIES.index(found["severity"]),
        -(found["lost"] or 0),
        LAYERS.index(found["layer"]),
        number_in_id,
        str(found["subject"]["name"]),
    )


def unknown_because(document: dict[str, Any]) -> list[str]:
    """What essential of a document is missing or void: the reasons not to call the host clean."""
    reasons = []
    if not number(dig(document, "meta", "interval_s")):
        reasons.append("the length of the interval is missing")
    for keys in ESSENTIAL:
        path = pointer(*keys)
        if not table(document, *keys):
            reasons.append(f"{path} could not be read{_unavailable(document, path)}")
        else:
            reasons.extend(_void(document, path))
    selected = {name for name, nic in table(document, "nics").items() if dig(nic, "selected")}
    selected.update(str(name) for name in entries(document, "meta", "selection", "selected"))
    if not selected:
        reasons.append("no network interface was selected")
    for name in sorted(selected):
        reasons.extend(_nic_reasons(document, name))
    return list(dict.fromkeys(reasons))


def _nic_reasons(document: dict[str, Any], name: str) -> list[str]:
    path = pointer("nics", name)
    statistics = table(document, "nics", name, "link_stats")
    if not statistics:
        return [f"{path}: its statistics could not be read{_unavailable(document, path + '/link_stats')}"]
    harmless = _no_losses(document, name)
    void = _void(document, path + "/link_stats") + _void(document, path + "/counters", harmless)
    if not void and all(delta(statistics, field) is None for field in TRAFFIC):
        return [f"{path}: its traffic could not be believed in this interval"]
    return void[:1]


def _no_losses(document: dict[str, Any], name: str) -> set[str]:
    """The paths of those statistics of a NIC that count no loss: that one of them began anew hides nothing."""
    counters = table(document, "nics", name, "counters")
    return {pointer("nics", name, "counters", key) for key, entry in counters.items() if dig(entry, "kind") != "loss"}


def _void(document: dict[str, Any], path: str, harmless: set[str] = frozenset()) -> list[str]:
    """The reasons why the interval says nothing about *path*, its parents or what is below it, but *harmless* parts."""
    return [
        f"{dig(entry, 'path') or '/'} is void in this interval: {dig(entry, 'cause')}"
        for entry in entries(document, "meta", "void")
        if _touches(str(dig(entry, "path")), path) and dig(entry, "path") not in harmless
    ]


def _touches(void: str, path: str) -> bool:
    return _holds(void, path) or _holds(path, void)


def _holds(whole: str, part: str) -> bool:
    """Whether *part* is *whole* or below it; both are JSON pointers."""
    return (part + "/").startswith(whole + "/")


def _unavailable(document: dict[str, Any], path: str) -> str:
    """The document's own word on why *path* is missing."""
    for entry in entries(document, "unavailable"):
        if _holds(str(dig(entry, "path")), path):
            return f" ({dig(entry, 'reason')}: {dig(entry, 'detail')})"
    return ""
