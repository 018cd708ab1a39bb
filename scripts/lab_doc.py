# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes ``docs/losses.md`` and the measured table of ``docs/ring-memory.md`` from what the lab found.

What it found is kept in ``tests/lab/results/``; ``--record`` first takes it from the last run of the lab. ``--check``
writes nothing, and fails when a page is not what the results say, or the results are not of these losses.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "tests" / "lab" / "results"
LAST_RUN = REPOSITORY / "build" / "lab"
KEPT = ("losses.json", "ring_memory.json", "cross_check.json")
LOSSES = REPOSITORY / "docs" / "losses.md"
RINGS = REPOSITORY / "docs" / "ring-memory.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"

sys.path[:0] = [str(REPOSITORY / path) for path in ("tests/lab", "tests", "tests/provoke")]
import loss  # noqa: E402 - found by the path above

_LOSSES_PAGE = """# What the lab proves

`make vm` causes each of these in virtual hosts with real NIC drivers, audits them over SSH, compares what the audit
says with what is expected, and undoes it. Findings of severity loss and risk have to be exactly these, and information
is listed where it is expected. Rules are explained in [Rules](rules.md); [The lab](lab.md) says how to try one by hand.

Made on Linux {kernels}.

| loss | what happens | expected and found |
|---|---|---|
{rows}
{notes}
## Other eyes

While packets come and are lost, other programs are asked in the guest before and after the audit. Every total of the
audit that they know too has to lie between their two answers.

| kernel | program | numbers compared |
|---|---|--:|
{compared}
"""


def cell(text):
    return text.replace("|", "\\|")


def losses_page(rows, cross_check):
    """The page of the losses; *rows* as ``loss.Row._asdict()``, *cross_check* as tests/lab/test_cross_check.py
    leaves it."""
    lines, notes = [], []
    for name in loss.names():
        one = loss.load(name)
        expected = "; ".join(sorted(map(str, one.findings | one.told))) or f"nothing: {one.verdict}"
        lines.append(f"| {name} | {cell(one.title)} | {cell(expected)} |")
        if one.note:
            notes.append(f"* **{name}**: {one.note}\n")
    kernels = " and ".join(sorted({row["kernel"] for row in rows}))
    told = "\nWhat to know of some of them:\n\n" + "".join(notes) if notes else ""
    compared = [f"| {row['kernel']} | `{row['program']}` | {row['compared']} |" for row in cross_check]
    return _LOSSES_PAGE.format(kernels=kernels, rows="\n".join(lines), notes=told, compared="\n".join(compared))


def different(rows):
    """What the results do not say as the losses expect: lines, none where all is as expected."""
    kernels = {row["kernel"] for row in rows}
    proved = {(row["loss"], row["kernel"]): row for row in rows}
    for name in loss.names():
        one = loss.load(name)
        expected = sorted(map(str, one.findings | one.told))
        for kernel in sorted(kernels):
            row = proved.get((name, kernel))
            if not row:
                yield f"{name} on {kernel}: not judged; on a busy machine its load may not have been there"
            elif row["found"] != expected or row["verdict"] != one.verdict:
                yield f"{name} on {kernel}: expected {expected}, {row['found']}"


def measured_table(rows):
    """The table of predicted and measured memory; *rows* as tests/lab/test_ring_memory.py leaves them."""
    lines = [
        "| kernel | driver | change | predicted MiB | measured MiB | off by |",
        "|---|---|---|--:|--:|--:|",
    ]
    for row in rows:
        predicted, measured = row["predicted_bytes"] / 2**20, row["measured_bytes"] / 2**20
        off = f"{100 * (measured - predicted) / predicted:+.1f} %"
        lines.append(
            f"| {row['kernel']} | {row['driver']} | {cell(row['change'])} | {predicted:.1f} | {measured:.1f} | {off} |"
        )
    return "\n".join(lines) + "\n"


def with_table(text, table):
    """*text* with *table* between its two marks."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + table + END + after


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is not up to date")
    parser.add_argument("--record", action="store_true", help="take the results of the last run of the lab")
    options = parser.parse_args()
    source = LAST_RUN if options.record else RESULTS
    losses, rings, cross_check = (json.loads((source / name).read_text()) for name in KEPT)
    pages = {
        LOSSES: losses_page(losses, cross_check),
        RINGS: with_table(RINGS.read_text(), measured_table(rings)),
    }
    wrong = list(different(losses))
    if wrong:
        sys.exit("The lab's results are not those of these losses: run `make vm lab-docs`.\n" + "\n".join(wrong))
    if options.record:
        RESULTS.mkdir(exist_ok=True)
        for name in KEPT:
            shutil.copyfile(LAST_RUN / name, RESULTS / name)
    for page, text in pages.items():
        if not options.check:
            page.write_text(text)
        elif not page.exists() or page.read_text() != text:
            sys.exit(f"{page.relative_to(REPOSITORY)} is not what the lab found: run `make lab-docs`")


if __name__ == "__main__":
    main()
