# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections to a listener that has room for one and never accepts."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def busy_listener(guest, strength):
    address = guest.address("vio0")
    with (
        guest.traffic("tcp-listener", address=address, port=7802, backlog=1),
        guest.lab.traffic("tcp-connector", address=address, port=7802, pause=0.05 / strength),
    ):
        yield


LOSS = Loss(
    "a full accept queue",
    "losing",
    caused=busy_listener,
    needs=(needs.protocol("TcpExt.ListenOverflows"),),
    findings=frozenset({Finding("R16", "tcp", "loss")}),
)
