# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program with a raw socket does not read the copies that it gets of datagrams, which their own reader reads."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def sleeping_copy(guest, strength):
    address = guest.address("vio0")
    with (
        guest.traffic("udp-reader", address=address, port=7808),
        guest.traffic("raw-sleeper", address=address),
        guest.flood("vio0", port=7808, pause=0.02 / strength),
    ):
        yield


LOSS = Loss(
    "a full receive buffer of a raw socket",
    "losing",
    caused=sleeping_copy,
    needs=(needs.raw_drops(),),
    findings=frozenset({Finding("R39", "socket", "loss", "10.79.2.2:17")}),
    evidence=frozenset({Evidence("R39", "processes", r"python3 \(.*")}),
)
