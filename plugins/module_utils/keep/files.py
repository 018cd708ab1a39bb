# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are kept: written whole or not at all, and only where they differ."""

import os
import tempfile


def write(path, text, mode=0o644):
    """Give a file this text and mode, by a rename, so that nobody ever reads half of it; whether it was other before.

    The folder is made where there is none. The owner and group of a file that is there stay. Raises OSError.
    """
    data = text.encode("utf-8", "surrogateescape")
    # Behind a link is the file that somebody meant.
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    try:
        before = os.stat(path)
        with open(path, "rb") as stream:
            if stream.read() == data and before.st_mode & 0o7777 == mode:
                return False
    except FileNotFoundError:
        before = None
        os.makedirs(folder, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".packetloss-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if before is not None and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            os.fsync(stream.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    _flush(folder)
    return True


def remove(path):
    """Take a file away; whether it was there. Raises OSError."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    _flush(os.path.dirname(path))
    return True


def _flush(folder):
    """A rename is lasting when the folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
