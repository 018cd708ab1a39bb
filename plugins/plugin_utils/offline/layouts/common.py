# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What layouts have in common: a tree of the host's files, and folders of outputs whose names are those of commands."""

from __future__ import annotations

import contextlib
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import resolve
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Output
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.clocks import utc_seconds
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import Below, Link, Placed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import (
    interface_of,
    interfaces_in_ip_link,
    interfaces_in_net_dev,
    question_of_name,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    FOLDER,
    LINK,
    Members,
    shown,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.dates import uptime_s

#: The host's own files that anything is read of: a pattern of paths without the first "/". Not the tables of TCP and
#: unix sockets, which nothing is read of and which may be larger than all the rest.
HOST_FILES = (
    rb"proc/(?:uptime|stat|softirqs|interrupts|meminfo|zoneinfo|buddyinfo|cmdline|loadavg|sys/.*|irq/.*"
    rb"|(?:[^/]+/)?net/(?!tcp6?\Z|unix\Z|netlink\Z|nf_conntrack\Z|ip_conntrack\Z|packet\Z).*"
    rb"|[0-9]+/(?:comm|cmdline|stat|status)|(?:self|1|[0-9]+)/ns/.*)"
    rb"|sys/(?:class/(?:net|infiniband)/.*|module/[^/]+/(?:parameters/.*|version)|kernel/debug/mlx5/.*|bus/pci/.*"
    rb"|devices/(?:(?:.*/)?net/.*|system/cpu/[^/]*|system/cpu/smt/.*|system/cpu/cpu[0-9]+/(?:topology|cache)/.*"
    rb"|system/cpu/cpu[0-9]+/online|system/node/.*"
    rb"|.*/(?:numa_node|local_cpulist|(?:current|max)_link_(?:speed|width)|sriov_(?:numvfs|totalvfs)|irq|irqs/.*"
    rb"|msi_irqs/.*|infiniband/.*)))"
    rb"|etc/(?:sysctl\.conf|sysctl\.d/.*|default/irqbalance|sysconfig/irqbalance|tuned/.*|hostname|machine-id|localtime)"
    rb"|(?:run|lib|usr/lib|usr/local/lib)/sysctl\.d/.*"
)

_NET_DEVICE = re.compile(rb"/sys/devices/(.+/net/([^/]+))\Z")
_PROCESS_NET = re.compile(rb"/proc/([0-9]+)/net\Z")

#: Where sos puts what was too large, of which it keeps the end only.
_TAIL = b".tailed"


def host_layers(members: Members, root: bytes) -> list:
    """The layers of a :class:`host_files.HostFiles` for a tree of the host's files below *root*.

    Of a tree that has lost its links (a zip, a copy to another system) those that everything is read through are put
    back: ``/proc/net`` where one process has it, and ``/sys/class/net``.
    """
    base = Below(members, root)
    links = {}
    root = root.rstrip(b"/")
    has_proc_net = members.kind(root + b"/proc/net") is not None
    for path in members.below(root or b"/"):
        if members.kind(path) != FOLDER:
            continue
        match = _NET_DEVICE.match(path, len(root)) if b"/net/" in path else None
        if match and members.kind(root + b"/sys/class/net/" + match.group(2)) is None:
            links[b"/sys/class/net/" + match.group(2)] = Link(b"../../devices/" + match.group(1))
        match = None if has_proc_net else _PROCESS_NET.match(path, len(root))
        if match:
            links[b"/proc/net"] = Link(b"self/net")
            links[b"/proc/self"] = Link(match.group(1))
    return [base, Placed(links)] if links else [base]


class Outputs:
    """Outputs of commands, from files whose names are those of the commands.

    ``found`` is as ``outputs`` of :class:`captured.Captured`, ``problems`` are sentences.

    :param files: the host's, for the names of its interfaces
    :param when: takes the place of a member below *root* (str), and tells when it was written in seconds since 1970, or
        None
    """

    def __init__(self, members, root, files, when=lambda _place: None):
        self.found = {}
        self.problems = []
        self._members = members
        self._root = root.rstrip(b"/")
        self._files = files
        self._when = when
        self._interfaces = None

    def add_folder(self, folder, namespace=None):
        """Every output in a folder (bytes) below the root; what is not known is passed over."""
        place = self._root + folder
        if self._members.kind(place) != FOLDER:
            return
        # Shortest first: "ethtool_-S_eth0" before "ethtool_-S_eth0.1", which is that once more.
        for name in sorted(self._members.names(place), key=lambda each: (len(each), each)):
            if self._members.kind(place + b"/" + name) in (FILE, LINK):
                self.add(folder + b"/" + name, name.decode("utf-8", "replace"), namespace)

    def add(self, path, name, namespace=None):
        """The member *path* below the root, if a file called *name* is the output of a command that is known."""
        known = question_of_name(name)
        if known is None:
            return
        words, interface, own_namespace = known
        if interface is not None:
            interface = interface_of(interface, self.interfaces())
        key = (words, interface, own_namespace or namespace)
        if key not in self.found:
            place = shown(path[1:])
            self.found[key] = self._output(path, place)

    def interfaces(self):
        """The names of the host's interfaces, as far as they are known."""
        if self._interfaces is None:
            self._interfaces = self._known_interfaces()
        return self._interfaces

    def _known_interfaces(self):
        try:
            return interfaces_in_net_dev(self._files.read("/proc/net/dev").decode("utf-8", "replace"))
        except (Unavailable, OSError):
            pass
        link = self.found.get((captured.IP_LINK, None, None))
        names = interfaces_in_ip_link(link.text) if isinstance(link, Output) else []
        with contextlib.suppress(Unavailable, OSError):
            names += [shown(name) for name in self._files.names("/sys/class/net")]
        return names

    def _output(self, path, place):
        try:
            real = resolve(path, self._target)
            if real.endswith(_TAIL):
                told = f"{place}: more than the limit of size of sos: only its end is there"
                return Unavailable("malformed", told)
            data = self._members.read(self._root + real)
        except Unavailable as error:
            return Unavailable(error.reason, f"{place}: {error.detail}")
        except OSError as error:
            return Unavailable.from_os_error(place, error)
        when = self._when(place)
        if when is None and self._members.is_dated:
            # Of a folder it is when somebody unpacked or copied it.
            when = self._members.mtime(self._root + real)
        return Output(data.decode("utf-8", "replace"), place, when)

    def _target(self, path):
        place = self._root + path
        return self._members.link(place) if self._members.kind(place) == LINK else None


def origin_of(members, root):
    """Where a capture with the top folder *root* was read from: the archive alone, where that has the same name."""
    top = shown(root.strip(b"/"))
    is_called_so = members.origin.rpartition("/")[2].startswith(top)
    return members.origin if is_called_so or not top else f"{members.origin}/{top}"


_SAR = re.compile(rb"(?:.*/)?(sar?)([0-9]{2}|[0-9]{8})(\.xml)?\Z")


def sar_files(members, root, folders):
    """What sar kept, as ``sar`` of :class:`captured.Captured` has it, of files named as sysstat and sos name them.

    Text and XML are there as text. A raw file (saDD) is there as bytes, and only where its day is not there as text: it
    takes a run of sadf to read.

    :param folders: below *root*
    """
    told, raw, root = {}, {}, root.rstrip(b"/")
    for folder in folders:
        for path in members.below(root + folder.rstrip(b"/")):
            match = _SAR.match(path) if members.kind(path) == FILE else None
            if match:
                is_text = match.group(1) == b"sar" or match.group(3)
                (told if is_text else raw).setdefault(match.group(2)[-2:], []).append(path)
    found = []
    for day, paths in sorted((told | {day: raw[day] for day in raw.keys() - told.keys()}).items()):
        for path in sorted(paths):
            try:
                data = members.read(path)
            except (Unavailable, OSError):
                continue
            found.append((shown(path[len(root) + 1 :]), data.decode("utf-8", "replace") if day in told else data))
    return found


def host_name(files, outputs):
    """The name of the host as it says it itself, None where it does not."""
    for words in (captured.HOSTNAME, captured.UNAME):
        output = outputs.get((words, None, None))
        text = output.text.split() if isinstance(output, Output) else []
        if words == captured.UNAME:
            text = text[1:]
        if text:
            return text[0][:255]
    for path in ("/proc/sys/kernel/hostname", "/etc/hostname"):
        try:
            text = files.read(path).decode("utf-8", "replace").split()
        except (Unavailable, OSError):
            continue
        if text:
            return text[0][:255]
    return None


def taken(files, outputs):
    """``(when the counters were read, which clock told it, to what precision in seconds)``, three times None where
    nothing tells.

    The host's own clocks go before the times of the files, which are those of whoever has packed them last.
    """
    for words in (captured.DATE_UTC, captured.DATE):
        output = outputs.get((words, None, None))
        seconds = utc_seconds(output.text) if isinstance(output, Output) else None
        if seconds is not None:
            return float(seconds), output.place, 1.0
    booted, ticking_s = _since_boot(files)
    uptime = outputs.get((captured.UPTIME, None, None))
    if booted is not None and isinstance(uptime, Output):
        with contextlib.suppress(Unavailable):
            up_s = uptime_s(uptime.text, uptime.place)
            return float(booted + up_s), f"/proc/stat and {uptime.place}", 60.0
    written = sorted(
        (output.taken_at_s, output.place)
        for output in outputs.values()
        if isinstance(output, Output) and output.taken_at_s is not None
    )
    counted = None if booted is None or ticking_s is None else booted + ticking_s
    if written and (counted is None or abs(written[0][0] - counted) <= max(_APART_S, ticking_s * _TICKS_OFF)):
        return float(written[0][0]), f"the time of the file {written[0][1]}", 60.0
    if counted is not None:
        return float(counted), "the ticks of the CPUs in /proc/stat", max(1.0, ticking_s * _TICKS_OFF)
    return None, None, None


#: What the ticks of a CPU may be off of its uptime: it went online later, or the hypervisor did not count all.
_TICKS_OFF = 0.02
_APART_S = 3600.0

_BTIME = re.compile(r"^btime ([0-9]{1,12})$", re.MULTILINE)
_CPU_TIMES = re.compile(r"^cpu[0-9]+((?: [0-9]{1,20})+)$", re.MULTILINE)

# guest and guest_nice, which come after these, are part of user and nice.
_TIMES = 8


def _since_boot(files):
    """``(when the host was booted, in seconds since 1970, how long its CPUs have counted since)``, None for unknown."""
    try:
        text = files.read("/proc/stat").decode("ascii", "replace")
    except (Unavailable, OSError):
        return None, None
    booted = _BTIME.search(text)
    ticks = max((sum(map(int, times.split()[:_TIMES])) for times in _CPU_TIMES.findall(text)), default=0)
    # USER_HZ is 100 wherever a capture comes from, see machine.py.
    return int(booted.group(1)) if booted else None, ticks / 100 or None
