# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysfs_net
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

FUNCTION = "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.1"


@pytest.fixture
def gaps():
    return Gaps("/nics/eth0")


def noted(gaps):
    return [(entry["path"], entry["reason"]) for entry in gaps.entries]


@pytest.mark.parametrize(
    ("device", "function"),
    [
        (FUNCTION, FUNCTION),
        ("/sys/devices/pci0000:00/0000:00:03.0/virtio2", "/sys/devices/pci0000:00/0000:00:03.0"),
        (FUNCTION + "/mlx5_core.sf.2", FUNCTION),
        (FUNCTION + "/vdpa0/virtio5", FUNCTION),
        (
            "/sys/devices/VMBUS:01/00d6fa0e/pci9fe3:00/9fe3:00:02.0",
            "/sys/devices/VMBUS:01/00d6fa0e/pci9fe3:00/9fe3:00:02.0",
        ),
        ("/sys/devices/pci10000:00/10000:00:02.0", "/sys/devices/pci10000:00/10000:00:02.0"),
        ("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0", None),
        ("/sys/devices/pci0000:00/0000:00:1d.0/0000:05:00.0/domain0/0-0/0-1/0-1.0", None),
        ("/sys/devices/platform/soc/2100000.ethernet", None),
        ("/sys/devices/platform/a003e00.virtio_mmio/virtio0", None),
        ("/sys/devices/vif-0", None),
    ],
)
def test_pci_function_of_a_device(device, function):
    assert sysfs_net.pci_function(device) == function


@pytest.mark.parametrize(
    ("device", "name"),
    [
        (FUNCTION, "0000:3b:00.1"),
        (FUNCTION + "/virtio2", "0000:3b:00.1"),
        ("/sys/devices/platform/a003e00.virtio_mmio/virtio0", "virtio0"),
    ],
)
def test_bus_name(device, name):
    assert sysfs_net.bus_name(device) == name


def test_neighbours_of_a_bond_slave_and_of_its_bond(tree):
    tree.nic("eth0", 2, device=FUNCTION, upper=["bond0"])
    tree.nic("bond0", 5, lower=["eth0", "eth1"], upper=["bond0.100"])
    assert sysfs_net.neighbours(tree.host, "eth0") == {"physical": True, "lower": [], "upper": ["bond0"]}
    assert sysfs_net.neighbours(tree.host, "bond0") == {
        "physical": False,
        "lower": ["eth0", "eth1"],
        "upper": ["bond0.100"],
    }


def test_device_of_a_virtual_interface_is_absent(tree):
    tree.nic("br0", 3)
    tree.nic("eth0", 2, device=FUNCTION)
    assert sysfs_net.device(tree.host, "eth0") == FUNCTION
    with pytest.raises(Unavailable) as caught:
        sysfs_net.device(tree.host, "br0")
    assert caught.value.reason == "absent"


@pytest.mark.parametrize("ifindex", [7, None])
def test_sysfs_of_another_network_namespace_is_recognised(tree, ifindex):
    if ifindex:
        tree.nic("eth0", ifindex)
    with pytest.raises(Unavailable) as caught:
        sysfs_net.check_visible(tree.host, "eth0", 2)
    assert caught.value.reason == "not_visible"
    assert "/sys/class/net/eth0/ifindex" in caught.value.detail


def test_the_same_interface_is_visible(tree):
    tree.nic("eth0", 2)
    sysfs_net.check_visible(tree.host, "eth0", 2)


def test_queues_come_in_the_order_of_their_numbers(tree, gaps):
    home = tree.nic("eth0", 2, device=FUNCTION, rx=11, tx=2)
    tree.write(home + "/queues/rx-10/rps_cpus", "00000001,0000000f")
    tree.write(home + "/queues/rx-10/rps_flow_cnt", 4096)
    tree.write(home + "/queues/tx-1/xps_cpus", "80000000,00000000")
    found = sysfs_net.queues(tree.host, "eth0", gaps.at("queues"))
    assert list(found["rx"]) == [str(queue) for queue in range(11)]
    assert found["rx"]["0"] == {"rps_cpus": [], "rps_flow_cnt": 0}
    assert found["rx"]["10"] == {"rps_cpus": [0, 1, 2, 3, 32], "rps_flow_cnt": 4096}
    assert found["tx"] == {"0": {"xps_cpus": []}, "1": {"xps_cpus": [63]}}
    assert noted(gaps) == []


def test_xps_of_a_device_with_one_queue_cannot_be_read(tree, gaps):
    tree.nic("eth0", 2, device=FUNCTION)
    found = sysfs_net.queues(tree.host, "eth0", gaps.at("queues"))
    assert found["tx"] == {"0": {"xps_cpus": None}}
    assert noted(gaps) == [("/nics/eth0/queues/tx/0/xps_cpus", "absent")]


def test_a_kernel_without_xps_is_one_gap_for_all_queues(tree, gaps):
    home = tree.nic("eth0", 2, device=FUNCTION, rx=0, tx=64)
    for queue in range(64):
        tree.remove(f"{home}/queues/tx-{queue}/xps_cpus")
    found = sysfs_net.queues(tree.host, "eth0", gaps.at("queues"))
    assert len(found["tx"]) == 64
    assert all(queue == {"xps_cpus": None} for queue in found["tx"].values())
    assert noted(gaps) == [("/nics/eth0/queues/tx/0/xps_cpus", "absent")]


def test_a_malformed_mask_of_one_queue_leaves_the_others(tree, gaps):
    home = tree.nic("eth0", 2, device=FUNCTION, rx=3, tx=2)
    tree.write(home + "/queues/rx-1/rps_cpus", "0x3")
    tree.write(home + "/queues/rx-2/rps_flow_cnt", "many")
    found = sysfs_net.queues(tree.host, "eth0", gaps.at("queues"))
    assert found["rx"]["0"] == {"rps_cpus": [], "rps_flow_cnt": 0}
    assert found["rx"]["1"] == {"rps_cpus": None, "rps_flow_cnt": 0}
    assert found["rx"]["2"] == {"rps_cpus": [], "rps_flow_cnt": None}
    assert noted(gaps) == [
        ("/nics/eth0/queues/rx/1/rps_cpus", "malformed"),
        ("/nics/eth0/queues/rx/2/rps_flow_cnt", "malformed"),
    ]


def test_other_names_among_the_queues_are_passed_over(tree, gaps):
    home = tree.nic("eth0", 2, rx=1, tx=0)
    tree.write(home + "/queues/rx-zero/rps_cpus", "ff")
    tree.write(home + "/queues/qos-1/rps_cpus", "ff")
    assert sysfs_net.queues(tree.host, "eth0", gaps) == {"rx": {"0": {"rps_cpus": [], "rps_flow_cnt": 0}}, "tx": {}}


def test_tx_timeouts_are_counters(tree, gaps):
    home = tree.nic("eth0", 2, tx=2)
    tree.write(home + "/queues/tx-1/tx_timeout", 7)
    found = sysfs_net.tx_timeouts(tree.host, "eth0", ["0", "1", "2"], gaps.at("queues", "tx"))
    assert found == {"0": 0, "1": 7, "2": None}
    assert isinstance(found["1"], Counter64)
    assert noted(gaps) == [("/nics/eth0/queues/tx/2/tx_timeout", "absent")]


QUEUES = "/sys/class/net/eth0/queues/tx-{}/traffic_class"


@pytest.mark.parametrize(
    "files, found",
    [
        (["0"], 1),
        (["0", "0", "0", "0"], 1),
        (["0", "0", "1", "1", "2", "2"], 3),
        (["0-1", "1-3"], 2),
        (["0"] * 11 + ["15"], 16),
    ],
)
def test_traffic_classes_are_as_many_as_the_last_queue_says(tree, files, found):
    for queue, text in enumerate(files):
        tree.write(QUEUES.format(queue), text)
    assert sysfs_net.traffic_classes(tree.host, "eth0", [str(queue) for queue in range(len(files))]) == found


class Refusing(Folder):
    """Queues from the third on are of no class: the kernel answers EINVAL."""

    def read(self, path):
        if "tx-0" in path or "tx-1/" in path:
            return Folder.read(self, path)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def test_queues_of_no_class_are_passed_over(tree):
    for queue in range(2):
        tree.write(QUEUES.format(queue), queue)
    assert sysfs_net.traffic_classes(fake_host.folder_host(tree.root, Refusing), "eth0", list("0123456")) == 2
    with pytest.raises(Unavailable) as raised:
        sysfs_net.traffic_classes(fake_host.folder_host(tree.root, Refusing), "eth0", list("3456"))
    assert raised.value.reason == "unsupported"


@pytest.mark.parametrize("queues, reason", [(["0", "1"], "absent"), ([], "absent")])
def test_a_kernel_without_traffic_classes(tree, queues, reason):
    with pytest.raises(Unavailable) as raised:
        sysfs_net.traffic_classes(tree.host, "eth0", queues)
    assert raised.value.reason == reason


@pytest.mark.parametrize("text", ["", "-1", "16", "1000000000", "one", "1 2", "1-"])
def test_a_malformed_traffic_class(tree, text):
    tree.write(QUEUES.format(1), text)
    assert "expected a traffic class" in malformed(sysfs_net.traffic_classes, tree.host, "eth0", ["0", "1"])


def test_the_page_cache_of_a_ring(tree):
    assert sysfs_net.rx_page_cache(tree.host, "eth0") is None
    tree.write("/sys/class/net/eth0/rx_page_cache/log_mult_limit", 3)
    assert sysfs_net.rx_page_cache(tree.host, "eth0") == {"log_mult_limit": 3}
    tree.write("/sys/class/net/eth0/rx_page_cache/log_mult_limit", "x")
    assert "expected a whole number" in malformed(sysfs_net.rx_page_cache, tree.host, "eth0")


def test_buffers_that_follow_the_packets(tree):
    place = "/sys/class/net/eth0/queues/rx-{}/virtio_net/mergeable_rx_buffer_size"
    for queue, size in enumerate((1536, 4096)):
        tree.write(place.format(queue), size)
    assert sysfs_net.mergeable_rx_buffers(tree.host, "eth0", ["0", "1"]) == {"0": 1536, "1": 4096}
    with pytest.raises(Unavailable) as raised:
        sysfs_net.mergeable_rx_buffers(tree.host, "eth0", ["0", "2"])
    assert raised.value.reason == "absent"
    tree.write(place.format(1), "many")
    assert "expected a whole number" in malformed(sysfs_net.mergeable_rx_buffers, tree.host, "eth0", ["1"])


def test_napi(tree, gaps):
    home = tree.nic("eth0", 2)
    tree.write(home + "/napi_defer_hard_irqs", 2)
    tree.write(home + "/gro_flush_timeout", 200000)
    tree.write(home + "/threaded", 1)
    assert sysfs_net.napi(tree.host, "eth0", gaps) == {
        "defer_hard_irqs": 2,
        "gro_flush_timeout_ns": 200000,
        "threaded": True,
    }
    assert noted(gaps) == []


def test_napi_of_an_old_kernel(tree, gaps):
    home = tree.nic("eth0", 2)
    tree.remove(home + "/napi_defer_hard_irqs")
    tree.remove(home + "/threaded")
    assert sysfs_net.napi(tree.host, "eth0", gaps.at("napi")) == {
        "defer_hard_irqs": None,
        "gro_flush_timeout_ns": 0,
        "threaded": None,
    }
    assert sorted(noted(gaps)) == [
        ("/nics/eth0/napi/defer_hard_irqs", "absent"),
        ("/nics/eth0/napi/threaded", "absent"),
    ]


def test_pci_link(tree, gaps):
    tree.write(FUNCTION + "/current_link_speed", "8.0 GT/s PCIe")
    tree.write(FUNCTION + "/current_link_width", 8)
    tree.write(FUNCTION + "/max_link_speed", "16.0 GT/s PCIe")
    tree.write(FUNCTION + "/max_link_width", 16)
    assert sysfs_net.pci(tree.host, FUNCTION, gaps) == {
        "address": "0000:3b:00.1",
        "link_speed": "8.0 GT/s PCIe",
        "link_width": 8,
        "max_link_speed": "16.0 GT/s PCIe",
        "max_link_width": 16,
    }
    assert noted(gaps) == []


def test_pci_link_of_a_virtual_function_is_not_told(tree, gaps):
    for file in ("current_link_speed", "max_link_speed"):
        tree.write(FUNCTION + "/" + file, "Unknown")
    tree.write(FUNCTION + "/current_link_width", 0)
    tree.write(FUNCTION + "/max_link_width", 255)
    found = sysfs_net.pci(tree.host, FUNCTION, gaps.at("pci"))
    assert [found[key] for key in sorted(found)] == ["0000:3b:00.1", None, None, None, None]
    assert noted(gaps) == [
        ("/nics/eth0/pci/" + key, "absent") for key in ("link_speed", "link_width", "max_link_speed", "max_link_width")
    ]


def test_sriov_of_a_physical_function(tree, gaps):
    tree.write(FUNCTION + "/sriov_numvfs", 4)
    tree.write(FUNCTION + "/sriov_totalvfs", 64)
    assert sysfs_net.sriov(tree.host, FUNCTION, gaps) == {"vfs": 4, "vfs_max": 64, "is_vf": False}


def test_sriov_of_a_virtual_function(tree, gaps):
    tree.link(FUNCTION + "/physfn", "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0")
    assert sysfs_net.sriov(tree.host, FUNCTION, gaps) == {"vfs": None, "vfs_max": None, "is_vf": True}
    assert noted(gaps) == [("/nics/eth0/vfs", "absent"), ("/nics/eth0/vfs_max", "absent")]


@pytest.mark.parametrize("device", [FUNCTION, FUNCTION + "/virtio2", FUNCTION + "/mlx5_core.sf.2"])
def test_locality_is_that_of_the_pci_function(tree, gaps, device):
    tree.pci_function(FUNCTION, node=1, cpus="8-11,24-27")
    assert sysfs_net.locality(tree.host, device, gaps) == {
        "numa_node": 1,
        "local_cpus": [8, 9, 10, 11, 24, 25, 26, 27],
    }


def test_numa_node_minus_one_is_not_a_node(tree, gaps):
    tree.pci_function(FUNCTION, node=-1, cpus="0-1")
    assert sysfs_net.locality(tree.host, FUNCTION, gaps) == {"numa_node": None, "local_cpus": [0, 1]}
    assert noted(gaps) == [("/nics/eth0/numa_node", "absent")]


def test_locality_of_a_soc(tree, gaps):
    assert sysfs_net.locality(tree.host, "/sys/devices/platform/soc/2100000.ethernet", gaps) == {
        "numa_node": None,
        "local_cpus": None,
    }
    assert noted(gaps) == [("/nics/eth0/numa_node", "absent"), ("/nics/eth0/local_cpus", "absent")]


@pytest.mark.parametrize("device", [FUNCTION, FUNCTION + "/virtio2", FUNCTION + "/mlx5_core.sf.2"])
def test_interrupts_are_the_msi_of_the_function(tree, device):
    tree.pci_function(FUNCTION, irqs=(100, 38, 39), irq=11)
    assert sysfs_net.device_irqs(tree.host, device) == [38, 39, 100]


def test_rdma_devices_are_those_of_the_function(tree):
    assert sysfs_net.rdma_devices(tree.host, FUNCTION) == []
    tree.write(FUNCTION + "/infiniband/rocep1s0/node_type", "1: CA")
    assert sysfs_net.rdma_devices(tree.host, FUNCTION) == ["rocep1s0"]


def test_interrupts_of_a_subfunction_that_names_its_own(tree):
    tree.pci_function(FUNCTION, irqs=range(38, 60))
    for number in (50, 51, 52):
        tree.write(f"{FUNCTION}/mlx5_core.sf.2/irqs/{number}")
    assert sysfs_net.device_irqs(tree.host, FUNCTION + "/mlx5_core.sf.2") == [50, 51, 52]


def test_interrupt_of_a_function_without_msi(tree):
    tree.pci_function(FUNCTION, irq=11)
    assert sysfs_net.device_irqs(tree.host, FUNCTION) == [11]


@pytest.mark.parametrize("device", [FUNCTION, "/sys/devices/platform/soc/2100000.ethernet", "/sys/devices/vif-0"])
def test_no_interrupt_named_is_none_not_zero(tree, device):
    tree.pci_function(FUNCTION, irq=0)
    with pytest.raises(Unavailable) as caught:
        sysfs_net.device_irqs(tree.host, device)
    assert caught.value.reason == "absent"


def test_link_stats(tree, gaps):
    home = tree.nic("eth0", 2)
    for number, field in enumerate(sysfs_net.LINK_STATS):
        tree.write(f"{home}/statistics/{field}", 2**40 + number)
    tree.remove(home + "/statistics/rx_otherhost_dropped")
    tree.remove(home + "/statistics/rx_nohandler")
    found = sysfs_net.link_stats(tree.host, "eth0", gaps.at("link_stats"))
    assert list(found) == list(sysfs_net.LINK_STATS)
    assert found["rx_packets"] == 2**40
    assert isinstance(found["tx_window_errors"], Counter64)
    assert found["rx_nohandler"] is None
    assert noted(gaps) == [
        ("/nics/eth0/link_stats/rx_nohandler", "absent"),
        ("/nics/eth0/link_stats/rx_otherhost_dropped", "absent"),
    ]


def test_an_interface_that_is_not_there(tree, gaps):
    for function in (sysfs_net.neighbours, sysfs_net.device):
        with pytest.raises(Unavailable):
            function(tree.host, "eth9")
    with pytest.raises(Unavailable):
        sysfs_net.queues(tree.host, "eth9", gaps)


# The kernel of this machine.


def interfaces():
    return os.listdir("/sys/class/net") if os.path.isdir("/sys/class/net") else []


def test_every_interface_of_this_machine(gaps):
    reader = this_host()
    names = [name for name in interfaces() if os.path.isdir("/sys/class/net/" + name)]
    if not names:
        pytest.skip("no interface in /sys/class/net")
    for name in names:
        with open(f"/sys/class/net/{name}/ifindex") as stream:
            sysfs_net.check_visible(reader, name, int(stream.read()))
        found = sysfs_net.queues(reader, name, gaps)
        assert all(isinstance(queue["rps_flow_cnt"], int) for queue in found["rx"].values())
        assert sysfs_net.link_stats(reader, name, gaps)["rx_packets"] is not None
        if sysfs_net.neighbours(reader, name)["physical"]:
            assert sysfs_net.device(reader, name).startswith("/sys/devices/")
    assert "malformed" not in {entry["reason"] for entry in gaps.entries}


SCRIPT = """
set -e
mount -t sysfs sysfs /sys
ip link add va numrxqueues 2 numtxqueues 2 type veth peer name vb numrxqueues 2 numtxqueues 2
echo 1 > /sys/class/net/va/queues/rx-1/rps_cpus
echo 256 > /sys/class/net/va/queues/rx-1/rps_flow_cnt
echo 1 > /sys/class/net/va/queues/tx-1/xps_cpus
exec "$@"
"""

REPORT = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysfs_net
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
gaps = Gaps("/nics/va")
found = sysfs_net.queues(this_host(), "va", gaps.at("queues"))
near = sysfs_net.neighbours(this_host(), "va")
print(json.dumps({"queues": found, "near": near, "gaps": gaps.entries}))
"""


def test_steering_of_a_veth_pair(python_in_namespace):
    answer = python_in_namespace(SCRIPT, REPORT)
    assert answer["queues"]["rx"] == {
        "0": {"rps_cpus": [], "rps_flow_cnt": 0},
        "1": {"rps_cpus": [0], "rps_flow_cnt": 256},
    }
    assert answer["queues"]["tx"] == {"0": {"xps_cpus": []}, "1": {"xps_cpus": [0]}}
    assert answer["near"]["physical"] is False
    assert answer["gaps"] == []


def test_virtual_functions_by_who_serves_them(tree):
    tree.write(FUNCTION + "/sriov_numvfs", 3)
    for number, driver in enumerate(("vfio-pci", "iavf", None)):
        function = f"/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:02.{number}"
        tree.write(f"{function}/irq", 0)
        if driver:
            tree.link(f"{function}/driver", f"/sys/bus/pci/drivers/{driver}")
        tree.link(f"{FUNCTION}/virtfn{number}", function)
    found = sysfs_net.virtual_functions(tree.host, FUNCTION)
    assert found == {"0": "vfio-pci", "1": "iavf", "2": None}


def test_a_function_without_virtual_ones(tree):
    tree.pci_function(FUNCTION)
    assert sysfs_net.virtual_functions(tree.host, FUNCTION) == {}


def test_the_switch_that_a_nic_is_a_port_of(tree):
    home = tree.nic("eth0", 2)
    assert sysfs_net.switch_id(tree.host, "eth0") is None
    tree.write(home + "/phys_switch_id", "4a9d0c0003a1420c")
    assert sysfs_net.switch_id(tree.host, "eth0") == "4a9d0c0003a1420c"
    tree.write(home + "/phys_switch_id", "")
    assert sysfs_net.switch_id(tree.host, "eth0") is None


def test_a_bridge(tree):
    home = tree.nic("br0", 7)
    for stp, expected in ((0, False), (1, True), (2, True)):
        tree.write(home + "/bridge/stp_state", stp)
        tree.write(home + "/bridge/forward_delay", 1500)
        assert sysfs_net.bridge(tree.host, "br0") == {"stp": expected, "forward_delay_s": 15.0}
    with pytest.raises(Unavailable):
        sysfs_net.bridge(tree.host, "br1")
