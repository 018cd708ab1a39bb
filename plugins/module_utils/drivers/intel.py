# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the drivers of Intel's NICs have in common."""

#: What igb, igc, e1000e and ixgbe count.
COUNTERS_1G_10G = [
    ("a", "loss", "crc", "rx_crc_errors"),
    ("a", "loss", "long", "rx_long_length_errors"),
    ("a", "event", None, "(lsc_int|tx_carrier_errors|collisions)"),
    ("b", "loss", "mpc", "rx_missed_errors"),
    # A frame that came while the ring had no descriptor is kept while the device's FIFO has room: no loss by itself.
    ("c", "info", None, "rx_no_buffer_count"),
    # A frame for which there is no memory stays in the ring and is tried again (ixgbe_clean_rx_irq, 6.1).
    ("d", "event", "refill", "alloc_rx_(page|buff)_failed"),
    ("d", "info", None, "alloc_rx_page"),
    ("e", "event", None, "(tx_busy|tx_restart_queue|tx_timeout_count|tx_dma_out_of_sync)"),
    ("e", "loss", "tx_dropped", "tx_dropped"),
    ("e", "loss", "tx_window", "tx_abort_late_coll"),
    ("e", "info", None, "(tx_deferred_ok|tx_single_coll_ok|tx_multi_coll_ok)"),
    ("f", "event", None, "dropped_smbus"),
    ("g", "event", None, "(rx|tx)_flow_control_(xon|xoff)"),
    (None, "info", None, "rx_csum_offload_(errors|good)"),
]

#: The netdev fields of virtual functions of ixgbe and igb: what the port loses only the physical function counts.
VF_NETDEV = {"tx_dropped": ("e", "tx_dropped")}

#: Frames that are too short, of drivers whose NIC QEMU imitates: there a frame that comes from a tap without padding is
#: counted and delivered all the same (QEMU hw/net/e1000x_common.c, hw/net/igb_core.c), so it is no loss for certain.
SHORT_FRAMES = ("a", "event", "short", "rx_short_length_errors")

#: Action names of igb, igc, e1000e, ixgbe and their virtual functions.
INTERRUPTS_1G_10G = {
    "names": [
        ("rxtx", "{if}-TxRx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("plain", "{if}"),
    ],
}

#: What i40e, iavf and ice count: "port." and ".nic" mark the port's counters, the bare names are the VSI's.
COUNTERS_40G_100G = [
    ("a", "loss", "crc", "(port.rx_crc_errors|rx_crc_errors|rx_crc_errors.nic)"),
    ("a", "loss", "length", "(port.rx_length_errors|rx_length_errors|rx_length_errors.nic)"),
    ("a", "loss", "illegal_bytes", "(port.illegal_bytes|illegal_bytes.nic)"),
    ("a", "loss", "{1}", "port.rx_(undersize|oversize|fragments|jabber)"),
    ("a", "loss", "{1}", "rx_(undersize|oversize|fragments|jabber).nic"),
    ("a", "event", None, "(port.mac_(local|remote)_faults|mac_(local|remote)_faults.nic)"),
    ("b", "loss", "port_buffer", "(port.rx_dropped|port.rx_discards|rx_dropped.nic)"),
    # A frame for which there is no memory stays in the ring and is tried again (i40e_clean_rx_irq, 6.1).
    ("d", "event", "refill", "rx_(alloc_fail|pg_alloc_fail)"),
    ("e", "event", None, "(tx_busy|tx_stopped|tx_restart|tx_force_wb|port.tx_timeout|tx_timeout.nic)"),
    ("e", "loss", "tx_link_down", "(port.tx_dropped_link_down|tx_dropped_link_down.nic)"),
    ("e", "loss", "tx_discards", "(tx_dropped|tx_discards)"),
    ("e", "info", None, "tx_linearize"),
    ("f", "info", None, "(rx_unknown_protocol|veb.rx_unknown_protocol)"),
    ("f", "info", None, "(port.fdir_(atr|atr_tunnel|sb)_match|fdir_(atr|sb)_match.nic)"),
    ("f", "gauge", None, "(port.fdir_(atr|sb)_status|fdir_(atr|sb)_status.nic)"),
    ("f", "event", None, "port.fdir_flush_cnt"),
    ("g", "event", None, "(port.link_(xon|xoff)_(rx|tx)|link_(xon|xoff)_(rx|tx).nic)"),
    ("g", "event", None, "port.(rx|tx)_priority_<n>_(xon|xoff|xon_2_xoff)(|_rx|_tx)"),
    ("g", "event", None, "(rx|tx)_priority_<n>_(xon|xoff|xon_2_xoff).nic"),
    (None, "event", None, "port.(arq_overflows|VF_admin_queue_requests)"),
    (None, "gauge", None, "port.(rx|tx)_lpi_status"),
    (None, "info", None, "(port.rx_csum_bad|rx_csum_bad.nic|port.tx_errors|tx_errors.nic|veb.tx_errors)"),
]


def interrupts_40g_100g(driver):
    """Action names of i40e, iavf and ice, which begin with the name of the *driver* (a regex)."""
    return {
        "names": [
            ("rxtx", driver + "-{if}-TxRx-{q}"),
            ("rx", driver + "-{if}-rx-{q}"),
            ("tx", driver + "-{if}-tx-{q}"),
            ("other", driver + r"-{bdf}:[\w:.-]+"),
        ],
    }


def whole_pages(largest_mtu, lro_too=False):
    """``buffers``: a page for each descriptor, two where a frame needs a buffer of 3 KiB and a page has 4.

    Half of each page is in use at a time; the other half is for the time until the stack is done with the first. With
    legacy-rx the frame goes on in the next descriptor instead.
    """

    def buffers(ring_set):
        large = ring_set.mtu > largest_mtu or (lro_too and ring_set.lro)
        order = 1 if large and ring_set.page_size < 8192 and not ring_set.legacy_rx else 0
        return {
            "bytes": ring_set.rx * (ring_set.page_size << order),
            "order": order,
            "blocks": ring_set.rx,
        }

    return buffers


def legacy_rx(told, host, known, notes):
    """``settings``: the private flag legacy-rx."""
    flags = told("private_flags")
    if flags is None:
        return {"legacy_rx": notes.assume("legacy-rx", False, "the private flags could not be read: the default")}
    return {"legacy_rx": bool(flags.get("legacy-rx"))}


def rings(files, largest_mtu, rx, tx):
    """RINGS: pages as buffers, a ring of descriptors and an array beside it.

    :param files: what was read
    :param largest_mtu: that a page serves
    :param rx: ``(bytes of a descriptor, bytes of its entry in the array)``, and *tx* the same
    """
    return {
        "buffers": whole_pages(largest_mtu),
        "rx": (("block", rx[0]), ("array", rx[1])),
        "tx": (("block", tx[0]), ("array", tx[1])),
        "change": "descriptors first",
        "down": "nothing",
        "rounding": "up to a multiple of 8",
        "least": (64, 64),
        "confidence": "high",
        "why": f"read in {files} of Linux 6.1.192",
    }
