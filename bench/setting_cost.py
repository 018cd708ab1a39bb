# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs that finds all as it is to be: eight NICs of the real kernel, in a network namespace of their own.

Not counted is the start of Python and the import of the modules, which a node pays for any module.
"""

import ctypes
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time

NICS = 8
PROCESSES = 5
GOAL_CPU_MS = 20

#: ETHTOOL_SCOALESCE, SRINGPARAM, SFEATURES, SCHANNELS: the commands of these settings that reach a driver.
_SETS = (0x0F, 0x11, 0x3B, 0x3D)

_NAMESPACE = f"mount -t sysfs sysfs /sys && for n in $(seq {NICS}); do ip link add va$n type veth peer name vb$n; done"


def measure():
    """Prints the cost, the least of several processes; returns whether the goal is met."""
    told = f"A task that finds the channels and offloads of {NICS} NICs as they are to be"
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip"))):
        print(f"{told}: not measured, a network namespace needs root, unshare and ip")
        return True
    command = ["unshare", "--net", "--mount", "sh", "-c", f'{_NAMESPACE} && exec "$@"', "sh", sys.executable, __file__]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _run in range(PROCESSES)]
    cpu_ms = min(run["cpu_ms"] for run in runs)
    told_drivers = max(run["told_drivers"] for run in runs)
    print(f"{told}: least of {PROCESSES} processes, Python {sys.version.split()[0]}")
    print(f"  choose, read, decide       {cpu_ms:6.1f} ms of CPU (goal: below {GOAL_CPU_MS})")
    print(f"  drivers told something     {told_drivers:6d} times (goal: 0)")
    return cpu_ms < GOAL_CPU_MS and told_drivers == 0


def one_task():
    """Settles what is settled; fails where that changes something."""
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import chosen_nics
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import host, ioctl, live, netlink
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import index, settle

    told = []

    def asked(descriptor, request, argument):
        address = int.from_bytes(argument[16:24], sys.byteorder)
        told.append(int.from_bytes((ctypes.c_char * 4).from_address(address).raw, sys.byteorder))
        return fcntl.ioctl(descriptor, request, argument)

    index.every()
    with host.Host(live.Files(), live.Clock(), live.Machine(), ioctl.Ioctl(asked), netlink.Netlink()) as here:
        start = time.process_time()
        names = chosen_nics(here, ["va*"], ())
        settings = [
            {"knob": knob, "subject": name, "values": values}
            for name in names
            for knob, values in (("channels", {"rx": 1, "tx": 1}), ("feature", {"rx-gro": False}))
        ]
        found = settle.settle(here, settings)
        cpu_ms = (time.process_time() - start) * 1000
    assert (len(names), found["changed"]) == (NICS, False), found
    print(json.dumps({"cpu_ms": cpu_ms, "told_drivers": len([number for number in told if number in _SETS])}))


if __name__ == "__main__":
    one_task()
