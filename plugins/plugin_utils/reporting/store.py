# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an audit keeps what it found: ``hosts/<host>.json``, ``audit.json`` and ``audit.md`` in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

#: A file name stays this short with its ending, for every file system.
LONGEST_NAME = 200


class StoreError(Exception):
    """The folder cannot be written."""


def file_name(host: str) -> str:
    """A file name for an inventory name: one for one, and never a path.

    Every byte outside ``A-Z a-z 0-9 _ -`` and dots that are not first becomes ``%XX``; a name too long ends in its
    SHA-256. ``web1`` stays ``web1``; ``../../x`` becomes ``%2E.%2F..%2Fx``.
    """
    name = re.sub(rb"[^A-Za-z0-9._-]", lambda match: b"%%%02X" % match.group()[0], host.encode("utf-8", "replace"))
    text = name.decode("ascii")
    if text.startswith("."):
        text = "%2E" + text[1:]
    if len(text) > LONGEST_NAME:
        digest = hashlib.sha256(host.encode("utf-8", "replace")).hexdigest()[:16]
        text = f"{text[: LONGEST_NAME - 17]}-{digest}"
    return text


class Store:
    """The report folder. Files are written whole or not at all."""

    def __init__(self, folder: str):
        self.folder = Path(os.path.abspath(os.path.expanduser(folder)))

    def prepare(self) -> None:
        """Make the folder, and find out now whether it can be written. Raises :class:`StoreError`."""
        hosts = self.folder / "hosts"
        try:
            hosts.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=hosts).close()
        except OSError as error:
            raise StoreError(_message(hosts, error)) from error

    def document_path(self, host: str) -> Path:
        """Where the document of an inventory host is kept."""
        return self.folder / "hosts" / f"{file_name(host)}.json"

    def write_document(self, host: str, document: dict[str, Any]) -> Path:
        """Keep the document of one host; returns its path."""
        return self._write(self.document_path(host), json.dumps(document, ensure_ascii=False) + "\n")

    def write_json(self, name: str, data: dict[str, Any]) -> Path:
        """Keep *data* for people as well as programs to read; returns its path."""
        return self._write(self.folder / name, json.dumps(data, indent=2, ensure_ascii=False) + "\n")

    def write_text(self, name: str, text: str) -> Path:
        """Keep a page; returns its path."""
        return self._write(self.folder / name, text)

    def _write(self, path: Path, text: str) -> Path:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                    file.write(text)
                os.replace(draft, path)
            except BaseException:
                os.unlink(draft)
                raise
        except OSError as error:
            raise StoreError(_message(path, error)) from error
        return path


def _message(path: Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}; set packetloss_dir to a folder that you can write"
