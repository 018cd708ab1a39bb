# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of each driver take: numbers worked out by hand from the sources that the files name."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import bnxt_en, index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import ROUNDINGS, RingSet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import inputs
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import change, price
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import is_estimate

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
        # A page, or two in one piece.
        ("igc", 1500, {}, 4096),
        ("igc", 9000, {}, 8192),
        ("ixgbevf", 1500, {}, 4096),
        ("ixgbevf", 9000, {}, 8192),
        ("iavf", 1500, {}, 4096),
        ("iavf", 9000, {}, 8192),
        ("iavf", 9000, {"legacy_rx": True}, 4096),
        # With libeth half of that: 64 + 1536 + 320 bytes are 2048.
        ("iavf", 1500, {"variant": "libeth"}, 2048),
        ("iavf", 1501, {"variant": "libeth"}, 2048),
        ("iavf", 1700, {"variant": "libeth"}, 4096),
        ("iavf", 9000, {"variant": "libeth"}, 4096),
        ("iavf", 9000, {"variant": "libeth", "page_size": K64}, 16384),
        # A page; since 6.18 two of 1856 bytes in it, and 35 in one of 64 KiB.
        ("mana", 1500, {}, 4096),
        ("mana", 9000, {}, 16384),
        ("mana", 1500, {"variant": "fragments"}, 2048),
        ("mana", 1500, {"variant": "fragments", "xdp": True}, 4096),
        ("mana", 9000, {"variant": "fragments"}, 16384),
        ("gve", 1500, {"variant": "GQI-QPL"}, 4096),
        ("gve", 9000, {"variant": "RDA"}, 4096),
        ("gve", 1500, {"variant": "DQO-RDA of 6.18"}, 2048),
        ("gve", 1500, {"variant": "DQO-RDA of 6.18", "xdp": True}, 4096),
        ("gve", 1500, {"variant": "DQO-RDA with header split"}, 4096),
        ("gve", 9000, {"variant": "DQO-QPL"}, 8192),
        ("gve", 9000, {}, 8192),
        # A page for each entry at any MTU; the frame goes on in the next one.
        ("qede", 1500, {}, 4096),
        ("qede", 9000, {}, 4096),
        ("qede", 1500, {"page_size": K64}, 65536),
        # The state of a page leaves room for one buffer of 2048 in 4 KiB.
        ("sfc", 1500, {}, 4096),
        ("sfc", 9000, {}, 4096),
        ("hinic", 1500, {}, 2776 + 4096),
        ("hinic", 9000, {}, 2776 + 4096),
        ("ionic", 1500, {}, 4096),
        ("ionic", 9000, {}, 12288),
        ("cxgb4", 1500, {}, 65536),
        ("cxgb4", 9000, {}, 65536),
        ("cxgb4", 1500, {"page_size": K64}, 65536),
        ("r8169", 1500, {}, 16384),
        ("r8169", 9000, {}, 16384),
        ("r8169", 1500, {"page_size": K64}, 65536),
    ],
)
def test_bytes_of_a_buffer(driver, mtu, settings, entry):
    ring = 51 * 20 * 3
    settings = dict({"variant": None}, **settings)
    found = price(RingSet(driver, mtu=mtu, rx=ring, **settings))["rx_buffers_bytes"]
    # Pieces of a page may leave the last page half full.
    assert entry * ring <= found < entry * ring + max(32768, ring)


@pytest.mark.parametrize(
    "mtu,settings,pages",
    [
        # An aggregation ring: of four pages with LRO, HW-GRO or split data at any MTU, else what the MTU needs.
        (9000, {}, 3),
        (1500, {"hw_gro": True}, 4),
        (1500, {"lro": True}, 4),
        (1500, {"data_split": True}, 4),
        (9000, {"data_split": True}, 4),
        (1500, {"data_split": True, "page_size": K64}, 2 * 32768 / K64),
    ],
)
def test_the_aggregation_ring_of_bnxt_en(mtu, settings, pages):
    ring = 51 * 20
    ring_set = RingSet("bnxt_en", None, mtu, rx=ring, **settings)
    # Heads of 640 bytes, 51 in a piece of 32 KiB; 102 in a page of 64 KiB.
    heads = ring // 51 * 32768
    assert price(ring_set)["rx_buffers_bytes"] == heads + ring * pages * ring_set.page_size
    if mtu == 1500 and ring_set.page_size == K4:
        # 17 KiB an entry where it took 2.1.
        plain = price(RingSet("bnxt_en", None, mtu, rx=ring))["rx_buffers_bytes"]
        assert price(ring_set)["rx_buffers_bytes"] / ring == pytest.approx(17 * 1024, rel=0.03)
        assert plain / ring == pytest.approx(2.1 * 1024, rel=0.02)


@pytest.mark.parametrize("page,most", [(K4, 32 * 256 - 1), (K64, 4 * 4096 - 1)])
def test_the_aggregation_ring_of_bnxt_en_has_so_many_pages_of_descriptors_at_most(page, most):
    least, more = (price(RingSet("bnxt_en", None, 1500, page, rx=ring, hw_gro=True)) for ring in (8180, 8182))
    size = min(page, 32768)
    heads = [-(-ring // (max(page, 32768) // 640)) * max(page, 32768) for ring in (8180, 8182)]
    aggregated = [priced["rx_buffers_bytes"] - head for priced, head in zip((least, more), heads)]
    factor = 4 if page == K4 else 2
    assert aggregated == [min(ring * factor, most) * size for ring in (8180, 8182)]


@pytest.mark.parametrize(
    "driver,settings,rx,tx",
    [
        # Of an entry: buffer, and descriptors and bookkeeping; as docs/ring-memory.md names its sources.
        ("igc", {}, 4096 + 40, 72),
        ("igc", {"mtu": 9000}, 8192 + 40, 72),
        ("ixgbevf", {}, 4096 + 40, 64),
        ("ixgbevf", {"mtu": 9000}, 8192 + 40, 64),
        ("iavf", {}, 4096 + 56, 56),
        ("iavf", {"mtu": 9000}, 8192 + 56, 56),
        ("iavf", {"variant": "libeth"}, 2048 + 56, 56),
        ("mana", {}, 4096 + 232, 96),
        ("mana", {"mtu": 9000}, 16384 + 232, 96),
        ("mana", {"variant": "fragments"}, 2048 + 232, 96),
        ("gve", {"variant": "RDA"}, 4096 + 290, 224),
        ("gve", {"variant": "DQO-RDA of 6.18"}, 2048 + 290, 224),
        ("gve", {"variant": "DQO-RDA with header split"}, 4096 + 128 + 290, 224),
        ("hinic", {}, 2776 + 4096, 76),
        ("ionic", {}, 4096 + 616, 730),
        ("ionic", {"mtu": 9000}, 12288 + 616, 730),
        ("cxgb4", {}, 65536 + 24, 216),
        ("r8169", {}, 16384 + 16, 32),
    ],
)
def test_bytes_of_an_entry(driver, settings, rx, tx):
    priced = price(RingSet(driver, rx=4096, tx=4096, **settings))
    assert (priced["rx_buffers_bytes"] + priced["rx_descriptors_bytes"], priced["tx_bytes"]) == (rx * 4096, tx * 4096)
    assert priced["model"] == driver


@pytest.mark.parametrize("variant,rx,tx", [("GQI-QPL", 4096 + 104, 96), ("DQO-QPL", 8192 + 290, 224)])
def test_gve_copies_through_pages_that_the_device_names(variant, rx, tx):
    priced = price(RingSet("gve", variant, channels=3, rx=2048, tx=2048))
    assert priced["rx_buffers_bytes"] + priced["rx_descriptors_bytes"] == 3 * rx * 2048
    assert priced["tx_bytes"] == 3 * (tx * 2048 + 2 * MIB)


def test_35_buffers_of_mana_are_in_a_page_of_64_kib():
    for mtu, in_a_page in ((1500, 35), (9000, 7)):
        priced = price(RingSet("mana", "fragments", mtu, K64, rx=350))
        assert priced["rx_buffers_bytes"] == 350 // in_a_page * K64
    assert price(RingSet("mana", None, 1500, K64, rx=350))["rx_buffers_bytes"] == 350 * K64


def test_hv_netvsc_has_one_area_for_all_its_channels():
    """16 MiB and 1 MiB by default (commits cdc0974f10cf, 11b2b6531025), and a ring of 2 x 129 pages a channel."""
    one, many = (price(RingSet("hv_netvsc", channels=channels, rx=9709, tx=170)) for channels in (1, 64))
    assert one["rx_buffers_bytes"] == many["rx_buffers_bytes"] == 16 * MIB
    assert one["tx_bytes"] == many["tx_bytes"] == 170 * 6144
    # 258 pages come as 512.
    channel = 16 * 9709 + (K4 - 16 * 9709 % K4) + 2 * MIB
    assert (one["rx_descriptors_bytes"], many["rx_descriptors_bytes"]) == (channel, 64 * channel)
    assert many["orders"] == [{"order": 9, "blocks": 64}]
    now = RingSet("hv_netvsc", channels=64, rx=9709, tx=170)
    larger = change(now, now._replace(rx=18811))
    # 31 MiB at most, less 16.
    assert larger["need_bytes"] / MIB == pytest.approx(15 + 64 * 16 * (18811 - 9709) / MIB, abs=0.3)
    assert larger["peak_bytes"] == larger["need_bytes"]


def test_tg3_fills_one_ring_for_all_its_queues():
    one, four = (price(RingSet("tg3", channels=queues, tx_channels=1, rx=200, tx=511)) for queues in (1, 4))
    assert one["rx_buffers_bytes"] == four["rx_buffers_bytes"] == 200 * 2048
    assert (four["rx_descriptors_bytes"] - one["rx_descriptors_bytes"]) / 3 / MIB == pytest.approx(0.3, rel=0.02)
    assert one["tx_bytes"] == 511 * 330 + (K4 - 511 * 330 % K4)
    # The second ring serves what is larger than 1500 only.
    plain, jumbo = (price(RingSet("tg3", None, mtu, rx=200, rx_jumbo=100)) for mtu in (1500, 9000))
    assert jumbo["rx_buffers_bytes"] - plain["rx_buffers_bytes"] == 100 * 16384


def test_a_queue_of_qede_has_576_kib_whatever_its_ring():
    for ring in (128, 8191):
        priced = price(RingSet("qede", channels=8, rx=ring, tx=ring))
        assert priced["rx_descriptors_bytes"] == 8 * 576 * 1024
        assert priced["orders"] == [{"order": 6, "blocks": 8}]
        assert priced["tx_bytes"] == 8 * (-(-ring * 32 // K4) * K4)


def test_the_event_queue_of_sfc_is_for_both_directions():
    priced = price(RingSet("sfc", rx=1024, tx=1024))
    assert priced["rx_buffers_bytes"] + priced["rx_descriptors_bytes"] == (4096 + 40) * 1024 + 8 * 4096
    assert priced["tx_bytes"] == 40 * 1024


def test_the_response_queue_of_cxgb4_is_its_mini_ring():
    more, less = (price(RingSet("cxgb4", rx=1016, rx_mini=entries))["rx_descriptors_bytes"] for entries in (1024, 0))
    assert more - less == 64 * 1024


def test_r8169_has_256_blocks_of_four_pages():
    assert price(RingSet("r8169", rx=256, tx=256))["rx_buffers_bytes"] == 4 * MIB
    assert price(RingSet("r8169", rx=256, tx=256))["orders"] == [{"order": 2, "blocks": 256}]


@pytest.mark.parametrize(
    "settings,kernel,told,variant,assumed",
    [
        ("mana", (6, 17), {}, None, False),
        ("mana", (6, 18), {}, "fragments", False),
        ("mana", None, {}, None, False),
        ("iavf", (6, 1), {"private_flags": {}}, None, False),
        ("iavf", (6, 12), {}, "libeth", False),
        ("gve", (6, 1), {"coalesce": None}, "GQI-QPL", True),
        ("gve", (6, 1), {"coalesce": {}}, "RDA", False),
        ("gve", (6, 12), {"coalesce": {}}, "DQO-QPL", True),
        ("gve", (6, 18), {"coalesce": {}}, "DQO-QPL", True),
        ("gve", None, {"coalesce": {}}, "DQO-QPL", True),
        ("gve", (6, 18), {"coalesce": {}, "rings": {"tcp_data_split": True}}, "DQO-RDA with header split", False),
    ],
)
def test_which_of_its_layouts_a_driver_has(settings, kernel, told, variant, assumed):
    notes = inputs._Notes()
    host = {"kernel": kernel}
    found = index.part(settings, "RINGS")["settings"](lambda *keys: inputs._at(told, *keys), host, {}, notes)
    assert found.get("variant") == variant
    assert notes.confidence == ("low" if assumed else "high")


@pytest.mark.parametrize(
    "kernel,told,split",
    [
        ((6, 18), True, True),
        ((6, 18), False, False),
        ((6, 18), None, False),
        (None, True, True),
        # There it says so of jumbo frames.
        ((6, 12), True, False),
    ],
)
def test_when_bnxt_en_splits_data(kernel, told, split):
    rings = {"tcp_data_split": told}
    found = bnxt_en.settings(lambda *keys: inputs._at({"rings": rings}, *keys), {"kernel": kernel}, {}, None)
    assert found == {"data_split": split}


@pytest.mark.parametrize(
    "driver,how",
    [
        ("igc", "descriptors first"),
        ("ixgbevf", "queues first"),
        ("ionic", "queues first"),
        ("sfc", "descriptors first"),
        ("iavf", "close first"),
        ("qede", "close first"),
        ("hinic", "close first"),
        ("tg3", "close first"),
        ("hv_netvsc", "close first"),
        ("gve", "both directions"),
        ("mana", "both directions"),
    ],
)
def test_how_a_driver_changes_its_rings(driver, how):
    assert index.part(driver, "RINGS")["change"] == how


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
@pytest.mark.parametrize("driver", ["atlantic", "be2net"])
def test_a_driver_that_nobody_has_read_gets_an_estimate(driver):
    priced = price(RingSet(driver, rx=1024, tx=1024))
    assert (priced["model"], priced["confidence"]) == ("generic", "low")
    assert "estimate" in priced["why"] and "bound" not in priced["why"]
    assert is_estimate(driver)


# What the estimate was of what each driver takes, when their rows were written: so it is no bound either way.
@pytest.mark.parametrize(
    "driver,settings,ratio",
    [
        ("cxgb4", {"rx": 1016}, 0.14),
        ("cxgb4", {"rx": 72}, 0.32),
        ("cxgb4", {"rx": 72, "mtu": 9000}, 0.43),
        ("r8169", {"rx": 256, "tx": 256}, 0.61),
        ("gve", {"variant": "DQO-QPL", "rx": 512, "tx": 512}, 0.78),
        ("gve", {"variant": "RDA"}, 2.2),
        ("gve", {"variant": "DQO-RDA of 6.18"}, 3.9),
        ("mana", {"rx": 512, "tx": 256}, 2.2),
        ("mana", {"rx": 512, "tx": 256, "mtu": 9000}, 1.06),
        ("mana", {"variant": "fragments", "tx": 256}, 4.0),
        ("mana", {"variant": "fragments", "tx": 256, "page_size": K64}, 62),
        ("qede", {"rx": 1023, "tx": 8191}, 3.4),
        ("qede", {"rx": 128, "tx": 128}, 1.1),
        ("qede", {"rx": 1023, "tx": 8191, "mtu": 9000}, 5.1),
        ("sfc", {}, 2.4),
        ("sfc", {"mtu": 9000}, 4.3),
        ("hinic", {}, 1.4),
        ("ionic", {}, 1.8),
        ("ionic", {"mtu": 9000}, 1.3),
        ("tg3", {"rx": 2047, "tx": 511, "channels": 4, "tx_channels": 1}, 13),
        ("igc", {}, 2.4),
        ("igc", {"mtu": 9000}, 2.2),
        ("iavf", {}, 2.4),
        ("ixgbevf", {"mtu": 9000}, 2.2),
        # With the 512 pages that a VMBus ring really takes.
        ("hv_netvsc", {"rx": 9709, "tx": 170, "channels": 8}, 19),
        ("hv_netvsc", {"rx": 9709, "tx": 170, "channels": 64}, 34),
    ],
)
def test_the_estimate_is_above_some_drivers_and_below_others(driver, settings, ratio):
    settings = dict({"rx": 1024, "tx": 1024}, **settings)
    known_price = price(RingSet(driver, **settings))["total_bytes"]
    estimate = price(RingSet("unheard_of", **dict(settings, variant=None)))["total_bytes"]
    assert not is_estimate(driver)
    assert estimate / known_price == pytest.approx(ratio, rel=0.08)


def test_a_driver_has_its_price_under_its_other_names():
    """A representor of mlx5_core reports "mlx5e_rep"."""
    settings = {"variant": "6.1", "rq_type": "cyclic", "rx": 1024, "tx": 1024}
    assert price(RingSet("mlx5e_rep", **settings)) == price(RingSet("mlx5_core", **settings))
    assert price(RingSet("mlx4_core", rx=1024))["model"] == "mlx4_en"


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
