# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each loss of ``losses/`` is caused in every guest and remediated by the playbook: it ends, or all is taken back.

Part of ``make vm-long``, which leaves the table for the docs: each takes two to four minutes, as an emulated CPU
compiles Ansible's modules anew each time.
"""

import contextlib
import json

import auditing
import fingerprint
import gathered
import loss
import packing
import proof
import pytest
import remedies
from guest import at_once

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def settled(guests):
    """The guests with nobody who moves interrupts, and with the modules loaded that losses need; what they look like
    then, by kernel."""
    with contextlib.ExitStack() as stack:
        for guest in guests.values():
            stack.enter_context(guest.irqbalance_held())
            guest.run("modprobe", "-a", *fingerprint.MODULES)
        yield at_once(fingerprint.read, guests)


@pytest.fixture(scope="module")
def archive():
    return packing.packed()


@pytest.fixture(scope="module")
def rows():
    """Collects the rows of the table; each is in the lab's folder as soon as it is there, beside those of runs
    before."""
    collected = []
    yield collected
    auditing.LAB_RESULTS.mkdir(parents=True, exist_ok=True)
    (auditing.LAB_RESULTS / "remedies.txt").write_text(remedies.table(collected) + "\n")


def outcomes(guests, name, attempt):
    """The outcome of ``attempt(chosen)``, ``{kernel: Trial}``, in a loss whose load was there, by kernel; each with the
    readings of the meter."""
    one = loss.load(name)

    def once(strengths):
        chosen = {kernel: guests[kernel] for kernel in strengths}
        with loss.caused_in(chosen, dict.fromkeys(chosen, one), strengths) as causes:
            trials = attempt(chosen)
        made = {}
        for kernel, trial in trials.items():
            cause = causes[kernel]
            lacking = proof.shortfalls(one.needs, proof.span_between(cause.readings, *trial.before))
            made[kernel] = proof.Outcome((trial, cause.readings), cause.shortfalls + lacking)
        return made

    return proof.proved(list(guests), once)


@pytest.mark.parametrize("name", loss.names())
def test_a_loss_ends_or_all_is_taken_back(guests, settled, archive, rows, tmp_path_factory, name):
    found = outcomes(guests, name, lambda chosen: remedies.tried(tmp_path_factory.mktemp(name), chosen, archive))
    after = at_once(fingerprint.read, guests)
    problems = {}
    for kernel, outcome in found.items():
        if outcome.shortfalls:
            continue
        trial, readings = outcome.result
        row = remedies.row(name, kernel, trial, readings)
        rows.append(row)
        gathered.gather(auditing.LAB_RESULTS / "remedies.json", [row._asdict()], ("loss", "kernel"))
        problems[kernel] = [*trial.wrong, *fingerprint.difference(settled[kernel], after[kernel])]
        problems[kernel] += wrong(row, trial)
    assert not {kernel: lines for kernel, lines in problems.items() if lines}, remedies.table(rows)
    for outcome in found.values():
        # Skipped where its load was not there; what was seen of another guest stays.
        proof.judged(outcome)


def wrong(row, trial):
    """What is not as it has to be with one row: lines."""
    told = json.dumps(trial.report)[:6000] or trial.output[-6000:]
    if not trial.report:
        return [f"there is no report: {trial.output[-6000:]}"]
    if row.ended == remedies.LEFT:
        return [f"{row.before_per_s} lost/s before, {row.after_per_s} after, and it was not taken back: {told}"]
    if row.ended == remedies.BACK and not row.said:
        return [f"all was taken back, and the report does not say why: {told}"]
    if row.loss in remedies.END and row.ended != remedies.GONE:
        successor = remedies.SUCCEEDED.get(row.loss)
        if not successor or successor not in told:
            return [f"it ought to have ended, and it is {row.ended}: {told}\n{trial.output[-3000:]}"]
    return []


def test_check_mode_shows_what_the_real_run_does_and_a_second_run_changes_nothing(
    guests, settled, archive, tmp_path_factory
):
    """One loss, three runs: the plan of the first, in check mode, is what the second does; the third has nothing to
    do."""

    def attempt(chosen):
        before = remedies.measured(chosen)
        as_it_was = at_once(fingerprint.read, chosen)
        checked = remedies.remediate(tmp_path_factory.mktemp("checked"), chosen, "--check")
        untouched = at_once(fingerprint.read, chosen)
        folder = tmp_path_factory.mktemp("real")
        real = remedies.remediate(folder, chosen)
        again = remedies.remediate(folder, chosen)
        trials = {}
        for kernel, guest in chosen.items():
            in_force, problems = remedies.taken_back(guest, archive)
            problems += fingerprint.difference(as_it_was[kernel], untouched[kernel])
            reports = [run.reports.get(guest.name) or {} for run in (checked, real, again)]
            span = before[kernel]
            trials[kernel] = remedies.Trial(reports, [], again.output, span, [span], in_force, problems)
        return trials

    for kernel, outcome in outcomes(guests, "conntrack_full", attempt).items():
        trial, _readings = proof.judged(outcome)
        checked, real, again = trial.report
        assert not trial.wrong
        assert (planned(checked), len(trial.in_force)) == (made(real), 1), trial.output[-4000:]
        assert made(again) == [], f"{kernel}: {json.dumps(again)[:4000]}"


def planned(report):
    """What check mode says that would be done first."""
    return [step["commands"] for step in report.get("steps") or () if step["state"] == "planned"]


def made(report):
    return [step["commands"] for step in remedies.steps(report)]
