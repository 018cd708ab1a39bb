# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sources of one host at one instant: its settings, read once, and a sample of its counters, read several times.

What a settings tree and a sample hold is said by the reader of each part in :mod:`sources`. Both are plain data in the
shape of the host document; :mod:`assemble` makes the document of them.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import namespaces, nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import select
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
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
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.qdiscs import qdiscs

#: Why what is known by its interfaces is missing where ``nics`` says that they could not be listed.
_UNLISTED = Unavailable("absent", "the network interfaces could not be listed")


def settings(host, patterns, networks, gaps, other_namespaces=(namespaces.OWN,)):
    """Configuration and state: the document without its counters, with ``selection`` for its ``meta``, and with
    ``namespaces`` of :func:`namespaces.settings` for :func:`sample`.

    :param other_namespaces: which network namespaces are read beside this one, as for :func:`namespaces.settings`

    Raises :class:`selection.SelectionError` where the choice of NICs or of namespaces fits nothing on this host.
    """
    initial = identity.read(host, gaps.at("meta"))["netns"]["initial"]
    selection, nic_settings = selected_nics(host, patterns, networks, gaps)
    if selection is None:
        gaps.at("meta").note("selection", _UNLISTED)
    return {
        "selection": selection,
        "cpus": cpu_topology.read(host, gaps.at("cpus")),
        "nics": nic_settings,
        "memory": memory.read(host, gaps.at("memory")),
        "sysctls": sysctls.read(host, gaps.at("sysctls"), initial),
        "owners": gaps.attempt("owners", owners.read, host, gaps.at("owners")),
        "namespaces": namespaces.settings(host, other_namespaces, initial, gaps),
    }


def selected_nics(host, patterns, networks, gaps, parts=None):
    """``(selection, nics)``: which NICs are judged, and the settings of all; None for both where none can be listed.

    :param parts: those of :data:`nics.PARTS` that are read of a selected NIC, None for all
    """
    seen = gaps.attempt("nics", _inventory, host, gaps.at("nics"))
    if seen is None:
        return None, None
    link_list, inventory = seen
    selection = select(inventory, patterns, networks)
    parts = nics.PARTS if parts is None else parts
    rows = gaps.attempt("interrupts", interrupts.read, host) if "irqs" in parts else None
    selected = frozenset(selection["selected"])
    return selection, nics.settings(host, link_list, inventory, selected, rows, parts, gaps.at("nics"))


def _inventory(host, gaps):
    link_list = links(host, gaps)
    try:
        owned = addresses(host)
    except Unavailable as error:
        # Each NIC says so; without its addresses it is still one.
        owned = error
    return link_list, nics.inventory(host, link_list, owned)


def prime(host, known_nics, gaps):
    """What is read before the first sample: the NICs, whose drivers may answer with what they fetched some time ago."""
    # Interrupts and queues are counted by the kernel itself, which is never late.
    drivers = {name: {"selected": nic["selected"]} for name, nic in (known_nics or {}).items()}
    return {
        "identity": {"monotonic_s": gaps.attempt("monotonic_s", host.clock.monotonic_s)},
        "nics": nic_sample(host, drivers, gaps)[0],
    }


def sample(host, known_nics, gaps, known_namespaces=None, earlier=None):
    """Every counter now, and by what the host and its NICs are recognised as the same ones.

    *known_nics* are the NICs of :func:`settings`; of the others only the names are read. *known_namespaces* are those
    of :func:`settings`, without which only the own one is read; *earlier* is the sample before this one.
    """
    who = identity.read(host, gaps.at("meta"))
    initial = who["netns"]["initial"]
    counted, names = nic_sample(host, known_nics or {}, gaps)
    found = {"identity": who, **cpu_sample(host, gaps), "nics": counted}
    if names is None:
        gaps.note("qdiscs", _UNLISTED)
        found["qdiscs"] = None
    else:
        found["qdiscs"] = gaps.attempt("qdiscs", qdiscs, host, names, gaps.at("qdiscs"))
    found["protocols"] = protocols.read(host, gaps.at("protocols"))
    found["conntrack"] = gaps.attempt("conntrack", conntrack.read, host, gaps.at("conntrack"), initial)
    found["neighbour"] = neighbour.read(host, gaps.at("neighbour"), initial)
    found["sockets"] = sockets.sample(host, gaps.at("sockets"))
    found["xfrm"] = gaps.attempt("xfrm", xfrm.read, host)
    if known_namespaces:
        found["namespaces"] = namespaces.sample(host, known_namespaces, gaps, earlier and (earlier["namespaces"],))
    return found


def nic_sample(host, known_nics, gaps):
    """``(counters of the NICs, {ifindex: name})``; None for both where the NICs cannot be listed."""
    link_list = gaps.attempt("nics", links, host, gaps.at("nics"))
    if link_list is None:
        return None, None
    wanted = nics.known_irqs(known_nics)
    rows = gaps.attempt("interrupts", interrupts.read, host, wanted) if wanted else None
    names = {link["ifindex"]: name for name, link in link_list.items()}
    return nics.sample(host, link_list, rows, known_nics, gaps.at("nics")), names


def cpu_sample(host, gaps):
    """The counters of the CPUs, with the list of online CPUs that they are for."""
    online = gaps.at("cpus").attempt("online", cpu_topology.read_present, host, "online")
    return {
        "cpus_online": online,
        "softnet": gaps.attempt("softnet", softnet.read, host, online),
        "softirqs": gaps.attempt("softirqs", softirqs.read, host),
        "cpu_times": gaps.attempt("cpu_times", cpu_times.read, host),
    }
