# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arithmetic on what may be missing: the one place that says what a missing number does to a result.

A host document is a stranger's data, so nothing here trusts its shape: what has not the expected type is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Number = int | float

#: No number of a host is larger: sums of 64-bit counters are far below, and Python can still divide such integers.
LARGEST = 10**30

#: No host has more of one thing (CPUs, queues of a NIC) than this, and no id of one is larger.
MOST_THINGS = 2**16

#: The share by which two views of the same drops differ because they are not read at one instant.
READING_TOLERANCE = 0.05


class Words(str):
    """Text of the collection's own: a sentence takes it as it is, and quotes what a host says."""


def words(value: str | None) -> Words | None:
    """A text of the collection's own as :class:`Words`."""
    return None if value is None else Words(value)


def dig(node: Any, *keys: str) -> Any:
    """The value below *keys* in nested mappings, or None where there is none."""
    for key in keys:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def table(node: Any, *keys: str) -> dict[str, Any]:
    """The mapping below *keys*, empty where there is none."""
    found = dig(node, *keys)
    return found if isinstance(found, dict) else {}


def entries(node: Any, *keys: str) -> list[Any]:
    """The list below *keys*, empty where there is none."""
    found = dig(node, *keys)
    return found if isinstance(found, list) else []


def integers(node: Any, *keys: str) -> list[int]:
    """The ids (CPUs, queues) in the list below *keys*."""
    return [value for value in entries(node, *keys) if count(value) is not None]


def numbered(node: Any, *keys: str) -> dict[int, Any]:
    """The mapping below *keys* by the ids (CPUs, nodes) that its keys are, in their order."""
    found = {int(key): value for key, value in table(node, *keys).items() if key.isdecimal() and len(key) < 6}
    return dict(sorted(found.items()))


def number(value: Any) -> Number | None:
    """*value* where it is a number, else None (a bool is none, nor is what JSON calls NaN or Infinity)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) <= LARGEST else None


def plain(value: Any) -> Any:
    """*value* as JSON can have it and a report can show it: each number in it that is none is None."""
    if isinstance(value, dict):
        return {key: plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, bool)) else number(value)


def count(value: Any) -> int | None:
    """*value* where it is a number of things that a host can have, or the id of one, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_THINGS else None


def text(value: Any) -> str | None:
    """*value* where it is a text (a name, a state), else None."""
    return value if isinstance(value, str) else None


def flag(value: Any) -> bool | None:
    """*value* where it is true or false, else None."""
    return value if isinstance(value, bool) else None


def delta(node: Any, *keys: str) -> int | None:
    """What the counter below *keys* grew by in the interval; None where the interval says nothing about it."""
    return number(dig(node, *keys, "delta"))


def at_least(deltas: Iterable[Number | None]) -> Number | None:
    """The sum of those deltas that are known: a lower bound.

    None where that bound says nothing: no delta is known, or the known ones are 0 while another is missing.
    """
    given = list(deltas)
    known = [value for value in given if value is not None]
    total = sum(known)
    if not known or (not total and len(known) < len(given)):
        return None
    return total


def deltas_of(counters: dict[str, Any], names: Iterable[str]) -> list[int | None]:
    """The deltas of those *names* that this kernel has. One that it lacks cannot have counted anything."""
    return [delta(counters, name) for name in names if name in counters]


def excess(whole: Number | None, *parts: Number | None) -> Number | None:
    """*whole* without its *parts*, at least 0; None where one of them is missing."""
    if whole is None or any(part is None for part in parts):
        return None
    return max(0, whole - sum(parts))


def rest(whole: Number | None, *parts: Number | None) -> Number | None:
    """The :func:`excess`, where it is more than two views of the same drops differ that are not read at one instant."""
    over = excess(whole, *parts)
    return 0 if over is not None and over <= READING_TOLERANCE * sum(parts) else over


def ratio(part: Number | None, whole: Number | None) -> float | None:
    """*part* / *whole*; None where one is missing or there is no whole."""
    if part is None or whole is None or whole <= 0:
        return None
    return number(part / whole)


def per_second(count: Number | None, interval_s: Number | None) -> float | None:
    """The rate of *count* events in the interval."""
    return ratio(count, interval_s)


def largest(values: Iterable[Number | None]) -> Number | None:
    """The largest of the known values; None where none is known."""
    return max((value for value in values if value is not None), default=None)


def doubled(value: Number | None) -> Number | None:
    """Twice a setting: the usual next step."""
    return None if value is None else 2 * value


def is_below(value: Number | None, limit: Number | None) -> bool | None:
    """Whether *value* is below *limit*; None where one is missing."""
    return None if value is None or limit is None else value < limit
