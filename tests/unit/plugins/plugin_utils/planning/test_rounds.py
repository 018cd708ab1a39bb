# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course of a remediation, with a host that is made of numbers: what is done next, whatever happens."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import rounds
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.proof import compare
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.report import changed, diff, report
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.rounds import leftover, poll
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import remedied
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import wrong

RING = "R4:nic:eth0"
POLICY = {"rounds": 4, "unchanged": "take_back"}


def measured(lost=0, traffic=100000, finding=RING, **changes):
    """A measurement over 10 seconds."""
    return {
        "traffic_packets": traffic,
        "interval_s": 10.0,
        "lost": {finding: lost} if lost else {},
        "severities": {finding: "loss"} if lost else {},
        "carrier": {"eth0": True},
        "void": [],
        **changes,
    }


def step(before=512, after=1024, finding=RING, **changes):
    setting = {"knob": "ring", "subject": "eth0", "values": {"rx": after}}
    made = {**setting, "from": {"rx": before}, "to": {"rx": after}, "class": 1, "memory": None, "notes": []}
    del made["values"]
    return {
        "finding": finding,
        "why": "930 packets/s are lost",
        "settings": [setting],
        "changes": [made],
        "class": 1,
        "commands": [f"ethtool -G eth0 rx {after}"],
        "judge_after_s": 3,
        **changes,
    }


def plan(*steps, **changes):
    return {"steps": list(steps), "advice": [], "refused": [], "waiting": [], "digest": "0" * 64, **changes}


class Host:
    """A host whose ring loses less the larger it is, and on which anything may be said to happen.

    ``happens`` is ``{(instruction, how often it was done before): what came of it}``.
    """

    def __init__(self, loses, ring=512, largest=4096, happens=None, there=()):
        self.loses, self.ring, self.largest = loses, ring, largest
        self.happens, self.there = dict(happens or {}), list(there)
        self.done, self.transactions = [], {}

    def does(self, todo, course):
        """What came of an instruction."""
        count = sum(each["do"] == todo["do"] for each in self.done)
        self.done.append(todo)
        given = self.happens.get((todo["do"], count))
        if given is not None:
            return given
        return getattr(self, todo["do"])(todo, course)

    def look(self, _todo, _course):
        return {"transactions": self.there}

    def wait(self, todo, _course):
        self.there = [{**one, "phase": "taken_back"} if one["id"] == todo["id"] else one for one in self.there]
        return {}

    def audit(self, _todo, _course):
        lost = self.loses(self.ring)
        return {"measured": measured(lost), "verdict": "losing" if lost else "clean"}

    def plan(self, _todo, course):
        tried = [one["outcome"] for one in course["tried"]]
        if not self.loses(self.ring) or self.ring >= self.largest or {"unchanged", "worse", "failed"} & set(tried):
            return {"plan": plan(), "closed": None}
        return {"plan": plan(step(self.ring, self.ring * 2)), "closed": None}

    def apply(self, todo, _course):
        ident = f"t{len(self.transactions)}"
        self.transactions[ident] = self.ring
        self.ring = todo["step"]["settings"][0]["values"]["rx"]
        return {"end": "confirmed", "transaction": ident, "words": []}

    def take_back(self, todo, _course):
        self.ring = self.transactions.pop(todo["id"], self.ring)
        self.there = [one for one in self.there if one["id"] != todo["id"]]
        return {"end": "taken_back", "transaction": todo["id"], "words": []}

    def keep(self, todo, _course):
        return {"end": "kept", "transaction": todo["id"], "words": []}


def went(host, most=200, **how):
    """The course of *host* at its end, and what was done, in short."""
    course = rounds.begin("web1", "r1", {**POLICY, **how.pop("policy", {})}, **how)
    while rounds.following(course):
        todo = rounds.following(course)
        assert len(host.done) < most, [each["do"] for each in host.done]
        assert todo["do"] in rounds.INSTRUCTIONS
        rounds.did(course, host.does(todo, course), compare)
    told = report(course, "then", "now", [], POLICY)
    assert wrong(told, remedied.REMEDIATION) is None
    return course, " ".join(each.get("why", each["do"]) if each["do"] == "audit" else each["do"] for each in host.done)


def lost_until(enough, lost=9300):
    """Loses less with every doubling, and nothing from *enough* on."""
    return lambda ring: 0 if ring >= enough else lost * 512 // ring


# --- the way of a host that can be helped ---------------------------------------------------------------------------


def test_a_clean_host_costs_its_audit_and_a_plan_that_is_empty():
    course, done = went(Host(lambda ring: 0))
    assert done == "first plan"
    assert rounds.result(course) == "nothing_to_do" and not rounds.fails(course)
    assert not changed(report(course, "then", "now", [], POLICY))


def test_round_after_round_until_the_loss_is_gone_and_all_of_it_is_kept():
    host = Host(lost_until(4096))
    course, done = went(host)
    assert done == "first plan look apply after plan apply after plan apply after plan final keep keep keep"
    assert [each["outcome"] for each in course["steps"]] == ["improved", "improved", "gone"]
    assert rounds.result(course) == "kept" and not rounds.still_losing(course) and host.ring == 4096
    told = report(course, "then", "now", [], POLICY)
    assert changed(told)
    assert diff(told) == {"before": "eth0: ring rx 512\n", "after": "eth0: ring rx 4096\n"}
    assert (told["before"]["lost_per_s"], told["after"]["lost_per_s"]) == (930.0, 0.0)


def test_after_the_last_round_what_helped_stays_and_what_is_lost_still_is_told():
    host = Host(lost_until(1 << 20), largest=1 << 20)
    course, done = went(host)
    assert done.count("apply") == 4 and done.endswith("after final keep keep keep keep")
    assert rounds.result(course) == "kept" and rounds.still_losing(course) and not rounds.fails(course)


def test_what_changes_nothing_is_taken_back_and_the_host_is_measured_as_it_is_left():
    host = Host(lambda ring: 9300)
    course, done = went(host)
    assert done == "first plan look apply after take_back again plan" and host.ring == 512
    assert rounds.result(course) == "taken_back" and rounds.still_losing(course)
    assert course["steps"][0]["state"] == "taken_back"
    assert "taken back: it changed nothing" in " ".join(course["steps"][0]["words"])
    assert not changed(report(course, "then", "now", [], POLICY))


def test_the_policy_may_keep_what_changes_nothing_but_never_what_is_worse():
    course, done = went(Host(lambda ring: 9300), policy={"unchanged": "keep"})
    assert done == "first plan look apply after plan final keep" and rounds.result(course) == "kept"
    host = Host(lambda ring: 9300 * ring // 512)
    course, done = went(host, policy={"unchanged": "keep"})
    assert course["steps"][0]["outcome"] == "worse" and host.ring == 512
    assert rounds.result(course) == "taken_back"


def test_in_the_last_round_it_is_taken_back_before_the_host_is_looked_at_for_the_last_time():
    course, done = went(Host(lambda ring: 9300), policy={"rounds": 1})
    assert done == "first plan look apply after take_back last"


def test_a_loss_that_was_only_put_off_is_found_at_the_end_and_taken_back():
    later = {("audit", 2): {"measured": measured(9300), "verdict": "losing"}}
    host = Host(lost_until(1024), happens=later)
    course, done = went(host)
    assert done == "first plan look apply after plan final take_back last" and host.ring == 512
    assert course["steps"][0]["state"] == "taken_back" and rounds.result(course) == "taken_back"


def test_what_was_proved_is_kept_where_the_traffic_has_ended_when_it_is_looked_at_again():
    silence = {("audit", 2): {"measured": measured(0, traffic=3), "verdict": "clean"}}
    course, done = went(Host(lost_until(1024), happens=silence))
    assert done.endswith("final keep") and rounds.result(course) == "kept"
    assert "at the end: after it there were 3 packets" in course["steps"][0]["words"][-1]


def test_without_traffic_it_is_measured_once_more_and_then_all_is_taken_back():
    silence = {("audit", at): {"measured": measured(0, traffic=3), "verdict": "clean"} for at in (1, 2)}
    host = Host(lost_until(1024), happens=silence)
    course, done = went(host)
    assert done == "first plan look apply after after take_back last" and host.ring == 512
    assert "run it again under the usual load" in course["notes"][0]


def test_the_longest_time_of_a_round_is_waited_for():
    both = plan(step(judge_after_s=3), step(1, 2, "R13:host:conntrack", judge_after_s=45))
    host = Host(lambda ring: 9300, happens={("plan", 0): {"plan": both, "closed": None}})
    went(host)
    assert [each["after_s"] for each in host.done if each.get("why") == "after"] == [45]


def test_several_steps_are_taken_back_in_reverse_order():
    both = plan(step(), step(1024, 2048))
    host = Host(lambda ring: 9300, happens={("plan", 0): {"plan": both, "closed": None}})
    went(host)
    assert [each["id"] for each in host.done if each["do"] == "take_back"] == ["t1", "t0"] and host.ring == 512


# --- what stops it --------------------------------------------------------------------------------------------------


def test_check_mode_ends_with_the_plan_and_says_what_would_change():
    host = Host(lost_until(4096))
    course, done = went(host, check=True)
    told = report(course, "then", "now", [], POLICY)
    assert done == "first plan" and rounds.result(course) == "planned" and changed(told)
    assert diff(told) == {"before": "eth0: ring rx 512\n", "after": "eth0: ring rx 1024\n"}


def test_outside_its_window_nothing_is_changed():
    closed = {("plan", 0): {"plan": plan(step()), "closed": "from 22:00 to 04:00 only"}}
    course, done = went(Host(lambda ring: 9300, happens=closed))
    assert done == "first plan" and rounds.result(course) == "waiting"
    assert not changed(report(course, "then", "now", [], POLICY)) and course["notes"] == ["from 22:00 to 04:00 only"]


def test_what_the_host_refuses_is_a_failed_idea_and_no_failed_host():
    refused = {("apply", 0): {"end": "refused", "transaction": None, "words": ["no memory"]}}
    course, done = went(Host(lambda ring: 9300, happens=refused))
    assert done == "first plan look apply plan" and rounds.result(course) == "refused" and not rounds.fails(course)
    assert course["tried"][0]["outcome"] == "failed"


def test_what_the_host_refuses_since_it_has_drifted_is_planned_anew_from_a_new_audit():
    words = ["drifted: eth0: ring: planned was rx 512 to rx 1024, decided now is nothing to change"]
    refused = {("apply", 0): {"end": "refused", "transaction": None, "words": words}}
    course, done = went(Host(lost_until(1024), happens=refused))
    assert done == "first plan look apply again plan apply after plan final keep"
    assert [each["outcome"] for each in course["tried"]] == ["gone"] and rounds.result(course) == "kept"


def test_a_reviewed_plan_is_one_round():
    course, done = went(Host(lost_until(4096)), reviewed=True)
    assert done == "first plan look apply after final keep"
    edited = {("plan", 0): {"error": "this plan was edited"}}
    course, done = went(Host(lost_until(4096), happens=edited), reviewed=True)
    assert done == "first plan" and rounds.result(course) == "failed" and course["problems"] == ["this plan was edited"]


def test_a_host_that_cannot_be_read_fails_untouched():
    course, done = went(Host(None, happens={("audit", 0): {"error": "unreachable: no route"}}))
    assert done == "first" and rounds.result(course) == "unread" and rounds.fails(course)


def test_no_new_connection_fails_the_host_and_takes_the_unproved_back():
    both = plan(step(), step(1024, 2048, "R13:host:conntrack"), step(2048, 4096, "R6:cpu:1"))
    cut = {"end": "cut", "transaction": "t1", "words": ["the time was over"]}
    host = Host(lambda ring: 9300, happens={("plan", 0): {"plan": both, "closed": None}, ("apply", 1): cut})
    course, done = went(host)
    # The third is not begun any more, and the first is no longer there.
    assert done == "first plan look apply apply take_back last" and host.ring == 512
    assert rounds.result(course) == "failed" and rounds.fails(course)
    assert [each["state"] for each in course["steps"]] == ["taken_back", "gone_back", "planned"]


def test_what_was_proved_in_an_earlier_round_is_kept_where_a_later_one_fails():
    stuck = {("apply", 1): {"end": "stuck", "transaction": "t1", "words": ["type: ethtool -G eth0 rx 1024"]}}
    course, done = went(Host(lost_until(4096), happens=stuck))
    assert done == "first plan look apply after plan apply keep last"
    assert rounds.result(course) == "stuck" and rounds.fails(course)
    assert [each["state"] for each in course["steps"]] == ["kept", "stuck"]


def test_nothing_more_is_asked_of_a_host_that_is_lost():
    lost = {("apply", 1): {"end": "lost", "transaction": "t1", "words": ["no answer"]}}
    course, done = went(Host(lost_until(4096), happens=lost))
    assert done == "first plan look apply after plan apply" and rounds.result(course) == "lost"
    told = report(course, "then", "now", [], POLICY)
    known, ended = remedied.known(told)
    # What is left is known to the next run: the first was proved and not kept, which it does not know.
    assert known == {"t0": "unproved", "t1": "unproved"} and ended == "r1"


def test_what_cannot_be_kept_holds_until_the_next_boot_and_is_known_as_proved():
    why = {("keep", 0): {"end": "confirmed", "transaction": "t0", "words": ["there is no systemd"]}}
    course, done = went(Host(lost_until(1024), happens=why))
    assert rounds.result(course) == "confirmed" and not rounds.fails(course)
    told = report(course, "then", "now", [], POLICY)
    assert told["steps"][0]["state"] == "confirmed" and "there is no systemd" in told["steps"][0]["words"]
    assert remedied.known(told) == ({"t0": "proved"}, None)


def test_a_step_that_cannot_be_measured_is_taken_back():
    deaf = {("audit", 1): {"error": "unreachable: timed out"}}
    host = Host(lost_until(1024), happens=deaf)
    course, done = went(host)
    assert done == "first plan look apply after take_back last" and host.ring == 512
    assert rounds.result(course) == "failed"


def test_where_it_cannot_be_taken_back_the_host_fails_and_says_why():
    no = {("take_back", 0): {"end": "stuck", "transaction": "t0", "words": ["type: ethtool -G eth0 rx 512"]}}
    course, done = went(Host(lambda ring: 9300, happens=no))
    assert rounds.result(course) == "stuck" and "type: ethtool -G eth0 rx 512" in course["problems"][0]


# --- what earlier runs left -----------------------------------------------------------------------------------------


def left(phase, **changes):
    reason = {"by": "remediate", "run": "r0", "busy_s": 600}
    return {"id": "t9", "phase": phase, "reason": reason, "age_s": 3600, "left_s": 0, "why": None, **changes}


@pytest.mark.parametrize(
    "one, known, what",
    [
        (left("kept"), {}, "nothing"),
        (left("taken_back"), {}, "nothing"),
        (left("applied", left_s=30), {}, "wait"),
        (left("stuck", why="no memory"), {}, "stop"),
        (left("confirmed"), {}, "take_back"),
        # Another controller may be measuring; the run that this one knows to have ended may not.
        (left("confirmed", age_s=30), {}, "stop"),
        (left("confirmed", age_s=30), {"t9": "unproved"}, "take_back"),
        # Of a run that ended in the middle nobody knows every transaction.
        (left("confirmed", age_s=30, reason={"by": "remediate", "run": "dead", "busy_s": 600}), {}, "take_back"),
        # The host booted since.
        (left("confirmed", age_s=None), {}, "take_back"),
        (left("confirmed", age_s=30), {"t9": "proved"}, "tell"),
        (left("confirmed", proved=True), {}, "tell"),
        # Somebody did that by hand.
        (left("confirmed", reason={}), {}, "tell"),
        (left("confirmed", reason=None), {}, "tell"),
    ],
)
def test_what_is_done_about_a_transaction_that_is_there(one, known, what):
    did, words = leftover(one, known, "dead")
    assert did == what and (words != "") == (what != "nothing")


def test_what_nobody_proved_is_taken_back_and_the_plan_is_made_anew():
    host = Host(lost_until(1024), there=[left("confirmed")])
    course, done = went(host)
    assert done == "first plan look take_back again plan apply after plan final keep"
    assert course["left"][0]["did"] == "taken_back" and "before anything proved" in course["left"][0]["words"][0]


def test_after_a_run_that_ended_in_the_middle_the_host_is_asked_first():
    host = Host(lambda ring: 0, there=[left("confirmed", age_s=5)])
    course, done = went(host, ended="r0")
    assert done == "look take_back first plan"
    assert changed(report(course, "then", "now", [], POLICY))


def test_one_that_waits_for_its_controller_is_waited_for_and_told():
    host = Host(lost_until(1024), there=[left("applied", left_s=30)])
    course, done = went(host)
    assert done == "first plan look wait look again plan apply after plan final keep"
    assert next(each["for_s"] for each in host.done if each["do"] == "wait") == 30
    assert course["left"][0]["did"] == "taken_back"


def test_one_that_does_not_end_stops_the_run():
    host = Host(lost_until(1024), there=[left("applied", left_s=30)], happens={("wait", 0): {}})
    course, done = went(host)
    assert done == "first plan look wait look" and rounds.result(course) == "failed"
    assert "it was waited for" in course["problems"][0]


def test_where_another_run_may_be_at_work_nothing_is_touched():
    course, done = went(Host(lost_until(1024), there=[left("confirmed", age_s=30)]))
    assert done == "first plan look" and rounds.fails(course)
    assert "run this again in 570 s" in course["problems"][0]


# --- whatever happens -----------------------------------------------------------------------------------------------


def test_whatever_happens_it_ends_and_nothing_unproved_stays(chance):
    """Each order of events ends, and leaves nothing open but on a host that does not answer any more."""
    idents = iter(range(10**6))

    def apply(_todo):
        end = chance.choice(["confirmed"] * 6 + list(rounds.ENDS))
        known = None if end == "refused" else f"t{next(idents)}"
        return {"end": end, "transaction": known, "words": [end]}

    def planned(_todo):
        if chance.random() < 0.05:
            return {"error": "edited"}
        steps = [step(finding=f"R{at}:nic:eth0") for at in range(chance.choice([0, 1, 1, 2, 3]))]
        return {"plan": plan(*steps), "closed": "closed" if chance.random() < 0.05 else None}

    def audit(_todo):
        if chance.random() < 0.08:
            return {"error": "unreachable"}
        lost = chance.choice([0, 0, 10, 900, 9000, 90000])
        verdict = chance.choice(["losing", "at_risk", "clean"])
        return {"measured": measured(lost, chance.choice([5, 10**5, 10**5, 10**6])), "verdict": verdict}

    def look(_todo):
        if chance.random() < 0.05:
            return {"error": "x"}
        phases = ["armed", "applied", "confirmed", "kept", "taken_back", "stuck"]
        ages, idents = chance.choice([None, 1, 9999]), [f"old{at}" for at in range(chance.choice([0, 0, 1, 2]))]
        return {"transactions": [left(chance.choice(phases), id=ident, age_s=ages) for ident in idents]}

    events = {
        "look": look,
        "wait": lambda _todo: {},
        "audit": audit,
        "plan": planned,
        "apply": apply,
        "take_back": lambda todo: {
            "end": chance.choice(["taken_back"] * 8 + ["stuck", "lost", "failed"]),
            "transaction": todo["id"],
            "words": ["x"],
        },
        "keep": lambda todo: {
            "end": chance.choice(["kept"] * 6 + ["confirmed", "lost", "failed"]),
            "transaction": todo["id"],
            "words": ["x"],
        },
    }
    for _turn in range(300):
        policy = {"rounds": chance.randint(1, 4), "unchanged": chance.choice(["keep", "take_back"])}
        ended = chance.choice([None, None, None, "r0"])
        course = rounds.begin("web1", "r1", policy, ended=ended, reviewed=chance.random() < 0.2)
        done = []
        while rounds.following(course):
            todo = rounds.following(course)
            event = events[todo["do"]](todo)
            done.append((todo["do"], event.get("end") or event.get("error")))
            assert len(done) < 100, done
            rounds.did(course, event, compare)
        chance.tried(done)
        outcome = rounds.result(course)
        told = report(course, "then", "now", [], policy)
        assert wrong(told, remedied.REMEDIATION) is None
        assert remedied.result_words(told)
        for each in course["steps"]:
            if each["state"] in ("standing", "lost"):
                assert outcome in ("lost", "stuck"), (done, each)
            if each["state"] == "kept":
                kept = each["outcome"] in rounds.PROVED
                assert kept or (each["outcome"], policy["unchanged"]) == ("unchanged", "keep"), (done, each)
                assert not each["unjudged"], (done, each)
        if any(end in ("stuck", "lost") for _do, end in done):
            assert rounds.fails(course), done


# --- one transaction ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seen, left_s, todo",
    [
        ("armed", 50, "again"),
        ("applying", 50, "again"),
        ("applied", 50, "confirm"),
        # Its time is over: the host is about to go back, or does so.
        ("applied", -1, "again"),
        ("taking_back", -5, "again"),
        ("confirmed", 50, "over"),
        ("taken_back", -3, "over"),
        ("stuck", -3, "over"),
        (None, 50, "again"),
        (None, -29, "again"),
        (None, -31, "give_up"),
        ("applied", -31, "give_up"),
    ],
)
def test_what_to_do_about_a_transaction(seen, left_s, todo):
    assert poll(seen and {"phase": seen}, left_s, 30) == todo


@pytest.mark.parametrize(
    "phase, in_time, end",
    [
        ("confirmed", True, "confirmed"),
        ("kept", True, "confirmed"),
        # It failed on the host, and there was a connection: another idea may do better.
        ("taken_back", True, "gone_back"),
        ("taken_back", False, "cut"),
        ("stuck", False, "stuck"),
        ("applied", False, "lost"),
        (None, False, "lost"),
    ],
)
def test_how_the_application_of_a_step_ended(phase, in_time, end):
    assert rounds.ended(phase and {"phase": phase}, in_time) == end


# --- what one report hands on to the next run -----------------------------------------------------------------------


def test_what_a_report_knows_is_handed_on_until_the_host_was_asked():
    why = {("keep", 0): {"end": "confirmed", "transaction": "t0", "words": ["there is no systemd"]}}
    course, _done = went(Host(lost_until(1024), happens=why))
    proved = remedied.known(report(course, "then", "now", [], POLICY))
    # Runs with nothing to do, or in check mode, do not ask the host, and take the place of the report.
    for check in (False, True):
        course, done = went(Host(lambda ring: 0), known=proved[0], ended=proved[1], check=check)
        assert done == "first plan"
        assert remedied.known(report(course, "then", "now", [], POLICY)) == proved


def test_check_mode_does_not_hide_that_a_run_ended_in_the_middle():
    course = rounds.begin("web1", "r1", POLICY)
    broken = report(course, "then", None, [], POLICY)
    assert wrong(broken, remedied.REMEDIATION) is None and remedied.result_words(broken).startswith("the run ended in")
    known, ended = remedied.known(broken)
    assert ended == "r1"
    course, done = went(Host(lambda ring: 0), known=known, ended=ended, check=True)
    assert done == "first plan"
    known, ended = remedied.known(report(course, "then", "now", [], POLICY))
    assert ended == "r1"
    course, done = went(Host(lambda ring: 0), known=known, ended=ended)
    assert done == "look first plan"
    assert remedied.known(report(course, "then", "now", [], POLICY)) == ({}, None)
