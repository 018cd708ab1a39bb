# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vmxnet3: the network interfaces of VMware."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import skbs

STATISTICS = {
    "counters": [
        # vmxnet3_ethtool.c. fcs is part of err, err and the packets without a new buffer are in "drv dropped rx total",
        # and the device counts the frames of err as "pkts rx err". No netdev field has those of an empty ring (OOB).
        ("a", "loss", "rx_error", "(|Rx Queue#<q> )pkts rx err"),
        ("a", "loss", "fcs", "(|Rx Queue#<q> )fcs"),
        ("c", "loss", "ring_empty", "(|Rx Queue#<q> )pkts rx OOB"),
        ("d", "loss", "rx_buf_alloc", "(|Rx Queue#<q> )rx buf alloc fail"),
        ("e", "event", None, "((|Tx Queue#<q> )ring full|tx timeout count)"),
        ("e", "loss", "tx_discard", "(|Tx Queue#<q> )pkts tx discard"),
        ("e", "loss", "tx_error", "(|Tx Queue#<q> )pkts tx err"),
        ("e", "loss", "tx_driver", "(|Tx Queue#<q> )drv dropped tx total"),
        ("e", "info", None, "(|Tx Queue#<q> )(too many frags|giant hdr|hdr err|tso|pkts linearized|hdr cloned)"),
        ("f", "loss", "rx_driver+rx_error+fcs+rx_buf_alloc", "(|Rx Queue#<q> )(drv dropped rx total|err)"),
        ("e", "loss", "xdp_tx", "(|Tx Queue#<q> )xdp xmit err"),
        ("f", "event", None, "(|Rx Queue#<q> )xdp (drops|aborted)"),
        (None, "traffic", None, "(|Rx Queue#<q> |Tx Queue#<q> )(ucast|mcast|bcast) (pkts|bytes) (rx|tx)"),
        (None, "traffic", None, "(|Rx Queue#<q> |Tx Queue#<q> )(LRO pkts|LRO byte|TSO pkts|TSO bytes) (rx|tx)"),
        # The line that opens a block: its value is the number of the queue.
        (None, "gauge", None, "(Rx|Tx) Queue#<q>"),
        (None, "gauge", None, "(Rx|Tx) Queue#"),
    ],
    "blocks": {"open": ("Rx Queue#", "Tx Queue#"), "close": ("tx timeout count",)},
}

NETDEV = {
    "rx_dropped": ("f", "rx_driver+rx_error+fcs+rx_buf_alloc"),
    "tx_dropped": ("e", "tx_driver"),
}

INTERRUPTS = {
    "names": [
        ("rxtx", "{if}-rxtx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("other", r"{if}-event-\d+"),
        ("plain", "{if}"),
    ],
}

#: VMXNET3_MAX_ETH_HDR_SIZE, VMXNET3_MAX_SKB_BUF_SIZE, VMXNET3_MIN_T0_BUF_SIZE.
_HEADER, _LARGEST_SKB, _LEAST = 22, 3072, 128


def _per_packet(ring_set):
    """vmxnet3_adjust_rx_ring_size(): an skb, and pages for what does not fit it."""
    frame = ring_set.mtu + _HEADER
    return 1 if frame <= _LARGEST_SKB else 1 + -(-(frame - _LARGEST_SKB) // ring_set.page_size)


def buffers(ring_set):
    """vmxnet3_rq_alloc_rx_buf(): an skb for the head of a packet, pages for its rest and for the second ring."""
    page = ring_set.page_size
    heads = -(-ring_set.rx // _per_packet(ring_set))
    size = min(max(ring_set.mtu + _HEADER, _LEAST), _LARGEST_SKB)
    return {"bytes": skbs(ring_set, heads, size) + (ring_set.rx - heads + ring_set.rx_jumbo) * page}


def rx_parts(ring_set):
    """vmxnet3_rq_create(): two rings, the data ring, and one completion ring and one array for both."""
    both = ring_set.rx + ring_set.rx_jumbo
    return [
        (("block", 16), ring_set.rx),
        (("block", 16), ring_set.rx_jumbo),
        (("block", ring_set.rx_mini), ring_set.rx),
        (("block", 16), both),
        (("slab", 24), both),
    ]


def settings(told, host, known, notes):
    """The second ring (rx-jumbo) and the data ring (rx-mini)."""
    return {"rx_jumbo": told("rings", "rx_jumbo"), "rx_mini": told("rings", "rx_mini")}


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "tx": (("block", 16), ("block", 128), ("block", 16), ("slab", 24)),
    "settings": settings,
    "change": "close first",
    "down": "nothing",
    "rounding": "up to a multiple of 32",
    "step": lambda ring_set: 32 * _per_packet(ring_set),
    "least": (1, 1),
    "confidence": "medium",
    "why": "read in vmxnet3/vmxnet3_drv.c of Linux 6.1.192; a device of version 7 or later takes less above MTU 3050",
}

TRAITS = {
    "changes": {
        # The device is quiesced and reset; without memory for the new rings or the default ones it stays closed.
        "rings": 2,
        "channels": "unsupported",
        # A command to the device, from its version 3 on.
        "coalesce": 0,
        "features": {"rx-lro": 0},
        "private_flags": None,
        # VMXNET3_CMD_UPDATE_RSSIDT (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    "affinity_again_after": (),
    "xps_again_after": (),
    "irqs_anew_after": (),
    "channels_refused_with": None,
    # It says 10 Gbit/s, which guests of one host exceed among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("vmxnet3_ethtool.c and vmxnet3_drv.c of Linux 6.1.192 and 6.12.117", "Broadcom KB 312565"),
}
