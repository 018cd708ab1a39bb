# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told while many captures are read, so that nobody takes it for stuck."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import VERDICTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, spaced

#: A line comes every so many seconds, on a terminal and elsewhere.
EVERY_S, EVERY_S_ELSEWHERE = 2, 30


class Progress:
    """Tells how far the reading of captures is.

    :param of: how many there are
    :param on_a_terminal: whether somebody looks on
    :param say: shows a line
    :param clock: seconds that only grow
    """

    def __init__(
        self, of: int, on_a_terminal: bool, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ):
        self._of, self._say, self._clock = of, say, clock
        self._every_s = EVERY_S if on_a_terminal else EVERY_S_ELSEWHERE
        self._began = self._said = clock()
        self._done = 0
        self._verdicts: dict[str, str] = {}

    def host(self, name: str, verdict: str) -> None:
        """A host was diagnosed, perhaps again."""
        self._verdicts[name] = verdict

    def done(self, places: int) -> None:
        """So many captures were opened."""
        self._done = places
        now = self._clock()
        if now - self._said >= self._every_s and places < self._of:
            self._said = now
            self._say(self._line(now - self._began))

    def _line(self, passed_s: float) -> str:
        counts = Counter(self._verdicts.values())
        verdicts = ", ".join(f"{counts[verdict]:,} {spaced(verdict)}" for verdict in VERDICTS if counts[verdict])
        left_s = passed_s / self._done * (self._of - self._done)
        told = f"{self._done:,} of {counted(self._of, 'capture')} read"
        return f"{told}: {verdicts or 'no host'}; about {left_s:,.0f} s left"
