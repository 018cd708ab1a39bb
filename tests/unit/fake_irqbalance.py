# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A FAKE of irqbalance behind a real socket, which speaks as irqbalance.c does (1.2.0 to 1.9.2)."""

import os
import socket
import struct
import threading

#: Whose process it seems to be.
PID = os.getpid()


class Daemon(threading.Thread):
    """Has a list of banned interrupts, and ``placed`` ones; a command has a buffer of 500 bytes, what is longer is cut.

    ``heard`` are the commands. It closes a connection without an answer if the credentials are not of this user.
    """

    def __init__(self, banned=(), placed=()):
        super().__init__(daemon=True)
        self.banned, self.placed, self.heard = list(banned), list(placed), []
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._listening.bind(f"\0irqbalance{PID}.sock")
        self._listening.listen(1)

    def run(self):
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            with connection:
                data, ancillary, _flags, _address = connection.recvmsg(500, 64)
                ((_level, _kind, credentials),) = ancillary
                if struct.unpack("3i", credentials[:12])[1] == os.getuid():
                    answer = self.answer(data.partition(b"\0")[0].decode())
                    connection.sendall(answer.encode())

    def answer(self, command):
        self.heard.append(command)
        if command.startswith("settings ban irqs "):
            words = command.split()[3:]
            self.banned = [] if words == ["NONE"] else list(map(int, words))
            return ""
        if command == "setup":
            return f"SLEEP 10 {self.told(self.banned)}BANNED 00000000,00000000"
        return f"TYPE 4 NUMBER 0 LOAD 0 SAVE_MODE 0 {self.told(self.placed)}"

    @staticmethod
    def told(irqs):
        return "".join(f"IRQ {irq} LOAD 0 DIFF 0 CLASS 5 " for irq in irqs)

    def close(self):
        # A thread in accept() does not see a close.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join(5)
