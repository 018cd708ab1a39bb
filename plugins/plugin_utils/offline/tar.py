# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a tar, in one pass: ustar, GNU and PAX (POSIX 2001), as tar(5) has them.

Not by tarfile, which reads an extended header of any size into memory, stops at the first damage with an error in the
place of what it has read, and takes three times as long.
"""

from __future__ import annotations

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

BLOCK = 512

#: An extended header has a name, a target and times: no more than this of one is read.
_HEADER_BYTES = 1 << 16

_FILES = b"0\0" + b"7"
_HARD_LINK, _LINK, _FOLDER = b"1", b"2", b"5"
_LONG_NAME, _LONG_TARGET, _PAX, _PAX_FOR_ALL = b"L", b"K", b"x", b"g"
_EXTENSIONS = (_LONG_NAME, _LONG_TARGET, _PAX, _PAX_FOR_ALL)
_SPARSE = b"S"
_SPECIAL = (b"3", b"4", b"6")

_NOTHING = bytes(BLOCK)


def fill(members, stream, wanted, is_archive):
    """Put what *stream* (:class:`unpacking.Stream`) has into *members*; raises Damaged and TooMuch.

    Yields ``(path, file)`` for each archive in the archive, which is to be read before the next one is asked for.

    :param wanted: takes a path, and tells whether its content is
    :param is_archive: takes a path, and tells whether that is an archive in the archive
    """
    extended, for_all = {}, {}
    while True:
        header = stream.take(BLOCK)
        if header == _NOTHING or not header:
            # Without the two empty blocks at the end: what there was is whole all the same.
            return
        kind, size, name = _header(header)
        if kind in _EXTENSIONS:
            data = _extension(stream, size)
            if kind in (_PAX, _PAX_FOR_ALL):
                (extended if kind == _PAX else for_all).update(_records(data))
            else:
                extended[b"path" if kind == _LONG_NAME else b"linkpath"] = data.partition(b"\0")[0]
            continue
        said = {**for_all, **extended}
        extended = {}
        if b"size" in said:
            size = _decimal(said[b"size"])
        if kind == _SPARSE:
            _sparse(stream, header)
        place = _member(members, stream, wanted, kind, size, said.get(b"path", name), header, said)
        if place is not None and is_archive(place):
            part = _Part(stream, size)
            yield place, part
            part.pass_over()
        elif place is not None:
            _pass_over(stream, size)


def _member(members, stream, wanted, kind, size, name, header, said):
    """Takes in one member; the path of a file whose content is still to be passed over, else None."""
    if kind not in _FILES and kind not in _SPECIAL and kind not in (_HARD_LINK, _LINK, _FOLDER):
        # GNU's sparse files, and what else nobody captures with.
        members.note(f"{shown(name[:60])}: left out, a member of a kind that is not known ({shown(kind)})")
        name = None
    if kind in (_HARD_LINK, _LINK, _FOLDER, *_SPECIAL):
        size = 0
    path = None if name is None else members.path_of(name)
    if path is None:
        _pass_over(stream, size)
        return None
    mtime = _time(said.get(b"mtime"), header)
    if kind in (_LINK, _HARD_LINK):
        target = said.get(b"linkpath", header[157:257].partition(b"\0")[0])
        members.add(path, _hard_link(members, path, target) if kind == _HARD_LINK else _link(target, mtime))
    elif kind == _FOLDER or (kind in _FILES and name.endswith(b"/")):
        members.add(path, Entry(FOLDER, mtime=mtime))
        _pass_over(stream, size)
    elif kind in _SPECIAL:
        members.add(path, Entry(SPECIAL, mtime=mtime))
    elif not wanted(path):
        members.add(path, Entry(FILE, size, mtime))
        return path
    else:
        _file(members, stream, path, size, mtime)
    return None


def _file(members, stream, path, size, mtime):
    why = members.room(path, size)
    if why is not None:
        members.add(path, Entry(FILE, size, mtime, why=why))
        _pass_over(stream, size)
        return
    # Known before it is read: where the archive ends in it, that is told.
    cut = Unavailable("malformed", f"{shown(path)}: the archive ends, or is damaged, in this file")
    members.add(path, Entry(FILE, size, mtime, why=cut))
    data = stream.take(size)
    if len(data) < size:
        raise Damaged("it ends too early")
    members.add(path, Entry(FILE, size, mtime, data))
    _pass_over(stream, -size % BLOCK, 0)


class _Part:
    """A member as a file that is read forwards."""

    def __init__(self, stream, size):
        self._stream = stream
        self._left = size
        self._padding = -size % BLOCK

    def read(self, count):
        data = self._stream.take(min(count, self._left))
        self._left -= len(data)
        return data

    def pass_over(self):
        _pass_over(self._stream, self._left + self._padding, 0)


def _sparse(stream, header):
    """Passes over the map of a sparse file that does not fit into its header."""
    more = header[482]
    while more:
        block = stream.take(BLOCK)
        if len(block) < BLOCK:
            raise Damaged("it ends too early")
        more = block[504]


def _link(target, mtime):
    return Entry(LINK, mtime=mtime, target=target)


def _hard_link(members, path, target):
    """A second name of a member before it, which then is both."""
    place = members.path_of(target)
    if place is not None and members.kind(place) == FILE:
        return members.entry(place)
    return Entry(FILE, why=Unavailable("absent", f"{shown(path)}: a hard link to what is not in the archive"))


def _pass_over(stream, size, padding=None):
    padding = -size % BLOCK if padding is None else padding
    if size + padding and not stream.skip(size + padding):
        raise Damaged("it ends too early")


def _extension(stream, size):
    if size > _HEADER_BYTES:
        raise Damaged(f"a header of {size} bytes")
    data = stream.take(size)
    if len(data) < size:
        raise Damaged("it ends too early")
    _pass_over(stream, -size % BLOCK, 0)
    return data


def _header(header):
    """``(kind, size, name)`` of one; raises Damaged where its sum is wrong."""
    if len(header) < BLOCK:
        raise Damaged("it ends too early")
    said = _octal(header[148:156])
    # The field of the sum itself counts as blanks.
    found = sum(header) - sum(header[148:156]) + 8 * 32
    if said != found:
        raise Damaged("a header is damaged")
    name = header[:100].partition(b"\0")[0]
    # GNU's own form has other things where POSIX has the beginning of a long name.
    if header[257:263] == b"ustar\0":
        prefix = header[345:500].partition(b"\0")[0]
        name = prefix + b"/" + name if prefix else name
    return header[156:157], _octal(header[124:136]), name


def _octal(field):
    """A number of a header: octal digits, or GNU's binary form. Raises Damaged."""
    if field[0] & 0x80:
        number = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if number >> 63:
            raise Damaged("a header is damaged")
        return number
    try:
        return int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        raise Damaged("a header is damaged") from None


def _records(data):
    """``{keyword: value}`` of a PAX header: lines of ``length keyword=value``. Raises Damaged."""
    found = {}
    while data:
        length, blank, _rest = data.partition(b" ")
        if not blank or not length.isdigit() or len(length) > 6 or not len(length) < int(length) <= len(data):
            raise Damaged("an extended header is damaged")
        keyword, equals, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if not equals:
            raise Damaged("an extended header is damaged")
        found[keyword] = value
        data = data[int(length) :]
    return found


def _decimal(word):
    if not word.isdigit() or len(word) > 18:
        raise Damaged("an extended header is damaged")
    return int(word)


def _time(word, header):
    """Seconds since 1970, None where it is not known."""
    try:
        seconds = float(word[:30]) if word is not None else _octal(header[136:148])
    except (ValueError, Damaged):
        return None
    return seconds if 0 < seconds < 1 << 40 else None


def begins(block):
    """Whether a tar begins with these 512 bytes."""
    if block == _NOTHING:
        return True
    try:
        _header(block)
        return True
    except Damaged:
        return False
