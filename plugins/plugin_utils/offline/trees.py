# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a folder that somebody has unpacked; their contents are read when they are asked for."""

from __future__ import annotations

import os
import stat

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import OPEN_FLAGS, read_all
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    FOLDER,
    LINK,
    SPECIAL,
    Entry,
    Members,
    shown,
)


class Tree(Members):
    """:class:`members.Members` of a folder: only regular files are opened, and no link is followed to them."""

    def __init__(self, root, limits):
        Members.__init__(self, shown(root), "folder", limits)
        self._root = os.path.abspath(os.fsencode(root)).rstrip(b"/")

    def place(self, path):
        """Where a member is on this machine."""
        return self._root + path

    def read(self, path):
        entry = self.entry(path)
        if entry.kind != FILE:
            return Members.read(self, path)
        try:
            descriptor = os.open(self.place(path), OPEN_FLAGS | os.O_NOFOLLOW)
        except PermissionError:
            raise Unavailable(
                "unreadable", f"{shown(path)}: permission denied; make it readable: chmod -R u+rX"
            ) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unavailable("malformed", f"{shown(path)}: expected a regular file, found something else")
            return read_all(descriptor, self.limits.file_bytes)
        except OverflowError:
            told = f"{shown(path)}: expected at most {self.limits.file_bytes} bytes, found more"
            raise Unavailable("malformed", told) from None
        finally:
            os.close(descriptor)


def fill(tree, is_archive):
    """Put what is in the folder into *tree*; raises TooMuch. Yields the paths of archives in it."""
    waiting = [b"/"]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(tree.place(folder)) as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError as error:
            tree.note(f"{shown(folder)}: cannot be listed ({error.strerror})")
            continue
        for each in entries:
            path = tree.path_of((folder if folder != b"/" else b"") + b"/" + each.name)
            if path is None:
                continue
            try:
                entry = _entry(each)
            except OSError as error:
                tree.note(f"{shown(path)}: cannot be read ({error.strerror})")
                continue
            tree.add(path, entry)
            if entry.kind == FOLDER:
                waiting.append(path)
            elif entry.kind == FILE and is_archive(path):
                yield path


def _entry(each):
    if each.is_symlink():
        return Entry(LINK, target=os.readlink(each.path))
    state = each.stat(follow_symlinks=False)
    if stat.S_ISDIR(state.st_mode):
        return Entry(FOLDER, mtime=state.st_mtime)
    if stat.S_ISREG(state.st_mode):
        return Entry(FILE, state.st_size, state.st_mtime)
    return Entry(SPECIAL, mtime=state.st_mtime)
