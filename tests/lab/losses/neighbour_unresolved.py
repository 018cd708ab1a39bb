# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams to an address that nobody has: they wait for an answer to ARP, and only a few of them may. No loss of this
host."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def nobody(guest, strength):
    absent = guest.address("vio0").rpartition(".")[0] + ".99"
    with (
        guest.sysctls({"net.ipv4.neigh.vio0.unres_qlen_bytes": 4096}),
        guest.traffic("udp-sender", address=absent, size=1000, burst=10, pause=0.1 / strength),
    ):
        yield


LOSS = Loss(
    "packets to a neighbour that is not there",
    "clean",
    caused=nobody,
    needs=(needs.table("arp_cache", "unresolved_discards"),),
    told=frozenset({Finding("R36", "neighbour", "info", "arp_cache")}),
)
