# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where interrupts may fire and where they do: /proc/irq/N.

``effective_affinity_list`` is there on architectures that know it (CONFIG_GENERIC_IRQ_EFFECTIVE_AFF_MASK: x86, arm64);
``affinity_hint`` is readable by root only (kernel/irq/proc.c, 6.12).
"""

from functools import partial

from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import of_each, read_node
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_topology import read_list, read_mask

IRQ = "/proc/irq"

#: Key of the document -> file below /proc/irq/N, and what reads it.
_FILES = {
    "affinity": ("smp_affinity_list", read_list),
    "effective_affinity": ("effective_affinity_list", read_list),
    "affinity_hint": ("affinity_hint", read_mask),
    "node": ("node", read_node),
}


def read(host, numbers, gaps):
    """``{"38": {"affinity": [int], "effective_affinity": [int], "affinity_hint": [int], "node": int}}``, or None each.

    ``affinity`` is where the interrupt is permitted, ``effective_affinity`` where it really goes. An ``affinity_hint``
    of ``[]`` says that the driver has no wish. ``node`` is None where the platform does not tell.

    :param numbers: ids of interrupts, as text
    :param gaps: the Gaps of the collection that has the ids; a reason is noted once, not for each interrupt
    """
    directories = {number: f"{IRQ}/{number}" for number in numbers}
    columns = {}
    for key, (file, read_file) in _FILES.items():
        columns[key] = of_each(partial(read_file, host), directories, file, key, gaps)
    return {number: {key: column[number] for key, column in columns.items()} for number in directories}
