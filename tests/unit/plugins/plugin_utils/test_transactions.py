# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transaction from the controller, with a host that answers or does not, and a clock that needs no waiting."""

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.transactions import Transactions, expected

STEP = {
    "finding": "R4:nic:eth0",
    "settings": [{"knob": "ring", "subject": "eth0", "values": {"rx": 1024}}],
    "changes": [
        {"knob": "ring", "subject": "eth0", "from": {"rx": 512}, "to": {"rx": 1024}, "class": 1, "memory": None}
    ],
    "class": 1,
}
REASON = {"by": "remediate", "run": "r1", "round": 1, "step": 1}
BOUNDS = {"disruption": 1, "never": [], "memory_reserve": None}
TOKEN = "00ff"


class Host:
    """A host with one transaction, behind a connection that is there or not.

    The transaction is applied 2 s after it began, and goes back 60 s after that. ``dark`` are the times during which no
    connection comes through, in seconds from the beginning.
    """

    def __init__(self, dark=(), refuses=None, fails_at=None, sticks=False, answers_first=True, slow_s=1):
        self.now, self.dark, self.slow_s = 0.0, dark, slow_s
        self.refuses, self.fails_at, self.sticks, self.answers_first = refuses, fails_at, sticks, answers_first
        self.renewed = self.calls = 0
        self.began = self.confirmed_at = None
        self.token = self.reason = self.connection = None
        self.said = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def renew(self, broken):
        self.renewed += 1

    def phase(self):
        since = self.now - self.began
        if self.confirmed_at is not None:
            return "confirmed"
        if self.fails_at is not None and since >= self.fails_at:
            return "taken_back"
        if since < 2:
            return "applying"
        if since < 62:
            return "applied"
        return "stuck" if self.sticks else "taken_back"

    def told(self):
        phase = self.phase()
        why = {"taken_back": "it was not confirmed", "stuck": "no memory"}.get(phase)
        left_s = 62 - (self.now - self.began) if phase in ("applying", "applied") else None
        return {
            "changed": False,
            "id": "t0",
            "phase": phase,
            "left_s": left_s,
            "why": why,
            "notes": [],
            "reason": self.reason,
            "created": "2026-01-31T12:00:00Z",
            "age_s": 1.0,
            "changes": STEP["changes"],
            "commands": ["ethtool -G eth0 rx 1024"],
        }

    def call(self, state, **arguments):
        self.calls += 1
        if any(begin <= self.now < end for begin, end in self.dark):
            self.now += 10
            raise AnsibleConnectionFailure("no route to host")
        self.now += self.slow_s
        if state == "applied":
            if self.refuses:
                return {"failed": True, "msg": self.refuses}
            self.began, self.token, self.reason = self.now, arguments["token"], arguments["reason"]
            self.connection = self.renewed
            if not self.answers_first:
                raise AnsibleConnectionFailure("the connection was closed")
            return {**self.told(), "token": self.token, "window": 60, "timer": "systemd", "checks": []}
        if state == "listed":
            return {"transactions": [self.told()] if self.began is not None else []}
        if state == "confirmed":
            if self.connection == self.renewed:
                return {"failed": True, "msg": "this is the connection over which it was begun"}
            while self.phase() == "applying" and arguments["wait"]:
                self.now += 1
            if arguments["token"] != self.token or self.phase() != "applied":
                return {"failed": True, "msg": "it is too late"}
            self.confirmed_at = self.now
        return self.told()

    def applied(self):
        asked = Transactions(self.call, self.renew, self.said.append, self)
        return asked.apply(STEP, REASON, BOUNDS, TOKEN)


def test_it_is_confirmed_over_a_new_connection():
    host = Host()
    found = host.applied()
    assert (found["end"], found["transaction"]) == ("confirmed", "t0") and host.renewed
    assert host.said == ["armed 60 s by a timer of systemd"]
    assert found["told"]["commands"] == ["ethtool -G eth0 rx 1024"]


def test_one_call_confirms_it_where_the_host_is_slow():
    host = Host(slow_s=25)
    assert host.applied()["end"] == "confirmed" and host.calls == 2


def test_a_connection_that_comes_back_in_time_is_enough():
    host = Host(dark=[(1, 50)])
    assert host.applied()["end"] == "confirmed"
    assert any("waits for a new connection" in words for words in host.said)


def test_one_that_comes_back_too_late_finds_the_host_as_it_was():
    host = Host(dark=[(1, 70)])
    found = host.applied()
    assert found["end"] == "cut" and "it was not confirmed" in found["words"]


def test_a_host_that_stays_away_is_given_up_after_the_deadline_and_a_margin():
    host = Host(dark=[(1, 10**6)])
    found = host.applied()
    assert found["end"] == "lost" and 150 <= host.now < 185
    assert "look at its console" in found["words"][-1]


def test_where_the_answer_is_lost_the_transaction_is_found_by_its_reason_and_confirmed():
    host = Host(dark=[(1, 30)], answers_first=False)
    found = host.applied()
    assert (found["end"], found["transaction"]) == ("confirmed", "t0")
    assert "the connection was lost while it began" in found["words"]


def test_where_nothing_was_begun_the_host_is_as_it_was():
    host = Host(dark=[(0, 25)])
    assert host.applied()["end"] == "refused" and host.began is None


def test_a_refusal_is_told_as_it_is():
    found = Host(refuses="eth0: a VF of it is in use").applied()
    assert found == {"end": "refused", "transaction": None, "words": ["eth0: a VF of it is in use"]}


def test_what_fails_on_the_host_is_no_matter_of_the_connection():
    assert Host(fails_at=1).applied()["end"] == "gone_back"


def test_what_cannot_be_put_back_is_stuck():
    found = Host(dark=[(1, 70)], sticks=True).applied()
    assert found["end"] == "stuck" and "no memory" in found["words"]


def test_an_earlier_one_is_waited_for_until_it_went_back():
    host = Host()
    host.call("applied", token="other", reason={})
    Transactions(host.call, host.renew, host.said.append, host).wait("t0", 62)
    assert host.phase() == "taken_back" and host.now < 90


class Answers:
    """Answers one after the other; an exception is raised."""

    def __init__(self, *answers):
        self.answers, self.now = list(answers), 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def call(self, **_arguments):
        self.now += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def asked(self):
        return Transactions(self.call, lambda broken: None, lambda words: None, self)


def told(phase, **changes):
    """What the module tells of a transaction."""
    said = {"id": "t0", "phase": phase, "changes": [], "commands": [], "notes": [], "why": None, "left_s": None}
    return {**said, "created": "2026-01-31T12:00:00Z", "age_s": 1.0, "reason": {}, **changes}


GONE = AnsibleConnectionFailure("no route to host")


@pytest.mark.parametrize(
    "answers, end",
    [
        ([told("taken_back")], "taken_back"),
        # The change that goes back takes the link away: what became of it is asked again.
        ([GONE, GONE, told("taken_back")], "taken_back"),
        ([told("stuck", notes=["type: ethtool -G eth0 rx 512"], why="no memory")], "stuck"),
        ([{"failed": True, "msg": "another one is under way"}, told("confirmed")], "failed"),
        ([GONE], "lost"),
        ([AnsibleError("no temporary directory"), told("taken_back")], "taken_back"),
    ],
)
def test_how_taking_back_ends(answers, end):
    assert Answers(*answers).asked().take_back("t0")["end"] == end


@pytest.mark.parametrize(
    "answers, end",
    [
        ([told("kept")], "kept"),
        ([{"failed": True, "msg": "there is no systemd"}, told("confirmed")], "confirmed"),
        # It was kept, and only the answer to that was lost.
        ([GONE, told("kept")], "kept"),
        ([{"failed": True, "msg": "x"}, told("taken_back")], "failed"),
        ([GONE], "lost"),
    ],
)
def test_how_keeping_ends(answers, end):
    found = Answers(*answers).asked().keep("t0")
    assert found["end"] == end
    if end == "confirmed":
        assert found["words"] == ["there is no systemd"]


def test_what_only_the_host_can_decide_is_not_compared():
    assert expected({**STEP, "changes": None}) is None
    assert expected(STEP) == [{"knob": "ring", "subject": "eth0", "from": {"rx": 512}, "to": {"rx": 1024}}]


@pytest.mark.parametrize(
    "answer", [{}, {"transactions": None}, {"transactions": [{"id": "t0"}]}, {"transactions": [[]]}]
)
def test_an_answer_that_is_none_is_an_error(answer):
    assert "the host answered with something else: " in Answers(answer).asked().listed()["error"]


def test_a_host_that_answers_anything_to_applied_is_not_taken_for_changed():
    asked = Answers({"id": 5}).asked()
    found = asked.apply(STEP, REASON, BOUNDS, TOKEN)
    assert found["end"] == "refused" and "something else" in found["words"][0]
