# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reader of NICs in sysfs on trees that nobody of this project wrote.

The captures hold files only. SYMLINKS.txt beside each says which links there were: a tree is made again with them.
"""

import os
import shutil

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sysfs_net
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

ENS10F0 = "/sys/devices/pci0000:40/0000:40:01.3/0000:45:00.0"


def rebuilt(captures, name, folder):
    """A host of the tree ``sys`` of the capture *name*, copied to *folder* with its links."""
    capture = os.path.join(captures, name)
    shutil.copytree(os.path.join(capture, "sys"), os.path.join(folder, "sys"))
    for directory, _directories, _files in os.walk(folder):
        os.chmod(directory, 0o755)
    with open(os.path.join(capture, "SYMLINKS.txt")) as stream:
        lines = [line.rstrip("\n").partition(" -> ") for line in stream]
    for path, _arrow, target in lines:
        place = os.path.join(folder, path[len("fixtures/") :] if path.startswith("fixtures/") else path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target.rstrip("/"), place)
    return fake_host.folder_host(folder)


@pytest.fixture
def node_exporter(captures, tmp_path):
    host = rebuilt(captures, "node_exporter", str(tmp_path))
    # The capture has this NIC below its device only.
    os.symlink("../../devices" + ENS10F0[len("/sys/devices") :] + "/net/ens10f0", f"{tmp_path}{sysfs('ens10f0')}")
    return host


@pytest.fixture
def procfs(captures, tmp_path):
    return rebuilt(captures, "prometheus-procfs", str(tmp_path))


def sysfs(name):
    return sysfs_net.NET + "/" + name


def reasons(gaps):
    return {entry["path"]: entry["reason"] for entry in gaps.entries}


def test_a_port_of_a_bridge(node_exporter):
    assert sysfs_net.neighbours(node_exporter, "ens10f0") == {"physical": True, "lower": [], "upper": ["vmbr0"]}
    device = sysfs_net.device(node_exporter, "ens10f0")
    assert device == ENS10F0
    assert sysfs_net.bus_name(device) == "0000:45:00.0"


def test_eight_queues_on_a_host_of_many_cpus(node_exporter):
    gaps = Gaps()
    found = sysfs_net.queues(node_exporter, "ens10f0", gaps)
    assert list(found["rx"]) == list(found["tx"]) == ["0", "1", "2", "3", "4", "5", "6", "7"]
    assert all(queue == {"rps_cpus": [], "rps_flow_cnt": 0} for queue in found["rx"].values())
    assert all(queue == {"xps_cpus": []} for queue in found["tx"].values())
    timeouts = sysfs_net.tx_timeouts(node_exporter, "ens10f0", found["tx"], gaps)
    assert list(timeouts.values()) == [0] * 8
    assert all(isinstance(value, Counter64) for value in timeouts.values())
    assert gaps.entries == []


def test_napi_and_statistics(node_exporter, tmp_path):
    gaps = Gaps()
    assert sysfs_net.napi(node_exporter, "ens10f0", gaps) == {
        "defer_hard_irqs": 0,
        "gro_flush_timeout_ns": 0,
        "threaded": False,
    }
    stats = sysfs_net.link_stats(node_exporter, "ens10f0", gaps)
    for field, value in stats.items():
        if value is not None:
            with open(f"{tmp_path}{sysfs('ens10f0')}/statistics/{field}") as stream:
                assert value == int(stream.read())
    assert reasons(gaps) == {"/rx_otherhost_dropped": "absent"}


def test_what_the_capture_lacks_is_a_gap(node_exporter):
    gaps = Gaps()
    assert sysfs_net.locality(node_exporter, ENS10F0, gaps) == {"numa_node": None, "local_cpus": None}
    assert sysfs_net.sriov(node_exporter, ENS10F0, gaps) == {"vfs": None, "vfs_max": None, "is_vf": False}
    assert set(reasons(gaps).values()) == {"absent"}
    with pytest.raises(Unavailable):
        sysfs_net.device_irqs(node_exporter, ENS10F0)


def test_bonds_of_an_old_kernel_have_no_lower_links(node_exporter):
    for bond in ("dmz", "int", "bond0"):
        assert sysfs_net.neighbours(node_exporter, bond) == {"physical": False, "lower": [], "upper": []}
        with pytest.raises(Unavailable) as caught:
            sysfs_net.queues(node_exporter, bond, Gaps())
        assert caught.value.reason == "absent"


def test_a_file_among_the_interfaces_is_none(node_exporter):
    with pytest.raises(Unavailable):
        sysfs_net.neighbours(node_exporter, "bonding_masters")


def test_a_device_link_is_all_that_an_old_capture_has(procfs):
    assert sysfs_net.neighbours(procfs, "eth0")["physical"] is True
    device = sysfs_net.device(procfs, "eth0")
    assert device.endswith("/pci0000:00/0000:00:1f.6")
    assert sysfs_net.bus_name(device) == "0000:00:1f.6"


def test_virtio_devices_lie_below_their_function(captures):
    root = os.path.join(captures, "hotsos", "openstack")
    found = [folder for folder, folders, _files in os.walk(root + "/sys/devices") if "net" in folders]
    devices = [folder[len(root) :] for folder in found if "/virtio" in folder]
    assert devices
    for device in devices:
        assert sysfs_net.pci_function(device) == device.rpartition("/")[0]
