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

RINGS = None

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
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": True,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("tg3.c of Linux 6.1.192", "systemd issue 28696"),
}
