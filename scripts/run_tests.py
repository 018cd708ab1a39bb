# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the stages of the tests that are named on the command line, or all but the long ones, and ends with a summary.

What cannot run on this machine is skipped with its reason and counted. The exit code is 0 when something passed and
nothing failed. Run by ``make test``, with the Python of ``.venv``.
"""

import argparse
import os
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from testing import matrix, molecule, nodes, sanity, static, tree
from testing.checks import Check, skipped

#: Stages that only compute, and may share the processors.
TOGETHER = {
    "sanity": sanity.sanity,
    "lint": static.lint,
    "nodes": nodes.nodes,
    "unit": nodes.unit,
    "captures": nodes.captures,
    "docs-check": static.docs_check,
    "import": static.import_,
}
#: Stages that watch what the kernel does over an interval: one at a time, with the machine to themselves.
ALONE = {
    "matrix": matrix.matrix,
    "playbook": nodes.playbook,
    "provoke": nodes.provoke,
    "containers": molecule.containers,
    "vm": molecule.vm,
}
#: Stages that take hours: only where they are named.
LONG = {
    "vm-long": molecule.vm_long,
}
STAGES = {**TOGETHER, **ALONE, **LONG}

_printing = threading.Lock()


def say(text):
    with _printing:
        print(text, flush=True)


def run_stage(stage):
    """The checks of one stage, each told as it ends. A stage that breaks has failed, and the others go on."""
    checks = []
    started = time.monotonic()
    try:
        for check in STAGES[stage]():
            checks.append(check)
            say(told(check))
    except tree.NoCheckout as reason:
        checks.append(skipped(stage, stage, str(reason)))
        say(told(checks[-1]))
    except Exception:
        checks.append(Check(stage, stage, failed=1, failures=(f"{stage}: the stage broke\n{traceback.format_exc()}",)))
        say(told(checks[-1]))
    return stage, checks, time.monotonic() - started


def told(check):
    """One line for one check."""
    left_out = sum(check.skipped.values())
    counts = [
        f"{number} {word}"
        for number, word in ((check.passed, "passed"), (check.failed, "failed"), (left_out, "skipped"))
        if number
    ]
    return f"{check.stage:12} {check.name}: {', '.join(counts)} ({check.seconds:.0f} s)"


def summary(results):
    """The lines that close the run: failures, notes, what was skipped and why, a table, the totals."""
    checks = [check for _stage, found, _seconds in results for check in found]
    lines = []
    for title, told_of in (("FAILED", "failures"), ("NOTES", "notes")):
        texts = [f"  {check.stage}: {text}" for check in checks for text in getattr(check, told_of)]
        lines += [f"\n{title}", *texts] if texts else []
    reasons = [f"  {check.stage}: {number} x {reason}" for check in checks for reason, number in check.skipped.items()]
    lines += ["\nSKIPPED", *dict.fromkeys(reasons)] if reasons else []
    lines += [f"\n{'stage':12}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    for stage, found, seconds in results:
        lines.append("{:12}{:8}{:8}{:9}{:9.0f}".format(stage, *totals(found), seconds))
    lines += ["", "{} passed, {} failed, {} skipped".format(*totals(checks))]
    return "\n".join(lines)


def totals(checks):
    return (
        sum(check.passed for check in checks),
        sum(check.failed for check in checks),
        sum(sum(check.skipped.values()) for check in checks),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], metavar="STAGE", help=", ".join(STAGES))
    wanted = parser.parse_args().stages or [*TOGETHER, *ALONE]

    # One more than there are processors: many unit tests of transactions wait for a time to be over.
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        results = list(pool.map(run_stage, [stage for stage in TOGETHER if stage in wanted]))
    results += [run_stage(stage) for stage in (*ALONE, *LONG) if stage in wanted]

    print(summary(results))
    passed, failures, _skipped = totals([check for _stage, found, _seconds in results for check in found])
    # With everything skipped nothing is known to be wrong, but nothing was tested either.
    sys.exit(1 if failures or not passed else 0)


if __name__ == "__main__":
    main()
