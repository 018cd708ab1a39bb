# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import packet_steering
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.settable_files import settable_host

#: Eight CPUs on two nodes, two threads a core: 0 and 4, 1 and 5, 2 and 6, 3 and 7.
CPUS = {
    "online": list(range(8)),
    "isolated": [],
    "nohz_full": [],
    "nodes": {"0": [0, 1, 4, 5], "1": [2, 3, 6, 7]},
    "topology": {
        str(cpu): {"package": cpu % 4 // 2, "core": cpu % 4, "node": cpu % 4 // 2, "siblings": [cpu % 4, cpu % 4 + 4]}
        for cpu in range(8)
    },
}


def document(served=(0,), queues=None, node=0, isolated=(), napi=None, threads=None, **of_queue):
    """A host with eth0, whose queue i is served by CPU ``served[i]``."""
    count = len(served) if queues is None else queues
    rx = {"rps_cpus": [], "rps_flow_cnt": 0}
    rx.update((file, value) for file, value in of_queue.items() if file in rx)
    nic = {
        "flags": ["UP"],
        "driver": {"name": "mlx5_core"},
        "numa_node": node,
        "queues": {
            "rx": {str(queue): dict(rx) for queue in range(count)},
            "tx": {str(queue): {"xps_cpus": of_queue.get("xps_cpus", [])} for queue in range(count)},
        },
        "irqs": {
            str(40 + queue): {"role": "rxtx", "queue": queue, "affinity": [cpu], "effective_affinity": [cpu]}
            for queue, cpu in enumerate(served)
        },
        "napi": dict({"defer_hard_irqs": 0, "gro_flush_timeout_ns": 0, "threaded": False}, **(napi or {})),
    }
    return {
        "nics": {"eth0": nic},
        "cpus": dict(CPUS, isolated=list(isolated)),
        "napi_threads": {"eth0": threads or {}},
        "unavailable": [],
    }


def decided(found, **values):
    changes = packet_steering.decide(found, {"eth0": values})
    return changes[0] if changes else None


def to(found, **values):
    made = decided(found, **values)
    return made and made["to"]


def test_local_is_the_node_without_the_cores_that_serve_queues():
    assert to(document(served=(0,)), rps_cpus="local") == {"rps_cpus": {"rx-0": [1, 5]}}
    # A thread of the own core only where nothing else is left, and for a single queue.
    assert to(document(served=(2, 6), node=1), rps_cpus="local") == {
        "rps_cpus": {"rx-0": [3, 7], "rx-1": [3, 7]},
    }


def test_local_is_none_where_each_core_has_a_queue_and_says_so():
    found = document(served=(0, 1, 2, 3), rps_cpus=[1])
    made = decided(found, rps_cpus="local")
    assert made["to"] == {"rps_cpus": {f"rx-{queue}": [] for queue in range(4)}}
    assert "RPS is of no use here" in made["notes"][0]
    assert decided(document(served=(0, 1, 2, 3)), rps_cpus="local") is None


def test_local_of_a_virtual_nic_is_all_cpus_that_are_not_isolated():
    found = document(served=(), queues=2, node=None, isolated=[3])
    assert to(found, rps_cpus="local")["rps_cpus"]["rx-1"] == [0, 1, 2, 4, 5, 6, 7]


def test_an_interrupt_for_everything_serves_each_queue():
    found = document(served=(0,))
    found["nics"]["eth0"]["irqs"]["40"].update(role="other", queue=None)
    assert to(found, rps_cpus="local") == {"rps_cpus": {"rx-0": [1, 5]}}


@pytest.mark.parametrize("value", [[0, 1, 2], "0-2", "0,1,2"])
def test_a_list_leaves_out_the_core_that_serves_the_queue(value):
    made = decided(document(served=(0, 6)), rps_cpus=value)
    # 2 is the other thread of the core of CPU 6.
    assert made["to"] == {"rps_cpus": {"rx-0": [1, 2], "rx-1": [0, 1]}}
    assert "left out of its RPS mask" in made["notes"][0]


def test_a_map_is_taken_as_it_is_with_a_warning():
    made = decided(document(served=(0, 1)), rps_cpus={"rx-0": [0, 1]})
    assert made["to"] == {"rps_cpus": {"rx-0": [0, 1]}} and made["from"] == {"rps_cpus": {"rx-0": []}}
    assert "has the core in it that serves the queue" in made["notes"][0]
    assert decided(document(served=(0, 1)), rps_cpus={"rx-0": [2]})["notes"] == []


def test_isolated_cpus_are_left_out_as_the_kernel_does():
    made = decided(document(served=(0,), isolated=[5]), rps_cpus={"rx-0": [1, 5]})
    assert made["to"] == {"rps_cpus": {"rx-0": [1]}} and "Isolated CPUs (5) are left out" in made["notes"][0]
    assert decided(document(served=(0,), isolated=[5], rps_cpus=[1]), rps_cpus={"rx-0": [1, 5]}) is None


@pytest.mark.parametrize("value", ["off", False, []])
def test_off_is_no_cpu(value):
    assert to(document(rps_cpus=[1, 5]), rps_cpus=value) == {"rps_cpus": {"rx-0": []}}
    assert decided(document(), rps_cpus=value) is None


def test_xps_gives_each_queue_its_core_and_leaves_no_cpu_out():
    found = to(document(served=(0, 1)), xps_cpus="auto")["xps_cpus"]
    assert {0, 4} <= set(found["tx-0"]) and {1, 5} <= set(found["tx-1"])
    assert sorted(found["tx-0"] + found["tx-1"]) == list(range(8))
    again = document(served=(0, 1))
    for queue, cpus in found.items():
        again["nics"]["eth0"]["queues"]["tx"][queue[3:]]["xps_cpus"] = cpus
    assert decided(again, xps_cpus="auto") is None
    assert to(again, xps_cpus="off") == {"xps_cpus": {"tx-0": [], "tx-1": []}}


def test_flows_are_shared_by_the_queues_in_powers_of_two():
    assert to(document(served=(0, 1, 2, 3)), rfs=32768)["rps_flow_cnt"]["rx-3"] == 8192
    assert to(document(served=(0, 1, 2)), rfs=32768)["rps_flow_cnt"]["rx-0"] == 16384
    assert to(document(rps_flow_cnt=4096), rfs=0) == {"rps_flow_cnt": {"rx-0": 0}}
    assert decided(document(rps_flow_cnt=4096), rfs=4000) is None
    assert to(document(), rps_flow_cnt={"rx-0": 1000}) == {"rps_flow_cnt": {"rx-0": 1024}}


def test_rfs_brings_the_table_of_the_host_along_once():
    found = packet_steering.settings(["eth0", "eth1"], {"rfs": 32768})
    assert [setting["knob"] for setting in found] == ["packet_steering", "packet_steering", "sysctl"]
    assert found[2]["values"] == {"net.core.rps_sock_flow_entries": 32768} and found[2]["subject"] is None
    assert len(packet_steering.settings(["eth0"], {"rfs": 0})) == 1
    assert packet_steering.settings([], {"rfs": 32768}) == []


def test_accelerated_rfs_is_a_feature_of_those_that_have_it(monkeypatch):
    monkeypatch.setattr(packet_steering, "ORDER", ("feature", "packet_steering", "sysctl"))
    found = packet_steering.settings(["eth0", "eth1"], {"rfs": 32768}, ["eth1"])
    assert found[3] == {"knob": "feature", "subject": "eth1", "values": {"ntuple": True}}


def test_polling_is_set_and_said_where_it_does_nothing():
    made = decided(document(), napi_defer_hard_irqs=2, gro_flush_timeout="20000", threaded=True)
    assert made["to"] == {"napi_defer_hard_irqs": 2, "gro_flush_timeout": 20000, "threaded": True}
    assert made["notes"] == []
    assert "does nothing while gro_flush_timeout is 0" in decided(document(), napi_defer_hard_irqs=2)["notes"][0]
    assert decided(document(napi={"gro_flush_timeout_ns": 1}), napi_defer_hard_irqs=2)["notes"] == []
    assert decided(document(), threaded=False, napi_defer_hard_irqs=0, gro_flush_timeout=0) is None


def test_threads_get_their_cpus_whether_they_are_there_or_made():
    assert to(document(), threaded=True, thread_cpus="2-3") == {"threaded": True, "thread_cpus": {"new": [2, 3]}}
    running = document(napi={"threaded": True}, threads={"20": list(range(8)), "21": [2, 3]})
    made = decided(running, thread_cpus=[2, 3])
    assert (made["from"], made["to"]) == (
        {"thread_cpus": {"20": list(range(8))}},
        {"thread_cpus": {"20": [2, 3]}},
    )


def reasons(found, **values):
    return {each["key"]: each["reason"] for each in packet_steering.not_set(found, {"eth0": values})}


def test_what_cannot_be_set_is_told():
    assert "needs no map" in reasons(document(served=(0,)), xps_cpus="auto")["xps_cpus"]
    assert "virtual, or down" in reasons(document(served=(), queues=2), xps_cpus="auto")["xps_cpus"]
    assert "is not threaded" in reasons(document(), thread_cpus=[1])["thread_cpus"]
    assert "not seen here" in reasons(document(napi={"threaded": True}), thread_cpus=[1])["thread_cpus"]
    old = document(napi={"threaded": None}, xps_cpus=None)
    old["unavailable"] = [
        {"path": "/nics/eth0/napi/threaded", "reason": "absent", "detail": "threaded: No such file"},
        {"path": "/nics/eth0/queues/tx/0", "reason": "absent", "detail": "xps_cpus: No such file"},
    ]
    assert reasons(old, threaded=True, xps_cpus={"tx-0": [1]}) == {
        "threaded": "threaded: No such file",
        "xps_cpus": "xps_cpus: No such file",
    }
    assert decided(old, threaded=True, xps_cpus={"tx-0": [1]}) is None


@pytest.mark.parametrize(
    "values, message",
    [
        ({"rps_cpus": [9]}, "eth0: rps_cpus: CPU 9 is not online; online are 0-7"),
        ({"rps_cpus": {"rx-0": [9]}}, "eth0: rps_cpus of rx-0: CPU 9 is not online"),
        ({"rps_cpus": [0, 4]}, "rx-0 is served by that very core"),
        ({"rps_cpus": "locla"}, "expected a CPU list such as 0-3,8, found 'locla'"),
        ({"rps_cpus": {"rx-1": [1]}}, "eth0: rps_cpus: it has no queue 'rx-1'; it has rx-0"),
        ({"rps_cpus": {"../../lo": [1]}}, "it has no queue"),
        ({"rps_cpus": {"tx-0": [1]}}, "it has no queue 'tx-0'"),
        ({"xps_cpus": "local"}, "xps_cpus is 'local', expected auto, off, or CPUs by queue such as tx-0"),
        ({"rfs": -1}, "eth0: rfs is -1, expected a whole number from 0 to 536870912"),
        ({"rfs": 1, "rps_flow_cnt": {"rx-0": 1}}, "give one of them"),
        ({"napi_defer_hard_irqs": 1 << 31}, "expected a whole number from 0 to 2147483647"),
        ({"thread_cpus": []}, "expected at least one CPU"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(document(), **values)
    assert message in str(error.value)


def test_only_isolated_cpus_are_refused():
    with pytest.raises(Refused, match="all of them are isolated"):
        decided(document(isolated=[5]), rps_cpus=[5])


def test_a_queue_of_a_journal_is_no_path():
    with pytest.raises(Refused, match="is no queue"):
        packet_steering._path("eth0", "../../../proc/sys", "rps_cpus")


def test_a_change_as_a_person_types_it():
    made = decided(document(served=(0, 1)), rps_cpus=[2, 3], rfs=2048, threaded=True, thread_cpus=[2])
    assert packet_steering.command(made).split("; ") == [
        "echo 1 > /sys/class/net/eth0/threaded",
        *"for q in rx-0 rx-1; do echo c > /sys/class/net/eth0/queues/$q/rps_cpus; done".split("; "),
        *"for q in rx-0 rx-1; do echo 1024 > /sys/class/net/eth0/queues/$q/rps_flow_cnt; done".split("; "),
        *"for t in $(pgrep ^napi/eth0-); do taskset -pc 2 $t; done".split("; "),
    ]


# A host of files: mlx5 with two queues, four CPUs.


def rps_file(queue):
    return f"/sys/class/net/eth0/queues/rx-{queue}/rps_cpus"


def steering(**values):
    return [{"knob": "packet_steering", "subject": "eth0", "values": values}]


def test_a_whole_host_is_set_and_set_once(tmp_path):
    host, files = settable_host(tmp_path)
    wanted = packet_steering.settings(["eth0"], {"rps_cpus": "local", "xps_cpus": "auto", "rfs": 1 << 17})
    checked = settle(host, wanted, check=True)
    found = settle(host, wanted)
    assert {**checked, "verified": None} == {**found, "verified": None}
    # Queues of node 1 are served by the CPUs 0 and 1: so 2 and 3 are its own, and free.
    assert found["verified"]["eth0"]["packet_steering"]["rps_cpus"] == {"rx-0": [2, 3], "rx-1": [2, 3]}
    assert found["verified"]["eth0"]["packet_steering"]["rps_flow_cnt"] == {"rx-0": 1 << 16, "rx-1": 1 << 16}
    assert found["verified"]["host"]["sysctl"] == {"net.core.rps_sock_flow_entries": 1 << 17}
    assert "eth0: packet_steering rps_cpus rx-0 2 3\n" in found["diff"]["after"]
    written = list(files.written)
    again = settle(host, wanted)
    assert (again["changed"], again["changes"], files.written) == (False, [], written)


def test_a_kernel_that_takes_a_cpu_out_of_a_mask_is_found_out(tmp_path):
    host, _files = settable_host(tmp_path, makes={rps_file(0): lambda _text: "4"})
    with pytest.raises(Refused, match="this value cannot be had here"):
        settle(host, steering(rps_cpus={"rx-0": [2, 3]}))


def test_a_queue_that_refuses_puts_the_others_back(tmp_path):
    host, _files = settable_host(tmp_path, refusals={rps_file(1): errno.EOVERFLOW})
    before = host.text(rps_file(0))
    with pytest.raises(Refused) as error:
        settle(host, steering(rps_cpus=[2, 3]))
    assert "one of the CPUs does not exist" in str(error.value)
    assert int(host.text(rps_file(0)).replace(",", ""), 16) == int(before.replace(",", ""), 16)


def test_a_nic_in_another_namespace_than_sysfs_is_not_set(tmp_path):
    contents = fake_host.files()
    contents[fake_host.ETH0 + "/ifindex"] = "77\n"
    host, files = settable_host(tmp_path, contents)
    with pytest.raises(Refused, match="sysfs shows another network namespace"):
        settle(host, steering(rps_cpus=[2, 3]))
    assert files.written == []


# The kernel of this machine, in a namespace of its own.

SCRIPT = """
set -e
mount -t sysfs sysfs /sys
ip link add va numrxqueues 4 numtxqueues 4 type veth peer name vb
ip link add vc type veth peer name vd
ip link set va up
ip link set vb up
exec "$@"
"""

PROGRAM = """
import json, os
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.packet_steering import settings
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
told = []
with this_host() as host:
    for command, names, values, check in json.loads({0!r}):
        os.system(command)
        try:
            told.append(settle(host, settings(names, values), check))
        except Refused as error:
            told.append(str(error))
    told.append([host.word("/sys/class/net/va/queues/" + file) for file in
                 ("rx-3/rps_cpus", "rx-3/rps_flow_cnt", "tx-0/xps_cpus", "tx-3/xps_cpus")])
    told.append(host.names("/sys/devices/system/cpu"))
print(json.dumps(told))
"""


def kernel(python_in_namespace, *rounds):
    answers = python_in_namespace(SCRIPT, PROGRAM.format(json.dumps(rounds)))
    return answers[:-2], answers[-2]


def test_the_queues_of_a_veth(python_in_namespace):
    wanted = {
        "rps_cpus": "local",
        "rfs": 5000,
        "xps_cpus": {"tx-0": [0]},
        "napi_defer_hard_irqs": 2,
        "gro_flush_timeout": 20000,
    }
    (checked, run, again, refused), values = kernel(
        python_in_namespace,
        ["true", ["va"], wanted, True],
        ["true", ["va"], wanted, False],
        ["true", ["va"], wanted, False],
        ["true", ["va"], {"rps_cpus": [4096]}, False],
    )
    assert checked["changes"] == run["changes"] and run["changed"] is True
    steered = run["verified"]["va"]["packet_steering"]
    assert set(steered["rps_flow_cnt"].values()) == {2048} and set(steered["rps_flow_cnt"]) == set(steered["rps_cpus"])
    assert steered["xps_cpus"] == {"tx-0": [0]}
    assert (steered["napi_defer_hard_irqs"], steered["gro_flush_timeout"]) == (2, 20000)
    # The table is the host's, and is not touched from here.
    (left,) = run["not_set"]
    assert left["key"] == "net.core.rps_sock_flow_entries" and "initial network namespace" in left["reason"]
    assert (again["changed"], again["changes"]) == (False, [])
    assert "CPU 4096 is not online" in refused
    assert int(values[0].replace(",", ""), 16) == sum(1 << cpu for cpu in steered["rps_cpus"]["rx-3"])
    assert (values[1], values[2], int(values[3], 16)) == ("2048", "1", 0)


def test_a_nic_that_refuses_puts_back_the_one_before_it(python_in_namespace):
    """veth polls by NAPI only with gro on: va takes what vc refuses."""
    (refused, told), _values = kernel(
        python_in_namespace,
        ["ethtool -K va gro on || true", ["va", "vc"], {"rps_cpus": {"rx-0": [0]}, "threaded": True}, False],
        ["true", ["va"], {"rps_cpus": "off", "threaded": False}, True],
    )
    assert "the driver does not poll by NAPI as it is now" in refused
    assert told["changes"] == []


def test_the_threads_of_a_veth_run_where_they_are_told(python_in_namespace):
    values = {"threaded": True, "thread_cpus": [0]}
    (run, again, off), _values = kernel(
        python_in_namespace,
        ["ethtool -K va gro on", ["va"], values, False],
        ["true", ["va"], values, False],
        ["true", ["va"], {"threaded": False}, False],
    )
    if isinstance(run, str) and "does not poll by NAPI" in run:
        pytest.skip("this veth has no NAPI: " + run)
    assert run["verified"]["va"]["packet_steering"] == {"threaded": True, "thread_cpus": {"new": [0]}}
    assert (again["changed"], again["changes"]) == (False, [])
    assert off["verified"]["va"]["packet_steering"] == {"threaded": False}
