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
begun = machine.applied(ALL, window=2)
applied = machine.status(begun)
between = now()
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
    assert 0 < applied["left_s"] <= 2
    assert [step["state"] for step in applied["steps"]] == ["made"] * 4
    assert len(between) < len(before) and between["/proc/sys/net/core/somaxconn"] == "8765"
    assert between["/sys/class/net/v0/queues/rx-0/rps_cpus"] == "2"
    assert after == before
    assert told["why"] == "it was not confirmed over a new connection within 2 s"
    assert [step["state"] for step in told["steps"]] == ["put_back"] * 4
    assert [each["id"] for each in listed] == [begun["id"]]


def test_what_is_confirmed_stays_and_is_taken_back_when_somebody_says_so(python_in_namespace):
    program = """
before = now()
begun = machine.applied(reason={"findings": ["R4:nic:v0"]}, window=20)
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
    begun = machine.applied(window=1)
    if not killed.was_killed():
        break
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
