# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import PARTS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import NAMES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import rss
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import host, nic

SET_TABLE, SET_FIELDS, SET_RSS = 0x39, 0x2A, 0x47

SD, SDFN = 0x30, 0xF0

#: The blocks that some drivers load with.
BLOCKS = [entry // 4 for entry in range(16)]


def document(entries=None, queues=4, driver="igb", flags=("UP",), **fields):
    found = host({"eth0": nic(driver, flags=list(flags))})
    found["nics"]["eth0"].update(
        rss_table={"entries": entries or [entry % queues for entry in range(16)], "rx_queues": queues},
        hashed_fields=dict({"tcp4": "sdfn", "tcp6": "sdfn", "udp4": "sd", "udp6": "sd"}, **fields),
    )
    found["unavailable"] = []
    return found


def decided(found, **values):
    changes = rss.decide(found, {"eth0": values})
    return changes[0] if changes else None


def setting(name="eth0", **values):
    return {"knob": "rss", "subject": name, "values": values}


@pytest.mark.parametrize(
    "words, entries",
    [
        ("default", [0, 1, 2, 0, 1, 2, 0, 1]),
        ("equal 2", [0, 1, 0, 1, 0, 1, 0, 1]),
        ("weight 1 1", [0, 0, 0, 0, 1, 1, 1, 1]),
        ("weight 3 1", [0, 0, 0, 0, 0, 0, 1, 1]),
        # What ethtool -X of 6.1 makes: each run ends at 8 * partial / sum, rounded down.
        ("weight 1 1 1", [0, 0, 1, 1, 1, 2, 2, 2]),
        ("weight 0 1 2", [1, 1, 2, 2, 2, 2, 2, 2]),
        ("queues 2 2 0 1 0 0 0 2", [2, 2, 0, 1, 0, 0, 0, 2]),
    ],
)
def test_a_table_is_made_of_words_and_told_in_them(words, entries):
    assert rss.entries_of(words, 8, 3) == entries
    assert rss.entries_of(rss.spread_of(entries, 3), 8, 3) == entries


def test_any_table_is_told_in_words_that_make_it_again(chance):
    for _table in range(300):
        queues = chance.randint(1, 9)
        entries = chance.tried([chance.randrange(queues) for _entry in range(chance.choice((1, 7, 16, 128)))])
        for table in (entries, sorted(entries)):
            assert rss.entries_of(rss.spread_of(table, queues), len(table), queues) == table


def test_the_words_for_a_table_are_those_that_say_least():
    assert rss.spread_of([0, 1, 2, 3] * 4, 4) == "default"
    assert rss.spread_of([0, 1, 2, 3] * 4, 8) == "equal 4"
    assert rss.spread_of(BLOCKS, 4) == "weight 1 1 1 1"
    assert rss.spread_of([0] * 16, 4) == "equal 1"
    assert rss.spread_of([1, 0], 2) == "queues 1 0"


@pytest.mark.parametrize(
    "present, values, before, after",
    [
        (None, {"equal": 2}, "default", "equal 2"),
        (None, {"equal": "2"}, "default", "equal 2"),
        # The same entries, said otherwise.
        (None, {"equal": 4}, None, None),
        (None, {"default": True}, None, None),
        (BLOCKS, {"default": True}, "weight 1 1 1 1", "default"),
        (BLOCKS, {"weights": [3, 3, 3, 3]}, None, None),
        (BLOCKS, {"weights": [3, 1, 0, 0]}, "weight 1 1 1 1", "weight 3 1"),
        ([1, 0] * 8, {"equal": 2}, "queues" + " 1 0" * 8, "equal 2"),
    ],
)
def test_only_a_table_with_other_entries_is_a_change(present, values, before, after):
    made = decided(document(present), **values)
    found = (made["from"]["table"], made["to"]["table"]) if made else (None, None)
    assert found == (before, after)


def test_the_commands_are_those_of_the_ethtool_program():
    made = decided(document(), weights=[3, 1], fields={"udp4": "nfds"})
    assert rss.command(made) == "ethtool -X eth0 weight 3 1; ethtool -N eth0 rx-flow-hash udp4 sdfn"
    # A table that it cannot make: the same share of each queue.
    assert rss.command({"subject": "eth0", "to": {"table": "queues 1 0 1 1"}}) == "ethtool -X eth0 weight 1 3"


@pytest.mark.parametrize(
    "values, message",
    [
        ({"equal": 8}, "eth0: equal 8 names more than the 4 receive queues that are in use"),
        ({"equal": 0}, "eth0: equal has 0, expected whole numbers from 1"),
        ({"equal": "all"}, "eth0: equal has 'all', expected whole numbers from 1"),
        ({"weights": [1, 1, 1, 1, 1]}, "eth0: weight 1 1 1 1 1 names more than the 4 receive queues"),
        ({"weights": [0, 0]}, "eth0: the weights are all 0"),
        ({"weights": [16, 1]}, "eth0: the sum of the weights, 17, is above the 16 entries of its table"),
        ({"weights": [-1]}, "eth0: weights has -1, expected whole numbers from 0"),
        ({"equal": 2, "default": True}, "eth0: expected one of equal, weights, default for the table"),
        ({}, "eth0: expected one of equal, weights, default for the table"),
        ({"default": False, "fields": {"udp4": None}}, "eth0: expected one of equal, weights, default"),
        ({"fields": {"udp4": "sdx"}}, "eth0: udp4 is 'sdx', expected letters of mvtsdfn"),
        # It would drop them.
        ({"fields": {"udp4": "r"}}, "eth0: udp4 is 'r', expected letters of mvtsdfn"),
        ({"fields": {"udp4": ""}}, "eth0: udp4 is '', expected letters of mvtsdfn"),
        ({"fields": {"sctp4": "sdfn"}}, "eth0: there is no flow type 'sctp4' here; there are: tcp4, tcp6, udp4, udp6"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(document(), **values)
    assert message in str(error.value)


def test_more_queues_than_entries_are_refused():
    with pytest.raises(Refused, match="eth0: equal 20 is above the 16 entries of its table: give at most that"):
        decided(document(queues=32), equal=20)


def test_fields_whose_choice_is_not_known_are_refused_with_the_reason():
    found = document(udp4=None)
    path, detail = "/nics/eth0/hashed_fields/udp4", "ETHTOOL_GRXFH eth0: Operation not supported"
    found["unavailable"] = [{"path": path, "reason": "unsupported", "detail": detail}]
    with pytest.raises(Refused, match="what is hashed of udp4 cannot be known: ETHTOOL_GRXFH eth0.*; leave udp4 out"):
        decided(found, fields={"udp4": "sdfn"})


def test_only_fields_that_differ_are_a_change_and_ports_of_fragments_are_noted():
    made = decided(document(), fields={"udp4": "sdfn", "udp6": "ds", "tcp4": None})
    assert (made["from"], made["to"]) == ({"udp4": "sd"}, {"udp4": "sdfn"})
    assert made["notes"] == ["fragments of udp4 have no ports, and may overtake what is not fragmented"]
    assert decided(document(), fields={"udp4": "sd", "tcp4": "sdfn"}) is None


def test_a_change_says_what_it_does_to_traffic_and_how_far_the_table_of_a_driver_reaches():
    def classes(*drivers, **more):
        return [decided(document(driver=driver, **more), equal=2)["class"] for driver in drivers]

    assert classes("igb", "bnxt_en", "mlx4_en", "nobody") == [0, 1, 2, 3]
    assert classes("bnxt_en", "nobody", flags=()) == [0, 0]
    wide = document([0] * 128, queues=64, driver="ixgbe")
    assert decided(wide, equal=16)["notes"] == []
    assert "of some devices of this driver reach 16 queues only" in decided(wide, equal=17)["notes"][0]


def test_of_a_document_of_an_audit_the_entries_are_compared_without_their_order():
    found = document()
    for key in ("rss_table", "hashed_fields"):
        del found["nics"]["eth0"][key]
    found["nics"]["eth0"]["rss"] = {"weights": {"0": 8, "1": 8}}
    found["nics"]["eth0"]["channels"] = {"rx": 0, "combined": 4}
    assert decided(found, equal=2) is None
    made = decided(found, equal=4, fields={"udp4": "sdfn"})
    assert (made["from"], made["to"]) == ({"table": "weight 1 1", "udp4": None}, {"table": "equal 4", "udp4": "sdfn"})
    with pytest.raises(Refused, match="equal 5 names more than the 4 receive queues"):
        decided(found, equal=5)


def test_what_is_read_to_set_is_no_part_of_an_audit():
    assert not {"rss_table", "hashed_fields"} & {*PARTS, *NAMES}


# The FAKE driver.


@pytest.fixture
def spreading(settable):
    settable.eth0.update(rxfhindir=[0, 1, 2, 3] * 4, rx_rings=4, hashed={1: SDFN, 5: SDFN, 2: SD, 6: SD})
    return settable


def test_a_table_and_fields_are_set_and_read_back(spreading):
    found = settle(spreading.host, [setting(equal=2, fields={"udp4": "sdfn"})])
    assert spreading.eth0["rxfhindir"] == [0, 1] * 8
    assert spreading.eth0["hashed"] == {1: SDFN, 5: SDFN, 2: SDFN, 6: SD}
    assert found["changed"] is True
    assert found["verified"] == {"eth0": {"rss": {"table": "equal 2", "udp4": "sdfn"}}}
    assert found["diff"] == {
        "before": "eth0: rss table default\neth0: rss udp4 sd\n",
        "after": "eth0: rss table equal 2\neth0: rss udp4 sdfn\n",
    }
    again = settle(spreading.host, [setting(equal=2, fields={"udp4": "sdfn"})])
    assert (again["changed"], again["changes"]) == (False, [])
    assert (spreading.told(SET_TABLE), spreading.told(SET_FIELDS)) == (1, 1)


def test_the_key_is_never_written(spreading):
    key = spreading.eth0["rxfh"]["key"]
    settle(spreading.host, [setting(weights=[1, 3])])
    assert spreading.told(SET_RSS) == 0
    assert spreading.eth0["rxfh"]["key"] == key


def test_the_default_is_left_to_the_kernel_and_a_second_run_changes_nothing(spreading):
    spreading.eth0["rxfhindir"] = list(BLOCKS)
    found = settle(spreading.host, [setting(default=True)])
    assert spreading.eth0["rxfhindir"] == [0, 1, 2, 3] * 4
    assert found["commands"] == ["ethtool -X eth0 default"]
    assert settle(spreading.host, [setting(default=True)])["changed"] is False


@pytest.mark.parametrize("key, told", [("rxfhindir", {"equal": 2}), ("hashed", {"fields": {"udp4": "sdfn"}})])
def test_a_driver_that_takes_it_and_does_nothing_is_found_out(spreading, key, told):
    kept = {"rxfhindir": list(spreading.eth0["rxfhindir"]), "hashed": {}}
    spreading.eth0["driver_makes"] = lambda asked, fields: kept[key] if asked == key else fields
    with pytest.raises(Refused) as error:
        settle(spreading.host, [setting(**told)])
    assert "was taken without an error, yet reads back as" in str(error.value)
    assert str(error.value).endswith("; nothing was changed")


def test_fields_that_are_refused_take_back_the_table(spreading):
    spreading.eth0["rxfhindir"] = [3, 0] * 8
    spreading.eth0["errors"] = {SET_FIELDS: errno.EINVAL}
    with pytest.raises(Refused) as error:
        settle(spreading.host, [setting(equal=2, fields={"tcp4": "sd"})])
    text = str(error.value)
    assert "eth0: tcp4 sd: ETHTOOL_SRXFH eth0: Invalid argument: the driver cannot hash these fields" in text
    assert text.endswith("; eth0: table queues" + " 3 0" * 8 + " was put back")
    assert spreading.eth0["rxfhindir"] == [3, 0] * 8


def test_a_nic_without_a_table_is_refused_with_the_reason(spreading):
    del spreading.eth0["rxfhindir"]
    with pytest.raises(Refused, match="eth0: its rss table cannot be known: ETHTOOL_GRXFHINDIR eth0: .*not supported"):
        settle(spreading.host, [setting(equal=2)])
