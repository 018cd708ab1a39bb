# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loss of the lab remediated by the playbook alone, and what became of it, by other eyes.

What is lost is read by meter.py before and after, over seconds in which nobody changes anything. Everything is taken
back *before* the loss ends: its own undo puts back what was there when it began, over whatever stands there.
"""

import contextlib
import json
import threading
import time
from typing import NamedTuple

import auditing
import loss
import packing
import proof

INTERVAL_S = 5
#: Seconds over which the meter says what is lost, before and after.
_MEASURED_S = 6
#: How often that is done afterwards; the least counts. A machine that is busy meanwhile only adds to what a guest
#: loses, and nothing takes from a loss that was not ended.
_LOOKS = 3
#: What is left of a loss that has ended, at most.
TENTH = 0.1
#: A ring takes the link down, a doubling is seldom enough, and interrupts on another node are information.
POLICY = {"disruption": 2, "rounds": 5, "severities": ["loss", "risk", "info"]}
#: Losses that the playbook has to end.
END = (
    "conntrack_full",
    "interrupts_on_one_cpu",
    "interrupts_on_wrong_node",
    "neighbour_table_full",
    "polling_ends_early",
    "ring_too_small",
    "rss_leaves_queues_out",
    "rss_uses_one_queue",
    "softnet_backlog",
    "syn_queue",
    "udp_memory",
)
#: What ends only to be followed by another, which has to be told: programs that never read have buffers for a while.
SUCCEEDED = {"udp_memory": "R20"}

GONE, BACK, ADVICE, LEFT, KEPT = "gone", "taken back", "advice", "left", "kept"


class Run(NamedTuple):
    """What one run of the playbook left: its exit code and output, and by the name of each host its report and the
    findings of its last audit."""

    code: int
    output: str
    reports: dict
    findings: dict


def remediate(folder, guests, *arguments, **variables):
    """One run of the playbook for all *guests* at once, in check mode with "--check" among the *arguments*."""
    hosts = {guest.name: guest.host_variables(own_connections=True) for guest in guests.values()}
    extra = {
        "packetloss_dir": str(folder / "report"),
        "packetloss_policy": POLICY,
        "packetloss_serial": "100%",
        # A call of a module takes an emulated CPU half a minute.
        "packetloss_confirm_within": 180,
        **variables,
    }
    group = {"hosts": hosts, "vars": {"packetloss_interval": INTERVAL_S}}
    done = auditing.play(folder, "linuxnet.packetloss.remediate", group, *arguments, "-e", json.dumps(extra))
    stored = {name: folder / "report" / "remediations" / f"{name}.json" for name in hosts}
    last = {name: folder / "report" / "hosts" / f"{name}.findings.json" for name in hosts}
    return Run(done.returncode, done.stdout, _loaded(stored), _loaded(last))


def _loaded(paths):
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


class Trial(NamedTuple):
    """What was seen of one guest: its report, its last findings, the run's output, and the uptimes between which the
    meter is asked."""

    report: dict
    findings: list
    output: str
    before: tuple
    after: list
    #: Transactions that were in force when the run had ended, and what was wrong with taking them back.
    in_force: list
    wrong: list


def uptime(guest):
    return float(guest.read("/proc/uptime").split()[0])


def measured(guests):
    """``{kernel: (uptime, uptime)}`` of some seconds in which nothing is done."""
    begun = {kernel: uptime(guest) for kernel, guest in guests.items()}
    time.sleep(_MEASURED_S)
    return {kernel: (begun[kernel], uptime(guest)) for kernel, guest in guests.items()}


def tried(folder, guests, archive):
    """A loss that goes on remediated in all *guests*, and taken back again: ``{kernel: Trial}``.

    irqbalance runs as soon as something is changed, as it does on a host of anybody's: who moves interrupts has to tell
    it, and cannot where it is held.
    """
    before = measured(guests)
    with contextlib.ExitStack() as stack:
        for guest in guests.values():
            stack.enter_context(_irqbalance_goes_on(guest))
        run = remediate(folder, guests)
        after = [measured(guests) for _look in range(_LOOKS)]
        found = {}
        for kernel, guest in guests.items():
            in_force, wrong = taken_back(guest, archive)
            report, last = run.reports.get(guest.name) or {}, run.findings.get(guest.name) or {}
            seen = last.get("findings") or []
            found[kernel] = Trial(
                report, seen, run.output, before[kernel], [each[kernel] for each in after], in_force, wrong
            )
    return found


def taken_back(guest, archive):
    """Take back all that is in force, the newest first: what it was, and what was wrong with that."""
    wrong, in_force = [], []
    with packing.unpacked(guest, archive):
        listed = packing.call_shared(guest, state="listed")
        if listed.get("failed"):
            return [], [str(listed)]
        for one in listed["transactions"]:
            if one["phase"] in ("applied", "confirmed", "kept", "stuck"):
                in_force.append(one)
                told = packing.call_shared(guest, state="taken_back", id=one["id"])
                if told.get("failed"):
                    wrong.append(str(told))
    return in_force, wrong


@contextlib.contextmanager
def _irqbalance_goes_on(guest):
    """irqbalance, which the loss holds so that it does not end it, goes on as soon as a transaction has begun; what it
    moved is put back afterwards."""
    affinities = guest.script("cd /proc/irq; for f in */smp_affinity_list; do echo $f $(cat $f); done")
    ends = threading.Event()
    begun = "test $(ls /var/lib/packetloss/transactions 2>/dev/null | wc -l) -gt "
    known = guest.script("ls /var/lib/packetloss/transactions 2>/dev/null | wc -l").strip()

    def watch():
        while not ends.wait(0.5):
            with contextlib.suppress(RuntimeError):
                guest.script(f"{begun}{known}; kill -CONT $(pidof irqbalance)")
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ends.set()
        watcher.join()
        guest.script("kill -STOP $(pidof irqbalance) || true")
        moves = "\n".join(
            f"echo {cpus} > {file} 2>/dev/null || true" for file, cpus in map(str.split, affinities.splitlines())
        )
        guest.script(f"cd /proc/irq\n{moves}")


def lost_per_s(one, readings, span):
    """What a loss loses a second between two uptimes, by its first need; None for what loses nothing, or was not
    read."""
    between = one.verdict == "losing" and one.needs and proof.span_between(readings, *span)
    if not between:
        return None
    return one.needs[0].value(between) / between.seconds


class Row(NamedTuple):
    """A row of the table of remedies: what became of a loss in one guest."""

    loss: str
    kernel: str
    rounds: int
    commands: list
    before_per_s: float | None
    after_per_s: float | None
    ended: str
    said: str
    kept: bool


def row(name, kernel, trial, readings):
    """The :class:`Row` of a trial."""
    one = loss.load(name)
    before = lost_per_s(one, readings, trial.before)
    looks = [lost_per_s(one, readings, span) for span in trial.after]
    after = min((rate for rate in looks if rate is not None), default=None)
    commands = [command for step in steps(trial.report) for command in step["commands"]]
    kept = any(transaction["phase"] == KEPT for transaction in trial.in_force)
    return Row(
        name,
        kernel,
        trial.report.get("rounds") or 0,
        commands,
        before,
        after,
        ended(one, trial, before, after),
        said(trial),
        kept,
    )


def steps(report):
    """The steps that were begun on the host."""
    return [step for step in report.get("steps") or () if step["state"] not in ("planned", "refused")]


def said(trial):
    """Why it ended as it did, in sentences of the report: of what was done last; where nothing was, of the advice."""
    report = trial.report
    words = [word for step in report.get("steps") or () for word in _telling(step["words"])][-2:]
    words += report.get("problems") or []
    if not words:
        words = [one["text"] for one in report.get("advice") or ()][:1]
        words += [one["reason"] for one in report.get("refused") or ()][:1]
    return " ".join("; ".join(map(str, words)).split())


def _telling(words):
    """Of what is said of a step the last that compares what was lost, else the last."""
    return [word for word in words if "/s of " in word][-1:] or words[-1:]


def ended(one, trial, before, after):
    """How it ended, by what was lost and what is in force."""
    if not steps(trial.report):
        return ADVICE
    if not trial.in_force:
        return BACK
    if before is not None and after is not None:
        return GONE if after <= TENTH * before else LEFT
    rules = {finding.rule for finding in one.findings | one.told}
    return LEFT if rules & {finding["rule"] for finding in trial.findings} else GONE


def table(rows):
    """The rows as lines of text, aligned."""
    lines = [("loss", "kernel", "rounds", "plan", "before/s", "after/s", "ended", "kept")]
    for one in rows:
        rates = ("-" if rate is None else f"{rate:.1f}" for rate in (one.before_per_s, one.after_per_s))
        plan = "; ".join(one.commands) or "nothing"
        words = f"{one.ended}: {one.said[:100]}" if one.said else one.ended
        lines.append((one.loss, one.kernel, str(one.rounds), plan, *rates, words, "yes" if one.kept else "no"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
