# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other network namespaces add to an audit on the node: CPU time, in a fresh process each time.

The namespaces are real, with a process in each, and all of them talk between the two samples: the worst case, since
one that stands still is not even parsed. Not counted is the import of the modules, as in snapshot_cost.py.

A busy machine makes everything dearer, so beside the milliseconds stands the ratio to a yardstick taken at the same
time: reading the same files once, and nothing else. Each sample has to read them, so no ratio is below 2.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time

NAMESPACES = 100
PROCESSES = 5

GOAL_CPU_MS = 60

#: The yardstick reads these of each namespace, as fast as Python can.
_YARDSTICK = ("snmp", "snmp6", "netstat", "dev")


def measure():
    """Prints what they cost, the least of several processes; returns whether the goal is met."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("Other network namespaces: not measured, for making them needs root and the program ip")
        return True
    with namespaces(NAMESPACES) as names:
        runs = {which: [_run(which, names) for _run_number in range(PROCESSES)] for which in ("all", "own")}
    least = {which: {key: min(run[key] for run in found) for key in found[0]} for which, found in runs.items()}
    every, own = least["all"], least["own"]
    added_ms = every["whole_ms"] - own["whole_ms"]
    print(
        f"{NAMESPACES} network namespaces that all talk, beside {every['processes']} processes: least of {PROCESSES}"
        f" processes, Python {sys.version.split()[0]}"
    )
    print(f"  an audit of the host alone {own['whole_ms']:6.1f} ms of CPU, settings and two samples")
    print(f"  with all of them           {every['whole_ms']:6.1f} ms of CPU")
    print(f"  what they add              {added_ms:6.1f} ms of CPU (goal: below {GOAL_CPU_MS})")
    print(f"    to find and name them    {every['find_ms']:6.1f} ms")
    print(f"    to read them twice       {every['read_ms']:6.1f} ms")
    print(f"    to compare               {every['compare_ms']:6.1f} ms")
    print(
        f"  reading their files once   {every['yardstick_ms']:6.1f} ms: what they add is"
        f" {added_ms / every['yardstick_ms']:.1f} times that"
    )
    return added_ms < GOAL_CPU_MS


@contextlib.contextmanager
def namespaces(count):
    """Makes namespaces of our own, each with a process that waits and a loopback that is up; yields their names."""
    names = [f"plbench{os.getpid()}-{number}" for number in range(count)]
    waiting = []
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
            waiting.append(subprocess.Popen(["ip", "netns", "exec", name, "sleep", "3600"]))
        # ip becomes sleep when it has entered.
        while any(_command(process.pid) == "ip" for process in waiting):
            time.sleep(0.1)
        yield names
    finally:
        for process in waiting:
            process.kill()
            process.wait()
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def _command(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as stream:
        return stream.read().strip()


def _run(which, names):
    command = [sys.executable, __file__, which, *names]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def one_audit(which, names):
    """Reads this host as an audit does, with or without the namespaces, and returns what that took."""
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import assemble, beside, snapshot
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import namespaces as others
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps

    # A host that has namespaces loads it.
    assert beside
    spent = dict.fromkeys(("find_ms", "read_ms", "compare_ms"), 0.0)
    for name, key in (("settings", "find_ms"), ("sample", "read_ms")):
        setattr(others, name, _timed(getattr(others, name), spent, key))
    with this_host() as host:
        gaps = Gaps()
        start = time.process_time()
        settings = snapshot.settings(host, (), (), gaps, [which])
        before = snapshot.sample(host, settings["nics"], gaps, settings["namespaces"])
        first_ms = 1000 * (time.process_time() - start)
        for name in names:
            host.machine.in_network_namespace(f"/run/netns/{name}", _talk)
        start = time.process_time()
        after = snapshot.sample(host, settings["nics"], gaps, settings["namespaces"], before)
        middle = time.process_time()
        samples = [before["namespaces"], after["namespaces"]]
        compared = others.compared(host, settings["namespaces"], *samples, gaps.at("namespaces"))
        spent["compare_ms"] = 1000 * (time.process_time() - middle)
        found = assemble.assemble(settings, None, before, after, {}, gaps.entries, beside=compared)
        json.dumps(found)
        whole_ms = first_ms + 1000 * (time.process_time() - start)
        moved = [one for one in (found["namespaces"] or {}).values() if one.get("protocols", {}).get("snmp")]
        if which == "all" and len(moved) < len(names):
            raise SystemExit(f"{len(moved)} of {len(names)} namespaces moved")
    return {**spent, "whole_ms": whole_ms, "yardstick_ms": _yardstick(), "processes": _processes()}


def _timed(function, spent, key):
    def timed(*arguments):
        start = time.process_time()
        try:
            return function(*arguments)
        finally:
            spent[key] += 1000 * (time.process_time() - start)

    return timed


def _talk():
    """A datagram and a connection to the namespace itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.sendto(b"x", one.getsockname())
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        pass


def _processes():
    return sum(name.isdecimal() for name in os.listdir("/proc"))


def _yardstick():
    """CPU milliseconds of reading the files of each other namespace of this machine once."""
    own, places = os.readlink("/proc/self/ns/net"), {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            places.setdefault(os.readlink(f"/proc/{name}/ns/net"), name)
    places.pop(own)
    start = time.process_time()
    for pid in places.values():
        for file in _YARDSTICK:
            with contextlib.suppress(OSError):
                descriptor = os.open(f"/proc/{pid}/net/{file}", os.O_RDONLY)
                while os.read(descriptor, 65536):
                    pass
                os.close(descriptor)
    return 1000 * (time.process_time() - start)


if __name__ == "__main__":
    print(json.dumps(one_audit(sys.argv[1], sys.argv[2:])))
