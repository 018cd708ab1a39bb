# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the program about a transaction, and how it tells who started it that it is at work."""

import argparse
import contextlib
import os
import socket
import sys

from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import run
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import Journals
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.timer import APPLY, BACK, GUARD

#: What is asked for by a person: those that were confirmed go back too.
_BY_HAND = ("confirmed", "kept", "stuck")


def _options(argv):
    parser = argparse.ArgumentParser(prog="packetloss", description="Makes a transaction, and takes it back.")
    commands = parser.add_subparsers(dest="command")
    commands.required = True
    for name, text in (
        (APPLY, "make the changes of a transaction, and take them back unless they are confirmed"),
        (GUARD, "take a transaction back where who makes it was killed, or its time is over"),
        (BACK, "take a transaction back, unless it has come to an end"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("id")
        command.add_argument("--root", default="", help="what is in front of all paths of files of the transaction")
        command.add_argument("--detach", action="store_true", help="return when it is at work")
        if name == BACK:
            command.add_argument("--because", help="why it is taken back, whatever has become of it")
    return parser.parse_args(argv)


def main(argv, host):
    """Run a command; raises Refused."""
    options = _options(argv)
    journals = Journals(options.root)
    ready = _detached() if options.detach else _notify
    if ready is None:
        return
    with host:
        if options.command == APPLY:
            run.run(host, journals, options.id, ready)
        elif options.command == GUARD:
            run.guard(host, journals, options.id, ready)
        else:
            ready()
            also = _BY_HAND if options.because else ()
            run.take_back(host, journals, journals.read(options.id), options.because, also)


def _detached():
    """Go on as a process that nobody waits for: the function that says it is at work; None for who started it."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        if not os.read(reading, 1):
            sys.stderr.write("it ended before it was at work\n")
            sys.stderr.flush()
            os._exit(1)
        return None
    os.close(reading)
    os.setsid()

    def ready():
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        os.close(nothing)
        os.write(writing, b"1")
        os.close(writing)

    return ready


def _notify():
    """Tell systemd that the service is started: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.connect("\0" + address[1:] if address.startswith("@") else address)
            own.send(b"READY=1")
