# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xen_netfront: the network interfaces of Xen, which report the driver "vif" of their bus too."""

STATISTICS = None

NETDEV = None

INTERRUPTS = None

RINGS = None

TRAITS = {
    "changes": {
        "rings": "unsupported",
        "channels": "unsupported",
        "coalesce": "unsupported",
        "features": None,
        "private_flags": "unsupported",
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
    # Linux 6.1 tells none. There is no link; guests of one host are as fast as its CPUs.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": None,
    "rx_dropped_is_mixed": None,
    "counts_slaves": None,
    "counter_notes": {},
    "sources": ("xen-netfront.c of Linux 6.1.192",),
}
