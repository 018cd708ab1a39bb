# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host twice: its document, made of what :mod:`snapshot` reads."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import namespaces, snapshot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import assemble
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sockets

#: Between the prime read, which makes lazy drivers (mlx5) fetch their counters, and the first sample.
PRIME_S = 1.0


def read_host(host, interval_s, patterns, networks, other_namespaces=(namespaces.OWN,)):
    """The host document of *host*, sampled over *interval_s* seconds; with 0 every delta is None.

    *patterns* and *networks* choose the NICs as in :func:`selection.select`, whose SelectionError is raised;
    *other_namespaces* the network namespaces beside this one, as in :func:`namespaces.settings`.
    """
    gaps, earlier = Gaps(), Gaps()
    settings = snapshot.settings(host, patterns, networks, gaps, other_namespaces)
    others = settings["namespaces"]
    prime = before = None
    if interval_s:
        prime = snapshot.prime(host, settings["nics"], earlier)
        host.clock.sleep(PRIME_S)
        before = snapshot.sample(host, settings["nics"], earlier, others)
        host.clock.sleep(interval_s)
    after = snapshot.sample(host, settings["nics"], gaps, others, before)
    first, last = (taken and taken["namespaces"] for taken in (before, after))
    beside = namespaces.compared(host, others, first, last, gaps.at("namespaces"))
    owners = socket_owners_of(host, before, after, beside.lost_sockets() if beside else ())
    return assemble(settings, prime, before, after, owners, gaps.entries, beside=beside)


def socket_owners_of(host, before, after, others=()):
    """Who has the sockets that lost something in the interval: every open file of the host is looked at for that.

    :param others: the inodes of more such sockets, in other network namespaces
    """
    lost = set(others)
    if before:
        lost |= sockets.lost_since(before["sockets"], after["sockets"])
    if not lost:
        return {}
    # On most hosts nothing is lost.
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import socket_owners

    return socket_owners.read(host, lost)
