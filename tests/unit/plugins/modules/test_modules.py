# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as a node runs them: on this machine's own kernel, with the arguments that Ansible hands over."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import ring_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import NAMES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan
from ansible_collections.linuxnet.packetloss.plugins.modules import (
    ethtool_channels,
    ethtool_coalesce,
    ethtool_facts,
    ethtool_features,
    ethtool_rss,
    irq_affinity,
    net_sysctl,
    packet_path_info,
    packet_steering,
    ring_memory_info,
    softnet_facts,
)
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def test_softnet_facts(run):
    found = run(softnet_facts)
    assert found["changed"] is False
    assert list(found["ansible_facts"]) == ["packetloss_softnet"]
    facts = found["ansible_facts"]["packetloss_softnet"]
    assert facts["schema_version"] == 1
    assert sorted(facts["softnet"]["cpus"], key=int) == [str(cpu) for cpu in facts["cpus"]["online"]]
    assert all(isinstance(row["processed"], int) for row in facts["softnet"]["cpus"].values())


def test_ethtool_facts(run):
    found = run(ethtool_facts, interfaces=["lo"], gather_subset=["all"])
    assert list(found["ansible_facts"]) == ["packetloss_nics"]
    nic = found["ansible_facts"]["packetloss_nics"]["nics"]["lo"]
    assert nic["kind"] == "loopback" and nic["selected"] is True
    assert isinstance(nic["link_stats"]["rx_packets"], int)


@pytest.mark.parametrize(
    "module, arguments, what",
    [
        (ethtool_channels, {"combined": 2}, "channels"),
        (ethtool_coalesce, {"profile": "latency"}, "coalesce"),
        (ethtool_coalesce, {"rx_usecs": 5, "adaptive_rx": False, "queues": [0]}, "coalesce"),
    ],
)
def test_an_interface_that_has_nothing_to_set_is_refused_in_words(run, module, arguments, what):
    found = run(module, interfaces=["lo"], **arguments)
    assert found["failed"] is True
    assert found["msg"].startswith(
        f"lo: its {what} cannot be known: ETHTOOL_G{what.upper()} lo: Operation not supported"
    )


def test_a_module_that_sets_wants_something_to_set(run):
    for module in (ethtool_channels, ethtool_coalesce):
        assert "one of the following is required" in run(module, interfaces=["lo"])["msg"]


@pytest.mark.usefixtures("faked")
def test_ethtool_facts_have_no_statistics_unless_asked_for(run):
    found = run(ethtool_facts)["ansible_facts"]["packetloss_nics"]
    eth0 = found["nics"]["eth0"]
    assert eth0["rings"]["rx"] == 1024 and eth0["irqs"]["40"]["queue"] == 0
    assert not {"counters", "link_stats", "carrier_changes"} & set(eth0)
    assert "counts" not in eth0["irqs"]["40"] and "tx_timeout" not in eth0["queues"]["tx"]["0"]


@pytest.mark.usefixtures("faked")
def test_ethtool_facts_of_statistics_alone(run):
    counted = run(ethtool_facts, gather_subset=["statistics"])["ansible_facts"]["packetloss_nics"]["nics"]["eth0"]
    assert counted["counters"]["rx_out_of_buffer"]["value"] == 1000 and counted["link_stats"]["rx_packets"] == 2000000
    assert "rings" not in counted


def test_every_part_is_documented():
    assert [name for name in ("all", "!all", *NAMES) if f"V({name})" not in ethtool_facts.DOCUMENTATION] == []


def test_ethtool_facts_of_a_part_that_no_nic_has(run):
    found = run(ethtool_facts, gather_subset=["ring", "!wheels"])
    assert found["failed"] is True
    assert found["msg"].startswith(
        "gather_subset: no part of a NIC is called 'ring', 'wheels'; choose from all, driver,"
    )


@pytest.mark.parametrize("module", [ethtool_facts, packet_path_info])
def test_an_interface_that_is_not_there(run, module):
    found = run(module, interfaces=["eth99"])
    assert found["failed"] is True
    assert found["msg"].startswith("no interface 'eth99' on this host; it has: ")


def test_packet_path_info_takes_two_samples(run):
    found = run(packet_path_info, interval=1, interfaces=["lo"])
    document = found["packet_path"]
    assert found["changed"] is False
    assert 1 <= document["meta"]["interval_s"] < 3 and 1 <= document["meta"]["prime_s"] < 3
    row = document["softnet"]["cpus"][str(document["cpus"]["online"][0])]
    assert set(row["processed"]) == {"total", "delta"} and row["processed"]["delta"] is not None


def test_packet_path_info_as_text_says_the_same(run):
    document = run(packet_path_info, interval=0, interfaces=["lo"])["packet_path"]
    found = run(packet_path_info, interval=0, interfaces=["lo"], as_text=True)
    assert "packet_path" not in found
    told = json.loads(found["packet_path_json"])
    assert list(told) == list(document)
    for same in ("cpus", "sysctls", "owners"):
        assert told[same] == document[same]
    assert told["nics"]["lo"].keys() == document["nics"]["lo"].keys()


def test_check_mode_reads_the_same(run):
    normal = run(packet_path_info, interval=0, interfaces=["lo"])["packet_path"]
    checked = run(packet_path_info, check_mode=True, interval=0, interfaces=["lo"])["packet_path"]
    assert set(normal) == set(checked)
    assert checked["meta"]["interval_s"] is None
    assert checked["nics"]["lo"]["link_stats"]["rx_packets"]["delta"] is None


@pytest.mark.parametrize("interval", [-1, 0.5, 3601])
def test_an_interval_that_makes_no_sense(run, interval):
    found = run(packet_path_info, interval=interval)
    assert found["failed"] is True and "is not 0 and not from 1 to 3600 seconds" in found["msg"]


def test_a_network_that_is_none(run):
    found = run(packet_path_info, interval=0, networks=["10.0.0.0/99"])
    assert found["failed"] is True and "10.0.0.0/99" in found["msg"]


@pytest.fixture(name="faked")
def faked_fixture(monkeypatch, tmp_path):
    """The module reads a host with eth0 (mlx5_core, rings of 1024) and bond0."""
    fake_host.make(tmp_path)
    host = fake_host.host(tmp_path)
    for module in (ethtool_facts, ring_memory_info):
        monkeypatch.setattr(module, "this_host", lambda: host)
    return host


def test_ring_memory_info_of_this_machine(run):
    found = run(ring_memory_info, interfaces=["lo"])
    assert found["changed"] is False
    assert found["ring_memory"]["verdict"] == "unknown"
    assert list(found["ring_memory"]["skipped"]) == ["lo"]
    assert isinstance(found["ring_memory"]["at_hand"]["total_bytes"], int)


@pytest.mark.parametrize("check_mode", [False, True])
def test_ring_memory_info(run, faked, check_mode):
    found = run(ring_memory_info, check_mode, rx=8192, targets={"eth0": {"tx": "4096", "mtu": 9000}}, reserve="5%")
    assert found["changed"] is False and "failed" not in found
    common, targets = {"rx": 8192}, {"eth0": {"tx": 4096, "mtu": 9000}}
    expected = plan(ring_facts(faked, []), None, common, targets, "5%")
    assert found["ring_memory"] == json.loads(json.dumps(expected))
    assert found["ring_memory"]["need_bytes"] > 2 * 7168 * 12288
    assert {"path", "reason", "detail"} == set(found["unavailable"][0])


@pytest.mark.usefixtures("faked")
def test_ring_memory_info_as_it_is(run):
    found = run(ring_memory_info)["ring_memory"]
    assert found["need_bytes"] == 0
    assert [step["rx"] for step in found["nics"]["eth0"]["next_steps"]] == [2048, 4096, 8192]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rx": 8193}, "eth0: rx 8193 is above the most that it can have: give a number from 16 to 8192"),
        ({"rx": "many"}, "argument 'rx' is of type"),
        ({"targets": {"eth0": 8192}}, "eth0: its target is 8192, expected a dictionary"),
        ({"targets": {"eth9": {"rx": 64}}}, "eth9: no such NIC among those that were read: bond0, eth0"),
        ({"targets": {"bond0": {"rx": 64}}}, "bond0: "),
        ({"interfaces": ["eth9"]}, "no interface 'eth9' on this host"),
        ({"reserve": "much"}, "reserve: 'much' is no amount of memory"),
    ],
)
@pytest.mark.usefixtures("faked")
def test_ring_memory_info_says_what_makes_no_sense(run, options, message):
    found = run(ring_memory_info, **options)
    assert found["failed"] is True and message in found["msg"]


def test_ethtool_features_in_check_mode_says_what_it_would_do_and_leaves_it(run):
    before = run(ethtool_facts, interfaces=["lo"], gather_subset=["features"])
    known = before["ansible_facts"]["packetloss_nics"]["nics"]["lo"]["features"]
    # On or off as this machine has it: the loopback device lets everybody switch it.
    wanted = not known["tx-tcp-segmentation"]["requested"]
    found = run(ethtool_features, check_mode=True, interfaces=["lo"], features={"tx-tcp-segmentation": wanted})
    assert (found["changed"], found["interfaces"], found["verified"], found["notes"]) == (True, ["lo"], {}, [])
    assert found["changes"][0]["to"] == {"tx-tcp-segmentation": wanted}
    after = run(ethtool_facts, interfaces=["lo"], gather_subset=["features"])
    assert after["ansible_facts"] == before["ansible_facts"]


@pytest.mark.parametrize(
    "module, arguments, message",
    [
        (ethtool_features, {}, "nothing is asked for: give features or private_flags"),
        (ethtool_features, {"features": {"rx": False}}, "lo: rx-checksum is fixed on"),
        (ethtool_features, {"private_flags": {"any": True}}, "lo: its private flags cannot be known"),
        (ethtool_rss, {}, "one of the following is required: table, hash_fields"),
        (ethtool_rss, {"table": {"equal": 1}}, "lo: its rss table cannot be known"),
        (ethtool_rss, {"hash_fields": {"udp4": "sdfn"}}, "lo: what is hashed of udp4 cannot be known"),
        (ethtool_rss, {"table": {}}, "lo: expected one of equal, weights, default for the table"),
    ],
)
def test_what_the_loopback_device_cannot_be_asked_for_fails_in_words(run, module, arguments, message):
    found = run(module, interfaces=["lo"], **arguments)
    assert found["failed"] is True
    assert message in found["msg"]


def test_a_sysctl_in_check_mode(run):
    found = run(net_sysctl, check_mode=True, values={"net.core.somaxconn": 1 << 30, "net.core.netdev_budget": 64})
    assert found["changed"] is True
    (made,) = found["changes"]
    assert made["to"] == {"net.core.somaxconn": 1 << 30}
    runtime = found["sysctls"]["net.core.somaxconn"]["runtime"]
    assert made["from"] == {"net.core.somaxconn": runtime} and runtime < 1 << 30
    assert [left["key"] for left in found["not_set"]] == ["net.core.netdev_budget"]
    # A result of this name makes Ansible show the task as skipped.
    assert "skipped" not in found
    assert [each["kind"] for each in found["old_sockets"]] == ["listening"]


def test_a_sysctl_that_nobody_can_mean_fails(run):
    found = run(net_sysctl, check_mode=True, values={"net.core.netdev_max_backlog": 0})
    assert found["failed"] is True and found["changed"] is False
    assert "what RPS, tunnels and virtual NICs hand on would be lost" in found["msg"]


def test_steering_in_check_mode(run):
    found = run(packet_steering, check_mode=True, interfaces=["lo"], rps={"rx-0": [0]}, rfs=512)
    assert found["interfaces"] == ["lo"]
    (made, *_of_host) = found["changes"]
    assert made["to"]["rps_cpus"] == {"rx-0": [0]}
    refused = run(packet_steering, check_mode=True, interfaces=["lo"], rps={"rx-99": [0]})
    assert refused["failed"] is True and "lo: rps_cpus: it has no queue 'rx-99'; it has rx-0" in refused["msg"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "state is present but any of the following are missing: policy, irqs"),
        ({"policy": "cpulist"}, "policy is cpulist but all of the following are missing: cpulist"),
        ({"irqs": {"1": [0]}, "reserved": "0"}, "parameters are mutually exclusive: irqs|reserved"),
        ({"policy": "spread", "irqbalance": "ignore"}, "none of lo has an interrupt that serves a queue"),
    ],
)
def test_irq_affinity_refuses_what_it_cannot_do(run, arguments, message):
    found = run(irq_affinity, check_mode=True, interfaces=["lo"], **arguments)
    assert found["failed"] is True
    assert message in found["msg"]
