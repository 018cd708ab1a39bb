# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How drivers behave, and what a change does to traffic."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index, traits


def of(name):
    """``{driver: value}`` of the drivers of which a trait is known, and is not that there is none of it."""
    found = {driver: traits.trait(driver, name) for driver in index.NAMES}
    return {driver: value for driver, value in found.items() if value not in (None, False, (), {})}


def test_traits_on_which_findings_and_limits_rest():
    assert set(of("nominal_speed")) == {
        *("vmxnet3", "virtio_net", "hv_netvsc", "xen_netfront", "ena", "gve", "mana", "e1000", "veth")
    }
    assert set(of("waits_in_nic_buffer")) == {"ixgbe", "igb", "igc", "e1000e", "e1000"}
    assert of("rss_reach") == {"ixgbe": 16}
    assert set(of("vectors_for_all_queues")) == {"mlx5_core", "virtio_net"}
    assert set(of("rx_dropped_is_device")) == {"ena"}
    assert set(of("rx_dropped_is_mixed")) == {"bnxt_en", "tg3", "mana"}
    assert set(of("counts_slaves")) == {"net_failover"}
    assert {driver: set(notes) for driver, notes in of("counter_notes").items()} == {
        "be2net": {"b"},
        "virtio_net": {"d"},
    }


def test_what_is_undone_after_which_change():
    again = of("affinity_again_after")
    assert {driver for driver, events in again.items() if "rings" in events} == {"ena", "hinic"}
    assert {driver for driver, events in again.items() if "channels" in events} == {
        *("bnxt_en", "ice", "ena", "hns3", "hinic", "virtio_net")
    }
    assert traits.trait("mlx5_core", "affinity_again_after") == ("load",)
    assert traits.trait("ixgbe", "affinity_again_after") == ()
    assert traits.trait("virtio_net", "xps_again_after") == ("channels", "cpus")
    assert "channels" in traits.trait("ixgbe", "irqs_anew_after")


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
        ("r8169", "rings", None, 3),
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
        ("r8169", "features", "rx-gro", 0),
        ("r8169", "features", "rx-lro", 3),
    ],
)
def test_what_a_change_does_to_traffic(driver, knob, what, found):
    assert traits.change_class(driver, knob, what) == found
    assert found == traits.UNSUPPORTED or found in traits.CLASSES
