# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FAKES of a kernel and of drivers that do not answer as they should."""

import ctypes
import errno
import os

from ansible_collections.linuxnet.packetloss.tests.unit import fake_ethtool, fake_host


class DamagedKernel(fake_host.FakeKernel):
    """Damages the datagram; a reader that waits for more gets an error instead of waiting for ever."""

    def __init__(self, chance):
        fake_host.FakeKernel.__init__(self)
        self._chance = chance
        self._read = 0

    def send(self, data):
        fake_host.FakeKernel.send(self, data)
        broken = bytearray(self._waiting)
        for _again in range(self._chance.randrange(1, 6)):
            # The header of a message more often than what is in it.
            place = self._chance.randrange(self._chance.choice([24, len(broken)]))
            broken[place] = self._chance.choice([0, 2, 3, 0x7F, 0x80, 0xFF, self._chance.randrange(256)])
        end = self._chance.choice([len(broken), self._chance.randrange(len(broken))])
        self._waiting = self._chance.tried(bytes(broken[:end]))
        self._read = 0

    def recv_into(self, buffer, size=0, flags=0):
        self._read += 1
        if self._read > 2:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fake_host.FakeKernel.recv_into(self, buffer, size, flags)


#: How many bytes of the answer to each command stand before its table.
HEADER_BYTES = {number: ctypes.sizeof(structure) for number, (_key, structure) in fake_ethtool.FIXED.items()}
HEADER_BYTES.update({0x1B: 12, 0x1D: 8, 0x37: 20, 0x38: 8, 0x3A: 8, 0x46: 24, 0x4C: 48})


def lying(descriptions, chance, share):
    """An ioctl of drivers, as a :class:`FakeEthtool` has them, that answer a *share* of the questions with a damaged
    header, and a quarter of it with an error."""
    kernel = fake_ethtool.FakeEthtool(descriptions)

    def ioctl(descriptor, number, argument):
        if chance.random() < share / 4:
            code = chance.choice([errno.ENODEV, errno.EPERM, errno.EINVAL, errno.EIO, errno.ENOMEM, errno.EBUSY])
            raise OSError(code, os.strerror(code))
        kernel(descriptor, number, argument)
        if chance.random() < share:
            place = fake_ethtool.Ifreq.from_buffer_copy(argument).ifr_data
            at = place + chance.randrange(4, HEADER_BYTES[kernel.commands[-1]])
            value = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            ctypes.memmove(at, bytes([value]), 1)
            chance.tried((hex(kernel.commands[-1]), at - place, value))

    return ioctl
