# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A captured host answers as one that is asked, from its files alone, and never from the machine that reads them."""

import builtins
import os
import sys
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import reading
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import live
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured, Output
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.clocks import utc_seconds
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles, Link, Placed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.machine import CapturedMachine
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import write_tree

UNAME = "Linux web1 5.14.0 #1 SMP Thu Feb 3 13:50:55 UTC 2022 {} GNU/Linux\n"
ZONEINFO = "Node 0, zone   Normal\n  pages free 1\n        min 1\n        low 1\n        high 1\n        managed  {}\n"


def capture(files=(), outputs=(), layout="loose", **more):
    """A :class:`captured.Captured` of files by their paths, and of outputs by their words."""
    placed = {path.encode("utf-8"): text.encode("utf-8") for path, text in dict(files).items()}
    found = {(words, None, None): Output(text, " ".join(words)) for words, text in dict(outputs).items()}
    return Captured("web1", "here", layout, HostFiles([Placed(placed)]), found, **more)


def machine(files=(), outputs=(), layout="loose", **more):
    return CapturedMachine(capture(files, outputs, layout, **more))


def refused(question, *args):
    with pytest.raises(Unavailable) as raised:
        question(*args)
    return raised.value


# -- files


@pytest.fixture(name="files")
def files_fixture():
    first = Placed(
        {
            b"/proc/self": Link(b"77"),
            b"/proc/77/net/snmp": b"1\n",
            b"/sys/class/net/eth0": Link(b"../../devices/pci/net/eth0"),
            b"/sys/devices/pci/net/eth0/mtu": b"1500\n",
            b"/proc/irq": OSError(13, "Permission denied"),
            b"/proc/secret": Unavailable("unreadable", "Permission denied"),
        }
    )
    second = Placed({b"/proc/77/net/snmp": b"2\n", b"/proc/77/net/dev": b"3\n", b"/proc/stat": b"4\n"})
    return HostFiles([first, second])


def test_the_first_layer_decides_and_folders_have_the_names_of_all(files):
    assert files.read("/proc/self/net/snmp") == b"1\n" and files.read("/proc/self/net/dev") == b"3\n"
    assert sorted(files.names("/proc/77/net")) == [b"dev", b"snmp"]
    assert files.exists("/proc/stat") and not files.exists("/proc/self/net/udp")


def test_links_go_through_all_layers(files):
    assert files.real("/sys/class/net/eth0/mtu") == b"/sys/devices/pci/net/eth0/mtu"
    assert files.link("/sys/class/net/eth0") == b"../../devices/pci/net/eth0"
    assert refused(files.link, "/sys/class/net/eth1").reason == "absent"
    with pytest.raises(OSError):
        files.link("/proc/stat")


def test_made_files_are_where_their_paths_lead(files):
    made = files.with_made(
        {
            "/sys/class/net/eth0/ifindex": b"2\n",
            "/sys/class/net/eth1/ifindex": b"3\n",
            "/proc/stat": b"5\n",
            "/proc/uptime": Unavailable("malformed", "no uptime"),
        },
        {"/sys/class/net/eth1": "../../devices/virtual/net/eth1"},
    )
    assert made.read("/sys/class/net/eth0/ifindex") == b"2\n"
    assert made.read("/sys/devices/virtual/net/eth1/ifindex") == b"3\n"
    assert sorted(made.names("/sys/class/net")) == [b"eth0", b"eth1"]
    assert sorted(made.names("/sys/class/net/eth0")) == [b"ifindex", b"mtu"]
    assert made.read("/proc/stat") == b"4\n"
    assert refused(made.read, "/proc/uptime").reason == "malformed"
    assert not files.exists("/proc/uptime")


def test_what_could_not_be_captured_is_raised_as_it_was(files):
    assert refused(files.read, "/proc/secret").reason == "unreadable"
    with pytest.raises(PermissionError):
        files.names("/proc/irq")


def test_nothing_can_be_written(files):
    with pytest.raises(OSError, match="Read-only"):
        files.write("/proc/stat", b"x")


@pytest.mark.parametrize("path", ["/proc/../../etc/passwd", "/proc/\0", "/\udc80", "/proc/stat/x"])
def test_a_path_that_leads_nowhere_is_absent(path):
    host = captured_host(capture({"/proc/stat": "4\n"}))
    assert refused(host.text, path).reason == "absent" and not host.exists(path)
    assert refused(host.text, "/proc/\ud800").reason == "absent"


# -- the machine


@pytest.mark.parametrize(
    "words, architecture",
    [
        ("x86_64 x86_64 x86_64", "x86_64"),
        ("aarch64", "aarch64"),
        ("x86_64 unknown unknown", "x86_64"),
        ("ppc64le ppc64le ppc64le", "ppc64le"),
    ],
)
def test_the_architecture_by_uname(words, architecture):
    assert machine(outputs={captured.UNAME: UNAME.format(words)}).architecture() == architecture


def test_the_architecture_by_lscpu():
    assert machine(outputs={captured.LSCPU: "Architecture:        s390x\n"}).architecture() == "s390x"


@pytest.mark.parametrize("text", ["", "Linux\n", "uname: not found\n", "Linux a b c d GNU/Hurd\n"])
def test_what_is_no_uname_tells_no_architecture(text):
    error = refused(machine(outputs={captured.UNAME: text}).architecture)
    assert error.reason == "absent" and "uname -a" in error.detail


@pytest.mark.parametrize(
    "architecture, lscpu, order",
    [
        ("x86_64", "", "little"),
        ("aarch64", "", "little"),
        ("ppc64", "", "big"),
        ("ppc64le", "", "little"),
        ("s390x", "", "big"),
        ("mips64", "Byte Order:   Little Endian\n", "little"),
        ("aarch64", "Byte Order:   Big Endian\n", "big"),
    ],
)
def test_the_byte_order(architecture, lscpu, order):
    outputs = {captured.UNAME: UNAME.format(architecture), captured.LSCPU: lscpu}
    assert machine(outputs=outputs).byte_order() == order


def test_the_byte_order_of_an_architecture_that_nobody_knows():
    assert "lscpu" in refused(machine(outputs={captured.UNAME: UNAME.format("vax")}).byte_order).detail


@pytest.mark.parametrize(
    "architecture, total_kb, managed, size",
    [
        ("x86_64", 1, 1, 4096),
        ("aarch64", 4_000_000, 1_000_000, 4096),
        # A balloon takes from the total.
        ("aarch64", 5_000_000, 1_000_000, 4096),
        ("aarch64", 3_300_000, 1_000_000, 4096),
        ("aarch64", 16_000_000, 1_000_000, 16384),
        ("ppc64le", 63_000_000, 1_000_000, 65536),
    ],
)
def test_the_size_of_a_page(architecture, total_kb, managed, size):
    zones = ZONEINFO.format(managed) + "  pagesets\n"
    files = {"/proc/meminfo": f"MemTotal: {total_kb} kB\n", "/proc/zoneinfo": zones}
    assert machine(files, {captured.UNAME: UNAME.format(architecture)}).page_size_bytes() == size


@pytest.mark.parametrize(
    "files, reason",
    [
        ({}, "absent"),
        ({"/proc/meminfo": "MemTotal: 4 kB\n"}, "absent"),
        ({"/proc/meminfo": "MemTotal: 4 kB\n", "/proc/zoneinfo": ZONEINFO.format(0)}, "absent"),
        ({"/proc/meminfo": "MemTotal: 4 kB\n", "/proc/zoneinfo": ZONEINFO.format(9 * 10**18)}, "malformed"),
        ({"/proc/meminfo": "MemTotal: 400000 kB\n", "/proc/zoneinfo": ZONEINFO.format(1)}, "malformed"),
    ],
)
def test_no_size_of_a_page_is_guessed(files, reason):
    assert refused(machine(files, {captured.UNAME: UNAME.format("aarch64")}).page_size_bytes).reason == reason


def test_what_the_capture_says_itself_comes_first():
    said = {"page_size_bytes": 65536, "byte_order": "big", "clock_ticks_per_s": 250, "architecture": "x", "user_id": 7}
    found = machine(outputs={captured.UNAME: UNAME.format("x86_64")}, machine=said)
    assert {name: getattr(found, name)() for name in said} == said


def test_ticks_and_user():
    assert machine().clock_ticks_per_s() == 100
    assert refused(machine(outputs={captured.UNAME: UNAME.format("alpha")}).clock_ticks_per_s).reason == "absent"
    assert machine(layout="sosreport").user_id() == 0
    assert refused(machine().user_id).reason == "absent"
    assert {refused(machine().python).reason, refused(machine().pin, 1, [0]).reason} == {"absent"}


# -- the clock


def test_the_clock_is_that_of_the_capture():
    stat = "cpu 1\nbtime 1795698000\n"
    host = captured_host(capture({"/proc/stat": stat}, taken=1795698100.5))
    assert host.clock.utc() == "2026-11-26T13:01:40Z" and host.clock.monotonic_s() == 100.5
    assert refused(host.clock.sleep, 1).reason == "absent"
    host = captured_host(capture())
    assert refused(host.clock.utc).reason == "absent" and refused(host.clock.monotonic_s).reason == "absent"


@pytest.mark.parametrize("text", ["", "x\n", "nan 1\n", "inf\n"])
def test_an_uptime_that_is_none(text):
    assert refused(captured_host(capture({"/proc/uptime": text})).clock.monotonic_s).reason == "malformed"


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("Thu Nov 26 13:00:00 UTC 2026\n", 1795698000),
        ("Thu Nov 26 01:00:00 PM UTC 2026\n", 1795698000),
        ("Thu 26 Nov 2026 01:00:00 PM UTC\n", 1795698000),
        ("Thu Nov 26 10:00:00 -03 2026\n", 1795698000),
        ("Thu Nov 26 18:45:00 +0545 2026\n", 1795698000),
        ("Sun Mar  1 00:00:00 UTC 2026\n", 1772323200),
        ("Thu Nov 26 13:00:00 CST 2026\n", None),
        ("Thu Nov 31 13:00:00 UTC 2026\n", None),
        ("x" * 100000, None),
        ("", None),
    ],
)
def test_dates(text, seconds):
    assert utc_seconds(text) == seconds


# -- the whole


def test_what_only_the_kernel_tells_names_the_file_that_would(tmp_path):
    host = captured_host(capture())
    for question in (
        lambda: host.ioctl.ethtool("ETHTOOL_GRINGPARAM", "eth0", None),
        lambda: host.netlink.dump("RTM_GETLINK", 18, b""),
        lambda: host.netlink.ask("RTM_GETROUTE", 26, b""),
        lambda: host.netlink.family("devlink").dump("DEVLINK_CMD_GET", 1),
        lambda: host.netlink.family("ethtool").ask("ETHTOOL_MSG_RINGS_GET eth0", 15, b""),
    ):
        assert refused(question).reason == "absent"
    host.close()


TREE = {
    "sos_commands/kernel/uname_-a": UNAME.format("x86_64"),
    "sos_commands/networking/ip_-s_-d_link": (
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000\n"
        "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0\n"
        "    RX:  bytes packets errors dropped  missed   mcast\n"
        "         1000       10      0       3       0       0\n"
        "    TX:  bytes packets errors dropped carrier collsns\n"
        "         2000       20      0       0       0       0\n"
    ),
    "sos_commands/networking/ethtool_-S_eth0": "NIC statistics:\n     rx_packets: 10\n     rx_dropped: 3\n",
    "sos_commands/networking/ethtool_-i_eth0": "driver: veth\nversion: 1.0\nfirmware-version: \nbus-info: \n",
    "proc/stat": "cpu  9\ncpu0 1 2 3 4 5 6 7 8 9 0\nbtime 1795698000\n",
    "proc/net/softnet_stat": "0000000a 00000003 00000000 " + "00000000 " * 7 + "00000000\n",
    "sys/devices/system/cpu/online": "0\n",
}


def test_a_document_is_made_without_a_look_at_this_machine(tmp_path, monkeypatch):
    """Every door to the machine is locked while a captured host is read: no clock, no byte order, none of its files."""
    write_tree(tmp_path / "sosreport-web1", TREE)
    (found,) = captures_of(str(tmp_path / "sosreport-web1"))
    locked = []

    def lock(place, name):
        def refuse(*_args, **_options):
            locked.append(name)
            raise AssertionError(f"{name} of this machine was asked")

        monkeypatch.setattr(place, name, refuse)

    for name in ("sysconf", "uname", "cpu_count", "geteuid", "getuid", "sched_getaffinity"):
        lock(os, name)
    for name in ("time", "localtime", "sleep"):
        lock(time, name)
    for name in ("Machine", "Clock", "Files"):
        lock(live, name)
    monkeypatch.setattr(sys, "byteorder", "neither")
    opened = []
    really = os.open
    monkeypatch.setattr(
        os, "open", lambda path, *args, **options: opened.append(path) or really(path, *args, **options)
    )
    monkeypatch.setattr(builtins, "open", lambda path, *_args, **_options: opened.append(path))
    with captured_host(found) as host:
        document = reading.read_host(host, 0, (), ())
    assert not locked
    inside = os.fsencode(tmp_path) + b"/"
    assert opened and all(os.fsencode(path).startswith(inside) for path in opened)
    assert document["meta"]["kernel"] == {"release": "5.14.0", "machine": "x86_64"}
    assert document["nics"]["eth0"]["link_stats"]["rx_dropped"] == {"total": 3, "delta": None}
    assert document["softnet"]["cpus"]["0"]["dropped"]["total"] == 3
    assert {gap["reason"] for gap in document["unavailable"]} <= {"absent", "unsupported", "malformed", "not_visible"}


def test_a_document_of_next_to_nothing(tmp_path):
    write_tree(tmp_path / "x", {"softnet_stat": TREE["proc/net/softnet_stat"]})
    (found,) = captures_of(str(tmp_path / "x"))
    document = reading.read_host(captured_host(found), 0, (), ())
    assert document["nics"] is None
    assert document["meta"]["taken_at"] is None and document["meta"]["uptime_s"] is None
