# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives and folders of a stranger, one interface for all: nothing is ever unpacked to a disk, or followed out."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import tar, trees, zips
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    LIMITS,
    CaptureError,
    Damaged,
    Entry,
    Limits,
    Members,
    TooMuch,
    shown,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.unpacking import Stream

_MAGIC = (
    (b"\xfd7zXZ\0", "tar.xz"),
    (b"\x1f\x8b", "tar.gz"),
    (b"BZh", "tar.bz2"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)

#: Forms that are not read, and what to do with them.
_OTHERS = (
    (b"\x28\xb5\x2f\xfd", "it is packed with zstd: unpack it first (zstd -d FILE)"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it first (7z x FILE) and give the folder"),
    (b"Rar!", "it is a RAR archive: unpack it first and give the folder"),
    (b"-----BEGIN PGP", "it is encrypted: decrypt it first (gpg --output REPORT.tar.xz --decrypt FILE)"),
    (b"\x8c\x0d", "it is encrypted: decrypt it first (gpg --output REPORT.tar.xz --decrypt FILE)"),
)
_ENCRYPTED = re.compile(rb"\.(gpg|pgp|asc)\Z", re.IGNORECASE)

#: An archive in an archive (``sos collect``, a zip of what several people sent) lies at its top, or one folder below.
_INNER = re.compile(rb"(?:/[^/]+)?/[^/]+\.(?:tar|t[gx]z|tbz2?|tar\.[gx]z|tar\.bz2|zip)\Z", re.IGNORECASE)

_ARCHIVE = re.compile(rb"\.(?:tar|t[gx]z|tbz2?|tar\.\w+|zip|7z|rar)\Z", re.IGNORECASE)

#: What somebody copied from a terminal is no longer than that.
_LARGEST_TEXT = 8 << 20
_LOOK_BYTES = 4096

_FORMS = "a tar, tar.xz, tar.gz, tar.bz2 or zip, or a folder"


def open_capture(path: str, wanted: Callable[[bytes], bool], limits: Limits = LIMITS) -> Members:
    """The :class:`members.Members` of a file or folder; raises CaptureError.

    Of an archive the contents of the *wanted* members are kept in memory: the function takes a path. What was read
    before a damage or a bound is there, with a sentence in ``problems``. A file that is a text is the one member of
    what would be its folder.
    """
    *_inner, found = open_all(path, wanted, limits, inner=False)
    return found


def open_all(
    path: str, wanted: Callable[[bytes], bool], limits: Limits = LIMITS, inner: bool = True
) -> Iterator[Members]:
    """As :func:`open_capture`: the archives that are in it, one after the other, and last that itself.

    An archive in an archive in an archive is not opened. One that cannot be read is in ``problems`` of the last.
    """
    try:
        state = os.stat(path)
    except (OSError, ValueError) as error:
        raise CaptureError(f"{shown(path)}: {getattr(error, 'strerror', None) or error}") from error
    is_archive = _INNER.match if inner else (lambda _path: None)
    if stat.S_ISDIR(state.st_mode):
        yield from _folder(path, wanted, limits, is_archive)
    elif stat.S_ISREG(state.st_mode):
        try:
            with open(path, "rb") as file:
                yield from _file(file, os.fsencode(path), wanted, limits, is_archive)
        except OSError as error:
            raise CaptureError(f"{shown(path)}: {error.strerror or error}") from error
    else:
        raise CaptureError(f"{shown(path)}: expected {_FORMS}, found something else")


def _folder(path, wanted, limits, is_archive):
    tree = trees.Tree(path, limits)
    try:
        for place in trees.fill(tree, is_archive):
            try:
                yield open_capture(os.fsdecode(tree.place(place)), wanted, limits)
            except CaptureError as error:
                tree.note(str(error))
    except TooMuch as error:
        tree.note(f"{tree.origin}: not read to the end, it has {error}")
    yield tree


def _file(file, name, wanted, limits, is_archive):
    try:
        form = form_of(file, name)
    except CaptureError:
        text = _text(file, name, limits)
        if text is None:
            raise
        yield text
        return
    members = Members(shown(name), form, limits)
    try:
        parts = (
            zips.fill(members, file, wanted, is_archive)
            if form == "zip"
            else tar.fill(members, Stream(file, form, limits), wanted, is_archive)
        )
        for place, part in parts:
            yield from _inner(members, place, part, wanted, limits)
    except Damaged as error:
        _ended(members, error, f"the archive is damaged: {error}", "copy it again, and compare its checksum")
    except TooMuch as error:
        _ended(members, error, f"it has {error}", "unpack it and give the folder, or what of it you need")
    yield members


def _text(file, name, limits):
    """A single text, as if it were alone in a folder; None for what is none, or should have been an archive."""
    start = file.peek(_LOOK_BYTES)[:_LOOK_BYTES]
    if not start or b"\0" in start or _ARCHIVE.search(name) or _ENCRYPTED.search(name) or _is_other(start):
        return None
    data = file.read(_LARGEST_TEXT + 1)
    if len(data) > _LARGEST_TEXT:
        return None
    members = Members(shown(name), "text", limits)
    members.add(b"/" + name.rpartition(b"/")[2], Entry(FILE, len(data), data=data))
    return members


def _is_other(start):
    return any(start.startswith(magic) for magic, _advice in _OTHERS)


def _ended(members, error, what, advice):
    if len(members) == 1:
        raise CaptureError(f"{members.origin}: {what}; {advice}") from error
    members.note(f"{members.origin}: not read to the end, {what}; {advice}")


def _inner(members, place, part, wanted, limits):
    name = os.fsencode(members.origin) + place
    try:
        if place.lower().endswith(b".zip"):
            raise CaptureError(f"{shown(name)}: a zip in an archive is not read; unpack the outer one")
        yield from _file(_Ahead(part), name, wanted, limits, lambda _path: None)
    except CaptureError as error:
        members.note(str(error))


class _Ahead:
    """A file that can only be read forwards, of which one may look at the beginning."""

    def __init__(self, file):
        self._file = file
        self._seen = b""

    def peek(self, count):
        while len(self._seen) < count:
            data = self._file.read(count - len(self._seen))
            if not data:
                break
            self._seen += data
        return self._seen[:count]

    def read(self, count):
        if not self._seen:
            return self._file.read(count)
        found, self._seen = self._seen[:count], self._seen[count:]
        return found


def form_of(file, name: bytes) -> str:
    """What a file is by its first bytes: "zip", "tar", "tar.gz", "tar.xz" or "tar.bz2". Raises CaptureError."""
    start = file.peek(_LOOK_BYTES)[: tar.BLOCK]
    for magic, form in _MAGIC:
        if start.startswith(magic):
            return form
    if tar.begins(start):
        return "tar"
    for magic, advice in _OTHERS:
        if start.startswith(magic):
            raise CaptureError(f"{shown(name)}: {advice}")
    if _ENCRYPTED.search(name):
        raise CaptureError(f"{shown(name)}: {_OTHERS[-1][1]}")
    found = "an empty file" if not start else f"a file that begins with {start[:16]!r}"
    raise CaptureError(f"{shown(name)}: expected {_FORMS}, found {found}")
