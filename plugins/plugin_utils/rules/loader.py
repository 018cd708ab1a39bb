# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads rule files: the built-in ones in ``rules/`` and a site's own (``packetloss_rules_dirs``).

What a rule may hold is the table :data:`FIELDS`. A file that breaks it is a :class:`RuleError` with file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.requirements import require
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.actions import ADVICE, Action
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.expressions import NO_JMESPATH, Expression, Text
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import KNOBS, WHEN

#: The places on the path of a packet, NIC to socket and out again.
LAYERS = (
    "link", "nic", "ring", "driver", "napi", "backlog", "l2", "qdisc", "netfilter", "ip", "neighbour", "tcp", "udp",
    "socket", "tx", "virtual",
)  # fmt: skip

#: Worst first.
SEVERITIES = ("loss", "risk", "info")
CONFIDENCES = ("high", "medium", "low")

#: What a rule can be asked about: any numbers, also those since boot; those between two readings; or only those of an
#: interval of an hour at most, where an average over a longer time does not show what it looks for.
ANY, INTERVAL, SHORT_INTERVAL = "any", "interval", "short_interval"
BASES = (ANY, INTERVAL, SHORT_INTERVAL)

BUILT_IN = Path(__file__).parent / "layers"

#: The C parser reads the rules ten times faster; it is in every PyYAML wheel, not in every build from source.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RuleError(Exception):
    """A rule file that cannot be used: ``FILE:LINE: what is wrong, what is expected``."""


@dataclass(frozen=True)
class Case:
    """A value that holds where ``when`` is true (None: always)."""

    when: Expression | None
    value: Any


@dataclass(frozen=True)
class Evidence:
    """A number or a name that shows why a finding is believed."""

    key: str
    what: Text
    value: Expression
    unit: str | None


@dataclass(frozen=True)
class Rate:
    """A rate other than packets lost per second."""

    value: Expression
    unit: str


@dataclass(frozen=True)
class Rule:
    """One rule; the fields are described in :data:`FIELDS`."""

    id: str
    title: str = ""
    title_of_average: str = ""
    basis: str = ANY
    layer: str = ""
    severity: tuple[Case, ...] = ()
    when: Expression | None = None
    cause: tuple[Case, ...] = ()
    for_each: Expression | None = None
    lost: Expression | None = None
    rate: Rate | None = None
    of: Expression | None = None
    subject: Expression | None = None
    evidence: tuple[Evidence, ...] = ()
    because_of: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    cautions: tuple[Case, ...] = ()
    sources: tuple[str, ...] = ()
    confidence: tuple[Case, ...] = (Case(None, "medium"),)
    explain: str = ""
    replaces: str | None = None
    enabled: bool = True
    place: str = field(default="", compare=False)


class _Reader:
    """Turns the nodes of one file into rules, and knows where each of them stands."""

    def __init__(self, path: Path):
        self.path = path

    def error(self, node: yaml.Node, message: str) -> RuleError:
        return RuleError(f"{self.path}:{node.start_mark.line + 1}: {message}")

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
            raise self.error(node, f"{what}: expected text, found {_describe(node)}")
        return " ".join(node.value.split())

    def boolean(self, node: yaml.Node, what: str) -> bool:
        if node.tag != "tag:yaml.org,2002:bool":
            raise self.error(node, f"{what}: expected true or false, found {_describe(node)}")
        return node.value.lower() in ("true", "yes", "on")

    def one_of(self, choices: tuple[str, ...]) -> Callable[[yaml.Node, str], str]:
        def read(node: yaml.Node, what: str) -> str:
            value = self.text(node, what)
            if value not in choices:
                raise self.error(node, f"{what}: expected one of {', '.join(choices)}, found {value!r}")
            return value

        return read

    def expression(self, node: yaml.Node, what: str) -> Expression:
        return self._checked(Expression(self.text(node, what)), node, what)

    def template(self, node: yaml.Node, what: str) -> Text:
        return self._checked(Text(self.text(node, what)), node, what)

    def _checked(self, found: Any, node: yaml.Node, what: str) -> Any:
        try:
            found.check()
        except ValueError as error:
            raise self.error(node, f"{what}: {error}") from error
        return found

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, f"{what}: expected a list, found {_describe(node)}")
        return node.value

    def fields(self, node: yaml.Node, what: str, known: Iterable[str], required: Iterable[str]) -> dict[str, yaml.Node]:
        """The values of a mapping by key; refuses unknown, repeated and missing keys."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what}: expected a mapping, found {_describe(node)}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in known or not isinstance(key, yaml.ScalarNode):
                raise self.error(key, f"{what}: unknown key {key.value!r}, expected one of {', '.join(known)}")
            if key.value in found:
                raise self.error(key, f"{what}: the key {key.value!r} is there twice")
            found[key.value] = value
        for key in required:
            if key not in found:
                raise self.error(node, f"{what}: the key {key!r} is missing")
        return found

    def cases(self, read: Callable[[yaml.Node, str], Any]) -> Callable[[yaml.Node, str], tuple[Case, ...]]:
        """Reads a value, or a list of ``{when, KEY}`` of which the first that is true holds."""

        def one(node: yaml.Node, what: str) -> Case:
            found = self.fields(node, what, ("when", what), (what,))
            when = self.expression(found["when"], "when") if "when" in found else None
            return Case(when, read(found[what], what))

        def all_of_them(node: yaml.Node, what: str) -> tuple[Case, ...]:
            if not isinstance(node, yaml.SequenceNode):
                return (Case(None, read(node, what)),)
            found = tuple(one(item, what) for item in node.value)
            if not found or found[-1].when is not None:
                raise self.error(node, f"{what}: the last of the cases must have no 'when', for it is the rest")
            for item, case in zip(node.value, found[:-1]):
                if case.when is None:
                    raise self.error(item, f"{what}: only the last of the cases may have no 'when'")
            return found

        return all_of_them

    def advice(self, node: yaml.Node, what: str) -> tuple[Case, ...]:
        """Reads a list of texts, or of ``{when, text}`` that are given where ``when`` is true."""

        def one(item: yaml.Node) -> Case:
            if not isinstance(item, yaml.MappingNode):
                return Case(None, self.template(item, what))
            found = self.fields(item, what, ("when", "text"), ("when", "text"))
            return Case(self.expression(found["when"], "when"), self.template(found["text"], "text"))

        return tuple(one(item) for item in self.items(node, what))

    def actions(self, node: yaml.Node, what: str) -> tuple[Action, ...]:
        """Reads a list of actions; a text, or a mapping with ``text``, is advice to a person."""
        return tuple(self.action(item, what) for item in self.items(node, what))

    def action(self, node: yaml.Node, what: str) -> Action:
        if not isinstance(node, yaml.MappingNode):
            return Action(ADVICE, text=self.template(node, what))
        keys = [key.value for key, _value in node.value]
        knob = ADVICE if "text" in keys or "command" in keys else None
        known = (
            ("when", "for_each", "text", "command")
            if knob
            else ("when", "for_each", "knob", "direction", "set", "only")
        )
        required = ("text",) if knob else ("knob", "direction", "set")
        found = self.fields(node, "action", known, required)
        values: dict[str, Any] = {"knob": knob or self.one_of(tuple(KNOBS))(found["knob"], "knob")}
        for key in ("when", "for_each"):
            if key in found:
                values[key] = self.expression(found[key], key)
        for key in ("text", "command"):
            if key in found:
                values[key] = self.template(found[key], key)
        if knob is None:
            values["direction"] = self.one_of(KNOBS[values["knob"]])(found["direction"], "direction")
            values["set"] = self.settings(found["set"], values["knob"])
            values["only"] = self.one_of(tuple(WHEN))(found["only"], "only") if "only" in found else None
        return Action(**values)

    def settings(self, node: yaml.Node, knob: str) -> Any:
        """What an action sets: a mapping of expressions, one expression for a mapping, or the names of sysctls."""
        if isinstance(node, yaml.MappingNode):
            return {key.value: self.expression(value, f"set: {key.value}") for key, value in node.value}
        if isinstance(node, yaml.SequenceNode) and knob == "sysctl":
            return tuple(self.template(item, "set") for item in node.value)
        return self.expression(node, "set")

    def evidence(self, node: yaml.Node, what: str) -> tuple[Evidence, ...]:
        keys: set[str] = set()

        def one(item: yaml.Node) -> Evidence:
            found = self.fields(item, what, ("key", "what", "value", "unit"), ("what", "value"))
            unit = self.text(found["unit"], "unit") if "unit" in found else None
            value = self.expression(found["value"], "value")
            key = self.text(found["key"], "key") if "key" in found else value.last_name()
            if key is None:
                raise self.error(item, f"{what}: the value is no plain path, so the evidence needs a 'key' of its own")
            if key in keys:
                raise self.error(item, f"{what}: the key {key!r} is there twice, give one of them a 'key' of its own")
            keys.add(key)
            return Evidence(key, self.template(found["what"], "what"), value, unit)

        return tuple(one(item) for item in self.items(node, what))

    def rate(self, node: yaml.Node, what: str) -> Rate:
        found = self.fields(node, what, ("value", "unit"), ("value", "unit"))
        return Rate(self.expression(found["value"], "value"), self.text(found["unit"], "unit"))

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        return tuple(self.text(item, what) for item in self.items(node, what))

    def rule(self, node: yaml.Node) -> Rule:
        off = isinstance(node, yaml.MappingNode) and any(
            key.value == "enabled" and value.value == "false" for key, value in node.value
        )
        found = self.fields(node, "rule", FIELDS, ("id", "replaces") if off else REQUIRED)
        values = {key: FIELDS[key](self)(value, key) for key, value in found.items()}
        return Rule(**values, place=f"{self.path}:{node.start_mark.line + 1}")


#: How each key of a rule is read. A rule is a mapping of these.
FIELDS: dict[str, Callable[[_Reader], Callable[[yaml.Node, str], Any]]] = {
    "id": lambda reader: reader.text,
    "title": lambda reader: reader.text,
    "title_of_average": lambda reader: reader.text,
    "basis": lambda reader: reader.one_of(BASES),
    "layer": lambda reader: reader.one_of(LAYERS),
    "severity": lambda reader: reader.cases(reader.one_of(SEVERITIES)),
    "for_each": lambda reader: reader.expression,
    "when": lambda reader: reader.expression,
    "lost": lambda reader: reader.expression,
    "of": lambda reader: reader.expression,
    "rate": lambda reader: reader.rate,
    "subject": lambda reader: reader.expression,
    "evidence": lambda reader: reader.evidence,
    "cause": lambda reader: reader.cases(reader.template),
    "because_of": lambda reader: reader.texts,
    "actions": lambda reader: reader.actions,
    "cautions": lambda reader: reader.advice,
    "sources": lambda reader: reader.texts,
    "confidence": lambda reader: reader.cases(reader.one_of(CONFIDENCES)),
    "explain": lambda reader: reader.text,
    "replaces": lambda reader: reader.text,
    "enabled": lambda reader: reader.boolean,
}

REQUIRED = ("id", "title", "layer", "severity", "when", "cause")


def load_rules(extra_dirs: Iterable[str | Path] = ()) -> list[Rule]:
    """The built-in rules and those of the site's folders, in this order; raises :class:`RuleError`.

    A rule with ``replaces: R7`` takes the place of R7, one that also says ``enabled: false`` only removes it.
    """
    require("jmespath", NO_JMESPATH)
    rules: dict[str, Rule] = {}
    for rule in built_in():
        _add(rules, rule)
    for extra in extra_dirs:
        for rule in read_folder(Path(extra).expanduser()):
            _add(rules, rule)
    return list(rules.values())


@cache
def built_in() -> tuple[Rule, ...]:
    """The collection's own rules, read once in a process; none without jmespath, for which load_rules() asks."""
    return () if NO_JMESPATH else tuple(read_folder(BUILT_IN))


def read_folder(folder: Path) -> list[Rule]:
    """The rules of all files of a folder; raises :class:`RuleError`."""
    return [rule for path in rule_files(folder) for rule in read_file(path)]


def _add(rules: dict[str, Rule], rule: Rule) -> None:
    if rule.replaces is not None:
        if rule.replaces not in rules:
            raise RuleError(f"{rule.place}: replaces: there is no rule {rule.replaces!r} before this one")
        del rules[rule.replaces]
    if rule.id in rules:
        raise RuleError(
            f"{rule.place}: id: {rule.id!r} is that of the rule at {rules[rule.id].place}: "
            f"choose another, or say 'replaces: {rule.id}'"
        )
    if rule.enabled:
        rules[rule.id] = rule


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder, by name; raises :class:`RuleError` where there are none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml"))
    except OSError as error:
        raise RuleError(f"{folder}: expected a folder of rule files: {error.strerror}") from error
    if not found:
        raise RuleError(f"{folder}: expected rule files in it, found no *.yml")
    return found


def read_file(path: Path) -> list[Rule]:
    """The rules of one file; raises :class:`RuleError`."""
    try:
        root = yaml.compose(path.read_bytes().decode("utf-8"), Loader=_Loader)
    except OSError as error:
        raise RuleError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: expected UTF-8 text: {error.reason} at byte {error.start}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
        raise RuleError(f"{path}:{line}: no YAML: {problem}") from error
    reader = _Reader(path)
    if root is None or root.tag == "tag:yaml.org,2002:null":
        raise RuleError(f"{path}:1: expected a list of rules, found nothing")
    return [reader.rule(node) for node in reader.items(root, "rules")]


def _describe(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return repr(node.value[:60]) if node.value else "nothing"
