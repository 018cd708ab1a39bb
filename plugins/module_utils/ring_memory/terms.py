# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the models of ring memory share: what they are asked, what they answer, and the arithmetic of pages."""

from collections import namedtuple

#: How sure a price is, the surest first.
CONFIDENCES = ("high", "medium", "low")

#: sizeof(struct skb_shared_info) with 17 fragments, in lines of 64 bytes: include/linux/skbuff.h, Linux 6.1.
_SHARED_INFO = 320

#: kmalloc() takes what is larger than this from the page allocator: KMALLOC_MAX_CACHE_SIZE, Linux 6.1.
_LARGEST_SLAB = 8192

#: The piece of memory that page_frag_alloc() and skb_page_frag_refill() cut buffers from: order 3 of 4 KiB pages.
_FRAG_CHUNK = 32768


class RingMemoryError(ValueError):
    """What is asked cannot be priced: the text names the value, the range and what to do."""


#: One NIC as its rings see it: plain values only. ``bytes`` where a size is meant.
#:
#: * ``driver``: name; ``variant``: of mlx5_core one of mlx5.VARIANTS, else None
#: * ``mtu``, ``page_size``, ``cache_line`` (SMP_CACHE_BYTES of the kernel); ``up``: whether the interface is up
#: * ``rq_type``: "cyclic" or "striding" with mlx5_core, else None
#: * ``xdp``, ``lro``, ``hw_gro``, ``legacy_rx``, ``tls``, ``page_pool``: whether they are in use
#: * ``channels``: RX queues; ``tx_channels``: TX queues of one traffic class, None for as many; ``tcs``: classes
#: * ``vectors``: completion vectors that mlx5_core has, whose event queues are made when it is loaded
#: * ``rx``, ``tx``: entries of each ring; ``rx_jumbo``, ``rx_mini``: the second ring and the data ring of vmxnet3
#: * ``rx_buf_len``: of hns3; ``cqe_bytes``: of a completion queue of mlx5_core
#: * ``mergeable_bytes``: of virtio_net, the sizes of the buffers of some queues; empty for the least
#: * ``wqes``, ``stride_bytes``, ``wqe_bytes``: of a striding queue, as the driver told them; None for the formula
#: * ``bulk_pages``: how many pages the page pool takes at once; ``log_mult_limit``: of the page cache of MLNX_OFED
#: * ``confidence``, ``why``: of what was found out about the driver; ``assumed``: ``((what, value, why), ...)``
RingSet = namedtuple(
    "RingSet",
    "driver variant mtu page_size cache_line rq_type xdp lro hw_gro channels tcs rx tx up legacy_rx tls page_pool "
    "tx_channels vectors rx_jumbo rx_mini rx_buf_len mergeable_bytes cqe_bytes wqes stride_bytes wqe_bytes bulk_pages "
    "log_mult_limit confidence why assumed",
)
RingSet.__new__.__defaults__ = (
    (None, 1500, 4096, 64, None, False, False, False, 1, 1, 0, 0, True, False, False, True)
    + (None, 0, 0, 0, 2048, (), 64, None, None, None, 1, 4)
    + ("high", "", ())
)

#: What a model says of one NIC that is up. Bytes of one queue, but ``event_queues`` of the NIC. ``internal`` are the
#: queues of a channel that no ring changes, ``rx_risk`` is what a queue may take on top under traffic, ``rx_orders``
#: and ``tx_orders`` are ``((order, blocks), ...)`` of contiguous memory that nothing smaller can stand in for.
Terms = namedtuple(
    "Terms",
    "model confidence why rx_buffers rx_bulk rx_descriptors tx internal event_queues rx_risk rx_orders tx_orders",
)
Terms.__new__.__defaults__ = (0, 0, 0, 0, 0, 0, 0, (), ())


def round_up(number, multiple):
    """The next multiple: ``round_up(5, 4)`` is 8."""
    return -(-number // multiple) * multiple


def power_of_two(number):
    """The next power of two, as roundup_pow_of_two(): of 5 it is 8, of 0 and 1 it is 1."""
    return 1 << max(number - 1, 0).bit_length()


def log2_up(number):
    """order_base_2(): of 5 it is 3."""
    return max(number - 1, 0).bit_length()


def block(size, page):
    """``(bytes, order)`` of contiguous memory for *size* bytes: the page allocator gives powers of two."""
    pages = power_of_two(-(-size // page))
    return pages * page, log2_up(pages)


def slab(size, page):
    """``(bytes, order)`` of kmalloc() for *size* bytes; the order is 0 for what comes from a slab."""
    if size > _LARGEST_SLAB:
        return block(size, page)
    return power_of_two(size), 0


def shared_info(ring_set):
    """What every buffer of an skb ends with: struct skb_shared_info, in whole cache lines."""
    return round_up(_SHARED_INFO, ring_set.cache_line)


def page_frags(count, size, page):
    """Bytes of *count* buffers that are cut from chunks of :data:`_FRAG_CHUNK` (or a page that is larger)."""
    chunk = max(_FRAG_CHUNK, page)
    if size > chunk:
        return count * block(size, page)[0]
    return -(-count // (chunk // size)) * chunk


def least_sure(*confidences):
    """The lowest of some confidences."""
    return max(confidences, key=CONFIDENCES.index)
