# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What capture.sh of this collection left: settings once, and two samples of what counts (docs/capture.md)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles, Placed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import (
    Outputs,
    host_layers,
    origin_of,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import mangled
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import (
    FOLDER,
    CaptureError,
    Members,
    shown,
)

LAYOUT = "capture"

MARK = rb"capture\.txt"

WANTED = rb"capture\.txt|(?:settings|[1-9])/.*"

#: The first line of capture.txt: the version of the layout.
_FIRST, _VERSION = "packetloss-capture", "1"

_SETTINGS = b"/settings"
_SAMPLE = re.compile(rb"[1-9]\Z")

#: What glibc, musl and BusyBox call the errors of the kernel, in the locale C.
_ERRORS = {
    "No such file or directory": errno.ENOENT,
    "Permission denied": errno.EACCES,
    "Operation not permitted": errno.EPERM,
    "Operation not supported": errno.EOPNOTSUPP,
    "Not supported": errno.EOPNOTSUPP,
    "Invalid argument": errno.EINVAL,
    "Input/output error": errno.EIO,
    "I/O error": errno.EIO,
    "No such device": errno.ENODEV,
    "No such device or address": errno.ENXIO,
    "Network is down": errno.ENETDOWN,
    "Device or resource busy": errno.EBUSY,
    "Resource busy": errno.EBUSY,
    "No such process": errno.ESRCH,
    "Is a directory": errno.EISDIR,
}

#: How capture.sh calls what it does not call as :mod:`captured` does.
_COMMANDS = {captured.IP_LINK: "ip -s -s -d link", captured.TC: "tc -s -d qdisc"}
#: What is asked of each sample; the rest is asked once.
_COUNTED = (captured.IP_LINK, captured.TC, captured.STATISTICS)
_ASKED = (
    *_COUNTED,
    captured.IP_ADDRESS,
    captured.ETHTOOL,
    captured.DRIVER,
    captured.RINGS,
    captured.CHANNELS,
    captured.COALESCE,
    captured.FEATURES,
    captured.PAUSE,
    captured.RSS,
    captured.PRIVATE_FLAGS,
)

#: All that anything is read of was looked for; of an interface that was not asked see ``--interface``.
_ABSENCE = "the host did not show it to capture.sh"

_NUMBERS = ("page_size_bytes", "clock_ticks_per_s", "user_id")
_ZONE = re.compile(r"([+-])([0-9]{2})([0-9]{2})\Z")
#: Of a time in seconds.
_SECONDS = re.compile(r"[0-9]{1,12}\Z")


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """Each sample as a :class:`captured.Captured`, in their order; raises CaptureError."""
    origin = origin_of(members, root)
    root = root.rstrip(b"/")
    try:
        told, problems = _told(members, root, origin)
    except CaptureError as error:
        # A file of the same name that has nothing to do with it: others may know what is beside it.
        members.note(str(error))
        return
    samples = sorted(
        name
        for name in members.names(root or b"/")
        if _SAMPLE.match(name) and members.kind(root + b"/" + name) == FOLDER
    )
    if not samples:
        members.note(f"{origin}: a capture with no sample in it: it was cut off; copy it again, or capture again")
        raise CaptureError(members.problems[-1])
    for name in samples:
        yield _captured(members, root, name, origin, told, list(problems))


def _captured(members, root, name, origin, told, problems):
    number = name.decode("ascii")
    taken = _seconds(told.get(f"sample_{number}_taken_at"))
    layers, outputs = [], {}
    for folder in (b"/" + name, _SETTINGS):
        place = root + folder
        if members.kind(place) != FOLDER:
            problems.append(f"{origin}: the folder {shown(folder[1:])} is not in it: it was cut off")
            continue
        layers += [*host_layers(members, place), Placed(_refusals(members, place, problems))]
    files = HostFiles(layers, _ABSENCE)
    for folder in (b"/" + name, _SETTINGS):
        found = Outputs(members, root, files, lambda _place: taken)
        found.add_folder(folder + b"/commands")
        problems += found.problems
        for key, output in found.found.items():
            outputs.setdefault(key, output)
    capture = Captured(
        name=told.get("host") or "unknown",
        origin=f"{origin}/{number}",
        layout=LAYOUT,
        files=files,
        outputs=outputs,
        problems=problems,
        zone_offset_s=_zone(told.get("zone_offset", "")),
        would_be=lambda key: _would_be(key, number),
        machine=_machine(told),
    )
    if taken is not None:
        capture.taken, capture.taken_from, capture.taken_precision_s = taken, "the clock of the host", 1.0
    return capture


def _told(members, root, origin):
    """The ``{key: value}`` of capture.txt, and problems."""
    try:
        text = members.read(root + b"/capture.txt").decode("utf-8", "replace")
    except (Unavailable, OSError) as error:
        raise CaptureError(f"{origin}: capture.txt cannot be read: {error}; copy it again, or capture again") from error
    told = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            told.setdefault(key.strip(), value.strip()[:255])
    if not text.startswith(_FIRST + ":"):
        raise CaptureError(f"{origin}: expected a capture of capture.sh, whose capture.txt begins with {_FIRST}:")
    problems = []
    if told[_FIRST] != _VERSION:
        said = told[_FIRST][:20]
        problems.append(
            f"{origin}: a capture of layout {said!r}, read as {_VERSION}: get the newest linuxnet.packetloss"
        )
    return told, problems


def _refusals(members, place, problems):
    """``{path: OSError}`` of what was there and could not be read, as errors.txt of a folder has it."""
    try:
        text = members.read(place + b"/errors.txt")
    except FileNotFoundError:
        return {}
    except (Unavailable, OSError) as error:
        problems.append(f"{shown(place)}/errors.txt: {error}")
        return {}
    found = {}
    for line in text.splitlines():
        path, colon, message = line.rpartition(b": ")
        if colon and path.startswith(b"/"):
            number = _ERRORS.get(message.decode("ascii", "replace"), errno.EIO)
            found.setdefault(os.path.normpath(path), OSError(number, os.strerror(number)))
    return found


def _machine(told):
    """What is said of the machine; what is not said, or is nonsense, is left out."""
    found = {key: int(told[key]) for key in _NUMBERS if _SECONDS.match(told.get(key, ""))}
    if told.get("byte_order") in ("little", "big"):
        found["byte_order"] = told["byte_order"]
    if told.get("architecture"):
        found["architecture"] = told["architecture"]
    return found


def _seconds(text):
    return float(text) if text and _SECONDS.match(text) else None


def _zone(text):
    match = _ZONE.match(text)
    if not match:
        return None
    sign, hours, minutes = match.groups()
    return (1 if sign == "+" else -1) * (int(hours) * 3600 + int(minutes) * 60)


def _would_be(key, number):
    words, interface, namespace = key
    if words not in _ASKED or namespace is not None:
        return None
    command = _COMMANDS.get(words, " ".join(words)) + (f" {interface}" if interface else "")
    return f"{number if words in _COUNTED else 'settings'}/commands/{mangled(command)}"
