# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.at_hand import (
    Demand,
    Memory,
    together,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.budget import budget
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError, RingSet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.placing import nodes_of_queues
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import GIB, channels, host, nic, reference, rings

MIB = 1 << 20
RX_NEED = 6159605760


def test_the_reference_host():
    found = budget(reference(), {"eth0": {"rx": 8192}})
    assert found["need_bytes"] == found["peak_bytes"] == RX_NEED
    assert found["verdict"] == "fits"
    assert found["sentence"] == (
        "The change takes 5874.3 MiB more, and 5874.3 MiB at its peak: 20.0 GiB are free above the high watermarks and"
        " 60.0 GiB available. Traffic may add up to 31.5 GiB."
    )
    assert found["at_hand"] == {
        "free_less_high_bytes": 20 * GIB,
        "available_bytes": 60 * GIB,
        "total_bytes": 512 * GIB,
    }
    assert found["reserve_bytes"] == 8 * GIB
    # 63 queues on the CPUs of the device first: 32 on its node, 31 on the next one.
    queue = RX_NEED // 63
    assert found["nodes"]["0"] == {
        "need_bytes": 32 * queue,
        "peak_bytes": 32 * queue,
        "free_less_high_bytes": 5 * GIB,
    }
    eth0 = found["nics"]["eth0"]
    assert eth0["nodes"] == {
        "0": {"rx_queues": 32, "need_bytes": 32 * queue, "peak_bytes": 32 * queue},
        "1": {"rx_queues": 31, "need_bytes": 31 * queue, "peak_bytes": 31 * queue},
    }
    assert [(step["rx"], step["verdict"]) for step in eth0["next_steps"]] == [
        (2048, "fits"),
        (4096, "fits"),
        (8192, "fits"),
    ]
    assert eth0["next_steps"][-1]["need_bytes"] == RX_NEED
    assert eth0["largest_ring"] == {"rx": 8192, "need_bytes": RX_NEED, "peak_bytes": RX_NEED, "up_bytes": 0}
    assert json.loads(json.dumps(found)) == found


def test_several_nics_draw_on_one_memory():
    document = reference()
    document["nics"]["eth1"] = dict(
        copy.deepcopy(document["nics"]["eth0"]), numa_node=1, local_cpus=list(range(32, 64))
    )
    found = budget(document, {"eth0": {"rx": 8192}, "eth1": {"rx": 8192}})
    assert found["need_bytes"] == 2 * RX_NEED
    # eth0 has 31 queues on node 1 and eth1 has 31 on node 0.
    assert found["nodes"]["0"]["need_bytes"] == 63 * (RX_NEED // 63)
    assert found["verdict"] == "tight"
    assert "node 0 has 5120.0 MiB free for 5874.3 MiB of it, so other nodes have to help" in found["sentence"]
    assert [found["nics"][name]["need_bytes"] for name in ("eth0", "eth1")] == [RX_NEED, RX_NEED]
    # What the other one takes is no longer there: 4096 fit beside it, alone 8192 do.
    assert found["nics"]["eth0"]["largest_ring"]["rx"] == 4096
    alone = budget(document, {"eth0": {}, "eth1": None})
    assert alone["need_bytes"] == alone["peak_bytes"] == 0
    assert alone["nics"]["eth0"]["largest_ring"]["rx"] == 8192
    assert alone["verdict"] == "fits"
    assert alone["sentence"].startswith("The change takes no memory now. ")


@pytest.mark.parametrize(
    "free,available,reserve,verdict,words",
    [
        (20, 60, None, "fits", "20.0 GiB are free above the high watermarks and 60.0 GiB available"),
        (20, 13, None, "does_not_fit", "13.0 GiB available, of which 8192.0 MiB are kept in reserve, leave 5120.0 MiB"),
        (20, 6, None, "does_not_fit", "kept in reserve, leave 0.0 MiB"),
        (4, 60, None, "tight", "only 4096.0 MiB are free above the high watermarks"),
        (20, 13, 0, "fits", "13.0 GiB available"),
        (20, 60, 55 * GIB, "does_not_fit", "leave 5120.0 MiB"),
        (0, 60, None, "tight", "only 0.0 MiB are free"),
    ],
)
def test_verdicts(free, available, reserve, verdict, words):
    document = reference()
    document["memory"] = host({}, nodes=1, free=free * GIB, available=available * GIB)["memory"]
    document["cpus"]["nodes"] = {"0": list(range(128))}
    found = budget(document, {"eth0": {"rx": 8192}}, reserve)
    assert found["verdict"] == verdict
    assert words in found["sentence"]


def test_the_reserve_is_a_tenth_of_a_smaller_memory():
    document = reference()
    document["memory"]["meminfo"]["MemTotal"] = 40 * GIB
    assert budget(document, {})["reserve_bytes"] == 4 * GIB


@pytest.mark.parametrize(
    "path,words",
    [
        (("memory",), "the free pages and watermarks of the zones, MemAvailable, MemTotal"),
        (("memory", "zones"), "cannot be told without the free pages and watermarks of the zones"),
        (("memory", "meminfo"), "MemAvailable, MemTotal"),
        (("memory", "meminfo", "MemAvailable"), "cannot be told without MemAvailable"),
        (("memory", "meminfo", "MemTotal"), "MemTotal, of which the reserve is a part"),
    ],
)
def test_memory_that_could_not_be_read_is_unknown_and_never_zero(path, words):
    document = reference()
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = None
    found = budget(document, {"eth0": {"rx": 8192}})
    assert found["verdict"] == "unknown"
    assert words in found["sentence"]
    assert found["need_bytes"] == RX_NEED
    assert 0 not in found["at_hand"].values()
    assert found["nics"]["eth0"]["largest_ring"] is None
    assert {step["verdict"] for step in found["nics"]["eth0"]["next_steps"]} == {"unknown"}


def test_memory_that_must_be_movable_is_no_memory_for_rings():
    document = reference()
    zones = document["memory"]["zones"]
    zones["0/Movable"] = dict(zones["0/Normal"], free_pages=10 << 20)
    document["memory"]["buddy"]["0/Movable"] = [0] * 10 + [9999]
    assert budget(document, {})["at_hand"]["free_less_high_bytes"] == 20 * GIB


def test_a_zone_below_its_watermark_takes_nothing_from_the_others():
    document = reference()
    document["memory"]["zones"]["0/DMA"] = dict(document["memory"]["zones"]["0/Normal"], free_pages=0)
    assert budget(document, {})["at_hand"]["free_less_high_bytes"] == 20 * GIB


def zone(free, high, protection):
    return {"free_pages": free, "high_pages": high, "protection_pages": protection}


@pytest.mark.parametrize(
    "below_movable, pages",
    [
        # Of a machine with 8 GiB: all that is free in DMA32 is kept from what may as well use Normal.
        ([(0, 0, [0] * 5), (5000, 900, [0, 0, 5248, 5248, 5248]), (3000, 1000, [0] * 5)], 2000),
        # More is free there than it keeps.
        ([(0, 0, [0] * 4), (9000, 900, [0, 0, 5248, 5248]), (3000, 1000, [0] * 4)], 2852 + 2000),
        # A machine with 4 GiB has no memory in Normal, but the zone is there.
        ([(0, 0, [0] * 4), (9000, 900, [0] * 4), (0, 0, [0] * 4)], 8100),
        # What is kept from movable memory alone (the last one) is not kept from rings.
        ([(500, 10, [0, 0, 0, 9999]), (9000, 900, [0, 0, 0, 9999]), (3000, 1000, [0, 0, 0, 9999])], 490 + 8100 + 2000),
        # A kernel that does not list the zones that are empty, or has no DMA32.
        ([(500, 10, [0, 400, 9999]), None, (3000, 1000, [0, 0, 9999])], 90 + 2000),
        # A document that has no protection yet, or could not be told it.
        ([None, (5000, 900, None), (3000, 1000, None)], 4100 + 2000),
    ],
)
def test_pages_that_a_zone_keeps_for_others_are_not_free(below_movable, pages):
    document = reference()
    zones = {f"0/{kind}": zone(*one) for kind, one in zip(("DMA", "DMA32", "Normal"), below_movable) if one}
    document["memory"]["zones"] = dict(zones, **{"0/Movable": zone(0, 0, [0] * 5)})
    assert Memory(document).nodes == {"0": pages * 4096}


def test_a_ring_is_not_made_of_what_has_no_address_in_the_kernel():
    """32 bit: Normal is the second zone, and most memory is in HighMem."""
    document = reference()
    document["memory"]["zones"] = {
        "0/DMA": zone(500, 10, [0, 450, 9999, 9999]),
        "0/Normal": zone(3000, 1000, [0, 0, 9999, 9999]),
        "0/HighMem": zone(90000, 100, [0, 0, 0, 0]),
    }
    document["memory"]["buddy"] = {"0/Normal": [0, 5], "0/HighMem": [0, 99999]}
    memory = Memory(document)
    assert memory.nodes == {"0": (40 + 2000) * 4096}
    assert [one["free_blocks"] for one in memory.of_orders(Demand(0, 0, 0, 0, None, {1: 9}))] == [5]


def test_blocks_in_a_zone_that_keeps_its_pages_for_others_are_not_free():
    document = igb_host({"0/DMA32": [0, 99999, 0, 0, 99], "0/Normal": [0, 15360, 0, 0, 4]})
    normal = document["memory"]["zones"]["0/Normal"]
    document["memory"]["zones"]["0/DMA32"] = dict(normal, protection_pages=[0, 10 << 30, 10 << 30])
    found = budget(document, {"eth0": {"rx": 4096}})
    assert [entry["free_blocks"] for entry in found["orders"]] == [15392, 4]


def igb_host(buddy, mtu=9000, **others):
    settings = {"rings": rings(256, 4096, 256, 4096), "channels": channels(4, 4)}
    document = host({"eth0": nic("igb", mtu=mtu, count=4, **dict(settings, **others))}, nodes=1, cpus=4)
    document["memory"]["buddy"] = buddy
    return document


@pytest.mark.parametrize(
    "buddy,free,enough,verdict",
    [
        ({"0/Normal": [0, 15360, 0, 0, 4]}, [15392, 4], [True, True], "fits"),
        # A block of order 4 is eight of order 1, but it is needed itself.
        ({"0/Normal": [0, 15359, 0, 0, 4]}, [15391, 4], [False, True], "tight"),
        ({"0/Normal": [9999, 15360, 0, 0, 3]}, [15384, 3], [False, False], "tight"),
        ({"0/Normal": [0] * 10 + [30, 1]}, [512 * 30 + 1024, 64 * 30 + 128], [True, True], "fits"),
        ({"0/Normal": [0, 0, 0, 0, 0], "0/Movable": [0, 99999, 0, 0, 4]}, [0, 0], [False, False], "tight"),
        (None, [None, None], [None, None], "fits"),
    ],
)
def test_memory_in_one_piece(buddy, free, enough, verdict):
    found = budget(igb_host(buddy), {"eth0": {"rx": 4096}})
    assert [(entry["order"], entry["blocks"]) for entry in found["orders"]] == [(1, 15360), (4, 4)]
    assert [entry["free_blocks"] for entry in found["orders"]] == free
    assert [entry["enough"] for entry in found["orders"]] == enough
    assert found["verdict"] == verdict
    if buddy is None:
        assert "cannot be told without buddyinfo" in found["sentence"]
    if False in enough:
        assert "in one piece are needed" in found["sentence"]


def test_a_document_from_before_there_was_buddyinfo():
    document = igb_host(None)
    del document["memory"]["buddy"]
    assert budget(document, {"eth0": {"rx": 4096}})["orders"][0]["enough"] is None


def test_an_interface_that_is_down():
    found = budget(reference(flags=[]), {"eth0": {"rx": 8192}})
    assert (found["need_bytes"], found["peak_bytes"], found["verdict"]) == (0, 0, "fits")
    assert found["up_bytes"] == 7039549440 + 36255744 + 63 * 2 * 9216
    assert found["sentence"].startswith(
        "The change takes no memory now. Bringing the interface up will take 6749.1 MiB. Traffic"
    )
    document = reference(flags=[])
    document["memory"]["meminfo"]["MemAvailable"] = 10 * GIB
    late = budget(document, {"eth0": {"rx": 8192}})
    assert late["verdict"] == "tight"
    assert "bringing the interface up will not fit" in late["sentence"]


def test_giving_back_fits_where_little_is_left():
    document = reference(rings=rings(rx=8192))
    document["memory"]["meminfo"]["MemAvailable"] = 9 * GIB
    found = budget(document, {"eth0": {"rx": 1024}})
    assert found["need_bytes"] == -RX_NEED
    assert found["verdict"] == "fits"
    assert found["sentence"].startswith("The change gives back 5874.3 MiB, and takes ")


def test_the_largest_ring_is_one_that_the_driver_makes_and_that_fits():
    settings = {"rings": rings(512, 8160, 512, 8160), "channels": channels(16, 16)}
    document = host(
        {"eth0": nic("ice", mtu=9000, count=16, **settings)}, nodes=1, cpus=16, free=GIB, available=60 * GIB
    )
    document["memory"]["buddy"] = None
    found = budget(document, {"eth0": {}})["nics"]["eth0"]["largest_ring"]
    assert found["rx"] % 32 == 0
    assert found["peak_bytes"] <= GIB
    more = budget(document, {"eth0": {"rx": found["rx"] + 32}})
    assert more["verdict"] == "tight"
    assert more["peak_bytes"] > GIB


def test_the_present_ring_always_fits():
    """ice would hold a second set of rings while it makes any other, for which there is no room."""
    document = host({"eth0": nic("ice", rings=rings(512, 8160))}, free=0)
    found = budget(document, {"eth0": {}})["nics"]["eth0"]
    assert found["largest_ring"] == {"rx": 512, "need_bytes": 0, "peak_bytes": 0, "up_bytes": 0}
    assert {step["verdict"] for step in found["next_steps"]} == {"tight"}


def test_a_nic_at_its_largest_ring_has_no_next_step():
    assert budget(reference(rings=rings(rx=8192)), {"eth0": {}})["nics"]["eth0"]["next_steps"] == []


def test_next_steps_are_rings_that_the_driver_makes():
    for driver, present, most, steps in (
        ("igb", 256, 4096, [512, 1024, 4096]),
        ("ice", 2048, 8160, [4096, 8160]),
        ("vmxnet3", 1024, 4096, [2048, 4096]),
        ("bnxt_en", 511, 2047, [1022, 2044, 2047]),
    ):
        document = host({"eth0": nic(driver, rings=rings(present, most))})
        found = budget(document, {"eth0": {}})["nics"]["eth0"]["next_steps"]
        assert [step["rx"] for step in found] == steps


def test_bad_targets_are_errors():
    with pytest.raises(RingMemoryError, match="eth9: the host document has no such NIC"):
        budget(reference(), {"eth9": {}})
    with pytest.raises(RingMemoryError, match="give a number from 16 to 8192"):
        budget(reference(), {"eth0": {"rx": 9000}})


# A driver that nobody has read.


def unread(**others):
    return nic("unheard_of", count=4, rings=rings(256, 4096, 256, 4096), **others)


# What is at hand decides nothing: the estimate may be a seventh of what the rings take.
@pytest.mark.parametrize("free,available", [(400, 500), (1, 500), (1, 1)])
def test_an_estimate_is_never_a_verdict(free, available):
    document = host({"eth0": unread()}, free=free * GIB, available=available * GIB)
    found = budget(document, {"eth0": {"rx": 4096}})
    eth0 = found["nics"]["eth0"]
    assert (found["verdict"], eth0["target"]["model"]) == ("unknown", "generic")
    assert found["need_bytes"] > 0
    assert found["sentence"] == (
        "By an estimate the change takes 131.2 MiB more, and 141.0 MiB at its peak: whether that fits cannot be told,"
        " because nobody has read what the rings of eth0 (driver unheard_of) take, and estimates of this kind were"
        " found to be a seventh of what other drivers took, and seventy times as much. Measure it by hand: on one such"
        " host read MemAvailable in /proc/meminfo before and after the change, and plan the others by the difference."
    )
    assert eth0["largest_ring"] is None
    assert {step["verdict"] for step in eth0["next_steps"]} == {"unknown"}


def test_an_estimate_of_less_memory_is_no_verdict_either():
    document = host({"eth0": unread()})
    assert budget(document, {"eth0": {"rx": 128}})["verdict"] == "unknown"
    assert budget(document, {"eth0": {"mtu": 9000}})["verdict"] == "unknown"
    assert budget(document, {"eth0": {"channels": 2}})["verdict"] == "unknown"


def test_a_nic_that_is_left_as_it_is_needs_no_estimate():
    document = host({"eth0": unread(), "eth1": nic("igb", count=4, rings=rings(256, 4096, 256, 4096))})
    found = budget(document, {"eth0": {}, "eth1": {"rx": 4096}})
    assert found["verdict"] == "fits"
    assert found["nics"]["eth0"]["largest_ring"] is None
    # Beside a change that nobody knows nobody can tell what fits.
    both = budget(document, {"eth0": {"rx": 512}, "eth1": {"rx": 4096}})
    assert (both["verdict"], both["nics"]["eth1"]["largest_ring"]) == ("unknown", None)
    assert "eth0 (driver unheard_of) take" in both["sentence"] and "eth1" not in both["sentence"]


def test_an_estimate_without_a_memory_to_compare_it_with():
    document = host({"eth0": unread()})
    document["memory"]["zones"] = None
    found = budget(document, {"eth0": {"rx": 4096}})
    assert found["verdict"] == "unknown"
    assert "without the free pages" in found["sentence"] and "nobody has read" in found["sentence"]


# What a NIC has once.


def test_the_area_of_a_nic_is_counted_once_and_on_one_node():
    document = host({"eth0": nic("hv_netvsc", count=8, rings=rings(9709, 18811, 170, 2560), irqs={})})
    found = budget(document, {"eth0": {"rx": 18811}})
    assert found["need_bytes"] == sum(node["need_bytes"] for node in found["nodes"].values())
    grown = (18811 * 1728 + 4095) // 4096 * 4096 - 16 * MIB
    completions = [-(-rx * 16 // 4096) * 4096 for rx in (9709, 18811)]
    assert found["need_bytes"] == grown + 8 * (completions[1] - completions[0])
    assert found["nodes"]["0"]["need_bytes"] == found["need_bytes"]


# What the firmware holds.


@pytest.mark.parametrize("told", [37050000000, 0, None])
def test_what_the_firmware_holds_is_told_beside_the_price_and_in_no_sum(told):
    plain = budget(reference(), {"eth0": {"rx": 8192}})
    found = budget(reference(firmware_bytes=told), {"eth0": {"rx": 8192}})
    assert found["nics"]["eth0"].pop("firmware_bytes") == told
    assert plain["nics"]["eth0"].pop("firmware_bytes") is None
    assert found == plain


# Demands of several.


def test_changes_in_the_worst_order():
    growing = Demand(10, 10, 0, 0, {"0": (10, 10)}, {1: 4})
    turning = Demand(2, 7, 5, 1, {"0": (0, 3), "1": (2, 4)}, {1: 1, 3: 2})
    giving = Demand(-20, 1, 0, 0, {}, {})
    # The one that gives back may come last, and the one with a peak when all the others have grown.
    found = together([growing, turning, giving])
    assert found == Demand(-8, 17, 5, 1, {"0": (10, 13), "1": (2, 4)}, {1: 5, 3: 2})
    assert together([]) == Demand(0, 0, 0, 0, {}, {})
    assert together([growing, growing._replace(nodes=None)]).nodes is None


def test_a_memory_without_readings_knows_no_verdict():
    memory = Memory({})
    assert memory.verdict(Demand(0, 0, 0, 0, None, {})) == "unknown"
    assert memory.of_nodes(Demand(0, 0, 0, 0, None, {})) is None


# Where queues take their memory.


def placed(found, ring_set, queues=4, nodes=2, cpus=8, **of_host):
    document = host({"eth0": dict(nic(count=0), **found)}, nodes=nodes, cpus=cpus, **of_host)
    return nodes_of_queues(document, "eth0", ring_set, queues)


def irqs(*cpus):
    return {
        str(queue): {"role": "rxtx", "queue": queue, "affinity": list(range(8)), "effective_affinity": [cpu]}
        for queue, cpu in enumerate(cpus)
    }


IN_TREE, OFED = RingSet("mlx5_core", "6.1"), RingSet("mlx5_core", "ofed-5.8-old-kernel")


@pytest.mark.parametrize(
    "found,ring_set,queues,nodes",
    [
        # The CPUs 0 to 3 are on node 0, and 4 to 7 on node 1.
        ({"irqs": irqs(0, 4, 1, 5)}, IN_TREE, 4, ["0", "1", "0", "1"]),
        # A queue that is not there yet, and one whose interrupt may go anywhere.
        ({"irqs": irqs(4), "numa_node": 1, "local_cpus": [4, 5, 6, 7]}, IN_TREE, 6, ["1", "1", "1", "1", "0", "0"]),
        ({"irqs": {"1": {"role": "rx", "queue": 0, "affinity": [0, 4]}}, "local_cpus": [4]}, IN_TREE, 2, ["1", "0"]),
        ({"irqs": {"1": {"role": "tx", "queue": 0, "affinity": [4]}}, "local_cpus": [0]}, IN_TREE, 1, ["0"]),
        # Chosen when the driver was loaded, wherever the interrupts go now.
        ({"irqs": irqs(0, 1, 2, 3), "numa_node": 1, "local_cpus": [4, 5, 6, 7]}, OFED, 4, ["1"] * 4),
        ({"irqs": None, "numa_node": 1, "local_cpus": None}, IN_TREE, 5, ["1", "1", "1", "1", "0"]),
        # More queues than CPUs begin again; a NIC that has no node begins with the first CPU.
        ({"irqs": {}, "numa_node": -1, "local_cpus": None}, IN_TREE, 9, ["0"] * 4 + ["1"] * 4 + ["0"]),
    ],
)
def test_nodes_of_queues(found, ring_set, queues, nodes):
    assert placed(found, ring_set, queues)[0] == nodes


def test_how_the_nodes_were_found_is_told():
    assert "interrupt" in placed({"irqs": irqs(0)}, IN_TREE)[1]
    assert "when it was loaded" in placed({"irqs": irqs(0)}, OFED)[1]
    assert "no interrupts" in placed({"irqs": None}, IN_TREE)[1]


def test_nodes_that_are_not_known():
    document = reference()
    document["cpus"]["nodes"] = None
    found = budget(document, {"eth0": {"rx": 8192}})
    assert found["nodes"] is None
    assert found["nics"]["eth0"]["nodes"] is None
    assert found["nics"]["eth0"]["placing"] == "the CPUs of the NUMA nodes are not known"
    assert found["verdict"] == "fits"
    document["cpus"] = None
    assert budget(document, {"eth0": {}})["nodes"] is None


def test_cpus_that_are_offline_serve_no_queue():
    document = host({"eth0": dict(nic(count=0), local_cpus=[0, 1, 2, 3])}, nodes=2, cpus=8)
    document["cpus"]["online"] = [2, 3, 4, 5]
    assert nodes_of_queues(document, "eth0", IN_TREE, 4)[0] == ["0", "0", "1", "1"]
