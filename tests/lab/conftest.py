# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab tests need: the guests, one for each kernel."""

import pathlib
import sys

import pytest

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent), str(_HERE.parent / "provoke")]

import auditing  # noqa: E402 - found by the path above
import kernels  # noqa: E402
import lab  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the tests that take long too, as make vm-long does")
    parser.addoption("--kernel", action="append", choices=kernels.SUITES, help="faults and remedies in this guest only")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes, and is left to make vm-long")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
    items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session")
def guests(pytestconfig):
    """The guests by kernel, those that run already, or started for this session and then stopped again."""
    reason = auditing.missing() or lab.missing()
    if reason:
        pytest.skip(reason)
    with lab.up() as running:
        wanted = pytestconfig.getoption("--kernel") or running
        yield {name: guest for name, guest in running.items() if name in wanted}
