# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The named thresholds of ``limits.yml``, and what a site sets in their place (``packetloss_limits``)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "limits.yml"


class LimitError(ValueError):
    """A threshold that cannot be used: which one, what it is, what is expected."""


@dataclass(frozen=True)
class Limit:
    """One threshold: its value, its unit ("share" is 0 to 1), what it means, and where the number is from."""

    value: float
    unit: str
    meaning: str
    why: str


@cache
def built_in() -> dict[str, Limit]:
    """The collection's own limits by name, read once in a process."""
    return {name: Limit(**fields) for name, fields in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()}


def limits(own: Any = None) -> dict[str, float]:
    """``{name: value}`` of all limits, with a site's *own* values in them. Raises :class:`LimitError`."""
    known = built_in()
    if own is not None and not isinstance(own, dict):
        raise LimitError(f"packetloss_limits: expected a mapping of names to numbers, found {own!r}")
    values = {name: limit.value for name, limit in known.items()}
    for name, value in (own or {}).items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
            raise LimitError(f"packetloss_limits: there is no limit {name!r}; {hint}")
        values[name] = _number(name, value, known[name])
    return values


def _number(name: str, value: Any, limit: Limit) -> float:
    most = 1 if limit.unit == "share" else float("inf")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        expected = "a share of 0 to 1" if limit.unit == "share" else f"a number in {limit.unit}, 0 or more"
        raise LimitError(f"packetloss_limits: {name} is {value!r}, expected {expected}: {limit.meaning}")
    return value
