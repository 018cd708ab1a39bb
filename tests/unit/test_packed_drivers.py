# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the files of all drivers, and of the program for boot, reach a node: what Ansible finds, in functions too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ansible.executor.module_common import ModuleDepFinder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import build, program

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
DRIVERS = PLUGINS / "module_utils" / "drivers"
COLLECTION = ("ansible_collections", "linuxnet", "packetloss", "plugins")


def packed_with(module: Path) -> set[Path]:
    """The files of this collection that Ansible packs with a module."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        name = ".".join([*COLLECTION, *path.relative_to(PLUGINS).with_suffix("").parts])
        for parts in ModuleDepFinder(name, ast.parse(path.read_text())).submodules:
            if parts[: len(COLLECTION)] == COLLECTION:
                # The last part may be a name in a file.
                places = [PLUGINS.joinpath(*parts[len(COLLECTION) : end]).with_suffix(".py") for end in (None, -1)]
                new = {place for place in places if place.is_file()} - found
                found |= new
                waiting.extend(new)
    return found


@pytest.mark.parametrize("module", ["packet_path_info", "ethtool_facts", "ring_memory_info"])
def test_every_file_of_a_driver_is_packed(module):
    packed = packed_with(PLUGINS / "modules" / f"{module}.py")
    assert {path.name for path in DRIVERS.glob("*.py")} - {path.name for path in packed} == set()


@pytest.mark.parametrize("module", ["ethtool_ring", "tune"])
def test_every_file_of_the_program_for_boot_is_packed_with_what_keeps_settings(module):
    packed = {
        ".".join([*COLLECTION, *path.relative_to(PLUGINS).with_suffix("").parts])
        for path in packed_with(PLUGINS / "modules" / f"{module}.py")
    }
    assert set(build.closure(program.__name__)) - packed == set()
