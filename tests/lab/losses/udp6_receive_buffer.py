# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same over IPv6, where the guest has it: on loopback."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def sleeping_reader(guest, strength):
    with (
        guest.traffic("udp-sleeper", address="::1", port=7801),
        guest.traffic("udp-sender", address="::1", port=7801, pause=0.02 / strength),
    ):
        yield


LOSS = Loss(
    "a full UDP receive buffer, over IPv6",
    "losing",
    caused=sleeping_reader,
    needs=(needs.protocol6("Udp6RcvbufErrors"),),
    findings=frozenset({Finding("R20", "udp", "loss", "Udp6")}),
    evidence=frozenset({Evidence("R20", "sockets, the worst first", r"\['\[::1\]:7801 python3 \(.*")}),
    note="on loopback, for the NICs of the lab speak no IPv6.",
)
