# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the memory of a host has room for what is planned for the rings of its NICs.

The NICs of a host draw on one memory, so they are summed. The verdicts are explained in docs/ring-memory.md.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import model, placing
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.at_hand import (
    Demand,
    Memory,
    together,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.inputs import ring_set
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.sizes import largest_that, resized
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import is_estimate

#: The next steps up that are priced, as multiples of the present RX ring; the largest ring is one more.
_STEPS = (2, 4)


def budget(document, targets, reserve_bytes=None):
    """What some changes of one host take together, beside what there is.

    :param document: the host document
    :param targets: ``{NIC: target}``, a target as :func:`inputs.ring_set` takes it; with None or ``{}`` the
        NIC stays as it is
    :param reserve_bytes: what is to stay available; None for a tenth of the memory, at most 8 GiB

    ``{"nics", "need_bytes", "peak_bytes", "up_bytes", "risk_bytes", "nodes", "at_hand", "reserve_bytes", "orders",
    "verdict", "sentence"}``. The changes may be made in any order: ``peak_bytes`` is that of the worst.

    * ``nics``: ``{name: ...}``: the keys of :func:`model.change` and

      * ``nodes``: ``{"0": {"rx_queues", "need_bytes", "peak_bytes"}}``, None where they are not known
      * ``placing``: how the nodes of the queues were found
      * ``largest_ring``: ``{"rx", "need_bytes", "peak_bytes", "up_bytes"}``: the largest RX ring that fits, with all
        else as in the targets; None where none does or nobody can tell
      * ``next_steps``: ``[{"rx", "need_bytes", "peak_bytes", "up_bytes", "verdict"}]``, from how the NIC is now
      * ``firmware_bytes``: what the firmware of the device holds of host memory already, for all of its PCI function
        and in no other number; None where it was not told, or the driver has no such thing

    * ``nodes``: ``{"0": {"need_bytes", "peak_bytes", "free_less_high_bytes"}}``, None where those of a NIC are not
      known
    * ``at_hand``: ``{"free_less_high_bytes", "available_bytes", "total_bytes"}``, None what cannot be had
    * ``orders``: ``[{"order", "blocks", "free_blocks", "enough"}]``: contiguous memory; the last two are None where
      buddyinfo cannot be had
    * ``verdict``: "fits", "tight", "does_not_fit" or "unknown", and ``sentence``, why. A change of a NIC whose driver
      nobody has read is "unknown": its price is an estimate

    Raises RingMemoryError.
    """
    memory = Memory(document, reserve_bytes)
    plans = {name: _Plan(document, name, target) for name, target in sorted(targets.items())}
    demand = together([plan.demand for plan in plans.values()])
    reports = {}
    for name, plan in plans.items():
        others = together([other.demand for key, other in plans.items() if key != name])
        reports[name] = plan.report(memory, others)
    return {
        "nics": reports,
        "need_bytes": demand.need,
        "peak_bytes": demand.peak,
        "up_bytes": demand.up,
        "risk_bytes": demand.risk,
        "nodes": memory.of_nodes(demand),
        "at_hand": memory.at_hand(),
        "reserve_bytes": memory.reserve,
        "orders": memory.of_orders(demand),
        "verdict": memory.verdict(demand),
        "sentence": memory.sentence(demand),
    }


class _Plan:
    """What is planned for one NIC."""

    def __init__(self, document, name, target):
        self._now = ring_set(document, name)
        self._target = ring_set(document, name, target)
        self._name = name
        self._rings = document["nics"][name]["rings"]
        self._firmware = document["nics"][name].get("firmware_bytes")
        counts = (model.tx_channels(each) for each in (self._now, self._target))
        most = max(self._now.vectors, self._now.channels, self._target.channels, *counts)
        self._nodes, self._placing = placing.nodes_of_queues(document, name, self._now, most)
        self._steps = model.course(self._now, self._target)
        self._change = model.changed(self._steps)
        self.demand = self._demand(self._target)

    def report(self, memory, others):
        """The part of a budget for this NIC, :param others: the Demand of the other NICs."""
        nodes = None
        if self._nodes is not None:
            used = self._nodes[: self._target.channels]
            nodes = {
                name: {"rx_queues": used.count(name), "need_bytes": need, "peak_bytes": peak}
                for name, (need, peak) in sorted(self.demand.nodes.items())
            }
        return dict(
            self._change,
            nodes=nodes,
            placing=self._placing,
            largest_ring=self._largest_ring(memory, others),
            next_steps=self._next_steps(memory),
            firmware_bytes=self._firmware,
        )

    def _demand(self, target):
        steps = model.course(self._now, target)
        need, peak = model.need_and_peak(steps, model.share)
        nodes = None
        if self._nodes is not None:
            nodes = {name: model.need_and_peak(steps, self._share_on(name)) for name in set(self._nodes)}
        last = steps[-1]
        up = model.up_bytes(last.after, last.after_terms)
        # What is left as it is takes what it takes: no estimate is needed for that.
        guessed = is_estimate(self._now.driver) and (up or model.changes_anything(steps))
        return Demand(
            need,
            peak,
            up,
            model.risk_bytes(last.after, last.after_terms),
            nodes,
            model.new_orders(steps),
            ((self._name, self._now.driver),) if guessed else (),
        )

    def _share_on(self, node):
        def share(each):
            rx, tx = model.queues(each)
            # What a NIC has once is taken to be where its first queue is.
            return self._nodes[:rx].count(node), self._nodes[:tx].count(node), int(self._nodes[0] == node)

        return share

    def _resized(self, ring_set, rx):
        return resized(ring_set, rx, ring_set.tx, self._rings["rx_max"], max(self._rings["tx_max"], ring_set.tx))

    def _largest_ring(self, memory, others):
        if memory.missing or is_estimate(self._now.driver):
            return None

        def fits(rx):
            demand = self._demand(self._resized(self._target, rx))
            return memory.verdict(together([others, demand])) == "fits"

        rx = largest_that(fits, self._target, self._rings["rx_max"])
        # Where the present ring is kept nothing has to be found, though a smaller one might not fit beside it.
        if (rx is None or rx < self._now.rx) and fits(self._now.rx):
            rx = self._now.rx
        return None if rx is None else self._figures(self._resized(self._target, rx))

    def _next_steps(self, memory):
        most = self._rings["rx_max"]
        wanted = [self._now.rx * step for step in _STEPS if self._now.rx * step < most] + [most]
        aimed = {target.rx: target for target in (self._resized(self._now, rx) for rx in wanted)}
        return [
            dict(self._figures(aimed[rx]), verdict=memory.verdict(self._demand(aimed[rx])))
            for rx in sorted(aimed)
            if rx > self._now.rx
        ]

    def _figures(self, target):
        demand = self._demand(target)
        return {"rx": target.rx, "need_bytes": demand.need, "peak_bytes": demand.peak, "up_bytes": demand.up}
