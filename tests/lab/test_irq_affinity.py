# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interrupts come where irq_affinity says, with irqbalance running: at once, after it has rebalanced, and after it was
started again, when it has only its policy script to go by. Then it gets them back.
"""

import functools
import json
import time

import auditing
import pytest
from guest import at_once

#: Of the NUMA node that igb0 is not on: irqbalance by itself never sends its interrupts there.
CPU = 1

#: irqbalance looks every 10 s.
REBALANCED_S = 13
SPAN_S = 3

#: Interrupts in a span from which on it can be said where they go.
ENOUGH = 20


def task(guest, folder, **arguments):
    """The result of the module on a guest."""
    answer = folder / f"{guest.name}.json"
    tasks = [
        {"linuxnet.packetloss.irq_affinity": dict({"interfaces": ["igb0"]}, **arguments), "register": "found"},
        {
            "ansible.builtin.copy": {"content": "{{ found | to_json }}", "dest": str(answer)},
            "delegate_to": "localhost",
            "connection": "local",
        },
    ]
    own = folder / guest.name
    own.mkdir(exist_ok=True)
    playbook = own / "play.yml"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    done = auditing.play(own, playbook, {"hosts": {guest.name: guest.host_variables()}})
    assert answer.exists(), done.stdout[-8000:]
    found = json.loads(answer.read_text())
    answer.unlink()
    return found


def counts(guest):
    """``{interrupt of a queue of igb0: [how often it fired, by CPU]}``."""
    rows = [line.split() for line in guest.read("/proc/interrupts").splitlines() if " igb0-" in line]
    return {row[-1]: [int(word) for word in row[1:] if word.isdecimal()][:4] for row in rows}


def came_to(guest):
    """``[interrupts of igb0's queues in a span, by CPU]``; skips where too few came to tell."""
    before = counts(guest)
    time.sleep(SPAN_S)
    after = counts(guest)
    found = [sum(after[irq][cpu] - before[irq][cpu] for irq in before) for cpu in range(4)]
    if sum(found) < ENOUGH:
        pytest.skip(f"only {sum(found)} interrupts came in {SPAN_S} s: the machine is too busy")
    return found


def all_to(cpu, found):
    return [number for place, number in enumerate(found) if place != cpu and number] == []


def test_interrupts_come_where_they_are_sent_and_irqbalance_leaves_them_there(guests, tmp_path):
    """In all guests at once: most of it is waiting for irqbalance."""
    at_once(functools.partial(sent_and_left_there, folder=tmp_path), guests)


def sent_and_left_there(guest, folder):
    run = functools.partial(task, guest, folder)
    guest.script("systemctl restart irqbalance")
    files = "cat /etc/default/irqbalance; find /usr/local -path '*libexec/*' | sort"
    before = guest.script(files)
    with guest.flood("igb0", port=7931, burst=50, pause=0.05, sources=250):
        made = run(policy="cpulist", cpulist=str(CPU))
        try:
            assert made["changed"] and made["irqbalance"]["running"]
            assert set(made["verified"]["igb0"]["irq_affinity"].values()) == {str(CPU)}
            assert all_to(CPU, came_to(guest))
            time.sleep(REBALANCED_S)
            assert all_to(CPU, came_to(guest))
            # It forgets what it was told by its socket.
            guest.script("systemctl restart irqbalance")
            time.sleep(REBALANCED_S)
            assert all_to(CPU, came_to(guest))
            again = run(policy="cpulist", cpulist=str(CPU))
            assert (again["changed"], again["changes"]) == (False, [])
        finally:
            gone = run(state="absent")
        assert gone["changed"] and not gone["irqbalance"]["banned"]
        assert guest.script(files) == before
        # Its NUMA node has CPUs 2 and 3. irqbalance looks at the load first, and moves some in each of its turns.
        for _turn in range(4):
            time.sleep(REBALANCED_S)
            found = came_to(guest)
            if found[:2] == [0, 0]:
                break
        assert found[:2] == [0, 0]
