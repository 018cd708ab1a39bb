# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import owners
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

INITIAL = {"/proc/self/ns/pid": "pid:[4026531836]"}


def test_a_host_with_everything(host):
    gaps = Gaps()
    reader = host(
        {
            "/proc/1/comm": "systemd\n",
            "/proc/612/comm": "irqbalance\n",
            "/proc/612/cmdline": "/usr/sbin/irqbalance\0--foreground\0--banirq=34\0",
            "/proc/700/comm": "NetworkManager\n",
            "/proc/701/comm": "systemd-network\n",
            "/proc/702/comm": "tuned\n",
            "/proc/2000/comm": "irqbalance\n",
            "/etc/sysconfig/irqbalance": '# x\nIRQBALANCE_BANNED_CPULIST=\nIRQBALANCE_ARGS="--banirq=34"\nPATH=/bin\n',
            "/etc/tuned/active_profile": "throughput-performance\n",
        },
        INITIAL,
    )
    assert owners.read(reader, gaps) == {
        "irqbalance": {
            "running": True,
            "pid": 612,
            "arguments": ["--foreground", "--banirq=34"],
            "config": {"IRQBALANCE_BANNED_CPULIST": "", "IRQBALANCE_ARGS": "--banirq=34"},
            "config_files": ["/etc/sysconfig/irqbalance"],
        },
        "networkmanager": {"running": True, "pid": 700},
        "networkd": {"running": True, "pid": 701},
        "tuned": {"running": True, "pid": 702, "profile": "throughput-performance"},
    }
    assert gaps.entries == []


def test_a_host_with_nothing(host):
    gaps = Gaps()
    found = owners.read(host({"/proc/1/comm": "init\n"}, INITIAL), gaps.at("owners"))
    assert found == {
        "irqbalance": {"running": False, "config": {}, "config_files": []},
        "networkmanager": {"running": False},
        "networkd": {"running": False},
        "tuned": {"running": False, "profile": None},
    }
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/owners/tuned/profile", "absent")]


def test_in_a_container_not_found_is_not_stopped(host):
    gaps = Gaps()
    reader = host(
        {"/proc/1/comm": "sh\n", "/proc/7/comm": "tuned\n", "/etc/tuned/active_profile": "x\n"},
        {"/proc/self/ns/pid": "pid:[4026532178]"},
    )
    found = owners.read(reader, gaps)
    assert [found[key]["running"] for key in ("irqbalance", "networkmanager", "networkd", "tuned")] == [
        None, None, None, True,
    ]  # fmt: skip
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [
        ("/irqbalance/running", "not_visible"),
        ("/networkmanager/running", "not_visible"),
        ("/networkd/running", "not_visible"),
    ]


def test_processes_that_do_not_show_their_name(host, tmp_path):
    gaps = Gaps()
    host({"/proc/1/comm": "init\n", "/proc/9/comm": "tuned\n"}, INITIAL)
    reader = fake_host.folder_host(tmp_path, fake_host.refusing("/proc/9/"))
    assert owners.read(reader, gaps)["tuned"]["running"] is None
    assert {gap["reason"] for gap in gaps.entries if gap["path"].endswith("/running")} == {"unreadable"}


def test_unreadable_config_is_said(host, tmp_path):
    gaps = Gaps()
    host({"/proc/1/comm": "init\n"}, INITIAL)
    reader = fake_host.folder_host(tmp_path, fake_host.refusing("/etc/default/irqbalance"))
    assert owners.read(reader, gaps)["irqbalance"]["config"] == {}
    assert ("/irqbalance/config", "unreadable") in [(gap["path"], gap["reason"]) for gap in gaps.entries]


def test_later_config_file_overrides(host):
    reader = host(
        {
            "/proc/1/comm": "init\n",
            "/usr/lib/irqbalance/defaults.env": "IRQBALANCE_ARGS=--foo\nIRQBALANCE_ONESHOT=1\n",
            "/etc/default/irqbalance": "IRQBALANCE_ARGS='--bar'\n",
        },
        INITIAL,
    )
    irqbalance = owners.read(reader, Gaps())["irqbalance"]
    assert irqbalance["config"] == {"IRQBALANCE_ARGS": "--bar", "IRQBALANCE_ONESHOT": "1"}
    assert irqbalance["config_files"] == ["/usr/lib/irqbalance/defaults.env", "/etc/default/irqbalance"]


@pytest.mark.parametrize(
    "line, expected",
    [
        ("#IRQBALANCE_ARGS=x", {}),
        ("IRQBALANCE_ARGS", {}),
        ("  IRQBALANCE_ARGS=--a=b ", {"IRQBALANCE_ARGS": "--a=b"}),
        ("IRQBALANCE_ARGS=--policyscript=/x --y", {"IRQBALANCE_ARGS": "--policyscript=/x --y"}),
        ('OPTIONS="--hintpolicy=exact"', {"OPTIONS": "--hintpolicy=exact"}),
        ('IRQBALANCE_ARGS="half', {"IRQBALANCE_ARGS": '"half'}),
        ("SECRET=1", {}),
    ],
)
def test_parse_environment(line, expected):
    assert owners.parse_environment(line + "\n") == expected


def test_child_pid_namespace_says_that_it_is_blind(python_in_namespace):
    code = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import owners
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
gaps = Gaps()
found = owners.read(this_host(), gaps)
print(json.dumps([found["irqbalance"]["running"], gaps.entries[0]["reason"]]))
"""
    assert python_in_namespace('exec unshare --pid --fork --mount-proc "$@"', code) == [None, "not_visible"]
