# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that set, on real drivers: check mode says what a run does, a second run does nothing, others see it.

All rows run in all guests at once by ``task_batch.py``. That modules come to a host as Ansible packs them is seen by a
playbook with three of them; irq_affinity, tune and ethtool_ring below it come so in the other tests of the lab.
"""

import functools
import json

import auditing
import kernels
import packing
import pytest
from guest import at_once
from setting_rows import ROWS, WRONG

#: All steps are one command, which takes a minute, and where this machine is busy with much else many of them.
BATCH_LIMIT_S = 900


def steps():
    """The steps of all rows, each by the number of its row and what it is."""
    for number, row in enumerate(ROWS):
        task = {"module": row.module, "arguments": row.arguments}
        yield {"name": f"row{number}_before", "shell": row.before}
        yield dict(task, name=f"row{number}_check", check=True)
        yield dict(task, name=f"row{number}_run", check=False)
        yield dict(task, name=f"row{number}_again", check=False)
        yield {"name": f"row{number}_read", "shell": row.reads}
        yield {"name": f"row{number}_after", "shell": row.after}
    for number, row in enumerate(WRONG):
        yield {"name": f"wrong{number}_prepared", "shell": row.before}
        yield {"name": f"wrong{number}_before", "shell": row.reads}
        yield {"name": f"wrong{number}_run", "module": row.module, "arguments": row.arguments, "check": False}
        yield {"name": f"wrong{number}_after", "shell": row.reads}
        yield {"name": f"wrong{number}_undone", "shell": row.after}


def run_all(guest, archive, told):
    with packing.unpacked(guest, archive):
        return json.loads(guest.run(*packing.COMMAND, stdin=told, limit_s=BATCH_LIMIT_S))


@pytest.fixture(scope="module")
def results(guests):
    """What every step gave in every guest: ``{kernel: {name: result}}``."""
    return at_once(functools.partial(run_all, archive=packing.packed(), told=json.dumps(list(steps()))), guests)


@pytest.fixture(params=list(kernels.SUITES))
def of_guest(request, results):
    """``of_guest(name)``: the result of a step in the guest of one kernel."""
    if request.param not in results:
        pytest.skip(f"there is no guest of {request.param}")

    def of(name):
        return results[request.param][name]

    of.kernel = request.param
    return of


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row.name for row in ROWS])
def test_a_task_sets_what_another_tool_then_reads(of_guest, number):
    row = ROWS[number]
    checked, run, again = (of_guest(f"row{number}_{kind}") for kind in ("check", "run", "again"))
    assert not run.get("failed"), run
    assert not checked.get("failed"), checked
    assert run["changed"] is True
    assert of_guest(f"row{number}_read")["stdout"] == row.shown(of_guest.kernel)
    for key in ("changed", "changes", "commands", "diff", "disruption"):
        assert checked[key] == run[key], key
    assert (again["changed"], again["changes"]) == (False, [])


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[row.name for row in WRONG])
def test_a_task_that_cannot_be_done_says_why_and_leaves_all_as_it_was(of_guest, number):
    run = of_guest(f"wrong{number}_run")
    assert run["failed"] is True
    assert WRONG[number].says in run["msg"]
    assert of_guest(f"wrong{number}_before")["stdout"] == of_guest(f"wrong{number}_after")["stdout"]


def test_a_module_comes_to_the_host_as_ansible_packs_it(guests, tmp_path):
    """In check mode, the last row of three that import what others do not: each is packed with that, and answers."""
    rows = {row.module: row for row in ROWS}
    names = ("ethtool_coalesce", "net_sysctl", "packet_steering")
    tasks = [{f"linuxnet.packetloss.{name}": rows[name].arguments, "check_mode": True} for name in names]
    playbook = tmp_path / "tasks.yml"
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    (guest,) = list(guests.values())[:1]
    done = auditing.play(tmp_path, playbook, {"hosts": {guest.name: guest.host_variables()}})
    assert done.returncode == 0, done.stdout[-4000:]
    assert f"ok={len(tasks)}" in done.stdout, done.stdout
