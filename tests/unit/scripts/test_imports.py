# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of allowed imports is checked: what it forbids is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing import checks, tree

PLUGINS = "ansible_collections.linuxnet.packetloss.plugins"

#: A file, what it must not import, and the row of the table that says so.
WRONG = [
    ("module_utils/host/live.py", f"{PLUGINS}.module_utils.sources.links", "host"),
    ("module_utils/cpus.py", f"{PLUGINS}.module_utils.sources.links", "cpus"),
    ("module_utils/sources/softnet.py", f"{PLUGINS}.module_utils.document.nics", "sources"),
    ("module_utils/sources/softnet.py", f"{PLUGINS}.module_utils.drivers.statistics", "sources"),
    ("module_utils/sources/softnet.py", "os", "sources"),
    ("module_utils/sources/softnet.py", "time", "sources"),
    ("module_utils/sources/softnet.py", "fcntl", "sources"),
    ("module_utils/drivers/statistics.py", f"{PLUGINS}.module_utils.cpus", "drivers"),
    ("module_utils/ring_memory/model.py", f"{PLUGINS}.module_utils.sources.links", "ring_memory"),
    ("module_utils/document/interval.py", f"{PLUGINS}.module_utils.ring_memory.plan", "document"),
    ("module_utils/document/nics.py", f"{PLUGINS}.module_utils.host.live", "document"),
    ("module_utils/document/nics.py", "socket", "document"),
    ("module_utils/document/nics.py", f"{PLUGINS}.module_utils.knobs.ring", "document"),
    ("module_utils/knobs/ring.py", "os", "knobs"),
    ("module_utils/knobs/ring.py", f"{PLUGINS}.module_utils.host.live", "knobs"),
    ("module_utils/knobs/ring.py", f"{PLUGINS}.module_utils.keep.files", "knobs"),
    ("module_utils/keep/files.py", f"{PLUGINS}.module_utils.drivers.index", "keep"),
    ("module_utils/sources/softnet.py", f"{PLUGINS}.plugin_utils.rules.loader", "Node code"),
    ("modules/softnet_facts.py", f"{PLUGINS}.plugin_utils.rules.loader", "Node code"),
    ("modules/softnet_facts.py", "netaddr", "Node code"),
    ("module_utils/document/nics.py", f"{PLUGINS}.modules.softnet_facts", "module_utils"),
    ("plugin_utils/signals/derive.py", f"{PLUGINS}.plugin_utils.rules.loader", "signals"),
    ("plugin_utils/rules/loader.py", f"{PLUGINS}.plugin_utils.reporting.store", "rules"),
    ("plugin_utils/reporting/store.py", f"{PLUGINS}.plugin_utils.signals.derive", "reporting"),
]


@pytest.fixture(scope="module")
def importable():
    try:
        return tree.importable("test-imports")
    except tree.NoCheckout as reason:
        pytest.skip(str(reason))


def lint(root):
    """The exit code of import-linter on a tree, and the names of the contracts that it finds broken."""
    program = Path(sys.executable).with_name("lint-imports")
    words = [program, "--no-cache", checks.REPOSITORY / ".importlinter"]
    # Lines are broken where the terminal ends.
    env = dict(os.environ, COLUMNS="200")
    done = subprocess.run(words, cwd=root, env=env, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return done.returncode, [line.partition(":")[0] for line in lines if " BROKEN" in line], done.stdout


def test_the_tree_keeps_to_the_table(importable):
    code, broken, output = lint(importable)
    assert (code, broken) == (0, []), output


@pytest.mark.parametrize("file, target, contract", WRONG)
def test_an_import_that_the_table_forbids_is_refused(importable, file, target, contract):
    path = importable / "ansible_collections/linuxnet/packetloss/plugins" / file
    text = path.read_text()
    path.write_text(f"{text}\n\ndef wrong():\n    import {target}\n")
    try:
        code, broken, output = lint(importable)
    finally:
        path.write_text(text)
    assert code == 1 and contract in broken, output


def test_an_exception_that_is_no_longer_needed_is_refused(importable):
    path = importable / "ansible_collections/linuxnet/packetloss/plugins/plugin_utils/rules/expressions.py"
    text = path.read_text()
    path.write_text(text.replace(f"from {PLUGINS}.module_utils.cpus import format_list", "format_list = str"))
    try:
        code, _broken, output = lint(importable)
    finally:
        path.write_text(text)
    assert code == 1 and "No matches for ignored import" in output
