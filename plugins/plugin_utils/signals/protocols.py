# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stack above the NIC: IP, TCP, UDP, IPsec, sockets; each packet in one signal.

Fields are found by name: one that a kernel does not have is left out of a sum, for it cannot have counted anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    at_least,
    delta,
    deltas_of,
    dig,
    entries,
    excess,
    largest,
    number,
    per_second,
    ratio,
    rest,
    table,
    text,
)

#: Packets that IP refuses for what they are: bad headers, expired TTL, foreign addresses, no route.
IP_REFUSED = ("InHdrErrors", "InAddrErrors", "InUnknownProtos")
IPEXT_REFUSED = ("InNoRoutes", "InTruncatedPkts")
#: Ip6InDiscards is among them: it counts every packet where IPv6 is switched off (net/ipv6/ip6_input.c, ip6_rcv_core).
IP6_REFUSED = ("Ip6InHdrErrors", "Ip6InAddrErrors", "Ip6InUnknownProtos", "Ip6InNoRoutes", "Ip6InTruncatedPkts")
IP6_REFUSED += ("Ip6InDiscards",)

#: IPsec counters of a policy that blocks on purpose: no fault.
XFRM_INTENDED = ("XfrmInPolBlock", "XfrmOutPolBlock")

#: IPsec counters of packets that anybody can send without knowing a key: an SPI that no association here has, or a
#: header that is none (net/xfrm/xfrm_input.c). Scanners do, and for a moment a peer after it changed its keys.
XFRM_FOREIGN = ("XfrmInNoStates", "XfrmInHdrError")

#: By how many datagrams InErrors and what is in it may differ, for they are not counted in one step.
AT_ONE_INSTANT = 2

#: How many sockets are named in an evidence.
SOCKETS_SHOWN = 3


def ip(document: dict[str, Any], interval_s: Number | None) -> dict[str, Any] | None:
    """IPv4 and IPv6 together (``SIGNALS["ip"]``); None where no protocol statistics could be read."""
    snmp, snmp6 = table(document, "protocols", "snmp", "Ip"), table(document, "protocols", "snmp6")
    netstat = table(document, "protocols", "netstat")
    if not snmp and not snmp6:
        return None
    ext, tcp_ext = table(netstat, "IpExt"), table(netstat, "TcpExt")
    refused = {
        **{name: delta(snmp, name) for name in IP_REFUSED if name in snmp},
        **{name: delta(ext, name) for name in IPEXT_REFUSED if name in ext},
        **{name: delta(snmp6, name) for name in IP6_REFUSED if name in snmp6},
        **{name: delta(tcp_ext, name) for name in ("IPReversePathFilter",) if name in tcp_ext},
    }
    discarded = {
        **{name: delta(snmp, name) for name in ("InDiscards",) if name in snmp},
        **{name: delta(tcp_ext, name) for name in ("PFMemallocDrop",) if name in tcp_ext},
    }
    # A packet that is too big to be forwarded is counted as both over IPv6 (net/ipv6/ip6_output.c, ip6_forward).
    too_big = {
        **{name: delta(snmp, name) for name in ("FragFails",) if name in snmp},
        **{name: delta(snmp6, name) for name in ("Ip6FragFails", "Ip6InTooBigErrors") if name in snmp6},
    }
    views = [name for name in too_big if name.startswith("Ip6")]
    packets = [*deltas_of(snmp, ["FragFails"]), *([largest(too_big[name] for name in views)] if views else [])]
    too_big_count = at_least(packets)
    no_route = {
        **{name: delta(snmp, name) for name in ("OutNoRoutes",) if name in snmp},
        **{name: delta(snmp6, name) for name in ("Ip6OutNoRoutes",) if name in snmp6},
    }
    return {
        "too_big": too_big_count,
        "too_big_per_s": per_second(too_big_count, interval_s),
        "too_big_counters": _named(too_big),
        "no_route": at_least(no_route.values()),
        "no_route_v4_per_s": per_second(delta(snmp, "OutNoRoutes"), interval_s),
        "no_route_counters": _named(no_route),
        "received": at_least([*deltas_of(snmp, ["InReceives"]), *deltas_of(snmp6, ["Ip6InReceives"])]),
        "discarded": at_least(discarded.values()),
        "discarded_counters": _named(discarded),
        "not_sent": at_least([*deltas_of(snmp, ["OutDiscards"]), *deltas_of(snmp6, ["Ip6OutDiscards"])]),
        "refused": at_least(refused.values()),
        "refused_counters": _named(refused),
        "reverse_path_filtered": delta(tcp_ext, "IPReversePathFilter"),
        "reassembly_failed": at_least([*deltas_of(snmp, ["ReasmFails"]), *deltas_of(snmp6, ["Ip6ReasmFails"])]),
        "reassembly_timeouts": at_least([*deltas_of(snmp, ["ReasmTimeout"]), *deltas_of(snmp6, ["Ip6ReasmTimeout"])]),
    }


def tcp(document: dict[str, Any], interval_s: Number | None, limits: Mapping[str, float]) -> dict[str, Any] | None:
    """TCP of both families (``SIGNALS["tcp"]``); None where TcpExt could not be read."""
    ext = table(document, "protocols", "netstat", "TcpExt")
    snmp = table(document, "protocols", "snmp", "Tcp")
    if not ext:
        return None
    overflows, queue_full = delta(ext, "ListenOverflows"), delta(ext, "TCPReqQFullDrop")
    # RcvPruned is counted where the memory runs out; the packet is then a TCPRcvQDrop or a TCPOFODrop
    # (net/ipv4/tcp_input.c, tcp_try_rmem_schedule and its callers), which older kernels do not count.
    refused = [at_least(deltas_of(ext, names)) for names in (["TCPRcvQDrop", "TCPOFODrop"], ["RcvPruned"])]
    receive = {
        "TCPBacklogDrop": delta(ext, "TCPBacklogDrop"),
        "RcvPruned": largest(refused),
        "OfoPruned": delta(ext, "OfoPruned"),
    }
    # What comes while the window is closed: a byte with which a sender asks whether it is open again, or data that was
    # on its way when it closed. The first is no loss, and comes seldom; the second follows packets that found no room
    # (net/ipv4/tcp_input.c, tcp_data_queue(): since 6.7 such a packet closes the window), or comes in numbers.
    closed = delta(ext, "TCPZeroWindowDrop")
    closed_per_s = per_second(closed, interval_s)
    probes = not any(receive.values()) and closed_per_s is not None and closed_per_s <= limits["window_probes_per_s"]
    if not probes:
        receive["TCPZeroWindowDrop"] = closed
    segments = delta(snmp, "OutSegs")
    cookies = delta(ext, "TCPReqQFullDoCookies")
    listen_drops = delta(ext, "ListenDrops")
    # ListenDrops counts every refusal of a listener, those two included (net/ipv4/tcp_input.c).
    other = excess(listen_drops, overflows, queue_full if "TCPReqQFullDrop" in ext else 0)
    return {
        "listen_overflows": overflows,
        "listen_drops": listen_drops,
        "listen_drops_other": other,
        "listen_drops_other_share": ratio(other, listen_drops),
        "syn_queue_drops": queue_full,
        "syn_cookies": cookies,
        "syn_cookies_per_s": per_second(cookies, interval_s),
        "receive_lost": at_least(value for name, value in receive.items() if value is not None or name in ext),
        "receive_counters": _named(receive),
        "window_probes": closed if probes else 0,
        "collapsed": delta(ext, "TCPRcvCollapsed"),
        "aborted_on_memory": delta(ext, "TCPAbortOnMemory"),
        "memory_pressures": delta(ext, "TCPMemoryPressures"),
        "checksum_errors": delta(snmp, "InCsumErrors"),
        "received_segments": delta(snmp, "InSegs"),
        "retransmission_ratio": ratio(delta(snmp, "RetransSegs"), segments),
        "memory_pages": number(dig(document, "sockets", "sockstat", "TCP", "mem")),
        "orphans": number(dig(document, "sockets", "sockstat", "TCP", "orphan")),
    }


#: Per family: its name, where its counters are, and the prefix of their names.
UDP_FAMILIES = (
    ("Udp", ("protocols", "snmp", "Udp"), "", "udp"),
    ("UdpLite", ("protocols", "snmp", "UdpLite"), "", "udplite"),
    ("Udp6", ("protocols", "snmp6"), "Udp6", "udp6"),
    ("UdpLite6", ("protocols", "snmp6"), "UdpLite6", "udplite6"),
)


def udp(document: dict[str, Any], limits: Mapping[str, float]) -> list[dict[str, Any]] | None:
    """One object per UDP family (``SIGNALS["udp"]``); None where no protocol statistics could be read.

    InErrors holds RcvbufErrors, MemErrors and InCsumErrors (net/ipv4/udp.c), and the drops of the sockets are the
    same over again: each packet is in one of ``buffer_lost``, ``memory_lost``, ``checksum_errors``, ``unexplained``.

    Kernels before 5.11 have no MemErrors and count what udp_mem refused in InErrors alone. Where the sockets hold about
    as much as udp_mem allows, what InErrors has beyond the others is taken for it.
    """
    found = []
    memory = number(dig(document, "sockets", "sockstat", "UDP", "mem"))
    limit = largest(number(value) for value in entries(document, "sysctls", "net.ipv4.udp_mem"))
    fill = ratio(memory, limit)
    for name, place, prefix, protocol in UDP_FAMILIES:
        counters = table(document, *place)
        if prefix + "RcvbufErrors" not in counters and prefix + "InErrors" not in counters:
            continue
        of = {key: delta(counters, prefix + key) for key in ("InErrors", "RcvbufErrors", "MemErrors", "InCsumErrors")}
        told = [of[key] for key in ("RcvbufErrors", "MemErrors", "InCsumErrors") if prefix + key in counters]
        unexplained = rest(of["InErrors"], *told)
        if unexplained and unexplained <= AT_ONE_INSTANT and any(told):
            unexplained = 0
        memory_counted = prefix + "MemErrors" in counters
        memory_lost = of["MemErrors"]
        if not memory_counted and fill is not None and fill >= limits["table_nearly_full"]:
            memory_lost, unexplained = unexplained, 0
        found.append(
            {
                "name": name,
                "received": delta(counters, prefix + "InDatagrams"),
                "buffer_lost": of["RcvbufErrors"],
                "memory_lost": memory_lost,
                "memory_counted": memory_counted,
                "checksum_errors": of["InCsumErrors"],
                "unexplained": unexplained,
                "sockets": worst_sockets(document, protocol),
                "memory_pages": memory,
                "memory_fill": fill,
            }
        )
    return found or None


def sockets(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The sockets that dropped in the interval, worst first; None where the lists could not be read."""
    if not isinstance(dig(document, "sockets", "drops"), dict):
        return None
    found = []
    for key, socket in table(document, "sockets", "drops").items():
        drops = delta(socket, "drops")
        if drops:
            owners = [f"{dig(process, 'command')} ({dig(process, 'pid')})" for process in entries(socket, "processes")]
            found.append(
                {
                    "name": key,
                    "protocol": text(socket.get("protocol")),
                    "local": text(socket.get("local")),
                    "drops": drops,
                    "processes": ", ".join(owners) or None,
                }
            )
    return sorted(found, key=lambda socket: (-socket["drops"], socket["name"]))


def worst_sockets(document: dict[str, Any], protocol: str) -> list[str] | None:
    """The worst sockets of a protocol, each in a few words: where, who, how many."""
    texts = [
        f"{socket['local']} {socket['processes'] or 'of an unknown process'}: {socket['drops']}"
        for socket in sockets(document) or []
        if socket["protocol"] == protocol
    ]
    return texts[:SOCKETS_SHOWN] or None


def xfrm(document: dict[str, Any], interval_s: Number | None) -> dict[str, Any] | None:
    """What IPsec refused (``SIGNALS["xfrm"]``); None where the kernel has no xfrm_stat."""
    counters = table(document, "xfrm")
    if not counters:
        return None
    refused = {name: delta(counters, name) for name in counters if name not in XFRM_INTENDED + XFRM_FOREIGN}
    foreign = {name: delta(counters, name) for name in XFRM_FOREIGN if name in counters}
    return {
        "refused": at_least(refused.values()),
        "refused_counters": _named(refused),
        "foreign": at_least(foreign.values()),
        "foreign_per_s": per_second(at_least(foreign.values()), interval_s),
        "foreign_counters": _named(foreign),
    }


def _named(deltas: dict[str, Number | None]) -> dict[str, Number] | None:
    """Those that counted something, by name."""
    return {name: count for name, count in deltas.items() if count} or None
