# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the tests with random input again and again, each time from a fresh seed: ``make fuzz SECONDS=600``, or those
with damaged captures until there were so many: ``make fuzz CAPTURES=100000``.

Goes on after a failure, and ends with what failed, how to have it again, and how many inputs were tried.
"""

import argparse
import concurrent.futures
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
COMMAND += ["-m", "fuzz"]
EVERYTHING = ["tests/unit"]

#: The captures of one run of these, and what tells them.
CAPTURES = ["tests/unit/plugins/plugin_utils/offline/test_fuzz_captures.py", "-k", "test_damaged_captures"]
AT_ONCE, HOW_MANY = 500, "PACKETLOSS_FUZZ_CAPTURES"

#: A run that did not end then has failed.
LIMIT_S = 1200

_RAN = re.compile(rf"^fuzz: {VARIABLE}=\S+, ([0-9]+) inputs$", re.MULTILINE)


def run(seed, tests, **settings):
    """``(inputs, output)`` of one run of *tests*; the output is None where nothing failed."""
    process = subprocess.Popen(
        [*COMMAND, *tests],
        cwd=REPOSITORY,
        env={**os.environ, VARIABLE: seed, **settings},
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


def fresh():
    return str(random.SystemRandom().randrange(10**9))


def for_seconds(seconds):
    """``(seed, inputs, output)`` of runs of everything, one after the other."""
    started = time.monotonic()
    while True:
        seed = fresh()
        yield (seed, *run(seed, EVERYTHING))
        if time.monotonic() - started >= seconds:
            return


def for_captures(count):
    """The same of damaged captures until there were *count*, as many runs at once as there are CPUs."""
    seeds = [fresh() for _run in range(-(-count // AT_ONCE))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(run, seed, CAPTURES, **{HOW_MANY: str(AT_ONCE)}): seed for seed in seeds}
        for ended in concurrent.futures.as_completed(runs):
            yield (runs[ended], *ended.result())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=600.0, help="how long to go on")
    parser.add_argument("--captures", type=int, help="so many damaged captures instead")
    arguments = parser.parse_args()
    tests = CAPTURES if arguments.captures else EVERYTHING
    runs = for_captures(arguments.captures) if arguments.captures else for_seconds(arguments.seconds)
    started, inputs, ran, failed = time.monotonic(), 0, 0, []
    for seed, tried, output in runs:
        ran, inputs = ran + 1, inputs + tried
        print(
            f"{time.monotonic() - started:6.0f} s  seed {seed}: {tried} inputs{'  FAILED' if output else ''}",
            flush=True,
        )
        if output:
            print(output, flush=True)
            failed.append(seed)
    print(f"{inputs} inputs from {ran} seeds, {len(failed)} of which failed.")
    if failed:
        setting = f"{HOW_MANY}={AT_ONCE} " if arguments.captures else ""
        print(f"To have one again: {VARIABLE}={failed[0]} {setting}{' '.join([*COMMAND, *tests])}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
