# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a host below a folder, as somebody captured them: nothing outside of the folder is ever read.

Not for a folder that somebody changes at the same time: between the look at a path and the reading it could become
another one.
"""

import errno
import os
import stat

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import OPEN_FLAGS, path_bytes, read_all
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: The largest file that is read. The rows of /proc/net/tcp of a busy host are some tens of MB.
LARGEST_BYTES = 64 << 20

#: The most names of one directory that are listed.
MOST_NAMES = 1 << 20

#: So many links in one path end the search, as in the kernel (MAXSYMLINKS, include/linux/namei.h).
MOST_LINKS = 40


class Folder:
    """The part ``files`` of a :class:`host.Host`, below the folder *root*.

    A link that is absolute means the folder as ``/``; one that would climb above it, or that leads in a circle, is
    ``absent``. What a link that was refused points to is not told. Only regular files and directories are read: a
    device or a FIFO is ``malformed``, and so is what is larger than :data:`LARGEST_BYTES`.
    """

    def __init__(self, root):
        self._root = os.path.abspath(path_bytes(root)).rstrip(b"/")

    def read(self, path):
        place = self._place(path)
        # Looked at first: to open a device may already do something.
        if not stat.S_ISREG(os.lstat(place).st_mode):
            raise Unavailable("malformed", f"{path}: expected a regular file, found something else")
        descriptor = os.open(place, OPEN_FLAGS | os.O_NOFOLLOW)
        try:
            return read_all(descriptor, LARGEST_BYTES)
        except OverflowError:
            raise Unavailable("malformed", f"{path}: expected at most {LARGEST_BYTES} bytes, found more") from None
        finally:
            os.close(descriptor)

    def write(self, path, data):
        """What was captured is not changed."""
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def names(self, path):
        found = []
        with os.scandir(self._place(path)) as entries:
            for entry in entries:
                if len(found) == MOST_NAMES:
                    raise Unavailable("malformed", f"{path}: expected at most {MOST_NAMES} names, found more")
                found.append(entry.name)
        return found

    def exists(self, path):
        try:
            os.lstat(self._place(path))
            return True
        except (Unavailable, OSError, ValueError):
            return False

    def link(self, path):
        folder, _slash, name = path.rpartition("/")
        return os.readlink(self._place(folder or "/") + b"/" + path_bytes(name))

    def real(self, path):
        return resolve(path_bytes(path), self._target)

    def _place(self, path):
        return self._root + self.real(path)

    def _target(self, path):
        """Where the link at *path* points to, None where there is no link."""
        place = self._root + path
        try:
            return os.readlink(place) if stat.S_ISLNK(os.lstat(place).st_mode) else None
        except OSError as error:
            # What is not there is found out by who opens it.
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise


def resolve(path, target_of):
    """The absolute *path* (bytes) without links and without ``..``, inside of the tree that *target_of* knows.

    :param target_of: takes a path without links before its last part, returns the target (bytes) of a link, else None

    Raises Unavailable ``absent`` for a path that leaves the tree or has no end.
    """
    told = path.decode("utf-8", "replace")
    done, waiting, links = [], path.split(b"/")[::-1], 0
    while waiting:
        part = waiting.pop()
        if part in (b"", b"."):
            continue
        if part == b"..":
            if not done:
                raise Unavailable("absent", f"{told}: a symbolic link leads out of the files that are read")
            done.pop()
            continue
        done.append(part)
        target = target_of(b"/" + b"/".join(done))
        if target is not None:
            links += 1
            if links > MOST_LINKS:
                raise Unavailable("absent", f"{told}: more than {MOST_LINKS} symbolic links, or a circle of them")
            done = [] if target.startswith(b"/") else done[:-1]
            waiting += target.split(b"/")[::-1]
    return b"/" + b"/".join(done)
