# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule says in its expressions and texts: JMESPath over ``it``, ``host``, ``doc``, ``signals``
and ``limits``.

Texts are filled by plain substitution, never by a template language: what a host says ends up in them.
"""

from __future__ import annotations

import re
import shlex
from functools import cached_property
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import Words

try:
    import jmespath
    from jmespath.exceptions import JMESPathError
    from jmespath.functions import Functions
    from jmespath.visitor import TreeInterpreter
except ImportError as error:
    NO_JMESPATH: ImportError | None = error
else:
    NO_JMESPATH = None

#: What an expression can begin with.
NAMES = ("it", "host", "doc", "signals", "limits")

#: A place in a text that is filled with the value of an expression.
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

#: A path from one of the names, as it stands in an expression.
PATH = re.compile(rf"\b(?:{'|'.join(NAMES)})(?:\.\w+)+")

#: What a text says in place of a missing value.
UNKNOWN = "(unknown)"

#: Text from a host is cut to this length in a remedy.
LONGEST_TEXT = 200

#: Which children of a JMESPath syntax tree node see the whole scope; the others see what their left side gave.
_ALL_CHILDREN = ("comparator", "or_expression", "and_expression", "not_expression", "multi_select_list")
_ALL_CHILDREN += ("multi_select_dict", "key_val_pair", "function_expression")


class Expression:
    """A JMESPath expression."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def _compiled(self) -> Any:
        return jmespath.compile(self.text)

    def check(self) -> None:
        """Raises ``ValueError`` with what is wrong: syntax, an unknown function, or a name that is not there."""
        try:
            tree = self._compiled.parsed
        except JMESPathError as error:
            raise ValueError(f"no JMESPath expression: {' '.join(str(error).split())}") from error
        for function in sorted(_functions(tree) - set(Functions.FUNCTION_TABLE)):
            raise ValueError(f"JMESPath has no function {function}()")
        for name in sorted(_roots(tree) - set(NAMES)):
            raise ValueError(f"{name!r} is not there: an expression begins with {', '.join(NAMES)}")

    def judge(self, scope: dict[str, Any]) -> bool | None:
        """Whether the expression is true in *scope*; None where what is missing could make it either.

        JMESPath itself takes a missing value for false (and its ``!`` for true). Here ``&&``, ``||`` and ``!`` are
        those of three-valued logic: false && missing is false, false || missing is missing.
        """
        return _judge(self._compiled.parsed, scope)

    def value(self, scope: dict[str, Any]) -> Any:
        """The value in *scope*; None where it is missing, or a function or a comparison refuses its input."""
        try:
            return self._compiled.search(scope)
        except (JMESPathError, TypeError):
            return None

    def last_name(self) -> str | None:
        """The last name of a plain path: "ring_lost" of ``it.ring_lost``; None of any other expression."""
        return self.text.rpartition(".")[2] if PATH.fullmatch(self.text) else None

    def missing(self, scope: dict[str, Any]) -> list[str]:
        """The paths in this expression that have no value in *scope*."""
        paths = dict.fromkeys(PATH.findall(self.text))
        return [path for path in paths if Expression(path).value(scope) is None]


class Text:
    """A text with ``{expression}`` in places."""

    def __init__(self, text: str):
        self.text = text
        self._expressions = {match: Expression(match) for match in PLACEHOLDER.findall(text)}

    def check(self) -> None:
        """Raises ``ValueError`` where a place holds no expression, or the text is meant as a template."""
        if "{{" in self.text or "{%" in self.text:
            raise ValueError("a text is no template: write {it.name}, and conditions as a list of {when, ...}")
        for text, expression in self._expressions.items():
            try:
                expression.check()
            except ValueError as error:
                raise ValueError(f"{{{text}}}: {error}") from error

    def filled(self, scope: dict[str, Any]) -> str:
        """The text with its places filled; "(unknown)" where a value is missing, nothing in place of " (now {it})"."""
        filled = PLACEHOLDER.sub(lambda match: shown(self._expressions[match.group(1)].value(scope)), self.text)
        return filled.replace(f" (now {UNKNOWN})", "")


def shown(value: Any) -> str:
    """A value in a text that a person may paste into a shell: quoted if it is more than a plain word.

    A list of numbers is shown as the kernel writes CPUs. Control characters never get through. The collection's own
    Words stay as they are.
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if isinstance(value, list):
        if value and all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            return format_list(value)
        return ", ".join(shown(item) for item in value)
    if isinstance(value, Words):
        return str(value)
    text = "".join(character if character.isprintable() else "?" for character in str(value))[:LONGEST_TEXT]
    return shlex.quote(text)


def _judge(tree: dict[str, Any], scope: dict[str, Any]) -> bool | None:
    kind = tree["type"]
    if kind in ("and_expression", "or_expression"):
        sides = [_judge(child, scope) for child in tree["children"]]
        decisive = kind == "or_expression"
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive
    if kind == "not_expression":
        side = _judge(tree["children"][0], scope)
        return None if side is None else not side
    try:
        value = TreeInterpreter().visit(tree, scope)
    except (JMESPathError, TypeError):
        return None
    return value if isinstance(value, bool) else None


def _functions(tree: dict[str, Any]) -> set[str]:
    found = {tree["value"]} if tree["type"] == "function_expression" else set()
    return found.union(*(_functions(child) for child in _children(tree)))


def _roots(tree: dict[str, Any]) -> set[str]:
    """The field names with which a syntax tree enters the scope."""
    if tree["type"] == "field":
        return {tree["value"]}
    children = _children(tree)
    if tree["type"] not in _ALL_CHILDREN:
        children = children[:1]
    return set().union(*(_roots(child) for child in children))


def _children(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [child for child in tree.get("children", []) if isinstance(child, dict)]
