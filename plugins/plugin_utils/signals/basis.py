# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the numbers of a document are of: an interval that somebody watched, or all the time since boot."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import BOOT
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import LONGEST_S
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import Number, dig, number

#: What an average says nothing about, of a CPU: whether it had time when packets came, and what ended its polling.
OF_AN_INTERVAL = ("squeezes", "squeezes_per_s", "packets_per_squeeze", "squeeze_limit")
OF_AN_INTERVAL += ("softirq_share", "steal_share", "busy_share")

#: ``(seconds, name)`` of the units of a time, the longest first; each is used from two of it on.
UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


def is_since_boot(document: dict[str, Any]) -> bool:
    """Whether there was one reading alone, so that every number is that since boot. An audit has two."""
    return dig(document, "meta", "basis") == BOOT


def is_average(document: dict[str, Any]) -> bool:
    """Whether the numbers are of so long a time that a burst, or a CPU that had no time, does not show in them."""
    interval_s = number(dig(document, "meta", "interval_s"))
    return is_since_boot(document) or (interval_s is not None and interval_s > LONGEST_S)


def since(document: dict[str, Any]) -> str | None:
    """Of what time the numbers are, in words, where that is no interval of an audit: "since boot, 12 days"."""
    if not is_average(document):
        return None
    interval_s = number(dig(document, "meta", "interval_s"))
    if not is_since_boot(document):
        return f"in {duration(interval_s)}"
    return f"since boot, {duration(interval_s)}" if interval_s else "since boot"


def duration(seconds: Number) -> str:
    """A time as a person says it: 1036800 is "12 days", 5400 is "90 minutes"."""
    size, name = next((unit for unit in UNITS if seconds >= 2 * unit[0]), UNITS[-1])
    return f"{seconds / size:,.0f} {name}"
