# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import itertools

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.mlx5_core_generations import VARIANTS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import CHANGES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import (
    RingSet,
    change,
    price,
    simple_estimate,
)
from ansible_collections.linuxnet.packetloss.tests.unit.driver_files import known
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import mlx5_rings as mlx5

MIB = 1 << 20
K4, K64 = 4096, 65536

CYCLIC, STRIDING = "cyclic", "striding"

#: The drivers with a price beside mlx5_core.
OTHERS = [driver for driver in known("RINGS") if driver != "mlx5_core"]


def test_worked_examples_1_and_2_the_simple_estimate():
    assert simple_estimate(4096, 3, 8192 - 1024, 63) == 5549064192 == 5292 * MIB
    assert simple_estimate(4096, 4, 8192 - 1024, 63) == 7398752256 == 7056 * MIB


def test_worked_example_30_i40e_holds_old_and_new():
    now = RingSet("i40e", None, 9000, rx=512, tx=512)
    changed = change(now, now._replace(rx=4096))
    target = changed["target"]
    assert target["per_queue"]["rx_buffers_bytes"] == 33554432
    assert changed["peak_bytes"] == target["rx_buffers_bytes"] + target["rx_descriptors_bytes"]


def test_every_price_names_its_model_and_how_sure_it_is():
    for variant in VARIANTS:
        priced = price(mlx5(variant))
        assert VARIANTS[variant].title in priced["model"]
        assert priced["confidence"] in ("high", "medium", "low")
        assert priced["why"]
    low = mlx5("6.1", confidence="low", why="seen from afar", assumed=(("mtu", 9000, "a guess"),))
    assert price(low)["confidence"] == "low"
    assert price(low)["why"] == "seen from afar; read in Linux 6.1.192"
    assert price(low)["assumed"] == [{"what": "mtu", "value": 9000, "why": "a guess"}]


def test_shrinking_makes_the_new_queues_before_the_old_are_freed():
    large = mlx5("6.1", rx=8192, tx=8192, channels=63)
    small = large._replace(rx=1024)
    changed = change(large, small)
    target = changed["target"]
    assert changed["need_bytes"] == -63 * (102563840 - 12820480)
    internal = target["constants"]["internal_queues_bytes"]
    assert changed["peak_bytes"] == target["rx_descriptors_bytes"] + target["tx_bytes"] + internal


def test_nothing_to_change_takes_nothing():
    for driver in OTHERS + ["unknown"]:
        same = RingSet(driver, rx=1024, tx=1024)
        changed = change(same, same)
        assert (changed["need_bytes"], changed["peak_bytes"], changed["orders"]) == (0, 0, [])
        assert changed["how"] == "nothing changes"


def test_the_reason_of_the_peak_is_told():
    for driver, words in (("igb", "descriptors first"), ("ena", "close first"), ("ice", "both")):
        now = RingSet(driver, rx=256, tx=256)
        assert change(now, now._replace(rx=1024))["how"] == f"{driver} {CHANGES[words]}"


def test_channels_and_mtu_change_before_the_rings():
    now = RingSet("i40e", None, 1500, channels=8, rx=512, tx=512)
    target = now._replace(channels=16, rx=4096)
    between = price(now._replace(channels=16))
    changed = change(now, target)
    new_rx = changed["target"]["rx_buffers_bytes"] + changed["target"]["rx_descriptors_bytes"]
    assert changed["peak_bytes"] == between["total_bytes"] - changed["now"]["total_bytes"] + new_rx
    # Other changes than of a ring close the interface of an Intel NIC.
    more = change(now, now._replace(channels=16))
    assert more["peak_bytes"] == more["need_bytes"] == changed["now"]["total_bytes"]


def test_an_interface_that_is_down_holds_what_its_driver_keeps():
    for driver, needs in (("mlx5_core", False), ("igb", False), ("virtio_net", True), ("hns3", True)):
        variant = "6.1" if driver == "mlx5_core" else None
        now = RingSet(driver, variant, rq_type=CYCLIC, rx=256, tx=256, up=False)
        changed = change(now, now._replace(rx=1024))
        assert (changed["need_bytes"] > 0) is needs
        assert (changed["up_bytes"] > 0) is not needs
        assert changed["up_bytes"] + changed["target"]["held_bytes"] == changed["target"]["total_bytes"]
    assert "stores the sizes" in change(now._replace(driver="igb"), now._replace(driver="igb", rx=512))["how"]
    # mlx4_en has its descriptors all the time.
    down = RingSet("mlx4_en", rx=1024, tx=1024, up=False)
    priced = price(down)
    assert priced["held_bytes"] == priced["total_bytes"] - priced["rx_buffers_bytes"] > 0


# Properties, over a small grid and over random sets of rings.

PAGES = (K4, K64)
RINGS = [1 << bit for bit in range(6, 14)]


def _name(model):
    return "-".join(filter(None, (model.driver, model.variant, model.rq_type)))


def _models():
    for variant, rq_type in itertools.product(sorted(VARIANTS), (CYCLIC, STRIDING)):
        yield RingSet("mlx5_core", variant, rq_type=rq_type, bulk_pages=64)
    for driver in OTHERS + ["unknown"]:
        yield RingSet(driver, bulk_pages=64)
    yield RingSet("virtio_net", mergeable_bytes=(1536, 4096))


MODELS = list(_models())


def total(ring_set):
    return price(ring_set)["total_bytes"]


@pytest.mark.parametrize("model", MODELS, ids=_name)
def test_a_price_never_falls_when_rings_queues_or_mtu_rise(model):
    for page, mtu in itertools.product(PAGES, (1500, 9000)):
        base = model._replace(page_size=page, mtu=mtu)
        by_rx = [total(base._replace(rx=ring, tx=512)) for ring in RINGS]
        by_tx = [total(base._replace(rx=512, tx=ring)) for ring in RINGS]
        by_queues = [total(base._replace(rx=512, tx=512, channels=queues)) for queues in range(1, 9)]
        assert by_rx == sorted(by_rx)
        assert by_tx == sorted(by_tx)
        assert by_queues == sorted(by_queues)


@pytest.mark.parametrize("model", MODELS, ids=_name)
def test_a_price_rises_with_the_mtu_only_between_classes_of_buffers(model):
    for page in PAGES:
        prices = [total(model._replace(page_size=page, mtu=mtu, rx=512, tx=512)) for mtu in range(1280, 9000, 20)]
        if model.driver in ("vmxnet3", "e1000e"):
            # A packet of several pieces takes fewer of the larger ones: only within a class it never falls.
            assert prices[:11] == sorted(prices[:11])
        elif model.rq_type == STRIDING:
            buffers = [
                price(model._replace(page_size=page, mtu=mtu, rx=512))["rx_buffers_bytes"]
                for mtu in range(1280, 9000, 20)
            ]
            assert buffers == sorted(buffers)
        else:
            assert prices == sorted(prices)


def random_change(chance):
    model = chance.choice(MODELS)

    def rings():
        ring = {"rx": chance.choice(RINGS), "tx": chance.choice(RINGS)}
        return dict(ring, mtu=chance.randrange(576, 9000), channels=chance.randrange(1, 64))

    common = {"page_size": chance.choice(PAGES), "up": chance.random() < 0.8, "lro": chance.random() < 0.2}
    common["tcs"] = chance.choice((1, 1, 4))
    return model._replace(**dict(common, **rings())), model._replace(**dict(common, **rings()))


def all_numbers(part):
    if isinstance(part, dict):
        return [number for value in part.values() for number in all_numbers(value)]
    if isinstance(part, list):
        return [number for value in part for number in all_numbers(value)]
    return [part] if not isinstance(part, str) else []


@pytest.mark.parametrize("number", range(300))
def test_properties_of_a_change(chance, number):
    first, second = chance.tried(random_change(chance))
    there, back = change(first, second), change(second, first)
    assert there["need_bytes"] + there["now"]["held_bytes"] == there["target"]["held_bytes"]
    assert there["need_bytes"] == -back["need_bytes"]
    assert there["peak_bytes"] >= max(there["need_bytes"], 0)
    assert back["peak_bytes"] >= max(back["need_bytes"], 0)
    assert all(isinstance(value, int) for value in all_numbers(there))
    if first.up:
        assert there["now"]["held_bytes"] == there["now"]["total_bytes"]
        assert there["up_bytes"] == 0
