# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import (
    Difference,
    byte_limit,
    changed_identities,
    counts_bytes,
    drop_glitches,
    packet_limit,
    step,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.statistics import classify
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import (
    Counter32,
    Counter64,
    Sparse,
    Unsteady,
)


@pytest.mark.parametrize(
    "old, new, bits, expected",
    [
        (5, 5, 64, (0, None)),
        (5, 12, 32, (7, None)),
        # an interrupt or a qdisc across 2**32
        (0xFFFFFFF0, 0x10, 32, (0x20, None)),
        # mlx5 rx_out_of_buffer: 32 bits behind a u64 statistic
        (0xFFFFFF00, 0x100, 64, (0x200, None)),
        (2**64 - 10, 10, 64, (20, None)),
        # an IRQ row that was allocated anew: not 4 billion interrupts
        (5000, 10, 32, (None, "reset")),
        # more than a queue of 100 Gbit/s could have counted: a reset, although the old value was above 2**31
        (3000000000, 5, 64, (None, "reset")),
        # ring re-creation, driver reload: unsigned subtraction would give 1.8e19
        (10**12, 77, 64, (None, "reset")),
        # i40e and hns3 return an empty structure while they reset
        (10**9, 0, 64, (None, "zero_blip")),
    ],
)
def test_step(old, new, bits, expected):
    assert step(old, new, bits, 10) == expected


@pytest.mark.parametrize("elapsed_s", [1, 10, 86, 120, 3600])
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize(
    "old, new, expected",
    [
        # a driver that was reset: from 86 s on such steps passed as 1.29e9 packets
        (3 * 10**9, 500, (None, "reset")),
        # the nearest that a wrap comes to be believed, and one further
        (2**32 - 2**23, 2**23, (2**24, None)),
        (2**32 - 2**23, 2**23 + 1, (None, "reset")),
        (2**31 + 5, 2**31, (None, "reset")),
    ],
)
def test_how_long_an_interval_is_makes_no_reset_a_wrap(old, new, bits, expected, elapsed_s):
    assert step(old, new, bits, elapsed_s) == expected


@pytest.mark.parametrize(
    "old, new, elapsed_s, expected",
    [
        (0xFFFFFFF0, 0x10, 10, (0x20, None)),
        # 1 million packets/s for an hour: nearly once round
        (10**9, 10**9 + 3600 * 10**6 - 2**32, 3600, (3600 * 10**6, None)),
        # 20 million packets/s for 10 s
        (2**32 - 10**8, 10**8, 10, (2 * 10**8, None)),
        # it came to 0 exactly
        (2**32 - 7, 0, 10, (7, None)),
        # no CPU counts 400 million events a second
        (1000, 990, 10, (None, "reset")),
    ],
)
def test_what_only_a_reboot_sets_back_has_wrapped(old, new, elapsed_s, expected):
    assert step(old, new, 32, elapsed_s, since_boot=True) == expected


def test_a_counter_that_goes_below_zero_did_not_grow_by_all_64_bits():
    # ixgbe takes missed packets off rx_pkts_nic
    assert step(5, 2**64 - 3, 64, 10) == (None, "below_zero")
    assert step(2**64 - 3, 5, 64, 10) == (8, None)
    difference = Difference(10)
    before, after = ({"nics": {"eth0": {"rx": Counter64(value)}}} for value in (5, 2**64 - 3))
    assert difference.of(before, after) == {"nics": {"eth0": {"rx": {"total": 2**64 - 3, "delta": None}}}}
    assert [(each["path"], each["cause"]) for each in difference.glitches] == [("/nics/eth0/rx", "below_zero")]


def wrapping(**others):
    """Two samples between which a counter of eth0 and one of eth1 seem to wrap, and *others* of eth0 do as told."""
    first = {"lost": Counter64(2**32 - 5), **{name: Counter64(old) for name, (old, _new) in others.items()}}
    second = {"lost": Counter64(5), **{name: Counter64(new) for name, (_old, new) in others.items()}}
    return (
        {"nics": {"eth0": {"counters": dict(first)}, "eth1": {"counters": {"lost": Counter64(2**32 - 5)}}}},
        {"nics": {"eth0": {"counters": dict(second)}, "eth1": {"counters": {"lost": Counter64(5)}}}},
    )


@pytest.mark.parametrize(
    "others, delta, voided",
    [
        ({"received": (100, 200)}, 10, []),
        ({"missed": (2**32 - 9, 1)}, 10, []),
        ({"received": (10**12, 77)}, None, ["received", "lost"]),
        ({"received": (10**12, 0)}, None, ["lost"]),
    ],
)
def test_a_wrap_comes_alone_and_a_reset_takes_all_counters_of_the_nic(others, delta, voided):
    difference = Difference(10)
    found = difference.of(*wrapping(**others))["nics"]
    assert found["eth0"]["counters"]["lost"] == {"total": 5, "delta": delta}
    assert found["eth1"]["counters"]["lost"] == {"total": 5, "delta": 10}
    assert [each["path"] for each in difference.void] == [f"/nics/eth0/counters/{name}" for name in voided]


def test_a_busy_cpu_that_comes_round_within_an_hour_counts_and_a_qdisc_does_not():
    def sample(packets):
        counted = {"processed": Counter32(packets % 2**32)}
        return {"softnet": {"cpus": {"0": dict(counted)}}, "qdiscs": {"eth0 1: root": dict(counted)}}

    difference = Difference(3600)
    found = difference.of(sample(10**9), sample(10**9 + 3600 * 10**6))
    assert found["softnet"]["cpus"]["0"]["processed"]["delta"] == 3600 * 10**6
    assert found["qdiscs"]["eth0 1: root"]["processed"]["delta"] is None
    assert [each["path"] for each in difference.void] == ["/qdiscs/eth0 1: root/processed"]


def test_a_statistic_is_named_by_its_place_in_the_document():
    def counters(kind, value):
        return {"nics": {"eth0": {"counters": {"rx_x": {"kind": kind, "value": Counter64(value)}}}}}

    difference = Difference(10)
    assert "rx_x" in difference.of(counters("loss", 1000), counters("loss", 10))["nics"]["eth0"]["counters"]
    difference.of(counters("loss", 1000), counters("loss", 0))
    assert [each["path"] for each in difference.void + difference.glitches] == ["/nics/eth0/counters/rx_x"] * 2


def test_difference_keeps_gauges_and_annotations():
    before = {"softnet": {"columns": 15, "cpus": {"0": {"processed": Counter32(10), "backlog_len": 3}}}}
    after = {"softnet": {"columns": 15, "cpus": {"0": {"processed": Counter32(25), "backlog_len": 0}}}}
    assert Difference(10).of(before, after) == {
        "softnet": {"columns": 15, "cpus": {"0": {"processed": {"total": 25, "delta": 15}, "backlog_len": 0}}}
    }
    annotated = {"rx_drops": {"class": "c", "queue": None, "value": Counter64(4)}}
    grown = {"rx_drops": {"class": "c", "queue": None, "value": Counter64(9)}}
    assert Difference(10).of(annotated, grown) == {"rx_drops": {"class": "c", "queue": None, "total": 9, "delta": 5}}


def test_a_counter_without_a_first_reading_has_no_delta():
    assert Difference(10).of({}, {"x": Counter64(4)}) == {"x": {"total": 4, "delta": None}}
    assert Difference(10).of({"x": None}, {"x": Counter64(4)}) == {"x": {"total": 4, "delta": None}}


def test_sparse_counters_start_at_zero():
    before = {"counts": Sparse({"0": Counter32(7)})}
    after = {"counts": Sparse({"0": Counter32(8), "3": Counter32(2)})}
    assert Difference(10).of(before, after)["counts"]["3"] == {"total": 2, "delta": 2}
    # an IRQ that is new altogether has no history
    assert Difference(10).of({}, after)["counts"]["3"] == {"total": 2, "delta": None}


def test_an_unsteady_counter_may_step_back():
    difference = Difference(10)
    assert difference.of({"iowait": Unsteady(50)}, {"iowait": Unsteady(48)}) == {"iowait": {"total": 48, "delta": 0}}
    assert difference.of({"iowait": Unsteady(50)}, {"iowait": Unsteady(60)}) == {"iowait": {"total": 60, "delta": 10}}
    assert difference.void == []


def test_void_paths_and_resets_are_named():
    before = {"nics": {"eth0": {"x": Counter64(1)}, "eth1": {"x": Counter64(100)}}, "y": Counter64(1)}
    after = {"nics": {"eth0": {"x": Counter64(9)}, "eth1": {"x": Counter64(3)}}, "y": Counter64(2)}
    difference = Difference(10, ["/nics/eth0"])
    assert difference.of(before, after) == {
        "nics": {"eth0": {"x": {"total": 9, "delta": None}}, "eth1": {"x": {"total": 3, "delta": None}}},
        "y": {"total": 2, "delta": 1},
    }
    assert difference.void == [{"path": "/nics/eth1/x", "cause": "reset", "before": 100, "after": 3}]


def test_blip_through_zero_is_seen_by_the_prime_sample():
    difference = Difference(10, prime={"rx": Counter64(10**12)})
    assert difference.of({"rx": Counter64(0)}, {"rx": Counter64(10**12 + 50)}) == {
        "rx": {"total": 10**12 + 50, "delta": None}
    }
    assert [(g["path"], g["cause"]) for g in difference.glitches] == [("/rx", "zero_blip")]


def sample(boot="b1", cpus="0-3", **nics):
    return {"identity": {"boot_id": boot, "netns": 1, "cpus_online": cpus}, "nics": nics}


def nic(ifindex=2, driver="ixgbe", carrier_changes=1):
    return {"ifindex": ifindex, "driver": driver, "carrier_changes": carrier_changes}


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (sample(eth0=nic()), sample(eth0=nic()), []),
        (sample(), sample(boot="b2"), [("", "boot_id")]),
        (
            sample(),
            sample(cpus="0-2"),
            [("/softnet", "cpus_online"), ("/softirqs", "cpus_online"), ("/cpu_times", "cpus_online")],
        ),
        (sample(eth0=nic()), sample(eth0=nic(ifindex=9)), [("/nics/eth0", "ifindex")]),
        (sample(eth0=nic()), sample(eth0=nic(carrier_changes=3)), [("/nics/eth0", "carrier_changes")]),
        (sample(eth0=nic()), sample(), [("/nics/eth0", "vanished")]),
        (sample(), sample(eth0=nic()), [("/nics/eth0", "appeared")]),
        # not known is not changed
        (sample(eth0=nic(driver=None)), sample(eth0=nic()), []),
    ],
)
def test_changed_identities(before, after, expected):
    assert [(c["path"], c["cause"]) for c in changed_identities(before, after)] == expected


def counted(total, delta, kind="loss"):
    return {"total": total, "delta": delta, "kind": kind, "class": "c", "group": None, "queue": None}


def test_limits_of_a_gigabit_link_in_ten_seconds():
    assert round(packet_limit(1000, 10)) == 16369048  # 1.1 x 1,488,095 packets/s x 10 s
    assert round(byte_limit(1000, 10)) == 1375000000


def test_more_than_the_link_carries_is_a_glitch_and_enters_no_delta():
    nic_entry = {
        "kind": "physical",
        "link": {"speed_mbps": 1000},
        "link_stats": {
            "rx_bytes": counted(10**15, 10**15),
            "rx_packets": counted(10**12, 10**12),
            "rx_dropped": counted(500, 500),
            "tx_bytes": counted(10**9, 1000000),
            "tx_packets": counted(10**7, 1000),
            "rx_otherhost_dropped": None,
        },
        "counters": {
            "rx_queue_0_drops": counted(10**12, 10**12),
            "rx_queue_1_drops": counted(10**6, 3),
            "rx_pause_duration": counted(10**15, 10**14, kind="info"),
        },
    }
    glitches = drop_glitches("eth0", nic_entry, 10)
    assert [(g["path"], g["cause"]) for g in glitches] == [
        ("/nics/eth0/link_stats/rx_bytes", "exceeds_link_rate"),
        ("/nics/eth0/link_stats/rx_packets", "exceeds_link_rate"),
        ("/nics/eth0/link_stats/rx_dropped", "beside_a_glitch"),
        ("/nics/eth0/counters/rx_queue_0_drops", "exceeds_link_rate"),
    ]
    assert nic_entry["link_stats"]["rx_dropped"]["delta"] is None
    assert nic_entry["link_stats"]["tx_bytes"]["delta"] == 1000000
    assert nic_entry["counters"]["rx_queue_1_drops"]["delta"] == 3
    assert nic_entry["counters"]["rx_pause_duration"]["delta"] == 10**14


def test_since_boot_every_counter_left_zero_and_one_that_cannot_be_says_nothing_of_the_others():
    stats = {"rx_packets": counted(10**12, 10**12), "rx_dropped": counted(500, 500)}
    for from_boot, causes in ((False, ["exceeds_link_rate", "beside_a_glitch"]), (True, ["exceeds_link_rate"])):
        nic_entry = {"kind": "physical", "link": {"speed_mbps": 1000}, "link_stats": copy.deepcopy(stats)}
        assert [glitch["cause"] for glitch in drop_glitches("eth0", nic_entry, 10, from_boot)] == causes


def test_a_gauge_may_go_down_and_has_no_delta():
    def stalled(percent, kind="gauge"):
        return {"counters": {"outbound_pci_stalled_wr": {"class": "b", "kind": kind, "value": Counter64(percent)}}}

    difference = Difference(10, prime=stalled(3))
    found = difference.of(stalled(30), stalled(10))["counters"]["outbound_pci_stalled_wr"]
    assert found == {"class": "b", "kind": "gauge", "total": 10, "delta": None}
    assert difference.of(stalled(30), stalled(0))["counters"]["outbound_pci_stalled_wr"]["total"] == 0
    assert difference.of(stalled(0), stalled(7))["counters"]["outbound_pci_stalled_wr"]["delta"] is None
    assert (difference.void, difference.glitches) == ([], [])
    difference.of(stalled(30, "loss"), stalled(10, "loss"))
    assert [entry["cause"] for entry in difference.void] == ["reset"]


@pytest.mark.parametrize(
    "old, new, void, delta", [(5, 9, (), 4), (9, 5, (), None), (9, 0, (), None), (5, 9, ("/counters",), None)]
)
def test_a_statistic_that_nobody_knows_may_go_down_without_a_word(old, new, void, delta):
    def filled(value):
        return {"counters": {"rx_queue_0_fill": {"class": None, "kind": "info", "value": Counter64(value)}}}

    difference = Difference(10, void, prime=filled(7))
    assert difference.of(filled(old), filled(new))["counters"]["rx_queue_0_fill"]["delta"] == delta
    assert (difference.void, difference.glitches) == ([], [])


@pytest.mark.parametrize(
    "name, expected",
    [
        ("rx_bytes", True),
        ("rx_octets", True),
        ("mac_rx_total_oct_num", True),
        ("Rx Queue#0 LRO byte rx", True),
        ("InOctets", True),
        ("RxBytes", True),
        ("InPackets", False),
        ("rx_packets", False),
        ("mac_rx_64_oct_pkt_num", False),
    ],
)
def test_what_counts_bytes(name, expected):
    assert counts_bytes(name) is expected


@pytest.mark.parametrize("driver, name", [("hns3", "mac_rx_total_oct_num"), ("atlantic", "InOctets")])
def test_bytes_of_a_full_link_are_no_glitch_by_whatever_name(driver, name):
    # 25 Gbit/s for ten seconds are 31 GB, and at most 409 million packets.
    octets = dict(classify(driver, name), total=10**15, delta=31 * 10**9)
    assert octets["kind"] == "traffic"
    nic_entry = {
        "kind": "physical",
        "driver": {"name": driver},
        "link": {"speed_mbps": 25000},
        "link_stats": {},
        "counters": {name: octets},
    }
    assert drop_glitches("eth0", nic_entry, 10) == []


def test_a_register_that_wraps_below_zero_hides_no_first_loss():
    """ixgbe takes missed packets off rx_pkts_nic, which wraps with little traffic; the losses beside it are real."""
    nic_entry = {
        "kind": "physical",
        "driver": {"name": "ixgbe"},
        "link": {"speed_mbps": 10000},
        "link_stats": {"rx_missed_errors": counted(70, 70)},
        "counters": {
            "rx_pkts_nic": counted(2**64 - 10, 2**64 - 510, kind="traffic"),
            "rx_no_dma_resources": counted(70, 70),
        },
    }
    assert [glitch["path"] for glitch in drop_glitches("eth0", nic_entry, 10)] == ["/nics/eth0/counters/rx_pkts_nic"]
    assert nic_entry["counters"]["rx_no_dma_resources"]["delta"] == 70


WITHOUT_LINK = {"address": "0000:00:05.0", "link_speed": None}
WITH_LINK = {"address": "0000:3b:00.0", "link_speed": "8.0 GT/s PCIe"}
NO_VF = {"vfs": None, "vfs_max": None, "is_vf": False}


@pytest.mark.parametrize(
    "driver, sriov, pci, glitches",
    [
        ("ixgbe", None, None, 1),
        ("ixgbe", {"vfs": 0, "vfs_max": 63, "is_vf": False}, WITH_LINK, 1),
        ("mlx5_core", NO_VF, WITH_LINK, 1),
        # Guests of one host, and functions of one port, exceed the speed of the NIC among themselves.
        ("vmxnet3", None, WITHOUT_LINK, 0),
        ("ixgbe", {"vfs": 4, "vfs_max": 63, "is_vf": False}, WITH_LINK, 0),
        ("ixgbevf", {"vfs": 0, "vfs_max": 0, "is_vf": True}, WITHOUT_LINK, 0),
        # In a guest no virtual function is called one.
        ("ixgbevf", NO_VF, WITH_LINK, 0),
        ("iavf", NO_VF, WITH_LINK, 0),
        ("igbvf", NO_VF, None, 0),
        ("mlx5_core", NO_VF, WITHOUT_LINK, 0),
        ("mlx5_core.sf", NO_VF, WITH_LINK, 0),
    ],
)
def test_25_gbit_on_a_nic_that_says_10(driver, sriov, pci, glitches):
    stats = {"rx_bytes": counted(10**14, 31 * 10**9), "rx_packets": counted(10**11, 2 * 10**7)}
    nic_entry = {"kind": "physical", "driver": {"name": driver}, "link": {"speed_mbps": 10000}, "sriov": sriov}
    nic_entry["pci"] = pci
    causes = [glitch["cause"] for glitch in drop_glitches("eth0", dict(nic_entry, link_stats=stats), 10)]
    assert causes == ["exceeds_link_rate"] * glitches


def test_bytes_that_do_not_fit_the_packets_are_a_glitch():
    nic_entry = {
        "kind": "physical",
        "link": {"speed_mbps": 100000},
        "link_stats": {"rx_bytes": counted(2 * 10**9, 2000), "rx_packets": counted(5 * 10**6, 4000)},
    }
    causes = {g["path"]: g["cause"] for g in drop_glitches("eth0", nic_entry, 10)}
    assert causes == {
        "/nics/eth0/link_stats/rx_bytes": "bytes_per_packet",
        "/nics/eth0/link_stats/rx_packets": "bytes_per_packet",
    }


def test_virtual_links_may_exceed_their_nominal_speed():
    stats = {"rx_bytes": counted(10**12, 5 * 10**10), "rx_packets": counted(10**9, 10**7)}
    veth = {"kind": "veth", "link": {"speed_mbps": 10000}, "link_stats": stats}
    assert drop_glitches("veth0", veth, 10) == []
