# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hv_netvsc: the network interfaces of Hyper-V; on Azure a virtual function carries the traffic."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import round_up

STATISTICS = {
    "counters": [
        # netvsc_drv.c: every way out through "drop" adds to tx_dropped too; -EAGAIN (tx_busy) is tried again. What the
        # virtual function did not take is in tx_dropped as well, and was counted there or by its queue discipline.
        ("d", "loss", "rx_no_memory", "rx_no_memory"),
        ("e", "loss", "{1}", "(tx_no_memory|tx_no_space|tx_too_big|vlan_error)"),
        ("e", "event", "vf_tx_dropped", "vf_tx_dropped"),
        ("e", "event", None, "(tx_busy|tx_send_full|stop_queue|wake_queue|rx_comp_busy)"),
        ("e", "info", None, "tx_scattered"),
        ("f", "event", None, "rx_queue_<q>_xdp_drop"),
    ],
}

NETDEV = {"tx_dropped": ("e", "tx_dropped+tx_no_memory+tx_no_space+tx_too_big+vlan_error+vf_tx_dropped")}

# VMBus channels have no line of their own in /proc/interrupts.
INTERRUPTS = {
    "names": [],
}

#: Bytes of a section of the two areas that packets are in: NETVSC_RECV_SECTION_SIZE, NETVSC_SEND_SECTION_SIZE.
_RX_SECTION, _TX_SECTION = 1728, 6144

#: ring_size (module parameter): pages of 4 KiB in each direction of a channel's ring.
_VMBUS_PAGES = 128


def of_nic(ring_set):
    """netvsc_init_buf(): one area of the NIC for all its channels, of as many sections as its ring has entries."""
    return {
        "rx": round_up(ring_set.rx * _RX_SECTION, ring_set.page_size),
        "tx": round_up(ring_set.tx * _TX_SECTION, ring_set.page_size),
    }


def rx_parts(ring_set):
    """Of a channel: completions that wait to be sent, and its ring, both directions in one piece.

    vmbus_alloc_ring() of drivers/hv/channel.c: 2 x (a header and 128 pages) come as a power of two of pages.
    """
    page = ring_set.page_size
    return [
        (("array", 16), ring_set.rx),
        (("block", 0, 2 * (page + round_up(_VMBUS_PAGES * 4096, page))), ring_set.rx),
    ]


RINGS = {
    # The areas are of the NIC.
    "buffers": lambda ring_set: {"bytes": 0},
    "rx": rx_parts,
    "tx": (),
    "of_nic": of_nic,
    # netvsc_detach(), netvsc_attach(); that the interface is down frees nothing.
    "change": "close first",
    "down": "all",
    "rounding": "as it is",
    # NETVSC_MIN_RX_SECTIONS, NETVSC_MIN_TX_SECTIONS.
    "least": (10, 10),
    "confidence": "medium",
    "why": "read in hyperv/netvsc.c and hv/channel.c of Linux 6.1.192, with the sections that Hyper-V asks for",
}

TRAITS = {
    "changes": {
        # netvsc_detach() and netvsc_attach(): all channels go and come.
        "rings": 2,
        # The same.
        "channels": 2,
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
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("netvsc_drv.c of Linux 6.1.192 and 6.12.117",),
}
