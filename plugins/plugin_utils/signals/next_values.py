# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a sysctl would be set to next, where a rule wants more of it: ``signals.next``, by the name of the sysctl.

A first step and no last word: double the present value, but no less than the kernel's own default (a value that
somebody ruined is no place to double from) and than twice what is in use. Above that measuring again decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    count,
    dig,
    entries,
    number,
    table,
)

#: The kernel's own default, where it is the same on every machine. Sources, all of Linux 6.12: net/core/hotdata.c
#: (budget, backlog), include/linux/socket.h (SOMAXCONN), include/net/sock.h (SK_RMEM_MAX), net/ipv4/tcp.c (tcp_rmem),
#: include/net/inet_frag.h (fragments), net/ipv4/arp.c and net/ipv6/ndisc.c (gc_thresh). netdev_budget_usecs is two
#: ticks: 2000 is its smallest, that of HZ=1000. tcp_max_syn_backlog grows with the memory, to 4096 and more.
DEFAULTS = {
    "net.core.netdev_budget": 300,
    "net.core.netdev_budget_usecs": 2000,
    "net.core.netdev_max_backlog": 1000,
    "net.core.somaxconn": 4096,
    "net.core.rmem_max": 212992,
    "net.core.rmem_default": 212992,
    "net.ipv4.tcp_max_syn_backlog": 4096,
    "net.ipv4.ipfrag_high_thresh": 4 << 20,
    "net.ipv6.ip6frag_high_thresh": 4 << 20,
}

#: The third number of tcp_rmem: what a receive buffer may grow to.
TCP_RMEM_MOST = 6291456

#: gc_thresh1, 2 and 3 of a neighbour table; they stay in this proportion.
GC_THRESHOLDS = (128, 512, 1024)

#: The share of the machine's memory that the sockets of a protocol may hold by default: tcp_mem a sixteenth and udp_mem
#: an eighth for "pressure", half as much again for the limit (tcp_init_mem() of net/ipv4/tcp.c, udp_init() of udp.c).
MEMORY_SHARES = {"tcp": 16, "udp": 8}

#: Never more of the memory than this for one protocol, nor for the reserve of min_free_kbytes.
MOST_OF_MEMORY = 0.25
MOST_RESERVE = 0.05

#: A hash table with more entries for a bucket than this is searched slowly; up to Linux 5.14 the kernel itself made the
#: connection table so (net/netfilter/nf_conntrack_core.c).
ENTRIES_PER_BUCKET = 4


def next_values(document: dict[str, Any]) -> dict[str, Any]:
    """``{sysctl: its next value or None}``; None where it could not be read, or there is no higher one to take."""
    found: dict[str, Any] = {
        name: _doubled(number(table(document, "sysctls").get(name)), default) for name, default in DEFAULTS.items()
    }
    for step in (_tcp_rmem, _memory_of_protocols, _conntrack, _neighbours, _reserve):
        found.update(step(document))
    return found


def _doubled(now: Number | None, *least: Number | None) -> int | None:
    if now is None:
        return None
    return int(max(2 * now, *(value or 0 for value in least)))


def _tcp_rmem(document: dict[str, Any]) -> dict[str, Any]:
    now = _three(document, "net.ipv4.tcp_rmem")
    return {"net.ipv4.tcp_rmem": now and [now[0], now[1], _doubled(now[2], TCP_RMEM_MOST)]}


def _three(document: dict[str, Any], name: str) -> list[int] | None:
    found = [number(value) for value in entries(document, "sysctls", name)]
    return [int(value) for value in found] if len(found) == 3 and None not in found else None


def _memory_of_protocols(document: dict[str, Any]) -> dict[str, Any]:
    """tcp_mem and udp_mem, in pages."""
    pages = _pages(document)
    found = {}
    for protocol, share in MEMORY_SHARES.items():
        name = f"net.ipv4.{protocol}_mem"
        now, used = _three(document, name), number(dig(document, "sockets", "sockstat", protocol.upper(), "mem"))
        limit = None
        if now and pages:
            wanted = _doubled(now[2], pages // share * 3 // 2, 2 * (used or 0))
            limit = min(wanted, int(pages * MOST_OF_MEMORY))
        # As the kernel makes them: low is half of the limit, pressure two thirds.
        found[name] = [limit // 2, limit * 2 // 3, limit] if limit and limit > now[2] else None
    return found


def _pages(document: dict[str, Any]) -> int | None:
    """The memory of the machine in pages."""
    size = count(dig(document, "memory", "page_size_bytes"))
    total = number(dig(document, "memory", "meminfo", "MemTotal"))
    return int(total // size) if size and total else None


def _conntrack(document: dict[str, Any]) -> dict[str, Any]:
    """The connection table, above twice its use, and its hash where that would be too small for it."""
    entry = table(document, "conntrack")
    limit = _doubled(number(entry.get("max")), 2 * (number(entry.get("count")) or 0))
    buckets = number(entry.get("buckets"))
    wanted = None if limit is None else 1 << (-(-limit // ENTRIES_PER_BUCKET) - 1).bit_length()
    return {
        "net.netfilter.nf_conntrack_max": limit,
        "net.netfilter.nf_conntrack_buckets": wanted if wanted and buckets and wanted > buckets else None,
    }


def _neighbours(document: dict[str, Any]) -> dict[str, Any]:
    """All three thresholds of both tables, the highest first: so none is above a higher one at any moment."""
    found: dict[str, Callable[..., Any] | int | None] = {}
    for family, name in (("ipv4", "arp_cache"), ("ipv6", "ndisc_cache")):
        cache = table(document, "neighbour", name)
        most = _doubled(number(cache.get("gc_thresh3")), GC_THRESHOLDS[2], 2 * (number(cache.get("entries")) or 0))
        for place in (3, 2, 1):
            sysctl = f"net.{family}.neigh.default.gc_thresh{place}"
            found[sysctl] = None if most is None else most * GC_THRESHOLDS[place - 1] // GC_THRESHOLDS[2]
    return found


def _reserve(document: dict[str, Any]) -> dict[str, Any]:
    """min_free_kbytes, doubled, but at most a twentieth of the memory."""
    name = "vm.min_free_kbytes"
    now, total = number(table(document, "sysctls").get(name)), number(dig(document, "memory", "meminfo", "MemTotal"))
    following = min(2 * now, int(total * MOST_RESERVE / 1024)) if now and total else None
    return {name: following if following and following > now else None}
