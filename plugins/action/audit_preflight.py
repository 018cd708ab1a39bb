# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong for all hosts, found once: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import (
    DIR,
    LIMITS,
    POLICY,
    RULES_DIRS,
    TOLERANCE,
    fail_on,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import PolicyError, checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import ToleranceError, tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import built_in

# Read here and not in the worker of the task, they are still there when the audit needs them.
built_in()
limits()

ARGUMENT_SPEC = {
    "rules_dirs": RULES_DIRS,
    "limits": LIMITS,
    "dir": DIR,
    "fail_on": fail_on("loss"),
    "tolerance": TOLERANCE,
    "policy": POLICY,
}


class ActionModule(ActionBase):
    """Reads the rules, makes the report folder and begins a run in it, on the controller only."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        try:
            rules = load_rules(options["rules_dirs"])
            cidrs([])  # says that netaddr is missing, once and not for each host
            limits(options["limits"])
            tolerance(options["tolerance"])
            checked(options["policy"])
            store = Store(options["dir"])
            store.prepare()
            run = store.begin(place_in_play(self._task))
        except (RuleError, LimitError, PolicyError, StoreError, ToleranceError) as error:
            raise AnsibleActionFail(str(error)) from error
        return {
            **result,
            "changed": False,
            "rules": [rule.id for rule in rules],
            "dir": str(store.folder),
            "run": run,
        }


def place_in_play(task: Task) -> str:
    """What is the same for a task in every batch of its play: an include_role makes its tasks anew for each."""
    outermost = task
    while include := outermost.get_first_parent_include():
        outermost = include
    return outermost._uuid  # noqa: SLF001 - the id of a task, which callbacks use too
