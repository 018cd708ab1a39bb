# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way the kernel would send a packet, with all rules and tables (include/uapi/linux/rtnetlink.h, Linux 6.12)."""

import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U32,
    attribute,
    attributes,
    fixed,
    number,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_RTM_GETROUTE = 26
_RTMSG = struct.Struct("=BBBBBBBBI")  # family, destination and source length, TOS, table, protocol, scope, type, flags

_RTA_DST = 1
_RTA_SRC = 2
_RTA_OIF = 4
_RTA_GATEWAY = 5

_FAMILIES = ((socket.AF_INET, 32), (socket.AF_INET6, 128))


def way_to(host, destination, source=None, ifindex=None):
    """``{"ifindex": int, "gateway": address|None}`` of the way to an address; raises Unavailable.

    :param destination: an address, ``192.0.2.9`` or ``2001:db8::9``
    :param source: the address that the packet would come from, by which there may be rules
    :param ifindex: the interface that it would leave by, for an address that is one of a link
    """
    family, bits, packed = _packed(destination)
    question = _RTMSG.pack(family, bits, bits if source else 0, 0, 0, 0, 0, 0, 0) + attribute(_RTA_DST, packed)
    if source:
        question += attribute(_RTA_SRC, _packed(source)[2])
    if ifindex is not None:
        question += attribute(_RTA_OIF, U32.pack(ifindex))
    what = f"RTM_GETROUTE {destination}"
    for message in host.netlink.ask(what, _RTM_GETROUTE, question):
        return parse_route(message)
    raise Unavailable("malformed", f"{what}: expected a route, found none")


def parse_route(message):
    """One RTM_NEWROUTE message that answers for a single destination."""
    fixed(_RTMSG, message, "route")
    found = attributes(message, _RTMSG.size)
    ifindex = number(found, _RTA_OIF, U32)
    if ifindex is None:
        raise Unavailable("malformed", "RTM_NEWROUTE: expected the interface that it leaves by, found none")
    return {"ifindex": ifindex, "gateway": _address(found.get(_RTA_GATEWAY))}


def _address(packed):
    """An address as text, None where there is none."""
    if packed is None:
        return None
    # By its length: the way to an address of the one family may lead over a router of the other.
    for family, bits in _FAMILIES:
        if len(packed) == bits // 8:
            return socket.inet_ntop(family, packed)
    raise Unavailable("malformed", f"RTM_NEWROUTE: expected a gateway of 4 or 16 bytes, found {len(packed)}")


def _packed(address):
    for family, bits in _FAMILIES:
        try:
            return family, bits, socket.inet_pton(family, address)
        except (OSError, UnicodeError, ValueError):
            continue
    raise Unavailable("malformed", f"expected an IP address, found {address[:60]!r}")
