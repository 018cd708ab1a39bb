# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab tests need: one guest for the session."""

import os
import pathlib
import sys

import pytest

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent), str(_HERE.parent / "provoke")]

import auditing  # noqa: E402 - found by the path above
import guest as lab_guest  # noqa: E402
import image  # noqa: E402

CACHE = auditing.REPOSITORY / "build" / "lab"


@pytest.fixture(scope="session")
def guest():
    """The running lab guest with traffic.py in it; built first where nobody has built it yet."""
    if os.geteuid() == 0 and image.missing():
        image.install(CACHE)
    reason = image.missing() or auditing.missing()
    if not reason and not image.place(CACHE).exists():
        reason = image.unreachable()
    if reason:
        pytest.skip(reason)
    with lab_guest.running(CACHE) as running:
        running.run("tee", "/root/traffic.py", stdin=(_HERE.parent / "provoke" / "traffic.py").read_text())
        yield running
