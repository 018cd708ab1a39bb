# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""net_failover: a virtio interface and a virtual function under one name."""

STATISTICS = None

NETDEV = None

INTERRUPTS = None

RINGS = None

TRAITS = {
    "changes": {
        "rings": None,
        "channels": None,
        "coalesce": None,
        "features": None,
        "private_flags": None,
        "rss": "unsupported",
    },
    "equal_rings_reach_hardware": None,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    "affinity_again_after": None,
    "xps_again_after": None,
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": None,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    # net_failover_get_stats() adds them up.
    "counts_slaves": True,
    "counter_notes": {},
    "sources": ("net_failover.c of Linux 6.1.192",),
}
