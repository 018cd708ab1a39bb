# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iavf: virtual functions of i40e's and ice's NICs, i40evf of old."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import (
    power_of_two,
    round_up,
    shared_info,
)

STATISTICS = {
    "counters": intel.COUNTERS_40G_100G + [("c", "loss", "vsi_discards", "rx_(discards|dropped)")],
}

NETDEV = {"rx_dropped": ("c", "vsi_discards"), "tx_dropped": ("e", "tx_discards")}

INTERRUPTS = intel.interrupts_40g_100g("(?:iavf|i40evf)")

#: Of a buffer of libeth: its headroom (LIBETH_SKB_HEADROOM), the Ethernet header with two VLAN tags and the checksum
#: (LIBETH_RX_LL_LEN), and what its length is a multiple of (LIBETH_RX_BUF_STRIDE).
_HEADROOM, _HEADERS, _STRIDE = 64, 26, 128

#: The first kernel that was read with them; those before may take twice as much.
_LIBETH_SINCE = (6, 12)


def buffers(ring_set):
    """iavf_setup_rx_descriptors(): as i40e, and with libeth half of that: libeth_rx_page_pool_params()."""
    if ring_set.variant != "libeth":
        return intel.whole_pages(1500)(ring_set)
    packet = _HEADROOM + round_up(ring_set.mtu + _HEADERS, _STRIDE) + shared_info(ring_set)
    page = ring_set.page_size
    pages = -(-ring_set.rx // (page // min(power_of_two(packet), page)))
    return {"bytes": pages * page, "pool_pages": pages}


def settings(told, host, known, notes):
    """Whether the driver has its buffers from libeth, which has no legacy-rx."""
    if host["kernel"] is not None and host["kernel"] >= _LIBETH_SINCE:
        return {"variant": "libeth"}
    return intel.legacy_rx(told, host, known, notes)


RINGS = dict(
    intel.rings("iavf/iavf_txrx.c", 1500, (32, 24), (16, 40)),
    buffers=buffers,
    settings=settings,
    # iavf_reset_task() frees the rings before it makes new ones.
    change="close first",
    rounding="up to a multiple of 32",
    confidence="medium",
    why="read in iavf/iavf_txrx.c of Linux 6.1.192, and with libeth/rx.c in 6.12.117 and 6.18.3",
)

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
    # ITR_REG_ALIGN().
    "usecs_rounding": "up to a multiple of 2",
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": False,
    # It gives a hint (irq_update_affinity_hint()), and sets nothing.
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": ("channels",),
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("iavf_ethtool.c and iavf_main.c of Linux 6.1.192",),
}
