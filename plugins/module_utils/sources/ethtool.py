# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver says about its network interface, by the ioctl SIOCETHTOOL; :mod:`ethtool_set` is what changes it.

Asked by ioctl, which has what every driver has, and by netlink for the little that only netlink has. Every question
takes the host and the name of an interface, and raises :class:`Unavailable` as :meth:`ioctl.Ioctl.ethtool` does, or
``malformed`` where the answer cannot be one.
"""

import collections
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import answered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.ioctl import interface_name
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U8,
    U32,
    attribute,
    attributes,
    number,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool_commands import (
    ATTEMPTS,
    CHANNELS,
    COALESCE,
    DRIVER,
    FEATURE_BLOCK,
    FEATURES,
    FLOW_HASH,
    FLOW_TYPES,
    HASHED_FIELDS,
    INDIRECTION,
    LINK,
    MOST_QUEUES,
    PAUSE,
    PER_QUEUE,
    PERMANENT_ADDRESS,
    PRIVATE_FLAGS,
    RINGS,
    RSS,
    RULE,
    RULE_COUNT,
    RULE_PLACE,
    RULE_TARGET,
    RULES,
    RX_QUEUES,
    RXNFC_ROOM,
    SET_FEATURES,
    SET_PRIVATE_FLAGS,
    SET_STATISTICS,
    SPARE_ENTRIES,
    STATISTICS,
    ask,
    changing,
    get,
    malformed,
    queue_mask,
    strings,
    text,
)

# include/uapi/linux/ethtool_netlink.h
_RINGS_GET, _COALESCE_GET = 15, 19
_RINGS_HEADER, _COALESCE_HEADER, _HEADER_DEV_NAME = 1, 1, 2
_RINGS_RX_BUF_LEN, _RINGS_TCP_DATA_SPLIT = 10, 11
# ETHTOOL_A_COALESCE_RX_USECS, which the others follow in the order of struct ethtool_coalesce.
_COALESCE_FIRST = 2
_NESTED = 0x8000

#: ETHTOOL_TCP_DATA_SPLIT_*; 0 is unknown.
_DATA_SPLIT = {1: False, 2: True}

#: The number of words is kept in a signed byte (struct ethtool_link_settings), of which minus 128 has no opposite.
_MOST_LINK_WORDS = 127

_LONGEST_ADDRESS = 32

_UNKNOWN_SPEEDS = frozenset((0, 0xFFFF, 0xFFFFFFFF))
_DUPLEX = {0: "half", 1: "full"}
_PORTS = {0: "tp", 1: "aui", 2: "mii", 3: "fibre", 4: "bnc", 5: "da", 0xEF: "none", 0xFF: "other"}


@answered
def driver(host, interface):
    """``{name, version, firmware, bus}``: text, or None where the driver leaves it empty."""
    reply = get(host, interface, DRIVER)
    keys = (("name", "driver"), ("version", "version"), ("firmware", "fw_version"), ("bus", "bus_info"))
    return {key: text(reply[field]) or None for key, field in keys}


@answered
def permanent_address(host, interface):
    """The address that the hardware was made with, whatever it speaks with now: ``"02:00:00:79:03:02"``.

    None of an interface that has none: a virtual one, or a virtual function whose address is drawn at each start.
    """
    # As long as the longest that the kernel has (MAX_ADDR_LEN of include/linux/netdevice.h): it writes no more.
    reply, buffer = ask(host, interface, PERMANENT_ADDRESS, room=_LONGEST_ADDRESS, size=_LONGEST_ADDRESS)
    if reply["size"] > _LONGEST_ADDRESS:
        raise malformed(PERMANENT_ADDRESS, interface, f"at most {_LONGEST_ADDRESS} bytes", reply["size"])
    start = PERMANENT_ADDRESS.layout.size
    address = buffer[start : start + reply["size"]].tobytes()
    return ":".join(f"{byte:02x}" for byte in address) if any(address) else None


@answered
def rings(host, interface):
    """``{rx, rx_max, rx_mini, rx_mini_max, rx_jumbo, rx_jumbo_max, tx, tx_max}``: descriptors."""
    return get(host, interface, RINGS)


@answered
def rx_buf_len(host, interface):
    """Bytes of each buffer of an RX ring, by netlink; raises Unavailable ``absent`` where the driver has no choice.

    Since Linux 5.16.
    """
    command, size = _of_rings(host, interface, _RINGS_RX_BUF_LEN, U32)
    if not size:
        raise Unavailable("absent", f"{command}: the driver tells no length of its buffers")
    return size


@answered
def tcp_data_split(host, interface):
    """Whether the NIC puts headers and data into buffers of their own, by netlink.

    Raises Unavailable ``absent`` where the driver does not tell. Since Linux 5.17.
    """
    command, split = _of_rings(host, interface, _RINGS_TCP_DATA_SPLIT, U8)
    if split not in _DATA_SPLIT:
        raise Unavailable("absent", f"{command}: the driver does not tell whether it splits data from headers")
    return _DATA_SPLIT[split]


def _of_rings(host, interface, kind, form):
    """``(what was asked, the number in one attribute of the answer or None)``."""
    command, code = f"ETHTOOL_MSG_RINGS_GET {interface}", _RINGS_GET
    header = attribute(_HEADER_DEV_NAME, interface_name(interface) + b"\0")
    for answer in host.netlink.family("ethtool").ask(command, code, attribute(_RINGS_HEADER | _NESTED, header)):
        found = number(attributes(answer), kind, form)
        if found:
            return command, found
    return command, None


@answered
def channels(host, interface):
    """``{rx, rx_max, tx, tx_max, other, other_max, combined, combined_max}``: interrupts with their queues."""
    return get(host, interface, CHANNELS)


@answered
def coalesce(host, interface):
    """The 22 fields of struct ethtool_coalesce: microseconds, frames, packets/s; adaptive_rx and _tx are bool."""
    return _coalesce(get(host, interface, COALESCE))


def _coalesce(reply):
    return dict(reply, **{key: bool(reply[key]) for key in ("adaptive_rx", "adaptive_tx")})


@answered
def coalesce_of_queues(host, interface):
    """``{"0": {...}}``: of each queue what :func:`coalesce` has of all together. Raises Unavailable where it has none.

    A queue is a pair of an RX and a TX queue, where both have that number.
    """
    counted = channels(host, interface)
    queues = range(counted["combined"] + max(counted["rx"], counted["tx"]))
    if len(queues) > MOST_QUEUES:
        raise malformed(CHANNELS, interface, f"at most {MOST_QUEUES} queues", len(queues))
    size = COALESCE.layout.size
    mask = {"sub_command": COALESCE.number, "queue_mask": queue_mask(queues)}
    _header, buffer = ask(host, interface, PER_QUEUE, room=size * len(queues), **mask)
    found = {}
    for queue in queues:
        values = COALESCE.layout.unpack_from(buffer, PER_QUEUE.layout.size + size * queue)[1:]
        found[str(queue)] = _coalesce(dict(zip(COALESCE.fields, values)))
    return found


@answered
def coalesce_fields(host, interface):
    """The fields of :func:`coalesce` that the driver knows, by netlink: ``["rx_usecs", "tx_usecs"]``.

    Since Linux 5.7 (net/ethtool/coalesce.c: a field that it does not know and that is 0 is not told). Raises
    Unavailable.
    """
    header = attribute(_HEADER_DEV_NAME, interface_name(interface) + b"\0")
    command, question = f"ETHTOOL_MSG_COALESCE_GET {interface}", attribute(_COALESCE_HEADER | _NESTED, header)
    answers = [attributes(answer) for answer in host.netlink.family("ethtool").ask(command, _COALESCE_GET, question)]
    told = {kind for answer in answers for kind in answer}
    return [field for kind, field in enumerate(COALESCE.fields, _COALESCE_FIRST) if kind in told]


@answered
def steered_queues(host, interface):
    """The RX queues that ntuple rules name, sorted; [] where there is no rule. Raises Unavailable where none can be."""
    for _attempt in range(ATTEMPTS):
        count = get(host, interface, RULE_COUNT)["count"]
        header, buffer = ask(host, interface, RULES, room=4 * (count + 1), count=count)
        if header["count"] == count:
            places = struct.unpack_from(f"={count}I", buffer, RULES.layout.size)
            targets = [_target_of_rule(host, interface, place) for place in places]
            return sorted({target for target in targets if not target >> 32})
    raise changing(RULES, interface)


def _target_of_rule(host, interface, place):
    rule = bytearray(RULE_PLACE + 8)
    struct.pack_into("=I", rule, RULE_PLACE, place)
    reply, _buffer = ask(host, interface, RULE, room=4, rule=bytes(rule))
    return struct.unpack_from("=Q", reply["rule"], RULE_TARGET)[0]


@answered
def pause(host, interface):
    """``{autoneg, rx, tx}``: bool."""
    return {key: bool(value) for key, value in get(host, interface, PAUSE).items()}


@answered
def features(host, interface):
    """``{"rx-gro": {active, requested, available, fixed}}``: bool.

    ``available`` is what the driver lets a user change; ``fixed`` is what nobody can change: not available, or
    among the features that the kernel never lets go.
    """
    names = strings(host, interface, SET_FEATURES)
    blocks = (len(names) + 31) // 32
    header, buffer = ask(host, interface, FEATURES, room=blocks * FEATURE_BLOCK.size, blocks=blocks)
    # A kernel with fewer words than asked for says so; it never writes more than asked for.
    words = [
        FEATURE_BLOCK.unpack_from(buffer, FEATURES.layout.size + block * FEATURE_BLOCK.size)
        for block in range(min(blocks, header["blocks"]))
    ]
    return {name: _feature(words[bit // 32], bit % 32) for bit, name in enumerate(names[: 32 * len(words)]) if name}


@answered
def private_flags(host, interface):
    """``{name: bool}``, in the driver's order."""
    names = strings(host, interface, SET_PRIVATE_FLAGS)
    bits = get(host, interface, PRIVATE_FLAGS)["bits"]
    return {name: bool(bits >> bit & 1) for bit, name in enumerate(names[:32]) if name}


@answered
def statistics(host, interface):
    """``[(name, Counter64), ...]`` in the driver's order.

    A list, because a name may occur more than once (vmxnet3 names the block of a queue, then repeats the names),
    and as the driver wrote it, with its leading blanks.
    """
    for _attempt in range(ATTEMPTS):
        names = strings(host, interface, SET_STATISTICS)
        room = 8 * (len(names) + SPARE_ENTRIES)
        header, buffer = ask(host, interface, STATISTICS, room=room, count=len(names))
        if header["count"] == len(names):
            values = struct.unpack_from(f"={len(names)}Q", buffer, STATISTICS.layout.size)
            return list(zip(names, map(Counter64, values)))
    raise changing(STATISTICS, interface)


@answered
def link(host, interface):
    """``{speed_mbps: int|None, duplex: "full"|"half"|None, autoneg: bool, port}``; None is "unknown".

    ``port`` is one of tp, aui, mii, fibre, bnc, da, none, other, or None for a number that has no name yet.
    """
    # The first call, with 0 words for the three masks, is answered with minus the number that the kernel has.
    header, _buffer = ask(host, interface, LINK)
    words = -header["words"]
    if not 0 < words <= _MOST_LINK_WORDS:
        found = header["words"]
        raise malformed(LINK, interface, f"minus the number of words of a mask, at most {_MOST_LINK_WORDS}", found)
    reply, _buffer = ask(host, interface, LINK, room=3 * 4 * words, words=words)
    return {
        "speed_mbps": None if reply["speed"] in _UNKNOWN_SPEEDS else reply["speed"],
        "duplex": _DUPLEX.get(reply["duplex"]),
        "autoneg": bool(reply["autoneg"]),
        "port": _PORTS.get(reply["port"]),
    }


@answered
def rss(host, interface):
    """``{table_size, queues: [sorted ids], weights: {"0": entries}, key_size, hash_function}``.

    ``hash_function`` is the bit of the function (1 Toeplitz, 2 XOR, 4 CRC32); it and ``key_size`` (bytes) are
    None where the driver answers only the older question, which has the table alone.
    """
    try:
        key_size, hash_function, table = _rss_table(host, interface)
    except Unavailable as error:
        if error.reason != "unsupported":
            raise
        key_size, hash_function, table = None, None, _indirection_table(host, interface)
    return rss_of(table, key_size, hash_function)


def rss_of(table, key_size, hash_function):
    """What :func:`rss` returns, of the queue of each entry of the table."""
    weights = collections.Counter(table)
    return {
        "table_size": len(table),
        "queues": sorted(weights),
        "weights": {str(queue): weights[queue] for queue in sorted(weights)},
        "key_size": key_size,
        "hash_function": hash_function,
    }


def _rss_table(host, interface):
    # Sizes of 0 ask for the sizes; then a key size of 0 leaves the key, which nobody needs, in the kernel.
    sizes, _buffer = ask(host, interface, RSS)
    entries = _entries(RSS, interface, sizes)
    reply, buffer = ask(host, interface, RSS, room=4 * entries, table_size=entries)
    table = struct.unpack_from(f"={entries}I", buffer, RSS.layout.size)
    return reply["key_size"], reply["hash_function"] or None, table


def _indirection_table(host, interface):
    entries = _entries(INDIRECTION, interface, get(host, interface, INDIRECTION))
    _header, buffer = ask(host, interface, INDIRECTION, room=4 * entries, table_size=entries)
    return struct.unpack_from(f"={entries}I", buffer, INDIRECTION.layout.size)


@answered
def rss_queues(host, interface):
    """The queue of each entry of the RSS table, in order."""
    return list(_indirection_table(host, interface))


@answered
def rx_queues(host, interface):
    """How many RX queues the RSS table may name: those in use, or fewer where the table reaches no further."""
    return ask(host, interface, RX_QUEUES, room=RXNFC_ROOM)[0]["count"]


@answered
def hashed_fields(host, interface, flow_type):
    """The letters of :data:`HASHED_FIELDS` that are hashed of a flow type of :data:`FLOW_TYPES`: "sdfn"."""
    # Room for the whole of struct ethtool_rxnfc: the kernel writes 16 bytes of it, the driver is handed a copy.
    reply, _buffer = ask(host, interface, FLOW_HASH, room=RXNFC_ROOM, flow_type=FLOW_TYPES[flow_type])
    return "".join(letter for letter, bit in HASHED_FIELDS.items() if reply["fields"] & bit)


def _entries(command, interface, sizes):
    if not sizes["table_size"]:
        raise Unavailable("unsupported", f"{command.name} {interface}: the device has no indirection table")
    return sizes["table_size"]


def _feature(words, bit):
    """One feature from its (available, requested, active, never_changed) words."""
    available, requested, active, never_changed = (bool(word >> bit & 1) for word in words)
    fixed = never_changed or not available
    return {"active": active, "requested": requested, "available": available, "fixed": fixed}
