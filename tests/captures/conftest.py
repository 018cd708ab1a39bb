# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real captures to try the readers against, where they are present; nothing of them is in the repository."""

import os

import pytest

_REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


@pytest.fixture(scope="session")
def captures():
    """The folder of the captures: PACKETLOSS_CAPTURES, or shared/captures beside the repository."""
    folder = os.environ.get("PACKETLOSS_CAPTURES") or os.path.join(os.path.dirname(_REPOSITORY), "shared", "captures")
    if not os.path.isdir(folder):
        pytest.skip(f"no captures in {folder}")
    return folder
