# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of a NIC take of memory, and what a change of them takes: computed, before anything is changed.

Nothing here reads a host: a :class:`RingSet` goes in, numbers come out. inputs makes a RingSet of a host
document, budget compares with the memory at hand. The models are explained in docs/ring-memory.md.
"""

from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import (
    CHANGES,
    DOWN,
    RingMemoryError,
    RingSet,
    least_sure,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import rings, terms

__all__ = ["RingMemoryError", "RingSet", "change", "price", "simple_estimate", "terms"]

#: What the queues of one NIC, or a part of them, take: what is freed or filled apart from the rest, in bytes.
Parts = namedtuple("Parts", "buffers rx tx internal")

#: One step from one RingSet to the next: how the driver does it (a key of CHANGES), RingSet and Terms of both ends.
Step = namedtuple("Step", "how before before_terms after after_terms")


def simple_estimate(page_size_bytes, pages, ring, queues):
    """Bytes by the rule of thumb: so many pages for each entry of each ring. It knows buffers only, of one MTU."""
    return page_size_bytes * pages * ring * queues


def price(ring_set):
    """What the rings of a NIC take. All bytes are whole numbers.

    ``{"model", "confidence": "high"|"medium"|"low", "why", "assumed": [{"what", "value", "why"}], "rx_buffers_bytes",
    "rx_bulk_bytes", "rx_descriptors_bytes", "tx_bytes", "constant_bytes", "total_bytes", "held_bytes", "risk_bytes",
    "orders": [{"order", "blocks"}], "per_queue": {"rx_queues", "tx_queues", "rx_buffers_bytes", "rx_bytes",
    "tx_bytes"}, "constants": {"event_queues_bytes", "internal_queues_bytes"}}``.

    ``total_bytes`` is the sum of the five before it, for an interface that is up; ``held_bytes`` is what it takes as it
    is, up or down. ``rx_bulk_bytes`` is what the page pool takes more because it takes 64 pages at once.
    ``risk_bytes`` is apart: what traffic may add. ``orders`` is memory that must be contiguous. The ``tx_bytes`` of a
    queue are with its share of the queues for XDP; what a NIC has once for all its queues is in no queue's figures.
    ``model`` is "generic" where nobody has read the driver: an estimate. Raises RingMemoryError.
    """
    return _price(ring_set, terms(ring_set))


def _price(ring_set, found):
    rx_queues, tx_queues = queues(ring_set)
    constants = {
        "event_queues_bytes": found.event_queues,
        "internal_queues_bytes": found.internal * rx_queues,
    }
    parts = {
        "rx_buffers_bytes": found.rx_buffers * rx_queues + found.rx_of_nic,
        "rx_bulk_bytes": found.rx_bulk * rx_queues,
        "rx_descriptors_bytes": found.rx_descriptors * rx_queues,
        "tx_bytes": found.tx * tx_queues + found.tx_of_nic,
        "constant_bytes": sum(constants.values()),
    }
    priced = {
        "model": found.model,
        "confidence": least_sure(found.confidence, ring_set.confidence),
        "why": "; ".join(filter(None, (ring_set.why, found.why))),
        "assumed": [dict(zip(("what", "value", "why"), entry)) for entry in ring_set.assumed],
    }
    priced.update(parts)
    priced.update(
        total_bytes=sum(parts.values()),
        held_bytes=sum(parts.values()) - up_bytes(ring_set, found),
        risk_bytes=risk_bytes(ring_set, found),
        orders=_listed(_orders(ring_set, found)),
        per_queue={
            "rx_queues": rx_queues,
            "tx_queues": tx_queues * ring_set.tcs,
            "rx_buffers_bytes": found.rx_buffers,
            "rx_bytes": found.rx_buffers + found.rx_descriptors,
            "tx_bytes": found.tx // ring_set.tcs,
        },
        constants=constants,
    )
    return priced


def tx_channels(ring_set):
    """How many TX queues of one traffic class there are."""
    return ring_set.channels if ring_set.tx_channels is None else ring_set.tx_channels


def queues(ring_set):
    """``(RX queues, TX queues of one traffic class)``."""
    return ring_set.channels, tx_channels(ring_set)


def share(ring_set):
    """All of a NIC: its :func:`queues`, and once what it has for all of them."""
    return queues(ring_set) + (1,)


def up_bytes(ring_set, found):
    """What bringing the interface up takes, 0 where it is up; *found* are its Terms."""
    whole = _held(ring_set._replace(up=True), found, *share(ring_set))
    return sum(whole) - sum(_held(ring_set, found, *share(ring_set)))


def risk_bytes(ring_set, found):
    """What traffic may add to what the rings take."""
    return found.rx_risk * ring_set.channels


def _held(ring_set, found, rx_queues, tx_queues, nics):
    """The Parts that so many queues take as the interface is, up or down, and *nics* times what a NIC has once."""
    kept = "all" if ring_set.up else rings(ring_set.driver)["down"]
    if kept == "nothing":
        return Parts(0, 0, 0, 0)
    buffers = (found.rx_buffers + found.rx_bulk) * rx_queues + found.rx_of_nic * nics if kept == "all" else 0
    tx = found.tx * tx_queues + found.tx_of_nic * nics
    return Parts(buffers, found.rx_descriptors * rx_queues, tx, found.internal * rx_queues)


def _orders(ring_set, found):
    """``{order: blocks}`` of contiguous memory."""
    counts = {}
    for orders, number in zip((found.rx_orders, found.tx_orders), queues(ring_set)):
        for order, blocks in orders:
            counts[order] = counts.get(order, 0) + blocks * number
    return counts


def _listed(orders):
    return [{"order": order, "blocks": blocks} for order, blocks in sorted(orders.items())]


def change(now, target):
    """What it takes to go from one RingSet to another.

    ``{"now": price, "target": price, "need_bytes", "peak_bytes", "up_bytes", "risk_bytes", "orders", "how"}``:
    ``need_bytes`` is what is held more afterwards, negative where it is less. ``peak_bytes`` is what is held more at
    the worst moment, never less than that nor than 0. With the interface down ``up_bytes`` is what bringing it up will
    take then, else 0.
    ``risk_bytes`` is what traffic may add to the target. ``orders`` are contiguous blocks that have to be found,
    ``how`` says why the peak is what it is. Raises RingMemoryError.
    """
    return changed(course(now, target))


def changed(steps):
    """:func:`change` of a :func:`course`."""
    first, last = steps[0], steps[-1]
    need, peak = need_and_peak(steps, share)
    return {
        "now": _price(first.before, first.before_terms),
        "target": _price(last.after, last.after_terms),
        "need_bytes": need,
        "peak_bytes": peak,
        "up_bytes": up_bytes(last.after, last.after_terms),
        "risk_bytes": risk_bytes(last.after, last.after_terms),
        "orders": _listed(new_orders(steps)),
        "how": _how(steps),
    }


def course(now, target):
    """The Steps from one RingSet to another: channels and MTU first, then the rings, as they are to be set."""
    how_rings = rings(now.driver)["change"]
    # Other changes than of the ring reopen the interface.
    other = how_rings if how_rings == "queues first" else "close first"
    middle = target._replace(rx=now.rx, tx=now.tx, rx_jumbo=now.rx_jumbo, wqes=now.wqes if target.wqes else None)
    ends = [(now, terms(now), None)]
    for ring_set, how in ((middle, other), (target, how_rings)):
        if _plain(ring_set) != _plain(ends[-1][0]):
            ends.append((ring_set, terms(ring_set), how))
    if len(ends) == 1:
        ends.append((target, ends[0][1], "close first"))
    return [Step(after[2], before[0], before[1], after[0], after[1]) for before, after in zip(ends, ends[1:])]


def _plain(ring_set):
    """A RingSet without what was found out about it."""
    return ring_set._replace(assumed=(), why="", confidence="high")


def changes_anything(steps):
    """Whether a :func:`course` leads to other rings than it starts from."""
    return _plain(steps[0].before) != _plain(steps[-1].after)


def need_and_peak(steps, share_of):
    """``(need, peak)`` in bytes of a :func:`course`, for the part of the NIC that is asked for.

    :param share_of: gives of a RingSet what :func:`share` gives of all of it, such as what is on one NUMA node
    """
    need = peak = 0
    for step in steps:
        before = _held(step.before, step.before_terms, *share_of(step.before))
        after = _held(step.after, step.after_terms, *share_of(step.after))
        rise = sum(after) - sum(before)
        peak = max(peak, need + max(rise, _EXTRA[step.how](before, after, step)))
        need += rise
    return need, max(peak, need)


def _without_buffers(parts):
    return parts.rx + parts.tx + parts.internal


def _both(before, after, step):
    """Rings of a direction that stays as it is are left alone."""
    rx = after.buffers + after.rx if step.before.rx != step.after.rx else 0
    return rx + (after.tx if step.before.tx != step.after.tx else 0)


#: How much is held more than before while a step is taken, by what it is called in CHANGES; the end is not counted.
_EXTRA = {
    "close first": lambda before, after, step: 0,
    "descriptors first": lambda before, after, step: _without_buffers(after) - before.buffers,
    "queues first": lambda before, after, step: _without_buffers(after),
    "both": _both,
    "both directions": lambda before, after, step: sum(after),
}


def new_orders(steps):
    """``{order: blocks}`` of contiguous memory that a :func:`course` has to find: all, where the old ones are held."""
    before = _orders(steps[0].before, steps[0].before_terms)
    after = _orders(steps[-1].after, steps[-1].after_terms)
    if any(step.how.startswith("both") for step in steps):
        before = {}
    blocks = {order: count - before.get(order, 0) for order, count in after.items()}
    return {order: count for order, count in blocks.items() if count > 0}


def _how(steps):
    last = steps[-1]
    if not changes_anything(steps):
        return "nothing changes"
    down = rings(last.after.driver)["down"]
    if not last.after.up and down != "all":
        return f"{last.after.driver} {DOWN[down]}"
    return f"{last.after.driver} {CHANGES[last.how]}"
