# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""igc: Intel I225, I226 (2.5 Gbit/s), whose statistics and interrupts have the names of igb."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import igb, intel

STATISTICS = igb.STATISTICS

NETDEV = igb.NETDEV

INTERRUPTS = igb.INTERRUPTS

RINGS = dict(
    intel.rings("igc/igc.h and igc_main.c", 1500, (16, 24), (16, 56)),
    settings=intel.legacy_rx,
    confidence="medium",
)

TRAITS = {
    "changes": {
        # igc_down() resets the MAC.
        "rings": 2,
        # igc_reinit_queues(): closes, gives the vectors back, opens.
        "channels": 2,
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # igc_ethtool_set_rxfh(): written while it runs (Linux 6.12.117).
        "rss": 0,
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
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": True,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("igc_ethtool.c and igc_main.c of Linux 6.1.192",),
}
