# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other network namespaces of a host: each as a host document of its own, for the signals and rules of the stack.

The kernel is the same for all, so a namespace has the counters that the host has; of its own the document tells those
that moved.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.growth import NOT_TOLD
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import pointer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import SETTINGS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    Words,
    delta,
    dig,
    entries,
    excess,
    largest,
    number,
    ratio,
    table,
    text,
)

#: The sysctls that each namespace has for itself.
OWN_SYSCTLS = frozenset(name for name, setting in SETTINGS.items() if setting.of == "namespace")

#: The parts of the signals that a namespace has for itself. The rest is the whole machine's, or that of its own NICs.
PARTS = ("ip", "tcp", "udp", "sockets", "xfrm", "conntrack", "interfaces")

#: Errors of an interface, in no order. The others of /proc/net/dev are parts of these.
ERRORS = ("rx_errors", "tx_errors")


def judged(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """``(namespace, document)`` of those that both samples have: ``{"name", "enter"}`` and what is known of it, in the
    form of the document of a host. ``enter`` is what a command begins with that is to be run there.
    """
    void = {str(dig(entry, "path")) for entry in entries(document, "meta", "void")}
    for key, found in sorted(table(document, "namespaces").items()):
        if isinstance(dig(found, "protocols"), dict) and pointer("namespaces", key) not in void:
            yield named(key, found), as_host(document, found)


def named(key: str, found: dict[str, Any]) -> dict[str, Any]:
    """How a namespace is called, and how a command is run there."""
    return {"name": text(found.get("name")) or key, "enter": Words(entering(found))}


def entering(found: dict[str, Any]) -> str:
    """``ip netns exec NAME``, or ``nsenter`` with a process or a mount of the namespace."""
    name, pid = text(found.get("netns")), number(found.get("pid"))
    if name and name.startswith("/"):
        return f"nsenter --net={_quoted(name)}"
    if name:
        return f"ip netns exec {_quoted(name)}"
    return f"nsenter -t {int(pid)} -n" if pid is not None else "nsenter --net=(unknown)"


def _quoted(name: str) -> str:
    return shlex.quote("".join(character if character.isprintable() else "?" for character in name))


def as_host(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A document with what a namespace has for itself in the place of the host's."""
    protocols = table(found, "protocols")
    host = table(document, "protocols")
    tracked = found.get("conntrack")
    return {
        **{key: document.get(key) for key in ("meta", "nics", "memory", "cpus")},
        "protocols": {
            part: _whole(host.get(part), protocols.get(part), document) for part in ("snmp", "snmp6", "netstat")
        },
        "xfrm": _whole(document.get("xfrm"), found.get("xfrm"), document),
        "conntrack": {
            **table(document, "conntrack"),
            "count": dig(tracked, "count"),
            "stats": _whole(dig(document, "conntrack", "stats"), table(tracked, "stats"), document),
        }
        if isinstance(tracked, dict)
        else None,
        "sockets": {
            # What the protocols hold is the machine's.
            "sockstat": dig(document, "sockets", "sockstat"),
            "drops": dig(found, "sockets", "drops") or {},
        },
        "sysctls": {
            **{name: value for name, value in table(document, "sysctls").items() if name not in OWN_SYSCTLS},
            **{name: value for name, value in table(found, "sysctls").items() if name in OWN_SYSCTLS},
        },
        "interfaces": table(found, "interfaces"),
    }


def _whole(host: Any, moved: Any, document: dict[str, Any]) -> Any:
    """What moved, with the counters beside it that the host has and that stood still; None where nothing is known."""
    if not isinstance(moved, dict):
        return None
    if not isinstance(host, dict):
        return moved
    # Between two samples it stood still; of one alone it is zero.
    still = {"total": None, "delta": 0} if number(dig(document, "meta", "interval_s")) else {"total": 0, "delta": None}
    whole = {}
    for name, of_host in host.items():
        if isinstance(of_host, dict) and "delta" not in of_host:
            whole[name] = _whole(of_host, moved.get(name, {}), document)
        elif isinstance(of_host, dict) and name not in NOT_TOLD:
            whole[name] = still
    sections = {name for name, value in whole.items() if not isinstance(value, dict) or "delta" not in value}
    return {**whole, **{name: value for name, value in moved.items() if name not in sections}}


def interfaces(document: dict[str, Any], backlog_dropped: Number | None) -> list[dict[str, Any]]:
    """The interfaces of a namespace that counted drops or errors (``SIGNALS["interfaces"]``).

    What a backlog dropped is counted there, and again in rx_dropped of the end of a veth pair that it was for and in
    tx_dropped of the end that sent it (drivers/net/veth.c, net/core/dev.c): so much may be theirs.
    """
    found = []
    for name, counters in sorted(table(document, "interfaces").items()):
        rx, tx = (largest([delta(counters, field), 0]) for field in ("rx_dropped", "tx_dropped"))
        errors = {field: count for field in ERRORS if (count := delta(counters, field))}
        if not rx and not tx and not errors:
            continue
        received = largest([delta(counters, "rx_packets"), 0])
        unexplained = excess(rx, min(rx, backlog_dropped or 0))
        found.append(
            {
                "name": name,
                "rx_packets": received,
                "rx_dropped_unexplained": unexplained,
                "rx_dropped_unexplained_ratio": ratio(unexplained, largest([received, unexplained])),
                "tx_dropped_unexplained": excess(tx, min(tx, backlog_dropped or 0)),
                "errors": sum(errors.values()),
                "error_counters": errors or None,
            }
        )
    return found
