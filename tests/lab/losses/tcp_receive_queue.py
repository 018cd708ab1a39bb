# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program makes the receive buffers of its connections smaller than the window that their peers were told, and never
reads: the peers send what the window allowed, and there is no place for it."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def shrunk_buffers(guest, strength):
    address = guest.address("vio0")
    with (
        guest.traffic("tcp-shrinker", address=address, port=7804),
        guest.lab.traffic("tcp-pusher", address=address, port=7804, pause=0.2 / strength),
    ):
        yield


LOSS = Loss(
    "TCP data that finds no place in the receive buffer",
    "losing",
    caused=shrunk_buffers,
    needs=(needs.protocol("TcpExt.RcvPruned", "TcpExt.TCPZeroWindowDrop"),),
    findings=frozenset({Finding("R18", "tcp", "loss")}),
    note="Linux 6.1 counts all of it as RcvPruned; 6.12 closes its window then, and counts most as TCPZeroWindowDrop.",
)
