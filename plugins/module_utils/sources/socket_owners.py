# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which process has a socket open."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import unseen_processes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.processes import pids


def read(host, inodes):
    """``{inode: {"pid", "command"}}``, an :class:`Unavailable` in its place where no process is found.

    See :func:`holders` for the cost: ask only for sockets that lost something.
    """
    try:
        found, why = holders(host, inodes)
    except Unavailable as error:
        found, why = {}, error
    return {inode: found.get(inode, why) for inode in inodes}


def holders(host, inodes):
    """``({inode: {"pid", "command"}}, why)``: a process that has the socket open, for the *inodes* that have one.

    Where processes share a socket it is the one with the lowest pid, most often the parent. The search ends with the
    last socket found, but a socket that no visible process has costs a look at every open file of the host: ask for
    few. *why* is an Unavailable that says why the others have no process here, or None where none is missing.

    Raises Unavailable where /proc cannot be listed.
    """
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found, refused = {}, 0
    for pid in pids(host):
        if not wanted:
            return found, None
        try:
            held = _take(host, f"/proc/{pid}/fd", wanted)
        except Unavailable as error:
            refused += error.reason == "unreadable"
            continue
        if held:
            owner = {"pid": pid, "command": _command(host, pid)}
            found.update((inode, owner) for inode in held)
    return found, _why_unowned(host, refused) if wanted else None


def _take(host, directory, wanted):
    """The inodes of *wanted* that are open in the fd *directory*; they are taken out of it."""
    held = []
    for name in host.names(directory):
        try:
            target = host.link(f"{directory}/{name}")
        except Unavailable:
            continue
        if target in wanted:
            held.append(wanted.pop(target))
    return held


def _command(host, pid):
    try:
        return host.word(f"/proc/{pid}/comm")
    except Unavailable:
        return None


def _why_unowned(host, refused):
    why = unseen_processes(host)
    if why is not None:
        return why
    if refused:
        return Unavailable(
            "unreadable",
            f"/proc: {refused} processes do not let their open files be listed: run as root with CAP_SYS_PTRACE",
        )
    return Unavailable("absent", "no process has it open: it is the kernel's own (WireGuard, VXLAN, NFS) or was closed")
