# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mlx4_en: NVIDIA (Mellanox) ConnectX-3."""

STATISTICS = {
    "counters": [
        # en_ethtool.c, en_port.c. rx_dropped is RDROP of the port plus the rings' own drops. Whether RdropOvflw is
        # inside RDROP is not documented, so the two are taken as views of the same packets.
        ("a", "loss", "crc", "rx_crc_errors"),
        ("a", "loss", "jabbers", "rx_jabbers"),
        ("a", "loss", "in_range", "rx_in_range_length_error"),
        ("a", "loss", "out_of_range", "rx_out_range_length_error"),
        ("a", "loss", "length+in_range+out_of_range", "rx_length_errors"),
        ("c", "loss", "port_drop+ring_drop", "rx_dropped"),
        ("c", "loss", "port_drop", "rx_(over|fifo)_errors"),
        ("d", "loss", "ring_drop", "rx<q>_dropped"),
        ("d", "event", None, "rx_alloc_failed"),
        ("d", "info", None, "rx_alloc_pages"),
        ("e", "event", None, "(queue_stopped|wake_queue|tx_timeout)"),
        ("e", "loss", "tx_dropped", "(tx_dropped|tx<q>_dropped)"),
        ("e", "loss", "xdp_tx_full", "rx(<q>|)_xdp_tx_full"),
        ("f", "event", None, "rx(<q>|)_xdp_drop"),
        ("g", "event", None, "(rx|tx)_pause(|_duration|_transition)(|_prio_<n>)"),
    ],
}

NETDEV = {
    "rx_dropped": ("c", "port_drop+ring_drop"),
    "rx_fifo_errors": ("c", "port_drop"),
    "rx_over_errors": ("c", "port_drop"),
    "rx_crc_errors": ("a", "crc"),
    "rx_length_errors": ("a", "length+in_range+out_of_range"),
    "tx_dropped": ("e", "tx_dropped"),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "mlx4-comp-{q}@pci:{bdf}"),
        ("other", r"mlx4-async(?:@pci:{bdf})?"),
        ("rxtx", "mlx4-{q}"),
        ("rxtx", "{if}-{q}"),
    ],
}


def buffers(ring_set):
    """mlx4_en_calc_rx_buf(), mlx4_en_alloc_frags(): every fragment of a packet begins with a page of its own."""
    frame, page = ring_set.mtu + 22, ring_set.page_size
    most = page if frame > page + 3 * 2048 else 2048
    fragments = 1 if ring_set.xdp else min(-(-frame // most), 4)
    return {"bytes": ring_set.rx * fragments * page}


RINGS = {
    "buffers": buffers,
    "rx": (("block", 64, 64), ("block", 64), ("array", 128)),
    "tx": (("block", 64), ("block", 64), ("array", 64)),
    "change": "queues first",
    "down": "descriptors",
    "rounding": "up to a power of two",
    "least": (256, 64),
    "confidence": "medium",
    "why": "read in mlx4/en_rx.c and en_tx.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # mlx4_en_stop_port() closes the port.
        "rings": 2,
        # The same.
        "channels": 2,
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # mlx4_en_set_rxfh() stops and starts the port (Linux 6.12.117).
        "rss": 2,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": False,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    # mlx4_assign_eq() of mlx4/eq.c.
    "vectors_dealt_out": True,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    # mlx4_en_activate_tx_ring(), whenever the port is started.
    "xps_again_after": ("up", "rings", "channels"),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("en_ethtool.c, en_netdev.c, en_tx.c and eq.c of Linux 6.1.192",),
}
