# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that other tools give wrong on plain modern input, numbered, each with the right one.

What is judged on the controller (4 and 8, and the sums of 11) is in plugins/plugin_utils/test_wrong_findings.py.
"""

import os
import subprocess

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import cpu_topology
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def changed(path, text):
    """The files of the host with another text in one of them."""
    return dict(fake_host.files(), **{path: text})


def eth0_with(tmp_path, **answers):
    """eth0 as the document has it, of a driver that answers so."""
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    descriptions["eth0"].update(answers)
    return fake_host.document(tmp_path, descriptions=descriptions)["nics"]["eth0"]


def test_01_bytes_taken_for_text_on_python_3_when_a_ring_is_read(tmp_path):
    """A tool that reads rings from the output of a program gets bytes, searches them for text and dies.

    Changing a ring, which is what that tool was asked for, is no part of an audit: only the reading is tested here.
    """
    eth0 = eth0_with(tmp_path, rings={"rx_max_pending": 8192, "rx_pending": 1024, "tx_max_pending": 4096})
    assert (eth0["rings"]["rx"], eth0["rings"]["rx_max"], eth0["rings"]["tx_max"]) == (1024, 8192, 4096)
    assert eth0["driver"] == {"name": "mlx5_core", "version": "6.12.0", "firmware": "22.39", "bus": "0000:01:00.0"}


@pytest.mark.parametrize(
    "members, mask",
    [
        ([0], "1"),  # of 4 CPUs; the wrong one was 8
        ([4, 5, 6, 7], "f0"),  # of 8 CPUs; the wrong one was f
        (range(64), "ffffffff,ffffffff"),  # of 128 CPUs; the wrong one had the upper half, and no comma
        ([127], "80000000,00000000,00000000,00000000"),
        (range(32, 64), "ffffffff,00000000"),
    ],
)
def test_02_a_cpu_mask_in_reverse_and_without_commas(tmp_path, members, mask):
    """Writing masks is no part of an audit; they are read from files of sysfs, and written in advice."""
    assert cpus.format_mask(members) == mask
    (tmp_path / "rps_cpus").write_text(mask + "\n")
    assert cpu_topology.read_mask(fake_host.folder_host(tmp_path), "/rps_cpus") == list(members)


def test_02_a_cpu_mask_as_wide_as_the_host(tmp_path):
    """The kernel prints all words of a mask, the upper ones too where they are 0."""
    contents = changed(fake_host.ETH0 + "/queues/rx-0/rps_cpus", "00000000,00000000,ffffffff,ffffffff\n")
    fake_host.make(tmp_path, contents)
    queues = fake_host.document(tmp_path)["nics"]["eth0"]["queues"]
    assert queues["rx"]["0"]["rps_cpus"] == list(range(64))


def test_03_received_rps_from_a_wrong_column_and_the_cpu_by_the_position_of_its_row(tmp_path):
    row = "0000001{0} " + "00000000 " * 8 + "000855fc 00000000 00000000 0000000{0}\n"
    text = "".join(row.format(cpu) for cpu in (0, 3))
    fake_host.make(tmp_path, changed("/proc/net/softnet_stat", text))
    softnet = fake_host.document(tmp_path)["softnet"]
    assert (softnet["columns"], sorted(softnet["cpus"])) == (13, ["0", "3"])
    assert softnet["cpus"]["3"]["received_rps"] == {"total": 0x855FC, "delta": 0}
    assert softnet["cpus"]["3"]["processed"]["total"] == 0x13
    assert softnet["cpus"]["3"]["cpu_collision"]["total"] == 0


def test_05_adaptive_rx_always_unknown(tmp_path):
    coalesce = eth0_with(tmp_path, coalesce={"use_adaptive_rx_coalesce": 1})["coalesce"]
    assert (coalesce["adaptive_rx"], coalesce["adaptive_tx"]) == (True, False)


def test_06_coalescing_never_readable(tmp_path):
    found = eth0_with(tmp_path, coalesce={"rx_coalesce_usecs": 50, "tx_max_coalesced_frames_irq": 7})["coalesce"]
    assert (found["rx_usecs"], found["tx_frames_irq"], found["rx_frames"]) == (50, 7, 0)
    assert len(found) == 22


def test_06_coalescing_that_the_driver_does_not_have_is_said_so(tmp_path):
    fake_host.make(tmp_path)
    found = fake_host.document(tmp_path)
    assert found["nics"]["bond0"]["coalesce"] is None
    assert {"/nics/bond0/coalesce": "unsupported"}.items() <= {
        entry["path"]: entry["reason"] for entry in found["unavailable"]
    }.items()


@pytest.mark.parametrize("rx, tx", [(1, 1), (0, 1), (1, 0), (0, 0)])
def test_07_adaptive_tx_taken_from_the_line_of_the_cqe_mode(tmp_path, rx, tx):
    """The ioctl knows no CQE mode, and no lines: each field has its place."""
    answers = {"use_adaptive_rx_coalesce": rx, "use_adaptive_tx_coalesce": tx, "stats_block_coalesce_usecs": 1 - tx}
    found = eth0_with(tmp_path, coalesce=answers)["coalesce"]
    assert (found["adaptive_rx"], found["adaptive_tx"]) == (bool(rx), bool(tx))


ACTIONS = ("eth1-TxRx-0", "veth1-TxRx-0", "eth10-TxRx-0", "eth1-TxRx-1", "xeth1-TxRx-2", "eth1.7-TxRx-3", "eth1")


@pytest.mark.parametrize("told_by_device", [True, False])
def test_09_eth1_takes_the_interrupts_of_veth1_and_eth10(tmp_path, told_by_device):
    """Where the device lists its interrupts, those count; where it does not, whole names do, never parts of them."""
    rows = "".join(
        f"{40 + number:4d}: 5 0 0 0 IR-PCI-MSIX-0000:01:00.0 {number}-edge      {action}\n"
        for number, action in enumerate(ACTIONS)
    )
    contents = changed("/proc/interrupts", "      CPU0 CPU1 CPU2 CPU3\n" + rows)
    for path in [path for path in contents if "/msi_irqs/" in path]:
        del contents[path]
    contents[fake_host.FUNCTION + "/irq"] = "0\n"
    if told_by_device:
        contents.update((f"{fake_host.FUNCTION}/msi_irqs/{irq}", "msix\n") for irq in (40, 43, 46))
    contents = {path.replace("/net/eth0", "/net/eth1"): text for path, text in contents.items()}
    links = {path.replace("eth0", "eth1"): target.replace("eth0", "eth1") for path, target in fake_host.LINKS.items()}
    fake_host.make(tmp_path, contents, links)
    kernel = fake_host.FakeKernel()
    kernel.links[1] = fake_host.link("eth1", 2, master=3, slave_of_bond=True)
    driver = dict(fake_host.drivers()["eth0"], driver={"driver": b"igb"})
    irqs = fake_host.document(tmp_path, kernel, {"eth1": driver})["nics"]["eth1"]["irqs"]
    assert {number: (irq["action"], irq["role"], irq["queue"]) for number, irq in irqs.items()} == {
        "40": ("eth1-TxRx-0", "rxtx", 0),
        "43": ("eth1-TxRx-1", "rxtx", 1),
        "46": ("eth1", "other", None),
    }


def test_10_a_bond_never_found(tmp_path):
    """The bond is found by what rtnetlink says of its slaves, and judged by itself with them."""
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    kernel.links.append(fake_host.link("eth1", 4, master=3, slave_of_bond=True))
    found = fake_host.document(tmp_path, kernel)
    bond = found["nics"]["bond0"]
    assert bond["bond"] == {
        "mode": "active-backup",
        "active_slave": "eth0",
        "slaves": ["eth0", "eth1"],
        "miimon_ms": 100,
    }
    assert (bond["kind"], bond["lower"], bond["selected"]) == ("bond", ["eth0", "eth1"], True)
    eth0 = found["nics"]["eth0"]
    assert (eth0["master"], eth0["bond_slave"]["state"], eth0["upper"]) == ("bond0", "active", ["bond0"])
    assert found["meta"]["selection"]["selected"] == ["bond0", "eth0"]


def test_11_more_than_200_cpus_not_read(tmp_path):
    online = range(300)
    row = "fffffff0 00000001 00000002 " + "00000000 " * 9 + "{:08x} 00000000 00000000\n"
    header = "  " + " ".join(f"CPU{cpu}" for cpu in online) + "\n"
    contents = dict(
        fake_host.files(),
        **{
            "/sys/devices/system/cpu/online": "0-299\n",
            "/proc/net/softnet_stat": "".join(row.format(cpu) for cpu in online),
            "/proc/softirqs": header + "  NET_RX: " + " ".join(str(cpu + 1) for cpu in online) + "\n",
            "/proc/stat": "".join(f"cpu{cpu} 1 2 3 4 5 6 7 8 9 10\n" for cpu in online),
            "/proc/interrupts": header + " 40: " + "7 " * 300 + " PCI-MSI 1-edge  mlx5_comp0@pci:0000:01:00.0\n",
        },
    )
    fake_host.make(tmp_path, contents)
    found = fake_host.document(tmp_path)
    for part in (found["softnet"]["cpus"], found["softirqs"], found["cpu_times"]):
        assert sorted(map(int, part)) == list(online)
    assert len(found["nics"]["eth0"]["irqs"]["40"]["counts"]) == 300
    assert found["softirqs"]["299"]["NET_RX"]["total"] == 300
    # What a sum over CPUs in 32 bits would lose.
    processed = [cpu["processed"]["total"] for cpu in found["softnet"]["cpus"].values()]
    assert sum(processed) == 300 * 0xFFFFFFF0 > 2**Counter32.bits


def test_12_lines_between_maxima_and_values_of_a_ring(tmp_path, monkeypatch):
    """Untested elsewhere but predictable: a newer ethtool prints "TX push buff len" and "HDS thresh" in between.

    No program is run here: the driver answers by ioctl, in a structure that does not grow.
    """

    def refuse(*_args, **_kwargs):
        raise AssertionError("a program was started")

    for place, name in ((subprocess, "Popen"), (os, "system"), (os, "popen"), (os, "execv"), (os, "posix_spawn")):
        monkeypatch.setattr(place, name, refuse, raising=False)
    rings = eth0_with(tmp_path, rings={"rx_max_pending": 8192, "rx_pending": 1024})["rings"]
    assert sorted(rings) == ["rx", "rx_jumbo", "rx_jumbo_max", "rx_max", "rx_mini", "rx_mini_max", "tx", "tx_max"]
    assert (rings["rx"], rings["rx_max"]) == (1024, 8192)
