# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bursts of 250 datagrams, each of which takes 60 microseconds, into a ring of 32 descriptors: vmxnet3 counts what
finds no buffer.

They come so seldom that a CPU has time for all their packets, also where the emulated one is eight times as slow as it
thinks: else a larger ring only shows that the CPU is saturated.
"""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def small_ring(guest, strength):
    with (
        guest.ring("vmx0", rx=32),
        guest.long_polls(),
        guest.slow_receiver("vmx0", port=7921, cost=60),
        guest.flood("vmx0", port=7921, burst=round(250 * strength), pause=0.5),
    ):
        yield


LOSS = Loss(
    "a receive ring too small for a burst",
    "losing",
    caused=small_ring,
    needs=(
        needs.driver("vmx0", "pkts rx OOB"),
        needs.softirq_share(below=0.5),
        needs.squeezes(below=1),
    ),
    findings=frozenset({Finding("R4", "ring", "loss", "vmx0")}),
)
