# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a tar, in one pass forwards and without more in memory than what is wanted."""

from __future__ import annotations

import struct
import tarfile

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    FOLDER,
    LINK,
    SPECIAL,
    Damaged,
    Entry,
    shown,
)

BLOCK = tarfile.BLOCKSIZE

#: An extended header has a name, a target and times. tarfile reads it whole, whatever size it says it has.
_HEADER_BYTES = 1 << 18

_ENCODING = {"encoding": "utf-8", "errors": "surrogateescape"}

#: What tarfile and what it calls raise for headers that somebody made up: among them a chain of extended ones.
_ERRORS = (tarfile.TarError, EOFError, ValueError, OverflowError, LookupError, TypeError, RecursionError, struct.error)

_CUT = "it ends too early"


def fill(members, stream, wanted, is_archive):
    """Put what *stream* (:class:`unpacking.Stream`) has into *members*; raises Damaged and TooMuch.

    Yields ``(path, file)`` for each archive in the archive, which is to be read before the next one is asked for.

    :param wanted: takes a path, and tells whether its content is
    :param is_archive: takes a path, and tells whether that is an archive in the archive
    """
    file = _Forwards(stream)
    try:
        archive = tarfile.TarFile(fileobj=file, mode="r", **_ENCODING)
    except _ERRORS as error:
        raise Damaged(f"it is no tar ({shown(str(error))})") from error
    info = _next(archive, file)
    while info is not None:
        # Those before are not asked for again: they would be in memory as long as the archive.
        archive.members = []
        path = members.path_of(info.name.encode("utf-8", "surrogateescape"))
        if path is not None and info.isreg() and not info.issparse() and is_archive(path):
            members.add(path, Entry(FILE, info.size))
            yield path, _Part(file, info)
        elif path is not None:
            _member(members, file, path, wanted, info)
        info = _next(archive, file)


def _next(archive, file):
    file.begin_header()
    try:
        info = archive.next()
    except _ERRORS as error:
        raise Damaged(_CUT if file.ended else f"a header is damaged ({shown(str(error))})") from error
    if info is None and file.last.strip(b"\0"):
        # tarfile takes what is no header for the end.
        raise Damaged(_CUT if file.ended else "a header is damaged")
    return info


def _member(members, file, path, wanted, info):
    mtime = float(info.mtime) if 0 < info.mtime < 1 << 40 else None
    if info.issym():
        members.add(path, Entry(LINK, mtime=mtime, target=info.linkname.encode("utf-8", "surrogateescape")))
    elif info.islnk():
        members.add(path, _hard_link(members, path, info))
    elif info.isdir():
        members.add(path, Entry(FOLDER, mtime=mtime))
    elif not info.isreg() or info.issparse():
        members.add(path, Entry(SPECIAL, mtime=mtime))
    elif wanted(path):
        _file(members, file, path, info, mtime)
    else:
        members.add(path, Entry(FILE, info.size, mtime))


def _file(members, file, path, info, mtime):
    why = members.room(path, info.size)
    if why is not None:
        members.add(path, Entry(FILE, info.size, mtime, why=why))
        return
    # Known before it is read: where the archive ends in it, that is told.
    cut = Unavailable("malformed", f"{shown(path)}: the archive ends, or is damaged, in this file")
    members.add(path, Entry(FILE, info.size, mtime, why=cut))
    data = file.data(info, info.size)
    if len(data) < info.size:
        raise Damaged(_CUT)
    members.add(path, Entry(FILE, info.size, mtime, data))


def _hard_link(members, path, info):
    """A second name of a member before it, which then is both."""
    place = members.path_of(info.linkname.encode("utf-8", "surrogateescape"))
    if place is not None and members.kind(place) == FILE:
        return members.entry(place)
    return Entry(FILE, why=Unavailable("absent", f"{shown(path)}: a hard link to what is not in the archive"))


class _Forwards:
    """A stream as the file of a TarFile, which in one pass never goes back.

    ``last`` is what was read last, ``ended`` whether the stream had less than was asked for.
    """

    def __init__(self, stream):
        self._stream = stream
        self._at = 0
        self.last = b""
        self.ended = False
        self.begin_header()

    def begin_header(self):
        """What is read now is read by tarfile, for the next member."""
        self._left = _HEADER_BYTES

    def tell(self):
        return self._at

    def seek(self, place):
        if place < self._at:
            raise Damaged("a header leads back")
        if not self._stream.skip(place - self._at):
            self.ended = True
        self._at = place

    def read(self, count):
        self._left -= count
        if self._left < 0:
            raise Damaged(f"a header of more than {_HEADER_BYTES >> 10} KiB")
        return self._take(count)

    def data(self, info, count):
        """Up to *count* bytes of a member, from where it was read to."""
        self.seek(max(self._at, info.offset_data))
        return self._take(max(0, min(count, info.offset_data + info.size - self._at)))

    def _take(self, count):
        found = self.last = self._stream.take(count)
        self._at += len(found)
        self.ended = self.ended or len(found) < count
        return found


class _Part:
    """A member as a file that is read forwards."""

    def __init__(self, file, info):
        self._file = file
        self._info = info

    def read(self, count):
        return self._file.data(self._info, count)


def begins(block):
    """Whether a tar begins with these 512 bytes."""
    try:
        tarfile.TarInfo.frombuf(block, **_ENCODING)
        return True
    except tarfile.EOFHeaderError:
        return True
    except _ERRORS:
        return False
