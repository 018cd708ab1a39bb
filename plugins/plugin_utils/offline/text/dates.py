# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``uptime`` and ``uname -a`` print."""

import re

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import refusal

# " 11:50:53 up 50 min,  1 user,", "up 12 days,  3:04,", "up 1 day, 2 min,", "up 5:17,", also "up 3 sec"
_UPTIME = re.compile(
    r"\bup\s+(?:(?P<days>[0-9]{1,6})\s+days?,\s*)?(?:(?P<hours>[0-9]{1,2}):(?P<minutes>[0-9]{2})\b"
    r"|(?P<only>[0-9]{1,2})\s+min\b|(?P<seconds>[0-9]{1,2})\s+sec\b)?"
)


def uptime_s(text, place):
    """Seconds since the boot from the output of ``uptime``, to a minute; raises Unavailable."""
    match = _UPTIME.search(text)
    if not match or not any(match.groups()):
        raise refusal(text, place, "'up', and days, hours and minutes")
    told = {name: int(value or 0) for name, value in match.groupdict().items()}
    return told["days"] * 86400 + told["hours"] * 3600 + (told["minutes"] + told["only"]) * 60 + told["seconds"]


def release(text, place):
    """The release of the kernel from the output of ``uname -a``; raises Unavailable."""
    words = text.split()
    if len(words) < 4 or words[0] != "Linux":
        raise refusal(text, place, "'Linux', the name of the host and the release of the kernel")
    return words[2]
