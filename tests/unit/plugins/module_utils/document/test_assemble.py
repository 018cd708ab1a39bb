# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import assemble
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64

SETTINGS = {
    "selection": {"how": "default", "selected": ["eth0"], "others": []},
    "cpus": {"online": [0]},
    "memory": None,
    "sysctls": {"net.core.netdev_budget": 300},
    "owners": None,
    "nics": {
        "eth0": {
            "ifindex": 2,
            "kind": "physical",
            "selected": True,
            "link": {"speed_mbps": 1000},
            "irqs": {"38": {"queue": 0}},
        }
    },
}


def sample(monotonic_s, carrier_changes=1, processed=100, rx_packets=1000, drops=0, boot_id="b1"):
    return {
        "identity": {
            "monotonic_s": monotonic_s,
            "boot_id": boot_id,
            "uptime_s": 5000.0,
            "taken_at": "2026-01-31T12:00:00Z",
            "netns": {"inode": 7, "initial": True},
        },
        "cpus_online": [0],
        "softnet": {"columns": 15, "cpus": {"0": {"processed": Counter32(processed), "backlog_len": 0}}},
        "softirqs": None,
        "cpu_times": {"0": {"softirq": Counter64(4)}},
        "nics": {
            "eth0": {
                "ifindex": 2,
                "driver": "igb",
                "carrier_changes": Counter32(carrier_changes),
                "link_stats": {"rx_packets": Counter64(rx_packets), "rx_otherhost_dropped": None},
                "counters": {"rx_queue_0_drops": {"class": "c", "kind": "loss", "value": Counter64(drops)}},
                "irqs": {"38": {"counts": {"0": Counter32(5)}}},
            }
        },
        "sockets": {"drops": None, "byte_order": "little", "sockstat": None, "sockstat6": None},
        "protocols": None,
        "conntrack": None,
        "neighbour": {"arp_cache": None, "ndisc_cache": None},
        "xfrm": None,
        "qdiscs": {},
    }


def document(prime, before, after):
    given = copy.deepcopy((SETTINGS, prime, before, after))
    found = assemble(*given, {}, [])
    # Pure: what came in is as it was.
    assert given == (SETTINGS, prime, before, after)
    return found


def test_settings_and_differences_are_one_tree():
    found = document(sample(8.0), sample(9.0), sample(19.5, processed=150, rx_packets=1600, drops=3))
    assert found["meta"]["interval_s"] == 10.5 and found["meta"]["prime_s"] == 1.0
    assert found["meta"]["boot_id"] == "b1" and "monotonic_s" not in found["meta"]
    assert found["softnet"]["cpus"]["0"] == {"processed": {"total": 150, "delta": 50}, "backlog_len": 0}
    nic = found["nics"]["eth0"]
    assert nic["link_stats"]["rx_packets"] == {"total": 1600, "delta": 600}
    assert nic["link_stats"]["rx_otherhost_dropped"] is None
    assert nic["counters"]["rx_queue_0_drops"] == {"class": "c", "kind": "loss", "total": 3, "delta": 3}
    assert nic["irqs"]["38"] == {"queue": 0, "counts": {"0": {"total": 5, "delta": 0}}}
    assert nic["link"] == {"speed_mbps": 1000}
    assert found["softirqs"] is None and found["sysctls"] == {"net.core.netdev_budget": 300}
    assert found["meta"]["void"] == found["meta"]["glitches"] == []


def test_a_link_flap_voids_the_nic_but_keeps_its_own_count():
    found = document(sample(8.0), sample(9.0), sample(19.0, carrier_changes=3, drops=50))
    assert found["nics"]["eth0"]["carrier_changes"] == {"total": 3, "delta": 2}
    assert found["nics"]["eth0"]["counters"]["rx_queue_0_drops"]["delta"] is None
    assert found["softnet"]["cpus"]["0"]["processed"]["delta"] == 0
    assert [(v["path"], v["cause"]) for v in found["meta"]["void"]] == [("/nics/eth0", "carrier_changes")]


def test_carrier_changes_of_another_nic_with_the_same_name_are_no_flap():
    after = sample(19.0, carrier_changes=3)
    after["nics"]["eth0"]["ifindex"] = 9
    found = document(sample(8.0), sample(9.0), after)
    assert found["nics"]["eth0"]["carrier_changes"] == {"total": 3, "delta": None}
    assert [v["cause"] for v in found["meta"]["void"]] == ["ifindex", "carrier_changes"]


def test_a_reboot_voids_everything():
    found = document(sample(8.0), sample(9.0), sample(19.0, boot_id="b2", processed=101))
    assert found["softnet"]["cpus"]["0"]["processed"]["delta"] is None
    assert found["nics"]["eth0"]["link_stats"]["rx_packets"]["delta"] is None
    assert [(v["path"], v["cause"]) for v in found["meta"]["void"]] == [("", "boot_id")]


def test_a_jump_beyond_the_link_is_a_glitch_of_the_document():
    found = document(sample(8.0), sample(9.0), sample(19.0, rx_packets=10**12))
    assert found["nics"]["eth0"]["link_stats"]["rx_packets"]["delta"] is None
    assert [(g["path"], g["cause"]) for g in found["meta"]["glitches"]] == [
        ("/nics/eth0/link_stats/rx_packets", "exceeds_link_rate")
    ]


def test_a_nic_that_vanished_keeps_its_settings_and_is_named():
    after = sample(19.0)
    del after["nics"]["eth0"]
    found = document(sample(8.0), sample(9.0), after)
    assert "counters" not in found["nics"]["eth0"] and found["nics"]["eth0"]["ifindex"] == 2
    assert [(v["path"], v["cause"]) for v in found["meta"]["void"]] == [("/nics/eth0", "vanished")]


def test_one_sample_has_no_deltas():
    found = document(None, None, sample(19.0, drops=9))
    assert found["meta"]["interval_s"] is None
    assert found["nics"]["eth0"]["counters"]["rx_queue_0_drops"] == {
        "class": "c",
        "kind": "loss",
        "total": 9,
        "delta": None,
    }


@pytest.mark.parametrize("lost", ["nics", "qdiscs"])
def test_a_part_that_could_not_be_read_is_none(lost):
    before, after = sample(9.0), sample(19.0)
    before[lost] = after[lost] = None
    assert document(sample(8.0), before, after)[lost] is None


def test_the_time_is_that_of_the_last_sample():
    found = document(sample(8.0), sample(9.0), sample(19.0))
    assert found["meta"]["taken_at"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_host_without_a_clock_has_no_interval(lost):
    samples = [sample(8.0), sample(9.0), sample(19.0)]
    samples[lost]["identity"]["monotonic_s"] = None
    meta = document(*samples)["meta"]
    assert (meta["prime_s"], meta["interval_s"]) == (None if lost < 2 else 1.0, None if lost else 10.0)


def test_what_was_noted_twice_is_told_once_as_it_was_at_last():
    entries = [
        {"path": "/a", "reason": "absent", "detail": "first"},
        {"path": "/b", "reason": "absent", "detail": "x"},
        {"path": "/a", "reason": "absent", "detail": "second"},
    ]
    found = assemble(SETTINGS, None, None, sample(19.0), {}, entries)
    assert [(entry["path"], entry["detail"]) for entry in found["unavailable"]] == [("/a", "second"), ("/b", "x")]
