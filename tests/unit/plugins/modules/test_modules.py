# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as a node runs them: on this machine's own kernel, with the arguments that Ansible hands over."""

import json

import pytest
from ansible.module_utils import basic
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import ring_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.subset import NAMES
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan
from ansible_collections.linuxnet.packetloss.plugins.modules import (
    ethtool_facts,
    irq_affinity,
    packet_path_info,
    ring_memory_info,
    softnet_facts,
)
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


@pytest.fixture(name="run")
def run_fixture(monkeypatch, capsys):
    """``run(module, check_mode=False, **arguments)``: the JSON that the module prints."""

    def run(module, check_mode=False, **arguments):
        arguments["_ansible_check_mode"] = check_mode
        # How arguments arrive is private to ansible-core: this works from 2.16 on, 2.19 wants the profile too.
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


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
