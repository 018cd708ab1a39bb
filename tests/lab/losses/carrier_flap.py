# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cable of e1k0 is pulled and plugged in again, all the time: the interval says nothing of it."""

import contextlib

import losses as provoked
import needs
from loss import Finding, Loss


@contextlib.contextmanager
def loose_cable(guest, strength):
    plugged = [True]

    def move():
        plugged[0] = not plugged[0]
        guest.set_link("e1k0", plugged[0])

    try:
        with provoked.repeated(move, 0.7 / strength):
            yield
    finally:
        guest.set_link("e1k0", True)
        guest.wait_for_carrier("e1k0")


LOSS = Loss(
    "a link that comes and goes",
    "at_risk",
    caused=loose_cable,
    needs=(needs.carrier_changes("e1k0"),),
    findings=frozenset({Finding("R30", "link", "risk", "e1k0")}),
    void=frozenset({"carrier_changes"}),
)
