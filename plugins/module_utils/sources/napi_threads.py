# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The threads that poll for a NIC where its NAPI is threaded, and the CPUs that they may run on.

They are kernel threads by the name ``napi/<NIC>-<number of the NAPI>`` (napi_kthread_create() of net/core/dev.c); the
NIC is that of when the thread was made. Kernels before 5.17 cut the name to 15 characters: a thread whose NIC is not
told by it is left out.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import parse_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.processes import pids

_BEFORE = "napi/"
_ALLOWED = "Cpus_allowed_list:"


def read(host):
    """``{NIC: {pid: [CPUs]}}``, the pids as text; raises Unavailable where /proc cannot be listed."""
    found = {}
    for pid in pids(host):
        try:
            interface = interface_of(host.word(f"/proc/{pid}/comm"))
            if interface:
                allowed = cpus(host, pid)
                found.setdefault(interface, {})[str(pid)] = allowed
        except Unavailable:
            # It ended meanwhile.
            continue
    return found


def interface_of(command):
    """The NIC that is in the name of a thread, None where none is: ``"napi/eth0-261"`` is ``"eth0"``."""
    interface, dash, number = command[len(_BEFORE) :].rpartition("-")
    return interface if command.startswith(_BEFORE) and dash and number.isdecimal() and interface else None


def cpus(host, pid):
    """The CPUs that a process may run on, sorted; raises Unavailable."""
    path = f"/proc/{pid}/status"
    for line in host.text(path).splitlines():
        if line.startswith(_ALLOWED):
            try:
                return parse_list(line[len(_ALLOWED) :])
            except ValueError as error:
                raise Unavailable("malformed", f"{path}: {error}") from None
    raise Unavailable("malformed", f"{path}: expected a line {_ALLOWED}, found none")
