# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network interface in sysfs: its queues, NAPI settings, place in the machine and interrupts.

Paths are below /sys/class/net (drivers of the attributes: net/core/net-sysfs.c, drivers/pci/pci-sysfs.c, 6.12). sysfs
shows the network namespace in which it was mounted, which need not be the one of this process: :func:`check_visible`
tells.
"""

import re
from functools import partial

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import (
    number_in,
    of_each,
    read_node,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_topology import read_list, read_mask
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS

NET = "/sys/class/net"

_TRAFFIC_CLASS = re.compile(r"([0-9]|1[0-5])(?:-[0-9]+)?$")
_PCI_ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")

# What may lie between a PCI function and the device of its own NIC: a virtio or vDPA device, or a device of the
# auxiliary bus ("mlx5_core.sf.2"). A USB adapter lies below a PCI function too, but that is its host controller.
_PART_OF_FUNCTION = re.compile(r"(?:virtio[0-9]+|vdpa[0-9]+|[\w-]+\.[\w-]+\.[0-9]+)$")

_UNKNOWN_LINK_WIDTHS = (0, 255)


def check_visible(host, name, ifindex):
    """Raise Unavailable ``not_visible`` unless sysfs shows this very interface, not another one of that name."""
    path = f"{NET}/{name}/ifindex"
    try:
        found = host.integer(path)
    except Unavailable as error:
        if error.reason in ("absent", "vanished"):
            raise Unavailable("not_visible", f"{error.detail}: sysfs does not show interface {ifindex}") from None
        raise
    if found != ifindex:
        detail = f"{path}: {found}, where {name} is interface {ifindex}: sysfs shows another network namespace"
        raise Unavailable("not_visible", detail)


def neighbours(host, name):
    """``{"physical": bool, "lower": [names], "upper": [names]}``; raises Unavailable.

    ``physical`` is whether there is a device link. An upper interface is built on this one (a bond on its slaves, a
    VLAN on its port); links across network namespaces are not shown by the kernel.
    """
    entries = host.names(f"{NET}/{name}")
    found = {
        side: [entry[len(side) + 1 :] for entry in entries if entry.startswith(side + "_")]
        for side in ("lower", "upper")
    }
    return dict(found, physical="device" in entries)


def device(host, name):
    """The directory of the device behind an interface: ``/sys/devices/pci0000:00/0000:00:03.0/virtio2``.

    Raises Unavailable ``absent`` for a virtual interface.
    """
    path = f"{NET}/{name}/device"
    host.link(path)
    return host.real(path)


def pci_function(device_path):
    """The directory of the PCI function that a device is, or is part of; None where there is none. Reads nothing."""
    parts = device_path.split("/")
    for end in range(len(parts), 0, -1):
        if _PCI_ADDRESS.match(parts[end - 1]):
            return "/".join(parts[:end])
        if not _PART_OF_FUNCTION.match(parts[end - 1]):
            return None
    return None


def bus_name(device_path):
    """What drivers call a device in the names of its interrupts; reads nothing.

    The address of its PCI function (``0000:00:03.0``), else its own name (``virtio0`` of a device that is not on PCI).
    """
    return (pci_function(device_path) or device_path).rpartition("/")[2]


def virtio_name(device_path):
    """The name of a virtio device, "virtio0"; None of any other device. Reads nothing."""
    name = device_path.rpartition("/")[2]
    return name if number_in(name, "virtio") is not None else None


def pci(host, function, gaps):
    """``{address, link_speed, link_width, max_link_speed, max_link_width}`` of a PCI function.

    Speeds are the kernel's text (``8.0 GT/s PCIe``), widths are lanes. They are None where the function has no PCI
    Express link of its own: emulated devices and virtual functions.
    """
    return {
        "address": bus_name(function),
        "link_speed": gaps.attempt("link_speed", _link_speed, host, f"{function}/current_link_speed"),
        "link_width": gaps.attempt("link_width", _link_width, host, f"{function}/current_link_width"),
        "max_link_speed": gaps.attempt("max_link_speed", _link_speed, host, f"{function}/max_link_speed"),
        "max_link_width": gaps.attempt("max_link_width", _link_width, host, f"{function}/max_link_width"),
    }


def _link_speed(host, path):
    speed = host.word(path)
    if not speed or speed.lower().startswith("unknown"):
        raise Unavailable("absent", f"{path}: {speed[:60]!r}: the function does not tell")
    return speed


def _link_width(host, path):
    width = host.integer(path)
    if width in _UNKNOWN_LINK_WIDTHS:
        raise Unavailable("absent", f"{path}: {width}: the function does not tell")
    return width


def sriov(host, function, gaps):
    """``{"vfs": int, "vfs_max": int, "is_vf": bool}`` of a PCI function; the numbers are None where it cannot have VFs.

    ``is_vf`` is False in a guest, to which a virtual function is an ordinary one.
    """
    try:
        host.link(f"{function}/physfn")
        is_vf = True
    except Unavailable:
        is_vf = False
    return {
        "vfs": gaps.attempt("vfs", host.integer, f"{function}/sriov_numvfs"),
        "vfs_max": gaps.attempt("vfs_max", host.integer, f"{function}/sriov_totalvfs"),
        "is_vf": is_vf,
    }


def virtual_functions(host, function):
    """``{"0": driver}``: who serves each virtual function of a PCI function, None where nobody does: "vfio-pci" has
    handed it to a guest. Raises Unavailable."""
    found = {}
    for name in host.names(function):
        number = number_in(name, "virtfn")
        if number is not None:
            try:
                found[str(number)] = host.link(f"{function}/{name}/driver").rpartition("/")[2]
            except Unavailable:
                found[str(number)] = None
    return found


def switch_id(host, name):
    """The id of the switch whose port an interface is, None where it is of none: in the mode "switchdev" the functions
    of a NIC are ports of one. Raises Unavailable."""
    try:
        return host.word(f"{NET}/{name}/phys_switch_id") or None
    except Unavailable as error:
        # EOPNOTSUPP of a driver without such a mode, or in the other one.
        if error.reason in ("unsupported", "absent"):
            return None
        raise


def bridge(host, name):
    """``{"stp": bool, "forward_delay_s": float}`` of a bridge; raises Unavailable (net/bridge/br_sysfs_br.c, 6.12)."""
    place = f"{NET}/{name}/bridge"
    # In hundredths of a second; with STP a port whose carrier was gone waits for it twice.
    return {
        "stp": host.integer(f"{place}/stp_state") != 0,
        "forward_delay_s": host.integer(f"{place}/forward_delay") / 100,
    }


def locality(host, device_path, gaps):
    """``{"numa_node": int, "local_cpus": [int]}`` of a device, None where the platform does not tell."""
    place = pci_function(device_path) or device_path
    return {
        "numa_node": gaps.attempt("numa_node", read_node, host, f"{place}/numa_node"),
        "local_cpus": gaps.attempt("local_cpus", read_list, host, f"{place}/local_cpulist"),
    }


def rdma_devices(host, device_path):
    """The names of the RDMA devices of a device or of its PCI function; [] where there is none."""
    try:
        return host.names(f"{pci_function(device_path) or device_path}/infiniband")
    except Unavailable as error:
        if error.reason == "absent":
            return []
        raise


def device_irqs(host, device_path):
    """The numbers of the interrupts of a device, sorted.

    From ``irqs`` of a device of the auxiliary bus (6.11 and later), else from ``msi_irqs`` of the PCI function, which
    all its devices share, else its ``irq`` (INTx). Raises Unavailable ``absent`` where sysfs names none: on a SoC,
    VMBus and Xen the names in /proc/interrupts are all there is.
    """
    function = pci_function(device_path)
    if function != device_path:
        numbers = _numbered(host, f"{device_path}/irqs")
        if numbers:
            return numbers
    if function:
        numbers = _numbered(host, f"{function}/msi_irqs")
        if numbers:
            return numbers
        irq = host.integer(f"{function}/irq")
        if irq > 0:
            return [irq]
    raise Unavailable("absent", f"{device_path}: sysfs names no interrupt of this device")


def _numbered(host, path):
    """The names in a directory that are numbers, sorted by number; empty where there is no such directory."""
    try:
        return sorted(int(name) for name in host.names(path) if name.isdecimal())
    except Unavailable:
        return []


def napi(host, name, gaps):
    """``{"defer_hard_irqs": int, "gro_flush_timeout_ns": int, "threaded": bool}`` of an interface, None where too old.

    Since 5.8 (defer_hard_irqs), 3.19 (gro_flush_timeout) and 5.12 (threaded).
    """
    place = f"{NET}/{name}"
    threaded = gaps.attempt("threaded", host.integer, f"{place}/threaded")
    return {
        "defer_hard_irqs": gaps.attempt("defer_hard_irqs", host.integer, f"{place}/napi_defer_hard_irqs"),
        "gro_flush_timeout_ns": gaps.attempt("gro_flush_timeout_ns", host.integer, f"{place}/gro_flush_timeout"),
        "threaded": None if threaded is None else threaded != 0,
    }


def queues(host, name, gaps):
    """``{"rx": {"0": {"rps_cpus": [int], "rps_flow_cnt": int}}, "tx": {"0": {"xps_cpus": [int]}}}``.

    ``xps_cpus`` is None on a device that has but one TX queue: the file is there and cannot be read. A reason is noted
    once for all queues. Raises Unavailable where the queues are not listed.
    """
    place = f"{NET}/{name}/queues"
    names = host.names(place)
    directories = {}
    for side in ("rx", "tx"):
        numbers = [number_in(name, side + "-") for name in names]
        numbers = sorted(number for number in numbers if number is not None)
        directories[side] = {str(number): f"{place}/{side}-{number}" for number in numbers}
    masks = partial(read_mask, host)
    rps = of_each(masks, directories["rx"], "rps_cpus", "rps_cpus", gaps.at("rx"))
    flows = of_each(host.integer, directories["rx"], "rps_flow_cnt", "rps_flow_cnt", gaps.at("rx"))
    xps = of_each(masks, directories["tx"], "xps_cpus", "xps_cpus", gaps.at("tx"))
    return {
        "rx": {queue: {"rps_cpus": rps[queue], "rps_flow_cnt": flows[queue]} for queue in directories["rx"]},
        "tx": {queue: {"xps_cpus": xps[queue]} for queue in directories["tx"]},
    }


def traffic_classes(host, name, tx_queues):
    """How many traffic classes the TX queues are divided among (mqprio, DCB): 1 where they are not. Since 4.10.

    Raises Unavailable.

    :param tx_queues: ids of queues, as text
    """
    if len(tx_queues) == 1:
        return 1
    # Classes have their queues in order, so the last queue is of the last class; queues of none may come after it.
    error = Unavailable("absent", f"{NET}/{name}/queues: no TX queue")
    for queue in sorted(tx_queues, key=int, reverse=True):
        path = f"{NET}/{name}/queues/tx-{queue}/traffic_class"
        try:
            word = host.word(path)
        except Unavailable as refusal:
            if refusal.reason != "unsupported":
                raise
            error = refusal
            continue
        return _traffic_class(word, path) + 1
    raise error


def _traffic_class(word, path):
    # "0-1": of a device that has queues of this one to itself (macvlan), whose number follows.
    match = _TRAFFIC_CLASS.match(word)
    if not match:
        raise Unavailable("malformed", f"{path}: expected a traffic class of 0 to 15, found {word[:60]!r}")
    return int(match.group(1))


def rx_page_cache(host, name):
    """``{"log_mult_limit": int}``: how far MLNX_OFED lets the page cache of a ring grow, 2 ** n times the ring.

    None where the driver has no such cache. Raises Unavailable.
    """
    try:
        return {"log_mult_limit": host.integer(f"{NET}/{name}/rx_page_cache/log_mult_limit")}
    except Unavailable as error:
        if error.reason == "absent":
            return None
        raise


def mergeable_rx_buffers(host, name, rx_queues):
    """``{"0": bytes}``: to what size virtio_net cuts the buffers of an RX queue now. Since 3.14.

    Raises Unavailable; ``absent`` where the device does not merge buffers.

    :param rx_queues: ids of queues, as text
    """
    place = f"{NET}/{name}/queues/rx-{{}}/virtio_net/mergeable_rx_buffer_size"
    return {queue: host.integer(place.format(queue)) for queue in rx_queues}


def tx_timeouts(host, name, tx_queues, gaps):
    """``{"0": Counter64}``: how often the watchdog found a TX queue stuck; None where it cannot be had.

    :param tx_queues: ids of queues, as text
    :param gaps: the Gaps of the TX queues
    """
    directories = {queue: f"{NET}/{name}/queues/tx-{queue}" for queue in tx_queues}
    return of_each(lambda path: Counter64(host.integer(path)), directories, "tx_timeout", "tx_timeout", gaps)


def link_stats(host, name, gaps):
    """The statistics of an interface, ``{field: Counter64}``; None where the kernel is too old.

    For where netlink does not answer: each file costs a full collection of the statistics by the driver, and
    rx_otherhost_dropped is not among them.
    """
    place = f"{NET}/{name}/statistics"
    stats = {}
    for field in LINK_STATS:
        value = gaps.attempt(field, host.integer, f"{place}/{field}")
        stats[field] = None if value is None else Counter64(value)
    return stats
