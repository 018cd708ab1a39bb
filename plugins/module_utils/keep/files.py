# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are kept: written whole or not at all, and only where they differ.

Each function says whether it changes something; with *check* it says so and changes nothing. All raise OSError, which
:func:`refused` makes a Refused of.
"""

import os
import tempfile

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused


def read(path):
    """The bytes of a file, None where there is none."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def write(path, text, mode=0o644, check=False):
    """Give a file this text (or bytes) and mode, by a rename, so that nobody ever reads half of it.

    The folder is made where there is none. The owner and group of a file that is there stay.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    # Behind a link is the file that somebody meant.
    path = os.path.realpath(path)
    before = os.stat(path) if os.path.exists(path) else None
    if before is not None and read(path) == data and before.st_mode & 0o7777 == mode:
        return False
    if not check:
        _replace(path, data, mode, before)
    return True


def _replace(path, data, mode, before):
    folder = _folder_of(path)
    # In the same folder: it gets the label that SELinux gives there, and a rename within it is atomic.
    descriptor, part = tempfile.mkstemp(prefix=".packetloss-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if before is not None and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            os.fsync(stream.fileno())
        os.rename(part, path)
    except BaseException:
        os.unlink(part)
        raise
    _flush(folder)


def link(path, target, check=False):
    """Make *path* a symbolic link to *target*."""
    if os.path.islink(path) and os.readlink(path) == target:
        return False
    if not check:
        folder = _folder_of(path)
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)
        _flush(folder)
    return True


def remove(path, check=False):
    """Take a file or link away; it may be gone already."""
    if not os.path.lexists(path):
        return False
    if not check:
        os.unlink(path)
        _flush(os.path.dirname(path))
    return True


def remove_folder(path):
    """Take a folder away that is empty; one that is not has files of somebody else."""
    if os.path.isdir(path) and not os.listdir(path):
        os.rmdir(path)


def refused(error):
    """The Refused for an OSError of a file."""
    return Refused(f"{error.filename}: {error.strerror}; nothing can be kept there: become root, or make room for it")


def _folder_of(path):
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    return folder


def _flush(folder):
    """A rename is lasting when the folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
