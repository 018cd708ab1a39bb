# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of the made-up host: it answers the ethtool ioctl, rtnetlink and devlink as mlx5_core NICs with 3,000
statistics each would. Answers are made beforehand, so that what is measured is the reading and not the answering.

Layouts: include/uapi/linux/ethtool.h, if_link.h, rtnetlink.h, Linux 6.12.
"""

import ctypes
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import ioctl, live, netlink
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.tests.unit import fake_devlink
from made_up_host import NICS, QUEUES

STATISTICS = 3000

_RX = (
    "packets bytes csum_complete csum_unnecessary csum_none csum_complete_tail ecn_mark removed_vlan_packets wqe_err "
    "lro_packets lro_bytes gro_packets gro_bytes mpwqe_filler_cqes mpwqe_filler_strides oversize_pkts_sw_drop "
    "buff_alloc_err cqe_compress_blks cqe_compress_pkts congst_umr xdp_drop xdp_redirect arfs_err recover"
).split()
_TX = (
    "packets bytes tso_packets tso_bytes csum_partial csum_none nop added_vlan_packets stopped dropped xmit_more "
    "recover cqes wake cqe_err mpwqe_blks mpwqe_pkts"
).split()
_PORT = (
    "rx_out_of_buffer rx_discards_phy tx_discards_phy rx_crc_errors_phy rx_symbol_err_phy rx_steer_missed_packets "
    "rx_prio0_discards rx_prio0_cong_discard outbound_pci_stalled_wr rx_pcs_symbol_err_phy link_down_events_phy "
    "module_bus_stuck rx_buffer_passed_thres_phy rx_over_errors rx_vport_unicast_packets"
).split()

_DRIVER, _COALESCE, _RINGS, _PAUSE, _STRINGS, _STATS, _PRIVATE_FLAGS = 0x03, 0x0E, 0x10, 0x12, 0x1B, 0x1D, 0x27
_SET_INFO, _FEATURES, _CHANNELS, _RSS, _LINK = 0x37, 0x3A, 0x3C, 0x46, 0x4C
_RSS_ENTRIES = 256
_LINK_WORDS = 4


def statistic_names():
    """Names that mlx5_core gives, as many as :data:`STATISTICS`."""
    of_queue = [*(("rx", name) for name in _RX), *(("tx", name) for name in _TX)]
    names = [*_PORT, *(f"{side}{queue}_{name}" for queue in range(QUEUES) for side, name in of_queue)]
    return names + [f"vendor_counter_{number}" for number in range(STATISTICS - len(names))]


def _table(names):
    return b"".join(name.encode().ljust(32, b"\0") for name in names)


class Ioctl:
    """Stands in for ``fcntl.ioctl``: writes the answer where the request's pointer says."""

    def __init__(self):
        sets = {
            1: statistic_names(),
            2: [f"flag_{number}" for number in range(12)],
            4: [f"feature-{number}" for number in range(63)],
        }
        blocks = (len(sets[4]) + 31) // 32
        rss = [entry % QUEUES for entry in range(_RSS_ENTRIES)]
        self._strings = {number: struct.pack("=I", len(names)) + _table(names) for number, names in sets.items()}
        self._sizes = {1 << number: len(names) for number, names in sets.items()}
        self._fixed = {
            _COALESCE: struct.pack("=22I", 8, 128, *[0] * 20),
            _RINGS: struct.pack("=8I", 8192, 0, 0, 8192, 1024, 0, 0, 1024),
            _CHANNELS: struct.pack("=8I", 0, 0, 0, QUEUES, 0, 0, 0, QUEUES),
            _PAUSE: struct.pack("=3I", 0, 1, 1),
            _PRIVATE_FLAGS: struct.pack("=I", 5),
            _STATS: struct.pack(f"=I{STATISTICS}Q", STATISTICS, *range(10**9, 10**9 + STATISTICS)),
            _FEATURES: struct.pack(f"=I{4 * blocks}I", blocks, *[0xFFFFFFFF, 0xFFFF, 0xFFFF, 0] * blocks),
        }
        self._rss_sizes = struct.pack("=3IB3sI", 0, _RSS_ENTRIES, 40, 1, b"", 0)
        self._rss = self._rss_sizes + struct.pack(f"={_RSS_ENTRIES}I", *rss)
        self._link_size = struct.pack("=IBBBBBBBb", 0, 0, 0, 0, 0, 0, 0, 0, -_LINK_WORDS)
        self._link = struct.pack("=IBBBBBBBb", 100000, 1, 3, 0, 1, 0, 0, 0, _LINK_WORDS)

    def __call__(self, _socket, _number, ifreq):
        name, address = struct.unpack_from("16sP", ifreq)
        name = name.rstrip(b"\0").decode()
        if name not in NICS:
            raise OSError(95, "Operation not supported")
        command, first, second = struct.unpack("=3I", ctypes.string_at(address, 12))
        answer = self._answer(command, first, second, address, name)
        ctypes.memmove(address + 4, answer, len(answer))

    def _answer(self, command, first, second, address, name):
        if command in self._fixed:
            return self._fixed[command]
        if command == _STRINGS:
            return struct.pack("=I", first) + self._strings[first]
        if command == _SET_INFO:
            (mask,) = struct.unpack("=Q", ctypes.string_at(address + 8, 8))
            return struct.pack("=IQI", 0, mask, self._sizes[mask])
        if command == _RSS:
            return self._rss if second else self._rss_sizes
        if command == _LINK:
            (words,) = struct.unpack("=b", ctypes.string_at(address + 15, 1))
            return self._link if words else self._link_size
        if command == _DRIVER:
            bus = f"0000:{list(NICS).index(name):02x}:00.0".encode()
            return struct.pack("=32s32s32s32s", b"mlx5_core", b"6.12.0", b"22.39.1002", bus)
        raise OSError(95, "Operation not supported")


class Connection:
    """Stands in for the socket of rtnetlink: links, addresses, and the qdiscs mq with one fq_codel for each queue."""

    #: What the kernel puts into one datagram of a list.
    DATAGRAM_BYTES = 32768

    def __init__(self):
        self._answers = {
            18: (16, [_link(name, ifindex) for name, ifindex in {"lo": 1, **NICS}.items()]),
            22: (20, [_address(ifindex) for ifindex in NICS.values()]),
            38: (36, [body for ifindex in NICS.values() for body in _qdiscs(ifindex)]),
        }
        self._datagrams = []

    def send(self, request):
        _length, number, _flags, sequence, _port = struct.unpack_from("=IHHII", request)
        kind, bodies = self._answers[number]
        datagram = b""
        for body in bodies:
            if len(datagram) + len(body) + 16 > self.DATAGRAM_BYTES:
                self._datagrams.append(datagram)
                datagram = b""
            datagram += struct.pack("=IHHII", 16 + len(body), kind, 2, sequence, 0) + body
        done = struct.pack("=IHHIIi", 20, 3, 2, sequence, 0, 0)
        self._datagrams += [datagram, done]

    def recv_into(self, buffer, _size=0, flags=0):
        datagram = self._datagrams[0]
        kept = min(len(datagram), len(buffer))
        buffer[:kept] = datagram[:kept]
        if flags:
            return len(datagram)
        del self._datagrams[0]
        return kept

    def close(self):
        pass


def host(root):
    """A Host of the made-up files below *root* and this kernel, with the clock and the CPU of this machine."""
    connections = {netlink.ROUTE: Connection, netlink.GENERIC: _devlink}
    asked = netlink.Netlink(lambda protocol: connections[protocol]())
    return Host(Files(root), live.Clock(), live.Machine(), ioctl.Ioctl(Ioctl()), asked)


class Files(live.Files):
    """Files below a folder, as those of the machine itself are read: the folder is trusted."""

    def __init__(self, root):
        self._root = root.rstrip("/")

    def _place(self, path):
        return live.path_bytes(self._root + path)


#: What the kernel puts into one message of a diagnosis.
_DIAGNOSIS_BYTES = 3700


def _devlink():
    """Stands in for the socket of generic netlink."""
    ports = [
        fake_devlink.port(ifindex, device=f"0000:{number:02x}:00.0") for number, ifindex in enumerate(NICS.values())
    ]
    diagnoses = {
        "rx": fake_devlink.rx_diagnosis(queues=QUEUES),
        "tx": fake_devlink.tx_diagnosis(queues=QUEUES),
    }
    return fake_devlink.FakeDevlink(ports, {side: _in_messages(content) for side, content in diagnoses.items()})


def _in_messages(content):
    messages, data = [b""], fake_devlink.pairs(content)
    while data:
        (length,) = struct.unpack_from("=H", data)
        length = length + 3 & ~3
        if len(messages[-1]) + length > _DIAGNOSIS_BYTES:
            messages.append(b"")
        messages[-1] += data[:length]
        data = data[length:]
    return messages


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _link(name, ifindex):
    flags = 0x10049 if name == "lo" else 0x11043
    attributes = (
        (3, name.encode() + b"\0"),
        (1, bytes([2, 0, 0, 0, 0, ifindex])),
        (4, struct.pack("=I", 1500)),
        (13, struct.pack("=I", 1000)),
        (16, b"\6"),
        (33, b"\1"),
        (35, struct.pack("=I", 2)),
        (43, _attribute(2, b"\0")),
        (23, struct.pack("=25Q", *range(10**9, 10**9 + 25))),
    )
    return struct.pack("=BBHiII", 0, 0, 1, ifindex, flags, 0) + b"".join(_attribute(*one) for one in attributes)


def _address(ifindex):
    return struct.pack("=BBBBI", 2, 24, 0, 0, ifindex) + _attribute(2, bytes([192, 0, 2, ifindex]))


def _qdiscs(ifindex):
    yield _qdisc(ifindex, 0x80010000, 0xFFFFFFFF, b"mq\0", b"")
    for queue in range(QUEUES):
        extra = struct.pack("=I10I", 0, *[0] * 10)
        yield _qdisc(ifindex, 0, 0x80010001 + queue, b"fq_codel\0", extra)


def _qdisc(ifindex, handle, parent, kind, extra):
    statistics = _attribute(1, struct.pack("=QI4x", 10**12, 10**6)) + _attribute(3, struct.pack("=5I", 0, 0, 0, 0, 0))
    if extra:
        statistics += _attribute(4, extra)
    header = struct.pack("=BBHiIII", 0, 0, 0, ifindex, handle, parent, 1)
    return header + _attribute(1, kind) + _attribute(7, statistics)
