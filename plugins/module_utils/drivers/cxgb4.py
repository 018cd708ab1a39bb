# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cxgb4: Chelsio T4, T5, T6 (10 to 100 Gbit/s)."""

STATISTICS = None

NETDEV = None

INTERRUPTS = {
    "names": [
        # name_msix_vecs() of cxgb4_main.c: a queue of a port; firmware and errors are of the first port.
        ("rx", "{if}-Rx{q}"),
        ("other", "{if}-FWeventq"),
        ("other", "{if}"),
    ],
}

#: The large page of a free list, as the usual configuration file of the firmware has it (SGE_FL_BUFFER_SIZE1).
_LARGE_PAGE = 65536


def buffers(ring_set):
    """refill_fl(): a large page for each entry at any MTU; single pages where no large one is free.

    The RX ring that ethtool shows is the size of the free list less 8, and is what is filled.
    """
    return {"bytes": ring_set.rx * max(_LARGE_PAGE, ring_set.page_size)}


def rx_parts(ring_set):
    """The free list, what is kept of each buffer, and the response queue, which ethtool calls the mini ring."""
    return [(("block", 8), ring_set.rx), (("array", 16), ring_set.rx), (("block", 64), ring_set.rx_mini)]


def settings(told, host, known, notes):
    """The response queue (rx-mini)."""
    return {"rx_mini": told("rings", "rx_mini") or 0}


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "tx": (("block", 64), ("array", 152)),
    "settings": settings,
    # set_sge_param() answers EBUSY once the adapter has been up: sizes are for the next load of the driver.
    "change": "close first",
    "down": "nothing",
    "rounding": "as it is",
    "least": (16, 32),
    "confidence": "low",
    "why": "read in cxgb4/sge.c of Linux 6.1.192, with buffers of 64 KiB as the firmware is usually configured",
}

TRAITS = {
    "changes": {
        # set_sge_param(): EBUSY as soon as a port of the adapter has been up.
        "rings": "unsupported",
        # cxgb_ethtool_ops has no set_channels.
        "channels": "unsupported",
        "coalesce": None,
        "features": None,
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
    # When the interrupts of the adapter are requested, at the first up (cxgb4_set_msix_aff(), irq_set_affinity_hint()).
    "affinity_again_after": ("load",),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("cxgb4_ethtool.c, cxgb4_main.c and sge.c of Linux 6.1.192",),
}
