# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes have sockets of a kind open: those that a value for new sockets comes too late for."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import socket_owners

#: TCP_LISTEN of include/net/tcp_states.h, as the tables print it.
_LISTEN = "0A"

#: Kind: its tables below /proc/net, and the state that counts, None for all. Connections are too many to be looked up.
KINDS = {
    "listening": (("tcp", "tcp6"), _LISTEN),
    "datagram": (("udp", "udp6", "raw", "raw6"), None),
}


def holders(host, kind):
    """``[{"pid", "command", "sockets"}]`` of this network namespace, by pid.

    Where processes share a socket it is the one with the lowest pid. A socket that nobody has open (the kernel's own,
    another PID namespace's) is not among them. Raises Unavailable.

    :param kind: one of :data:`KINDS`
    """
    found, _why = socket_owners.holders(host, inodes(host, kind))
    processes = {}
    for owner in found.values():
        entry = processes.setdefault(owner["pid"], dict(owner, sockets=0))
        entry["sockets"] += 1
    return [processes[pid] for pid in sorted(processes)]


def inodes(host, kind):
    """The inodes of the sockets of a kind; raises Unavailable where none of their tables can be read."""
    tables, state = KINDS[kind]
    found, refusals = set(), []
    for table in tables:
        path = f"/proc/net/{table}"
        try:
            found |= parse(host.lines(path), path, state)
        except Unavailable as error:
            refusals.append(error)
    if len(refusals) == len(tables):
        raise refusals[0]
    return found


def parse(text, path, state=None):
    """The inodes in a table of sockets, of those in *state* where one is given; raises Unavailable ``malformed``."""
    found = set()
    for row in text.splitlines()[1:]:
        fields = row.split(None, 10)
        try:
            if state in (None, fields[3]):
                found.add(int(fields[9]))
        except (IndexError, ValueError):
            expected = "expected rows with a state and an inode"
            raise Unavailable("malformed", f"{path}: {expected}, found {row[:60]!r}") from None
    # A socket of a connection that waits to be accepted, or is over, has none yet, or no more.
    return found - {0}
