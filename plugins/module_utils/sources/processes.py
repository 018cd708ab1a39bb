# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes: which ones there are, and whether one of some name runs."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.namespaces import unseen_processes

#: The kernel cuts the name of a process to this length (TASK_COMM_LEN 16 with its final zero, include/linux/sched.h).
COMMAND_LENGTH = 15


def pids(host):
    """The ids of the processes that /proc shows, ascending. Raises Unavailable."""
    return sorted(int(name) for name in host.names("/proc") if name.isdecimal())


def find(host, names):
    """``({name: pid}, why)``: the first process of each of these names, for those that have one.

    *why* is an Unavailable where a name that was not found may be running unseen, else None. Names are matched whole,
    cut to :data:`COMMAND_LENGTH` as the kernel does.

    Raises Unavailable where /proc cannot be listed.
    """
    wanted = {name[:COMMAND_LENGTH]: name for name in names}
    found, refused = {}, 0
    for pid in pids(host):
        try:
            command = host.word(f"/proc/{pid}/comm")
        except Unavailable as error:
            # A process that ended meanwhile is absent or vanished, and no loss.
            refused += error.reason == "unreadable"
            continue
        if command in wanted:
            found.setdefault(wanted[command], pid)
    why = unseen_processes(host)
    if why is None and refused:
        why = Unavailable("unreadable", f"/proc: {refused} processes do not show their name: run as root")
    return found, why
