# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sysinfo-snapshot of NVIDIA: one page of HTML with the text of every output in ``<pre>``, and folders beside it.

``ethtool_all_interfaces`` of the page has, for each question, a line with the command, the output, and a line of ``_``.
The names of the files in ``ethtool_S`` have lost their ``:`` and ``.`` (``eth0.100`` is ``eth0100``).
"""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured, Output
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles, Placed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import host_name, taken
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import question
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FILE, FOLDER, Members, shown

LAYOUT = "sysinfo_snapshot"
MARK = rb"ethtool_S|[^/]*sysinfo-snapshot[^/]*\.html"
WANTED = (
    rb"ethtool_S/.*|[^/]+\.html|commands_txt_output/(?:interrupts|zoneinfo|sysctl_a|softirqs|buddyinfo|meminfo)[^/]*"
)

#: The page of a large host has some tens of MB.
_RULE = re.compile(r"^_{10,}\s*$", re.MULTILINE)
_PATH = re.compile(r"(?:cat )?(/proc/[\w./-]+|/sys/[\w.:/-]+)\Z")
_FILES = {"interrupts": "/proc/interrupts", "zoneinfo": "/proc/zoneinfo", "softirqs": "/proc/softirqs"}

_TOP = re.compile(r"sysinfo-snapshot-v[\w.]+-(.+?)-[0-9]{8}")


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """The one :class:`captured.Captured` of a snapshot whose top folder is *root*."""
    top = root.rstrip(b"/")
    files, outputs, problems = {}, {}, []
    for name in sorted(members.names(root)):
        if name.endswith(b".html") and members.kind(top + b"/" + name) == FILE:
            text = _text(members, top + b"/" + name, problems)
            _take_page(text or "", shown(name), files, outputs)
    _take_statistics(members, top, outputs, problems)
    _take_texts(members, top, files, outputs, problems)
    host_files = HostFiles([Placed(files)])
    name = shown(top.rpartition(b"/")[2])
    match = _TOP.match(name)
    found = Captured(
        name=host_name(host_files, outputs) or (match.group(1) if match else name),
        origin=members.origin + (shown(root) if root != b"/" else ""),
        layout=LAYOUT,
        files=host_files,
        outputs=outputs,
        problems=problems,
        would_be=would_be,
    )
    found.taken, found.taken_from, found.taken_precision_s = taken(host_files, outputs)
    yield found


def _text(members, path, problems):
    try:
        return members.read(path).decode("utf-8", "replace")
    except (Unavailable, OSError) as error:
        problems.append(f"{shown(path)}: {error}")
        return None


class _Page(html.parser.HTMLParser):
    """The texts in ``<pre>``, each with what was written last before it: its title, mostly the command."""

    def __init__(self):
        html.parser.HTMLParser.__init__(self, convert_charrefs=True)
        self.blocks = []
        self._title = ""
        self._inside = None

    def handle_starttag(self, tag, attrs):
        if tag == "pre" and self._inside is None:
            self._inside = []

    def handle_endtag(self, tag):
        if tag == "pre" and self._inside is not None:
            self.blocks.append((self._title, "".join(self._inside)))
            self._inside = None

    def handle_data(self, data):
        if self._inside is not None:
            self._inside.append(data)
        elif data.strip():
            self._title = " ".join(data.split())[:200]


def _take_page(text, name, files, outputs):
    page = _Page()
    page.feed(text)
    page.close()
    for title, content in page.blocks:
        content = content.strip("\n") + "\n"
        place = f"{name}: {shown(title)}"
        path = _PATH.match(title)
        if path:
            files.setdefault(path.group(1).encode("utf-8"), content.encode("utf-8"))
        elif title.startswith("ethtool_all_interfaces"):
            _take_ethtool(content, place, outputs)
        else:
            key = question(title)
            if key is not None:
                outputs.setdefault(key, Output(content, place))


def _take_ethtool(text, place, outputs):
    for block in _RULE.split(text):
        command, _newline, content = block.strip("\n").partition("\n")
        key = question(command.strip())
        if key is not None:
            outputs.setdefault(key, Output(content.strip("\n") + "\n", f"{place}: {shown(command.strip())}"))


def _take_statistics(members, top, outputs, problems):
    folder = top + b"/ethtool_S"
    if members.kind(folder) != FOLDER:
        return
    interfaces = {interface for _words, interface, _namespace in outputs if interface}
    for name in sorted(members.names(folder)):
        told = shown(name)
        stripped = re.sub(r"\Aethtool_S_", "", told)
        if stripped == told or members.kind(folder + b"/" + name) != FILE:
            continue
        fitting = [each for each in interfaces if re.sub(r"[:.]", "", each) == stripped]
        text = _text(members, folder + b"/" + name, problems)
        if text is not None:
            interface = fitting[0] if len(fitting) == 1 else stripped
            key = (captured.STATISTICS, interface, None)
            outputs.setdefault(key, Output(text if text.endswith("\n") else text + "\n", f"ethtool_S/{told}"))


def _take_texts(members, top, files, outputs, problems):
    folder = top + b"/commands_txt_output"
    if members.kind(folder) != FOLDER:
        return
    for name in sorted(members.names(folder)):
        if members.kind(folder + b"/" + name) != FILE:
            continue
        told = shown(name)
        plain = told.partition(".")[0]
        if plain in _FILES:
            text = _text(members, folder + b"/" + name, problems)
            if text:
                files.setdefault(_FILES[plain].encode("ascii"), text.encode("utf-8"))
        elif plain == "sysctl_a":
            text = _text(members, folder + b"/" + name, problems)
            if text:
                outputs.setdefault((captured.SYSCTL, None, None), Output(text, f"commands_txt_output/{told}"))


def would_be(key):
    """Where in a snapshot an output would be."""
    words, interface, namespace = key
    if namespace is not None:
        return None
    if words == captured.STATISTICS:
        return "ethtool_S/ethtool_S_" + re.sub(r"[:.]", "", interface or "")
    if words[0] == "ethtool":
        return "the block ethtool_all_interfaces of the page"
    return "commands_txt_output/sysctl_a" if words == captured.SYSCTL else "the page"
