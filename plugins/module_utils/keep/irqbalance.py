# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps irqbalance from some interrupts, now and over reboots, and leaves it all others; or gives them back to it.

Now: by its socket (irqbalance.c, sock_handle(); since 1.2.0). ``settings ban irqs 40 41`` replaces the whole list of
what is banned by number, so what was banned before is read and said again. It then looks at all interrupts anew, and
asks its policy script, before it moves any. Over reboots: by a policy script, see irqbalance_policy.py.
"""

import contextlib
import os
import re
import socket
import struct
import subprocess

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files, irqbalance_policy
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import owners

#: Where systemd looks for a unit, what is first found counts (systemd.unit(5)).
UNIT_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
UNIT = "irqbalance.service"

#: Up to 1.9.2 a command has a buffer of 500 bytes and what is longer is cut, so a part of the list would count.
LONGEST_COMMAND = 499
_ANSWER_S = 5
_RESTART_S = 60


class Ban:
    """What has to be done so that irqbalance leaves the interrupts of some NICs alone, or has them again.

    :param host: the machine that this runs on
    :param nics: ``{name: (NIC of the host document, [its interrupts of queues])}``
    :param wanted: whether they are to be left alone
    :param lasting: whether that is for the boots to come too; without it no file is written, and only its socket is
        asked

    Raises Refused where irqbalance is there and cannot be told.
    """

    def __init__(self, host, nics, wanted, lasting=True):
        self._host = host
        self._wanted, self._lasting = wanted, lasting
        self._irqs = sorted({int(irq) for _nic, irqs in nics.values() for irq in irqs})
        self._running, self._pid, self._arguments = _daemon(host)
        self._files = {}
        self._made = {}
        self._banned = self._asked = []
        self._answers = True
        if wanted and not self._running:
            return
        if lasting:
            self._plan_files(nics)
        if self._running:
            banned = self._banned_now()
            self._answers = banned is not None
            self._banned = banned or []
            self._asked = self._to_ask()

    def told(self):
        """``{"running", "banned", "policy_script", "files", "changed"}``: for people and for the next task."""
        return {
            "running": self._running,
            "banned": self._irqs if self._wanted and self._running else [],
            "policy_script": irqbalance_policy.PATH if self._wanted and self._running else None,
            "files": sorted(self._files),
            "changed": self.changed(),
        }

    def added(self):
        """The interrupts that :meth:`make` bans and that were not banned before."""
        return sorted(set(self._asked).difference(self._banned))

    def changed(self):
        return bool(self._files) or self._asked != self._banned

    def diff(self):
        """``(before, after)`` as lines."""
        sides = ["", ""]
        for path in sorted(self._files):
            texts = [(text or "").splitlines() for text in self._files[path][:2]]
            for side, (own, other) in enumerate((texts, texts[::-1])):
                sides[side] += "".join(f"{path}: {line}\n" for line in own if line not in other)
        if self._asked != self._banned:
            lists = (format_list(self._banned) or "none", format_list(self._asked) or "none")
            sides = [f"{side}irqbalance: banned {irqs}\n" for side, irqs in zip(sides, lists)]
        return tuple(sides)

    def make(self):
        """Do it; raises Refused, and then all is as it was, or the message says what is not."""
        if not self.changed():
            return
        try:
            for path, (_before, after, mode) in self._files.items():
                self._made[path] = self._files[path]
                _put(path, after, mode)
            if self._running:
                self._tell(self._asked)
        except (OSError, Unavailable, subprocess.SubprocessError) as error:
            raise Refused(f"irqbalance could not be told: {error}{self.take_back()}") from error

    def take_back(self):
        """Undo :meth:`make`; what is to be said of it."""
        try:
            # The option goes before the script that it names, and comes after it.
            for path in reversed(list(self._made)):
                before, _after, mode = self._made.pop(path)
                _put(path, before, mode)
            if self._running and self.changed():
                self._tell(self._banned)
        except (OSError, Unavailable, subprocess.SubprocessError) as error:
            return f"; what irqbalance was told could not be taken back: {error}"
        return "; irqbalance has its interrupts again" if self._wanted and self.changed() else ""

    # --- files ----------------------------------------------------------------------------------------------------

    def _plan_files(self, nics):
        script = self._text(irqbalance_policy.PATH)
        known = irqbalance_policy.of_script(script)[0]
        # A NIC that had another name at that time is the same by its address.
        same = {irqbalance_policy.place(nic) for nic, _irqs in nics.values() if not nic.get("irqs_shared_with")}
        kept = {
            name: patterns
            for name, patterns in known.items()
            if name not in nics and patterns[0].partition("/")[0] not in same - {irqbalance_policy.NO_FUNCTION}
        }
        if self._wanted:
            made = {name: irqbalance_policy.patterns(name, *each) for name, each in nics.items()}
            kept.update((name, patterns) for name, patterns in made.items() if patterns)
        elif script is None:
            return
        unit = irqbalance_policy.of_unit(self._unit_texts())
        if unit is None or not unit.files[-1].startswith("/etc/"):
            raise Refused(
                f"irqbalance is there, but no {UNIT} tells from which file in /etc it has its options: start it with"
                f" {irqbalance_policy.OPTION} yourself, or say irqbalance: ignore"
            )
        try:
            self._plan_option(script, kept, unit)
        except irqbalance_policy.CannotEdit as error:
            raise Refused(f"{unit.files[-1]}: {error}; or say irqbalance: ignore") from error

    def _plan_option(self, script, kept, unit):
        config = unit.files[-1]
        text = self._text(config)
        values = [irqbalance_policy.value_of(self._text(path) or "", unit.variable) for path in unit.files]
        value = next((value for value in reversed(values) if value is not None), "")
        if kept:
            after = irqbalance_policy.script(kept, irqbalance_policy.policy_before(value))
            self._file(irqbalance_policy.PATH, script, after, irqbalance_policy.MODE)
            self._file(config, text, irqbalance_policy.with_option(text or "", unit.variable, value), _mode(config))
            return
        without = irqbalance_policy.without_option(text or "", unit.variable)
        self._file(config, text, without or None, _mode(config))
        self._file(irqbalance_policy.PATH, script, None, irqbalance_policy.MODE)

    def _file(self, path, before, after, mode):
        if before != after:
            self._files[path] = (before, after, mode)

    def _text(self, path):
        try:
            return self._host.text(path)
        except Unavailable as error:
            if error.reason == "absent":
                return None
            raise Refused(f"irqbalance: {error.detail}") from error

    def _unit_texts(self):
        names = {}
        for folder in reversed(UNIT_FOLDERS):
            for path in self._names(f"{folder}/{UNIT}.d"):
                names[path.rpartition("/")[2]] = path
        unit = next((path for path in (f"{folder}/{UNIT}" for folder in UNIT_FOLDERS) if self._host.exists(path)), None)
        return [self._text(path) or "" for path in [unit] * bool(unit) + [names[name] for name in sorted(names)]]

    def _names(self, folder):
        try:
            return [f"{folder}/{name}" for name in self._host.names(folder) if name.endswith(".conf")]
        except Unavailable:
            return []

    # --- the daemon -----------------------------------------------------------------------------------------------

    def _to_ask(self):
        """What is to be banned by number."""
        if not self._wanted:
            return [irq for irq in self._banned if irq not in self._irqs]
        if set(self._irqs) <= set(self._banned) or self._held_by_script():
            return self._banned
        return sorted(set(self._banned).union(self._irqs))

    def _held_by_script(self):
        """Whether the daemon asks the script, and has none of these among those that it places."""
        if irqbalance_policy.OPTION not in self._arguments or self._files:
            return False
        if not self._answers:
            return True
        try:
            placed = {int(irq) for irq in re.findall(r"\bIRQ ([0-9]+)", ask(self._pid, "stats"))}
        except OSError:
            return False
        return not placed.intersection(self._irqs)

    def _banned_now(self):
        """The interrupts that are banned by number; None where it does not answer."""
        try:
            return sorted({int(irq) for irq in re.findall(r"\bIRQ ([0-9]+)", ask(self._pid, "setup"))})
        except OSError:
            return None

    def _tell(self, irqs):
        """Have the daemon ban these, and look at all interrupts anew; where its socket will not do, by a restart.

        One that does not say what is banned is not told either: what others had banned would be lost.
        """
        command = "settings ban irqs " + (" ".join(map(str, irqs)) or "NONE")
        try:
            if self._answers and len(command) < LONGEST_COMMAND:
                ask(self._pid, command)
                if self._banned_now() == irqs:
                    return
        except OSError:
            pass
        if not self._lasting:
            raise Unavailable(
                "unsupported",
                "its socket does not answer, or has no room for so many numbers, so nothing can be asked of it for a"
                " time only; run the module irq_affinity for these NICs once, which does it by a policy script, or stop"
                " irqbalance",
            )
        self._restart()

    def _restart(self):
        made = subprocess.run(
            ["systemctl", "try-restart", UNIT],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_RESTART_S,
            check=False,
        )
        if made.returncode:
            said = made.stdout.decode("utf-8", "replace").strip()
            raise Unavailable("unsupported", f"systemctl try-restart {UNIT}: {said or made.returncode}")


def give_back(host, irqs):
    """Take interrupts off the list of those that irqbalance leaves alone; raises Refused where it cannot be told.

    One that was started anew since knows nothing of them.
    """
    if irqs:
        Ban(host, {"": (None, irqs)}, False, lasting=False).make()


def ask(pid, command):
    """What the irqbalance of this process id answers to a command, "" to those without an answer. Raises OSError."""
    credentials = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
    # A file since 1.8.0, a name without one before.
    last = None
    for address in (f"/run/irqbalance/irqbalance{pid}.sock", f"\0irqbalance{pid}.sock"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as own:
            own.settimeout(_ANSWER_S)
            try:
                own.connect(address)
            except OSError as error:
                last = last or error
                continue
            # Up to 1.8.0 the end of the text is where a zero is.
            own.sendmsg([command.encode("ascii") + b"\0"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, credentials)])
            return _answer(own).decode("ascii", "replace") if not command.startswith("settings ") else _done(own)
    raise last


def _answer(own):
    chunks = []
    while True:
        chunk = own.recv(65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _done(own):
    """Wait until a command without an answer was read: the daemon then closes. 1.4.0 leaves it open after NONE."""
    with contextlib.suppress(socket.timeout):
        _answer(own)
    return ""


def _daemon(host):
    """``(running, pid, arguments)`` of irqbalance; raises Refused where that cannot be known."""
    gaps = Gaps()
    try:
        owner = owners.read(host, gaps)["irqbalance"]
    except Unavailable as error:
        raise Refused(f"whether irqbalance runs cannot be known: {error.detail}; say irqbalance: ignore") from error
    if owner["running"] is None:
        why = next((entry["detail"] for entry in gaps.entries if entry["path"] == "/irqbalance/running"), "")
        raise Refused(f"whether irqbalance runs cannot be known: {why}; say irqbalance: ignore")
    return owner["running"], owner.get("pid"), owner.get("arguments") or []


def _mode(path):
    try:
        return os.stat(path).st_mode & 0o7777
    except OSError:
        return 0o644


def _put(path, text, mode):
    if text is not None:
        files.write(path, text, mode)
    else:
        files.remove(path)
        try:
            if path == irqbalance_policy.PATH:
                os.rmdir(os.path.dirname(path))
        except OSError:
            # Others have something in it.
            pass
