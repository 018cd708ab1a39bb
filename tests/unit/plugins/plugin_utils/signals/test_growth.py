# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Four times as much of anything is about four times the work: counted in calls of functions, not in seconds."""

import sys

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    cpu_times,
    host_document,
    host_with,
    irq,
    link_stats,
    nic,
    qdisc,
    softnet_row,
    statistics,
    udp_socket,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive


def calls(document):
    """How many functions :func:`derive` calls; each turn of a generator is one."""
    counted = 0

    def count(_frame, event, _argument):
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        derive(document)
    finally:
        sys.setprofile(before)
    return counted


def qdiscs_of_kernel(size):
    """Eight NICs with a root and *size* queues that all have the handle 0."""
    document = host_document()
    document["qdiscs"] = {
        f"eth{number} 0: {parent}": qdisc("mq" if parent == "root" else "fq_codel", "0:", parent, nic=f"eth{number}")
        for number in range(8)
        for parent in ["root", *(f":{queue:x}" for queue in range(1, size + 1))]
    }
    return document


def qdiscs_of_classes(size):
    """A shaper with *size* classes, each with a queue."""
    document = host_document()
    document["qdiscs"] = {"root": qdisc("htb", "1:", "root")}
    document["qdiscs"].update(
        {str(number): qdisc("pfifo", f"{number:x}:", f"1:{number:x}") for number in range(2, size + 2)}
    )
    return document


def vlans(size):
    """*size* VLANs on eth0, which all dropped something on the way out."""
    found = {"eth0": nic()}
    for number in range(size):
        found[f"eth0.{number}"] = nic(
            "802.1Q VLAN Support",
            kind="vlan",
            irqs={},
            counters=None,
            lower=["eth0"],
            link_stats=link_stats(rx_packets=9, tx_dropped=1, rx_dropped=1),
        )
    return host_with(found)


def tunnels(size):
    """*size* tunnels, which tell of no interface below them, with a queue discipline each."""
    found = {f"gre{number}": nic("", kind="gre", irqs={}, counters=None) for number in range(size)}
    document = host_with(found)
    document["qdiscs"] = {name: qdisc("fq_codel", "0:", "root", dropped=1, nic=name) for name in found}
    return document


def ena(size):
    """*size* NICs whose rx_dropped is the only measure of their rings."""
    lossy = link_stats(rx_packets=1000, rx_dropped=5)
    return host_with({f"eth{number}": nic("ena", counters=None, link_stats=lossy) for number in range(size)})


def bonds(size):
    """One bond of *size* slaves."""
    found = {f"eth{number}": nic(master="bond0") for number in range(size)}
    found["bond0"] = nic("bonding", kind="bond", irqs={}, counters=None, lower=list(found))
    return host_with(found)


def queues(size):
    """One NIC of *size* queues on as many CPUs."""
    cpus = {str(cpu): softnet_row() for cpu in range(size)}
    document = host_document(softnet={"cpus": cpus}, cpu_times={cpu: cpu_times() for cpu in cpus})
    document["cpus"].update(online=list(range(size)), nodes={"0": list(range(size))})
    document["cpus"]["topology"] = {
        cpu: {"package": 0, "core": int(cpu), "node": 0, "siblings": [int(cpu)]} for cpu in cpus
    }
    names = {f"rx{queue}_packets": 1000 for queue in range(size)}
    document["nics"]["eth0"].update(
        irqs={str(40 + queue): irq(queue, queue) for queue in range(size)},
        channels={"combined": size, "combined_max": size},
        counters=statistics("mlx5_core", **names),
    )
    return document


def sockets(size):
    document = host_document()
    document["sockets"]["drops"] = {str(number): udp_socket(1, port=number) for number in range(size)}
    return document


@pytest.mark.parametrize(
    "made",
    [qdiscs_of_kernel, qdiscs_of_classes, vlans, tunnels, ena, bonds, queues, sockets],
    ids=lambda made: made.__name__,
)
def test_the_work_grows_as_the_host_does(made):
    few, many = calls(made(32)), calls(made(128))
    assert many <= 4.5 * few, f"{few} calls for 32, {many} for 128"
