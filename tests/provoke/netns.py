# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces of the tests' own, and the processes that run in them.

Everything here touches namespaces that it created itself and nothing else: a veth pair is born inside its two
namespaces, a sysctl is written inside one, and a process is ended by its id.
"""

import contextlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

TRAFFIC = Path(__file__).with_name("traffic.py")
_serial = itertools.count(1)

#: Sysctls that a child namespace has for itself. Anything else could be the host's: writing it is refused here.
_OWN_SYSCTLS = ("net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog", "net.ipv6.conf.")


def run(*command, stdin=None):
    """Run *command* and return what it printed; a failure raises with what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def started(*command):
    """Run *command* until the block ends, which starts once the command has said "ready"; yields the Popen."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{' '.join(command)} did not start: {process.stderr.read()}")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def options(arguments):
    """``["--to-mac=..."]`` of {"to_mac": ...}: the options of a command of traffic.py."""
    return [f"--{key.replace('_', '-')}={value}" for key, value in arguments.items()]


class Namespace:
    """A network namespace of this test. The constructor takes one that is there; :meth:`create` makes it."""

    def __init__(self, name):
        self.name = name

    @classmethod
    def create(cls, name):
        """A new namespace, with loopback up and IPv6 off so that it is silent unless told to speak."""
        run("ip", "netns", "add", name)
        created = cls(name)
        created.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        created.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        created.ip("link", "set", "lo", "up")
        return created

    def delete(self):
        run("ip", "netns", "delete", self.name)

    def exec(self, *command, stdin=None):
        """Run *command* in the namespace; /sys shows the namespace's own NICs there."""
        return run("ip", "netns", "exec", self.name, *command, stdin=stdin)

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def tc(self, *arguments):
        return run("tc", "-n", self.name, *arguments)

    def nft(self, rules):
        self.exec("nft", "-f", "-", stdin=rules)

    def read(self, path):
        return self.exec("cat", path)

    def write(self, path, value):
        self.exec("tee", path, stdin=f"{value}\n")

    def sysctl(self, name, value):
        """Set one of the sysctls that this namespace has for itself."""
        if not name.startswith(_OWN_SYSCTLS):
            raise ValueError(f"{name} may belong to the host: not written")
        self.write("/proc/sys/" + name.replace(".", "/"), value)

    def traffic(self, command, **arguments):
        """A command of traffic.py in the namespace, :func:`started`."""
        words = ("ip", "netns", "exec", self.name, sys.executable, str(TRAFFIC), command)
        return started(*words, *options(arguments))


@contextlib.contextmanager
def namespace(label):
    """A new namespace, deleted when the block ends."""
    created = Namespace.create(f"plt{os.getpid()}-{next(_serial)}-{label}")
    try:
        yield created
    finally:
        created.delete()


class Pair:
    """Two namespaces joined by a veth pair: ``va`` (10.78.0.1) in *near*, ``vb`` (10.78.0.2) in *far*."""

    near_address = "10.78.0.1"
    far_address = "10.78.0.2"
    near_mac = "02:00:00:00:78:01"
    far_mac = "02:00:00:00:78:02"

    def __init__(self, near, far):
        self.near = near
        self.far = far
        # Born in its namespaces: the host never sees the pair, nor does its udev or network manager.
        run(
            *("ip", "link", "add", "va", "netns", near.name, "address", self.near_mac),
            *("type", "veth", "peer", "name", "vb", "netns", far.name, "address", self.far_mac),
        )
        sides = (
            (near, "va", self.near_address, self.far_address, self.far_mac),
            (far, "vb", self.far_address, self.near_address, self.near_mac),
        )
        for side, nic, address, peer_address, peer_mac in sides:
            side.ip("address", "add", f"{address}/24", "dev", nic)
            side.ip("link", "set", nic, "up")
            # A permanent entry: no ARP is spoken, so every frame on the pair is one that the test sent.
            side.ip("neighbour", "replace", peer_address, "lladdr", peer_mac, "dev", nic, "nud", "permanent")


@contextlib.contextmanager
def pair(label):
    """Two new namespaces joined by a :class:`Pair`."""
    with namespace(f"{label}-near") as near, namespace(f"{label}-far") as far:
        yield Pair(near, far)
