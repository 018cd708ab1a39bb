# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os
import socket
import struct
import sys

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host import netlink
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    GENERIC,
    ROUTE,
    Connection,
    Netlink,
    connect,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

BYTE_ORDER = sys.byteorder
NEWLINK, ERROR, DONE, NOOP = 16, 2, 3, 1
MULTI, INTERRUPTED = 0x2, 0x10


def u16(value):
    return value.to_bytes(2, BYTE_ORDER)


def u32(value):
    return (value & 0xFFFFFFFF).to_bytes(4, BYTE_ORDER)


def message(kind, sequence, body=b"", flags=MULTI):
    data = u32(16 + len(body)) + u16(kind) + u16(flags) + u32(sequence) + u32(4711) + body
    return data + bytes(-len(data) % 4)


class FakeSocket:
    """Answers the n-th question with ``answers[n]``: a list of datagrams, each a function of the sequence number."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.questions = []
        self.waiting = []
        self.closed = False

    def send(self, data):
        self.questions.append(data)
        sequence = int.from_bytes(data[8:12], BYTE_ORDER)
        answer = self.answers[len(self.questions) - 1]
        if isinstance(answer, OSError):
            raise answer
        self.waiting = [datagram(sequence) for datagram in answer]

    def recv_into(self, buffer, _size=0, flags=0):
        datagram = self.waiting[0] if flags & socket.MSG_PEEK else self.waiting.pop(0)
        held = datagram[: len(buffer)]
        buffer[: len(held)] = held
        return len(datagram) if flags & socket.MSG_TRUNC else len(held)

    def close(self):
        self.closed = True


def links_of(*bodies, flags=MULTI):
    return lambda sequence: b"".join(message(NEWLINK, sequence, body, flags) for body in bodies)


def done(sequence, error=0):
    return message(DONE, sequence, u32(error))


def dump(*answers):
    fake = FakeSocket(*answers)
    asked = Netlink(lambda _protocol: fake)
    try:
        return asked.dump("RTM_GETLINK", 18, b"HEADERxx"), fake
    finally:
        asked.close()


def test_the_question():
    _replies, fake = dump([done])
    assert fake.questions == [u32(24) + u16(18) + u16(0x301) + u32(1) + u32(0) + b"HEADERxx"]
    assert fake.closed


def test_a_list_in_several_datagrams():
    replies, _fake = dump([links_of(b"one", b"four"), links_of(b""), links_of(b"three"), done])
    assert replies == [b"one", b"four", b"", b"three"]


def test_the_end_in_the_same_datagram_and_without_an_error_number():
    replies, _fake = dump([lambda sequence: message(NEWLINK, sequence, b"a") + message(DONE, sequence)])
    assert replies == [b"a"]


def test_what_belongs_to_another_question_or_is_of_another_type_is_left_out():
    def datagram(sequence):
        strangers = message(NEWLINK, sequence + 7, b"old") + message(DONE, sequence + 7) + message(NOOP, sequence)
        return strangers + message(NEWLINK, sequence, b"mine") + message(20, sequence, b"address")

    replies, _fake = dump([datagram, done])
    assert replies == [b"mine"]


def test_a_datagram_larger_than_the_buffer():
    large = bytes(range(256)) * 1000
    replies, _fake = dump([links_of(large), done])
    assert replies == [large]


def test_a_list_that_changed_is_read_again():
    replies, fake = dump([links_of(b"a", flags=MULTI | INTERRUPTED), done], [links_of(b"a", b"b"), done])
    assert replies == [b"a", b"b"]
    assert len(fake.questions) == 2


def test_a_change_that_only_the_end_tells_of():
    replies, _fake = dump(
        [links_of(b"a"), lambda sequence: message(DONE, sequence, u32(0), MULTI | INTERRUPTED)],
        [links_of(b"b"), done],
    )
    assert replies == [b"b"]


def test_a_list_that_always_changes_is_vanished():
    with pytest.raises(Unavailable) as raised:
        dump(*[[links_of(b"a", flags=INTERRUPTED), done]] * 5)
    assert raised.value.reason == "vanished"
    assert raised.value.detail == "RTM_GETLINK: the list changed during each of 5 readings"


@pytest.mark.parametrize(
    "number, reason", [(errno.EPERM, "unreadable"), (errno.EOPNOTSUPP, "unsupported"), (errno.ENODEV, "vanished")]
)
@pytest.mark.parametrize("kind", [ERROR, DONE])
def test_errors_of_the_kernel(number, reason, kind):
    with pytest.raises(Unavailable) as raised:
        dump([links_of(b"a"), lambda sequence: message(kind, sequence, u32(-number) + b"the question")])
    assert raised.value.reason == reason
    assert raised.value.detail == "RTM_GETLINK: " + os.strerror(number)


def test_an_error_of_the_socket():
    with pytest.raises(Unavailable) as raised:
        dump(OSError(errno.ENOBUFS, "No buffer space available"))
    assert raised.value.detail == "RTM_GETLINK: No buffer space available"


def test_no_socket(monkeypatch):
    def refused(*_args):
        raise OSError(errno.EAFNOSUPPORT, "")

    monkeypatch.setattr(netlink.socket, "socket", refused)
    asked = Netlink()
    for question, name in (
        (lambda: asked.dump("X", 18, b""), "ROUTE"),
        (lambda: asked.family("x").dump("X", 1), "GENERIC"),
    ):
        with pytest.raises(Unavailable) as raised:
            question()
        assert raised.value.reason == "unsupported"
        assert raised.value.detail == f"socket NETLINK_{name}: Address family not supported by protocol"


@pytest.mark.parametrize("length", [0, 15, 17, 2**32 - 1])
def test_a_message_of_impossible_length(length):
    assert malformed(netlink.messages, u32(length) + bytes(12)) == (
        f"netlink message at byte 0: expected a length of 16 to 16, found {length}"
    )


def test_an_error_message_without_its_number():
    with pytest.raises(Unavailable) as raised:
        dump([lambda sequence: message(ERROR, sequence, b"\1\2")])
    assert raised.value.detail == "netlink error: expected at least 4 bytes, found 2"


def test_attributes_are_padded_to_four_bytes():
    data = u16(7) + u16(3) + b"lo\0" + b"\xee" + u16(8) + u16(4) + u32(65536) + u16(4) + u16(9) + u16(5) + u16(1) + b"z"
    assert netlink.attributes(data) == {3: b"lo\0", 4: u32(65536), 9: b"", 1: b"z"}
    assert netlink.attributes(b"skip" + data, 4) == netlink.attributes(data)
    assert netlink.attributes(b"") == {}
    assert netlink.attributes(bytes(3)) == {}


def test_nested_attributes_lose_their_flag():
    inner = u16(8) + u16(1) + b"veth"
    data = u16(12) + u16(18 | 0x8000) + inner
    found = netlink.attributes(data)
    assert netlink.attributes(found[18]) == {1: b"veth"}


@pytest.mark.parametrize("length", [0, 3, 9, 0xFFFF])
def test_an_attribute_of_impossible_length(length):
    assert malformed(netlink.attributes, u16(4) + u16(1) + u16(length) + u16(2) + bytes(4)) == (
        f"netlink attribute at byte 4: expected a length of 4 to 8, found {length}"
    )


def test_numbers_and_text():
    found = {1: b"eth0\0rest", 2: b"\xff", 3: u32(70000), 4: b""}
    assert netlink.text(found, 1) == "eth0"
    assert netlink.text(found, 2) == "\ufffd"
    assert netlink.text(found, 9) is None
    assert netlink.number(found, 2, netlink.U8) == 255
    assert netlink.number(found, 3, netlink.U32) == 70000
    assert netlink.number(found, 9, netlink.U32) is None
    with pytest.raises(Unavailable) as raised:
        netlink.number(found, 4, netlink.U32)
    assert raised.value.detail == "netlink attribute: expected at least 4 bytes, found 0"


def test_nothing_is_opened_before_something_is_asked():
    asked = Netlink(lambda _protocol: pytest.fail("opened"))
    asked.family("devlink")
    asked.close()


def test_the_sockets_are_opened_once_each_and_all_closed():
    opened = []

    def opening(protocol):
        opened.append((protocol, FakeSocket([done], [done], [done])))
        return opened[-1][1]

    asked = Netlink(opening)
    asked.dump("RTM_GETLINK", 18, b"")
    asked.dump("RTM_GETADDR", 22, b"")
    with pytest.raises(Unavailable):
        # No such family is in the answer.
        asked.family("devlink").dump("DEVLINK_CMD_PORT_GET", 5)
    assert asked.family("devlink") is asked.family("devlink")
    asked.close()
    assert [protocol for protocol, _fake in opened] == [ROUTE, GENERIC]
    assert all(fake.closed for _protocol, fake in opened)


def test_live_an_answer_that_never_comes_is_not_waited_for():
    """A message of the type NLMSG_NOOP is not answered: the kernel skips it."""
    connection = Connection(connect(ROUTE))
    connection._socket.settimeout(0.1)
    try:
        with pytest.raises(Unavailable) as raised:
            connection._exchange("NLMSG_NOOP", NOOP, NOOP, b"", 0)
    finally:
        connection.close()
    assert raised.value.detail.startswith("NLMSG_NOOP: ")
    assert connect(ROUTE).gettimeout() == connect(GENERIC).gettimeout() == 5


def test_live_wrong_question_is_refused_and_the_next_one_answered():
    """The socket is still good after a refusal."""
    asked = Netlink()
    try:
        with pytest.raises(Unavailable) as raised:
            asked.dump("RTM_NONSENSE", 1022, bytes(16))
        assert raised.value.reason == "unsupported"
        assert raised.value.detail == "RTM_NONSENSE: Operation not supported"
        replies = asked.dump("RTM_GETLINK", 18, bytes(16))
    finally:
        asked.close()
    assert all(len(reply) > 16 for reply in replies)
    assert struct.unpack_from("=BBHi", replies[0])[3] == 1
