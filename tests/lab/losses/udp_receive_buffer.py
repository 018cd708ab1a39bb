# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams to a socket with a receive buffer of a page whose program sleeps."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def sleeping_reader(guest, strength):
    with (
        guest.traffic("udp-sleeper", address=guest.address("vio0"), port=7801),
        guest.flood("vio0", port=7801, pause=0.02 / strength),
    ):
        yield


LOSS = Loss(
    "a full UDP receive buffer",
    "losing",
    caused=sleeping_reader,
    needs=(needs.protocol("Udp.RcvbufErrors"),),
    findings=frozenset({Finding("R20", "udp", "loss", "Udp")}),
    evidence=frozenset({Evidence("R20", "sockets, the worst first", r"\['10\.79\.2\.2:7801 python3 \(.*")}),
)
