# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rings of each NIC take now, and what the next steps up would take, as a report shows it."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.model import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan

_STEP = ("rx", "need_bytes", "peak_bytes", "verdict")


def ring_costs(document: dict[str, Any]) -> dict[str, Any]:
    """The part ``ring_memory`` of a host in audit.json; ``error`` says why it is empty.

    ``not_priced`` has the physical NICs that could not be priced; what is built on NICs has no rings.
    """
    try:
        found = plan(document)
        nics = document["nics"]
        priced = [_of_nic(name, nics[name], cost) for name, cost in sorted(found["nics"].items())]
        skipped = [
            {"nic": name, "why": why}
            for name, why in sorted(found["skipped"].items())
            if nics[name]["kind"] == "physical"
        ]
    except RingMemoryError as error:
        return _nothing(str(error))
    except Exception as error:  # noqa: BLE001 - the host may have answered anything; its findings stand
        return _nothing(f"the host answered with something that is no host document: {type(error).__name__}: {error}")
    return {"error": None, "now_bytes": sum(nic["now_bytes"] for nic in priced), "nics": priced, "not_priced": skipped}


def _nothing(error: str) -> dict[str, Any]:
    return {"error": error, "now_bytes": None, "nics": [], "not_priced": []}


def _of_nic(name: str, nic: dict[str, Any], cost: dict[str, Any]) -> dict[str, Any]:
    now = cost["now"]
    return {
        "nic": name,
        "rx": nic["rings"]["rx"],
        "rx_queues": now["per_queue"]["rx_queues"],
        "tx": nic["rings"]["tx"],
        "tx_queues": now["per_queue"]["tx_queues"],
        "now_bytes": now["held_bytes"],
        "model": now["model"],
        "confidence": now["confidence"],
        "assumed": now["assumed"],
        "next_steps": [{key: step[key] for key in _STEP} for step in cost["next_steps"]],
    }
