# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ethtool statistics of each driver mean: tables to read.

A row is ``(class, kind, group, names)``.

* class: where a packet was lost: "a" link, "b" buffer of the NIC or PCIe, "c" ring empty, "d" memory of the driver,
  "e" transmission, "f" steering or filter, "g" pause; None where it is about none of them.
* kind: "loss" counts packets that are gone; "event" counts something else worth knowing; "gauge" is not a counter;
  "traffic" counts packets or bytes; "info" is harmless; "unclassified" may be a loss, but nobody knows which.
* group: names of one group count THE SAME packets from different views. "x+y" counts the packets of x and of y
  together: what is beyond the two known parts belongs to x. The group "refill" are events: a buffer for the ring could
  not be had and is tried again, which costs no packet until the ring is empty.
* names: every name the row is for. ``(x|y)`` is either, ``<q>`` the number of the queue, ``<n>`` any number,
  ``*`` at the end any rest. In a group ``{1}`` is what the first bracket of the names stood for.

``netdev`` tells which field of the netdev statistics is a view of which group: ``field: (class, group)``. The core adds
its own drops to rx_dropped, so rx_dropped is only explained by a group, never taken for its measure, except where
``rx_dropped_is_device`` says that it is the only view there is. With ``rx_dropped_is_mixed`` the driver counts its own
drops there too, and tells of them nowhere else.

Sources: the drivers' ethtool files of Linux 6.1.192 and 6.18.3, older names from 4.x where they differ.
"""


def _nvidia_intel():
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import tables_nvidia_intel as tables

    return tables.DRIVERS


def _vendors():
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import tables_vendors as tables

    return tables.DRIVERS


def _virtual():
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import tables_virtual as tables

    return tables.DRIVERS


#: Which file has the table of a driver. It is imported when it is needed: a node compiles the code of a module anew in
#: each run, and has one or two drivers.
DRIVERS = {
    "mlx5_core": _nvidia_intel,
    "mlx4_en": _nvidia_intel,
    "ixgbe": _nvidia_intel,
    "ixgbevf": _nvidia_intel,
    "igb": _nvidia_intel,
    "igbvf": _nvidia_intel,
    "e1000e": _nvidia_intel,
    "i40e": _nvidia_intel,
    "iavf": _nvidia_intel,
    "ice": _nvidia_intel,
    "bnxt_en": _vendors,
    "bnx2x": _vendors,
    "tg3": _vendors,
    "hns3": _vendors,
    "hinic": _vendors,
    "sfc": _vendors,
    "be2net": _vendors,
    "ena": _virtual,
    "virtio_net": _virtual,
    "vmxnet3": _virtual,
    "gve": _virtual,
    "mana": _virtual,
    "hv_netvsc": _virtual,
    "veth": _virtual,
}


def table(driver):
    """The table of a driver by its name in :data:`DRIVERS`; None for one that has none."""
    return DRIVERS[driver]()[driver] if driver in DRIVERS else None


#: Names that drivers report to ETHTOOL_GDRVINFO, by the driver whose table is theirs.
ALIASES = {
    "mlx5e_rep": "mlx5_core",
    "mlx5_core.sf": "mlx5_core",
    "mlx5": "mlx5_core",
    "mlx4_core": "mlx4_en",
    "mlx4": "mlx4_en",
    "igc": "igb",
    "e1000": "e1000e",
    "i40evf": "iavf",
    "bnxt": "bnxt_en",
    "virtio": "virtio_net",
    "net_vsc": "hv_netvsc",
    "netvsc": "hv_netvsc",
    "sfc_siena": "sfc",
    "sfc_falcon": "sfc",
    "sfc_ef100": "sfc",
    "hns3vf": "hns3",
    "hclge": "hns3",
    "hclgevf": "hns3",
}

#: Statistics that many drivers copy from the netdev's under its names: read after the driver's own rows.
COMMON = [
    ("a", "loss", "crc", "rx_crc_errors"),
    ("a", "loss", "alignment", "rx_frame_errors"),
    ("a", "loss", "length", "rx_length_errors"),
    ("b", "loss", "device_buffer", "rx_(missed|fifo|over)_errors"),
    ("e", "loss", "tx_{1}", "tx_(aborted|fifo|window)_errors"),
    ("e", "loss", "tx_dropped", "tx_dropped"),
    ("e", "info", None, "(tx_carrier_errors|tx_heartbeat_errors|collisions)"),
    # rx_dropped holds drops of the core too, and is judged as the netdev's field.
    (None, "info", None, "(rx_errors|tx_errors|rx_dropped|rx_compressed|tx_compressed)"),
    (None, "info", None, "((rx|tx)_hwtstamp_(cleared|timeouts|skipped|flushed)|corr_ecc_errors)"),
    (None, "event", None, "(uncorr_ecc_errors|ecc_errors)"),
    (None, "traffic", None, "multicast"),
]

#: What the fields mean when nothing is known of the driver (Documentation/networking/statistics.rst). Fields that are
#: historic aliases of each other are one group, and what an unknown name has told of an empty ring is not added again.
NETDEV_GENERIC = {
    "rx_missed_errors": ("b", "device_buffer+ring_empty"),
    "rx_fifo_errors": ("b", "device_buffer+ring_empty"),
    "rx_over_errors": ("b", "device_buffer+ring_empty"),
    "rx_crc_errors": ("a", "crc"),
    "rx_frame_errors": ("a", "alignment"),
    "rx_length_errors": ("a", "length"),
    "tx_dropped": ("e", "tx_dropped"),
    "tx_aborted_errors": ("e", "tx_aborted"),
    "tx_fifo_errors": ("e", "tx_fifo"),
    "tx_window_errors": ("e", "tx_window"),
}

# A name that counts packets or bytes as they pass, unless one of the words below is in it.
TRAFFIC = (
    r"(?:packets|pkts|pkt_num|bytes|octets|oct_num|frames|unicast|multicast|broadcast|ucast|mcast|bcast|_cnt|pkt|good)"
    r"(?:_?\d+)?(?:_phy|\.nic|_nic|_vport|_pri\d+|_cos\d+|\[\d+\])?$"
    r"|(?:^|_)size_(?:\d+|big)|\d+_?(?:to|byte|b_|octets)|_(?:lt)?64$|_\d+_to_\w+$"
)
NOT_TRAFFIC = (
    r"drop|discard|err|bad|fail|miss|pause|pfc|xon|xoff|lost|trunc|overflow|over_|jabber|fragment|fcs|crc|too_|filter"
    r"|timeout|stop|busy|restart|oom|no_|retr|mismatch|collision|deferred|invalid|unknown"
)
GAUGE = r"_status$|ifindex$|_lpi_status|(?:^|_)temperature$"
INFO = r"csum|checksum|chksum|hwtstamp|corrected|_corr_|xmit_more|copybreak|recycl"

#: Where the number of the queue is in a name that no row has. A table's own "queue" is read instead.
QUEUE = (
    r"^(?:qos_|ptp_)?[rt]x-?(\d+)[_.]|^ch(\d+)_|(?:^|_)queue_(\d+)_|^\[(\d+)\]: |^(?:rcb_q|[rt]xq#?)(\d+)[_:]"
    r"|\[(\d+)\]$|^[RT]x Queue#(\d+)"
)

#: The order in which an unknown name is judged: ``(class, group, regex)``, the first that is found in the name. What
#: looks like "err" in "interrupt", "overrun" and "deferred" is no error.
FALLBACK = [
    ("a", None, r"crc|fcs|symbol|align|jabber|fragment|lane|fec_uncorr"),
    (
        "c",
        "ring_empty",
        r"no_?desc|nodesc|no_buff|no_dma|out_of_buffer|oob|no_wqe|empty_rx|rxbds_empty",
    ),
    ("d", "refill", r"alloc.*(?:fail|err)"),
    ("d", "no_memory", r"oom|no_?skb|noskb|no_frags"),
    ("b", "device_buffer", r"missed|overflow|fifo|brb|vfifo|discards?_phy|stat_discard"),
    ("g", None, r"xo(?:n|ff)|pause|pfc"),
    ("e", "tx_dropped", r"tx.*(?:drop|discard|timeout|err(?![eu])|underrun|stop|busy|restart)"),
    ("f", "filter", r"fdir|steer|unknown_prot|filter|mismatch"),
]
FALLBACK_UNCLASSIFIED = r"drop|discard|err(?![eu])"

# Of what FALLBACK finds, this is no packet lost: back-pressure, hangs, states of a FIFO (stmmac), filters, which drop
# what nobody asked for, raw bits under FEC, the fragments of frame preemption, and Intel's rx_no_buffer_count (the
# frame is still received while the FIFO has room). Whether a buffer that could not be had cost a packet nobody knows.
FALLBACK_EVENT = r"timeout|stop|busy|restart|wake|threshold|thres|rxbds_empty|empty_rx|irq|alloc.*(?:fail|err)"
FALLBACK_INFO = (
    r"no_buffer_count|match|miss$|status|lane|bytes|octets|duration|_us$|transition|filter|fdir|steer|unknown_prot"
    r"|fifo_(?:not_empty|ctrl|fill|read)|_ctrl_fifo|fpe_"
)

#: The words of class a that stand for different packets.
FALLBACK_LINK_GROUPS = [
    ("crc", r"crc|fcs"),
    ("symbol", r"symbol|fec_uncorr"),
    ("alignment", r"align"),
    ("jabber", r"jabber"),
    ("fragment", r"fragment"),
]
