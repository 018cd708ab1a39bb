# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a captured host by the paths that they have there, from several layers: what was captured, what a layout
knows to lie elsewhere, and what is made from the outputs of commands.
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.folder import resolve
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import path_bytes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FILE, FOLDER, LINK, shown

#: Of a layout that has what somebody chose: the host may have had more.
NOT_CAPTURED = "is not in this capture"


class Link(NamedTuple):
    """A link in a :class:`Placed`; *target* is bytes."""

    target: bytes


class Member(NamedTuple):
    """A member of an archive in a :class:`Placed`; *read* returns bytes."""

    read: object


class Below:
    """A layer: the members of an archive below one of its folders, which is the root of the host."""

    def __init__(self, members, root=b"/"):
        self._members = members
        self._root = root.rstrip(b"/")

    def kind(self, path):
        return self._members.kind(self._place(path))

    def target(self, path):
        return self._members.link(self._place(path))

    def read(self, path):
        return self._members.read(self._place(path))

    def names(self, path):
        return self._members.names(self._place(path))

    def _place(self, path):
        return self._root + path if path != b"/" else self._root or b"/"


class Placed:
    """A layer: single files, by their paths on the host.

    :param files: ``{path: what is there}`` with bytes for both, or a :class:`Link`, a :class:`Member`, or an error
        (Unavailable, OSError) that is raised in the place of the content, also of that of a folder
    """

    def __init__(self, files):
        self._files = files
        self._folders = {b"/": {}}
        for path in files:
            while path not in self._folders and path != b"/":
                folder, _slash, name = path.rpartition(b"/")
                folder = folder or b"/"
                known = folder in self._folders
                self._folders.setdefault(folder, {})[name] = None
                if known:
                    break
                path = folder

    def kind(self, path):
        if path in self._folders:
            return FOLDER
        found = self._files.get(path)
        return found if found is None else LINK if isinstance(found, Link) else FILE

    def target(self, path):
        return self._files[path].target

    def read(self, path):
        found = self._files[path]
        if isinstance(found, Exception):
            raise found
        return found.read() if isinstance(found, Member) else found

    def names(self, path):
        found = self._files.get(path)
        if isinstance(found, Exception):
            raise found
        return self._folders[path]


class HostFiles:
    """The part ``files`` of a :class:`host.Host` of which there are only files.

    Links are resolved in the layers together: one that is absolute means the root of the host, one that would climb
    above it is ``absent``. Nothing is read but what is in the layers.

    :param layers: the first one that has a path decides; folders have the names of all
    :param absence: what it means that none has it
    """

    def __init__(self, layers, absence=NOT_CAPTURED):
        self.layers = tuple(layers)
        self._absence = absence
        self._real = {}

    def with_made(self, files, links):
        """The same with more files ``{path: bytes or Unavailable}`` and links ``{path: target}`` where there were none.

        Paths and targets are str.
        """
        linked = HostFiles(
            [*self.layers, Placed({path_bytes(path): Link(path_bytes(to)) for path, to in links.items()})]
        )
        placed = {}
        for path, content in files.items():
            try:
                placed[linked.real(path)] = content
            except (Unavailable, ValueError):
                # Below a link that leads nowhere: nobody can ask for it.
                continue
        return HostFiles([*linked.layers, Placed(placed)], self._absence)

    def read(self, path):
        place = self._path(path)
        layer = self._layer(place)
        if layer is None:
            raise self._missing(path)
        if layer.kind(place) == FOLDER:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return layer.read(place)

    def write(self, path, data):
        """What was captured is not changed."""
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def names(self, path):
        place = self._path(path)
        found, there = {}, False
        for layer in self.layers:
            kind = layer.kind(place)
            if kind == FOLDER:
                found.update(dict.fromkeys(layer.names(place)))
                there = True
            elif kind is not None and not there:
                # Of a folder that could not be read the layer has the error.
                layer.names(place) if kind == FILE and isinstance(layer, Placed) else None
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not there:
            raise self._missing(path)
        return list(found)

    def exists(self, path):
        try:
            return self._layer(self._path(path)) is not None
        except (Unavailable, OSError, ValueError):
            return False

    def link(self, path):
        folder, _slash, name = path_bytes(path).rpartition(b"/")
        place = self._path(folder or b"/").rstrip(b"/") + b"/" + name
        layer = self._layer(place)
        if layer is None:
            raise self._missing(path)
        if layer.kind(place) != LINK:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return layer.target(place)

    def real(self, path):
        return self._path(path)

    def _missing(self, path):
        path = shown(path) if isinstance(path, bytes) else path
        return Unavailable("absent", f"{path}: {self._absence}", errno.ENOENT)

    def _path(self, path):
        path = path_bytes(path) if isinstance(path, str) else path
        # Most paths that are asked for share their folder with others.
        folder, _slash, name = path.rpartition(b"/")
        if name in (b"", b".", b"..") or not folder:
            return resolve(path, self._target)
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = resolve(folder, self._target)
        place = real.rstrip(b"/") + b"/" + name
        return place if self._target(place) is None else resolve(path, self._target)

    def _target(self, place):
        layer = self._layer(place)
        return layer.target(place) if layer is not None and layer.kind(place) == LINK else None

    def _layer(self, place):
        for layer in self.layers:
            if layer.kind(place) is not None:
                return layer
        return None
