# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle

SET_RINGS = 0x11


def rings(**values):
    return {"knob": "ring", "subject": "eth0", "values": values}


def test_a_setting_is_made_read_back_and_told(settable):
    found = settle(settable.host, [rings(rx="2048")], reserve="0")
    assert settable.eth0["rings"]["rx_pending"] == 2048
    assert found["changed"] is True
    (made,) = found["changes"]
    assert (made["from"], made["to"], made["class"]) == ({"rx": 1024}, {"rx": 2048}, 1)
    assert made["memory"]["need_bytes"] == found["memory"]["need_bytes"] > 0
    assert found["commands"] == ["ethtool -G eth0 rx 2048"]
    assert found["verified"] == {"eth0": {"ring": {"rx": 2048}}}
    assert found["diff"] == {"before": "eth0: ring rx 1024\n", "after": "eth0: ring rx 2048\n"}
    assert found["disruption"]["class"] == 1


def test_what_is_so_already_never_reaches_the_driver(settable):
    settle(settable.host, [rings(rx="2048")], reserve="0")
    again = settle(settable.host, [rings(rx="2048", tx="1024")], reserve="0")
    assert settable.told(SET_RINGS) == 1
    assert (again["changed"], again["changes"], again["commands"]) == (False, [], [])
    assert again["diff"] == {"before": "", "after": ""}


def test_check_mode_says_what_a_run_then_does(settable):
    checked = settle(settable.host, [rings(rx="2048", tx="max")], check=True, reserve="0")
    assert settable.told(SET_RINGS) == 0
    done = settle(settable.host, [rings(rx="2048", tx="max")], reserve="0")
    assert {**checked, "verified": None} == {**done, "verified": None}


def test_what_does_not_fit_is_refused_and_untouched(settable):
    with pytest.raises(Refused) as error:
        settle(settable.host, [rings(rx="8192")], reserve="100%")
    assert settable.told(SET_RINGS) == 0
    assert "force: true" in str(error.value)
    forced = settle(settable.host, [rings(rx="8192")], reserve="100%", force=True)
    assert settable.eth0["rings"]["rx_pending"] == 8192
    assert forced["memory"]["verdict"] == "does_not_fit"


def test_a_driver_that_refuses_is_told_in_words_and_nothing_is_changed(settable):
    settable.eth0["errors"] = {SET_RINGS: errno.EBUSY}
    with pytest.raises(Refused) as error:
        settle(settable.host, [rings(rx="2048")], reserve="0")
    assert "ETHTOOL_SRINGPARAM eth0: Device or resource busy: the driver cannot now" in str(error.value)
    assert str(error.value).endswith("; nothing was changed")


def test_a_driver_that_takes_a_number_and_does_nothing_is_found_out(settable):
    settable.eth0["driver_makes"] = lambda _key, _fields: {}
    with pytest.raises(Refused) as error:
        settle(settable.host, [rings(rx="2048")], reserve="0")
    assert "was taken without an error, yet reads back as rx 1024 where rx 2048 was asked for" in str(error.value)


def test_a_driver_that_rounds_up_is_accepted_as_it_is(settable):
    settable.eth0["driver_makes"] = lambda _key, fields: dict(fields, rx_pending=3072)
    found = settle(settable.host, [rings(rx="2048")], reserve="0")
    assert found["verified"] == {"eth0": {"ring": {"rx": 3072}}}
    assert found["changed"] is True


def test_a_driver_that_rounds_back_to_what_there_was_has_changed_nothing(settable):
    settable.eth0["driver"]["driver"] = b"unheard_of"
    settable.eth0["driver_makes"] = lambda _key, fields: dict(fields, rx_pending=1024)
    found = settle(settable.host, [rings(rx="1000")], reserve="0", force=True)
    assert found["changed"] is False


def test_a_later_nic_that_fails_takes_back_the_earlier_one(settable):
    settable.driver.interfaces["bond0"].update(
        rings=dict(settable.eth0["rings"], rx_mini_max_pending=64), errors={SET_RINGS: errno.ENOMEM}
    )
    # bond0 comes first by name: the one that fails has to come last.
    settings = [rings(rx="2048"), {"knob": "ring", "subject": "bond0", "values": {"rx": "2048"}}]
    settable.driver.interfaces["eth0"], settable.driver.interfaces["bond0"] = (
        settable.driver.interfaces["bond0"],
        settable.driver.interfaces["eth0"],
    )
    with pytest.raises(Refused) as error:
        settle(settable.host, settings, reserve="0", force=True)
    assert "eth0: rx 2048: ETHTOOL_SRINGPARAM eth0: Cannot allocate memory" in str(error.value)
    assert "bond0: rx 1024 was put back" in str(error.value)
    assert settable.driver.interfaces["bond0"]["rings"]["rx_pending"] == 1024


def test_what_cannot_be_put_back_is_told_with_the_command(settable):
    answers = iter([None, OSError(errno.EIO, os.strerror(errno.EIO))])

    def makes(_key, fields):
        answer = next(answers)
        if answer:
            raise answer
        return dict(fields, rx_pending=64)

    settable.eth0["driver_makes"] = makes
    with pytest.raises(Refused) as error:
        settle(settable.host, [rings(rx="2048")], reserve="0")
    assert "it could not be put back: eth0: rx 1024: ETHTOOL_SRINGPARAM eth0: Input/output error" in str(error.value)
    assert str(error.value).endswith("type: ethtool -G eth0 rx 1024")


def test_rings_beside_more_channels_are_priced_together_and_decided_again(settable):
    settable.eth0["channels"]["max_combined"] = 8
    channels = {"knob": "channels", "subject": "eth0", "values": {"combined": "4"}}
    alone = settle(settable.host, [rings(rx="2048")], check=True, reserve="0")["memory"]["need_bytes"]
    found = settle(settable.host, [rings(rx="2048"), channels], reserve="0")
    assert [made["knob"] for made in found["changes"]] == ["channels", "ring"]
    prices = [made["memory"]["need_bytes"] for made in found["changes"]]
    assert prices == [found["memory"]["need_bytes"]] * 2
    assert prices[0] > 2 * alone
    assert settable.eth0["channels"]["combined_count"] == 4


def test_every_knob_says_all_that_the_others_ask_of_it():
    assert sorted(index.every()) == sorted(index.ORDER)
    for name, knob in index.every().items():
        assert name == knob.NAME
        for word in ("PARTS", "SECTIONS", "decide", "write", "read", "accepts", "command"):
            assert hasattr(knob, word), (name, word)
    assert set(index.MAKE_ANEW) <= set(index.ORDER) | {"private_flag", "channels", "irq_affinity"}


def test_an_unknown_knob_is_named():
    with pytest.raises(ValueError, match="there is no knob 'rings'"):
        index.knob("rings")
