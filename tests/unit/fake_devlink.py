# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of devlink over generic netlink, for hardware that a test machine does not have.

It answers as the kernel does, in form and in order (net/netlink/genetlink.c, net/devlink/health.c): the messages of a
diagnosis end in NLMSG_DONE and an acknowledgement after it. It proves nothing about a driver.
"""

import errno
import socket
import sys

FAMILY = 29
U8, U32, U64, FLAG, STRING, BINARY = 1, 3, 4, 6, 10, 11
OBJECT, PAIR, ARRAY, END, NAME, VALUE_TYPE, VALUE = range(107, 114)
PAD = 61

_PORT_GET, _DIAGNOSE = 5, 55


def integer(value, size=4):
    return value.to_bytes(size, sys.byteorder)


def attribute(kind, value=b""):
    return integer(4 + len(value), 2) + integer(kind, 2) + value + bytes(-len(value) % 4)


def message(kind, sequence, body, flags=2):
    data = integer(16 + len(body)) + integer(kind, 2) + integer(flags, 2) + integer(sequence) + integer(4711) + body
    return data + bytes(-len(data) % 4)


def scalar(value_type, data):
    return attribute(VALUE_TYPE, integer(value_type, 1)) + attribute(VALUE, data)


def encoded(value):
    """The attributes of a formatted message: dictionaries, lists, text, bool, bytes, and (type, number)."""
    if isinstance(value, dict):
        return attribute(OBJECT) + pairs(value) + attribute(END)
    if isinstance(value, list):
        return attribute(ARRAY) + b"".join(map(encoded, value)) + attribute(END)
    if isinstance(value, str):
        return scalar(STRING, value.encode("utf-8") + b"\0")
    if isinstance(value, bool):
        return scalar(FLAG, integer(value, 1))
    if isinstance(value, bytes):
        return scalar(BINARY, value)
    value_type, number = value
    return scalar(value_type, integer(number, {U8: 1, U32: 4, U64: 8}[value_type]))


def pairs(content):
    """What is between the start and the end of an object."""
    return b"".join(
        attribute(PAIR) + attribute(NAME, name.encode("utf-8") + b"\0") + encoded(value) + attribute(END)
        for name, value in content.items()
    )


def rx_diagnosis(kind=1, wqes=1024, stride=256, entries=1024, cqe=64, queues=2):
    """What mlx5e_rx_reporter_diagnose() of Linux 6.1 puts into its answer."""
    completion = {"stride size": (U64, cqe), "size": (U32, entries)}
    queue = {"type": (U8, kind), "stride size": (U64, stride), "size": (U32, wqes), "ts_format": "FRC"}
    each = [
        {"channel ix": (U32, number), "rqn": (U32, 400 + number), "CQ": {"cqn": (U32, 9), "size": (U32, 7)}}
        for number in range(queues)
    ]
    return {"Common config": {"RQ": dict(queue, CQ=completion)}, "RQs": each}


def tx_diagnosis(wqes=1024, entries=1024, queues=2):
    completion = {"stride size": (U64, 64), "size": (U32, entries)}
    queue = {"stride size": (U64, 64), "size": (U32, wqes), "ts_format": "FRC", "CQ": completion}
    each = [{"channel ix": (U32, number), "stopped": False, "cc": (U32, 0)} for number in range(queues)]
    return {"Common Config": {"SQ": queue}, "SQs": each}


def port(ifindex, index=65535, bus="pci", device="0000:01:00.0"):
    """A message of DEVLINK_CMD_PORT_GET without its headers."""
    name = attribute(7, b"eth0\0") if ifindex else b""
    handle = attribute(1, bus.encode("ascii") + b"\0") + attribute(2, device.encode("ascii") + b"\0")
    return handle + attribute(3, integer(index)) + attribute(6, integer(ifindex)) + name


class FakeDevlink:
    """A socket of generic netlink.

    ``ports`` are messages of :func:`port`; ``diagnoses`` has the pairs of a reporter, as bytes or as a list of the
    bytes of each message; ``errors`` the errno with which something is refused: ``{"family": errno.ENOENT}``, "ports",
    "rx", "tx". ``asked`` collects what was asked: ("family",), ("ports",), ("rx", the attributes of the question).
    """

    def __init__(self, ports=None, diagnoses=None, errors=None):
        self.ports = [port(2)] if ports is None else ports
        self.diagnoses = {"rx": pairs(rx_diagnosis()), "tx": pairs(tx_diagnosis())} if diagnoses is None else diagnoses
        self.errors = errors or {}
        self.asked = []
        self.closed = False
        self._waiting = []

    def send(self, data):
        kind, sequence = int.from_bytes(data[4:6], sys.byteorder), int.from_bytes(data[8:12], sys.byteorder)
        what, question = self._question(kind, data[16], data[20:])
        self.asked.append((what, question) if what in ("rx", "tx") else (what,))
        if what in self.errors:
            self._waiting.append(message(2, sequence, integer(-self.errors[what] & 0xFFFFFFFF) + data[:16], 0))
            return
        acknowledgement = message(2, sequence, bytes(4) + data[:16], 0)
        if what == "family":
            answer = attribute(2, b"devlink\0") + attribute(1, integer(FAMILY, 2)) + attribute(3, integer(1))
            self._waiting += [message(16, sequence, integer(1, 1) + bytes(3) + answer, 0), acknowledgement]
        elif what == "ports":
            self._waiting.append(b"".join(self._message(sequence, body) for body in self.ports))
            self._waiting.append(message(3, sequence, bytes(4)))
        else:
            parts = self.diagnoses[what]
            parts = [parts] if isinstance(parts, bytes) else parts
            self._waiting += [self._message(sequence, attribute(106, part)) for part in parts]
            self._waiting += [message(3, sequence, b""), acknowledgement]

    @staticmethod
    def _question(kind, command, question):
        if kind == 16:
            assert (command, question) == (3, attribute(2, b"devlink\0"))
            return "family", question
        assert kind == FAMILY
        if command == _PORT_GET:
            return "ports", question
        assert command == _DIAGNOSE
        reporter = attribute(115, b"rx\0")
        return ("rx" if question.endswith(reporter) else "tx"), question[: -len(reporter)]

    @staticmethod
    def _message(sequence, body):
        return message(FAMILY, sequence, integer(_PORT_GET, 1) + bytes(3) + body)

    def recv_into(self, buffer, _size=0, flags=0):
        if not self._waiting:
            raise socket.timeout(errno.EAGAIN, "timed out")
        datagram = self._waiting[0] if flags & socket.MSG_PEEK else self._waiting.pop(0)
        kept = datagram[: len(buffer)]
        buffer[: len(kept)] = kept
        return len(datagram) if flags & socket.MSG_TRUNC else len(kept)

    def close(self):
        self.closed = True
