# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tg3: Broadcom Tigon3 (1 Gbit/s)."""

STATISTICS = {
    "counters": [
        ("a", "loss", "crc", "rx_fcs_errors"),
        ("a", "loss", "alignment", "rx_align_errors"),
        ("a", "loss", "too_long", "rx_frame_too_long_errors"),
        ("a", "loss", "{1}", "rx_(jabbers|fragments|undersize_packets|in_length_errors|out_length_errors)"),
        ("b", "event", None, "(dma_writeq_full|dma_write_prioq_full|mbuf_lwm_thresh_hit)"),
        # rxbds_empty counts how often the ring was found empty, rx_discards counts packets.
        ("c", "event", None, "rxbds_empty"),
        ("c", "loss", "discards", "rx_discards"),
        ("e", "loss", "tx_discards", "tx_discards"),
        ("e", "loss", "tx_errors", "tx_errors"),
        ("e", "loss", "tx_mac", "tx_mac_errors"),
        ("e", "loss", "tx_aborted", "tx_excessive_collisions"),
        ("e", "loss", "tx_window", "tx_late_collisions"),
        ("e", "event", None, "(tx_carrier_sense_errors|tx_comp_queue_full|dma_readq_full|dma_read_prioq_full)"),
        ("e", "info", None, "(tx_collisions|tx_deferred|tx_(single|mult)_collisions|tx_collide_<n>times)"),
        ("g", "event", None, "(rx_(xon|xoff)_pause_rcvd|tx_(xon|xoff)_sent|rx_xoff_entered|tx_flow_control)"),
        (None, "info", None, "(rx_errors|rx_threshold_hit|nic_*|ring_*)"),
    ],
}

NETDEV = {
    "rx_missed_errors": ("c", "discards"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "too_long+undersize_packets"),
    "tx_aborted_errors": ("e", "tx_discards"),
    "tx_dropped": ("e", "tx_dropped"),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "{if}-txrx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("rxtx", "{if}-{q}"),
        ("plain", "{if}"),
    ],
}

#: Bytes of a buffer, and of one of the second ring (TG3_RX_JMB_MAP_SZ and what an skb adds).
_BUFFER, _JUMBO = 2048, 16384

#: Descriptors have sizes of their own, whatever the ring: about so much for each queue (TG3_RX_RCB_RING_BYTES()...).
_DESCRIPTORS = 3 * (1 << 20) // 10


def of_nic(ring_set):
    """tg3_rx_prodring_alloc(): one ring that is filled for all queues; of packets above MTU 1500 a second one."""
    jumbo = ring_set.rx_jumbo * _JUMBO if ring_set.mtu > 1500 else 0
    return {"rx": ring_set.rx * _BUFFER + jumbo, "tx": 0}


def settings(told, host, known, notes):
    """The second ring (rx-jumbo)."""
    return {"rx_jumbo": told("rings", "rx_jumbo") or 0}


RINGS = {
    # They are of the NIC.
    "buffers": lambda ring_set: {"bytes": 0},
    "rx": lambda ring_set: [(("array", 0, _DESCRIPTORS), ring_set.rx)],
    "tx": (("array", 330),),
    "of_nic": of_nic,
    "settings": settings,
    # tg3_restart_hw(): tg3_init_rings() empties the rings and fills them.
    "change": "close first",
    "down": "nothing",
    "rounding": "as it is",
    # More than MAX_SKB_FRAGS.
    "least": (1, 18),
    "confidence": "medium",
    "why": "read in tg3.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # A full reset: the link was down for three seconds in systemd issue 28696.
        "rings": 2,
        # tg3_stop() and tg3_start(): the same.
        "channels": 2,
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # tg3_set_rxfh(): legal while it runs (Linux 6.12.117).
        "rss": 0,
    },
    # tg3_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": True,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("tg3.c of Linux 6.1.192", "systemd issue 28696"),
}
