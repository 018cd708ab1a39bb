# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report over all hosts as files, whoever found what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import now
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import page
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import summarise
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, printable, spaced

#: A message names so many hosts.
MOST_NAMES = 10


def reported(
    store: Store, found: Iterable[dict[str, Any] | Skipped], allowed: Tolerance, run: str | None
) -> tuple[dict[str, Any], list[Path]]:
    """``(what audit.json holds, [audit.json, audit.md])``; raises :class:`store.StoreError`."""
    found = list(found)
    skipped = [one for one in found if isinstance(one, Skipped)]
    audit = summarise([one for one in found if not isinstance(one, Skipped)], allowed, now(), run, skipped)
    return audit, [store.write_json("audit.json", audit), store.write_text("audit.md", page(audit))]


def not_passed(failing: list[dict[str, Any]], hosts: int, fail_on: str) -> str:
    """Which hosts did not pass, in one line."""
    named = [f"{printable(host['name'])} ({spaced(host['verdict'])})" for host in failing[:MOST_NAMES]]
    named += [f"{len(failing) - MOST_NAMES:,} more"] if len(failing) > MOST_NAMES else []
    return (
        f"packetloss_fail_on is {fail_on}, and {len(failing):,} of {counted(hosts, 'host')} did not pass: "
        f"{', '.join(named)}"
    )
