# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which namespaces this process is in, and what is therefore out of its sight."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: The inode of the initial PID namespace, fixed since 3.8 (PROC_PID_INIT_INO, include/linux/proc_ns.h).
INITIAL_PID_INODE = 0xEFFFFFFC

#: Files of /proc/sys/net that only the initial network namespace has, from 3.5 to 6.18.
_INITIAL_NETWORK_ONLY = ("core/netdev_max_backlog", "ipv4/neigh/default/gc_thresh1")

#: One that every network namespace has: it shows that /proc/sys/net can be seen at all.
_EVERY_NETWORK = "core/somaxconn"


def inode(host, kind):
    """The inode of a namespace of this process, as in ``net:[4026531833]``.

    Raises Unavailable: ``absent`` before Linux 3.8, ``malformed``.
    """
    path = f"/proc/self/ns/{kind}"
    target = host.link(path)
    number = target[len(kind) + 2 : -1]
    if target != f"{kind}:[{number}]" or not number.isdecimal():
        raise Unavailable("malformed", f"{path}: expected {kind}:[inode], found {target[:60]!r}")
    return int(number)


def network_is_initial(host):
    """Whether this is the initial network namespace, the host's own; None where it cannot be told.

    Told by what /proc/sys/net shows, since it shows the namespace of the process that looks, whoever mounted /proc.
    The inode does not tell: that of the initial network namespace is a constant only in kernels of 2025 and later
    (NET_NS_INIT_INO), and is whatever came next at boot in all others. Two files of different subsystems must agree.
    """
    seen = [host.exists(f"/proc/sys/net/{name}") for name in _INITIAL_NETWORK_ONLY]
    if all(seen):
        return True
    if not any(seen) and host.exists(f"/proc/sys/net/{_EVERY_NETWORK}"):
        return False
    return None


def explain(error, initial_network):
    """*error*, or a ``not_visible`` in place of an ``absent`` where the host may have what this namespace has not.

    For files that only the initial network namespace has. *initial_network* is :func:`network_is_initial`.
    """
    if error.reason == "absent" and initial_network is False:
        return Unavailable("not_visible", f"{error.detail}: only the initial network namespace of the host shows it")
    return error


def unseen_processes(host):
    """Why this process may not see every process of the host: an Unavailable, or None where it sees them all."""
    try:
        number = inode(host, "pid")
    except Unavailable as error:
        return error
    if number != INITIAL_PID_INODE:
        return Unavailable(
            "not_visible", f"/proc shows the processes of PID namespace {number} only, not those of the host"
        )
    if not host.exists("/proc/1"):
        return Unavailable("unreadable", "/proc is mounted with hidepid and shows only own processes: run as root")
    return None
