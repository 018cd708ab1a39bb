# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veth: pairs of virtual interfaces, as containers have them."""

STATISTICS = {
    "counters": [
        ("c", "loss", "rx_drops", "rx_queue_<q>_drops"),
        ("e", "loss", "xdp_xmit_errors", "tx_queue_<q>_xdp_xmit_errors"),
        ("e", "loss", "xdp_tx_errors", "rx_queue_<q>_xdp_tx_errors"),
        ("f", "event", None, "rx_queue_<q>_xdp_drops"),
        (None, "gauge", None, "peer_ifindex"),
        (None, "info", None, "rx_pp_*"),
    ],
}

# The end that sends counts what the queue of its peer refused.
NETDEV = {"rx_dropped": ("c", "rx_drops+xdp_tx_errors"), "tx_dropped": ("e", "peer_queue_full")}

# A virtual device has none.
INTERRUPTS = {
    "names": [],
}

RINGS = None

TRAITS = {
    "changes": {
        "rings": "unsupported",
        "channels": None,
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
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # It says 10 Gbit/s, which only the CPUs limit.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("veth.c of Linux 6.1.192",),
}
