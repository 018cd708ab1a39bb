#!/usr/bin/env python3
# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as a person, Molecule and the tests use it: start the guests, log in, stop them.

lab.py up [KERNEL...]        start the guests, and write the inventory of those that run
lab.py ssh KERNEL [WORD...]  log in, or run a command
lab.py down [KERNEL...]      stop the guests
lab.py missing               say why there can be no lab here; exit status 0 when there is a reason
"""

import contextlib
import json
import os
import pathlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent), str(_HERE.parent / "provoke")]

import image  # noqa: E402 - found by the path above
import kernels  # noqa: E402
import loss  # noqa: E402
from guest import Guest, qemu_version  # noqa: E402

#: Everything that the lab builds and keeps.
CACHE = pathlib.Path(os.environ.get("PACKETLOSS_LAB") or _HERE.parents[1] / "build" / "lab")
INVENTORY = CACHE / "inventory.json"
#: The first QEMU with igb.
_QEMU = 8


def missing():
    """Why there can be no lab on this machine, or None. Installs what is missing where it can."""
    if os.geteuid() == 0 and image.missing():
        image.install(CACHE)
    reason = image.missing()
    if reason:
        return reason
    if qemu_version() < _QEMU:
        return f"QEMU is version {qemu_version()}: igb needs {_QEMU} or newer (bookworm-backports has one)"
    return None if image.place(CACHE).exists() else image.unreachable()


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


def cause(guest, one):
    """Keep a loss going in *guest* until Ctrl-C."""
    print(f"{guest.name}: {one.title}", flush=True)
    with one.caused(guest), contextlib.suppress(KeyboardInterrupt):
        print("It goes on until Ctrl-C. Audit the lab meanwhile.", flush=True)
        signal.pause()
    print("It is undone.")
    return 0


def main(command=None, *words):
    known = set(words) <= set(kernels.SUITES)
    if command == "missing" and not words:
        print(missing() or "", end="")
        return 0
    if command == "build" and not words:
        image.build(CACHE)
        write_inventory()
        return 0
    if command == "up" and known:
        reason = missing()
        if reason:
            return f"There can be no lab here: {reason}."
        for guest in start(words or list(kernels.SUITES)):
            print(f"{guest.name} is up")
        print(f"The inventory is {os.path.relpath(INVENTORY)}")
        return 0
    if command == "down" and known:
        stop(words or list(kernels.SUITES))
        return 0
    if command == "losses" and not words:
        print("\n".join(f"{name:28} {loss.load(name).title}" for name in loss.names()))
        return 0
    if command in ("ssh", "cause") and words and words[0] in kernels.SUITES:
        guest = Guest(CACHE, words[0])
        if not guest.running():
            return f"{guest.name} does not run: start it with `make lab-up`."
        if command == "ssh":
            arguments = guest.ssh(*words[1:])
            os.execvp(arguments[0], arguments)
        if words[1:] and words[1] in loss.names():
            return cause(guest, loss.load(words[1]))
        return f"There is no such loss. There are: {', '.join(loss.names())}."
    return f"{__doc__}\nThe kernels are {', '.join(kernels.SUITES)}."


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
