# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bursts into a ring of 32 descriptors, as in ring_too_small, while a run of the softirq may take one packet only."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def small_budget_and_ring(guest, strength):
    with (
        guest.ring("vmx0", rx=32),
        guest.sysctls({"net.core.netdev_budget": 1}),
        guest.slow_receiver("vmx0", port=7922, cost=60),
        guest.flood("vmx0", port=7922, burst=round(250 * strength), pause=0.5),
    ):
        yield


LOSS = Loss(
    "polling that ends before a small ring is empty",
    "losing",
    caused=small_budget_and_ring,
    needs=(
        needs.driver("vmx0", "pkts rx OOB"),
        needs.softirq_share(below=0.5),
        needs.squeezes(above=1),
    ),
    findings=frozenset({Finding("R4", "ring", "loss", "vmx0"), Finding("R8", "napi", "loss", "vmx0")}),
    evidence=frozenset({Evidence("R8", "what ended the polling", "netdev_budget")}),
)
