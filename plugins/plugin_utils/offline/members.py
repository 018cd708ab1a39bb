# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in an archive of a stranger: an index of its members, bounded, with the contents of those that are wanted.

A path is bytes, absolute in the archive (``b"/sosreport-web1/proc/net/dev"``). No link is followed here: who asks for
files resolves them with :func:`host.folder.resolve`.
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

FILE, FOLDER, LINK, SPECIAL = "file", "folder", "link", "special"


class Limits(NamedTuple):
    """So much is read of one archive, and no more; beyond that it is told, and what was read before is used.

    The largest sosreports have 2 GB unpacked and some 50,000 members; what is wanted of one are some tens of MB.

    :param members: files, folders and links, with the folders that are only part of a path
    :param name_bytes: of one name; ``names_bytes`` of all together
    :param depth: folders in each other
    :param file_bytes: of one file that is wanted; ``kept_bytes`` of all that are
    :param unpacked_bytes: of all that is unpacked, wanted or not
    :param ratio: unpacked bytes to packed ones, once ``ratio_from_bytes`` are unpacked: text does not get there
    :param memory_bytes: of what unpacks (the dictionary of xz)
    """

    members: int = 400_000
    name_bytes: int = 4096
    names_bytes: int = 64 << 20
    depth: int = 64
    file_bytes: int = 64 << 20
    kept_bytes: int = 256 << 20
    unpacked_bytes: int = 8 << 30
    ratio: int = 500
    ratio_from_bytes: int = 128 << 20
    memory_bytes: int = 256 << 20


LIMITS = Limits()


class CaptureError(Exception):
    """A capture that cannot be read at all; the message says what to do."""


class TooMuch(Exception):
    """An archive is larger than :class:`Limits` has it; the message says in what."""


class Damaged(Exception):
    """An archive has an end that was not meant; the message says which."""


class Entry:
    """One member: ``kind``, ``size``, ``mtime`` (seconds since 1970, or None) and what is known of its content.

    ``data`` is the content (bytes) of a file that was wanted, ``target`` that of a link, ``why`` the
    :class:`Unavailable` of a file that was wanted and cannot be had.
    """

    __slots__ = ("data", "kind", "mtime", "size", "target", "why")

    def __init__(self, kind, size=0, mtime=None, data=None, target=None, why=None):
        self.kind = kind
        self.size = size
        self.mtime = mtime
        self.data = data
        self.target = target
        self.why = why


class Members:
    """The members of one archive, or of one folder.

    :param origin: what it is, for messages
    :param form: "folder", "text", "zip", "tar", "tar.gz", "tar.xz" or "tar.bz2"
    """

    def __init__(self, origin, form, limits=LIMITS):
        self.origin = origin
        self.form = form
        self.limits = limits
        self.problems = []
        self._entries = {b"/": Entry(FOLDER)}
        self._children = {b"/": {}}
        self._names_bytes = 0
        self._kept_bytes = 0
        self._told = set()

    @property
    def is_dated(self):
        """Whether the times are those of the host: not of who has unpacked or copied it."""
        return self.form.startswith("tar")

    def __len__(self):
        return len(self._entries)

    def paths(self):
        """Every path, folders too, in no order that means anything."""
        return self._entries.keys()

    def below(self, path):
        """Every path below a folder, in no order that means anything; nothing where there is no such folder."""
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            start = folder if folder == b"/" else folder + b"/"
            for name in self._children.get(folder, ()):
                inner = start + name
                yield inner
                if inner in self._children:
                    waiting.append(inner)

    def entry(self, path):
        """The :class:`Entry`; raises FileNotFoundError."""
        try:
            return self._entries[path]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from None

    def kind(self, path):
        """One of FILE, FOLDER, LINK and SPECIAL, None where there is nothing."""
        entry = self._entries.get(path)
        return entry and entry.kind

    def mtime(self, path):
        """When the member was last changed, in seconds since 1970; None where nothing tells."""
        return self.entry(path).mtime

    def names(self, path):
        """The names in a folder."""
        if self.entry(path).kind != FOLDER:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return list(self._children[path])

    def link(self, path):
        """Where a link points to, as it is written there."""
        entry = self.entry(path)
        if entry.kind != LINK:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return entry.target

    def read(self, path):
        """The content of a file; raises OSError, and Unavailable where it was cut off or is too large."""
        entry = self.entry(path)
        if entry.kind == FOLDER:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if entry.kind != FILE:
            raise Unavailable("malformed", f"{shown(path)}: expected a regular file, found something else")
        if entry.why is not None:
            raise entry.why
        if entry.data is None:
            raise Unavailable("absent", f"{shown(path)}: a file that nothing is read of")
        return entry.data

    def note(self, problem):
        """A sentence for ``problems``, each only once and the first hundred of them."""
        if problem not in self._told and len(self._told) < 100:
            self._told.add(problem)
            self.problems.append(problem)

    def path_of(self, name):
        """The path of a member that is called *name* in the archive; None for one that has to be left out.

        Raises TooMuch.
        """
        limits = self.limits
        if len(name) > limits.name_bytes:
            self.note(f"{shown(name[:60])}...: left out, its name has more than {limits.name_bytes} bytes")
            return None
        parts = [part for part in name.split(b"/") if part not in (b"", b".")]
        if b".." in parts or b"\0" in name:
            self.note(f"{shown(name)}: left out, its name leads out of the archive")
            return None
        if len(parts) > limits.depth:
            self.note(f"{shown(name[:60])}...: left out, it is more than {limits.depth} folders deep")
            return None
        return b"/" + b"/".join(parts)

    def add(self, path, entry):
        """A member; one that was there is replaced, as it would be when the archive is unpacked. Raises TooMuch."""
        if path == b"/":
            return
        known = self._entries.get(path)
        if known is None:
            self._count_in(path)
        elif known.kind == FOLDER:
            # A folder that something is in stays one: nothing of it is lost to a file that comes later.
            if entry.kind != FOLDER and self._children[path]:
                self.note(f"{shown(path)}: left out, it is a folder as well")
                return
            if entry.kind != FOLDER:
                del self._children[path]
        elif known.data is not None:
            self._kept_bytes -= len(known.data)
        if entry.kind == FOLDER:
            self._children.setdefault(path, {})
        elif entry.data is not None:
            self._kept_bytes += len(entry.data)
        self._entries[path] = entry

    def room(self, path, size):
        """Why a file of *size* bytes cannot be kept, as Unavailable; None where it can."""
        limits = self.limits
        if size > limits.file_bytes:
            return Unavailable("malformed", f"{shown(path)}: expected at most {limits.file_bytes} bytes, found {size}")
        if self._kept_bytes + size > limits.kept_bytes:
            self.note(
                f"{self.origin}: more than {limits.kept_bytes >> 20} MiB in files that are wanted; not all are read"
            )
            return Unavailable("malformed", f"{shown(path)}: the files before it already fill the memory for them")
        return None

    def _folder(self, path):
        """The names in a folder, which is made where it is only part of a path; what is in its place goes."""
        children = self._children.get(path)
        if children is not None:
            return children
        if path not in self._entries:
            self._count_in(path)
        elif self._entries[path].kind == LINK:
            self.note(f"{shown(path)}: a link and a folder as well; what the archive has below it is used")
        self._entries[path] = Entry(FOLDER)
        children = self._children[path] = {}
        return children

    def _count_in(self, path):
        """A path that was not there: it is a name in its folder. Raises TooMuch."""
        folder, _slash, name = path.rpartition(b"/")
        children = self._folder(folder or b"/")
        self._names_bytes += len(path)
        if len(self._entries) >= self.limits.members:
            raise TooMuch(f"more than {self.limits.members} files and folders")
        if self._names_bytes > self.limits.names_bytes:
            raise TooMuch(f"more than {self.limits.names_bytes >> 10} KiB of names")
        children[name] = None


def shown(name):
    """A name as text for a message: what would move a cursor or colour a screen is shown as its number."""
    text = (os.fsencode(name) if isinstance(name, str) else name).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
