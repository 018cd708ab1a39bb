# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""e1000: Intel 82540 to 82547 (1 Gbit/s), today as hypervisors emulate them; named as e1000e."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import e1000e

STATISTICS = e1000e.STATISTICS

NETDEV = e1000e.NETDEV

INTERRUPTS = e1000e.INTERRUPTS

RINGS = None

TRAITS = {
    "changes": {
        # e1000_down() and e1000_up() reset the MAC.
        "rings": 2,
        "channels": "unsupported",
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        "rss": "unsupported",
    },
    # e1000_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    # It has no drop enable.
    "waits_in_nic_buffer": True,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("e1000_ethtool.c and e1000_main.c of Linux 6.1.192",),
}
