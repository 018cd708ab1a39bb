# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bnxt_en: Broadcom NetXtreme-C and -E (10 to 200 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import page_frags, round_up, shared_info

STATISTICS = {
    "counters": [
        # bnxt_ethtool.c; rx_total_* and tx_total_* since 6.6, the sums of the rings including those of before a reset.
        ("a", "loss", "crc", "rx_fcs_err_frames"),
        ("a", "loss", "alignment", "rx_align_err_frames"),
        ("a", "loss", "{1}", "rx_(ovrsz|undrsz|runt|jbr|mtu_err)_frames"),
        ("a", "loss", "symbol", "rx_pcs_symbol_err"),
        ("a", "event", None, "(rx_fec_uncorrectable_blocks|link_down_events)"),
        ("a", "info", None, "(rx_corrected_bits|rx_fec_corrected_blocks)"),
        ("b", "loss", "port_discard", "(rx_stat_discard|rx_discard_packets_cos<n>)"),
        ("b", "info", None, "rx_discard_bytes_cos<n>"),
        ("b", "event", None, "(rx_buffer_passed_threshold|rx_stat_err)"),
        ("c", "loss", "ring_discard", "([<q>]: rx_discards|rx_total_discard_pkts|rx_total_ring_discards)"),
        ("c", "loss", "ring_drop", "[<q>]: rx_drops"),
        ("d", "loss", "buf_errors", "([<q>]: rx_buf_errors|rx_total_buf_errors)"),
        ("d", "loss", "oom", "([<q>]: rx_oom_discards|rx_total_oom_discards)"),
        ("d", "loss", "netpoll", "([<q>]: rx_netpoll_discards|rx_total_netpoll_discards)"),
        ("d", "event", None, "([<q>]: rx_resets|rx_total_resets)"),
        ("e", "loss", "ring_tx_discard", "([<q>]: tx_discards|tx_total_discard_pkts|tx_total_ring_discards)"),
        ("e", "loss", "ring_tx_error", "[<q>]: tx_errors"),
        ("e", "loss", "port_tx_discard", "tx_stat_discard"),
        ("e", "loss", "tx_fifo", "tx_fifo_underruns"),
        ("e", "loss", "tx_{1}", "tx_(fcs_err|jabber)_frames"),
        ("e", "event", None, "([<q>]: missed_irqs|total_missed_irqs|tx_total_resets)"),
        ("g", "event", None, "(rx|tx)_(pause|pfc)_frames"),
        ("g", "event", None, "(rx|tx)_pfc_ena_frames_pri<n>"),
        ("g", "event", None, "(continuous|resume)_(|roce_)pause_events"),
        ("g", "event", None, "pfc_pri<n>_(rx|tx)_(duration_us|transitions)"),
        (None, "unclassified", None, "[<q>]: rx_(errors|tpa_errors)"),
        (None, "info", None, "([<q>]: rx_l4_csum_errors|rx_total_l4_csum_errors|tx_err|tx_stat_error)"),
    ],
}

NETDEV = {
    "rx_missed_errors": ("c", "ring_discard"),
    "rx_dropped": ("d", "oom+netpoll"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "ovrsz+undrsz+runt"),
    "tx_dropped": ("e", "ring_tx_error+ring_tx_discard"),
    "tx_fifo_errors": ("e", "tx_fifo"),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "{if}-TxRx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("plain", "{if}"),
    ],
}


#: The first kernel in which data can be split from headers by choice; before, the driver says so of its jumbo frames.
_SPLIT_SINCE = (6, 13)


def _aggregation(ring_set):
    """``(pages of the aggregation ring for each entry, their size, bytes of a buffer)``: bnxt_set_ring_params()."""
    page = min(ring_set.page_size, 32768)
    head = round_up(ring_set.mtu + 22, ring_set.cache_line) + 256 + shared_info(ring_set)
    factor = min(4, 65536 // page) if ring_set.lro or ring_set.hw_gro or ring_set.data_split else 0
    if head > ring_set.page_size:
        factor = max(factor, -(-(ring_set.mtu - 40) // ring_set.page_size))
    if not factor:
        return 0, page, ring_set.page_size if ring_set.xdp else head
    small = round_up(256, ring_set.cache_line) + 64 + shared_info(ring_set)
    return factor, page, ring_set.page_size if ring_set.xdp else small


def _aggregated(ring_set):
    """Entries of the aggregation ring, which has MAX_RX_AGG_PAGES of descriptors at most: 32, 4 of 64 KiB."""
    factor = _aggregation(ring_set)[0]
    most = (4 if ring_set.page_size >= 65536 else 32) * ring_set.page_size // 16 - 1
    return min(ring_set.rx * factor, most)


def buffers(ring_set):
    """bnxt_alloc_rx_data(), bnxt_alloc_rx_page(): a buffer for each entry, and pages of the aggregation ring."""
    _factor, page, size = _aggregation(ring_set)
    return {"bytes": page_frags(ring_set.rx, size, ring_set.page_size) + _aggregated(ring_set) * page}


def rx_parts(ring_set):
    """The completion ring counts here: it is one for both directions, two entries for each packet received."""
    factor = _aggregation(ring_set)[0]
    ring, aggregated = ring_set.rx, _aggregated(ring_set)
    return [
        (("pages", 16), ring),
        (("array", 32), ring),
        (("pages", 16), aggregated),
        (("array", 24), aggregated),
        (("pages", 16), (2 + factor) * ring + ring_set.tx),
    ]


def settings(told, host, known, notes):
    """Whether data is split from headers (tcp-data-split), which takes the aggregation ring."""
    split = told("rings", "tcp_data_split")
    return {"data_split": bool(split) and (host["kernel"] is None or host["kernel"] >= _SPLIT_SINCE)}


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "settings": settings,
    "reads": ("tcp_data_split",),
    "tx": (("pages", 16), ("array", 40)),
    "change": "close first",
    "down": "nothing",
    "rounding": "as it is",
    "least": (1, 19),
    "confidence": "medium",
    "why": "read in bnxt/bnxt.c of Linux 6.1.192; tcp-data-split in 6.18.3",
    "lro_by_default": True,
}

TRAITS = {
    "changes": {
        # bnxt_close_nic() and bnxt_open_nic(): the carrier blips, the PHY is left alone.
        "rings": 1,
        # The same, with new interrupts; refused where a table of RSS that somebody set would change its size.
        "channels": 1,
        # stats_block_usecs: closes and opens.
        "coalesce": {"*": 0, "stats_block_usecs": 1},
        "features": {"rx-lro": 1, "rx-gro-hw": 1, "rx-ntuple-filter": 1, "rx-vlan-hw-parse": 1},
        "private_flags": None,
        # bnxt_set_rxfh() and bnxt_srxfh() close and open, as for rings (Linux 6.12.117).
        "rss": 1,
    },
    # bnxt_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": False,
    # bnxt_set_coalesce() keeps its own values when adaptive coalescing is switched off.
    "adaptive_toggle_resets_usecs": True,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # Whenever interrupts are requested (irq_set_affinity_hint()), which new rings do not.
    "affinity_again_after": ("up", "channels"),
    "xps_again_after": (),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    # Before Linux 6.6 packets without memory (rx_oom_discards) had no name of their own.
    "rx_dropped_is_mixed": True,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("bnxt.c and bnxt_ethtool.c of Linux 6.1.192 and 6.12.117",),
}
