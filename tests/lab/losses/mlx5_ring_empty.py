# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in for mlx5 counts packets that found no descriptor, as the test tells it to: no packet is really lost."""

import contextlib

import losses as provoked
import needs
from loss import Evidence, Finding, Loss

COUNTED = "rx_packets 200\nrx_bytes 200000\nrx_out_of_buffer 20"


@contextlib.contextmanager
def raised_counters(guest, strength):
    with (
        guest.standins(channels=4),
        guest.long_polls(),
        provoked.repeated(lambda: guest.tell_standin("mlx0", "raise", COUNTED), 0.7 / strength),
    ):
        yield


LOSS = Loss(
    "mlx5 counts packets without a descriptor",
    "losing",
    caused=raised_counters,
    needs=(
        needs.driver("mlx0", "rx_out_of_buffer"),
        needs.softirq_share(below=0.9),
    ),
    findings=frozenset({Finding("R4", "ring", "loss", "mlx0")}),
    evidence=frozenset({Evidence("R4", "counters", r".*'rx_out_of_buffer': \d+.*")}),
    note="there is no ConnectX here: a stand-in raises the counters that the driver would raise.",
)
