# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.budget import budget
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture(name="document")
def document_fixture(tmp_path):
    """eth0 (mlx5_core, rings of 1024, 2 channels of 8) below bond0; and eth1, which is as eth0."""
    fake_host.make(tmp_path)
    document = fake_host.document(tmp_path)
    document["nics"]["eth1"] = copy.deepcopy(document["nics"]["eth0"])
    return document


def test_without_a_target_every_nic_is_priced_as_it_is(document):
    found = plan(document)
    assert sorted(found["nics"]) == ["eth0", "eth1"]
    assert list(found["skipped"]) == ["bond0"]
    assert (found["need_bytes"], found["peak_bytes"]) == (0, 0)
    assert found["nics"]["eth0"]["now"]["total_bytes"] > 0


def test_it_is_the_budget_of_all_nics_together(document):
    found = plan(document, common={"rx": 8192, "tx": None, "max": False})
    expected = budget(document, {"eth0": {"rx": 8192}, "eth1": {"rx": 8192}})
    assert found == dict(expected, skipped=found["skipped"])
    assert found["need_bytes"] == 2 * budget(document, {"eth0": {"rx": 8192}})["need_bytes"] > 0


def test_what_one_nic_has_in_place_of_the_common_target(document):
    found = plan(document, common={"rx": 4096, "tx": 512}, targets={"eth1": {"rx": "8192", "mtu": 9000}})
    expected = budget(document, {"eth0": {"rx": 4096, "tx": 512}, "eth1": {"rx": 8192, "tx": 512, "mtu": 9000}})
    assert found["nics"] == expected["nics"]


def test_nics_are_chosen_by_name(document):
    assert list(plan(document, ["eth1"])["nics"]) == ["eth1"]
    found = plan(document, ["bond0", "eth0"])
    assert (list(found["nics"]), list(found["skipped"])) == (["eth0"], ["bond0"])
    document["nics"]["eth1"]["selected"] = False
    assert list(plan(document)["nics"]) == ["eth0"]
    assert list(plan(document, ["eth1"])["nics"]) == ["eth1"]


@pytest.mark.parametrize(
    "reserve, expected",
    [
        (None, None),
        (0, 0),
        (1000000, 1000000),
        ("1000000", 1000000),
        ("1000000 B", 1000000),
        ("2k", 2048),
        ("1.5GiB", 3 << 29),
        ("2 MB", 2 << 20),
        ("1t", 1 << 40),
        ("10%", 16384000 * 1024 // 10),
        ("100 %", 16384000 * 1024),
    ],
)
def test_the_reserve_in_every_form(document, reserve, expected):
    assert plan(document, reserve=reserve)["reserve_bytes"] == budget(document, {}, expected)["reserve_bytes"]
    if expected is not None:
        assert plan(document, reserve=reserve)["reserve_bytes"] == expected


@pytest.mark.parametrize(
    "options, message",
    [
        ({"reserve": "much"}, "reserve: 'much' is no amount of memory: give bytes"),
        ({"reserve": "-5G"}, "reserve: '-5G' is no amount of memory"),
        ({"reserve": "5X"}, "reserve: '5X' is no amount of memory"),
        ({"reserve": "5%G"}, "reserve: '5%G' is no amount of memory"),
        ({"reserve": "9" * 20}, "is no amount of memory"),
        ({"reserve": "101%"}, "reserve: 101% is more than there is: give a share from 0% to 100%"),
        ({"common": {"rx": 8193}}, "eth0: rx 8193 is above the most that it can have: give a number from 16 to 8192"),
        ({"common": {"rx": 1}}, "eth0: rx 1 is below the least that it can have: give a number from 16 to 8192"),
        ({"common": {"channels": 9}}, "eth0: channels 9 is above the most that it can have"),
        ({"common": {"rx": "many"}}, "eth0: rx is 'many', expected a whole number"),
        ({"common": {"rx": True}}, "eth0: rx is True, expected a whole number"),
        ({"targets": {"eth0": {"ring": 1}}}, "eth0: 'ring' is no key of a target"),
        ({"targets": {"eth0": 8192}}, "eth0: its target is 8192, expected a dictionary with some of rx, tx, channels"),
        ({"targets": {"bond0": {"rx": 1}}}, "bond0: "),
        (
            {"targets": {"lo": {}}},
            "lo: no such NIC among those that were read: bond0, eth0, eth1; name it in interfaces",
        ),
        ({"targets": {"eth9": {}}}, "eth9: no such NIC among those that were read"),
        ({"names": ["bond0"], "common": {"rx": 1}}, "there is no NIC with rings to change: bond0: "),
    ],
)
def test_what_makes_no_sense_is_said(document, options, message):
    with pytest.raises(RingMemoryError) as raised:
        plan(document, **options)
    assert message in str(raised.value)


def test_a_nic_that_cannot_be_priced_is_skipped_unless_it_is_named(document):
    document["nics"]["eth1"]["mtu"] = None
    found = plan(document, common={"rx": 2048})
    assert list(found["nics"]) == ["eth0"]
    assert found["skipped"]["eth1"].startswith("eth1: its MTU is not known")
    with pytest.raises(RingMemoryError, match="eth1: its MTU is not known"):
        plan(document, targets={"eth1": {"rx": 2048}})


def test_a_host_without_a_nic_with_rings(document):
    found = plan(document, ["bond0"])
    assert (found["nics"], found["verdict"]) == ({}, "unknown")
    assert found["sentence"].startswith("There is no NIC with rings: bond0: ")


def test_a_document_without_nics_or_memory(document):
    with pytest.raises(RingMemoryError, match="the NICs of the host could not be listed"):
        plan(dict(document, nics=None))
    with pytest.raises(RingMemoryError, match="the memory of the host is not known: give bytes"):
        plan(dict(document, memory=None), reserve="5%")
    assert plan(dict(document, memory=None))["verdict"] == "unknown"
