# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit says of made-up hosts of production: the verdict, and first what an engineer would say, and do, first.

What is expected is the table :data:`EXPECTED`.
"""

import collections
import functools
import inspect
import json
import pathlib

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.irq_layout import PROBLEMS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.corpus import production_hosts as hosts
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive, diagnose, texts

RULES = load_rules()
SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "docs" / "host-document.schema.json").read_text())

#: ``first`` is the rule and the subject of the first finding, None of a host without any.
#: ``action`` is the knob of its first action, and words of the sentence.
Expected = collections.namedtuple("Expected", "host verdict first action")

EXPECTED = [
    Expected(hosts.bond_of_two_63_queue_mlx5, "losing", ("R3", "eth0"), ("channels", "ethtool -L eth0 combined 4")),
    Expected(hosts.nps4_with_four_saturated_cpus, "losing", ("R3", "eth0"), ("channels", "ethtool -L eth0 combined 8")),
    Expected(hosts.kubernetes_node, "clean", ("R33", None), ("advice", "nstat -az")),
    Expected(hosts.kubernetes_node_with_slow_lookups, "losing", ("R14", None), ("advice", "single-request-reopen")),
    Expected(hosts.neighbours_of_a_flat_network, "losing", ("R15", "arp_cache"), ("sysctl", "gc_thresh3=2048")),
    Expected(hosts.application_uses_the_cpu, "losing", ("R4", "eth0"), ("advice", "ps -eLo psr,pcpu,pid,comm")),
    Expected(hosts.isolated_for_real_time, "losing", ("R3", "eth0"), ("advice", "what makes each packet expensive")),
    Expected(hosts.one_flow_fills_a_queue, "losing", ("R3", "eth0"), ("packet_steering", "rx-3:ff00")),
    Expected(hosts.ena_guest, "at_risk", ("R27", "eth0"), ("channels", "ethtool -L eth0 combined 8")),
    Expected(hosts.virtio_guest, "at_risk", ("R29", "eth0"), ("advice", "See on the hypervisor")),
    Expected(hosts.gve_guest, "losing", ("R4", "eth0"), ("ring", "ethtool -G eth0 rx 2048")),
    Expected(hosts.nic_of_256_queues, "losing", ("R26", "eth0 pfifo_fast"), ("advice", "tc -s -d qdisc show dev eth0")),
    Expected(hosts.host_of_400_vlans, "clean", None, None),
    Expected(hosts.hypervisor, "losing", ("R28", "vnet3"), ("advice", "the guest behind vnet3")),
    Expected(hosts.active_backup_bond, "clean", ("R12", "eth1"), ("advice", "None; this is how")),
    Expected(hosts.both_ports_begin_with_the_first_cores, "clean", None, None),
    Expected(hosts.rhel7_router, "losing", ("R6", None), ("packet_steering", "rx-0:8 rx-1:8")),
    Expected(
        hosts.kunpeng_that_pauses_its_peer, "at_risk", ("R22", "eth0"), ("channels", "ethtool -L eth0 combined 24")
    ),
    Expected(hosts.dns_server, "losing", ("R20", "Udp"), ("advice", "named (123)")),
    Expected(hosts.reset_in_between, "unknown", ("R33", None), ("advice", "nstat -az")),
]

EVERY_HOST = [expected.host for expected in EXPECTED]


def of_each_host(function):
    return pytest.mark.parametrize("host", EVERY_HOST, ids=lambda host: host.__name__)(function)


@functools.lru_cache(maxsize=None)
def document(host):
    """The document as it comes from a host."""
    return json.loads(json.dumps(host()))


@functools.lru_cache(maxsize=None)
def audit(host):
    return diagnose(document(host), RULES)


def signals_of(host, name):
    return next(each for each in derive(document(host))["nics"] if each["name"] == name)


def test_every_made_up_host_is_in_the_table():
    made_up = {
        function
        for _name, function in inspect.getmembers(hosts, inspect.isfunction)
        if function.__module__ == hosts.__name__ and function.__doc__ and not inspect.signature(function).parameters
    }
    assert made_up == set(EVERY_HOST)


@of_each_host
def test_a_made_up_host_is_a_valid_host_document(host):
    jsonschema.validate(document(host), SCHEMA)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.host.__name__)
def test_verdict_and_first_finding(expected):
    found = audit(expected.host)
    first = next(((finding["rule"], finding["subject"]["name"]) for finding in found["findings"]), None)
    assert (found["verdict"], first) == (expected.verdict, expected.first)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.host.__name__)
def test_first_action(expected):
    actions = [action for finding in audit(expected.host)["findings"][:1] for action in finding["actions"][:1]]
    if expected.action is None:
        assert actions == []
    else:
        knob, words = expected.action
        assert actions[0]["knob"] == knob and words in actions[0]["text"]


@of_each_host
def test_no_packet_is_counted_twice(host):
    """Of all these hosts none loses in two places at once: more than one rule with packets would be the same ones."""
    assert len({finding["rule"] for finding in audit(host)["findings"] if finding["lost"]}) <= 1


#: What the signals say of the NICs: where a host is not as it looks, this is where it would be misread.
SIGNALS = [
    # 2 of 63 channels: the vectors of the others serve nothing, though those of RDMA fire.
    (
        hosts.bond_of_two_63_queue_mlx5,
        "eth0",
        {"cpus": [0, 1], "cpu_count": 2, "rx_queues": 2, "queues_off_node": 0, "softirq_cpu": 0, "irq_moves": None},
    ),
    (hosts.bond_of_two_63_queue_mlx5, "eth1", {"cpus": [1, 2], "cpu_count": 2, "queues_off_node": 0}),
    # Both local CPUs are saturated already.
    (
        hosts.nps4_with_four_saturated_cpus,
        "eth0",
        {"cpus": [4, 5, 6, 7], "queues_off_node": 2, "irq_moves": None, "local_cpus_enough": False},
    ),
    # Everything is busy with the program, and RPS finds no CPU either.
    (
        hosts.application_uses_the_cpu,
        "eth0",
        {"softirq_share": 0.025, "busy_share": 0.985, "irq_moves": None, "rps": None},
    ),
    (
        hosts.isolated_for_real_time,
        "eth0",
        {"cpus": [0, 1], "irq_moves": None, "irq_problems": [PROBLEMS["more_queues_than_cores"]], "rps": None},
    ),
    # Idle queues are left alone.
    (
        hosts.one_flow_fills_a_queue,
        "eth0",
        {
            "busiest_queue": 3,
            "busiest_queue_share": 1.0,
            "irq_moves": None,
            "irq_problems": [PROBLEMS["queue_fills_core"]],
        },
    ),
    (hosts.ena_guest, "eth0", {"cpus": [0, 1, 2, 3], "rx_queues": 4, "rx_queues_max": 8, "queues_off_node": None}),
    (hosts.virtio_guest, "eth0", {"cpus": [0, 1], "rx_queues": 2, "rx_queues_max": 8, "steal_share": 0.25}),
    (hosts.gve_guest, "eth0", {"cpus": [0, 1, 2, 3], "rx_queues": 4, "rx_queues_max": 16}),
    (
        hosts.nic_of_256_queues,
        "eth0",
        {"queues_off_node": 128, "irq_problems": [PROBLEMS["more_queues_than_cores"]]},
    ),
    # One port stays, the other one moves.
    (hosts.both_ports_begin_with_the_first_cores, "eth0", {"irq_moves": None}),
    (
        hosts.both_ports_begin_with_the_first_cores,
        "eth1",
        {"irq_moves": {str(120 + queue): [4 + queue] for queue in range(4)}},
    ),
    (hosts.rhel7_router, "eth0", {"cpus": [0, 1], "rps": {"rps_cpus": {"rx-0": [3], "rx-1": [3]}}}),
    (hosts.active_backup_bond, "bond0", {"cpus": None, "irq_moves": None, "rps": None}),
]


@pytest.mark.parametrize(("host", "name", "expected"), SIGNALS, ids=[f"{row[0].__name__}-{row[1]}" for row in SIGNALS])
def test_signals(host, name, expected):
    found = signals_of(host, name)
    assert {key: found[key] for key in expected} == expected


#: What must not be advised: words of the sentence, or a command.
WRONG_ADVICE = [
    (hosts.nps4_with_four_saturated_cpus, "own NUMA node"),
    (hosts.isolated_for_real_time, "smp_affinity_list"),
    (hosts.isolated_for_real_time, "ethtool -L"),
    (hosts.one_flow_fills_a_queue, "ethtool -L"),
    (hosts.application_uses_the_cpu, "ethtool -G"),
    (hosts.bond_of_two_63_queue_mlx5, "own NUMA node"),
    (hosts.bond_of_two_63_queue_mlx5, "smp_affinity_list"),
    (hosts.kubernetes_node_with_slow_lookups, "nf_conntrack_max"),
]


@pytest.mark.parametrize(("host", "text"), WRONG_ADVICE, ids=lambda value: getattr(value, "__name__", value))
def test_what_must_not_be_advised(host, text):
    told = [sentence for finding in audit(host)["findings"] for sentence in texts(finding)]
    assert not [sentence for sentence in told if text in sentence]


@of_each_host
def test_nothing_is_set_that_is_not_known_or_is_so_already(host):
    for finding in audit(host)["findings"]:
        for action in finding["actions"]:
            assert "(unknown)" not in action["text"] and None not in action["set"].values()


def test_a_cpu_that_a_program_fills_has_no_time_left():
    cause = audit(hosts.application_uses_the_cpu)["findings"][0]["cause"]
    assert "has time left" not in cause and "busy with something else" in cause


def test_one_cause_on_256_queues_is_one_finding():
    (found,) = [finding for finding in audit(hosts.nic_of_256_queues)["findings"] if finding["lost"]]
    assert found["count"] > 1


def test_400_vlans_are_not_4000_lines():
    assert len(audit(hosts.host_of_400_vlans)["not_judged"]) < 100
