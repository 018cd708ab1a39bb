# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large the buffers of an RX ring are, by driver: pages, pieces of pages, or skbs.

Read in Linux 6.1.192, in the functions that are named. Sizes of structures are those of 64-bit kernels.
"""

from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import (
    page_frags,
    power_of_two,
    round_up,
    shared_info,
    slab,
)

#: A ring of descriptors or the array beside it: how its memory is got (a key of :data:`_MEMORY`), bytes of each entry,
#: and bytes beside the entries.
Part = namedtuple("Part", "memory entry extra")
Part.__new__.__defaults__ = (0,)

#: How much the buffers of one RX ring take, in bytes of which ``pages`` come from a page pool (None: not from one),
#: ``blocks`` of order ``order`` where that is not 0; ``risk`` is what traffic may add.
Buffers = namedtuple("Buffers", "bytes order blocks pages risk")
Buffers.__new__.__defaults__ = (0, 0, None, 0)


def whole_pages(largest_mtu, lro_too=False):
    """Intel's rule: a page for each descriptor, two where a frame needs a buffer of 3 KiB and a page has 4.

    Half of each page is in use at a time; the other half is for the time until the stack is done with the first. With
    legacy-rx the frame goes on in the next descriptor instead.
    """

    def buffers(ring_set):
        large = ring_set.mtu > largest_mtu or (lro_too and ring_set.lro)
        order = 1 if large and ring_set.page_size < 8192 and not ring_set.legacy_rx else 0
        return Buffers(ring_set.rx * (ring_set.page_size << order), order, ring_set.rx)

    return buffers


#: struct sk_buff in its cache (skbuff_head_cache), whole cache lines.
_SKB = 256


def _skb(ring_set, count, size):
    """Bytes of *count* skbs of __netdev_alloc_skb(GFP_KERNEL), whose data is from kmalloc(): net/core/skbuff.c."""
    data = round_up(size + 64, ring_set.cache_line) + shared_info(ring_set)
    return count * (_SKB + slab(data, ring_set.page_size)[0])


def e1000e(ring_set):
    """e1000_change_mtu(), e1000_setup_rctl(), e1000_configure_rx()."""
    page, ring = ring_set.page_size, ring_set.rx
    pages = -(-ring_set.mtu // page)
    if ring_set.mtu > 1500 and pages <= 3 and page <= 16384:
        # Packet split: a header of 128 bytes, and pages.
        return Buffers(_skb(ring_set, ring, 128) + ring * pages * page)
    if ring_set.mtu > 1518:
        return Buffers(_skb(ring_set, ring, 240) + ring * page)
    frame = ring_set.mtu + 22
    return Buffers(_skb(ring_set, ring, 1522 if frame <= 1522 else 2048))


#: VMXNET3_MAX_ETH_HDR_SIZE, VMXNET3_MAX_SKB_BUF_SIZE, VMXNET3_MIN_T0_BUF_SIZE.
_VMXNET3_HEADER, _VMXNET3_SKB, _VMXNET3_LEAST = 22, 3072, 128


def vmxnet3_per_packet(mtu, page):
    """vmxnet3_adjust_rx_ring_size(): an skb, and pages for what does not fit it. The ring is a multiple of 32 of it."""
    frame = mtu + _VMXNET3_HEADER
    return 1 if frame <= _VMXNET3_SKB else 1 + -(-(frame - _VMXNET3_SKB) // page)


def vmxnet3(ring_set):
    page = ring_set.page_size
    skbs = -(-ring_set.rx // vmxnet3_per_packet(ring_set.mtu, page))
    size = min(max(ring_set.mtu + _VMXNET3_HEADER, _VMXNET3_LEAST), _VMXNET3_SKB)
    return Buffers(_skb(ring_set, skbs, size) + (ring_set.rx - skbs + ring_set.rx_jumbo) * page)


def vmxnet3_parts(ring_set):
    both = ring_set.rx + ring_set.rx_jumbo
    return [
        (Part("block", 16), ring_set.rx),
        (Part("block", 16), ring_set.rx_jumbo),
        (Part("block", ring_set.rx_mini), ring_set.rx),
        (Part("block", 16), both),
        (Part("slab", 24), both),
    ]


#: struct virtio_net_hdr_mrg_rxbuf, GOOD_PACKET_LEN, IP_MAX_MTU.
_VIRTIO_HEADER, _VIRTIO_PACKET, _VIRTIO_LARGEST = 12, 1518, 65535


def virtio_net(ring_set):
    """add_recvbuf_mergeable(): cut to the average packet of the queue, from the least that is allowed to a page.

    A buffer of the size that was told, not below that least. All queues are given the mean of those that were told.
    """
    page, ring = ring_set.page_size, ring_set.rx
    most = page_frags(ring, page, page)
    if ring_set.xdp or not ring:
        return Buffers(most)
    largest = _VIRTIO_HEADER + 18 + _VIRTIO_LARGEST
    packet = min(max(-(-largest // ring) - _VIRTIO_HEADER, _VIRTIO_PACKET), page - _VIRTIO_HEADER)
    least = round_up(_VIRTIO_HEADER + packet, ring_set.cache_line)
    taken = [page_frags(ring, max(size, least), page) for size in ring_set.mergeable_bytes or (least,)]
    mean = sum(taken) // len(taken)
    return Buffers(mean, risk=max(most - mean, 0))


#: A vring: 16 bytes of descriptor, 2 and 8 of the rings beside it; struct vring_desc_state_split and _extra.
VRING = (Part("exact", 26, 12), Part("slab", 16), Part("slab", 16))


def _bnxt_aggregation(ring_set):
    """``(pages of the aggregation ring for each entry, their size, bytes of a buffer)``: bnxt_set_ring_params()."""
    page = min(ring_set.page_size, 32768)
    head = round_up(ring_set.mtu + 22, ring_set.cache_line) + 256 + shared_info(ring_set)
    factor = min(4, 65536 // page) if ring_set.lro or ring_set.hw_gro else 0
    if head > ring_set.page_size:
        factor = max(factor, -(-(ring_set.mtu - 40) // ring_set.page_size))
    if not factor:
        return 0, page, ring_set.page_size if ring_set.xdp else head
    small = round_up(256, ring_set.cache_line) + 64 + shared_info(ring_set)
    return factor, page, ring_set.page_size if ring_set.xdp else small


def bnxt_en(ring_set):
    factor, page, size = _bnxt_aggregation(ring_set)
    return Buffers(page_frags(ring_set.rx, size, ring_set.page_size) + ring_set.rx * factor * page)


def bnxt_en_parts(ring_set):
    """The completion ring counts here: it is one for both directions, two entries for each packet received."""
    factor = _bnxt_aggregation(ring_set)[0]
    ring = ring_set.rx
    return [
        (Part("pages", 16), ring),
        (Part("array", 32), ring),
        (Part("pages", 16), ring * factor),
        (Part("array", 24), ring * factor),
        (Part("pages", 16), (2 + factor) * ring + ring_set.tx),
    ]


def mlx4_en(ring_set):
    """mlx4_en_calc_rx_buf(), mlx4_en_alloc_frags(): every fragment of a packet begins with a page of its own."""
    frame, page = ring_set.mtu + 22, ring_set.page_size
    most = page if frame > page + 3 * 2048 else 2048
    fragments = 1 if ring_set.xdp else min(-(-frame // most), 4)
    return Buffers(ring_set.rx * fragments * page)


def hns3(ring_set):
    """hns3_page_order(), hns3_alloc_page_pool(), hns3_alloc_buffer()."""
    page, ring = ring_set.page_size, ring_set.rx
    order = 1 if page < 8192 and ring_set.rx_buf_len > page // 2 else 0
    if not ring_set.page_pool:
        return Buffers(ring * (page << order), order, ring)
    blocks = -(-ring * ring_set.rx_buf_len // (page << order))
    return Buffers(blocks * (page << order), order, blocks, None if order else blocks)


def page_each(ring_set):
    return Buffers(ring_set.rx * ring_set.page_size)


def generic(ring_set):
    """More than any driver here takes: a packet in one piece, or in fragments that have a page each; and for LRO."""
    page, frame = ring_set.page_size, ring_set.mtu + 22
    linear = power_of_two(round_up(frame, 64) + 256 + shared_info(ring_set))
    size = max(linear, max(2, min(4, -(-frame // 2048))) * page)
    if ring_set.lro or ring_set.hw_gro:
        size += max(16384, 2 * page)
    return Buffers(ring_set.rx * size)
