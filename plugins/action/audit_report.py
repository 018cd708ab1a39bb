# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report over all hosts: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils import batches
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import diagnosed_again
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import (
    DIR,
    LIMITS,
    RULES_DIRS,
    TOLERANCE,
    fail_on,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.collect import of_this_run, registered
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import (
    Tolerance,
    ToleranceError,
    fails_on,
    tolerance,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.reported import not_passed, reported
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.runs import PROCESS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import lines
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import failing_hosts
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits

ARGUMENT_SPEC = {
    "dir": DIR,
    "source": {"type": "str", "choices": ["run", "stored"], "default": "run"},
    "fail_on": fail_on("never"),
    "tolerance": TOLERANCE,
    "rules_dirs": RULES_DIRS,
    "limits": LIMITS,
    "result": {"type": "str", "default": "packetloss_audit"},
}


class ActionModule(ActionBase):
    """Makes audit.json and audit.md from the store, and prints what is in them."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store, waiting = Store(options["dir"]), set()
        try:
            allowed = tolerance(options["tolerance"])
            if options["source"] == "stored":
                run = None
                found = list(diagnosed_again(store, load_rules(options["rules_dirs"]), limits(options["limits"])))
            else:
                run = store.current_run()
                waiting = batches.waiting(store, run, self._task, task_vars)
                if not self._reports(store, run, waiting, allowed, options["fail_on"], task_vars):
                    return {**result, "reported": False, "waiting": len(waiting)}
                hosts = [host for host in task_vars["ansible_play_hosts_all"] if host not in waiting]
                found = list(
                    of_this_run(store, run, hosts, lambda host: registered(host, options["result"], task_vars))
                )
            audit, files = reported(store, found, allowed, run)
        except (RuleError, LimitError, StoreError, ToleranceError) as error:
            raise AnsibleActionFail(str(error)) from error

        told = lines(audit)
        if waiting:
            told.append(f"The play ends here: {counted(len(waiting), 'host')} of later batches will not be read.")
        self._display.display("\n".join([*told, f"Report: {files[1]}"]))

        failing = failing_hosts(audit, options["fail_on"])
        # The hosts of a play fail by themselves, in audit_gate; here is nobody else.
        if failing and options["source"] == "stored":
            result.update(failed=True, msg=not_passed(failing, len(audit["hosts"]), options["fail_on"]))
        return {
            **result,
            "reported": True,
            "waiting": len(waiting),
            "run": run,
            "verdicts": audit["verdicts"],
            "failing": len(failing),
            "files": [str(path) for path in files],
        }

    def _reports(
        self,
        store: Store,
        run: str | None,
        waiting: set[str],
        allowed: Tolerance,
        fail_on: str,
        task_vars: dict[str, Any],
    ) -> bool:
        """Whether it is here that the report is made: the last batch makes it, or the last host where each goes alone.

        A batch of which every host will fail at the gate is the last one, too: the play ends with it.
        """
        if batches.alone(self._task):
            return not waiting and store.first(run or PROCESS, self._task._uuid)
        return not waiting or all(
            found and found["run"] == run and fail_on in fails_on(found, allowed)
            for found in map(store.readable_findings, task_vars["ansible_play_batch"])
        )
