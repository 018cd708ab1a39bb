# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One whole host, read as the module reads it: every source once, on each Python that a node may have.

The Pythons between the oldest and the newest run this file and no other.
"""

import json

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture
def document(tmp_path):
    """The document of the fake host, through JSON, as the controller gets it. Between the two samples CPU 2 processes
    16 packets more, and loses one."""
    fake_host.make(tmp_path)

    def later():
        grown = fake_host.SOFTNET.replace("00000a02 00000001", "00000a12 00000002")
        assert grown != fake_host.SOFTNET
        (tmp_path / "proc/net/softnet_stat").write_text(grown)

    return json.loads(json.dumps(fake_host.document(tmp_path, meanwhile=later), allow_nan=False))


def test_a_whole_host_has_its_counters_and_what_they_grew_by(document):
    assert document["softnet"]["columns"] == 15
    cpu = document["softnet"]["cpus"]["2"]
    assert cpu["processed"] == {"total": 0xA12, "delta": 16}
    assert cpu["dropped"] == {"total": 2, "delta": 1}
    assert document["softnet"]["cpus"]["1"]["processed"] == {"total": 0xA01, "delta": 0}
    assert document["protocols"]["snmp"]["Udp"]["RcvbufErrors"] == {"total": 17, "delta": 0}
    assert document["conntrack"]["stats"]["drop"]["total"] == 0xD00 + 0x1D00
    assert document["neighbour"]["arp_cache"]["stats"]["table_fulls"]["total"] == 0xC + 0x1C
    drops = {one["local"]: one["drops"] for one in document["sockets"]["drops"].values()}
    assert drops["0.0.0.0:53"] == {"total": 1234, "delta": 0}


def test_a_whole_host_has_its_nics_with_queues_interrupts_and_qdiscs(document):
    assert document["meta"]["selection"]["selected"] == ["bond0", "eth0"]
    eth0 = document["nics"]["eth0"]
    assert (eth0["driver"]["name"], eth0["numa_node"], eth0["local_cpus"]) == ("mlx5_core", 1, [2, 3])
    assert (eth0["rings"]["rx"], eth0["rings"]["rx_max"], eth0["channels"]["combined"]) == (1024, 8192, 2)
    assert (eth0["coalesce"]["adaptive_rx"], eth0["coalesce"]["rx_usecs"]) == (True, 8)
    assert {irq: one["queue"] for irq, one in eth0["irqs"].items()} == {"40": 0, "41": 1}
    assert eth0["counters"]["rx_out_of_buffer"]["total"] == 1000
    assert eth0["rss"]["weights"] == {"0": 64, "1": 64}
    assert [one["dropped"]["total"] for one in document["qdiscs"].values()] == [55, 55]


def test_a_whole_host_has_its_cpus_memory_and_owners(document):
    assert document["cpus"]["nodes"] == {"0": [0, 1], "1": [2, 3]}
    assert document["sysctls"]["net.core.netdev_budget"] == 4096
    assert document["memory"]["meminfo"]["MemTotal"] == 16384000 * 1024
    assert document["owners"]["irqbalance"]["running"] is True
    assert [one["path"] for one in document["unavailable"] if not one["path"].startswith("/nics/bond0/")] == []
