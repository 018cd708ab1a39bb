# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``date`` printed, as seconds since 1970."""

from __future__ import annotations

import calendar
import re
import time

# "Thu Nov 26 11:50:54 UTC 2026"; newer coreutils in an English locale: "Thu Nov 26 11:50:54 AM UTC 2026" or "Thu 26 Nov
# 2026 11:50:54 AM UTC".
_DATE = re.compile(
    r"\w{3},? (?:(?P<month>[A-Z][a-z]{2}) +(?P<day>[0-9]{1,2})|(?P<day2>[0-9]{1,2}) +(?P<month2>[A-Z][a-z]{2}) (?P<year2>[0-9]{4})),?"
    r" (?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?: (?P<half>AM|PM))? (?P<zone>UTC|GMT|[+-][0-9]{2,4})(?: (?P<year>[0-9]{4}))?\s*\Z"
)


def utc_seconds(text: str) -> int | None:
    """Seconds since 1970 of the output of ``date``; None where it is none, or where its zone is a name of many.

    "CST" is of China, of Cuba and of America.
    """
    match = _DATE.match(" ".join(text.split()))
    if not match:
        return None
    said = match.groupdict()
    year, month, day = said["year"] or said["year2"], said["month"] or said["month2"], said["day"] or said["day2"]
    clock = said["clock"] + (f" {said['half']}" if said["half"] else "")
    form = "%Y %b %d %I:%M:%S %p" if said["half"] else "%Y %b %d %H:%M:%S"
    try:
        seconds = calendar.timegm(time.strptime(f"{year} {month} {day} {clock}", form))
    except (ValueError, OverflowError):
        return None
    return seconds - _offset_s(said["zone"])


def _offset_s(zone):
    if zone in ("UTC", "GMT"):
        return 0
    digits = zone[1:].ljust(4, "0")
    return (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
