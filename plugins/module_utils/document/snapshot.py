# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sources of one host at one instant: its settings, read once, and a sample of its counters, read several times.

What a settings tree and a sample hold is said by the reader of each part in :mod:`sources`. Both are plain data in the
shape of the host document; :mod:`reading` makes the document of them.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import select
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Reader, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    conntrack,
    cpu_times,
    cpu_topology,
    identity,
    interrupts,
    memory,
    neighbour,
    owners,
    protocols,
    sockets,
    softirqs,
    softnet,
    sysctls,
    xfrm,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.devlink import Devlink
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool import Ethtool
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.qdiscs import qdiscs
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.rtnetlink import Netlink

#: Why what is known by its interfaces is missing where ``nics`` says that they could not be listed.
_UNLISTED = Unavailable("absent", "the network interfaces could not be listed")


class Host:
    """Where the sources read: files below a root, and the three sockets. Use it as a context manager."""

    def __init__(self, reader=None, ethtool=None, netlink=None, devlink=None):
        self.reader = reader or Reader()
        self.ethtool = ethtool or Ethtool()
        self.netlink = netlink or Netlink()
        self.devlink = devlink or Devlink()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.ethtool.close()
        self.netlink.close()
        self.devlink.close()


def settings(host, patterns, networks, gaps):
    """Configuration and state: the document without its counters, and with ``selection`` for its ``meta``.

    Raises :class:`selection.SelectionError` where the choice of NICs fits nothing on this host.
    """
    initial = identity.read(host.reader, gaps.at("meta"))["netns"]["initial"]
    selection, nic_settings = selected_nics(host, patterns, networks, gaps)
    if selection is None:
        gaps.at("meta").note("selection", _UNLISTED)
    return {
        "selection": selection,
        "cpus": cpu_topology.read(host.reader, gaps.at("cpus")),
        "nics": nic_settings,
        "memory": memory.read(host.reader, gaps.at("memory")),
        "sysctls": sysctls.read(host.reader, gaps.at("sysctls"), initial),
        "owners": gaps.attempt("owners", owners.read, host.reader, gaps.at("owners")),
    }


def selected_nics(host, patterns, networks, gaps):
    """``(selection, nics)``: which NICs are judged, and the settings of all; None for both where none can be listed."""
    seen = gaps.attempt("nics", _inventory, host, gaps.at("nics"))
    if seen is None:
        return None, None
    link_list, inventory = seen
    selection = select(inventory, patterns, networks)
    rows = gaps.attempt("interrupts", interrupts.read, host.reader)
    selected = frozenset(selection["selected"])
    return selection, nics.settings(
        host.reader, host.ethtool, host.devlink, link_list, inventory, selected, rows, gaps.at("nics")
    )


def _inventory(host, gaps):
    link_list = links(host.netlink, gaps)
    return link_list, nics.inventory(host.reader, link_list, addresses(host.netlink))


def prime(host, known_nics, gaps):
    """What is read before the first sample: the NICs, whose drivers may answer with what they fetched some time ago."""
    who = identity.read(host.reader, gaps.at("meta"))
    return {"identity": who, **nic_sample(host, known_nics or {}, gaps)}


def sample(host, known_nics, gaps):
    """Every counter now, and by what the host and its NICs are recognised as the same ones.

    *known_nics* are the NICs of :func:`settings`; of the others only the names are read.
    """
    reader = host.reader
    who = identity.read(reader, gaps.at("meta"))
    initial = who["netns"]["initial"]
    found = {"identity": who, **cpu_sample(reader, gaps), **nic_sample(host, known_nics or {}, gaps)}
    found["protocols"] = protocols.read(reader, gaps.at("protocols"))
    found["conntrack"] = gaps.attempt("conntrack", conntrack.read, reader, gaps.at("conntrack"), initial)
    found["neighbour"] = neighbour.read(reader, gaps.at("neighbour"), initial)
    found["sockets"] = sockets.sample(reader, gaps.at("sockets"))
    found["xfrm"] = gaps.attempt("xfrm", xfrm.read, reader)
    return found


def nic_sample(host, known_nics, gaps):
    """The counters of the NICs and of their queueing disciplines."""
    link_list = gaps.attempt("nics", links, host.netlink, gaps.at("nics"))
    if link_list is None:
        gaps.note("qdiscs", _UNLISTED)
        return {"nics": None, "qdiscs": None}
    rows = gaps.attempt("interrupts", interrupts.read, host.reader, nics.known_irqs(known_nics))
    names = {link["ifindex"]: name for name, link in link_list.items()}
    return {
        "nics": nics.sample(host.reader, host.ethtool, link_list, rows, known_nics, gaps.at("nics")),
        "qdiscs": gaps.attempt("qdiscs", qdiscs, host.netlink, names, gaps.at("qdiscs")),
    }


def cpu_sample(reader, gaps):
    """The counters of the CPUs, with the list of online CPUs that they are for."""
    online = gaps.at("cpus").attempt("online", cpu_topology.read_present, reader, "online")
    return {
        "cpus_online": online,
        "softnet": gaps.attempt("softnet", softnet.read, reader, online),
        "softirqs": gaps.attempt("softirqs", softirqs.read, reader),
        "cpu_times": gaps.attempt("cpu_times", cpu_times.read, reader),
    }
