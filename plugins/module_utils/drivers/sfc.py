# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sfc: Solarflare (Xilinx, AMD) SFN5000 to X3, EF100."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import power_of_two, round_up

STATISTICS = {
    "counters": [
        # ef10.c, ethtool_common.c: port_ is the MAC, the bare names are the vadaptor, which a VF sees.
        ("a", "loss", "crc", "(port_rx_bad|rx_bad|rx_eth_crc_err)"),
        ("a", "loss", "alignment", "port_rx_align_error"),
        ("a", "loss", "length", "port_rx_length_error"),
        ("a", "loss", "gtjumbo", "port_rx_(|bad_)gtjumbo"),
        ("a", "event", None, "fec_uncorrected_errors"),
        (
            "a",
            "info",
            None,
            "(fec_corrected_errors|fec_corrected_symbols_*|port_rx_bad_bytes|rx_bad_bytes|tx_bad_bytes)",
        ),
        ("b", "loss", "overflow", "(port_rx_overflow|rx_overflow)"),
        ("b", "loss", "pm_{1}", "port_rx_pm_(discard_bb_overflow|discard_vfifo_full|discard_qbb)"),
        ("b", "loss", "pm_{1}", "port_rx_pm_(trunc_bb_overflow|trunc_vfifo_full|trunc_qbb)"),
        ("b", "event", None, "port_rx_dp_hlb_wait"),
        ("c", "loss", "nodesc", "(|port_)rx_nodesc_(drops|drop_cnt)"),
        ("c", "loss", "nodesc_trunc", "rx_nodesc_trunc"),
        ("d", "loss", "noskb", "rx_noskb_drops"),
        ("e", "loss", "{1}", "(tx_overflow|tx_bad)"),
        ("e", "info", None, "(tx_tso_fallbacks|tx_tso_long_headers)"),
        # Cut-through transmission that did not work out: the packet is sent the usual way.
        ("e", "info", None, "ctpio_*"),
        ("f", "loss", "pm_mapping", "port_rx_pm_discard_mapping"),
        # Frames that no filter wanted: on a healthy host this rises with every foreign multicast.
        ("f", "info", None, "(port_rx_dp_di_dropped_packets|port_rx_dp_q_disabled_packets|rx_mcast_mismatch)"),
        ("f", "event", None, "(rfs_failed|rx_xdp_drops)"),
        ("f", "loss", "xdp_bad", "rx_xdp_bad_drops"),
        ("f", "info", None, "(rfs_filter_count|rfs_succeeded|rx_tobe_disc|rx_frm_trunc)"),
        ("g", "event", None, "port_(rx|tx)_pause"),
        (None, "info", None, "(rx_(|inner_|outer_)(ip_hdr|tcp_udp)_chksum_err|port_rx_dp_hlb_fetch)"),
    ],
}

NETDEV = {
    "rx_dropped": ("c", "nodesc+nodesc_trunc+noskb"),
    "rx_fifo_errors": ("b", "overflow"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "gtjumbo+length"),
    "tx_dropped": ("e", "core_tx_dropped"),
}

INTERRUPTS = {
    "names": [
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("other", r"{if}-xdp-\d+"),
        ("rxtx", "{if}-{q}"),
        ("plain", "{if}"),
    ],
}

#: EF10: bytes from one buffer of a page to the next at MTU 1500, and in a packet of several (EFX_RX_USR_BUF_SIZE and
#: what is beside it), and what a page has of its own (struct efx_rx_page_state, whole cache lines).
_STEP, _SCATTERED_STEP, _PAGE_STATE = 2048, 2240, 64

#: What a buffer of a larger packet has beside the frame at most: prefix, headroom, header.
_BESIDE = 512

#: How many events there are beside one for each entry (efx_probe_eventq()).
_MORE_EVENTS = 128


def buffers(ring_set):
    """efx_init_rx_buffers(): as many buffers to a page as fit beside its state, which is one in 4 KiB."""
    page = ring_set.page_size
    step = _STEP if ring_set.mtu <= 1500 else round_up(ring_set.mtu + _BESIDE, ring_set.cache_line)
    if step + _PAGE_STATE > page:
        step = min(_SCATTERED_STEP, page - _PAGE_STATE)
    return {"bytes": -(-ring_set.rx // ((page - _PAGE_STATE) // step)) * page}


def rx_parts(ring_set):
    """Descriptors and buffers, of which there is a power of two, and the event queue of the channel."""
    entries = power_of_two(ring_set.rx)
    events = power_of_two(ring_set.rx + ring_set.tx + _MORE_EVENTS)
    return [(("block", 8), entries), (("array", 32), entries), (("block", 8), events)]


def settings(told, host, known, notes):
    """Of the older and newer generations, whose drivers have other names, nobody has read the buffers."""
    if known["driver"] != "sfc":
        notes.assume("generation", "EF10", f"{known['driver']} was not read itself", "low")
    return {}


RINGS = {
    "buffers": buffers,
    "rx": rx_parts,
    "tx": (("block", 8), ("array", 32)),
    "settings": settings,
    # efx_realloc_channels() stops everything, which empties the rings, and makes new channels beside the old ones.
    "change": "descriptors first",
    # Channels are made when the driver is loaded.
    "down": "descriptors",
    "rounding": "as it is",
    # EFX_RXQ_MIN_ENT; what is too small for TX is raised.
    "least": (128, 1),
    "confidence": "medium",
    "why": "read in sfc/rx_common.c and efx_channels.c of Linux 6.1.192",
}

TRAITS = {
    "changes": {
        # efx_realloc_channels() stops the channels and makes new ones, without a reset.
        "rings": 1,
        "channels": "unsupported",
        "coalesce": 0,
        "features": None,
        "private_flags": None,
        "rss": None,
    },
    # efx_ethtool_set_ringparam() compares nothing.
    "equal_rings_reach_hardware": True,
    "adaptive_refuses_usecs": None,
    "adaptive_toggle_resets_usecs": None,
    "usecs_rounding": None,
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # efx_set_interrupt_affinity() sets it (irq_set_affinity_hint()); EF100 whenever it is opened.
    "affinity_again_after": ("load", "up"),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "channels_refused_with": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("ethtool.c, efx_channels.c and ef100_netdev.c of Linux 6.1.192",),
}
