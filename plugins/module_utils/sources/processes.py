# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes: who runs, and who has a socket open. One pass over /proc each, by name or by inode."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import unseen_processes

#: The kernel cuts the name of a process to this length (TASK_COMM_LEN 16 with its final zero, include/linux/sched.h).
COMMAND_LENGTH = 15


def pids(reader):
    """The ids of the processes that /proc shows, ascending. Raises Unavailable."""
    return sorted(int(name) for name in reader.names("/proc") if name.isdecimal())


def find(reader, names):
    """``({name: pid}, why)``: the first process of each of these names, for those that have one.

    *why* is an Unavailable where a name that was not found may be running unseen, else None. Names are matched whole,
    cut to :data:`COMMAND_LENGTH` as the kernel does.

    Raises Unavailable where /proc cannot be listed.
    """
    wanted = {name[:COMMAND_LENGTH]: name for name in names}
    found, refused = {}, 0
    for pid in pids(reader):
        try:
            command = reader.word(f"/proc/{pid}/comm")
        except Unavailable as error:
            # A process that ended meanwhile is absent or vanished, and no loss.
            refused += error.reason == "unreadable"
            continue
        if command in wanted:
            found.setdefault(wanted[command], pid)
    why = unseen_processes(reader)
    if why is None and refused:
        why = Unavailable("unreadable", f"/proc: {refused} processes do not show their name: run as root")
    return found, why


def holders(reader, inodes):
    """``({inode: {"pid", "command"}}, why)``: a process that has the socket open, for the *inodes* that have one.

    Where processes share a socket it is the one with the lowest pid, most often the parent. The search ends with the
    last socket found, but a socket that no visible process has costs a look at every open file of the host: ask for
    few. *why* is an Unavailable that says why the others have no process here, or None where none is missing.

    Raises Unavailable where /proc cannot be listed.
    """
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found, refused = {}, 0
    for pid in pids(reader):
        if not wanted:
            return found, None
        try:
            held = _take(reader, f"/proc/{pid}/fd", wanted)
        except Unavailable as error:
            refused += error.reason == "unreadable"
            continue
        if held:
            owner = {"pid": pid, "command": _command(reader, pid)}
            found.update((inode, owner) for inode in held)
    return found, _why_unowned(reader, refused) if wanted else None


def _take(reader, directory, wanted):
    """The inodes of *wanted* that are open in the fd *directory*; they are taken out of it."""
    held = []
    for name in reader.names(directory):
        try:
            target = reader.link(f"{directory}/{name}")
        except Unavailable:
            continue
        if target in wanted:
            held.append(wanted.pop(target))
    return held


def _command(reader, pid):
    try:
        return reader.word(f"/proc/{pid}/comm")
    except Unavailable:
        return None


def _why_unowned(reader, refused):
    why = unseen_processes(reader)
    if why is not None:
        return why
    if refused:
        return Unavailable(
            "unreadable",
            f"/proc: {refused} processes do not let their open files be listed: run as root with CAP_SYS_PTRACE",
        )
    return Unavailable("absent", "no process has it open: it is the kernel's own (WireGuard, VXLAN, NFS) or was closed")
