# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What looks like a loss and is none, beside the loss that it must not hide."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    MLX5_STATISTICS,
    cpu_times,
    host_document,
    host_with,
    link_stats,
    merged,
    nic,
    statistics,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, texts

RULES = load_rules()


def found(document):
    """The findings by rule."""
    return {each["rule"]: each for each in diagnose(document, RULES)["findings"]}


def told(document):
    """``{(rule, severity, packets lost)}`` of all but what is only told."""
    findings = diagnose(document, RULES)["findings"]
    return {(each["rule"], each["severity"], each["lost"]) for each in findings if each["severity"] != "info"}


def verdict(document):
    return diagnose(document, RULES)["verdict"]


def first(document, rule):
    return texts(found(document)[rule])[0]


# --- pause frames --------------------------------------------------------------------------------------------------------


def pausing(driver="mlx5_core", mbps=25000, ring=1024, **counters):
    every = dict.fromkeys(MLX5_STATISTICS, 0) if driver == "mlx5_core" else {}
    eth0 = nic(driver, counters=statistics(driver, **{**every, **counters}), rings={"rx": ring, "rx_max": 8192})
    eth0["link"]["speed_mbps"] = mbps
    return host_with({"eth0": eth0})


@pytest.mark.parametrize(
    "document",
    [
        pausing(tx_prio0_pause=1),
        pausing(tx_prio0_pause=40, tx_prio0_pause_duration=900),
        pausing("ixgbe", 10000, tx_flow_control_xoff=1),
        pausing("igb", 1000, tx_flow_control_xoff=2),
        pausing("igb", None, tx_flow_control_xoff=2),
        pausing("ice", 100000, **{"tx_priority_3_xoff.nic": 20}),
    ],
)
def test_a_few_pause_frames_are_how_flow_control_works(document):
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R22") == "None is needed, as long as it stays rare"


@pytest.mark.parametrize(
    "document",
    [
        pausing(tx_prio0_pause=400),
        pausing(tx_prio0_pause=2, tx_prio0_pause_duration=2000000),
        pausing("ixgbe", 10000, tx_flow_control_xoff=400),
        pausing("igb", None, tx_flow_control_xoff=400),
    ],
)
def test_a_peer_that_is_paused_for_long_is_a_risk(document):
    assert told(document) == {("R22", "risk", None)}
    # The CPUs have time left, and the ring is below its maximum.
    assert first(document, "R22").startswith("Make the ring one step larger")
    busy = merged(document, {"cpu_times": {"0": cpu_times(softirq=950)}})
    assert "ethtool -G" not in json.dumps(found(busy)["R22"]["actions"])
    largest = merged(document, {"nics": {"eth0": {"rings": {"rx": 8192}}}})
    assert first(largest, "R22").startswith("Look for what slows the host")
