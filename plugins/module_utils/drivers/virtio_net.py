# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""virtio_net: the network interfaces of KVM and of other hypervisors that speak virtio."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import page_frags, round_up

STATISTICS = {
    "counters": [
        # virtio_net.c: rx_queue_N_ up to 6.1; since 6.12 rxN_ and their sum rx_, rxN_hw_ where the device offers
        # statistics. Nothing in the guest tells of an empty ring: the host's tap drops. What the XDP program drops is
        # in drops and xdp_drops.
        ("c", "loss", "hw_drops", "(rx<q>|rx)_hw_(drops|drop_overruns|drop_ratelimits)"),
        ("d", "loss", "drops+xdp_drops", "(rx_queue_<q>|rx<q>|rx)_drops"),
        ("e", "loss", "hw_tx_drops", "(tx<q>|tx)_hw_(drops|drop_errors|drop_malformed|drop_ratelimits)"),
        ("e", "event", None, "(tx_queue_<q>|tx<q>|tx)_(tx_timeouts|stop|wake)"),
        ("e", "loss", "xdp_tx_drops", "(tx_queue_<q>|tx<q>|tx)_xdp_tx_drops"),
        ("f", "event", "xdp_drops", "(rx_queue_<q>|rx<q>|rx)_xdp_drops"),
        (None, "info", None, "(rx_queue_<q>|tx_queue_<q>|rx<q>|tx<q>|rx|tx)_(kicks|hw_interrupts|hw_notifications)"),
        (None, "info", None, "(rx_queue_<q>|tx_queue_<q>|rx<q>|tx<q>|rx|tx)_(xdp_packets|xdp_tx|xdp_redirects)"),
    ],
}

NETDEV = {
    "rx_dropped": ("d", "drops+xdp_drops"),
    "tx_dropped": ("e", "tx_dropped"),
    # Most packets of a wrong length are in drops too (receive_mergeable, 6.1).
    "rx_length_errors": ("a", "length+drops"),
    "rx_frame_errors": ("a", "alignment"),
}

# The names with a hyphen and no dot (virtio2-rx, -tx, -event) are those of vsock.
INTERRUPTS = {
    "names": [
        ("rx", r"{virtio}-input\.{q}"),
        ("tx", r"{virtio}-output\.{q}"),
        ("rxtx", "{virtio}-virtqueues"),
        ("other", "{virtio}-config"),
        ("rxtx", "{virtio}"),
    ],
}

#: struct virtio_net_hdr_mrg_rxbuf, GOOD_PACKET_LEN, IP_MAX_MTU.
_HEADER, _PACKET, _LARGEST = 12, 1518, 65535

#: A vring: 16 bytes of descriptor, 2 and 8 of the rings beside it; struct vring_desc_state_split and _extra.
_VRING = (("exact", 26, 12), ("slab", 16), ("slab", 16))


def buffers(ring_set):
    """add_recvbuf_mergeable(): cut to the average packet of the queue, from the least that is allowed to a page.

    A buffer of the size that was told, not below that least. All queues are given the mean of those that were told.
    """
    page, ring = ring_set.page_size, ring_set.rx
    most = page_frags(ring, page, page)
    if ring_set.xdp or not ring:
        return {"bytes": most}
    largest = _HEADER + 18 + _LARGEST
    packet = min(max(-(-largest // ring) - _HEADER, _PACKET), page - _HEADER)
    least = round_up(_HEADER + packet, ring_set.cache_line)
    taken = [page_frags(ring, max(size, least), page) for size in ring_set.mergeable_bytes or (least,)]
    mean = sum(taken) // len(taken)
    return {"bytes": mean, "risk": max(most - mean, 0)}


def settings(told, host, known, notes):
    """To what sizes the buffers are cut now."""
    sizes = told("mergeable_rx_buffers")
    if not sizes:
        why = "the host document does not tell their sizes: the least, as for packets of up to 1518 bytes"
        notes.assume("mergeable buffers", True, why)
    return {"mergeable_bytes": tuple(sorted((sizes or {}).values()))}


def resized(ring_set, rx, tx):
    """virtnet_set_ringparam() resizes, and fills, the rings of all the queues there could be."""
    if (rx, tx) == (ring_set.rx, ring_set.tx):
        return {}
    most = max(ring_set.vectors, ring_set.channels)
    return {"channels": most, "tx_channels": most}


RINGS = {
    "buffers": buffers,
    "rx": _VRING,
    "tx": _VRING,
    "settings": settings,
    "resized": resized,
    "change": "close first",
    "down": "all",
    "rounding": "as it is",
    # vring_alloc_queue_split().
    "powers_only": True,
    "least": (1, 1),
    "confidence": "medium",
    "why": (
        "read in virtio_net.c of Linux 6.1.192; buffers follow the average packet, so traffic changes what they take"
    ),
    "reads": ("mergeable_rx_buffers",),
}

TRAITS = {
    "changes": {
        # Queue by queue, while the others go on; needs VIRTIO_F_RING_RESET.
        "rings": 1,
        # A command to the device, without a reset; EINVAL with XDP. Yet queues come and go while packets pass.
        "channels": 1,
        # Needs VIRTIO_NET_F_NOTF_COAL; without it only tx_frames 0 and 1, and EBUSY for a change of that while up.
        "coalesce": 0,
        # Two are a command to the device (virtnet_set_guest_offloads()); what it does to traffic is not known. Of the
        # others virtnet_set_features() changes nothing, or what is hashed.
        "features": {"rx-lro": None, "rx-gro-hw": None, "*": 0},
        "private_flags": None,
        # virtnet_commit_rss_command() (Linux 6.12.117).
        "rss": 0,
    },
    "equal_rings_reach_hardware": False,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": True,
    "vectors_dealt_out": False,
    # virtnet_set_affinity() sets it, of all queues.
    "affinity_again_after": ("channels", "cpus"),
    "xps_again_after": ("channels", "cpus"),
    "irqs_anew_after": (),
    "channels_refused_with": ("xdp",),
    # Guests of one host exceed it among themselves.
    "nominal_speed": True,
    "waits_in_nic_buffer": None,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {"d": "virtio_net counts an oversized packet or a failed XDP program here as well."},
    "sources": ("virtio_net.c of Linux 6.1.192 and 6.12.117",),
}
