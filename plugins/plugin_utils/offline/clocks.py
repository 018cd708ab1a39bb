# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``date`` and ``uptime`` print, in seconds."""

from __future__ import annotations

import calendar
import re
import time

# "Thu Nov 26 11:50:54 UTC 2026", with AM or PM in newer coreutils; or "Thu 26 Nov 2026 11:50:54 AM UTC".
_TIME = r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?: (?P<half>AM|PM))? (?P<zone>UTC|GMT|[+-][0-9]{2,4})"
_MONTH = r"(?P<month>[A-Z][a-z]{2})"
_DAY, _YEAR = r"(?P<day>[0-9]{1,2})", r"(?P<year>[0-9]{4})"
_DATES = (
    re.compile(rf"\w{{3}},? {_MONTH} {_DAY} {_TIME} {_YEAR}\Z"),
    re.compile(rf"\w{{3}},? {_DAY} {_MONTH} {_YEAR} {_TIME}\Z"),
)

# "up 50 min", "up 1:02", "up 3 days, 1:02", "up 1 day, 4 min", "up 42 days"; of `uptime -p`: "up 2 weeks, 1 day, 3 hours".
_UPTIME = re.compile(r"\bup +((?:[0-9]+ +[a-z]+|[0-9]{1,2}:[0-9]{2})(?:, +(?:[0-9]+ +[a-z]+|[0-9]{1,2}:[0-9]{2}))*)")
_UNITS_S = {"min": 60, "minute": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800, "year": 31536000, "sec": 1}


def utc_seconds(text: str) -> int | None:
    """Seconds since 1970 of the output of ``date``; None where it is none, or where its zone is a name of many.

    "CST" is of China, of Cuba and of America.
    """
    text = " ".join(text[:200].split())
    match = next(filter(None, (form.match(text) for form in _DATES)), None)
    if not match:
        return None
    said = match.groupdict()
    clock = said["clock"] + (f" {said['half']}" if said["half"] else "")
    form = "%Y %b %d %I:%M:%S %p" if said["half"] else "%Y %b %d %H:%M:%S"
    try:
        seconds = calendar.timegm(time.strptime(f"{said['year']} {said['month']} {said['day']} {clock}", form))
    except (ValueError, OverflowError):
        return None
    return seconds - _offset_s(said["zone"])


def _offset_s(zone):
    if zone in ("UTC", "GMT"):
        return 0
    digits = zone[1:].ljust(4, "0")
    return (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)


def uptime_seconds(text: str) -> int | None:
    """How long the host was up, from the output of ``uptime``, to the minute; None where it is none."""
    match = _UPTIME.search(text[:200])
    if not match:
        return None
    seconds = 0
    for part in match.group(1).split(","):
        number, _blank, unit = part.strip().partition(" ")
        if ":" in number:
            hours, minutes = number.split(":")
            seconds += int(hours) * 3600 + int(minutes) * 60
        else:
            unit = unit.strip()
            # "2 users" comes after it.
            each = _UNITS_S.get(unit.rstrip("s") or unit)
            if each is None:
                break
            seconds += int(number) * each
    return seconds
