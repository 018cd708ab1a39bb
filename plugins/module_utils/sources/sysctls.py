# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sysctls that decide where packets are lost, their values, and how they are set: two tables.

Sources of what :data:`SETTINGS` says, where it is not said there: net/core/sysctl_net_core.c and
Documentation/admin-guide/sysctl; and what kernels 6.1, 6.12 and 6.18 took when it was written.
"""

from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import explain

Sysctl = namedtuple("Sysctl", "initial_only text")

#: Child network namespaces lack it, or lacked it in older kernels that are still in use.
_HOST = Sysctl(initial_only=True, text=False)
_HOST_TEXT = Sysctl(initial_only=True, text=True)
#: Every network namespace has its own, or it has nothing to do with the network.
_EVERY = Sysctl(initial_only=False, text=False)

#: Name: whether it may be missing in a child network namespace while the host has it, and whether it is text even
#: where it looks like a number.
TABLE = {
    # NAPI and softirq
    "net.core.netdev_budget": _HOST,
    "net.core.netdev_budget_usecs": _HOST,
    "net.core.dev_weight": _HOST,
    "net.core.dev_weight_rx_bias": _HOST,
    "net.core.dev_weight_tx_bias": _HOST,
    "net.core.gro_normal_batch": _HOST,
    "net.core.busy_poll": _HOST,
    "net.core.busy_read": _HOST,
    # backlog, RPS, RFS
    "net.core.netdev_max_backlog": _HOST,
    "net.core.netdev_tstamp_prequeue": _HOST,
    "net.core.flow_limit_cpu_bitmap": _HOST_TEXT,  # hexadecimal: "10" is CPU 4
    "net.core.flow_limit_table_len": _HOST,
    "net.core.rps_sock_flow_entries": _HOST,
    # sockets
    "net.core.somaxconn": _EVERY,
    "net.core.rmem_max": _HOST,  # in 6.18 the four are in every namespace, read-only
    "net.core.rmem_default": _HOST,
    "net.core.wmem_max": _HOST,
    "net.core.wmem_default": _HOST,
    "net.core.optmem_max": _HOST,
    "net.core.default_qdisc": _HOST_TEXT,
    # TCP
    "net.ipv4.tcp_rmem": _HOST,
    "net.ipv4.tcp_wmem": _HOST,
    "net.ipv4.tcp_mem": _HOST,
    "net.ipv4.tcp_max_orphans": _HOST,
    "net.ipv4.tcp_max_syn_backlog": _HOST,
    "net.ipv4.tcp_syncookies": _HOST,
    "net.ipv4.tcp_abort_on_overflow": _HOST,
    "net.ipv4.tcp_moderate_rcvbuf": _HOST,
    # UDP
    "net.ipv4.udp_mem": _HOST,
    "net.ipv4.udp_rmem_min": _HOST,
    "net.ipv4.udp_wmem_min": _HOST,
    # IP input, fragments
    "net.ipv4.ip_forward": _EVERY,
    "net.ipv4.conf.all.rp_filter": _EVERY,
    "net.ipv4.conf.default.rp_filter": _EVERY,
    "net.ipv4.ipfrag_high_thresh": _EVERY,
    "net.ipv4.ipfrag_time": _EVERY,
    "net.ipv6.ip6frag_high_thresh": _EVERY,
    "net.ipv6.ip6frag_time": _EVERY,
    # neighbour tables, shared by all namespaces
    "net.ipv4.neigh.default.gc_thresh1": _HOST,
    "net.ipv4.neigh.default.gc_thresh2": _HOST,
    "net.ipv4.neigh.default.gc_thresh3": _HOST,
    "net.ipv4.neigh.default.unres_qlen_bytes": _HOST,
    "net.ipv6.neigh.default.gc_thresh1": _HOST,
    "net.ipv6.neigh.default.gc_thresh2": _HOST,
    "net.ipv6.neigh.default.gc_thresh3": _HOST,
    "net.ipv6.neigh.default.unres_qlen_bytes": _HOST,
    # connection tracking, where its module is loaded
    "net.netfilter.nf_conntrack_max": _EVERY,
    "net.netfilter.nf_conntrack_buckets": _EVERY,
    "net.netfilter.nf_conntrack_generic_timeout": _EVERY,
    "net.netfilter.nf_conntrack_tcp_timeout_established": _EVERY,
    "net.netfilter.nf_conntrack_udp_timeout": _EVERY,
    "net.netfilter.nf_conntrack_udp_timeout_stream": _EVERY,
    # memory that drivers allocate in the softirq
    "vm.min_free_kbytes": _EVERY,
}

#: How a sysctl is set.
#:
#: * ``kind``: a number of "limit" (more is more room) or "time", both not lowered unawares; "switch"; "mask" of CPUs;
#:   "name"
#: * ``numbers``: how many it has. Several have to ascend, for none of them would mean what it is called
#: * ``unit`` of them, None of a switch or a text
#: * ``least``: what less does is in ``below``; the kernel takes less of most of them
#: * ``of``: who has a value of his own. "namespace": each network namespace. "host": the host alone, and a child
#:   namespace that shows it cannot set it. "machine": a child namespace can, and sets that of the whole machine
#: * ``counts``: when a value counts, a key of :data:`COUNTS`
#: * ``made``: what the kernel makes of a number, a key of :data:`ROUNDINGS`
#: * ``refusal``: what EINVAL means
Setting = namedtuple("Setting", "kind numbers unit least below of counts made refusal")


def _limit(unit, least=1, below=None, of="host", counts="now", numbers=1, made=None, refusal=None, kind="limit"):
    below = below or "it would leave no room at all"
    return Setting(kind, numbers, unit, least, below, of, counts, made, refusal)


def _time(unit, of="namespace", counts="now"):
    return _limit(unit, 1, "it would end at once", of, counts, kind="time")


def _switch(of="namespace"):
    return _limit(None, 0, "it is a switch", of, kind="switch")


def _text(kind, counts, refusal):
    return _limit(None, None, None, "host", counts, numbers=0, refusal=refusal, kind=kind)


#: When a value counts: ``(sentence, kind of the sockets that keep what they have, or None)``.
COUNTS = {
    "now": (None, None),
    "listen": ("counts for sockets that call listen() from now on; restart the programs that listen", "listening"),
    "datagram": (
        "counts for sockets that are opened from now on, and for none that sets SO_RCVBUF or SO_SNDBUF itself; restart"
        " the programs that have sockets",
        "datagram",
    ),
    "stream": (
        "the third number counts for connections that grow their buffers by themselves, the others for new ones only,"
        " and none for a program that sets SO_RCVBUF or SO_SNDBUF",
        "stream",
    ),
    "poll": ("counts for sockets that are opened from now on", "datagram"),
    "entry": ("counts for new entries; those that there are keep their time", None),
    "qdisc": ("counts for interfaces that come up from now on; tc qdisc replace changes the others", None),
    "flow_limit": ("counts for CPUs that net.core.flow_limit_cpu_bitmap gets from now on", None),
}

_BUFFER = "the kernel would refuse it: it needs so much for a single packet"
_MEMORY = _limit("pages", numbers=3, below="every packet would be refused")
_GC = "no neighbour could be known"
_CONNTRACK_TIME = _time("seconds", counts="entry")
_TWO_TICKS = (
    "two ticks of the kernel's clock are the least that it takes: 2000 at HZ=1000, 6666 at HZ=300, 8000 at HZ=250,"
    " 20000 at HZ=100"
)
_ABOVE_LOW = "it has to stay above the low threshold, which is set by the sysctl of that name with low for high"

#: Name: how it is set. Those of :data:`TABLE` that are not here are only read: forwarding resets many others with it.
SETTINGS = {
    # One poll of a queue takes up to 64 packets whatever the budget is (NAPI_POLL_WEIGHT).
    "net.core.netdev_budget": _limit("packets", 64, "each round of polling would end after its first queue"),
    "net.core.netdev_budget_usecs": _limit("microseconds", below="each round would end at once", refusal=_TWO_TICKS),
    "net.core.dev_weight": _limit("packets", below="no packet would leave the backlog"),
    "net.core.dev_weight_rx_bias": _limit("times dev_weight", below="no packet would leave the backlog"),
    "net.core.dev_weight_tx_bias": _limit("times dev_weight", below="no packet would leave a queueing discipline"),
    "net.core.gro_normal_batch": _limit("packets", below="the kernel would refuse it"),
    "net.core.busy_poll": _limit("microseconds", 0, kind="time"),
    "net.core.busy_read": _limit("microseconds", 0, kind="time", counts="poll"),
    "net.core.netdev_max_backlog": _limit("packets", below="what RPS, tunnels and virtual NICs hand on would be lost"),
    "net.core.netdev_tstamp_prequeue": _switch("host"),
    "net.core.flow_limit_cpu_bitmap": _text("mask", "now", "one of its CPUs does not exist"),
    "net.core.flow_limit_table_len": _limit(
        "buckets", made="powers of two only", counts="flow_limit", refusal="it takes powers of two only"
    ),
    "net.core.rps_sock_flow_entries": _limit("entries", 0, made="power of two", refusal="2^29 is the most"),
    "net.core.somaxconn": _limit("connections", of="namespace", counts="listen", below="no connection could wait"),
    # SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF of include/net/sock.h.
    "net.core.rmem_max": _limit("bytes", 2304, _BUFFER, counts="datagram", refusal=_BUFFER),
    "net.core.rmem_default": _limit("bytes", 2304, _BUFFER, counts="datagram", refusal=_BUFFER),
    "net.core.wmem_max": _limit("bytes", 4608, _BUFFER, counts="datagram", refusal=_BUFFER),
    "net.core.wmem_default": _limit("bytes", 4608, _BUFFER, counts="datagram", refusal=_BUFFER),
    "net.core.optmem_max": _limit("bytes", of="namespace"),
    "net.core.default_qdisc": _text("name", "qdisc", None),
    "net.ipv4.tcp_rmem": _limit("bytes", of="namespace", counts="stream", numbers=3),
    "net.ipv4.tcp_wmem": _limit("bytes", of="namespace", counts="stream", numbers=3),
    "net.ipv4.tcp_mem": _MEMORY,
    "net.ipv4.tcp_max_orphans": _limit("sockets", below="every orphan would be reset"),
    "net.ipv4.tcp_max_syn_backlog": _limit(
        "connections", of="namespace", counts="listen", below="every SYN would be answered by a cookie, or not at all"
    ),
    "net.ipv4.tcp_syncookies": _switch(),
    "net.ipv4.tcp_abort_on_overflow": _switch(),
    "net.ipv4.tcp_moderate_rcvbuf": _switch(),
    "net.ipv4.udp_mem": _MEMORY,
    "net.ipv4.udp_rmem_min": _limit("bytes", of="namespace"),
    "net.ipv4.udp_wmem_min": _limit("bytes", of="namespace"),
    "net.ipv4.conf.all.rp_filter": _switch(),
    "net.ipv4.conf.default.rp_filter": _switch(),
    "net.ipv4.ipfrag_high_thresh": _limit("bytes", of="namespace", refusal=_ABOVE_LOW),
    "net.ipv4.ipfrag_time": _time("seconds", counts="entry"),
    "net.ipv6.ip6frag_high_thresh": _limit("bytes", of="namespace", refusal=_ABOVE_LOW),
    "net.ipv6.ip6frag_time": _time("seconds", counts="entry"),
    "net.netfilter.nf_conntrack_max": _limit("entries", below="0 is no limit: the table could take all the memory"),
    "net.netfilter.nf_conntrack_buckets": _limit("buckets", made="page of buckets"),
    "net.netfilter.nf_conntrack_generic_timeout": _CONNTRACK_TIME,
    "net.netfilter.nf_conntrack_tcp_timeout_established": _CONNTRACK_TIME,
    "net.netfilter.nf_conntrack_udp_timeout": _CONNTRACK_TIME,
    "net.netfilter.nf_conntrack_udp_timeout_stream": _CONNTRACK_TIME,
    # Documentation/admin-guide/sysctl/vm.rst: less than 1024 breaks the machine subtly, under load.
    "vm.min_free_kbytes": _limit("kB", 1024, "the machine could not free memory any more", of="machine"),
}
for _family in ("ipv4", "ipv6"):
    _neighbours = f"net.{_family}.neigh.default."
    SETTINGS.update({f"{_neighbours}gc_thresh{place}": _limit("entries", below=_GC) for place in (1, 2, 3)})
    SETTINGS[_neighbours + "unres_qlen_bytes"] = _limit("bytes", below="no packet could wait for its neighbour")

#: Sysctls none of which may be above the next one: the table of neighbours would be full before it is cleaned.
LADDERS = tuple(
    tuple(f"net.{family}.neigh.default.gc_thresh{place}" for place in (1, 2, 3)) for family in ("ipv4", "ipv6")
)

#: In which order related ones are written: the last one is raised first, and lowered last.
ORDERED = LADDERS + (
    ("net.core.rmem_default", "net.core.rmem_max"),
    ("net.core.wmem_default", "net.core.wmem_max"),
    ("net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_buckets"),
)

#: What the kernel makes of a number: a function of it and the bytes of a page. A hash table of connections takes whole
#: pages of pointers (nf_ct_alloc_hashtable()).
ROUNDINGS = {
    None: lambda number, _page_bytes: number,
    "powers of two only": lambda number, _page_bytes: number,
    "power of two": lambda number, _page_bytes: 1 << (number - 1).bit_length() if number > 0 else 0,
    "page of buckets": lambda number, page_bytes: -(-number // (page_bytes // 8)) * (page_bytes // 8),
}


def path(name):
    """The file of a sysctl."""
    return "/proc/sys/" + name.replace(".", "/")


def parse(text):
    """One whole number as int, several as a list of them, anything else as str without the white space around it."""
    words = text.split()
    try:
        numbers = [whole_number(word) for word in words]
    except ValueError:
        return text.strip()
    if not numbers:
        return ""
    return numbers[0] if len(numbers) == 1 else numbers


def read(host, gaps, initial_network):
    """``{"net.core.netdev_budget": 300, "net.ipv4.tcp_rmem": [4096, 131072, 6291456], ...}``, all of :data:`TABLE`.

    One that cannot be had is None; a missing one that child network namespaces lack is ``not_visible`` there.
    *gaps* is at ``/sysctls``, *initial_network* is :func:`namespaces.network_is_initial`.
    """
    return {name: gaps.attempt(name, value, host, name, initial_network) for name in TABLE}


def value(host, name, initial_network=None):
    """One sysctl of :data:`TABLE`; raises Unavailable."""
    sysctl, file = TABLE[name], path(name)
    try:
        text = host.text(file)
    except Unavailable as error:
        raise (explain(error, initial_network) if sysctl.initial_only else error) from None
    found = text.strip() if sysctl.text else parse(text)
    if found == "" or isinstance(found, str) != sysctl.text:
        expected = "a text" if sysctl.text else "numbers"
        raise Unavailable("malformed", f"{file}: expected {expected}, found {text[:60]!r}")
    return found
