# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readers of the CPU side on text that nobody of this project wrote."""

import fnmatch
import os
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    cpu_times,
    cpu_topology,
    interrupts,
    memory,
    softirqs,
    softnet,
)
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def text_of(captures, path):
    return fake_host.folder_host(captures).text("/" + path)


def files(captures, *patterns):
    """The files whose name matches one of the patterns, by their path below the captures."""
    found = []
    for folder, _folders, names in os.walk(captures):
        for name in names:
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                found.append(os.path.relpath(os.path.join(folder, name), captures))
    assert found, patterns
    return sorted(found)


def delta(captures, folder, cpu, field):
    before, after = (
        softnet.parse(text_of(captures, f"provoked/{folder}/{when}/proc_net_softnet_stat"), [0, 1])["cpus"][cpu][field]
        for when in ("before", "after")
    )
    return after - before


# softnet_stat


@pytest.mark.parametrize(
    "path, online, columns, cpu, field, expected",
    [
        ("netutils-linux/softnet_stat/softnet_stat1", 8, 10, "0", "processed", 0x1BA0FBC3),
        ("netutils-linux/softnet_stat/softnet_stat1", 8, 10, "7", "time_squeeze", 0xC3),
        ("netutils-linux/softnet_stat/softnet_stat5", 8, 10, "0", "flow_limit_count", None),
        ("netutils-linux/strange-cpu/softnet-stat", 8, 10, "1", "time_squeeze", 0x23E7),
        ("node_exporter/proc/net/softnet_stat", 4, 11, "1", "dropped", 0x29),
        ("node_exporter/proc/net/softnet_stat", 4, 11, "3", "backlog_len", None),
        ("hotsos/kubernetes/proc/96008/net/softnet_stat", 2, 11, "1", "processed", 0x228BC),
        ("hotsos/rabbitmq/proc/123803/net/softnet_stat", 2, 11, "0", "time_squeeze", 0x114),
        ("provoked/udp-rcvbuf-overflow/before/proc_net_softnet_stat", 2, 15, "0", "received_rps", 1),
        ("provoked/tcp-listen-overflow/after/proc_net_softnet_stat", 2, 15, "1", "processed", 0x951C),
        ("provoked/tcp-listen-overflow/after/proc_net_softnet_stat", 2, 15, "1", "process_qlen", 0),
    ],
)
def test_softnet(captures, path, online, columns, cpu, field, expected):
    found = softnet.parse(text_of(captures, path), list(range(online)))
    assert found["columns"] == columns
    assert list(found["cpus"]) == [str(number) for number in range(online)]
    assert found["cpus"][cpu][field] == expected


def test_every_softnet_file_is_read_or_refused_with_a_reason(captures):
    refused = []
    for path in files(captures, "softnet_stat*", "softnet-stat", "proc_net_softnet_stat"):
        text = text_of(captures, path)
        try:
            softnet.parse(text, list(range(len(text.splitlines()))))
        except Unavailable as error:
            assert error.reason == "malformed"
            refused.append((path, error.detail))
    assert refused == [
        (
            "prometheus-procfs/proc/net/softnet_stat",
            "/proc/net/softnet_stat: expected lines of the same number of columns, found 9 and 10 and 11 and 13",
        ),
        (
            "prometheus-procfs/proc/net/softnet_stat.broken",
            "/proc/net/softnet_stat: expected 9, 10, 11, 13 or at least 15 columns, found 4",
        ),
    ]


def test_the_two_rows_of_13_columns_of_procfs(captures):
    lines = text_of(captures, "prometheus-procfs/proc/net/softnet_stat").splitlines(True)
    found = softnet.parse("".join(lines[:2]), None)
    # 0xdc stands in column 11: it is the backlog of CPU 1, not the id of a CPU 220.
    assert list(found["cpus"]) == ["0", "1"]
    assert found["cpus"]["0"]["received_rps"] == 0x855FC
    assert found["cpus"]["0"]["flow_limit_count"] == 0x76
    assert found["cpus"]["1"]["received_rps"] == 0x8EEB9A
    assert found["cpus"]["1"]["backlog_len"] == 0xDC
    assert found["cpus"]["1"]["input_qlen"] is None


@pytest.mark.parametrize(
    "line, columns, cpu_collision, received_rps, flow_limit_count",
    [(2, 11, 4, 3, 2), (3, 9, 0x20E76, None, None), (4, 10, 0x20, 0x10, None)],
)
def test_the_older_rows_of_procfs_one_by_one(captures, line, columns, cpu_collision, received_rps, flow_limit_count):
    text = text_of(captures, "prometheus-procfs/proc/net/softnet_stat").splitlines(True)[line]
    found = softnet.parse(text, [5])
    assert found["columns"] == columns
    assert found["cpus"]["5"]["cpu_collision"] == cpu_collision
    assert found["cpus"]["5"]["received_rps"] == received_rps
    assert found["cpus"]["5"]["flow_limit_count"] == flow_limit_count
    assert found["cpus"]["5"]["backlog_len"] is None


def test_the_backlog_drops_that_were_provoked(captures):
    folder = "softnet-backlog-rps-one-cpu"
    assert delta(captures, folder, "1", "dropped") == 195095
    assert delta(captures, folder, "0", "dropped") == 0
    assert delta(captures, folder, "1", "received_rps") == 0x4CC47


@pytest.mark.parametrize("folder", ["udp-rcvbuf-overflow", "tcp-listen-overflow"])
def test_loss_behind_the_backlog_is_none_of_the_backlog(captures, folder):
    assert [delta(captures, folder, cpu, "dropped") for cpu in "01"] == [0, 0]


# /proc/interrupts


def test_every_interrupts_file(captures):
    blanks = set()
    for path in files(captures, "interrupts*"):
        text = text_of(captures, path)
        found = interrupts.parse(text)
        numbered = dict(re.findall(r"^ *([0-9]+):(.*)$", text, re.MULTILINE))
        assert set(found) == set(numbered), path
        cpus = len(text.splitlines()[0].split())
        for irq, row in found.items():
            numbers = [int(word) for word in numbered[irq].split()[:cpus]]
            assert sum(row["counts"].values()) == sum(numbers), (path, irq)
            assert len(row["counts"]) == len([number for number in numbers if number]), (path, irq)
            assert re.match(r"(IR-)?(PCI-MSI|IO-APIC|HPET_MSI)$|DMAR_MSI$|ITS-MSI$|GICv3$|ARMH0061:00$", row["chip"])
            blanks.update(action for action in row["actions"] if " " in action)
    # Nothing of the columns before the actions got into them, and a name with a blank is whole.
    assert blanks == {"PCIe PME"}


@pytest.mark.parametrize(
    "path, irq, expected",
    [
        (
            "node_exporter/proc/interrupts_aarch64",
            "58",
            {
                "chip": "ITS-MSI",
                "hwirq": "81921",
                "actions": ["eth0-Tx-Rx-0"],
                "counts": {"2": 1195697946, "3": 437},
            },
        ),
        (
            "hotsos/openstack/proc/interrupts",
            "10",
            {"chip": "IO-APIC", "hwirq": "10", "actions": ["virtio10", "ehci_hcd:usb1", "uhci_hcd:usb2"], "counts": {}},
        ),
        (
            "prometheus-procfs/proc/interrupts",
            "36",
            {"chip": "PCI-MSI", "hwirq": "16385", "actions": ["virtio0-input.0"], "counts": {"1": 335, "2": 37}},
        ),
    ],
)
def test_interrupts(captures, path, irq, expected):
    assert interrupts.parse(text_of(captures, path), {irq}) == {irq: expected}


@pytest.mark.parametrize(
    "path, irq, actions",
    [
        ("netutils-linux/strange-cpu/interrupts", "61", ["eth1-TxRx-0"]),
        ("netutils-linux/rss-ladder/igb.E5606/interrupts", None, ["eth5-tx-3"]),
        ("netutils-linux/server-info/kvm.l3.masterconf/interrupts", None, ["virtio0-virtqueues"]),
        ("netutils-linux/server-info/2xE5-2687W.2xQLogic.L3_manual/interrupts", None, ["eth1-tx-0-rx-3"]),
        ("node_exporter/proc/interrupts_aarch64", None, ["eth0-Tx-Rx-7"]),
    ],
)
def test_the_last_actions(captures, path, irq, actions):
    found = interrupts.parse(text_of(captures, path))
    row = found[irq] if irq else list(found.values())[-1]
    assert row["actions"] == actions


# /proc/softirqs


def test_every_softirqs_file(captures):
    for path in files(captures, "softirqs*", "proc_softirqs"):
        found = softirqs.parse(text_of(captures, path))
        for kinds in found.values():
            assert len(kinds) == 10, path
            assert {"NET_RX", "NET_TX"} < set(kinds), path
            assert len({"IRQ_POLL", "BLOCK_IOPOLL"} & set(kinds)) == 1, path


@pytest.mark.parametrize(
    "path, cpus", [("jc/linux-proc/softirqs", 128), ("netutils-linux/softirqs/dualcore/softirqs1", 4)]
)
def test_softirqs_has_the_possible_cpus(captures, path, cpus):
    assert list(softirqs.parse(text_of(captures, path))) == [str(cpu) for cpu in range(cpus)]


# /proc/stat, meminfo, zoneinfo, topology


@pytest.mark.parametrize(
    "path, cpus, cpu, expected",
    [
        ("node_exporter/proc/stat", 8, "0", [44490, 19, 21045, 1087069, 220, 1, 3410, 0, 2, 1]),
        ("prometheus-procfs/proc/stat", 8, "1", [47869, 23, 16474, 1110787, 591, 0, 46, 0, 0, 0]),
        ("hotsos/kubernetes/proc/stat", 2, "0", [34101, 414, 11344, 100219, 6601, 0, 361, 113, 0, 0]),
        ("jc/linux-proc/stat", 2, "0", [2784, 137, 4367, 1732802, 225, 0, 221, 0, 0, 0]),
    ],
)
def test_cpu_times(captures, path, cpus, cpu, expected):
    found = cpu_times.parse(text_of(captures, path))
    assert list(found) == [str(number) for number in range(cpus)]
    assert [found[cpu][field] for field in cpu_times.FIELDS] == expected


def test_every_meminfo_file(captures):
    totals = {
        path: memory.parse_meminfo(text_of(captures, path), path)["MemTotal"] for path in files(captures, "meminfo")
    }
    assert totals["prometheus-procfs/proc/meminfo"] == 15666184 * 1024
    assert totals["node_exporter/sys/devices/system/node/node1/meminfo"] == 134217728 * 1024
    assert all(total > 1 << 28 for total in totals.values())


def test_every_zoneinfo_file(captures):
    for path in files(captures, "zoneinfo*"):
        zones = memory.parse_zoneinfo(text_of(captures, path))
        assert "0/Normal" in zones, path
        for zone in zones.values():
            assert None not in zone.values(), path
            assert zone["min_pages"] <= zone["low_pages"] <= zone["high_pages"], path


def test_two_nodes_and_numbers_of_zoneinfo(captures):
    zones = memory.parse_zoneinfo(text_of(captures, "jc/linux-proc/zoneinfo2"))
    assert len(zones) == 10
    assert zones["1/Normal"] == {
        "free_pages": 5113,
        "min_pages": 4097,
        "low_pages": 5121,
        "high_pages": 6145,
        "protection_pages": [0, 0, 0, 0, 0],
        "managed_pages": 236634,
    }


@pytest.mark.parametrize(
    "host, field, expected",
    [
        ("prometheus-procfs", "isolated", [1, 2, 3, 4, 5, 6, 7, 9]),
        ("node_exporter", "online", [0, 1, 2, 3]),
        ("node_exporter", "isolated", [1, 3, 4, 5, 9]),
        ("hotsos/kubernetes", "possible", [0, 1]),
        ("hotsos/kubernetes", "nodes", None),
        ("hotsos/openstack", "nodes", {"0": [0, 1]}),
    ],
)
def test_topology(captures, host, field, expected):
    gaps = Gaps()
    found = cpu_topology.read(fake_host.folder_host(os.path.join(captures, host)), gaps.at("cpus"))
    assert found[field] == expected
    assert ("/cpus/" + field in [entry["path"] for entry in gaps.entries]) == (expected is None)


def test_the_packages_of_node_exporter(captures):
    topology = cpu_topology.read(fake_host.folder_host(os.path.join(captures, "node_exporter")), Gaps())["topology"]
    assert [topology[cpu]["package"] for cpu in "0123"] == [0, 0, 1, 1]
