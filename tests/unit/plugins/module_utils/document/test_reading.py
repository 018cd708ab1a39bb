# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole readings of a made-up host; that of this machine is in test_modules.py."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import reading
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture(name="root")
def root_fixture(tmp_path):
    fake_host.make(tmp_path)
    return tmp_path


def test_two_samples_and_a_prime_read_before_them(root):
    host = fake_host.host(root)
    found = reading.read_host(host, 10, (), ())
    assert host.clock.slept == [reading.PRIME_S, 10]
    assert (found["meta"]["prime_s"], found["meta"]["interval_s"]) == (reading.PRIME_S, 10)
    assert found["meta"]["taken_at"] == "2026-01-31T12:00:00Z"
    assert found["softnet"]["cpus"]["0"]["dropped"] == {"total": 1, "delta": 0}


def test_one_sample_has_no_deltas_and_nobody_sleeps(root):
    host = fake_host.host(root)
    found = reading.read_host(host, 0, (), ())
    assert host.clock.slept == []
    assert found["meta"]["interval_s"] is None
    assert found["softnet"]["cpus"]["0"]["dropped"] == {"total": 1, "delta": None}


class Watched(Folder):
    """Keeps of which processes the open files are looked at."""

    def __init__(self, root):
        Folder.__init__(self, root)
        self.looked_at = []

    def names(self, path):
        if path.endswith("/fd"):
            self.looked_at.append(path)
        return Folder.names(self, path)


def watched(root, meanwhile):
    files = Watched(str(root))
    host = fake_host.host(root, meanwhile=meanwhile, files=files)
    return reading.read_host(host, 10, (), ()), files.looked_at


def test_a_socket_that_lost_something_before_is_no_reason_to_look_at_every_open_file(root):
    found, looked_at = watched(root, None)
    assert found["sockets"]["drops"]["udp 0.0.0.0:53 inode 5001"]["drops"] == {"total": 1234, "delta": 0}
    assert "processes" not in found["sockets"]["drops"]["udp 0.0.0.0:53 inode 5001"]
    assert looked_at == []


def test_the_processes_of_a_socket_that_loses_something(root):
    table = root / "proc/net/udp"
    found, looked_at = watched(root, lambda: table.write_text(fake_host.UDP.replace(" 1234", " 1240")))
    assert found["sockets"]["drops"]["udp 0.0.0.0:53 inode 5001"]["drops"]["delta"] == 6
    assert found["sockets"]["drops"]["udp 0.0.0.0:53 inode 5001"]["processes"] == [{"pid": 77, "command": "named"}]
    # The search ends with the process that has it.
    assert looked_at == ["/proc/1/fd", "/proc/77/fd"]


def test_a_host_of_which_there_are_only_files(root):
    """No clock, no ioctl, no netlink, nothing known of the machine: data from the files, and reasons for the rest."""
    found = reading.read_host(fake_host.files_only(root), 0, (), ())
    json.dumps(found, allow_nan=False)
    told = {entry["path"]: entry["detail"] for entry in found["unavailable"]}
    for path in (
        "/meta/taken_at",
        "/meta/clock_ticks_per_s",
        "/meta/kernel/machine",
        "/meta/effective_root",
        "/meta/python",
        "/memory/page_size_bytes",
        "/nics",
        "/sockets/drops",
    ):
        assert told[path] == "this host is a capture: it has files only"
    assert found["meta"]["kernel"] == {"release": "6.12.0", "machine": None}
    assert found["memory"]["meminfo"]["MemTotal"] == 16384000 * 1024
    assert found["softnet"]["cpus"]["3"]["dropped"] == {"total": 1, "delta": None}
    assert found["nics"] is None and found["memory"]["page_size_bytes"] is None
