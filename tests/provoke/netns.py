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
import threading
from pathlib import Path

TRAFFIC = Path(__file__).with_name("traffic.py")
METER = Path(__file__).with_name("meter.py")
PARTNER = Path(__file__).with_name("partner.py")
#: Seconds within which a command ends, and within which one that goes on does so when it is told to. This machine may
#: be busy, and behind a remote shell there may be an emulated one.
_COMMAND_LIMIT_S = 120
_PATIENCE_S = 60
_serial = itertools.count(1)

#: Sysctls that a child namespace has for itself. Anything else could be the host's: writing it is refused here.
_OWN_SYSCTLS = ("net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog", "net.ipv6.conf.")


def run(*command, stdin=None, limit_s=_COMMAND_LIMIT_S):
    """Run *command* and return what it printed; a failure raises with what it said.

    It has a session of its own: Ctrl-C is for this program, which then undoes what it did by more of such commands.
    """
    done = subprocess.run(
        command,
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


#: What was begun and not told to end yet: what it is, and whether it has ended all the same.
_going_on = []


@contextlib.contextmanager
def going_on(told, has_ended):
    """Something goes on until the block ends, *told* in words; ``has_ended()`` says that it does not any more."""
    entry = (told, has_ended)
    _going_on.append(entry)
    try:
        yield
    finally:
        _going_on.remove(entry)


def ended_by_themselves():
    """What ought to go on and does not, in words."""
    return [told for told, has_ended in list(_going_on) if has_ended()]


@contextlib.contextmanager
def started(*command, line=lambda text: None):
    """Run *command* until the block ends, which starts once the command has said "ready"; yields the Popen. What it
    prints after that is given to ``line(text)``, line by line.

    Its standard input is the control connection of traffic.py: when this program is gone, however that came, the
    command ends as well, also behind a remote shell. One that ended before it was told to raises where the block ends:
    what was measured meanwhile is nothing. Like :func:`run` it does not hear Ctrl-C.
    """
    told = " ".join(command)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, start_new_session=True) as process:
        try:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{told} did not start: {process.stderr.read()}")
            listener = threading.Thread(target=lambda: [line(text) for text in process.stdout])
            listener.start()
            try:
                with going_on(told, lambda: process.poll() is not None):
                    yield process
                if process.poll() is not None:
                    raise RuntimeError(f"{told} ended by itself: {process.stderr.read()}")
            finally:
                _end(process)
                listener.join()
        except BaseException:
            process.kill()
            raise


def _end(process):
    """Tell a command to end, and wait until it has: behind a remote shell it is gone for certain only then."""
    process.stdin.close()
    try:
        process.wait(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)


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
        return started(*self._python(TRAFFIC), command, *options(arguments))

    def meter(self, sources, line):
        """meter.py in the namespace, :func:`started`."""
        return started(*self._python(METER), *sources, line=line)

    def partner(self, line, **arguments):
        """partner.py in the namespace, :func:`started`."""
        return started(*self._python(PARTNER), *options(arguments), line=line)

    def _python(self, program):
        return "ip", "netns", "exec", self.name, sys.executable, str(program)


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
