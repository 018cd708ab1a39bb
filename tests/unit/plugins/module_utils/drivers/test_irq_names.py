# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupts by their action names: every driver's form, and no other interface's."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import irq_names

BDF = "0000:3b:00.0"


def row(*actions):
    return {"chip": "PCI-MSI", "hwirq": "524289", "actions": list(actions), "counts": {}}


def mapped(interrupts, msi_irqs, driver, ifname, bdf=BDF, **others):
    found = irq_names.map_irqs(interrupts, msi_irqs, driver, ifname, bdf, **others)
    return {irq: (entry["queue"], entry["role"]) for irq, entry in found.items()}


@pytest.mark.parametrize(
    "driver, action, queue, role",
    [
        ("mlx5_core", "mlx5_comp3@pci:0000:3b:00.0", 3, "rxtx"),
        ("mlx5_core", "mlx5_combined12@pci:0000:3b:00.0", 12, "rxtx"),
        ("mlx5_core", "mlx5_sf_comp2@pci:0000:3b:00.0", 2, "rxtx"),
        ("mlx5_core", "mlx5_async0@pci:0000:3b:00.0", None, "other"),
        ("mlx5_core", "mlx5_cmd_eq@pci:0000:3b:00.0", None, "other"),
        ("mlx5_core", "mlx5_pages_eq@pci:0000:3b:00.0", None, "other"),
        ("mlx5e_rep", "mlx5_comp3@pci:0000:3b:00.0", 3, "rxtx"),
        ("mlx4_en", "eth1-4", 4, "rxtx"),
        ("mlx4_en", "mlx4-7", 7, "rxtx"),
        ("mlx4_en", "mlx4-comp-5@pci:0000:3b:00.0", 5, "rxtx"),
        ("mlx4_en", "mlx4-async@pci:0000:3b:00.0", None, "other"),
        ("ixgbe", "eth1-TxRx-63", 63, "rxtx"),
        ("ixgbe", "eth1-rx-2", 2, "rx"),
        ("ixgbe", "eth1-tx-2", 2, "tx"),
        ("ixgbe", "eth1", None, "other"),
        ("ixgbevf", "eth1-TxRx-0", 0, "rxtx"),
        ("igb", "eth1-TxRx-7", 7, "rxtx"),
        ("igc", "eth1-TxRx-3", 3, "rxtx"),
        ("e1000e", "eth1-rx-0", 0, "rx"),
        ("e1000e", "eth1-tx-0", 0, "tx"),
        ("e1000e", "eth1", None, "other"),
        ("i40e", "i40e-eth1-TxRx-5", 5, "rxtx"),
        ("i40e", "i40e-0000:3b:00.0:misc", None, "other"),
        ("i40e", "i40e-0000:3b:00.0:fdir-TxRx-0", None, "other"),
        ("ice", "ice-eth1-TxRx-17", 17, "rxtx"),
        ("ice", "ice-0000:3b:00.0:misc", None, "other"),
        ("ice", "ice-0000:3b:00.0:ctrl", None, "other"),
        ("iavf", "iavf-eth1-TxRx-1", 1, "rxtx"),
        ("iavf", "iavf-0000:3b:00.0:mbx", None, "other"),
        ("i40evf", "i40evf-eth1-TxRx-1", 1, "rxtx"),
        ("bnxt_en", "eth1-TxRx-9", 9, "rxtx"),
        ("bnxt_en", "eth1-rx-9", 9, "rx"),
        ("bnxt_en", "eth1-tx-9", 9, "tx"),
        ("bnx2x", "eth1-fp-3", 3, "rxtx"),
        ("qede", "eth1-fp-3", 3, "rxtx"),
        ("ionic", "ionic-eth1-L0-rx12", 12, "rxtx"),
        ("ionic", "ionic-eth1-L0-tx12", 12, "tx"),
        ("ionic", "ionic-0000:3b:00.0-L0-admin", None, "other"),
        ("cxgb4", "eth1-Rx7", 7, "rx"),
        ("cxgb4", "eth1-FWeventq", None, "other"),
        ("cxgb4", "eth1", None, "other"),
        ("r8169", "eth1", None, "other"),
        ("bnx2x", "eth1", None, "other"),
        ("tg3", "eth1-txrx-1", 1, "rxtx"),
        ("tg3", "eth1-tx-0", 0, "tx"),
        ("tg3", "eth1-rx-4", 4, "rx"),
        ("ena", "eth1-Tx-Rx-2", 2, "rxtx"),
        ("ena", "ena-mgmnt@pci:0000:3b:00.0", None, "other"),
        ("hns3", "hns3-0000:3b:00.0-TxRx-15", 15, "rxtx"),
        ("hns3", "hns3-0000:3b:00.0-Rx-1", 1, "rx"),
        ("hns3", "hns3-0000:3b:00.0-Tx-1", 1, "tx"),
        ("hns3", "hclge-misc-0000:3b:00.0", None, "other"),
        ("hns3", "hclge-0000:3b:00.0-misc", None, "other"),
        ("hinic", "eth1_rxq6", 6, "rx"),
        ("hinic", "eth1_txq6", 6, "tx"),
        ("hinic", "hinic_aeq0@pci:0000:3b:00.0", None, "other"),
        ("hinic", "hinic_ceq3@pci:0000:3b:00.0", None, "other"),
        ("gve", "eth1-ntfy-block.4", 4, "rxtx"),
        ("gve", "gve-ntfy-blk4@pci:0000:3b:00.0", 4, "rxtx"),
        ("gve", "eth1-mgmnt", None, "other"),
        ("gve", "gve-mgmnt@pci:0000:3b:00.0", None, "other"),
        ("mana", "mana_q3@pci:0000:3b:00.0", 3, "rxtx"),
        ("mana", "mana_hwc@pci:0000:3b:00.0", None, "other"),
        ("sfc", "eth1-3", 3, "rxtx"),
        ("sfc", "eth1-rx-3", 3, "rx"),
        ("sfc", "eth1-tx-3", 3, "tx"),
        ("sfc", "eth1-xdp-0", None, "other"),
        ("be2net", "eth1-q2", 2, "rxtx"),
        ("vmxnet3", "eth1-rxtx-1", 1, "rxtx"),
        ("vmxnet3", "eth1-rx-1", 1, "rx"),
        ("vmxnet3", "eth1-tx-1", 1, "tx"),
        ("vmxnet3", "eth1-event-4", None, "other"),
        ("virtio_net", "virtio0-input.3", 3, "rx"),
        ("virtio_net", "virtio0-output.3", 3, "tx"),
        ("virtio_net", "virtio0-config", None, "other"),
        ("virtio_net", "virtio0-virtqueues", None, "rxtx"),
        ("atlantic", "eth1-TxRx-3", 3, "rxtx"),
        ("atlantic", "eth1-3", 3, "rxtx"),
        ("r8169", "eth1", None, "other"),
    ],
)
def test_every_drivers_form_is_known_by_name_and_by_device(driver, action, queue, role):
    expected = {"queue": queue, "role": role}
    assert irq_names.identify(action, driver, "eth1", BDF) == expected
    # After a rename the name is stale, and the device is known to own the interrupt.
    assert irq_names.identify(action, driver, None, BDF) == expected
    assert irq_names.identify(action, driver, None, None) == expected


@pytest.mark.parametrize(
    "driver, action",
    [
        # What takes eth1 for a part of a name takes these too.
        ("ixgbe", "eth10-TxRx-0"),
        ("ixgbe", "veth1-TxRx-0"),
        ("ixgbe", "eth10"),
        ("igb", "eth1-TxRx-0-old"),
        ("igb", "eth1.100-TxRx-0"),
        ("r8169", "veth1"),
        ("r8169", "eth1 "),
        ("bnx2x", "veth1-fp-0"),
        ("hinic", "eth11_rxq0"),
        ("i40e", "i40e-eth10-TxRx-0"),
        ("i40e", "eth1-TxRx-0"),
        ("ice", "i40e-eth1-TxRx-0"),
        # Another function of the same card.
        ("mlx5_core", "mlx5_comp3@pci:0000:3b:00.1"),
        ("mlx5_core", "mlx5_async0@pci:0000:3b:00.1"),
        ("hns3", "hns3-0000:7d:00.0-TxRx-0"),
        ("i40e", "i40e-0000:3b:00.1:misc"),
        ("mana", "mana_q3@pci:7870:00:00.0"),
        # vsock, block, GPU and console of the same machine.
        ("virtio_net", "virtio2-rx"),
        ("virtio_net", "virtio2-tx"),
        ("virtio_net", "virtio2-event"),
        ("virtio_net", "virtio1-req.0"),
        ("virtio_net", "virtio2-cursor"),
        ("virtio_net", "virtio0-input.x"),
        ("virtio_net", "eth1"),
        ("ixgbe", "ahci[0000:00:1f.2]"),
        ("ixgbe", ""),
        ("hv_netvsc", "eth1"),
        ("", "nvme0q1"),
        (None, "i8042"),
    ],
)
def test_another_devices_interrupt_is_not_taken(driver, action):
    assert irq_names.identify(action, driver, "eth1", BDF) is None


def test_e1000e_cuts_a_long_name():
    assert irq_names.identify("enp0s31f6abcde-rx-0", "e1000e", "enp0s31f6abcdef", None) == {"queue": 0, "role": "rx"}
    assert irq_names.identify("enp0s31f6abcde-TxRx-0", "ixgbe", "enp0s31f6abcdef", None) is None


def test_a_name_with_every_sign_is_no_pattern():
    assert irq_names.identify("a.b-TxRx-0", "ixgbe", "a.b", None) == {"queue": 0, "role": "rxtx"}
    assert irq_names.identify("axb-TxRx-0", "ixgbe", "a.b", None) is None
    assert irq_names.identify("eth1-TxRx-0", "ixgbe", ".*", None) is None


def test_the_devices_interrupts_and_no_others():
    interrupts = {
        "30": row("ahci"),
        "38": row("eth1-TxRx-0"),
        "39": row("eth1-TxRx-1"),
        "40": row("eth1"),
        "41": row("eth10-TxRx-0"),
        "42": row("veth1-TxRx-0"),
    }
    found = irq_names.map_irqs(interrupts, {38, 39, 40}, "ixgbe", "eth1", BDF)
    assert found == {
        "38": {"action": "eth1-TxRx-0", "chip": "PCI-MSI", "queue": 0, "role": "rxtx"},
        "39": {"action": "eth1-TxRx-1", "chip": "PCI-MSI", "queue": 1, "role": "rxtx"},
        "40": {"action": "eth1", "chip": "PCI-MSI", "queue": None, "role": "other"},
    }
    # Without the device's list the exact names decide.
    assert irq_names.map_irqs(interrupts, None, "ixgbe", "eth1", None) == found


def test_a_stale_name_is_the_devices_own():
    interrupts = {"38": row("eth0-TxRx-0"), "39": row("eth0-TxRx-1"), "40": row("eth0")}
    assert mapped(interrupts, {38, 39, 40}, "ixgbe", "ens1f0") == {
        "38": (0, "rxtx"),
        "39": (1, "rxtx"),
        "40": (None, "other"),
    }
    assert mapped(interrupts, None, "ixgbe", "ens1f0") == {}


@pytest.mark.parametrize("sharing", [(), ("eth3",)])
def test_a_foreign_port_has_no_queue_of_ours(sharing):
    interrupts = {"38": row("mlx4-async@pci:" + BDF), "39": row("eth2-0"), "40": row("eth2-1"), "41": row("eth3-0")}
    assert mapped(interrupts, {38, 39, 40, 41}, "mlx4_en", "eth2", sharing=sharing) == {
        "38": (None, "other"),
        "39": (0, "rxtx"),
        "40": (1, "rxtx"),
        "41": (None, "other"),
    }


def test_a_stale_name_beside_a_foreign_port():
    interrupts = {"39": row("eth2-0"), "41": row("eth3-0")}
    # Renamed, and only the neighbour's name tells which is whose.
    assert mapped(interrupts, {39, 41}, "mlx4_en", "lan0", sharing=("eth3",)) == {
        "39": (0, "rxtx"),
        "41": (None, "other"),
    }
    # Both renamed: nobody can tell.
    assert mapped(interrupts, {39, 41}, "mlx4_en", "lan0") == {"39": (None, "other"), "41": (None, "other")}


def test_vectors_of_the_device_that_no_pattern_knows_are_other():
    interrupts = {"50": row("mlx5_comp0@pci:" + BDF), "51": row("irdma-ceq-0"), "52": row(), "53": row("a", "b")}
    found = irq_names.map_irqs(interrupts, {50, 51, 52, 53}, "mlx5_core", "eth1", BDF)
    assert {irq: (entry["action"], entry["queue"], entry["role"]) for irq, entry in found.items()} == {
        "50": ("mlx5_comp0@pci:" + BDF, 0, "rxtx"),
        "51": ("irdma-ceq-0", None, "other"),
        "52": ("", None, "other"),
        "53": ("a, b", None, "other"),
    }


def test_virtio_takes_its_interrupts_from_the_device():
    interrupts = {
        "36": row("virtio0-config"),
        "37": row("virtio0-input.0"),
        "38": row("virtio0-output.0"),
        "39": row("virtio1-input.0"),
        "40": row("virtio2-rx"),
    }
    assert mapped(interrupts, {36, 37, 38}, "virtio_net", "eth0", None) == {
        "36": (None, "other"),
        "37": (0, "rx"),
        "38": (0, "tx"),
    }
    # A name without PCI says which device it is, not which interface.
    assert mapped(interrupts, None, "virtio_net", "eth0", None) == {}
    assert mapped({"5": row("virtio0"), "6": row("virtio1")}, None, "virtio_net", "eth0", "virtio0") == {
        "5": (None, "rxtx")
    }


def test_the_only_interrupt_with_the_plain_name_serves_both_directions():
    assert mapped({"16": row("ehci_hcd:usb1", "eth0")}, {16}, "r8169", "eth0") == {"16": (None, "rxtx")}
    assert mapped({"16": row("eth0")}, None, "r8169", "eth0") == {"16": (None, "rxtx")}
    assert mapped({"16": row("mlx5_async0@pci:" + BDF)}, {16}, "mlx5_core", "eth0") == {"16": (None, "other")}


@pytest.mark.parametrize("form", ["eth0-ntfy-block.{}", "gve-ntfy-blk{}@pci:" + BDF])
def test_gve_blocks_are_tx_queues_first(form):
    interrupts = {str(60 + block): row(form.format(block)) for block in range(4)}
    interrupts["64"] = row("gve-mgmnt@pci:" + BDF)
    assert mapped(interrupts, {60, 61, 62, 63, 64}, "gve", "eth0") == {
        "60": (0, "tx"),
        "61": (1, "tx"),
        "62": (0, "rx"),
        "63": (1, "rx"),
        "64": (None, "other"),
    }
    # A block is missing: the halves are not known.
    del interrupts["60"]
    assert mapped(interrupts, {61, 62, 63, 64}, "gve", "eth0")["62"] == (2, "rxtx")


@pytest.mark.parametrize("driver", ["veth", "hv_netvsc"])
def test_a_driver_without_interrupts_of_its_own_has_none_by_name(driver):
    assert mapped({"16": row("eth0-TxRx-0"), "17": row("eth0")}, None, driver, "eth0") == {}
