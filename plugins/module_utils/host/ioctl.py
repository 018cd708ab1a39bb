# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to the driver of a network interface by the ioctl SIOCETHTOOL; what they mean is in sources/ethtool.py."""

import errno
import fcntl
import socket
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import GENERIC
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_SIOCETHTOOL = 0x8946

# struct ifreq: the name, then a union whose largest member is 16 bytes on 32-bit and 24 bytes on 64-bit.
_IFREQ = struct.Struct("16sP16x")

_NAME_BYTES = 15


class Ioctl:
    """Asks the drivers of the network namespace in which it is first asked; until then nothing is opened.

    :param ioctl: ``fcntl.ioctl``, or what a test puts in its place
    """

    def __init__(self, ioctl=fcntl.ioctl):
        self._ioctl = ioctl
        self._socket = None

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ethtool(self, what, interface, request):
        """Hand *request*, an ``array.array`` of bytes, to the driver of *interface*, which writes its answer into it.

        The driver may write past what was asked for: *request* has to have room for that.

        Raises Unavailable: ``unsupported`` where the driver has no answer, ``vanished`` where no such interface is (any
        more), ``unreadable`` where the kernel refuses, ``absent`` where the name cannot be that of an interface.

        :param what: the name of the question, for the error
        """
        ifreq = _IFREQ.pack(interface_name(interface), request.buffer_info()[0])
        if self._socket is None:
            self._socket = _any_socket()
        try:
            self._ioctl(self._socket.fileno(), _SIOCETHTOOL, ifreq)
        except OSError as error:
            raise Unavailable.from_os_error(f"{what} {interface}", error) from error


def _any_socket():
    """A socket of any family: SIOCETHTOOL is answered by all of them, and a kernel may lack one."""
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:
            raise Unavailable.from_os_error("socket AF_INET", error) from error
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
    except OSError as error:
        raise Unavailable.from_os_error("socket AF_NETLINK", error) from error


def interface_name(interface):
    """The bytes of a name that an interface can have: dev_valid_name() of net/core/dev.c. Raises Unavailable.

    A colon is refused as well: the ioctl would answer for ``eth0`` when asked for ``eth0:1``.
    """
    # surrogatepass: what is not text becomes bytes that no interface has, not an error of another kind.
    name = interface.encode("utf-8", "surrogatepass")
    if not 0 < len(name) <= _NAME_BYTES or set(interface) & set("/:\0") or interface.split() != [interface]:
        expected = f"expected 1 to {_NAME_BYTES} bytes without blanks, '/' and ':'"
        raise Unavailable("absent", f"{interface[:60]!r} is not the name of an interface: {expected}")
    return name
