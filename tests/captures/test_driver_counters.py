# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics and interrupt names of real hosts."""

import glob
import os
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import irq_names, statistics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import interrupts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64

STATISTIC = re.compile(r"^\s+(?P<name>\S.*?): (?P<value>\d+)$", re.MULTILINE)
DRIVER = re.compile(r"^driver: (\S+)$", re.MULTILINE)


def text_of(path):
    return this_host().text(path)


def pairs(path):
    return [(found.group("name"), Counter64(found.group("value"))) for found in STATISTIC.finditer(text_of(path))]


def sosreports(captures):
    """``(path, driver, pairs)`` of every ethtool -S that has statistics."""
    for path in sorted(glob.glob(os.path.join(captures, "hotsos", "*", "sos_commands", "networking", "ethtool_-S_*"))):
        driver = DRIVER.search(text_of(path.replace("ethtool_-S_", "ethtool_-i_")))
        if driver and pairs(path):
            yield path, driver.group(1), pairs(path)


def test_every_statistic_of_the_sosreports_is_understood(captures):
    seen = {}
    for path, driver, values in sosreports(captures):
        found = statistics.annotate(driver, values)
        assert [(name, entry["value"]) for name, entry in found.items()] == values, path
        assert [name for name, entry in found.items() if entry["kind"] == "unclassified"] == [], path
        seen.setdefault(driver, set()).update((entry["class"], entry["kind"]) for entry in found.values())
    assert {("d", "loss"), ("f", "event"), ("e", "loss"), (None, "info"), (None, "traffic")} == seen["virtio_net"]
    assert {(None, "gauge"), (None, "traffic"), ("f", "event")} == seen["veth"]


def test_virtio_queues_of_a_sosreport(captures):
    path = os.path.join(captures, "hotsos/kubernetes/sos_commands/networking/ethtool_-S_ens3")
    found = statistics.annotate("virtio_net", pairs(path))
    assert found["rx_queue_0_packets"]["value"] == 232850
    assert {entry["queue"] for entry in found.values()} == {0}
    assert found["rx_queue_0_drops"]["class"] == "d"


@pytest.mark.parametrize(
    "name, value, letter, kind",
    [
        ("rx_missed", 401, "b", "unclassified"),
        ("align_errors", 0, "a", "unclassified"),
        ("port.rx_dropped", 12028, None, "unclassified"),
        ("rx_unicast", 1230297, None, "traffic"),
        ("tx_errors", 0, None, "info"),
        ("duplicate metric", 1, None, "info"),
    ],
)
def test_names_that_the_driver_does_not_have_are_kept_apart(captures, name, value, letter, kind):
    # The text says e1000e, its names are those of several drivers.
    folder = os.path.join(captures, "node_exporter/ethtool/eth0")
    driver = DRIVER.search(text_of(folder + "/driver")).group(1)
    entry = statistics.annotate(driver, pairs(folder + "/statistics"))[name]
    assert (entry["value"], entry["class"], entry["kind"]) == (value, letter, kind)
    # The same text of a driver that nobody knows.
    found = statistics.classify("nobody_knows", name)
    assert found["kind"] == ("loss" if letter else kind)


def test_a_bond_has_no_statistics(captures):
    assert statistics.annotate("bonding", pairs(os.path.join(captures, "node_exporter/ethtool/bond0/statistics"))) == {}


@pytest.mark.parametrize(
    "path, driver, ifname, queues, others",
    [
        ("netutils-linux/rss-ladder/ixgbe.E5645/interrupts", "ixgbe", "eth0", list(range(8)), 1),
        ("netutils-linux/rss-ladder/ixgbe.E5645/interrupts", "ixgbe", "eth1", list(range(8)), 1),
        # Both functions of the card are there, one of them is asked for.
        ("netutils-linux/rss-ladder/mlx5.Q6700/interrupts", "mlx5_core", "eth2", [0, 1, 2, 3], 3),
        ("netutils-linux/rss-ladder/2xI350.i5-6400/interrupts", "igb", "eth", [], 0),
        ("node_exporter/proc/interrupts", "iwlwifi", "eth0", [], 0),
    ],
)
def test_interrupts_of_real_hosts(captures, path, driver, ifname, queues, others):
    found = irq_names.map_irqs(
        interrupts.parse(text_of(os.path.join(captures, path))), None, driver, ifname, "0000:01:00.0"
    )
    assert sorted(entry["queue"] for entry in found.values() if entry["queue"] is not None) == queues
    assert len([entry for entry in found.values() if entry["role"] == "other"]) == others
