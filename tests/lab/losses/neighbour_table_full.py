# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guest speaks to 200 neighbours, and its table takes 16. The management peer has a permanent entry."""

import contextlib

import needs
from loss import Finding, Loss

LIMITS = {f"net.ipv4.neigh.default.gc_thresh{number}": limit for number, limit in ((1, 4), (2, 8), (3, 16))}


@contextlib.contextmanager
def full_table(guest, strength):
    with (
        guest.permanent_neighbour("mgmt0"),
        guest.sysctls(LIMITS),
        guest.traffic("udp-scatter", address=guest.address("vio0"), pause=0.2 / strength),
    ):
        yield


LOSS = Loss(
    "a full neighbour table",
    "losing",
    caused=full_table,
    needs=(needs.table("arp_cache", "table_fulls"),),
    findings=frozenset({Finding("R15", "neighbour", "loss", "arp_cache")}),
)
