# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives for the tests, by other tools than those that read them where there are any: tar, and Python's zipfile."""

import io
import os
import subprocess
import tarfile
import zipfile

#: Ways to pack a folder: the name of the archive's form, and the words of tar for it.
TARS = {
    "tar": ["--format=gnu"],
    "tar.gz": ["-z", "--format=pax"],
    "tar.xz": ["-J", "--format=posix"],
    "tar.bz2": ["-j", "--format=oldgnu"],
}


def write_tree(root, files):
    """``{path: str, bytes, or ("link", target)}`` below *root*."""
    for path, content in files.items():
        place = os.path.join(str(root), path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if isinstance(content, tuple):
            os.symlink(content[1], place)
        else:
            with open(place, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode("utf-8"))


def pack(root, form, place):
    """The folder *root*, as a folder in the archive *place*."""
    above, name = os.path.split(str(root))
    if form == "zip":
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder, folders, files in os.walk(str(root)):
                for entry in files + [each for each in folders if os.path.islink(os.path.join(folder, each))]:
                    _zip(archive, os.path.join(folder, entry), above)
    else:
        subprocess.run(["tar", "-C", above, *TARS[form], "-cf", str(place), name], check=True)
    return str(place)


def _zip(archive, path, above):
    name = os.path.relpath(path, above)
    if os.path.islink(path):
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        archive.writestr(info, os.readlink(path))
    else:
        archive.write(path, name)


def tar_of(*members, form=tarfile.PAX_FORMAT):
    """A tar of ``(name, content)``, bytes of a file or a ``tarfile.TarInfo`` field dictionary, as bytes."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, dict):
                for key, value in content.items():
                    setattr(info, key, value)
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def link(target):
    return {"type": tarfile.SYMTYPE, "linkname": target}


def hard_link(target):
    return {"type": tarfile.LNKTYPE, "linkname": target}
