# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each packet takes so long that the time of a run of the softirq is up before its budget of 10000, and nothing is
lost."""

import contextlib

import needs
from loss import Evidence, Finding, Loss


@contextlib.contextmanager
def expensive_packets(guest, strength):
    with guest.sysctls({"net.core.netdev_budget": 10000}), guest.load("e1k0", 7931, strength):
        yield


LOSS = Loss(
    "packets that take too long for the time limit",
    "clean",
    caused=expensive_packets,
    needs=(
        needs.squeezes(above=10),
        needs.packets_per_squeeze(below=0.9 * 10000),
        needs.link("e1k0", "rx_missed_errors", least=0, most=0),
    ),
    told=frozenset({Finding("R7", "napi", "info")}),
    evidence=frozenset({Evidence("R7", "what ended the polling", "netdev_budget_usecs")}),
)
