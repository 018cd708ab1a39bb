# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""e1000e: Intel 82571 to I219 (1 Gbit/s)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import intel
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import skbs

STATISTICS = {
    "counters": intel.COUNTERS_1G_10G
    + [
        intel.SHORT_FRAMES,
        ("a", "loss", "alignment", "(rx_align_errors|rx_frame_errors)"),
        ("a", "loss", "long+short", "rx_length_errors"),
        ("b", "loss", "mpc", "rx_fifo_errors"),
        ("d", "event", "refill", "rx_dma_failed"),
        ("e", "loss", "tx_dma", "tx_dma_failed"),
    ],
}

NETDEV = {
    "rx_missed_errors": ("b", "mpc"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "long+short"),
    "tx_dropped": ("e", "tx_dropped"),
    "tx_aborted_errors": ("e", "tx_aborted"),
    "tx_window_errors": ("e", "tx_window"),
}

# It keeps room for the end of the name and cuts the interface's: "%.14s-rx-0".
INTERRUPTS = dict(intel.INTERRUPTS_1G_10G, cut_at=14)


def buffers(ring_set):
    """e1000_change_mtu(), e1000_setup_rctl(), e1000_configure_rx()."""
    page, ring = ring_set.page_size, ring_set.rx
    pages = -(-ring_set.mtu // page)
    if ring_set.mtu > 1500 and pages <= 3 and page <= 16384:
        # Packet split: a header of 128 bytes, and pages.
        return {"bytes": skbs(ring_set, ring, 128) + ring * pages * page}
    if ring_set.mtu > 1518:
        return {"bytes": skbs(ring_set, ring, 240) + ring * page}
    frame = ring_set.mtu + 22
    return {"bytes": skbs(ring_set, ring, 1522 if frame <= 1522 else 2048)}


RINGS = dict(
    intel.rings("e1000e/netdev.c", 1500, (32, 40), (16, 40)),
    buffers=buffers,
    # The third is ps_pages: a slab of 64 bytes for each descriptor, whether it is used or not.
    rx=(("block", 32), ("array", 40), ("array", 64)),
)

TRAITS = {
    "changes": {
        # e1000_set_ringparam() resets the MAC.
        "rings": 2,
        "channels": "unsupported",
        "coalesce": 0,
        # e1000_set_features(): those that are named reset the MAC.
        "features": {
            "rx-vlan-hw-parse": 2,
            "tx-vlan-hw-insert": 2,
            "rx-checksum": 2,
            "rx-hashing": 2,
            "rx-fcs": 2,
            "rx-all": 2,
            "*": 0,
        },
        # Of suspend alone.
        "private_flags": {"s0ix-enabled": 0},
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
    "irqs_anew_after": (),
    "channels_refused_with": None,
    "nominal_speed": False,
    # It has no drop enable.
    "waits_in_nic_buffer": True,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("e1000e/ethtool.c and netdev.c of Linux 6.1.192 and 6.12.117",),
}
