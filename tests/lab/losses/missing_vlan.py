# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams tagged for a VLAN that is not configured: the kernel takes them for another host's."""

import needs
from loss import Finding, Loss

LOSS = Loss(
    "packets for a VLAN that is not configured",
    "clean",
    caused=lambda guest, strength: guest.flood("e1k0", port=7932, vlan=7, pause=0.02 / strength),
    needs=(needs.otherhost_drops("e1k0"),),
    told=frozenset({Finding("R44", "l2", "info", "e1k0")}),
)
