# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diagnosis of hosts by files alone: the documentation is that of the module of the same name."""

from __future__ import annotations

import sys
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.diagnosing import diagnosed
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import NetworkError, cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import PlaceError, places
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import (
    DIR,
    LIMITS,
    RULES_DIRS,
    TOLERANCE,
    fail_on,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import ToleranceError, tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.progress import Progress
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.reported import not_passed, reported
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import lines
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import failing_hosts
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted, printable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits

ARGUMENT_SPEC = {
    "captures": {"type": "raw", "required": True},
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
    "rules_dirs": RULES_DIRS,
    "limits": LIMITS,
    "dir": DIR,
    "fail_on": fail_on("never"),
    "tolerance": TOLERANCE,
}

#: Of so many captures that could not be read a message says why.
MOST_REASONS = 3

#: Whether a person waits. A worker of ansible-playbook has no terminal: asked when this is loaded, before the fork.
ON_A_TERMINAL = sys.stdout.isatty()


class ActionModule(ActionBase):
    """Reads captures on the controller, decides, keeps all in the store, and reports; no host is touched."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store = Store(options["dir"])
        try:
            allowed = tolerance(options["tolerance"])
            rules, own_limits = load_rules(options["rules_dirs"]), limits(options["limits"])
            reader = Reader(options["interfaces"], cidrs(options["networks"]))
            named = places(options["captures"])
            store.prepare()
            run = store.begin(self._task._uuid)
            progress = Progress(len(named), ON_A_TERMINAL, self._display.display)
            found = diagnosed(store, run, reader, named, rules, own_limits, progress)
            audit, files = reported(store, found, allowed, run)
        except (LimitError, NetworkError, PlaceError, RuleError, StoreError, ToleranceError) as error:
            raise AnsibleActionFail(str(error)) from error

        # Why nothing could be read is said by the failure.
        if audit["hosts"]:
            self._display.display("\n".join([*lines(audit), f"Report: {files[1]}"]))
        failing = failing_hosts(audit, options["fail_on"])
        if not audit["hosts"]:
            result.update(failed=True, msg=nothing_read(audit["skipped"]))
        elif failing:
            result.update(failed=True, msg=not_passed(failing, len(audit["hosts"]), options["fail_on"]))
        return {
            **result,
            "run": run,
            "verdicts": audit["verdicts"],
            "failing": len(failing),
            "not_read": audit["skipped"],
            "files": [str(path) for path in files],
        }


def nothing_read(skipped: list[dict[str, Any]]) -> str:
    """Why no capture could be read, in one line."""
    reasons = [printable(f"{one['file']}: {one['why']}") for one in skipped[:MOST_REASONS]]
    reasons += [f"and {len(skipped) - MOST_REASONS:,} more"] if len(skipped) > MOST_REASONS else []
    return f"nothing of {counted(len(skipped), 'capture')} could be read: {'; '.join(reasons)}"
