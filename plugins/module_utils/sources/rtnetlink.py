# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that the kernel gives over netlink, and the attributes they are made of. Nothing here changes a setting.

Message and attribute headers: include/uapi/linux/netlink.h, Linux 6.12; everything is in native byte order.
"""

import collections
import os
import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Unavailable

#: A question: what it is called, its message type, and the type of the messages in the answer.
Request = collections.namedtuple("Request", "name number reply")

GETLINK = Request("RTM_GETLINK", 18, 16)
GETADDR = Request("RTM_GETADDR", 22, 20)
GETQDISC = Request("RTM_GETQDISC", 38, 36)

U8 = struct.Struct("=B")
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


class Netlink:
    """A socket for the network namespace it was made in. Use it as a context manager, or ``close()`` it.

    :param connection: a socket, or what a test puts in its place
    """

    def __init__(self, connection=None):
        self._socket = _rtnetlink_socket() if connection is None else connection
        self._buffer = bytearray(_BUFFER_BYTES)
        self._sequence = 0

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def dump(self, request, header):
        """The messages of a whole list, each as bytes without the netlink header.

        A list that changed while it was read is read again; when that happens too often it is ``vanished``.
        Any error of the kernel is :class:`Unavailable` with its reason.
        """
        for _attempt in range(_ATTEMPTS):
            replies, interrupted = self._exchange(request, header, _NLM_F_DUMP)
            if not interrupted:
                return replies
        raise Unavailable("vanished", f"{request.name}: the list changed during each of {_ATTEMPTS} readings")

    def ask(self, request, payload):
        """The messages that answer one question, each as bytes without the netlink header; raises Unavailable."""
        # An acknowledgement is asked for, since an answer of one message has no other end. After an answer that has
        # one it comes late, and is passed over by its sequence number when the next question is asked.
        return self._exchange(request, payload, _NLM_F_ACK)[0]

    def _exchange(self, request, payload, flags):
        """``(messages, whether the list changed meanwhile)``."""
        try:
            return self._send_and_receive(request, payload, _NLM_F_REQUEST | flags)
        except OSError as error:
            raise Unavailable.from_os_error(request.name, error) from error

    def _send_and_receive(self, request, payload, flags):
        self._sequence += 1
        length = _MESSAGE.size + len(payload)
        self._socket.send(_MESSAGE.pack(length, request.number, flags, self._sequence, 0) + payload)
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
                if kind == request.reply:
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


def _rtnetlink_socket():
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    except OSError as error:
        raise Unavailable.from_os_error("socket NETLINK_ROUTE", error) from error


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
