# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a piece of a test in a network namespace of its own, which is gone when the piece is done.

A namespace belongs to a thread: a new thread leaves the machine's namespace, and with it every socket that it opens
and every program that it starts. No name is left behind, whatever happens.
"""

import ctypes
import os
import re
import shutil
import socket
import subprocess
import threading

import pytest

CLONE_NEWNET = 0x40000000


def refusal():
    """Why no namespace can be had here, or None."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    if not (shutil.which("ip") and shutil.which("tc")):
        return "ip and tc (iproute2) are not installed"
    try:
        in_own_netns(lambda: None)
    except OSError as error:
        return f"no network namespace: {error}"
    return None


def in_own_netns(function, *args):
    """What ``function(*args)`` returns or raises, in a network namespace of its own."""
    outcome = {}

    def run():
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            outcome["result"] = function(*args)
        except BaseException as error:  # it is raised again in the caller's thread
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def run(command):
    """What a program writes, started in the namespace of the calling thread: ``run("ip -j link")``."""
    return subprocess.check_output(command.split()).decode("utf-8")


def batch(program, *lines):
    """Run lines of ``ip -batch`` or ``tc -batch``; a kind of device or qdisc that this kernel lacks skips the test."""
    finished = subprocess.run(
        [program, "-batch", "-"],
        input="\n".join(lines).encode("utf-8") + b"\n",
        stderr=subprocess.PIPE,
        check=False,
    )
    said = finished.stderr.decode("utf-8", "replace")
    if re.search("Unknown device type|Specified qdisc kind is unknown", said):
        pytest.skip(f"this kernel lacks a kind of device or qdisc: {said.strip()}")
    assert finished.returncode == 0, said


def thread_id():
    """The number by which other programs find the calling thread and its namespace."""
    return int(os.readlink("/proc/thread-self").rpartition("/")[2])


def send_udp(address, count, size=100):
    """Send *count* datagrams of *size* bytes to the discard port of *address*."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _number in range(count):
            sender.sendto(bytes(size), (address, 9))
