# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words in which RINGS of a driver's file and ``ring_memory`` speak of rings.

RINGS is None where nothing is known, else a dictionary. A function of a :class:`RingSet` may stand in the place of a
value that depends on it.

* ``buffers``: ``{"bytes"}`` of one RX ring, and where it applies ``order`` and ``blocks`` of contiguous memory,
  ``pool_pages`` that come from a page pool, ``risk`` bytes that traffic may add
* ``rx``, ``tx``: what a ring has beside its buffers: ``(memory, bytes of an entry[, bytes beside the entries])``, the
  memory one of :data:`MEMORY`. A function gives ``[(such a part, entries)]``.
* ``of_nic``: function of a RingSet that gives ``{"rx": bytes, "tx": bytes}``, what a NIC has once for all its queues
* ``confidence``: one of :data:`CONFIDENCES`, and ``why``: of these numbers
* ``terms``: in the place of all that a function that gives :class:`Terms`
* ``change``, ``down``, ``rounding``: of :data:`CHANGES`, :data:`DOWN` and :data:`ROUNDINGS`
* ``least``: ``(rx, tx)``, the smallest rings
* ``step``: RX rings are multiples of it, where the rounding does not say that
* ``powers_only``: whether only powers of two can be made, though the driver rounds nothing
* ``resized``: function of ``(ring_set, rx, tx)`` that gives the other fields of the RingSet that new rings change
* ``stays``: whether the queues stay on the node that was chosen when the driver was loaded
* ``lro_by_default``: whether LRO or HW-GRO is on unless it was switched off
* ``reads``: what of :data:`READS` the driver is asked besides, and ``module_parameters``: which of its module
* ``firmware_pages``: where the driver tells how many pages of ``page_bytes`` the firmware holds: ``debugfs``, a file
  below the root of debugfs with ``{device}`` for the name of the device, and ``rdma``, one of the RDMA device
* ``settings``: function of ``(told, host, known, notes)`` that gives fields of the RingSet that only this driver has.
  ``told("rings", "rx_buf_len")`` is what the host document says of the NIC, None where it does not; *host* is
  ``{"kernel": (6, 1), "release", "machine", "coherency_line_bytes"}``; *known* has the other fields of the RingSet;
  *notes* takes down what had to be assumed: ``notes.assume(what, value, why, confidence="medium")``, and
  ``notes.tell(what, value, why)`` what is certain but not what was asked. Both give the value.
"""

import re
from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import power_of_two, round_up

#: How sure a price is, the surest first.
CONFIDENCES = ("high", "medium", "low")

#: How memory is got. "block" is dma_alloc_coherent(), "exact" alloc_pages_exact(), "slab" kmalloc(), "array" vmalloc()
#: or kvmalloc(), "pages" a ring of single pages, a power of two of them.
MEMORY = ("block", "exact", "slab", "array", "pages")

#: What the memory of some drivers' rings depends on beside their sizes, by its name in the host document.
READS = (
    "rx_page_cache",
    "devlink_queues",
    "mergeable_rx_buffers",
    "rx_buf_len",
    "tcp_data_split",
    "module_parameters",
    "firmware_bytes",
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

#: How a driver takes a number of ring entries that it has no ring for, or of microseconds that it cannot wait.
ROUNDINGS = {
    "up to a power of two": power_of_two,
    "down to a power of two": lambda number: 1 << (number.bit_length() - 1),
    "up to a multiple of 2": lambda number: round_up(number, 2),
    "up to a multiple of 8": lambda number: round_up(number, 8),
    "up to a multiple of 32": lambda number: round_up(number, 32),
    "as it is": lambda number: number,
}

_RELEASE = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")


class RingMemoryError(ValueError):
    """What is asked cannot be priced: the text names the value, the range and what to do."""


#: One NIC as its rings see it: plain values only. ``bytes`` where a size is meant.
#:
#: * ``driver``: name; ``variant``: of a driver that lays out its buffers in several ways which one, by the name that
#:   its file has for it (of mlx5_core one of mlx5_core_generations.VARIANTS), else None
#: * ``mtu``, ``page_size``, ``cache_line`` (SMP_CACHE_BYTES of the kernel); ``up``: whether the interface is up
#: * ``rq_type``: "cyclic" or "striding" with mlx5_core, else None
#: * ``xdp``, ``lro``, ``hw_gro``, ``legacy_rx``, ``tls``, ``page_pool``: whether they are in use
#: * ``channels``: RX queues; ``tx_channels``: TX queues of one traffic class, None for as many; ``tcs``: classes
#: * ``vectors``: completion vectors that mlx5_core has, whose event queues are made when it is loaded
#: * ``rx``, ``tx``: entries of each ring; ``rx_jumbo``, ``rx_mini``: of a second ring, and what the driver calls mini
#:   (the data ring of vmxnet3, the response queue of cxgb4)
#: * ``rx_buf_len``: of hns3; ``cqe_bytes``: of a completion queue of mlx5_core
#: * ``mergeable_bytes``: of virtio_net, the sizes of the buffers of some queues; empty for the least
#: * ``wqes``, ``stride_bytes``, ``wqe_bytes``: of a striding queue, as the driver told them; None for the formula
#: * ``bulk_pages``: how many pages the page pool takes at once; ``log_mult_limit``: of the page cache of MLNX_OFED
#: * ``data_split``: whether the NIC puts headers and data into buffers of their own (``tcp-data-split``)
#: * ``confidence``, ``why``: of what was found out about the driver; ``assumed``: ``((what, value, why), ...)``
RingSet = namedtuple(
    "RingSet",
    "driver variant mtu page_size cache_line rq_type xdp lro hw_gro channels tcs rx tx up legacy_rx tls page_pool "
    "tx_channels vectors rx_jumbo rx_mini rx_buf_len mergeable_bytes cqe_bytes wqes stride_bytes wqe_bytes bulk_pages "
    "log_mult_limit data_split confidence why assumed",
)
RingSet.__new__.__defaults__ = (
    (None, 1500, 4096, 64, None, False, False, False, 1, 1, 0, 0, True, False, False, True)
    + (None, 0, 0, 0, 2048, (), 64, None, None, None, 1, 4, False)
    + ("high", "", ())
)

#: What a model says of one NIC that is up. Bytes of one queue, but ``event_queues``, ``rx_of_nic`` and ``tx_of_nic`` of
#: the NIC. ``internal`` are the queues of a channel that no ring changes, ``rx_risk`` is what a queue may take on top
#: under traffic, ``rx_orders`` and ``tx_orders`` are ``((order, blocks), ...)`` of contiguous memory that nothing
#: smaller can stand in for.
Terms = namedtuple(
    "Terms",
    "model confidence why rx_buffers rx_bulk rx_descriptors tx internal event_queues rx_risk rx_orders tx_orders "
    "rx_of_nic tx_of_nic",
)
Terms.__new__.__defaults__ = (0, 0, 0, 0, 0, 0, 0, (), (), 0, 0)


def least_sure(*confidences):
    """The lowest of some confidences."""
    return max(confidences, key=CONFIDENCES.index)


def kernel_version(release):
    """``(6, 1)`` of ``"6.1.0-49-amd64"``; None where there is none."""
    match = _RELEASE.match(release or "")
    return (int(match.group(1)), int(match.group(2))) if match else None
