# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the lab judges a transaction that went wrong and a loss that was remediated, and the pages made of that."""

import json
import types

import faults
import gathered
import loss
import pytest
import remedies
import ways

import lab_doc

WAY = ways.WAYS["e1k0"]
BEFORE = {
    "ring RX": "256",
    "feature generic-receive-offload": "on",
    "coalesce rx-usecs": "3",
    "irq-rx-0": "2",
    "irq-tx-0": "3",
    "net.core.netdev_budget": "300",
    "coalesce tx-usecs": "0",
}
APPLIED = ways.applied(WAY, BEFORE)


def trial(foreign=()):
    return types.SimpleNamespace(before=BEFORE, wanted=APPLIED, foreign=dict(foreign))


@pytest.mark.parametrize(
    ("phase", "found", "ended", "wrong"),
    [
        ("confirmed", APPLIED, faults.APPLIED, 0),
        ("taken_back", BEFORE, faults.BEFORE, 0),
        (None, BEFORE, faults.BEFORE, 0),
        # What is told and what is there do not agree.
        ("confirmed", BEFORE, faults.BEFORE, 1),
        ("taken_back", APPLIED, faults.APPLIED, 1),
        ("applied", APPLIED, faults.APPLIED, 1),
        ("taken_back", dict(BEFORE, **{"ring RX": "512"}), faults.HALF, 2),
        ("confirmed", dict(APPLIED, **{"coalesce tx-usecs": "9"}), faults.HALF, 2),
        (faults.UNREACHABLE, BEFORE, faults.UNREACHABLE, 1),
    ],
)
def test_a_transaction_ended_whole_or_it_did_not(phase, found, ended, wrong):
    seen, lines = faults._end(trial(), phase, found)
    assert (seen, len(lines)) == (ended, wrong)


def test_what_somebody_else_wrote_is_not_taken_back():
    found = dict(BEFORE, **{"coalesce rx-usecs": "33"})
    assert faults._end(trial({"coalesce rx-usecs": "33"}), "taken_back", found) == (faults.BEFORE, [])
    assert faults._end(trial(), "taken_back", found)[0] == faults.HALF


def test_a_table_of_any_size_is_expected_whole():
    before = {"table": "0123" * 8, "ring RX": "1024", "irq-rxtx-3": "0", "irq-event": "0"}
    after = ways.applied(ways.WAYS["vmx0"], before)
    assert after["table"] == "01" * 16
    assert (after["irq-rxtx-3"], after["irq-event"]) == ("1", "0")


def test_there_are_combinations_enough_and_no_two_of_one_name():
    names = [fault.name for fault in faults.FAULTS]
    assert len(names) == len(set(names))
    assert len(names) * 2 >= 60
    assert any(not fault.long for fault in faults.FAULTS)


def remediated(steps=1, in_force=("kept",), after=()):
    step = {"state": "kept", "commands": ["sysctl -w a=1"], "words": ["it helped"]}
    report = {"rounds": steps, "steps": [step] * steps}
    findings = [{"rule": rule} for rule in after]
    return remedies.Trial(report, findings, "", (0, 1), [(2, 3)], [{"phase": phase} for phase in in_force], [])


@pytest.mark.parametrize(
    ("name", "trial", "before", "after", "ended"),
    [
        ("ring_too_small", remediated(), 1000.0, 100.0, remedies.GONE),
        ("ring_too_small", remediated(), 1000.0, 101.0, remedies.LEFT),
        ("ring_too_small", remediated(in_force=()), 1000.0, 1000.0, remedies.BACK),
        ("raw_socket", remediated(steps=0, in_force=()), 50.0, 50.0, remedies.ADVICE),
        ("rss_uses_one_queue", remediated(), None, None, remedies.GONE),
        ("rss_uses_one_queue", remediated(after=["R9"]), None, None, remedies.LEFT),
        # Another finding than that of the loss says nothing about it.
        ("rss_uses_one_queue", remediated(after=["R30"]), None, None, remedies.GONE),
    ],
)
def test_a_loss_has_ended_by_what_is_lost_and_not_by_what_is_told(name, trial, before, after, ended):
    assert remedies.ended(loss.load(name), trial, before, after) == ended


def test_every_loss_that_has_to_end_is_one_of_the_lab():
    assert set(remedies.END) <= set(loss.names())


MADE = {"made": "2026-01-31", "version": "5f0c3a1b2c"}


def fault_rows(**other):
    return [
        dict(
            faults.Row(fault.title, fault.step, fault.nic, kernel, fault.ends or faults.BEFORE, True, 30, "")._asdict(),
            **{**MADE, **other},
        )
        for fault in faults.FAULTS
        for kernel in ("6.1", "6.12")
    ]


def test_the_page_of_faults_has_a_row_for_each_and_counts_what_went_wrong():
    rows = fault_rows()
    assert list(lab_doc.different_faults(rows)) == []
    page = lab_doc.faults_page(rows)
    assert f"{len(rows)} combinations on Linux 6.1 and 6.12: 0 half applied, 0 unreachable" in page
    assert page.count("\n| ") == len(faults.FAULTS) + 1


@pytest.mark.parametrize("other", [{"ended": faults.HALF}, {"as_before_after_all": False}])
def test_results_with_a_fault_that_did_not_end_well_are_refused(other):
    assert len(list(lab_doc.different_faults(fault_rows(**other)))) == 2 * len(faults.FAULTS)


def test_a_fault_that_was_not_tried_is_told():
    first = faults.FAULTS[0]
    rows = [row for row in fault_rows() if (row["fault"], row["nic"]) != (first.title, first.nic)]
    assert list(lab_doc.different_faults(rows)) == []
    assert f"Not tried: {first.name}." in lab_doc.faults_page(rows)
    assert "Not tried" not in lab_doc.faults_page(fault_rows())


def test_what_was_tried_on_one_kernel_only_is_told():
    first = faults.FAULTS[0]
    rows = [row for row in fault_rows() if (row["fault"], row["nic"], row["kernel"]) != (first.title, first.nic, "6.1")]
    page = lab_doc.faults_page(rows)
    assert f"\nNot tried on 6.1: {first.name}.\n" in page
    assert "Not tried:" not in page and "Not tried on 6.12" not in page


def test_a_table_of_several_versions_says_so():
    rows = fault_rows()
    assert "\nAll of one version.\n" in lab_doc.faults_page(rows)
    rows[0] = {**rows[0], "version": "0123456789"}
    page = lab_doc.faults_page(rows)
    assert "Gathered from runs of 2 versions" in page
    assert page.count("| 2026-01-31 (0123456789); 2026-01-31 (5f0c3a1b2c) |") == 1


def test_a_row_that_is_made_again_takes_the_place_of_the_one_before(tmp_path):
    path, identity = tmp_path / "lab" / "rows.json", ("loss", "kernel")
    gathered.gather(path, [{"loss": "a", "kernel": "6.1", "n": 1}, {"loss": "b", "kernel": "6.1", "n": 2}], identity)
    found = gathered.gather(path, [{"loss": "a", "kernel": "6.1", "n": 3}, {"loss": "a", "kernel": "6.12"}], identity)
    assert [(row["loss"], row["kernel"], row.get("n")) for row in found] == [
        ("a", "6.1", 3),
        ("b", "6.1", 2),
        ("a", "6.12", None),
    ]
    assert json.loads(path.read_text()) == found
    assert all(row["made"] == gathered.today() and row["version"] for row in found)


def test_the_page_of_remedies_says_what_was_done_and_what_it_helped():
    rows = [
        remedies.Row("ring_too_small", "6.1", 3, ["ethtool -G vmx0 rx 256"], 1102.4, 0.0, "gone", "", True),
        remedies.Row("raw_socket", "6.1", 0, [], None, None, "advice", "a|b", False),
    ]
    page = lab_doc.remedies_page([{**row._asdict(), **MADE} for row in rows])
    made = "2026-01-31 (5f0c3a1b2c)"
    assert f"| ring_too_small | 6.1 | 3 | `ethtool -G vmx0 rx 256` | 1,102 | 0 | gone | yes | {made} |" in page
    assert f"| raw_socket | 6.1 | 0 | nothing | - | - | advice: a\\|b | no | {made} |" in page
    assert "1 of 2 ended, 1 have no remedy" in page
    assert "Not tried: accept_queue; " in page
