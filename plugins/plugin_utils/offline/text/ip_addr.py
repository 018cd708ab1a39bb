# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``ip addr`` prints, with -d, -s and -o too: ip/ipaddress.c of iproute2."""

import ipaddress
import re

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import malformed, refusal, whole

_HEAD = re.compile(r"([0-9]{1,10}): \S.*?: <[^<>]*> mtu ")
#: With -o each address has a line of its own, which begins with the interface.
_ONE_LINE = re.compile(r"([0-9]{1,10}): (\S+) +(inet6? .*)$")


def addresses(text, place):
    """``{ifindex: ["10.0.0.5/24", "fe80::1/64"]}``, as :func:`sources.addresses.addresses`; raises Unavailable."""
    found, ifindex, known = {}, None, False
    for number, line in enumerate(whole(text, place), 1):
        head, one = _HEAD.match(line), _ONE_LINE.match(line)
        if head:
            ifindex, known = int(head.group(1)), True
            continue
        if one:
            ifindex, known = int(one.group(1)), True
        words = (one.group(3) if one else line).split()
        if ifindex is not None and len(words) > 1 and words[0] in ("inet", "inet6"):
            address = _address(words)
            if address is None:
                raise malformed(place, number, "an address with its prefix", line.strip())
            found.setdefault(ifindex, []).append(address)
    if not known:
        raise refusal(text, place, "lines such as '2: eth0: <UP> mtu 1500 ...'")
    return found


def _address(words):
    """Of ``inet 10.0.0.1 peer 10.0.0.2/32``, where the prefix is behind the peer: "10.0.0.1/32"; None of no such."""
    word, slash, prefix = words[1].partition("/")
    if not slash and words[2:3] == ["peer"] and len(words) > 3:
        prefix = words[3].partition("/")[2]
    try:
        # Without one it is an address alone: all of its bits are the prefix.
        address = ipaddress.ip_interface(f"{word}/{prefix}" if prefix else word)
    except ValueError:
        return None
    if address.version != (6 if words[0] == "inet6" else 4) or not (prefix.isdecimal() or not prefix):
        return None
    return f"{address.ip}/{address.network.prefixlen}"
