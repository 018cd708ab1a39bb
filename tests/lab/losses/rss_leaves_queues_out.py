# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RSS table of igb0 knows two of its four queues, which share one NUMA node's CPUs 2 and 3; many senders keep those
busy, and no packet goes to the others."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def two_queues(guest, strength):
    guest.run("ethtool", "-X", "igb0", "equal", "2")
    try:
        with guest.interrupts("igb0", [2, 3]), guest.load("igb0", 7927, strength, cost=50, sources=250, burst=200):
            yield
    finally:
        # igb refuses "default"; equal weights make the table that it begins with.
        guest.run("ethtool", "-X", "igb0", "weight", "1", "1", "1", "1")


LOSS = Loss(
    "an RSS table that leaves queues out",
    "at_risk",
    caused=two_queues,
    needs=(
        needs.packets("igb0", above=1000),
        needs.softirq_share(above=0.5, cpus=[2, 3]),
        needs.processed_share(below=0.7),
    ),
    findings=frozenset({Finding("R45", "napi", "risk", "igb0")}),
)
