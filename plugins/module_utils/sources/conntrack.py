# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection tracking: how full the table is and what it lost. Per network namespace, as the kernel keeps it."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import percpu_stat
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import explain

STAT = "/proc/net/stat/nf_conntrack"
SYSCTL = "/proc/sys/net/netfilter/nf_conntrack_"

#: The header says one thing and the kernel prints another since 5.15: ct_cpu_seq_show() of
#: net/netfilter/nf_conntrack_standalone.c puts the counter chaintoolong into the column chainlength.
COLUMN_NAMES = {"chainlength": "chaintoolong"}


def read(host, gaps, initial_network):
    """``{"count": int, "max": int, "buckets": int, "stats": {"drop": Counter32, ...}}``.

    The counters are 32 bits wide per CPU and summed; see :func:`percpu_stat.parse`. Columns that a kernel gave up are
    printed as 0 by it (``new``, ``ignore``, ``delete`` since 5.10). *gaps* is at ``/conntrack``.

    Raises Unavailable ``absent`` where the module nf_conntrack is not loaded.
    """
    if not host.exists(STAT) and not host.exists(SYSCTL + "count"):
        raise Unavailable("absent", f"{STAT}: no such file: connection tracking (nf_conntrack) is not loaded")
    document = {}
    for name in ("count", "max", "buckets"):
        document[name] = gaps.attempt(name, _setting, host, SYSCTL + name, initial_network)
    document["stats"] = gaps.attempt("stats", _stats, host)
    return document


def _setting(host, path, initial_network):
    try:
        return host.integer(path)
    except Unavailable as error:
        # Kernels hide them in a network namespace that belongs to a user namespace.
        raise explain(error, initial_network) from None


def _stats(host):
    return named(percpu_stat.read(host, STAT, Counter32)["stats"])


def named(stats):
    """The columns of :func:`percpu_stat.parse` by the names of what the kernel counts in them."""
    return {COLUMN_NAMES.get(column, column): total for column, total in stats.items()}
