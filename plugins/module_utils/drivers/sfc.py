# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sfc: Solarflare (Xilinx, AMD) SFN5000 to X3, EF100."""

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

RINGS = None

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
    "rss_reach": None,
    "vectors_for_all_queues": None,
    "vectors_dealt_out": None,
    # efx_set_interrupt_affinity() sets it (irq_set_affinity_hint()); EF100 whenever it is opened.
    "affinity_again_after": ("load", "up"),
    "xps_again_after": (),
    "irqs_anew_after": None,
    "nominal_speed": False,
    "waits_in_nic_buffer": False,
    "rx_dropped_is_device": False,
    "rx_dropped_is_mixed": False,
    "counts_slaves": False,
    "counter_notes": {},
    "sources": ("ethtool.c, efx_channels.c and ef100_netdev.c of Linux 6.1.192",),
}
