# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a change helped, in numbers: those measured when remedies were tried by hand, and their neighbours."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import proof
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy, merged, with_deltas
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RING, BACKLOG, BUFFER, MEMORY = "R4:nic:vmx0", "R6:host", "R20:protocol:Udp", "R21:protocol:Udp"
RULES = load_rules()


def measured(lost=None, traffic=150000, interval_s=10.0, risks=(), **changes):
    lost = lost or {}
    return {
        "traffic_packets": traffic,
        "interval_s": interval_s,
        "lost": lost,
        "severities": {**dict.fromkeys(lost, "loss"), **dict.fromkeys(risks, "risk")},
        "carrier": {"vmx0": True},
        "void": [],
        **changes,
    }


def outcome(before, after, finding=RING):
    return proof.compare(before, after, finding)["outcome"]


@pytest.mark.parametrize(
    "before, after, expected",
    [
        # ring_too_small: 1102/s with 32, 930/s with 64, 626/s with 128, 0 with 256
        (11020, 9300, "improved"),
        (9300, 6260, "improved"),
        (6260, 0, "gone"),
        # softnet_backlog by doublings, neighbours by all three thresholds
        (5470, 3370, "improved"),
        (1030, 0, "gone"),
        # the sysctls of R8 alone, queue_cpu_saturated by anything but its cause
        (9340, 9470, "unchanged"),
        (144990, 133830, "unchanged"),
        (11020, 9918, "improved"),
        (11020, 9919, "unchanged"),
        (10000, 12100, "worse"),
        (10000, 11900, "unchanged"),
        # 20 and 14 packets are a third less, and chance; so are 20 and 27.
        (20, 14, "unchanged"),
        (20, 27, "unchanged"),
        (2000, 1400, "improved"),
        # Nothing lost now, and 8 packets lost before say more than 3.
        (8, 0, "gone"),
        (7, 0, "not_comparable"),
        (3, 0, "not_comparable"),
    ],
)
def test_what_the_whole_path_loses_decides(before, after, expected):
    # What a ring loses was there to be lost: the traffic is as much before as after.
    traffic = 400000
    assert outcome(measured({RING: before}, traffic), measured({RING: after} if after else {}, traffic)) == expected


@pytest.mark.parametrize(
    "left, expected",
    [
        # The other place loses as before: this one is gone, and the path is not clean.
        (2000, "improved"),
        (2300, "improved"),
        (1102, "gone"),
        (1103, "improved"),
        # It loses what this one lost: 8119 is 0.9 of 9020 more, 13225 more than 1.2 times all.
        (2000 + 8118, "improved"),
        (2000 + 8119, "unchanged"),
        (13225, "worse"),
    ],
)
def test_a_finding_that_is_gone_is_no_success_while_another_loses_what_it_lost(left, expected):
    before = measured({RING: 9020, BACKLOG: 2000})
    assert outcome(before, measured({BACKLOG: left}, risks=["R8:nic:vmx0"])) == expected


def test_a_small_loss_that_is_gone_is_seen_beside_a_large_one():
    before, after = measured({RING: 1000, BUFFER: 100000}), measured({BUFFER: 101000})
    assert outcome(before, after, RING) == "improved"
    assert outcome(before, after, BUFFER) == "unchanged"


def test_a_loss_that_moved_is_worse():
    before, after = measured({RING: 11460}), measured({BACKLOG: 2850})
    found = proof.compare(before, after, RING)
    assert found["outcome"] == "worse"
    assert found["words"] == ("what was not lost before is lost now: R6:host: 1,146/s of 15,000/s -> 285/s of 15,000/s")


def test_udp_memory_that_became_a_buffer_is_worse_and_the_successor_is_named():
    found = proof.compare(measured({MEMORY: 8050}), measured({BUFFER: 7870}), MEMORY)
    assert found["outcome"] == "worse"
    assert BUFFER in found["words"]


def test_a_packet_or_two_lost_elsewhere_are_no_new_loss():
    assert outcome(measured({RING: 11460}), measured({"R1:nic:vmx0": 2})) == "gone"
    assert outcome(measured({RING: 11460}), measured({"R1:nic:vmx0": 500})) == "gone"
    assert outcome(measured(risks=["R9:nic:vmx0"]), measured({"R1:nic:vmx0": 2}), "R9:nic:vmx0") == "gone"
    assert outcome(measured(risks=["R9:nic:vmx0"]), measured({"R1:nic:vmx0": 9}), "R9:nic:vmx0") == "worse"


def test_the_same_ring_under_the_name_of_a_saturated_cpu_is_no_new_loss():
    assert outcome(measured({RING: 11020}), measured({"R3:nic:vmx0": 11000})) == "unchanged"
    assert outcome(measured({RING: 11020}), measured({"R3:nic:vmx0": 6000})) == "improved"


def test_each_finding_has_its_own_part_in_what_is_better():
    before, after = measured({RING: 6000, BACKLOG: 6000}), measured({RING: 6000, BACKLOG: 600})
    assert outcome(before, after, BACKLOG) == "improved"
    assert outcome(before, after, RING) == "unchanged"


def test_it_is_counted_per_packet_of_traffic():
    before = measured({RING: 10000}, traffic=100000)
    assert outcome(before, measured({RING: 10000}, traffic=200000)) == "improved"
    assert outcome(before, measured({RING: 20000}, traffic=200000)) == "unchanged"
    assert outcome(before, measured({RING: 10000}, traffic=50000)) == "worse"
    # A few packets more are answers, and no other traffic.
    few = measured({RING: 490}, traffic=1000)
    assert outcome(few, measured({RING: 490}, traffic=2900)) == "unchanged"
    assert outcome(few, measured(traffic=240)) == "gone"
    # And an interval of another length is no other traffic.
    assert outcome(before, measured({RING: 60000}, traffic=600000, interval_s=60.0)) == "unchanged"


@pytest.mark.parametrize(
    "after, words",
    [
        (measured(traffic=99), "after it there were 99 packets, which is too little to tell"),
        (measured(traffic=37499), "the traffic is another one: 3750 and 15000 packets/s"),
        (measured({RING: 10}, traffic=600001), "the traffic is another one: 15000 and 60000 packets/s"),
        (measured(traffic=None), "after it no traffic could be counted"),
        (measured(interval_s=None), "after it no traffic could be counted"),
        (
            measured(void=["/nics/vmx0 is void in this interval: carrier_changes"]),
            "after it: /nics/vmx0 is void in this interval: carrier_changes",
        ),
    ],
)
def test_what_proves_nothing_says_why(after, words):
    found = proof.compare(measured({RING: 9300}), after, RING)
    assert (found["outcome"], found["words"].partition(": ")[0]) == ("not_comparable", words.partition(": ")[0])
    assert found["words"].startswith(words)
    assert outcome(measured({RING: 9300}, traffic=37501), measured()) == "gone"


def test_a_link_that_is_gone_is_worse_whatever_else_was_counted():
    after = measured(carrier={"vmx0": False}, traffic=3, void=["/nics/vmx0 is void"])
    found = proof.compare(measured({RING: 9300}), after, RING)
    assert (found["outcome"], found["words"].partition(":")[0]) == ("worse", "vmx0 has no carrier any more")
    assert outcome(measured({RING: 9300}, carrier={"vmx0": None}), measured(carrier={"vmx0": None})) == "gone"


def test_a_risk_is_gone_or_as_it_was():
    risk = "R9:nic:vmx0"
    assert outcome(measured(risks=[risk]), measured(), risk) == "gone"
    assert outcome(measured(risks=[risk]), measured(risks=[risk]), risk) == "unchanged"
    assert outcome(measured(risks=[risk]), measured(severities={risk: "info"}), risk) == "gone"
    # It is gone with the traffic: that proves nothing.
    assert outcome(measured(risks=[risk]), measured(traffic=4000), risk) == "not_comparable"


def test_syn_cookies_that_are_a_risk_lose_nothing_any_more():
    syn = "R17:host"
    assert outcome(measured({syn: 489}), measured(risks=[syn]), syn) == "gone"


def test_the_numbers_of_both_are_told():
    found = proof.compare(measured({RING: 9300}), measured({RING: 6260}), RING)
    assert found["words"] == "less is lost than before: 930/s of 15,000/s -> 626/s of 15,000/s"
    assert found["before"] == {
        "lost": 9300,
        "lost_per_s": 930.0,
        "share": 9300 / 150000,
        "own_lost": 9300,
        "traffic_packets": 150000,
        "interval_s": 10.0,
    }
    assert found["after"]["lost_per_s"] == 626.0


def test_a_document_is_measured():
    document = with_deltas(lossy(rx_out_of_buffer=500), {"nics/eth0/link_stats/tx_packets": 7000})
    document["meta"]["void"] = [{"path": "/nics/tap9", "cause": "vanished"}]
    found = proof.measure(document, diagnose(document, RULES))
    assert found == {
        "traffic_packets": 20000 + 7000 + 500,
        "interval_s": 10.0,
        "lost": {"R4:nic:eth0": 500},
        "severities": {"R4:nic:eth0": "loss"},
        "carrier": {"eth0": True},
        "void": [],
    }


@pytest.mark.parametrize(
    "path, void",
    [
        ("/nics/eth0", True),
        ("/nics/eth0/link_stats/rx_packets", True),
        ("/nics/eth0/counters/rx_out_of_buffer", True),
        ("/nics/eth0/counters/rx_corrected_bits_phy", False),
        ("/softnet", True),
        ("/protocols/snmp", True),
        ("/nics/eth7", False),
    ],
)
def test_an_interval_is_void_where_what_it_lost_cannot_be_known(path, void):
    document = merged(host_document(), {"meta": {"void": [{"path": path, "cause": "carrier_changes"}]}})
    document = with_deltas(document, {"nics/eth0/counters/rx_corrected_bits_phy": 0})
    found = proof.measure(document, diagnose(document, RULES))["void"]
    assert bool(found) is void
    assert all("carrier_changes" in reason for reason in found)
