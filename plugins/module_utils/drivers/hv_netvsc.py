# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hv_netvsc: the network interfaces of Hyper-V; on Azure a virtual function carries the traffic."""

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

RINGS = None

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
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": (),
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("netvsc_drv.c of Linux 6.1.192 and 6.12.117",),
}
