# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a report words numbers, places and what a host said: escaped for where it is shown."""

from __future__ import annotations

import re
from typing import Any

#: How the name of a subject is told; a name that says already what it is stays as it is.
_NAMED = {"cpu": "CPU {}"}

#: Of several equal subjects so many are named.
NAMES_TOLD = 2


def number(value: Any) -> str:
    """A value as a person reads it: 1234567 is "1,234,567", 0.25 is "0.25", a list is joined by commas."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not known"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, list):
        return ", ".join(number(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {number(item)}" for key, item in value.items())
    return str(value)


def with_unit(item: dict[str, Any]) -> str:
    """The value of an evidence with its unit."""
    return f"{number(item['value'])} {item['unit']}" if item["unit"] else number(item["value"])


def mebibytes(size: int) -> str:
    """Bytes as a person reads them: 5874 * 2 ** 20 is "5,874 MiB"."""
    value = size / 2**20
    return f"{value:,.0f} MiB" if abs(value) >= 10 else f"{value:.1f} MiB"


def counted(count: int, one: str, many: str | None = None) -> str:
    """ "1 host", "1,200 hosts", "3 losses"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def spaced(text: Any) -> str:
    """A word of a program as a person writes it: "not_comparable" is "not comparable"."""
    return str(text).replace("_", " ")


def subject(finding: dict[str, Any]) -> str:
    """What a finding is about: "eth0", "CPU 2", "rx-0, rx-1 and 14 more"; empty for the host as a whole."""
    pattern = _NAMED.get(finding["subject"]["type"], "{}")
    names = (finding["subjects"] or [finding["subject"]["name"] or ""])[:NAMES_TOLD]
    told = ", ".join(name if name.startswith(pattern.format("")) else pattern.format(name) for name in names)
    more = finding["count"] - len(names)
    return f"{told} and {more:,} more" if more > 0 else told


def printable(text: Any) -> str:
    """Text of a host for a terminal: every control character, escape sequences with it, made visible."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(text))


def markdown(text: Any) -> str:
    """Text of a host for a Markdown page: nothing in it is markup, HTML or a new line."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$^])", r"\\\1", printable(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
