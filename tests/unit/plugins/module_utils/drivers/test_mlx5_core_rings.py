# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of mlx5_core take: worked examples, and numbers worked out by hand from the sources."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import change, price
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import mlx5_rings as mlx5

MIB = 1 << 20
K4, K64 = 4096, 65536
OFED = "ofed-5.8-old-kernel"

CYCLIC, STRIDING = "cyclic", "striding"

#: The worked examples: number, variant, type, MTU, page, ring, queues, RX buffers and RX bytes of a queue, RX bytes.
WORKED = [
    (3, OFED, CYCLIC, 9000, K4, 1024, 63, 12582912, 13967360, 879943680),
    (4, OFED, CYCLIC, 9000, K4, 8192, 63, 100663296, 111738880, 7039549440),
    (7, OFED, STRIDING, 9000, K4, 8192, 63, 134217728, 203841536, 12842016768),
    (8, OFED, STRIDING, 9000, K4, 1024, 63, 16777216, 25482240, 1605381120),
    (9, "6.1", CYCLIC, 1500, K4, 1024, 8, 2097152, 2211840, 17694720),
    (10, "6.1", CYCLIC, 1500, K4, 8192, 63, 16777216, 17694720, 1114767360),
    (11, "6.1", CYCLIC, 9000, K4, 4096, 16, 50331648, 51281920, 820510720),
    (12, "6.1", CYCLIC, 9000, K4, 8192, 63, 100663296, 102563840, 6461521920),
    (13, "5.10", CYCLIC, 4096, K4, 4096, 16, 25165824, 26247168, 419954688),
    (14, "6.1", CYCLIC, 2000, K4, 4096, 16, 16777216, 17235968, 275775488),
    (15, "6.1", STRIDING, 1500, K4, 1024, 8, 2097152, 2193536, 17548288),
    (16, "6.1", STRIDING, 1500, K4, 8192, 16, 16777216, 17519616, 280313856),
    (17, "6.1", STRIDING, 9000, K4, 1024, 63, 16777216, 21189632, 1334946816),
    (18, "6.1", STRIDING, 9000, K4, 8192, 16, 134217728, 169369600, 2709913600),
    (19, "6.1", STRIDING, 9000, K4, 8192, 63, 134217728, 169369600, 10670284800),
    (20, "6.1", STRIDING, 4096, K4, 4096, 16, 33554432, 42375168, 678002688),
    (21, "6.1", CYCLIC, 1500, K64, 4096, 16, 8388608, 8847360, 141557760),
    (22, "6.1", CYCLIC, 9000, K64, 8192, 63, 134217728, 135135232, 8513519616),
    (23, "6.1", STRIDING, 1500, K64, 1024, 8, 2097152, 2376320, 19010560),
    (24, "6.1", STRIDING, 9000, K64, 8192, 16, 134217728, 168173568, 2690777088),
    (25, "6.3+", CYCLIC, 9000, K4, 4096, 8, 50331648, 51412992, 411303936),
    (26, "6.3+", STRIDING, 1500, K4, 8192, 63, 16777216, 17553408, 1105864704),
]


def rx_bytes(priced):
    return priced["rx_buffers_bytes"] + priced["rx_descriptors_bytes"]


@pytest.mark.parametrize(
    "row,variant,rq_type,mtu,page,ring,queues,buffers,queue,total", WORKED, ids=[str(row[0]) for row in WORKED]
)
def test_worked_examples(row, variant, rq_type, mtu, page, ring, queues, buffers, queue, total):
    priced = price(mlx5(variant, rq_type, mtu, ring, page_size=page, channels=queues))
    assert priced["per_queue"]["rx_buffers_bytes"] == buffers
    assert priced["per_queue"]["rx_bytes"] == queue
    assert rx_bytes(priced) == total


def test_worked_examples_5_and_6_the_reference_host():
    now = mlx5(OFED, rx=1024, tx=1024, channels=63)
    rx = change(now, now._replace(rx=8192))
    assert rx["need_bytes"] == rx["peak_bytes"] == 97771520 * 63 == 6159605760
    assert round(rx["need_bytes"] / MIB, 2) == 5874.26
    both = change(now, now._replace(rx=8192, tx=8192))
    assert both["need_bytes"] == both["peak_bytes"] == 6159605760 + 253790208 == 6413395968
    assert round(both["need_bytes"] / MIB, 2) == 6116.29


def test_the_difference_of_worked_examples_7_and_8_and_of_17_and_19():
    for variant, need in ((OFED, 11236635648), ("6.1", 9335337984)):
        now = mlx5(variant, STRIDING, rx=1024, channels=63)
        assert change(now, now._replace(rx=8192))["need_bytes"] == need


def test_worked_example_27_a_page_for_each_packet_with_xdp():
    priced = price(mlx5("6.3+", mtu=1500, rx=4096, xdp=True))
    assert priced["per_queue"]["rx_buffers_bytes"] == 16777216
    assert rx_bytes(priced) == 17268736


def test_worked_example_28_tx_only():
    now = mlx5("6.1", rx=0, tx=1024, channels=63)
    assert change(now, now._replace(tx=8192))["need_bytes"] == 466 * 7168 * 63 == 210438144


def test_worked_example_29_event_queues_are_no_matter_of_rings():
    now = mlx5("6.1", rx=1024, tx=1024, channels=63, vectors=63)
    asynchronous = 8192 * 64
    assert price(now)["constants"]["event_queues_bytes"] == 8257536 + asynchronous
    assert price(now._replace(rx=8192))["constants"] == price(now)["constants"]


@pytest.mark.parametrize(
    "variant,tx_entry",
    [("4.19", 368), ("5.10", 498), ("5.15", 498), (OFED, 562), ("ofed-5.8", 530), ("6.1", 466), ("6.3+", 498)],
)
def test_bytes_of_a_tx_entry(variant, tx_entry):
    assert price(mlx5(variant, tx=1024))["tx_bytes"] == tx_entry * 1024


@pytest.mark.parametrize(
    "changes,tx_entry",
    [
        ({"tcs": 2}, 466 + 240),
        ({"tls": True}, 466 + 8),
        ({"xdp": True, "mtu": 1500}, 466 + 226),
        ({"cqe_bytes": 128}, 466 + 2 * 64),
    ],
)
def test_what_a_tx_entry_takes_more(changes, tx_entry):
    assert price(mlx5("6.1", tx=1024)._replace(**changes))["tx_bytes"] == tx_entry * 1024


#: Bytes of a ring entry of a cyclic queue up to an MTU: pages of 4 KiB old and new rule, and with XDP; 64 KiB.
OLD = [(106, 512), (618, 1024), (1642, 2048), (4074, 4096), (6122, 6144), (8170, 8192), (9978, 12288)]
NEW = [(106, 512), (618, 1024), (1642, 2048), (3690, 4096), (5738, 6144), (7786, 8192), (9978, 12288)]
XDP = [(3498, 4096), (7594, 8192), (9978, 12288)]
LARGE = [(106, 512), (618, 1024), (1642, 2048), (3690, 4096), (7786, 8192), (9978, 16384)]


@pytest.mark.parametrize(
    "variant,page,xdp,steps",
    [
        ("4.19", K4, False, OLD),
        ("5.10", K4, False, OLD),
        (OFED, K4, False, OLD),
        ("6.1", K4, False, NEW),
        ("6.3+", K4, False, NEW),
        ("6.1", K4, True, XDP),
        ("5.10", K64, False, LARGE),
        ("6.1", K64, False, LARGE),
        ("6.1", K64, True, [(9978, 65536)]),
        ("5.10", K4, True, [(3498, 4096)]),
    ],
)
def test_bytes_of_a_cyclic_entry_by_mtu(variant, page, xdp, steps):
    least = 68
    for most, entry in steps:
        for mtu in (least, most):
            priced = price(mlx5(variant, mtu=mtu, rx=4096, page_size=page, xdp=xdp))
            assert (mtu, priced["rx_buffers_bytes"]) == (mtu, entry * 4096)
        least = most + 1


@pytest.mark.parametrize(
    "xdp,steps",
    [(False, [(1642, 2048), (3690, 4096), (7786, 8192), (9978, 16384)]), (True, [(3498, 4096)])],
)
@pytest.mark.parametrize("page", [K4, K64])
def test_bytes_of_a_striding_entry_by_mtu(page, xdp, steps):
    if xdp and page == K64:
        steps = [(9978, 65536)]
    for most, entry in steps:
        assert price(mlx5("6.1", STRIDING, most, 8192, page_size=page, xdp=xdp))["rx_buffers_bytes"] == entry * 8192


def test_a_striding_queue_has_four_entries_at_least():
    for ring in (16, 64, 512):
        assert price(mlx5("6.1", STRIDING, 1500, ring))["rx_buffers_bytes"] == 4 * 262144


@pytest.mark.parametrize(
    "variant,entry", [("4.19", 16384), ("ofed-4", 16384), ("5.10", 4096), ("6.1", 4096), (OFED, 4096)]
)
def test_completions_of_a_striding_queue_whose_skbs_are_not_linear(variant, entry):
    one, two = (price(mlx5(variant, STRIDING, 9000, 8192, cqe_bytes=size)) for size in (64, 128))
    # The UMR queue has completions, too: it is no matter of the stride.
    umr = {"4.19": 64, "5.10": 16 * 512}.get(variant, 8192)
    assert two["rx_descriptors_bytes"] - one["rx_descriptors_bytes"] == entry * 8192 + 64 * umr


def test_lro_makes_strides_small():
    plain, lro = (price(mlx5("6.1", STRIDING, 1500, 8192, lro=lro)) for lro in (False, True))
    assert lro["rx_descriptors_bytes"] - plain["rx_descriptors_bytes"] == (512 - 64) * 8192


@pytest.mark.parametrize("mtu", [1500, 9000])
def test_hw_gro_has_pages_for_headers(mtu):
    lro = price(mlx5("6.1", STRIDING, mtu, 8192, lro=True))
    assert price(mlx5("6.1", STRIDING, mtu, 8192, hw_gro=True))["total_bytes"] == lro["total_bytes"] + 8 * MIB


def test_xdp_above_a_page_is_refused_or_has_a_page_for_the_linear_part():
    for variant, rq_type in (("5.15", CYCLIC), (OFED, CYCLIC), ("6.1", STRIDING)):
        with pytest.raises(RingMemoryError, match="mtu 3499: .*lower the MTU or detach the XDP program"):
            price(mlx5(variant, rq_type, 3499, xdp=True))
    # mlx5e_alloc_rq() of Linux 6.12: no room for head and tail in the strides, whose size is a page.
    assert price(mlx5("6.3+", STRIDING, 4074, 8192, xdp=True))["rx_buffers_bytes"] == 4096 * 8192
    assert price(mlx5("6.3+", STRIDING, 9000, 8192, xdp=True))["rx_buffers_bytes"] == 16384 * 8192


def test_an_mtu_that_no_fragments_hold_is_an_error():
    with pytest.raises(RingMemoryError, match="mtu 30000: more than Linux 6.1 can receive with pages of 4096 bytes"):
        price(mlx5("6.1", mtu=30000))


def test_the_page_cache_of_mlnx_ofed_is_a_risk_apart():
    priced = price(mlx5(OFED, rx=8192, channels=63))
    assert priced["risk_bytes"] == 63 * 512 * MIB
    assert price(mlx5(OFED, rx=8192, channels=63, log_mult_limit=0))["risk_bytes"] == 63 * 32 * MIB
    assert price(mlx5(OFED, STRIDING, rx=8192))["risk_bytes"] == 16 * 134217728
    assert price(mlx5("ofed-24", rx=8192, channels=63))["risk_bytes"] == 0
    assert priced["total_bytes"] == price(mlx5(OFED, rx=8192, channels=63, log_mult_limit=0))["total_bytes"]


def test_pages_that_the_pool_takes_at_once_are_a_term_of_their_own():
    single, bulk = (price(mlx5("6.1", mtu=1500, rx=64, bulk_pages=pages)) for pages in (1, 64))
    assert single["rx_bulk_bytes"] == 0
    assert bulk["rx_bulk_bytes"] == (64 - 32) * 4096
    assert bulk["per_queue"] == single["per_queue"]
    assert bulk["total_bytes"] == single["total_bytes"] + bulk["rx_bulk_bytes"]
    # 32 packets share a page of 64 KiB: the pool takes 4 MiB for a ring of 2 MiB.
    assert price(mlx5("6.1", mtu=1500, rx=1024, page_size=K64, bulk_pages=64))["rx_bulk_bytes"] == 2 * MIB


def test_sizes_that_the_driver_told_take_the_place_of_the_formula():
    formula = price(mlx5("6.1", STRIDING, 1500, 8192))
    real = price(mlx5("6.1", STRIDING, 1500, 8192, wqes=128, stride_bytes=2048, wqe_bytes=262144))
    assert real["rx_buffers_bytes"] == 2 * formula["rx_buffers_bytes"]


@pytest.mark.parametrize(
    "mtu,page,settings,entry,orders",
    [
        # Half of it since 2018 with pages of 4 KiB, and a 32nd with those of 64 KiB (commit 069d11465a80).
        (1500, 4096, {}, 4096, []),
        (1500, 65536, {}, 65536, []),
        (3690, 4096, {}, 4096, []),
        (3691, 4096, {}, 8192, [{"order": 1, "blocks": 1024}]),
        (9000, 4096, {}, 16384, [{"order": 2, "blocks": 1024}]),
        (9000, 65536, {}, 65536, []),
        (1500, 4096, {"lro": True}, 65536, [{"order": 4, "blocks": 1024}]),
    ],
)
def test_before_4_19_each_entry_of_a_cyclic_queue_has_pages_in_one_piece(mtu, page, settings, entry, orders):
    priced = price(mlx5("before 4.19", mtu=mtu, page_size=page, **settings))
    assert priced["rx_buffers_bytes"] == 1024 * entry
    assert priced["orders"] == orders
    cut = price(mlx5("4.19", mtu=mtu, page_size=page))
    if mtu == 1500 and not settings:
        assert priced["rx_buffers_bytes"] == cut["rx_buffers_bytes"] * (2 if page == 4096 else 32)
    if page == 4096:
        assert priced["rx_descriptors_bytes"] == 1024 * (32 + 64 + 32)


def test_before_4_19_a_striding_queue_took_what_it_takes_since():
    old, new = (price(mlx5(variant, "striding", 1500)) for variant in ("before 4.19", "4.19"))
    assert old["rx_buffers_bytes"] == new["rx_buffers_bytes"] == 2 << 20
    assert old["orders"] == []
