# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""First fragments arrive and the rest never does: after a second the guest gives each of them up."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def first_fragments(guest, strength):
    with (
        guest.sysctls({"net.ipv4.ipfrag_time": 1}),
        guest.flood("vio0", damage="first-fragment", flows=4000, size=24, pause=0.05 / strength),
    ):
        yield


LOSS = Loss(
    "fragments without the rest of the packet",
    "at_risk",
    caused=first_fragments,
    needs=(needs.protocol("Ip.ReasmFails"),),
    findings=frozenset({Finding("R34", "ip", "risk")}),
)
