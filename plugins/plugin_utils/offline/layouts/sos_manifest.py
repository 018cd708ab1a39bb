# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``sos_reports/manifest.json`` of sos 4.0 and later: when each command was run, and which were cut off.

Since 4.2 ``components.report.plugins.NAME.commands`` has ``filepath``, ``return_code``, ``start_time`` and ``end_time``
(seconds since 1970) and ``truncated`` of each. The times of a plugin are local and without their zone, which the first
of its commands tells. A plugin copies its files first, and runs its commands then: ``/proc/net`` is read between the
start of ``networking`` and that of the command that follows (sos/report/plugins/__init__.py, 4.12).
"""

from __future__ import annotations

import calendar
import json
import math
import time
from collections.abc import Iterator

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import Members

_PLACE = b"/sos_reports/manifest.json"

#: What ``timeout`` of coreutils ends with, which sos runs commands under.
_TIMED_OUT = 124

_QUARTER_S = 900
_FURTHEST_ZONE_S = 14 * 3600

_CLOCK = "sos_reports/manifest.json"

# Of which the counters are, in the order of what tells most.
_COUNTING = ("networking", "hardware", "kernel", "processor", "date")


class Manifest:
    """What a manifest tells; one that is not there, or is damaged, tells nothing.

    ``zone_offset_s`` is how far the local time of the host is ahead of UTC, None where it cannot be told.
    """

    def __init__(self, plugins=None, problems=()):
        self.problems = list(problems)
        plugins = plugins or {}
        self._plugins = plugins
        self._commands = {command["filepath"]: command for command in _commands(plugins)}
        self.zone_offset_s = _zone_offset(plugins)

    def when(self, place: str) -> float | None:
        """When the member *place* (below the top folder) began to be written, in seconds since 1970."""
        return _seconds(self._commands.get(place, {}).get("start_time"))

    def cut_off(self, place: str | None) -> str | None:
        """Why only a part of a member is there; None where nothing says so."""
        command = self._commands.get(place, {})
        if command.get("truncated") is True:
            return "cut at the limit of size of sos"
        return "the command was ended by the limit of time of sos" if command.get("return_code") == _TIMED_OUT else None

    def taken(self) -> tuple | None:
        """``(when the counters were read, from which clock, to what precision in seconds)``."""
        for name in _COUNTING:
            plugin = self._plugins.get(name)
            times = _times(plugin)
            if not times:
                continue
            started = _local(plugin.get("start_time"))
            if started is None or self.zone_offset_s is None:
                return times[0], _CLOCK, 1.0
            # Its files were copied before the first of the commands that came after its start; some come before it.
            began = started - self.zone_offset_s
            ended = next((seconds for seconds in times if seconds >= began), began)
            return began, _CLOCK, max(ended - began, 0.01)
        return None


def read(members: Members, root: bytes) -> Manifest:
    """The manifest of a sosreport whose top folder is *root*."""
    try:
        text = members.read(root.rstrip(b"/") + _PLACE)
    except OSError:
        return Manifest()
    except Unavailable as error:
        return Manifest(problems=[error.detail])
    try:
        plugins = json.loads(text)["components"]["report"]["plugins"]
        if not isinstance(plugins, dict):
            raise TypeError
        return Manifest({name: plugin for name, plugin in plugins.items() if isinstance(plugin, dict)})
    except (ValueError, TypeError, KeyError, RecursionError):
        told = "sos_reports/manifest.json: expected JSON with components.report.plugins, found something else"
        return Manifest(problems=[f"{told}; so the times of the commands are not known"])


def _commands(plugins) -> Iterator[dict]:
    for plugin in plugins.values():
        for command in _of_plugin(plugin):
            if isinstance(command.get("filepath"), str):
                yield command


def _of_plugin(plugin):
    commands = plugin.get("commands") if isinstance(plugin, dict) else None
    return [command for command in commands if isinstance(command, dict)] if isinstance(commands, list) else []


def _seconds(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and 0 < value < 1 << 40 else None


def _local(text):
    """Seconds from 1970 in local time of "2026-11-26 11:50:54.706123"; None where it is no such text."""
    if not isinstance(text, str):
        return None
    whole, _dot, part = text[:40].partition(".")
    try:
        seconds = calendar.timegm(time.strptime(whole.replace("T", " "), "%Y-%m-%d %H:%M:%S"))
        return seconds + (float("0." + part) if part.isdigit() else 0.0)
    except (ValueError, OverflowError):
        return None


def _zone_offset(plugins):
    """From the plugin and the command that came soonest after each other: zones are whole quarters of an hour."""
    nearest = None
    for plugin in plugins.values():
        started = _local(plugin.get("start_time"))
        for seconds in _times(plugin) if started is not None else ():
            offset = round((started - seconds) / _QUARTER_S) * _QUARTER_S
            apart = abs(started - seconds - offset)
            if nearest is None or apart < nearest[0]:
                nearest = apart, offset
    return nearest[1] if nearest is not None and abs(nearest[1]) <= _FURTHEST_ZONE_S else None


def _times(plugin):
    """When its commands were started, sorted."""
    return sorted(filter(None, (_seconds(command.get("start_time")) for command in _of_plugin(plugin))))
