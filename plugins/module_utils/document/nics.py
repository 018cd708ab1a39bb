# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network interfaces of a host: what they are and how they are set, and what they count.

In the order of use: :func:`inventory` (all that :func:`selection.select` needs), :func:`settings` once,
:func:`sample` at each reading, and :func:`document` to put settings and counted difference together. Interfaces that
are not selected are read in outline: what they are, and the statistics of the kernel, without which the drops of
another layer cannot be attributed.

``links``, ``addresses`` and ``interrupts`` are what sources/links.py, addresses.py and interrupts.py return.
"""

import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index, irq_names, statistics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    ethtool,
    firmware_memory,
    irqs,
    module_parameters,
    sysfs_net,
)

#: What the driver is asked about a selected interface: a key of the document, and the question.
_ASKED_OF_DRIVER = {
    "driver": ethtool.driver,
    "link": ethtool.link,
    "pause": ethtool.pause,
    "rings": ethtool.rings,
    "channels": ethtool.channels,
    "coalesce": ethtool.coalesce,
    "features": ethtool.features,
    "private_flags": ethtool.private_flags,
    "rss": ethtool.rss,
}

#: The parts of a selected interface that :func:`settings` reads if asked to, beside its outline.
PARTS = (*_ASKED_OF_DRIVER, "napi", "queues", "ring_memory", "device", "irqs")

#: What some drivers are asked by netlink of their rings: a key of ``rings``, and the question.
_ASKED_OF_RINGS = {"rx_buf_len": ethtool.rx_buf_len, "tcp_data_split": ethtool.tcp_data_split}

#: Further parts, which only what sets them needs: no audit and no facts read them. ``coalesce_of_queues``,
#: ``coalesce_fields`` and ``steered_queues`` are what :mod:`sources.ethtool` says; ``rdma_devices`` are names;
#: ``rss_table`` is ``{"entries": [queue of each], "rx_queues": int}``, ``hashed_fields`` ``{"udp4": "sdfn"}`` of
#: :data:`HASHED_FLOWS`.
_ASKED_TO_SET = {
    "coalesce_of_queues": ethtool.coalesce_of_queues,
    "coalesce_fields": ethtool.coalesce_fields,
    "steered_queues": ethtool.steered_queues,
}
PARTS_TO_SET = (*_ASKED_TO_SET, "rdma_devices", "rss_table", "hashed_fields")

#: The flow types whose hashed fields are read and set: of :data:`sources.ethtool_commands.FLOW_TYPES` those that
#: programs use.
HASHED_FLOWS = ("tcp4", "tcp6", "udp4", "udp6")

#: The name of what :func:`sample` reads: all that counts.
STATISTICS = "statistics"

#: What one part needs of others: the driver says what its interrupts and its rings mean.
NEEDS = {"irqs": ("driver",), "ring_memory": ("driver", "rings", "queues")}

#: What is told of every interface, and from the list of links of a selected one besides.
_OUTLINE = ("ifindex", "kind", "flags", "operstate", "addresses", "master")
_OF_LINK = ("mac", "mtu", "carrier", "tx_queue_len", "xdp")

#: What only an interface with a device has.
_OF_PCI = ("pci", "sriov")
_OF_DEVICE = ("numa_node", "local_cpus") + _OF_PCI


def inventory(host, links, addresses):
    """Every interface with its kind and its place among the others.

    ``{name: {"ifindex": int, "kind": str|None, "physical": bool, "flags": [str], "operstate": str,
    "addresses": [CIDR]|None, "master": name|None, "lower": [names], "upper": [names], "device": str|None,
    "hidden": Unavailable|None, "untold": Unavailable|None}}``.
    ``kind`` is "loopback", "physical" where there is a device, else what the kernel calls it, None where it does not.
    ``device`` is the directory of the device in sysfs. ``hidden`` says why sysfs does not show this interface; then
    only a master and its ports are known to be neighbours. ``untold`` says why its addresses are missing.

    :param addresses: None where they could not be read, or the Unavailable that says why
    """
    names = {link["ifindex"]: name for name, link in links.items()}
    found = {}
    for name, link in links.items():
        near, device, hidden = _place_in_sysfs(host, name, link["ifindex"])
        found[name] = {
            "ifindex": link["ifindex"],
            "kind": _kind(link, near["physical"]),
            "physical": near["physical"],
            "flags": link["flags"],
            "operstate": link["operstate"],
            "addresses": addresses.get(link["ifindex"], []) if isinstance(addresses, dict) else None,
            "master": names.get(link["master_ifindex"]),
            "lower": near["lower"],
            "upper": near["upper"],
            "device": device,
            "hidden": hidden,
            "untold": addresses if isinstance(addresses, Unavailable) else None,
        }
    for name in sorted(found):
        master = found[name]["master"]
        if master is not None:
            _add_neighbour(found[name]["upper"], master)
            _add_neighbour(found[master]["lower"], name)
    return found


def _place_in_sysfs(host, name, ifindex):
    """``(neighbours, directory of the device or None, None or why sysfs does not show the interface)``."""
    try:
        sysfs_net.check_visible(host, name, ifindex)
        near = sysfs_net.neighbours(host, name)
        return near, sysfs_net.device(host, name) if near["physical"] else None, None
    except Unavailable as error:
        return {"physical": False, "lower": [], "upper": []}, None, error


def _kind(link, physical):
    if "LOOPBACK" in link["flags"]:
        return "loopback"
    return "physical" if physical else link["kind"]


def _add_neighbour(names, name):
    if name not in names:
        names.append(name)


def settings(host, links, seen, selected, interrupts, parts, gaps):
    """``{name: {...}}``: the document's ``nics`` without what counts.

    :param seen: the :func:`inventory`
    :param selected: names of the interfaces that are read in depth
    :param interrupts: None where they could not be read, or ``irqs`` are not among the parts
    :param parts: some of :data:`PARTS` and :data:`PARTS_TO_SET`, with all that they need
    :param gaps: the Gaps of ``nics``

    An interface that is removed during the reading is left out, and noted as "vanished".
    """
    found = {}
    devlink = _when_asked(host)
    for name, place in seen.items():
        nic = _outline(place, name in selected)
        if nic["selected"]:
            own = _gaps_of_one(gaps, name)
            _note_untold(name, place, own)
            nic.update(_of_link(name, links, seen))
            for key, ask in _ASKED_OF_DRIVER.items():
                if key in parts:
                    nic[key] = own.attempt(key, ask, host, name)
            if "rss_table" in parts:
                nic["rss_table"] = own.attempt("rss_table", _rss_table, host, name)
            if "hashed_fields" in parts:
                nic["hashed_fields"] = _hashed_fields(host, name, own.at("hashed_fields"))
            if "napi" in parts:
                nic["napi"] = own.attempt("napi", _napi, host, name, place, own.at("napi"))
            if "queues" in parts:
                nic["queues"] = own.attempt("queues", _queues, host, name, place, own.at("queues"))
            if "ring_memory" in parts:
                nic.update(_of_rings(host, devlink, name, nic, place, own))
            if "device" in parts:
                nic.update(_of_device(host, place, own))
            if "irqs" in parts:
                nic["irqs_shared_with"] = _on_same_function(name, seen)
                nic["irqs"] = own.attempt("irqs", _irqs, host, name, nic, place, interrupts, own.at("irqs"))
            for key, ask in _ASKED_TO_SET.items():
                if key in parts:
                    nic[key] = own.attempt(key, ask, host, name)
            if "rdma_devices" in parts:
                nic["rdma_devices"] = own.attempt("rdma_devices", _rdma_devices, host, place)
            if not _is_kept(host, name, place["ifindex"], own, gaps):
                continue
        else:
            _note_untold(name, place, gaps.at(name))
            if "driver" in parts:
                nic.update(_driver_if_any(host, name))
        found[name] = nic
    return found


def _note_untold(name, place, gaps):
    if place["kind"] is None:
        gaps.note("kind", Unavailable("absent", f"{name}: the kernel names no kind"))
    if place["untold"]:
        gaps.note("addresses", place["untold"])


def _when_asked(host):
    """A function that returns the one :class:`Devlink` of this host: few drivers are asked by it."""

    @functools.lru_cache(maxsize=None)
    def devlink():
        from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.devlink import Devlink

        return Devlink(host)

    return devlink


def _outline(place, selected):
    nic = {key: place[key] for key in _OUTLINE}
    nic.update(selected=selected, lower=sorted(place["lower"]), upper=sorted(place["upper"]))
    return nic


def _driver_if_any(host, name):
    """The driver of an interface that is not judged: that it has none is of no interest."""
    try:
        return {"driver": ethtool.driver(host, name)}
    except Unavailable:
        return {}


def _of_link(name, links, seen):
    link = links[name]
    found = {key: link[key] for key in _OF_LINK}
    found["bond"] = link["bond"] and {
        "mode": link["bond"]["mode"],
        "active_slave": _name_of(link["bond"]["active_slave_ifindex"], seen),
        "slaves": sorted(other for other, place in seen.items() if place["master"] == name),
        "miimon_ms": link["bond"]["miimon_ms"],
    }
    found["bond_slave"] = link["bond_slave"] and {key: link["bond_slave"][key] for key in ("state", "mii_status")}
    return found


def _name_of(ifindex, seen):
    return next((name for name, place in seen.items() if place["ifindex"] == ifindex), None)


def _rss_table(host, name):
    return {"entries": ethtool.rss_queues(host, name), "rx_queues": ethtool.rx_queues(host, name)}


def _hashed_fields(host, name, gaps):
    return {flow: gaps.attempt(flow, ethtool.hashed_fields, host, name, flow) for flow in HASHED_FLOWS}


def _napi(host, name, place, gaps):
    _check_shown(place)
    return sysfs_net.napi(host, name, gaps)


def _queues(host, name, place, gaps):
    _check_shown(place)
    return sysfs_net.queues(host, name, gaps)


def _check_shown(place):
    if place["hidden"]:
        raise place["hidden"]


def _of_rings(host, devlink, name, nic, place, gaps):
    """What the memory of the rings depends on beside their sizes. None of a driver that has no such thing."""
    driver = (nic["driver"] or {}).get("name")
    rings = index.part(driver, "RINGS")
    reads = rings.get("reads", ())
    found = {
        "traffic_classes": gaps.attempt("traffic_classes", _traffic_classes, host, name, nic["queues"]),
        "mergeable_rx_buffers": None,
        "rx_page_cache": None,
        "devlink_queues": None,
        "module_parameters": None,
        "firmware_bytes": None,
    }
    if "rx_page_cache" in reads:
        found["rx_page_cache"] = gaps.attempt("rx_page_cache", _rx_page_cache, host, name, place)
    if "devlink_queues" in reads:
        own = gaps.at("devlink_queues")
        found["devlink_queues"] = gaps.attempt("devlink_queues", _devlink_queues, devlink, place, own)
    if "mergeable_rx_buffers" in reads:
        own = gaps.attempt("mergeable_rx_buffers", _mergeable_rx_buffers, host, name, nic["queues"])
        found["mergeable_rx_buffers"] = own
    for key, ask in _ASKED_OF_RINGS.items():
        if key in reads and nic["rings"] is not None:
            found.setdefault("rings", dict(nic["rings"]))[key] = gaps.at("rings").attempt(key, ask, host, name)
    if "firmware_bytes" in reads:
        where = rings["firmware_pages"]
        found["firmware_bytes"] = gaps.attempt("firmware_bytes", _firmware_bytes, host, place, where)
    if "module_parameters" in reads:
        own = gaps.at("module_parameters")
        names = rings["module_parameters"]
        found["module_parameters"] = module_parameters.read(host, index.canonical(driver), names, own)
    return found


def _traffic_classes(host, name, queues):
    return sysfs_net.traffic_classes(host, name, _listed(name, queues)["tx"])


def _mergeable_rx_buffers(host, name, queues):
    return sysfs_net.mergeable_rx_buffers(host, name, _listed(name, queues)["rx"])


def _listed(name, queues):
    if queues is None:
        raise Unavailable("absent", f"{name}: the queues could not be listed")
    return queues


def _rx_page_cache(host, name, place):
    _check_shown(place)
    return sysfs_net.rx_page_cache(host, name)


def _firmware_bytes(host, place, where):
    if place["device"] is None:
        raise place["hidden"] or Unavailable("absent", "a virtual interface has no device")
    return firmware_memory.held_bytes(host, place["device"], where)


def _devlink_queues(devlink, place, gaps):
    bus_name = sysfs_net.bus_name(place["device"]) if place["device"] else ""
    return devlink().queues(place["ifindex"], bus_name, gaps)


def _of_device(host, place, gaps):
    if place["device"] is None:
        return _missing(_OF_DEVICE, place["hidden"] or Unavailable("absent", "a virtual interface has no device"), gaps)
    found = sysfs_net.locality(host, place["device"], gaps)
    function = sysfs_net.pci_function(place["device"])
    if function is None:
        found.update(_missing(_OF_PCI, Unavailable("absent", f"{place['device']}: no PCI function"), gaps))
    else:
        found["pci"] = sysfs_net.pci(host, function, gaps.at("pci"))
        found["sriov"] = sysfs_net.sriov(host, function, gaps.at("sriov"))
    return found


def _rdma_devices(host, place):
    if place["device"] is None:
        if place["hidden"]:
            raise place["hidden"]
        return []
    return sysfs_net.rdma_devices(host, place["device"])


def _missing(keys, error, gaps):
    for key in keys:
        gaps.note(key, error)
    return dict.fromkeys(keys)


def _irqs(host, name, nic, place, interrupts, gaps):
    """The interrupts of one interface: what they serve and where they go. A virtual interface has none."""
    _check_shown(place)
    if place["device"] is None:
        return {}
    if interrupts is None:
        raise Unavailable("absent", "the list of interrupts could not be read")
    bus_name = sysfs_net.bus_name(place["device"])
    try:
        numbers = set(sysfs_net.device_irqs(host, place["device"]))
    except Unavailable:
        # A SoC, or a capture without them: the names of the interrupts are all there is. A virtio device gives them its
        # own, whatever bus it is on.
        numbers = None
        bus_name = sysfs_net.virtio_name(place["device"]) or bus_name
    driver = (nic["driver"] or {}).get("name")
    serving = irq_names.map_irqs(interrupts, numbers, driver, name, bus_name, nic["irqs_shared_with"])
    affinity = irqs.read(host, serving, gaps)
    return {number: dict(served, **affinity[number]) for number, served in serving.items()}


def _on_same_function(name, seen):
    """The other interfaces on the PCI function of this one: ports of one adapter, subfunctions, representors."""
    function = _function(seen[name])
    if function is None:
        return []
    return sorted(other for other, place in seen.items() if other != name and _function(place) == function)


def _function(place):
    return sysfs_net.pci_function(place["device"]) if place["device"] else None


def known_irqs(known):
    """The ids of all interrupts in the :func:`settings`: the rows of /proc/interrupts that a sample needs."""
    return {number for nic in known.values() for number in nic.get("irqs") or ()}


def sample(host, links, interrupts, known, gaps):
    """``{name: {...}}``: what each interface counts now, and by what it is recognised as the same one.

    ``ifindex``, ``driver`` (its name), ``carrier_changes`` and ``link_stats`` of every interface; of those that *known*
    has as selected also ``counters`` (the driver's statistics as :func:`statistics.annotate` returns them),
    ``irqs.N.counts``, ``queues.tx.N.tx_timeout`` and ``bond_slave.link_failure_count``.

    :param interrupts: None where they could not be read; those of :func:`known_irqs` are enough
    :param known: the :func:`settings`
    :param gaps: the Gaps of ``nics``
    """
    found = {}
    for name, link in links.items():
        own = _gaps_of_one(gaps, name)
        settled = known.get(name, {})
        driver = (_driver_if_any(host, name).get("driver") or {}).get("name")
        nic = {"ifindex": link["ifindex"], "driver": driver, "carrier_changes": link["carrier_changes"]}
        nic["link_stats"] = link["link_stats"] or sysfs_net.link_stats(host, name, own.at("link_stats"))
        if settled.get("selected"):
            nic["counters"] = own.attempt("counters", _driver_counters, host, name, driver)
            nic.update(_irq_counts(settled.get("irqs"), interrupts, own))
            nic.update(_tx_timeouts(host, name, settled.get("queues"), own))
            if link["bond_slave"]:
                nic["bond_slave"] = {"link_failure_count": link["bond_slave"]["link_failure_count"]}
            if not _is_kept(host, name, link["ifindex"], own, gaps):
                continue
        else:
            gaps.entries.extend(own.entries)
        found[name] = nic
    for name in sorted(set(known) - set(links)):
        gaps.note(name, _vanished(name))
    return found


def _driver_counters(host, name, driver):
    return statistics.annotate(driver, ethtool.statistics(host, name))


def _irq_counts(served, interrupts, gaps):
    """The part ``irqs`` of a sample. An interrupt that was freed meanwhile (the driver reset) has no counts."""
    if not served:
        return {}
    if interrupts is None:
        gaps.note("irqs", Unavailable("absent", "the list of interrupts could not be read"))
        return {}
    counts = {}
    for number in served:
        row = interrupts.get(number)
        counts[number] = {"counts": row["counts"] if row else None}
        if row is None:
            gaps.at("irqs", number).note("counts", Unavailable("vanished", f"IRQ {number} is no longer in use"))
    return {"irqs": counts}


def _tx_timeouts(host, name, queues, gaps):
    """The part ``queues`` of a sample."""
    if not queues:
        return {}
    timeouts = sysfs_net.tx_timeouts(host, name, queues["tx"], gaps.at("queues", "tx"))
    return {"queues": {"tx": {queue: {"tx_timeout": value} for queue, value in timeouts.items()}}}


def _gaps_of_one(gaps, name):
    """A Gaps for one interface that keeps its entries apart until it is clear that the interface is still there."""
    own = gaps.at(name)
    own.entries = []
    return own


def _is_kept(host, name, ifindex, own, gaps):
    """Whether an interface was there to the end of its reading; notes its gaps, or that it vanished."""
    if _is_gone(host, name, ifindex):
        gaps.note(name, _vanished(name))
        return False
    gaps.entries.extend(own.entries)
    return True


def _is_gone(host, name, ifindex):
    # Both are asked: a driver that resets or sleeps answers ENODEV too, and sysfs may be that of another namespace.
    try:
        sysfs_net.check_visible(host, name, ifindex)
        return False
    except Unavailable:
        pass
    try:
        ethtool.driver(host, name)
        return False
    except Unavailable as error:
        return error.reason == "vanished"


def _vanished(name):
    return Unavailable("vanished", f"{name}: the interface was removed or renamed during the reading")


def document(known, counted):
    """The document's ``nics``: the :func:`settings` with the difference of two samples in them.

    An interface that has no settings, because it appeared during the interval, is left out: nothing can be said of it.
    """
    return {name: _joined(nic, _of_settled(counted.get(name, {}))) for name, nic in known.items()}


def _of_settled(counted):
    # The name of the driver is there to recognise the interface by; the settings say what the driver is.
    return {key: value for key, value in counted.items() if key != "driver"}


def _joined(settled, counted):
    joined = dict(settled)
    for key, value in counted.items():
        if key not in settled:
            joined[key] = value
        elif isinstance(settled[key], dict) and isinstance(value, dict):
            joined[key] = _joined(settled[key], value)
    return joined
