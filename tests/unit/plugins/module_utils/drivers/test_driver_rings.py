# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of each driver take: numbers worked out by hand from the sources that the files name."""

import itertools

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import ROUNDINGS, RingSet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import change, price
from ansible_collections.linuxnet.packetloss.tests.unit.driver_files import known

MIB = 1 << 20
K4, K64 = 4096, 65536


@pytest.mark.parametrize(
    "driver,mtu,settings,entry",
    [
        # A page, or two in one piece where a frame needs 3 KiB of it.
        ("igb", 1500, {}, 4096),
        ("igb", 1510, {}, 4096),
        ("igb", 1511, {}, 8192),
        ("igb", 9000, {}, 8192),
        ("igb", 9000, {"legacy_rx": True}, 4096),
        ("igb", 9000, {"page_size": K64}, 65536),
        ("ixgbe", 1500, {}, 4096),
        ("ixgbe", 1501, {}, 8192),
        ("ixgbe", 1500, {"lro": True}, 8192),
        ("ixgbe", 9000, {"page_size": K64}, 65536),
        ("i40e", 1500, {}, 4096),
        ("i40e", 9000, {}, 8192),
        ("i40e", 9000, {"legacy_rx": True}, 4096),
        ("i40e", 9000, {"page_size": K64}, 65536),
        ("ice", 1500, {}, 4096),
        ("ice", 9000, {}, 8192),
        # An skb of kmalloc-2048 and 256; with packet split one of 512, and pages.
        ("e1000e", 1500, {}, 2048 + 256),
        ("e1000e", 3000, {}, 512 + 256 + 4096),
        ("e1000e", 9000, {}, 512 + 256 + 3 * 4096),
        ("e1000e", 9000, {"page_size": K64}, 1024 + 256 + 65536),
        # The skb alone, or one of kmalloc-4096 and two pages for each three entries.
        ("vmxnet3", 1500, {}, 2048 + 256),
        ("vmxnet3", 3050, {}, 4096 + 256),
        ("ena", 9000, {}, 4096),
        ("ena", 1500, {"page_size": K64}, 65536),
        # Fragments of 2048, each with a page of its own.
        ("mlx4_en", 1500, {}, 4096),
        ("mlx4_en", 2026, {}, 4096),
        ("mlx4_en", 2027, {}, 8192),
        ("mlx4_en", 9000, {}, 16384),
        ("mlx4_en", 1500, {"xdp": True}, 4096),
        ("hns3", 1500, {}, 2048),
        ("hns3", 1500, {"rx_buf_len": 4096}, 4096),
        ("hns3", 1500, {"page_pool": False}, 4096),
        ("hns3", 1500, {"page_pool": False, "rx_buf_len": 4096}, 8192),
        # An aggregation ring: of four pages with LRO or HW-GRO at any MTU, else what the MTU needs.
        ("bnxt_en", 9000, {}, 3 * 4096 + 32768 * 1024 // 51 // 1024),
        ("bnxt_en", 1500, {"hw_gro": True}, 4 * 4096 + 32768 * 1024 // 51 // 1024),
    ],
)
def test_bytes_of_a_buffer(driver, mtu, settings, entry):
    ring = 51 * 20 * 3
    found = price(RingSet(driver, None, mtu, rx=ring, **settings))["rx_buffers_bytes"]
    # Pieces of a page may leave the last page half full.
    assert entry * ring <= found < entry * ring + max(32768, ring)


@pytest.mark.parametrize(
    "driver,settings,per_chunk",
    [
        # Pieces of 32 KiB: 1536 and 1920 + 320 bytes; with XDP a page.
        ("virtio_net", {}, 21),
        ("virtio_net", {"xdp": True}, 8),
        ("bnxt_en", {}, 15),
    ],
)
def test_buffers_that_are_cut_from_larger_pieces(driver, settings, per_chunk):
    for ring in (per_chunk * 40, per_chunk * 40 + 1):
        chunks = -(-ring // per_chunk)
        assert price(RingSet(driver, rx=ring, **settings))["rx_buffers_bytes"] == chunks * 32768


def test_vmxnet3_has_an_skb_and_pages_for_a_large_packet_and_a_second_ring_of_pages():
    skb, page = 4096 + 256, 4096
    assert price(RingSet("vmxnet3", None, 9000, rx=96))["rx_buffers_bytes"] == 32 * skb + 64 * page
    one, two = (price(RingSet("vmxnet3", rx=96, rx_jumbo=ring))["rx_buffers_bytes"] for ring in (0, 512))
    assert two - one == 512 * page
    data_ring = price(RingSet("vmxnet3", rx=1024, rx_mini=128))["rx_descriptors_bytes"]
    assert data_ring - price(RingSet("vmxnet3", rx=1024))["rx_descriptors_bytes"] == 128 * 1024


@pytest.mark.parametrize(
    "driver,rx,tx",
    [
        ("ixgbe", 16 + 32, 16 + 48),
        ("igb", 16 + 24, 16 + 48),
        ("i40e", 16 + 24, 16 + 40),
        ("ice", 32 + 32, 16 + 40),
        ("e1000e", 32 + 40 + 64, 16 + 40),
        ("ena", 16 + 16 + 64, 16 + 8 + 384),
    ],
)
def test_descriptors_and_what_is_kept_beside_them(driver, rx, tx):
    priced = price(RingSet(driver, rx=4096, tx=4096))
    assert (priced["rx_descriptors_bytes"], priced["tx_bytes"]) == (rx * 4096, tx * 4096)


def test_rings_in_one_piece_come_as_powers_of_two_of_pages():
    # 4128 descriptors of 32 bytes: 33 pages, of which the allocator gives 64.
    priced = price(RingSet("ice", rx=4128, tx=0))
    assert priced["rx_descriptors_bytes"] == 64 * 4096 + 4128 * 32 + (4096 - 4128 * 32 % 4096)
    assert priced["orders"] == [{"order": 6, "blocks": 1}]


def test_what_was_measured_in_a_virtual_machine():
    """igb, 4 channels, rx 256 to 4096: 64.6 MiB at MTU 1500 and 128.3 MiB at 9000; virtio_net, 256 to 1024: 4.2 MiB."""
    igb = RingSet("igb", None, 1500, channels=4, rx=256, tx=256)
    assert change(igb, igb._replace(rx=4096))["need_bytes"] / MIB == pytest.approx(64.6, rel=0.1)
    jumbo = igb._replace(mtu=9000)
    assert change(jumbo, jumbo._replace(rx=4096))["need_bytes"] / MIB == pytest.approx(128.3, rel=0.1)
    assert change(jumbo, jumbo._replace(rx=4096))["orders"] == [
        {"order": 1, "blocks": 4 * 3840},
        {"order": 4, "blocks": 4},
    ]
    virtio = RingSet("virtio_net", channels=4, rx=256, tx=256)
    assert change(virtio, virtio._replace(rx=1024))["target"]["rx_buffers_bytes"] == 4 * 49 * 32768


def test_the_buffers_of_virtio_net_may_grow_to_a_page():
    priced = price(RingSet("virtio_net", channels=4, rx=1024))
    assert priced["risk_bytes"] == 4 * (1024 * 4096 - 49 * 32768)
    assert "average packet" in priced["why"]


@pytest.mark.parametrize(
    "sizes,pieces",
    [
        ((1536,), 49),
        ((4096,), 128),
        # The queues of a NIC need not agree: 49 and 128 pieces of 32 KiB.
        ((1536, 4096), 88.5),
        # Below the least that the ring allows.
        ((64,), 49),
    ],
)
def test_the_buffers_of_virtio_net_are_as_long_as_they_are_now(sizes, pieces):
    priced = price(RingSet("virtio_net", channels=4, rx=1024, mergeable_bytes=sizes))
    assert priced["rx_buffers_bytes"] == 4 * pieces * 32768
    assert priced["risk_bytes"] == 4 * (128 - pieces) * 32768


def test_what_was_measured_with_virtio_net_after_large_packets():
    """Linux 6.1, 4 queues, rx 256 to 1024: 8.43 MiB once two of the queues had received segments of TCP."""
    now = RingSet("virtio_net", channels=4, rx=256, tx=256, mergeable_bytes=(4096, 1536, 4096, 1536))
    assert change(now, now._replace(rx=1024))["need_bytes"] / MIB == pytest.approx(8.43, rel=0.01)


# A driver without a file; one whose file knows no rings.
@pytest.mark.parametrize("driver", ["qede", "igc"])
def test_an_unknown_driver_gets_an_upper_bound(driver):
    priced = price(RingSet(driver, rx=1024, tx=1024))
    assert (priced["model"], priced["confidence"]) == ("generic", "low")
    assert "upper bound" in priced["why"]


def test_a_driver_has_its_price_under_its_other_names():
    """A representor of mlx5_core reports "mlx5e_rep"."""
    settings = {"variant": "6.1", "rq_type": "cyclic", "rx": 1024, "tx": 1024}
    assert price(RingSet("mlx5e_rep", **settings)) == price(RingSet("mlx5_core", **settings))
    assert price(RingSet("mlx4_core", rx=1024))["model"] == "mlx4_en"


@pytest.mark.parametrize("driver", [driver for driver in known("RINGS") if driver != "mlx5_core"])
def test_the_upper_bound_is_above_every_driver(driver):
    sizes = itertools.product((K4, K64), (576, 1500, 1501, 3000, 4100, 9000), (64, 256, 1024, 8192))
    for (page, mtu, ring), lro, xdp in itertools.product(sizes, (False, True), (False, True)):
        ring_set = RingSet(driver, None, mtu, page, rx=ring, tx=ring, lro=lro, xdp=xdp)
        bound = ring_set._replace(driver="unknown")
        assert price(ring_set)["total_bytes"] <= price(bound)["total_bytes"], ring_set
        smaller = ring_set._replace(rx=ring // 2)
        peaks = [change(each._replace(rx=ring // 2), each)["peak_bytes"] for each in (ring_set, bound)]
        assert peaks[0] <= peaks[1], smaller


@pytest.mark.parametrize(
    "rounding,made",
    [
        ("up to a power of two", {1: 1, 1000: 1024, 1024: 1024, 1025: 2048}),
        ("down to a power of two", {1000: 512, 1024: 1024, 1025: 1024}),
        ("up to a multiple of 8", {1000: 1000, 1001: 1008}),
        ("up to a multiple of 32", {1000: 1024, 1024: 1024}),
        ("as it is", {1001: 1001}),
    ],
)
def test_roundings(rounding, made):
    assert {asked: ROUNDINGS[rounding](asked) for asked in made} == made
