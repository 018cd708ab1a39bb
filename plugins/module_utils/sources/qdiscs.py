# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every queueing discipline of a namespace in one list, with its statistics.

Structures: include/uapi/linux/rtnetlink.h, gen_stats.h and pkt_sched.h, Linux 6.12.
"""

import collections
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import answered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U32,
    U64,
    attributes,
    fixed,
    number,
    text,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64

_RTM_GETQDISC = 38
_TCMSG = struct.Struct("=BBHiIII")  # family, padding (3), ifindex, handle, parent, info

_TCA_KIND = 1
_TCA_OPTIONS = 2
_TCA_STATS = 3
_TCA_XSTATS = 4
_TCA_STATS2 = 7

_TCA_STATS_BASIC = 1
_TCA_STATS_QUEUE = 3
_TCA_STATS_APP = 4
_TCA_STATS_PKT64 = 8

_TC_H_NAMES = {0: "none", 0xFFFFFFFF: "root"}

_BASIC = struct.Struct("=QI")  # bytes, packets
_QUEUE = struct.Struct("=5I")  # qlen, backlog, drops, requeues, overlimits
_OLD_STATS = struct.Struct("=Q7I")  # bytes, packets, drops, overlimits, bps, pps, qlen, backlog

_STATISTICS = ("packets", "bytes", "dropped", "overlimits", "requeues", "qlen", "backlog_bytes")

#: A counter that one kind of qdisc has of its own: its place in the kind's own statistics.
_Extra = collections.namedtuple("_Extra", "name offset layout counter")

_EXTRAS = {
    # struct tc_fq_codel_xstats, behind the u32 that tells the qdisc's statistics from a class's.
    "fq_codel": (
        _Extra("drop_overlimit", 8, U32, Counter32),
        _Extra("ecn_mark", 12, U32, Counter32),
        _Extra("ce_mark", 28, U32, Counter32),
        _Extra("drop_overmemory", 36, U32, Counter32),
    ),
    # struct tc_codel_xstats
    "codel": (
        _Extra("drop_overlimit", 20, U32, Counter32),
        _Extra("ecn_mark", 24, U32, Counter32),
        _Extra("ce_mark", 32, U32, Counter32),
    ),
    # struct tc_fq_qd_stats
    "fq": (
        _Extra("flows_plimit", 32, U64, Counter64),
        _Extra("pkts_too_long", 40, U64, Counter64),
        _Extra("allocation_errors", 48, U64, Counter64),
        _Extra("horizon_drops", 88, U64, Counter64),
    ),
    # struct tc_red_xstats
    "red": (
        _Extra("early", 0, U32, Counter32),
        _Extra("pdrop", 4, U32, Counter32),
        _Extra("marked", 12, U32, Counter32),
    ),
}


#: How long a queue of a kind may become, and what tbf needs to be told again with it: the attribute inside the options
#: (None where they are a structure), the offset in it, its layout.
_Setting = collections.namedtuple("_Setting", "name attribute offset layout")

_PACKETS, _BYTES, _TICKS = "limit_packets", "limit_bytes", "burst_ticks"
_MEMORY, _FLOW = "memory_limit_bytes", "flow_limit_packets"

#: A tick of the packet scheduler: PSCHED_SHIFT of include/net/pkt_sched.h, since Linux 2.6.31.
_TICK_NS = 64

_SETTINGS = {
    # struct tc_fifo_qopt
    "pfifo": (_Setting(_PACKETS, None, 0, U32),),
    "pfifo_head_drop": (_Setting(_PACKETS, None, 0, U32),),
    "bfifo": (_Setting(_BYTES, None, 0, U32),),
    # struct tc_sfq_qopt, struct tc_netem_qopt
    "sfq": (_Setting(_PACKETS, None, 8, U32),),
    "netem": (_Setting(_PACKETS, None, 4, U32),),
    # TCA_FQ_CODEL_LIMIT and _MEMORY_LIMIT, TCA_CODEL_LIMIT, TCA_PIE_LIMIT, TCA_FQ_PLIMIT and _FLOW_PLIMIT,
    # TCA_FQ_PIE_LIMIT
    "fq_codel": (_Setting(_PACKETS, 2, 0, U32), _Setting(_MEMORY, 9, 0, U32)),
    "codel": (_Setting(_PACKETS, 2, 0, U32),),
    "pie": (_Setting(_PACKETS, 2, 0, U32),),
    "fq": (_Setting(_PACKETS, 1, 0, U32), _Setting(_FLOW, 2, 0, U32)),
    "fq_pie": (_Setting(_PACKETS, 1, 0, U32),),
    # TCA_TBF_PARMS: struct tc_tbf_qopt, whose rate (bytes/s) TCA_TBF_RATE64 replaces where 32 bits do not hold it.
    "tbf": (
        _Setting(_BYTES, 1, 24, U32),
        _Setting("rate_bytes_per_s", 1, 8, U32),
        _Setting("rate_bytes_per_s", 4, 0, U64),
        _Setting(_TICKS, 1, 28, U32),
    ),
}


@answered
def qdiscs(host, names, gaps=None):
    """``{"eth0 8001: root": qdisc}``: interface, handle and parent, each qdisc as :func:`parse_qdisc` gives it.

    The statistics of a qdisc with classes (mq, htb) contain what its children dropped.

    :param names: the name of each ifindex; a qdisc of another interface, which came later, is left out
    :param gaps: a Gaps at ``/qdiscs``: takes the statistics that the kernel does not tell
    """
    gaps = Gaps() if gaps is None else gaps
    found = {}
    for message in host.netlink.dump("RTM_GETQDISC", _RTM_GETQDISC, bytes(_TCMSG.size)):
        ifindex, qdisc = parse_qdisc(message)
        if ifindex not in names:
            continue
        key = f"{names[ifindex]} {qdisc['handle']} {qdisc['parent']}"
        found[key] = dict(qdisc, nic=names[ifindex])
        _note_missing(qdisc, gaps.at(key))
    return found


def parse_qdisc(message):
    """One RTM_NEWQDISC message: its ifindex and ``{kind, handle, parent, packets, bytes, dropped, overlimits,
    requeues, qlen, backlog_bytes, settings, extra}``.

    ``handle`` and ``parent`` are in tc's notation: "8001:", "root", ":1", "ffff:fff1". Counters are as wide as the
    kernel's: 64 bits for bytes, 32 for the others (``packets`` 64 once they no longer fit in 32, since Linux 5.5).
    ``settings`` has ``limit_packets`` or ``limit_bytes`` of a kind that has one, of tbf ``rate_bytes_per_s`` and
    ``burst_bytes`` besides, of fq_codel ``memory_limit_bytes``, of fq ``flow_limit_packets``.
    ``extra`` has the counters that this kind of qdisc has of its own.
    """
    _family, _padding, _padding2, ifindex, handle, parent, _info = fixed(_TCMSG, message, "qdisc")
    found = attributes(message, _TCMSG.size)
    kind = text(found, _TCA_KIND)
    qdisc = {"kind": kind, "handle": f"{handle >> 16:x}:", "parent": _class_id(parent)}
    qdisc.update(dict.fromkeys(_STATISTICS))
    nested = attributes(found.get(_TCA_STATS2, b""))
    if _TCA_STATS_BASIC in nested or _TCA_STATS_QUEUE in nested:
        qdisc.update(_stats2(nested))
    elif _TCA_STATS in found:
        qdisc.update(_old_stats(found[_TCA_STATS]))
    qdisc["settings"] = _settings(kind, found.get(_TCA_OPTIONS, b""))
    qdisc["extra"] = _extra(kind, nested.get(_TCA_STATS_APP, found.get(_TCA_XSTATS, b"")))
    return ifindex, qdisc


def _stats2(nested):
    stats = {}
    if _TCA_STATS_BASIC in nested:
        size, packets = fixed(_BASIC, nested[_TCA_STATS_BASIC], "qdisc statistics")
        packets64 = number(nested, _TCA_STATS_PKT64, U64)
        stats["bytes"] = Counter64(size)
        stats["packets"] = Counter32(packets) if packets64 is None else Counter64(packets64)
    if _TCA_STATS_QUEUE in nested:
        queue = fixed(_QUEUE, nested[_TCA_STATS_QUEUE], "qdisc queue")
        stats["qlen"], stats["backlog_bytes"] = queue[:2]
        stats["dropped"], stats["requeues"], stats["overlimits"] = map(Counter32, queue[2:])
    return stats


def _old_stats(data):
    size, packets, dropped, overlimits, _bps, _pps, qlen, backlog = fixed(_OLD_STATS, data, "qdisc statistics")
    return {
        "bytes": Counter64(size),
        "packets": Counter32(packets),
        "dropped": Counter32(dropped),
        "overlimits": Counter32(overlimits),
        "qlen": qlen,
        "backlog_bytes": backlog,
    }


def _settings(kind, data):
    """What is set of a qdisc of this kind, without what its options are too short for."""
    rows = _SETTINGS.get(kind, ())
    inside = attributes(data) if any(row.attribute for row in rows) else {None: data}
    found = {}
    for row in rows:
        value = inside.get(row.attribute, b"")
        if row.offset + row.layout.size <= len(value):
            found[row.name] = row.layout.unpack_from(value, row.offset)[0]
    if _TICKS in found:
        # The kernel keeps a burst as the time that it takes at the rate, cut off to whole ticks.
        found["burst_bytes"] = -(-found.pop(_TICKS) * _TICK_NS * found["rate_bytes_per_s"] // 10**9)
    return found


def _extra(kind, data):
    """The counters in a qdisc's own statistics, without those that this kernel's structure is too short for."""
    return {
        extra.name: extra.counter(extra.layout.unpack_from(data, extra.offset)[0])
        for extra in _EXTRAS.get(kind, ())
        if extra.offset + extra.layout.size <= len(data)
    }


def _class_id(place):
    """The name of a place in the tree as tc writes it: print_tc_classid() of iproute2 6.1."""
    if place in _TC_H_NAMES:
        return _TC_H_NAMES[place]
    major, minor = place >> 16, place & 0xFFFF
    return (f"{major:x}" if major else "") + ":" + (f"{minor:x}" if minor else "")


def _note_missing(qdisc, gaps):
    for name in _STATISTICS:
        if qdisc[name] is None:
            gaps.note(name, Unavailable("absent", f"RTM_NEWQDISC: the kernel sent no {name} of this {qdisc['kind']}"))
