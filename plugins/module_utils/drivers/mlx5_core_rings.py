# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of mlx5_core take. Reached through RINGS of mlx5_core.py only.

Sources: en_main.c, en/params.c, en.h and wq.c below drivers/net/ethernet/mellanox/mlx5/core of Linux 4.19, 5.10, 5.15,
6.1.192 and 6.12.117, and of MLNX_OFED 5.8-3.0.7. The sizes of the structures were checked by compiling them.
"""

import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.mlx5_core_generations import (
    STAY,
    VARIANTS,
    running,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import (
    block,
    power_of_two,
    round_up,
    shared_info,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import (
    RingMemoryError,
    RingSet,
    Terms,
)

#: VLAN_ETH_HLEN + ETH_FCS_LEN: what a frame has beside the MTU.
_FRAME = 22

_HEADROOM, _XDP_HEADROOM = 64, 256

#: DEFAULT_FRAG_SIZE and MLX5E_MAX_RX_FRAGS.
_FRAGMENT, _MOST_FRAGMENTS = 2048, 4

#: MLX5E_PARAMS_DEFAULT_LRO_WQE_SZ, of kernels before packets were cut.
_LRO_BYTES = 64 * 1024

#: MLX5_MPWRQ_MAX_LOG_WQE_SZ: one entry of a striding queue takes that much of buffers; at least four are made.
_WQE_BYTES, _FEWEST_WQES = 1 << 18, 4

#: MLX5_MPWQE_LOG_STRIDE_SZ_MAX.
_LARGEST_STRIDE = 1 << 13

#: MLX5_SEND_WQE_BB, and the largest send WQE in units of it (MLX5E_MAX... of mlx5e_get_max_sq_wqebbs()).
_WQEBB, _MOST_WQEBBS = 64, 16

#: A send queue of the driver's own has an entry of 64 bytes, a completion, and 16 bytes of struct mlx5e_icosq_wqe_info.
_ICOSQ_INFO, _FEWEST_ICOSQ = 16, 64

#: An event queue: roundup_pow_of_two(1024 + 128) entries of 64 bytes for each vector (MLX5_COMP_EQ_SIZE +
#: MLX5_NUM_SPARE_EQE of eq.c), and roundup_pow_of_two(4096 + 128) for the asynchronous one.
_COMPLETION_EQ, _ASYNC_EQ = 2048 * 64, 8192 * 64

#: The page cache of MLNX_OFED has two arrays of 16 entries for each page of the ring.
_CACHE_ARRAYS, _CACHE_FACTOR = 2, 16

#: MLX5E_SHAMPO_WQ_RESRV_SIZE and what it has of headers: a header entry of 512 bytes for four packets' worth.
_SHAMPO_RESERVATION, _SHAMPO_HEADERS, _SHAMPO_FACTOR = 65536, 512, 4


def terms(ring_set):
    """The Terms of a NIC of mlx5_core; raises RingMemoryError for what the driver refuses."""
    variant = VARIANTS[ring_set.variant]
    receive = _striding if ring_set.rq_type == "striding" else _cyclic
    buffers, pages, ring_pages, descriptors, internal = receive(ring_set, variant)
    cache_pages = ring_pages if variant.cache_entry else 0
    return Terms(
        model=f"mlx5_core: {variant.title}, {ring_set.rq_type} RQ",
        confidence=variant.confidence,
        why=variant.why,
        rx_buffers=buffers,
        rx_bulk=(round_up(pages, ring_set.bulk_pages) - pages) * ring_set.page_size,
        rx_descriptors=descriptors + _CACHE_ARRAYS * _CACHE_FACTOR * variant.cache_entry * cache_pages,
        tx=_tx(ring_set, variant),
        internal=internal + (_icosq(ring_set, _FEWEST_ICOSQ) if variant.async_icosq else 0),
        event_queues=ring_set.vectors * _COMPLETION_EQ + _ASYNC_EQ,
        rx_risk=(cache_pages << ring_set.log_mult_limit) * ring_set.page_size,
        rx_orders=_blocks_in_one_piece(ring_set, variant),
    )


def _linear_bytes(ring_set):
    """A packet with the room that an skb around it needs: mlx5e_rx_get_linear_sz_skb()."""
    headroom = _XDP_HEADROOM if ring_set.xdp else _HEADROOM
    return round_up(headroom + ring_set.mtu + _FRAME, ring_set.cache_line) + shared_info(ring_set)


def _is_linear(ring_set):
    return not (ring_set.lro or ring_set.hw_gro) and _linear_bytes(ring_set) <= ring_set.page_size


def _cyclic(ring_set, variant):
    """``(buffer bytes, their pages, entries of the page cache, descriptor bytes, internal bytes)`` of one queue."""
    if variant.fragments == "one":
        return _blocks(ring_set)
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


def _blocks(ring_set):
    """As :func:`_cyclic`, before packets were cut: each entry has pages in one piece (commit 069d11465a80, 2018).

    With LRO a packet of 64 KiB (MLX5E_PARAMS_DEFAULT_LRO_WQE_SZ) has to fit.
    """
    ring, page = ring_set.rx, ring_set.page_size
    size, _order = block(_one_piece(ring_set), page)
    descriptors = round_up(32 * ring, page) + round_up(ring_set.cqe_bytes * ring, page) + 32 * ring
    return ring * size, ring * size // page, ring, descriptors, _icosq(ring_set, _FEWEST_ICOSQ)


def _one_piece(ring_set):
    return max(_linear_bytes(ring_set), _LRO_BYTES if ring_set.lro else 0)


def _blocks_in_one_piece(ring_set, variant):
    """``((order, blocks),)`` of one queue."""
    if variant.fragments != "one" or ring_set.rq_type == "striding":
        return ()
    order = block(_one_piece(ring_set), ring_set.page_size)[1]
    return ((order, ring_set.rx),) if order else ()


def _fragments(ring_set, variant):
    """The strides in which a cyclic queue keeps one packet: mlx5e_build_rq_frags_info(). Raises RingMemoryError."""
    page = ring_set.page_size
    if _is_linear(ring_set):
        return (page,) if ring_set.xdp else (power_of_two(_linear_bytes(ring_set)),)
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
    wqe_bytes = ring_set.wqe_bytes or _WQE_BYTES
    pages_per_wqe = -(-wqe_bytes // page)
    wqes = ring_set.wqes or _wqes(ring_set)
    pages = wqes * pages_per_wqe
    stride = ring_set.stride_bytes or _stride(ring_set)
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


def _wqes(ring_set):
    """How many entries a striding queue has, by the formula: mlx5e_mpwqe_get_log_rq_size()."""
    return max(_FEWEST_WQES, ring_set.rx * _packet_bytes(ring_set) // (ring_set.wqe_bytes or _WQE_BYTES))


def _stride(ring_set):
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
        return power_of_two(_linear_bytes(ring_set))
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


def stays(ring_set):
    """``stays`` of RINGS."""
    return ring_set.variant in STAY


def resized(ring_set, rx, tx):
    """``resized`` of RINGS: the entries of a striding queue that the driver told follow the ring."""
    if not ring_set.wqes or rx == ring_set.rx:
        return {}
    return {"wqes": max(_FEWEST_WQES, ring_set.wqes * rx // ring_set.rx)}


def settings(told, host, known, notes):
    """``settings`` of RINGS: the generation of the driver, the type of its RX queues, and their real sizes."""
    limit = told("rx_page_cache", "log_mult_limit")
    key, confidence, why = running(
        told("driver", "version"),
        host["release"],
        told("rx_page_cache") is not None or told("counters", "rx_cache_ext") is not None,
    )
    made = {"variant": key, "confidence": confidence, "why": why}
    if VARIANTS[key].cache_entry:
        made["log_mult_limit"] = (
            notes.tell("log_mult_limit", 4, "rx_page_cache is not told: the default") if limit is None else limit
        )
    queues = told("devlink_queues", "rx")
    if queues is not None:
        made["why"] += ", and its queues as devlink health tells them"
    tls = told("features", "tls-hw-tx-offload")
    # The kernel has the option compiled in where the feature can be had.
    made["tls"] = bool(tls and (tls["active"] or tls["available"]))
    made["rq_type"] = _rq_type(told, notes)
    made["cqe_bytes"] = _cqe_bytes(told, host, notes)
    if made["rq_type"] == "striding":
        made.update(_real_sizes(RingSet(**dict(known, **made)), queues, notes))
    return made


def _rq_type(told, notes):
    rq_type = told("devlink_queues", "rx", "type")
    if rq_type is not None:
        return rq_type
    flag = told("private_flags", "rx_striding_rq")
    if flag is None:
        return notes.assume(
            "rx_striding_rq", "striding", "the private flags do not tell: the type that takes more", "low"
        )
    return "striding" if flag else "cyclic"


def _cqe_bytes(told, host, notes):
    size = told("devlink_queues", "rx", "cqe_bytes")
    if size is not None:
        return size
    line = host["coherency_line_bytes"]
    if line is not None and line >= 128 and host["machine"] != "x86_64":
        return notes.assume("cqe_bytes", 128, f"cache lines of {line} bytes: as the firmware may choose then")
    return 64


def _real_sizes(ring_set, queues, notes):
    """What the driver says of its striding queues, where it is not what the formula says."""
    if queues is None or ring_set.rx == 0:
        return {}
    real = {}
    if queues["stride_bytes"] > 0 and queues["stride_bytes"] != _stride(ring_set):
        real["stride_bytes"] = notes.tell("stride_bytes", queues["stride_bytes"], "as devlink health tells it")
    stride = real.get("stride_bytes") or _stride(ring_set)
    if queues["wqes"] > 0 and not ring_set.hw_gro:
        size = queues["cq_entries"] * stride // queues["wqes"]
        if size > 0 and size != _WQE_BYTES:
            real["wqe_bytes"] = notes.tell("wqe_bytes", size, "by the completion queue that devlink health tells")
    if queues["wqes"] > 0 and queues["wqes"] != _wqes(ring_set._replace(**real)):
        real["wqes"] = notes.tell("wqes", queues["wqes"], "as devlink health tells it, not as the formula has it")
    return real
