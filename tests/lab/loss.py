# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a loss of the lab is: how it is caused and undone, what it needs, and what the audit has to say of it.

Each file of ``losses/`` holds one, as ``LOSS``.
"""

import dataclasses
import datetime
import importlib.util
import json
import pathlib
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple

import proof

FOLDER = pathlib.Path(__file__).with_name("losses")


class Finding(NamedTuple):
    """What the audit says of one place."""

    rule: str
    layer: str
    severity: str
    #: Empty for what a host has only one of.
    subject: str = ""

    def __str__(self):
        return " ".join(self).rstrip()


class Evidence(NamedTuple):
    """What the evidence of a finding has to say: *pattern* is a regular expression for the whole value."""

    rule: str
    what: str
    pattern: str


class Cause(NamedTuple):
    """What a loss that was caused and undone leaves: the readings of what it needed, and what it saw itself to lack."""

    readings: list
    shortfalls: list


@dataclasses.dataclass(frozen=True)
class Loss:
    """A loss, or a harmless thing that looks like one.

    ``caused(guest, strength)`` keeps it going until the block ends, and then everything in the guest is as it was
    before. ``needs`` are what has to be there so that the audit can find it; where one was not, it is caused again with
    a *strength* of twice as much, or half. ``caused`` raises ``proof.NotThere`` when its block has ended, where that
    takes more than a look into the guest to see.

    ``findings`` are all findings of severity "loss" and "risk" that the audit has to make, and no other; ``told`` are
    those of severity "info" that it has to make, among others. ``evidence`` is what they have to say, and ``void``
    causes that ``meta.void`` has to name.
    """

    title: str
    verdict: str
    caused: Callable[["guest.Guest", float], AbstractContextManager]  # noqa: F821 - it imports more than is needed here
    needs: tuple = ()
    findings: frozenset = frozenset()
    told: frozenset = frozenset()
    evidence: frozenset = frozenset()
    void: frozenset = frozenset()
    note: str = ""


def names():
    """The names of the losses, sorted: those of their files."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def load(name):
    """The :class:`Loss` of ``losses/NAME.py``."""
    specification = importlib.util.spec_from_file_location(f"lab_loss_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.LOSS


@contextmanager
def caused(one, guest, strength=proof.NORMAL):
    """A loss goes on in *guest* until the block ends, for a person and for the tests alike: nobody else moves the
    interrupts of its NICs meanwhile. Yields the ``proof.Reading`` s of what it needs."""
    # The meter first: it is hard to log in where a CPU is saturated.
    with guest.irqbalance_held(), proof.watched(one.needs, guest.meter) as readings, one.caused(guest, strength):
        yield readings


@contextmanager
def caused_in(guests, losses, strengths):
    """In each of the *guests*, ``{kernel: Guest}``, its own of the *losses*, ``{kernel: Loss}``, goes on until the
    block ends. They are caused, and undone, in all of them at once. Yields a dict that has the :class:`Cause` of each
    kernel when the block has ended."""
    everywhere, over = threading.Barrier(len(guests) + 1), threading.Event()

    def keep_going(kernel):
        shortfalls, readings = [], []
        try:
            with caused(losses[kernel], guests[kernel], strengths[kernel]) as readings:
                everywhere.wait()
                over.wait()
        except proof.NotThere as reason:
            shortfalls.append(proof.Shortfall(str(reason), 1))
        except BaseException:
            everywhere.abort()
            raise
        return Cause(readings, shortfalls)

    causes = {}
    with ThreadPoolExecutor(len(guests)) as pool:
        running = {kernel: pool.submit(keep_going, kernel) for kernel in guests}
        try:
            with suppress(threading.BrokenBarrierError):  # what broke it is raised below
                everywhere.wait()
            if not everywhere.broken:
                yield causes
        finally:
            over.set()
    failures = [cause.exception() for cause in running.values()]
    for failure in failures:
        if failure and not isinstance(failure, threading.BrokenBarrierError):
            raise failure
    causes.update((kernel, cause.result()) for kernel, cause in running.items())


def rounds(names, kernels, both):
    """Which losses are caused together: ``[{kernel: name of a loss}]``.

    With *both* each is caused on all kernels. Else on one of them, today on this and tomorrow on another, while other
    losses are caused on the others: that takes half as long. The last round is filled from the first.
    """
    kernels = list(kernels)
    if both:
        return [dict.fromkeys(kernels, name) for name in names]
    turned = datetime.date.today().toordinal() % len(kernels)
    kernels = kernels[turned:] + kernels[:turned]
    filled = list(names) + list(names)[: -len(names) % len(kernels)]
    return [dict(zip(kernels, filled[start:])) for start in range(0, len(names), len(kernels))]


def proved(guests, losses, audit):
    """In each of the *guests*, ``{kernel: Guest}``, its own of the *losses*, ``{kernel: Loss}``, caused until what it
    needs was there: ``{kernel: proof.Outcome}``.

    ``audit(chosen)`` reads some of the guests, ``{kernel: Guest}``, and answers with ``{kernel: (result, document)}``;
    a document of None is judged whatever was there.
    """

    def attempt(strengths):
        chosen = {kernel: guests[kernel] for kernel in strengths}
        with caused_in(chosen, losses, strengths) as causes:
            answers = audit(chosen)
        return {kernel: outcome(losses[kernel], causes[kernel], *answers[kernel]) for kernel in chosen}

    return proof.proved(list(guests), attempt)


def outcome(one, cause, result, document):
    if document is None:
        return proof.Outcome(result, [])
    span = proof.span_of_audit(cause.readings, document)
    return proof.Outcome(result, cause.shortfalls + proof.shortfalls(one.needs, span))


def told(one, entry):
    """The findings of a host's entry in audit.json that count: all losses and risks, and the information expected."""
    findings = {
        Finding(each["rule"], each["layer"], each["severity"], each["subject"]["name"] or "")
        for each in entry["findings"]
    }
    return {finding for finding in findings if finding.severity != "info" or finding in one.told}


def differences(one, entry, document):
    """What the audit of a host should have said and did not, or should not have and did: lines, none if all is well."""
    expected, found = one.findings | one.told, told(one, entry)
    lines = [f"missing: {finding}" for finding in expected - found]
    lines += [f"too much: {finding}" for finding in found - expected]
    if entry["verdict"] != one.verdict:
        lines.append(f"verdict: {entry['verdict']}, expected {one.verdict}")
    lines += [f"not in the evidence: {item}" for item in one.evidence if not shown(item, entry)]
    lines += [f"not void: {cause}" for cause in one.void - {void["cause"] for void in document["meta"]["void"]}]
    return lines


def shown(wanted, entry):
    """Whether the evidence of a finding says so."""
    return any(
        re.fullmatch(wanted.pattern, str(item["value"]))
        for finding in entry["findings"]
        if finding["rule"] == wanted.rule
        for item in finding["evidence"]
        if item["what"] == wanted.what
    )


class Row(NamedTuple):
    """A row of the table of losses: what one guest's audit had to say, and said."""

    loss: str
    kernel: str
    expected: list
    found: list
    verdict: str
    as_expected: bool
    tries: int


def table(rows):
    """The rows as lines of text, aligned."""
    lines = [("loss", "kernel", "expected", "found", "tries", "")]
    for row in rows:
        told = ("; ".join(row.expected) or "nothing", "; ".join(row.found) or "nothing")
        lines.append((row.loss, row.kernel, *told, str(row.tries), "as expected" if row.as_expected else "DIFFERENT"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)


def save(rows, folder, whole):
    """Leave the rows as a table in ``losses.txt`` for the tests' summary, and, where they are those of all kernels, in
    ``losses.json`` for the docs."""
    (folder / "losses.txt").write_text(table(rows))
    if whole:
        (folder / "losses.json").write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n")
