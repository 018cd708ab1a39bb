# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that fits into the columns of a terminal."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, width: int) -> str:
    """*text* with spaces behind it."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int, middle: bool = False) -> str:
    """*text*, or so much of it as fits beside "...": its beginning, or its two ends."""
    if columns(text) <= width:
        return text
    dots = "..."[: max(0, width)]
    room = max(0, width - len(dots))
    if not middle:
        return _first(text, room) + dots
    return _first(text, room - room // 2) + dots + _first(text[::-1], room // 2)[::-1]


def _first(text: str, width: int) -> str:
    """As much of the beginning of a text as fits."""
    end = used = 0
    for end, char in enumerate(text):  # noqa: B007 - where it ends is what is wanted
        used += columns(char)
        if used > width:
            return text[:end]
    return text


def wrapped(text: str, width: int, most: int | None = None) -> list[str]:
    """*text* in lines, broken between words where that is possible; the last of *most* lines is cut."""
    told: list[str] = []
    rest = text.strip()
    while columns(rest) > width:
        if most is not None and len(told) == most - 1:
            break
        fits = _first(rest, width)
        at = fits.rfind(" ") if rest[len(fits) : len(fits) + 1] != " " else len(fits)
        at = at if at > 0 else len(fits)
        told.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*told, cut(rest, width)] if rest else told
