# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``date`` printed, in seconds since 1970."""

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
