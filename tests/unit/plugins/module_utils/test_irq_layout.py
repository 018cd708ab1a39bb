# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layouts of single hosts, and what holds for every host that a fresh seed makes up."""

import collections
import random

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.irq_layout import (
    PROBLEMS,
    WHY,
    assign,
    balance,
    in_use,
    rps_cpus,
    spread,
    xps_cpus,
)

HOSTS = 150


@pytest.fixture
def chances(chance):
    """A source of chance for each made-up host."""
    return (random.Random(chance.tried(chance.random())) for _number in range(HOSTS))


def host(cores_of_node, threads=1, packages=1, l3_cores=None):
    """``cpus`` of a host: the nodes have so many cores each; second threads come after all first ones, as on x86."""
    cores = sum(cores_of_node)
    node_of = [node for node, number in enumerate(cores_of_node) for _core in range(number)]
    found = {"online": list(range(cores * threads)), "isolated": [], "nohz_full": [], "nodes": {}, "topology": {}}
    for cpu in found["online"]:
        core, node = cpu % cores, node_of[cpu % cores]
        found["nodes"].setdefault(str(node), []).append(cpu)
        found["topology"][str(cpu)] = {
            "package": node * packages // len(cores_of_node),
            "core": core,
            "node": node,
            "siblings": [core + thread * cores for thread in range(threads)],
        }
        if l3_cores:
            found["topology"][str(cpu)]["l3"] = core // l3_cores
    return found


def queue(number, *cpus, **more):
    """A queue whose interrupts go to these CPUs now; *irq* is the number of the first."""
    first = int(more.pop("irq", None) or 40 + 10 * number)
    irqs = [{"irq": str(first + place), "cpu": cpu} for place, cpu in enumerate(cpus or (None,))]
    return dict({"queue": number, "packets": None, "irqs": irqs}, **more)


def nic(cpus, node=0, first_irq=40, packets=None):
    """A NIC with a queue on each of these CPUs."""
    packets = [None] * len(cpus) if packets is None else packets
    return {
        "node": node,
        "queues": [
            queue(number, cpu, irq=first_irq + number, packets=packets[number]) for number, cpu in enumerate(cpus)
        ],
    }


def cpus_of(plan, name="eth0"):
    return [plan[name]["irqs"][irq] for irq in sorted(plan[name]["irqs"], key=int)]


# --- spread -------------------------------------------------------------------------------------------------------


def test_queues_go_to_the_cores_of_the_own_node_one_thread_each():
    plan = spread({"eth0": nic([None] * 4, node=1)}, host([4, 4], threads=2))["eth0"]
    assert plan == {
        "irqs": {"40": 4, "41": 5, "42": 6, "43": 7},
        "moves": [
            {"irq": str(40 + number), "queue": number, "cpu": 4 + number, "from": None, "why": "unknown"}
            for number in range(4)
        ],
        "cpus": [4, 5, 6, 7, 12, 13, 14, 15],
        "domain": "node",
        "problems": [],
    }


def test_two_ports_of_a_node_do_not_both_begin_with_the_first_cores():
    nics = {"eth1": nic([None] * 2, first_irq=60), "eth0": nic([None] * 2)}
    plan = spread(nics, host([4]))
    assert (cpus_of(plan, "eth0"), cpus_of(plan, "eth1")) == ([0, 1], [2, 3])


def test_ports_that_are_stacked_are_moved_apart_and_no_more():
    nics = {"eth0": nic([0, 1]), "eth1": nic([0, 1], first_irq=60)}
    plan = spread(nics, host([4]))
    assert plan["eth0"]["moves"] == []
    assert [(move["from"], move["cpu"], move["why"]) for move in plan["eth1"]["moves"]] == [
        (0, 2, "crowded"),
        (1, 3, "crowded"),
    ]


def test_of_a_bond_each_port_is_even_by_itself():
    """Every core has two queues, but if one port carries all the traffic two cores do all the work."""
    nics = {"eth0": nic([0, 0, 1, 1]), "eth1": nic([2, 2, 3, 3], first_irq=60)}
    plan = spread(nics, host([4]))
    assert sorted(cpus_of(plan, "eth0")) == sorted(cpus_of(plan, "eth1")) == [0, 1, 2, 3]
    assert sum(len(plan[name]["moves"]) for name in plan) == 4


def test_a_layout_that_somebody_made_otherwise_stays_if_it_is_even():
    plan = spread({"eth0": nic([3, 9, 0, 2])}, host([4, 4], threads=2))
    assert plan["eth0"]["moves"] == []


def test_two_threads_of_one_core_are_one_core():
    plan = spread({"eth0": nic([0, 4])}, host([4], threads=2))
    assert cpus_of(plan) == [0, 1]
    assert plan["eth0"]["moves"] == [{"irq": "41", "queue": 1, "cpu": 1, "from": 4, "why": "crowded"}]


def test_more_queues_than_cores_share_them_evenly_on_different_threads():
    plan = spread({"eth0": nic([None] * 6)}, host([4], threads=2))
    assert cpus_of(plan) == [0, 1, 2, 3, 4, 5]
    assert plan["eth0"]["problems"] == ["more_queues_than_cores"]
    assert cpus_of(spread({"eth0": nic([None] * 6)}, host([4]))) == [0, 1, 2, 3, 0, 1]


def test_caches_take_turns():
    assert cpus_of(spread({"eth0": nic([None] * 4)}, host([8], l3_cores=4))) == [0, 4, 1, 5]


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"isolated": [0, 1]}, [2, 3]),
        ({"nohz_full": [0, 1]}, [2, 3]),
        ({"online": [0, 3, 4, 5, 6, 7]}, [0, 3]),
    ],
)
def test_isolated_and_offline_cpus_take_no_interrupt(change, expected):
    plan = spread({"eth0": nic([1, 1])}, dict(host([4, 4]), **change))
    assert cpus_of(plan) == expected
    assert {move["why"] for move in plan["eth0"]["moves"]} == {"forbidden"}


def test_reserved_and_allowed_cpus():
    assert cpus_of(spread({"eth0": nic([0, 1])}, host([4]), reserved=[0])) == [2, 1]
    assert cpus_of(spread({"eth0": nic([0, 1])}, host([4]), allowed=[1, 3])) == [3, 1]


@pytest.mark.parametrize(
    "allowed, expected, domain, problems",
    [
        ([2, 3], [2, 3], "package", ["not_local"]),
        ([6, 7], [6, 7], "host", ["not_local"]),
        ([], [], None, ["no_cpu"]),
    ],
)
def test_another_node_only_where_the_own_one_has_no_cpu_left(allowed, expected, domain, problems):
    plan = spread({"eth0": nic([0, 1])}, host([2, 2, 2, 2], packages=2), allowed=allowed)
    assert (cpus_of(plan), plan["eth0"]["domain"], plan["eth0"]["problems"]) == (expected, domain, problems)


@pytest.mark.parametrize("node", [None, 7])
def test_a_nic_without_a_node_may_go_anywhere(node):
    plan = spread({"eth0": nic([3, None], node=node)}, host([2, 2]))
    assert (cpus_of(plan), plan["eth0"]["domain"], plan["eth0"]["problems"]) == ([3, 0], "host", [])


def test_a_queue_that_is_served_on_another_node_comes_home():
    assert spread({"eth0": nic([2])}, host([2, 2]))["eth0"]["moves"] == [
        {"irq": "40", "queue": 0, "cpu": 0, "from": 2, "why": "far"}
    ]


def test_both_interrupts_of_a_pair_go_to_one_cpu():
    """virtio_net has one for receiving and one for sending."""
    nics = {"eth0": {"node": None, "queues": [queue(0, 0, 1), queue(1, 1, 1)]}}
    assert spread(nics, host([2]))["eth0"]["moves"] == [
        {"irq": "41", "queue": 0, "cpu": 0, "from": 1, "why": "together"}
    ]


def test_what_two_ports_share_goes_to_one_cpu():
    nics = {"eth0": nic([0, 0]), "eth1": nic([0, 0])}
    plan = spread(nics, host([4]))
    assert plan["eth0"]["irqs"] == plan["eth1"]["irqs"] == {"40": 0, "41": 1}
    everything = {"node": 0, "queues": [queue(None, 2, irq=40), queue(0, 2, irq=40)]}
    assert spread({"eth0": everything}, host([4]))["eth0"]["moves"] == []


def test_a_cpu_has_only_so_many_vectors():
    nics = {f"eth{number}": nic([None] * 64, first_irq=1000 * (number + 1)) for number in range(6)}
    assert spread(nics, host([2]))["eth0"]["problems"] == ["more_queues_than_cores", "too_many_vectors"]
    assert spread(nics, host([3]))["eth0"]["problems"] == ["more_queues_than_cores"]


def test_without_any_topology_every_cpu_is_a_core():
    bare = {"online": [0, 1], "isolated": None, "nohz_full": None, "nodes": None, "topology": None}
    assert cpus_of(spread({"eth0": nic([0, 0], node=0)}, bare)) == [0, 1]
    assert spread({"eth0": nic([0, 0])}, {})["eth0"]["problems"] == ["no_cpu"]


# --- assign -------------------------------------------------------------------------------------------------------


def assigned(nics, cpus, policy="local_cores", **more):
    """``{NIC: [CPU of each queue]}``."""
    plan = assign(nics, cpus, policy, **more)
    return {name: cpus_of(plan, name) for name in sorted(plan)}


SMT = host([4, 4], threads=2)
SOCKETS = host([2, 2], threads=2, packages=2)
EIGHT_NODES = host([2] * 8, packages=2)
NPS4 = host([4] * 8, threads=2, packages=2)


@pytest.mark.parametrize(
    "cpus, nics, expected",
    [
        # One thread a core, whatever node.
        (SMT, {"eth0": nic([None] * 4, node=1)}, {"eth0": [4, 5, 6, 7]}),
        (EIGHT_NODES, {"eth0": nic([None] * 2, node=6)}, {"eth0": [12, 13]}),
        (NPS4, {"eth0": nic([None] * 4, node=5)}, {"eth0": [20, 21, 22, 23]}),
        # More queues than cores begin again with the first, and take no second thread.
        (SMT, {"eth0": nic([None] * 10, node=0)}, {"eth0": [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]}),
        (EIGHT_NODES, {"eth0": nic([None] * 5, node=1)}, {"eth0": [2, 3, 2, 3, 2]}),
        # Three NICs of a node: each goes on where the one before ended.
        (
            host([8, 8]),
            {f"eth{number}": nic([None] * 3, node=0, first_irq=100 * (number + 1)) for number in range(3)},
            {"eth0": [0, 1, 2], "eth1": [3, 4, 5], "eth2": [6, 7, 0]},
        ),
        (
            host([4, 4]),
            {f"eth{number}": nic([None] * 6, node=0, first_irq=100 * (number + 1)) for number in range(3)},
            {"eth0": [0, 1, 2, 3, 0, 1], "eth1": [2, 3, 0, 1, 2, 3], "eth2": [0, 1, 2, 3, 0, 1]},
        ),
        # Two of a node and one of the other.
        (
            SMT,
            {
                "eth0": nic([None] * 2, node=0),
                "eth1": nic([None] * 2, node=0, first_irq=60),
                "eth2": nic([None] * 2, node=1, first_irq=80),
            },
            {"eth0": [0, 1], "eth1": [2, 3], "eth2": [4, 5]},
        ),
        # CPU 1 is offline, its sibling 9 is not: the core is there. Cores 2 and 3 are isolated.
        (
            dict(SMT, online=[0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], isolated=[2, 10], nohz_full=[3, 11]),
            {"eth0": nic([None] * 3, node=0)},
            {"eth0": [0, 9, 0]},
        ),
        # Where it is now does not matter.
        (SMT, {"eth0": nic([3, 9, 12, 2], node=0)}, {"eth0": [0, 1, 2, 3]}),
        # No node: the cores of the host.
        (SMT, {"eth0": nic([None] * 6, node=None)}, {"eth0": [0, 1, 2, 3, 4, 5]}),
        (SOCKETS, {"eth0": nic([None] * 3, node=None)}, {"eth0": [0, 2, 1]}),
    ],
)
def test_local_cores(cpus, nics, expected):
    assert assigned(nics, cpus) == expected


def test_a_reserved_first_thread_leaves_its_core_by_the_second_and_two_reserved_threads_do_not():
    assert assigned({"eth0": nic([None] * 4)}, SMT, reserved=[0]) == {"eth0": [8, 1, 2, 3]}
    assert assigned({"eth0": nic([None] * 4)}, SMT, reserved=[0, 8]) == {"eth0": [1, 2, 3, 1]}


@pytest.mark.parametrize(
    "policy, start, expected",
    [
        ("local_cores", 2, [2, 3, 0, 1, 2]),
        # A second thread stands for its core; a core of another node for the next one, from the first on again.
        ("local_cores", 11, [3, 0, 1, 2, 3]),
        ("local_cores", 6, [0, 1, 2, 3, 0]),
        ("spread", 5, [5, 6, 7, 0, 1]),
    ],
)
def test_dealing_out_begins_where_it_is_told(policy, start, expected):
    assert assigned({"eth0": nic([None] * 5)}, SMT, policy, start=start) == {"eth0": expected}


def test_spread_takes_every_core_of_the_host_before_any_second_thread():
    assert assigned({"eth0": nic([None] * 10)}, SMT, "spread") == {"eth0": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}
    assert assigned({"eth0": nic([None] * 6)}, SOCKETS, "spread") == {"eth0": [0, 2, 1, 3, 4, 6]}
    two = {"eth0": nic([None] * 4, node=0), "eth1": nic([None] * 4, node=0, first_irq=60)}
    assert assigned(two, SMT, "spread") == {"eth0": [0, 1, 2, 3], "eth1": [4, 5, 6, 7]}


def test_a_cpulist_means_these_cpus_isolated_or_far():
    cpus = dict(SMT, isolated=[6, 7, 14, 15])
    assert assigned({"eth0": nic([None] * 3)}, cpus, "cpulist", allowed=[6, 7]) == {"eth0": [6, 7, 6]}
    assert assigned({"eth0": nic([None] * 3)}, cpus, "cpulist", allowed=[6, 14]) == {"eth0": [6, 14, 6]}


def test_without_a_local_cpu_the_package_and_then_the_host_take_them_and_it_is_told():
    plan = assign({"eth0": nic([None] * 3, node=1)}, NPS4, "local_cores", reserved=[4, 5, 6, 7, 36, 37, 38, 39])
    assert (cpus_of(plan), plan["eth0"]["domain"], plan["eth0"]["problems"]) == ([0, 1, 2], "package", ["not_local"])
    plan = assign({"eth0": nic([None], node=0)}, host([2, 2], packages=2), "local_cores", reserved=[0, 1])
    assert (cpus_of(plan), plan["eth0"]["domain"], plan["eth0"]["problems"]) == ([2], "host", ["not_local"])
    assert assign({"eth0": nic([None])}, SMT, "local_cores", reserved=range(16))["eth0"]["problems"] == ["no_cpu"]


def test_what_has_to_move_is_told_from_where_it_is():
    moves = assign({"eth0": nic([0, 3, None])}, host([4]), "local_cores")["eth0"]["moves"]
    assert [(move["irq"], move["from"], move["cpu"]) for move in moves] == [("41", 3, 1), ("42", None, 2)]


def test_which_interrupts_serve_queues_in_use():
    virtio = {"50": ("other", None), "51": ("rx", 0), "52": ("tx", 0), "53": ("rx", 1), "54": ("tx", 1)}
    assert in_use(virtio, "rx", 1) == {"51": 0}
    assert in_use(virtio, "tx", None) == {"52": 0, "54": 1}
    # tg3 counts from 1; what has no number serves all.
    assert in_use({"60": ("rxtx", 1), "61": ("rxtx", 2), "62": ("rxtx", None)}, "rx", 1) == {"60": 0, "62": None}


def test_any_assignment_is_allowed_even_and_the_same_wherever_the_queues_are(chances):
    for chance in chances:
        nics, cpus, core_of, reserved = made_up(chance)
        start = chance.choice([None, *cpus["online"]])
        for policy in ("local_cores", "spread"):
            plan = assign(nics, cpus, policy, reserved, start=start)
            check_places(nics, cpus, reserved, plan)
            moved = applied(nics, plan)
            again = assign(shuffled(chance, moved), cpus, policy, reserved, start=start)
            assert all(not again[name]["moves"] and again[name]["irqs"] == plan[name]["irqs"] for name in plan)
            for name, each in nics.items():
                places = [plan[name]["irqs"][irq] for irq in first_irqs(each) if plan[name]["irqs"]]
                cores = collections.Counter(core_of[cpu] for cpu in places)
                most = len({core_of[cpu] for cpu in plan[name]["cpus"]})
                assert not places or max(cores.values()) <= -(-len(places) // most)
                if policy == "local_cores":
                    assert len({core_of[cpu] for cpu in plan[name]["cpus"]}) == len(plan[name]["cpus"])


# --- balance ------------------------------------------------------------------------------------------------------


def loads(softirq, other=None):
    """busy and softirq of :func:`balance`."""
    other = other or {}
    cpus = set(softirq) | set(other)
    return {cpu: min(1.0, softirq.get(cpu, 0) + other.get(cpu, 0)) for cpu in cpus}, softirq


def test_queues_on_one_saturated_cpu_get_one_each():
    nics = {"eth0": nic([0, 0, 0, 0], packets=[250] * 4)}
    plan = balance(nics, host([4]), *loads({0: 0.96}))
    assert sorted(cpus_of(plan)) == [0, 1, 2, 3]
    assert [move["why"] for move in plan["eth0"]["moves"]] == ["busy"] * 3


def test_idle_queues_stay_where_they_are():
    """Queue 0 alone has the traffic: nothing is won by spreading the others."""
    nics = {"eth0": nic([0, 1, 1, 1], packets=[1000, 0, 0, 0])}
    plan = balance(nics, host([4]), *loads({0: 0.97, 1: 0.01}))
    assert (plan["eth0"]["moves"], plan["eth0"]["problems"]) == ([], ["queue_fills_core"])


def test_many_small_queues_are_worth_a_move_together():
    nics = {"eth0": nic([0] * 32, packets=[10] * 32)}
    plan = balance(nics, host([4]), *loads({0: 0.96}))
    assert set(collections.Counter(cpus_of(plan)).values()) <= {7, 8, 9, 10, 11}


def test_what_is_not_busy_is_left_alone():
    nics = {"eth0": nic([0, 0], packets=[500, 500])}
    assert balance(nics, host([4]), *loads({0: 0.45}))["eth0"]["moves"] == []
    assert balance(nics, host([4]), *loads({0: 0.9}))["eth0"]["moves"] != []


def test_a_program_has_its_cpus_and_queues_go_to_the_others():
    nics = {"eth0": nic([0, 1], packets=[500, 500])}
    plan = balance(nics, host([4]), *loads({0: 0.3, 1: 0.3}, other={0: 0.7, 2: 1.0}))
    assert cpus_of(plan) == [3, 1]


def test_a_thread_beside_a_busy_one_is_no_idle_cpu():
    nics = {"eth0": nic([0, 0], packets=[500, 500])}
    plan = balance(nics, host([4], threads=2), *loads({0: 0.9}, other={5: 1.0, 6: 1.0}))
    assert sorted(cpus_of(plan)) == [0, 3]


def test_four_saturated_cpus_are_not_put_onto_the_two_of_the_own_node():
    """A server with four NUMA nodes in a socket: the other nodes of the socket are near too."""
    cpus = host([2, 2, 2, 2, 2, 2, 2, 2], packages=2)
    nics = {"eth0": nic([0, 1, 2, 3], packets=[1000] * 4)}
    plan = balance(nics, cpus, *loads(dict.fromkeys(range(4), 0.97)))["eth0"]
    assert (plan["moves"], plan["domain"], plan["cpus"]) == ([], "package", list(range(8)))
    assert plan["problems"] == ["node_too_small", "queue_fills_core"]


def test_what_the_own_node_can_take_comes_home():
    nics = {"eth0": nic([2, 3], packets=[1000] * 2)}
    plan = balance(nics, host([2, 2]), *loads({2: 0.3, 3: 0.3}))["eth0"]
    assert (plan["irqs"], plan["domain"], plan["problems"]) == ({"40": 0, "41": 1}, "node", [])
    # Not where programs fill it.
    plan = balance(nics, host([2, 2]), *loads({2: 0.3, 3: 0.3}, other={0: 0.9, 1: 0.8}))["eth0"]
    assert (plan["moves"], plan["problems"]) == ([], ["node_too_small"])


def test_idle_queues_that_must_move_do_not_all_go_to_one_cpu():
    nics = {"eth0": nic([4] * 4, packets=[0] * 4)}
    plan = balance(nics, dict(host([4, 4])), *loads({0: 0.012, 1: 0.01, 2: 0.011, 3: 0.02}))
    assert sorted(cpus_of(plan)) == [0, 1, 2, 3]


def test_where_no_queue_tells_its_packets_those_of_a_cpu_share_its_time():
    plan = balance({"eth0": nic([0, 0, 1])}, host([4]), *loads({0: 0.9, 1: 0.2}))
    assert (cpus_of(plan)[2], sorted(cpus_of(plan)[:2])) == (1, [0, 2])


@pytest.mark.parametrize("elsewhere", [2, 0])
def test_a_nic_that_does_not_tell_the_packets_of_its_queues_does_not_hide_those_that_do(elsewhere):
    """Idle queues of a port are on the saturated CPU as well; it is the busy ones that move, wherever a queue is of
    which nobody knows what comes through it."""
    nics = {
        "busy": nic([0] * 4, packets=[9000] * 4),
        "idle": nic([0] * 3, first_irq=50, packets=[0] * 3),
        "untold": nic([elsewhere], first_irq=60),
    }
    plan = balance(nics, host([4]), *loads({0: 0.99, 2: 0.03}))
    assert {move["irq"] for move in plan["busy"]["moves"]} and plan["idle"]["moves"] == []
    assert len(set(cpus_of(plan, "busy"))) >= 3


# --- RPS and XPS --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cpus, node, serving, expected",
    [
        # the node's CPUs without the one that interrupts
        (host([4, 4]), 0, [1], [0, 2, 3]),
        # and without its sibling
        (host([4, 4], threads=2), 0, [1], [0, 2, 3, 8, 10, 11]),
        # no node: all
        (host([4, 4]), None, [1], [0, 2, 3, 4, 5, 6, 7]),
        # two queues
        (host([4, 4]), 0, [1, 2], [0, 3]),
        # each core has a queue; the other socket is no help
        (host([2, 2], packages=2), 0, [0, 1], []),
        (host([2, 2]), 0, [0, 1], [2, 3]),
        # a guest of one core with two threads
        (host([1], threads=2), None, [0], [1]),
        (dict(host([4]), isolated=[2]), 0, [1], [0, 3]),
        (dict(host([4]), online=[0, 1, 2]), 0, [1], [0, 2]),
    ],
)
def test_who_may_take_packets_of_a_queue(cpus, node, serving, expected):
    found = rps_cpus(nic(serving, node=node), cpus)
    assert found == dict.fromkeys(range(len(serving)), expected)


def test_a_busy_cpu_takes_no_packets_and_at_a_low_rate_the_interrupting_one_does():
    assert rps_cpus(nic([1]), host([4]), busy=[2]) == {0: [0, 3]}
    assert rps_cpus(nic([1]), host([4]), high_rate=False) == {0: [0, 1, 2, 3]}


def test_every_cpu_sends_through_a_queue_of_its_own_core_or_of_its_own_node():
    found = xps_cpus(nic([0, 1, 5]), host([4, 4], threads=2))
    assert found == {0: [0, 2, 8, 10], 1: [1, 3, 9, 11], 2: [4, 5, 6, 7, 12, 13, 14, 15]}
    assert xps_cpus(nic([0, 0]), host([2])) == {0: [0, 1], 1: [0]}
    assert xps_cpus(nic([None]), host([2])) == {0: [0, 1]}
    assert xps_cpus({"node": 0, "queues": []}, host([2])) == {}


# --- whatever the host --------------------------------------------------------------------------------------------


def made_up(chance):
    """``(nics, cpus, {cpu: core}, reserved)`` of a host that nobody has thought of."""
    nodes = [chance.randint(1, 6) for _node in range(chance.choice([1, 1, 2, 4]))]
    cpus = host(nodes, chance.choice([1, 2]), chance.choice([1, 2]), chance.choice([None, 2]))
    every = cpus["online"]
    core_of = {cpu: cpus["topology"][str(cpu)]["siblings"][0] for cpu in every}
    for which in ("isolated", "nohz_full"):
        cpus[which] = chance.sample(every, chance.choice([0, 0, 1]) * (len(every) // 3))
    if chance.random() < 0.3:
        cpus["online"] = sorted(chance.sample(every, max(1, len(every) - chance.randint(0, 3))))
    reserved = chance.sample(every, min(len(every) - 1, chance.choice([0, 0, 2])))
    nics = {}
    for number in range(chance.randint(1, 4)):
        places = [chance.choice([None, chance.choice(every)]) for _queue in range(chance.randint(1, 14))]
        if chance.random() < 0.3:
            places = [chance.choice(every)] * len(places)
        packets = [chance.choice([0, 10, 1000, 5000]) for _place in places]
        nics[f"eth{number}"] = nic(places, chance.choice([None, *range(len(nodes))]), 100 * (number + 1), packets)
        if chance.random() < 0.3:
            for entry in nics[f"eth{number}"]["queues"]:
                entry["irqs"].append({"irq": str(int(entry["irqs"][0]["irq"]) + 50), "cpu": chance.choice(every)})
    return nics, cpus, core_of, reserved


def usable(cpus, reserved):
    return set(cpus["online"]) - set(cpus["isolated"]) - set(cpus["nohz_full"]) - set(reserved)


def applied(nics, plan):
    """The same NICs after the moves of a plan."""
    return {
        name: dict(
            each,
            queues=[
                dict(
                    entry, irqs=[dict(irq, cpu=plan[name]["irqs"].get(irq["irq"], irq["cpu"])) for irq in entry["irqs"]]
                )
                for entry in each["queues"]
            ],
        )
        for name, each in nics.items()
    }


def shuffled(chance, nics):
    """The same NICs, with everything in another order."""

    def mixed(items):
        items = list(items)
        chance.shuffle(items)
        return items

    return {name: dict(nics[name], queues=mixed(nics[name]["queues"])) for name in mixed(nics)}


def check_places(nics, cpus, reserved, plan):
    """Every interrupt has one CPU, that of its queue, and only a CPU that interrupts may go to."""
    free = usable(cpus, reserved)
    for name, each in nics.items():
        assert set(plan[name]["problems"]) <= set(PROBLEMS)
        if not free:
            assert (plan[name]["irqs"], plan[name]["problems"]) == ({}, ["no_cpu"])
            continue
        places = plan[name]["irqs"]
        assert set(places) == {irq["irq"] for entry in each["queues"] for irq in entry["irqs"]}
        assert set(places.values()) <= set(plan[name]["cpus"]) <= free
        for entry in each["queues"]:
            assert len({places[irq["irq"]] for irq in entry["irqs"]}) == 1
        now = {irq["irq"]: irq["cpu"] for entry in each["queues"] for irq in entry["irqs"]}
        assert {move["irq"]: (move["from"], move["cpu"]) for move in plan[name]["moves"]} == {
            irq: (now[irq], cpu) for irq, cpu in places.items() if now[irq] != cpu
        }
        assert {move["why"] for move in plan[name]["moves"]} <= set(WHY)


def first_irqs(each):
    return [entry["irqs"][0]["irq"] for entry in each["queues"]]


def test_any_spread_is_allowed_local_even_and_stays(chances):
    for chance in chances:
        nics, cpus, core_of, reserved = made_up(chance)
        plan = spread(nics, cpus, reserved)
        check_places(nics, cpus, reserved, plan)
        free = usable(cpus, reserved)
        own = {
            name: collections.Counter(core_of[plan[name]["irqs"][irq]] for irq in first_irqs(each) if free)
            for name, each in nics.items()
        }
        total = sum(own.values(), collections.Counter())
        for name, each in nics.items():
            local = free.intersection(cpus["nodes"][str(each["node"])]) if each["node"] is not None else set()
            assert set(plan[name]["cpus"]) == local or not local
            cores = {core_of[cpu] for cpu in plan[name]["cpus"]}
            counts = [own[name][core] for core in cores]
            assert not counts or max(counts) - min(counts) <= 1
            for core in cores:
                # No queue shares a core while another core is free, and no move makes it more even.
                better = [
                    other for other in cores if own[name][other] < own[name][core] and total[other] < total[core] - 1
                ]
                assert not better
                assert total[core] < 2 or not own[name][core] or all(total[other] for other in cores)
        assert spread(shuffled(chance, nics), cpus, reserved) == plan
        again = spread(applied(nics, plan), cpus, reserved)
        assert all(not again[name]["moves"] and again[name]["irqs"] == plan[name]["irqs"] for name in plan)


def measured(nics, other, per_packet):
    """``(busy, softirq)`` of CPUs that serve these queues, at so much time a packet, and do *other* work besides."""
    softirq = collections.Counter()
    for each in nics.values():
        for entry in each["queues"]:
            softirq[entry["irqs"][0]["cpu"]] += per_packet * entry["packets"]
    return {cpu: softirq[cpu] + other[cpu] for cpu in other}, {cpu: softirq[cpu] for cpu in other}


def test_any_balance_is_allowed_relieves_and_stays(chances):
    relieved = 0
    for chance in chances:
        nics, cpus, core_of, reserved = made_up(chance)
        for each in nics.values():
            for entry in each["queues"]:
                entry["irqs"][0]["cpu"] = chance.choice(cpus["online"])
        other = {cpu: chance.choice([0.0, 0.0, 0.25, 0.8]) for cpu in cpus["online"]}
        before = measured(nics, other, 5e-5)
        plan = balance(nics, cpus, *before, reserved=reserved)
        check_places(nics, cpus, reserved, plan)
        assert balance(shuffled(chance, nics), cpus, *before, reserved=reserved) == plan
        moved = applied(nics, plan)
        after = measured(moved, other, 5e-5)
        again = balance(moved, cpus, *after, reserved=reserved)
        assert all(not again[name]["moves"] for name in plan)
        moves = [move for name in plan for move in plan[name]["moves"]]
        if moves and {move["why"] for move in moves} <= {"busy", "together"}:
            of_core = [collections.Counter() for _when in range(2)]
            for when, (busy, _softirq) in enumerate((before, after)):
                for cpu in busy:
                    of_core[when][core_of[cpu]] += busy[cpu]
            squares = [sum(load**2 for load in loads.values()) for loads in of_core]
            assert max(of_core[1].values()) <= max(of_core[0].values()) + 1e-6
            if any(move["why"] == "busy" for move in moves):
                assert squares[1] < squares[0]
                relieved += 1
    assert relieved


def test_any_mask_has_only_cpus_that_are_there_and_may_be_used(chances):
    for chance in chances:
        nics, cpus, core_of, reserved = made_up(chance)
        for each in applied(nics, spread(nics, cpus, reserved)).values():
            serving = {entry["irqs"][0]["cpu"] for entry in each["queues"]}
            for handed in rps_cpus(each, cpus, reserved=reserved).values():
                assert set(handed) <= usable(cpus, reserved) - serving
                if len(each["queues"]) > 1:
                    assert not {core_of[cpu] for cpu in handed} & {core_of[cpu] for cpu in serving if cpu in core_of}
            senders = xps_cpus(each, cpus)
            assert set(senders) == {entry["queue"] for entry in each["queues"]}
            assert {cpu for members in senders.values() for cpu in members} == set(cpus["online"])
