# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layouts of irq_affinity on interrupts and CPUs of real servers; of three of them another program's answer."""

import os
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import irq_names
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import irq_affinity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import interrupts
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def cpus_of(host, folder):
    """The part ``cpus`` of a document, from the lscpu of a capture: by CPU its core, package and node."""
    rows = []
    if host.exists(f"/{folder}/lscpu_output"):
        lines = host.text(f"/{folder}/lscpu_output").splitlines()
        rows = [[int(word or 0) for word in line.split(",")[:4]] for line in lines if not line.startswith("#")]
    else:
        text = host.text(f"/{folder}/lscpu_info")
        layout = host.text(f"/{folder}/lscpu_layout").split()
        threads = int(re.search(r"Thread\(s\) per core:\s+(\d+)", text).group(1))
        cores = len(layout) // 2 // threads
        # On these the second threads come after all first ones.
        rows = [
            [cpu, cpu % cores, int(layout[2 * cpu + 1]), int(layout[2 * cpu + 1])] for cpu in range(len(layout) // 2)
        ]
    nodes, siblings = {}, {}
    for cpu, core, package, node in rows:
        nodes.setdefault(str(node), []).append(cpu)
        siblings.setdefault((package, core), []).append(cpu)
    return {
        "online": [row[0] for row in rows],
        "isolated": [],
        "nohz_full": [],
        "nodes": nodes,
        "topology": {
            str(cpu): {"package": package, "siblings": siblings[package, core]} for cpu, core, package, _node in rows
        },
    }


def laid_out(captures, folder, nics, **values):
    """``{irq: CPU}`` of NICs ``{name: (driver, node, PCI address or None)}`` under local_cores."""
    host = fake_host.folder_host(captures)
    folder = f"netutils-linux/{folder}"
    rows = interrupts.parse(host.text(f"/{folder}/interrupts"))
    document = {"cpus": cpus_of(host, folder), "nics": {}, "unavailable": []}
    for name, (driver, node, address) in nics.items():
        irqs = irq_names.map_irqs(rows, None, driver, name, address)
        nowhere = {"affinity": None, "effective_affinity": None}
        document["nics"][name] = {
            "driver": {"name": driver},
            "numa_node": node,
            "irqs": {irq: dict(entry, **nowhere) for irq, entry in irqs.items()},
        }
    changes = irq_affinity.decide(document, {name: dict({"policy": "local_cores"}, **values) for name in nics})
    return {int(irq): cpu for made in changes for irq, cpu in made["to"].items()}


@pytest.mark.parametrize(
    "folder, nic, facts",
    [
        ("rss-ladder/igb.E5606", "eth0", ("igb", 0, None)),
        ("rss-ladder/ixgbe.E5645", "eth1", ("ixgbe", 1, None)),
        ("rss-ladder/mlx5.Q6700", "eth2", ("mlx5_core", 0, "0000:01:00.0")),
    ],
)
def test_one_nic_alone_gets_what_rss_ladder_gives_it(captures, folder, nic, facts):
    path = os.path.join(captures, "netutils-linux", folder, "expected")
    with open(path, encoding="utf-8") as stream:
        expected = dict(re.findall(r"\(irq (\d+)\) bound to CPU(\d+)", stream.read()))
    assert expected
    assert laid_out(captures, folder, {nic: facts}) == {int(irq): cpu for irq, cpu in expected.items()}


def test_two_ports_of_a_node_share_six_cores_evenly(captures):
    """eth0 has its two queues too many on cores 0 and 1, so eth1 has them on 2 and 3."""
    ports = dict.fromkeys(("eth0", "eth1"), ("ixgbe", 1, None))
    found = laid_out(captures, "rss-ladder/ixgbe.E5645", ports)
    assert [found[irq] for irq in range(66, 74)] == ["6", "7", "8", "9", "10", "11", "6", "7"]
    assert [found[irq] for irq in range(75, 83)] == ["8", "9", "10", "11", "6", "7", "8", "9"]


def test_five_ports_of_four_queues_are_each_even(captures):
    ports = {f"eth{number}": ("igb", 0, None) for number in (0, 1, 3, 4, 5)}
    found = laid_out(captures, "rss-ladder/igb.E5606", ports)
    firsts = (58, 67, 85, 94, 103)
    assert [[found[first + queue] for queue in range(8)] for first in firsts] == [["0", "1", "2", "3"] * 2] * 5


def test_ports_of_two_sockets_with_two_threads_a_core(captures):
    """32 CPUs, cores 0-7 and 8-15: no second thread (16-31) is taken, and eth1 goes on where eth0 ended."""
    ports = {"eth0": ("igb", 0, None), "eth1": ("igb", 0, None), "eth5": ("ixgbe", 1, None)}
    folder = "server-info/2xE5-2640.i350_and_82599ES.l2_mixed.masterconf"
    found = laid_out(captures, folder, ports, reserved="0,16")
    assert [found[irq] for irq in range(92, 100)] == ["1", "2", "3", "4", "5", "6", "7", "1"]
    assert [found[irq] for irq in range(101, 109)] == ["2", "3", "4", "5", "6", "7", "1", "2"]
    assert [found[irq] for irq in range(109, 141)] == [str(8 + queue % 8) for queue in range(32)]
