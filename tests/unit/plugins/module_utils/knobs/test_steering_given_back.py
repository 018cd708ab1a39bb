# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of channels undoes: of the queues of a real veth, and of interrupts, which no veth has."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import steering

FOUR_QUEUES = """
set -e
mount -t sysfs none /sys
ip link add v0 numrxqueues 4 numtxqueues 4 type veth peer name v1 numrxqueues 4 numtxqueues 4
ip link set v0 up
ip link set v1 up
for queue in 0 1 2 3; do
    echo 1 > /sys/class/net/v0/queues/rx-$queue/rps_cpus
    echo 6$queue > /sys/class/net/v0/queues/rx-$queue/rps_flow_cnt
done
echo 2 > /sys/class/net/v0/queues/tx-3/xps_cpus
exec "$@"
"""

PROGRAM = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import setting_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import channels
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.apply import apply, taken_back

with this_host() as host:
    def seen():
        return setting_facts(host, ["v0"], ("queues",), ())["nics"]["v0"]["queues"]

    def changes(**values):
        document = setting_facts(host, ["v0"], channels.PARTS, channels.SECTIONS)
        return channels.decide(document, {"v0": values})

    before = seen()
    fewer = changes(rx="2", tx="2")
    done = apply(host, fewer)
    between = seen()
    said = taken_back(host, fewer)
    print(json.dumps({
        "before": before, "between": between, "after": seen(), "said": said, "notes": done[0]["notes"],
        "again": changes(rx="4", tx="4"), "told": fewer[0]["notes"],
    }))
"""


def test_queues_that_come_back_by_a_rollback_have_what_they_had(python_in_namespace):
    found = python_in_namespace(FOUR_QUEUES, PROGRAM)
    assert set(found["between"]["rx"]) == {"0", "1"}
    assert found["between"]["rx"]["0"] == found["before"]["rx"]["0"]
    assert found["before"]["rx"]["3"]["rps_cpus"] == [0]
    assert found["after"] == found["before"]
    assert found["said"] == "; v0: rx 4, tx 4 was put back"
    assert found["notes"] == found["again"] == []
    assert "rx-2, rx-3, tx-3 go" in found["told"][0]


DEVICE = "/sys/devices/pci0000:00/0000:00:03.0"


def kept(rx=(), tx=(), **irqs):
    """Queues by number with their CPUs."""
    return {
        "rx": {str(queue): {"rps_cpus": cpus, "rps_flow_cnt": 0} for queue, cpus in enumerate(rx)},
        "tx": {str(queue): {"xps_cpus": cpus} for queue, cpus in enumerate(tx)},
        "irqs": irqs,
    }


def nic(keeping, **irqs):
    queues = {side: keeping[side] for side in ("rx", "tx")}
    return {"queues": queues, "irqs": irqs}


def irq(role, queue, affinity, hint=None):
    return {"role": role, "queue": queue, "action": f"eth0-{role}-{queue}", "affinity": affinity, "affinity_hint": hint}


def differing(now, keeping):
    return [(what, value) for what, value, _found, _write in steering._differing(now, "eth0", keeping)]


def test_an_interrupt_that_the_driver_placed_is_not_kept_nor_one_of_no_queue_in_use():
    queues = kept([[]], [[]])
    found = steering.kept(
        nic(
            queues,
            a=irq("rx", 0, [2]),
            b=irq("tx", 0, [1], [1]),
            c=irq("rx", 3, [2]),
            d=irq("other", None, [2]),
            e=irq("rx", 1, None),
        )
    )
    assert found["irqs"] == {"rx 0": [2]}


def test_affinities_follow_their_queues_to_other_numbers_and_to_shared_interrupts():
    keeping = dict(kept([[], []], [[], []]), irqs={"rx 0": [2], "tx 0": [3], "rx 1": [1]})
    now = nic(keeping, **{"90": irq("rxtx", 0, [0, 1]), "91": irq("rxtx", 1, [1]), "92": irq("rxtx", 2, [0])})
    assert differing(now, keeping) == [("the affinity of interrupt 90 (eth0-rxtx-0)", [2])]
    apart = nic(keeping, **{"90": irq("rx", 0, [0]), "91": irq("tx", 0, [0])})
    together = dict(keeping, irqs={"rxtx 0": [5]})
    assert [value for _what, value in differing(apart, together)] == [[5], [5]]


@pytest.mark.parametrize(
    "before, now, expected",
    [
        # Dealt out over all queues: made for their number.
        ([[0, 2], [1, 3]], [[0], [1], [2], [3]], []),
        ([[0], [1], [2], [3]], [[0, 2], [1, 3]], []),
        ([[0], [1]], [[1], [0]], [("xps_cpus of tx-0", [0]), ("xps_cpus of tx-1", [1])]),
        # One queue that somebody wanted for one CPU.
        ([[3], []], [[0], [1], [2], [3]], [("xps_cpus of tx-0", [3]), ("xps_cpus of tx-1", [])]),
    ],
)
def test_xps_that_was_dealt_out_over_all_queues_is_given_back_to_as_many_only(before, now, expected):
    assert differing(nic(kept(tx=now)), kept(tx=before)) == expected


def test_what_cannot_be_given_back_is_told_with_the_reason(settable):
    settled = kept([[0]])
    settable.host._files.write = refuse
    said = steering.give_back(settable.host, "eth0", settled)[0]
    assert said.startswith("eth0: rps_cpus of rx-0 CPUs 0 could not be given back: ")
    assert "No space left on device" in said
    (said,) = steering.give_back(settable.host, "eth9", settled)
    assert said.startswith("eth9: what was set of its queues could not be given back: no interface 'eth9'")


def refuse(_path, _data):
    raise OSError(28, "No space left on device")
