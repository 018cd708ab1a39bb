# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts make a run fail: ``packetloss_fail_on`` and ``packetloss_tolerance``.

The verdict of a host knows no tolerance: only a host that lost nothing is clean. The gate does, so that one stray
packet does not stop a pipeline.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: What ``packetloss_fail_on`` may be, the strictest last, and which verdicts are no pass then.
FAILING = {
    "never": (),
    "loss": ("losing", "lost_before", "unknown"),
    "risk": ("losing", "lost_before", "at_risk", "unknown"),
}

#: The verdicts that a loss makes.
OF_LOSS = ("losing", "lost_before")


class ToleranceError(ValueError):
    """A tolerance that makes no sense."""


class Tolerance(NamedTuple):
    """What may be lost at one place without failing: a share of the packets that passed it, or a few packets."""

    share: float = 1e-6
    packets: int = 10


#: What is expected of each part, how it is read, and which values make sense.
PARTS = {
    "share": ("a share of the packets, from 0 to below 1; 1.0e-6 is one in a million", float, lambda it: 0 <= it < 1),
    "packets": ("a number of packets, 0 or more", int, lambda it: it >= 0),
}


def tolerance(given: dict[str, Any]) -> Tolerance:
    """The tolerance of ``{"share": 1.0e-6, "packets": 10}``, of which each may be missing.

    Raises :class:`ToleranceError` with what was expected. YAML reads 1e-6 as text, so numbers in a text are numbers.
    """
    parts = {}
    for name, value in given.items():
        if name not in PARTS:
            raise ToleranceError(f"packetloss_tolerance: {name}: unknown; expected {' or '.join(PARTS)}")
        expected, kind, makes_sense = PARTS[name]
        try:
            parts[name] = None if isinstance(value, bool) else kind(value)
        except (TypeError, ValueError, OverflowError):
            parts[name] = None
        # A fraction of a packet would be cut off.
        if parts[name] is None or not makes_sense(parts[name]) or parts[name] != float(value):
            raise ToleranceError(f"packetloss_tolerance: {name}: {value}: expected {expected}")
    return Tolerance(**parts)


def fails_on(host: dict[str, Any], allowed: Tolerance) -> list[str]:
    """With which values of ``packetloss_fail_on`` a host fails: ``["loss", "risk"]``, ``["risk"]`` or ``[]``.

    :param host: the findings of a host, as the store has them
    """
    verdict = verdict_with(host, allowed)
    return [fail_on for fail_on, verdicts in FAILING.items() if verdict in verdicts]


def verdict_with(host: dict[str, Any], allowed: Tolerance) -> str:
    """The verdict of a host, had it not lost what is tolerated."""
    if host["verdict"] not in OF_LOSS:
        return host["verdict"]
    losses = [finding for finding in host["findings"] if finding["severity"] == "loss"]
    if not losses or not all(tolerated(loss, losses, allowed) for loss in losses):
        return host["verdict"]
    if any(finding["severity"] == "risk" for finding in host["findings"]):
        return "at_risk"
    return "unknown" if host["reasons"] else "clean"


def tolerated(loss: dict[str, Any], losses: list[dict[str, Any]], allowed: Tolerance) -> bool:
    """Whether what was lost at one place is so little that it may be.

    Where it is not known how many passed the place (``of``), only the floor counts. A loss without packets of its own
    is the cause of others, or a detail of them, and as grave as they are; one that stands alone is never tolerated.
    """
    if loss["lost"] is not None:
        return loss["lost"] <= max(allowed.packets, allowed.share * (loss.get("of") or 0))
    akin = [other for other in losses if other["lost"] is not None and _akin(loss, other)]
    return bool(akin) and all(tolerated(other, losses, allowed) for other in akin)


def _akin(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one["id"] in other["because_of"] or other["id"] in one["because_of"]
