# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What moved between two readings of the same file of counters. Pure functions.

A host may have hundreds of network namespaces of which a few do anything. So the text of a file is compared with that
of before, and only fields that differ are made numbers of. Each function takes the text of before, None where there is
none, and of now, and returns ``(before, after)``: trees of counters as the reader of the file gives them, with the same
fields in both; without a text of before ``before`` is empty, and ``after`` has what is not zero. A field that is not
there stood still. They raise Unavailable ``malformed``.
"""

import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_counts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    conntrack,
    interface_totals,
    percpu_stat,
    protocols,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64

#: Counters of traffic that went well and of the ways of TCP, which move wherever there is any: no rule asks a
#: namespace for them, and of hundreds of namespaces they would be most of the document.
NOT_TOLD = frozenset(
    (
        "rx_bytes tx_bytes multicast rx_compressed tx_compressed InDelivers OutRequests OutTransmits ForwDatagrams"
        " OutDatagrams InMsgs OutMsgs InEchos InEchoReps OutEchos OutEchoReps"
        " ReasmReqds ReasmOKs FragOKs FragCreates ActiveOpens PassiveOpens InOctets OutOctets InMcastPkts OutMcastPkts"
        " InBcastPkts OutBcastPkts InMcastOctets OutMcastOctets InBcastOctets OutBcastOctets InNoECTPkts InECT1Pkts"
        " InECT0Pkts InCEPkts TW TWRecycled TWKilled DelayedACKs TCPHPHits TCPPureAcks TCPHPAcks TCPOrigDataSent"
        " TCPDelivered TCPDeliveredCE TCPAutoCorking TCPKeepAlive TCPFromZeroWindowAdv TCPToZeroWindowAdv"
        " TCPWantZeroWindowAdv TCPRcvCoalesce TCPHystartTrainDetect TCPHystartTrainCwnd TCPHystartDelayDetect"
        " TCPHystartDelayCwnd TCPAckCompressed TCPFastOpenActive TCPFastOpenPassive TCPACKSkippedSeq TCPAbortOnClose"
        " TCPAbortOnData TCPSpuriousRTOs"
    ).split()
)


#: What an interface counts when all is well.
_PACKETS = {"rx_packets", "tx_packets"}


def sections(old, new, path):
    """Of /proc/net/snmp and netstat: pairs of a line of names and a line of values; without :data:`TRAFFIC`."""
    if old == new:
        return {}, {}
    earlier = _sections(old)
    before, after = {}, {}
    for head, (names, values) in _sections(new).items():
        old_names, old_values = earlier.get(head, (None, None))
        if old_values == values and old_names == names:
            continue
        words, numbers = _words(names), values.split()
        if len(words) != len(numbers) or words[0] != numbers[0]:
            # The reader of the file says what is wrong with it.
            protocols.parse_sections(f"{names}\n{values}\n", path)
        was = _numbers_before(words, names, old_names, old_values)
        section = words[0][:-1]
        gauges = protocols.GAUGES.get(section, ())
        moved = [
            (field, number, old_number)
            for field, number, old_number in zip(words[1:], numbers[1:], was)
            if number != (old_number or "0") and field not in NOT_TOLD and field not in gauges
        ]
        if moved:
            after[section] = {field: _counter(number, path, field) for field, number, _was in moved}
            known = {field: _counter(number, path, field) for field, _now, number in moved if number is not None}
            if known:
                before[section] = known
    return before, after


def _numbers_before(words, names, old_names, old_values):
    """The values of before in the order of the fields of now, None where there was none."""
    if old_names == names:
        return old_values.split()[1:]
    was = dict(zip(_words(old_names), old_values.split())) if old_names else {}
    return [was.get(word) for word in words[1:]]


def _sections(text):
    """``{"Udp:": (line of names, line of values)}``"""
    lines = (text or "").split("\n")
    return {names.partition(" ")[0]: (names, values) for names, values in zip(lines[::2], lines[1::2])}


def stands_at(text, fields):
    """Whether one of these fields is above zero: *fields* are ``(section, name)`` of a text as for :func:`sections`."""
    lines = text.split("\n")
    heads = {section + ":": name for section, name in fields}
    for names, values in zip(lines[::2], lines[1::2]):
        head = names.partition(" ")[0]
        if head in heads:
            words = _words(names)
            if heads[head] in words and values.split()[words.index(heads[head])] != "0":
                return True
    return False


@functools.lru_cache(maxsize=64)
def _words(line):
    """The words of a line of names: every namespace has the same ones."""
    return tuple(line.split())


def _counter(word, path, field):
    if not are_counts([word]):
        raise Unavailable("malformed", f"{path}: expected a whole number for {field[:60]}, found {word[:60]!r}")
    return Counter64(int(word))


def names_and_values(old, new, path):
    """Of /proc/net/snmp6 and xfrm_stat: lines of a name and a value."""
    return _rows(old, new, path, protocols.parse_list)


def interfaces(old, new, path):
    """Of /proc/net/dev: the interfaces that counted anything but traffic, with their packets and without bytes.

    An interface that was not there before is in ``after`` only.
    """
    before, after = _rows(old, new, path, interface_totals.parse, titles=2)
    moved = {}
    for name, now in after.items():
        was = before.get(name, {})
        fields = {field: value for field, value in now.items() if value != was.get(field, 0) and field not in NOT_TOLD}
        if not fields.keys() <= _PACKETS:
            moved[name] = fields
    return (
        {name: {field: before[name][field] for field in fields if name in before} for name, fields in moved.items()},
        moved,
    )


def _rows(old, new, path, parse, titles=0):
    """Those rows that differ, read by *parse*, which gives counters or mappings of them by the name in the row."""
    if old == new:
        return {}, {}
    earlier = set((old or "").splitlines()[titles:])
    rows = [row for row in new.splitlines()[titles:] if row not in earlier]
    after = parse("".join(row + "\n" for row in rows), path) if rows else {}
    if old is None:
        return {}, _not_zero(after)
    now = set(new.splitlines())
    gone = [row for row in old.splitlines()[titles:] if row not in now]
    before = parse("".join(row + "\n" for row in gone), path) if gone else {}
    return {name: value for name, value in before.items() if name in after}, after


def _not_zero(tree):
    """The counters of a tree that are not zero."""
    found = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            value = _not_zero(value)
        if value:
            found[name] = value
    return found


def connections(old, new, path):
    """Of /proc/net/stat/nf_conntrack, summed over the CPUs: ``after`` has ``count``, the entries, whatever moved."""
    if old == new:
        # The number of entries is the first word of every row.
        row = new.partition("\n")[2].split(None, 1)
        try:
            return {"stats": {}}, {"count": int(row[0], 16), "stats": {}}
        except (IndexError, ValueError):
            raise Unavailable("malformed", f"{path}: expected rows of numbers, found {new[:60]!r}") from None
    found = percpu_stat.parse(new, path, Counter32)
    stats = conntrack.named(found["stats"])
    before = {} if old is None else conntrack.named(percpu_stat.parse(old, path, Counter32)["stats"])
    moved = [column for column, value in stats.items() if value != before.get(column, 0)]
    return (
        {"stats": {column: before[column] for column in moved if column in before}},
        {"count": found["entries"], "stats": {column: stats[column] for column in moved}},
    )


def untracked(text):
    """Whether a /proc/net/stat/nf_conntrack has no entry, and never counted anything: nothing is tracked there."""
    return isinstance(text, str) and not text.partition("\n")[2].strip("0 \n")


#: How the texts of a namespace are compared, by the part of the document that they become.
OF = {
    "snmp": sections,
    "snmp6": names_and_values,
    "netstat": sections,
    "interfaces": interfaces,
    "conntrack": connections,
    "xfrm": names_and_values,
}
