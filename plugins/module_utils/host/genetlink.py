# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generic netlink: families of questions, whose numbers the kernel gives out when they are registered.

Numbers: include/uapi/linux/genetlink.h, Linux 6.12.
"""

import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U16,
    attribute,
    attributes,
    number,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

# Version 1 is that of the controller and of every family that is asked here.
_HEADER = struct.Struct("=BBxx")  # command, version
_VERSION = 1

_GENL_ID_CTRL = 16
_CTRL_CMD_GETFAMILY = 3
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2


class Family:
    """One family, in the network namespace in which it is first asked; until then nothing is opened.

    Both questions return messages as bytes without their headers, and raise Unavailable: ``absent`` where the kernel
    has no such family. *command* is the name of the command, for an error, *code* its number.

    :param name: ``devlink``
    :param connection: returns the :class:`netlink.Connection` of generic netlink, or raises Unavailable
    """

    def __init__(self, name, connection):
        self._name = name
        self._connection = connection
        self._number = None

    def dump(self, command, code):
        """The messages of a whole list."""
        return self._messages("dump", command, code, b"")

    def ask(self, command, code, payload):
        """The messages that answer one question."""
        return self._messages("ask", command, code, payload)

    def _messages(self, how, command, code, payload):
        connection = self._connection()
        if self._number is None:
            self._number = _family_number(connection, self._name)
        question = getattr(connection, how)
        found = question(command, self._number, self._number, _HEADER.pack(code, _VERSION) + payload)
        return [body[_HEADER.size :] for body in found]


def _family_number(connection, name):
    command = "CTRL_CMD_GETFAMILY"
    question = _HEADER.pack(_CTRL_CMD_GETFAMILY, _VERSION)
    question += attribute(_CTRL_ATTR_FAMILY_NAME, name.encode("ascii") + b"\0")
    try:
        answers = connection.ask(command, _GENL_ID_CTRL, _GENL_ID_CTRL, question)
    except Unavailable as error:
        if error.reason == "absent":
            raise Unavailable("absent", f"{command} {name}: this kernel has no such family") from None
        raise
    for answer in answers:
        found = number(attributes(answer, _HEADER.size), _CTRL_ATTR_FAMILY_ID, U16)
        if found is not None:
            return found
    raise Unavailable("malformed", f"{command} {name}: expected the number of the family, found none")
