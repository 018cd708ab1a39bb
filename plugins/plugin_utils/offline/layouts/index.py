# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which layout a capture has, by the files that are in it; an archive may hold several captures.

A layout is a module with ``LAYOUT`` (its name), ``MARK`` and ``WANTED`` (patterns of paths below the top folder, bytes:
by which a top folder is known, and what is read of it), and ``captures(members, root)``, which yields a
:class:`captured.Captured` for each sample below the top folder *root*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import (
    capture,
    insights,
    loose,
    sosreport,
    supportconfig,
    sysinfo_snapshot,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import Members

#: The first one that fits is it; of a folder in which nothing fits single files may be known by their names.
LAYOUTS = (capture, sosreport, insights, supportconfig, sysinfo_snapshot)

_MARKS = re.compile(rb"(.*)/(?:%s)\Z" % b"|".join(b"(%s)" % layout.MARK for layout in LAYOUTS), re.DOTALL)
_WANTED = re.compile(
    rb"(?:(?:/[^/]*){0,3}?/(?:%s)|(?:/[^/]*){0,2}/(?:%s))\Z"
    % (b"|".join(layout.WANTED for layout in LAYOUTS), loose.WANTED),
    re.DOTALL | re.IGNORECASE,
)


def wanted(path: bytes) -> bool:
    """Whether the content of a member is read in any layout: what :func:`archive.open_capture` asks."""
    return _WANTED.match(path) is not None


def captures(members: Members) -> Iterator[Captured]:
    """The captures in an archive or folder; raises CaptureError where nothing in it is known."""
    found, known = roots(members), False
    for root in sorted(found):
        for sample in found[root].captures(members, root):
            known = True
            yield sample
    if not known:
        yield from loose.captures(members, b"/")


def roots(members: Members) -> dict[bytes, object]:
    """``{top folder: layout}``; a folder in another one that is known is a part of that."""
    found = {}
    for path in members.paths():
        match = _MARKS.match(path)
        if match:
            root, layout = match.group(1) or b"/", LAYOUTS[match.lastindex - 2]
            known = found.get(root)
            if known is None or LAYOUTS.index(layout) < LAYOUTS.index(known):
                found[root] = layout
    return {root: layout for root, layout in found.items() if not any(outer in found for outer in _above(root))}


def _above(root):
    """The folders that a folder is in."""
    while root != b"/":
        root = root.rpartition(b"/")[0] or b"/"
        yield root
