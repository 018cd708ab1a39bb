# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hns3: HiSilicon NICs of Kunpeng CPUs, and their virtual functions."""

STATISTICS = {
    "counters": [
        # hns3_ethtool.c, hclge_main.c. There is no name for an empty ring. A frame with a bad FCS can be counted by the
        # MAC and, as l2_err, by the ring that got it. The rcb_ names are those of 4.x.
        ("a", "loss", "crc", "(mac_rx_fcs_err_pkt_num|mac_rx_1519_max_bad_pkt_num|(rxq(|#)|rcb_q)<q>_(|rx_)l2_err)"),
        ("a", "loss", "{1}", "mac_rx_(undersize|undermin|oversize|overrsize|overmax|fragment|jabber)_pkt_num"),
        (
            "a",
            "loss",
            "mac_bad+crc+undersize+undermin+oversize+overrsize+overmax+fragment+jabber",
            "mac_rx_bad_pkt_num",
        ),
        ("a", "loss", "tx_mac", "mac_tx_err_all_pkt_num"),
        ("a", "loss", "length", "(rxq(|#)|rcb_q)<q>_(|rx_)err_pkt_len"),
        ("d", "loss", "err_bd_num", "rxq(|#)<q>_err_bd_num"),
        # A failed allocation is tried again, or the page is handed on without a copy (hns3_enet.c, 6.1).
        ("d", "event", "refill", "rxq(|#)<q>_frag_alloc_err"),
        ("d", "event", "refill", "(rxq(|#)<q>_dropped|rcb_q<q>_rx_sw_err_cnt)"),
        # No memory to map or to linearize a packet to be sent.
        ("e", "loss", "tx_software", "(txq(|#)<q>_dropped|rcb_q<q>_tx_sw_err_cnt)"),
        ("e", "event", None, "(txq(|#)|rcb_q)<q>_(busy|wake|tx_busy|tx_restart_queue|spare_full)"),
        (
            "e",
            "loss",
            "tx_{2}",
            "(txq|txq#)<q>_(tso_err|l4_proto_err|l2l3l4_err|vlan_err|hw_limitation|over_max_recursion|map_sg_err"
            "|copy_bits_err|skb2sgl_err)",
        ),
        ("f", "loss", "rx_error", "rxq(|#)<q>_errors"),
        ("g", "event", None, "mac_(rx|tx)_(mac_pause|pfc_pause_pkt|pfc_pri<n>_pkt)_num"),
        ("g", "event", None, "mac_(rx|tx)_pfc_pri<n>_(xoff|xon)_time"),
        (None, "info", None, "(rxq(|#)|rcb_q)<q>_(|rx_)l3l4_csum_err"),
        (None, "info", None, "(mac_tx_bad_pkt_num|mac_(rx|tx)_(send_app_bad_pkt|total_bad_oct|bad_oct)_num)"),
        (None, "info", None, "mac_tx_(fragment|jabber|undersize|undermin|oversize)_pkt_num"),
    ],
}

NETDEV = {
    "rx_dropped": ("a", "crc"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": (
        "e",
        "tx_software+tx_tso_err+tx_l4_proto_err+tx_l2l3l4_err+tx_vlan_err+tx_hw_limitation+tx_over_max_recursion"
        "+tx_map_sg_err+tx_copy_bits_err+tx_skb2sgl_err",
    ),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "hns3-{bdf}-TxRx-{q}"),
        ("rx", "hns3-{bdf}-Rx-{q}"),
        ("tx", "hns3-{bdf}-Tx-{q}"),
        ("rxtx", "{if}-TxRx-{q}"),
        ("rx", "{if}-Rx-{q}"),
        ("tx", "{if}-Tx-{q}"),
        ("other", r"hclge(?:vf)?-(?:misc-)?{bdf}(?:-misc)?"),
        ("other", r"(?:hns3|hclge|hclgevf)-{bdf}[-:]misc"),
    ],
}

#: The first kernel in which it uses a page pool, where its module is not told otherwise.
_POOL_SINCE = (5, 15)


def buffers(ring_set):
    """hns3_page_order(), hns3_alloc_page_pool(), hns3_alloc_buffer()."""
    page, ring = ring_set.page_size, ring_set.rx
    order = 1 if page < 8192 and ring_set.rx_buf_len > page // 2 else 0
    if not ring_set.page_pool:
        return {"bytes": ring * (page << order), "order": order, "blocks": ring}
    blocks = -(-ring * ring_set.rx_buf_len // (page << order))
    found = {"bytes": blocks * (page << order), "order": order, "blocks": blocks}
    if not order:
        found["pool_pages"] = blocks
    return found


def settings(told, host, known, notes):
    """The length of a buffer, and whether it comes from a page pool."""
    length = told("rings", "rx_buf_len")
    if length is None:
        length = notes.assume("rx-buf-len", 2048, "the host document does not tell it: the default")
    pool = told("module_parameters", "page_pool_enabled")
    if pool is None:
        pool = host["kernel"] is None or host["kernel"] >= _POOL_SINCE
        notes.assume("page_pool_enabled", pool, "the parameter of the module is not told: by the kernel")
    return {"rx_buf_len": length, "page_pool": pool}


RINGS = {
    "buffers": buffers,
    "rx": (("block", 32), ("slab", 40)),
    "tx": (("block", 32), ("slab", 40)),
    "settings": settings,
    "change": "both directions",
    "down": "all",
    "rounding": "up to a multiple of 8",
    "least": (72, 72),
    "confidence": "medium",
    "why": "read in hns3/hns3_enet.c of Linux 6.1.192; the spare buffer of a TX queue is not counted",
    "reads": ("rx_buf_len", "module_parameters"),
    "module_parameters": ("page_pool_enabled",),
}

TRAITS = {
    "changes": {
        # It stops and opens the interface, and with it the MAC and the PHY (hclge_ae_stop()).
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
    # When its vectors are requested (irq_set_affinity_hint()), which channels do again.
    "affinity_again_after": ("load", "channels"),
    # hns3_config_xps(), whenever it is opened.
    "xps_again_after": ("up", "rings", "channels"),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("hns3_ethtool.c, hns3_enet.c and hclge_main.c of Linux 6.1.192",),
}
