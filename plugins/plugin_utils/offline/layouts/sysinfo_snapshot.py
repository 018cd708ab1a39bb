# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sysinfo-snapshot of NVIDIA: one page of HTML with every output, and folders beside it (3.7.9).

On the page each output is a ``<p>`` after its command, or the path of its file, in ``<h2>``; a line ends with
``<br/>``, and a tab has become four ``&nbsp;``.
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
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import (
    host_name,
    origin_of,
    taken,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import question
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FILE, FOLDER, Members, shown

LAYOUT = "sysinfo_snapshot"
MARK = rb"ethtool_S|[^/]*sysinfo-snapshot[^/]*\.html"
WANTED = rb"ethtool_S/.*|[^/]+\.html|commands_txt_output/(?:proc)?(?:interrupts|zoneinfo|sysctl_a)[^/]*"

_FAILED = ("Could not run command", "Could not run the command")
_RULE = re.compile(r"^_{10,}\s*$", re.MULTILINE)
_PATH = re.compile(r"(?:cat )?(/proc/[\w./-]+|/sys/[\w.:/-]+)\Z")
_FILES = {"interrupts": "/proc/interrupts", "zoneinfo": "/proc/zoneinfo"}

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
        origin=origin_of(members, root),
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
    """``blocks`` are ``(title, text)`` of each heading with what follows it up to the next one."""

    def __init__(self):
        html.parser.HTMLParser.__init__(self, convert_charrefs=True)
        self.blocks = []
        self._in_title = self._in_link = False
        self._title, self._text = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "h2":
            self.end_block()
            self._in_title = True
        elif tag == "br":
            self._text.append("\n")
        self._in_link = tag == "a" or (self._in_link and tag != "p")

    def handle_endtag(self, tag):
        if tag == "h2":
            self._in_title = False
        elif tag == "a":
            self._in_link = False

    def handle_data(self, data):
        if self._in_title:
            self._title.append(data)
        elif not self._in_link:
            self._text.append(data.replace("\xa0" * 4, "\t"))

    def end_block(self):
        title = " ".join("".join(self._title).split())
        if title:
            self.blocks.append((title[:200], "".join(self._text)))
        self._title, self._text = [], []


def _take_page(text, name, files, outputs):
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block()
    for title, content in page.blocks:
        content = content.strip("\n") + "\n"
        place = f"{name}: {shown(title)}"
        path = _PATH.match(title)
        if path:
            files.setdefault(path.group(1).encode("utf-8"), content.encode("utf-8"))
        elif title == "ethtool_all_interfaces":
            _take_ethtool(content, place, outputs)
        else:
            _take(question(title), content, place, outputs)


def _take_ethtool(text, place, outputs):
    for block in _RULE.split(text):
        lines = block.split("\n")
        # Before the first command is the version of ethtool.
        for number, line in enumerate(lines):
            key = question(line) if line.startswith("ethtool ") else None
            if key is not None:
                content = "\n".join(lines[number + 1 :]).strip("\n") + "\n"
                _take(key, content, f"{place}: {' '.join(line.split())}", outputs)
                break


def _take(key, content, place, outputs):
    if key is None:
        return
    if content.startswith(_FAILED):
        outputs.setdefault(
            key, Unavailable("unsupported", f"{place}: the command failed, and nobody kept what it said")
        )
    elif content.strip():
        outputs.setdefault(key, Output(content, place))


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
        plain = re.sub(r"\Aproc", "", told.partition(".")[0])
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
