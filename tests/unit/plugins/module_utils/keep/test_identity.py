# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find, identity, present, told


def nic(name, bus=None, mac=None, driver="mlx5_core"):
    return {"bus": bus, "mac": mac, "driver": driver, "name": name}


ONE, OTHER = "02:fc:00:a1:b2:c3", "02:fc:00:a1:b2:c4"


def test_a_nic_is_known_by_its_slot_and_the_address_that_it_was_made_with(machine):
    assert identity(machine.host, "eth0") == nic("eth0", "0000:01:00.0", ONE)
    assert identity(machine.host, "bond0") == nic("bond0", driver="bonding")
    assert [each["name"] for each in present(machine.host)] == ["bond0", "eth0", "lo"]
    assert told(identity(machine.host, "eth0")) == f"eth0 (0000:01:00.0, {ONE}, mlx5_core)"


@pytest.mark.parametrize(
    "kept, there, expected",
    [
        # Another name, the same NIC.
        (nic("eth0", "1", ONE), [nic("ens1", "1", ONE), nic("eth0", "2", OTHER)], "ens1"),
        # In another slot.
        (nic("eth0", "1", ONE), [nic("eth5", "9", ONE)], "eth5"),
        # Another NIC in its slot, with its name.
        (nic("eth0", "1", ONE), [nic("eth0", "1", OTHER)], None),
        # A synthetic NIC and the virtual function behind it.
        (nic("eth0", "guid", ONE, "hv_netvsc"), [nic("eth1", "1", ONE), nic("eth0", "guid", ONE, "hv_netvsc")], "eth0"),
        # A copied address: the slot decides, and without it nobody can tell.
        (nic("eth0", "1", ONE), [nic("a", "2", ONE), nic("b", "1", ONE)], "b"),
        (nic("eth0", "1", ONE), [nic("a", "2", ONE), nic("b", "3", ONE)], None),
        # A virtual function, whose address is another at each start.
        (nic("eth0", "1"), [nic("eth7", "1")], "eth7"),
        (nic("eth0", "1"), [nic("eth0", "2")], None),
        # Two ports of one function without an address of their own.
        (nic("b", "1"), [nic("a", "1"), nic("b", "1")], "b"),
        # A bond has nothing but its name.
        (nic("bond0", driver="bonding"), [nic("bond1", driver="bonding"), nic("bond0", driver="bonding")], "bond0"),
        (nic("bond0", driver="bonding"), [nic("bond0", "1", ONE)], None),
        (nic("eth0", "1", ONE), [], None),
    ],
)
def test_the_nic_that_is_meant_is_found_whatever_it_is_called(kept, there, expected):
    assert find(kept, there) == expected
