# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file of findings must hold before a report or a plan is made of it: anybody may put files into a store.

Only what these read is asked for; ``docs/audit.schema.json`` describes the whole.
"""

from __future__ import annotations

from typing import Any

NUMBER = (int, float)
TEXT = str
LARGEST = 1 << 64
#: What may be missing.
OR_NONE = type(None)

SUBJECT = {"type": TEXT, "name": (TEXT, OR_NONE)}
EVIDENCE = {"key": TEXT, "what": TEXT, "value": (TEXT, bool, *NUMBER, list, dict), "unit": (TEXT, OR_NONE)}
ACTION = {
    "knob": TEXT,
    "subject": SUBJECT,
    "set": dict,
    "direction": (TEXT, OR_NONE),
    "when": (TEXT, OR_NONE),
    "conflicts": [TEXT],
    "command": (TEXT, OR_NONE),
    "text": TEXT,
}
FINDING = {
    "id": TEXT,
    "rule": TEXT,
    "title": TEXT,
    "layer": TEXT,
    "severity": {"loss", "risk", "info"},
    "subject": SUBJECT,
    "count": int,
    "subjects": [TEXT],
    "lost": (int, OR_NONE),
    "since?": (TEXT, OR_NONE),
    "rate": ({"value": NUMBER, "unit": TEXT}, OR_NONE),
    "evidence": [EVIDENCE],
    "cause": TEXT,
    "history?": (TEXT, OR_NONE),
    "because_of": [TEXT],
    "actions": [ACTION],
    "cautions": [TEXT],
    "sources": [TEXT],
    "confidence": {"high", "medium", "low"},
}
RING_MEMORY = {
    "error": (TEXT, OR_NONE),
    "now_bytes": (int, OR_NONE),
    "nics": [
        {
            "nic": TEXT,
            "rx": int,
            "rx_queues": int,
            "tx": int,
            "tx_queues": int,
            "now_bytes": int,
            "confidence": TEXT,
            "next_steps": [{"rx": int, "need_bytes": int, "verdict": TEXT}],
        }
    ],
    "not_priced": [{"why": TEXT}],
}

#: Where a document is from that was made of files: its ``meta.captured``.
CAPTURED = {"from": [TEXT], "layout": TEXT, "taken_from": (TEXT, OR_NONE), "problems": [TEXT]}

#: ``hosts/<host>.findings.json``. What an earlier version did not keep has a "?" behind its key.
HOST = {
    "schema_version": {2},
    "host": TEXT,
    "run": (TEXT, OR_NONE),
    "taken_at": TEXT,
    "verdict": {"losing", "lost_before", "at_risk", "unknown", "clean"},
    "unreachable": bool,
    "error": (TEXT, OR_NONE),
    "reasons": [TEXT],
    "findings": [FINDING],
    "not_judged": [{"rule": TEXT, "reason": TEXT, "count": int, "subjects": [TEXT]}],
    "measured": [EVIDENCE],
    "ring_memory": (RING_MEMORY, OR_NONE),
    "document": (TEXT, OR_NONE),
    "basis?": ({"interval", "boot"}, OR_NONE),
    "captured?": ({**CAPTURED, "next_time": [TEXT]}, OR_NONE),
    "history?": ({"when?": (TEXT, OR_NONE), "sentences?": [TEXT]}, OR_NONE),
}


def wrong(value: Any, shape: Any, place: str = "") -> str | None:
    """What is wrong with *value*, as "/findings/0/lost: expected ..., found ...", or None.

    A shape is a type, a set of values, a tuple of shapes of which one must fit, a list whose one item is the shape of
    every item, or a mapping of which each key must be there, unless the shape has a "?" behind it.
    """
    if isinstance(shape, tuple):
        faults = [wrong(value, one, place) for one in shape]
        # The deepest fault is the one that the reader can do something about.
        return None if None in faults else max(faults, key=lambda fault: fault.split(":")[0].count("/"))
    if isinstance(shape, set):
        fits = isinstance(value, (str, int)) and not isinstance(value, bool) and value in shape
        return None if fits else _fault(place, f"one of {', '.join(sorted(map(str, shape)))}", value)
    if isinstance(shape, type):
        fits = isinstance(value, shape)
        if shape in NUMBER:
            # A bool is an int for Python, and none for JSON. Larger numbers are none of a host: no float holds them.
            fits = fits and not isinstance(value, bool) and abs(value) < LARGEST
        return None if fits else _fault(place, _NAMES[shape], value)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _fault(place, "a list", value)
        return next(filter(None, (wrong(item, shape[0], f"{place}/{at}") for at, item in enumerate(value))), None)
    if not isinstance(value, dict):
        return _fault(place, "a mapping", value)
    for name, below in shape.items():
        key = name.removesuffix("?")
        if key not in value:
            if key != name:
                continue
            return f"{place or '/'}: {key} is missing"
        if fault := wrong(value[key], below, f"{place}/{key}"):
            return fault
    return None


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list"}
_NAMES |= {dict: "a mapping", OR_NONE: "null"}


def _fault(place: str, expected: str, value: Any) -> str:
    return f"{place or '/'}: expected {expected}, found {str(value)[:60]!r}"
