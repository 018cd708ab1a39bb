# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit says of made-up hosts of production: the verdict, and first what an engineer would say first.

:data:`EXPECTED` is a table to which the first action can be added as a column. Where the audit is known to be wrong,
the expectation stands nevertheless, marked with the reason.
"""

import collections
import functools
import inspect
import json
import pathlib

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import diagnose, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.derive import derive
from ansible_collections.linuxnet.packetloss.tests.unit.corpus import production_hosts as hosts

RULES = load_rules()
SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "docs" / "host-document.schema.json").read_text())

#: ``first`` is the rule and the subject of the first finding, None of a host without any.
Expected = collections.namedtuple("Expected", "host verdict first")

EXPECTED = [
    Expected(hosts.bond_of_two_63_queue_mlx5, "losing", ("R3", "eth0")),
    Expected(hosts.nps4_with_four_saturated_cpus, "losing", ("R3", "eth0")),
    Expected(hosts.kubernetes_node, "clean", ("R33", None)),
    Expected(hosts.kubernetes_node_with_slow_lookups, "losing", ("R14", None)),
    Expected(hosts.neighbours_of_a_flat_network, "losing", ("R15", "arp_cache")),
    Expected(hosts.application_uses_the_cpu, "losing", ("R4", "eth0")),
    Expected(hosts.isolated_for_real_time, "losing", ("R3", "eth0")),
    Expected(hosts.one_flow_fills_a_queue, "losing", ("R3", "eth0")),
    Expected(hosts.ena_guest, "at_risk", ("R27", "eth0")),
    Expected(hosts.virtio_guest, "at_risk", ("R29", "eth0")),
    Expected(hosts.gve_guest, "losing", ("R4", "eth0")),
    Expected(hosts.nic_of_256_queues, "losing", ("R26", "eth0 0: :1")),
    Expected(hosts.host_of_400_vlans, "clean", None),
    Expected(hosts.hypervisor, "losing", ("R28", "vnet3")),
    Expected(hosts.active_backup_bond, "clean", ("R12", "eth1")),
    Expected(hosts.both_ports_begin_with_the_first_cores, "clean", None),
    Expected(hosts.rhel7_router, "losing", ("R6", "CPU 2")),
    Expected(hosts.kunpeng_that_pauses_its_peer, "at_risk", ("R22", "eth0")),
    Expected(hosts.dns_server, "losing", ("R20", "Udp")),
    Expected(hosts.reset_in_between, "unknown", ("R33", None)),
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
    first = next(((finding["rule"], finding["subject"]) for finding in found["findings"]), None)
    assert (found["verdict"], first) == (expected.verdict, expected.first)


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
        {"cpus": "0-1", "cpu_count": 2, "rx_queues": 2, "queues_off_node": 0, "softirq_cpu": 0, "irq_layout": []},
    ),
    (hosts.bond_of_two_63_queue_mlx5, "eth1", {"cpus": "1-2", "cpu_count": 2, "queues_off_node": 0}),
    # Both local CPUs are saturated already.
    (
        hosts.nps4_with_four_saturated_cpus,
        "eth0",
        {"cpus": "4-7", "queues_off_node": 2, "irq_layout": [], "local_cpus_enough": False},
    ),
    # Everything is busy with the program, and RPS finds no CPU either.
    (
        hosts.application_uses_the_cpu,
        "eth0",
        {"softirq_share": 0.025, "busy_share": 0.985, "irq_layout": [], "rps_cpus": []},
    ),
    (
        hosts.isolated_for_real_time,
        "eth0",
        {"cpus": "0-1", "irq_layout": [], "irq_layout_problems": ["more_queues_than_cores"], "rps_cpus": []},
    ),
    # Idle queues are left alone.
    (
        hosts.one_flow_fills_a_queue,
        "eth0",
        {
            "busiest_queue": 3,
            "busiest_queue_share": 1.0,
            "irq_layout": [],
            "irq_layout_problems": ["queue_fills_core"],
        },
    ),
    (hosts.ena_guest, "eth0", {"cpus": "0-3", "rx_queues": 4, "rx_queues_max": 8, "queues_off_node": None}),
    (hosts.virtio_guest, "eth0", {"cpus": "0-1", "rx_queues": 2, "rx_queues_max": 8, "steal_share": 0.25}),
    (hosts.gve_guest, "eth0", {"cpus": "0-3", "rx_queues": 4, "rx_queues_max": 16}),
    (
        hosts.nic_of_256_queues,
        "eth0",
        {"queues_off_node": 128, "irq_layout_count": 128, "irq_layout_problems": ["more_queues_than_cores"]},
    ),
    # One port stays, the other one moves.
    (hosts.both_ports_begin_with_the_first_cores, "eth0", {"irq_layout": []}),
    (
        hosts.both_ports_begin_with_the_first_cores,
        "eth1",
        {"irq_layout": [{"irq": str(120 + queue), "queue": queue, "cpu": 4 + queue} for queue in range(4)]},
    ),
    (hosts.rhel7_router, "eth0", {"cpus": "0-1", "rps_cpus": [{"queue": q, "cpus": "3", "mask": "8"} for q in (0, 1)]}),
    (hosts.active_backup_bond, "bond0", {"cpus": None, "irq_layout": None, "rps_cpus": None}),
]


@pytest.mark.parametrize(("host", "name", "expected"), SIGNALS, ids=[f"{row[0].__name__}-{row[1]}" for row in SIGNALS])
def test_signals(host, name, expected):
    found = signals_of(host, name)
    assert {key: found[key] for key in expected} == expected


def test_an_isolated_cpu_is_none_that_interrupts_may_go_to():
    assert derive(document(hosts.isolated_for_real_time))["host"]["interrupt_cpu_count"] == 2


def wrong(reason):
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.mark.parametrize(
    ("host", "text"),
    [
        pytest.param(
            hosts.nps4_with_four_saturated_cpus,
            "own NUMA node",
            marks=wrong("R3 and R10 ask for queues_off_node alone; it.local_cpus_enough is false"),
        ),
        pytest.param(
            hosts.isolated_for_real_time,
            "Spread the interrupts",
            marks=wrong("R3 compares queues with CPUs; it.irq_layout_count is 0, there is no CPU to spread to"),
        ),
        pytest.param(
            hosts.isolated_for_real_time,
            "Add queues",
            marks=wrong("R3 compares queues with host.cpus_online; it is host.interrupt_cpu_count that counts"),
        ),
        pytest.param(
            hosts.one_flow_fills_a_queue,
            "Add queues",
            marks=wrong("R3 does not know that one queue has it all: it.busiest_queue_share"),
        ),
        pytest.param(
            hosts.application_uses_the_cpu,
            "ethtool -G",
            marks=wrong("R4 looks at softirq time alone; a program fills the CPU: it.busy_share"),
        ),
        (hosts.bond_of_two_63_queue_mlx5, "own NUMA node"),
        (hosts.bond_of_two_63_queue_mlx5, "Spread the interrupts"),
        (hosts.kubernetes_node_with_slow_lookups, "nf_conntrack_max"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
def test_what_must_not_be_advised(host, text):
    remedies = [remedy for finding in audit(host)["findings"] for remedy in finding["remedies"]]
    assert not [remedy for remedy in remedies if text in remedy]


@pytest.mark.parametrize(
    ("host", "text"),
    [
        (hosts.bond_of_two_63_queue_mlx5, "Add queues, each with a CPU of its own: ethtool -L eth0, now 2 of 63"),
        (hosts.nps4_with_four_saturated_cpus, "Add queues, each with a CPU of its own: ethtool -L eth0, now 4 of 8"),
        (hosts.kubernetes_node_with_slow_lookups, "single-request-reopen"),
        (hosts.gve_guest, "ethtool -G eth0 rx 2048"),
        (hosts.dns_server, "Let the program read faster"),
        pytest.param(
            hosts.one_flow_fills_a_queue,
            "RPS",
            marks=wrong("R3 puts more queues first, which one flow does not use; it.busiest_queue_share is 1"),
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_advised_first(host, text):
    assert text in audit(host)["findings"][0]["remedies"][0]


@wrong("R4 looks at softirq time alone: the CPU has no time left, it.busy_share is 0.985")
def test_a_cpu_that_a_program_fills_has_no_time_left():
    assert "has time left" not in audit(hosts.application_uses_the_cpu)["findings"][0]["cause"]


@wrong("findings of sibling queues are one each")
def test_one_cause_on_256_queues_is_one_finding():
    assert len([finding for finding in audit(hosts.nic_of_256_queues)["findings"] if finding["lost"]]) == 1


@wrong("not_judged has an entry for each rule and VLAN")
def test_400_vlans_are_not_4000_lines():
    assert len(audit(hosts.host_of_400_vlans)["not_judged"]) < 100
