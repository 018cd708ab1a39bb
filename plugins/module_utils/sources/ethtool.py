# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver says about its network interface, by the ioctl SIOCETHTOOL; nothing here changes a setting.

Asked by ioctl, which has what every driver has, and by netlink for the little that only netlink has. Every question
takes the host and the name of an interface, and raises :class:`Unavailable` as :meth:`ioctl.Ioctl.ethtool` does, or
``malformed`` where the answer cannot be one.

Layouts and command numbers: include/uapi/linux/ethtool.h, Linux 6.12. They are the same on every kernel and every
architecture: integers in native byte order, no padding that is not named.
"""

import array
import collections
import struct

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

#: One question with an answer of fixed size: ``layout`` begins with the command number, ``fields`` names the rest.
#: A field named None is of no interest.
_Command = collections.namedtuple("_Command", "name number layout fields")


def _command(name, number, layout, fields):
    return _Command(name, number, struct.Struct("=I" + layout), tuple(fields.split()))


_DRIVER = _command(
    "ETHTOOL_GDRVINFO",
    0x03,
    "32s32s32s32s32s12s5I",
    "driver version fw_version bus_info erom_version reserved n_priv_flags n_stats testinfo_len eedump_len regdump_len",
)
_COALESCE = _command(
    "ETHTOOL_GCOALESCE",
    0x0E,
    "22I",
    "rx_usecs rx_frames rx_usecs_irq rx_frames_irq tx_usecs tx_frames tx_usecs_irq tx_frames_irq"
    " stats_block_usecs adaptive_rx adaptive_tx"
    " pkt_rate_low rx_usecs_low rx_frames_low tx_usecs_low tx_frames_low"
    " pkt_rate_high rx_usecs_high rx_frames_high tx_usecs_high tx_frames_high sample_interval",
)
_RINGS = _command("ETHTOOL_GRINGPARAM", 0x10, "8I", "rx_max rx_mini_max rx_jumbo_max tx_max rx rx_mini rx_jumbo tx")
_PAUSE = _command("ETHTOOL_GPAUSEPARAM", 0x12, "3I", "autoneg rx tx")
_PRIVATE_FLAGS = _command("ETHTOOL_GPFLAGS", 0x27, "I", "bits")
_CHANNELS = _command("ETHTOOL_GCHANNELS", 0x3C, "8I", "rx_max tx_max other_max combined_max rx tx other combined")

# Commands whose answer is a header followed by as many entries as the device has.
_STRINGS = _command("ETHTOOL_GSTRINGS", 0x1B, "2I", "string_set count")
_STATISTICS = _command("ETHTOOL_GSTATS", 0x1D, "I", "count")
_SET_SIZES = _command("ETHTOOL_GSSET_INFO", 0x37, "IQI", "reserved mask count")
_INDIRECTION = _command("ETHTOOL_GRXFHINDIR", 0x38, "I", "table_size")
_FEATURES = _command("ETHTOOL_GFEATURES", 0x3A, "I", "blocks")
_RSS = _command("ETHTOOL_GRSSH", 0x46, "3IB3sI", "context table_size key_size hash_function reserved8 reserved32")
_LINK = _command(
    "ETHTOOL_GLINKSETTINGS",
    0x4C,
    "IBBBBBBBb4s28s",
    "speed duplex port phy_address autoneg mdio_support tp_mdix tp_mdix_ctrl words reserved8 reserved32",
)

# String sets: enum ethtool_stringset.
_SET_STATISTICS, _SET_PRIVATE_FLAGS, _SET_FEATURES = 1, 2, 4
_SET_NAMES = {_SET_STATISTICS: "statistics", _SET_PRIVATE_FLAGS: "private flags", _SET_FEATURES: "features"}

_STRING_BYTES = 32
_FEATURE_BLOCK = struct.Struct("=4I")

# Kernels up to 2025 write as many strings or statistics as there are now, not as many as there is room for, and their
# number changes with the channels: so there is room for many more than were announced. Newer ones answer with none
# when the number is not the announced one. Either way the answer is taken only if it has that number.
_SPARE_ENTRIES = 4096

#: Room for 260,000 names. A driver that announces more entries than fit is not believed.
_MOST_BYTES = 1 << 23
_ATTEMPTS = 3

# include/uapi/linux/ethtool_netlink.h
_RINGS_GET = 15
_RINGS_HEADER, _HEADER_DEV_NAME, _RINGS_RX_BUF_LEN, _RINGS_TCP_DATA_SPLIT = 1, 2, 10, 11
_NESTED = 0x8000

#: ETHTOOL_TCP_DATA_SPLIT_*; 0 is unknown.
_DATA_SPLIT = {1: False, 2: True}

#: The number of words is kept in a signed byte (struct ethtool_link_settings), of which minus 128 has no opposite.
_MOST_LINK_WORDS = 127

_UNKNOWN_SPEEDS = frozenset((0, 0xFFFF, 0xFFFFFFFF))
_DUPLEX = {0: "half", 1: "full"}
_PORTS = {0: "tp", 1: "aui", 2: "mii", 3: "fibre", 4: "bnc", 5: "da", 0xEF: "none", 0xFF: "other"}


def driver(host, interface):
    """``{name, version, firmware, bus}``: text, or None where the driver leaves it empty."""
    reply = _get(host, interface, _DRIVER)
    keys = (("name", "driver"), ("version", "version"), ("firmware", "fw_version"), ("bus", "bus_info"))
    return {key: _text(reply[field]) or None for key, field in keys}


def rings(host, interface):
    """``{rx, rx_max, rx_mini, rx_mini_max, rx_jumbo, rx_jumbo_max, tx, tx_max}``: descriptors."""
    return _get(host, interface, _RINGS)


def rx_buf_len(host, interface):
    """Bytes of each buffer of an RX ring, by netlink; raises Unavailable ``absent`` where the driver has no choice.

    Since Linux 5.16.
    """
    command, size = _of_rings(host, interface, _RINGS_RX_BUF_LEN, U32)
    if not size:
        raise Unavailable("absent", f"{command}: the driver tells no length of its buffers")
    return size


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


def channels(host, interface):
    """``{rx, rx_max, tx, tx_max, other, other_max, combined, combined_max}``: interrupts with their queues."""
    return _get(host, interface, _CHANNELS)


def coalesce(host, interface):
    """The 22 fields of struct ethtool_coalesce: microseconds, frames, packets/s; adaptive_rx and _tx are bool."""
    reply = _get(host, interface, _COALESCE)
    reply.update((key, bool(reply[key])) for key in ("adaptive_rx", "adaptive_tx"))
    return reply


def pause(host, interface):
    """``{autoneg, rx, tx}``: bool."""
    return {key: bool(value) for key, value in _get(host, interface, _PAUSE).items()}


def features(host, interface):
    """``{"rx-gro": {active, requested, available, fixed}}``: bool.

    ``available`` is what the driver lets a user change; ``fixed`` is what nobody can change: not available, or
    among the features that the kernel never lets go.
    """
    names = _strings(host, interface, _SET_FEATURES)
    blocks = (len(names) + 31) // 32
    header, buffer = _ask(host, interface, _FEATURES, room=blocks * _FEATURE_BLOCK.size, blocks=blocks)
    # A kernel with fewer words than asked for says so; it never writes more than asked for.
    words = [
        _FEATURE_BLOCK.unpack_from(buffer, _FEATURES.layout.size + block * _FEATURE_BLOCK.size)
        for block in range(min(blocks, header["blocks"]))
    ]
    return {name: _feature(words[bit // 32], bit % 32) for bit, name in enumerate(names[: 32 * len(words)]) if name}


def private_flags(host, interface):
    """``{name: bool}``, in the driver's order."""
    names = _strings(host, interface, _SET_PRIVATE_FLAGS)
    bits = _get(host, interface, _PRIVATE_FLAGS)["bits"]
    return {name: bool(bits >> bit & 1) for bit, name in enumerate(names[:32]) if name}


def statistics(host, interface):
    """``[(name, Counter64), ...]`` in the driver's order.

    A list, because a name may occur more than once (vmxnet3 names the block of a queue, then repeats the names),
    and as the driver wrote it, with its leading blanks.
    """
    for _attempt in range(_ATTEMPTS):
        names = _strings(host, interface, _SET_STATISTICS)
        room = 8 * (len(names) + _SPARE_ENTRIES)
        header, buffer = _ask(host, interface, _STATISTICS, room=room, count=len(names))
        if header["count"] == len(names):
            values = struct.unpack_from(f"={len(names)}Q", buffer, _STATISTICS.layout.size)
            return list(zip(names, map(Counter64, values)))
    raise _changing(_STATISTICS, interface)


def link(host, interface):
    """``{speed_mbps: int|None, duplex: "full"|"half"|None, autoneg: bool, port}``; None is "unknown".

    ``port`` is one of tp, aui, mii, fibre, bnc, da, none, other, or None for a number that has no name yet.
    """
    # The first call, with 0 words for the three masks, is answered with minus the number that the kernel has.
    header, _buffer = _ask(host, interface, _LINK)
    words = -header["words"]
    if not 0 < words <= _MOST_LINK_WORDS:
        found = header["words"]
        raise _malformed(_LINK, interface, f"minus the number of words of a mask, at most {_MOST_LINK_WORDS}", found)
    reply, _buffer = _ask(host, interface, _LINK, room=3 * 4 * words, words=words)
    return {
        "speed_mbps": None if reply["speed"] in _UNKNOWN_SPEEDS else reply["speed"],
        "duplex": _DUPLEX.get(reply["duplex"]),
        "autoneg": bool(reply["autoneg"]),
        "port": _PORTS.get(reply["port"]),
    }


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
    sizes, _buffer = _ask(host, interface, _RSS)
    entries = _entries(_RSS, interface, sizes)
    reply, buffer = _ask(host, interface, _RSS, room=4 * entries, table_size=entries)
    table = struct.unpack_from(f"={entries}I", buffer, _RSS.layout.size)
    return reply["key_size"], reply["hash_function"] or None, table


def _indirection_table(host, interface):
    entries = _entries(_INDIRECTION, interface, _get(host, interface, _INDIRECTION))
    _header, buffer = _ask(host, interface, _INDIRECTION, room=4 * entries, table_size=entries)
    return struct.unpack_from(f"={entries}I", buffer, _INDIRECTION.layout.size)


def _entries(command, interface, sizes):
    if not sizes["table_size"]:
        raise Unavailable("unsupported", f"{command.name} {interface}: the device has no indirection table")
    return sizes["table_size"]


def _strings(host, interface, string_set):
    """The names in a string set, in order."""
    for _attempt in range(_ATTEMPTS):
        count = _set_size(host, interface, string_set)
        room = _STRING_BYTES * (count + _SPARE_ENTRIES)
        header, buffer = _ask(host, interface, _STRINGS, room=room, string_set=string_set, count=count)
        if header["count"] == count:
            start = _STRINGS.layout.size
            data = buffer[start : start + count * _STRING_BYTES].tobytes()
            return [_text(data[at : at + _STRING_BYTES]) for at in range(0, len(data), _STRING_BYTES)]
    raise _changing(_STRINGS, interface)


def _set_size(host, interface, string_set):
    reply, _buffer = _ask(host, interface, _SET_SIZES, mask=1 << string_set)
    if not reply["mask"]:
        detail = f"{_SET_SIZES.name} {interface}: the driver has no {_SET_NAMES[string_set]}"
        raise Unavailable("unsupported", detail)
    return reply["count"]


def _get(host, interface, command):
    """The answer to a command whose request is empty."""
    return _ask(host, interface, command)[0]


def _ask(host, interface, command, room=0, **values):
    """Ask *command* with *values* for its fields, the others zero, and *room* bytes behind them.

    Returns the fields of the answer as a dict, and the buffer with all that the kernel wrote.
    """
    layout = command.layout
    if room > _MOST_BYTES:
        raise _malformed(command, interface, f"an answer of at most {_MOST_BYTES} bytes", room)
    request = dict(zip(command.fields, layout.unpack(bytes(layout.size))[1:]), **values)
    packed = layout.pack(command.number, *[request[field] for field in command.fields])
    buffer = array.array("B", packed + bytes(room))
    host.ioctl.ethtool(command.name, interface, buffer)
    return dict(zip(command.fields, layout.unpack_from(buffer)[1:])), buffer


def _text(data):
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _feature(words, bit):
    """One feature from its (available, requested, active, never_changed) words."""
    available, requested, active, never_changed = (bool(word >> bit & 1) for word in words)
    fixed = never_changed or not available
    return {"active": active, "requested": requested, "available": available, "fixed": fixed}


def _malformed(command, interface, expected, found):
    return Unavailable("malformed", f"{command.name} {interface}: expected {expected}, found {found}")


def _changing(command, interface):
    detail = f"{command.name} {interface}: the number of entries changed during each of {_ATTEMPTS} readings"
    return Unavailable("vanished", detail)
