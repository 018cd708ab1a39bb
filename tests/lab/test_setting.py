# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that set, on real drivers: check mode says what a run does, a second run does nothing, others see it.

All rows are tasks of one playbook run over all guests, as a user would write them.
"""

import json

import auditing
import kernels
import pytest
from setting_rows import ROWS, WRONG


def script(text):
    return {"ansible.builtin.shell": {"cmd": text}, "changed_when": False}


def tasks():
    """The tasks of all rows, each registered by the number of its row and what it is."""
    for number, row in enumerate(ROWS):
        wanted = {f"linuxnet.packetloss.{row.module}": row.arguments}
        yield dict(script(row.before), ignore_errors=True)
        yield dict(wanted, check_mode=True, register=f"row{number}_check")
        yield dict(wanted, register=f"row{number}_run")
        yield dict(wanted, register=f"row{number}_again")
        yield dict(script(row.reads), register=f"row{number}_read")
        yield dict(script(row.after), ignore_errors=True)
    for number, row in enumerate(WRONG):
        yield dict(script(row.before), ignore_errors=True)
        yield dict(script(row.reads), register=f"wrong{number}_before")
        yield {f"linuxnet.packetloss.{row.module}": row.arguments, "register": f"wrong{number}_run"}
        yield dict(script(row.reads), register=f"wrong{number}_after")
        yield dict(script(row.after), ignore_errors=True)


def names():
    kinds = ("check", "run", "again", "read")
    found = [f"row{number}_{kind}" for number in range(len(ROWS)) for kind in kinds]
    return found + [f"wrong{number}_{kind}" for number in range(len(WRONG)) for kind in ("before", "run", "after")]


@pytest.fixture(scope="module")
def results(guests, tmp_path_factory):
    """What every task of every guest gave: ``{kernel: {name: result}}``."""
    folder = tmp_path_factory.mktemp("setting")
    play = {
        "hosts": "all",
        "gather_facts": False,
        "ignore_errors": True,
        "tasks": [
            *tasks(),
            {
                "ansible.builtin.copy": {
                    "content": "{{ dict(names | zip(names | map('extract', vars))) | to_json }}",
                    "dest": f"{folder}/{{{{ inventory_hostname }}}}.json",
                },
                "vars": {"names": names()},
                "delegate_to": "localhost",
                "connection": "local",
            },
        ],
    }
    playbook = folder / "setting.yml"
    playbook.write_text(json.dumps([play]))
    hosts = {guest.name: guest.host_variables() for guest in guests.values()}
    done = auditing.play(folder, playbook, {"hosts": hosts})
    found = {}
    for kernel, guest in guests.items():
        answer = folder / f"{guest.name}.json"
        assert answer.exists(), done.stdout[-8000:]
        found[kernel] = json.loads(answer.read_text())
    return found


@pytest.fixture(params=list(kernels.SUITES))
def of_guest(request, results):
    """``of_guest(name)``: the result of a task in the guest of one kernel."""
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
    assert not run.get("failed"), run.get("msg")
    assert not checked.get("failed"), checked.get("msg")
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
    assert "Traceback" not in run.get("module_stderr", "")
    assert of_guest(f"wrong{number}_before")["stdout"] == of_guest(f"wrong{number}_after")["stdout"]
