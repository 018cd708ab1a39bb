# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver says about its network interface, by the ioctl SIOCETHTOOL; nothing here changes a setting.

Asked by ioctl, which has what every driver has, and by netlink for the little that only netlink has.

Layouts and command numbers: include/uapi/linux/ethtool.h, Linux 6.12. They are the same on every kernel and every
architecture: integers in native byte order, no padding that is not named.
"""

import array
import collections
import errno
import fcntl
import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.genetlink import Family
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.rtnetlink import (
    U32,
    attribute,
    attributes,
    number,
)

_SIOCETHTOOL = 0x8946
_NETLINK_GENERIC = 16

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
_RINGS_HEADER, _HEADER_DEV_NAME, _RINGS_RX_BUF_LEN = 1, 2, 10
_NESTED = 0x8000

_UNKNOWN_SPEEDS = frozenset((0, 0xFFFF, 0xFFFFFFFF))
_DUPLEX = {0: "half", 1: "full"}
_PORTS = {0: "tp", 1: "aui", 2: "mii", 3: "fibre", 4: "bnc", 5: "da", 0xEF: "none", 0xFF: "other"}

_NAME_BYTES = 15


class Ethtool:
    """Asks the drivers of the network namespace it was made in. Use it as a context manager, or ``close()`` it.

    Every method takes the name of an interface and raises :class:`Unavailable`: ``unsupported`` where the driver has
    no answer, ``vanished`` where no such interface is (any more), ``unreadable`` where the kernel refuses,
    ``absent`` where the name cannot be that of an interface.

    :param ioctl: ``fcntl.ioctl``, or what a test puts in its place
    :param family: a genetlink.Family
    """

    def __init__(self, ioctl=fcntl.ioctl, family=None):
        self._ioctl = ioctl
        self._family = family or Family("ethtool")
        self._socket = _any_socket()

    def close(self):
        self._family.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def driver(self, interface):
        """``{name, version, firmware, bus}``: text, or None where the driver leaves it empty."""
        reply = self._get(interface, _DRIVER)
        keys = (("name", "driver"), ("version", "version"), ("firmware", "fw_version"), ("bus", "bus_info"))
        return {key: _text(reply[field]) or None for key, field in keys}

    def rings(self, interface):
        """``{rx, rx_max, rx_mini, rx_mini_max, rx_jumbo, rx_jumbo_max, tx, tx_max}``: descriptors."""
        return self._get(interface, _RINGS)

    def rx_buf_len(self, interface):
        """Bytes of each buffer of an RX ring, by netlink; raises Unavailable ``absent`` where the driver has no choice.

        Since Linux 5.16.
        """
        command, code = f"ETHTOOL_MSG_RINGS_GET {interface}", _RINGS_GET
        header = attribute(_HEADER_DEV_NAME, _interface_name(interface) + b"\0")
        for answer in self._family.ask(command, code, attribute(_RINGS_HEADER | _NESTED, header)):
            size = number(attributes(answer), _RINGS_RX_BUF_LEN, U32)
            if size:
                return size
        raise Unavailable("absent", f"{command}: the driver tells no length of its buffers")

    def channels(self, interface):
        """``{rx, rx_max, tx, tx_max, other, other_max, combined, combined_max}``: interrupts with their queues."""
        return self._get(interface, _CHANNELS)

    def coalesce(self, interface):
        """The 22 fields of struct ethtool_coalesce: microseconds, frames, packets/s; adaptive_rx and _tx are bool."""
        reply = self._get(interface, _COALESCE)
        reply.update((key, bool(reply[key])) for key in ("adaptive_rx", "adaptive_tx"))
        return reply

    def pause(self, interface):
        """``{autoneg, rx, tx}``: bool."""
        return {key: bool(value) for key, value in self._get(interface, _PAUSE).items()}

    def features(self, interface):
        """``{"rx-gro": {active, requested, available, fixed}}``: bool.

        ``available`` is what the driver lets a user change; ``fixed`` is what nobody can change: not available, or
        among the features that the kernel never lets go.
        """
        names = self._strings(interface, _SET_FEATURES)
        blocks = (len(names) + 31) // 32
        header, buffer = self._ask(interface, _FEATURES, room=blocks * _FEATURE_BLOCK.size, blocks=blocks)
        # A kernel with fewer words than asked for says so; it never writes more than asked for.
        words = [
            _FEATURE_BLOCK.unpack_from(buffer, _FEATURES.layout.size + block * _FEATURE_BLOCK.size)
            for block in range(min(blocks, header["blocks"]))
        ]
        return {name: _feature(words[bit // 32], bit % 32) for bit, name in enumerate(names[: 32 * len(words)]) if name}

    def private_flags(self, interface):
        """``{name: bool}``, in the driver's order."""
        names = self._strings(interface, _SET_PRIVATE_FLAGS)
        bits = self._get(interface, _PRIVATE_FLAGS)["bits"]
        return {name: bool(bits >> bit & 1) for bit, name in enumerate(names[:32]) if name}

    def statistics(self, interface):
        """``[(name, Counter64), ...]`` in the driver's order.

        A list, because a name may occur more than once (vmxnet3 names the block of a queue, then repeats the names),
        and as the driver wrote it, with its leading blanks.
        """
        for _attempt in range(_ATTEMPTS):
            names = self._strings(interface, _SET_STATISTICS)
            room = 8 * (len(names) + _SPARE_ENTRIES)
            header, buffer = self._ask(interface, _STATISTICS, room=room, count=len(names))
            if header["count"] == len(names):
                values = struct.unpack_from(f"={len(names)}Q", buffer, _STATISTICS.layout.size)
                return list(zip(names, map(Counter64, values)))
        raise _changing(_STATISTICS, interface)

    def link(self, interface):
        """``{speed_mbps: int|None, duplex: "full"|"half"|None, autoneg: bool, port}``; None is "unknown".

        ``port`` is one of tp, aui, mii, fibre, bnc, da, none, other, or None for a number that has no name yet.
        """
        # The first call, with 0 words for the three masks, is answered with minus the number that the kernel has.
        header, _buffer = self._ask(interface, _LINK)
        words = -header["words"]
        if words <= 0:
            detail = f"{_LINK.name} {interface}: expected a negative number of words, found {header['words']}"
            raise Unavailable("malformed", detail)
        reply, _buffer = self._ask(interface, _LINK, room=3 * 4 * words, words=words)
        return {
            "speed_mbps": None if reply["speed"] in _UNKNOWN_SPEEDS else reply["speed"],
            "duplex": _DUPLEX.get(reply["duplex"]),
            "autoneg": bool(reply["autoneg"]),
            "port": _PORTS.get(reply["port"]),
        }

    def rss(self, interface):
        """``{table_size, queues: [sorted ids], weights: {"0": entries}, key_size, hash_function}``.

        ``hash_function`` is the bit of the function (1 Toeplitz, 2 XOR, 4 CRC32); it and ``key_size`` (bytes) are
        None where the driver answers only the older question, which has the table alone.
        """
        try:
            key_size, hash_function, table = self._rss_table(interface)
        except Unavailable as error:
            if error.reason != "unsupported":
                raise
            key_size, hash_function, table = None, None, self._indirection_table(interface)
        weights = collections.Counter(table)
        return {
            "table_size": len(table),
            "queues": sorted(weights),
            "weights": {str(queue): weights[queue] for queue in sorted(weights)},
            "key_size": key_size,
            "hash_function": hash_function,
        }

    def _rss_table(self, interface):
        # Sizes of 0 ask for the sizes; then a key size of 0 leaves the key, which nobody needs, in the kernel.
        sizes, _buffer = self._ask(interface, _RSS)
        entries = sizes["table_size"]
        if not entries:
            detail = f"{_RSS.name} {interface}: the device has no indirection table"
            raise Unavailable("unsupported", detail)
        reply, buffer = self._ask(interface, _RSS, room=4 * entries, table_size=entries)
        table = struct.unpack_from(f"={entries}I", buffer, _RSS.layout.size)
        return reply["key_size"], reply["hash_function"] or None, table

    def _indirection_table(self, interface):
        entries = self._get(interface, _INDIRECTION)["table_size"]
        _header, buffer = self._ask(interface, _INDIRECTION, room=4 * entries, table_size=entries)
        return struct.unpack_from(f"={entries}I", buffer, _INDIRECTION.layout.size)

    def _strings(self, interface, string_set):
        """The names in a string set, in order."""
        for _attempt in range(_ATTEMPTS):
            count = self._set_size(interface, string_set)
            room = _STRING_BYTES * (count + _SPARE_ENTRIES)
            header, buffer = self._ask(interface, _STRINGS, room=room, string_set=string_set, count=count)
            if header["count"] == count:
                start = _STRINGS.layout.size
                data = buffer[start : start + count * _STRING_BYTES].tobytes()
                return [_text(data[at : at + _STRING_BYTES]) for at in range(0, len(data), _STRING_BYTES)]
        raise _changing(_STRINGS, interface)

    def _set_size(self, interface, string_set):
        reply, _buffer = self._ask(interface, _SET_SIZES, mask=1 << string_set)
        if not reply["mask"]:
            detail = f"{_SET_SIZES.name} {interface}: the driver has no {_SET_NAMES[string_set]}"
            raise Unavailable("unsupported", detail)
        return reply["count"]

    def _get(self, interface, command):
        """The answer to a command whose request is empty."""
        return self._ask(interface, command)[0]

    def _ask(self, interface, command, room=0, **values):
        """Ask *command* with *values* for its fields, the others zero, and *room* bytes behind them.

        Returns the fields of the answer as a dict, and the buffer with all that the kernel wrote.
        """
        layout = command.layout
        if room > _MOST_BYTES:
            detail = f"{command.name} {interface}: expected an answer of at most {_MOST_BYTES} bytes, found {room}"
            raise Unavailable("malformed", detail)
        request = dict(zip(command.fields, layout.unpack(bytes(layout.size))[1:]), **values)
        packed = layout.pack(command.number, *[request[field] for field in command.fields])
        buffer = array.array("B", packed + bytes(room))
        # struct ifreq: the name, then a union whose largest member is 16 bytes on 32-bit and 24 bytes on 64-bit.
        ifreq = struct.pack("16sP16x", _interface_name(interface), buffer.buffer_info()[0])
        try:
            self._ioctl(self._socket.fileno(), _SIOCETHTOOL, ifreq)
        except OSError as error:
            raise Unavailable.from_os_error(f"{command.name} {interface}", error) from error
        return dict(zip(command.fields, layout.unpack_from(buffer)[1:])), buffer


def _any_socket():
    """A socket of any family: SIOCETHTOOL is answered by all of them, and a kernel may lack one."""
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:
            raise Unavailable.from_os_error("socket AF_INET", error) from error
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_GENERIC)
    except OSError as error:
        raise Unavailable.from_os_error("socket AF_NETLINK", error) from error


def _interface_name(interface):
    """The bytes of a name that an interface can have: dev_valid_name() of net/core/dev.c.

    A colon is refused as well: the ioctl would answer for ``eth0`` when asked for ``eth0:1``.
    """
    # surrogatepass: what is not text becomes bytes that no interface has, not an error of another kind.
    name = interface.encode("utf-8", "surrogatepass")
    if not 0 < len(name) <= _NAME_BYTES or set(interface) & set("/:\0") or interface.split() != [interface]:
        expected = f"expected 1 to {_NAME_BYTES} bytes without blanks, '/' and ':'"
        raise Unavailable("absent", f"{interface[:60]!r} is not the name of an interface: {expected}")
    return name


def _text(data):
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _feature(words, bit):
    """One feature from its (available, requested, active, never_changed) words."""
    available, requested, active, never_changed = (bool(word >> bit & 1) for word in words)
    fixed = never_changed or not available
    return {"active": active, "requested": requested, "available": available, "fixed": fixed}


def _changing(command, interface):
    detail = f"{command.name} {interface}: the number of entries changed during each of {_ATTEMPTS} readings"
    return Unavailable("vanished", detail)
