# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""r8169: Realtek RTL8169, 8168, 8101, 8125, 8126 (100 Mbit/s to 5 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import block

STATISTICS = None

NETDEV = None

INTERRUPTS = {"names": [("plain", "{if}")]}

#: R8169_RX_BUF_SIZE.
_BUFFER = 16384


def buffers(ring_set):
    """rtl8169_alloc_rx_data(): 16 KiB in one piece for each of the 256 entries (NUM_RX_DESC), at any MTU."""
    size, order = block(_BUFFER, ring_set.page_size)
    return {"bytes": ring_set.rx * size, "order": order, "blocks": ring_set.rx}


RINGS = {
    "buffers": buffers,
    "rx": (("block", 16),),
    "tx": (("block", 16), ("array", 16)),
    # There is no set_ringparam: the rings are as they are.
    "change": "close first",
    "down": "nothing",
    "rounding": "as it is",
    "least": (256, 64),
    "confidence": "medium",
    "why": "read in realtek/r8169_main.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # rtl8169_ethtool_ops has neither set_ringparam nor set_channels.
        "rings": "unsupported",
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
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("r8169_main.c of Linux 6.1.192",),
}
