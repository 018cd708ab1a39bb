# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every driver's file must have, and that a file which lacks something is told what."""

import copy
import types

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import (
    generic,
    index,
    traits,
    virtio_net,
    vocabulary,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import terms
from ansible_collections.linuxnet.packetloss.tests.unit.driver_files import PARTS, faults, known, price_faults


@pytest.mark.parametrize("name", sorted(index.NAMES))
def test_the_file_of_a_driver_is_complete(name):
    assert faults(name, index.every()[name]) == []


@pytest.mark.parametrize("name", known("RINGS"))
def test_a_driver_has_a_price(name):
    assert price_faults(name) == []


def test_what_is_said_of_an_unknown_driver_has_every_part():
    assert all(getattr(generic, part) for part in PARTS)
    assert set(generic.TRAITS) == set(traits.MEANINGS)
    assert price_faults("unheard_of") == []


def test_every_way_to_get_memory_has_its_arithmetic():
    assert set(terms._MEMORY) == set(vocabulary.MEMORY)


def spoiled(**parts):
    """The file of virtio_net with other parts; a part that is missing is None."""
    module = types.ModuleType("virtio_net", virtio_net.__doc__)
    vars(module).update({part: copy.deepcopy(getattr(virtio_net, part)) for part in PARTS})
    for part, changes in parts.items():
        if changes is None:
            delattr(module, part)
        else:
            getattr(module, part).update(changes)
    return module


@pytest.mark.parametrize(
    "parts, sentence",
    [
        ({"RINGS": None}, "RINGS is missing: write RINGS = None where nothing is known"),
        ({"INTERRUPTS": None}, "INTERRUPTS is missing: write INTERRUPTS = None where nothing is known"),
        ({"TRAITS": None}, "TRAITS is missing: it has every key of traits.MEANINGS, with None where nothing is known"),
        ({"STATISTICS": {"rows": []}}, "STATISTICS has 'rows', which means nothing"),
        (
            {"STATISTICS": {"counters": [("h", "loss", "x", "rx_lost")]}},
            "rx_lost: the class 'h' is none of a, b, c, d, e, f, g, None",
        ),
        (
            {"STATISTICS": {"counters": [("c", "drop", None, "rx_lost")]}},
            "rx_lost: the kind 'drop' is none of loss, event, gauge, traffic, info, unclassified",
        ),
        ({"STATISTICS": {"counters": [("c", "loss", None, "rx_lost")]}}, "rx_lost: a loss needs a class and a group"),
        ({"STATISTICS": {"counters": [("c", "loss", "x", "rx_(lost")]}}, "rx_(lost: its brackets do not match"),
        (
            {"STATISTICS": {"counters": [("c", "loss", "{2}", "rx_(lost|gone)")]}},
            "rx_(lost|gone): the group '{2}' speaks of a bracket that is not there",
        ),
        (
            {"STATISTICS": {"counters": [("c", "loss", "x", "rx_lost"), ("d", "loss", "y", "rx_(lost|gone)")]}},
            "rx_lost is told two things: by rx_lost and by rx_(lost|gone)",
        ),
        (
            {"STATISTICS": {"counters": [("c", "loss", "x+never", "rx_lost")]}},
            "no row counts the group 'never', which a sum takes away",
        ),
        ({"NETDEV": {"rx_lost": ("c", "x")}}, "NETDEV: 'rx_lost' is no field of the netdev statistics"),
        ({"NETDEV": {"rx_dropped": "c"}}, "NETDEV: rx_dropped is 'c', expected (class a to f, group)"),
        (
            {"INTERRUPTS": {"names": [("both", "{if}")]}},
            "{if}: the role 'both' is none of rx, tx, rxtx, other, plain",
        ),
        ({"INTERRUPTS": {"names": [("rx", "{nic}")]}}, "{nic}: a place that is none of {if}, {bdf}, {virtio}, {q}"),
        ({"INTERRUPTS": {"names": [("rx", "{if}-(")]}}, "{if}-(: missing ), unterminated subpattern at position"),
        ({"RINGS": {"change": "slowly"}}, "RINGS: change 'slowly' is none of close first, descriptors first"),
        ({"RINGS": {"reads": ("tea leaves",)}}, "RINGS: reads 'tea leaves', which is none of rx_page_cache"),
        ({"RINGS": {"tx": (("heap", 16),)}}, "RINGS: tx has ('heap', 16), expected (one of block, exact, slab"),
        ({"RINGS": {"price": 1}}, "RINGS has 'price', which means nothing"),
        ({"TRAITS": {"mood": True}}, "TRAITS has 'mood', which means nothing"),
        ({"TRAITS": {"nominal_speed": 1}}, "TRAITS: nominal_speed is 1, expected True, False or None"),
        ({"TRAITS": {"rss_reach": True}}, "TRAITS: rss_reach is True, expected a number of queues or None"),
        ({"TRAITS": {"usecs_rounding": "up"}}, "TRAITS: usecs_rounding is 'up', expected None or one of up to a power"),
        (
            {"TRAITS": {"channels_refused_with": ("dcb",)}},
            "TRAITS: channels_refused_with is ('dcb',), expected None or a tuple of xdp, rdma",
        ),
        (
            {"TRAITS": {"xps_again_after": ("reboot",)}},
            "TRAITS: xps_again_after is ('reboot',), expected None or a tuple of load, up, rings, channels, cpus",
        ),
        (
            {"TRAITS": {"changes": dict(virtio_net.TRAITS["changes"], rings=3)}},
            "TRAITS: a change of rings is of class 3, expected 0, 1, 2, None or unsupported",
        ),
        ({"TRAITS": {"changes": {"rings": 1}}}, "TRAITS: changes lacks 'channels'"),
        ({"TRAITS": {"counter_notes": {"c": "Beware."}}}, "TRAITS: counter_notes has 'c': 'Beware.'"),
        ({"TRAITS": {"sources": ()}}, "TRAITS: sources says nothing of what was read"),
    ],
)
def test_what_is_missing_from_a_file_is_told(parts, sentence):
    found = faults("virtio_net", spoiled(**parts))
    assert any(fault.startswith(sentence) for fault in found), found


def test_a_file_says_what_it_is_for():
    assert faults("virtio_net", spoiled()) == []
    assert faults("flatnic", spoiled()) == [
        'the docstring does not begin with "flatnic: " and what the driver serves',
    ]


def test_statistics_and_netdev_are_known_together():
    module = spoiled()
    module.NETDEV = None
    assert faults("virtio_net", module) == ["STATISTICS and NETDEV go together: both are None, or neither"]
