# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which drivers there are, and that a host pays for its own only."""

import json
import os
import pkgutil
import subprocess
import sys

import ansible_collections
import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils import drivers
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import generic, index

#: The files that are no driver's: engines, words, what is said of the unknown, and what other files are parts of.
OTHERS = {"generic", "index", "intel", "irq_names", "pages", "statistics", "traits", "vocabulary"}
OTHERS |= {"mlx5_core_generations", "mlx5_core_rings"}

PACKAGE = drivers.__name__ + "."

#: What a node does with the drivers of its NICs in an audit, and what it imported of this package for it.
READING = """
import importlib, json, sys
package, reported = sys.argv[1], sys.argv[2:]
for engine in ("statistics", "irq_names", "traits", "index"):
    globals()[engine] = importlib.import_module(package + engine)
interval = importlib.import_module(package[: -len("drivers.")] + "document.interval")
importlib.import_module(package[: -len("drivers.")] + "document.nics")
for driver in reported:
    statistics.annotate(driver, [("rx_packets", 1), ("strange", 2)])
    irq_names.map_irqs({"8": {"chip": "", "actions": ["eth0-TxRx-0"]}}, {8}, driver, "eth0", None)
    interval.link_rate_mbps({"kind": "physical", "driver": {"name": driver}})
    index.part(driver, "RINGS").get("reads")
print(json.dumps(sorted(name[len(package) :] for name in sys.modules if name.startswith(package))))
"""


def imported_for(*reported):
    """The files of this package that a fresh process imports to read a host with these drivers."""
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(os.path.dirname(each) for each in ansible_collections.__path__))
    command = [sys.executable, "-c", READING, PACKAGE]
    output = subprocess.check_output(command + list(reported), env=env, universal_newlines=True)
    return set(json.loads(output))


ENGINES = {"generic", "index", "irq_names", "pages", "statistics", "traits"}


@pytest.mark.parametrize(
    "reported, own",
    [
        ([], []),
        (["unheard_of"], []),
        (["virtio_net"], ["virtio_net"]),
        (["ixgbe"], ["ixgbe", "intel"]),
        (["mlx5_core", "mlx5e_rep"], ["mlx5_core"]),
        (["igc"], ["igc", "igb", "intel"]),
        (["virtio_net", "ena"], ["virtio_net", "ena"]),
    ],
)
def test_a_node_imports_the_files_of_its_own_drivers_and_no_model_of_rings(reported, own):
    assert imported_for(*reported) == ENGINES | set(own)


def test_every_file_is_a_driver_of_the_index_or_known_to_be_none():
    files = {name for _finder, name, _package in pkgutil.iter_modules(drivers.__path__)}
    assert files == index.NAMES | OTHERS
    assert index.NAMES.isdisjoint(OTHERS)


def test_every_driver_can_be_imported():
    found = index.every()
    assert set(found) == index.NAMES
    assert {module.__name__ for module in found.values()} == {PACKAGE + name for name in index.NAMES}


def test_an_alias_is_the_name_of_no_file_and_leads_to_one():
    assert set(index.ALIASES).isdisjoint(index.NAMES)
    assert set(index.ALIASES.values()) <= index.NAMES


@pytest.mark.parametrize(
    "reported, name",
    [("mlx5e_rep", "mlx5_core"), (" MLX5_core ", "mlx5_core"), ("virtio-net", "virtio_net"), ("atlantic", "atlantic")]
    + [("", ""), (None, "")],
)
def test_the_name_under_which_a_driver_is_known(reported, name):
    assert index.canonical(reported) == name


@pytest.mark.parametrize("driver", ["atlantic", "", None, "generic", "index", "os.path", "../drivers", "every"])
def test_what_has_no_file_is_as_generic_says(driver):
    for part in ("STATISTICS", "NETDEV", "INTERRUPTS", "RINGS", "TRAITS"):
        assert index.part(driver, part) is getattr(generic, part)
        assert not index.knows(driver, part)


def test_what_a_file_does_not_know_is_as_generic_says():
    assert index.knows("be2net", "STATISTICS") and not index.knows("be2net", "RINGS")
    assert index.part("be2net", "RINGS") is generic.RINGS
    assert index.part("mlx4_core", "RINGS")["down"] == "descriptors"
