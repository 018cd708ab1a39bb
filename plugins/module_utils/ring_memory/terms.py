# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of one NIC take, from RINGS of its driver's file: bytes of a queue of each kind."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import (
    block,
    power_of_two,
    round_up,
    slab,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import Terms


def rings(driver):
    """RINGS of a driver; of one whose rings nobody has read those of generic.py, an estimate."""
    return index.part(driver, "RINGS")


def is_estimate(driver):
    """Whether nobody has read what the rings of a driver take, so that its price decides nothing."""
    return not index.knows(driver, "RINGS")


def of_rings(ring_set, key, default=None):
    """A value of RINGS for a RingSet, which it may be a function of."""
    value = rings(ring_set.driver).get(key, default)
    return value(ring_set) if callable(value) else value


def terms(ring_set):
    """The Terms of a NIC; raises RingMemoryError for what the driver refuses."""
    known = rings(ring_set.driver)
    if "terms" in known:
        return known["terms"](ring_set)
    buffers = known["buffers"](ring_set)
    descriptors, rx_orders = _parts(_listed(ring_set, "rx"), ring_set.page_size)
    tx, tx_orders = _parts(_listed(ring_set, "tx"), ring_set.page_size)
    if buffers.get("order"):
        rx_orders += ((buffers["order"], buffers["blocks"]),)
    pool = buffers.get("pool_pages", 0)
    of_nic = known["of_nic"](ring_set) if "of_nic" in known else {"rx": 0, "tx": 0}
    return Terms(
        model="generic" if is_estimate(ring_set.driver) else index.canonical(ring_set.driver),
        confidence=known["confidence"],
        why=known["why"],
        rx_buffers=buffers["bytes"],
        rx_bulk=(round_up(pool, ring_set.bulk_pages) - pool) * ring_set.page_size,
        rx_descriptors=descriptors,
        tx=tx * ring_set.tcs,
        rx_risk=buffers.get("risk", 0),
        rx_orders=rx_orders,
        tx_orders=tuple((order, blocks * ring_set.tcs) for order, blocks in tx_orders),
        rx_of_nic=of_nic["rx"],
        tx_of_nic=of_nic["tx"],
    )


def _listed(ring_set, side):
    """``[(part, entries)]`` of the RX or TX side."""
    parts = rings(ring_set.driver)[side]
    if callable(parts):
        return parts(ring_set)
    return [(part, getattr(ring_set, side)) for part in parts]


def _parts(parts, page):
    """``(bytes, ((order, blocks), ...))`` of a :func:`_listed` side."""
    total, orders = 0, {}
    for part, entries in parts:
        size = part[1] * entries + (part[2] if len(part) > 2 else 0)
        if size:
            taken, order = _MEMORY[part[0]](size, page)
            total += taken
            if order:
                orders[order] = orders.get(order, 0) + 1
    return total, tuple(sorted(orders.items()))


def _exact(size, page):
    """alloc_pages_exact(): a block of which the pages that are not needed are given back."""
    return round_up(size, page), block(size, page)[1]


def _array(size, page):
    """vmalloc(), and kvmalloc() which falls back to it: single pages."""
    return round_up(size, page), 0


def _pages(size, page):
    """A ring of single pages, a power of two of them: bnxt_calc_nr_ring_pages(), which rounds up once too much."""
    pages = size // page
    return (power_of_two(pages + 1) if pages else 1) * page, 0


#: How memory is got (vocabulary.MEMORY): a function that gives ``(bytes, order)``.
_MEMORY = {"block": block, "exact": _exact, "slab": slab, "array": _array, "pages": _pages}
