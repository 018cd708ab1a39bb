# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IP addresses of every interface of a namespace in one list (include/uapi/linux/if_addr.h, Linux 6.12)."""

import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import answered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import attributes, fixed
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_RTM_GETADDR = 22
_IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, ifindex

_IFA_ADDRESS = 1
_IFA_LOCAL = 2

_BYTES = {socket.AF_INET: 4, socket.AF_INET6: 16}


@answered
def addresses(host):
    """``{ifindex: ["10.0.0.5/24", "fe80::1/64"]}``, in the kernel's order; no entry for an interface without any."""
    found = {}
    for message in host.netlink.dump("RTM_GETADDR", _RTM_GETADDR, bytes(_IFADDRMSG.size)):
        ifindex, address = parse_address(message)
        if address is not None:
            found.setdefault(ifindex, []).append(address)
    return found


def parse_address(message):
    """One RTM_NEWADDR message: the ifindex and "ADDRESS/PREFIX", or None for a family other than IPv4 and IPv6."""
    family, prefix_length, _flags, _scope, ifindex = fixed(_IFADDRMSG, message, "address")
    if family not in _BYTES:
        return ifindex, None
    found = attributes(message, _IFADDRMSG.size)
    # With a peer IFA_ADDRESS is the peer's, and IFA_LOCAL ours; IPv6 without a peer has IFA_ADDRESS alone.
    data = found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS, b""))
    if len(data) != _BYTES[family]:
        detail = f"RTM_NEWADDR: expected an address of {_BYTES[family]} bytes, found {len(data)}"
        raise Unavailable("malformed", detail)
    if prefix_length > 8 * len(data):
        raise Unavailable(
            "malformed", f"RTM_NEWADDR: expected a prefix of at most {8 * len(data)}, found {prefix_length}"
        )
    return ifindex, f"{socket.inet_ntop(family, data)}/{prefix_length}"
