# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import match
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER


def nic(driver="mlx5_core", speed=25000, kind="physical", **more):
    found = {
        "kind": kind,
        "flags": ["UP"],
        "mac": "02:fc:00:a1:b2:c3",
        "addresses": ["192.0.2.5/24"],
        "driver": {"name": driver},
        "link": {"speed_mbps": speed},
        "pci": {"address": "0000:01:00.0"},
        "queues": {"rx": {"0": {}, "1": {}}},
    }
    found.update(more)
    return found


NICS = {
    "ens1": nic(),
    "ens2": nic("igb", 1000, flags=[], addresses=["10.1.2.3/8"]),
    "ens3": {**nic(), **dict.fromkeys(("mac", "driver", "link", "pci", "queues", "addresses"))},
    "bond0": nic("bonding", 50000, kind="bond", pci=None),
}


@pytest.mark.parametrize(
    "by, names",
    [
        ({}, "ens1 ens2 ens3"),
        (None, "ens1 ens2 ens3"),
        ({"driver": "mlx5_core"}, "ens1"),
        ({"driver": ["igb", "mlx5*"]}, "ens1 ens2"),
        ({"driver": "bonding"}, ""),
        ({"driver": "bonding", "kind": "bond"}, "bond0"),
        ({"name": "bond*"}, "bond0"),
        ({"name": ["ens2", "bond0"]}, "bond0 ens2"),
        ({"kind": "*"}, "bond0 ens1 ens2 ens3"),
        ({"speed_min": 25000}, "ens1"),
        ({"speed_min": "1000"}, "ens1 ens2"),
        ({"speed_max": 1000}, "ens2"),
        ({"speed_min": 1000, "speed_max": 10000}, "ens2"),
        ({"pci": "0000:01:*"}, "ens1 ens2"),
        ({"mac": "02:FC:00:A1:B2:C3"}, "ens1 ens2"),
        ({"network": "192.0.2.0/24"}, "ens1"),
        ({"network": ["10.0.0.0/8", "fd00::/8"]}, "ens2"),
        ({"queues_min": 2}, "ens1 ens2"),
        ({"queues_max": 1}, ""),
        ({"up": True}, "ens1 ens3"),
        ({"up": False}, "ens2"),
    ],
)
def test_an_entry_is_about_the_nics_of_which_all_of_its_match_holds(by, names):
    entry = {"match": by, "ring": {"rx": 512}}
    assert [setting["subject"] for setting in match.settings([entry], NICS)] == names.split()


def test_the_first_entry_that_names_a_value_wins():
    entries = [
        {"match": {"speed_min": 25000}, "ring": {"rx": 4096}},
        {"match": {"driver": "mlx5_core"}, "ring": {"rx": 1024, "tx": 512}},
        {"ring": {"rx": 256, "tx": 256, "rx_mini": 64}},
    ]
    values = {setting["subject"]: setting["values"] for setting in match.settings(entries, NICS)}
    assert values == {
        "ens1": {"rx": 4096, "tx": 512, "rx_mini": 64},
        "ens2": {"rx": 256, "tx": 256, "rx_mini": 64},
        "ens3": {"rx": 256, "tx": 256, "rx_mini": 64},
    }
    assert entries[0] == {"match": {"speed_min": 25000}, "ring": {"rx": 4096}}


def test_what_has_to_be_read_is_what_is_asked_for():
    entries = [{"match": {"driver": "x", "name": "y"}, "ring": {}}, {"match": {"speed_min": 1}}, {}]
    match.check(entries)
    assert match.parts(entries) == ["driver", "link"]


@pytest.mark.parametrize(
    "entry, message",
    [
        ("ring", "settings: entry 2: expected a mapping with match and knobs, found 'ring'"),
        ({"rings": {}}, "settings: entry 2: there is no key rings; there are: match and " + ", ".join(match.knobs())),
        ({"sysctl": {}}, "settings: entry 2: there is no key sysctl"),
        ({"match": "ens1"}, "settings: entry 2: match: expected a mapping, found 'ens1'"),
        (
            {"match": {"drivers": "x"}},
            "settings: entry 2: there is no key of match drivers; there are: driver, kind, mac,",
        ),
        ({"ring": 4096}, "settings: entry 2: ring: expected a mapping, found 4096"),
    ],
)
def test_an_entry_that_cannot_be_says_which_it_is_and_what_there_is(entry, message):
    with pytest.raises(Refused) as error:
        match.check([{"ring": {"rx": 1}}, entry])
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "by, message",
    [
        ({"speed_min": "fast"}, "match: expected a whole number, found 'fast'"),
        ({"speed_max": None}, "match: expected a whole number, found None"),
        ({"network": "ens1"}, "match: network: 'ens1' does not appear to be an IPv4 or IPv6 network"),
        ({"up": "yes"}, "match: up: expected true or false, found 'yes'"),
    ],
)
def test_a_value_that_matches_nothing_anywhere_is_an_error(by, message):
    with pytest.raises(Refused) as error:
        match.settings([{"match": by, "ring": {"rx": 512}}], NICS)
    assert str(error.value).startswith(message)


def test_every_knob_of_nics_can_be_in_an_entry():
    assert set(match.knobs()) == set(ORDER) - {match.SYSCTL}
