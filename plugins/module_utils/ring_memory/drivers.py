# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of the drivers other than mlx5_core take, and how every driver changes its rings.

Read in Linux 6.1.192; igb and virtio_net were measured too. Sizes of structures are those of 64-bit kernels.
"""

from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import buffers, mlx5
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.buffers import Part
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import (
    Terms,
    block,
    power_of_two,
    round_up,
    slab,
)

#: How a driver changes its rings, and what is held beside the old rings meanwhile.
CHANGES = {
    "close first": "closes the old rings before it makes the new ones, so no more than the difference is needed",
    "descriptors first": "frees the old buffers, then makes the new descriptors beside the old ones, then fills",
    "queues first": "makes the new queues beside the old ones, then frees the old buffers, then fills the new ones",
    "both": "makes and fills the new rings while it holds the old ones, so all of the new rings is needed",
    "both directions": "makes and fills all rings anew, RX and TX, while it holds the old ones",
}

#: What a driver holds while the interface is down.
DOWN = {
    "nothing": "only stores the sizes while the interface is down",
    "descriptors": "holds the descriptors but no buffers while the interface is down",
    "all": "holds its rings while the interface is down too",
}

#: How a driver takes a number of ring entries that it has no ring for.
ROUNDINGS = {
    "up to a power of two": power_of_two,
    "down to a power of two": lambda number: 1 << (number.bit_length() - 1),
    "up to a multiple of 8": lambda number: round_up(number, 8),
    "up to a multiple of 32": lambda number: round_up(number, 32),
    "as it is": lambda number: number,
}

#: A driver.
#:
#: * ``buffers``: function of a RingSet that gives Buffers; ``rx``, ``tx``: Parts, or a function of a RingSet
#: * ``change``: a key of CHANGES for rings; ``down``: of DOWN; ``rounding``: of ROUNDINGS
#: * ``rx_least``, ``tx_least``: the smallest rings; ``confidence`` and ``why`` of the numbers
Driver = namedtuple("Driver", "buffers rx tx change down rounding rx_least tx_least confidence why")


def terms(ring_set):
    """The Terms of a NIC of any driver but mlx5_core; an unknown one is priced by an upper bound, "generic"."""
    driver = DRIVERS.get(ring_set.driver, GENERIC)
    buffers = driver.buffers(ring_set)
    descriptors, rx_orders = _parts(driver.rx(ring_set), ring_set.page_size)
    tx, tx_orders = _parts(driver.tx(ring_set), ring_set.page_size)
    if buffers.order:
        rx_orders += ((buffers.order, buffers.blocks),)
    bulk = 0
    if buffers.pages is not None:
        bulk = (round_up(buffers.pages, ring_set.bulk_pages) - buffers.pages) * ring_set.page_size
    return Terms(
        model=ring_set.driver if ring_set.driver in DRIVERS else "generic",
        confidence=driver.confidence,
        why=driver.why,
        rx_buffers=buffers.bytes,
        rx_bulk=bulk,
        rx_descriptors=descriptors,
        tx=tx * ring_set.tcs,
        rx_risk=buffers.risk,
        rx_orders=rx_orders,
        tx_orders=tuple((order, blocks * ring_set.tcs) for order, blocks in tx_orders),
    )


def behaviour(driver):
    """The Driver row that says how a driver changes its rings, of mlx5_core too."""
    return _MLX5 if driver == mlx5.DRIVER else DRIVERS.get(driver, GENERIC)


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


#: How memory is got -> ``(bytes, order)``. "block" is dma_alloc_coherent().
_MEMORY = {"block": block, "exact": _exact, "slab": slab, "array": _array, "pages": _pages}


def _parts(parts, page):
    """``(bytes, ((order, blocks), ...))`` of ``[(Part, entries)]``."""
    total, orders = 0, {}
    for part, entries in parts:
        size = part.entry * entries + part.extra
        if size:
            taken, order = _MEMORY[part.memory](size, page)
            total += taken
            if order:
                orders[order] = orders.get(order, 0) + 1
    return total, tuple(sorted(orders.items()))


def _rx_of(*parts):
    return lambda ring_set: [(part, ring_set.rx) for part in parts]


def _tx_of(*parts):
    return lambda ring_set: [(part, ring_set.tx) for part in parts]


def _read(files):
    return f"read in {files} of Linux 6.1.192"


def _intel(files, largest_mtu, rx, tx):
    """An Intel driver: pages as buffers, a ring of descriptors and an array beside it; *rx* and *tx* are both sizes."""
    return Driver(
        buffers=buffers.whole_pages(largest_mtu),
        rx=_rx_of(Part("block", rx[0]), Part("array", rx[1])),
        tx=_tx_of(Part("block", tx[0]), Part("array", tx[1])),
        change="descriptors first",
        down="nothing",
        rounding="up to a multiple of 8",
        rx_least=64,
        tx_least=64,
        confidence="high",
        why=_read(files),
    )


#: By driver. What was not read completely, or depends on what cannot be read from a host, is "medium".
DRIVERS = {
    "ixgbe": _intel("ixgbe/ixgbe.h and ixgbe_main.c", 1500, (16, 32), (16, 48))._replace(
        buffers=buffers.whole_pages(1500, lro_too=True)
    ),
    # A page serves frames up to IGB_MAX_FRAME_BUILD_SKB (1536), of which IGB_ETH_PKT_HDR_PAD is 26.
    "igb": _intel("igb/igb.h and igb_main.c", 1510, (16, 24), (16, 48)),
    "e1000e": _intel("e1000e/netdev.c", 1500, (32, 40), (16, 40))._replace(
        buffers=buffers.e1000e,
        # The third is ps_pages: a slab of 64 bytes for each descriptor, whether it is used or not.
        rx=_rx_of(Part("block", 32), Part("array", 40), Part("array", 64)),
    ),
    "i40e": _intel("i40e/i40e_main.c", 1500, (16, 24), (16, 40))._replace(
        change="both", rounding="up to a multiple of 32"
    ),
    "ice": _intel("ice/ice_lib.c", 1500, (32, 32), (16, 40))._replace(change="both", rounding="up to a multiple of 32"),
    "bnxt_en": Driver(
        buffers=buffers.bnxt_en,
        rx=buffers.bnxt_en_parts,
        tx=_tx_of(Part("pages", 16), Part("array", 40)),
        change="close first",
        down="nothing",
        rounding="as it is",
        rx_least=1,
        tx_least=19,
        confidence="medium",
        why=_read("bnxt/bnxt.c"),
    ),
    "virtio_net": Driver(
        buffers=buffers.virtio_net,
        rx=_rx_of(*buffers.VRING),
        tx=_tx_of(*buffers.VRING),
        change="close first",
        down="all",
        rounding="as it is",
        rx_least=1,
        tx_least=1,
        confidence="medium",
        why=_read("virtio_net.c") + "; buffers follow the average packet, so traffic changes what they take",
    ),
    "vmxnet3": Driver(
        buffers=buffers.vmxnet3,
        rx=buffers.vmxnet3_parts,
        tx=_tx_of(Part("block", 16), Part("block", 128), Part("block", 16), Part("slab", 24)),
        change="close first",
        down="nothing",
        rounding="up to a multiple of 32",
        rx_least=1,
        tx_least=1,
        confidence="medium",
        why=_read("vmxnet3/vmxnet3_drv.c") + "; a device of version 7 or later takes less above MTU 3050",
    ),
    "hns3": Driver(
        buffers=buffers.hns3,
        rx=_rx_of(Part("block", 32), Part("slab", 40)),
        tx=_tx_of(Part("block", 32), Part("slab", 40)),
        change="both directions",
        down="all",
        rounding="up to a multiple of 8",
        rx_least=72,
        tx_least=72,
        confidence="medium",
        why=_read("hns3/hns3_enet.c") + "; the spare buffer of a TX queue is not counted",
    ),
    "ena": Driver(
        buffers=buffers.page_each,
        rx=_rx_of(Part("block", 16), Part("block", 16), Part("array", 64)),
        tx=_tx_of(Part("block", 16), Part("block", 8), Part("array", 384)),
        change="close first",
        down="nothing",
        rounding="down to a power of two",
        rx_least=256,
        tx_least=256,
        confidence="medium",
        why=_read("ena/ena_netdev.c"),
    ),
    "mlx4_en": Driver(
        buffers=buffers.mlx4_en,
        rx=_rx_of(Part("block", 64, 64), Part("block", 64), Part("array", 128)),
        tx=_tx_of(Part("block", 64), Part("block", 64), Part("array", 64)),
        change="queues first",
        down="descriptors",
        rounding="up to a power of two",
        rx_least=256,
        tx_least=64,
        confidence="medium",
        why=_read("mlx4/en_rx.c and en_tx.c"),
    ),
}

#: For a driver that is not known: more than any of :data:`DRIVERS`, so that what fits by it does fit.
GENERIC = Driver(
    buffers=buffers.generic,
    rx=_rx_of(*[Part("pages", 128)] * 3),
    tx=_tx_of(*[Part("pages", 192)] * 4),
    change="both directions",
    down="all",
    rounding="as it is",
    rx_least=1,
    tx_least=1,
    confidence="low",
    why="the driver is not known here: an upper bound, not a price",
)

#: How mlx5_core changes its rings. Its prices, and the least RX ring for a page size, are in mlx5.
_MLX5 = Driver(
    buffers=None,
    rx=None,
    tx=None,
    change="queues first",
    down="nothing",
    rounding="up to a power of two",
    rx_least=16,
    tx_least=64,
    confidence="high",
    why="",
)
