# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the tests with random input again and again, each time from a fresh seed: ``make fuzz SECONDS=600``.

Goes on after a failure, and ends with what failed, how to have it again, and how many inputs were tried.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
VARIABLE = "PACKETLOSS_FUZZ_SEED"

#: What a test does after so many seconds is printed; no test takes a tenth of it.
HANGS_S = 120
COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={HANGS_S}"]
COMMAND += ["-m", "fuzz", "tests/unit"]

#: A run that did not end then has failed.
LIMIT_S = 1200

_RAN = re.compile(rf"^fuzz: {VARIABLE}=\S+, ([0-9]+) inputs$", re.MULTILINE)


def run(seed):
    """``(inputs, output)`` of one run; the output is None where nothing failed."""
    process = subprocess.Popen(
        COMMAND,
        cwd=REPOSITORY,
        env={**os.environ, VARIABLE: seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output = process.communicate(timeout=LIMIT_S)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return 0, process.communicate()[0] + f"\nThe run did not end in {LIMIT_S} s."
    ran = _RAN.search(output)
    if process.returncode == 0 and ran:
        return int(ran.group(1)), None
    return int(ran.group(1)) if ran else 0, output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, help="how long to go on")
    seconds = parser.parse_args().seconds
    started, runs, inputs, failed = time.monotonic(), 0, 0, []
    while not runs or time.monotonic() - started < seconds:
        seed = str(random.SystemRandom().randrange(10**9))
        tried, output = run(seed)
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
