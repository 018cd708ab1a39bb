# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RSS table of igb0 knows one of its four queues, and many senders keep the CPU of that busy."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def one_queue(guest, strength):
    guest.run("ethtool", "-X", "igb0", "equal", "1")
    try:
        with guest.load("igb0", 7928, strength, cost=50, sources=250):
            yield
    finally:
        # igb refuses "default"; equal weights make the table that it begins with.
        guest.run("ethtool", "-X", "igb0", "weight", "1", "1", "1", "1")


LOSS = Loss(
    "an RSS table that uses one queue",
    "at_risk",
    caused=one_queue,
    needs=(
        needs.packets("igb0", above=1000),
        needs.softirq_share(above=0.5),
        needs.processed_share(above=0.7),
    ),
    findings=frozenset({Finding("R9", "napi", "risk", "igb0")}),
    evidence=frozenset({Evidence("R9", "queues that the RSS table leaves out", r"\[1, 2, 3\]")}),
)
