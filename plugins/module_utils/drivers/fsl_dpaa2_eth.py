# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""fsl_dpaa2_eth: NXP DPAA2, the network interfaces of LS1088A, LS2088A and LX2160A (1 to 100 Gbit/s)."""

STATISTICS = {
    "counters": [
        # dpaa2-ethtool.c, dpni.h: frames that found no buffer in the pool that the driver fills; there is no ring.
        ("c", "loss", "no_buffer", "(|[hw] )rx nobuffer discards"),
        # Frames with an error of the parser or the MAC that the interface was told to discard.
        ("f", "loss", "discarded", "(|[hw] )rx discarded frames"),
        ("f", "event", None, "((|[hw] )rx filtered frames|[drv] xdp drop)"),
        ("e", "loss", "tx_discarded", "(|[hw] )tx discarded frames"),
        ("e", "loss", "tx_rejected", "(|[hw] )tx rejected frames"),
        ("e", "event", None, "((|[drv] )enqueue portal busy|[drv] xdp tx errors)"),
        ("c", "event", None, "(|[drv] )(dequeue portal busy|channel pull errors)"),
        ("a", "loss", "jabber", "[mac] rx jabber"),
        ("a", "loss", "fragments", "[mac] rx frags"),
        ("a", "loss", "alignment", "[mac] rx align errors"),
        ("a", "loss", "oversized", "[mac] rx oversized"),
        ("a", "loss", "mac_errors+jabber+fragments+alignment+oversized", "[mac] rx frame errors"),
        ("b", "loss", "mac_discards", "[mac] rx frame discards"),
        ("e", "loss", "tx_mac", "[mac] tx frame errors"),
        ("g", "event", None, "[mac] (rx|tx) pause"),
        (None, "gauge", None, "[qbman] (rx pending|tx conf pending) (frames|bytes)"),
        (None, "gauge", None, "([qbman] buffer count|[hw] tx pending frames)"),
        (None, "info", None, "((|[drv] )cdan|[hw] tx rejected bytes|[drv] xdp (tx|redirect))"),
        (None, "traffic", None, "(|[hw] )(rx|tx)(| mcast| bcast) (frames|bytes)"),
        (None, "traffic", None, "(|[hw] )tx (confirmed frames|dequeued frames|dequeued bytes)"),
        (None, "traffic", None, "(|[drv] )(tx conf|tx sg|rx sg|tx converted sg|tx realloc) (frames|bytes)"),
        (None, "traffic", None, "[mac] (rx all frames|rx frames ok|tx frames ok|rx bytes|tx bytes)"),
        (None, "traffic", None, "[mac] (rx|tx) (u-cast|b-cast|m-cast)"),
        (None, "traffic", None, "[mac] rx (<n> bytes|<n>-<n> bytes|<n>-max bytes)"),
    ],
}

NETDEV = {
    # dpaa2_eth_rx(): frames that could not be made a packet for want of memory; nothing of what the hardware drops.
    "rx_dropped": ("d", "no_memory"),
    "tx_dropped": ("e", "tx_driver"),
}

INTERRUPTS = None

RINGS = None

TRAITS = {
    "changes": {
        "rings": None,
        "channels": None,
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
    "affinity_again_after": None,
    "xps_again_after": None,
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("dpaa2-ethtool.c, dpaa2-eth.c, dpaa2-mac.c and dpni.h of Linux 5.x",),
}
