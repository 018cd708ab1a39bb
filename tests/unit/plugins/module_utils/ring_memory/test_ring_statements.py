# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was stated in public of the memory of rings, against what the models predict."""

from collections import Counter

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import is_estimate
from ansible_collections.linuxnet.packetloss.tests.unit.ring_statements import (
    JUDGEMENTS,
    NOT_COMPARABLE,
    judged,
    predicted,
    ratio,
    statements,
)

ALL = statements()


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement["id"])
def test_a_statement_is_judged_by_what_is_predicted_for_it(statement):
    assert judged(statement) == statement["judgement"]
    assert all(predicted(check) > 0 for check in statement["checks"])


@pytest.mark.parametrize(
    "name,ratios",
    [
        ("S1", [1.016, 1.019]),
        ("S4", [0.995]),
        ("S5", [1.0]),
        ("S6", [1.01]),
        ("S7", [1.0]),
        ("S8", [1.0] * 6),
        ("S9", [1.0] * 4),
        ("S10", [0.94, 1.11]),
        ("S11", [1.0]),
        ("S15", [0.98]),
        ("S16", [1.0] * 4),
        ("S17", [1.0] * 3),
        ("S18", [2.1]),
        ("S19", [1.0]),
        ("S20", [0.87]),
    ],
)
def test_the_ratios_are_those_that_were_worked_out_by_hand(name, ratios):
    (statement,) = [one for one in ALL if one["id"] == name]
    assert [ratio(check) for check in statement["checks"]] == pytest.approx(ratios, abs=0.006)


def test_only_estimates_are_off():
    for statement in ALL:
        drivers = {check["rings"]["driver"] for check in statement["checks"]}
        assert any(map(is_estimate, drivers)) is (statement["judgement"] == "off")


def test_there_are_22_and_no_judgement_is_made_up():
    assert [statement["id"] for statement in ALL] == [f"S{number}" for number in range(1, 23)]
    counts = Counter(statement["judgement"] for statement in ALL)
    assert set(counts) == {NOT_COMPARABLE, *JUDGEMENTS}
    assert counts == {"agrees": 13, "within 30 %": 1, "off": 1, NOT_COMPARABLE: 7}
