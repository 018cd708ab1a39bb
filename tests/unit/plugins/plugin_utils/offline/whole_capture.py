# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures in memory that have something of everything, and archives made of them.

A capture is ``{path in it: content}``: bytes of a file, or a :class:`Link`, :class:`Folder` or :class:`Special`.
"""

import calendar
import functools
import gzip
import io
import lzma
import pathlib
import tarfile
import warnings
import zipfile
from typing import NamedTuple

from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline import sar_files

CASES = pathlib.Path(__file__).resolve().parents[4] / "cases"

#: What an archive can be; the weight says how often it is chosen.
FORMS = {"tar": 6, "tar.gz": 3, "zip": 2, "tar.xz": 1}


class Link(NamedTuple):
    target: str


class Folder(NamedTuple):
    pass


class Special(NamedTuple):
    """A pipe, or a device."""

    kind: bytes = tarfile.FIFOTYPE


def of_case(name):
    """What was captured of one of tests/cases."""
    root = CASES / name / "captured"
    return {f"{name}/{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def sosreport():
    """A host with files of every kind, and outputs of every program that is read for one of its NICs."""
    found = {path[1:]: text.encode("utf-8") for path, text in fake_host.files().items()}
    found.update({path[1:]: Link(target) for path, target in fake_host.LINKS.items()})
    for path, content in of_case("ixgbe-ring-512").items():
        place = path.partition("/")[2]
        if place.startswith("sos_commands"):
            found[place.replace("eth2", "eth0")] = content.replace(b"eth2", b"eth0").replace(b"\n4: eth0", b"\n2: eth0")
    begin = calendar.timegm((2014, 10, 7, 0, 0, 0))
    records = [(begin + end, 600, {"rxdrop": "1.50", "dropd": "0.25"}) for end in range(600, 7200, 600)]
    found["sos_commands/sar/sa07.xml"] = sar_files.xml(records).encode("ascii")
    found["sos_commands/sar/sar06"] = sar_files.text([(end - 86400, *rest) for end, *rest in records]).encode("ascii")
    return {f"sosreport-web1-2014-10-07-abcdefg/{path}": content for path, content in found.items()}


def all_of_them():
    """Captures by name: one that has everything, and every case."""
    return {"sosreport": sosreport(), **{folder.name: of_case(folder.name) for folder in sorted(CASES.iterdir())}}


def pack(capture, form):
    """The bytes of an archive of *capture*, ``[(path, content)]``, so that a path can be there twice."""
    if form == "zip":
        return _zip(capture)
    data = b"".join([_tar_member(path, content) for path, content in capture]) + bytes(2 * tarfile.BLOCKSIZE)
    if form == "tar.gz":
        return gzip.compress(data, 1)
    return lzma.compress(data, preset=0) if form == "tar.xz" else data


# Of a thousand captures most members are the same; what was damaged does not come again.
@functools.lru_cache(512)
def _tar_member(path, content):
    member = tarfile.TarInfo(path)
    member.mtime = 1412688011
    data = b""
    if isinstance(content, Link):
        member.type, member.linkname = tarfile.SYMTYPE, content.target
    elif isinstance(content, Folder):
        member.type = tarfile.DIRTYPE
    elif isinstance(content, Special):
        member.type = content.kind
    else:
        data, member.size = content, len(content)
    return member.tobuf() + data + bytes(-len(data) % tarfile.BLOCKSIZE)


def _zip(capture):
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # That a name is there twice is meant.
        warnings.simplefilter("ignore", UserWarning)
        for path, content in capture:
            _zip_member(archive, path, content)
    return stream.getvalue()


def _zip_member(archive, path, content):
    # A zip has no names of other bytes, nor ones with a zero.
    name = path.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    member = zipfile.ZipInfo(name + ("/" if isinstance(content, Folder) else ""), (2014, 10, 7, 13, 20, 10))
    kinds = {Link: 0o120777, Folder: 0o040755, Special: 0o010644}
    member.external_attr = kinds.get(type(content), 0o100644) << 16
    if isinstance(content, Link):
        content = content.target
    archive.writestr(member, content if isinstance(content, (bytes, str)) else b"")
