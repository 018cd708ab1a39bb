# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decided on documents; written, read back and put back in the files of the FAKE host, whose kernel may refuse."""

import errno
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import load_between
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import Folder
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import irq_affinity
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def nic(roles, driver="igb", node=0, affinity=None, first=40, **more):
    """A NIC of a document whose interrupts have these ``(role, queue)``, one after the other."""
    irqs = {
        str(first + place): {
            "action": f"{driver}-{role}-{queue}",
            "role": role,
            "queue": queue,
            "affinity": affinity and affinity[place],
            "effective_affinity": None,
        }
        for place, (role, queue) in enumerate(roles)
    }
    return dict({"driver": {"name": driver}, "numa_node": node, "irqs": irqs, "channels": None, "queues": None}, **more)


def document(load=None, **nics):
    """A host of eight CPUs, four a node."""
    cpus = {
        "online": list(range(8)),
        "isolated": [],
        "nohz_full": [],
        "nodes": {"0": [0, 1, 2, 3], "1": [4, 5, 6, 7]},
        "topology": {str(cpu): {"siblings": [cpu], "package": cpu // 4} for cpu in range(8)},
    }
    return {"cpus": cpus, "nics": nics, "unavailable": [], "load": load}


def decided(found, **values):
    return {made["subject"]: made["to"] for made in irq_affinity.decide(found, dict.fromkeys(found["nics"], values))}


RXTX = [("rxtx", queue) for queue in range(4)]


def test_only_interrupts_of_queues_in_use_are_moved_and_only_those_elsewhere():
    roles = [("other", None), ("rx", 0), ("tx", 0), ("rx", 1), ("tx", 1)]
    eth0 = nic(roles, "virtio_net", affinity=[[0], [0], [0, 1], [3], [1]], channels={"combined": 2})
    assert decided(document(eth0=eth0), policy="local_cores") == {"eth0": {"42": "0", "43": "1"}}
    eth0["channels"] = {"combined": 1}
    assert decided(document(eth0=eth0), policy="local_cores") == {"eth0": {"42": "0"}}
    (made,) = irq_affinity.decide(document(eth0=eth0), {"eth0": {"policy": "local_cores"}})
    assert (made["from"], made["class"], made["memory"]) == ({"42": "0-1"}, 0, None)
    assert irq_affinity.command(made) == "echo 0 > /proc/irq/42/smp_affinity_list"


def test_nics_of_one_task_do_not_stack_and_a_bond_is_no_change():
    found = document(bond0=dict(nic([]), driver={"name": "bonding"}), eth0=nic(RXTX[:2]), eth1=nic(RXTX[:2], first=60))
    assert decided(found, policy="local_cores") == {"eth0": {"40": "0", "41": "1"}, "eth1": {"60": "2", "61": "3"}}


@pytest.mark.parametrize(
    "values, expected",
    [
        ({"policy": "spread"}, "0 4 1 5"),
        ({"policy": "local_cores", "reserved": [0, 1]}, "2 3 2 3"),
        ({"policy": "local_cores", "reserved": "0-1", "start_cpu": 3}, "3 2 3 2"),
        ({"policy": "cpulist", "cpulist": "6-7"}, "6 7 6 7"),
        ({"40": [2], "43": "2-3"}, "2 2-3"),
        ({40: 2, 41: [5]}, "2 5"),
    ],
)
def test_policies_and_maps(values, expected):
    to = irq_affinity.decide(document(eth0=nic(RXTX)), {"eth0": values})[0]["to"]
    assert " ".join(to[irq] for irq in sorted(to)) == expected


def test_the_load_decides_where_it_is_asked():
    load = {str(cpu): {"busy": 0.0, "softirq": 0.0} for cpu in range(8)}
    load["0"] = {"busy": 0.96, "softirq": 0.96}
    found = document(load, eth0=nic(RXTX, affinity=[[0], [0], [0], [0]]))
    assert sorted(decided(found, policy="least_loaded")["eth0"].values()) == ["1", "2", "3"]
    assert irq_affinity.SECTIONS({"policy": "least_loaded"}) == ("cpus", "load")
    assert irq_affinity.SECTIONS({"40": [1]}) == ("cpus",)
    with pytest.raises(Refused, match="could not be measured"):
        decided(document(None, eth0=nic(RXTX)), policy="least_loaded")


def test_what_a_cpu_did_between_two_readings():
    before = {"0": dict.fromkeys(fake_host_fields(), 100), "1": dict.fromkeys(fake_host_fields(), 5)}
    after = {"0": dict(before["0"], idle=125, iowait=99, softirq=160, user=115, guest=115), "2": before["1"]}
    assert load_between(before, after) == {"0": {"busy": 0.75, "softirq": 0.6}}


def fake_host_fields():
    return ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")


@pytest.mark.parametrize(
    "values, message",
    [
        ({"policy": "fastest"}, "policy is 'fastest', expected one of local_cores, spread, least_loaded, cpulist"),
        ({}, "policy is None, expected one of"),
        ({"policy": "cpulist"}, "policy cpulist needs cpulist"),
        ({"policy": "local_cores", "cpulist": "1"}, "no other policy takes one"),
        ({"policy": "cpulist", "cpulist": "7-9"}, "CPU 8-9 of cpulist is not online; online are 0-7"),
        ({"policy": "cpulist", "cpulist": "a"}, "cpulist: expected a CPU list such as 0-3,8, found 'a'"),
        ({"policy": "local_cores", "start_cpu": 8}, "start_cpu is 8, expected one of the CPUs that are online, 0-7"),
        (
            {"policy": "spread", "reserved": "0-7"},
            "eth0: no CPU is left for interrupts: of the CPUs online, 0-7, reserv",
        ),
        ({"40": [9]}, "eth0: CPU 9 of interrupt 40 is not online; online are 0-7"),
        ({"40": []}, "interrupt 40: expected at least one CPU"),
        ({"99": [1]}, "eth0: interrupt 99 is none of theirs; they have 40, 41, 42, 43. Numbers change"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(document(eth0=nic(RXTX)), **values)
    assert message in str(error.value)


def test_nics_without_any_interrupt_are_refused_and_unknown_ones_with_the_reason():
    with pytest.raises(Refused, match="none of eth0 has an interrupt that serves a queue"):
        decided(document(eth0=nic([("other", None)])), policy="local_cores")
    found = document(eth0=dict(nic([]), irqs=None))
    found["unavailable"] = [{"path": "/nics/eth0/irqs", "reason": "absent", "detail": "/proc/interrupts: cut off"}]
    with pytest.raises(Refused, match="eth0: its irqs cannot be known: /proc/interrupts: cut off"):
        decided(found, policy="local_cores")


def test_a_map_for_two_nics_gives_each_its_own():
    found = document(eth0=nic(RXTX), eth1=nic(RXTX, first=60))
    assert decided(found, **{"40": [3], "61": [5]}) == {"eth0": {"40": "3"}, "eth1": {"61": "5"}}


def test_what_is_not_as_it_should_be_is_noted():
    (made,) = irq_affinity.decide(
        document(eth0=nic(RXTX, napi={"threaded": 1})), {"eth0": {"policy": "local_cores", "reserved": [0, 1, 2, 3]}}
    )
    assert made["notes"] == [
        "no CPU of the NIC's own NUMA node is left for interrupts",
        "its NAPI runs in threads, whose CPUs the scheduler chooses",
    ]


# --- written --------------------------------------------------------------------------------------------------------


def kernel(refused=(), effective=True):
    """The files of a host of which affinities can be written; ``refused`` has the errno by path."""

    class Files(Folder):
        def write(self, path, data):
            number = dict(refused).get(path)
            if number:
                raise OSError(number, os.strerror(number))
            assert path.startswith("/proc/irq/")
            for file in ["smp_affinity_list"] + ["effective_affinity_list"] * effective:
                with open(self._place(path.rpartition("/")[0] + "/" + file), "wb") as stream:
                    stream.write(data)

    return Files


@pytest.fixture
def host(tmp_path):
    """Makes the FAKE host: eth0 has the interrupts 40 and 41, on node 1, whose CPUs are 2 and 3."""

    def make(refused=(), effective=True):
        fake_host.make(tmp_path)
        made = fake_host.host(tmp_path, files=kernel(refused, effective)(str(tmp_path)))
        made.machine.user_id = lambda: 0
        return made

    return make


def setting(**values):
    return [{"knob": "irq_affinity", "subject": "eth0", "values": values or {"policy": "local_cores"}}]


def path(irq):
    return f"/proc/irq/{irq}/smp_affinity_list"


def test_a_setting_is_made_read_back_and_told_and_a_second_run_does_nothing(host):
    one = host()
    checked = settle(one, setting(), check=True)
    found = settle(one, setting())
    assert (one.word(path(40)), one.word(path(41))) == ("2", "3")
    assert {**checked, "verified": None} == {**found, "verified": None}
    assert found["verified"] == {"eth0": {"irq_affinity": {"40": "2", "41": "3"}}}
    assert found["diff"] == {
        "before": "eth0: irq_affinity 40 0-3\neth0: irq_affinity 41 0-3\n",
        "after": "eth0: irq_affinity 40 2\neth0: irq_affinity 41 3\n",
    }
    again = settle(one, setting())
    assert (again["changed"], again["changes"], again["commands"]) == (False, [], [])


@pytest.mark.parametrize("number", [errno.EIO, errno.EPERM])
def test_an_interrupt_that_nobody_may_move_is_told_and_the_others_are_moved(host, number):
    one = host({path(40): number})
    found = settle(one, setting())
    assert (one.word(path(40)), one.word(path(41))) == ("0-3", "3")
    (made,) = found["changes"]
    assert (made["to"], found["changed"]) == ({"41": "3"}, True)
    assert "the kernel manages interrupt 40 itself, or its chip cannot move it: /proc/irq/40" in found["notes"][-1]
    again = settle(one, setting())
    assert (again["changed"], again["commands"], again["changes"][0]["to"]) == (False, [], {})
    assert again["changes"][0]["notes"] == made["notes"]


@pytest.mark.parametrize(
    "number, words",
    [(errno.ENOSPC, "no interrupt vector is left on this CPU"), (errno.EINVAL, "none of these CPUs is online")],
)
def test_a_refusal_puts_back_what_was_written(host, number, words):
    one = host({path(41): number})
    with pytest.raises(Refused) as error:
        settle(one, setting())
    assert f"eth0: interrupt 41 to CPU 3: {path(41)}: {os.strerror(number)}: {words}" in str(error.value)
    # The fake refuses to put it back as well: 41 never was elsewhere.
    assert "could not be put back" in str(error.value) or "40 0-3" in str(error.value)
    assert one.word(path(40)) == "0-3"


def test_what_is_not_in_force_yet_is_told(host):
    one = host(effective=False)
    found = settle(one, setting())
    assert irq_affinity.not_in_force(one, found["changes"]) == [
        {"interface": "eth0", "irq": 40, "cpus": "2", "effective": "0", "polling": False},
        {"interface": "eth0", "irq": 41, "cpus": "3", "effective": "1", "polling": False},
    ]
    assert irq_affinity.not_in_force(one, []) == []


def test_a_cpu_that_only_polls_is_why_an_interrupt_does_not_come(host, tmp_path):
    one = host(effective=False)
    found = settle(one, setting())
    lines = one.text("/proc/stat").splitlines(True)

    def polls(_seconds):
        lines[1] = lines[1].replace(" 70 ", " 1070 ")
        (tmp_path / "proc/stat").write_text("".join(lines))

    one.clock.sleep = polls
    told = irq_affinity.not_in_force(one, found["changes"])
    assert [(each["irq"], each["polling"]) for each in told] == [(40, True), (41, False)]
