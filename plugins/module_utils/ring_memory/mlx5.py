# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of mlx5_core take.

Sources: en_main.c, en/params.c, en.h and wq.c below drivers/net/ethernet/mellanox/mlx5/core of Linux 4.19, 5.10, 5.15,
6.1.192 and 6.12.117, and of MLNX_OFED 5.8-3.0.7. The sizes of the structures were checked by compiling them.
"""

import functools
from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import (
    RingMemoryError,
    Terms,
    power_of_two,
    round_up,
    shared_info,
)

DRIVER = "mlx5_core"

#: VLAN_ETH_HLEN + ETH_FCS_LEN: what a frame has beside the MTU.
_FRAME = 22

_HEADROOM, _XDP_HEADROOM = 64, 256

#: DEFAULT_FRAG_SIZE and MLX5E_MAX_RX_FRAGS.
_FRAGMENT, _MOST_FRAGMENTS = 2048, 4

#: MLX5_MPWRQ_MAX_LOG_WQE_SZ: one entry of a striding queue takes that much of buffers; at least four are made.
WQE_BYTES, FEWEST_WQES = 1 << 18, 4

#: MLX5_MPWQE_LOG_STRIDE_SZ_MAX.
_LARGEST_STRIDE = 1 << 13

#: MLX5_SEND_WQE_BB, and the largest send WQE in units of it (MLX5E_MAX... of mlx5e_get_max_sq_wqebbs()).
_WQEBB, _MOST_WQEBBS = 64, 16

#: A send queue of the driver's own has an entry of 64 bytes, a completion, and 16 bytes of struct mlx5e_icosq_wqe_info.
_ICOSQ_INFO, _FEWEST_ICOSQ = 16, 64

#: An event queue: roundup_pow_of_two(1024 + 128) entries of 64 bytes for each vector (MLX5_COMP_EQ_SIZE +
#: MLX5_NUM_SPARE_EQE of eq.c), and roundup_pow_of_two(4096 + 128) for the asynchronous one.
COMPLETION_EQ, _ASYNC_EQ = 2048 * 64, 8192 * 64

#: The page cache of MLNX_OFED has two arrays of 16 entries for each page of the ring.
_CACHE_ARRAYS, _CACHE_FACTOR = 2, 16

#: MLX5E_SHAMPO_WQ_RESRV_SIZE and what it has of headers: a header entry of 512 bytes for four packets' worth.
_SHAMPO_RESERVATION, _SHAMPO_HEADERS, _SHAMPO_FACTOR = 65536, 512, 4

#: A generation of the driver. Sizes in bytes.
#:
#: * ``title``; ``confidence`` and ``why``: of the numbers of this row
#: * ``fragments``: how a packet is cut in a cyclic queue: "old" or "new" (the first one has room for the skb, 5.18)
#: * ``page_tracking``: of each fragment of a cyclic queue
#: * ``wqe_pages``, ``wqe_info``: of each page, and of each entry, of a striding queue
#: * ``icosq``: how the queue for UMR entries is sized; ``stride``: of a striding queue whose skbs are not linear
#: * ``tx_info``, ``xdp_info``: of each entry of a TX queue, and of the queue for XDP_REDIRECT, beside the entry itself
#:   and its completion
#: * ``cache_entry``: of the page cache of MLNX_OFED, 0 where there is none
#: * ``pool_cap``: most entries of the page pool's ring
#: * ``xdp_striding``: whether XDP works in a striding queue whose packets are larger than a page
#: * ``async_icosq``, ``overflow_page``: whether a channel and a striding queue have them
Variant = namedtuple(
    "Variant",
    "title confidence why fragments page_tracking wqe_pages wqe_info icosq stride tx_info xdp_info cache_entry "
    "pool_cap xdp_striding async_icosq overflow_page",
)

_LINUX_5_15 = Variant(
    title="Linux 5.15",
    confidence="high",
    why="read in Linux 5.15.178",
    fragments="old",
    page_tracking=16,
    wqe_pages=16,
    wqe_info=16,
    icosq="sum",
    stride=256,
    tx_info=112,
    xdp_info=130,
    cache_entry=0,
    pool_cap=32768,
    xdp_striding=False,
    async_icosq=True,
    overflow_page=True,
)

_LINUX_6_3 = _LINUX_5_15._replace(
    title="Linux 6.3 and later",
    why="read in Linux 6.12.117",
    fragments="new",
    wqe_info=32,
    icosq="padded page",
    pool_cap=16384,
    xdp_striding=True,
)

_OFED_5_8 = _LINUX_5_15._replace(
    title="MLNX_OFED 4.9 to 5.8 on Linux 5.8 and later",
    why="read in MLNX_OFED 5.8-3.0.7",
    page_tracking=24,
    wqe_pages=24,
    xdp_info=162,
    cache_entry=24,
)

# Without xsk_buff_alloc() struct mlx5e_dma_info is longer.
_OFED_5_8_OLD_KERNEL = _OFED_5_8._replace(
    title="MLNX_OFED 4.9 to 5.8 on Linux before 5.8", page_tracking=32, wqe_pages=32, xdp_info=194, cache_entry=32
)

#: By variant.
VARIANTS = {
    "4.19": _LINUX_5_15._replace(
        title="Linux 4.19",
        confidence="medium",
        why="read in a tree of the 4.19 line, without its en.h",
        icosq="fixed",
        stride=64,
        tx_info=80,
        xdp_info=32,
        async_icosq=False,
        overflow_page=False,
    ),
    "5.10": _LINUX_5_15._replace(
        title="Linux 5.10", why="read in Linux 5.10.262", icosq="padded entry", pool_cap=16384
    ),
    "5.15": _LINUX_5_15,
    "6.1": _LINUX_6_3._replace(
        title="Linux 6.1",
        why="read in Linux 6.1.192",
        page_tracking=8,
        wqe_pages=8,
        wqe_info=16,
        xdp_info=98,
        xdp_striding=False,
    ),
    "6.3+": _LINUX_6_3,
    "ofed-4": _OFED_5_8_OLD_KERNEL._replace(
        title="MLNX_OFED 4.3 to 4.8",
        confidence="low",
        why="not read itself: taken for MLNX_OFED 5.8 with the strides of its time",
        stride=64,
    ),
    "ofed-5.8-old-kernel": _OFED_5_8_OLD_KERNEL,
    "ofed-5.8": _OFED_5_8,
    "ofed-5.9": _LINUX_5_15._replace(
        title="MLNX_OFED 5.9 to 24.01",
        confidence="low",
        why="read in parts: taken for Linux 5.15 with a page cache of 16 bytes an entry",
        cache_entry=16,
    ),
    "ofed-24": _LINUX_6_3._replace(
        title="MLNX_OFED 24.04 and later",
        confidence="medium",
        why="known to have no page cache; else taken for Linux 6.12",
    ),
}

#: The kernels whose text was read: others are near one of them.
KERNELS_READ = ((4, 19), (5, 10), (5, 15), (6, 1), (6, 12))


def terms(ring_set):
    """The Terms of a NIC of mlx5_core; raises RingMemoryError for what the driver refuses."""
    variant = VARIANTS[ring_set.variant]
    receive = _striding if ring_set.rq_type == "striding" else _cyclic
    buffers, pages, ring_pages, descriptors, internal = receive(ring_set, variant)
    cache_pages = ring_pages if variant.cache_entry else 0
    return Terms(
        model=f"{DRIVER}: {variant.title}, {ring_set.rq_type} RQ",
        confidence=variant.confidence,
        why=variant.why,
        rx_buffers=buffers,
        rx_bulk=(round_up(pages, ring_set.bulk_pages) - pages) * ring_set.page_size,
        rx_descriptors=descriptors + _CACHE_ARRAYS * _CACHE_FACTOR * variant.cache_entry * cache_pages,
        tx=_tx(ring_set, variant),
        internal=internal + (_icosq(ring_set, _FEWEST_ICOSQ) if variant.async_icosq else 0),
        event_queues=ring_set.vectors * COMPLETION_EQ + _ASYNC_EQ,
        rx_risk=(cache_pages << ring_set.log_mult_limit) * ring_set.page_size,
    )


def linear_bytes(ring_set):
    """A packet with the room that an skb around it needs: mlx5e_rx_get_linear_sz_skb()."""
    headroom = _XDP_HEADROOM if ring_set.xdp else _HEADROOM
    return round_up(headroom + ring_set.mtu + _FRAME, ring_set.cache_line) + shared_info(ring_set)


def _is_linear(ring_set):
    return not (ring_set.lro or ring_set.hw_gro) and linear_bytes(ring_set) <= ring_set.page_size


def _cyclic(ring_set, variant):
    """``(buffer bytes, their pages, entries of the page cache, descriptor bytes, internal bytes)`` of one queue."""
    ring, page = ring_set.rx, ring_set.page_size
    strides = _fragments(ring_set, variant)
    pages, entries = _pages_of(strides, page)
    pages = -(-ring * pages // entries)
    width = power_of_two(len(strides))
    descriptors = (
        round_up(16 * width * ring, page)
        + round_up(ring_set.cqe_bytes * ring, page)
        + (16 + variant.page_tracking) * width * ring
        + 8 * min(ring, variant.pool_cap)
    )
    return pages * page, pages, ring, descriptors, _icosq(ring_set, _FEWEST_ICOSQ)


def _fragments(ring_set, variant):
    """The strides in which a cyclic queue keeps one packet: mlx5e_build_rq_frags_info(). Raises RingMemoryError."""
    page = ring_set.page_size
    if _is_linear(ring_set):
        return (page,) if ring_set.xdp else (power_of_two(linear_bytes(ring_set)),)
    if ring_set.xdp and variant.fragments == "old":
        raise RingMemoryError(
            f"mtu {ring_set.mtu}: {variant.title} runs XDP only where a packet fits a page of {page} bytes;"
            " lower the MTU or detach the XDP program"
        )
    strides = _FRAGMENTS_OF[variant.fragments](ring_set)
    if len(strides) > _MOST_FRAGMENTS or max(strides) > page:
        raise RingMemoryError(f"mtu {ring_set.mtu}: more than {variant.title} can receive with pages of {page} bytes")
    return strides


def _old_fragments(ring_set):
    frame = ring_set.mtu + _FRAME
    most = _FRAGMENT
    if frame > ring_set.page_size + (_MOST_FRAGMENTS - 1) * _FRAGMENT:
        most = ring_set.page_size
    return tuple(power_of_two(size) for size in _cut(frame, most, most))


def _new_fragments(ring_set):
    frame, page = ring_set.mtu + _FRAME, ring_set.page_size
    room = (_XDP_HEADROOM if ring_set.xdp else _HEADROOM) + shared_info(ring_set)
    most = _FRAGMENT
    # mlx5e_max_nonlinear_mtu(): without XDP the last fragment may be a page.
    if ring_set.xdp or frame > most - room + (_MOST_FRAGMENTS - 2) * most + page:
        most = page
    sizes = _cut(frame, most - room, most)
    if ring_set.xdp:
        return (page,) * len(sizes)
    return tuple(power_of_two(size) for size in (sizes[0] + room,) + sizes[1:])


def _cut(frame, first, most):
    """The sizes of the fragments of a frame: the last of :data:`_MOST_FRAGMENTS` has all that is left."""
    sizes = (min(frame, first),)
    while sum(sizes) < frame:
        left = frame - sum(sizes)
        sizes += (left if len(sizes) == _MOST_FRAGMENTS - 1 else min(left, most),)
    return sizes


#: By Variant.fragments.
_FRAGMENTS_OF = {"old": _old_fragments, "new": _new_fragments}


@functools.lru_cache(maxsize=256)
def _pages_of(strides, page):
    """``(pages, entries)``: how many entries of a cyclic queue share how many pages: mlx5e_init_frags_partition().

    A fragment does not cross a page; the next entry goes on in the page where it fits.
    """
    pages, entries, offset = 0, 0, page
    while True:
        for stride in strides:
            if offset + stride > page:
                pages += 1
                offset = 0
            offset += stride
        entries += 1
        # The page has no room for the first fragment of the next entry: it all begins again.
        if offset + strides[0] > page:
            return pages, entries


def _striding(ring_set, variant):
    """As :func:`_cyclic`."""
    page = ring_set.page_size
    wqe_bytes = ring_set.wqe_bytes or WQE_BYTES
    pages_per_wqe = -(-wqe_bytes // page)
    wqes = ring_set.wqes or striding_wqes(ring_set)
    pages = wqes * pages_per_wqe
    stride = ring_set.stride_bytes or striding_stride(ring_set)
    umr = -(-(128 + round_up(8 * pages_per_wqe, 64)) // _WQEBB)
    # struct page_pool keeps a second page for each where XDP needs a linear part: mlx5e_alloc_rq(), Linux 6.12.
    pool = pages * 2 if ring_set.xdp and not _is_linear(ring_set) else pages
    descriptors = (
        round_up(32 * wqes, page)
        + round_up(ring_set.cqe_bytes * (wqes * wqe_bytes // stride), page)
        + (variant.wqe_pages * pages_per_wqe + variant.wqe_info) * wqes
        + 8 * min(pool, variant.pool_cap)
        + _icosq(ring_set, max(_FEWEST_ICOSQ, _ICOSQ_OF[variant.icosq](umr, wqes, page)))
        + (_shampo_headers(ring_set, wqes) if ring_set.hw_gro else 0)
    )
    return pages * page, pages, pages, descriptors, page if variant.overflow_page else 0


def striding_wqes(ring_set):
    """How many entries a striding queue has, by the formula: mlx5e_mpwqe_get_log_rq_size()."""
    return max(FEWEST_WQES, ring_set.rx * _packet_bytes(ring_set) // (ring_set.wqe_bytes or WQE_BYTES))


def striding_stride(ring_set):
    """The stride of a striding queue, by the formula: mlx5e_mpwqe_get_log_stride_size()."""
    variant = VARIANTS[ring_set.variant]
    packet = _packet_bytes(ring_set)
    if _is_linear(ring_set) and packet <= _LARGEST_STRIDE:
        return packet
    if ring_set.xdp and variant.xdp_striding:
        return ring_set.page_size
    return variant.stride


def _packet_bytes(ring_set):
    """What a packet takes of a striding queue: mlx5e_rx_get_linear_stride_sz(). Raises RingMemoryError."""
    variant = VARIANTS[ring_set.variant]
    if not ring_set.xdp:
        return power_of_two(linear_bytes(ring_set))
    if _is_linear(ring_set):
        return ring_set.page_size
    if not variant.xdp_striding:
        raise RingMemoryError(
            f"mtu {ring_set.mtu}: {variant.title} runs XDP in a striding RQ only where a packet fits a page of"
            f" {ring_set.page_size} bytes; lower the MTU or detach the XDP program"
        )
    # The linear part is a page of its own, so the stride has no room for head and tail.
    return max(ring_set.page_size, power_of_two(round_up(ring_set.mtu + _FRAME, ring_set.cache_line)))


def _padded_page(umr, wqes, page):
    """UMR entries do not cross a page, what is left of it is padded: mlx5e_build_icosq_log_wq_sz(), Linux 6.1."""
    useful = page - _MOST_WQEBBS + _WQEBB
    return power_of_two(-(-umr * wqes * _WQEBB // useful) * (page // _WQEBB))


#: Entries of the queue for UMR entries, by Variant.icosq.
_ICOSQ_OF = {
    "fixed": lambda umr, wqes, page: _FEWEST_ICOSQ,
    "padded entry": lambda umr, wqes, page: power_of_two(umr) * wqes,
    "sum": lambda umr, wqes, page: power_of_two(umr * wqes),
    "padded page": _padded_page,
}


def _icosq(ring_set, entries):
    page = ring_set.page_size
    return round_up(_WQEBB * entries, page) + round_up(ring_set.cqe_bytes * entries, page) + _ICOSQ_INFO * entries


def _shampo_headers(ring_set, wqes):
    """The pages for headers of HW-GRO: mlx5e_shampo_hd_per_wq(), Linux 6.1 to 6.12."""
    packets = power_of_two(-(-_SHAMPO_RESERVATION // ring_set.mtu))
    return power_of_two(_SHAMPO_FACTOR * packets * wqes) * _SHAMPO_HEADERS


def _tx(ring_set, variant):
    """Bytes of one TX channel: a queue for each traffic class, and one or two for XDP, which are always there."""
    tls = 8 if ring_set.tls else 0
    queue, xdp = (_send_queue(ring_set, info) for info in (variant.tx_info + tls, variant.xdp_info))
    return ring_set.tcs * queue + (2 if ring_set.xdp else 1) * xdp


def _send_queue(ring_set, info):
    ring, page = ring_set.tx, ring_set.page_size
    return round_up(_WQEBB * ring, page) + round_up(ring_set.cqe_bytes * ring, page) + info * ring
