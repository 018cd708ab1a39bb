# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""igb0 is on NUMA node 1, and its interrupts go to the CPUs 0 and 1 of the other node, which many senders keep busy."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def wrong_node(guest, strength):
    with guest.interrupts("igb0", [0, 1]), guest.load("igb0", 7926, strength, cost=50, sources=250, burst=200):
        yield


LOSS = Loss(
    "the interrupts of a NIC on the wrong NUMA node",
    "clean",
    caused=wrong_node,
    needs=(
        needs.packets("igb0", above=1000),
        needs.softirq_share(above=0.5, cpus=[0, 1]),
        needs.processed_share(below=0.7),
    ),
    told=frozenset({Finding("R10", "napi", "info", "igb0")}),
)
