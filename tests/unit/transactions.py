# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions in a network namespace with a veth of four queues: what a test of them runs there.

The processes are those of a host without systemd, the program is the one that a host has, the kernel is real. What is
compared is read from /proc and /sys, by nothing that is under test.
"""

import glob
import json
import os
import signal
import sys
import time

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import run, task, timer
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import Journals

#: The shell script that makes the veth, for the fixture python_in_namespace.
VETH = """
set -e
mount -t sysfs none /sys
mount -t tmpfs none /mnt
ip link add v0 numrxqueues 4 numtxqueues 4 type veth peer name v1 numrxqueues 4 numtxqueues 4
ip link set v0 up
ip link set v1 up
echo 1 > /sys/class/net/v0/queues/rx-0/rps_cpus
exec "$@"
"""

SOMAXCONN = "/proc/sys/net/core/somaxconn"

CHANNELS = {"knob": "channels", "subject": "v0", "values": {"rx": 2}}
STEERING = {"knob": "packet_steering", "subject": "v0", "values": {"rps_cpus": {"rx-0": [1]}}}
PEER = {"knob": "packet_steering", "subject": "v1", "values": {"rps_cpus": {"rx-3": [0]}}}
SYSCTL = {"knob": "sysctl", "subject": None, "values": {"net.core.somaxconn": 8765}}

#: What disturbs nobody, so that nothing is waited for.
QUIET = [STEERING, PEER, SYSCTL]

#: How long something may take on a machine that is busy.
PATIENCE_S = 40

#: A window that nobody waits for.
WINDOW_S = 300

OPTIONS = {
    "id": None,
    "settings": [],
    "expected": None,
    "reason": {},
    "window": WINDOW_S,
    "disruption": 3,
    "never": [],
    "memory_reserve": "0",
    "force": True,
    "token": None,
    "wait": PATIENCE_S,
}


class Machine:
    """The namespace as a host, with a root of its own for files."""

    def __init__(self, root="/mnt"):
        self.root = root
        self.journals = Journals(root)
        # What making the changes may take: nothing, or a test would wait for it.
        task._ALLOWED_S = task._FOR_EACH_S = 0

    def ask(self, state, check=False, **options):
        """What the module returns, or the text with which it fails."""
        with this_host() as host:
            try:
                return task.STATES[state](host, self.journals, dict(OPTIONS, **options), check)
            except Refused as error:
                return str(error)

    def applied(self, settings=None, **options):
        return self.ask("applied", settings=QUIET if settings is None else settings, **options)

    def status(self, found):
        return self.ask("status", id=found["id"])

    def hurry(self, found, seconds=0):
        """Have the time of a transaction be over in so many seconds, whose window is long: a busy machine is slow."""
        journal = self.journals.read(found["id"])
        self.journals.write(dict(journal, deadline_s=time.monotonic() + seconds))

    def until(self, found, *phases):
        """The status once it has one of these phases."""
        end = time.monotonic() + PATIENCE_S
        while True:
            told = self.status(found)
            if not isinstance(told, str) and told["phase"] in phases:
                return told
            if time.monotonic() > end:
                raise AssertionError(f"expected {phases}: {told}")
            time.sleep(0.05)

    def processes(self):
        """The command lines of the processes of the transactions of this machine."""
        found, own = [], set(self.journals.ids())
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as stream:
                    words = stream.read().decode("utf-8", "replace").split("\0")
            except OSError:
                continue
            if own.intersection(words):
                found.append((int(path.split("/")[2]), words))
        return found

    def kill(self, command):
        """End the processes of transactions that run a command."""
        killed = [pid for pid, words in self.processes() if command in words]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        return len(killed)


def now(*nics):
    """What is set, by path."""
    paths = [SOMAXCONN]
    for nic in nics or ("v0", "v1"):
        paths += sorted(glob.glob(f"/sys/class/net/{nic}/queues/rx-*/rps_cpus"))
    return {path: read(path) for path in paths}


def read(path):
    with open(path) as stream:
        return stream.read().strip()


def write(path, text):
    with open(path, "w") as stream:
        stream.write(str(text))


class Killed:
    """Runs what makes the changes in a process that is killed at a point: before or after it writes for the nth time.

    What it writes are journals and what is set, and each point of them is reached by counting.
    """

    def __init__(self, point, by=signal.SIGKILL):
        self.left, self.by = point, by
        self.pid = None

    def was_killed(self):
        """Whether the point was reached, once the process has ended."""
        _pid, status = os.waitpid(self.pid, 0)
        return os.WIFSIGNALED(status)

    def start(self, journals, ident, command, _systemd, *more):
        """In place of timer.start(): the same, and killed."""
        if command != timer.APPLY:
            return START(journals, ident, command, _systemd, *more)
        self.pid = os.fork()
        if self.pid:
            return None
        # The lock of who begins it: a program that is started has it not either.
        os.closerange(3, 256)
        try:
            killing = Journals(journals.root)
            with this_host() as host:
                killing.write = self.counted(self.hurried(host, killing.write))
                host.write = self.counted(host.write)
                host.ioctl.ethtool = self.counted(host.ioctl.ethtool, lambda what, *_rest: "_S" in what)
                run.run(host, killing, ident, lambda: None)
        finally:
            os._exit(0)

    @staticmethod
    def hurried(host, write):
        """The clock of the process runs ahead once all is made: for it, and for nobody else, the time is over then."""
        real = host.clock.monotonic_s

        def written(journal):
            write(journal)
            if journal["phase"] == "applied":
                host.clock.monotonic_s = lambda: real() + 10 * WINDOW_S

        return written

    def counted(self, function, counts=lambda *_arguments: True):
        def wrapped(*arguments):
            if counts(*arguments):
                self.count()
            result = function(*arguments)
            if counts(*arguments):
                self.count()
            return result

        return wrapped

    def count(self):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), self.by)


START = timer.start


def say(*found):
    """Print what a test is given."""
    json.dump(found, sys.stdout)
