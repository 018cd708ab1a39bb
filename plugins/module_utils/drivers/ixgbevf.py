# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ixgbevf: virtual functions of ixgbe's NICs."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel, ixgbe

STATISTICS = ixgbe.STATISTICS

NETDEV = intel.VF_NETDEV

INTERRUPTS = ixgbe.INTERRUPTS

RINGS = dict(
    intel.rings("ixgbevf/ixgbevf.h and ixgbevf_main.c", 1500, (16, 24), (16, 48)),
    settings=intel.legacy_rx,
    # ixgbevf_set_ringparam() makes the new descriptors before ixgbevf_down() empties the old rings.
    change="queues first",
    confidence="medium",
)

TRAITS = {
    "changes": {
        # ixgbevf_down() resets the function.
        "rings": 2,
        "channels": "unsupported",
        "coalesce": 0,
        "features": None,
        # legacy-rx: ixgbevf_reinit_locked() resets the function.
        "private_flags": 2,
        "rss": "unsupported",
    },
    "equal_rings_reach_hardware": False,
    # There is no switch: rx-usecs 1 is adaptive.
    "adaptive_refuses_usecs": False,
    "adaptive_toggle_resets_usecs": False,
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
    "sources": ("ixgbevf/ethtool.c and ixgbevf_main.c of Linux 6.1.192",),
}
