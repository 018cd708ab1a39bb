# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fresh seed for the tests with random input, each run: said at the end, and with each failure.

A test that takes the fixture ``chance`` is one of them, and has the marker ``fuzz``. What one finds is kept as a test
of its own.
"""

import os
import random

import pytest

#: Set it to the seed that a run printed, and the same inputs come again.
VARIABLE = "PACKETLOSS_FUZZ_SEED"
SEED = os.environ.get(VARIABLE) or str(random.SystemRandom().randrange(10**9))

#: How much of an input is shown where a test fails with it.
_SHOWN = 2000

_tried = []


class Chance(random.Random):
    """Random numbers for one test. It says by :meth:`tried` what it tries."""

    def __init__(self, name):
        # By name: a test that runs alone has the numbers that it has among others.
        random.Random.__init__(self, f"{SEED} {name}")
        self.tries = 0
        self.input = None

    def tried(self, value):
        """*value*, which is counted as one input."""
        self.tries += 1
        self.input = value
        return value


@pytest.fixture
def chance(request):
    found = Chance(request.node.name)
    yield found
    _tried.append(found.tries)


def pytest_configure(config):
    config.addinivalue_line("markers", "fuzz: the input is random, from a fresh seed")


def pytest_collection_modifyitems(items):
    for item in items:
        if "chance" in getattr(item, "fixturenames", ()):
            item.add_marker("fuzz")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    used = getattr(item, "funcargs", {}).get("chance")
    if report.failed and isinstance(used, Chance):
        text = f"To have it again: {VARIABLE}={SEED}\nInput {used.tries}: {used.input!r:.{_SHOWN}}"
        report.sections.append(("fuzz", text))


def pytest_terminal_summary(terminalreporter):
    if _tried:
        terminalreporter.write_line(f"fuzz: {VARIABLE}={SEED}, {sum(_tried)} inputs")
