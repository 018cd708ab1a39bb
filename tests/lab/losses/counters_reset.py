# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ring of vmx0 changes all the time, and vmxnet3 begins its counters at 0 each time: the interval says nothing of
them. It takes the link down meanwhile, as many drivers do, and that is told."""

import contextlib

import losses as provoked
import needs
from loss import Finding, Loss

#: A few seconds of changes, so that the way into the guest leaves no gap as long as the interval.
CHANGES = "for size in 512 1024 512 1024 512 1024; do ethtool -G vmx0 rx $size; sleep 0.5; done"


@contextlib.contextmanager
def changing_ring(guest, _strength):
    with guest.ring("vmx0", rx=512), provoked.repeated(lambda: guest.script(CHANGES), 0.1):
        yield


LOSS = Loss(
    "counters that a ring change resets",
    "at_risk",
    caused=changing_ring,
    needs=(needs.carrier_changes("vmx0"),),
    findings=frozenset({Finding("R30", "link", "risk", "vmx0")}),
    void=frozenset({"carrier_changes"}),
)
