# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes ``docs/losses.md``, ``docs/remedies.md``, ``docs/faults.md`` and the measured table of
``docs/ring-memory.md`` from what the lab found.

What it found is kept in ``tests/lab/results/``; ``--record`` first takes it from the last runs of the lab, of ``make
vm`` and of ``make vm-long``. ``--check`` writes nothing, and fails when a page is not what the results say, or the
results are not of these losses and faults.
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
#: Those of `make vm-long`, gathered from several runs: by what a row takes the place of an older one.
GATHERED = {"remedies.json": ("loss", "kernel"), "faults.json": ("fault", "step", "nic", "kernel")}
LOSSES = REPOSITORY / "docs" / "losses.md"
RINGS = REPOSITORY / "docs" / "ring-memory.md"
REMEDIES = REPOSITORY / "docs" / "remedies.md"
FAULTS = REPOSITORY / "docs" / "faults.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"

sys.path[:0] = [str(REPOSITORY / path) for path in ("tests/lab", "tests", "tests/provoke")]
import faults  # noqa: E402 - found by the path above
import gathered  # noqa: E402
import loss  # noqa: E402

_LOSSES_PAGE = """# What the lab proves

`make vm` causes each of these in a virtual host with real NIC drivers, on one kernel today and on the other tomorrow,
audits it over SSH, compares what the audit says with what is expected, and undoes it; `make vm-long` does so on all
kernels, and leaves this table. Findings of severity loss and risk have to be exactly these, and information
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


_REMEDIES_PAGE = """# What remediation does to each loss of the lab

`make vm-long` causes each loss in virtual hosts with real NIC drivers, runs the playbook `remediate` against it while
the traffic stays the same, and takes everything back afterwards. What is lost a second was read in the host by a
program that is not the collection, before and after. A loss is *gone* where at most a tenth of it is left; all else was
taken back, with the reason, or there was nothing that a program may do, and a person is told what. What is *left* is
none of these, and not as it has to be. [The lab](lab.md) says how to cause a loss by hand, [what the lab
proves](losses.md) what each is.

Made on Linux {kernels}: {gone} of {all} ended, {left} have no remedy that a program can apply.

| loss | kernel | rounds | what was done | before /s | after /s | how it ended | kept | made |
|---|---|--:|---|--:|--:|---|---|---|
{rows}

{gathered}
"""

_FAULTS_PAGE = """# What was made to go wrong with a transaction

`make vm-long` makes each of these happen to a transaction of five settings, over SSH that comes through the very NIC
which it changes. Afterwards the system's own programs are asked what is set: all five and confirmed, or everything as
it was before. {count} combinations on Linux {kernels}: {half} half applied, {unreachable} unreachable; what was applied
was taken back in the end, and then too all was as before.

| fault | at step | NIC | {columns} | made |
|---|--:|---|{lines}---|
{rows}

The steps of these transactions are a ring, a feature, coalescing or the interrupts or the RSS table, packet steering,
and a sysctl of the host; igb0 is the active port of a bond, through whose address SSH comes. "At step" is how many of
them had been made. The window is {window} seconds.

{gathered}
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


def _release(rows):
    return " and ".join(sorted({row["kernel"] for row in rows}))


def _made(rows):
    """When and of which versions some rows were made: ``2026-01-31 (5f0c3a1b2c)``, each once."""
    return "; ".join(sorted({f"{row['made']} ({row['version']})" for row in rows}))


def _gathered(rows, missing):
    """How the table came about, and what is not in it, as lines of a page.

    :param missing: ``{kernel: [what was not tried there]}``
    """
    runs = len({(row["made"], row["version"]) for row in rows})
    told = [
        f"Gathered from runs of {runs} versions, each row of the one that it names."
        if runs > 1
        else "All of one version."
    ]
    everywhere = [name for name in next(iter(missing.values()), []) if all(name in each for each in missing.values())]
    if everywhere:
        told.append(f"Not tried: {'; '.join(everywhere)}.")
    for kernel, names in missing.items():
        if others := [name for name in names if name not in everywhere]:
            told.append(f"Not tried on {kernel}: {'; '.join(others)}.")
    return "\n".join(told)


def _missing(rows, names, name_of):
    """``{kernel: [those of *names* that no row of it has]}``; *name_of* is of a row."""
    there = {(row["kernel"], name_of(row)) for row in rows}
    kernels = sorted({row["kernel"] for row in rows})
    return {kernel: [name for name in names if (kernel, name) not in there] for kernel in kernels}


def remedies_page(rows):
    """The page of the remedies; *rows* as tests/lab/test_remedies.py leaves them."""
    lines = []
    for row in sorted(rows, key=lambda row: (row["loss"], row["kernel"])):
        done = "; ".join(f"`{cell(command)}`" for command in row["commands"]) or "nothing"
        rates = (("-" if row[side] is None else f"{row[side]:,.0f}") for side in ("before_per_s", "after_per_s"))
        ended = cell(f"{row['ended']}: {row['said']}" if row["said"] else row["ended"])
        kept = "yes" if row["kept"] else "no"
        cells = (row["loss"], row["kernel"], str(row["rounds"]), done, *rates, ended, kept, _made([row]))
        lines.append(f"| {' | '.join(cells)} |")
    return _REMEDIES_PAGE.format(
        kernels=_release(rows),
        gone=sum(row["ended"] == "gone" for row in rows),
        left=sum(row["ended"] == "advice" for row in rows),
        all=len(rows),
        rows="\n".join(lines),
        gathered=_gathered(rows, _missing(rows, loss.names(), lambda row: row["loss"])),
    )


def faults_page(rows):
    """The page of the faults; *rows* as tests/lab/test_faults.py leaves them."""
    kernels = sorted({row["kernel"] for row in rows})
    by_fault = {}
    for row in rows:
        by_fault.setdefault((row["fault"], row["step"], row["nic"]), {})[row["kernel"]] = row
    lines = []
    for (fault, step, nic), made in sorted(by_fault.items(), key=lambda item: _place(item[0])):
        ended = [made[kernel]["ended"] if kernel in made else "-" for kernel in kernels]
        cells = (fault, "" if step is None else str(step), nic, *ended, _made(made.values()))
        lines.append(f"| {' | '.join(cells)} |")
    return _FAULTS_PAGE.format(
        count=len(rows),
        kernels=" and ".join(kernels),
        half=sum(row["ended"] == faults.HALF for row in rows),
        unreachable=sum(row["ended"] == faults.UNREACHABLE for row in rows),
        columns=" | ".join(kernels),
        lines="---|" * len(kernels),
        rows="\n".join(lines),
        window=faults.WINDOW_S,
        gathered=_gathered(rows, _missing(rows, [fault.name for fault in faults.FAULTS], _fault_name)),
    )


def _place(identity):
    """Where a fault stands in the list of all."""
    known = [(fault.title, fault.step, fault.nic) for fault in faults.FAULTS]
    return known.index(identity) if identity in known else len(known)


def _fault_name(row):
    return next(
        (
            fault.name
            for fault in faults.FAULTS
            if (fault.title, fault.step, fault.nic) == (row["fault"], row["step"], row["nic"])
        ),
        None,
    )


def different_faults(rows):
    """What the results do not say as the faults expect: lines. What was not tried is told on the page."""
    proved = {(row["fault"], row["step"], row["nic"], row["kernel"]): row for row in rows}
    for fault in faults.FAULTS:
        for kernel in sorted({row["kernel"] for row in rows}):
            row = proved.get((fault.title, fault.step, fault.nic, kernel))
            ended = (faults.APPLIED, faults.BEFORE) if fault.ends is None else (fault.ends,)
            if row and (row["ended"] not in ended or not row["as_before_after_all"]):
                yield f"{fault.name} on {kernel}: expected {' or '.join(ended)}, {row['ended']}"


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


def newest(name, record):
    """The path of a result of `make vm`: of the last run where that is asked for and there was one, else the kept
    one."""
    folders = [LAST_RUN, RESULTS] if record else [RESULTS]
    return next((folder / name for folder in folders if (folder / name).exists()), RESULTS / name)


def gathered_rows(name, record):
    """The rows of a result of `make vm-long`: those that are kept, with *record* each that the last runs made again in
    its place."""
    folders = [RESULTS, LAST_RUN] if record else [RESULTS]
    rows = []
    for folder in folders:
        if (folder / name).exists():
            rows = gathered.merged(rows, json.loads((folder / name).read_text()), GATHERED[name])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is not up to date")
    parser.add_argument("--record", action="store_true", help="take the results of the last run of the lab")
    options = parser.parse_args()
    kept = {name: newest(name, options.record) for name in KEPT}
    losses, rings, cross_check = (json.loads(path.read_text()) for path in kept.values())
    pages = {
        LOSSES: losses_page(losses, cross_check),
        RINGS: with_table(RINGS.read_text(), measured_table(rings)),
    }
    wrong = list(different(losses))
    # A run of `make vm` alone leaves those of the last `make vm-long`.
    long = {name: gathered_rows(name, options.record) for name in GATHERED}
    remedies, tried = long.values()
    if remedies:
        pages[REMEDIES] = remedies_page(remedies)
    if tried:
        pages[FAULTS] = faults_page(tried)
        wrong += different_faults(tried)
    if wrong:
        sys.exit("The lab's results are not what they have to be: run `make vm lab-docs`.\n" + "\n".join(wrong))
    if options.record:
        RESULTS.mkdir(exist_ok=True)
        for name, path in kept.items():
            if path.parent != RESULTS:
                shutil.copyfile(path, RESULTS / name)
        for name, rows in long.items():
            (RESULTS / name).write_text(json.dumps(rows, indent=1) + "\n")
    for page, text in pages.items():
        if not options.check:
            page.write_text(text)
        elif not page.exists() or page.read_text() != text:
            sys.exit(f"{page.relative_to(REPOSITORY)} is not what the lab found: run `make lab-docs`")


if __name__ == "__main__":
    main()
