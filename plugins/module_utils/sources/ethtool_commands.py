# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the ioctl SIOCETHTOOL: their layouts, and how one is asked.

Layouts and command numbers: include/uapi/linux/ethtool.h, Linux 6.12. They are the same on every kernel and every
architecture: integers in native byte order, no padding that is not named.
"""

import array
import collections
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: One question with an answer of fixed size: ``layout`` begins with the command number, ``fields`` names the rest.
#: A field named None is of no interest.
Command = collections.namedtuple("Command", "name number layout fields")


def _command(name, number, layout, fields):
    return Command(name, number, struct.Struct("=I" + layout), tuple(fields.split()))


DRIVER = _command(
    "ETHTOOL_GDRVINFO",
    0x03,
    "32s32s32s32s32s12s5I",
    "driver version fw_version bus_info erom_version reserved n_priv_flags n_stats testinfo_len eedump_len regdump_len",
)
COALESCE = _command(
    "ETHTOOL_GCOALESCE",
    0x0E,
    "22I",
    "rx_usecs rx_frames rx_usecs_irq rx_frames_irq tx_usecs tx_frames tx_usecs_irq tx_frames_irq"
    " stats_block_usecs adaptive_rx adaptive_tx"
    " pkt_rate_low rx_usecs_low rx_frames_low tx_usecs_low tx_frames_low"
    " pkt_rate_high rx_usecs_high rx_frames_high tx_usecs_high tx_frames_high sample_interval",
)
RINGS = _command("ETHTOOL_GRINGPARAM", 0x10, "8I", "rx_max rx_mini_max rx_jumbo_max tx_max rx rx_mini rx_jumbo tx")
PAUSE = _command("ETHTOOL_GPAUSEPARAM", 0x12, "3I", "autoneg rx tx")
PERMANENT_ADDRESS = _command("ETHTOOL_GPERMADDR", 0x20, "I", "size")
PRIVATE_FLAGS = _command("ETHTOOL_GPFLAGS", 0x27, "I", "bits")
CHANNELS = _command("ETHTOOL_GCHANNELS", 0x3C, "8I", "rx_max tx_max other_max combined_max rx tx other combined")

# Commands whose answer is a header followed by as many entries as the device has.
STRINGS = _command("ETHTOOL_GSTRINGS", 0x1B, "2I", "string_set count")
STATISTICS = _command("ETHTOOL_GSTATS", 0x1D, "I", "count")
SET_SIZES = _command("ETHTOOL_GSSET_INFO", 0x37, "IQI", "reserved mask count")
INDIRECTION = _command("ETHTOOL_GRXFHINDIR", 0x38, "I", "table_size")
FEATURES = _command("ETHTOOL_GFEATURES", 0x3A, "I", "blocks")
RSS = _command("ETHTOOL_GRSSH", 0x46, "3IB3sI", "context table_size key_size hash_function reserved8 reserved32")
FLOW_HASH = _command("ETHTOOL_GRXFH", 0x29, "IQ", "flow_type fields")
# struct ethtool_rxnfc as a 64-bit kernel has it, with the holes that it makes: the rule is struct ethtool_rx_flow_spec.
RULE_COUNT = _command("ETHTOOL_GRXCLSRLCNT", 0x2E, "IQ168sI", "flow_type data rule count")
RULE = _command("ETHTOOL_GRXCLSRULE", 0x2F, "IQ168sI", "flow_type data rule count")
RULES = _command("ETHTOOL_GRXCLSRLALL", 0x30, "IQ168sI", "flow_type data rule count")
RX_QUEUES = _command("ETHTOOL_GRXRINGS", 0x2D, "IQ", "flow_type count")
PER_QUEUE = _command("ETHTOOL_PERQUEUE", 0x4B, "I512s", "sub_command queue_mask")
LINK = _command(
    "ETHTOOL_GLINKSETTINGS",
    0x4C,
    "IBBBBBBBb4s28s",
    "speed duplex port phy_address autoneg mdio_support tp_mdix tp_mdix_ctrl words reserved8 reserved32",
)

#: The commands that set, by the one that asks. Those of fixed size have its layout, for the kernel takes all of it.
SETS = {
    COALESCE: COALESCE._replace(name="ETHTOOL_SCOALESCE", number=0x0F),
    RINGS: RINGS._replace(name="ETHTOOL_SRINGPARAM", number=0x11),
    PRIVATE_FLAGS: PRIVATE_FLAGS._replace(name="ETHTOOL_SPFLAGS", number=0x28),
    FLOW_HASH: FLOW_HASH._replace(name="ETHTOOL_SRXFH", number=0x2A),
    INDIRECTION: INDIRECTION._replace(name="ETHTOOL_SRXFHINDIR", number=0x39),
    FEATURES: FEATURES._replace(name="ETHTOOL_SFEATURES", number=0x3B),
    CHANNELS: CHANNELS._replace(name="ETHTOOL_SCHANNELS", number=0x3D),
}

#: The flow types of which a user may choose the hashed fields: include/uapi/linux/ethtool.h.
FLOW_TYPES = {"tcp4": 1, "udp4": 2, "sctp4": 3, "ah4": 4, "tcp6": 5, "udp6": 6, "sctp6": 7, "ah6": 8}

#: RXH_* by the letters of the ethtool program: addresses (s, d), the ports (f, n: bytes 0-1 and 2-3 of layer 4), MAC
#: (m), VLAN (v), protocol (t); r discards.
HASHED_FIELDS = {"m": 2, "v": 4, "t": 8, "s": 16, "d": 32, "f": 64, "n": 128, "r": 1 << 31}

#: Where in a rule its place in the table is, and where it sends packets to: a queue in the lower half, in the upper
#: half the VF whose queue that is, or all bits where it discards.
RULE_PLACE, RULE_TARGET = 160, 152
#: Bytes behind the head of struct ethtool_rxnfc, and some more: the kernel copies the whole of it from and to its user.
RXNFC_ROOM = 256

# String sets: enum ethtool_stringset.
SET_STATISTICS, SET_PRIVATE_FLAGS, SET_FEATURES = 1, 2, 4
SET_NAMES = {SET_STATISTICS: "statistics", SET_PRIVATE_FLAGS: "private flags", SET_FEATURES: "features"}

STRING_BYTES = 32
FEATURE_BLOCK = struct.Struct("=4I")

# Kernels up to 2025 write as many strings or statistics as there are now, not as many as there is room for, and their
# number changes with the channels: so there is room for many more than were announced. Newer ones answer with none
# when the number is not the announced one. Either way the answer is taken only if it has that number.
SPARE_ENTRIES = 4096

#: Room for 260,000 names. A driver that announces more entries than fit is not believed.
MOST_BYTES = 1 << 23
ATTEMPTS = 3


def strings(host, interface, string_set):
    """The names in a string set, in order."""
    for _attempt in range(ATTEMPTS):
        count = _set_size(host, interface, string_set)
        room = STRING_BYTES * (count + SPARE_ENTRIES)
        header, buffer = ask(host, interface, STRINGS, room=room, string_set=string_set, count=count)
        if header["count"] == count:
            start = STRINGS.layout.size
            data = buffer[start : start + count * STRING_BYTES].tobytes()
            return [text(data[at : at + STRING_BYTES]) for at in range(0, len(data), STRING_BYTES)]
    raise changing(STRINGS, interface)


def _set_size(host, interface, string_set):
    reply, _buffer = ask(host, interface, SET_SIZES, mask=1 << string_set)
    if not reply["mask"]:
        detail = f"{SET_SIZES.name} {interface}: the driver has no {SET_NAMES[string_set]}"
        raise Unavailable("unsupported", detail)
    return reply["count"]


#: The bits of a queue mask: MAX_NUM_QUEUE of include/uapi/linux/ethtool.h.
MOST_QUEUES = 4096


def queue_mask(queues):
    """The mask that :data:`PER_QUEUE` wants of some queues: a bitmap of u32 in native byte order."""
    mask = bytearray(MOST_QUEUES // 8)
    for queue in queues:
        word = struct.unpack_from("=I", mask, queue // 32 * 4)[0] | 1 << queue % 32
        struct.pack_into("=I", mask, queue // 32 * 4, word)
    return bytes(mask)


def get(host, interface, command):
    """The answer to a command whose request is empty."""
    return ask(host, interface, command)[0]


def ask(host, interface, command, room=0, **values):
    """Ask *command* with *values* for its fields, the others zero, and *room* bytes behind them.

    Returns the fields of the answer as a dict, and the buffer with all that the kernel wrote.
    """
    layout = command.layout
    if room > MOST_BYTES:
        raise malformed(command, interface, f"an answer of at most {MOST_BYTES} bytes", room)
    request = dict(zip(command.fields, layout.unpack(bytes(layout.size))[1:]), **values)
    packed = layout.pack(command.number, *[request[field] for field in command.fields])
    buffer = array.array("B", packed + bytes(room))
    host.ioctl.ethtool(command.name, interface, buffer)
    return dict(zip(command.fields, layout.unpack_from(buffer)[1:])), buffer


def text(data):
    """The text of a field of fixed size, up to its first zero byte."""
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def malformed(command, interface, expected, found):
    """The Unavailable for an answer that cannot be one."""
    return Unavailable("malformed", f"{command.name} {interface}: expected {expected}, found {found}")


def changing(command, interface):
    """The Unavailable for a number of entries that never was the one announced."""
    detail = f"{command.name} {interface}: the number of entries changed during each of {ATTEMPTS} readings"
    return Unavailable("vanished", detail)
