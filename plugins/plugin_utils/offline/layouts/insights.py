# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An archive of the Red Hat Insights client: ``data/insights_commands`` with the names that sos has, ``data/proc``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host_files import HostFiles
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.common import (
    HOST_FILES,
    Outputs,
    host_layers,
    host_name,
    origin_of,
    taken,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import mangled
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import FOLDER, Members, shown

LAYOUT = "insights"
MARK = rb"data/insights_commands|insights_commands"
WANTED = rb"(?:data/)?(?:insights_commands/.*|root/(?:%s)|%s)" % (HOST_FILES, HOST_FILES)

_TOP = re.compile(r"insights-(.+?)-[0-9]{8,14}\Z")


def captures(members: Members, root: bytes) -> Iterator[Captured]:
    """The one :class:`captured.Captured` of an archive whose top folder is *root*."""
    top = root.rstrip(b"/")
    data = top + b"/data" if members.kind(top + b"/data/insights_commands") == FOLDER else top
    tree = data + b"/root" if members.kind(data + b"/root/proc") == FOLDER else data
    files = HostFiles(host_layers(members, tree))
    outputs = Outputs(members, data, files)
    outputs.add_folder(b"/insights_commands")
    name = shown(root.rpartition(b"/")[2])
    match = _TOP.match(name)
    found = Captured(
        name=host_name(files, outputs.found) or (match.group(1) if match else name),
        origin=origin_of(members, root),
        layout=LAYOUT,
        files=files,
        outputs=outputs.found,
        problems=outputs.problems,
        would_be=would_be,
    )
    found.taken, found.taken_from, found.taken_precision_s = taken(files, outputs.found)
    yield found


def would_be(key):
    """How the member would be called that has an output."""
    words, interface, namespace = key
    if namespace is not None:
        return None
    return "data/insights_commands/" + mangled(" ".join(words if interface is None else (*words, interface)))
