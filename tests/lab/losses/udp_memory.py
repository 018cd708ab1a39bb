# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Four UDP sockets with room in their buffers, which nobody reads, and eight pages for all UDP sockets together.

Each CPU may hold back another megabyte before it is counted (net.core.mem_pcpu_rsv), so some must be sent.
"""

import contextlib

import needs
from loss import Finding, Loss

FIRST_PORT, SOCKETS = 7810, 4


@contextlib.contextmanager
def little_memory(guest, strength):
    with (
        guest.sysctls({"net.ipv4.udp_mem": "4 6 8"}),
        guest.traffic("udp-sleeper", address=guest.address("vio0"), port=FIRST_PORT, sockets=SOCKETS, buffer=4 << 20),
        contextlib.ExitStack() as floods,
    ):
        for port in range(FIRST_PORT, FIRST_PORT + SOCKETS):
            floods.enter_context(guest.flood("vio0", port=port, size=1000, burst=10, pause=0.05 / strength))
        yield


LOSS = Loss(
    "no memory for all UDP sockets together",
    "losing",
    caused=little_memory,
    needs=(needs.protocol("Udp.MemErrors"),),
    findings=frozenset({Finding("R21", "udp", "loss", "Udp")}),
)
