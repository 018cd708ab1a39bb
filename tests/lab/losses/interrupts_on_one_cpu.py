# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All interrupts of igb0 go to CPU 3, and many senders keep it busy; CPU 2, on the same NUMA node, idles."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def one_cpu(guest, strength):
    with guest.interrupts("igb0", [3]), guest.load("igb0", 7925, strength, cost=50, sources=250, burst=200):
        yield


LOSS = Loss(
    "all interrupts of a NIC on one CPU",
    "at_risk",
    caused=one_cpu,
    needs=(
        needs.packets("igb0", above=1000),
        needs.softirq_share(above=0.5, cpus=[3]),
        needs.processed_share(above=0.7),
    ),
    findings=frozenset({Finding("R9", "napi", "risk", "igb0")}),
)
