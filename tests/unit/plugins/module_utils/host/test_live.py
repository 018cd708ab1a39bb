# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine that the tests run on, asked as any host is."""

import errno
import os
import re
import sys
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed


@pytest.fixture(name="host")
def host_fixture():
    with this_host() as host:
        yield host


def refused(question, *args):
    with pytest.raises(Unavailable) as raised:
        question(*args)
    return raised.value.reason


def test_files_of_the_kernel(host):
    with open("/proc/sys/kernel/osrelease") as stream:
        assert host.word("/proc/sys/kernel/osrelease") == stream.read().strip()
    assert host.integer("/proc/sys/kernel/pid_max") > 0
    assert host.lines("/proc/stat").startswith("cpu ")
    assert str(os.getpid()) in host.names("/proc")
    assert host.link("/proc/self") == str(os.getpid())
    assert host.real("/proc/self/net") == f"/proc/{os.getpid()}/net"
    assert host.exists("/proc/self") and not host.exists("/proc/nothing")


def test_links_are_those_of_the_machine(host, tmp_path):
    (tmp_path / "file").write_text("here\n")
    (tmp_path / "link").symlink_to("../" + tmp_path.name + "/file")
    assert host.word(f"{tmp_path}/link") == "here"
    assert host.real(f"{tmp_path}/link") == os.path.realpath(str(tmp_path)) + "/file"


@pytest.mark.parametrize(
    "path, reason",
    [
        ("/nothing", "absent"),
        ("/proc/stat/x", "absent"),
        ("/a\0b", "absent"),
        ("/\ud800", "absent"),
        ("/proc", "unsupported"),
    ],
)
def test_what_cannot_be_read(host, path, reason):
    assert refused(host.text, path) == reason
    if path != "/proc":
        assert refused(host.names, path) == refused(host.link, path) == "absent"
        assert not host.exists(path)


def test_a_fifo_in_the_place_of_a_file_is_not_waited_for(host, tmp_path):
    os.mkfifo(str(tmp_path / "fifo"))
    assert host.text(f"{tmp_path}/fifo") == ""
    writer = os.open(str(tmp_path / "fifo"), os.O_RDWR)
    assert refused(host.text, f"{tmp_path}/fifo") == "unsupported"
    os.close(writer)


def test_circles_of_links(host, tmp_path):
    (tmp_path / "one").symlink_to("one")
    assert refused(host.text, f"{tmp_path}/one") == "absent"


def test_what_is_no_utf8_is_replaced(host, tmp_path):
    (tmp_path / "file").write_bytes(b"a\xff\n")
    assert host.text(f"{tmp_path}/file") == "a\ufffd\n"


@pytest.mark.parametrize("data, found", [("", "''"), ("1\n2", "'1\\n2'"), ("x" * 99, "x" * 60)])
def test_a_file_whose_last_line_has_no_end_was_cut_off(host, tmp_path, data, found):
    (tmp_path / "file").write_text(data)
    assert found in malformed(host.lines, f"{tmp_path}/file")


@pytest.mark.parametrize("data", ["", "x", "1 2", "9" * 21])
def test_no_number(host, tmp_path, data):
    (tmp_path / "file").write_text(data)
    assert malformed(host.integer, f"{tmp_path}/file").startswith(f"{tmp_path}/file: expected a whole number, found ")


def test_the_machine(host):
    machine = host.machine
    assert machine.page_size_bytes() == os.sysconf("SC_PAGE_SIZE")
    assert machine.clock_ticks_per_s() == os.sysconf("SC_CLK_TCK")
    assert machine.byte_order() == sys.byteorder
    assert machine.architecture() == os.uname().machine
    assert machine.user_id() == os.geteuid()
    assert machine.python() == sys.version.split()[0].rstrip("+")


def test_the_clock(host):
    before = time.time()
    started = host.clock.monotonic_s()
    host.clock.sleep(0.01)
    assert host.clock.monotonic_s() - started >= 0.01
    text = host.clock.utc()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", text)
    then = time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    assert abs(time.mktime(then) - time.mktime(time.gmtime(before))) < 60


def test_a_host_that_is_closed_may_be_asked_again(host):
    for _time in range(2):
        assert host.netlink.dump("RTM_GETLINK", 18, bytes(16))
        host.close()


def test_parts_that_a_host_lacks_say_so(tmp_path):
    host = fake_host.files_only(tmp_path)
    for question in (
        host.clock.monotonic_s,
        host.clock.utc,
        lambda: host.clock.sleep(1),
        host.machine.page_size_bytes,
        host.machine.byte_order,
        lambda: host.ioctl.ethtool("X", "eth0", None),
        lambda: host.netlink.dump("X", 18, b""),
        lambda: host.netlink.family("devlink"),
    ):
        assert refused(question) == "absent"
    host.close()


def test_the_reason_of_an_error(host):
    error = Unavailable.from_os_error("/x", OSError(errno.ELOOP, "whatever"))
    assert (error.reason, error.detail) == ("absent", f"/x: {os.strerror(errno.ELOOP)}")
