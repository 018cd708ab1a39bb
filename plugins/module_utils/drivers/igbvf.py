# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""igbvf: virtual functions of igb's NICs."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import igb, intel

STATISTICS = igb.STATISTICS

NETDEV = intel.VF_NETDEV

INTERRUPTS = igb.INTERRUPTS

RINGS = None

TRAITS = {
    "changes": {
        # igbvf_down() resets the function.
        "rings": 2,
        "channels": "unsupported",
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        "rss": "unsupported",
    },
    "equal_rings_reach_hardware": False,
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
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("igbvf/ethtool.c and netdev.c of Linux 6.1.192",),
}
