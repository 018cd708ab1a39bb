# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import socket

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import socket_owners
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def test_holders(host, tmp_path):
    reader = host(
        {"/proc/1/comm": "init\n", "/proc/20/comm": "named\n", "/proc/3/comm": "dnsmasq\n"},
        {
            "/proc/self/ns/pid": "pid:[4026531836]",
            "/proc/20/fd/3": "socket:[111]",
            "/proc/3/fd/0": "/dev/null",
            "/proc/3/fd/5": "socket:[222]",
            "/proc/20/fd/4": "socket:[222]",
        },
    )
    found, why = socket_owners.holders(reader, {111, 222})
    assert found == {111: {"pid": 20, "command": "named"}, 222: {"pid": 3, "command": "dnsmasq"}}
    assert why is None
    found, why = socket_owners.holders(reader, {111, 333})
    assert set(found) == {111}
    assert (why.reason, "kernel" in why.detail) == ("absent", True)
    found, why = socket_owners.holders(fake_host.folder_host(tmp_path, fake_host.refusing("/proc/20/fd")), {111})
    assert (found, why.reason) == ({}, "unreadable")


def test_holders_in_a_container(host):
    reader = host({"/proc/1/comm": "sh\n"}, {"/proc/self/ns/pid": "pid:[4026532178]"})
    found, why = socket_owners.holders(reader, {111})
    assert (found, why.reason) == ({}, "not_visible")


def test_this_process_is_found():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        inode = os.fstat(sock.fileno()).st_ino
        found, why = socket_owners.holders(this_host(), {inode})
    assert found[inode]["pid"] == os.getpid()
    assert why is None


def test_owners_or_why_there_is_none(host):
    reader = host(
        {"/proc/1/comm": "init\n", "/proc/20/comm": "named\n"},
        {"/proc/self/ns/pid": "pid:[4026531836]", "/proc/20/fd/3": "socket:[111]"},
    )
    found = socket_owners.read(reader, {111, 222})
    assert found[111] == {"pid": 20, "command": "named"}
    assert found[222].reason == "absent"


def test_owners_without_proc(tmp_path):
    assert socket_owners.read(fake_host.folder_host(tmp_path), {1})[1].reason == "absent"
