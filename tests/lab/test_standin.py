# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in for mlx5 shows what mlx5_core shows, to ethtool and /proc as well as to the collection."""

import json

import auditing
import kernels
import pytest
import witness

CHANNELS = 4


@pytest.fixture(scope="module", params=kernels.SUITES)
def guest(request, guests):
    one = guests[request.param]
    with one.irqbalance_held(), one.standins(CHANNELS):
        yield one


@pytest.fixture(scope="module")
def facts(guest, tmp_path_factory):
    """What ethtool_facts says of mlx0, and packet_path_info of its counters and interrupts."""
    folder = tmp_path_factory.mktemp("standin")
    told = {"content": "{{ read.packet_path.nics.mlx0 | to_json }}", "dest": f"{folder}/mlx0", "mode": "0600"}
    tasks = [
        {"linuxnet.packetloss.packet_path_info": {"interfaces": ["mlx0"], "interval": 0}, "register": "read"},
        {"ansible.builtin.copy": told, "delegate_to": "localhost", "connection": "local"},
    ]
    playbook = folder / "read.json"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    done = auditing.play(folder, playbook, {"hosts": {guest.name: guest.host_variables()}})
    assert done.returncode == 0, done.stdout
    return json.loads((folder / "mlx0").read_text())


def test_standin_is_named_mlx5_core(guest, facts):
    told = dict(witness.pairs(guest.run("ethtool", "-i", "mlx0")))
    assert told["driver"] == facts["driver"]["name"] == "mlx5_core"
    assert told["bus-info"] == facts["pci"]["address"] == "0000:21:00.0"
    assert (facts["numa_node"], facts["local_cpus"]) == (0, [0, 1])


def test_standin_has_the_rings_and_channels_of_mlx5(guest, facts):
    maxima, current = witness.maxima_and_current(guest.run("ethtool", "-g", "mlx0"))
    assert (maxima["RX"], maxima["TX"], current["RX"], current["TX"]) == (8192, 8192, 1024, 1024)
    assert (facts["rings"]["rx"], facts["rings"]["rx_max"]) == (1024, 8192)
    maxima, current = witness.maxima_and_current(guest.run("ethtool", "-l", "mlx0"))
    assert (maxima["Combined"], current["Combined"]) == (63, CHANNELS)
    assert (facts["channels"]["combined_max"], facts["channels"]["combined"]) == (63, CHANNELS)


def test_standin_rounds_a_ring_up_to_a_power_of_two(guest):
    with guest.ring("mlx0", rx=1500):
        _maxima, current = witness.maxima_and_current(guest.run("ethtool", "-g", "mlx0"))
        assert current["RX"] == 2048


def test_standin_has_adaptive_coalescing_and_private_flags(guest, facts):
    assert "Adaptive RX: on  TX: on" in guest.run("ethtool", "-c", "mlx0")
    assert facts["coalesce"]["adaptive_rx"] is True
    assert facts["private_flags"]["rx_striding_rq"] is False
    assert "rx_striding_rq" in guest.run("ethtool", "--show-priv-flags", "mlx0")


def test_every_statistic_of_the_standin_is_known(guest, facts):
    _heading, *told = witness.pairs(guest.run("ethtool", "-S", "mlx0").replace("statistics:", "statistics: of it"))
    assert {name for name, _value in told} == facts["counters"].keys()
    assert not [name for name, one in facts["counters"].items() if one["kind"] == "unclassified"]
    assert facts["counters"]["rx_out_of_buffer"]["class"] == "c"


def test_interrupts_of_the_standin_belong_to_queues_and_can_be_moved(guest, facts):
    rows = witness.interrupts(guest.read("/proc/interrupts"))
    completion = {irq: action for irq, (action, _counts) in rows.items() if action.startswith("mlx5_comp")}
    queues = {irq: one["queue"] for irq, one in facts["irqs"].items() if one["role"] == "rxtx"}
    mine = {irq: action for irq, action in completion.items() if action.endswith("@pci:0000:21:00.0")}
    assert queues == {irq: int(action.partition("@")[0][len("mlx5_comp") :]) for irq, action in mine.items()}
    irq = next(irq for irq, queue in queues.items() if queue == 0)
    for cpu in ("3", "0"):
        before = fired(guest, irq, cpu)
        guest.write(f"/proc/irq/{irq}/smp_affinity_list", cpu)
        # An interrupt moves when it fires: the first may still be the old CPU's.
        for _unused in range(10):
            guest.tell_standin("mlx0", "kick", "0")
            if fired(guest, irq, cpu) > before:
                break
        before = fired(guest, irq, cpu)
        guest.tell_standin("mlx0", "kick", "0 5")
        assert fired(guest, irq, cpu) == before + 5


def fired(guest, irq, cpu):
    return witness.interrupts(guest.read("/proc/interrupts"))[irq][1][cpu]


@pytest.mark.parametrize("error, told", [("ENOMEM", "Cannot allocate memory"), ("EOPNOTSUPP", "not supported")])
def test_standin_can_refuse_a_ring(guest, error, told):
    guest.tell_standin("mlx0", "fail", f"rings {error} once")
    with pytest.raises(RuntimeError, match=told):
        guest.run("ethtool", "-G", "mlx0", "rx", "2048")
    _maxima, current = witness.maxima_and_current(guest.run("ethtool", "-g", "mlx0"))
    assert current["RX"] == 1024
