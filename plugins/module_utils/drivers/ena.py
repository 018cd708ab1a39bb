# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ena: the network interfaces of Amazon EC2."""

STATISTICS = {
    "counters": [
        # ena_ethtool.c and the amzn-drivers tree. The platform queues or drops what exceeds a bandwidth or packet rate
        # allowance, and drops what exceeds a tracking or link-local one: only the latter are packets lost for certain.
        ("b", "event", None, "(bw_in|bw_out|pps)_allowance_exceeded"),
        ("b", "loss", "{1}", "(conntrack|linklocal)_allowance_exceeded"),
        ("b", "gauge", None, "(conntrack_allowance_available|ena_srd_(mode|resource_utilization))"),
        # Counts the finding of an empty ring by the refill timer; the packets are the device's rx_drops.
        ("c", "event", None, "queue_<q>_rx_empty_rx_ring"),
        ("c", "loss", "device_drops", "rx_drops"),
        ("c", "loss", "overruns", "rx_overruns"),
        ("d", "loss", "rx_skb_alloc_fail", "queue_<q>_rx_skb_alloc_fail"),
        ("d", "event", "refill", "queue_<q>_rx_(page_alloc_fail|dma_mapping_err|refil_partial)"),
        ("e", "event", None, "queue_<q>_(tx|xdp_tx)_(queue_stop|queue_wakeup|missed_tx|bad_req_id)"),
        ("e", "info", None, "queue_<q>_(tx|xdp_tx)_linearize"),
        ("e", "loss", "tx_{2}", "queue_<q>_(tx|xdp_tx)_(prepare_ctx_err|linearize_failed|dma_mapping_err)"),
        ("e", "loss", "device_tx_drops", "tx_drops"),
        ("e", "event", None, "(tx_timeout|wd_expired|missed_intr|missing_tx_cmpl)"),
        ("f", "event", None, "queue_<q>_rx_(bad_desc_num|bad_req_id|xdp_drop)"),
        ("f", "loss", "{1}", "queue_<q>_rx_(xdp_aborted|xdp_invalid)"),
        (None, "info", None, "queue_<q>_rx_(csum_bad|bad_csum|csum_good|csum_unchecked)"),
        (None, "info", None, "(ena_admin_q_*|admin_q_pause|interface_(up|down)|(|io_)(suspend|resume))"),
    ],
}

# rx_missed_errors is forced to 0 (ena_netdev.c, 6.1); rx_dropped is what the device reported with a keep-alive.
NETDEV = {
    "rx_dropped": ("c", "device_drops"),
    "rx_over_errors": ("c", "overruns"),
    "tx_dropped": ("e", "device_tx_drops"),
}

INTERRUPTS = {
    "names": [("rxtx", "{if}-Tx-Rx-{q}"), ("other", "ena-mgmnt@pci:{bdf}")],
}


def buffers(ring_set):
    """A page for each descriptor: ena_alloc_rx_buffer()."""
    return {"bytes": ring_set.rx * ring_set.page_size}


RINGS = {
    "buffers": buffers,
    "rx": (("block", 16), ("block", 16), ("array", 64)),
    "tx": (("block", 16), ("block", 8), ("array", 384)),
    "change": "close first",
    "down": "nothing",
    "rounding": "down to a power of two",
    "least": (256, 256),
    "confidence": "medium",
    "why": "read in ena/ena_netdev.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # ena_close() and ena_up(): below a millisecond, says Amazon. The device is made anew where the length of LLQ
        # headers changes.
        "rings": 1,
        # ena_close() and ena_open(); the RSS table is made anew.
        "channels": 1,
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        # ena_set_rxfh(): commands to the device (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": False,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # ena_up() (irq_set_affinity_hint()).
    "affinity_again_after": ("up", "rings", "channels"),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": False,
    # What the device reported with a keep-alive: ena_netdev.c.
    "rx_dropped_is_device": True,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("ena_ethtool.c and ena_netdev.c of Linux 6.1.192 and 6.12.117", "Amazon ENA Linux best practices"),
}
