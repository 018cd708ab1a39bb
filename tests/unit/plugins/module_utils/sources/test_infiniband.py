# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import infiniband
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

FUNCTION = "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.{}"


def rdma(tree, name, function, port="1", state="4: ACTIVE", owner=None):
    home = f"{function}/infiniband/{name}"
    tree.write(f"{home}/ports/{port}/state", state)
    if owner:
        tree.write(f"{home}/ports/{port}/gid_attrs/ndevs/0", owner)
    tree.link(f"{home}/device", function)
    tree.link(f"/sys/class/infiniband/{name}", home)


def test_each_port_of_a_nic_is_a_device_of_its_own(tree):
    for number in range(2):
        tree.nic(f"eth{number}", 2 + number, device=FUNCTION.format(number))
        rdma(tree, f"mlx5_{number}", FUNCTION.format(number), owner=f"eth{number}")
    assert infiniband.devices(tree.host) == {
        "mlx5_0": {"interfaces": ["eth0"], "ports": {"1": "ACTIVE"}},
        "mlx5_1": {"interfaces": ["eth1"], "ports": {"1": "ACTIVE"}},
    }


def test_the_ports_of_a_bond_are_one_device_below_the_first_of_them(tree):
    tree.nic("eth0", 2, device=FUNCTION.format(0))
    tree.nic("eth1", 3, device=FUNCTION.format(1))
    rdma(tree, "mlx5_bond_0", FUNCTION.format(0), owner="bond0")
    assert infiniband.devices(tree.host) == {"mlx5_bond_0": {"interfaces": ["bond0", "eth0"], "ports": {"1": "ACTIVE"}}}


def test_a_port_without_a_network(tree):
    rdma(tree, "mlx5_4", FUNCTION.format(4), state="1: DOWN")
    assert infiniband.devices(tree.host) == {"mlx5_4": {"interfaces": [], "ports": {"1": "DOWN"}}}


def test_a_host_without_rdma(tree):
    assert infiniband.devices(tree.host) == {}


def test_a_host_that_does_not_tell(tmp_path):
    host = fake_host.folder_host(tmp_path, fake_host.refusing("/sys/class/infiniband"))
    with pytest.raises(Unavailable) as caught:
        infiniband.devices(host)
    assert caught.value.reason == "unreadable"
