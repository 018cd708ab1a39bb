# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hinic: Huawei IN200 (10 to 100 Gbit/s)."""

STATISTICS = {
    "counters": [
        # hinic_ethtool.c; a ring's errors are its checksum errors and "other" ones: neither is a packet thrown away.
        ("a", "loss", "crc", "mac_rx_fcs_err_pkt_num"),
        ("a", "loss", "symbol", "mac_rx_sym_err_pkt_num"),
        ("a", "loss", "{1}", "mac_rx_(fragment|undersize|undermin|oversize|overmax|jabber)_pkt_num"),
        (
            "a",
            "loss",
            "mac_bad+crc+symbol+fragment+undersize+undermin+oversize+overmax+jabber",
            "mac_rx_bad_pkt_num",
        ),
        ("b", "event", None, "mac_rx_send_app_bad_pkt_num"),
        ("c", "loss", "vport_discard", "rx_discard_vport"),
        ("c", "loss", "vport_error", "rx_err_vport"),
        ("d", "event", None, "rxq<q>_(errors|csum_errors|other_errors|alloc_skb_err)"),
        ("e", "event", None, "txq<q>_(tx_busy|tx_wake)"),
        ("e", "loss", "tx_dropped", "txq<q>_tx_dropped"),
        ("e", "loss", "vport_tx_discard", "tx_discard_vport"),
        ("e", "loss", "vport_tx_error", "tx_err_vport"),
        ("g", "event", None, "mac_(rx|tx)_(pause|pfc|pfc_pri<n>)(|_pkt)_num"),
        (None, "info", None, "(mac_tx_(bad|err_all)_pkt_num|mac_(rx|tx)_(bad|send_app_bad)_oct_num)"),
        (None, "info", None, "mac_tx_(fragment|jabber|undersize|undermin|oversize)_pkt_num"),
    ],
}

# The driver fills none of the fields of drops: tx_dropped is the core's.
NETDEV = {"tx_dropped": ("e", "core_tx_dropped")}

INTERRUPTS = {
    "names": [
        ("rx", "{if}_rxq{q}"),
        ("tx", "{if}_txq{q}"),
        ("other", r"hinic_[ac]eq\d+@pci:{bdf}"),
    ],
}

#: HINIC_RX_BUF_SZ as an skb, with its descriptor and what is kept of it.
_SKB = 2776


def buffers(ring_set):
    """rx_alloc_pkts(): an skb for each entry; alloc_rq_cqe(): each completion is coherent memory of its own, a page."""
    return {"bytes": ring_set.rx * (_SKB + ring_set.page_size)}


RINGS = {
    "buffers": buffers,
    "rx": (),
    "tx": (("array", 76),),
    # hinic_close(), hinic_open().
    "change": "close first",
    "down": "nothing",
    "rounding": "down to a power of two",
    # HINIC_MIN_QUEUE_DEPTH.
    "least": (128, 128),
    "confidence": "medium",
    "why": "read in hinic/hinic_rx.c and hinic_hw_qp.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # hinic_close() disables the port.
        "rings": 2,
        # The same.
        "channels": 2,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        "rss": None,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # Whenever it is opened (irq_set_affinity_and_hint()).
    "affinity_again_after": ("up", "rings", "channels"),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("hinic_ethtool.c, hinic_main.c and hinic_rx.c of Linux 6.1.192",),
}
