# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report over all hosts: the documentation is that of the module of the same name."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import (
    FAILING,
    failing_hosts,
    lines,
    page,
    printable,
    summarise,
)

ARGUMENT_SPEC = {
    "dir": {"type": "path", "default": "packetloss-report"},
    "fail_on": {"type": "str", "choices": sorted(FAILING), "default": "loss"},
    "result": {"type": "str", "default": "packetloss_audit"},
}


class ActionModule(ActionBase):
    """Prints the findings of every host of the play and writes audit.json and audit.md."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        # raw_get: what a host said is data, and is never templated.
        hostvars = task_vars["hostvars"]
        results = {
            host: (hostvars.raw_get(host) or {}).get(options["result"]) for host in task_vars["ansible_play_hosts_all"]
        }
        audit = summarise(results, datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        store = Store(options["dir"])
        try:
            files = [store.write_json("audit.json", audit), store.write_text("audit.md", page(audit))]
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        for line in lines(audit):
            self._display.display(line)
        self._display.display(f"Report: {files[1]}")

        failing = failing_hosts(audit, options["fail_on"])
        if failing:
            named = ", ".join(f"{printable(host['name'])} ({host['verdict']})" for host in failing)
            result["failed"] = True
            result["msg"] = (
                f"packetloss_fail_on is {options['fail_on']}, and {len(failing)} of {len(audit['hosts'])} hosts "
                f"did not pass: {named}"
            )
        result.update(changed=False, verdicts=audit["verdicts"], files=[str(path) for path in files])
        return result
