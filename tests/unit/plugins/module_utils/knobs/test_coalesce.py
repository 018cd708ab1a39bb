# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import coalesce
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit.fake_devlink import attribute, integer
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import host, nic

SET_COALESCE = 0x0F
SIX = ("rx_usecs", "rx_frames", "tx_usecs", "tx_frames", "adaptive_rx", "adaptive_tx")


def values(**others):
    found = dict.fromkeys(coalesce.FIELDS, 0)
    return dict(found, adaptive_rx=False, adaptive_tx=False, **others)


def document(driver="mlx5_core", now=None, known=SIX, speed=25000, queues=0, flags=("UP",)):
    now = now or values()
    eth0 = nic(
        driver,
        flags=list(flags),
        coalesce=now,
        coalesce_fields=None if known is None else list(known),
        coalesce_of_queues={str(queue): now for queue in range(queues)} or None,
        link={"speed_mbps": speed},
    )
    return dict(host({"eth0": eth0}), unavailable=[])


def decided(found, **wanted):
    changes = coalesce.decide(found, {"eth0": wanted})
    return changes[0]["to"] if changes else None


@pytest.mark.parametrize(
    "speed, usecs, frames, adaptive",
    [
        (100000, 50, 32, True),
        (10000, 50, 32, True),
        (9999, 25, 16, True),
        (1000, 25, 16, True),
        (100, 10, 4, False),
    ],
)
def test_a_profile_by_speed(speed, usecs, frames, adaptive):
    # From what no profile has, so that all six differ.
    now = values(rx_usecs=1, rx_frames=2, tx_usecs=3, tx_frames=5)
    now.update(adaptive_rx=not adaptive, adaptive_tx=not adaptive)
    assert decided(document(now=now, speed=speed), profile="by_speed") == {
        "rx_usecs": usecs,
        "rx_frames": frames,
        "tx_usecs": usecs,
        "tx_frames": frames,
        "adaptive_rx": adaptive,
        "adaptive_tx": adaptive,
    }


def test_every_profile_is_of_fields_that_there_are_and_is_none_where_it_is_so_already():
    assert set(coalesce.PROFILES) == {"latency", "throughput", "adaptive", "by_speed"}
    for profile in coalesce.PROFILES:
        (made,) = coalesce.decide(document(now=values(rx_usecs=7, rx_frames=7)), {"eth0": {"profile": profile}})
        assert set(made["to"]) <= set(SIX)
        after = document(now=dict(values(rx_usecs=7, rx_frames=7), **made["to"]))
        assert coalesce.decide(after, {"eth0": {"profile": profile}}) == []


def test_a_driver_without_adaptive_mode_gets_the_fixed_values_and_it_is_told():
    found = document(known=("rx_usecs", "tx_usecs"))
    (made,) = coalesce.decide(found, {"eth0": {"profile": "by_speed"}})
    assert made["to"] == {"rx_usecs": 50, "tx_usecs": 50}
    assert made["notes"] == [
        "eth0: its driver has no adaptive_rx, adaptive_tx; fixed there: rx-usecs 50 tx-usecs 50",
        "eth0: its driver does not know rx_frames, tx_frames, which the profile by_speed sets",
    ]


def test_what_is_given_by_name_goes_before_the_profile():
    assert decided(document(), profile="by_speed", rx_usecs=20, adaptive_rx=False)["rx_usecs"] == 20
    assert "adaptive_rx" not in decided(document(), profile="by_speed", rx_usecs=20, adaptive_rx=False)


@pytest.mark.parametrize(
    "others, wanted, message",
    [
        ({}, {"rx_usecs_low": 5}, "its driver mlx5_core does not know rx_usecs_low: leave that out"),
        ({}, {"rx_usecs": -1}, "eth0: rx_usecs is -1, expected a whole number from 0"),
        ({}, {"adaptive_rx": 1}, "eth0: adaptive_rx is 1, expected true or false"),
        ({}, {"profile": "fast"}, "there is no profile 'fast'; there are: latency, throughput, adaptive, by_speed"),
        ({"speed": None}, {"profile": "by_speed"}, "the speed of its link is not known: bring the link up"),
        ({"known": ("rx_usecs",)}, {"profile": "adaptive"}, "knows none of what the profile adaptive sets"),
        ({}, {"queues": [0], "rx_usecs": 5}, "eth0: its coalesce of queues cannot be known"),
        ({"queues": 2}, {"queues": [2], "rx_usecs": 5}, "eth0: it has no queue 2; its queues are 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(others, wanted, message):
    with pytest.raises(Refused) as error:
        decided(document(**others), **wanted)
    assert message in str(error.value)


def test_a_driver_that_does_not_tell_its_fields_is_tried():
    assert decided(document(known=None), rx_usecs_low=5) == {"rx_usecs_low": 5}


def test_a_number_is_what_the_driver_makes_of_it_where_that_is_known():
    assert decided(document("i40e"), rx_usecs=5) == {"rx_usecs": 6}
    assert decided(document("i40e", values(rx_usecs=6)), rx_usecs=5) is None
    assert decided(document("mlx5_core", values(rx_usecs=6)), rx_usecs=5) == {"rx_usecs": 5}


def test_queues_are_set_by_themselves():
    found = document(queues=3)
    (made,) = coalesce.decide(found, {"eth0": {"queues": [2, 0], "rx_usecs": 5}})
    assert made["from"] == {"queue 0 rx_usecs": 0, "queue 2 rx_usecs": 0}
    assert made["to"] == {"queue 0 rx_usecs": 5, "queue 2 rx_usecs": 5}
    assert coalesce.command(made) == (
        "ethtool -Q eth0 queue_mask 0x1 --coalesce rx-usecs 5; ethtool -Q eth0 queue_mask 0x4 --coalesce rx-usecs 5"
    )


def test_the_class_is_that_of_the_worst_field():
    def made(driver="mlx5_core", flags=("UP",), **wanted):
        return coalesce.decide(document(driver, flags=flags), {"eth0": wanted})[0]["class"]

    assert made(rx_usecs=5) == 0
    assert made(rx_usecs=5, adaptive_rx=True) == 1
    assert made(flags=(), rx_usecs=5, adaptive_rx=True) == 0
    assert made(driver="unheard_of", rx_usecs=5) == 3


@pytest.mark.parametrize(
    "asked, found, near",
    [(0, 0, True), (0, 2, False), (2, 0, False), (5, 6, True), (5, 9, True), (5, 10, False), (800, 899, True)]
    + [(800, 901, False), (True, False, False), (True, True, True)],
)
def test_what_a_driver_may_make_of_a_number(asked, found, near):
    assert coalesce.is_near(asked, found) is near


ON = {"adaptive_rx": True, "adaptive_tx": True}
OFF = {"adaptive_rx": False, "adaptive_tx": False}
BOTH = {"rx_usecs": 5, "tx_usecs": 5}


@pytest.mark.parametrize(
    "now, wanted, refuses, expected",
    [
        (ON, dict(OFF, **BOTH), False, [dict(OFF, **BOTH)]),
        (ON, dict(OFF, **BOTH), None, [dict(OFF, **BOTH)]),
        (ON, dict(OFF, **BOTH), True, [OFF, BOTH]),
        (OFF, dict(ON, **BOTH), True, [BOTH, ON]),
        # They stay on, and have to be off meanwhile.
        (ON, BOTH, True, [OFF, BOTH, ON]),
        (ON, {"rx_usecs": 5}, True, [{"adaptive_rx": False}, {"rx_usecs": 5}, {"adaptive_rx": True}]),
        (OFF, BOTH, True, [BOTH]),
        (ON, OFF, True, [OFF]),
        (OFF, ON, True, [ON]),
    ],
)
def test_the_order_in_which_a_driver_takes_switches_and_numbers(now, wanted, refuses, expected):
    assert coalesce.steps(dict(values(), **now), wanted, refuses) == expected


class Told:
    """A part ``netlink`` of which the family ethtool tells some fields, and is as before otherwise."""

    def __init__(self, netlink, fields):
        self._netlink, self._fields = netlink, fields

    def __getattr__(self, name):
        return getattr(self._netlink, name)

    def family(self, name):
        assert name == "ethtool"
        return self

    def ask(self, command, code, _payload):
        if self._fields is None:
            raise Unavailable("absent", f"{command}: this kernel has no such family")
        assert code == 19
        kinds = [2 + coalesce.FIELDS.index(field) for field in self._fields]
        return [b"".join(attribute(kind, integer(0)) for kind in kinds)]


@pytest.fixture(name="eth0")
def eth0_fixture(settable):
    """The fake NIC: all its values in ``settable.eth0["coalesce"]``; ``asks(driver, makes)`` says how it behaves."""
    settable.host.netlink = Told(settable.host.netlink, SIX)
    settable.eth0["coalesce"] = {"rx_coalesce_usecs": 8, "use_adaptive_rx_coalesce": 1, "tx_coalesce_usecs": 16}
    return settable


def setting(**wanted):
    return [{"knob": "coalesce", "subject": "eth0", "values": wanted}]


def test_a_setting_is_made_read_back_and_told_and_a_second_run_does_nothing(eth0):
    wanted = setting(rx_usecs=20, adaptive_rx=False)
    checked = settle(eth0.host, wanted, check=True)
    assert eth0.told(SET_COALESCE) == 0
    found = settle(eth0.host, wanted)
    assert checked["changes"] == found["changes"]
    assert found["verified"] == {"eth0": {"coalesce": {"rx_usecs": 20, "adaptive_rx": False}}}
    assert found["commands"] == ["ethtool -C eth0 rx-usecs 20 adaptive-rx off"]
    assert (found["changed"], found["disruption"]["class"]) == (True, 1)
    written = eth0.told(SET_COALESCE)
    again = settle(eth0.host, wanted)
    assert (again["changed"], again["changes"], eth0.told(SET_COALESCE)) == (False, [], written)


def test_a_driver_that_sets_its_own_with_the_switch_is_told_once_more(eth0):
    def makes(_key, told):
        if told["use_adaptive_rx_coalesce"] != eth0.eth0["coalesce"]["use_adaptive_rx_coalesce"]:
            told["rx_coalesce_usecs"] = 99
        return told

    eth0.eth0["driver_makes"] = makes
    settle(eth0.host, setting(rx_usecs=20, adaptive_rx=False))
    assert eth0.eth0["coalesce"]["rx_coalesce_usecs"] == 20
    # What nobody wanted changed is as it was, of a driver that is known for it.
    settle(eth0.host, setting(adaptive_rx=True))
    assert eth0.eth0["coalesce"]["rx_coalesce_usecs"] == 20
    assert eth0.eth0["coalesce"]["use_adaptive_rx_coalesce"] == 1


def test_a_driver_that_refuses_numbers_in_adaptive_mode_gets_them_beside_it(eth0):
    def makes(_key, told):
        if told["use_adaptive_rx_coalesce"] and told["rx_coalesce_usecs"] != eth0.eth0["coalesce"]["rx_coalesce_usecs"]:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return told

    eth0.eth0["driver"]["driver"] = b"i40e"
    eth0.eth0["driver_makes"] = makes
    found = settle(eth0.host, setting(rx_usecs=19))
    assert found["verified"] == {"eth0": {"coalesce": {"rx_usecs": 20}}}
    assert eth0.eth0["coalesce"]["use_adaptive_rx_coalesce"] == 1
    assert settle(eth0.host, setting(rx_usecs=19))["changes"] == []


def test_the_field_that_a_driver_refuses_is_named_and_all_is_put_back(eth0):
    def makes(_key, told):
        if told["rx_max_coalesced_frames_irq"] or told["tx_coalesce_usecs"] > 100:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return told

    eth0.host.netlink = Told(eth0.host.netlink, None)
    eth0.eth0["driver_makes"] = makes
    before = dict(values(), rx_usecs=8, tx_usecs=16, adaptive_rx=True)
    with pytest.raises(Refused) as error:
        settle(eth0.host, setting(rx_usecs=20, rx_frames_irq=4, tx_usecs=200))
    text = str(error.value)
    assert "rx-usecs 20 rx-frames-irq 4 tx-usecs 200: ETHTOOL_SCOALESCE eth0: Operation not supported" in text
    assert "rx_frames_irq, tx_usecs: refused alone as well" in text
    assert "eth0: rx_usecs 8 was put back" in text
    assert {key: eth0.eth0["coalesce"][f"{key[:2]}_coalesce_usecs"] for key in ("rx_usecs", "tx_usecs")} == {
        key: before[key] for key in ("rx_usecs", "tx_usecs")
    }


def test_a_driver_that_takes_a_number_and_does_nothing_is_found_out(eth0):
    eth0.eth0["driver_makes"] = lambda _key, _told: {}
    with pytest.raises(Refused, match="was taken without an error, yet reads back as rx_usecs 8"):
        settle(eth0.host, setting(rx_usecs=80))


def test_one_queue_is_set_and_the_others_are_not(eth0):
    eth0.eth0["queue_coalesce"] = [{"rx_coalesce_usecs": 8, "rx_max_coalesced_frames": 7} for _queue in range(2)]
    found = settle(eth0.host, setting(queues=[1], rx_usecs=40))
    assert found["verified"] == {"eth0": {"coalesce": {"queue 1 rx_usecs": 40}}}
    queues = eth0.eth0["queue_coalesce"]
    assert [queue["rx_coalesce_usecs"] for queue in queues] == [8, 40]
    assert queues[1]["rx_max_coalesced_frames"] == 7
    assert settle(eth0.host, setting(queues=[1], rx_usecs=40))["changed"] is False
