# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sysctls that decide where packets are lost, as a table, and their values."""

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
    return {name: gaps.attempt(name, _value, host, name, sysctl, initial_network) for name, sysctl in TABLE.items()}


def _value(host, name, sysctl, initial_network):
    path = "/proc/sys/" + name.replace(".", "/")
    try:
        text = host.text(path)
    except Unavailable as error:
        raise (explain(error, initial_network) if sysctl.initial_only else error) from None
    value = text.strip() if sysctl.text else parse(text)
    if value == "" or isinstance(value, str) != sysctl.text:
        expected = "a text" if sysctl.text else "numbers"
        raise Unavailable("malformed", f"{path}: expected {expected}, found {text[:60]!r}")
    return value
