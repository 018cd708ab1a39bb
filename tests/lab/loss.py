# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a loss of the lab is: how it is caused and undone, and what the audit has to say of it.

Each file of ``losses/`` holds one, as ``LOSS``.
"""

import dataclasses
import importlib.util
import json
import pathlib
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple

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


@dataclasses.dataclass(frozen=True)
class Loss:
    """A loss, or a harmless thing that looks like one.

    ``caused(guest)`` keeps it going until the block ends, and then everything in the guest is as it was before.
    ``findings`` are all findings of severity "loss" and "risk" that the audit has to make, and no other; ``told`` are
    those of severity "info" that it has to make, among others. ``evidence`` is what they have to say, and ``void``
    causes that ``meta.void`` has to name.
    """

    title: str
    verdict: str
    caused: Callable[["guest.Guest"], AbstractContextManager]  # noqa: F821 - guest.py imports more than is needed here
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
def caused_in(guests, one):
    """A loss goes on in all *guests* until the block ends. It is caused, and undone, in all of them at once."""
    everywhere, over = threading.Barrier(len(guests) + 1), threading.Event()

    def cause(guest):
        try:
            with one.caused(guest):
                everywhere.wait()
                over.wait()
        except BaseException:
            everywhere.abort()
            raise

    with ThreadPoolExecutor(len(guests)) as pool:
        causes = [pool.submit(cause, guest) for guest in guests]
        try:
            with suppress(threading.BrokenBarrierError):  # what broke it is raised below
                everywhere.wait()
            if not everywhere.broken:
                yield
        finally:
            over.set()
    failures = [cause.exception() for cause in causes]
    for failure in failures:
        if failure and not isinstance(failure, threading.BrokenBarrierError):
            raise failure


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


def table(rows):
    """The rows as lines of text, aligned."""
    lines = [("loss", "kernel", "expected", "found", "")]
    for row in rows:
        told = ("; ".join(row.expected) or "nothing", "; ".join(row.found) or "nothing")
        lines.append((row.loss, row.kernel, *told, "as expected" if row.as_expected else "DIFFERENT"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)


def save(rows, folder):
    """Leave the rows in ``losses.json`` for the docs, and as a table in ``losses.txt`` for the tests' summary."""
    (folder / "losses.json").write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n")
    (folder / "losses.txt").write_text(table(rows))
