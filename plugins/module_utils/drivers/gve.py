# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gve: the network interfaces of Google Compute Engine."""

STATISTICS = {
    "counters": [
        # gve_ethtool.c: the names with [N] that the NIC reports stay 0 without the private flag report-stats.
        # rx_dropped and rx_dropped_pkt[N] are sums of names that follow them, not drops of an empty ring.
        ("c", "loss", "no_buffers_posted", "rx_no_buffers_posted[<q>]"),
        ("c", "loss", "queue_drop+no_buffers_posted+over_mru+bad_checksum", "rx_queue_drop_cnt[<q>]"),
        ("d", "loss", "skb_alloc", "rx_skb_alloc_fail"),
        ("d", "event", "refill", "(rx_buf_alloc_fail|page_alloc_fail|dma_mapping_error)"),
        ("d", "loss", "skb_alloc+refill+descriptor_error", "(rx_dropped|rx_dropped_pkt[<q>])"),
        ("e", "event", None, "(tx_stop[<q>]|tx_wake[<q>]|tx_timeouts)"),
        ("e", "loss", "tx_dma", "tx_dma_mapping_error[<q>]"),
        ("e", "loss", "tx_dropped+tx_dma", "tx_dropped"),
        ("f", "loss", "over_mru", "rx_drops_packet_over_mru[<q>]"),
        ("f", "loss", "bad_checksum", "rx_drops_invalid_checksum[<q>]"),
        ("f", "loss", "descriptor_error", "rx_desc_err_dropped_pkt"),
        ("f", "event", None, "(rx_xdp_drop[<q>]|rx_xdp_*|tx_xdp_*)"),
        (None, "gauge", None, "(rx|tx)_consumed_desc[<q>]"),
        (None, "info", None, "adminq_*"),
    ],
}

# The driver fills none of the fields of drops: tx_dropped is the core's.
NETDEV = {"tx_dropped": ("e", "core_tx_dropped")}

INTERRUPTS = {
    "names": [
        ("rxtx", "{if}-ntfy-block.{q}"),
        ("rxtx", "gve-ntfy-blk{q}@pci:{bdf}"),
        ("other", "{if}-mgmnt"),
        ("other", "gve-mgmnt@pci:{bdf}"),
    ],
    # Notification blocks: gve.h.
    "halved": True,
}

RINGS = None

TRAITS = {
    "changes": {
        # Queues are stopped and started, where the device allows another size (Linux 6.12; 6.1 cannot).
        "rings": 1,
        # gve_adjust_queues() closes and opens; rx and tx apart, combined cannot be set.
        "channels": 1,
        # Registers; not in the format GQI.
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # gve_adminq_configure_rss() (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": None,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # gve_alloc_notify_blocks() sets it (irq_set_affinity_hint()).
    "affinity_again_after": ("load",),
    # gve_tx_add_to_block(), whenever its rings are made.
    "xps_again_after": ("up", "rings", "channels"),
    "irqs_anew_after": (),
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("gve_ethtool.c, gve_main.c and gve_utils.c of Linux 6.1.192 and 6.12.117",),
}
