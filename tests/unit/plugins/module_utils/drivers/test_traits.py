# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How drivers behave, and what a change does to traffic."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import traits


@pytest.mark.parametrize(
    "name, value, drivers",
    [
        ("nominal_speed", True, "vmxnet3 virtio_net hv_netvsc xen_netfront vif ena gve mana e1000 veth"),
        ("nominal_speed", False, "mlx5_core ixgbe igb igc e1000e i40e ice bnxt_en tg3 hns3 sfc"),
        ("waits_in_nic_buffer", True, "ixgbe igb igc e1000e e1000"),
        ("waits_in_nic_buffer", False, "mlx5_core i40e ice bnxt_en ena"),
        ("rss_reach", 16, "ixgbe"),
        ("rss_reach", None, "mlx5_core igb ixgbevf r8169"),
        ("vectors_for_all_queues", True, "mlx5_core mlx5e_rep virtio_net"),
        ("vectors_dealt_out", True, "mlx4_en mlx4_core"),
        ("rx_dropped_is_device", True, "ena"),
        ("rx_dropped_is_device", False, "bnxt_en ixgbe"),
        ("rx_dropped_is_mixed", True, "bnxt_en tg3 mana"),
        ("rx_dropped_is_mixed", False, "mlx5_core ena"),
        ("counts_slaves", True, "net_failover"),
        ("counts_slaves", False, "mlx5_core veth"),
        ("counter_notes", {}, "mlx5_core r8169"),
        # Equal values reach the hardware where the driver compares nothing.
        ("equal_rings_reach_hardware", True, "bnxt_en bnx2x tg3 e1000 sfc mana"),
        ("equal_rings_reach_hardware", False, "mlx5_core ixgbe igb i40e ice ena virtio_net vmxnet3 hns3"),
        ("adaptive_refuses_usecs", True, "i40e ice iavf"),
        ("adaptive_toggle_resets_usecs", True, "mlx5_core bnxt_en"),
        # What is undone after which change.
        ("affinity_again_after", (), "ixgbe i40e mlx4_en be2net"),
        ("affinity_again_after", ("load",), "mlx5_core gve mana"),
        ("affinity_again_after", ("up", "channels"), "bnxt_en ice"),
        ("affinity_again_after", ("up", "rings", "channels"), "ena hinic"),
        ("affinity_again_after", ("channels", "cpus"), "virtio_net"),
        ("xps_again_after", ("channels", "cpus"), "virtio_net"),
        ("xps_again_after", ("channels",), "ixgbe i40e ice"),
        ("irqs_anew_after", ("channels",), "ixgbe ice bnxt_en igb"),
        ("irqs_anew_after", (), "virtio_net ena"),
    ],
)
def test_what_is_known_of_drivers(name, value, drivers):
    assert {driver: traits.trait(driver, name) for driver in drivers.split()} == dict.fromkeys(drivers.split(), value)


def test_notes_to_counters():
    assert set(traits.trait("be2net", "counter_notes")) == {"b"}
    assert "failed XDP program" in traits.trait("virtio_net", "counter_notes")["d"]


@pytest.mark.parametrize(
    "driver, knob, what, found",
    [
        ("mlx5_core", "rings", None, 1),
        ("mlx5e_rep", "channels", None, 1),
        ("ixgbe", "rings", None, 2),
        ("i40e", "rings", None, 1),
        ("i40e", "channels", None, 2),
        ("vmxnet3", "channels", None, "unsupported"),
        ("mana", "rings", None, 3),
        ("atlantic", "rings", None, 3),
        (None, "private_flags", "x", 3),
        # By what exactly is changed.
        ("mlx5_core", "coalesce", "rx_usecs", 0),
        ("mlx5_core", "coalesce", "adaptive_rx", 1),
        ("mlx5_core", "coalesce", None, 1),
        ("ice", "features", "rx-fcs", 1),
        ("ice", "features", "rx-vlan-hw-parse", 0),
        ("ice", "features", None, 1),
        ("mlx5_core", "features", "rx-lro", 1),
        # Told of some features only: what else there is nobody knows.
        ("mlx5_core", "features", "rx-all", 3),
        ("mlx5_core", "features", None, 3),
        ("i40e", "features", "hw-tc-offload", 3),
        # What every driver changes live.
        ("mlx5_core", "features", "rx-gro", 0),
        ("atlantic", "features", "rx-gro", 0),
        ("atlantic", "features", "rx-lro", 3),
    ],
)
def test_what_a_change_does_to_traffic(driver, knob, what, found):
    assert traits.change_class(driver, knob, what) == found
    assert found == traits.UNSUPPORTED or found in traits.CLASSES
