# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A supportconfig of SUSE: texts of blocks, each the output of a command or a file (supportutils 3.2).

A block begins at ``#==[ Command ]===#`` or ``#==[ Configuration File ]===#``, whose next line is ``# `` and the command
with its whole path, or the path of the file. It ends where the next one begins, and nowhere else: outputs have lines of
``#`` of their own. Files are without their empty lines and comments. There is no softnet_stat, no interrupts, no
softirqs and no smp_affinity in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured, Output
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles, Placed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import (
    host_name,
    origin_of,
    sar_files,
    taken,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import question
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FILE, Members, shown

LAYOUT = "supportconfig"
MARK = rb"basic-environment\.txt|basic-health-check\.txt"
WANTED = (
    rb"(?:basic-environment|basic-health-check|network|network-[^/]+|memory|hardware|env|proc|sysfs|slert)\.txt|sar/.*"
)

_TEXTS = re.compile(rb"(?:basic-environment|basic-health-check|network|memory|hardware|env|proc|sysfs|slert)\.txt\Z")
_OF_NAMESPACE = re.compile(rb"network-[^/]+\.txt\Z")

_BLOCK = re.compile(r"^#==\[ ([^\]\n]{1,40}) \]=*#?$", re.MULTILINE)
_COMMAND, _FILE = "Command", "Configuration File"
_NO_TOOL = "ERROR: Command not found or not executable"

# "/proc/x - File not found" is none.
_PATH = re.compile(r"(?:(?:/usr)?/bin/cat )?(/(?:proc|sys|etc)/\S+)\Z")

_TOP = re.compile(r"(?:scc|nts)_(.+?)_[0-9]{6}_[0-9]{4}")
#: Which text has what, for messages.
_TEXT_OF = {
    captured.SYSCTL: "env.txt",
    captured.UNAME: "basic-environment.txt",
    captured.DATE: "basic-environment.txt",
    captured.HOSTNAME: None,
    captured.UPTIME: "basic-health-check.txt",
    captured.LSCPU: "hardware.txt",
    captured.NUMACTL: "memory.txt",
    captured.RSS: None,
    captured.PAUSE: None,
    captured.PRIVATE_FLAGS: None,
    captured.TIMESTAMPING: None,
    captured.PERMANENT_ADDRESS: None,
    captured.DATE_UTC: None,
    captured.NETSTAT: None,
    captured.NETSTAT_6: None,
}


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """The one :class:`captured.Captured` of a supportconfig whose top folder is *root*."""
    files, outputs, problems = {}, {}, []
    top = root.rstrip(b"/")
    for name in sorted(members.names(root)):
        path = top + b"/" + name
        if members.kind(path) != FILE or not (_TEXTS.match(name) or _OF_NAMESPACE.match(name)):
            continue
        try:
            text = members.read(path).decode("utf-8", "replace")
        except (Unavailable, OSError) as error:
            problems.append(f"{shown(name)}: {error}")
            continue
        _take(text, shown(name), files, outputs)
    host_files = HostFiles([Placed(files)])
    name = shown(top.rpartition(b"/")[2])
    match = _TOP.match(name)
    found = Captured(
        name=host_name(host_files, outputs) or (match.group(1) if match else name),
        origin=origin_of(members, root),
        layout=LAYOUT,
        files=host_files,
        outputs=outputs,
        problems=problems,
        sar=sar_files(members, top, [b"/sar"]),
        would_be=would_be,
    )
    found.taken, found.taken_from, found.taken_precision_s = taken(host_files, outputs)
    yield found


def blocks(text: str) -> Iterator[tuple[str, str, int, str]]:
    """``(kind, what, number of its first line, content)`` of each block of a text."""
    found = list(_BLOCK.finditer(text))
    line, counted = 1, 0
    for match, after in zip(found, [*found[1:], None]):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        what, _newline, content = text[match.end() + 1 : after.start() if after else len(text)].partition("\n")
        yield match.group(1), what.lstrip("#").strip(), line, content


def _take(text, name, files, outputs):
    for kind, what, line, content in blocks(text):
        place = f"{name} line {line}"
        # The empty line before the next block is the collector's.
        content = content.rstrip("\n") + "\n" if content.strip("\n") else ""
        path = _PATH.match(what)
        if path and kind in (_COMMAND, _FILE):
            files.setdefault(path.group(1).encode("utf-8", "replace"), content.encode("utf-8"))
            continue
        key = question(what) if kind == _COMMAND else None
        if key is None:
            continue
        if content.startswith(_NO_TOOL):
            outputs.setdefault(key, Unavailable("absent", f"{place}: the host has no {key[0][0]}"))
        else:
            outputs.setdefault(key, Output(content, place))


def would_be(key):
    """Which text would have an output; None where supportconfig never asks for it."""
    words, _interface, namespace = key
    place = _TEXT_OF.get(words, "network.txt")
    return f"network-{namespace}.txt" if namespace and place == "network.txt" else place
