# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a site allows to be changed: ``packetloss_policy``, checked, with the defaults of what it does not say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import matches
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import CLASSES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import amount
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import SETTINGS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import dig, text

NAME = "packetloss_policy"

#: What becomes of a change that helped nothing.
TAKE_BACK, KEEP = "take_back", "keep"

#: The severities of findings that may be planned for.
SEVERITIES = ("loss", "risk", "info")

#: What a plan never goes beyond where the site says nothing else. Sysctls that are a share of the memory (tcp_mem,
#: udp_mem, min_free_kbytes) are bounded where their next value is made. All are this collection's own choice: of a
#: budget two doublings of the kernel's default, since it takes time from programs; of a table what it may take of the
#: memory, a connection being about 320 bytes (sizeof(struct nf_conn) of Linux 6.12 on x86_64), a neighbour about 500.
CEILINGS = {
    "net.core.netdev_budget": 1200,
    "net.core.netdev_budget_usecs": 32000,
    "net.core.netdev_max_backlog": 65536,
    "net.netfilter.nf_conntrack_max": 2097152,
    "net.netfilter.nf_conntrack_buckets": 2097152,
    "net.ipv4.neigh.default.gc_thresh3": 65536,
    "net.ipv6.neigh.default.gc_thresh3": 65536,
    "net.ipv4.ipfrag_high_thresh": 64 << 20,
    "net.ipv6.ip6frag_high_thresh": 64 << 20,
}

#: What else than a sysctl can have a ceiling: a knob and its key.
OTHER_CEILINGS = ("ring.rx", "channels.combined", "channels.rx")

_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$")


class PolicyError(ValueError):
    """A policy that cannot be used: the message says which key, what it is and what is expected."""


class Part(NamedTuple):
    """One key: its default, what is expected in words, and a function that gives the value or raises ValueError."""

    default: Any
    expected: str
    read: Callable[[Any], Any]


def checked(given: Any = None) -> dict[str, Any]:
    """The policy with all keys of :data:`PARTS`, of a mapping in which each may be missing.

    Raises :class:`PolicyError`. A number in a text is a number, for templates give texts.
    """
    if given is not None and not isinstance(given, dict):
        raise PolicyError(f"{NAME}: expected a mapping with some of {', '.join(PARTS)}, found {given!r}")
    policy = {key: part.default for key, part in PARTS.items()}
    policy["ceilings"] = dict(CEILINGS)
    for key, value in (given or {}).items():
        if key not in PARTS:
            near = difflib.get_close_matches(str(key), PARTS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(PARTS)}"
            raise PolicyError(f"{NAME}: there is no key {key!r}; {hint}")
        try:
            policy[key] = PARTS[key].read(value)
        except (TypeError, ValueError) as error:
            why = f": {error}" if str(error) else ""
            raise PolicyError(f"{NAME}: {key} is {value!r}, expected {PARTS[key].expected}{why}") from error
    return policy


def open_now(policy: dict[str, Any], now: datetime) -> bool:
    """Whether changes may be made at *now*, by the controller's clock. A window may go over midnight."""
    if policy["window"] is None:
        return True
    hours = [int(part) for part in _WINDOW.match(policy["window"]).groups()]
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    minute = now.hour * 60 + now.minute
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def forbidden(
    policy: dict[str, Any], setting: dict[str, Any], disruption: int | None = None, nics: Any = None
) -> str | None:
    """Why a setting is not allowed, None where it is.

    :param disruption: the class of its change, where that is known already
    :param nics: those of the host document, for what a pattern may be about besides a name
    """
    knob, subject = setting["knob"], setting["subject"]
    if knob not in policy["knobs"]:
        return f"{NAME}.knobs does not have {knob}"
    for name, kind in _names(subject, nics):
        if any(matches(pattern, name, kind) for pattern in policy["never"]):
            port = "" if name == subject else f", which {subject} is a port of,"
            return f"{NAME}.never says that {name}{port} is not to be touched"
    if disruption is not None and disruption > policy["disruption"]:
        return (
            f"it is of class {disruption} ({CLASSES.get(disruption, 'nobody knows')}), and {NAME}.disruption allows"
            f" {policy['disruption']}"
        )
    return None


def _names(subject: str | None, nics: Any) -> list[tuple[str, str | None]]:
    """``[(name, kind)]`` of a NIC and of what it is a port of: what is done to a port is done to its bond."""
    if subject is None:
        return []
    found = [(subject, text(dig(nics, subject, "kind")))]
    master = text(dig(nics, subject, "master"))
    return [*found, (master, text(dig(nics, master, "kind")))] if master else found


def _between(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        found = _whole(value)
        if not least <= found <= most:
            raise ValueError
        return found

    return read


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not re.match(r"[0-9]{1,18}$", str(value).strip()):
        raise ValueError
    return int(str(value).strip())


def _listed(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, str) and one for one in found):
        raise ValueError
    return [str(one) for one in found]


def _some_of(known: tuple[str, ...]) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        if value == "all":
            return list(known)
        found = _listed(value)
        if unknown := sorted(set(found) - set(known)):
            raise ValueError(f"there is no {unknown[0]}")
        return [one for one in known if one in found]

    return read


def _ceilings(value: Any) -> dict[str, int]:
    """The site's own in place of the built-in ones; null takes one away."""
    if not isinstance(value, dict):
        raise TypeError
    found: dict[str, int] = dict(CEILINGS)
    for key, most in value.items():
        if key not in OTHER_CEILINGS and (key not in SETTINGS or not SETTINGS[key].numbers):
            near = difflib.get_close_matches(str(key), [*SETTINGS, *OTHER_CEILINGS], 1)
            raise ValueError(f"nothing is set by {key!r}" + (f"; did you mean {near[0]}?" if near else ""))
        found.pop(key, None)
        if most is not None:
            found[key] = _whole(most)
    return found


def _reserve(value: Any) -> str | None:
    try:
        amount(value)
    except RingMemoryError as error:
        raise ValueError(str(error)) from error
    return None if value is None else str(value)


def _window(value: Any) -> str | None:
    if value is None or value == "":
        return None
    match = _WINDOW.match(str(value).strip())
    if not match or match.groups()[:2] == match.groups()[2:]:
        raise ValueError
    return str(value).strip()


def _choice(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in known:
            raise ValueError
        return value

    return read


def _no_units(value: Any) -> list[str]:
    if _listed(value):
        raise ValueError(
            "no program is restarted by this collection yet; what only counts for a program that is restarted is in the"
            " plan as advice, with the program's name: set it, restart the program, and audit again"
        )
    return []


#: The keys of a policy.
PARTS = {
    "rounds": Part(4, "a whole number from 1 to 10", _between(1, 10)),
    "steps": Part(4, "a whole number from 1 to 50", _between(1, 50)),
    "knobs": Part(list(ORDER), f"a list of some of {', '.join(ORDER)}, or all", _some_of(ORDER)),
    "severities": Part(["loss", "risk"], f"a list of some of {', '.join(SEVERITIES)}, or all", _some_of(SEVERITIES)),
    "ceilings": Part(
        CEILINGS,
        f"a mapping of sysctls, or of {', '.join(OTHER_CEILINGS)}, to whole numbers, null for no ceiling",
        _ceilings,
    ),
    "memory_reserve": Part(None, "bytes, a size such as 8G, a share such as 10%, or null", _reserve),
    "disruption": Part(1, f"a class from 0 to {max(CLASSES)}, see docs/setting.md", _between(0, max(CLASSES))),
    "window": Part(None, "two times of day in quotes, such as '22:00-04:00', or null", _window),
    "never": Part([], "a list of names, patterns or kinds of interfaces, such as eth0, veth* or kind:bond", _listed),
    "unchanged": Part(TAKE_BACK, f"{TAKE_BACK} or {KEEP}", _choice(TAKE_BACK, KEEP)),
    "restart_units": Part([], "an empty list", _no_units),
}
