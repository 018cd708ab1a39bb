# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ionic: AMD (Pensando) DSC (10 to 200 Gbit/s)."""

STATISTICS = None

NETDEV = None

INTERRUPTS = {
    "names": [
        # ionic_request_irq(): the interface, before there is one the address; and the queue as ionic_q_init() names it.
        # Where RX and TX have not each their own (ethtool -L rx, tx), the one of RX serves both.
        ("rxtx", r"ionic-{if}-L\d+-rx{q}"),
        ("tx", r"ionic-{if}-L\d+-tx{q}"),
        ("other", r"ionic-{bdf}-L\d+-\w+"),
    ],
}


def buffers(ring_set):
    """ionic_rx_fill(): so many single pages for each entry as a frame with its header (14 and 4 bytes) takes."""
    return {"bytes": ring_set.rx * -(-(ring_set.mtu + 18) // ring_set.page_size) * ring_set.page_size}


RINGS = {
    "buffers": buffers,
    # 424 bytes of each are struct ionic_desc_info, which has room for the pages of a frame.
    "rx": (("array", 616),),
    "tx": (("array", 730),),
    # ionic_reconfigure_queues() makes the new queues, then stops and empties the old ones.
    "change": "queues first",
    "down": "nothing",
    "rounding": "as it is",
    "powers_only": True,
    # IONIC_MIN_TXRX_DESC.
    "least": (64, 64),
    "confidence": "medium",
    "why": "read in ionic/ionic_txrx.c and ionic_lif.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # ionic_reconfigure_queues(): queues are stopped and swapped; the port is left alone.
        "rings": 1,
        # The same.
        "channels": 1,
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
    # ionic_qcq_enable(), whenever a queue is (irq_set_affinity_hint()).
    "affinity_again_after": ("up", "rings", "channels"),
    "xps_again_after": (),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("ionic_ethtool.c, ionic_lif.c and ionic_txrx.c of Linux 6.1.192",),
}
