# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RPS hands the packets of vmx0 to CPU 2, which takes 60 microseconds for each, and whose backlog holds 50."""

import contextlib

import needs
from loss import Finding, Loss

RPS = "/sys/class/net/vmx0/queues/rx-0/rps_cpus"


@contextlib.contextmanager
def small_backlog(guest, strength):
    before = guest.read(RPS).strip()
    guest.write(RPS, "4")
    try:
        with (
            guest.interrupts("vmx0", [3]),
            guest.sysctls({"net.core.netdev_max_backlog": 50}),
            guest.slow_receiver("vmx0", port=7929, cost=60),
            guest.flood("vmx0", port=7929, burst=round(250 * strength), pause=0.5),
        ):
            yield
    finally:
        guest.write(RPS, before)


LOSS = Loss(
    "a backlog too small for a burst",
    "losing",
    caused=small_backlog,
    needs=(
        needs.backlog_drops(),
        needs.packets("vmx0", below=1000),
        needs.driver("vmx0", "pkts rx OOB", least=0, most=0),
    ),
    findings=frozenset({Finding("R6", "backlog", "loss")}),
)
