# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of all hosts of a remediation: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils import batches
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import DIR
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.collect import registered, why_not
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import now
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import remediation_page
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import (
    REMEDIATION,
    lines,
    not_begun,
    summarise,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.runs import PROCESS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import DamagedError, Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import counted

ARGUMENT_SPEC = {"dir": DIR, "result": {"type": "str", "default": "packetloss_remediation"}}


class ActionModule(ActionBase):
    """Makes remediation.json and remediation.md from the store after each batch, and prints them at the end."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store = Store(options["dir"])
        try:
            run = store.current_run()
            waiting = batches.waiting(store, run, self._task, task_vars)
            hosts = [host for host in task_vars["ansible_play_hosts_all"] if host not in waiting]
            told = [_told(store, run, host, registered(host, options["result"], task_vars)) for host in hosts]
            summary = summarise([one for one in told if one], run, now())
            # After each batch: a roll-out takes its time, and may be looked at meanwhile.
            files = [
                store.write_json("remediation.json", summary),
                store.write_text("remediation.md", remediation_page(summary)),
            ]
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        failing = [one["host"] for one in summary["hosts"] if one["fails"]]
        if batches.alone(self._task):
            # Hosts that come at the same time are all the last one: one of them reports.
            ends, last = False, not waiting and store.first(run or PROCESS, self._task._uuid)
        else:
            ends = bool(waiting) and bool({*failing} & {*task_vars["ansible_play_batch"]})
            last = not waiting
        if last or ends:
            left = [f"The roll-out ends here: {counted(len(waiting), 'host')} of later batches stay as they are."]
            self._display.display("\n".join([*lines(summary), *(left if ends else []), f"Report: {files[1]}"]))
        return {
            **result,
            "reported": last or ends,
            "waiting": len(waiting),
            "run": run,
            "results": summary["results"],
            "failing": len(failing),
            "files": [str(path) for path in files],
        }


def _told(store: Store, run: str | None, host: str, returned: dict[str, Any]) -> dict[str, Any] | None:
    """The report of a host of this run; None for one that was not meant to be remediated."""
    try:
        told = store.remediation(host, REMEDIATION)
        why = why_not(returned)
    except DamagedError as error:
        told, why = None, f"{store.remediation_name(host)}: {error}"
    if told is not None and (run is None or told["run"] == run):
        return told
    return None if returned.get("skipped") else not_begun(host, run or "", why, now())
