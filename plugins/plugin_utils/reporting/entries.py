# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings of one host: as the store keeps them (schema_version 2), and the little that Ansible remembers."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

SCHEMA_VERSION = 2

SEVERITIES = ("loss", "risk", "info")

#: What is made of a document, or said where there is none.
JUDGED = ("verdict", "findings", "not_judged", "reasons", "measured", "ring_memory", "error")

#: What is said besides, and was not said by earlier versions: ``basis`` is what the numbers are of, "interval", "boot"
#: or None where nothing was read; ``captured`` and ``history`` are of a host of which there are only files.
ADDED = ("basis", "captured", "history")

#: Ansible remembers so many findings and reasons of a host: every task copies them, and -v prints them.
MOST_FINDINGS, MOST_REASONS = 50, 8


def now() -> str:
    """The time as a host document writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(
    host: str, run: str | None, judged: dict[str, Any], taken_at: Any = None, document: str | None = None
) -> dict[str, Any]:
    """The content of ``hosts/<host>.findings.json``.

    :param judged: what was made of its document, :data:`JUDGED`
    :param taken_at: when the host was read, as its document says; now where it does not say so
    :param document: the file of its document below the folder, None where it was not read in this run
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "host": host,
        "run": run,
        "taken_at": taken_at if isinstance(taken_at, str) else now(),
        "unreachable": False,
        "document": document,
        **{key: judged[key] for key in JUDGED},
        **{key: judged.get(key) for key in ADDED},
    }


def unread(host: str, run: str | None, error: str, unreachable: bool = False) -> dict[str, Any]:
    """The content of ``hosts/<host>.findings.json`` of a host that was not read, and why."""
    return {**entry(host, run, unknown(error)), "unreachable": unreachable}


def unknown(error: str) -> dict[str, Any]:
    """What is said of a host about which nothing can be said: it is no pass."""
    return {
        "verdict": "unknown",
        "findings": [],
        "not_judged": [],
        "reasons": [error],
        "measured": [],
        "ring_memory": None,
        "error": error,
    }


def slim(found: dict[str, Any]) -> dict[str, Any]:
    """What stays in Ansible's memory of the findings of a host; all of it is in the store.

    Findings of severity loss and risk, at most :data:`MOST_FINDINGS` of them, without their evidence; ``counts`` has
    how many there are of each severity, and how many rules could not be judged.
    """
    told = [finding for finding in found["findings"] if finding["severity"] != "info"]
    return {
        "verdict": found["verdict"],
        "findings": [_slim_finding(finding) for finding in told[:MOST_FINDINGS]],
        "counts": counts(found),
        "reasons": found["reasons"][:MOST_REASONS],
        "error": found["error"],
        "run": found["run"],
        "taken_at": found["taken_at"],
    }


def counts(found: dict[str, Any]) -> dict[str, int]:
    """How many findings a host has of each severity, and for how many rules and subjects a value was missing."""
    number = {severity: sum(one["severity"] == severity for one in found["findings"]) for severity in SEVERITIES}
    return {**number, "not_judged": sum(one["count"] for one in found["not_judged"])}


def _slim_finding(finding: dict[str, Any]) -> dict[str, Any]:
    first = finding["actions"][0] if finding["actions"] else None
    return {
        **{key: finding[key] for key in ("id", "title", "severity", "layer", "subject", "count", "lost", "rate")},
        "action": {"command": first["command"], "text": first["text"]} if first else None,
    }
