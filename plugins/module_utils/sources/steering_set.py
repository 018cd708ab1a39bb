# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CPUs serve a queue and an interrupt: what :mod:`sysfs_net` and :mod:`irqs` read, written.

Each function raises :class:`Unavailable` with the errno of the refusal in ``number``. The kernel may make something
else of a value without an error (net/core/net-sysfs.c takes isolated CPUs out of ``rps_cpus``): read it back.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list, format_mask
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.irqs import IRQ
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET


def rps_cpus(host, interface, queue, cpus):
    """The CPUs that take the packets of an RX queue, [] for the one that it interrupts."""
    host.write(_file(interface, "rx", queue, "rps_cpus"), format_mask(cpus))


def rps_flow_cnt(host, interface, queue, flows):
    """How many flows of an RX queue are followed (RFS), 0 for none; the kernel makes it a power of two."""
    host.write(_file(interface, "rx", queue, "rps_flow_cnt"), str(flows))


def xps_cpus(host, interface, queue, cpus):
    """The CPUs that send through a TX queue, [] for no rule."""
    host.write(_file(interface, "tx", queue, "xps_cpus"), format_mask(cpus))


#: Each by the name of its file.
OF_QUEUE = {"rps_cpus": rps_cpus, "rps_flow_cnt": rps_flow_cnt, "xps_cpus": xps_cpus}


def irq_cpus(host, number, cpus):
    """Where an interrupt may fire."""
    host.write(f"{IRQ}/{number}/smp_affinity_list", format_list(cpus))


def _file(interface, side, queue, file):
    return f"{NET}/{interface}/queues/{side}-{queue}/{file}"
