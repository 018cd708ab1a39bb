# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a capture lacks and a rule would look at: what to capture next time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import pointer
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.derive import derive
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import dig, entries, table

#: How the reason of something absent names the file or the command that would have had it.
NAMED = re.compile(
    r"^(?:[^;]*: |the output of )?(?P<name>[^;]+?):? (?:is not in this capture|No such file or directory)"
)

#: A command behind the name of the member that would have had its output.
COMMAND = re.compile(r"^.* \((?P<name>[^()]+)\)$")

#: A file of a PCI function, by which path it is there however the buses are connected.
OF_PCI = re.compile(r"^/sys/devices/pci.*/(\w+)$")

#: So many are named.
MOST_NAMED = 40


def next_time(document: dict[str, Any], limits: Mapping[str, float]) -> list[str]:
    """The files and commands that are not in a capture and that the signals look for, in the order of the document.

    What differs in nothing but the interface is one, with ``*`` in its place. What the host itself may not have is
    among them: files cannot tell.
    """
    absent = [
        (str(dig(entry, "path")), COMMAND.sub(r"\g<name>", match.group("name")))
        for entry in entries(document, "unavailable")
        if dig(entry, "reason") == "absent" and (match := NAMED.match(str(dig(entry, "detail"))))
    ]
    if not absent:
        return []
    missed = looked_for(document, limits)
    above_missed = {above for path in missed for above in _with_all_above(path)}
    interfaces = sorted(table(document, "nics"), key=len, reverse=True)
    any_of_them = (
        re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, interfaces))})(?![\w.-])") if interfaces else None
    )
    grouped: dict[str, list[str]] = {}
    for path, name in absent:
        # It, or something above it or below it.
        if path in above_missed or not missed.isdisjoint(_with_all_above(path)):
            place = OF_PCI.sub(r"/sys/bus/pci/devices/*/\1", name)
            grouped.setdefault(any_of_them.sub("*", place) if any_of_them else place, []).append(place)
    named = [pattern if len(set(names)) > 1 else names[0] for pattern, names in grouped.items()]
    return named[:MOST_NAMED]


def looked_for(document: dict[str, Any], limits: Mapping[str, float]) -> set[str]:
    """The JSON pointers of what the signals ask a document for and find missing."""
    missed: set[str] = set()
    derive(_traced(document, (), missed), limits)
    return missed


class _Traced(dict):
    """A mapping that notes what it was asked for in vain."""

    def __init__(self, content: dict[str, Any], keys: tuple[str, ...], missed: set[str]):
        super().__init__({key: _traced(value, (*keys, str(key)), missed) for key, value in content.items()})
        self._keys, self._missed = keys, missed

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key, default)
        if found is None:
            self._missed.add(pointer(*self._keys, key))
        return found


def _traced(value: Any, keys: tuple[str, ...], missed: set[str]) -> Any:
    return _Traced(value, keys, missed) if isinstance(value, dict) else value


def _with_all_above(path: str) -> list[str]:
    """A JSON pointer, and those of all that it is in."""
    found = []
    while path:
        found.append(path)
        path = path.rpartition("/")[0]
    return found
