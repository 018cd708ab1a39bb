# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import math

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import (
    Tolerance,
    ToleranceError,
    fails_on,
    tolerance,
)
from ansible_collections.linuxnet.packetloss.tests.unit.findings import finding, host_findings, risk, unread_host

BOTH = ["loss", "risk"]


def losing(*findings, **changes):
    return host_findings("h", "losing", *findings, **changes)


@pytest.mark.parametrize(
    "lost, of, fails",
    [
        (1, None, []),
        (10, None, []),
        (11, None, BOTH),
        (11, 10_999_999, BOTH),
        (11, 11_000_000, []),
        (5000, 5_000_000_000, []),
        (5001, 5_000_000_000, BOTH),
        # Hardly anything passed: it is the floor that counts.
        (10, 20, []),
        (11, 20, BOTH),
    ],
)
def test_a_few_packets_or_a_millionth_are_tolerated(lost, of, fails):
    assert fails_on(losing(finding(lost=lost, of=of)), Tolerance()) == fails
    assert fails_on(losing(finding(lost=lost, of=of)), Tolerance(0, 0)) == BOTH


@pytest.mark.parametrize(
    "host, fails",
    [
        (host_findings("h", "clean"), []),
        (host_findings("h", "at_risk", risk()), ["risk"]),
        (unread_host("h"), BOTH),
        # What is tolerated at one place does not excuse another, and each place is judged by itself.
        (losing(finding(lost=3), finding(lost=900)), BOTH),
        (losing(finding(lost=8), finding(lost=8)), []),
        # Without its few packets the host would have this verdict.
        (losing(finding(lost=3), risk()), ["risk"]),
        (losing(finding(lost=3), reasons=["/nics/eth0 is void in this interval: ifindex"]), BOTH),
        # Losing, and nobody says where.
        (losing(), BOTH),
    ],
)
def test_what_fails(host, fails):
    assert fails_on(host, Tolerance()) == fails


def test_a_loss_of_which_the_packets_are_not_known_is_as_grave_as_what_it_explains():
    squeezed = finding(id="R8:nic:eth0", lost=None)
    assert fails_on(losing(squeezed), Tolerance()) == BOTH
    ring = finding(id="R4:nic:eth0", lost=3, because_of=["R8:nic:eth0"])
    assert fails_on(losing(ring, squeezed), Tolerance()) == []
    assert fails_on(losing({**ring, "lost": 300}, squeezed), Tolerance()) == BOTH
    # The other way round, and one that is of something else.
    detail = finding(id="R29:nic:eth0", lost=None, because_of=["R4:nic:eth0"])
    assert fails_on(losing(finding(id="R4:nic:eth0", lost=3), detail), Tolerance()) == []
    assert fails_on(losing(finding(id="R4:nic:eth1", lost=3), detail), Tolerance()) == BOTH


@pytest.mark.parametrize(
    "given, expected",
    [
        ({}, Tolerance()),
        ({"share": 0, "packets": 0}, Tolerance(0, 0)),
        # YAML takes a number without a dot for text, and a template may make text of any.
        ({"share": "1e-3"}, Tolerance(1e-3, 10)),
        ({"packets": "7"}, Tolerance(1e-6, 7)),
    ],
)
def test_a_tolerance(given, expected):
    assert tolerance(given) == expected


@pytest.mark.parametrize("share", [-1e-9, 1, 2.5, math.nan, math.inf, "few", None, True, [0.1]])
def test_a_share_that_makes_no_sense(share):
    with pytest.raises(ToleranceError, match="packetloss_tolerance: share: .*: expected a share .* from 0 to below 1"):
        tolerance({"share": share})


@pytest.mark.parametrize("packets", [-1, 1.5, "many", math.inf, math.nan, False, {}])
def test_a_number_of_packets_that_makes_no_sense(packets):
    with pytest.raises(ToleranceError, match="packetloss_tolerance: packets: .*: expected a number of packets"):
        tolerance({"packets": packets})


def test_an_unknown_part_of_a_tolerance():
    with pytest.raises(ToleranceError, match="packetloss_tolerance: part: unknown; expected share or packets"):
        tolerance({"part": 1})
