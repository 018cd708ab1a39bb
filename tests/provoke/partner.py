# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch at the other end of a bond, and a stream through it: echo requests to the bond, and what came back.

Each of the *nics* is a port of the switch. It sends to the bond by the port that a frame of the bond came in by last;
with *lacp* by all ports that LACP has joined, each flow by one of its own. Of LACP (IEEE 802.1AX, section 6.4) it has
what a port needs that is always plugged in, with the fast rate: it joins a port as soon as the other end asks for it,
and forgets it after three seconds of silence.

Prints a JSON line five times a second: ``{"sent": requests so far, "got": [numbers of requests that were answered since
the last line], "joined": [nics]}``. Requests are numbered from 0 and go to the flows in turn. Runs beside traffic.py,
and ends like that.
"""

import argparse
import contextlib
import json
import os
import select
import socket
import struct
import time

import traffic

ETH_P_ALL, _PACKET_OUTGOING = 3, 4
_SLOW_PROTOCOLS, _LACP, _VERSION = 0x8809, 1, 1
_SLOW_ADDRESS = "01:80:c2:00:00:02"
_ECHO_REPLY, _ECHO_REQUEST = 0, 8
ACTIVITY, SHORT_TIMEOUT, AGGREGATION, SYNCHRONIZATION, COLLECTING, DISTRIBUTING = 1, 2, 4, 8, 16, 32
DEFAULTED = 64
#: System priority, system, key, port priority, port, state, three bytes to spare.
_INFORMATION = struct.Struct("!H6sHHHB3x")
_PERIOD_S, _SILENCE_S = 1.0, 3.0
_SAYS_S = 0.2
_NUMBERS = range(1, 1 << 16)


class Port:
    """One NIC of the switch, :param number: from 1 on."""

    def __init__(self, nic, number, system):
        self.nic = nic
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind((nic, ETH_P_ALL))
        self.socket.setblocking(False)
        self._number, self._system = number, system
        self._peer, self._heard, self._said = None, -_SILENCE_S, -_PERIOD_S
        self._told = None

    def state(self, now):
        """The state of this end of LACP."""
        found = ACTIVITY | SHORT_TIMEOUT | AGGREGATION
        if now - self._heard >= _SILENCE_S:
            return found | DEFAULTED
        found |= SYNCHRONIZATION
        return found | COLLECTING | DISTRIBUTING if self._peer[-1] & SYNCHRONIZATION else found

    def joined(self, now):
        """Whether both ends let packets through."""
        peer = self._peer[-1] if self._peer else 0
        return bool(self.state(now) & DISTRIBUTING) and bool(peer & COLLECTING)

    def hear(self, unit, now):
        """A LACPDU without its Ethernet header: what the other end says of itself, and thinks of this one."""
        if unit[:2] != bytes([_LACP, _VERSION]) or len(unit) < 44:
            return
        self._peer = _INFORMATION.unpack_from(unit, 4)
        self._heard = now
        thought = _INFORMATION.unpack_from(unit, 24)
        if thought[-1] != self.state(now) or thought[1] != self._system:
            self._said = -_PERIOD_S

    def speak(self, now):
        """Say how this end is, when it is time or something changed."""
        state = self.state(now)
        if now - self._said < _PERIOD_S and state == self._told:
            return
        self._said, self._told = now, state
        own = _INFORMATION.pack(32768, self._system, 7, 32768, self._number, state)
        peer = _INFORMATION.pack(*(self._peer if now - self._heard < _SILENCE_S else (0, bytes(6), 0, 0, 0, 0)))
        unit = bytes([_LACP, _VERSION, 1, 20]) + own + bytes([2, 20]) + peer + bytes([3, 16]) + bytes(14 + 52)
        self.send(traffic.mac(_SLOW_ADDRESS) + self._system + struct.pack("!H", _SLOW_PROTOCOLS) + unit)

    def send(self, frame):
        # The tap of a guest that reads nothing just now is full: the frame is lost, as on a wire.
        with contextlib.suppress(OSError):
            self.socket.send(frame)


class Stream:
    """Echo requests by number, and which of them were answered."""

    def __init__(self, args):
        self._args = args
        self._header = traffic.mac(args.to_mac) + traffic.mac(args.from_mac) + b"\x08\x00"
        self._addresses = [socket.inet_aton(address) for address in (args.source, args.address)]
        self._identity = os.getpid() & 0xFFFF
        self.sent, self.got = 0, []

    def request(self):
        """The next frame."""
        number = self.sent
        self.sent += 1
        head = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, self._identity, number & 0xFFFF)
        data = struct.pack("!I", number).ljust(24, b"\0")
        checksum = struct.pack("!H", traffic.ones_complement(head + data))
        return self._header + traffic.ipv4(*self._addresses, socket.IPPROTO_ICMP, head[:2] + checksum + head[4:] + data)

    def take(self, packet):
        """An IPv4 packet of the bond."""
        length = (packet[0] & 15) * 4
        kind, _code, _checksum, identity = struct.unpack_from("!BBHH", packet, length)
        if packet[9] == socket.IPPROTO_ICMP and kind == _ECHO_REPLY and identity == self._identity:
            self.got.append(struct.unpack_from("!I", packet, length + 8)[0])


def receive(port, stream, bond):
    """Read what is there; returns whether a frame of the bond was."""
    heard = False
    while True:
        try:
            frame, place = port.socket.recvfrom(2048)
        except BlockingIOError:
            return heard
        if place[2] == _PACKET_OUTGOING or len(frame) < 42:
            continue
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == _SLOW_PROTOCOLS:
            port.hear(frame[14:], time.monotonic())
        elif frame[6:12] == bond:
            heard = True
            if kind == 0x0800:
                stream.take(frame[14:])


class Switch:
    """All ports, and the stream through them."""

    def __init__(self, args):
        system = traffic.mac(args.from_mac)
        self._bond = traffic.mac(args.to_mac)
        self._ports = {
            port.socket: port for port in (Port(*each, system) for each in zip(args.nics.split(","), _NUMBERS))
        }
        self._learned = next(iter(self._ports.values()))
        self._lacp, self._flows = args.lacp, args.flows
        self.stream = Stream(args)

    def listen(self, seconds):
        """Take what comes in within *seconds*, and say what LACP has to say."""
        for ready in select.select(list(self._ports), [], [], max(0, seconds))[0]:
            if receive(self._ports[ready], self.stream, self._bond):
                self._learned = self._ports[ready]
        if self._lacp:
            for port in self._ports.values():
                port.speak(time.monotonic())

    def joined(self):
        """The ports that lead to the bond."""
        now = time.monotonic()
        return [port for port in self._ports.values() if port.joined(now)] if self._lacp else [self._learned]

    def request(self):
        """Send the next request by the port of its flow, so that a port that is lost takes no other flow along."""
        ways = self.joined() or list(self._ports.values())
        ways[self.stream.sent % self._flows % len(ways)].send(self.stream.request())

    def say(self):
        joined = [port.nic for port in self.joined()]
        print(json.dumps({"sent": self.stream.sent, "got": self.stream.got, "joined": joined}), flush=True)
        self.stream.got = []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nics", required=True)
    parser.add_argument("--lacp", type=int, default=0)
    parser.add_argument("--flows", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.005)
    for name in ("--address", "--source", "--to-mac", "--from-mac"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    traffic.end_when_told()
    switch = Switch(args)
    traffic.ready()
    parent, start = os.getppid(), time.monotonic()
    says = start
    while os.getppid() == parent:
        due = start + switch.stream.sent * args.pause
        switch.listen(due - time.monotonic())
        if time.monotonic() >= due:
            switch.request()
        if time.monotonic() >= says:
            says += _SAYS_S
            switch.say()


if __name__ == "__main__":
    main()
