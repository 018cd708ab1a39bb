# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interrupts serve a NIC, on which CPUs, and where they should."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.irq_names import map_irqs
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.statistics import annotate
from ansible_collections.linuxnet.packetloss.plugins.module_utils.irq_layout import PROBLEMS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.serving import (
    interrupts_in_use,
    received_by_queue,
)
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    counter,
    cpu_times,
    host_document,
    host_with,
    nic,
    softnet_row,
    statistics,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive

BDF = "0000:01:00.0"


def with_irqs(driver, actions, cpus, fired=None, **overrides):
    """eth0 with interrupts of these action names, each going to a CPU; *fired* has those that fired in the interval."""
    bdf = "virtio0" if driver == "virtio_net" else BDF
    rows = {str(40 + place): {"chip": "PCI-MSI", "actions": [action]} for place, action in enumerate(actions)}
    found = nic(driver, **{"counters": None, **overrides})
    found["irqs"] = map_irqs(rows, {int(irq) for irq in rows}, driver, "eth0", bdf)
    for irq, action, cpu in zip(rows, actions, cpus):
        places = {"affinity": [cpu], "effective_affinity": [cpu], "affinity_hint": None, "node": 0}
        delta = 1000 if fired is None or action in fired else 0
        found["irqs"][irq].update(places, counts={str(cpu): counter(delta)})
    return found


def channels(**counts):
    return {
        "channels": dict.fromkeys(("combined", "combined_max", "rx", "rx_max", "tx", "tx_max", "other", "other_max"), 0)
        | counts
    }


def in_use(found, side):
    """``[(queue, name of its interrupt)]``"""
    return sorted((queue, irq["action"]) for queue, irq in interrupts_in_use(found, side).values())


def big_host(nics, cpus=32, **overrides):
    """A host of two nodes whose CPUs alternate between idle ones."""
    half = cpus // 2
    every = [str(cpu) for cpu in range(cpus)]
    document = host_with(nics)
    document["cpus"].update(
        online=list(range(cpus)),
        possible=list(range(cpus)),
        nodes={"0": list(range(half)), "1": list(range(half, cpus))},
        topology={
            cpu: {"package": int(cpu) // half, "core": int(cpu), "node": int(cpu) // half, "siblings": [int(cpu)]}
            for cpu in every
        },
    )
    document["softnet"]["cpus"] = {cpu: softnet_row() for cpu in every}
    document["cpu_times"] = {cpu: cpu_times() for cpu in every}
    document["softirqs"] = {cpu: {"NET_RX": counter(2500)} for cpu in every}
    document.update(overrides)
    return document


def signals_of(document, name="eth0"):
    return next(each for each in derive(document)["nics"] if each["name"] == name)


# --- which interrupts are in use ----------------------------------------------------------------------------------

MLX5 = [f"mlx5_comp{queue}@pci:{BDF}" for queue in range(64)]


def test_two_channels_of_64_vectors_are_served_on_two_cpus_and_not_on_four():
    """Of mlx5 a vector of RDMA fired too, on a CPU that serves no queue of the NIC, and most are of another node."""
    document = big_host(
        {
            "eth0": with_irqs(
                "mlx5_core",
                MLX5,
                [cpu % 32 for cpu in range(64)],
                fired=[MLX5[0], MLX5[1], MLX5[20], MLX5[40]],
                **channels(combined=2, combined_max=64),
            )
        }
    )
    document["cpu_times"]["20"] = cpu_times(softirq=950)
    found = signals_of(document)
    assert (found["cpus"], found["cpu_count"], found["softirq_cpu"]) == ([0, 1], 2, 0)
    assert (found["queues_off_node"], found["off_node_cpus"]) == (0, None)
    assert found["irq_moves"] is None


def test_a_guest_on_virtio_net_with_two_of_eight_pairs():
    actions = [f"virtio0-{way}.{queue}" for queue in range(8) for way in ("input", "output")]
    found = with_irqs("virtio_net", actions, range(16), **channels(combined=2, combined_max=8))
    assert in_use(found, "rx") == [(0, "virtio0-input.0"), (1, "virtio0-input.1")]
    assert in_use(found, "tx") == [(0, "virtio0-output.0"), (1, "virtio0-output.1")]
    seen = signals_of(big_host({"eth0": found}))
    assert seen["cpus"] == [0, 2]


def test_a_pair_of_interrupts_off_the_node_is_one_queue():
    actions = ["virtio0-input.0", "virtio0-output.0", "virtio0-input.1", "virtio0-output.1"]
    found = with_irqs("virtio_net", actions, [20, 21, 3, 22], **channels(combined=2, combined_max=2))
    seen = signals_of(big_host({"eth0": found}))
    assert (seen["queues_off_node"], seen["off_node_cpus"]) == (2, [20, 21, 22])
    actions = ["virtio0-input.0", "virtio0-output.0"]
    found = with_irqs("virtio_net", actions, [20, 21], **channels(combined=1, combined_max=1))
    assert signals_of(big_host({"eth0": found}))["queues_off_node"] == 1


@pytest.mark.parametrize(
    "driver, actions, settings, receiving, sending",
    [
        # bnxt_en numbers the rings for sending after those for receiving
        (
            "bnxt_en",
            ["eth0-rx-0", "eth0-rx-1", "eth0-tx-2", "eth0-tx-3"],
            channels(rx=2, tx=2),
            [(0, "eth0-rx-0"), (1, "eth0-rx-1")],
            [(0, "eth0-tx-2"), (1, "eth0-tx-3")],
        ),
        # tg3 has its first vector for something else
        (
            "tg3",
            ["eth0-tx-0", "eth0-rx-1", "eth0-rx-2", "eth0-rx-3"],
            channels(rx=2, tx=1),
            [(0, "eth0-rx-1"), (1, "eth0-rx-2")],
            [(0, "eth0-tx-0")],
        ),
        # more queues for sending than for receiving
        (
            "mlx5_core",
            MLX5[:4],
            channels(rx=1, tx=3),
            [(0, MLX5[0])],
            [(0, MLX5[0]), (1, MLX5[1]), (2, MLX5[2])],
        ),
        # one vector for all
        (
            "virtio_net",
            ["virtio0-config", "virtio0-virtqueues"],
            channels(combined=2),
            [(None, "virtio0-virtqueues")],
            None,
        ),
    ],
)
def test_numbers_of_interrupts(driver, actions, settings, receiving, sending):
    found = with_irqs(driver, actions, range(len(actions)), **settings)
    assert in_use(found, "rx") == receiving
    assert in_use(found, "tx") == (receiving if sending is None else sending)


def test_without_channels_sysfs_tells_and_without_both_every_interrupt_counts():
    found = with_irqs("mlx5_core", MLX5[:4], range(4), channels=None)
    assert [queue for queue, _irq in in_use(found, "rx")] == [0, 1]
    found["queues"] = None
    assert [queue for queue, _irq in in_use(found, "rx")] == [0, 1, 2, 3]


def test_of_mlx4_the_second_port_has_later_vectors():
    actions = [f"mlx4-{queue}" for queue in range(8)]
    found = with_irqs("mlx4_en", actions, range(8), **channels(rx=4, tx=4))
    assert len(in_use(found, "rx")) == 4
    found["irqs_shared_with"] = ["eth1"]
    assert len(in_use(found, "rx")) == 8


def test_interrupts_that_go_anywhere_do_not_make_the_other_one_serve():
    found = with_irqs("mlx5_core", [MLX5[0], f"mlx5_async0@pci:{BDF}"], [0, 3], **channels(combined=1))
    found["irqs"]["40"].update(affinity=[0, 1], effective_affinity=None, counts={})
    assert signals_of(host_with({"eth0": found}))["cpus"] is None
    only_other = with_irqs("strange", ["something"], [3])
    assert signals_of(host_with({"eth0": only_other}))["cpus"] == [3]


def test_a_poll_that_never_ends_is_that_of_a_queue_in_use():
    found = with_irqs("mlx5_core", MLX5[:4], range(4), fired=[], **channels(combined=2))
    found["irqs"]["43"]["counts"] = {"3": {"total": 77, "delta": 0}, "2": {"total": 77, "delta": 0}}
    document = host_with({"eth0": found}, cpu_times={"3": cpu_times(softirq=960)})
    assert signals_of(document)["cpus"] == [0, 1]
    found["irqs"]["41"]["counts"] = {"3": {"total": 77, "delta": 0}}
    assert signals_of(document)["cpus"] == [0, 1, 3]


def test_a_program_that_fills_the_cpu_is_seen_beside_the_softirq():
    times = cpu_times()
    times["user"], times["idle"] = counter(900), counter(60)
    found = signals_of(host_document(cpu_times={"1": times}))
    assert (found["busy_cpu"], round(found["busy_share"], 2), found["softirq_share"]) == (1, 0.94, 0.02)


# --- packets by queue ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "driver, names",
    [
        ("mlx5_core", ["rx{}_packets", "rx{}_csum_none", "rx{}_lro_packets", "tx{}_packets", "rx{}_bytes"]),
        ("ixgbe", ["rx_queue_{}_packets", "rx_queue_{}_bytes", "tx_queue_{}_packets"]),
        ("i40e", ["rx-{}.packets", "rx-{}.bytes", "tx-{}.packets"]),
        ("i40e", ["rx-{}.rx_packets", "rx-{}.rx_bytes", "tx-{}.tx_packets"]),
        ("ena", ["queue_{}_rx_cnt", "queue_{}_rx_bytes", "queue_{}_tx_cnt"]),
        ("bnxt_en", ["[{}]: rx_ucast_packets", "[{}]: rx_ucast_bytes", "[{}]: tx_ucast_packets"]),
        ("virtio_net", ["rx{}_packets", "rx{}_bytes", "rx{}_xdp_packets", "tx{}_packets"]),
        ("virtio_net", ["rx_queue_{}_packets", "rx_queue_{}_bytes", "tx_queue_{}_packets"]),
        ("mana", ["rx_{}_packets", "rx_{}_bytes", "tx_{}_packets"]),
        ("sfc", ["rx-{}.rx_packets", "tx-{}.tx_packets"]),
    ],
)
def test_packets_of_each_receive_queue(driver, names):
    grown = [
        (name.format(queue), 1500 * (queue + 1) * (1 + ("bytes" in name) * 999 + ("tx" in name) * 9))
        for queue in range(2)
        for name in names
    ]
    grown = [(name, value // 3 if "lro" in name or "csum" in name or "xdp" in name else value) for name, value in grown]
    counters = {
        name: dict({key: value for key, value in entry.items() if key != "value"}, **counter(entry["value"]))
        for name, entry in annotate(driver, grown).items()
    }
    assert received_by_queue(nic(driver, counters=counters)) == {0: 1500, 1: 3000}


def test_packets_of_queues_that_nobody_tells():
    assert received_by_queue(nic("virtio_net", counters=None)) is None
    assert received_by_queue(nic(counters=statistics("mlx5_core", rx0_packets=5, rx1_packets=None))) is None
    assert received_by_queue(nic(counters=statistics("mlx5_core", rx1_packets=5))) is None
    found = signals_of(host_with({"eth0": nic(counters=statistics("mlx5_core", rx0_packets=900, rx1_packets=100))}))
    assert (found["busiest_queue"], found["busiest_queue_share"]) == (0, 0.9)
    idle = signals_of(host_with({"eth0": nic(counters=statistics("mlx5_core", rx0_packets=0, rx1_packets=0))}))
    assert (idle["busiest_queue"], idle["busiest_queue_share"]) == (None, None)


# --- where they should be served ----------------------------------------------------------------------------------


def stacked(packets, softirq, cpus=(0, 0, 0, 0), **overrides):
    """Four queues with so many packets on CPUs of a host of 8, CPU 0 that busy with softirqs."""
    names = {f"rx{queue}_packets": each for queue, each in enumerate(packets)}
    found = with_irqs(
        "mlx5_core",
        MLX5[:4],
        cpus,
        counters=statistics("mlx5_core", **names),
        **{**channels(combined=4, combined_max=64), **overrides},
    )
    found["queues"]["rx"] = {str(queue): {"rps_cpus": [], "rps_flow_cnt": 0} for queue in range(4)}
    document = big_host({"eth0": found}, cpus=8)
    document["cpu_times"]["0"] = cpu_times(softirq=softirq)
    return document


def test_interrupts_on_one_busy_cpu_go_to_one_each():
    found = signals_of(stacked([250] * 4, softirq=930))
    assert found["irq_moves"] == {"41": [1], "42": [2], "43": [3]}
    assert (found["irq_problems"], found["local_cpus_enough"]) == (None, True)


def test_one_queue_with_all_the_traffic_is_not_helped_by_moving_the_others():
    found = signals_of(stacked([1000, 0, 0, 0], softirq=930))
    assert (found["irq_moves"], found["irq_problems"]) == (None, [PROBLEMS["queue_fills_core"]])
    assert found["busiest_queue_share"] == 1


def test_on_an_idle_host_numbers_decide():
    found = signals_of(stacked([250] * 4, softirq=100))
    assert found["irq_moves"] == {"41": [1], "42": [2], "43": [3]}
    document = stacked([250] * 4, softirq=930)
    document["cpu_times"]["7"]["idle"] = {"total": 5, "delta": None}
    document["meta"]["interval_s"] = None
    assert signals_of(document)["irq_moves"] == {"41": [1], "42": [2], "43": [3]}


def test_four_saturated_cpus_do_not_go_to_the_two_of_the_own_node():
    document = stacked([250] * 4, softirq=960, cpus=[0, 1, 2, 3])
    for cpu in range(1, 4):
        document["cpu_times"][str(cpu)] = cpu_times(softirq=960)
    document["cpus"]["nodes"] = {str(node): [2 * node, 2 * node + 1] for node in range(4)}
    found = signals_of(document)
    assert (found["queues_off_node"], found["off_node_cpus"]) == (2, [2, 3])
    assert (found["irq_moves"], found["local_cpus_enough"]) == (None, False)
    assert found["irq_problems"] == [PROBLEMS["node_too_small"], PROBLEMS["queue_fills_core"]]


def test_which_cpus_may_take_packets():
    found = signals_of(stacked([1000, 0, 0, 0], softirq=930))
    assert found["rps"] == {"rps_cpus": {f"rx-{queue}": [1, 2, 3] for queue in range(4)}}
    document = stacked([1000, 0, 0, 0], softirq=930)
    document["cpu_times"]["2"] = cpu_times(steal=950)
    assert signals_of(document)["rps"]["rps_cpus"]["rx-0"] == [1, 3]
    every = stacked([1] * 4, softirq=0, cpus=[0, 1, 2, 3])
    every["cpus"]["nodes"] = {"0": [0, 1, 2, 3], "1": [4, 5, 6, 7]}
    assert signals_of(every)["rps"] is None


def test_no_packets_go_to_a_cpu_that_drops_them_already():
    document = stacked([1000, 0, 0, 0], softirq=930)
    document["softnet"]["cpus"]["2"] = softnet_row(dropped=7)
    assert signals_of(document)["rps"]["rps_cpus"]["rx-0"] == [1, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["nics"]["eth0"]["napi"].update(threaded=True),
        lambda document: document["nics"]["eth0"].update(irqs=None),
        lambda document: document["nics"]["eth0"]["irqs"]["40"].update(affinity=None, effective_affinity=None),
        lambda document: document.update(cpus=None),
    ],
)
def test_where_it_is_not_known_nothing_is_proposed(change):
    document = stacked([250] * 4, softirq=930)
    change(document)
    found = signals_of(document)
    assert {found[name] for name in ("irq_moves", "irq_problems", "local_cpus_enough", "rps")} == {None}


def test_what_is_no_interrupt_is_not_moved():
    """The number becomes a path in a command."""
    document = stacked([250] * 4, softirq=930)
    document["nics"]["eth0"]["irqs"]["../../x"] = document["nics"]["eth0"]["irqs"].pop("43")
    assert signals_of(document)["irq_moves"] == {"41": [1], "42": [2]}


def test_who_hands_packets_to_a_cpu_that_drops():
    document = host_document()
    document["nics"]["eth0"]["queues"]["rx"]["1"]["rps_cpus"] = [2]
    document["softnet"]["cpus"]["2"] = softnet_row(dropped=5)
    assert derive(document)["backlog"]["steered_by"] == ["eth0"]
    document["softnet"]["cpus"]["2"], document["softnet"]["cpus"]["1"] = softnet_row(), softnet_row(dropped=5)
    assert derive(document)["backlog"]["steered_by"] == []
