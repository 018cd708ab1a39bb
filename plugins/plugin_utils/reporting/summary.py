# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings of many hosts as one report, worst first: what audit.json holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import (
    ADDED,
    SCHEMA_VERSION,
    SEVERITIES,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance, fails_on
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped

#: Worst first.
VERDICTS = ("losing", "lost_before", "at_risk", "unknown", "clean")

#: What audit.json says of a host as its findings do.
_SAME = ("verdict", "unreachable", "error", "reasons", "findings", "not_judged", "measured", "ring_memory")
_SAME += ("run", "taken_at", "document")


def summarise(
    entries: Iterable[dict[str, Any]],
    allowed: Tolerance,
    generated_at: str,
    run: str | None = None,
    skipped: Iterable[Skipped] = (),
) -> dict[str, Any]:
    """The audit over all hosts, as written to audit.json (``docs/audit.schema.json``).

    :param entries: the findings of each host, as the store keeps them
    :param run: the run that is reported, None for all that is in the store
    :param skipped: files of the store that nothing was made of
    """
    hosts = sorted((_host(found, allowed) for found in entries), key=_host_rank)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "run": run,
        "tolerance": allowed._asdict(),
        "verdicts": {verdict: sum(host["verdict"] == verdict for host in hosts) for verdict in VERDICTS},
        "hosts": hosts,
        "skipped": [one._asdict() for one in skipped],
    }


def _host(found: dict[str, Any], allowed: Tolerance) -> dict[str, Any]:
    same = {key: found[key] for key in _SAME}
    # What an earlier version kept lacks these.
    added = {key: found.get(key) for key in ADDED}
    return {"name": found["host"], **same, **added, "fails_on": fails_on(found, allowed)}


def _host_rank(host: dict[str, Any]) -> tuple:
    # Of hosts with the same verdict the one with the worst finding comes first; one without findings comes last.
    worst = rank(host["findings"][0]) if host["findings"] else ()
    return (VERDICTS.index(host["verdict"]), not worst, worst, host["name"])


def rank(finding: dict[str, Any]) -> tuple[int, float, int]:
    """Sorts findings of several hosts: the worst severity, then the most packets a second. Those of one host are sorted
    already, by the place on the path too."""
    return (SEVERITIES.index(finding["severity"]), -lost_per_s(finding), -(finding["lost"] or 0))


def lost_per_s(finding: dict[str, Any]) -> float:
    """The packets that were lost each second, 0 where that is not known."""
    rate = finding["rate"]
    return rate["value"] if rate and rate["unit"] == "packets/s" and finding["severity"] == "loss" else 0


def failing_hosts(audit: dict[str, Any], fail_on: str) -> list[dict[str, Any]]:
    """The hosts that fail with ``packetloss_fail_on: fail_on``, worst first."""
    return [host for host in audit["hosts"] if fail_on in host["fails_on"]]
