# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an audit keeps what it found, in one folder: of each host ``hosts/<host>.json``, which is all that was read of
it, and ``hosts/<host>.findings.json``, which is what was made of that; of all hosts ``audit.json`` and ``audit.md``.
What became of a host that was remediated is in ``remediations/<host>.json``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.runs import Runs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import HOST, wrong

#: A file name stays this short with its ending, for every file system.
LONGEST_NAME = 200


#: How the names of the two files of a host end.
DOCUMENT, FINDINGS = ".json", ".findings.json"

#: No file of a host is larger than this: the largest document seen has 2 MB.
LARGEST_BYTES = 1 << 28


class StoreError(Exception):
    """The folder cannot be written, or not be read."""


class DamagedError(ValueError):
    """A file in the store that is not what it should be: the message says what is wrong with it."""


class Stored(NamedTuple):
    """What the store has of one host: a part is None where there is no such file, or where it is damaged."""

    host: str
    document: dict[str, Any] | None
    findings: dict[str, Any] | None


class Skipped(NamedTuple):
    """A file in the store that no report is made of, and why."""

    file: str
    why: str


def file_name(host: str) -> str:
    """A file name for an inventory name: one for one, and never a path.

    Every byte outside ``A-Z a-z 0-9 _ -`` and dots that are not first becomes ``%XX``; a name too long ends in its
    SHA-256. ``web1`` stays ``web1``; ``../../x`` becomes ``%2E.%2F..%2Fx``.
    """
    name = re.sub(rb"[^A-Za-z0-9._-]", lambda match: b"%%%02X" % match.group()[0], host.encode("utf-8", "replace"))
    text = name.decode("ascii")
    if text.startswith("."):
        text = "%2E" + text[1:]
    # The document of a host "web1.findings" would be the findings of web1.
    text = re.sub(r"\.(findings)$", r"%2E\1", text)
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

    @property
    def runs(self) -> Runs:
        """The runs that wrote to this folder."""
        return Runs(self.folder)

    def begin(self, task: str) -> str:
        """The id of the run that *task* begins: :meth:`Runs.begin`. Raises :class:`StoreError`, as all that follow."""
        with self._runs_said():
            return self.runs.begin(task)

    def current_run(self) -> str | None:
        """The id of the run that this process began last, or None: :meth:`Runs.current`."""
        with self._runs_said():
            return self.runs.current()

    def seen(self, run: str, hosts: list[str]) -> set[str]:
        """All hosts that have come to the report of a run, *hosts* among them: :meth:`Runs.seen`."""
        with self._runs_said():
            return self.runs.seen(run, hosts)

    def first(self, run: str, task: str) -> bool:
        """Whether this host is the first one that wants to report: :meth:`Runs.first`."""
        with self._runs_said():
            return self.runs.first(run, task)

    @contextmanager
    def _runs_said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(_message(self.runs.folder, error)) from error

    def document_path(self, host: str) -> Path:
        """Where the document of an inventory host is kept."""
        return self.folder / "hosts" / f"{file_name(host)}{DOCUMENT}"

    def findings_path(self, host: str) -> Path:
        """Where the findings of an inventory host are kept."""
        return self.folder / "hosts" / f"{file_name(host)}{FINDINGS}"

    def relative(self, path: Path) -> str:
        """The name of a file below the folder, as the files in it write it: the folder may be moved."""
        return str(path.relative_to(self.folder))

    def write_document(self, host: str, document: dict[str, Any]) -> Path:
        """Keep the document of one host; returns its path."""
        return self._write(self.document_path(host), json.dumps(document, ensure_ascii=False) + "\n")

    def write_findings(self, findings: dict[str, Any]) -> Path:
        """Keep the findings of the host that they name; returns their path."""
        return self._write(self.findings_path(findings["host"]), json.dumps(findings, ensure_ascii=False) + "\n")

    def document(self, host: str) -> dict[str, Any] | None:
        """The document of a host, or None where there is none; raises :class:`DamagedError`."""
        return self._read(self.document_path(host))

    def findings(self, host: str) -> dict[str, Any] | None:
        """The findings of a host, or None where there are none; raises :class:`DamagedError`."""
        return self._findings(self.findings_path(host))

    def readable_findings(self, host: str) -> dict[str, Any] | None:
        """The findings of a host, or None where there are none, or nobody can read them."""
        try:
            return self.findings(host)
        except DamagedError:
            return None

    def stored(self) -> Iterator[Stored | Skipped]:
        """What the folder has of each host, by file name, and every file that is none of an audit.

        A link is followed nowhere, and a name of a host is only ever one that its file name stands for.
        """
        hosts = self.folder / "hosts"
        try:
            names = sorted(path.name for path in hosts.iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise StoreError(
                f"cannot read {hosts}: {error.strerror or error}; set packetloss_dir to the folder of a report"
            ) from error
        stems = {}
        for name in names:
            ending = FINDINGS if name.endswith(FINDINGS) else DOCUMENT
            if name.endswith(ending):
                stems.setdefault(name[: -len(ending)], {})[ending] = name
            else:
                yield Skipped(f"hosts/{name}", "no file of an audit")
        for stem, files in stems.items():
            yield from self._stored(stem, files)

    def _stored(self, stem: str, files: dict[str, str]) -> Iterator[Stored | Skipped]:
        found = dict.fromkeys((DOCUMENT, FINDINGS))
        for ending, read in ((DOCUMENT, self._read), (FINDINGS, self._findings)):
            if ending in files:
                try:
                    found[ending] = read(self.folder / "hosts" / files[ending])
                except DamagedError as error:
                    yield Skipped(f"hosts/{files[ending]}", str(error))
        # A name that was too long is only in the findings.
        host = found[FINDINGS]["host"] if found[FINDINGS] else unquote(stem)
        if file_name(host) != stem:
            yield from (
                Skipped(f"hosts/{name}", "its name is not that of the file of a host") for name in files.values()
            )
        elif found[FINDINGS] or found[DOCUMENT] is not None:
            yield Stored(host, found[DOCUMENT], found[FINDINGS])

    def _findings(self, path: Path) -> dict[str, Any] | None:
        found = self._read(path, parse_constant=_no_number)
        if found is None:
            return None
        if fault := wrong(found, HOST):
            raise DamagedError(fault)
        if self.findings_path(found["host"]).name != path.name:
            raise DamagedError(f"these are the findings of {found['host']!r}")
        if found["document"] not in (None, self.relative(self.document_path(found["host"]))):
            raise DamagedError(f"/document: {found['document']!r} is not the document of this host")
        return found

    def _read(self, path: Path, **how: Any) -> dict[str, Any] | None:
        """The mapping in a file, None where there is no file; raises :class:`DamagedError`."""
        try:
            found = json.loads(_text(path), **how)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DamagedError("a link" if path.is_symlink() else error.strerror or str(error)) from error
        except (ValueError, RecursionError) as error:
            raise error if isinstance(error, DamagedError) else DamagedError(f"no JSON: {error}") from error
        if not isinstance(found, dict):
            raise DamagedError(f"expected a mapping, found {type(found).__name__}")
        return found

    def read(self, name: str) -> dict[str, Any] | None:
        """What :meth:`write_json` kept, None where there is no such file; raises :class:`DamagedError`."""
        return self._read(self.folder / name, parse_constant=_no_number)

    def remediation_name(self, host: str, ending: str = ".json") -> str:
        """The name below the folder of the report on the remediation of an inventory host."""
        return f"remediations/{file_name(host)}{ending}"

    def remediation(self, host: str, shape: Any) -> dict[str, Any] | None:
        """The report on the last remediation of a host, or None where there is none; raises :class:`DamagedError`.

        :param shape: what it must hold, as :func:`shapes.wrong` takes it
        """
        found = self.read(self.remediation_name(host))
        if found is None:
            return None
        if fault := wrong(found, shape):
            raise DamagedError(fault)
        if found["host"] != host:
            raise DamagedError(f"this is the report on {found['host']!r}")
        return found

    @contextmanager
    def alone(self, host: str) -> Iterator[None]:
        """Nobody else who uses this folder changes this host at the same time; raises :class:`StoreError`.

        The kernel lets go of it when this process is gone, however it ended.
        """
        path = self.folder / self.remediation_name(host, ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(_message(path, error)) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(f"another run is at work on {host}: it holds {path}; wait for its end") from None
            yield
        finally:
            os.close(descriptor)

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


def _no_number(name: str) -> None:
    """Python reads NaN and Infinity, which no other program takes for JSON."""
    raise ValueError(f"{name} is no number")


def _text(path: Path) -> str:
    """The text of a plain file in the store itself: a link could lead out of it, a named pipe would never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedError("no plain file")
        if status.st_size > LARGEST_BYTES:
            raise DamagedError(f"larger than {LARGEST_BYTES >> 20} MiB")
        with open(descriptor, encoding="utf-8", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _message(path: Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}; set packetloss_dir to a folder that you can write"
