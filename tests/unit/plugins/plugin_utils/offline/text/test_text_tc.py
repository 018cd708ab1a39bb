# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines of a captured host, from tc -s qdisc of several generations."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64, Sparse
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import tc

STATS = " Sent {} bytes {} pkt (dropped {}, overlimits 1 requeues 2) \n backlog {} requeues 2\n"

ALL = (
    "qdisc noqueue 0: dev lo root refcnt 2 \n"
    + STATS.format(0, 0, 0, "0b 0p")
    + "qdisc mq 0: dev eth0 root \n"
    + STATS.format(500, 5, 7, "0b 0p")
    + "qdisc fq_codel 0: dev eth0 parent :2 limit 10240p flows 1024 quantum 1514 target 5ms interval 100ms"
    " memory_limit 32Mb ecn drop_batch 64 \n"
    + STATS.format(300, 3, 3, "12Kb 8p")
    + "  maxpacket 68130 drop_overlimit 3 new_flow_count 2 ecn_mark 4 ce_mark 5 drop_overmemory 6\n"
    + "  new_flows_len 0 old_flows_len 0\n"
    + "qdisc clsact ffff: dev eth0 parent ffff:fff1 \n"
    + STATS.format(0, 0, 0, "0b 0p")
)
NAMES = ("lo", "eth0", "eth1")


def qdiscs(text, interface=None, gaps=None):
    return tc.qdiscs([(text, "tc_-s_qdisc_show", interface)], NAMES, gaps)


def one(text):
    (found,) = list(qdiscs(text).values())
    return found


def test_every_qdisc_by_interface_handle_and_parent():
    found = qdiscs(ALL)
    assert list(found) == ["lo 0: root", "eth0 0: root", "eth0 0: :2", "eth0 ffff: ffff:fff1"]
    assert found["eth0 0: :2"] == {
        "kind": "fq_codel",
        "handle": "0:",
        "parent": ":2",
        "packets": 3,
        "bytes": 300,
        "dropped": 3,
        "overlimits": 1,
        "requeues": 2,
        "qlen": 8,
        "backlog_bytes": 12288,
        "settings": {"limit_packets": 10240},
        "extra": {"drop_overlimit": 3, "ecn_mark": 4, "ce_mark": 5, "drop_overmemory": 6},
        "nic": "eth0",
    }
    assert [type(found["eth0 0: root"][key]) for key in ("bytes", "packets", "dropped", "qlen")] == [
        Counter64,
        Counter32,
        Counter32,
        int,
    ]


def test_counters_that_are_left_out_while_they_are_0_count_from_there():
    text = ALL.replace(" ce_mark 5 drop_overmemory 6", "")
    extra = qdiscs(text)["eth0 0: :2"]["extra"]
    assert isinstance(extra, Sparse)
    assert extra == {"drop_overlimit": 3, "ecn_mark": 4}


def test_asked_of_one_interface_the_program_does_not_name_it():
    found = qdiscs(ALL.replace("dev eth0 ", "").replace("dev lo ", ""), "eth1")
    assert {qdisc["nic"] for qdisc in found.values()} == {"eth1"}
    assert qdiscs("", "eth1") == {}


def test_a_qdisc_of_an_interface_that_is_not_known_is_left_out():
    assert "eth9 0: root" not in qdiscs(ALL + ALL.replace("dev eth0", "dev eth9"))


def test_fq_writes_its_counters_in_two_ways():
    head = "qdisc fq 8001: dev eth0 root refcnt 2 limit 10000p flow_limit 100p buckets 1024\n" + STATS.format(
        9, 9, 9, "0b 0p"
    )
    new = "  flows 4 (inactive 3 throttled 0)\n  gc 1 highprio 2 throttled 3 latency 9us flows_plimit 12\n"
    new += "  pkts_too_long 13 alloc_errors 14 horizon_drops 15\n"
    old = "  4 flows (3 inactive, 0 throttled)\n  1 gc, 2 highprio, 3 throttled, 9 ns latency, 12 flows_plimit\n"
    old += "  13 too long pkts, 14 alloc errors\n\n"
    expected = {"flows_plimit": 12, "pkts_too_long": 13, "allocation_errors": 14}
    assert one(head + new)["extra"] == dict(expected, horizon_drops=15)
    assert one(head + old)["extra"] == expected
    assert all(isinstance(value, Counter64) for value in one(head + old)["extra"].values())
    assert one(head)["settings"] == {"limit_packets": 10000}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("pfifo 1: dev eth0 root refcnt 2 limit 33p", {"limit_packets": 33}),
        ("bfifo 1: dev eth0 root refcnt 2 limit 30000b", {"limit_bytes": 30000}),
        ("bfifo 1: dev eth0 root refcnt 2 limit 64Kb", {"limit_bytes": 65536}),
        ("netem 1: dev eth0 root refcnt 2 limit 1000 delay 10ms", {"limit_packets": 1000}),
        (
            "tbf 1: dev eth0 root refcnt 2 rate 1Mbit burst 32Kb lat 50ms",
            {"rate_bytes_per_s": 125000, "burst_bytes": 32768},
        ),
        ("htb 1: dev eth0 root refcnt 2 r2q 10 default 0x10", {}),
        ("pfifo_fast 0: dev eth0 root refcnt 2 bands 3 priomap 1 2 2 2", {}),
    ],
)
def test_how_long_a_queue_may_become(options, expected):
    assert one(f"qdisc {options} \n" + STATS.format(1, 1, 0, "0b 0p"))["settings"] == expected


def test_packets_that_no_longer_fit_in_32_bits():
    text = "qdisc pfifo 1: dev eth0 root limit 9p\n" + STATS.format(2**40, 2**33, 0, "0b 0p")
    assert isinstance(one(text)["packets"], Counter64)
    assert one(text)["packets"] == 2**33


def test_without_statistics_each_is_a_gap():
    gaps = Gaps()
    found = qdiscs("qdisc mq 0: dev eth0 root \n", gaps=gaps)
    assert found["eth0 0: root"]["dropped"] is None
    assert len(gaps.entries) == 7
    assert gaps.entries[0]["path"] == "/eth0 0: root/packets"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ALL.replace("dropped 3", "dropped x"), "line 8: expected numbers of bytes and packets"),
        (ALL.replace("dropped 3", "dropped 4294967296"), "line 8: expected a whole number of 32 bits"),
        (ALL.replace("12Kb", "1.2.3Kb"), "line 9: expected a backlog in bytes and packets"),
        (ALL.replace("qdisc mq 0: dev eth0 root", "qdisc mq"), "line 4: expected a line such as"),
        (ALL.replace("drop_overlimit 3", "drop_overlimit 4294967296"), "line 10: expected a whole number of 32 bits"),
        (ALL[:-2], "expected whole lines"),
        ("what is this\n", "line 1: expected lines such as 'qdisc mq 0: dev eth0 root'"),
    ],
)
def test_text_that_is_not_of_tc(text, told):
    with pytest.raises(Unavailable) as refusal:
        qdiscs(text)
    assert refusal.value.reason == "malformed"
    assert told in refusal.value.detail
