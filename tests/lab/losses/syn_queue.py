# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SYNs from ever new addresses that never answer, to a listener without SYN cookies and with room for eight."""

import contextlib

import needs
from loss import Finding, Loss

#: The addresses for benchmarks: nobody's.
CLIENTS = "198.18.0.0/15"


@contextlib.contextmanager
def half_open(guest, strength):
    address = guest.address("vio0")
    with contextlib.ExitStack() as stack:
        stack.enter_context(guest.sysctls({"net.ipv4.tcp_syncookies": 0}))
        guest.run("ip", "route", "add", CLIENTS, "via", guest.peer("vio0"), "dev", "vio0")
        stack.callback(guest.run, "ip", "route", "delete", CLIENTS)
        stack.enter_context(guest.traffic("tcp-listener", address=address, port=7803, backlog=8))
        stack.enter_context(
            guest.lab.traffic("syn-sender", **guest.wire("vio0"), address=address, port=7803, pause=0.02 / strength)
        )
        yield


LOSS = Loss(
    "a full queue of half-open connections",
    "losing",
    caused=half_open,
    needs=(needs.protocol("TcpExt.TCPReqQFullDrop"),),
    findings=frozenset({Finding("R17", "tcp", "loss")}),
)
