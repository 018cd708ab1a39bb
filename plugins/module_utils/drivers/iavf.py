# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iavf: virtual functions of i40e's and ice's NICs, i40evf of old."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel

STATISTICS = {
    "counters": intel.COUNTERS_40G_100G + [("c", "loss", "vsi_discards", "rx_(discards|dropped)")],
}

NETDEV = {"rx_dropped": ("c", "vsi_discards"), "tx_dropped": ("e", "tx_discards")}

INTERRUPTS = intel.interrupts_40g_100g("(?:iavf|i40evf)")

RINGS = None

TRAITS = {
    "changes": {
        # iavf_schedule_reset(): the function is reset.
        "rings": 2,
        # The same.
        "channels": 2,
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # iavf_config_rss(): a message to the PF, which may be taken later (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": True,
    "adaptive_toggle_resets_usecs": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": ("channels",),
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("iavf_ethtool.c and iavf_main.c of Linux 6.1.192",),
}
