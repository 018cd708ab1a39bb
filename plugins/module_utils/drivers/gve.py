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

#: The queue formats, and for each (bytes of a buffer or None for pages, pages of an entry, bookkeeping of an RX entry,
#: of a TX entry, pages of the bounce buffers of a TX queue). With QPL the device names the pages that it may use: 512
#: is usual for TX, and for RX as many as the ring, in DQO twice as many (gve_get_rx_pages_per_qpl_dqo()).
_FORMATS = {
    "GQI-QPL": (None, 1, 104, 96, 512),
    "RDA": (None, 1, 290, 224, 0),
    "DQO-RDA of 6.18": (2048, 0, 290, 224, 0),
    # Buffers of 4 KiB for data, and 128 bytes for headers.
    "DQO-RDA with header split": (None, 1, 290 + 128, 224, 0),
    "DQO-QPL": (None, 2, 290, 224, 512),
}

#: The first kernel with DQO-QPL; and with two buffers in a page.
_QPL_SINCE, _HALVES_SINCE = (6, 6), (6, 18)


def _format(ring_set):
    """The row of the format that runs; without one the row that takes most."""
    return _FORMATS[ring_set.variant or "DQO-QPL"]


def buffers(ring_set):
    """gve_rx_alloc_ring_gqi(), gve_rx_alloc_ring_dqo(): the same at any MTU, for a frame goes on in the next buffer."""
    size, pages = _format(ring_set)[:2]
    if size is None or ring_set.xdp:
        return {"bytes": ring_set.rx * max(pages, 1) * ring_set.page_size}
    pages = -(-ring_set.rx // (ring_set.page_size // size))
    return {"bytes": pages * ring_set.page_size, "pool_pages": pages}


def rx_parts(ring_set):
    """Descriptors, completions, and the state of each buffer."""
    return [(("array", _format(ring_set)[2]), ring_set.rx)]


def tx_parts(ring_set):
    """As :func:`rx_parts`, and the pages that packets are copied to where the device reads no others."""
    entry, pages = _format(ring_set)[3:]
    return [(("array", entry), ring_set.tx), (("array", 0, pages * ring_set.page_size), ring_set.tx)]


def settings(told, host, known, notes):
    """The queue format, of which the driver tells parts only."""
    kernel = host["kernel"]
    split = bool(told("rings", "tcp_data_split"))
    if split:
        return {"data_split": True, "variant": "DQO-RDA with header split"}
    if told("coalesce") is None:
        why = "coalescing cannot be read, as in the formats GQI; of these the one that takes more"
        return {"variant": notes.assume("queue format", "GQI-QPL", why, "low")}
    if kernel is not None and kernel < _QPL_SINCE:
        return {"variant": notes.tell("queue format", "RDA", "the only one of DQO in this kernel")}
    why = "coalescing can be read, as in the formats DQO; of these the one that takes more"
    if kernel is not None and kernel >= _HALVES_SINCE:
        why += " (DQO-RDA takes a quarter)"
    return {"variant": notes.assume("queue format", "DQO-QPL", why, "low")}


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "tx": tx_parts,
    "settings": settings,
    "reads": ("tcp_data_split",),
    # gve_adjust_config() makes the new rings of both directions before it closes the old ones.
    "change": "both directions",
    "down": "nothing",
    "rounding": "as it is",
    "powers_only": True,
    # The device tells them, and refuses less; of one that does not they are 512 and 256 (GVE_DEFAULT_MIN_RX_RING_SIZE).
    "least": (256, 256),
    "confidence": "medium",
    "why": "read in google/gve of Linux 6.1.192, 6.12.117 and 6.18.3",
}

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
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # gve_alloc_notify_blocks() sets it (irq_set_affinity_hint()).
    "affinity_again_after": ("load",),
    # gve_tx_add_to_block(), whenever its rings are made.
    "xps_again_after": ("up", "rings", "channels"),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("gve_ethtool.c, gve_main.c and gve_utils.c of Linux 6.1.192 and 6.12.117",),
}
