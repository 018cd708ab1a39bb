# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was changed on a host by transactions, for the screen. What a host said is data, and is shown as such."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import change
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, printable

#: What a phase means for who reads the list; the others say it themselves.
PHASES = {
    "confirmed": "confirmed, holds until the next boot",
    "kept": "kept, also after a boot",
    "taken_back": "taken back",
    "stuck": "STUCK, not put back whole",
}


def lines(host: str, transactions: list[dict[str, Any]], most: int) -> list[str]:
    """The transactions of one host, the newest first, at most so many."""
    if not transactions:
        return [printable(f"{host}: no transactions")]
    told = [printable(f"{host}: {counted(len(transactions), 'transaction')}")]
    for one in transactions[:most]:
        told += [f"  {printable(line)}" for line in _lines(one)]
    left = len(transactions) - most
    return [*told, *([f"  ... and {counted(left, 'older one')}"] if left > 0 else [])]


def _lines(one: dict[str, Any]) -> list[str]:
    reason = one.get("reason") or {}
    phase = PHASES.get(one["phase"], one["phase"])
    left = f", goes back in {one['left_s']:.0f} s" if one.get("left_s") else ""
    of = ", ".join(str(reason[key]) for key in ("finding", "run") if reason.get(key))
    told = [f"{one['id']}  {one['created']}  {phase}{left}" + (f"  ({of})" if of else "")]
    told += [f"  {change(made)}" for made in one["changes"]]
    told += [f"  why: {one['why']}"] if one.get("why") else []
    if one["phase"] == "stuck":
        told += [f"  {note}" for note in one.get("notes") or []]
    return told
