# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine that this runs on, as a :class:`host.Host`."""

import os
import sys
import time

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import Netlink
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

# A FIFO that somebody put in the place of a file has nothing to read, and nobody waits for what may come.
OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

_CHUNK_BYTES = 65536

#: A network namespace, for setns(2) (include/uapi/linux/sched.h).
_CLONE_NEWNET = 0x40000000


def this_host():
    """The host that this runs on; its sockets belong to the network namespace in which they are first asked."""
    return Host(Files(), Clock(), Machine(), Ioctl(), Netlink())


class Files:
    """The files of this machine, as they are: the kernel follows what links there are."""

    def read(self, path):
        # os.open: buffered open() costs three times as much, and a snapshot reads thousands of small files.
        descriptor = os.open(self._place(path), OPEN_FLAGS)
        try:
            return read_all(descriptor)
        finally:
            os.close(descriptor)

    def write(self, path, data):
        # Never makes a file, and never cuts one: what is set is a file of the kernel's.
        descriptor = os.open(self._place(path), os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def names(self, path):
        return os.listdir(self._place(path))

    def exists(self, path):
        return os.path.exists(self._place(path))

    def link(self, path):
        return os.readlink(self._place(path))

    def real(self, path):
        return os.path.realpath(self._place(path))

    def _place(self, path):
        return path_bytes(path)


class Clock:
    """The clocks of this machine."""

    def monotonic_s(self):
        return time.monotonic()

    def utc(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def sleep(self, seconds):
        time.sleep(seconds)


class Machine:
    """What a process is told about the machine and itself."""

    def page_size_bytes(self):
        return os.sysconf("SC_PAGE_SIZE")

    def clock_ticks_per_s(self):
        return os.sysconf("SC_CLK_TCK")

    def byte_order(self):
        return sys.byteorder

    def architecture(self):
        return os.uname().machine

    def user_id(self):
        return os.geteuid()

    def pin(self, pid, cpus):
        try:
            os.sched_setaffinity(pid, cpus)
        except OSError as error:
            raise Unavailable.from_os_error(f"sched_setaffinity of {pid}", error) from error

    def python(self):
        return ".".join(map(str, sys.version_info[:3]))

    def in_network_namespace(self, path, question):
        """What ``question()`` returns or raises when it is asked in the network namespace at *path*.

        It is asked in a thread of its own, which ends then: the process stays where it is, and nothing is to be undone.
        The question sees that namespace in ``/proc/thread-self/net`` and ``/proc/sys/net``, and in sockets that it
        opens itself; not in ``/proc/self`` and not in ``/sys``.

        Raises Unavailable where the namespace cannot be entered.
        """
        import threading

        outcome = []

        def ask():
            try:
                _enter(path)
                outcome.append((True, question()))
            except BaseException as error:  # noqa: BLE001 - raised again, by who waits for the thread
                outcome.append((False, error))

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        answered, found = outcome[0]
        if not answered:
            raise found
        return found


def _enter(path):
    """Move this thread into the network namespace at *path*."""
    try:
        descriptor = os.open(path_bytes(path), OPEN_FLAGS)
        try:
            _setns(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unavailable.from_os_error(f"setns {path}", error) from error


def _setns(descriptor):
    # Python has it from 3.12 on.
    if hasattr(os, "setns"):
        os.setns(descriptor, _CLONE_NEWNET)
        return
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def path_bytes(path):
    """A path as the kernel takes it, whatever the locale; raises ValueError for half a surrogate."""
    return path.encode("utf-8", "surrogateescape")


def read_all(descriptor, most=None):
    """The bytes of an open file; raises OverflowError where they are more than *most*."""
    chunks, size = [], 0
    while True:
        chunk = os.read(descriptor, _CHUNK_BYTES)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if most is not None and size > most:
            raise OverflowError
