# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``packetloss_from`` names: files, folders and globs, as a list of what is opened one after the other."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import index
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import shown

OPTION = "packetloss_from"

#: What in a folder is an archive, by its name.
ARCHIVE = re.compile(r".\.(?:tar|t[gx]z|tbz2?|tar\.(?:[gx]z|bz2)|zip)\Z", re.IGNORECASE)

#: What in a folder cannot be read, and is told all the same: somebody may take it for read.
UNREADABLE = re.compile(r".\.(?:gpg|pgp|asc|zst|7z|rar)\Z", re.IGNORECASE)

_GLOB = re.compile(r"[*?[]")

#: Beside one of these nothing else is read.
_OF_AN_ARCHIVE = re.compile(r"\.(?:sha256|sha512|sha1|md5)\Z", re.IGNORECASE)


class PlaceError(ValueError):
    """What was named is not there; the message says what to do."""


class Place(NamedTuple):
    """Something to open; of a folder whose archives are places of their own those are not opened again."""

    path: str
    inner: bool = True


def places(given: Any) -> list[Place]:
    """The places that the value of ``packetloss_from`` means, each once, in the order given; globs and folders sorted.

    Raises :class:`PlaceError` for what is not there: whoever types a path wants to know before an hour has passed.
    """
    names = given if isinstance(given, list) else [given]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise PlaceError(f"{OPTION}: expected a file, a folder, a glob, or a list of them, found {str(given)[:60]!r}")
    found = [place for name in names for path in _matching(name) for place in _at(path)]
    return list({place.path: place for place in found}.values())


def _matching(name: str) -> list[str]:
    path = os.path.expanduser(name)
    # A name may have the characters of a glob.
    if os.path.lexists(path):
        return [path]
    if not _GLOB.search(path):
        raise PlaceError(f"{OPTION}: {shown(name)}: there is no such file or folder{_below(path)}")
    found = [each for each in sorted(glob.glob(path, recursive=True)) if not _OF_AN_ARCHIVE.search(each)]
    if not found:
        raise PlaceError(f"{OPTION}: {shown(name)}: no file or folder fits this pattern{_below(path)}")
    return found


def _below(path: str) -> str:
    return "" if os.path.isabs(path) else f" (looked for in {shown(os.getcwd())})"


def _at(path: str) -> Iterator[Place]:
    """The places in a folder, where it is not one capture but has some in it; else the path itself."""
    if not os.path.isdir(path):
        yield Place(path)
        return
    names = _Names(path)
    roots = index.roots(names)
    if b"/" in roots or not (roots or names.archives):
        # Somebody's loose files, or something that is known when all of it was looked at.
        yield Place(path)
        return
    folders = [os.fsdecode(os.fsencode(path) + root) for root in roots]
    for each in sorted([*folders, *names.archives]):
        yield Place(each, each not in folders)


class _Names:
    """The paths in a folder, two levels deep, as :func:`index.roots` wants them; no link is followed."""

    def __init__(self, folder: str):
        self._paths: list[bytes] = []
        self.archives: list[str] = []
        for name in self._look(folder, b"/"):
            self._look(os.path.join(folder, name), b"/" + os.fsencode(name) + b"/")

    def paths(self) -> list[bytes]:
        return self._paths

    def _look(self, folder: str, below: bytes) -> list[str]:
        folders = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._paths.append(below + os.fsencode(entry.name))
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif entry.is_file() and (ARCHIVE.search(entry.name) or UNREADABLE.search(entry.name)):
                        self.archives.append(entry.path)
        except OSError as error:
            if below == b"/":
                raise PlaceError(f"{OPTION}: {shown(folder)}: {error.strerror or error}") from error
        return folders
