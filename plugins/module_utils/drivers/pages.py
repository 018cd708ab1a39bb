# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the kernel hands out memory: the arithmetic of pages that the prices of rings are made of.

Read in Linux 6.1.192. Sizes of structures are those of 64-bit kernels. *ring_set* is a :class:`vocabulary.RingSet`.
"""

#: sizeof(struct skb_shared_info) with 17 fragments, in lines of 64 bytes: include/linux/skbuff.h.
_SHARED_INFO = 320

#: struct sk_buff in its cache (skbuff_head_cache), whole cache lines.
_SKB = 256

#: kmalloc() takes what is larger than this from the page allocator: KMALLOC_MAX_CACHE_SIZE.
_LARGEST_SLAB = 8192

#: The piece of memory that page_frag_alloc() and skb_page_frag_refill() cut buffers from: order 3 of 4 KiB pages.
_FRAG_CHUNK = 32768


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


def page_frags(count, size, page):
    """Bytes of *count* buffers that are cut from chunks of :data:`_FRAG_CHUNK` (or a page that is larger)."""
    chunk = max(_FRAG_CHUNK, page)
    if size > chunk:
        return count * block(size, page)[0]
    return -(-count // (chunk // size)) * chunk


def shared_info(ring_set):
    """What every buffer of an skb ends with: struct skb_shared_info, in whole cache lines."""
    return round_up(_SHARED_INFO, ring_set.cache_line)


def skbs(ring_set, count, size):
    """Bytes of *count* skbs of __netdev_alloc_skb(GFP_KERNEL), whose data is from kmalloc(): net/core/skbuff.c."""
    data = round_up(size + 64, ring_set.cache_line) + shared_info(ring_set)
    return count * (_SKB + slab(data, ring_set.page_size)[0])
