# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import sys
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.qdiscs import parse_qdisc, qdiscs
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host, netns
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

ROOT = 0xFFFFFFFF
KIND, STATS, XSTATS, STATS2 = 1, 3, 4, 7
BASIC, QUEUE, APP, PKT64 = 1, 3, 4, 8


def integer(value, size=4):
    return value.to_bytes(size, sys.byteorder)


def integers(*values):
    return b"".join(map(integer, values))


def attribute(kind, value):
    return integer(4 + len(value), 2) + integer(kind, 2) + value + bytes(-len(value) % 4)


def nested(*attributes):
    return b"".join(attribute(kind, value) for kind, value in attributes)


def message(*attributes, ifindex=5, handle=0x80010000, parent=ROOT):
    return bytes(4) + integers(ifindex, handle, parent, 2) + nested(*attributes)


BASIC_VALUE = integer(2**40, 8) + integer(123456)
QUEUE_VALUE = integers(7, 900, 55, 2, 11)  # qlen, backlog, drops, requeues, overlimits
TBF = (KIND, b"tbf\0"), (STATS2, nested((BASIC, BASIC_VALUE + bytes(4)), (QUEUE, QUEUE_VALUE)))


def test_statistics():
    ifindex, qdisc = parse_qdisc(message(*TBF))
    assert ifindex == 5
    assert qdisc == {
        "kind": "tbf",
        "handle": "8001:",
        "parent": "root",
        "packets": 123456,
        "bytes": 2**40,
        "dropped": 55,
        "overlimits": 11,
        "requeues": 2,
        "qlen": 7,
        "backlog_bytes": 900,
        "settings": {},
        "extra": {},
    }


def test_counters_are_as_wide_as_the_kernels():
    _ifindex, qdisc = parse_qdisc(message(*TBF))
    assert isinstance(qdisc["bytes"], Counter64)
    assert {type(qdisc[key]) for key in ("packets", "dropped", "overlimits", "requeues")} == {Counter32}
    assert {type(qdisc[key]) for key in ("qlen", "backlog_bytes")} == {int}


def test_basic_statistics_of_a_32_bit_kernel_have_no_padding():
    _ifindex, qdisc = parse_qdisc(message((STATS2, nested((BASIC, BASIC_VALUE)))))
    assert (qdisc["bytes"], qdisc["packets"]) == (2**40, 123456)


def test_more_packets_than_32_bits_hold():
    stats2 = nested((BASIC, BASIC_VALUE), (PKT64, integer(2**32 + 5, 8)), (QUEUE, QUEUE_VALUE))
    _ifindex, qdisc = parse_qdisc(message((STATS2, stats2)))
    assert qdisc["packets"] == 2**32 + 5
    assert isinstance(qdisc["packets"], Counter64)


def test_the_old_statistics():
    old = integer(2**33, 8) + integers(10, 20, 30, 40, 50, 60, 70)
    _ifindex, qdisc = parse_qdisc(message((KIND, b"pfifo\0"), (STATS, old)))
    assert (qdisc["bytes"], qdisc["packets"], qdisc["dropped"], qdisc["overlimits"]) == (2**33, 10, 20, 30)
    assert (qdisc["qlen"], qdisc["backlog_bytes"], qdisc["requeues"]) == (60, 70, None)


def test_the_new_statistics_come_before_the_old():
    old = integer(1, 8) + integers(1, 1, 1, 1, 1, 1, 1)
    _ifindex, qdisc = parse_qdisc(message(*TBF, (STATS, old)))
    assert qdisc["dropped"] == 55


@pytest.mark.parametrize(
    "handle, parent, handle_text, parent_text",
    [
        (0, ROOT, "0:", "root"),
        (0, 0x0000000A, "0:", ":a"),
        (0x80020000, 0x00010010, "8002:", "1:10"),
        (0xFFFF0000, 0xFFFFFFF1, "ffff:", "ffff:fff1"),
        (0x00010000, 0x00010000, "1:", "1:"),
        (0x00010000, 0, "1:", "none"),
    ],
)
def test_handles_as_tc_writes_them(handle, parent, handle_text, parent_text):
    _ifindex, qdisc = parse_qdisc(message(*TBF, handle=handle, parent=parent))
    assert (qdisc["handle"], qdisc["parent"]) == (handle_text, parent_text)


FQ = b"".join(integer(value, 8) for value in (1, 2, 3, 4, 5, 6, 7, 8)) + integers(9, 10, 11, 12)
FQ_NEW = FQ + b"".join(integer(value, 8) for value in (13, 14, 15))


@pytest.mark.parametrize(
    "kind, data, expected",
    [
        (
            b"fq_codel\0",
            integers(0, 1514, 21, 22, 23, 24, 25, 26, 27, 28),
            {"drop_overlimit": 21, "ecn_mark": 22, "ce_mark": 26, "drop_overmemory": 28},
        ),
        (b"fq_codel\0", integers(0, 1514, 21, 22, 23, 24, 25), {"drop_overlimit": 21, "ecn_mark": 22}),
        (b"codel\0", integers(1, 2, 3, 4, 5, 6, 7, 8, 9), {"drop_overlimit": 6, "ecn_mark": 7, "ce_mark": 9}),
        (b"fq\0", FQ, {"flows_plimit": 5, "pkts_too_long": 6, "allocation_errors": 7}),
        (b"fq\0", FQ_NEW, {"flows_plimit": 5, "pkts_too_long": 6, "allocation_errors": 7, "horizon_drops": 14}),
        (b"red\0", integers(1, 2, 3, 4), {"early": 1, "pdrop": 2, "marked": 4}),
        (b"tbf\0", integers(1, 2, 3, 4), {}),
    ],
)
@pytest.mark.parametrize("place", ["stats2", "xstats"])
def test_counters_of_one_kind(kind, data, expected, place):
    stats2 = [(BASIC, BASIC_VALUE), (QUEUE, QUEUE_VALUE)]
    attributes = [(KIND, kind)]
    if place == "stats2":
        stats2.append((APP, data))
    else:
        attributes.append((XSTATS, data))
    _ifindex, qdisc = parse_qdisc(message(*attributes, (STATS2, nested(*stats2))))
    assert qdisc["extra"] == expected
    width = Counter64 if kind == b"fq\0" else Counter32
    assert {type(value) for value in qdisc["extra"].values()} <= {width}


#: 1 Mbit/s as struct tc_ratespec, no peak rate, 3000 bytes, 2000 bytes of burst in ticks of 64 ns, no MTU.
TBF_PARMS = integers(0, 0, 125000) + integers(0, 0, 0) + integers(3000, 250000, 0)


@pytest.mark.parametrize(
    "kind, options, expected",
    [
        (b"pfifo\0", integers(100), {"limit_packets": 100}),
        (b"bfifo\0", integers(30000), {"limit_bytes": 30000}),
        (b"sfq\0", integers(1514, 10, 127, 1024, 127), {"limit_packets": 127}),
        (b"netem\0", integers(5, 1000, 0, 0, 0, 0), {"limit_packets": 1000}),
        (b"fq_codel\0", nested((1, integers(4999)), (2, integers(10240))), {"limit_packets": 10240}),
        (
            b"fq_codel\0",
            nested((2, integers(10240)), (9, integers(32 << 20))),
            {"limit_packets": 10240, "memory_limit_bytes": 32 << 20},
        ),
        (
            b"fq\0",
            nested((1, integers(10000)), (2, integers(100))),
            {"limit_packets": 10000, "flow_limit_packets": 100},
        ),
        (b"tbf\0", nested((1, TBF_PARMS)), {"limit_bytes": 3000, "rate_bytes_per_s": 125000, "burst_bytes": 2000}),
        (
            b"tbf\0",
            nested((1, TBF_PARMS), (4, integer(5 * 10**9, 8))),
            {"limit_bytes": 3000, "rate_bytes_per_s": 5 * 10**9, "burst_bytes": 80000000},
        ),
        (b"pfifo\0", b"12", {}),
        (b"tbf\0", nested((1, integers(0, 0, 125000))), {"rate_bytes_per_s": 125000}),
        (b"htb\0", nested((2, integers(1))), {}),
    ],
)
def test_what_is_set_of_a_kind(kind, options, expected):
    _ifindex, qdisc = parse_qdisc(message((KIND, kind), (2, options)))
    assert qdisc["settings"] == expected


def test_keys_are_unique_and_interfaces_without_name_left_out():
    found = qdiscs(
        fake_host.answering(
            message(*TBF),
            message(*TBF, handle=0, parent=1),
            message(*TBF, handle=0, parent=2),
            message(*TBF, ifindex=99),
        ),
        {5: "eth0"},
    )
    assert sorted(found) == ["eth0 0: :1", "eth0 0: :2", "eth0 8001: root"]
    assert found["eth0 0: :2"]["nic"] == "eth0"


def test_missing_statistics_are_gaps_not_zeros():
    gaps = Gaps("/qdiscs")
    found = qdiscs(fake_host.answering(message((KIND, b"noqueue\0"))), {5: "eth0"}, gaps)
    assert found["eth0 8001: root"]["packets"] is None
    assert found["eth0 8001: root"]["qlen"] is None
    assert [gap["path"].rpartition("/")[2] for gap in gaps.entries] == [
        "packets",
        "bytes",
        "dropped",
        "overlimits",
        "requeues",
        "qlen",
        "backlog_bytes",
    ]
    assert gaps.entries[0] == {
        "path": "/qdiscs/eth0 8001: root/packets",
        "reason": "absent",
        "detail": "RTM_NEWQDISC: the kernel sent no packets of this noqueue",
    }


@pytest.mark.parametrize(
    "data, detail",
    [
        (b"1234", "netlink qdisc: expected at least 20 bytes, found 4"),
        (
            message((STATS2, nested((BASIC, b"1234")))),
            "netlink qdisc statistics: expected at least 12 bytes, found 4",
        ),
        (message((STATS2, nested((QUEUE, b"1234")))), "netlink qdisc queue: expected at least 20 bytes, found 4"),
        (message((STATS, b"1234")), "netlink qdisc statistics: expected at least 36 bytes, found 4"),
    ],
)
def test_malformed(data, detail):
    assert malformed(parse_qdisc, data) == detail


needs_netns = pytest.mark.skipif(bool(netns.refusal()), reason=str(netns.refusal()))


def by_key(printed):
    """What ``tc -s -j qdisc`` prints, under the keys of the document."""
    return {f"{row['dev']} {row['handle']} {row.get('parent', 'root')}": row for row in printed}


@needs_netns
def test_live_drops_as_tc_prints_them():
    def look():
        netns.batch(
            "ip",
            "link add left type veth peer name right",
            "link set left up",
            "link set right up",
            "addr add 192.0.2.1/24 dev left",
            "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left",
        )
        netns.batch(
            "tc",
            "qdisc add dev left root handle 1: htb default 10",
            "class add dev left parent 1: classid 1:10 htb rate 1gbit",
            "qdisc add dev left parent 1:10 handle 10: tbf rate 8kbit burst 1600 limit 3000",
            "qdisc add dev right ingress",
        )
        netns.send_udp("192.0.2.2", 200, 500)
        # A new interface sends packets of its own at first: read until what tc prints stays the same meanwhile.
        for _attempt in range(20):
            before = by_key(json.loads(netns.run("tc -s -j qdisc show")))
            with this_host() as host:
                names = {link["ifindex"]: name for name, link in links(host).items()}
                found = qdiscs(host, names)
            after = by_key(json.loads(netns.run("tc -s -j qdisc show")))
            if before == after:
                break
            time.sleep(0.1)
        return found, before, after

    found, before, after = netns.in_own_netns(look)
    assert set(found) == set(before)
    assert {"left 1: root", "left 10: 1:10", "right ffff: ffff:fff1"} <= set(found)
    compared = 0
    for key, printed in before.items():
        assert found[key]["kind"] == printed["kind"]
        for ours, theirs in (
            ("packets", "packets"),
            ("bytes", "bytes"),
            ("dropped", "drops"),
            ("overlimits", "overlimits"),
            ("requeues", "requeues"),
            ("qlen", "qlen"),
            ("backlog_bytes", "backlog"),
        ):
            if printed[theirs] == after[key][theirs]:
                assert found[key][ours] == printed[theirs], (key, ours)
                compared += 1
    assert compared >= 20
    assert found["left 10: 1:10"]["settings"] == {
        "limit_bytes": 3000,
        "rate_bytes_per_s": before["left 10: 1:10"]["options"]["rate"],
        "burst_bytes": before["left 10: 1:10"]["options"]["burst"],
    }
    # 500 + 42 bytes a frame into a bucket of 1600 bytes with 3000 bytes of room behind it: most are lost.
    assert found["left 10: 1:10"]["dropped"] > 150
    assert found["left 10: 1:10"]["packets"] >= 2
    assert found["left 10: 1:10"]["backlog_bytes"] > 0
