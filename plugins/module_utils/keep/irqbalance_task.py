# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task about affinities does besides: irqbalance is told, and what is not in force yet is looked for."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import setting_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.irqbalance import Ban
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import irq_affinity


class BesideAffinities:
    """As :func:`knobs.task.run` wants it.

    :param names: the NICs that the task is about
    :param ban: whether irqbalance is told anything: with *wanted* that it leaves the interrupts of their queues alone,
        else that it has them back
    :param check: whether nothing is changed
    :param lasting: see :class:`keep.irqbalance.Ban`
    """

    def __init__(self, host, names, ban, wanted, check, lasting=True):
        self._host, self._names, self._check = host, names, check
        self._ban = Ban(host, _queue_irqs(host, names, wanted), wanted, lasting) if ban else None

    def changed(self):
        return self._ban is not None and self._ban.changed()

    def diff(self):
        return self._ban.diff() if self._ban else ("", "")

    def added(self):
        return self._ban.added() if self._ban else []

    def make(self):
        if self._ban:
            self._ban.make()

    def take_back(self):
        return self._ban.take_back() if self._ban else ""

    def told(self, found):
        made = [] if self._check else found["changes"]
        return {
            "interfaces": self._names,
            "irqbalance": self._ban and self._ban.told(),
            "not_in_force": irq_affinity.not_in_force(self._host, made),
        }


def _queue_irqs(host, names, wanted):
    """``{NIC: (its part of the document, interrupts of its queues)}``; to ban, those that have any."""
    document = setting_facts(host, names, irq_affinity.PARTS, ())
    served = {name: irq_affinity.queues_of(document, name) for name in names}
    found = {}
    for name, nic in served.items():
        if nic or not wanted:
            queues = nic["queues"] if nic else ()
            found[name] = (document["nics"][name], [irq["irq"] for queue in queues for irq in queue["irqs"]])
    return found
