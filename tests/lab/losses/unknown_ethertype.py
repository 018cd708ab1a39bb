# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames of a protocol that nobody here speaks: counted as rx_dropped, and no loss."""

import needs
from loss import Finding, Loss

LOSS = Loss(
    "frames of an unknown protocol",
    "clean",
    caused=lambda guest, strength: guest.lab.traffic(
        "unknown-frame-sender", **guest.wire("e1k0"), pause=0.02 / strength
    ),
    needs=(needs.link("e1k0", "rx_dropped"),),
    told=frozenset({Finding("R11", "l2", "info", "e1k0")}),
)
