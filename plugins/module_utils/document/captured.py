# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document of a host that is known by captured files alone: nothing can be asked again, and nobody waits.

What was captured twice is compared as in an audit. What was captured once has totals since boot, and no more: the
document says so in ``meta.basis``.
"""

import calendar

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import snapshot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import BOOT, assemble
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import SHORTEST_S
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.reading import socket_owners_of
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import identity, protocols
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter

#: The moments of boot that two captures tell differ by this much at most: some have no clock but one of minutes.
BOOT_WITHIN_S = 90


def read_captured(hosts, patterns, networks):
    """The host documents of one host, of which *hosts* are what was captured of it one after the other.

    Two of the same boot make an interval, more a series of intervals, the first one first. Where one stands alone,
    because there is no other or the host was booted in between, its document has the basis "boot"; so there is one at
    least, and the last one is the newest.

    *patterns* and *networks* choose the NICs as in :func:`selection.select`, whose SelectionError is raised.
    """
    rows = _rows(hosts)
    documents = []
    for row in rows:
        if len(row) > 1:
            documents += [_interval(before, after, patterns, networks) for before, after in zip(row, row[1:])]
        elif len(rows) == 1 or row is rows[-1]:
            documents.append(since_boot(row[0], patterns, networks))
    return documents


def since_boot(host, patterns, networks):
    """The document of one capture: every delta is the total, and the interval is the time since boot.

    What is counted anew when a driver is loaded or an interface is made is counted from then on: its total is of a
    shorter time than the interval, never of a longer one.
    """
    gaps = Gaps()
    settings = snapshot.settings(host, patterns, networks, gaps)
    after = snapshot.sample(host, settings["nics"], gaps)
    document = assemble(settings, None, _nothing_yet(after), after, {}, gaps.entries, BOOT)
    for nic in (document["nics"] or {}).values():
        # That it changed is no reason here to believe nothing else of the interface.
        changes = nic.get("carrier_changes")
        if changes is not None:
            changes["delta"] = changes["total"]
    return document


def _interval(first, last, patterns, networks):
    """The document of two captures; the settings are those of the later one."""
    gaps, earlier = Gaps(), Gaps()
    settings = snapshot.settings(last, patterns, networks, gaps)
    before = snapshot.sample(first, settings["nics"], earlier)
    after = snapshot.sample(last, settings["nics"], gaps)
    if None in [sample["identity"]["monotonic_s"] for sample in (before, after)]:
        for sample in (before, after):
            sample["identity"]["monotonic_s"] = _epoch(sample["identity"]["taken_at"])
    return assemble(settings, None, before, after, _known_owners(last, before, after), gaps.entries)


def _known_owners(host, before, after):
    """Who has the sockets that lost something in between, where the capture tells it: that of capture.sh does."""
    owners = socket_owners_of(host, before, after)
    return {inode: owner for inode, owner in owners.items() if not isinstance(owner, Unavailable)}


def _rows(hosts):
    """The captures in rows of one boot each. Of two that are the same moment the later one is kept."""
    rows, told = [], []
    for host in hosts:
        who = dict(_who(host), host=host)
        if told and _same_boot(told[-1], who):
            if _between(told[-1], who) < SHORTEST_S:
                rows[-1][-1] = host
            else:
                rows[-1].append(host)
        else:
            rows.append([host])
        told.append(who)
    return rows


def _who(host):
    found = identity.read(host, Gaps())
    return {
        "boot_id": found["boot_id"],
        "kernel": found["kernel"]["release"],
        "utc_s": _epoch(found["taken_at"]),
        "uptime_s": found["monotonic_s"],
    }


def _same_boot(one, other):
    """Whether two captures are of the same boot, by its id, and where one lacks that by the moment of the boot.

    Of a few files that somebody copied before and after nothing tells the boot but what they count.
    """
    if None not in (one["boot_id"], other["boot_id"]):
        return one["boot_id"] == other["boot_id"]
    if one["kernel"] != other["kernel"] or None in (one["utc_s"], other["utc_s"]):
        return False
    if [who[key] for who in (one, other) for key in ("uptime_s", "boot_id")] == [None] * 4:
        return _nothing_went_back(one["host"], other["host"])
    if None in (one["uptime_s"], other["uptime_s"]):
        return False
    booted = [who["utc_s"] - who["uptime_s"] for who in (one, other)]
    return abs(booted[0] - booted[1]) <= BOOT_WITHIN_S


def _nothing_went_back(first, last):
    """Whether what the protocols count is there in both, and not less in the second: a boot begins with zero."""
    old, new = (dict(_totals(protocols.read(host, Gaps()))) for host in (first, last))
    both = set(old).intersection(new)
    return bool(both) and all(new[path] >= old[path] for path in both)


def _totals(tree, path=()):
    for key, value in (tree or {}).items():
        if isinstance(value, Counter):
            yield path + (key,), value
        elif isinstance(value, dict):
            yield from _totals(value, path + (key,))


def _between(one, other):
    """The seconds between two captures of one boot, 0 where they cannot be told."""
    for clock in ("uptime_s", "utc_s"):
        if None not in (one[clock], other[clock]):
            return other[clock] - one[clock]
    return 0


def _epoch(taken_at):
    """ "2026-01-31T12:00:00Z" in seconds, None where there is no such time."""
    try:
        day, _t, time = taken_at.rstrip("Z").partition("T")
        return float(calendar.timegm(tuple(map(int, day.split("-") + time.split(":")))))
    except (AttributeError, TypeError, ValueError, IndexError, OverflowError):
        return None


def _nothing_yet(sample):
    """A sample as it would have been at boot: the same things, and nothing was counted."""
    before = _zeroed(sample)
    who = before["identity"]
    if who["monotonic_s"] is not None:
        who["monotonic_s"] = 0.0
    tables = sample["sockets"]["drops"]
    if tables is not None:
        before["sockets"]["drops"] = {protocol: dict.fromkeys(table) for protocol, table in tables.items()}
    for nic in (before["nics"] or {}).values():
        nic["carrier_changes"] = None
    return before


def _zeroed(value):
    if isinstance(value, Counter):
        return type(value)(0)
    if isinstance(value, dict):
        return type(value)((key, _zeroed(below)) for key, below in value.items())
    return value
