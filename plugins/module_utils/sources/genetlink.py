# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generic netlink: families of questions, whose numbers the kernel gives out when they are registered.

Numbers: include/uapi/linux/genetlink.h, Linux 6.12.
"""

import contextlib
import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.rtnetlink import (
    Netlink,
    Request,
    attribute,
    attributes,
    number,
)

_NETLINK_GENERIC = 16
_SO_RCVBUFFORCE = 33

# Version 1 is that of the controller and of every family that is asked here.
_HEADER = struct.Struct("=BBxx")  # command, version
_VERSION = 1

_CTRL_CMD_GETFAMILY = 3
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2
_CONTROLLER = Request("CTRL_CMD_GETFAMILY", 16, 16)
_U16 = struct.Struct("=H")

# An answer waits in the socket in whole: the diagnosis of a NIC of 128 queues has 300 KB, and takes twice its size.
_RECEIVE_BYTES = 4 << 20
_TIMEOUT_S = 5.0


class Family:
    """One family, in the network namespace in which it is first asked; until then nothing is opened.

    Both questions return messages as bytes without their headers, and raise Unavailable: ``absent`` where the kernel
    has no such family. *command* is the name of the command, for an error, *code* its number.

    :param name: ``devlink``
    :param connection: makes a socket of generic netlink, or what a test puts in its place
    """

    def __init__(self, name, connection=None):
        self._name = name
        self._connection = connection or _socket
        self._netlink = None
        self._number = None

    def close(self):
        if self._netlink is not None:
            self._netlink.close()

    def dump(self, command, code):
        """The messages of a whole list."""
        return self._messages("dump", command, code, b"")

    def ask(self, command, code, payload):
        """The messages that answer one question."""
        return self._messages("ask", command, code, payload)

    def _messages(self, how, command, code, payload):
        if self._number is None:
            self._netlink = self._netlink or Netlink(self._connection())
            self._number = _family_number(self._netlink, self._name)
        request = Request(command, self._number, self._number)
        found = getattr(self._netlink, how)(request, _HEADER.pack(code, _VERSION) + payload)
        return [body[_HEADER.size :] for body in found]


def _socket():
    try:
        connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_GENERIC)
    except OSError as error:
        raise Unavailable.from_os_error("socket NETLINK_GENERIC", error) from error
    connection.settimeout(_TIMEOUT_S)
    # Who may not have more than the limit may not ask for a diagnosis either.
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BYTES)
    return connection


def _family_number(netlink, name):
    question = _HEADER.pack(_CTRL_CMD_GETFAMILY, _VERSION)
    question += attribute(_CTRL_ATTR_FAMILY_NAME, name.encode("ascii") + b"\0")
    try:
        answers = netlink.ask(_CONTROLLER, question)
    except Unavailable as error:
        if error.reason == "absent":
            raise Unavailable("absent", f"{_CONTROLLER.name} {name}: this kernel has no such family") from None
        raise
    for answer in answers:
        found = number(attributes(answer, _HEADER.size), _CTRL_ATTR_FAMILY_ID, _U16)
        if found is not None:
            return found
    raise Unavailable("malformed", f"{_CONTROLLER.name} {name}: expected the number of the family, found none")
