# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSS: which queue a flow is received on, by the table of queues and by what is hashed of a packet.

The table is that of context 0, set by ETHTOOL_SRXFHINDIR: the kernel hands it to the driver without a key and with
"no change" for the hash function (ethtool_set_rxfh_indir(), Linux 6.12), so both stay, and so do other contexts and
ntuple rules. What is hashed is set by ETHTOOL_SRXFH, without FLOW_RSS, which would name another context.

In a change the table is ``table``, in the words of ``ethtool -X``: "equal 4", "weight 3 1", "default"; or "queues 0 0
1" with the queue of each entry, for one that none of them makes. Hashed fields are under the names of the flow types.
"""

import collections
import errno
import functools
import math
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import HASHED_FLOWS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import (
    CLASSES,
    UNKNOWN_CLASS,
    change_class,
    trait,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    NoQueue,
    Refused,
    change,
    driver_name,
    exactly,
    is_up,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool_commands import (
    HASHED_FIELDS,
    MOST_QUEUES,
)

#: No NIC has a larger RSS table; what a stored document claims beyond it is not gone through.
_MOST_ENTRIES = 1 << 16

NAME = "rss"
PARTS = ("driver", "rss_table", "hashed_fields")
SECTIONS = ()

TABLE, FIELDS = "table", "fields"
EQUAL, WEIGHTS, DEFAULT = "equal", "weights", "default"

#: How the table can be said, by the key of a setting; one of them.
SPREADS = (EQUAL, WEIGHTS, DEFAULT)
ALTERNATIVES = (SPREADS,)

#: The letters of :data:`HASHED_FIELDS` that choose what is hashed, in their order. Not "r", which drops the packets.
LETTERS = "".join(letter for letter in HASHED_FIELDS if letter != "r")

#: What a driver's refusal of a table means, by errno.
TABLE_MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EINVAL: "the driver does not take this table: it may reach fewer queues, or want a number that is a power of"
    " two",
    errno.EOPNOTSUPP: "the driver cannot change its table; leave the interface out",
    errno.EBUSY: "the driver cannot now: it is being reset; try again later",
    errno.ENOMEM: "the driver got no memory for the table",
}

#: And of hashed fields.
FIELDS_MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EINVAL: "the driver cannot hash these fields of such packets: many can choose of UDP only, sd or sdfn",
    errno.EOPNOTSUPP: "the driver gives no choice of what is hashed; leave it out, or leave the interface out",
}

accepts = exactly

_NUMBER = re.compile(r"[0-9]{1,9}$")


def decide(document, wanted):
    """The changes of the RSS tables and the hashed fields of some NICs.

    :param wanted: ``{NIC: {"equal": queues} or {"weights": [of each queue]} or {"default": True}}``, and, or only,
        ``{"fields": {"udp4": "sdfn"}}``; None leaves a key as it is

    A table that has these entries already is no change, however it was made. Of a document that has no
    :data:`document.nics.PARTS_TO_SET`, as those of audits, the order of the entries is not known and not compared, and
    neither is what is hashed. Raises Refused for queues that are not in use, and for what is no spread and no field.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    before, after, notes = {}, {}, []
    asked = [key for key in SPREADS if values.get(key) is not None and values[key] is not False]
    fields = {flow: letters for flow, letters in (values.get(FIELDS) or {}).items() if letters is not None}
    if len(asked) > 1 or not asked and not fields:
        raise Refused(f"{name}: expected one of {', '.join(SPREADS)} for the table, or fields to hash, or both")
    if asked:
        entries, queues, ordered = _present(document, name)
        words = _words(name, asked[0], values[asked[0]], len(entries), queues)
        new = entries_of(words, len(entries), queues)
        before[TABLE] = spread_of(entries, queues)
        same = new == entries if ordered else sorted(new) == sorted(entries)
        after[TABLE] = before[TABLE] if same else words
        notes += _reach(document, name, new)
    for flow, letters in fields.items():
        before[flow] = _hashed(document, name, flow)
        after[flow] = _ordered(name, flow, letters)
    made = change(NAME, name, before, after, _class(document, name), notes)
    for flow in made["to"] if made else ():
        if flow.startswith("udp") and set(made["to"][flow]) & set("fn"):
            made["notes"].append(f"fragments of {flow} have no ports, and may overtake what is not fragmented")
    return made


def _present(document, name):
    """``(entries of the table, queues that it may name, whether their order is known)``."""
    nic = (document["nics"] or {}).get(name) or {}
    if "rss_table" in nic or nic.get("rss") is None:
        table = part(document, name, "rss_table")
        return table["entries"], table["rx_queues"], True
    weights = nic["rss"]["weights"]
    if sum(weights.values()) > _MOST_ENTRIES or max(map(int, weights), default=0) > MOST_QUEUES:
        raise Refused(f"{name}: its RSS table has more entries, or names more queues, than any NIC has")
    entries = [int(queue) for queue, count in weights.items() for _entry in range(count)]
    channels = nic.get("channels") or {}
    return sorted(entries), channels.get("rx", 0) + channels.get("combined", 0) or max(entries) + 1, False


def _words(name, key, value, size, queues):
    """A wanted table in words; raises Refused."""
    if key == DEFAULT:
        return DEFAULT
    if key == EQUAL:
        count = _number(name, EQUAL, value, 1)
        if count > queues:
            raise _too_many(name, f"equal {count}", queues)
        if count > size:
            raise Refused(f"{name}: equal {count} is above the {size} entries of its table: give at most that")
        return f"equal {count}"
    weights = [_number(name, WEIGHTS, each, 0) for each in value]
    told = f"weight {' '.join(map(str, weights))}"
    while weights and not weights[-1]:
        weights.pop()
    if not weights:
        raise Refused(f"{name}: the weights are all 0: give the queues that are to receive a weight above 0")
    if len(weights) > queues:
        raise _too_many(name, told, queues)
    if sum(weights) > size:
        raise Refused(f"{name}: the sum of the weights, {sum(weights)}, is above the {size} entries of its table")
    return f"weight {' '.join(map(str, weights))}"


def _number(name, key, value, least):
    text = str(value).strip()
    if not _NUMBER.match(text) or int(text) < least:
        raise Refused(f"{name}: {key} has {value!r}, expected whole numbers from {least}")
    return int(text)


def _too_many(name, told, queues):
    return NoQueue(
        f"{name}: {told} names more than the {queues} receive queues that are in use and that its table reaches: name"
        f" at most that many, or give the NIC more channels first"
    )


def _reach(document, name, entries):
    reach = trait(driver_name(document, name), "rss_reach")
    if reach is None or max(entries) < reach:
        return []
    return [f"the RSS tables of some devices of this driver reach {reach} queues only; the others refuse it"]


def _class(document, name):
    found = change_class(driver_name(document, name), NAME) if is_up(document, name) else 0
    return found if found in CLASSES else UNKNOWN_CLASS


def _hashed(document, name, flow):
    if flow not in HASHED_FLOWS:
        raise Refused(f"{name}: there is no flow type {flow!r} here; there are: {', '.join(HASHED_FLOWS)}")
    nic = (document["nics"] or {}).get(name) or {}
    if "hashed_fields" not in nic and nic:
        return None
    found = part(document, name, "hashed_fields").get(flow)
    if found is None:
        path = f"/nics/{name}/hashed_fields/{flow}"
        reasons = [entry["detail"] for entry in document["unavailable"] if entry["path"] == path]
        raise Refused(f"{name}: what is hashed of {flow} cannot be known: {'; '.join(reasons)}; leave {flow} out")
    return found


def _ordered(name, flow, letters):
    text = str(letters).strip()
    if not text or set(text) - set(LETTERS):
        raise Refused(
            f"{name}: {flow} is {letters!r}, expected letters of {LETTERS}: s and d the addresses, f and n the ports"
            f" (sdfn: all four)"
        )
    return "".join(letter for letter in LETTERS if letter in text)


def entries_of(words, size, queues):
    """The queue of each of *size* entries of a table that is told in words.

    "equal" and "weight" as the ethtool program makes them (fill_indir_table() of ethtool.c 6.1), "default" as the
    kernel does (ethtool_rxfh_indir_default()).

    :param queues: how many the table may name
    """
    kind, *numbers = words.split()
    numbers = [int(number) for number in numbers]
    if kind == "queues":
        return numbers
    if kind == "weight":
        return _shares(numbers, size)
    return [entry % (numbers[0] if kind == EQUAL else queues) for entry in range(size)]


def _shares(weights, size):
    """One run of entries for each queue, which ends where its part of the sum of the weights does, rounded down."""
    found, passed, total = [], 0, sum(weights)
    for queue, weight in enumerate(weights):
        passed += weight
        found += [queue] * (size * passed // total - len(found))
    return found


def spread_of(entries, queues):
    """The words for a table, the ones that say least: the opposite of :func:`entries_of`."""
    size, counts = len(entries), collections.Counter(entries)
    listed = [counts[queue] for queue in range(max(entries) + 1)]
    divisor = functools.reduce(math.gcd, listed)
    words = [
        DEFAULT,
        f"equal {len(listed)}",
        f"weight {' '.join(str(count // divisor) for count in listed)}",
    ]
    found = next((each for each in words if entries_of(each, size, max(queues, 1)) == entries), None)
    return found or f"queues {' '.join(map(str, entries))}"


def write(host, made):
    """Hand table and fields to the driver; raises Refused with what it said."""
    name, told = made["subject"], made["to"]
    if TABLE in told:
        try:
            table = None
            if told[TABLE] != DEFAULT:
                entries, queues = _read_table(host, made)
                table = entries_of(told[TABLE], len(entries), queues)
            ethtool_set.rss_table(host, name, table)
        except Unavailable as error:
            raise refused(made, told[TABLE], error, TABLE_MEANINGS) from error
    for flow in _flows(made):
        try:
            ethtool_set.hashed_fields(host, name, flow, told[flow])
        except Unavailable as error:
            raise refused(made, f"{flow} {told[flow]}", error, FIELDS_MEANINGS) from error


def read(host, made):
    """The table, in the words of the change where they fit, and the fields, as they are now; raises Refused."""
    found = {}
    if TABLE in made["to"]:
        try:
            entries, queues = _read_table(host, made)
        except Unavailable as error:
            raise _unread(made, "RSS table", error) from error
        words = made["to"][TABLE]
        found[TABLE] = words if entries == entries_of(words, len(entries), queues) else spread_of(entries, queues)
    for flow in _flows(made):
        try:
            found[flow] = ethtool.hashed_fields(host, made["subject"], flow)
        except Unavailable as error:
            raise _unread(made, f"hashed fields of {flow}", error) from error
    return found


def _read_table(host, made):
    return ethtool.rss_queues(host, made["subject"]), ethtool.rx_queues(host, made["subject"])


def _unread(made, what, error):
    return Refused(f"{made['subject']}: its {what} could not be read back: {error.detail}")


def _flows(made):
    return [key for key in made["to"] if key != TABLE]


def command(made):
    name, told = made["subject"], made["to"]
    commands = [f"ethtool -N {name} rx-flow-hash {flow} {told[flow]}" for flow in _flows(made)]
    if TABLE in told:
        commands.insert(0, f"ethtool -X {name} {_typed(told[TABLE])}")
    return "; ".join(commands)


def _typed(words):
    """What ``ethtool -X`` takes: of a table that it cannot make, the one with as many entries for each queue."""
    kind, *queues = words.split()
    if kind != "queues":
        return words
    counts = collections.Counter(map(int, queues))
    return f"weight {' '.join(str(counts[queue]) for queue in range(max(counts) + 1))}"
