# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of the kernel's ioctl SIOCETHTOOL, for hardware that a test machine does not have.

It stands in for ``fcntl.ioctl``: it reads the request at the address in the ifreq, and writes the answer there. It
shares no layout with the code under test: its structures are ctypes, each field under its name in the UAPI header, so
that a slip in one of the two shows. It proves nothing about drivers: what real ones answer is tested live.
"""

import ctypes
import errno
import os

SIOCETHTOOL = 0x8946
U8, U32, U64, CHARS32 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_char * 32


class Ifreq(ctypes.Structure):
    _fields_ = [("ifr_name", ctypes.c_char * 16), ("ifr_data", ctypes.c_void_p), ("rest", ctypes.c_char * 16)]


class Drvinfo(ctypes.Structure):
    _fields_ = [("cmd", U32)]
    _fields_ += [(name, CHARS32) for name in ("driver", "version", "fw_version", "bus_info", "erom_version")]
    _fields_ += [("reserved2", ctypes.c_char * 12)]
    _fields_ += [(name, U32) for name in ("n_priv_flags", "n_stats", "testinfo_len", "eedump_len", "regdump_len")]


class Coalesce(ctypes.Structure):
    _fields_ = [
        ("cmd", U32),
        ("rx_coalesce_usecs", U32),
        ("rx_max_coalesced_frames", U32),
        ("rx_coalesce_usecs_irq", U32),
        ("rx_max_coalesced_frames_irq", U32),
        ("tx_coalesce_usecs", U32),
        ("tx_max_coalesced_frames", U32),
        ("tx_coalesce_usecs_irq", U32),
        ("tx_max_coalesced_frames_irq", U32),
        ("stats_block_coalesce_usecs", U32),
        ("use_adaptive_rx_coalesce", U32),
        ("use_adaptive_tx_coalesce", U32),
        ("pkt_rate_low", U32),
        ("rx_coalesce_usecs_low", U32),
        ("rx_max_coalesced_frames_low", U32),
        ("tx_coalesce_usecs_low", U32),
        ("tx_max_coalesced_frames_low", U32),
        ("pkt_rate_high", U32),
        ("rx_coalesce_usecs_high", U32),
        ("rx_max_coalesced_frames_high", U32),
        ("tx_coalesce_usecs_high", U32),
        ("tx_max_coalesced_frames_high", U32),
        ("rate_sample_interval", U32),
    ]


class Ringparam(ctypes.Structure):
    _fields_ = [
        ("cmd", U32),
        ("rx_max_pending", U32),
        ("rx_mini_max_pending", U32),
        ("rx_jumbo_max_pending", U32),
        ("tx_max_pending", U32),
        ("rx_pending", U32),
        ("rx_mini_pending", U32),
        ("rx_jumbo_pending", U32),
        ("tx_pending", U32),
    ]


class Channels(ctypes.Structure):
    _fields_ = [
        ("cmd", U32),
        ("max_rx", U32),
        ("max_tx", U32),
        ("max_other", U32),
        ("max_combined", U32),
        ("rx_count", U32),
        ("tx_count", U32),
        ("other_count", U32),
        ("combined_count", U32),
    ]


class Pauseparam(ctypes.Structure):
    _fields_ = [("cmd", U32), ("autoneg", U32), ("rx_pause", U32), ("tx_pause", U32)]


class Value(ctypes.Structure):
    _fields_ = [("cmd", U32), ("data", U32)]


class Gstrings(ctypes.Structure):
    _fields_ = [("cmd", U32), ("string_set", U32), ("len", U32)]


class SsetInfo(ctypes.Structure):
    _fields_ = [("cmd", U32), ("reserved", U32), ("sset_mask", U64)]


class Features(ctypes.Structure):
    _fields_ = [("cmd", U32), ("size", U32)]


class FeaturesBlock(ctypes.Structure):
    _fields_ = [("available", U32), ("requested", U32), ("active", U32), ("never_changed", U32)]


class SetFeaturesBlock(ctypes.Structure):
    _fields_ = [("valid", U32), ("requested", U32)]


class FlowSpec(ctypes.Structure):
    """struct ethtool_rx_flow_spec: two unions of 52 bytes, two of 20."""

    _fields_ = [
        ("flow_type", U32),
        ("h_u", U8 * 52),
        ("h_ext", U8 * 20),
        ("m_u", U8 * 52),
        ("m_ext", U8 * 20),
        ("ring_cookie", U64),
        ("location", U32),
    ]


class Rxnfc(ctypes.Structure):
    _fields_ = [("cmd", U32), ("flow_type", U32), ("data", U64), ("fs", FlowSpec), ("rule_cnt", U32)]


class RxfhFields(ctypes.Structure):
    """The part of struct ethtool_rxnfc that it had at first, and that hashed fields still have."""

    _fields_ = [("cmd", U32), ("flow_type", U32), ("data", U64)]


class LinkSettings(ctypes.Structure):
    _fields_ = [
        ("cmd", U32),
        ("speed", U32),
        ("duplex", U8),
        ("port", U8),
        ("phy_address", U8),
        ("autoneg", U8),
        ("mdio_support", U8),
        ("eth_tp_mdix", U8),
        ("eth_tp_mdix_ctrl", U8),
        ("link_mode_masks_nwords", ctypes.c_int8),
        ("transceiver", U8),
        ("reserved1", U8 * 3),
        ("reserved", U32 * 7),
    ]


class Rxfh(ctypes.Structure):
    _fields_ = [
        ("cmd", U32),
        ("rss_context", U32),
        ("indir_size", U32),
        ("key_size", U32),
        ("hfunc", U8),
        ("input_xfrm", U8),
        ("rsvd8", U8 * 2),
        ("rsvd32", U32),
    ]


class PerQueueOp(ctypes.Structure):
    _fields_ = [("cmd", U32), ("sub_command", U32), ("queue_mask", U32 * 128)]


# Answers of fixed size: the key in FakeEthtool's description, and the structure that its value is written as.
FIXED = {
    0x03: ("driver", Drvinfo),
    0x0E: ("coalesce", Coalesce),
    0x10: ("rings", Ringparam),
    0x12: ("pause", Pauseparam),
    0x27: ("private_flag_bits", Value),
    0x3C: ("channels", Channels),
}

# Commands that set such a structure whole: the key, and the structure that is read.
SETS = {
    0x0F: ("coalesce", Coalesce),
    0x11: ("rings", Ringparam),
    0x28: ("private_flag_bits", Value),
    0x3D: ("channels", Channels),
}

# The string sets: the key whose value has the names.
STRING_SETS = {1: "statistics", 2: "private_flags", 4: "features"}

LINK_MODE_WORDS = 4


class FakeEthtool:
    """A fake ``ioctl`` for *interfaces*: ``{"eth0": {...}}``, of which every key may be missing (EOPNOTSUPP).

    * driver, coalesce, rings, pause, channels, link: the fields of the UAPI structure; link: all but the handshake
    * statistics: ``[(name, value)]``; private_flags: ``[name]`` with private_flag_bits ``{"data": bits}``
    * features: ``[(name, available, requested, active, never_changed)]``
    * rxfh: ``{"table": [queue], "key": bytes, "hfunc": 1}``; rxfhindir: ``[queue]``
    * rules: ``{location: ring cookie}``, the ntuple rules
    * queue_coalesce: ``[fields]``, of each queue what ``coalesce`` has of all
    * features: ``[(name, available, requested, active, never_changed)]``; features_make: function of ``{name:
      requested}`` that gives ``{name: active}`` of those that are not as requested, as kernel and driver together do
    * rxfh: ``{"table": [queue], "key": bytes, "hfunc": 1}``; rxfhindir: ``[queue]``; rx_rings: how many it may name
    * hashed: ``{flow type: bits}``
    * permanent_address: bytes
    * errors: ``{command number: errno}``
    * driver_makes: function of ``(key, fields)`` that gives the fields which the driver makes of those that it is told;
      it may raise OSError

    ``commands`` collects the number of every command asked. ``before`` may be set to a function that is called with
    the fake and the command number before each answer: a change while somebody reads. With ``checks_size`` it
    behaves as kernels since 2026 do, and answers nothing when the number of entries is not the announced one.
    """

    def __init__(self, interfaces, checks_size=False):
        self.interfaces = interfaces
        self.checks_size = checks_size
        self.commands = []
        self.before = None

    def __call__(self, _descriptor, request, argument):
        assert request == SIOCETHTOOL
        assert len(argument) >= ctypes.sizeof(Ifreq)
        ifreq = Ifreq.from_buffer_copy(argument)
        command = U32.from_address(ifreq.ifr_data).value
        self.commands.append(command)
        if self.before:
            self.before(self, command)
        interface = self.interfaces.get(ifreq.ifr_name.decode("utf-8"))
        if interface is None:
            raise error(errno.ENODEV)
        if command in interface.get("errors", {}):
            raise error(interface["errors"][command])
        if command in FIXED:
            key, structure = FIXED[command]
            write(ifreq.ifr_data, bytes(structure(cmd=command, **described(interface, key))))
        elif command in SETS:
            self.set(interface, ifreq.ifr_data, *SETS[command])
        else:
            answer = self.VARIABLE.get(command) or self.OF_SETTING[command]
            answer(self, interface, ifreq.ifr_data)
        return 0

    def set(self, interface, address, key, structure):
        request = structure.from_address(address)
        known = described(interface, key)
        told = {name: getattr(request, name) for name, _kind in structure._fields_ if name != "cmd"}
        makes = interface.get("driver_makes", lambda _key, fields: fields)
        known.update(makes(key, told))

    def strings(self, interface, address):
        request = Gstrings.from_address(address)
        values = described(interface, STRING_SETS[request.string_set])
        names = [value if isinstance(value, str) else value[0] for value in values]
        if self.fits(request.len, names):
            data = b"".join(name.encode("utf-8").ljust(32, b"\0") for name in names)
            write(address + ctypes.sizeof(Gstrings), data)
        request.len = len(names) if self.fits(request.len, names) else 0

    def stats(self, interface, address):
        request = Value.from_address(address)
        values = [value for _name, value in described(interface, "statistics")]
        if self.fits(request.data, values):
            write(address + ctypes.sizeof(Value), bytes((U64 * len(values))(*values)))
        request.data = len(values) if self.fits(request.data, values) else 0

    def fits(self, announced, entries):
        return not self.checks_size or announced == len(entries)

    def permanent_address(self, interface, address):
        request = Value.from_address(address)
        known = described(interface, "permanent_address")
        assert request.data >= len(known)
        request.data = len(known)
        write(address + ctypes.sizeof(Value), known)

    def sset_info(self, interface, address):
        request = SsetInfo.from_address(address)
        known = [number for number in sorted(STRING_SETS) if STRING_SETS[number] in interface]
        known = [number for number in known if request.sset_mask & (1 << number)]
        request.sset_mask = sum(1 << number for number in known)
        counts = [len(interface[STRING_SETS[number]]) for number in known]
        write(address + ctypes.sizeof(SsetInfo), bytes((U32 * len(counts))(*counts)))

    def features(self, interface, address):
        request = Features.from_address(address)
        values = described(interface, "features")
        blocks = [FeaturesBlock() for _block in range((len(values) + 31) // 32)]
        for place, feature in enumerate(values):
            for field, on in zip(("available", "requested", "active", "never_changed"), feature[1:]):
                block = blocks[place // 32]
                setattr(block, field, getattr(block, field) | (int(on) << (place % 32)))
        write(address + ctypes.sizeof(Features), b"".join(map(bytes, blocks[: request.size])))
        request.size = len(blocks)

    def set_features(self, interface, address):
        values = described(interface, "features")
        size = Features.from_address(address).size
        if size != (len(values) + 31) // 32:
            raise error(errno.EINVAL)
        blocks = (SetFeaturesBlock * size).from_address(address + ctypes.sizeof(Features))
        wanted = {}
        for place, (name, available, requested, _active, _never) in enumerate(values):
            block, bit = blocks[place // 32], 1 << (place % 32)
            wanted[name] = bool(block.requested & bit) if available and block.valid & bit else requested
        active = interface.get("features_make", lambda _wanted: {})(wanted)
        interface["features"] = [
            (name, available, wanted[name], active.get(name, wanted[name]) if available else is_active, never)
            for name, available, _requested, is_active, never in values
        ]

    def hashed(self, interface, address):
        request = RxfhFields.from_address(address)
        bits = described(interface, "hashed")
        if request.flow_type not in bits:
            raise error(errno.EINVAL)
        request.data = bits[request.flow_type]

    def set_hashed(self, interface, address):
        request = RxfhFields.from_address(address)
        bits = described(interface, "hashed")
        if request.flow_type not in bits:
            raise error(errno.EINVAL)
        makes = interface.get("driver_makes", lambda _key, fields: fields)
        bits.update(makes("hashed", {request.flow_type: request.data}))

    def rx_rings(self, interface, address):
        # The whole structure is copied to the user.
        reply = Rxnfc(cmd=0x2D, data=described(interface, "rx_rings"))
        write(address, bytes(reply))

    def set_rxfhindir(self, interface, address):
        request = Value.from_address(address)
        size, rings = len(described(interface, "rxfhindir")), described(interface, "rx_rings")
        if request.data == 0:
            table = [entry % rings for entry in range(size)]
        elif request.data == size:
            table = list((U32 * size).from_address(address + ctypes.sizeof(Value)))
            if max(table) >= rings:
                raise error(errno.EINVAL)
        else:
            raise error(errno.EINVAL)
        makes = interface.get("driver_makes", lambda _key, fields: fields)
        interface["rxfhindir"] = makes("rxfhindir", table)

    def link_settings(self, interface, address):
        words = LinkSettings.from_address(address).link_mode_masks_nwords
        link = described(interface, "link")
        if words == LINK_MODE_WORDS:
            reply = LinkSettings(cmd=0x4C, link_mode_masks_nwords=words, **link)
            write(address, bytes(reply) + b"\xff" * (3 * 4 * words))
        else:
            write(address, bytes(LinkSettings(cmd=0x4C, link_mode_masks_nwords=-LINK_MODE_WORDS)))

    def rxfh(self, interface, address):
        request = Rxfh.from_address(address)
        rss = described(interface, "rxfh")
        table, key = rss["table"], rss["key"]
        asked = request.indir_size, request.key_size
        reply = Rxfh(cmd=0x46, indir_size=len(table), key_size=len(key), hfunc=rss["hfunc"])
        write(address, bytes(reply))
        if asked[0] not in (0, len(table)) or asked[1] not in (0, len(key)):
            raise error(errno.EINVAL)
        data = bytes((U32 * len(table))(*table)) if asked[0] else b""
        write(address + ctypes.sizeof(Rxfh), data + (key if asked[1] else b""))

    def rxfhindir(self, interface, address):
        request = Value.from_address(address)
        table = described(interface, "rxfhindir")
        if request.data not in (0, len(table)):
            raise error(errno.EINVAL)
        if request.data:
            write(address + ctypes.sizeof(Value), bytes((U32 * len(table))(*table)))
        request.data = len(table)

    def rule_count(self, interface, address):
        Rxnfc.from_address(address).rule_cnt = len(described(interface, "rules"))

    def rule(self, interface, address):
        spec = Rxnfc.from_address(address).fs
        rules = described(interface, "rules")
        if spec.location not in rules:
            raise error(errno.ENOENT)
        spec.ring_cookie = rules[spec.location]

    def all_rules(self, interface, address):
        request = Rxnfc.from_address(address)
        places = sorted(described(interface, "rules"))
        if request.rule_cnt < len(places):
            raise error(errno.EMSGSIZE)
        # The places follow the count at once, in what C takes for padding.
        write(address + Rxnfc.rule_cnt.offset + 4, bytes((U32 * len(places))(*places)))
        request.rule_cnt = len(places)

    def per_queue(self, interface, address):
        request = PerQueueOp.from_address(address)
        asked = [queue for queue in range(4096) if request.queue_mask[queue // 32] >> queue % 32 & 1]
        known = described(interface, "queue_coalesce")
        if asked and asked[-1] >= len(known):
            raise error(errno.EINVAL)
        for place, queue in enumerate(asked):
            there = address + ctypes.sizeof(PerQueueOp) + place * ctypes.sizeof(Coalesce)
            if request.sub_command == 0x0F:
                told = Coalesce.from_address(there)
                known[queue].update((name, getattr(told, name)) for name, _kind in Coalesce._fields_[1:])
            else:
                write(there, bytes(Coalesce(cmd=0x0E, **known[queue])))

    VARIABLE = {
        0x1B: strings,
        0x1D: stats,
        0x37: sset_info,
        0x38: rxfhindir,
        0x3A: features,
        0x46: rxfh,
        0x4C: link_settings,
    }

    # What only those ask who set something, and further commands that set.
    OF_SETTING = {
        0x20: permanent_address,
        0x29: hashed,
        0x2A: set_hashed,
        0x2D: rx_rings,
        0x2E: rule_count,
        0x2F: rule,
        0x30: all_rules,
        0x39: set_rxfhindir,
        0x3B: set_features,
        0x4B: per_queue,
    }


def described(interface, key):
    if key not in interface:
        raise error(errno.EOPNOTSUPP)
    return interface[key]


def error(number):
    return OSError(number, os.strerror(number))


def write(address, data):
    ctypes.memmove(address, data, len(data))
