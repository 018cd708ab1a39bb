# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which NICs an entry of a tuning is about, and what all entries together say of each: pure functions.

An entry is ``{"match": {key: wanted}, knob: values, ...}``. It is about the NICs of which all keys of its ``match``
hold, and without a ``name`` or ``kind`` among them about physical ones alone.
"""

import fnmatch
import ipaddress
from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER, knob

#: What has to be read of a NIC (:data:`document.nics.PARTS`), and whether a NIC of a document is as wanted.
Key = namedtuple("Key", "parts holds")

MATCH, SYSCTL = "match", "sysctl"
_ANYWHERE = ("name", "kind")


def _driver(nic):
    return (nic.get("driver") or {}).get("name")


def _speed(nic):
    return (nic.get("link") or {}).get("speed_mbps")


def _address(nic):
    return (nic.get("pci") or {}).get("address")


def _queues(nic):
    queues = nic.get("queues")
    return None if queues is None else len(queues["rx"])


def _like(value, wanted):
    """Whether a text is one of the wanted ones, or like one of those patterns."""
    return value is not None and any(fnmatch.fnmatchcase(value, pattern) for pattern in _texts(wanted))


def _texts(wanted):
    return [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]


def _at_least(value, wanted):
    return value is not None and value >= _number(wanted)


def _at_most(value, wanted):
    return value is not None and value <= _number(wanted)


def _number(wanted):
    try:
        return int(wanted)
    except (TypeError, ValueError):
        raise Refused(f"match: expected a whole number, found {wanted!r}") from None


def _in_network(nic, wanted):
    try:
        networks = [ipaddress.ip_network(text, strict=False) for text in _texts(wanted)]
    except ValueError as error:
        raise Refused(f"match: network: {error}; expected a CIDR such as 10.0.0.0/8 or fd00::/8") from None
    return any(
        ipaddress.ip_interface(cidr).ip in network for cidr in nic.get("addresses") or () for network in networks
    )


def _truth(wanted):
    if not isinstance(wanted, bool):
        raise Refused(f"match: up: expected true or false, found {wanted!r}")
    return wanted


#: What an entry may match by. A value that is not known, such as the speed of a link that is down, matches nothing.
KEYS = {
    "name": Key((), lambda name, nic, wanted: _like(name, wanted)),
    "driver": Key(("driver",), lambda _name, nic, wanted: _like(_driver(nic), wanted)),
    "kind": Key((), lambda _name, nic, wanted: _like(nic.get("kind"), wanted)),
    "mac": Key((), lambda _name, nic, wanted: _like(nic.get("mac"), [text.lower() for text in _texts(wanted)])),
    "pci": Key(("device",), lambda _name, nic, wanted: _like(_address(nic), wanted)),
    "network": Key((), lambda _name, nic, wanted: _in_network(nic, wanted)),
    "speed_min": Key(("link",), lambda _name, nic, wanted: _at_least(_speed(nic), wanted)),
    "speed_max": Key(("link",), lambda _name, nic, wanted: _at_most(_speed(nic), wanted)),
    "queues_min": Key(("queues",), lambda _name, nic, wanted: _at_least(_queues(nic), wanted)),
    "queues_max": Key(("queues",), lambda _name, nic, wanted: _at_most(_queues(nic), wanted)),
    "up": Key((), lambda _name, nic, wanted: ("UP" in nic.get("flags", ())) is _truth(wanted)),
}


def knobs():
    """What an entry may set: the knobs of NICs. A knob that has to be told nothing of NICs is one of the host."""
    return [name for name in ORDER if knob(name).PARTS]


def check(entries):
    """Raises Refused for entries that cannot be: which one, and what there is."""
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise Refused(f"settings: entry {number}: expected a mapping with match and knobs, found {entry!r}")
        _check_names(number, "key", set(entry) - {MATCH}, knobs(), f"{MATCH} and ")
        by = entry.get(MATCH) or {}
        if not isinstance(by, dict):
            raise Refused(f"settings: entry {number}: {MATCH}: expected a mapping, found {by!r}")
        _check_names(number, f"key of {MATCH}", set(by), sorted(KEYS))
        for name in set(entry) - {MATCH}:
            if not isinstance(entry[name], dict):
                raise Refused(f"settings: entry {number}: {name}: expected a mapping, found {entry[name]!r}")


def _check_names(number, what, given, known, more=""):
    unknown = sorted(map(str, given - set(known)))
    if unknown:
        raise Refused(
            f"settings: entry {number}: there is no {what} {', '.join(unknown)}; there are: {more}{', '.join(known)}"
        )


def parts(entries):
    """What has to be read of the NICs to match these entries."""
    return sorted({part for entry in entries for key in entry.get(MATCH) or () for part in KEYS[key].parts})


def matches(entry, name, nic):
    """Whether an entry is about a NIC of a host document."""
    by = entry.get(MATCH) or {}
    if nic.get("kind") != "physical" and not set(by) & set(_ANYWHERE):
        return False
    return all(KEYS[key].holds(name, nic, wanted) for key, wanted in by.items())


def settings(entries, nics):
    """The settings of all NICs: of several entries about a NIC, the first that names a value wins.

    :param nics: of a host document, with what :func:`parts` names
    """
    found = []
    for name in sorted(nics):
        own = {}
        for entry in entries:
            if matches(entry, name, nics[name]):
                for knob_name in set(entry) - {MATCH}:
                    # Those of an earlier entry stay.
                    own[knob_name] = {**entry[knob_name], **own.get(knob_name, {})}
        found += [{"knob": each, "subject": name, "values": own[each]} for each in ORDER if each in own]
    return found
