# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a driver that has no file, and of what no file of a driver says."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import (
    power_of_two,
    round_up,
    shared_info,
)

STATISTICS = {
    # Statistics that many drivers copy from the netdev's under its names: read after the driver's own rows.
    "counters": [
        ("a", "loss", "crc", "rx_crc_errors"),
        ("a", "loss", "alignment", "rx_frame_errors"),
        ("a", "loss", "length", "rx_length_errors"),
        ("b", "loss", "device_buffer", "rx_(missed|fifo|over)_errors"),
        ("e", "loss", "tx_{1}", "tx_(aborted|fifo|window)_errors"),
        ("e", "loss", "tx_dropped", "tx_dropped"),
        ("e", "info", None, "(tx_carrier_errors|tx_heartbeat_errors|collisions)"),
        # rx_dropped holds drops of the core too, and is judged as the netdev's field.
        (None, "info", None, "(rx_errors|tx_errors|rx_dropped|rx_compressed|tx_compressed)"),
        (None, "info", None, "((rx|tx)_hwtstamp_(cleared|timeouts|skipped|flushed)|corr_ecc_errors)"),
        (None, "event", None, "(uncorr_ecc_errors|ecc_errors)"),
        (None, "traffic", None, "multicast"),
    ],
    # Where the number of the queue is in a name that no row has.
    "queue": (
        r"^(?:qos_|ptp_)?[rt]x-?(\d+)[_.]|^ch(\d+)_|(?:^|_)queue_(\d+)_|^\[(\d+)\]: |^(?:rcb_q|[rt]xq#?)(\d+)[_:]"
        r"|\[(\d+)\]$|^[RT]x Queue#(\d+)"
    ),
    # The words by which a name is judged that no row has: regexes, in any case of letters.
    "words": {
        "gauge": r"_status$|ifindex$|_lpi_status|(?:^|_)temperature$",
        # Packets or bytes as they pass, unless one of the words after it is in the name.
        "traffic": (
            r"(?:packets|pkts|pkt_num|bytes|octets|oct_num|frames|unicast|multicast|broadcast|ucast|mcast|bcast|_cnt"
            r"|pkt|good)(?:_?\d+)?(?:_phy|\.nic|_nic|_vport|_pri\d+|_cos\d+|\[\d+\])?$"
            r"|(?:^|_)size_(?:\d+|big)|\d+_?(?:to|byte|b_|octets)|_(?:lt)?64$|_\d+_to_\w+$"
        ),
        "not_traffic": (
            r"drop|discard|err|bad|fail|miss|pause|pfc|xon|xoff|lost|trunc|overflow|over_|jabber|fragment|fcs|crc|too_"
            r"|filter|timeout|stop|busy|restart|oom|no_|retr|mismatch|collision|deferred|invalid|unknown"
        ),
        "info": r"csum|checksum|chksum|hwtstamp|corrected|_corr_|xmit_more|copybreak|recycl",
        # (class, group, words), the first that is found in the name. What looks like "err" in "interrupt", "overrun"
        # and "deferred" is no error.
        "losses": [
            ("a", None, r"crc|fcs|symbol|align|jabber|fragment|lane|fec_uncorr"),
            (
                "c",
                "ring_empty",
                r"no_?desc|nodesc|no[_ ]?buf|no_dma|out_of_buffer|oob|no_wqe|empty_rx|rxbds_empty",
            ),
            ("d", "refill", r"alloc.*(?:fail|err)"),
            ("d", "no_memory", r"oom|no_?skb|noskb|no_frags"),
            ("b", "device_buffer", r"missed|overflow|fifo|brb|vfifo|discards?_phy|stat_discard"),
            ("g", None, r"xo(?:n|ff)|pause|pfc"),
            ("e", "tx_dropped", r"tx.*(?:drop|discard|timeout|err(?![eu])|underrun|stop|busy|restart)"),
            ("f", "filter", r"fdir|steer|unknown_prot|filter|mismatch"),
        ],
        # Of what "losses" finds, these two are no packet lost: back-pressure, hangs, states of a FIFO (stmmac),
        # filters, which drop what nobody asked for, raw bits under FEC, the fragments of frame preemption, and Intel's
        # rx_no_buffer_count (the frame is still received while the FIFO has room). Whether a buffer that could not be
        # had cost a packet nobody knows.
        "event": r"timeout|stop|busy|restart|wake|threshold|thres|rxbds_empty|empty_rx|irq|alloc.*(?:fail|err)",
        "no_loss": (
            r"no_buffer_count|match|miss$|status|lane|bytes|octets|duration|_us$|transition|filter|fdir|steer"
            r"|unknown_prot|fifo_(?:not_empty|ctrl|fill|read)|_ctrl_fifo|fpe_"
        ),
        "unclassified": r"drop|discard|err(?![eu])",
        # The words of class a that stand for different packets.
        "link_groups": [
            ("crc", r"crc|fcs"),
            ("symbol", r"symbol|fec_uncorr"),
            ("alignment", r"align"),
            ("jabber", r"jabber"),
            ("fragment", r"fragment"),
        ],
    },
}

#: Documentation/networking/statistics.rst. Fields that are historic aliases of each other are one group, and what an
#: unknown name has told of an empty ring is not added again.
NETDEV = {
    "rx_missed_errors": ("b", "device_buffer+ring_empty"),
    "rx_fifo_errors": ("b", "device_buffer+ring_empty"),
    "rx_over_errors": ("b", "device_buffer+ring_empty"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_dropped"),
    "tx_aborted_errors": ("e", "tx_aborted"),
    "tx_fifo_errors": ("e", "tx_fifo"),
    "tx_window_errors": ("e", "tx_window"),
}

#: The usual forms of names.
INTERRUPTS = {
    "names": [
        ("rxtx", "{if}-(?:TxRx|Tx-Rx|txrx|rxtx|fp)-{q}"),
        ("rx", "{if}-(?:rx|Rx)-{q}"),
        ("tx", "{if}-(?:tx|Tx)-{q}"),
        ("rx", "{if}_rxq{q}"),
        ("tx", "{if}_txq{q}"),
        ("rxtx", "{if}-q?{q}"),
        ("plain", "{if}"),
    ],
}


def buffers(ring_set):
    """What most drivers stay below: a packet in one piece, or in fragments that have a page each; and for LRO.

    Drivers that were read later took from 0.03 to 7 times as much: hv_netvsc and cxgb4.
    """
    page, frame = ring_set.page_size, ring_set.mtu + 22
    linear = power_of_two(round_up(frame, 64) + 256 + shared_info(ring_set))
    size = max(linear, max(2, min(4, -(-frame // 2048))) * page)
    if ring_set.lro or ring_set.hw_gro:
        size += max(16384, 2 * page)
    return {"bytes": ring_set.rx * size}


#: An estimate: it says of what order a price may be, and decides nothing (terms.is_estimate()).
RINGS = {
    "buffers": buffers,
    "rx": (("pages", 128),) * 3,
    "tx": (("pages", 192),) * 4,
    "change": "both directions",
    "down": "all",
    "rounding": "as it is",
    "least": (1, 1),
    "confidence": "low",
    "why": "nobody has read what the rings of this driver take: an estimate, which may be far too low or too high",
}

TRAITS = {
    "changes": {
        "rings": None,
        "channels": None,
        "coalesce": None,
        # Every driver changes these while packets pass.
        "features": {"rx-gro": 0, "tx-generic-segmentation": 0, "tx-tcp-segmentation": 0, "tx-tcp6-segmentation": 0},
        "private_flags": None,
        "rss": None,
    },
    "equal_rings_reach_hardware": None,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": None,
    "xps_again_after": None,
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": None,
    "counter_notes": {},
    "sources": (),
}
