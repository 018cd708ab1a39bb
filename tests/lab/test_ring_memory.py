# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ring_memory_info predicts is what MemFree falls by, with real drivers and with the stand-in for mlx5."""

import contextlib
import dataclasses
import functools
import json
import operator
import statistics

import auditing
import kernels
import pytest
from guest import at_once

#: How far the prediction may be off.
TOLERANCE = 0.10
#: Of each stand-in for mlx5.
CHANNELS = 4
#: Free bytes: MemFree leaves out the pages in the lists of the CPUs, which may be a hundred MiB.
MEM_FREE = """
echo 1 >/proc/sys/vm/stat_refresh
awk '/^MemFree:/ {free = $2 * 1024} $1 == "count:" {free += $2 * 4096} END {printf "%d\\n", free}' \\
    /proc/meminfo /proc/zoneinfo
"""


@dataclasses.dataclass(frozen=True)
class Change:
    """A change of one NIC: from where it starts and where it goes, in the words of the module and of the guest."""

    driver: str
    nic: str
    told: str
    target: dict
    before: str
    after: str
    #: Brings the guest into the state that the change needs, and back.
    prepare: str = "true"
    restore: str = "true"
    #: It is made and taken back so many times, and the median counts without the first, which brings programs into the
    #: page cache. A change of a few MiB needs more of them: others take and free memory meanwhile.
    rounds: int = 2
    #: The guest receives large packets before: virtio_net cuts its buffers to their average.
    large_packets: bool = False


def rings(driver, nic, low, high, option="rx", **more):
    return Change(
        driver,
        nic,
        f"-G {option} {low} -> {high}{more.pop('told', '')}",
        {option: high},
        f"ethtool -G {nic} {option} {low}",
        f"ethtool -G {nic} {option} {high}",
        **more,
    )


JUMBO = {"told": " at MTU 9000", "prepare": "ip link set {0} mtu 9000", "restore": "ip link set {0} mtu 1500"}


def jumbo(nic):
    return {key: text.format(nic) for key, text in JUMBO.items()}


CHANGES = (
    rings("igb", "igb0", 256, 4096),
    rings("e1000e", "e1k0", 256, 4096),
    rings("vmxnet3", "vmx0", 256, 4096),
    rings("virtio_net", "vio0", 256, 1024, rounds=6),
    rings("mlx5_core", "mlx0", 1024, 8192),
    rings("mlx5_core", "mlx1", 1024, 8192, option="tx"),
    rings("igb", "igb0", 256, 4096, **jumbo("bond0")),
    rings("virtio_net", "vio0", 256, 1024, told=" after large packets", large_packets=True, rounds=6),
    rings("mlx5_core", "mlx0", 1024, 4096, **jumbo("mlx0")),
    Change(
        *("mlx5_core", "mlx1", "MTU 1500 -> 9000", {"mtu": 9000}),
        before="ip link set mlx1 mtu 1500",
        after="ip link set mlx1 mtu 9000",
        restore="ip link set mlx1 mtu 1500",
    ),
    Change(
        *("mlx5_core", "mlx0", "-L combined 2 -> 4", {"channels": 4}),
        before="ethtool -L mlx0 combined 2",
        after="ethtool -L mlx0 combined 4",
        prepare="ethtool -G mlx0 rx 4096",
    ),
)


def batches(changes):
    """The changes in their order, split where a NIC comes again: those of one batch are asked for at once."""
    found = [[]]
    for change in changes:
        if change.nic in {other.nic for other in found[-1]}:
            found.append([])
        found[-1].append(change)
    return found


@pytest.fixture(scope="module")
def measured(guests, tmp_path_factory):
    """Every change in every guest: rows of what was predicted and what was measured. The table stays for the docs."""
    rows = []
    with contextlib.ExitStack() as stack:
        for guest in guests.values():
            stack.enter_context(guest.standins(CHANNELS))
        for number, batch in enumerate(batches(CHANGES)):
            for guest in guests.values():
                guest.script("\n".join(f"{change.prepare}\n{change.before}" for change in batch))
                for change in filter(operator.attrgetter("large_packets"), batch):
                    receive_large_packets(guest, change.nic)
            predicted = predictions(tmp_path_factory.mktemp(f"batch{number}"), guests, batch)
            for change in batch:
                falls = at_once(functools.partial(fall_of_memory, change=change), guests)
                for kernel, fall in falls.items():
                    rows.append(
                        {
                            "kernel": kernel,
                            "driver": change.driver,
                            "change": change.told,
                            "predicted_bytes": predicted[kernel][change.nic]["need_bytes"],
                            "measured_bytes": fall,
                        }
                    )
            for guest in guests.values():
                guest.script("\n".join(change.restore for change in batch))
    (auditing.LAB_RESULTS / "ring_memory.json").write_text(json.dumps(rows, indent=1) + "\n")
    (auditing.LAB_RESULTS / "ring_memory.txt").write_text(table(rows))
    return rows


def receive_large_packets(guest, nic):
    """Some hundred packets of 64 KiB, so that the buffers of one queue of *nic*, or more, grow."""
    stream = {"address": guest.address(nic), "port": 7933}
    with guest.traffic("tcp-reader", **stream), guest.lab.traffic("tcp-writer", size=32 << 20, **stream):
        sizes = guest.script(f"cat /sys/class/net/{nic}/queues/rx-*/virtio_net/mergeable_rx_buffer_size").split()
    assert "4096" in sizes, f"the buffers of {nic} have {sizes} bytes: its packets were not large"


def table(rows):
    """The rows as text, for the summary of the tests."""
    lines = [f"{'kernel':8}{'driver':12}{'change':42}{'predicted MiB':>14}{'measured MiB':>14}"]
    for row in rows:
        sizes = "".join(f"{row[key] / 2**20:14.2f}" for key in ("predicted_bytes", "measured_bytes"))
        lines.append(f"{row['kernel']:8}{row['driver']:12}{row['change']:42}{sizes}")
    return "\n".join(lines)


def predictions(folder, guests, batch):
    """What the module computes of the changes on each guest: ``{kernel: {NIC: {"need_bytes": ...}}}``."""
    playbook = folder / "predict.json"
    told = {
        "content": "{{ told.ring_memory.nics | to_json }}",
        "dest": f"{folder}/{{{{ inventory_hostname }}}}",
        "mode": "0600",
    }
    targets = {change.nic: change.target for change in batch}
    tasks = [
        {"linuxnet.packetloss.ring_memory_info": {"interfaces": list(targets), "targets": targets}, "register": "told"},
        {"ansible.builtin.copy": told, "delegate_to": "localhost", "connection": "local"},
    ]
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    hosts = {guest.name: guest.host_variables() for guest in guests.values()}
    done = auditing.play(folder, playbook, {"hosts": hosts})
    assert done.returncode == 0, done.stdout
    return {kernel: json.loads((folder / guest.name).read_text()) for kernel, guest in guests.items()}


def fall_of_memory(guest, change):
    """By how many bytes the free memory falls with the change."""
    up = f"until [ $(cat /sys/class/net/{change.nic}/carrier) = 1 ]; do sleep 0.1; done"
    one_round = "\n".join((change.before, up, MEM_FREE, change.after, up, MEM_FREE))
    free = list(map(int, guest.script("\n".join([one_round] * change.rounds + [change.before])).split()))
    falls = [before - after for before, after in zip(free[::2], free[1::2], strict=True)]
    return int(statistics.median(falls[1:]))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.driver} {change.told}")
@pytest.mark.parametrize("kernel", kernels.SUITES)
def test_memory_falls_by_what_was_predicted(measured, kernel, change):
    row = next(
        row for row in measured if (row["kernel"], row["driver"], row["change"]) == (kernel, change.driver, change.told)
    )
    assert row["predicted_bytes"] > 0
    assert row["measured_bytes"] == pytest.approx(row["predicted_bytes"], rel=TOLERANCE)
