# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would help, as data that a program can apply and a sentence that a person can type.

A rule's :class:`Action` becomes ``{"knob", "subject", "set", "direction", "when", "conflicts", "command", "text"}``.
``set`` holds the values in the form of the module that will set them:

* ring, channels, coalesce: ``{"rx": 2048}``; feature, private_flag: ``{"tx-checksum-ipv4": false}``
* rss: ``{"equal": 4}`` or ``{"fields": {"udp4": "sdfn"}}``
* irq_affinity: ``{"38": [2]}``, CPUs by interrupt; packet_steering: ``{"rps_cpus": {"rx-0": [0, 1]}}``
* sysctl: ``{"net.core.netdev_budget": 600}``, a list where the sysctl has several numbers

The knob ``advice`` is what a person must do: ``set`` is empty, ``command`` may be None.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list, format_mask
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.expressions import Expression, Text, shown
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.sentences import (
    CONFLICTS,
    LEADS,
    WHEN,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.namespaces import OWN_SYSCTLS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import plain

ADVICE = "advice"

#: Knobs of the host as a whole; the others belong to the NIC that the finding is about.
OF_HOST = ("sysctl",)
HOST = {"type": "host", "name": None}


@dataclass(frozen=True)
class Action:
    """An action of a rule.

    :param knob: one of ``sentences.KNOBS``, or :data:`ADVICE`
    :param when: the action is there where this is true (None: always)
    :param for_each: the action is there for each NIC of this list, as ``it``
    :param set: ``{key: Expression}``; an Expression that gives such a mapping; or for ``sysctl`` a tuple of Texts,
        each a sysctl that is set to its next value (``signals.next``)
    :param only: a name of ``sentences.WHEN``
    :param text: with the knob ``advice`` the sentence; ``command`` what to type
    """

    knob: str
    when: Expression | None = None
    for_each: Expression | None = None
    set: Any = None
    direction: str | None = None
    only: str | None = None
    text: Text | None = None
    command: Text | None = None


def actions(found: tuple[Action, ...], scope: dict[str, Any], subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a rule's actions that apply in *scope*, in their order. *subject* is that of the finding."""
    made = []
    for action in found:
        items = [None] if action.for_each is None else action.for_each.value(scope) or []
        for item in items:
            seen, of = scope, subject
            if action.for_each is not None:
                seen, of = {**scope, "it": item}, {"type": "nic", "name": item.get("name")}
            if action.when is None or action.when.judge(seen) is True:
                made.append(_made(action, seen, of))
                if action.knob == "sysctl" and "namespace" in scope:
                    made.append(_made_there(action, seen, of))
    return [each for each in made if each]


def _made(action: Action, scope: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any] | None:
    """One action, None where a value to set is not known."""
    if action.knob == ADVICE:
        command = entered(action.command.filled(scope), scope) if action.command else None
        text = action.text.filled(scope)
        return _action(ADVICE, subject, {}, None, None, [], command, f"{text}: {command}" if command else text)
    values = plain(_values(action, scope))
    if action.knob == "sysctl" and "namespace" in scope and values:
        # What is set on the host would change the host alone: see _made_there().
        values = {name: value for name, value in values.items() if name not in OWN_SYSCTLS}
    if not values or None in values.values():
        return None
    of = HOST if action.knob in OF_HOST else subject
    command = COMMANDS[action.knob](shown(of["name"]), values)
    conflicts = [
        name for name, conflict in CONFLICTS.items() if action.knob in conflict.knobs and _holds(conflict, scope)
    ]
    parts = [f"{LEADS[action.knob, action.direction]}: {command}"]
    parts += [WHEN[action.only]] if action.only else []
    parts += [Text(CONFLICTS[name].text).filled(scope) for name in conflicts]
    return _action(action.knob, of, values, action.direction, action.only, conflicts, command, "; ".join(parts))


#: A namespace is made anew with what runs in it.
LASTS = "it lasts as long as the network namespace: set it where what runs there is defined"

#: What a shell has to see: a command with it needs one in the namespace.
_OF_A_SHELL = re.compile(r"[;|&<>$]")


def entered(command: str, scope: dict[str, Any]) -> str:
    """A command as it is typed to be run in the network namespace of *scope*, which is the host's own as a rule."""
    if "namespace" not in scope:
        return command
    there = f"sh -c {shlex.quote(command)}" if _OF_A_SHELL.search(command) else command
    return f"{scope['namespace']['enter']} {there}"


def _made_there(action: Action, scope: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any] | None:
    """Advice for those sysctls of an action that another network namespace has for itself: no knob reaches them."""
    values = plain(_values(action, scope)) or {}
    values = {name: value for name, value in values.items() if name in OWN_SYSCTLS}
    if not values or None in values.values():
        return None
    command = entered(COMMANDS[action.knob](None, values), scope)
    parts = [f"{LEADS[action.knob, action.direction]}: {command}", *([WHEN[action.only]] if action.only else []), LASTS]
    return _action(ADVICE, subject, {}, None, None, [], command, "; ".join(parts))


def _action(knob, subject, values, direction, when, conflicts, command, text) -> dict[str, Any]:
    return {
        "knob": knob,
        "subject": subject,
        "set": values,
        "direction": direction,
        "when": when,
        "conflicts": conflicts,
        "command": command,
        "text": text,
    }


def _values(action: Action, scope: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(action.set, Expression):
        found = action.set.value(scope)
        return found if isinstance(found, dict) else None
    if isinstance(action.set, tuple):
        names = [name.filled(scope) for name in action.set]
        following = scope["signals"].get("next") or {}
        return {name: following[name] for name in names if following.get(name) is not None}
    return {key: expression.value(scope) for key, expression in action.set.items()}


def _holds(conflict: Any, scope: dict[str, Any]) -> bool:
    return Expression(conflict.when).judge(scope) is True


def _ethtool(option: str, underscore: str = "-") -> Callable[[str, dict[str, Any]], str]:
    """A command of ethtool; *underscore* is what stands for one in its words."""

    def command(name: str, values: dict[str, Any]) -> str:
        words = [f"{shown(key.replace('_', underscore))} {_word(value)}" for key, value in values.items()]
        return f"ethtool {option} {name} {' '.join(words)}"

    return command


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return shown(value)


def _rss(name: str, values: dict[str, Any]) -> str:
    commands = [f"ethtool -X {name} equal {values['equal']}"] if "equal" in values else []
    fields = values.get("fields") or {}
    commands += [f"ethtool -N {name} rx-flow-hash {flow} {letters}" for flow, letters in fields.items()]
    return "; ".join(commands)


def _irq_affinity(_name: str, values: dict[str, Any]) -> str:
    pairs = " ".join(shown(f"{irq}:{format_list(cpus)}") for irq, cpus in values.items())
    return f"for i in {pairs}; do echo ${{i#*:}} > /proc/irq/${{i%%:*}}/smp_affinity_list; done"


def _packet_steering(name: str, values: dict[str, Any]) -> str:
    commands = []
    for file, queues in values.items():
        pairs = " ".join(shown(f"{queue}:{format_mask(cpus)}") for queue, cpus in queues.items())
        place = f"/sys/class/net/{name}/queues/${{q%%:*}}/{file}"
        commands.append(f"for q in {pairs}; do echo ${{q#*:}} > {place}; done")
    return "; ".join(commands)


def _sysctl(_name: str, values: dict[str, Any]) -> str:
    return "sysctl -w " + " ".join(f"{name}={_numbers(value)}" for name, value in values.items())


def _numbers(value: Any) -> str:
    return f'"{" ".join(map(str, value))}"' if isinstance(value, list) else str(value)


#: What a person types, by knob: a function of the NIC's name, quoted, and the values.
COMMANDS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "ring": _ethtool("-G"),
    "channels": _ethtool("-L"),
    "coalesce": _ethtool("-C"),
    "feature": _ethtool("-K"),
    "private_flag": _ethtool("--set-priv-flags", "_"),
    "rss": _rss,
    "irq_affinity": _irq_affinity,
    "packet_steering": _packet_steering,
    "sysctl": _sysctl,
}
