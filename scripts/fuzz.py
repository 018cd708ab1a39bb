# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the tests with random input again and again, each time from a fresh seed: ``make fuzz SECONDS=600``.

Goes on after a failure, and ends with what failed, how to have it again, and how many inputs were tried.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
VARIABLE = "PACKETLOSS_FUZZ_SEED"
COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "fuzz", "tests/unit"]

_RAN = re.compile(rf"^fuzz: {VARIABLE}=(\S+), ([0-9]+) inputs$", re.MULTILINE)


def run(limit_s):
    """``(seed, inputs, output)`` of one run; the output is None where nothing failed."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    try:
        done = subprocess.run(COMMAND, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired as error:
        return "unknown", 0, f"a run did not end in {limit_s} s: {error.stdout}"
    ran = _RAN.search(done.stdout)
    if not ran:
        raise SystemExit(f"{' '.join(COMMAND)} did not run:\n{done.stdout}{done.stderr}")
    return ran.group(1), int(ran.group(2)), done.stdout if done.returncode else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, help="how long to go on")
    seconds = parser.parse_args().seconds
    started, runs, inputs, failed = time.monotonic(), 0, 0, []
    while not runs or time.monotonic() - started < seconds:
        seed, tried, output = run(limit_s=1800)
        runs, inputs = runs + 1, inputs + tried
        print(
            f"{time.monotonic() - started:6.0f} s  seed {seed}: {tried} inputs{'  FAILED' if output else ''}",
            flush=True,
        )
        if output:
            print(output, flush=True)
            failed.append(seed)
    print(f"{inputs} inputs from {runs} seeds, {len(failed)} of which failed.")
    if failed:
        print(f"To have one again: {VARIABLE}={failed[0]} {' '.join(COMMAND)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
