# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets with a wrong checksum in their IP header: refused, and no loss of this host."""

import needs
from loss import Finding, Loss

LOSS = Loss(
    "IP headers with a wrong checksum",
    "clean",
    caused=lambda guest, strength: guest.flood("vio0", damage="header", pause=0.05 / strength),
    needs=(needs.protocol("Ip.InHdrErrors"),),
    told=frozenset({Finding("R33", "ip", "info")}),
)
