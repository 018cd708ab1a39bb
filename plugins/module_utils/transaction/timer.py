# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the processes of a transaction so that they outlive who begins it, and makes sure that they live.

With systemd, what applies is a service, which systemd starts again where it is killed, and the second guard a timer. A
timer is late by up to a minute unless told otherwise (AccuracySec, systemd.timer(5)); OnActiveSec= counts by the clock
that nobody sets. Without systemd both are processes of a session of their own.
"""

import os
import shutil
import subprocess
import sys

from ansible_collections.linuxnet.packetloss.plugins.module_utils.boot import build
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.journal import PROGRAM, STATE
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction.run import LATER_S

#: The program that the transactions share: each has a link to the one that it was begun with.
SHARED = os.path.dirname(STATE) + "/program"

SYSTEMD, PROCESS = "systemd", "process"

#: Commands of the program.
APPLY, GUARD, BACK = "run", "guard", "take-back"

_LIMIT_S = 60


def interpreter():
    return sys.executable or "/usr/bin/python3"


def program(journals, ident):
    """The path of the program of a transaction, which is put there where it is not; raises OSError."""
    shared, own = journals.root + SHARED, journals.path(ident, PROGRAM)
    before = files.read(shared)
    data = build.program(interpreter(), before)
    if data is not before:
        files.write(shared, data, 0o600)
    if not os.path.exists(own):
        try:
            os.link(shared, own)
        except OSError:
            files.write(own, data, 0o600)
    return own


def words(journals, command, ident, *more):
    """The command line of the program. It is read, not executed: a folder without leave to execute is as good."""
    root = ["--root", journals.root] if journals.root else []
    return [interpreter(), "-I", journals.path(ident, PROGRAM), command, *root, *more, ident]


def with_systemd():
    """Whether services can be started here that are in the network namespace of this process."""
    if not os.path.isdir("/run/systemd/system") or not shutil.which("systemd-run"):
        return False
    try:
        return os.readlink("/proc/1/ns/net") == os.readlink("/proc/self/ns/net")
    except OSError:
        return False


def arm(journals, ident, seconds, systemd):
    """Start the second guard: "systemd" or "process". Raises Refused where neither lives.

    :param seconds: until it takes the transaction back
    :param systemd: whether there is one
    """
    if systemd and _timer(journals, ident, seconds + LATER_S):
        return SYSTEMD
    _detached(words(journals, GUARD, ident, "--detach"))
    return PROCESS


def _timer(journals, ident, seconds):
    unit = unit_of(BACK, ident)
    done = _run(
        ["systemd-run", f"--unit={unit}", "--collect", f"--on-active={seconds:.1f}s"]
        + ["--timer-property=AccuracySec=100ms", f"--description=packetloss: takes {ident} back"]
        + words(journals, BACK, ident)
    )
    if done.returncode:
        return False
    # Armed is what is seen to be armed.
    shown = _run(["systemctl", "show", f"{unit}.timer", "-p", "ActiveState", "-p", "NextElapseUSecMonotonic"])
    told = dict(line.partition("=")[::2] for line in _text(shown).splitlines())
    if told.get("ActiveState") == "active" and told.get("NextElapseUSecMonotonic", "") not in ("", "0", "infinity"):
        return True
    disarm(ident)
    return False


def disarm(ident):
    """Stop the timer of a transaction; what it would start does nothing anyhow once the journal has its end."""
    _run(["systemctl", "stop", f"{unit_of(BACK, ident)}.timer"])


def start(journals, ident, command, systemd, *more):
    """Start a process of a transaction, which returns when it is at work; raises Refused where it cannot be started."""
    if systemd:
        done = _run(
            ["systemd-run", f"--unit={unit_of(command, ident)}", "--collect", "-p", "Type=notify"]
            # Killed at whatever point, it goes on by its journal.
            + ["-p", "Restart=on-failure", "-p", "RestartSec=1", f"--description=packetloss: {command} {ident}"]
            + words(journals, command, ident, *more)
        )
        if not done.returncode:
            return
    _detached(words(journals, command, ident, *more, "--detach"))


def unit_of(command, ident):
    return f"packetloss-{command}-{ident}"


def _detached(command):
    done = _run(command)
    if done.returncode:
        raise Refused(f"{' '.join(command)}: {_text(done).strip() or done.returncode}")


def _run(command):
    try:
        return subprocess.run(
            command,
            check=False,
            timeout=_LIMIT_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError) as error:
        return subprocess.CompletedProcess(command, 1, str(error).encode("utf-8", "replace"))


def _text(done):
    return done.stdout.decode("utf-8", "replace")
