# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a zip."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    FOLDER,
    LINK,
    SPECIAL,
    Damaged,
    Entry,
    TooMuch,
    shown,
)

# The end of the directory is 22 bytes, and a comment of up to 64 KiB (APPNOTE.TXT 4.3.16).
_END_BYTES = 22 + 65535
_END, _LARGE = b"PK\x05\x06", b"PK\x06\x07"
_LARGEST_DIRECTORY = 64 << 20

_UTF_8, _ENCRYPTED = 0x800, 0x1

#: The others unpack whatever a piece of them is, all at once.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

#: RuntimeError is also that of a method of packing that zipfile does not know.
_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)

_LONGEST_TARGET = 4096


def fill(members, file, wanted, is_archive):
    """As :func:`tar.fill`, of a file that can be read anywhere."""
    _look_at_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except _ERRORS as error:
        raise Damaged(
            f"its directory is damaged ({shown(str(error))}); try: zip -FF FILE --out REPAIRED.zip"
        ) from error
    with archive:
        seen = 0
        for info in archive.infolist():
            path = members.path_of(_name(info))
            if path is None:
                continue
            if wanted(path) and info.file_size <= members.limits.file_bytes:
                seen += info.file_size
            if seen > members.limits.unpacked_bytes:
                raise TooMuch(f"more than {members.limits.unpacked_bytes >> 20} MiB unpacked")
            if is_archive(path) and not _why_not(info, path):
                members.add(path, Entry(FILE, info.file_size))
                with archive.open(info) as inner:
                    yield path, _Inner(inner)
            else:
                members.add(path, _entry(members, archive, info, path, wanted))


class _Inner:
    """An archive in the archive, whose damage is that of a file."""

    def __init__(self, file):
        self._file = file

    def read(self, count):
        try:
            return self._file.read(count)
        except _ERRORS as error:
            raise Damaged(f"the compressed data is damaged ({shown(str(error))})") from error


def _look_at_directory(file):
    """Raises Damaged and TooMuch, before the whole of the directory is read into memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_BYTES))
    tail = file.read(_END_BYTES)
    place = tail.rfind(_END)
    if place < 0:
        raise Damaged("its end, where a zip has the list of its files, is missing")
    if tail[max(0, place - 20) : place].startswith(_LARGE):
        raise TooMuch("a zip of more than 65,535 files or 4 GiB")
    if int.from_bytes(tail[place + 12 : place + 16], "little") > _LARGEST_DIRECTORY:
        raise TooMuch(f"more than {_LARGEST_DIRECTORY >> 20} MiB of names")
    file.seek(0)


def _name(info):
    # zipfile has made text of it: back to the bytes that are in the archive.
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF_8 else "cp437", "surrogateescape")


def _entry(members, archive, info, path, wanted):
    # No time: a zip has that of some clock on some wall.
    mode = info.external_attr >> 16
    if info.is_dir():
        return Entry(FOLDER)
    if stat.S_ISLNK(mode):
        target, why = _content(archive, info, path, _LONGEST_TARGET)
        return Entry(FILE, why=why) if why else Entry(LINK, target=target)
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Entry(SPECIAL)
    if not wanted(path):
        return Entry(FILE, info.file_size)
    why = members.room(path, info.file_size)
    data = None
    if why is None:
        data, why = _content(archive, info, path, info.file_size)
    return Entry(FILE, info.file_size, data=data, why=why)


def _why_not(info, path):
    if info.flag_bits & _ENCRYPTED:
        return Unavailable("unreadable", f"{shown(path)}: it is encrypted; unpack the zip and give the folder")
    if info.compress_type not in _METHODS:
        told = f"{shown(path)}: packed with method {info.compress_type}; unpack the zip and give the folder"
        return Unavailable("unsupported", told)
    return None


def _content(archive, info, path, most):
    """``(bytes, None)``, or ``(None, Unavailable)``."""
    why = _why_not(info, path)
    if why is not None:
        return None, why
    try:
        with archive.open(info) as file:
            data = file.read(most + 1)
    except _ERRORS as error:
        return None, Unavailable("malformed", f"{shown(path)}: its part of the zip is damaged ({shown(str(error))})")
    if len(data) > most:
        return None, Unavailable("malformed", f"{shown(path)}: expected at most {most} bytes, found more")
    return data, None
