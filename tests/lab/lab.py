# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as a person, Molecule and the tests use it: virtual hosts with real NIC drivers, one for each kernel."""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent), str(_HERE.parent / "provoke")]

import image  # noqa: E402 - found by the path above
import kernels  # noqa: E402
import loss  # noqa: E402
import netns  # noqa: E402
import proof  # noqa: E402
from guest import Guest, qemu_version  # noqa: E402

#: Everything that the lab builds and keeps.
CACHE = pathlib.Path(os.environ.get("PACKETLOSS_LAB") or _HERE.parents[1] / "build" / "lab")
INVENTORY = CACHE / "inventory.json"
#: The first QEMU with igb.
_QEMU = 8
#: Seconds over which it is measured whether a loss that a person causes is there.
_MEASURED_S = 3


def missing():
    """Why there can be no lab on this machine, or None. Installs what is missing where it can."""
    if os.geteuid() == 0 and image.missing():
        image.install(CACHE)
    reason = image.missing()
    if reason:
        return reason
    if qemu_version() < _QEMU:
        return f"QEMU is version {qemu_version()}: igb needs {_QEMU} or newer (bookworm-backports has one)"
    return None if image.place(CACHE).exists() else image.unreachable(kernels.SUITES.values())


def start(names):
    """Start the guests of the kernels *names* that do not run yet, at the same time; returns them all."""
    guests = [Guest(CACHE, name) for name in names]
    image.build(CACHE)
    with ThreadPoolExecutor(len(guests)) as pool:
        list(pool.map(Guest.start, (guest for guest in guests if not guest.running())))
    write_inventory()
    return guests


def stop(names):
    for name in names:
        Guest(CACHE, name).stop()
    write_inventory()


def write_inventory():
    """The guests that run, as an inventory."""
    guests = [guest for guest in (Guest(CACHE, name) for name in kernels.SUITES) if guest.running()]
    hosts = {guest.name: guest.host_variables() for guest in guests}
    CACHE.mkdir(parents=True, exist_ok=True)
    INVENTORY.write_text(json.dumps({"all": {"children": {"lab": {"hosts": hosts}}}}, indent=1) + "\n")


@contextlib.contextmanager
def up():
    """All guests by kernel; those that did not run before are stopped when the block ends."""
    guests = {name: Guest(CACHE, name) for name in kernels.SUITES}
    asleep = [name for name, guest in guests.items() if not guest.running()]
    try:
        if asleep:
            start(asleep)
        yield guests
    finally:
        stop(asleep)


def say_missing(args):
    print(missing() or "", end="")


def build(args):
    image.build(CACHE)
    write_inventory()


def bring_up(args):
    reason = missing()
    if reason:
        return f"There can be no lab here: {reason}."
    for guest in start(args.kernels or list(kernels.SUITES)):
        print(f"{guest.name} is up")
    print(f"The inventory is {os.path.relpath(INVENTORY)}")
    return None


def log_in(args):
    guest = running(args.kernel)
    # The words go to the guest's shell as they are, as with ssh itself.
    command = [*guest.ssh(), *args.words]
    os.execvp(command[0], command)


def list_losses(args):
    for name in loss.names():
        print(f"{name:28} {loss.load(name).title}")


def cause(args):
    guest, one = running(args.kernel), loss.load(args.loss)
    stopped = told_to_stop()
    print(f"{guest.name}: {one.title}", flush=True)
    broken = []
    with loss.caused(one, guest) as readings:
        begun_s = readings[-1].uptime_s if readings else 0
        stopped.wait(_MEASURED_S)
        for line in measured(one.needs, proof.span_between(readings, begun_s, float("inf"))):
            print(line, flush=True)
        print("It goes on until Ctrl-C. Audit the lab meanwhile.", flush=True)
        while not stopped.wait(1) and not broken:
            broken = netns.ended_by_themselves()
            for told in broken:
                print(f"THE LOSS IS OVER, which is no cure: this ended by itself: {told}", flush=True)
    print("It is undone.")


def told_to_stop():
    """An event that comes with Ctrl-C, and with the other ways to end a program.

    What was begun is undone then, however far it is, and undoing is not interrupted. Who was started in the background
    of a shell, which has it ignore Ctrl-C, hears that signal again.
    """
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_unused: stopped.set())
    return stopped


def measured(needs, span):
    """A line for each thing that a loss needs: how much of it is there. One that is not there is told loudly."""
    for need in needs if span else ():
        lacking = proof.shortfalls([need], span)
        yield (
            f"NOT THERE, so the audit may say otherwise: {need.text(need.value(span))}"
            if lacking
            else (f"It is there: {need.text(need.value(span))}")
        )


def take_down(args):
    stop(args.kernels or list(kernels.SUITES))


def running(kernel):
    guest = Guest(CACHE, kernel)
    if not guest.running():
        sys.exit(f"{guest.name} does not run: start it with `make lab-up`.")
    return guest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, function, told):
        one = commands.add_parser(name, help=told, description=told)
        one.set_defaults(function=function)
        return one

    command("missing", say_missing, "say why there can be no lab here, if so")
    command("build", build, "build what is kept between runs")
    up_ = command("up", bring_up, "start the guests, and write the inventory of those that run")
    ssh = command("ssh", log_in, "log in, or run a command")
    command("losses", list_losses, "list the losses that can be caused")
    lose = command("cause", cause, "cause a loss until Ctrl-C, then undo it")
    down = command("down", take_down, "stop the guests")
    for one in (up_, down):
        one.add_argument("kernels", nargs="*", choices=[*kernels.SUITES, []], metavar="KERNEL")
    for one in (ssh, lose):
        one.add_argument("kernel", choices=kernels.SUITES, metavar="KERNEL")
    ssh.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD")
    lose.add_argument("loss", choices=loss.names(), metavar="LOSS")
    args = parser.parse_args()
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())
