# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Broadcasts reach the backup slave of the bond, as a switch floods them to both ports."""

import needs
from loss import Finding, Loss


def flooded(guest, strength):
    return guest.lab.traffic(
        "unknown-frame-sender", **{**guest.wire("igb1"), "to_mac": "ff:ff:ff:ff:ff:ff"}, pause=0.02 / strength
    )


LOSS = Loss(
    "floods at the backup slave of a bond",
    "clean",
    caused=flooded,
    needs=(needs.link("igb1", "rx_nohandler"),),
    told=frozenset({Finding("R12", "l2", "info", "igb1")}),
)
