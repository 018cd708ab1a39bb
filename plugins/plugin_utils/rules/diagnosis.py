# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says of one host where it loses packets: the rules of ``rules/*.yml`` over its document and its signals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import pointer
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.actions import actions
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import (
    INTERVAL,
    LAYERS,
    SEVERITIES,
    SHORT_INTERVAL,
    Case,
    Evidence,
    Rule,
    RuleError,
    load_rules,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.basis import (
    is_since_boot,
    since,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.derive import derive, of_namespaces
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.glossary import SIGNALS, SUBJECTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.namespaces import PARTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    at_least,
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

#: How many names an entry lists that stands for several subjects.
SUBJECTS_SHOWN = 8

#: The verdict that the worst finding makes; and where the numbers are those since boot, which tell nothing of now.
VERDICT_OF = {"loss": "losing", "risk": "at_risk"}
VERDICT_SINCE_BOOT_OF = {**VERDICT_OF, "loss": "lost_before"}

#: Why a host of which there is one reading alone is never clean: where it lost packets, and where it did not.
ONE_READING = {
    True: "one reading tells what was lost since boot, and not what is lost now: audit the host, or capture it again",
    False: "no loss is to be seen since boot; whether there is one now takes a second reading: audit, or capture again",
}

#: Why a rule is not judged, by the basis that it needs: its numbers are averages.
NO_INTERVAL = {
    INTERVAL: "two readings are needed for it: these are the numbers {since}",
    SHORT_INTERVAL: "two readings within an hour are needed for it: these are the numbers {since}",
}

#: What rules call the time that their numbers are of.
IN_THE_INTERVAL = "in the interval"

#: The parts of a document without which a host that shows no loss cannot be called clean.
ESSENTIAL = (("softnet", "cpus"), ("protocols", "snmp"), ("protocols", "netstat"))

#: A NIC of which neither can be believed had an empty or a wild reading: what else it said is worth nothing.
TRAFFIC = ("rx_packets", "tx_packets")


def diagnose(document: dict[str, Any], rules: list[Rule], limits: Mapping[str, float]) -> dict[str, Any]:
    """What is wrong with a host.

    :param document: a host document, schema_version 1
    :param rules: those of :func:`load_rules`
    :param limits: the thresholds by name, those of :func:`limits.limits`

    Returns ``{"verdict", "basis", "findings", "not_judged", "reasons", "measured"}``. The verdict is "losing" with any
    loss, else "at_risk" with any risk, else "unknown" where ``reasons`` says what essential is missing, else "clean".
    Where the ``basis`` is "boot" a loss is "lost_before", and no host is clean. The numbers of such a host, and those
    of an interval of hours, are averages: what only a short interval can tell is not judged, and nothing is sure.
    Findings are sorted worst first. ``not_judged`` lists ``{"rule", "reason", "count", "subjects"}`` of the rules whose
    inputs were missing, subjects of the same reason together. ``measured`` says what was looked at, in the form of an
    evidence: a clean host has numbers to show too.
    """
    signals = derive(document, limits)
    scope = {"doc": document, "signals": signals, "host": signals["host"], "limits": limits}
    found: dict[str, list[dict[str, Any]]] = {}
    not_judged: dict[tuple[str, str], list[str | None]] = {}
    average, since_boot = since(document), is_since_boot(document)
    asked = []
    for rule in rules:
        if average and (rule.basis == SHORT_INTERVAL or rule.basis == INTERVAL and since_boot):
            not_judged[rule.id, NO_INTERVAL[rule.basis].format(since=average)] = [None]
        else:
            asked.append(rule)
    of_stack = [rule for rule in asked if part_of(rule) in PARTS]
    for place, its_rules in [(scope, asked), *((there, of_stack) for there in namespaces(document, scope))]:
        for rule in its_rules:
            for it in subjects(rule, place):
                if it is None and place is not scope and scope["signals"].get(part_of(rule)) is None:
                    # What this kernel has not is told once.
                    continue
                seen = {**place, "it": it}
                holds = rule.when.judge(seen)
                if holds:
                    each = finding(rule, seen) if average is None else of_average(finding(rule, seen), rule, average)
                    found.setdefault(each["id"], []).append(each)
                elif holds is None:
                    not_judged.setdefault((rule.id, lacking(rule, seen)), []).append(_name(rule, seen))
    findings = [together(siblings) for siblings in found.values()]
    explain(findings, {rule.id: rule.because_of for rule in rules})
    findings.sort(key=rank)
    reasons = unknown_because(document)
    severities = {each["severity"] for each in findings}
    if since_boot:
        reasons.insert(0, ONE_READING["loss" in severities])
    verdicts = VERDICT_SINCE_BOOT_OF if since_boot else VERDICT_OF
    verdict = next((verdicts[severity] for severity in verdicts if severity in severities), None)
    return {
        "verdict": verdict or ("unknown" if reasons else "clean"),
        "basis": "boot" if since_boot else "interval",
        "findings": findings,
        "not_judged": [
            {"rule": rule, "reason": reason, "count": len(names), "subjects": _first_names(names)}
            for (rule, reason), names in not_judged.items()
        ],
        "reasons": reasons,
        "measured": [*measured(signals, since_boot), *measured_namespaces(document)],
    }


def namespaces(document: dict[str, Any], scope: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The scope of each other network namespace: its own stack on the same machine, with ``namespace`` to say so."""
    for namespace, of_it, signals in of_namespaces(document, scope["signals"], scope["limits"]):
        yield {**scope, "doc": of_it, "signals": signals, "host": signals["host"], "namespace": namespace}


#: What a report shows of every host: ``(what, unit, the signal)``.
MEASURED = (
    ("interval", "s", "host.interval_s"),
    ("processed by all CPUs (softnet)", "packets/s", "host.processed_per_s"),
    ("dropped by their backlogs", "packets", "backlog.dropped"),
    ("time_squeeze", None, "backlog.squeezes"),
    ("softirq time of the busiest CPU", "%", "host.softirq_share"),
    ("TCP segments sent again", "%", "tcp.retransmission_ratio"),
)
MEASURED_OF_NIC = (("received", "packets", "rx_packets"), ("sent", "packets", "tx_packets"))


#: What the first of them is called where it is the time since boot.
SINCE_BOOT = {"interval": "time since boot"}


def measured(signals: dict[str, Any], since_boot: bool = False) -> list[dict[str, Any]]:
    """The traffic and the work that the verdict is about, each as an :func:`evidence`; what is missing is left out."""
    names = SINCE_BOOT if since_boot else {}
    found = [
        evidence_of(path.rpartition(".")[2], names.get(what, what), dig(signals, *path.split(".")), unit)
        for what, unit, path in MEASURED
    ]
    for nic in entries(signals, "nics"):
        found += [evidence_of(key, f"{nic['name']} {what}", nic[key], unit) for what, unit, key in MEASURED_OF_NIC]
    return [item for item in found if item]


#: What ``meta.namespaces`` counts, as a report says it; what is zero is left out, but the first.
NAMESPACES_COUNTED = {
    "judged": "judged",
    "not_chosen": "not chosen",
    "not_entered": "could not be entered",
    "beyond_limit": "more than are read",
    "appeared": "came meanwhile",
    "vanished": "ended meanwhile",
    "replaced": "replaced meanwhile",
}


def measured_namespaces(document: dict[str, Any]) -> list[dict[str, Any]]:
    """How many other network namespaces were judged, and how many not and why, as an evidence; or why none was read."""
    meta = table(document, "meta", "namespaces")
    why = _unavailable(document, "/namespaces", exactly=True).strip(" ()")
    if not meta or (number(meta.get("found")) is None and not why):
        return []
    counted = {
        words: number(meta.get(key))
        for key, words in NAMESPACES_COUNTED.items()
        if number(meta.get(key)) or (key == "judged" and number(meta.get(key)) is not None)
    }
    # What is not seen may be said of a part of them only.
    told = counted and {**counted, **({"not all are seen": why} if why else {})}
    found = evidence_of("namespaces", "other network namespaces", told or f"not read: {why}", None)
    return [found] if found else []


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


def part_of(rule: Rule) -> str:
    """The part of the signals that a rule is asked about: "nics" of ``signals.nics[?xdp]``; "" for the whole host."""
    return PART.sub("", rule.for_each.text).removeprefix("signals.") if rule.for_each else ""


def meaning(path: str, rule: Rule) -> str:
    """A path of an expression with what it stands for, where that is a known signal."""
    whole = f"{part_of(rule)}{path[2:]}" if path.startswith("it.") else path.removeprefix("signals.")
    part, _dot, signal = whole.rpartition(".")
    known = SIGNALS.get(part, {}).get(signal)
    return f"{path} ({known})" if known else path


def subject_of(rule: Rule, scope: dict[str, Any]) -> dict[str, Any]:
    """``{"type", "name"}`` of what a finding is about; the host as a whole has no name."""
    if "namespace" in scope:
        return {"type": "namespace", "name": scope["namespace"]["name"]}
    kind = SUBJECTS.get(part_of(rule))
    name = rule.subject.value(scope) if rule.subject else _name(rule, scope)
    return {"type": kind or "host", "name": None if name is None else str(name)}


def _name(rule: Rule, scope: dict[str, Any]) -> str | None:
    """The name of the thing that a rule is asked about, None for the host as a whole.

    In another network namespace it is that of the namespace, whatever the rule is asked about.
    """
    if "namespace" in scope:
        return scope["namespace"]["name"]
    name = dig(scope["it"], "name") if part_of(rule) in SUBJECTS else None
    return None if name is None else str(name)


def finding(rule: Rule, scope: dict[str, Any]) -> dict[str, Any]:
    """The finding that a rule makes of what it was asked about."""
    lost = number(rule.lost.value(scope)) if rule.lost else None
    of = number(rule.of.value(scope)) if rule.of else None
    subject = subject_of(rule, scope)
    return {
        "id": ":".join([rule.id, subject["type"], *([subject["name"]] if subject["name"] is not None else [])]),
        "rule": rule.id,
        "title": rule.title,
        "layer": rule.layer,
        "severity": first(rule.severity, scope),
        "subject": subject,
        "count": 1,
        "subjects": _first_names([_name(rule, scope)]),
        "rate": rate(rule, scope, lost),
        "since": None,
        "lost": None if lost is None else int(lost),
        "of": None if of is None else int(of),
        "evidence": [shown for item in rule.evidence if (shown := evidence(item, scope))],
        "cause": first(rule.cause, scope).filled(scope),
        "because_of": [],
        "actions": actions(rule.actions, scope, subject),
        "cautions": advice(rule.cautions, scope),
        "sources": list(rule.sources),
        "confidence": first(rule.confidence, scope),
    }


def of_average(found: dict[str, Any], rule: Rule, since: str) -> dict[str, Any]:
    """A finding of numbers that are averages over a long time: it says over which, and nothing for sure.

    :param since: that time in words, "since boot, 12 days"
    """
    spoken = since.partition(",")[0]

    def told(text: str | None) -> str | None:
        return text and text.replace(IN_THE_INTERVAL, spoken)

    counted = found["rate"] is not None or bool(found["lost"])
    return {
        **found,
        "title": rule.title_of_average or found["title"],
        # Of what time it is says "since".
        "rate": found["rate"]
        and {**found["rate"], "unit": told(found["rate"]["unit"].replace(f" {IN_THE_INTERVAL}", ""))},
        # What is so by a setting is so now.
        "since": since if counted else None,
        "evidence": [{**item, "what": told(item["what"]), "unit": told(item["unit"])} for item in found["evidence"]],
        "cause": told(found["cause"]),
        "cautions": [told(text) for text in found["cautions"]],
        "confidence": "low",
    }


def together(siblings: list[dict[str, Any]]) -> dict[str, Any]:
    """Findings of one id, such as the queueing disciplines of the queues of a NIC, as one: the worst speaks for all.

    Lost packets, those that they are a part of, and rates are those of all.
    """
    worst = min(siblings, key=rank)
    if len(siblings) == 1:
        return worst
    summed = {key: at_least(each[key] for each in siblings) for key in ("lost", "of")}
    rates = [each["rate"]["value"] for each in siblings if each["rate"]]
    names = [name for each in siblings for name in each["subjects"]]
    # The families of UDP in a network namespace are one place.
    one_place = worst["subject"]["type"] == "namespace"
    return {
        **worst,
        **summed,
        "count": 1 if one_place else len(siblings),
        "subjects": _first_names(names[:1] if one_place else names),
        "rate": {**worst["rate"], "value": round(sum(rates), 3)} if worst["rate"] else None,
    }


def _first_names(names: list[str | None]) -> list[str]:
    return [name for name in names if name is not None][:SUBJECTS_SHOWN]


def explain(findings: list[dict[str, Any]], because_of: dict[str, tuple[str, ...]]) -> None:
    """Fill ``because_of`` of each finding: the ids of those that explain it, of the same subject or of the whole host.

    :param because_of: per rule, the rules whose findings explain its own
    """
    for each in findings:
        each["because_of"] = [
            other["id"]
            for other in findings
            if other["rule"] in because_of[each["rule"]]
            and (other["subject"] == each["subject"] or _of_the_whole_host(other["subject"], each["subject"]))
        ]


def _of_the_whole_host(cause: dict[str, Any], subject: dict[str, Any]) -> bool:
    """Whether one of two different subjects is the host; a network namespace of its own explains nothing there."""
    return cause["type"] == "host" or (subject["type"] == "host" and cause["type"] != "namespace")


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
    return evidence_of(item.key, item.what.filled(scope), item.value.value(scope), item.unit)


def evidence_of(key: str, what: str, value: Any, unit: str | None) -> dict[str, Any] | None:
    """``{"key", "what", "value", "unit"}``, None where there is no value. With the unit "%" a share is in percent."""
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
        found["id"],
    )


def unknown_because(document: dict[str, Any]) -> list[str]:
    """What essential of a document is missing or void: the reasons not to call the host clean."""
    reasons = []
    if not number(dig(document, "meta", "interval_s")):
        of = "time since boot" if is_since_boot(document) else "length of the interval"
        reasons.append(f"the {of} is missing")
    for keys in ESSENTIAL:
        path = pointer(*keys)
        if not table(document, *keys):
            reasons.append(f"{path} could not be read{_unavailable(document, path)}")
        else:
            reasons.extend(_void(document, path) or _read_once(table(document, *keys), path))
    judged = selected(document)
    if not judged:
        reasons.append("no network interface was selected")
    for name in judged:
        reasons.extend(_nic_reasons(document, name))
    return list(dict.fromkeys(reasons))


def voids(document: dict[str, Any]) -> list[str]:
    """What of that the interval says nothing about, though it was read: an interval that proves nothing."""
    reasons = [reason for keys in ESSENTIAL for reason in _void(document, pointer(*keys))]
    for name in selected(document):
        reasons += _void_of_nic(document, name)
    return list(dict.fromkeys(reasons))


def selected(document: dict[str, Any]) -> list[str]:
    """The names of the NICs that are judged."""
    names = {name for name, nic in table(document, "nics").items() if dig(nic, "selected")}
    names.update(str(name) for name in entries(document, "meta", "selection", "selected"))
    return sorted(names)


def _nic_reasons(document: dict[str, Any], name: str) -> list[str]:
    path = pointer("nics", name)
    statistics = table(document, "nics", name, "link_stats")
    # Of a capture every field may be there without a value.
    if not any(statistics.values()):
        return [f"{path}: its statistics could not be read{_unavailable(document, path + '/link_stats')}"]
    void = _void_of_nic(document, name)
    if not void and all(delta(statistics, field) is None for field in TRAFFIC):
        return [f"{path}: its traffic could not be believed in this interval"]
    counters = table(document, "nics", name, "counters")
    if not counters and _is_captured(document):
        # A kernel that was asked answers or refuses; in a capture it may be that nobody asked.
        absent = _unavailable(document, path + "/counters", reason="absent")
        return void[:1] or ([f"{path}/counters could not be read{absent}"] if absent else [])
    return void[:1] or _read_once(counters, path + "/counters")


def _read_once(counters: dict[str, Any], path: str) -> list[str]:
    """The reason where there are counters of which none has an interval: the earlier of two captures had them not."""
    if not counters or _has_delta(counters):
        return []
    return [f"{path} is in one of the two readings alone: nothing is known of the interval"]


def _has_delta(node: Any) -> bool:
    """Whether a counter in a part of the document has a delta, or there is none in it."""
    counters = _counters(node)
    return not counters or any(counter["delta"] is not None for counter in counters)


def _counters(node: Any) -> list[dict[str, Any]]:
    if not isinstance(node, dict):
        return []
    if "delta" in node:
        return [node]
    return [counter for part in node.values() for counter in _counters(part)]


def _is_captured(document: dict[str, Any]) -> bool:
    return bool(dig(document, "meta", "captured"))


def _void_of_nic(document: dict[str, Any], name: str) -> list[str]:
    path = pointer("nics", name)
    return _void(document, path + "/link_stats") + _void(document, path + "/counters", _no_losses(document, name))


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


def _unavailable(document: dict[str, Any], path: str, exactly: bool = False, reason: str | None = None) -> str:
    """The document's own word on why *path* is missing, or with it what it is a part of: not that where *exactly* it is
    asked for; of the *reason* where one is given."""
    for entry in entries(document, "unavailable"):
        place = str(dig(entry, "path"))
        if (place == path if exactly else _holds(place, path)) and reason in (None, dig(entry, "reason")):
            return f" ({dig(entry, 'reason')}: {dig(entry, 'detail')})"
    return ""
