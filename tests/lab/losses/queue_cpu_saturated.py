# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More datagrams than one CPU can take, for each takes 100 microseconds, and QEMU's vmxnet3 has no RSS: its first queue
gets them all."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def saturated(guest, strength):
    with (
        guest.interrupts("vmx0", [3]),
        guest.slow_receiver("vmx0", port=7923, cost=100),
        guest.flood("vmx0", port=7923, burst=round(500 * strength), pause=0.02),
    ):
        yield


LOSS = Loss(
    "a queue whose CPU is saturated",
    "losing",
    caused=saturated,
    needs=(
        needs.driver("vmx0", "pkts rx OOB"),
        needs.softirq_share(above=0.9),
        needs.processed_share(above=0.7),
        needs.squeezes(above=1),
        needs.packets_per_squeeze(below=0.9 * 300),
    ),
    findings=frozenset(
        {
            Finding("R3", "ring", "loss", "vmx0"),
            Finding("R8", "napi", "loss", "vmx0"),
            Finding("R9", "napi", "risk", "vmx0"),
        }
    ),
    evidence=frozenset({Evidence("R8", "what ended the polling", "netdev_budget_usecs")}),
)
