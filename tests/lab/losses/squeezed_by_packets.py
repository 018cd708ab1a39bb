# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of the softirq may take one packet: time_squeeze grows with every poll, and nothing is lost."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def budget_of_one(guest, strength):
    with (
        guest.sysctls({"net.core.netdev_budget": 1}),
        guest.traffic("udp-reader", address=guest.address("e1k0"), port=7930),
        guest.flood("e1k0", port=7930, burst=round(20 * strength), pause=0.01),
    ):
        yield


LOSS = Loss(
    "a budget of one packet",
    "clean",
    caused=budget_of_one,
    needs=(
        needs.squeezes(above=10),
        needs.packets_per_squeeze(below=1.5 * 64),
        needs.link("e1k0", "rx_missed_errors", least=0, most=0),
    ),
    told=frozenset({Finding("R7", "napi", "info")}),
    evidence=frozenset({Evidence("R7", "what ended the polling", "netdev_budget")}),
)
