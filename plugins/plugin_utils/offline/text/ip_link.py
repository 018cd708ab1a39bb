# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``ip link`` prints, with any of -s, -s -s, -d and -o, and ``ip addr``, which begins with the same lines.

Words and columns: ip/ipaddress.c, ip/iplink_bond.c and ip/iplink_bond_slave.c of iproute2 4.11 and 7.1. A number
belongs to the word above it and not to its place: since 5.10 the fifth of RX is another counter.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

# "2: eth0.5@eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP ..."
_HEAD = re.compile(r"([0-9]{1,10}): (\S.*?): <([^<>]*)> (mtu .*)$")
_STARTS = re.compile(r"[0-9]+: ")

#: The flags in the order of the kernel's bits, as :mod:`sources.links` has them.
_FLAGS = (
    "UP BROADCAST DEBUG LOOPBACK POINTOPOINT NOTRAILERS RUNNING NOARP PROMISC ALLMULTI MASTER SLAVE MULTICAST PORTSEL"
    " AUTOMEDIA DYNAMIC LOWER_UP DORMANT ECHO"
).split()

#: ARPHRD_* of include/uapi/linux/if_arp.h by the words of lib/ll_types.c.
_TYPES = {
    "ether": 1,
    "infiniband": 32,
    "can": 280,
    "ppp": 512,
    "rawhdlc": 518,
    "ipip": 768,
    "tunnel6": 769,
    "loopback": 772,
    "sit": 776,
    "gre": 778,
    "ieee802.11": 801,
    "gre6": 823,
    "netlink": 824,
    "6lowpan": 825,
    "none": 65534,
    "void": 65535,
}

_XDP = {"xdp": "driver", "xdpgeneric": "generic", "xdpoffload": "offload", "xdpmulti": "multi"}
_XDP_PROGRAM = re.compile(r"\s+prog/xdp\w* id ([0-9]{1,10})\b")

_MII_STATES = {"UP": "up", "GOING_DOWN": "going down", "DOWN": "down", "GOING_BACK": "going back"}

#: The counter that a word stands for, by the head in which it is.
_COUNTERS = {
    "RX": {
        "bytes": "rx_bytes",
        "packets": "rx_packets",
        "errors": "rx_errors",
        "dropped": "rx_dropped",
        "overrun": "rx_over_errors",
        "missed": "rx_missed_errors",
        "mcast": "multicast",
        "compressed": "rx_compressed",
    },
    "RX errors": {
        "length": "rx_length_errors",
        "crc": "rx_crc_errors",
        "frame": "rx_frame_errors",
        "fifo": "rx_fifo_errors",
        "missed": "rx_missed_errors",
        "overrun": "rx_over_errors",
        "nohandler": "rx_nohandler",
        "otherhost": "rx_otherhost_dropped",
    },
    "TX": {
        "bytes": "tx_bytes",
        "packets": "tx_packets",
        "errors": "tx_errors",
        "dropped": "tx_dropped",
        "carrier": "tx_carrier_errors",
        "collsns": "collisions",
        "compressed": "tx_compressed",
    },
    "TX errors": {
        "aborted": "tx_aborted_errors",
        "fifo": "tx_fifo_errors",
        "window": "tx_window_errors",
        "heartbeat": "tx_heartbeat_errors",
        "heartbt": "tx_heartbeat_errors",
        "transns": "carrier_changes",
    },
}
_COUNTER_HEAD = re.compile(r"    (RX|TX|RX errors|TX errors):(\s.*)?$")
#: Left out where it is 0, with its number.
_LEFT_OUT = {"RX": ("rx_compressed",), "TX": ("tx_compressed",)}
#: These two as well, by a program and a kernel that know them. Both do where "allmulti" is told: iproute2 6.1 of Linux
#: 6.0, while the counters are of iproute2 4.7 and 6.0, Linux 4.6 and 5.19.
_LEFT_OUT_SINCE = {"RX errors": ("rx_nohandler", "rx_otherhost_dropped")}

#: First words of lines that begin like those of a kind and are about something else.
_NO_KIND = ("inet", "inet6", "alias", "altname", "vf", "RX", "TX", "RX:", "TX:", "prog/xdp", "Alternate")


def parse(text, place):
    """``{name: shown}`` in the order of the text; raises Unavailable.

    ``shown`` is ``{"told": True, "ifindex", "lower": name of what is behind the @ or None, "elsewhere": whether that is
    in another namespace, "flags", "mtu", "master", "operstate", "tx_queue_len", "type", "mac", "xdp", "details":
    whether kinds are told (-d), "is_new": whether program and kernel know all of :data:`_LEFT_OUT_SINCE`, "kind",
    "slave_kind", "device": whether it is told to have one, "bond", "bond_slave", "stats"}``:
    ``stats`` are Counter64 by the names of :data:`sources.links.LINK_STATS` as far as they are told (with
    ``carrier_changes``, Counter32), an Unavailable where they are not readable; ``bond`` has ``active_slave``, a name.
    """
    found, shown = {}, None
    lines = whole(text.replace("\\    ", "\n    "), place)
    for number, line in enumerate(lines, 1):
        head = _HEAD.match(line)
        if head:
            name, shown = _head(head, place, number)
            if name in found:
                raise malformed(place, number, "each interface once", line)
            found[name] = shown
            counted = in_functions = False
        elif _STARTS.match(line):
            raise malformed(place, number, "a line such as '2: eth0: <UP> mtu 1500 ...'", line)
        elif shown is None:
            continue
        elif line.startswith("    vf "):
            # Virtual functions have lines RX: and TX: of their own.
            in_functions = True
        elif line.startswith("    link/"):
            _add_link(shown, line)
        elif _COUNTER_HEAD.match(line) and not in_functions:
            values = lines[number] if number < len(lines) else ""
            _add_counters(shown, _COUNTER_HEAD.match(line), values, place, number + 1)
            counted = True
        elif _XDP_PROGRAM.match(line):
            if shown["xdp"]["attached"] and shown["xdp"]["program_id"] is None:
                shown["xdp"]["program_id"] = int(_XDP_PROGRAM.match(line).group(1))
        elif shown["details"] and not counted and line[:4] == "    " and line[4:5].strip():
            _add_kind(shown, line)
    if not found:
        raise refusal(text, place, "lines such as '2: eth0: <UP> mtu 1500 ...'")
    return found


def _head(match, place, number):
    index, names, flags, rest = match.groups()
    name, at, lower = names.rpartition("@")
    words = rest.split()
    told = dict(zip(words[::2], words[1::2]))
    mode = next((word for word in words if word.partition("/")[0] in _XDP), None)
    if mode is not None:
        # It stands alone among pairs of words.
        words.remove(mode)
        told = dict(zip(words[::2], words[1::2]))
    state = told.get("state")
    return name if at else names, {
        "told": True,
        "ifindex": unsigned(index, 31, place, number, match.string),
        "lower": lower if at and lower != "NONE" else None,
        "elsewhere": False,
        "flags": _flags(flags),
        "mtu": unsigned(told.get("mtu", ""), 32, place, number, match.string),
        "master": told.get("master"),
        "operstate": state and state.lower(),
        "tx_queue_len": unsigned(told.get("qlen", "0"), 32, place, number, match.string),
        "type": None,
        "mac": None,
        "xdp": {"attached": mode is not None, "mode": mode and _XDP[mode.partition("/")[0]], "program_id": None},
        "details": False,
        "is_new": False,
        "kind": None,
        "slave_kind": None,
        "device": False,
        "bond": None,
        "bond_slave": None,
        "stats": {},
    }


def _flags(text):
    told = text.split(",")
    # The program leaves RUNNING out, and tells of one that is up and does not run that it has no carrier.
    if "UP" in told and "NO-CARRIER" not in told:
        told.append("RUNNING")
    return [flag for flag in _FLAGS if flag in told]


def _add_link(shown, line):
    words = line.split()
    kind = words[0].partition("/")[2]
    number = kind.strip("[]")
    shown["type"] = _TYPES.get(kind, int(number) if number.isdecimal() and len(number) < 6 else None)
    if len(words) > 1 and _is_address(words[1]):
        shown["mac"] = _address(words[1])
    shown["elsewhere"] = "link-netnsid" in words or "link-netns" in words
    shown["details"] = "promiscuity" in words
    shown["device"] = "parentdev" in words
    shown["is_new"] = "allmulti" in words


_HEXADECIMAL = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2})*$")
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}$")


def _is_address(word):
    return bool(_HEXADECIMAL.match(word) or _DOTTED.match(word))


def _address(word):
    # The address of a tunnel is printed as the IPv4 address that it is.
    return ":".join(f"{int(part) & 255:02x}" for part in word.split(".")) if _DOTTED.match(word) else word


def _add_kind(shown, line):
    words = line.split()
    if words[0] in _NO_KIND:
        return
    options = dict(zip(words[1::2], words[2::2]))
    # With -d a device is told behind the options of its kind where it has one.
    shown["device"] = shown["device"] or "parentdev" in words
    if words[0].endswith("_slave"):
        if shown["slave_kind"] is None:
            shown["slave_kind"] = words[0][: -len("_slave")]
            if shown["slave_kind"] == "bond":
                shown["bond_slave"] = _bond_slave(options)
    elif shown["kind"] is None and shown["slave_kind"] is None:
        shown["kind"] = words[0]
        if words[0] == "bond":
            miimon = options.get("miimon", "")
            shown["bond"] = {
                "mode": options.get("mode"),
                "active_slave": options.get("active_slave"),
                "miimon_ms": _number_of_32_bits(miimon),
            }


def _number_of_32_bits(word):
    """The number that an option is, None where it is none."""
    number = int(word) if word.isdecimal() and len(word) < 11 else None
    return None if number is None or number >> 32 else number


def _bond_slave(options):
    failures, state = _number_of_32_bits(options.get("link_failure_count", "")), options.get("state")
    return {
        "state": state and state.lower(),
        "mii_status": _MII_STATES.get(options.get("mii_status")),
        "link_failure_count": None if failures is None else Counter32(failures),
    }


def _add_counters(shown, head, values, place, number):
    if isinstance(shown["stats"], Unavailable):
        return
    kind, names = head.group(1), (head.group(2) or "").split()
    words = values.split()
    try:
        if len(words) != len(names) or not set(names) <= set(_COUNTERS[kind]):
            raise malformed(place, number, f"a number for each of {' '.join(names)}", values.strip())
        left_out = _LEFT_OUT.get(kind) or (_LEFT_OUT_SINCE.get(kind) if shown["is_new"] else None)
        for field in left_out or ():
            shown["stats"][field] = Counter64(0)
        for name, word in zip(names, words):
            field = _COUNTERS[kind][name]
            counter = Counter32 if field == "carrier_changes" else Counter64
            shown["stats"][field] = counter(unsigned(word, counter.bits, place, number, values))
    except Unavailable as error:
        shown["stats"] = error
