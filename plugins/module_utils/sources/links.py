# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every network interface of a namespace in one list: what it is, its state, and its statistics.

Attribute numbers and structures: include/uapi/linux/if_link.h, Linux 6.12.
"""

import functools
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import answered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U8,
    U32,
    attributes,
    fixed,
    number,
    text,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64

_RTM_GETLINK = 18
_IFINFOMSG = struct.Struct("=BBHiII")  # family, padding, ARPHRD type, ifindex, flags, change

_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_LINK = 5
_IFLA_MASTER = 10
_IFLA_TXQLEN = 13
_IFLA_OPERSTATE = 16
_IFLA_LINKINFO = 18
_IFLA_STATS64 = 23
_IFLA_CARRIER = 33
_IFLA_CARRIER_CHANGES = 35
_IFLA_LINK_NETNSID = 37
_IFLA_XDP = 43

_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2
_IFLA_INFO_SLAVE_KIND = 4
_IFLA_INFO_SLAVE_DATA = 5

_IFLA_BOND_MODE = 1
_IFLA_BOND_ACTIVE_SLAVE = 2
_IFLA_BOND_MIIMON = 3
_IFLA_BOND_SLAVE_STATE = 1
_IFLA_BOND_SLAVE_MII_STATUS = 2
_IFLA_BOND_SLAVE_LINK_FAILURE_COUNT = 3

_IFLA_XDP_ATTACHED = 2
# For one program its id, for several the id of each: driver, generic, offload.
_IFLA_XDP_PROGRAM_IDS = (4, 5, 6, 7)

_FLAGS = (
    "UP",
    "BROADCAST",
    "DEBUG",
    "LOOPBACK",
    "POINTOPOINT",
    "NOTRAILERS",
    "RUNNING",
    "NOARP",
    "PROMISC",
    "ALLMULTI",
    "MASTER",
    "SLAVE",
    "MULTICAST",
    "PORTSEL",
    "AUTOMEDIA",
    "DYNAMIC",
    "LOWER_UP",
    "DORMANT",
    "ECHO",
)
_OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
_XDP_MODES = (None, "driver", "generic", "offload", "multi")
_BOND_MODES = (
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
)
_BOND_SLAVE_STATES = ("active", "backup")
_MII_STATES = ("up", "going down", "down", "going back")

#: The fields of struct rtnl_link_stats64, in order; older kernels lack the last ones.
LINK_STATS = (
    "rx_packets",
    "tx_packets",
    "rx_bytes",
    "tx_bytes",
    "rx_errors",
    "tx_errors",
    "rx_dropped",
    "tx_dropped",
    "multicast",
    "collisions",
    "rx_length_errors",
    "rx_over_errors",
    "rx_crc_errors",
    "rx_frame_errors",
    "rx_fifo_errors",
    "rx_missed_errors",
    "tx_aborted_errors",
    "tx_carrier_errors",
    "tx_fifo_errors",
    "tx_heartbeat_errors",
    "tx_window_errors",
    "rx_compressed",
    "tx_compressed",
    "rx_nohandler",
    "rx_otherhost_dropped",
)

# What every kernel sends of every interface from some version on.
_SINCE = {"operstate": "2.6.17", "carrier": "3.9", "carrier_changes": "3.15", "xdp": "4.8"}
_STATS_SINCE = dict(dict.fromkeys(LINK_STATS, "2.6.35"), rx_nohandler="4.6", rx_otherhost_dropped="5.19")


@answered
def links(host, gaps=None):
    """The interfaces of the namespace: ``{name: link}``, each link as :func:`parse_link` gives it.

    :param gaps: a Gaps at ``/nics``: takes what this kernel does not tell

    Virtual functions are not asked for (RTEXT_FILTER_VF): the driver would be asked about each of them, and with some
    hundred of them the answer no longer fits in an attribute. Their number is in sysfs.
    """
    gaps = Gaps() if gaps is None else gaps
    messages = host.netlink.dump("RTM_GETLINK", _RTM_GETLINK, bytes(_IFINFOMSG.size))
    return dict(parse_link(message, gaps) for message in messages)


def parse_link(message, gaps):
    """One RTM_NEWLINK message: its name and ``{ifindex, kind, type, flags, mac, mtu, operstate, carrier,
    carrier_changes, tx_queue_len, master_ifindex, link_ifindex, xdp, link_stats, bond, bond_slave}``.

    * ``kind``: what made a virtual interface ("veth", "bond"), None for hardware and loopback; ``type``: ARPHRD number
    * ``link_ifindex``: the interface below (VLAN) or the other end (veth), None when it is in another namespace
    * ``operstate``: as in sysfs; ``carrier_changes``: Counter32
    * ``xdp``: ``{attached, mode: "driver"|"generic"|"offload"|"multi"|None, program_id}``
    * ``link_stats``: Counter64 by the names of struct rtnl_link_stats64, None for a field that this kernel lacks
    * ``bond``: ``{mode, active_slave_ifindex, miimon_ms}`` of a bond, else None
    * ``bond_slave``: ``{state, mii_status, link_failure_count: Counter32}`` of an interface in a bond, else None
    """
    _family, _padding, hardware_type, ifindex, flags, _change = fixed(_IFINFOMSG, message, "link")
    found = attributes(message, _IFINFOMSG.size)
    name = text(found, _IFLA_IFNAME)
    if not name:
        raise Unavailable("malformed", f"RTM_NEWLINK: interface {ifindex} has no name")
    info = attributes(found.get(_IFLA_LINKINFO, b""))
    kind = text(info, _IFLA_INFO_KIND)
    carrier = number(found, _IFLA_CARRIER, U8)
    link = {
        "ifindex": ifindex,
        "kind": kind,
        "type": hardware_type,
        "flags": list(_flag_names(flags)),
        "mac": _mac(found.get(_IFLA_ADDRESS)),
        "mtu": number(found, _IFLA_MTU, U32),
        "operstate": _named(_OPERSTATES, number(found, _IFLA_OPERSTATE, U8)),
        "carrier": None if carrier is None else bool(carrier),
        "carrier_changes": _counter32(found, _IFLA_CARRIER_CHANGES),
        "tx_queue_len": number(found, _IFLA_TXQLEN, U32),
        "master_ifindex": number(found, _IFLA_MASTER, U32) or None,
        "link_ifindex": None if _IFLA_LINK_NETNSID in found else number(found, _IFLA_LINK, U32) or None,
        "xdp": _xdp(found.get(_IFLA_XDP)),
        "link_stats": _link_stats(found.get(_IFLA_STATS64, b"")),
        "bond": _bond(attributes(info.get(_IFLA_INFO_DATA, b""))) if kind == "bond" else None,
        "bond_slave": None,
    }
    if text(info, _IFLA_INFO_SLAVE_KIND) == "bond":
        link["bond_slave"] = _bond_slave(attributes(info.get(_IFLA_INFO_SLAVE_DATA, b"")))
    _note_missing(link, _SINCE, gaps, name)
    _note_missing(link["link_stats"], _STATS_SINCE, gaps, name, "link_stats")
    return name, link


def _note_missing(values, since, gaps, *keys):
    for key, version in since.items():
        if values[key] is None:
            error = Unavailable("absent", f"RTM_NEWLINK has no {key}: Linux has it since {version}")
            gaps.at(*keys).note(key, error)


@functools.lru_cache(maxsize=256)
def _flag_names(flags):
    return tuple(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1)


def _link_stats(data):
    count = min(len(data) // 8, len(LINK_STATS))
    stats = dict.fromkeys(LINK_STATS)
    stats.update(zip(LINK_STATS, map(Counter64, struct.unpack_from(f"={count}Q", data))))
    return stats


def _xdp(data):
    if data is None:
        return None
    found = attributes(data)
    mode = _named(_XDP_MODES, number(found, _IFLA_XDP_ATTACHED, U8))
    ids = (number(found, kind, U32) for kind in _IFLA_XDP_PROGRAM_IDS)
    return {"attached": mode is not None, "mode": mode, "program_id": next(filter(None, ids), None) if mode else None}


def _bond(found):
    return {
        "mode": _named(_BOND_MODES, number(found, _IFLA_BOND_MODE, U8)),
        "active_slave_ifindex": number(found, _IFLA_BOND_ACTIVE_SLAVE, U32) or None,
        "miimon_ms": number(found, _IFLA_BOND_MIIMON, U32),
    }


def _bond_slave(found):
    return {
        "state": _named(_BOND_SLAVE_STATES, number(found, _IFLA_BOND_SLAVE_STATE, U8)),
        "mii_status": _named(_MII_STATES, number(found, _IFLA_BOND_SLAVE_MII_STATUS, U8)),
        "link_failure_count": _counter32(found, _IFLA_BOND_SLAVE_LINK_FAILURE_COUNT),
    }


def _counter32(found, kind):
    value = number(found, kind, U32)
    return None if value is None else Counter32(value)


def _mac(data):
    """The hardware address, or None for an interface that has none (tun)."""
    return ":".join(["%02x"] * len(data)) % tuple(data) if data else None


def _named(names, value):
    """The name of *value*; a number that has no name yet stays visible as its digits."""
    if value is None or value < len(names):
        return None if value is None else names[value]
    return str(value)
