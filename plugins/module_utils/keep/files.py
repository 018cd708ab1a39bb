# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of ours on a machine: written whole or not at all, and only where they are not so already.

Each function says whether it changes something; with *check* it says so and changes nothing. All raise Refused.
"""

import os
import stat
import tempfile

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

_FOLDER_MODE = 0o755


def read(path):
    """The bytes of a file, None where there is none."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, "read", error) from error


def write(path, text, mode=0o644, check=False):
    """Give a file this text (or bytes) and mode; what reads it at the same time sees the old one or the new one."""
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    if read(path) == data and stat.S_IMODE(os.stat(path).st_mode) == mode:
        return False
    if not check:
        try:
            _replace(path, data, mode)
        except OSError as error:
            raise _refused(path, "written", error) from error
    return True


def _replace(path, data, mode):
    folder = _folder_of(path)
    # In the same folder: it gets the label that SELinux gives there, and a rename within it is atomic.
    descriptor, part = tempfile.mkstemp(prefix=".packetloss-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(part, path)
    except BaseException:
        os.unlink(part)
        raise
    _sync(folder)


def _folder_of(path):
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=_FOLDER_MODE, exist_ok=True)
    return folder


def _sync(folder):
    """Make sure that a name is there after a power failure as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link(path, target, check=False):
    """Make *path* a symbolic link to *target*."""
    try:
        if os.path.islink(path) and os.readlink(path) == target:
            return False
        if not check:
            folder = _folder_of(path)
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink(target, path)
            _sync(folder)
        return True
    except OSError as error:
        raise _refused(path, "made a link", error) from error


def remove(path, check=False):
    """Take a file or link away, or a folder that is empty; it may be gone already."""
    try:
        if not os.path.lexists(path):
            return False
        if not check:
            if os.path.isdir(path) and not os.path.islink(path):
                os.rmdir(path)
            else:
                os.unlink(path)
        return True
    except OSError as error:
        raise _refused(path, "removed", error) from error


def _refused(path, what, error):
    return Refused(f"{path} could not be {what}: {error.strerror or error}; become root, or make room for it")
