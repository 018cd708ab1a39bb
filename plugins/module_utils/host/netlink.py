# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink: how questions and answers are packed, and the sockets that they go through. Nothing here changes a setting.

Message and attribute headers: include/uapi/linux/netlink.h, Linux 6.12; everything is in native byte order. What a
question means is said by the source that asks it.
"""

import contextlib
import os
import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: The protocols that are spoken (include/uapi/linux/netlink.h), and what they are called in an error.
ROUTE, GENERIC = 0, 16
_PROTOCOLS = {ROUTE: "NETLINK_ROUTE", GENERIC: "NETLINK_GENERIC"}

U8 = struct.Struct("=B")
U16 = struct.Struct("=H")
U32 = struct.Struct("=I")
U64 = struct.Struct("=Q")

_MESSAGE = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_ERROR = struct.Struct("=i")

_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_MAX_ERRNO = 4095
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_DUMP, _NLM_F_DUMP_INTR = 0x1, 0x4, 0x300, 0x10
_NLA_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER

# The kernel fills what the reader has room for, up to 32 KiB a datagram.
_BUFFER_BYTES = 32768
_ATTEMPTS = 5

# An answer of generic netlink waits in the socket in whole: the diagnosis of a NIC of 128 queues has 300 KB, and takes
# twice its size.
_SO_RCVBUFFORCE = 33
_RECEIVE_BYTES = 4 << 20

#: The kernel answers at once, or has lost the answer.
_TIMEOUT_S = 5.0


def connect(protocol):
    """A socket of ROUTE or GENERIC; raises Unavailable."""
    try:
        connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    except OSError as error:
        raise Unavailable.from_os_error(f"socket {_PROTOCOLS[protocol]}", error) from error
    connection.settimeout(_TIMEOUT_S)
    if protocol == GENERIC:
        # Who may not have more than the limit may not ask for a diagnosis either.
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BYTES)
    return connection


class Netlink:
    """Asks the kernel of the network namespace in which it is first asked; until then nothing is opened.

    :param connect: makes the socket of a protocol, as :func:`connect` does, or what a test puts in its place
    """

    def __init__(self, connect=connect):
        self._connect = connect
        self._connections = {}
        self._families = {}

    def close(self):
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._families.clear()

    def dump(self, what, number, header):
        """The messages of a whole list of rtnetlink, each as bytes without the netlink header; raises Unavailable.

        :param what: what the question is called, for the error: "RTM_GETLINK"
        :param number: its message type; that of the answer is two less (include/uapi/linux/rtnetlink.h)
        """
        return self._connection(ROUTE).dump(what, number, number - 2, header)

    def ask(self, what, number, question):
        """The messages that answer one question of rtnetlink, as :meth:`dump` gives them; raises Unavailable."""
        return self._connection(ROUTE).ask(what, number, number - 2, question)

    def family(self, name):
        """The :class:`genetlink.Family` of that name: "devlink". Raises Unavailable when it is asked, not before."""
        # Most hosts have no NIC that is asked by generic netlink.
        from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.genetlink import Family

        if name not in self._families:
            self._families[name] = Family(name, lambda: self._connection(GENERIC))
        return self._families[name]

    def _connection(self, protocol):
        if protocol not in self._connections:
            self._connections[protocol] = Connection(self._connect(protocol))
        return self._connections[protocol]


class Connection:
    """One netlink socket.

    *what* a question is called is for the error, *number* is its message type and *reply* that of the messages in the
    answer, which are returned as bytes without the netlink header. Both questions raise Unavailable.
    """

    def __init__(self, connection):
        self._socket = connection
        self._buffer = bytearray(_BUFFER_BYTES)
        self._sequence = 0

    def close(self):
        self._socket.close()

    def dump(self, what, number, reply, payload):
        """A whole list. One that changed while it was read is read again; when that happens too often: ``vanished``."""
        for _attempt in range(_ATTEMPTS):
            replies, interrupted = self._exchange(what, number, reply, payload, _NLM_F_DUMP)
            if not interrupted:
                return replies
        raise Unavailable("vanished", f"{what}: the list changed during each of {_ATTEMPTS} readings")

    def ask(self, what, number, reply, payload):
        """The answer to one question."""
        # An acknowledgement is asked for, since an answer of one message has no other end. After an answer that has
        # one it comes late, and is passed over by its sequence number when the next question is asked.
        return self._exchange(what, number, reply, payload, _NLM_F_ACK)[0]

    def _exchange(self, what, number, reply, payload, flags):
        """``(messages, whether the list changed meanwhile)``."""
        try:
            return self._send_and_receive(number, reply, payload, _NLM_F_REQUEST | flags)
        except OSError as error:
            raise Unavailable.from_os_error(what, error) from error

    def _send_and_receive(self, number, reply, payload, flags):
        self._sequence += 1
        length = _MESSAGE.size + len(payload)
        self._socket.send(_MESSAGE.pack(length, number, flags, self._sequence, 0) + payload)
        replies = []
        interrupted = False
        while True:
            for kind, flags, sequence, body in messages(self._receive()):
                if sequence != self._sequence:
                    continue
                interrupted = interrupted or bool(flags & _NLM_F_DUMP_INTR)
                if kind in (_NLMSG_ERROR, _NLMSG_DONE):
                    _raise_error(kind, body)
                    return replies, interrupted
                if kind == reply:
                    replies.append(body)

    def _receive(self):
        size = self._socket.recv_into(self._buffer, 0, socket.MSG_PEEK | socket.MSG_TRUNC)
        if size > len(self._buffer):
            self._buffer = bytearray(size)
        size = self._socket.recv_into(self._buffer)
        return bytes(memoryview(self._buffer)[:size])


def messages(data):
    """The ``(type, flags, sequence, body)`` of each message in a datagram."""
    found = []
    at = 0
    while at <= len(data) - _MESSAGE.size:
        length, kind, flags, sequence, _port = _MESSAGE.unpack_from(data, at)
        if not _MESSAGE.size <= length <= len(data) - at:
            raise _bad_length("message", at, _MESSAGE.size, len(data) - at, length)
        found.append((kind, flags, sequence, data[at + _MESSAGE.size : at + length]))
        at += (length + 3) & ~3
    return found


def attributes(data, at=0):
    """``{type: value}`` of the attributes in *data* from *at*, a multiple of 4, on; of a repeated type the last value.

    A nested attribute is a value that is given to this function again.
    """
    return dict(attributes_in_order(data, at))


def attributes_in_order(data, at=0):
    """Yields ``(type, value)`` of each attribute in *data* from *at*, a multiple of 4, on."""
    size = len(data)
    last = size - _ATTRIBUTE.size
    unpack = _ATTRIBUTE.unpack_from
    # The innermost loop of a list of links: 40 turns an interface, so nothing is computed twice in it.
    while at <= last:
        length, kind = unpack(data, at)
        end = at + length
        if length < 4 or end > size:
            raise _bad_length("attribute", at, _ATTRIBUTE.size, size - at, length)
        yield kind & _NLA_TYPE_MASK, data[at + 4 : end]
        at = (end + 3) & ~3


def attribute(kind, value):
    """An attribute with its header, filled up to a multiple of 4 bytes, as a question has it."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def number(found, kind, layout):
    """The number in attribute *kind* of *found*, read by *layout* (U8, U32, U64); None where there is no such one."""
    value = found.get(kind)
    if value is None:
        return None
    return fixed(layout, value, "attribute")[0]


def text(found, kind):
    """The text in attribute *kind* of *found*; None where there is no such attribute."""
    value = found.get(kind)
    return None if value is None else value.partition(b"\0")[0].decode("utf-8", "replace")


def fixed(layout, data, what):
    """The fields of the struct that *data* begins with; *what* names it in the error for too little data."""
    try:
        return layout.unpack_from(data)
    except struct.error as error:
        detail = f"netlink {what}: expected at least {layout.size} bytes, found {len(data)}"
        raise Unavailable("malformed", detail) from error


def _raise_error(kind, body):
    """Raise what ends a list other than its end: an error number of its own, or one in the DONE message."""
    if kind == _NLMSG_DONE and not body:
        return
    code = -fixed(_ERROR, body, "error")[0]
    if not 0 <= code <= _MAX_ERRNO:
        raise Unavailable("malformed", f"netlink error: expected 0 or minus an error number, found {-code}")
    if code:
        raise OSError(code, os.strerror(code))


def _bad_length(what, at, least, most, found):
    detail = f"netlink {what} at byte {at}: expected a length of {least} to {most}, found {found}"
    return Unavailable("malformed", detail)
