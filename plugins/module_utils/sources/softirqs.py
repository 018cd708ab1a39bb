# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/softirqs: how often each CPU ran each kind of softirq.

A header and rows with one column per **possible** CPU, unsigned 32-bit (fs/proc/softirqs.c); a CPU that was never
plugged in shows zeros. NET_RX counts runs of the softirq, not packets.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_counts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_columns import cpu_header

PATH = "/proc/softirqs"


def read(host):
    """:func:`parse` of /proc/softirqs; raises Unavailable."""
    return parse(host.lines(PATH))


def parse(text):
    """The document's ``softirqs``: ``{"0": {"NET_RX": Counter32, ...}}``, every softirq by the name the kernel gives.

    The name of a softirq may differ between kernels: BLOCK_IOPOLL became IRQ_POLL in 4.5.

    Raises Unavailable ``malformed``.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    cpus = cpu_header(PATH, lines[0] if lines else "")
    softirqs = {cpu: {} for cpu in cpus}
    for line in lines[1:]:
        name, colon, numbers = line.partition(":")
        name, counts = name.strip(), numbers.split()
        if not colon or len(counts) != len(cpus):
            raise Unavailable(
                "malformed", f"{PATH}: expected a name and {len(cpus)} counts, found {len(counts)} in {line[:60]!r}"
            )
        if not are_counts(counts):
            raise Unavailable("malformed", f"{PATH}: expected counts, found {line[:60]!r}")
        for cpu, count in zip(cpus, counts):
            softirqs[cpu][name] = Counter32(count)
    if not softirqs[cpus[0]]:
        raise Unavailable("malformed", f"{PATH}: expected a row per softirq, found only the header")
    return softirqs
