# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which network interfaces are judged: by default, by name or kind, or by the network they serve. Pure functions.

The interfaces of a host are ``{name: {"kind": str|None, "flags": [str], "lower": [names], "upper": [names],
"addresses": [CIDR]|None, "physical": bool}}``, as :func:`nics.inventory` returns them.
"""

import fnmatch
import ipaddress
import re

KIND_PREFIX = "kind:"

GLOB_CHARACTERS = re.compile(r"[*?[]")

#: How many names a message lists before it says how many more there are.
_LISTED = 20


class SelectionError(Exception):
    """What was asked for names no interface of this host; the message says what there is."""


def select(links, patterns=(), networks=()):
    """``{"how": str, "selected": [names], "others": [names]}``, both sorted.

    :param patterns: names, shell globs on names (``ens*``), or ``kind:bond`` (with globs as well)
    :param networks: CIDRs; an interface that owns an address inside one is selected with all that it is built on, so
        that the NIC below a bond that has the address is judged. With patterns too, what either selects.

    ``how`` is "patterns", "networks", or without both "default": the physical NICs that are up and all that is built on
    them; or "fallback" where none is (a container): all that is up except loopback.

    Raises :class:`SelectionError` for a name that is not there, a network that is none, and where nothing matches.
    """
    if patterns or networks:
        how = "patterns" if patterns else "networks"
        selected = _by_patterns(links, patterns) | _by_networks(links, networks)
    else:
        how, selected = _by_default(links)
    return {"how": how, "selected": sorted(selected), "others": sorted(set(links) - selected)}


def _by_default(links):
    physical = {name for name, link in links.items() if link["physical"] and "UP" in link["flags"]}
    if physical:
        return "default", _reachable(links, physical, "upper")
    return "fallback", {name for name, link in links.items() if "UP" in link["flags"] and not _is_loopback(link)}


def _is_loopback(link):
    return "LOOPBACK" in link["flags"] or link["kind"] == "loopback"


def _by_patterns(links, patterns):
    selected = set()
    for pattern in patterns:
        matching = {name for name, link in links.items() if matches(pattern, name, link["kind"])}
        if not matching and not GLOB_CHARACTERS.search(pattern) and not pattern.startswith(KIND_PREFIX):
            raise SelectionError(f"no interface {pattern!r} on this host; it has: {listed(sorted(links))}")
        selected |= matching
    if patterns and not selected:
        there = listed([f"{name} ({links[name]['kind'] or 'kind not known'})" for name in sorted(links)])
        raise SelectionError(f"no interface matches {', '.join(map(repr, patterns))}; this host has: {there}")
    return selected


def matches(pattern, name, kind):
    """Whether a pattern as :func:`select` takes them is for the interface of this name and kind."""
    if pattern.startswith(KIND_PREFIX):
        return kind is not None and fnmatch.fnmatchcase(kind, pattern[len(KIND_PREFIX) :])
    # A name may have glob characters itself: a pattern that is a name means that one.
    return pattern == name or fnmatch.fnmatchcase(name, pattern)


def _by_networks(links, networks):
    wanted = [_network(text) for text in networks]
    owners = {name for name, link in links.items() if any(_is_inside(text, wanted) for text in link["addresses"] or ())}
    if networks and not owners:
        seen = [f"{text} on {name}" for name in sorted(links) for text in links[name]["addresses"] or ()]
        raise SelectionError(f"no address inside {listed(networks)} on this host; it has: {listed(seen)}")
    return _reachable(links, owners, "lower")


def _network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise SelectionError(f"{text!r} is no network: expected a CIDR such as 10.0.0.0/8 or fd00::/8") from None


def _is_inside(cidr, networks):
    address = ipaddress.ip_interface(cidr).ip
    return any(address in network for network in networks)


def _reachable(links, names, side):
    """*names* and all that is above (or below) them, over any number of steps."""
    reached, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in links and name not in reached:
            reached.add(name)
            waiting.extend(links[name][side])
    return reached


def listed(names):
    """Names for a message, the first :data:`_LISTED` of them."""
    if not names:
        return "none"
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
