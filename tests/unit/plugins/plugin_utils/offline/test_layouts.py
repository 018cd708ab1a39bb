# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each kind of capture has, and where: small ones of each, as their collectors make them."""

import html
import json
import os
import shutil

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import index, insights, sosreport
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import question_of_name
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    CaptureError,
    Entry,
    Members,
)
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.archives import pack, write_tree

SOFTNET = "00000001 00000002 00000003 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000\n"
NET_DEV = "Inter-| Receive\n face |bytes\n    lo: 1\n  eth0: 2\nbond0.100: 3\nvlan@x: 4\n"
STATISTICS = "NIC statistics:\n     rx_packets: 7\n"
UNAME = "Linux web1 5.14.0-1.el9.x86_64 #1 SMP Thu Feb 3 13:50:55 UTC 2022 x86_64 x86_64 x86_64 GNU/Linux\n"
NETWORKING = "sos_commands/networking/"

#: A sosreport as sos 4.12 makes it: the host's own links, outputs by plugin.
SOSREPORT = {
    "version.txt": "sosreport: 4.12.0\n",
    "proc/19234/net/softnet_stat": SOFTNET,
    "proc/19234/net/dev": NET_DEV,
    "proc/self": ("link", "19234"),
    "proc/net": ("link", "self/net"),
    "proc/stat": "cpu  9\ncpu0 100 0 0 359900 0 0 0 0 0 0\nbtime 1795734000\n",
    "sys/devices/pci0000:00/0000:00:03.0/net/eth0/statistics/rx_dropped": "5\n",
    "sys/class/net/eth0": ("link", "../../devices/pci0000:00/0000:00:03.0/net/eth0"),
    "etc/sysctl.d/99-x.conf": "net.core.rmem_max = 1\n",
    NETWORKING + "ethtool_-S_eth0": STATISTICS,
    NETWORKING + "ethtool_-g_bond0.100": "Ring parameters for bond0.100:\n",
    NETWORKING + "ethtool_-S_vlan_x": STATISTICS,
    NETWORKING + "ethtool_-S_eth0.1": "NIC statistics:\n     rx_packets: 8\n",
    NETWORKING + "ethtool_-m_eth0": "no\n",
    NETWORKING + "ip_-s_-d_link": "1: lo: <UP> mtu 1\n    link/ether 53:4f:53:00:00:01 brd ff:ff\n",
    NETWORKING + "namespaces/blue/ip_netns_exec_blue_ethtool_-S_eth0": STATISTICS,
    "sos_commands/kernel/uname_-a": UNAME,
    "sos_commands/kernel/sysctl_-a": "net.core.rmem_max = 1\n",
    "uname": ("link", "sos_commands/kernel/uname_-a"),
    "sos_commands/sar/sa26.xml": "<sysstat/>\n",
    "var/log/sa/sa26": b"\x96\xd5\0",
    "var/log/sa/sar26": "Linux 5.14\n",
}
TOP = "sosreport-web1-2026-11-26-abcdefg"


def manifest(**plugins):
    return json.dumps({"version": "4.12.0", "components": {"report": {"plugins": plugins}}})


@pytest.fixture(name="report")
def report_fixture(tmp_path):
    """Makes a sosreport with some files changed or added (None: without them), and returns its folder."""

    def make(changed=(), name=TOP):
        top = tmp_path / "reports" / name
        write_tree(top, {path: text for path, text in {**SOSREPORT, **dict(changed)}.items() if text is not None})
        return top

    return make


def only(path):
    (found,) = captures_of(str(path))
    return found


def key(words, interface=None, namespace=None):
    return words, interface, namespace


@pytest.mark.parametrize("form", ["folder", "tar", "tar.gz", "tar.xz", "tar.bz2", "zip"])
def test_a_sosreport(report, tmp_path, form):
    top = report()
    found = only(top if form == "folder" else pack(top, form, tmp_path / ("report." + form)))
    assert (found.name, found.layout, found.problems) == ("web1", "sosreport", [])
    files = found.files
    assert files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert files.read("/sys/class/net/eth0/statistics/rx_dropped") == b"5\n"
    assert files.real("/sys/class/net/eth0") == b"/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
    assert sorted(files.names("/proc/net")) == [b"dev", b"softnet_stat"]
    assert found.text(captured.STATISTICS, "eth0") == STATISTICS
    assert found.output(captured.STATISTICS, "vlan@x").place == NETWORKING + "ethtool_-S_vlan_x"
    assert key(captured.RINGS, "bond0.100") in found.outputs
    assert key(captured.STATISTICS, "eth0", "blue") in found.outputs
    assert found.masked
    assert [name.rpartition("/")[2] for name, _text in found.sar] == ["sa26.xml", "sar26"]


def test_what_a_sosreport_has_not_is_told_by_the_name_of_the_member(report):
    found = only(report())
    with pytest.raises(Unavailable) as raised:
        found.output(captured.RSS, "eth0")
    assert raised.value.reason == "absent"
    assert raised.value.detail == f"{NETWORKING}ethtool_-x_eth0 (ethtool -x eth0) is not in this capture"
    with pytest.raises(Unavailable, match="/proc/interrupts: is not in this capture"):
        found.files.read("/proc/interrupts")


@pytest.mark.parametrize("words", [*captured.OF_INTERFACE, *captured.OF_HOST], ids=" ".join)
@pytest.mark.parametrize("layout", [sosreport, insights], ids=lambda layout: layout.LAYOUT)
def test_every_output_that_anybody_asks_for_is_kept_of_an_archive(layout, words):
    """A name that a folder is asked for, and that is not wanted of an archive, would make two documents of them."""
    interface = "bond0.100" if words in captured.OF_INTERFACE else None
    place = layout.would_be(key(words, interface))
    assert index.wanted(b"/top/" + place.encode("utf-8"))
    assert question_of_name(place.rpartition("/")[2])[:2] == (words, interface)


def test_a_sosreport_that_has_lost_its_links(report):
    top = report({"proc/self": None, "proc/net": None, "sys/class/net/eth0": None})
    files = only(top).files
    assert files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert files.read("/sys/class/net/eth0/statistics/rx_dropped") == b"5\n"


@pytest.mark.parametrize("place", ["", "extra/"])
def test_the_old_form_of_namespaces(report, place):
    name = "ip_netns_exec_blue_netstat_-s"
    found = only(report({NETWORKING + name: "Ip:\n"}))
    assert key(captured.NETSTAT, None, "blue") in found.outputs


def test_what_sos_cut_is_not_read_as_a_whole(report):
    changed = {
        NETWORKING + "ip_-s_-d_link": ("link", "../../sos_strings/networking/ip_-s_-d_link.tailed"),
        "sos_strings/networking/ip_-s_-d_link.tailed": "the end\n",
        "sos_reports/manifest.json": manifest(
            networking={
                "commands": [
                    {"filepath": NETWORKING + "ethtool_-S_eth0", "truncated": True},
                    {"filepath": NETWORKING + "ethtool_-g_bond0.100", "return_code": 124},
                ]
            }
        ),
    }
    found = only(report(changed))
    for words, interface, why in (
        (captured.IP_LINK, None, "only its end"),
        (captured.STATISTICS, "eth0", "limit of size"),
        (captured.RINGS, "bond0.100", "limit of time"),
    ):
        with pytest.raises(Unavailable, match=why) as raised:
            found.output(words, interface)
        assert raised.value.reason == "malformed"


#: 2026-11-26 13:00:00 UTC.
NOON = 1795698000 - 1795698000 % 60


def plugins_of(zone_s):
    def local(seconds):
        import time

        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds + zone_s)) + ".500000"

    return manifest(
        date={
            "start_time": local(NOON - 1),
            "commands": [{"filepath": "sos_commands/date/date", "start_time": NOON - 0.4, "end_time": NOON}],
        },
        networking={
            "start_time": local(NOON),
            "commands": [
                {"filepath": NETWORKING + "x", "start_time": NOON - 3.0},
                {"filepath": NETWORKING + "ip_-s_-d_link", "start_time": NOON + 0.9},
                {"filepath": NETWORKING + "ethtool_-S_eth0", "start_time": NOON + 40.25},
            ],
        },
    )


@pytest.mark.parametrize("zone_s", [0, 3600, -18000, 20700, 45900, -12600])
def test_the_clock_of_a_manifest(report, zone_s):
    found = only(report({"sos_reports/manifest.json": plugins_of(zone_s)}))
    assert found.zone_offset_s == zone_s
    assert found.taken == pytest.approx(NOON + 0.5) and found.taken_precision_s == pytest.approx(0.4)
    assert found.taken_from == "sos_reports/manifest.json"
    assert found.output(captured.STATISTICS, "eth0").taken_at_s == NOON + 40.25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"components": 1}',
        '{"components": {"report": {"plugins": []}}}',
        "[" * 100000,
        manifest(
            networking=None, kernel={"commands": 5}, date={"commands": [None, {"filepath": 3, "start_time": "x"}]}
        ),
        manifest(
            networking={"start_time": 5, "commands": [{"filepath": "a", "start_time": 1e400, "truncated": "yes"}]}
        ),
        manifest(networking={"start_time": "x" * 5000, "commands": [{"start_time": True}, {"start_time": -1}]}),
    ],
)
def test_a_manifest_that_is_none_tells_nothing(report, text):
    found = only(report({"sos_reports/manifest.json": text}))
    assert found.zone_offset_s is None and found.text(captured.STATISTICS, "eth0") == STATISTICS


@pytest.mark.parametrize(
    "changed, taken, told",
    [
        ({"sos_commands/date/date_--utc": "Thu Nov 26 13:00:00 UTC 2026\n"}, 1795698000, "date_--utc"),
        ({"sos_commands/date/date": "Thu Nov 26 13:00:00 UTC 2026\n"}, 1795698000, "date/date"),
        ({"sos_commands/general/date": "Thu Nov 26 14:00:00 +01 2026\n"}, 1795698000, "general/date"),
        ({"sos_commands/host/uptime": " 13:00 up 50 min,  1 user\n"}, 1795734000 + 3000, "uptime"),
        # 3,600 s of ticks of cpu0.
        ({}, 1795734000 + 3600, "ticks"),
        ({"sos_commands/date/date": "Thu Nov 26 13:00:00 CST 2026\n"}, 1795734000 + 3600, "ticks"),
        ({"proc/stat": None}, None, None),
    ],
)
def test_when_it_was_taken_without_a_manifest(report, changed, taken, told):
    found = only(report(changed))
    assert found.taken == taken
    assert told is None if found.taken_from is None else told in found.taken_from


def test_the_time_of_files_is_believed_where_the_ticks_agree(report, tmp_path):
    top = report()
    for name, seconds in (("ethtool_-S_eth0", 1795734000 + 3700), ("ip_-s_-d_link", 1795734000 + 3701)):
        os.utime(top / NETWORKING / name, (seconds, seconds))
    for path in (top / "sos_commands").rglob("*"):
        if path.is_file() and path.name not in ("ethtool_-S_eth0", "ip_-s_-d_link"):
            os.utime(path, (1795734000 + 3800, 1795734000 + 3800))
    found = only(pack(top, "tar.xz", tmp_path / "report.tar.xz"))
    assert found.taken == 1795734000 + 3700 and "ethtool_-S_eth0" in found.taken_from
    # Unpacked and packed again by somebody much later.
    for path in (top / "sos_commands").rglob("*"):
        os.utime(path, (1795734000 + 90 * 86400,) * 2, follow_symlinks=False)
    assert "ticks" in only(pack(top, "tar.gz", tmp_path / "again.tar.gz")).taken_from


def test_several_reports_in_one_archive_or_folder(report, tmp_path):
    other = UNAME.replace("web1", "web2")
    first, second = report(), report({"sos_commands/kernel/uname_-a": other}, "sosreport-web2-2026-11-26-bcdefgh")
    assert [each.name for each in captures_of(str(first.parent))] == ["web1", "web2"]
    assert [each.name for each in captures_of(pack(first.parent, "tar.xz", tmp_path / "all.tar.xz"))] == [
        "web1",
        "web2",
    ]
    folder = tmp_path / "sent"
    folder.mkdir()
    for top in (first, second):
        pack(top, "tar.xz", folder / (top.name + ".tar.xz"))
    (folder / "broken.tar.xz").write_bytes(b"\xfd7zXZ\0" + b"x" * 900)
    told = []
    assert [each.name for each in captures_of(str(folder), told=told.append)] == ["web1", "web2"]
    assert len(told) == 1 and "broken.tar.xz" in told[0] and "checksum" in told[0]
    # sos collect: a tar of tars.
    assert [each.name for each in captures_of(pack(folder, "tar", tmp_path / "collected.tar"))] == ["web1", "web2"]


def test_a_folder_of_archives_that_are_asked_for_one_by_one(report, tmp_path):
    pack(report(), "tar.xz", tmp_path / "reports" / "one.tar.xz")
    shutil.rmtree(tmp_path / "reports" / TOP)
    with pytest.raises(CaptureError, match="expected a sosreport"):
        list(captures_of(str(tmp_path / "reports"), inner=False))


def test_a_report_in_a_report_is_a_part_of_it(report):
    top = report()
    write_tree(top / "var/tmp/sosreport-old", {"sos_commands/kernel/uname_-a": UNAME.replace("web1", "old")})
    assert only(top).name == "web1"


def test_many_thousands_of_reports_in_one_archive_end(tmp_path):
    members = Members("many", "tar")
    for number in range(4000):
        members.add(b"/%d/sos_commands/x" % number, Entry(FILE))
    assert len(index.roots(members)) == 4000
    # Each is looked at alone: together they cost what they are.
    assert sum(1 for _capture in index.captures(members)) == 4000


def test_what_is_no_capture_is_told(tmp_path):
    write_tree(tmp_path / "x", {"holiday.jpg": b"\xff\xd8", "a/b": "text\n"})
    with pytest.raises(CaptureError, match=r"expected a sosreport, a supportconfig, .*ethtool_-S_eth0"):
        list(captures_of(str(tmp_path / "x")))


# -- supportconfig


def blocks(*told):
    return "".join(f"#==[ {kind} ]{'=' * 20}#\n# {what}\n{text}\n" for kind, what, text in told)


SUPPORTCONFIG = {
    "basic-environment.txt": "=" * 70
    + "\n"
    + blocks(
        ("Command", "/bin/date", "Thu Nov 26 13:00:00 UTC 2026\n"),
        ("Command", "/bin/uname -a", UNAME),
        ("Configuration File", "/etc/os-release", 'NAME="SLES"\n'),
    ),
    "network.txt": blocks(
        ("Command", "/sbin/ip -stats link", "1: lo: <UP> mtu 65536\n"),
        ("Command", "/usr/bin/nstat -az", "#kernel\nIpInReceives 12 0.0\n"),
        ("Command", "/usr/sbin/ethtool -S eth0", STATISTICS + "#not a block\n\n"),
        ("Command", "/usr/sbin/ethtool --show-coalesce eth0", "Coalesce parameters for eth0:\n"),
        ("Command", "/sbin/tc -s -d qdisc show dev eth0", "qdisc mq 0: root\n"),
        ("Command", "/usr/sbin/ethtool -m eth0", "no\n"),
        ("Command", "/usr/bin/ss -nap", "ERROR: Command not found or not executable\n"),
        ("Configuration File", "/proc/net/bonding/bond0", "Ethernet Channel Bonding Driver: v5\n"),
        ("Configuration File", "/etc/sysctl.conf - File not found", ""),
        ("Verification", "rpm -V wicked", "# Verification Status: Passed\n"),
    ),
    "network-blue.txt": blocks(("Command", "/sbin/ip netns exec blue /usr/sbin/ethtool -S eth1", STATISTICS)),
    "memory.txt": blocks(("Configuration File", "/proc/meminfo", "MemTotal: 16 kB\n")),
    "env.txt": blocks(("Command", "/sbin/sysctl -a", "net.core.rmem_max = 1\n")),
    "messages.txt": "x" * 1000,
    "sar/sar20261126": "Linux\n",
    "sar/sa20261126": b"\0",
}


@pytest.mark.parametrize("form", ["folder", "tar.xz"])
def test_a_supportconfig(tmp_path, form):
    top = tmp_path / "scc_web1_261126_1300"
    write_tree(top, SUPPORTCONFIG)
    found = only(top if form == "folder" else pack(top, form, tmp_path / "scc.txz"))
    assert (found.name, found.layout, found.taken) == ("web1", "supportconfig", 1795698000)
    assert found.text(captured.STATISTICS, "eth0") == STATISTICS + "#not a block\n"
    assert found.output(captured.STATISTICS, "eth0").place.startswith("network.txt line ")
    assert found.text(captured.NSTAT).startswith("#kernel\n")
    assert {key(captured.TC, "eth0"), key(captured.COALESCE, "eth0"), key(captured.SYSCTL)} <= set(found.outputs)
    assert found.text(captured.STATISTICS, "eth1", "blue") == STATISTICS
    with pytest.raises(Unavailable, match="the host has no ss"):
        found.output(captured.SS)
    assert found.files.read("/proc/net/bonding/bond0").startswith(b"Ethernet")
    assert found.files.read("/proc/meminfo") == b"MemTotal: 16 kB\n" and not found.files.exists("/etc/sysctl.conf")
    assert [name for name, _text in found.sar] == ["sar/sar20261126"]
    assert found.would_be(key(captured.RINGS, "eth0")) == "network.txt"
    assert found.would_be(key(captured.RSS, "eth0")) is None


def test_the_line_of_a_block_is_that_of_the_text(tmp_path):
    write_tree(tmp_path / "scc", SUPPORTCONFIG)
    for output in only(tmp_path / "scc").outputs.values():
        if isinstance(output, captured.Output):
            name, _line, number = output.place.split(" ")
            assert SUPPORTCONFIG[name].splitlines()[int(number) - 1] == "#==[ Command ]" + "=" * 20 + "#"


# -- Insights


@pytest.mark.parametrize("tree", ["data/", "data/root/", ""])
def test_an_insights_archive(tmp_path, tree):
    top = tmp_path / "insights-web1-20261126130000"
    commands = "" if not tree else "data/"
    write_tree(
        top,
        {
            f"{commands}insights_commands/ethtool_-S_eth0": STATISTICS,
            f"{commands}insights_commands/uname_-a": UNAME,
            f"{commands}insights_commands/date": "Thu Nov 26 13:00:00 UTC 2026\n",
            f"{tree}proc/net/softnet_stat": SOFTNET,
            f"{tree}etc/sysctl.conf": "a = 1\n",
        },
    )
    found = only(pack(top, "tar.gz", tmp_path / "insights.tar.gz"))
    assert (found.name, found.layout, found.taken) == ("web1", "insights", 1795698000)
    assert found.text(captured.STATISTICS, "eth0") == STATISTICS
    assert found.files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert found.files.read("/etc/sysctl.conf") == b"a = 1\n"


# -- sysinfo-snapshot


def page(**told):
    """As sysinfo-snapshot.py 3.7.9 writes it."""
    text = "<html><body><pre><a name=sec1></a><small><a href=#index>[Index]</a></small> "
    for title, content in told.items():
        content = html.escape(content, quote=False)
        if title != "ethtool_all_interfaces":
            content = content.replace("\t", "&nbsp;" * 4).replace("\n", "<br/>")
        text += f"<h2>{title}</h2><p>{content}</p><a name=secx></a><small><a href=#sec2>[next>>]</a></small>\n"
    return text + "</body></pre></html>"


def test_a_sysinfo_snapshot(tmp_path):
    rule = "\n____________\n\n"
    ethtool = "ethtool version 6.9\n\n\n" + rule.join(
        [
            "ethtool  eth0.100\nSettings for eth0.100:\n\tSpeed: 25000Mb/s",
            "ethtool -g eth0.100\nRing parameters for eth0.100:\nRX:\t\t8192",
            "ethtool -x eth0.100\nCould not run command: ethtool -x eth0.100",
            "",
        ]
    )
    top = tmp_path / "sysinfo-snapshot-v3.7.9-web1-20261126-1300"
    write_tree(
        top,
        {
            "ethtool_S/ethtool_S_eth0100": STATISTICS,
            "commands_txt_output/interrupts": "           CPU0\n  1:  5 x\n",
            "commands_txt_output/sysctl_a": "net.core.rmem_max = 1\n",
            "sysinfo-snapshot-v3.7.9-web1-20261126-1300.html": page(
                **{
                    "ethtool_all_interfaces": ethtool,
                    "netstat -s": "Ip:\n    1 total <packets> & more",
                    "hostname": "web1",
                    "/proc/net/softnet_stat": SOFTNET,
                    "/proc/uptime": "5.00 6.00\n",
                    "ip -s -s link show": "1: lo: <UP> mtu 1\n\tx",
                }
            ),
        },
    )
    found = only(pack(top, "tar.gz", tmp_path / "snapshot.tgz"))
    assert (found.name, found.layout) == ("web1", "sysinfo_snapshot")
    assert found.text(captured.STATISTICS, "eth0.100") == STATISTICS
    assert found.text(captured.ETHTOOL, "eth0.100") == "Settings for eth0.100:\n\tSpeed: 25000Mb/s\n"
    assert found.text(captured.RINGS, "eth0.100") == "Ring parameters for eth0.100:\nRX:\t\t8192\n"
    with pytest.raises(Unavailable, match="the command failed"):
        found.output(captured.RSS, "eth0.100")
    assert found.text(captured.NETSTAT) == "Ip:\n    1 total <packets> & more\n"
    assert found.text(captured.IP_LINK) == "1: lo: <UP> mtu 1\n\tx\n"
    assert found.files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert found.files.read("/proc/interrupts").startswith(b"           CPU0\n")
    assert found.text(captured.SYSCTL) == "net.core.rmem_max = 1\n"


# -- loose files


def test_loose_files(tmp_path):
    write_tree(
        tmp_path / "ticket",
        {
            "ethtool -S eth0.txt": STATISTICS.replace("\n", "\r\n").rstrip(),
            "softnet_stat": "[root@web1 ~]# cat /proc/net/softnet_stat\n" + SOFTNET.rstrip(),
            "uname": UNAME,
            "notes.txt": "it loses packets\n",
            "timestamp": "1795698000.5\n",
            "sys/class/net/eth0/mtu": "1500\n",
        },
    )
    found = only(tmp_path / "ticket")
    assert (found.name, found.layout, found.taken, found.taken_from) == ("web1", "loose", 1795698000.5, "timestamp")
    assert found.text(captured.STATISTICS, "eth0") == STATISTICS
    assert found.files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert found.files.read("/sys/class/net/eth0/mtu") == b"1500\n"


def test_what_was_copied_from_a_terminal(tmp_path):
    rings = "Ring parameters for eth0:\nPre-set maximums:\nRX:\t\t4096\n"
    write_tree(
        tmp_path / "ticket",
        {
            "terminal.txt": (
                "hello, this is what I see:\n"
                f"[root@web1 ~]# ethtool -S eth0\n{STATISTICS}[root@web1 ~]# ls\nfile\n"
                f"[root@web1 ~]# cat /proc/net/softnet_stat\n{SOFTNET}"
                f"[root@web1 ~]# ethtool -g eth0\n{rings}[root@web1 ~]# "
            ),
            "other.log": "Coalesce parameters for eth0:\nrx-usecs: 8\n",
        },
    )
    assert only(tmp_path / "ticket" / "terminal.txt").text(captured.RINGS, "eth0") == rings
    found = only(tmp_path / "ticket")
    assert found.text(captured.STATISTICS, "eth0") == STATISTICS
    assert found.output(captured.STATISTICS, "eth0").place == "terminal.txt line 2"
    assert found.text(captured.RINGS, "eth0") == rings
    assert found.text(captured.COALESCE, "eth0") == "Coalesce parameters for eth0:\nrx-usecs: 8\n"
    assert found.files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")


@pytest.mark.parametrize("form", ["folder", "tar.gz"])
def test_loose_samples_of_one_host_in_the_order_of_their_names(tmp_path, form):
    top = tmp_path / "web1"
    write_tree(
        top,
        {
            "lscpu": "CPU(s): 4\n",
            "after/softnet_stat": SOFTNET.replace("00000001", "00000009"),
            "before/softnet_stat": SOFTNET,
            "after/timestamp": "1795698010\n",
            "before/timestamp": "1795698000\n",
        },
    )
    place = top if form == "folder" else pack(top, form, tmp_path / "web1.tar.gz")
    before, after = captures_of(str(place))
    assert before.name == after.name == "web1"
    assert (before.taken, after.taken) == (1795698000, 1795698010)
    assert before.files.read("/proc/net/softnet_stat") == SOFTNET.encode("utf-8")
    assert before.text(captured.LSCPU) == after.text(captured.LSCPU) == "CPU(s): 4\n"


def test_loose_files_of_several_hosts(tmp_path):
    write_tree(
        tmp_path / "all",
        {
            "web1/1/softnet_stat": SOFTNET,
            "web1/2/softnet_stat": SOFTNET,
            "web1/10/softnet_stat": SOFTNET,
            "web2/softnet_stat": SOFTNET,
            "web2/ethtool/S/eth0": STATISTICS,
        },
    )
    found = list(captures_of(str(tmp_path / "all")))
    assert [each.name for each in found] == ["web1", "web1", "web1", "web2"]
    assert found[3].text(captured.STATISTICS, "eth0") == STATISTICS


def test_two_files_that_say_the_same(tmp_path):
    write_tree(tmp_path / "x", {"ethtool_-S_eth0": STATISTICS, "ethtool -S eth0.txt": STATISTICS})
    found = only(tmp_path / "x")
    assert len(found.problems) == 1 and "left out" in found.problems[0]
