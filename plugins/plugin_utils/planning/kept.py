# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans on the controller's disk, beside the audit that they were made from: ``plans/<host>.json`` and ``.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.digest import DIGEST, digest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import OR_NONE, TEXT, wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import (
    DamagedError,
    Store,
    file_name,
)

#: The folder of the plans, below that of the report.
FOLDER = "plans"

SETTING = {"knob": TEXT, "subject": (TEXT, OR_NONE), "values": dict}
CHANGE = {"knob": TEXT, "subject": (TEXT, OR_NONE), "from": dict, "to": dict, "class": int}
STEP = {
    "finding": TEXT,
    "severity": TEXT,
    "why": TEXT,
    "settings": [SETTING],
    "changes": ([CHANGE], OR_NONE),
    "class": int,
    "commands": [TEXT],
    "judge_after_s": int,
    "conflicts": [TEXT],
    "memory": ({"need_bytes": int, "peak_bytes": int}, OR_NONE),
    "notes": [TEXT],
    "later": [TEXT],
}

#: ``plans/<host>.json``.
PLAN = {
    "schema_version": {1},
    "host": TEXT,
    "made_at": TEXT,
    "run": (TEXT, OR_NONE),
    "error": (TEXT, OR_NONE),
    "steps": [STEP],
    "advice": [{"finding": TEXT, "text": TEXT, "command": (TEXT, OR_NONE), "why_not": (TEXT, OR_NONE)}],
    "refused": [{"finding": TEXT, "settings": [SETTING], "reason": TEXT}],
    "waiting": [{"finding": TEXT, "for": [TEXT], "why": TEXT}],
    "memory": ({"need_bytes": int, "peak_bytes": int, "verdict": TEXT, "sentence": TEXT}, OR_NONE),
    "state": {"boot_id": (TEXT, OR_NONE), "values": list},
    "digest": TEXT,
}


class PlanError(ValueError):
    """A stored plan that cannot be used: the message says why and what to do."""


def path_of(host: str, ending: str = ".json") -> str:
    """Where the plan of an inventory host is kept, below the folder of the report."""
    return f"{FOLDER}/{file_name(host)}{ending}"


def write(store: Store, plan: dict[str, Any], page: str) -> Path:
    """Keep the plan of a host and its *page*; returns the path of the plan. Raises ``StoreError``."""
    store.write_text(path_of(plan["host"], ".md"), page)
    return store.write_json(path_of(plan["host"]), plan)


def load(folder: str, host: str, accept_edited: bool = False) -> dict[str, Any]:
    """The stored plan of a host; raises :class:`PlanError`: none there, damaged, another host's, or edited.

    :param folder: the folder of a report (``packetloss_dir``), or its ``plans``
    :param accept_edited: whether a plan that was edited is taken all the same; its digest is then the new one
    """
    place = Path(folder)
    store = Store(str(place.parent if place.name == FOLDER and not (place / FOLDER).is_dir() else place))
    name = path_of(host)
    again = f"make it again: ansible-playbook linuxnet.packetloss.plan --limit {host}"
    try:
        plan = store.read(name)
    except DamagedError as error:
        raise PlanError(f"{store.folder / name}: {error}; {again}") from error
    if plan is None:
        raise PlanError(f"{store.folder / name}: there is no plan of {host}; {again}")
    if fault := wrong(plan, PLAN):
        raise PlanError(f"{store.folder / name} is no plan: {fault}; {again}")
    if plan["host"] != host:
        raise PlanError(f"{store.folder / name} is the plan of {plan['host']!r}, and not of {host!r}; {again}")
    try:
        made = digest(plan)
    except ValueError as error:
        raise PlanError(f"{store.folder / name} is no plan: {error}; {again}") from error
    if made != plan[DIGEST]:
        if not accept_edited:
            raise PlanError(
                f"{store.folder / name} was edited after it was made: its digest is not that of what it says. Look at"
                f" it, and accept it by packetloss_accept_edited=true, or {again}"
            )
        plan[DIGEST] = made
    return plan
