# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mana: the network interfaces of Microsoft Azure."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import block, round_up, shared_info

STATISTICS = {
    "counters": [
        # mana_ethtool.c: hc_ names come from the host.
        ("b", "loss", "phy_drop", "hc_rx_pkt_drop_phy"),
        ("b", "loss", "tx_phy_drop", "hc_tx_pkt_drop_phy"),
        ("c", "loss", "no_wqe", "hc_rx_discards_no_wqe"),
        ("e", "event", None, "(stop_queue|wake_queue|tx_cqe_err|tx_cq_err|tx_cqe_unknown_type)"),
        ("e", "loss", "tx_map_err", "(tx_<q>_mana_map_err|mana_map_err)"),
        ("f", "loss", "tx_{1}_enforcement", "hc_tx_err_(vlan|sa|eth_type|sqpdid|cqpdid)_enforcement"),
        ("f", "loss", "rx_vport_disabled", "hc_rx_err_vport_disabled"),
        (
            "e",
            "loss",
            "tx_{1}",
            "hc_tx_err_(gf_disabled|vport_disabled|inval_vportoffset_pkt|mtu_violation|inval_oob|gdma)",
        ),
        ("f", "event", None, "(rx|tx)_<q>_xdp_drop"),
        ("g", "event", None, "(hc_tc<n>_(rx|tx)_pause_phy|hc_(rx|tx)_pause_phy)"),
        (None, "event", None, "(rx_coalesced_err|rx_cqe_unknown_type)"),
    ],
    "queue": r"^[rt]x_(\d+)_",
}

NETDEV = {"tx_dropped": ("e", "tx_dropped+tx_map_err")}

INTERRUPTS = {
    "names": [("rxtx", "mana_q{q}@pci:{bdf}"), ("other", "mana_hwc@pci:{bdf}")],
}

#: What a buffer has beside the frame, without an XDP program: the Ethernet header (MANA_RXBUF_PAD).
_HEADER, _XDP_HEADROOM = 14, 256


def buffers(ring_set):
    """mana_get_rxbuf_cfg(): a page, or several in one piece; since Linux 6.18 as many to a page as it holds."""
    page = ring_set.page_size
    packet = round_up(ring_set.mtu + _HEADER + (_XDP_HEADROOM if ring_set.xdp else 0), ring_set.cache_line)
    size = packet + shared_info(ring_set)
    if size > page:
        whole, order = block(size, page)
        return {"bytes": ring_set.rx * whole, "order": order, "blocks": ring_set.rx}
    several = ring_set.variant == "fragments" and not ring_set.xdp
    pages = -(-ring_set.rx // (page // size if several else 1))
    return {"bytes": pages * page, "pool_pages": pages}


def settings(told, host, known, notes):
    """Whether several buffers share a page."""
    return {"variant": "fragments" if host["kernel"] is not None and host["kernel"] >= (6, 18) else None}


RINGS = {
    "buffers": buffers,
    "rx": (("array", 232),),
    "tx": (("array", 96),),
    "settings": settings,
    # mana_pre_alloc_rxbufs() gets the new buffers while the old are held.
    "change": "both directions",
    "down": "nothing",
    "rounding": "up to a power of two",
    # MIN_RX_BUFFERS_PER_QUEUE, MIN_TX_BUFFERS_PER_QUEUE.
    "least": (128, 128),
    "confidence": "medium",
    "why": "read in mana/mana_en.c of Linux 6.1.192, 6.12.117 and 6.18.3",
}

TRAITS = {
    "changes": {
        # mana_detach() and mana_attach(); how long that takes is not known.
        "rings": None,
        "channels": None,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        "rss": None,
    },
    # mana_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # mana_gd_setup_irqs() sets it (irq_set_affinity_and_hint()).
    "affinity_again_after": ("load",),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": True,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("mana_ethtool.c and gdma_main.c of Linux 6.1.192",),
}
