# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written down of a transaction before it does anything: one file each, whole or not at all.

The **journal** of a transaction is ``STATE/<id>/journal.json``:

* ``id``, ``created`` (UTC), ``boot_id``, ``phase`` (a key of :data:`PHASES`), ``why`` it went back, else None
* ``settings``, ``reason``, ``memory`` ({"reserve", "force"}), ``window`` (s), ``checks``,
  ``nics`` (``{name: identity}``) and their ``ifindexes``
* ``planned``: the changes that were decided; ``groups``: ``{"settings", "group", "open"}`` in the order in which they
  are made, the group of :func:`bonds.order`, which is open while it is being made
* ``steps``: ``{"change", "state", "values", "began_s"}``, one for each change that was begun, as it was made. The state
  is a key of :data:`STATES`
* ``deadline_s``: when it goes back by itself, of the clock that begins with the boot and that nobody sets
* ``token``: the digest of what confirms it; ``connection``: the SSH connection over which it came, None without one
* ``banned``: the interrupts that irqbalance was told to leave alone; ``proved``: whether it was to be kept
* ``kept``: what was kept over a boot before and after, None where nothing was (:mod:`keeping`)
* ``notes``: sentences; ``timer``: the second guard (:mod:`guard`); ``pid`` of who applies it
"""

import binascii
import contextlib
import errno
import fcntl
import json
import os
import re
import shutil

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import files
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

STATE = "/var/lib/packetloss/transactions"
JOURNAL, PROGRAM, RESERVE = "journal.json", "program", "reserve"

#: Files that are held by those at work as long as they live: who makes the changes, who guards, who takes back.
ALIVE, GUARD, BACK = "alive", "guard", "back"

#: What a transaction is doing, or has become.
PHASES = {
    "armed": "the timer that takes it back runs, nothing was changed yet",
    "applying": "its changes are being made",
    "applied": "all changes were made; it goes back by itself unless it is confirmed",
    "taking_back": "its changes are being put back",
    "confirmed": "it stays, until the host boots",
    "kept": "it stays, over a boot too",
    "taken_back": "all is as it was, but for what the notes say",
    "stuck": "it could not be put back whole: the notes say what to type",
}

#: Phases in which somebody is, or should be, at work, or waits.
ACTIVE = ("armed", "applying", "applied", "taking_back")

#: Phases in which nothing happens any more unless somebody asks for it.
ENDED = ("confirmed", "kept", "taken_back", "stuck")

#: What became of a step.
STATES = {
    "waiting": "not begun",
    "began": "written, perhaps in part, and not read back yet",
    "made": "made and read back",
    "as_before": "is as it was before",
    "put_back": "was put back",
    "left": "somebody else has written it since, and it was left",
    "gone": "its NIC is not there any more",
    "failed": "could not be put back",
}

_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}\Z")

#: What is set aside on the disk for the last words of a transaction, when the disk has become full meanwhile.
_RESERVE_BYTES = 1 << 18

#: How many that were taken back are remembered.
_REMEMBERED = 100


class Journals:
    """The journals of this machine; *root* is in front of all paths, for tests. All raise OSError as files do."""

    def __init__(self, root=""):
        self.root = root
        self.folder = root + STATE

    def path(self, ident, name=""):
        """The path of a file of a transaction; raises Refused for what is no id."""
        if not _ID.match(ident):
            raise Refused(f"{ident[:60]!r} is no id of a transaction: see state: listed")
        return os.path.join(self.folder, ident, name)

    def ids(self):
        """The ids of all transactions, the newest first."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        return sorted(filter(_ID.match, names), reverse=True)

    def all(self):
        """All journals that can be read, the newest first."""
        found = []
        for ident in self.ids():
            with contextlib.suppress(Refused):
                found.append(self.read(ident))
        return found

    def read(self, ident):
        """A journal; raises Refused where there is none, or one that nobody understands."""
        path = self.path(ident, JOURNAL)
        try:
            data = files.read(path)
        except OSError as error:
            raise files.refused(error) from error
        if data is None:
            raise Refused(f"there is no transaction {ident}: see state: listed")
        try:
            journal = json.loads(data.decode("utf-8"))
            if journal["id"] != ident or journal["phase"] not in PHASES:
                raise ValueError("another id, or a phase that is not known")
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{path} is not what this collection wrote: {error}") from error
        return journal

    def begin(self, journal, created):
        """Write the first journal, under a new id which it gets; raises Refused where it cannot be: nothing was done.

        :param created: the time, UTC, as clock.utc() has it
        """
        stamp = "".join(re.findall("[0-9T]", created))
        ident = f"{stamp}-{binascii.hexlify(os.urandom(3)).decode('ascii')}"
        journal = dict(journal, id=ident, created=created)
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            os.mkdir(self.path(ident), 0o700)
            with open(self.path(ident, RESERVE), "wb") as stream:
                stream.write(bytes(_RESERVE_BYTES))
                os.fsync(stream.fileno())
            self.write(journal)
        except OSError as error:
            self.remove(ident)
            raise Refused(
                f"no journal can be written, so nothing was begun and nothing was changed: {self.path(ident)}:"
                f" {error.strerror}; make room for it, or become root"
            ) from error
        return journal

    def write(self, journal):
        """Write a journal that is there; when it returns it is on the disk."""
        text = json.dumps(journal, indent=1) + "\n"
        path = self.path(journal["id"], JOURNAL)
        try:
            files.write(path, text, 0o600)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._give_reserve(journal["id"]):
                raise
            files.write(path, text, 0o600)
        if journal["phase"] in ENDED:
            self._give_reserve(journal["id"])

    def _give_reserve(self, ident):
        try:
            os.unlink(self.path(ident, RESERVE))
        except OSError:
            return False
        return True

    def remove(self, ident):
        """Forget a transaction that has changed nothing."""
        shutil.rmtree(self.path(ident), ignore_errors=True)

    def tidy(self):
        """Forget the oldest of those that were taken back."""
        gone = [journal["id"] for journal in self.all() if journal["phase"] == "taken_back"]
        for ident in gone[_REMEMBERED:]:
            self.remove(ident)

    def stay(self, ident, name=ALIVE):
        """A file that is held as long as this process lives, None where another process holds it."""
        # Of a folder that is gone nobody else can have it.
        with contextlib.suppress(OSError):
            stream = open(self.path(ident, name), "a")  # noqa: SIM115 (it stays open)
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stream.close()
                return None
            return stream
        return None

    def is_at_work(self, ident):
        """Whether any process of a transaction lives."""
        return any(self.is_held(ident, name) for name in (ALIVE, GUARD, BACK))

    def is_held(self, ident, name=ALIVE):
        """Whether a process that :meth:`stay` gave a file lives."""
        try:
            with open(self.path(ident, name)) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False
