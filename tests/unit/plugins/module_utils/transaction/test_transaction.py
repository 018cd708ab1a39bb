# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions on a real veth, on a host without systemd: begun, confirmed, taken back by hand and by itself."""

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit.transactions import VETH

START = """
import os, time
from ansible_collections.linuxnet.packetloss.tests.unit.transactions import *
machine = Machine()
"""

#: In how many tests the points are at which a process may be killed.
SHARES = 3


def test_what_is_not_confirmed_goes_back_by_itself(python_in_namespace):
    program = """
before = now()
ALL = [CHANNELS, *QUIET]
planned = machine.applied(ALL, check=True)
begun = machine.applied(ALL)
applied = machine.status(begun)
between = now()
machine.hurry(begun)
told = machine.until(begun, "taken_back")
say(before, planned, begun, applied, between, told, now(), machine.ask("listed")["transactions"])
"""
    before, planned, begun, applied, between, told, after, listed = python_in_namespace(VETH, START + program)
    assert (planned["phase"], planned["id"], planned["token"], planned["timer"]) == ("planned", None, None, None)
    assert {key: begun[key] for key in ("changes", "commands", "diff")} == {
        key: planned[key] for key in ("changes", "commands", "diff")
    }
    assert (begun["phase"], begun["timer"], begun["changed"]) == ("applying", "process", True)
    assert (applied["phase"], applied["changes"]) == ("applied", begun["changes"])
    assert 0 < applied["left_s"] <= 300
    assert [step["state"] for step in applied["steps"]] == ["made"] * 4
    assert len(between) < len(before) and between["/proc/sys/net/core/somaxconn"] == "8765"
    assert between["/sys/class/net/v0/queues/rx-0/rps_cpus"] == "2"
    assert after == before
    assert told["why"] == "it was not confirmed over a new connection within 300 s"
    assert [step["state"] for step in told["steps"]] == ["put_back"] * 4
    assert [each["id"] for each in listed] == [begun["id"]]


def test_what_is_confirmed_stays_and_is_taken_back_when_somebody_says_so(python_in_namespace):
    program = """
before = now()
begun = machine.applied(reason={"findings": ["R4:nic:v0"]}, window=300)
machine.status(begun)
wrong = machine.ask("confirmed", id=begun["id"], token="no")
confirmed = machine.ask("confirmed", id=begun["id"], token=begun["token"])
twice = machine.ask("confirmed", id=begun["id"], token=begun["token"])
again = machine.applied()
end = time.monotonic() + PATIENCE_S
while machine.processes() and time.monotonic() < end:
    time.sleep(0.05)
left = machine.processes()
between = now()
checked = machine.ask("taken_back", check=True, id="last")
unchanged = now()
back = machine.ask("taken_back", id="last")
twice_back = machine.ask("taken_back", id=begun["id"])
say(wrong, confirmed, twice, again, left, between == unchanged, checked, back, twice_back, now() == before,
    machine.ask("taken_back", id="last"))
"""
    wrong, confirmed, twice, again, left, unchanged, checked, back, twice_back, as_before, none = python_in_namespace(
        VETH, START + program
    )
    assert "that is not its token" in wrong
    assert (confirmed["phase"], confirmed["changed"], confirmed["left_s"]) == ("confirmed", True, None)
    assert confirmed["verified"]["host"] == {"sysctl": {"net.core.somaxconn": 8765}}
    assert confirmed["reason"] == {"findings": ["R4:nic:v0"]}
    assert (twice["phase"], twice["changed"]) == ("confirmed", False)
    assert (again["changed"], again["id"], again["phase"]) == (False, None, None)
    assert left == [] and unchanged
    assert (checked["changed"], checked["phase"]) == (True, "confirmed")
    assert (back["changed"], back["phase"], back["why"]) == (True, "taken_back", "it was asked for")
    assert as_before and (twice_back["changed"], twice_back["phase"]) == (False, "taken_back")
    assert (none["changed"], none["id"]) == (False, None)


@pytest.mark.parametrize("first", range(SHARES))
def test_wherever_it_is_killed_all_is_as_before(python_in_namespace, first):
    program = (
        f"POINTS = range({first} + 1, 200, {SHARES})"
        + """
before = now()
seen = []
for point in POINTS:
    killed = Killed(point)
    timer.start = killed.start
    begun = machine.applied()
    if not killed.was_killed():
        break
    # Nobody is missed yet, so it is waited for to the end.
    if machine.journals.read(begun["id"])["phase"] in ("armed", "applied"):
        machine.hurry(begun)
    told = machine.until(begun, "taken_back")
    seen.append([point, now() == before, told["phase"], [step["state"] for step in told["steps"]], told["why"]])
say(point, seen, now() == before, machine.until(begun, "taken_back")["phase"])
"""
    )
    points, seen, as_before, phase = python_in_namespace(VETH, START + program)
    # Before and after each journal and each write of something that is set, there and back.
    assert points > 36
    assert [each for each in seen if not each[1]] == []
    assert {each[2] for each in seen} == {"taken_back"}
    assert any("was killed" in each[4] for each in seen)
    assert {state for each in seen for state in each[3]} <= {"waiting", "as_before", "put_back"}
    # The first that is not killed at all.
    assert as_before and phase == "taken_back"


def test_a_process_that_hangs_past_its_time_is_ended_and_all_is_put_back(python_in_namespace):
    program = """
before = now()
# As a driver that does not answer does: the process stops where it writes, with the lock.
stopping = Killed(10, signal.SIGSTOP)
timer.start = stopping.start
begun = machine.applied()
os.waitpid(stopping.pid, os.WUNTRACED)
between = machine.ask("status", id=begun["id"], wait=0)["phase"]
machine.hurry(begun)
told = machine.until(begun, "taken_back")
say(between, told, now() == before, os.waitpid(stopping.pid, 0)[1])
"""
    between, told, as_before, status = python_in_namespace(VETH, START + program)
    assert between == "applying"
    assert as_before and told["phase"] == "taken_back"
    assert status == 9


@pytest.mark.parametrize("kept", [True, False])
def test_it_goes_back_though_its_files_are_gone(python_in_namespace, kept):
    program = (
        f"MAY_WRITE = {kept}"
        + """
import shutil
before = now()
begun = machine.applied(window=8)
applied = machine.status(begun)["phase"]
between = now()
folder = machine.root + "/var/lib/packetloss"
shutil.rmtree(folder)
if not MAY_WRITE:
    write(folder, "no folder")
end = time.monotonic() + PATIENCE_S
while now() != before and time.monotonic() < end:
    time.sleep(0.1)
phase = machine.until(begun, "taken_back")["phase"] if MAY_WRITE else None
say(applied, between != before, now() == before, phase)
"""
    )
    applied, made, as_before, phase = python_in_namespace(VETH, START + program)
    assert applied == "applied" and made and as_before
    assert phase == ("taken_back" if kept else None)


def test_with_both_guards_killed_it_is_told_and_taken_back_by_hand(python_in_namespace):
    program = """
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import history
history._GRACE_S = 0
before = now()
begun = machine.applied()
machine.status(begun)
killed = [machine.kill(timer.GUARD), machine.kill(timer.APPLY)]
machine.hurry(begun)
told = machine.until(begun, "stuck")
refused = machine.applied()
back = machine.ask("taken_back", id=begun["id"])
say(killed, told, refused, back, now() == before)
"""
    killed, told, refused, back, as_before = python_in_namespace(VETH, START + program)
    assert killed == [1, 1]
    assert "its processes were ended; say state: taken_back" in told["why"]
    assert "could not be put back whole, so nothing new is begun" in refused
    assert (back["phase"], as_before) == ("taken_back", True)


def test_a_folder_without_leave_to_execute_is_as_good(python_in_namespace):
    program = """
os.system("mount -o remount,noexec /mnt")
before = now()
begun = machine.applied()
machine.status(begun)
machine.hurry(begun)
told = machine.until(begun, "taken_back")
say(told["steps"], now() == before)
"""
    steps, as_before = python_in_namespace(VETH, START + program)
    assert [step["state"] for step in steps] == ["put_back"] * 3 and as_before


def test_an_interpreter_that_is_gone_by_then_is_not_needed(python_in_namespace):
    program = """
import shutil
copy = "/mnt/python"
shutil.copy(os.path.realpath(sys.executable), copy)
os.environ["PYTHONHOME"] = sys.base_prefix
timer.interpreter = lambda: copy
# Isolated, it would look for its library beside the copy.
words = timer.words
timer.words = lambda *arguments: [word for word in words(*arguments) if word != "-I"]
before = now()
begun = machine.applied()
applied = machine.status(begun)["phase"]
os.remove(copy)
machine.hurry(begun)
told = machine.until(begun, "taken_back")
say(applied, told["steps"], now() == before)
"""
    applied, steps, as_before = python_in_namespace(VETH, START + program)
    assert applied == "applied" and as_before
    assert [step["state"] for step in steps] == ["put_back"] * 3


def test_an_interpreter_that_does_not_start_begins_nothing(python_in_namespace):
    program = """
before = now()
timer.interpreter = lambda: "/bin/false"
say(machine.applied(), now() == before, machine.journals.ids(), machine.processes())
"""
    said, as_before, ids, processes = python_in_namespace(VETH, START + program)
    assert said.startswith("it could not be armed, so nothing was begun and nothing was changed")
    assert as_before and ids == [] and processes == []


def test_a_confirmation_has_to_come_over_another_connection(python_in_namespace):
    program = """
os.environ["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
begun = machine.applied(window=300)
machine.status(begun)
same = machine.ask("confirmed", id=begun["id"], token=begun["token"])
os.environ["SSH_CONNECTION"] = "192.0.2.1 50001 192.0.2.2 22"
other = machine.ask("confirmed", id=begun["id"], token=begun["token"])
say(same, other["phase"], machine.ask("taken_back", id="last")["phase"])
"""
    same, other, back = python_in_namespace(VETH, START + program)
    assert "this is the SSH connection over which it was begun" in same
    assert (other, back) == ("confirmed", "taken_back")


def test_the_connection_is_found_though_sudo_hides_it(python_in_namespace):
    program = """
import subprocess
os.environ.pop("SSH_CONNECTION", None)
ask = '''
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.connection import ssh_connection
with this_host() as host:
    print(ssh_connection(host))
'''
def seen(environment):
    shell = ["sh", "-c", 'env -u SSH_CONNECTION "$@"; true', "sh", sys.executable, "-c", ask]
    return subprocess.check_output(shell, env=dict(os.environ, **environment)).decode().strip()
say(seen({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}))
"""
    assert python_in_namespace(VETH, START + program) == ["192.0.2.1 50000 192.0.2.2 22"]


def test_what_is_kept_is_set_at_boot_and_taken_back_with_the_rest(python_in_namespace):
    program = """
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import config, persist, sysctl_file
def kept():
    found = persist.Kept(machine.root)
    return found.config["nics"], found.sysctls
# Somebody else keeps something.
write_root = machine.root + sysctl_file.PATH
os.makedirs(os.path.dirname(write_root))
write(write_root, "net.core.netdev_budget = 500\\n")
before, kept_before = now(), kept()
begun = machine.applied(window=300)
early = machine.ask("kept", id=begun["id"])
machine.status(begun)
machine.ask("confirmed", id=begun["id"], token=begun["token"])
without_systemd = machine.ask("kept", id=begun["id"])
after_refusal = machine.status(begun), kept()
os.makedirs(machine.root + "/run/systemd/system")
checked = machine.ask("kept", check=True, id="last")
done = machine.ask("kept", id=begun["id"])
between = kept()
twice = machine.ask("kept", id=begun["id"])
# And goes on to.
write(write_root, read(write_root).replace("500", "501") + "\\nnet.core.somaxconn = 9999\\n")
back = machine.ask("taken_back", id="last")
say(early, without_systemd, after_refusal, kept_before, checked, done, between, twice, back, kept(), now() == before)
"""
    early, without, after_refusal, before, checked, done, between, twice, back, after, as_before = python_in_namespace(
        VETH, START + program
    )
    assert "cannot be kept: its phase is" in early
    assert "does not run systemd" in without
    told, kept = after_refusal
    assert (told["phase"], told["proved"], kept) == ("confirmed", True, before)
    assert any("it could not be kept over a boot" in note for note in told["notes"])
    assert checked["files"] == done["files"] and (done["phase"], done["changed"]) == ("kept", True)
    nics, sysctls = between
    assert {entry["nic"]["name"]: entry["settings"] for entry in nics} == {
        "v0": {"packet_steering": {"rps_cpus": {"rx-0": [1]}}},
        "v1": {"packet_steering": {"rps_cpus": {"rx-3": [0]}}},
    }
    assert sysctls == {"net.core.netdev_budget": "500", "net.core.somaxconn": "8765"}
    assert (twice["phase"], twice["changed"]) == ("kept", False)
    assert (back["phase"], as_before) == ("taken_back", True)
    assert after == [[], {"net.core.netdev_budget": "501", "net.core.somaxconn": "9999"}]
    assert any("was kept by somebody else since, and left" in note for note in back["notes"])
