# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bursts into an igb ring of 64 descriptors: QEMU's igb drops what finds none and counts it nowhere, as a real one with
drop enable would in rx_queue_N_drops. Only the tap knows how many frames were sent, and that is compared here."""

import contextlib

import needs
from loss import Loss
from proof import NotThere


def frames(guest):
    """What the lab sent to igb0, and what its driver received."""
    sent = guest.lab.read("/sys/class/net/tap-igb0/statistics/tx_packets")
    return int(sent), int(guest.read("/sys/class/net/igb0/statistics/rx_packets"))


@contextlib.contextmanager
def small_ring(guest, strength):
    with guest.ring("igb0", rx=64), guest.slow_receiver("igb0", port=7924, cost=250):
        sent, received = frames(guest)
        with guest.flood("igb0", port=7924, burst=round(250 * strength), pause=0.2):
            yield
        sent_after, received_after = frames(guest)
    if sent_after - sent <= received_after - received:
        raise NotThere("igb0 received every frame: there was nothing to miss")


LOSS = Loss(
    "a receive ring whose loss no counter of the guest shows",
    "clean",
    caused=small_ring,
    needs=(
        needs.link("igb0", "rx_packets"),
        needs.softirq_share(below=0.5),
    ),
    note="QEMU's igb loses frames without a trace; only the tap of the hypervisor shows that more were sent.",
)
