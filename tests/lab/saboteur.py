# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits in a guest for the next transaction, and does something to it as soon as it has made so many steps.

``saboteur.py STEP ACTION``: prints "ready", and when it has acted what it saw as JSON: the transaction, the steps that
its journal had, and the processes that ran it. ACTION is ``tell`` (do nothing), ``kill`` or ``stop`` the processes, or
``fill`` the disk of the journal. It shares nothing with the collection.
"""

import json
import os
import signal
import sys
import time

FOLDER = "/var/lib/packetloss/transactions"
_LIMIT_S = 60


def transactions():
    try:
        return set(os.listdir(FOLDER))
    except OSError:
        return set()


def made(path):
    """How many steps the journal says were made, None where there is no journal yet."""
    try:
        with open(path) as stream:
            steps = json.load(stream)["steps"]
    except (OSError, ValueError, KeyError):
        return None
    return sum(step["state"] != "began" for step in steps)


def processes(name):
    """Those that run the program of this transaction."""
    found = []
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as stream:
                words = stream.read().decode(errors="replace")
        except OSError:
            continue
        if f"{FOLDER}/{name}/program" in words and int(entry) != os.getpid():
            found.append(int(entry))
    return found


def main():
    step, action = int(sys.argv[1]), sys.argv[2]
    known = transactions()
    print("ready", flush=True)
    end = time.monotonic() + _LIMIT_S
    name = count = None
    while time.monotonic() < end:
        new = sorted(transactions() - known)
        if new:
            name = new[-1]
            count = made(f"{FOLDER}/{name}/journal.json")
            if count is not None and count >= step and (action in ("tell", "fill") or processes(name)):
                break
        time.sleep(0.002)
    found = processes(name) if name else []
    if action in ("kill", "stop"):
        # Stopped first, so that it is known for certain where it was.
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        count = made(f"{FOLDER}/{name}/journal.json")
        if action == "kill":
            for pid in found:
                os.kill(pid, signal.SIGKILL)
    if action == "fill":
        try:
            with open(f"{FOLDER}/full", "wb") as stream:
                while True:
                    stream.write(b"\0" * 4096)
                    stream.flush()
        except OSError:
            pass
    print(json.dumps({"id": name, "steps": count, "pids": found}), flush=True)


if __name__ == "__main__":
    main()
