# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captured text as others read it: jc and insights-core, for the formats that they are known to read right.

Both are too large for the tests that everybody runs: ``pip install -r requirements/oracles.txt``.
"""

import glob
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    interrupts,
    memory,
    protocols,
    softirqs,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import ethtool

_SOS = "hotsos/*/sos_commands/networking/ethtool_-{}_*"
_SERVERS = "netutils-linux/server-info/*/ethtool/{}/*"


@pytest.fixture
def jc():
    return pytest.importorskip("jc", reason="jc is not installed: pip install -r requirements/oracles.txt")


@pytest.fixture
def insights():
    reason = "insights-core is not installed: pip install -r requirements/oracles.txt"
    parsers = pytest.importorskip("insights.parsers.ethtool", reason=reason)
    context = pytest.importorskip("insights.tests", reason=reason).context_wrap

    def parse(name, path):
        with open(path) as stream:
            text = stream.read()
        option = os.path.basename(path) if "sos_commands" in path else f"ethtool_-x_{os.path.basename(path)}"
        return getattr(parsers, name)(context(text, path="sos_commands/networking/" + option))

    return parse


def texts(captures, option):
    """``[(path, text)]`` of every output of ethtool with this option."""
    paths = [path for form in (_SOS, _SERVERS) for path in glob.glob(os.path.join(captures, form.format(option)))]
    assert len(paths) > 10
    found = []
    for path in sorted(paths):
        with open(path) as stream:
            found.append((path, stream.read()))
    return found


def both(captures, insights, option, name, read):
    """``[(ours, theirs)]`` of every text that is no refusal."""
    found = []
    for path, text in texts(captures, option):
        try:
            ours = read(text, path)
        except Unavailable as error:
            assert error.reason == "unsupported", error.detail
            continue
        found.append((ours, insights(name, path)))
    assert found
    return found


def test_rings(captures, insights):
    for ours, theirs in both(captures, insights, "g", "Ring", ethtool.rings):
        for key in ("rx", "rx_mini", "rx_jumbo", "tx"):
            # Theirs is -1 for what the program does not tell.
            assert ours[key] == max(0, getattr(theirs.current, key))
            assert ours[key + "_max"] == max(0, getattr(theirs.max, key))


def test_drivers(captures, insights):
    for ours, theirs in both(captures, insights, "i", "Driver", ethtool.driver):
        told = {"name": "driver", "version": "version", "firmware": "firmware-version", "bus": "bus-info"}
        assert ours == {key: theirs.data.get(label) or None for key, label in told.items()}


def test_coalescing(captures, insights):
    for ours, theirs in both(captures, insights, "c", "CoalescingInfo", ethtool.coalesce):
        for field, value in ours.items():
            label = field.replace("_", "-")
            spelt = theirs.data.get(label, theirs.data.get(label.replace("frames", "frame")))
            assert value == spelt, field


def test_features(captures, insights):
    counted = 0
    for path, text in texts_of_sos(captures, "k"):
        theirs = insights("Features", path).data
        for name, feature in ethtool.features(text, path).items():
            if name in theirs:
                counted += 1
                expected = {"on": feature["active"], "fixed": feature["fixed"]}
                assert expected == {key: theirs[name][key] for key in expected}, (path, name)
    assert counted > 300


def texts_of_sos(captures, option):
    found = [(path, text) for path, text in texts(captures, option) if "hotsos" in path]
    assert found
    return found


def files(captures, *forms):
    found = sorted(path for form in forms for path in glob.glob(os.path.join(captures, form)))
    assert found
    return found


def read(path):
    with open(path) as stream:
        return stream.read()


def test_sections_of_snmp_and_netstat(captures, jc):
    for path in files(captures, "hotsos/*/proc/*/net/netstat", "jc/linux-proc/net_netstat", "provoked/*/*netstat*"):
        text = read(path)
        if not text.startswith("TcpExt:"):
            continue
        theirs = {row["type"]: row for row in jc.parse("proc_net_netstat", text, quiet=True)}
        ours = protocols.parse_sections(text, path)
        assert set(ours) == set(theirs)
        for section, fields in ours.items():
            assert fields == {name: value for name, value in theirs[section].items() if name != "type"}


def test_interrupts(captures, jc):
    counted = 0
    for path in files(captures, "netutils-linux/server-info/*/interrupts", "hotsos/*/proc/interrupts"):
        theirs = {row["irq"]: row for row in jc.parse("proc_interrupts", read(path), quiet=True)}
        for number, row in interrupts.parse(read(path)).items():
            # Theirs are numbered by column, which is the CPU where all are on line.
            expected = {str(cpu): count for cpu, count in enumerate(theirs[number]["interrupts"]) if count}
            assert row["counts"] == expected, (path, number)
            counted += 1
    assert counted > 100


def test_softirqs(captures, jc):
    for path in files(
        captures, "hotsos/*/proc/softirqs", "jc/linux-proc/softirqs", "netutils-linux/softirqs/*/softirqs*"
    ):
        if path.endswith(".json"):
            continue
        theirs = {row.pop("counter"): row for row in jc.parse("proc_softirqs", read(path), quiet=True)}
        ours = softirqs.parse(read(path))
        for cpu, kinds in ours.items():
            for kind, count in kinds.items():
                assert count == theirs[kind][f"CPU{cpu}"], (path, cpu, kind)


def test_meminfo(captures, jc):
    for path in files(
        captures, "hotsos/*/proc/meminfo", "jc/linux-proc/meminfo", "netutils-linux/server-info/*/meminfo"
    ):
        theirs = jc.parse("proc_meminfo", read(path), quiet=True)
        ours = memory.parse_meminfo(read(path))
        assert {name: theirs[name] * 1024 for name in ours} == ours
