# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the program ethtool prints of an interface, as :mod:`sources.ethtool` answers the same questions.

Two generations print the same things in different words: by ioctl (up to 5.7, and of kernels before 5.6), and by
netlink, which has ``n/a`` for what the kernel leaves out. What it leaves out is what the driver does not have, for
which the ioctl has 0 (net/ethtool/rings.c, channels.c, coalesce.c, 6.12). Which of them wrote a text is told by the
text, never by a version.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool import rss_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

_MAXIMUMS, _CURRENT = "Pre-set maximums", "Current hardware settings"

_RINGS = {"RX": "rx", "RX Mini": "rx_mini", "RX Jumbo": "rx_jumbo", "TX": "tx"}
_CHANNELS = {"RX": "rx", "TX": "tx", "Other": "other", "Combined": "combined"}
_DRIVER = {"driver": "name", "version": "version", "firmware-version": "firmware", "bus-info": "bus"}
_PAUSE = {"Autonegotiate": "autoneg", "RX": "rx", "TX": "tx"}

_COALESCE = {
    "stats-block-usecs": "stats_block_usecs",
    "sample-interval": "sample_interval",
    "pkt-rate-low": "pkt_rate_low",
    "pkt-rate-high": "pkt_rate_high",
}
for _side in ("rx", "tx"):
    for _when in ("", "-irq", "-low", "-high"):
        _field = _when.replace("-", "_")
        _COALESCE[f"{_side}-usecs{_when}"] = f"{_side}_usecs{_field}"
        _COALESCE[f"{_side}-frames{_when}"] = f"{_side}_frames{_field}"
    for _when in ("low", "high"):
        # So spelt by netlink.
        _COALESCE[f"{_side}-frame-{_when}"] = f"{_side}_frames_{_when}"

_ADAPTIVE = re.compile(r"Adaptive RX:\s*(on|off|n/a)\s+TX:\s*(on|off|n/a)\s*$")

#: What the program calls a feature, and the kernel's name. It prints its own where that stands for one feature, and for
#: several both: its own with the kernel's names, indented, below it.
_FEATURES = {
    "rx-checksumming": "rx-checksum",
    "udp-fragmentation-offload": "tx-udp-fragmentation",
    "generic-segmentation-offload": "tx-generic-segmentation",
    "generic-receive-offload": "rx-gro",
    "large-receive-offload": "rx-lro",
    "rx-vlan-offload": "rx-vlan-hw-parse",
    "tx-vlan-offload": "tx-vlan-hw-insert",
    "ntuple-filters": "rx-ntuple-filter",
    "receive-hashing": "rx-hashing",
}
#: Of those that stand for several the one that is meant where none is below it: a kernel that has no other.
_FEATURE_GROUPS = {
    "tx-checksumming": None,
    "scatter-gather": "tx-scatter-gather",
    "tcp-segmentation-offload": "tx-tcp-segmentation",
}
_FEATURE = re.compile(r"(\s*)(\S.*?):\s+(on|off)(?:\s+\[(fixed|requested on|requested off|not requested)\])?\s*$")

_SPEED = re.compile(r"([0-9]{1,10})Mb/s$")
_PORTS = {
    "Twisted Pair": "tp",
    "AUI": "aui",
    "BNC": "bnc",
    "MII": "mii",
    "FIBRE": "fibre",
    "Direct Attach Copper": "da",
    "None": "none",
    "Other": "other",
}

_TABLE_HEAD = re.compile(r"RX flow hash indirection table for .* with ([0-9]{1,10}) RX ring\(s\):\s*$")
_TABLE_ROW = re.compile(r"\s+([0-9]{1,10}):((?:\s+[0-9]{1,10})+)\s*$")
_KEY = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2})*$")
_HASH_FUNCTION = re.compile(r"\s+(toeplitz|xor|crc32): on\s*$")
#: ETH_RSS_HASH_*_BIT of include/linux/ethtool.h.
_HASH_FUNCTIONS = {"toeplitz": 1, "xor": 2, "crc32": 4}

_ADDRESS = re.compile(r"Permanent address:\s*(\S.*?)\s*$")

_SWITCH = {"on": True, "off": False}


def driver(text, place):
    """Of ``ethtool -i``: ``{name, version, firmware, bus}``: text, or None where the driver leaves it empty."""
    found = {}
    for _number, line in enumerate(whole(text, place), 1):
        label, colon, value = line.partition(":")
        if colon and label in _DRIVER:
            found.setdefault(_DRIVER[label], value.strip() or None)
    if found.get("name") is None:
        raise refusal(text, place, "a line 'driver: NAME'")
    missing = [label for label, key in _DRIVER.items() if key not in found]
    if missing:
        raise malformed(place, text.count("\n"), f"a line '{missing[0]}:' by here", text.splitlines()[-1])
    return found


def permanent_address(text, place):
    """Of ``ethtool -P``: ``"02:00:00:79:03:02"``, None of an interface that has none."""
    for number, line in enumerate(whole(text, place), 1):
        match = _ADDRESS.match(line)
        if match:
            address = match.group(1)
            if address == "not set":
                return None
            if not _KEY.match(address):
                raise malformed(place, number, "an address in hexadecimal digits", address)
            return address if address.strip("0:") else None
    raise refusal(text, place, "a line 'Permanent address: ...'")


def rings(text, place):
    """Of ``ethtool -g``: ``{rx, rx_max, rx_mini, rx_mini_max, rx_jumbo, rx_jumbo_max, tx, tx_max}``: descriptors."""
    return _two_blocks(text, place, _RINGS)


def channels(text, place):
    """Of ``ethtool -l``: ``{rx, rx_max, tx, tx_max, other, other_max, combined, combined_max}``."""
    return _two_blocks(text, place, _CHANNELS)


def _two_blocks(text, place, keys):
    suffixes, found, lines = {_MAXIMUMS: "_max", _CURRENT: ""}, {}, whole(text, place)
    suffix = None
    for number, line in enumerate(lines, 1):
        label, colon, value = line.partition(":")
        label = label.strip()
        if colon and label in suffixes:
            suffix = suffixes[label]
        elif colon and suffix is not None and label in keys:
            key = keys[label] + suffix
            if key in found:
                raise malformed(place, number, f"one line '{label}:' in each block", line)
            found[key] = _number(value.strip(), place, number, line)
    if not found:
        raise refusal(text, place, f"a line '{_MAXIMUMS}:'")
    for head, suffix in suffixes.items():
        for label, key in keys.items():
            if key + suffix not in found:
                raise malformed(place, len(lines), f"a line '{label}:' below '{head}:' by here", lines[-1])
    return found


def _number(word, place, number, line):
    # No such ring, or none of such channels: the kernel leaves out what has a maximum of 0.
    return 0 if word == "n/a" else unsigned(word, 32, place, number, line)


def rx_buf_len(text, place):
    """Of ``ethtool -g``: bytes of each buffer of an RX ring; ``absent`` where the driver tells none."""
    word, number, line = _current(text, place, "RX Buf Len")
    if word in (None, "n/a", "0"):
        raise Unavailable("absent", f"{place}: the driver tells no length of its buffers")
    return unsigned(word, 32, place, number, line)


def tcp_data_split(text, place):
    """Of ``ethtool -g``: whether headers and data have buffers of their own; ``absent`` where the driver tells not."""
    word, number, line = _current(text, place, "TCP data split")
    if word in (None, "n/a"):
        raise Unavailable("absent", f"{place}: the driver does not tell whether it splits data from headers")
    if word not in _SWITCH:
        raise malformed(place, number, "'on', 'off' or 'n/a'", line)
    return _SWITCH[word]


def _current(text, place, wanted):
    """``(word, number of the line, line)`` of one label of the current settings; three None where it is not there."""
    below = False
    for number, line in enumerate(whole(text, place), 1):
        label, colon, value = line.partition(":")
        if colon and label.strip() == _CURRENT:
            below = True
        elif colon and below and label.strip() == wanted:
            return value.strip(), number, line
    if not below:
        raise refusal(text, place, f"a line '{_CURRENT}:'")
    return None, None, None


def coalesce(text, place):
    """Of ``ethtool -c``: the 22 fields of struct ethtool_coalesce, adaptive_rx and _tx bool."""
    found = {}
    for field, (word, number, line) in _coalesce_words(text, place).items():
        if field.startswith("adaptive"):
            found[field] = word == "on"
        else:
            found[field] = _number(word, place, number, line)
    return found


def coalesce_fields(text, place):
    """Of ``ethtool -c``: the fields that the driver knows; ``absent`` where the text came by ioctl, which has all."""
    words = {field: word for field, (word, _number, _line) in _coalesce_words(text, place).items()}
    if "n/a" not in words.values() and "CQE mode" not in text:
        raise Unavailable("absent", f"{place}: this ethtool does not tell which fields the driver knows")
    return [field for field, word in words.items() if word != "n/a"]


def _coalesce_words(text, place):
    """``{field: (word, number of the line, line)}`` in the order of struct ethtool_coalesce."""
    found, lines = {}, whole(text, place)
    for number, line in enumerate(lines, 1):
        adaptive = _ADAPTIVE.match(line)
        label, colon, value = line.partition(":")
        if adaptive:
            told = zip(("adaptive_rx", "adaptive_tx"), adaptive.groups())
        elif colon and label.strip() in _COALESCE:
            told = [(_COALESCE[label.strip()], value.strip())]
        else:
            continue
        for field, word in told:
            if field in found:
                raise malformed(place, number, "each field once", line)
            found[field] = word, number, line
    if not found:
        raise refusal(text, place, "a line 'Adaptive RX: off  TX: off'")
    for field in COALESCE_FIELDS:
        if field not in found:
            raise malformed(place, len(lines), f"a line for {field} by here", lines[-1])
    return {field: found[field] for field in COALESCE_FIELDS}


#: The order of struct ethtool_coalesce, which is that of the ioctl and of netlink's attributes.
COALESCE_FIELDS = tuple(
    "rx_usecs rx_frames rx_usecs_irq rx_frames_irq tx_usecs tx_frames tx_usecs_irq tx_frames_irq stats_block_usecs"
    " adaptive_rx adaptive_tx pkt_rate_low rx_usecs_low rx_frames_low tx_usecs_low tx_frames_low pkt_rate_high"
    " rx_usecs_high rx_frames_high tx_usecs_high tx_frames_high sample_interval".split()
)


def pause(text, place):
    """Of ``ethtool -a``: ``{autoneg, rx, tx}``: bool, as it is set and not as it was negotiated."""
    found, lines = {}, whole(text, place)
    for number, line in enumerate(lines, 1):
        label, colon, value = line.partition(":")
        if colon and label.strip() in _PAUSE:
            if value.strip() not in _SWITCH:
                raise malformed(place, number, "'on' or 'off'", line)
            found[_PAUSE[label.strip()]] = _SWITCH[value.strip()]
    if not found:
        raise refusal(text, place, "a line 'Autonegotiate: on'")
    if len(found) < len(_PAUSE):
        raise malformed(place, len(lines), "lines 'Autonegotiate:', 'RX:' and 'TX:' by here", lines[-1])
    return found


def features(text, place):
    """Of ``ethtool -k``: ``{"rx-gro": {active, requested, available, fixed}}``: bool, by the kernel's names.

    The kernel takes no wish for a feature that is fixed, so nothing was requested of it, whatever it is.
    """
    rows, lines = [], whole(text, place)
    for number, line in enumerate(lines, 1):
        match = _FEATURE.match(line)
        if match:
            rows.append(match.groups())
        # Among them are the complaints of an older program about what a newer kernel no longer has.
        elif rows and line.strip() and not line.startswith("Cannot get "):
            raise malformed(place, number, "a line such as 'rx-gro: on [fixed]'", line)
    if not rows:
        raise refusal(text, place, "lines such as 'rx-checksumming: on'")
    found = {}
    for at, (indent, name, state, note) in enumerate(rows):
        if name in _FEATURE_GROUPS and not indent:
            # Of a group the kernel's own names follow, indented.
            if at + 1 < len(rows) and rows[at + 1][0]:
                continue
            name = _FEATURE_GROUPS[name]
        if name is not None:
            active = _SWITCH[state]
            fixed = note == "fixed"
            requested = not fixed and (not active if note in ("requested on", "requested off") else active)
            entry = {"active": active, "requested": requested, "available": not fixed, "fixed": fixed}
            found[_FEATURES.get(name, name)] = entry
    return found


def private_flags(text, place):
    """Of ``ethtool --show-priv-flags``: ``{name: bool}``, in the driver's order."""
    found, head = {}, False
    for number, line in enumerate(whole(text, place), 1):
        if line.startswith("Private flags for "):
            head = True
        elif head and line.strip():
            name, colon, value = line.rpartition(":")
            if not colon or value.strip() not in _SWITCH:
                raise malformed(place, number, "a line such as 'name : on'", line)
            found[name.strip()] = _SWITCH[value.strip()]
    if not found:
        raise refusal(text, place, "a line 'Private flags for ...:'")
    return found


def statistics(text, place):
    """Of ``ethtool -S``: ``[(name, Counter64), ...]`` in the driver's order, as :func:`sources.ethtool.statistics`.

    The program writes five blanks before a name; further ones are the driver's.
    """
    found, head = [], False
    for number, line in enumerate(whole(text, place), 1):
        if line.startswith("NIC statistics:"):
            head = True
        elif line.startswith("Standard stats for "):
            break
        elif head and line.strip():
            name, colon, value = line.rpartition(":")
            if not colon or not name.strip():
                raise malformed(place, number, "a name and a number", line)
            name = name[5:] if name.startswith("     ") else name.lstrip()
            found.append((name, Counter64(unsigned(value.strip(), 64, place, number, line))))
    if not found:
        raise refusal(text, place, "a line 'NIC statistics:' with names and numbers below")
    return found


def link(text, place):
    """Of plain ``ethtool``: ``{speed_mbps, duplex, autoneg, port}``, None for what is not known."""
    found = {}
    for number, line in enumerate(whole(text, place), 1):
        label, colon, value = line.partition(":")
        if colon and label.strip() in ("Speed", "Duplex", "Port", "Auto-negotiation"):
            found.setdefault(label.strip(), (value.strip(), number, line))
    if "Speed" not in found or "Duplex" not in found:
        if "Link detected:" in text:
            raise Unavailable("unsupported", f"{place}: the driver tells no speed")
        raise refusal(text, place, "a line 'Speed: ...'")
    return {
        "speed_mbps": _speed(*found["Speed"], place),
        "duplex": _duplex(*found["Duplex"], place),
        "autoneg": found.get("Auto-negotiation", ("off",))[0] == "on",
        "port": _PORTS.get(found.get("Port", (None,))[0]),
    }


def _speed(word, number, line, place):
    match = _SPEED.match(word)
    if match:
        # 0, and all bits of 16 or 32, are what drivers tell who do not know.
        speed = int(match.group(1))
        return None if speed in (0, 0xFFFF, 0xFFFFFFFF) else speed
    if word.startswith("Unknown!"):
        return None
    raise malformed(place, number, "a speed such as '1000Mb/s', or 'Unknown!'", line)


def _duplex(word, number, line, place):
    if word in ("Half", "Full"):
        return word.lower()
    if word.startswith("Unknown!"):
        return None
    raise malformed(place, number, "'Half', 'Full' or 'Unknown!'", line)


def rss(text, place):
    """Of ``ethtool -x``: ``{table_size, queues: [ids], weights: {"0": entries}, key_size, hash_function}``.

    ``hash_function`` and ``key_size`` are None where the program does not tell them: the older ones.
    """
    table, _rings = _rss_table(text, place)
    lines = text.splitlines()
    key_size = hash_function = None
    for number, line in enumerate(lines):
        if line.startswith("RSS hash key:"):
            word = lines[number + 1].strip() if number + 1 < len(lines) else ""
            if not _KEY.match(word) and "not supported" not in word:
                raise malformed(place, number + 2, "a key in hexadecimal digits", word)
            key_size = len(word.split(":")) if _KEY.match(word) else 0
        function = _HASH_FUNCTION.match(line)
        if function:
            hash_function = (hash_function or 0) | _HASH_FUNCTIONS[function.group(1)]
    return rss_of(table, key_size, hash_function)


def rss_queues(text, place):
    """Of ``ethtool -x``: the queue of each entry of the RSS table, in order."""
    return _rss_table(text, place)[0]


def rx_queues(text, place):
    """Of ``ethtool -x``: how many RX queues the RSS table may name."""
    for line in whole(text, place):
        head = _TABLE_HEAD.match(line)
        if head:
            return int(head.group(1))
    raise refusal(text, place, "a line 'RX flow hash indirection table for ... with N RX ring(s):'")


def _rss_table(text, place):
    """``(the queue of each entry, how many rings there are)``."""
    table, queues = [], None
    for number, line in enumerate(whole(text, place), 1):
        head, row = _TABLE_HEAD.match(line), _TABLE_ROW.match(line)
        if head:
            queues = int(head.group(1))
        elif queues is not None and row:
            if int(row.group(1)) != len(table):
                raise malformed(place, number, f"the entries from {len(table)} on", line)
            table += [unsigned(word, 32, place, number, line) for word in row.group(2).split()]
        elif queues is not None and line.strip():
            # What is below the table; in its place the program may have said that there is none.
            break
    if not table:
        raise refusal(text, place, "a line 'RX flow hash indirection table for ... with N RX ring(s):'")
    return table, queues
