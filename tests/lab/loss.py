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
from collections.abc import Callable
from contextlib import AbstractContextManager
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


@dataclasses.dataclass(frozen=True)
class Loss:
    """A loss, or a harmless thing that looks like one.

    ``caused(guest)`` keeps it going until the block ends, and then everything in the guest is as it was before.
    ``findings`` are all findings of severity "loss" and "risk" that the audit has to make, and no other; ``told`` are
    those of severity "info" that it has to make, among others. ``shown`` are texts that the evidence has to hold, and
    ``void`` causes that ``meta.void`` has to name.
    """

    title: str
    verdict: str
    caused: Callable[["guest.Guest"], AbstractContextManager]  # noqa: F821 - guest.py imports more than is needed here
    findings: frozenset = frozenset()
    told: frozenset = frozenset()
    shown: frozenset = frozenset()
    void: frozenset = frozenset()
    evidence: frozenset = frozenset()
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


def found(entry):
    """The findings of a host's entry in audit.json, by severity: ``{"loss": {Finding, ...}}``."""
    by_severity = {"loss": set(), "risk": set(), "info": set()}
    for one in entry["findings"]:
        by_severity[one["severity"]].add(Finding(one["rule"], one["layer"], one["severity"], one["subject"] or ""))
    return by_severity


def evidence(entry):
    """All evidence of a host's findings, as text."""
    return "\n".join(f"{shown['what']}: {shown['value']}" for one in entry["findings"] for shown in one["evidence"])


def said(entry):
    """The evidence of a host's entry in audit.json: ``{(rule, what, value), ...}``."""
    return {(one["rule"], item["what"], str(item["value"])) for one in entry["findings"] for item in one["evidence"]}


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
