# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""qede: QLogic (Marvell) FastLinQ 41000, 45000 (10 to 100 Gbit/s)."""

STATISTICS = None

NETDEV = None

INTERRUPTS = {
    # qede_init_fp().
    "names": [("rxtx", "{if}-fp-{q}")],
}

#: Of each queue, made for 8192 entries (RX_RING_SIZE) whatever the ring: the array of buffers, in one piece, and the
#: pages of the chains of descriptors and completions.
_ARRAY, _CHAINS = 256 << 10, (64 + 256) << 10


def buffers(ring_set):
    """qede_alloc_rx_buffer(): a page for each entry; a frame that is longer goes on in the next entry."""
    return {"bytes": ring_set.rx * ring_set.page_size}


def rx_parts(ring_set):
    """qede_alloc_mem_rxq(): nothing that the size of the ring changes."""
    return [(("slab", 0, _ARRAY), ring_set.rx), (("array", 0, _CHAINS), ring_set.rx)]


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "tx": (("array", 32),),
    # qede_reload(): qede_unload(), qede_load().
    "change": "close first",
    "down": "nothing",
    "rounding": "as it is",
    # NUM_RX_BDS_MIN, NUM_TX_BDS_MIN.
    "least": (128, 128),
    "confidence": "medium",
    "why": "read in qede/qede_main.c of Linux 6.1.192, and a kdump of 64 KiB pages took 0.4 % more",
}

TRAITS = {
    "changes": {
        # qede_reload(), whose qede_unload() takes the link down.
        "rings": 2,
        # The same.
        "channels": 2,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        "rss": None,
    },
    # qede_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # qede sets no affinity and no XPS.
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("qede_ethtool.c and qede_main.c of Linux 6.1.192",),
}
