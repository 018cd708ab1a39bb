# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a host that a capture lacks, made from outputs of commands and from other files that tell the same.

A file is made only where the capture has none; so what is read is what somebody captured, wherever there is a choice.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.machine import CapturedMachine
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import (
    dates,
    ethtool,
    links,
    lscpu,
    netstat_s,
    nstat,
    ss,
    sysctl_a,
)

_UPTIME = "/proc/uptime"
_RELEASE = "/proc/sys/kernel/osrelease"
_HOSTNAME = "/proc/sys/kernel/hostname"

#: The commands whose output is the text of files, the better ones first, and what makes those of it.
_FROM_OUTPUTS = (
    (words.SYSCTL, sysctl_a.files),
    (words.NSTAT, nstat.files),
    (words.NETSTAT, netstat_s.files),
    (words.NETSTAT_6, netstat_s.files),
    (words.LSCPU, lscpu.files),
    (words.LSCPU_TABLE, lscpu.table_files),
    (words.NUMACTL, lscpu.numactl_files),
)

#: What each of them would have told, for the reason why a file is missing.
_TOLD_BY = {
    words.NSTAT: ("/proc/net/snmp", "/proc/net/netstat", "/proc/net/snmp6"),
    words.LSCPU: ("/sys/devices/system/cpu/online",),
    words.SS: ("/proc/net/udp", "/proc/net/udp6"),
}

_NODE = "/sys/devices/system/node/node{}"
_VIRTUAL = "/sys/devices/virtual/"
_NET_OF_DEVICE = re.compile(r"(/sys/devices/.+)/net/[^/]+$")

_PCI_ADDRESS = re.compile(r"([0-9a-f]{4,8}:[0-9a-f]{2}):[0-9a-f]{2}\.[0-7]$")

#: What drivers of interfaces without a device tell as their place on a bus.
_NO_BUS = ("N/A", "n/a", "tap", "tun", "virtual", "?")
_BUS = re.compile(r"[\w:.\-]{1,64}$")


def made(captured):
    """``(files, links)``: ``{path: bytes, or the Unavailable that reading it raises}`` and ``{path: target}``.

    Paths are as the host has them without links. The links say where an interface is in the machine.
    """
    host = links.host_of(captured.files)
    found = {}
    for command, make in _FROM_OUTPUTS:
        for path, content in _of_output(captured, command, make).items():
            _put(found, path, content)
    found.update(_of_sockets(captured))
    _add(found, _RELEASE, _of_text, captured, words.UNAME, dates.release)
    _add(found, _HOSTNAME, _of_text, captured, words.HOSTNAME, _word)
    _add(found, _UPTIME, _uptime, captured, host)
    possible = _possible(host)
    if possible is not None:
        found["/sys/devices/system/cpu/possible"] = possible
    files, targets = _of_interfaces(captured, host)
    found.update(files)
    found.update(_memory_of_the_only_node(host, found))
    return _lacking(found, host), _lacking(targets, host)


def made_files(captured):
    """The files of :func:`made`."""
    return made(captured)[0]


def made_links(captured):
    """The links of :func:`made`."""
    return made(captured)[1]


def _lacking(made_ones, host):
    return {path: content for path, content in made_ones.items() if not host.exists(path)}


def _of_output(captured, command, make):
    if (command, None, None) not in captured.outputs:
        return {}
    try:
        output = captured.output(command)
        return make(output.text, output.place)
    except Unavailable as error:
        # The output is there, and nobody can read it: that is why there is no file.
        return dict.fromkeys(_TOLD_BY.get(command, ()), error)


def _of_sockets(captured):
    if (words.SS, None, None) not in captured.outputs:
        return {}
    try:
        output = captured.output(words.SS)
        return ss.files(output.text, output.place, CapturedMachine(captured).byte_order())
    except Unavailable as error:
        return dict.fromkeys(_TOLD_BY[words.SS], error)


def _add(found, path, make, *args):
    try:
        _put(found, path, make(*args))
    except Unavailable as error:
        _put(found, path, error)


def _put(found, path, content):
    """The first that has the text of a file; else the first that says why there is none."""
    if path not in found or isinstance(found[path], Unavailable) and isinstance(content, bytes):
        found[path] = content


def _of_text(captured, command, read):
    output = captured.output(command)
    return f"{read(output.text, output.place)}\n".encode()


def _word(text, place):
    if len(text.split()) != 1:
        raise Unavailable("malformed", f"{place}: expected one word, found {text[:60]!r}")
    return text.strip()


def _uptime(captured, host):
    """Seconds from the boot to the capture, the idle seconds of all CPUs left at 0: nothing reads them."""
    try:
        seconds = captured.taken - _boot_time(host) if captured.taken is not None else None
    except Unavailable:
        seconds = None
    if seconds is None or seconds < 0:
        output = captured.output(words.UPTIME)
        seconds = dates.uptime_s(output.text, output.place)
    return f"{seconds:.2f} 0.00\n".encode()


def _boot_time(host):
    for line in host.text("/proc/stat").splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == "btime" and fields[1].isdecimal() and len(fields[1]) < 13:
            return int(fields[1])
    raise Unavailable("malformed", "/proc/stat: expected a line btime, found none")


def _possible(host):
    """The CPUs that there may be: those that /proc/softirqs has a column for (fs/proc/softirqs.c)."""
    try:
        head = host.text("/proc/softirqs").partition("\n")[0].split()
    except Unavailable:
        return None
    numbers = [name[3:] for name in head if name.startswith("CPU") and name[3:].isdecimal() and len(name) < 9]
    if not numbers or len(numbers) != len(head):
        return None
    return (cpus.format_list(sorted(set(map(int, numbers)))) + "\n").encode()


def _memory_of_the_only_node(host, found):
    """The memory of the NUMA node of a host that has but one: that of the host, in the form of the node's file."""
    path = _NODE.format(0) + "/meminfo"
    lists = [node for node in range(2) if _NODE.format(node) + "/cpulist" in found or host.exists(_NODE.format(node))]
    if lists != [0] or path in found:
        return {}
    try:
        lines = [
            line for line in host.lines("/proc/meminfo").splitlines() if line.startswith(("MemTotal:", "MemFree:"))
        ]
    except Unavailable:
        return {}
    return {path: "".join(f"Node 0 {line}\n" for line in lines).encode()} if len(lines) == 2 else {}


def _of_interfaces(captured, host):
    """``(files, links)`` of /sys/class/net: the number of each interface, what is above and below it, and its device.

    The numbers are those that :func:`links.links` tells, by which sysfs is known to show the same interfaces.
    """
    try:
        known = links.outline(captured, captured.files)
    except Unavailable:
        return {}, {}
    names = {own["ifindex"]: name for name, own in known.items()}
    files, targets = {}, {}
    for name, own in known.items():
        if not _is_name(name):
            continue
        folder = f"{NET}/{name}"
        try:
            real = host.real(folder)
        except Unavailable:
            continue
        files[f"{real}/ifindex"] = f"{own['ifindex']}\n".encode()
        device = _device(captured, host, name, real, own["shown"])
        if device:
            targets[f"{real}/device"] = device
        lower = names.get(own["lower_ifindex"])
        # The other end of a veth is beside it.
        if lower is not None and own["kind"] != "veth" and lower != name and _is_name(lower):
            targets[f"{real}/lower_{lower}"] = f"{NET}/{lower}"
            targets[f"{host.real(f'{NET}/{lower}')}/upper_{name}"] = f"{NET}/{name}"
    return files, targets


def _is_name(name):
    return "/" not in name and "\0" not in name and name not in ("", ".", "..")


def _device(captured, host, name, real, shown):
    """The folder of the device of an interface, None where it has none or nothing tells."""
    if host.exists(f"{real}/device"):
        return None
    match = _NET_OF_DEVICE.match(real)
    if match:
        return None if real.startswith(_VIRTUAL) else match.group(1)
    if shown["kind"]:
        return None
    try:
        output = captured.output(words.DRIVER, name)
        bus = ethtool.driver(output.text, output.place)["bus"]
    except Unavailable:
        return None
    if bus is None or bus in _NO_BUS or not _BUS.match(bus):
        return None
    # Where it is on the bus is known, and not what is above the bus.
    pci = _PCI_ADDRESS.match(bus)
    return f"/sys/devices/pci{pci.group(1)}/{bus}" if pci else f"/sys/devices/platform/{bus}"
