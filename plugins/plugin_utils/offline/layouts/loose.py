# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files whose names say what they are, as people put them into a folder; and what was copied from a terminal.

``ethtool_-S_eth0``, ``ethtool -g eth0.txt``, ``softnet_stat``, ``proc_net_snmp``, a tree with ``proc/`` and ``sys/``,
or a text in which each output follows the line of the shell that asked for it. Where several folders have the same
files, each is a sample, or a host, of its own; what lies above them belongs to all of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured, Output
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import (
    HostFiles,
    Link,
    Member,
    Placed,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import meaning
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import host_name, taken
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import mangled
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FILE,
    LINK,
    CaptureError,
    Members,
    shown,
)

LAYOUT = "loose"

#: Texts at the top, or one folder below, may have been copied from a terminal.
WANTED = (
    rb"[^/]*(?:ethtool|softnet|snmp|netstat|nstat|interrupts|softirqs|meminfo|zoneinfo|buddyinfo|sockstat|sysctl|lscpu"
    rb"|numactl|uname|uptime|date|hostname|timestamp|proc[_.]|link|addr|qdisc|ss[_-])[^/]*|[^/]+\.(?:txt|log|out)"
)

#: A text copied from a terminal is no longer than that.
_LONGEST_TEXT = 8 << 20

_TIMES = re.compile(r"(?:timestamp|time|epoch|taken(?:_at)?)(?:\.txt)?\Z", re.IGNORECASE)
_EPOCH = re.compile(r"\s*([0-9]{9,11}(?:\.[0-9]{1,9})?)\s*\Z")

#: Folders whose names say that they are of one host, in the order of time.
_EARLIER = re.compile(r"(?:before|begin|start|first|old|pre|t?0|a)\Z", re.IGNORECASE)
_SAMPLE = re.compile(
    r"(?:before|after|begin|end|start|stop|first|second|third|old|new|pre|post|(?:t|sample|run)?[-_]?[0-9]{1,4}|[ab]"
    r"|[0-9]{4}-?[0-9]{2}-?[0-9]{2}.*)\Z",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"([0-9]+)")


class _Part:
    """What one file, or one block of it, is: *what* it means, where it was found, and its content."""

    def __init__(self, what, place, folders, read, when):
        self.what = what
        self.place = place
        self.folders = folders
        self.read = read
        self.when = when


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """A :class:`captured.Captured` for each sample below *root*, in the order of time as far as the names tell it."""
    parts = list(_parts(members, root.rstrip(b"/")))
    if not any(part.what for part in parts):
        raise CaptureError(f"{members.origin}: no file whose name says what it is")
    top = re.sub(r"\.(?:tar(?:\.\w+)?|tgz|txz|tbz2?|zip)\Z", "", members.origin.rstrip("/").rpartition("/")[2])
    yield from _samples(members, parts, 0, [], top or members.origin)


def _parts(members, root):
    for path in sorted(members.below(root or b"/")):
        kind = members.kind(path)
        text = path[len(root) :].decode("utf-8", "surrogateescape")
        folders = text.split("/")[1:-1]
        place = shown(path[1:])
        if kind == LINK:
            what = meaning.of_path(text)
            if isinstance(what, str):
                yield _Part(what, place, _above(folders), Link(members.link(path)), None)
        elif kind == FILE:
            yield from _of_file(members, path, text, folders, place)


def _of_file(members, path, text, folders, place):
    when = members.mtime(path) if members.is_dated else None
    name = text.rpartition("/")[2]
    if _TIMES.match(name):
        yield _Part(None, place, folders, lambda: _cleaned(members.read(path)), when)
        return
    what = meaning.of_path(text)
    if isinstance(what, str) and any(folder in ("proc", "sys", "etc") for folder in folders):
        yield _Part(what, place, _above(folders), lambda: members.read(path), when)
    elif what is not None:
        yield _Part(what, place, folders, lambda: _cleaned(members.read(path)), when)
    elif members.entry(path).size <= _LONGEST_TEXT and not name.endswith((".json", ".yml", ".html", ".md", ".py")):
        yield from _of_text(members, path, folders, place, when)


def _of_text(members, path, folders, place, when):
    """The outputs in a text: each follows its line of a shell; or the whole says itself what it is."""
    try:
        data = members.read(path)
    except (Unavailable, OSError):
        return
    if b"\0" in data[:1024]:
        return
    text = _cleaned(data).decode("utf-8", "replace")
    blocks = list(_blocks(text))
    if not blocks:
        what = meaning.of_head(text)
        blocks = [(what, 1, text)] if what else []
    for what, line, block in blocks:
        content = block.strip("\n") + "\n"
        yield _Part(what, f"{place} line {line}", folders, lambda content=content: content.encode("utf-8"), when)


def _blocks(text):
    """``(meaning, number of its line, text)`` of each output after a line of a shell."""
    what, began, lines = None, 0, []
    for number, line in enumerate(text.split("\n"), 1):
        found = meaning.of_line(line)
        if found is None:
            lines.append(line)
            continue
        if what and lines:
            yield what, began, "\n".join(lines)
        what, began, lines = found, number, []
    if what and lines:
        yield what, began, "\n".join(lines)


def _above(folders):
    """The folders above a tree of the host's files."""
    for place, folder in enumerate(folders):
        if folder in ("proc", "sys", "etc"):
            return folders[:place]
    return folders


def _cleaned(data):
    """A text that went through an editor: with the newline at its end, and without the carriage returns."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if b"\r\n" in data:
        data = data.replace(b"\r\n", b"\n")
    first, newline, rest = data.lstrip(b"\n").partition(b"\n")
    # The line of the shell that was copied with it.
    if newline and meaning.of_line(first.decode("utf-8", "replace")):
        data = rest
    return data if data.endswith(b"\n") or not data else data + b"\n"


def _samples(members, parts, depth, shared, name):
    """Those of *parts*, which share the first *depth* folders; *shared* are parts that belong to all of them."""
    here = [part for part in parts if len(part.folders) <= depth]
    below = {}
    for part in parts:
        if len(part.folders) > depth:
            below.setdefault(part.folders[depth], []).append(part)
    if not below or not _twice(parts):
        yield _capture(members, parts, shared, name)
        return
    if len(below) == 1 and not _twice(here):
        folder, inner = below.popitem()
        yield from _samples(members, inner, depth + 1, shared + here, name)
        return
    are_samples = all(_SAMPLE.match(folder) for folder in below)
    for folder in sorted(below, key=_in_time):
        inner_name = name if are_samples else f"{name}/{shown(folder)}" if depth else shown(folder)
        yield from _samples(members, below[folder], depth + 1, shared + here, inner_name)


def _in_time(folder):
    words = [int(word) if word.isdecimal() else word for word in _NUMBERS.split(folder[:100])]
    return not _EARLIER.match(folder), [(isinstance(word, str), word) for word in words]


def _twice(parts):
    """Whether two of them are the same of different folders."""
    seen = {}
    return any(part.what and seen.setdefault(part.what, part.folders) != part.folders for part in parts)


def _capture(members, parts, shared, name):
    files, outputs, problems, told = {}, {}, [], None
    for part in parts + shared:
        if part.what is None:
            told = told or _epoch(part)
        elif isinstance(part.what, str):
            files.setdefault(part.what.encode("utf-8", "surrogateescape"), _content(part))
        elif part.what in outputs:
            problems.append(f"{part.place}: left out, {outputs[part.what].place} is the same")
        else:
            outputs[part.what] = _output(part)
    host_files = HostFiles([Placed(files)])
    inside = os.path.commonprefix([part.folders for part in parts])
    found = Captured(
        name=host_name(host_files, outputs) or name,
        origin=shown("/".join([members.origin, *inside])),
        layout=LAYOUT,
        files=host_files,
        outputs=outputs,
        problems=problems,
        would_be=would_be,
    )
    found.taken, found.taken_from, found.taken_precision_s = told or taken(host_files, outputs)
    return found


def _content(part):
    return part.read if isinstance(part.read, Link) else Member(part.read)


def _output(part):
    try:
        return Output(part.read().decode("utf-8", "replace"), part.place, part.when)
    except Unavailable as error:
        return Unavailable(error.reason, f"{part.place}: {error.detail}")
    except OSError as error:
        return Unavailable.from_os_error(part.place, error)


def _epoch(part):
    try:
        match = _EPOCH.match(part.read().decode("ascii", "replace"))
    except (Unavailable, OSError):
        return None
    return (float(match.group(1)), part.place, 1.0) if match else None


def would_be(key):
    """How the file would be called that has an output."""
    words, interface, namespace = key
    command = " ".join(words if interface is None else (*words, interface))
    return mangled(f"ip netns exec {namespace} {command}" if namespace else command)
