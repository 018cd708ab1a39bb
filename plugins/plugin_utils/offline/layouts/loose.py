# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files whose names say what they are, as people put them into a folder."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import CaptureError, Members

LAYOUT = "loose"
MARK = rb"(?!)"
WANTED = rb"(?!)"


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    raise CaptureError(f"{members.origin}: nothing in it is known")
    yield
