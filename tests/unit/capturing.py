# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs capture.sh for real, and reads what it left with nothing but the standard library."""

import os
import pathlib
import shutil
import signal
import subprocess
import tarfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "playbooks" / "files" / "capture.sh"

#: The shells that it is written for, each as a command.
SHELLS = {"dash": ["dash"], "BusyBox": ["busybox", "ash"], "bash": ["bash"]}

#: Of a busy machine.
_LIMIT_S = 300


def shells():
    """``{name: command}`` of the shells that are here; sh is always."""
    return {name: command for name, command in SHELLS.items() if shutil.which(command[0])} or {"sh": ["sh"]}


class Capture:
    """What one run left: the file, and its members by their names below the top folder."""

    def __init__(self, path, printed):
        self.path = path
        self.printed = printed
        self.files, self.links = {}, {}
        with tarfile.open(path) as archive:
            self.members = archive.getmembers()
            for member in self.members:
                name = member.name.partition("/")[2]
                if member.isfile():
                    self.files[name] = archive.extractfile(member).read().decode("utf-8", "surrogateescape")
                elif member.issym():
                    self.links[name] = member.linkname

    @property
    def told(self):
        """The keys and values of capture.txt."""
        return dict(
            line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
            for line in self.files["capture.txt"].splitlines()
        )

    def holding(self, text):
        """The names of the members that have *text*, as it is, in their content, name or target."""
        found = [name for name, content in self.files.items() if text in content or text in name]
        found += [name for name, target in self.links.items() if text in target or text in name]
        return found + [member.name for member in self.members if text in member.name]


def _interruptible():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """capture.sh, started in a *folder* of its own: ``out`` is the current one, ``tmp`` the one for temporary files.

    :param shell: the command of a shell
    :param before: a command that the whole runs under: ``ip netns exec NAME``
    """

    def __init__(self, folder, *arguments, shell=("sh",), before=(), env=None, script=SCRIPT):
        self.out, self.tmp = folder / "out", folder / "tmp"
        for place in (self.out, self.tmp):
            place.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [*before, *shell, str(script), *map(str, arguments)],
            cwd=self.out,
            env={**os.environ, "TMPDIR": str(self.tmp), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Where the tests themselves run in the background, Ctrl-C is ignored, and a shell cannot take that back.
            preexec_fn=_interruptible,
        )

    def wait_for(self, text):
        """Read what it prints until *text* is in a line."""
        for line in self.process.stdout:
            if text in line:
                return
        raise AssertionError(f"it ended without {text!r}: {self.process.stderr.read()}")

    def end(self):
        """``(exit status, what it printed, what it said of errors)``, once it has ended."""
        try:
            printed, errors = self.process.communicate(timeout=_LIMIT_S)
        except BaseException:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        return self.process.returncode, printed, errors

    def left(self):
        """The files that it left, anywhere."""
        return [*self.out.iterdir(), *self.tmp.iterdir()]


def capture(folder, *arguments, **more):
    """The :class:`Capture` of one run that went well."""
    run = Run(folder, *arguments, **more)
    code, printed, errors = run.end()
    assert (code, errors) == (0, ""), (code, printed, errors)
    (path,) = run.left()
    return Capture(path, printed)
