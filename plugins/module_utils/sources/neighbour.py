# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbour tables (ARP and IPv6 neighbour discovery): how full they are and what they lost.

The tables are shared by all network namespaces of a host, and only the initial one shows them.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import percpu_stat
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import explain

#: Table: the family under /proc/sys/net that has its thresholds.
TABLES = {"arp_cache": "ipv4", "ndisc_cache": "ipv6"}

THRESHOLDS = ("gc_thresh1", "gc_thresh2", "gc_thresh3")


def read(host, gaps, initial_network):
    """``{"arp_cache": {"entries": int, "gc_thresh1": int, ..., "stats": {"table_fulls": Counter64, ...}}, ...}``.

    A table that cannot be seen is None: ``not_visible`` in a child network namespace, ``absent`` (IPv6) where the
    kernel runs without IPv6. Up to 4.0 there is no ``table_fulls``. *gaps* is at ``/neighbour``.
    """
    return {
        table: gaps.attempt(table, _table, host, gaps.at(table), table, family, initial_network)
        for table, family in TABLES.items()
    }


def _table(host, gaps, table, family, initial_network):
    stat = f"/proc/net/stat/{table}"
    thresholds = f"/proc/sys/net/{family}/neigh/default"
    if not host.exists(stat) and not host.exists(thresholds):
        raise explain(Unavailable("absent", f"{stat}: no such file"), initial_network)
    try:
        document = percpu_stat.read(host, stat, Counter64)
    except Unavailable as error:
        document = {"entries": None, "stats": None}
        for key in document:
            gaps.note(key, error)
    for name in THRESHOLDS:
        document[name] = gaps.attempt(name, host.integer, f"{thresholds}/{name}")
    return document
