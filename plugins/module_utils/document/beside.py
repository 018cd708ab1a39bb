# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other network namespaces: what they are called, what is read of them, and what moved there between two samples.

Loaded only for a host that has any; :mod:`namespaces` says what they are in the document.
"""

import fnmatch

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import growth
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import step
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import (
    GLOB_CHARACTERS,
    SelectionError,
    listed,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, pointer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    namespace_names,
    other_namespaces,
    sockets,
    sysctls,
)

#: So many are read, those with the lowest inodes; the others are counted. What one costs grows with the CPUs of the
#: host, since the kernel adds up its counters over all of them.
MOST = 500

#: The parts that count, and where a namespace has them in the document.
_PROTOCOLS = ("snmp", "snmp6", "netstat")

#: The tables of sockets that are read where datagrams were lost. Every socket of the host is looked at for each.
_TABLES = ("udp", "udp6")

#: What counts every datagram that a socket dropped, by the file that has it (net/ipv4/udp.c, net/ipv6/udp.c).
_DATAGRAMS = {"snmp": (("Udp", "InErrors"), ("UdpLite", "InErrors")), "snmp6": ("Udp6InErrors", "UdpLite6InErrors")}

#: What else grows where settings of the namespace are part of the story.
_TCP = (
    "ListenDrops ListenOverflows TCPReqQFullDrop TCPReqQFullDoCookies TCPBacklogDrop TCPRcvQDrop TCPOFODrop RcvPruned"
    " OfoPruned TCPZeroWindowDrop TCPAbortOnMemory TCPMemoryPressures"
).split()
_FRAGMENTS = ("ReasmFails", "Ip6ReasmFails")

#: The sysctls that each namespace has for itself.
OWN_SYSCTLS = tuple(name for name, setting in sysctls.SETTINGS.items() if setting.of == "namespace")


class Sample:
    """What one sample holds: ``texts`` of each namespace by part, an Unavailable in place of one that cannot be had;
    ``places`` has the :class:`other_namespaces.Place` of all; ``tables`` those of the sockets of a namespace that had
    lost datagrams before; ``came`` what appeared after the settings were read, as :func:`_described`.
    """

    def __init__(self, texts, places, tables, came):
        self.texts, self.places, self.tables, self.came = texts, places, tables, came


def plan(host, found, choice):
    """``(meta, known, files)`` of :func:`namespaces.settings`, of the namespaces that were found.

    Raises :class:`selection.SelectionError` for a name that no namespace has.
    """
    known = _described(host, found.others)
    chosen = _chosen(known, choice)
    read = sorted(chosen)[:MOST]
    counted = {"not_chosen": len(known) - len(chosen), "beyond_limit": max(0, len(chosen) - MOST)}
    return counted, {inode: known[inode] for inode in read}, other_namespaces.files(host) if read else {}


def _described(host, others):
    """What each namespace is called, by inode: :func:`namespace_names.read` with ``inode``, ``kind`` and ``name``. No
    two have the same name."""
    known = {}
    for inode, place in others.items():
        known[inode] = namespace_names.read(host, place)
    namespace_names.with_pods(host, list(known.values()))
    names = set()
    for inode, one in sorted(known.items()):
        kind, name = namespace_names.title(one, inode)
        one.update(inode=inode, kind=kind, name=f"{name} [{inode}]" if name in names else name)
        names.add(name)
    return {inode: {key: value for key, value in one.items() if value is not None} for inode, one in known.items()}


def _chosen(known, choice):
    """The inodes of those that the choice is for."""
    chosen = set()
    for pattern in choice:
        fitting = {
            inode
            for inode, one in known.items()
            if pattern == "all" or any(_fits(pattern, word) for word in namespace_names.words(one))
        }
        if not fitting and pattern not in ("all", "own") and not GLOB_CHARACTERS.search(pattern):
            there = listed(sorted(one["name"] for one in known.values()))
            raise SelectionError(f"no network namespace {pattern!r} on this host; it has: {there}")
        chosen |= fitting
    return chosen


def _fits(pattern, word):
    return pattern == word or fnmatch.fnmatchcase(word, pattern)


def sample(host, plan, now, gaps, earlier):
    """The :class:`Sample` of now. *gaps* is that of the document.

    :param plan: what :func:`namespaces.settings` returned
    :param now: the :class:`other_namespaces.Found` of now
    :param earlier: the Sample before this one. Only without one the tables of sockets are read that had lost something
        before; after it they are read where something was lost meanwhile, see :meth:`Compared.look_closer`. And the
        connections of a namespace that had tracked none until then are not read again.
    """
    texts, tables = {}, {}
    for inode in plan["known"]:
        if inode in now.others:
            try:
                before = None if earlier is None else earlier.texts.get(inode)
                texts[inode] = _read(host, now.others[inode], plan["files"], before)
                if earlier is None and _lost_datagrams(texts[inode]):
                    tables[inode] = _tables(host, now.others[inode])
            except Unavailable as error:
                gaps.at("namespaces").note(str(inode), error)
    came = {inode: place for inode, place in now.others.items() if inode not in plan["found"].others}
    return Sample(texts, now.others, tables, _described(host, came))


def _read(host, place, files, before):
    known = {}
    if before is not None and growth.untracked(before.get("conntrack")):
        known = {"conntrack": before["conntrack"]}
    found = other_namespaces.read(host, place, [file for part, file in files.items() if part not in known])
    return {part: known[part] if part in known else found[file] for part, file in files.items()}


def _tables(host, place):
    """``{"udp": {inode: row or None}}`` of the tables that can be had, as :func:`sockets.parse_table` has them."""
    found, refused = {}, None
    for protocol, text in other_namespaces.read(host, place, _TABLES).items():
        if isinstance(text, Unavailable):
            refused = text
        else:
            found[protocol] = sockets.parse_table(text, f"/proc/net/{protocol}")
    if not found:
        raise refused
    return found


def _lost_datagrams(texts):
    """Whether a socket of the namespace may have dropped something since it was made."""
    snmp, snmp6 = texts.get("snmp"), texts.get("snmp6")
    if isinstance(snmp, str) and growth.stands_at(snmp, _DATAGRAMS["snmp"]):
        return True
    if isinstance(snmp6, str):
        # One of these lines is there for each field, padded with blanks.
        return any(_word_after(snmp6, field) not in ("0", "") for field in _DATAGRAMS["snmp6"])
    return False


def _word_after(text, name):
    """The word after the first *name* in a text, "" where there is none."""
    _before, _name, rest = text.partition(name)
    return (rest[:80].split() or [""])[0]


class Compared:
    """Two samples, compared.

    ``before`` and ``after`` have the counters of each namespace that is in both samples, by its inode as a text: what
    moved, and of those that lost something more. ``changes`` says which of them came, went, or were replaced, in the
    form of :func:`interval.changed_identities`.

    :param plan: what :func:`namespaces.settings` returned
    :param gaps: the Gaps of ``/namespaces``
    """

    def __init__(self, plan, before, after, gaps):
        self.before, self.after, self.changes = {}, {}, []
        self.plan, self._last, self._first = plan, after, before
        self._gaps, self._losses = gaps, {}
        for inode in sorted(after.texts):
            if before is None or inode in before.texts:
                self._compare(inode, before and before.texts[inode], after.texts[inode])
        self._changes(before)

    def _compare(self, inode, old, new):
        key, gaps = str(inode), self._gaps.at(str(inode))
        parts = {}
        for part, text in new.items():
            if isinstance(text, Unavailable):
                if text.reason != "absent":
                    gaps.note(part, text)
                continue
            was = old and old[part]
            try:
                if isinstance(was, Unavailable):
                    raise was
                parts[part] = growth.OF[part](was, text, f"/proc/net/{self.plan['files'][part]}")
            except Unavailable as error:
                gaps.note(part, error)
        self.before[key] = _nested({part: pair[0] for part, pair in parts.items()})
        self.after[key] = _nested({part: pair[1] for part, pair in parts.items()})

    def _changes(self, before):
        known = self.plan["known"]
        appeared = set(self._last.came)
        vanished = {inode for inode in known if inode not in self._last.places}
        if before is not None:
            appeared |= set(before.came)
            vanished |= set(before.came) - set(self._last.came)
        for inode in sorted(appeared | vanished):
            self._change(inode, "vanished" if inode in vanished else "appeared")
        for key, after in self.after.items():
            if _fell(self.before[key], after):
                self._change(key, "replaced")

    def _change(self, inode, cause):
        self.changes.append({"path": pointer("namespaces", inode), "cause": cause, "before": None, "after": None})

    def look_closer(self, host):
        """Read more of the namespaces that lost something: their sockets, and the settings that are their own."""
        for key, after in self.after.items():
            grew = _datagrams_grew(after["protocols"])
            if grew or _settings_matter(after["protocols"]):
                below, place = self._gaps.at(key), self._last.places[int(key)]
                if grew:
                    self._losses[key] = below.attempt("sockets", self._sockets, host, int(key), place)
                found = below.attempt("sysctls", _sysctls, host, place, below.at("sysctls"))
                if found is not None:
                    after["sysctls"] = found

    def _sockets(self, host, inode, place):
        """The tables of a namespace as two samples of :mod:`sources.sockets`."""
        now = _tables(host, place)
        old = None
        if self._first is not None:
            # Where nothing was lost before, no socket of now had a drop then.
            old = self._first.tables.get(inode) or {protocol: dict.fromkeys(table) for protocol, table in now.items()}
        return {"drops": old}, {"drops": now or None, "byte_order": host.machine.byte_order()}

    def lost_sockets(self):
        """The inodes of the sockets that lost something meanwhile, of all namespaces."""
        return set().union(*(sockets.lost_since(*pair) for pair in self._losses.values() if pair))

    def name_owners(self, owners):
        """Make the document's rows of the sockets, with the processes that have them (:func:`socket_owners.read`)."""
        for key, pair in self._losses.items():
            if pair:
                gaps = self._gaps.at(key, "sockets")
                self.before[key]["sockets"], self.after[key]["sockets"] = sockets.comparable(*pair, owners, gaps)

    def not_entered(self):
        """How many of those that are there could not be read."""
        there = set(self._last.places).intersection(self.plan["known"])
        return len(there.difference(map(int, self.after)))

    def described(self):
        """What each namespace is called that is in the document, by inode as a text."""
        known = dict(self.plan["known"])
        for one in filter(None, (self._first, self._last)):
            known.update(one.came)
        return {str(inode): known[inode] for inode in sorted(known)}


def _nested(parts):
    """The parts of a namespace as the document has them."""
    found = {part: value for part, value in parts.items() if part not in _PROTOCOLS}
    return {"protocols": {part: value for part, value in parts.items() if part in _PROTOCOLS}, **found}


def _fell(before, after):
    """Whether a counter of the protocols went backwards: they count from when a namespace is made, so it is another."""
    return _goes_back(before["protocols"], after["protocols"])


def _goes_back(before, after):
    for key, new in after.items():
        old = before.get(key)
        if isinstance(new, dict):
            if _goes_back(old or {}, new):
                return True
        elif old is not None and new < old and step(int(old), int(new), new.bits, 1)[1]:
            return True
    return False


def _datagrams_grew(protocols):
    snmp, snmp6 = protocols.get("snmp", {}), protocols.get("snmp6", {})
    return any(field in snmp.get(section, {}) for section, field in _DATAGRAMS["snmp"]) or any(
        field in snmp6 for field in _DATAGRAMS["snmp6"]
    )


def _settings_matter(protocols):
    tcp = protocols.get("netstat", {}).get("TcpExt", {})
    ip = {**protocols.get("snmp", {}).get("Ip", {}), **protocols.get("snmp6", {})}
    return any(field in tcp for field in _TCP) or any(field in ip for field in _FRAGMENTS)


def _sysctls(host, place, gaps):
    """Those of a namespace that it has for itself; it has to be entered for them."""

    def read():
        # What a namespace lacks is the host's, or belongs to a module that is not loaded.
        there = [name for name in OWN_SYSCTLS if host.exists(sysctls.path(name))]
        return {name: gaps.attempt(name, sysctls.value, host, name) for name in there}

    return host.machine.in_network_namespace(other_namespaces.entrance(place), read)
