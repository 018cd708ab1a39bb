# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that somebody has reviewed, for a host as it is now."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.decided import decide
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import PlanError, drift


def still_to_do(plan: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The plan as it was reviewed, or without steps where the host has all of it already.

    Raises :class:`PlanError` where what it would change is not what was reviewed.
    """
    if plan["steps"] and all(_is_so(step, document) for step in plan["steps"]):
        return {**plan, "steps": []}
    if drifted := drift(plan, document):
        raise PlanError(
            f"the host has drifted since its plan was made at {plan['made_at']}, and nothing was changed:"
            f" {'; '.join(drifted)}; plan again, and review that"
        )
    return plan


def _is_so(step: dict[str, Any], document: dict[str, Any]) -> bool:
    try:
        return step["changes"] is not None and not decide(document, step["settings"]).changes
    except Refused:
        return False
