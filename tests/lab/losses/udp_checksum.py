# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams arrive whole, with a checksum that does not fit."""

import contextlib

import needs
from loss import Finding, Loss


@contextlib.contextmanager
def damaged(guest, strength):
    with (
        guest.traffic("udp-reader", address=guest.address("vio0"), port=7806),
        guest.flood("vio0", port=7806, damage="datagram", pause=0.05 / strength),
    ):
        yield


LOSS = Loss(
    "datagrams with a wrong checksum",
    "losing",
    caused=damaged,
    needs=(needs.protocol("Udp.InCsumErrors"),),
    findings=frozenset({Finding("R38", "udp", "loss", "Udp")}),
)
