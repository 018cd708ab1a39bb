# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.inputs import ring_set
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError, price
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import (
    channels,
    feature,
    host,
    nic,
    reference,
    rings,
)


def of(settings, target=None, **of_host):
    """The RingSet of eth0, a NIC with some settings."""
    return ring_set(host({"eth0": nic(**settings)}, **of_host), "eth0", target)


def assumed(found):
    return {what: value for what, value, _why in found.assumed}


def test_the_reference_host():
    now = ring_set(reference(rx_page_cache={"log_mult_limit": 3}), "eth0")
    assert (now.driver, now.variant, now.rq_type) == ("mlx5_core", "ofed-5.8-old-kernel", "cyclic")
    assert (now.mtu, now.page_size, now.channels, now.rx, now.tx) == (9000, 4096, 63, 1024, 1024)
    assert (now.vectors, now.tcs, now.bulk_pages, now.log_mult_limit, now.up) == (63, 1, 1, 3, True)
    assert (now.confidence, now.assumed) == ("high", ())
    target = ring_set(reference(), "eth0", {"rx": 8192})
    assert price(target)["rx_buffers_bytes"] + price(target)["rx_descriptors_bytes"] == 7039549440


@pytest.mark.parametrize(
    "driver,asked,made",
    [
        ("mlx5_core", 3000, 4096),
        ("mlx5_core", 4096, 4096),
        ("mlx4_en", 3000, 4096),
        ("igb", 3001, 3008),
        ("e1000e", 3001, 3008),
        ("ixgbe", 3001, 3008),
        ("i40e", 3001, 3008),
        ("ice", 3009, 3040),
        ("hns3", 3001, 3008),
        ("ena", 3000, 2048),
        ("vmxnet3", 3001, 3008),
        ("virtio_net", 4096, 4096),
        ("bnxt_en", 3001, 3001),
    ],
)
def test_a_ring_is_rounded_as_the_driver_rounds_it(driver, asked, made):
    found = of({"driver": driver}, {"rx": asked})
    assert found.rx == made
    notes = [(what, value) for what, value, why in found.assumed if f"asked for {asked}" in why]
    assert notes == ([("rx", made)] if made != asked else [])


def test_rounding_ends_at_the_largest_ring():
    assert of({"driver": "ice", "rings": rings(rx_max=8160)}, {"rx": 8159}).rx == 8160
    # A packet of 9000 bytes has an skb and two pages with vmxnet3: its ring is a multiple of 96.
    assert of({"driver": "vmxnet3", "mtu": 9000, "rings": rings(rx_max=4096)}, {"rx": 4000}).rx == 4032
    assert of({"driver": "vmxnet3", "mtu": 9000, "rings": rings(rx_max=4096)}, {"max": True}).rx == 4032


def test_what_a_target_does_not_name_stays():
    now = of({})
    for nothing in (None, {}, {"rx": None, "max": False}):
        assert of({}, nothing) == now
    assert of({}, {"tx": 2048}) == now._replace(tx=2048)
    assert of({}, {"max": True}) == now._replace(rx=8192, tx=8192)
    assert of({}, {"max": True, "tx": 512}) == now._replace(rx=8192, tx=512)
    assert of({}, {"channels": 8, "mtu": 9000}) == now._replace(channels=8, tx_channels=8, mtu=9000)


@pytest.mark.parametrize(
    "settings,target,message",
    [
        ({}, {"rx": 16384}, "eth0: rx 16384 is above the most that it can have: give a number from 16 to 8192"),
        ({}, {"rx": 8}, "eth0: rx 8 is below the least that it can have: give a number from 16 to 8192"),
        ({}, {"tx": 32}, "eth0: tx 32 is below the least that it can have: give a number from 64 to 8192"),
        ({}, {"rx": 0}, "eth0: rx 0 is below the least"),
        ({}, {"rx": -1}, "eth0: rx -1 is below the least"),
        (
            {"driver": "igb"},
            {"rx": 32},
            "eth0: rx 32 is below the least that it can have: give a number from 64 to 8192",
        ),
        ({}, {"rx": "8192"}, "eth0: rx is '8192', expected a whole number from 16 to 8192"),
        ({}, {"rx": 8192.0}, "eth0: rx is 8192.0, expected a whole number"),
        ({}, {"rx": True}, "eth0: rx is True, expected a whole number"),
        ({}, {"channels": 64}, "eth0: channels 64 is above the most that it can have: give a number from 1 to 63"),
        ({}, {"channels": 0}, "eth0: channels 0 is below the least"),
        ({}, {"mtu": 60}, "eth0: mtu 60 is below the least that it can have: give a number from 68 to 65535"),
        ({}, {"max": "yes"}, "eth0: max is 'yes', expected true or false"),
        ({}, {"ring": 4096}, "eth0: 'ring' is no key of a target, expected rx, tx, channels, mtu, max"),
        ({}, [8192], r"eth0: the target is \[8192\], expected a dictionary of rx, tx, channels, mtu, max"),
        ({"rings": None}, None, "eth0: its driver tells of no rings"),
        ({"rings": rings(0, 0, 0, 0)}, {"rx": 512}, "eth0: its driver tells of no rings"),
        ({"channels": channels(0, 0)}, None, "eth0: it reports no channels"),
        ({"channels": None, "queues": None}, None, "eth0: it reports no channels"),
        ({"mtu": None}, None, "eth0: its MTU is not known"),
        ({"driver": None}, None, "eth0: its driver is not known"),
        ({"channels": None, "queues": {"rx": {"0": {}}, "tx": {"0": {}}}}, {"channels": 2}, "cannot be changed"),
    ],
)
def test_bad_input_is_an_error_that_names_value_and_range(settings, target, message):
    with pytest.raises(RingMemoryError, match=message):
        of(settings, target)


def test_a_nic_that_is_not_there_is_an_error():
    for document in (host({}), dict(host({}), nics=None), {}):
        with pytest.raises(RingMemoryError, match="eth0: the host document has no such NIC"):
            ring_set(document, "eth0")


def test_pages_of_64_kib_have_a_larger_least_ring():
    document = host({"eth0": nic()})
    document["memory"]["page_size_bytes"] = 65536
    assert ring_set(document, "eth0").page_size == 65536
    with pytest.raises(RingMemoryError, match="give a number from 256 to 8192"):
        ring_set(document, "eth0", {"rx": 128})


@pytest.mark.parametrize(
    "told,rx,tx,most",
    [
        (channels(8, 16), 8, 8, 16),
        (channels(0, 0, rx=8, rx_max=16, tx=4, tx_max=16), 8, 4, 16),
        (channels(4, 8, rx=2, rx_max=4), 6, 4, 12),
    ],
)
def test_channels_that_are_combined_or_not(told, rx, tx, most):
    found = of({"channels": told})
    assert (found.channels, found.tx_channels, found.vectors) == (rx, tx, most)


def test_separate_channels_are_set_together():
    told = channels(0, 0, rx=8, rx_max=16, tx=4, tx_max=8)
    found = of({"driver": "mlx4_en", "channels": told}, {"channels": 8})
    assert (found.channels, found.tx_channels) == (8, 8)
    with pytest.raises(RingMemoryError, match="from 1 to 8"):
        of({"driver": "mlx4_en", "channels": told}, {"channels": 16})


def test_queues_are_counted_where_the_driver_tells_no_channels():
    queues = {"rx": {"0": {}, "1": {}}, "tx": {"0": {}}}
    found = of({"driver": "vmxnet3", "channels": None, "queues": queues})
    assert (found.channels, found.tx_channels) == (2, 1)
    assert assumed(found) == {"channels": 2}


def test_virtio_net_resizes_all_queues():
    settings = {"driver": "virtio_net", "channels": channels(2, 4), "rings": rings(256, 1024, 256, 1024)}
    assert of(settings).channels == 2
    found = of(settings, {"rx": 1024})
    assert (found.channels, found.tx_channels) == (4, 4)
    assert assumed(found) == {"channels": 4, "mergeable buffers": True}


def test_virtio_net_tells_how_long_its_buffers_are():
    settings = {"driver": "virtio_net", "mergeable_rx_buffers": {"10": 4096, "9": 1536}}
    found = of(settings)
    assert (found.mergeable_bytes, assumed(found), found.confidence) == ((1536, 4096), {}, "high")
    found = of(dict(settings, mergeable_rx_buffers=None))
    assert (found.mergeable_bytes, assumed(found), found.confidence) == ((), {"mergeable buffers": True}, "medium")


@pytest.mark.parametrize(
    "settings,key,value",
    [
        ({"features": {"rx-lro": feature(True)}}, "lro", True),
        ({"features": {"rx-lro": feature(False)}}, "lro", False),
        ({"features": {"rx-gro-hw": feature(True)}}, "hw_gro", True),
        ({"features": {}}, "hw_gro", False),
        ({"features": {"tls-hw-tx-offload": feature(False, True)}}, "tls", True),
        ({"features": {"tls-hw-tx-offload": feature(False, False)}}, "tls", False),
        ({"xdp": {"attached": True, "mode": "driver", "program_id": 1}}, "xdp", True),
        ({"xdp": {"attached": True, "mode": "generic", "program_id": 1}}, "xdp", False),
        ({"xdp": {"attached": True, "mode": "multi", "program_id": 1}}, "xdp", True),
        ({"private_flags": {"rx_striding_rq": True}}, "rq_type", "striding"),
        ({"private_flags": {"rx_striding_rq": False}}, "rq_type", "cyclic"),
        ({"traffic_classes": 4}, "tcs", 4),
        ({"flags": []}, "up", False),
        ({"driver": "ice", "private_flags": {"legacy-rx": True}}, "legacy_rx", True),
        ({"driver": "ice", "private_flags": {}}, "legacy_rx", False),
        ({"driver": "vmxnet3", "rings": rings(rx_jumbo=512)}, "rx_jumbo", 512),
        ({"driver": "vmxnet3", "rings": rings(rx_mini=128)}, "rx_mini", 128),
        ({"driver": "hns3", "module_parameters": {"page_pool_enabled": False}}, "page_pool", False),
        ({"driver": "hns3", "rings": rings(rx_buf_len=4096)}, "rx_buf_len", 4096),
    ],
)
def test_what_is_read(settings, key, value):
    found = of(settings)
    assert getattr(found, key) is value or getattr(found, key) == value
    assert key not in assumed(found)


@pytest.mark.parametrize(
    "settings,what,value,confidence",
    [
        ({"features": None}, "lro", False, "medium"),
        ({"driver": "ixgbe", "features": None}, "lro", True, "medium"),
        ({"xdp": None}, "xdp", False, "medium"),
        ({"private_flags": None}, "rx_striding_rq", "striding", "low"),
        ({"private_flags": {}}, "rx_striding_rq", "striding", "low"),
        ({"driver": "igb", "private_flags": None}, "legacy-rx", False, "medium"),
        ({"traffic_classes": None}, "traffic classes", 1, "high"),
        ({"flags": None}, "up", True, "medium"),
        ({"driver": "hns3", "rings": rings(rx_buf_len=2048)}, "page_pool_enabled", True, "medium"),
        ({"driver": "hns3", "module_parameters": {"page_pool_enabled": True}}, "rx-buf-len", 2048, "medium"),
    ],
)
def test_what_is_not_told_is_assumed_and_named(settings, what, value, confidence):
    found = of(settings)
    assert assumed(found) == {what: value}
    assert found.confidence == confidence
    assert price(found)["assumed"][0]["why"]


@pytest.mark.parametrize("driver,confidence", [("sfc", "high"), ("sfc_falcon", "low"), ("sfc_ef100", "low")])
def test_a_generation_that_was_not_read_is_assumed_to_be_one_that_was(driver, confidence):
    found = of({"driver": driver})
    assert ("generation" in assumed(found)) is (confidence == "low")
    assert found.confidence == confidence
    assert price(found)["model"] == "sfc"


def test_rings_that_cannot_be_changed_have_one_size():
    with pytest.raises(RingMemoryError, match="give a number from 256 to 256"):
        of({"driver": "r8169", "rings": rings(256, 256, 256, 256)}, {"rx": 128})
    assert of({"driver": "r8169", "rings": rings(256, 256, 256, 256)}, {"max": True}).rx == 256


def test_what_the_drivers_of_rings_of_their_own_tell():
    found = of({"driver": "cxgb4", "rings": rings(1016, rx_mini=1024)})
    assert (found.rx_mini, found.assumed) == (1024, ())
    found = of({"driver": "tg3", "rings": rings(200, 2047, 511, 511, rx_jumbo=100)})
    assert (found.rx_jumbo, found.assumed) == (100, ())
    found = of({"driver": "bnxt_en", "rings": rings(tcp_data_split=True)}, release="6.18.3")
    assert (found.data_split, found.assumed) == (True, ())
    assert of({"driver": "mana"}, release="6.18.3").variant == "fragments"
    assert of({"driver": "iavf"}, release="6.12.117").variant == "libeth"
    assert assumed(of({"driver": "gve"}, release="6.12.117")) == {"queue format": "GQI-QPL"}
    assert assumed(of({"driver": "gve", "coalesce": {"rx_usecs": 20}}, release="6.12.117")) == {
        "queue format": "DQO-QPL"
    }


def test_the_limit_of_the_page_cache_is_named_where_it_is_not_told():
    assert assumed(ring_set(reference(), "eth0")) == {"log_mult_limit": 4}
    assert ring_set(reference(rx_page_cache={"log_mult_limit": 0}), "eth0").log_mult_limit == 0


def test_a_statistic_tells_of_the_page_cache_too():
    found = of({"counters": {"rx_cache_ext": {"total": 0}}}, release="5.15.0")
    assert (found.variant, found.confidence) == ("ofed-5.8", "low")


@pytest.mark.parametrize(
    "machine,line,told,cqe_bytes,named",
    [
        ("x86_64", 64, None, 64, False),
        ("x86_64", 128, None, 64, False),
        ("aarch64", 64, None, 64, False),
        ("aarch64", 128, None, 128, True),
        ("aarch64", None, None, 64, False),
        ("aarch64", 128, 64, 64, False),
        ("aarch64", 64, 128, 128, False),
    ],
)
def test_the_size_of_a_completion(machine, line, told, cqe_bytes, named):
    queues = told and {
        "rx": {"type": "cyclic", "wqes": 1024, "stride_bytes": 64, "cq_entries": 1024, "cqe_bytes": told}
    }
    document = host({"eth0": nic(devlink_queues=queues)}, machine=machine)
    document["cpus"]["coherency_line_bytes"] = line
    found = ring_set(document, "eth0")
    assert found.cqe_bytes == cqe_bytes
    assert ("cqe_bytes" in assumed(found)) is named


def told(wqes, stride, cq_entries, kind="striding"):
    return {
        "rx": {"type": kind, "wqes": wqes, "stride_bytes": stride, "cq_entries": cq_entries, "cqe_bytes": 64},
        "tx": None,
    }


def test_sizes_that_the_driver_tells_and_the_formula_agree():
    found = of({"devlink_queues": told(8, 2048, 1024)})
    assert found.rq_type == "striding"
    assert (found.wqes, found.stride_bytes, found.wqe_bytes) == (None, None, None)
    assert found.assumed == ()
    assert "devlink health" in found.why
    assert price(found)["per_queue"]["rx_bytes"] == 2193536


def test_sizes_that_the_driver_tells_win():
    # A stride of 256 where a device cannot make 2^7 strides, so eight times the completions.
    found = of({"devlink_queues": told(8, 256, 8192)})
    assert assumed(found) == {"stride_bytes": 256}
    assert price(found)["per_queue"]["rx_bytes"] == 2193536 + 7 * 1024 * 64
    # Entries of 128 KiB, twice as many: as much memory.
    half = of({"devlink_queues": told(16, 2048, 1024)})
    assert assumed(half) == {"wqe_bytes": 131072}
    assert price(half)["rx_buffers_bytes"] == 63 * 2097152
    # More entries than the formula has, and as many times more after a change.
    more = {"devlink_queues": told(16, 2048, 2048)}
    assert assumed(of(more)) == {"wqes": 16}
    assert of(more, {"rx": 8192}).wqes == 128
    assert of(more, {"mtu": 9000}).wqes is None


def test_an_old_document_is_read():
    """What was added to the document later may be missing."""
    found = nic()
    for key in ("traffic_classes", "irqs"):
        del found[key]
    document = host({"eth0": found})
    del document["cpus"]["coherency_line_bytes"]
    assert price(ring_set(document, "eth0"))["confidence"] == "high"


@pytest.mark.parametrize(
    "machine,page_size,named",
    [("x86_64", 4096, False), ("s390x", 4096, False), ("aarch64", 4096, True), (None, 4096, True)],
)
def test_a_page_size_that_is_not_told(machine, page_size, named):
    document = host({"eth0": nic()}, machine=machine)
    document["memory"] = None
    found = ring_set(document, "eth0")
    assert found.page_size == page_size
    assert ("page_size" in assumed(found)) is named
    assert (found.confidence == "low") is named


def test_a_kernel_that_is_not_told():
    document = host({"eth0": nic("igb")})
    document["meta"]["kernel"]["release"] = None
    assert assumed(ring_set(document, "eth0")) == {"kernel": "5.13 or later"}


def test_cache_lines_of_other_machines():
    assert of({}, machine="ppc64le").cache_line == 128
    assert of({}, machine="s390x").cache_line == 256
    assert of({}, machine="aarch64").cache_line == 64


def test_a_price_can_be_printed_as_json():
    assert json.loads(json.dumps(price(ring_set(reference(), "eth0"))))["model"]
