# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import json
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import selection as nic_selection
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import Difference
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import Ioctl
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import Clock, Machine, this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import interrupts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64, Sparse
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS, links
from ansible_collections.linuxnet.packetloss.tests.unit import fake_devlink, fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_devlink import FakeDevlink, attribute, integer
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool

PORT = "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.{0}"
VIRTIO = "/sys/devices/pci0000:00/0000:00:03.0"
SOC = "/sys/devices/platform/soc/f1070000.ethernet"

OUTLINE = {"ifindex", "kind", "selected", "flags", "operstate", "addresses", "master", "lower", "upper"}
IN_DEPTH = OUTLINE | {
    "driver",
    "mac",
    "mtu",
    "carrier",
    "tx_queue_len",
    "link",
    "pause",
    "rings",
    "channels",
    "coalesce",
    "features",
    "private_flags",
    "rss",
    "numa_node",
    "local_cpus",
    "pci",
    "sriov",
    "xdp",
    "bond",
    "bond_slave",
    "napi",
    "queues",
    "traffic_classes",
    "mergeable_rx_buffers",
    "rx_page_cache",
    "devlink_queues",
    "module_parameters",
    "firmware_bytes",
    "irqs",
    "irqs_shared_with",
}


def link(ifindex, kind=None, up=True, master=None, **more):
    """An interface as rtnetlink tells it."""
    found = {
        "ifindex": ifindex,
        "kind": kind,
        "type": 1,
        "flags": ["UP", "BROADCAST"] if up else ["BROADCAST"],
        "mac": f"02:00:00:00:00:{ifindex:02x}",
        "mtu": 1500,
        "operstate": "up" if up else "down",
        "carrier": up,
        "carrier_changes": Counter32(1),
        "tx_queue_len": 1000,
        "master_ifindex": master,
        "link_ifindex": None,
        "xdp": {"attached": False, "mode": None, "program_id": None},
        "link_stats": dict.fromkeys(LINK_STATS, Counter64(100 * ifindex)),
        "bond": None,
        "bond_slave": None,
    }
    found.update(more)
    return found


def drivers(names, statistics=()):
    """The description of a :class:`FakeEthtool` whose drivers have these names, each with an answer to everything."""
    answers = fake_host.drivers()["eth0"]
    return {
        name: dict(answers, driver={"driver": driver.encode()}, statistics=list(statistics))
        for name, driver in names.items()
    }


RINGS = {"rx": 1024, "rx_max": 8192, "rx_mini": 0, "rx_mini_max": 0, "rx_jumbo": 0, "rx_jumbo_max": 0, "tx": 1024}
RINGS["tx_max"] = 8192


def irq(action, *counts):
    found = Sparse((str(cpu), Counter32(count)) for cpu, count in enumerate(counts) if count)
    return {"chip": "PCI-MSIX-0000:3b:00.0", "hwirq": "1", "actions": [action], "counts": found}


class Server:
    """A host made of files, drivers and lists, read in the order in which a snapshot reads it.

    *descriptions* is what its drivers answer; an interface that is not in it has none.
    """

    def __init__(self, tree, link_list, descriptions, rows=None, address_list=None, files=Folder):
        self.tree = tree
        self.links = link_list
        self.drivers = dict(dict.fromkeys(link_list, {}), **descriptions)
        self.devlink = FakeDevlink(ports=[fake_devlink.port(2, device="0000:3b:00.0")])
        self.netlink = None
        self.rows = rows
        self.addresses = address_list if address_list is not None else {}
        self.gaps = Gaps()
        self.files = files(tree.root)

    @property
    def host(self):
        netlink = self.netlink or fake_host.connections(devlink=self.devlink)
        return Host(self.files, Clock(), Machine(), Ioctl(FakeEthtool(self.drivers)), netlink)

    def inventory(self):
        return nics.inventory(self.host, self.links, self.addresses)

    def settings(self, *selected, parts=nics.PARTS):
        return self.settings_of(self.inventory(), selected, parts)

    def settings_of(self, seen, selected, parts=nics.PARTS):
        with self.host as host:
            return nics.settings(host, self.links, seen, selected, self.rows, parts, self.gaps.at("nics"))

    def sample(self, known):
        with self.host as host:
            return nics.sample(host, self.links, self.rows, known, self.gaps.at("nics"))

    def noted(self):
        return {entry["path"]: entry["reason"] for entry in self.gaps.entries}


@pytest.fixture
def server(tree):
    """Two ports in a bond with a VLAN, a bridge with a veth; kernel links as Linux 6.12 has them."""
    for port in (0, 1):
        tree.pci_function(PORT.format(port), node=1, cpus="8-15", irqs=(40 + 10 * port, 41 + 10 * port))
        tree.nic(f"eth{port}", 2 + port, device=PORT.format(port), rx=2, tx=2, upper=["bond0"])
        for queue in (0, 1):
            tree.irq(40 + 10 * port + queue, affinity="8-15", effective=str(8 + queue), node=1)
    tree.nic("bond0", 4, lower=["eth0", "eth1"], upper=["bond0.100"])
    tree.nic("bond0.100", 5, lower=["bond0"])
    tree.nic("br0", 6, lower=["veth1"])
    tree.nic("veth1", 7, upper=["br0"])
    tree.nic("lo", 1)
    slave = {"state": "active", "mii_status": "up", "link_failure_count": Counter32(3)}
    link_list = {
        "lo": link(1, flags=["UP", "LOOPBACK"]),
        "eth0": link(2, master=4, bond_slave=slave),
        "eth1": link(3, master=4, bond_slave=dict(slave, state="backup")),
        "bond0": link(4, "bond", bond={"mode": "active-backup", "active_slave_ifindex": 2, "miimon_ms": 100}),
        "bond0.100": link(5, "vlan", link_ifindex=4),
        "br0": link(6, "bridge"),
        "veth1": link(7, "veth", master=6, link_ifindex=9),
    }
    descriptions = drivers(
        {"eth0": "mlx5_core", "eth1": "mlx5_core", "bond0": "bonding", "veth1": "veth"},
        statistics=[("rx_out_of_buffer", 12), ("rx0_packets", 900)],
    )
    rows = {
        "40": irq("mlx5_comp0@pci:0000:3b:00.0", 0, 7),
        "41": irq("mlx5_comp1@pci:0000:3b:00.0", 0, 0, 8),
        "50": irq("mlx5_comp0@pci:0000:3b:00.1", 5),
        "51": irq("mlx5_comp1@pci:0000:3b:00.1"),
        "9": irq("acpi", 1),
    }
    return Server(tree, link_list, descriptions, rows, {5: ["10.0.0.5/24"], 1: ["127.0.0.1/8"]})


def test_inventory_of_a_server(server):
    seen = server.inventory()
    assert {name: place["kind"] for name, place in seen.items()} == {
        "lo": "loopback",
        "eth0": "physical",
        "eth1": "physical",
        "bond0": "bond",
        "bond0.100": "vlan",
        "br0": "bridge",
        "veth1": "veth",
    }
    assert seen["bond0"]["lower"] == ["eth0", "eth1"]
    assert seen["bond0"]["upper"] == ["bond0.100"]
    assert seen["eth0"]["master"] == "bond0"
    assert seen["eth0"]["device"] == PORT.format(0)
    assert seen["bond0.100"]["addresses"] == ["10.0.0.5/24"]
    assert seen["eth0"]["addresses"] == []
    assert nic_selection.select(seen)["selected"] == ["bond0", "bond0.100", "eth0", "eth1"]
    assert nic_selection.select(seen, networks=["10.0.0.0/8"])["selected"] == ["bond0", "bond0.100", "eth0", "eth1"]


def test_addresses_that_could_not_be_read_are_not_none_at_all(server):
    server.addresses = None
    assert nics.inventory(server.host, server.links, None)["eth0"]["addresses"] is None


def test_a_port_in_depth(server):
    found = server.settings("eth0", "eth1", "bond0", "bond0.100")
    port = found["eth0"]
    assert set(port) == IN_DEPTH
    assert port["selected"] is True
    assert port["kind"] == "physical"
    assert port["driver"]["name"] == "mlx5_core"
    assert port["rings"] == RINGS
    assert (port["numa_node"], port["local_cpus"]) == (1, [8, 9, 10, 11, 12, 13, 14, 15])
    assert port["pci"]["address"] == "0000:3b:00.0"
    assert port["sriov"]["is_vf"] is False
    assert port["bond_slave"] == {"state": "active", "mii_status": "up"}
    assert sorted(port["irqs"]) == ["40", "41"]
    assert port["irqs"]["41"] == {
        "action": "mlx5_comp1@pci:0000:3b:00.0",
        "chip": "PCI-MSIX-0000:3b:00.0",
        "queue": 1,
        "role": "rxtx",
        "affinity": list(range(8, 16)),
        "effective_affinity": [9],
        "affinity_hint": [],
        "node": 1,
    }
    assert port["irqs_shared_with"] == []
    assert port["queues"]["tx"] == {"0": {"xps_cpus": []}, "1": {"xps_cpus": []}}
    # An emulated function without PCI Express and SR-IOV, as the tree has it, is all that is missing.
    assert {path for path in server.noted() if path.startswith("/nics/eth0/")} == {
        "/nics/eth0/pci/link_speed",
        "/nics/eth0/pci/link_width",
        "/nics/eth0/pci/max_link_speed",
        "/nics/eth0/pci/max_link_width",
        "/nics/eth0/sriov/vfs",
        "/nics/eth0/firmware_bytes",
        "/nics/eth0/sriov/vfs_max",
    }


def test_a_bond_in_depth(server):
    found = server.settings("eth0", "bond0", "bond0.100")
    bond = found["bond0"]
    assert set(bond) == IN_DEPTH
    assert bond["bond"] == {
        "mode": "active-backup",
        "active_slave": "eth0",
        "slaves": ["eth0", "eth1"],
        "miimon_ms": 100,
    }
    assert (bond["irqs"], bond["irqs_shared_with"]) == ({}, [])
    assert (bond["pci"], bond["sriov"], bond["numa_node"], bond["local_cpus"]) == (None, None, None, None)
    assert server.noted()["/nics/bond0/pci"] == "absent"
    vlan = found["bond0.100"]
    assert vlan["rings"] is None
    assert server.noted()["/nics/bond0.100/rings"] == "unsupported"


def test_every_none_in_depth_has_its_reason(server):
    found = server.settings(*server.links)
    explained = server.noted()
    allowed = {"master", "bond", "bond_slave", "version", "firmware", "bus", "mode", "program_id"}
    allowed |= {"mergeable_rx_buffers", "rx_page_cache", "devlink_queues", "module_parameters", "firmware_bytes"}

    def unexplained(value, path):
        if path in explained or path.rpartition("/")[2] in allowed:
            return []
        if isinstance(value, dict):
            return [gap for key, below in value.items() for gap in unexplained(below, f"{path}/{key}")]
        return [path] if value is None else []

    # A reason that all queues or interrupts share is noted at the first.
    missing = [path for path in unexplained(found, "/nics") if "/irqs/" not in path and "/queues/" not in path]
    assert missing == []


def test_an_interface_that_is_not_judged_is_told_in_outline(server):
    found = server.settings("eth0")
    assert set(found["veth1"]) == OUTLINE | {"driver"}
    assert found["veth1"]["selected"] is False
    assert found["veth1"]["master"] == "br0"
    assert found["veth1"]["upper"] == ["br0"]
    assert set(found["br0"]) == OUTLINE
    assert not [path for path in server.noted() if not path.startswith("/nics/eth0/")]


def test_a_bond_of_which_sysfs_shows_no_lower_links(tree):
    tree.nic("eth0", 2, device=PORT.format(0))
    tree.nic("bond0", 3)
    seen = Server(tree, {"eth0": link(2, master=3), "bond0": link(3, "bond")}, drivers({})).inventory()
    assert seen["eth0"]["upper"] == ["bond0"]
    assert seen["bond0"]["lower"] == ["eth0"]


def test_virtio_has_its_interrupts_one_level_up(tree):
    tree.pci_function(VIRTIO, node=-1, cpus="0-1", irqs=(37, 38, 39))
    tree.nic("eth0", 2, device=VIRTIO + "/virtio2")
    for number in (38, 39):
        tree.irq(number, affinity="0-1", effective="1", node=-1)
    rows = {
        "37": irq("virtio2-config"),
        "38": irq("virtio2-input.0", 5, 6),
        "39": irq("virtio2-output.0", 1),
        "40": irq("virtio0-req.0", 9),
    }
    host = Server(tree, {"eth0": link(2)}, drivers({"eth0": "virtio_net"}), rows)
    found = host.settings("eth0")["eth0"]
    assert {number: (row["role"], row["queue"]) for number, row in found["irqs"].items()} == {
        "37": ("other", None),
        "38": ("rx", 0),
        "39": ("tx", 0),
    }
    assert found["pci"]["address"] == "0000:00:03.0"
    assert (found["numa_node"], found["local_cpus"]) == (None, [0, 1])
    assert found["queues"]["tx"] == {"0": {"xps_cpus": None}}
    noted = host.noted()
    assert noted["/nics/eth0/numa_node"] == "absent"
    assert noted["/nics/eth0/queues/tx/0/xps_cpus"] == "absent"


def test_a_subfunction_shares_the_function_of_its_parent(tree):
    tree.pci_function(PORT.format(0), irqs=(40, 41, 42))
    tree.nic("eth0", 2, device=PORT.format(0))
    tree.nic("sf1", 3, device=PORT.format(0) + "/mlx5_core.sf.2")
    tree.nic("eth1", 4, device=PORT.format(1))
    rows = {"40": irq("mlx5_comp0@pci:0000:3b:00.0", 1)}
    link_list = {"eth0": link(2), "sf1": link(3), "eth1": link(4)}
    found = Server(tree, link_list, drivers(dict.fromkeys(link_list, "mlx5_core")), rows).settings(
        "eth0", "sf1", "eth1"
    )
    assert found["eth0"]["irqs_shared_with"] == ["sf1"]
    assert found["sf1"]["irqs_shared_with"] == ["eth0"]
    assert found["eth1"]["irqs_shared_with"] == []
    assert found["sf1"]["pci"]["address"] == "0000:3b:00.0"


def test_a_soc_has_neither_pci_nor_a_list_of_interrupts(tree):
    tree.nic("eth0", 2, device=SOC)
    tree.irq(38, affinity="0-3")
    host = Server(tree, {"eth0": link(2)}, drivers({"eth0": "mvneta"}), {"38": irq("eth0", 4), "39": irq("mmc0", 4)})
    found = host.settings("eth0")["eth0"]
    assert sorted(found["irqs"]) == ["38"]
    assert (found["pci"], found["sriov"], found["numa_node"]) == (None, None, None)
    assert host.noted()["/nics/eth0/pci"] == "absent"
    assert found["kind"] == "physical"


def test_virtio_without_pci_is_found_by_the_name_of_its_device(tree):
    tree.nic("eth0", 2, device="/sys/devices/platform/a003e00.virtio_mmio/virtio1")
    rows = {"20": irq("virtio0", 9), "21": irq("virtio1", 4)}
    found = Server(tree, {"eth0": link(2)}, drivers({"eth0": "virtio_net"}), rows).settings("eth0")
    assert {number: row["role"] for number, row in found["eth0"]["irqs"].items()} == {"21": "rxtx"}


def test_virtio_on_pci_is_found_by_its_name_where_a_capture_lists_no_interrupts(tree):
    tree.nic("eth0", 2, device=VIRTIO + "/virtio1")
    rows = {"28": irq("virtio0-input.0", 9), "29": irq("virtio1-input.0", 4), "30": irq("virtio1-output.0", 4)}
    found = Server(tree, {"eth0": link(2)}, drivers({"eth0": "virtio_net"}), rows).settings("eth0")
    assert {number: row["role"] for number, row in found["eth0"]["irqs"].items()} == {"29": "rx", "30": "tx"}


def test_ports_of_one_function_do_not_take_the_queues_of_each_other(tree):
    tree.pci_function(PORT.format(0), irqs=(40, 41))
    link_list = {"eth0": link(2), "eth1": link(3)}
    for name, nic in link_list.items():
        tree.nic(name, nic["ifindex"], device=PORT.format(0))
    rows = {"40": irq("eth0-0", 1), "41": irq("eth1-0", 1)}
    found = Server(tree, link_list, drivers(dict.fromkeys(link_list, "mlx4_en")), rows).settings("eth0", "eth1")
    roles = {name: {number: row["role"] for number, row in nic["irqs"].items()} for name, nic in found.items()}
    assert roles == {"eth0": {"40": "rxtx", "41": "other"}, "eth1": {"40": "other", "41": "rxtx"}}
    assert found["eth0"]["irqs_shared_with"] == ["eth1"]


def test_interrupts_that_could_not_be_read_are_not_the_absence_of_interrupts(server):
    server.rows = None
    known = server.settings("eth0", "bond0")
    assert known["eth0"]["irqs"] is None
    assert known["bond0"]["irqs"] == {}
    assert server.noted()["/nics/eth0/irqs"] == "absent"
    assert nics.known_irqs(known) == set()
    assert "irqs" not in server.sample(known)["eth0"]


def test_sysfs_of_another_network_namespace_tells_nothing(tree):
    tree.nic("eth0", 33, device=PORT.format(0))
    host = Server(tree, {"eth0": link(2, "veth")}, drivers({"eth0": "veth"}), {})
    found = host.settings("eth0")["eth0"]
    assert found["kind"] == "veth"
    for key in ("napi", "queues", "pci", "sriov", "numa_node", "local_cpus", "irqs"):
        assert found[key] is None
        assert host.noted()["/nics/eth0/" + key] == "not_visible"
    assert found["rings"] == RINGS


def test_a_virtual_interface_of_no_kind(tree):
    tree.nic("teql0", 2)
    host = Server(tree, {"teql0": link(2)}, drivers({}), {})
    assert host.settings("teql0")["teql0"]["kind"] is None
    assert host.noted()["/nics/teql0/kind"] == "absent"


def test_sample_of_a_server(server):
    known = server.settings("eth0", "eth1", "bond0")
    server.gaps = Gaps()
    found = server.sample(known)
    assert set(found) == set(server.links)
    assert found["veth1"] == {
        "ifindex": 7,
        "driver": "veth",
        "carrier_changes": 1,
        "link_stats": dict.fromkeys(LINK_STATS, 700),
    }
    assert found["br0"]["driver"] is None
    port = found["eth0"]
    assert (port["ifindex"], port["driver"]) == (2, "mlx5_core")
    assert port["counters"]["rx_out_of_buffer"]["value"] == 12
    assert port["counters"]["rx_out_of_buffer"]["kind"] == "loss"
    assert port["irqs"] == {"40": {"counts": {"1": 7}}, "41": {"counts": {"2": 8}}}
    assert isinstance(port["irqs"]["40"]["counts"], Sparse)
    assert port["queues"] == {"tx": {"0": {"tx_timeout": 0}, "1": {"tx_timeout": 0}}}
    assert port["bond_slave"] == {"link_failure_count": 3}
    assert nics.known_irqs(known) == {"40", "41", "50", "51"}
    assert server.noted() == {}


def test_an_interrupt_that_was_freed_meanwhile(server):
    known = server.settings("eth0")
    server.gaps = Gaps()
    del server.rows["41"]
    found = server.sample(known)
    assert found["eth0"]["irqs"] == {"40": {"counts": {"1": 7}}, "41": {"counts": None}}
    assert server.noted() == {"/nics/eth0/irqs/41/counts": "vanished"}


def test_what_the_memory_of_rings_depends_on(server):
    tree = server.tree
    tree.write("/sys/class/net/eth0/rx_page_cache/log_mult_limit", 4)
    tree.write("/sys/class/net/eth0/queues/tx-1/traffic_class", 1)
    found = server.settings("eth0", "eth1", "bond0")
    keys = ("traffic_classes", "rx_page_cache", "devlink_queues", "module_parameters")
    told = {name: tuple(found[name][key] for key in keys) for name in ("eth0", "eth1", "bond0")}
    completion = {"cq_entries": 1024, "cqe_bytes": 64}
    queues = {
        "rx": dict(completion, type="cyclic", wqes=1024, stride_bytes=256),
        "tx": dict(completion, wqes=1024, stride_bytes=64),
    }
    assert told == {
        "eth0": (2, {"log_mult_limit": 4}, queues, None),
        "eth1": (1, None, queues, None),
        "bond0": (1, None, None, None),
    }
    device = attribute(1, b"pci\0") + attribute(2, b"0000:3b:00.1\0")
    of_port = attribute(1, b"pci\0") + attribute(2, b"0000:3b:00.0\0") + attribute(3, integer(65535))
    assert server.devlink.asked[:2] == [("family",), ("ports",)]
    assert server.devlink.asked[2:] == [("rx", of_port), ("tx", of_port), ("rx", device), ("tx", device)]
    assert not [path for path in server.noted() if any(key in path for key in keys)]


def test_what_the_firmware_holds(server):
    server.tree.write("/sys/kernel/debug/mlx5/0000:3b:00.0/pages/fw_pages_total", 9045694)
    found = server.settings("eth0", "eth1", "bond0")
    # 34.5 GiB, of a host with RDMA (openucx/ucx issue 7861).
    assert found["eth0"]["firmware_bytes"] == 9045694 * 4096
    assert found["eth1"]["firmware_bytes"] is None
    assert server.noted()["/nics/eth1/firmware_bytes"] == "absent"
    assert found["bond0"]["firmware_bytes"] is None
    assert "/nics/bond0/firmware_bytes" not in server.noted()


@pytest.mark.parametrize("size, told, gap", [(4096, {"0": 4096}, None), (None, None, "absent")])
def test_buffers_that_follow_the_packets(tree, size, told, gap):
    tree.pci_function(VIRTIO)
    home = tree.nic("eth0", 2, device=VIRTIO + "/virtio2")
    if size:
        tree.write(home + "/queues/rx-0/virtio_net/mergeable_rx_buffer_size", size)
    host = Server(tree, {"eth0": link(2)}, drivers({"eth0": "virtio_net"}))
    assert host.settings("eth0")["eth0"]["mergeable_rx_buffers"] == told
    assert host.noted().get("/nics/eth0/mergeable_rx_buffers") == gap


def test_a_kernel_without_devlink(server):
    server.devlink = FakeDevlink(errors={"family": errno.ENOENT})
    found = server.settings("eth0", "bond0")
    assert found["eth0"]["devlink_queues"] is None
    assert server.noted()["/nics/eth0/devlink_queues"] == "absent"
    assert "/nics/bond0/devlink_queues" not in server.noted()


class BufferLength(fake_host.Lacking):
    """A part ``netlink`` that answers the one question of the family ethtool."""

    def family(self, name):
        assert name == "ethtool"
        return self

    def ask(self, _command, _code, _payload):
        return [attribute(10, integer(4096))]


@pytest.mark.parametrize("text, value, gap", [("Y", True, None), ("N", False, None), (None, None, "absent")])
def test_parameters_of_a_module(tree, text, value, gap):
    tree.pci_function(VIRTIO)
    tree.nic("eth0", 2, device=VIRTIO)
    if text:
        tree.write("/sys/module/hns3/parameters/page_pool_enabled", text)
    host = Server(tree, {"eth0": link(2)}, drivers({"eth0": "hns3"}), {})
    host.netlink = BufferLength()
    eth0 = host.settings("eth0")["eth0"]
    assert eth0["module_parameters"] == {"page_pool_enabled": value}
    assert eth0["rings"] == dict(RINGS, rx_buf_len=4096)
    assert host.noted().get("/nics/eth0/module_parameters/page_pool_enabled") == gap


def remove(server, name):
    """The interface is removed: after the list of links was made."""
    os.remove(f"{server.tree.root}/sys/class/net/{name}")
    del server.drivers[name]


def test_a_nic_that_vanishes_during_the_settings_leaves_the_others(server):
    seen = server.inventory()
    remove(server, "eth1")
    found = server.settings_of(seen, ("eth0", "eth1"))
    assert "eth1" not in found
    assert set(found["eth0"]) == IN_DEPTH
    assert {path: reason for path, reason in server.noted().items() if path.startswith("/nics/eth1")} == {
        "/nics/eth1": "vanished"
    }


def test_a_nic_that_vanishes_during_a_sample_leaves_the_others(server):
    known = server.settings("eth0", "eth1")
    server.gaps = Gaps()
    remove(server, "eth1")
    found = server.sample(known)
    assert "eth1" not in found
    assert found["eth0"]["counters"]
    assert server.noted() == {"/nics/eth1": "vanished"}


def test_a_nic_that_vanishes_between_settings_and_sample(server):
    known = server.settings("eth0", "eth1")
    server.gaps = Gaps()
    remove(server, "eth1")
    del server.links["eth1"]
    assert "eth1" not in server.sample(known)
    assert server.noted() == {"/nics/eth1": "vanished"}


def test_a_driver_that_resets_is_no_nic_that_vanished(server):
    known = server.settings("eth0")
    server.gaps = Gaps()
    del server.drivers["eth0"]
    found = server.sample(known)["eth0"]
    assert found["counters"] is None
    assert found["link_stats"]["rx_packets"] == 200
    assert server.noted() == {"/nics/eth0/counters": "vanished"}


def test_statistics_of_sysfs_where_netlink_has_none(server):
    server.links["br0"]["link_stats"] = None
    server.tree.write("/sys/devices/virtual/net/br0/statistics/rx_dropped", 5)
    found = server.sample({})["br0"]["link_stats"]
    assert found["rx_dropped"] == 5
    assert found["rx_bytes"] is None
    assert server.noted()["/nics/br0/link_stats/rx_bytes"] == "absent"


def test_document_joins_settings_and_difference(server):
    known = server.settings("eth0")
    before = server.sample(known)
    server.rows["41"]["counts"] = Sparse({"2": Counter32(18)})
    server.drivers["eth0"]["statistics"][0] = ("rx_out_of_buffer", 15)
    server.links["wg0"] = link(9, "wireguard")
    found = nics.document(known, Difference(1.0).of(before, server.sample(known)))
    port = found["eth0"]
    assert port["driver"]["name"] == "mlx5_core"
    assert port["irqs"]["41"]["counts"] == {"2": {"total": 18, "delta": 10}}
    assert port["irqs"]["41"]["effective_affinity"] == [9]
    assert port["queues"]["tx"]["0"] == {"xps_cpus": [], "tx_timeout": {"total": 0, "delta": 0}}
    assert port["counters"]["rx_out_of_buffer"]["delta"] == 3
    assert port["link_stats"]["rx_packets"] == {"total": 200, "delta": 0}
    assert port["carrier_changes"] == {"total": 1, "delta": 0}
    assert port["bond_slave"] == {
        "state": "active",
        "mii_status": "up",
        "link_failure_count": {"total": 3, "delta": 0},
    }
    assert found["br0"]["link_stats"]["rx_dropped"] == {"total": 600, "delta": 0}
    # It appeared during the interval: nothing is known of it.
    assert "wg0" not in found
    json.dumps(found)


def test_document_keeps_the_settings_of_a_nic_that_vanished(server):
    known = server.settings("eth0", "eth1")
    found = nics.document(known, {})
    assert found["eth1"] == known["eth1"]


class CountingFolder(Folder):
    reads = 0

    def read(self, path):
        self.reads += 1
        return Folder.read(self, path)

    def exists(self, path):
        raise AssertionError(f"{path}: read it, and note that it is not there")


def test_what_four_nics_of_64_queues_cost(tree):
    link_list, rows = {}, {}
    for port in range(4):
        numbers = range(100 + 64 * port, 164 + 64 * port)
        tree.pci_function(PORT.format(port), irqs=numbers)
        tree.nic(f"eth{port}", 2 + port, device=PORT.format(port), rx=64, tx=64)
        link_list[f"eth{port}"] = link(2 + port)
        for queue, number in enumerate(numbers):
            tree.irq(number, affinity="0-3", effective="0")
            rows[str(number)] = irq(f"mlx5_comp{queue}@pci:0000:3b:00.{port}", 1)
    host = Server(tree, link_list, drivers(dict.fromkeys(link_list, "mlx5_core")), rows, files=CountingFolder)
    known = host.settings(*link_list)
    # A queue is three files and an interrupt four; beside them a NIC is a few.
    assert 4 * 64 * 7 <= host.files.reads <= 4 * (64 * 7 + 20)
    host.files.reads = 0
    assert len(host.sample(known)["eth3"]["irqs"]) == 64
    assert 4 * 64 <= host.files.reads <= 4 * (64 + 2)


@pytest.mark.parametrize("part", nics.PARTS)
def test_one_part_and_no_other(server, part):
    """With what it needs, and what every interface has."""
    found = server.settings("eth0", parts=(part, *nics.NEEDS.get(part, ())))["eth0"]
    keys = {
        "device": {"pci", "sriov", "numa_node", "local_cpus"},
        "irqs": {"driver", "irqs", "irqs_shared_with"},
        "ring_memory": {"driver", "rings", "queues", "traffic_classes", "rx_page_cache", "devlink_queues"}
        | {"mergeable_rx_buffers", "module_parameters", "firmware_bytes"},
    }
    always = OUTLINE | {"mac", "mtu", "carrier", "tx_queue_len", "xdp", "bond", "bond_slave"}
    assert set(found) == always | keys.get(part, {part})
    known = {path.split("/")[3] for path in server.noted()}
    assert known <= set(found)


def test_without_any_part_no_driver_is_asked(server):
    found = server.settings("eth0", parts=())
    assert "driver" not in found["eth0"] and "driver" not in found["veth1"]
    counted = server.sample(found)["eth0"]
    assert counted["counters"] and counted["link_stats"]
    assert "irqs" not in counted and "queues" not in counted


# The kernel of this machine.


def test_every_interface_of_this_machine():
    gaps = Gaps()
    with this_host() as host:
        link_list = links(host, gaps.at("nics"))
        seen = nics.inventory(host, link_list, addresses(host))
        rows = interrupts.read(host)
        known = nics.settings(host, link_list, seen, set(link_list), rows, nics.PARTS, gaps.at("nics"))
        found = nics.sample(host, link_list, rows, known, gaps.at("nics"))
    assert set(known) == set(found) == set(link_list)
    assert known["lo"]["kind"] == "loopback"
    for name, nic in known.items():
        assert set(nic) == IN_DEPTH
        if nic["kind"] == "physical" and nic["irqs"]:
            assert set(found[name]["irqs"]) == set(nic["irqs"])
    assert "malformed" not in {entry["reason"] for entry in gaps.entries}
    json.dumps(nics.document(known, found))


SCRIPT = """
set -e
mount -t sysfs sysfs /sys
ip link set lo up
ip link add va numrxqueues 2 numtxqueues 2 type veth peer name vb
ip link add br0 type bridge
ip link set va master br0
ip addr add 192.0.2.1/24 dev br0
ip link set va up
ip link set vb up
ip link set br0 up
echo 1 > /sys/class/net/va/queues/rx-1/rps_cpus
exec "$@"
"""

REPORT = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics, selection as nic_selection
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
gaps = Gaps()
with this_host() as host:
    found = links(host)
    seen = nics.inventory(host, found, addresses(host))
    default = nic_selection.select(seen)
    networks = nic_selection.select(seen, networks=["192.0.2.0/24"])
    known = nics.settings(host, found, seen, ["va"], {}, nics.PARTS, gaps.at("nics"))
    counted = nics.sample(host, found, {}, known, gaps.at("nics"))
print(json.dumps({"default": default, "networks": networks, "nics": nics.document(known, counted),
                  "gaps": gaps.entries}))
"""


def test_a_network_namespace_with_a_bridge_and_a_veth_pair(python_in_namespace):
    answer = python_in_namespace(SCRIPT, REPORT)
    assert answer["default"]["how"] == "fallback"
    assert answer["default"]["selected"] == ["br0", "va", "vb"]
    assert answer["networks"]["selected"] == ["br0", "va"]
    port, bridge = answer["nics"]["va"], answer["nics"]["br0"]
    assert (port["kind"], port["master"], port["upper"], port["driver"]["name"]) == ("veth", "br0", ["br0"], "veth")
    assert (bridge["kind"], bridge["lower"], bridge["addresses"][0]) == ("bridge", ["va"], "192.0.2.1/24")
    assert port["queues"]["rx"]["1"]["rps_cpus"] == [0]
    assert port["irqs"] == {}
    assert port["carrier"] is True
    assert port["link_stats"]["rx_dropped"] is not None
    assert "/nics/va/queues" not in {entry["path"] for entry in answer["gaps"]}


REPORT_OF_A_REMOVAL = """
import json, subprocess
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
gaps = Gaps()
with this_host() as host:
    found = links(host)
    seen = nics.inventory(host, found, {})
    subprocess.check_call(["ip", "link", "del", "va"])
    known = nics.settings(host, found, seen, ["br0", "va", "vb"], {}, nics.PARTS, gaps.at("nics"))
print(json.dumps({"known": sorted(known), "gaps": gaps.entries}))
"""


def test_a_veth_pair_that_is_removed_during_the_reading(python_in_namespace):
    answer = python_in_namespace(SCRIPT, REPORT_OF_A_REMOVAL)
    assert set(answer["known"]) & {"br0", "va", "vb"} == {"br0"}
    gone = {entry["path"]: entry["reason"] for entry in answer["gaps"] if "/br0" not in entry["path"]}
    assert gone == {"/nics/va": "vanished", "/nics/vb": "vanished"}
