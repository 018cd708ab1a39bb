# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network namespaces of a host other than its own: which there are, and how each is reached.

A process of a namespace shows its files in /proc/PID/net (fs/proc/proc_net.c): nothing has to be entered. A namespace
that no process is in is held by a mount (``ip netns add``), and is entered to be read. Not found are one that only an
open descriptor holds, one that is mounted in a mount namespace other than that of process 1, and that of a thread which
left its process.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces, processes

#: Where the mounts of the host are listed; those of this process where that is refused.
_MOUNTS = ("/proc/1/mountinfo", "/proc/self/mountinfo")

#: ``40 33 0:4 net:[4026532201] /run/netns/blue rw shared:22 - nsfs nsfs rw``: inode and place.
_MOUNT = re.compile(r"^\d+ \d+ \S+ net:\[(\d+)\] (\S+) ", re.MULTILINE)

#: How a blank, a tab, a newline and a backslash are written there (fs/proc_namespace.c, show_mountinfo()).
_ESCAPED = re.compile(r"\\(040|011|012|134)")

#: The files that are read of a namespace, by the part of the document that they become.
COUNTED = {
    "snmp": "snmp",
    "snmp6": "snmp6",
    "netstat": "netstat",
    "interfaces": "dev",
    "conntrack": "stat/nf_conntrack",
    "xfrm": "xfrm_stat",
}


class Place:
    """How a namespace is reached: ``pid`` of a process in it, None where there is none; ``mount``, a path, or None."""

    def __init__(self, pid, mount):
        self.pid, self.mount = pid, mount


#: In the place of the inode of a process that does not show it. No namespace has this one.
REFUSED = 0


class Found:
    """What was found: ``own`` is the inode of the namespace that this process is in, ``others`` has the
    :class:`Place` by inode of all others, ``inodes`` the inode by process id; ``why`` says as an Unavailable why there
    may be more that are not seen, or is None.
    """

    def __init__(self, own, others, inodes, why):
        self.own = own
        self.others = others
        self.inodes = inodes
        self.why = why


def find(host, known=None):
    """The :class:`Found` of now; raises Unavailable where the processes cannot be listed.

    :param known: an earlier Found of the same host: of the processes that were there then only those are looked at
        again by which a namespace was reached. One that has moved to another namespace since is not noticed.
    """
    own = namespaces.inode(host, "net")
    there = processes.pids(host)
    inodes = {} if known is None else _still_there(host, known, set(there))
    for pid in there:
        if pid not in inodes:
            try:
                inodes[pid] = _inode(host, pid)
            except Unavailable as error:
                # One that ended meanwhile has none.
                if error.reason == "unreadable":
                    inodes[pid] = REFUSED
    others = {}
    for pid, inode in inodes.items():
        if inode not in (own, REFUSED, None):
            others.setdefault(inode, Place(pid, None))
    for inode, mount in _mounted(host):
        if inode != own:
            others[inode] = Place(others[inode].pid if inode in others else None, mount)
    refused = sum(inode == REFUSED for inode in inodes.values())
    why = namespaces.unseen_processes(host)
    if refused and why is None:
        why = Unavailable(
            "unreadable",
            f"{refused} processes do not show their network namespace: run as root with CAP_SYS_PTRACE to see them all",
        )
    return Found(own, others, inodes, why)


def _still_there(host, known, there):
    """The inode by process of those that were there before, in their order.

    Left out are those that are gone, and all of a namespace whose process is gone or has left it: another one is taken
    then, and is looked at first.
    """
    left = set()
    for inode, place in known.others.items():
        try:
            if place.pid is not None and (place.pid not in there or _inode(host, place.pid) != inode):
                left.add(inode)
        except Unavailable:
            left.add(inode)
    return {pid: inode for pid, inode in known.inodes.items() if pid in there and inode not in left}


def _inode(host, pid):
    """The inode of the network namespace of a process; None where it has none any more (a zombie)."""
    target = host.link(f"/proc/{pid}/ns/net")
    number = target[5:-1]
    return int(number) if target.startswith("net:[") and number.isdecimal() else None


def _mounted(host):
    """``[(inode, path)]`` of the namespaces that are mounted; where one is mounted several times the last is meant."""
    for path in _MOUNTS:
        try:
            return parse_mounts(host.text(path))
        except Unavailable:
            continue
    return []


def parse_mounts(text):
    """``[(inode, path)]`` of the network namespaces in a mountinfo.

    Old kernels call their file system proc, newer ones nsfs: only what is mounted is looked at.
    """
    return [
        (int(inode), _ESCAPED.sub(lambda found: chr(int(found.group(1), 8)), place))
        for inode, place in _MOUNT.findall(text)
    ]


def files(host):
    """Those of :data:`COUNTED` that this kernel has: every namespace has the same."""
    return {part: file for part, file in COUNTED.items() if host.exists(f"/proc/net/{file}")}


def read(host, place, files):
    """``{file: text}`` of these files below ``net`` of a namespace, an Unavailable where one cannot be had.

    Raises Unavailable where nothing of the namespace can be had: ``vanished`` where it is gone.
    """
    if place.pid is not None:
        return _texts(host, f"/proc/{place.pid}/net", files)
    return host.machine.in_network_namespace(place.mount, lambda: _texts(host, "/proc/thread-self/net", files))


def _texts(host, folder, files):
    found = {}
    for file in files:
        try:
            found[file] = host.lines(f"{folder}/{file}")
        except Unavailable as error:
            found[file] = error
    # A namespace that is there has one of them at least.
    if all(isinstance(text, Unavailable) for text in found.values()):
        raise Unavailable("vanished", f"{folder}: the process ended, and its network namespace was not read")
    return found


def entrance(place):
    """The path by which a namespace is entered."""
    return place.mount if place.pid is None else f"/proc/{place.pid}/ns/net"
