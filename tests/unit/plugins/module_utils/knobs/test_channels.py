# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import channels, memory
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit import ring_hosts
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import GIB

SET_CHANNELS = 0x3D


def queues(rx, tx, rps=(), xps=()):
    return {
        "rx": {str(queue): {"rps_cpus": list(rps), "rps_flow_cnt": 0} for queue in range(rx)},
        "tx": {str(queue): {"xps_cpus": list(xps)} for queue in range(tx)},
    }


def document(driver="mlx5_core", now=4, most=8, **others):
    """A host of 128 CPUs on four nodes with eth0 of node 0; *others* are parts of it."""
    nic = ring_hosts.nic(driver, count=now, queues=queues(now, now), rss=None, steered_queues=[], rdma_devices=[])
    nic["channels"] = ring_hosts.channels(now, most)
    nic.update(others)
    found = ring_hosts.host({"eth0": nic}, nodes=4, cpus=128)
    found["cpus"].update(isolated=[], nohz_full=[], topology={})
    found["unavailable"] = []
    return found


def decided(found, **values):
    changes = channels.decide(found, {"eth0": values})
    return changes[0]["to"] if changes else None


def rss(*table):
    return {
        "table_size": len(table),
        "queues": sorted(set(table)),
        "weights": {str(queue): table.count(queue) for queue in sorted(set(table))},
    }


@pytest.mark.parametrize(
    "now, most, value, expected",
    [
        (4, 8, "2", {"combined": 2}),
        (4, 8, 8, {"combined": 8}),
        (4, 8, "4", None),
        (4, 8, "max", {"combined": 8}),
        (8, 8, "max", None),
        (4, 64, "per_local_core", {"combined": 32}),
        (4, 8, "per_local_core", {"combined": 8}),
        (4, 8, None, None),
    ],
)
def test_a_nic_gets_the_number_that_a_value_means(now, most, value, expected):
    assert decided(document(now=now, most=most), combined=value) == expected


def test_cores_count_and_not_their_threads_and_no_isolated_ones():
    found = document(now=4, most=64)
    # CPUs 0-31 are of node 0; each core has the threads n and n + 16, and the first two cores are isolated.
    found["cpus"]["topology"] = {
        str(cpu): {"package": 0, "core": cpu % 16, "node": 0, "siblings": [cpu % 16, cpu % 16 + 16]}
        for cpu in range(32)
    }
    found["cpus"]["isolated"] = [0, 16, 1, 17]
    assert decided(found, combined="per_local_core") == {"combined": 14}


def test_a_nic_of_no_node_has_the_cores_of_the_host():
    assert decided(document(now=4, most=256, numa_node=None), combined="per_local_core") == {"combined": 128}


def test_directions_are_set_by_themselves():
    found = document("veth", channels=ring_hosts.channels(0, 0, rx=4, rx_max=8, tx=4, tx_max=8))
    (made,) = channels.decide(found, {"eth0": {"rx": "2", "tx": "4"}})
    assert (made["from"], made["to"]) == ({"rx": 4}, {"rx": 2})
    assert channels.command(made) == "ethtool -L eth0 rx 2"


@pytest.mark.parametrize(
    "others, values, message",
    [
        ({}, {"combined": "9"}, "eth0: combined 9 is above the 8 that the hardware has: give at most that, or max"),
        ({}, {"combined": "some"}, "eth0: combined is 'some', expected a number up to 8, max or per_local_core"),
        ({}, {"combined": "0"}, "eth0: no rx queue would be left"),
        ({}, {"rx": "2"}, "eth0: its driver has no rx channels; give combined, or leave out the interface"),
        ({"driver": "vmxnet3"}, {"combined": "2"}, "its driver vmxnet3 cannot change its channels"),
        ({"rss": rss(0, 0, 0, 3)}, {"combined": "3"}, "names queue 3, and with 3 there is none such"),
        ({"steered_queues": [0, 3]}, {"combined": "2"}, "ntuple rules send packets to queues that would go (3)"),
        (
            {"driver": "virtio_net", "xdp": {"attached": True, "mode": "driver", "program_id": 7}},
            {"combined": "2"},
            "ip link set dev eth0 xdp off",
        ),
        ({"driver": "ice", "rdma_devices": ["rocep1s0"]}, {"combined": "2"}, "while RDMA is bound to it"),
    ],
)
def test_what_would_be_refused_is_refused_in_words(others, values, message):
    with pytest.raises(Refused) as error:
        decided(document(**others), **values)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "others, values",
    [
        # A table as drivers make it is made anew, and one that reaches no further than the new queues can stay.
        ({"rss": rss(0, 1, 2, 3)}, {"combined": "2"}),
        ({"rss": rss(0, 0, 1, 1)}, {"combined": "2"}),
        ({"steered_queues": [1]}, {"combined": "2"}),
        # Others change their channels beside XDP and RDMA.
        ({"xdp": {"attached": True, "mode": "driver", "program_id": 7}, "rdma_devices": ["mlx5_0"]}, {"combined": "2"}),
        # What is so already is nothing to refuse.
        ({"driver": "vmxnet3"}, {"combined": "4"}),
    ],
)
def test_what_may_work_is_not_refused(others, values):
    channels.decide(document(**others), {"eth0": values})


def notes(found, **values):
    return " ".join(channels.decide(found, {"eth0": values})[0]["notes"])


def test_what_the_change_undoes_is_told():
    steered = {"queues": queues(4, 4, rps=[1], xps=[2])}
    said = notes(document("virtio_net", **steered), combined="3")
    assert "rx-3, tx-3 go, and their RPS, RFS and XPS with them" in said
    assert "sets the affinities of its interrupts again, sets XPS again; what others had set is given back" in said
    assert "XPS was dealt out over 4 queues" in said
    said = notes(document("virtio_net", **steered), combined="3", restore_steering=False)
    assert "what others had set is lost" in said
    assert "the new receive queues have no RPS" in notes(document(**steered), combined="8")
    assert notes(document(irqs={}), combined="8") == notes(document(irqs={}), combined="2") == ""


def test_a_table_that_leaves_out_the_new_queues_is_told():
    for driver, table, told in [
        ("igb", (0, 1, 0, 1), True),
        ("igb", (0, 1, 2, 3), False),
        ("igb", (0, 0, 2, 3), True),
        # A table that is as long as it can be.
        ("igb", (0, 1), False),
    ]:
        said = notes(document(driver, irqs={}, rss=rss(*table)), combined="8")
        assert ("new queues get no packets before ethtool -X eth0 default" in said) is told
    # ixgbe makes a table of 16 queues, however many there are.
    found = document("ixgbe", now=20, most=63, irqs={}, rss=rss(*range(16), *range(16)))
    assert "ethtool -X" not in notes(found, combined="32")
    assert decided(found, combined="8") == {"combined": 8}


def test_channels_are_priced_by_kind():
    found = document(now=4, most=8, channels=ring_hosts.channels(4, 8, rx=2, rx_max=8, tx=0, tx_max=8))

    def need(**values):
        return memory.priced(found, channels.decide(found, {"eth0": values}), "0")[1]["need_bytes"]

    # Two more RX queues are the same, whether they have TX queues besides or not, but for what these take.
    assert 0 < need(rx="4") < need(combined="6")
    assert need(rx="0") < 0 < need(tx="2") < need(combined="6")
    assert need(combined="5", rx="1") < need(combined="5")


def test_a_price_that_nobody_knows_stops_more_channels_and_not_fewer():
    found = document(now=4, rings=None)
    more, fewer = (channels.decide(found, {"eth0": {"combined": number}}) for number in ("8", "2"))
    with pytest.raises(Refused, match="force: true"):
        memory.priced(found, more)
    assert [memory.takes_none(made) for made in more + fewer] == [False, True]


def test_more_channels_than_memory_are_refused():
    found = document(now=4, most=64)
    found["memory"]["meminfo"].update(MemAvailable=GIB // 8)
    changes = channels.decide(found, {"eth0": {"combined": "max"}})
    with pytest.raises(Refused, match="(?s)eth0 that fits beside 64 queues is .*|No receive ring.*Nothing was changed"):
        memory.check(memory.priced(found, changes, "1G")[1])


def test_a_driver_that_refuses_is_told_in_words(settable):
    settable.eth0["channels"].update(max_combined=8)
    settable.eth0["errors"] = {SET_CHANNELS: errno.EBUSY}
    setting = {"knob": "channels", "subject": "eth0", "values": {"combined": "4"}}
    with pytest.raises(Refused) as error:
        settle(settable.host, [setting], reserve="0")
    assert "eth0: combined 4: ETHTOOL_SCHANNELS eth0: Device or resource busy: the driver cannot now" in str(
        error.value
    )
    assert str(error.value).endswith("; nothing was changed")
