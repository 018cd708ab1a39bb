# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""packetloss_policy: what may be said in it, and what it means."""

from datetime import datetime

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import (
    CEILINGS,
    PARTS,
    PolicyError,
    checked,
    forbidden,
    open_now,
)


@pytest.mark.parametrize("given", [None, {}])
def test_what_is_allowed_where_nothing_is_said(given):
    assert checked(given) == {
        "rounds": 4,
        "steps": 4,
        "knobs": list(ORDER),
        "severities": ["loss", "risk"],
        "ceilings": CEILINGS,
        "memory_reserve": None,
        "disruption": 1,
        "window": None,
        "never": [],
        "unchanged": "take_back",
        "restart_units": [],
    }


def test_numbers_of_templates_are_texts():
    policy = checked({"rounds": "2", "disruption": "0", "ceilings": {"ring.rx": "4096"}, "never": "eth0"})
    assert (policy["rounds"], policy["disruption"], policy["never"]) == (2, 0, ["eth0"])
    assert policy["ceilings"] == {**CEILINGS, "ring.rx": 4096}


def test_a_ceiling_can_be_taken_away():
    assert "net.core.netdev_budget" not in checked({"ceilings": {"net.core.netdev_budget": None}})["ceilings"]


def test_two_policies_share_nothing():
    checked()["ceilings"]["net.core.netdev_budget"] = 1
    assert checked()["ceilings"] == CEILINGS


def test_knobs_come_in_the_order_in_which_they_are_turned():
    assert checked({"knobs": ["sysctl", "ring"]})["knobs"] == ["ring", "sysctl"]
    assert checked({"severities": "all"})["severities"] == ["loss", "risk", "info"]


@pytest.mark.parametrize(
    "given, words",
    [
        ([], "expected a mapping"),
        ({"round": 2}, "there is no key 'round'; did you mean rounds?"),
        ({"xyzzy": 2}, "there is no key 'xyzzy'; there are rounds, steps"),
        ({"rounds": 0}, "rounds is 0, expected a whole number from 1 to 10"),
        ({"rounds": True}, "rounds is True, expected a whole number"),
        ({"steps": 1.5}, "steps is 1.5, expected a whole number from 1 to 50"),
        ({"knobs": ["rings"]}, "expected a list of some of private_flag, channels, ring"),
        ({"knobs": ["rings"]}, "there is no rings"),
        ({"ceilings": {"net.core.netdev_budgets": 1}}, "did you mean net.core.netdev_budget?"),
        ({"ceilings": {"net.core.default_qdisc": 1}}, "nothing is set by 'net.core.default_qdisc'"),
        ({"ceilings": {"ring.rx": "many"}}, "ceilings is"),
        ({"memory_reserve": "much"}, "'much' is no amount of memory"),
        ({"memory_reserve": "120%"}, "more than there is"),
        ({"disruption": 4}, "disruption is 4, expected a class from 0 to 3"),
        ({"window": "22-04"}, "expected two times of day in quotes, such as '22:00-04:00'"),
        ({"window": "24:00-04:00"}, "expected two times of day"),
        ({"window": "04:00-04:00"}, "expected two times of day"),
        # What YAML makes of 22:00 without quotes.
        ({"window": 79200}, "expected two times of day in quotes"),
        ({"never": {"eth0": 1}}, "expected a list of names, patterns or kinds of interfaces"),
        ({"unchanged": "leave"}, "expected take_back or keep"),
        ({"restart_units": ["nginx.service"]}, "no program is restarted by this collection yet"),
    ],
)
def test_what_cannot_be_meant_is_an_error_that_says_what_is_expected(given, words):
    with pytest.raises(PolicyError, match="^packetloss_policy: ") as raised:
        checked(given)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "window, hour, minute, expected",
    [
        (None, 12, 0, True),
        ("22:00-04:00", 21, 59, False),
        ("22:00-04:00", 22, 0, True),
        ("22:00-04:00", 3, 59, True),
        ("22:00-04:00", 4, 0, False),
        ("09:30-17:00", 9, 29, False),
        ("09:30-17:00", 9, 30, True),
        ("09:30-17:00", 17, 0, False),
    ],
)
def test_a_window_goes_over_midnight(window, hour, minute, expected):
    assert open_now(checked({"window": window}), datetime(2026, 1, 1, hour, minute)) is expected


@pytest.mark.parametrize(
    "setting, disruption, words",
    [
        (("ring", "eth0"), None, None),
        (("ring", "eth0"), 1, None),
        (("ring", "eth0"), 2, "it is of class 2 (seconds: the link goes down at the peer"),
        (("ring", "eth0"), 3, "it is of class 3 (nobody knows), and packetloss_policy.disruption allows 1"),
        (("ring", "stor1"), None, "packetloss_policy.never says that stor1 is not to be touched"),
        (("sysctl", None), 0, "packetloss_policy.knobs does not have sysctl"),
    ],
)
def test_what_is_not_allowed_has_its_reason(setting, disruption, words):
    policy = checked({"knobs": ["ring"], "never": ["stor*"]})
    found = forbidden(policy, dict(zip(("knob", "subject"), setting)), disruption)
    assert found is None if words is None else found.startswith(words)


@pytest.mark.parametrize("pattern", ["bond0", "bond*", "kind:bond", "eth0", "kind:physical"])
def test_what_is_done_to_a_port_is_done_to_its_bond(pattern):
    nics = {"eth0": {"kind": "physical", "master": "bond0"}, "bond0": {"kind": "bond", "master": None}}
    found = forbidden(checked({"never": [pattern]}), {"knob": "ring", "subject": "eth0"}, nics=nics)
    name = "bond0, which eth0 is a port of," if "bond" in pattern else "eth0"
    assert found == f"packetloss_policy.never says that {name} is not to be touched"


def test_every_default_is_one_that_may_be_given():
    for key, part in PARTS.items():
        assert part.read(part.default) == part.default, key
