# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guest sends into a shaper that lets a tenth of it pass and holds three packets."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def shaper(guest, strength):
    peer = guest.peer("e1k0")
    tbf = ("tbf", "rate", "1mbit", "burst", "2000", "limit", "3000")
    with contextlib.ExitStack() as stack:
        stack.enter_context(guest.permanent_neighbour("e1k0"))
        guest.run("tc", "qdisc", "add", "dev", "e1k0", "root", "handle", "1:", *tbf)
        stack.callback(guest.run, "tc", "qdisc", "delete", "dev", "e1k0", "root")
        # A closed port would answer.
        stack.enter_context(guest.lab.traffic("udp-reader", address=peer, port=7805))
        stack.enter_context(
            guest.traffic("udp-sender", address=peer, port=7805, size=1000, burst=round(40 * strength), pause=0.1)
        )
        yield


LOSS = Loss(
    "more than a shaper lets through",
    "losing",
    caused=shaper,
    needs=(needs.qdisc_drops("e1k0 1: root"),),
    findings=frozenset({Finding("R26", "qdisc", "loss", "e1k0 tbf")}),
)
