# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fails a host that lost packets: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import DIR, TOLERANCE, fail_on
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import unread
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import (
    ToleranceError,
    fails_on,
    tolerance,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import why
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import DamagedError, Store, StoreError

ARGUMENT_SPEC = {"dir": DIR, "fail_on": fail_on("loss"), "tolerance": TOLERANCE}


class ActionModule(ActionBase):
    """Judges the findings that the store has of this host, on the controller only."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store, host = Store(options["dir"]), task_vars["inventory_hostname"]
        try:
            allowed = tolerance(options["tolerance"])
            run = store.current_run()
        except (ToleranceError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        try:
            found = store.findings(host)
        except DamagedError as error:
            found = unread(host, run, f"{store.findings_path(host)}: {error}")
        if found is None or (run is not None and found["run"] != run):
            found = unread(host, run, "the audit did not run on this host")
        if options["fail_on"] in fails_on(found, allowed):
            result.update(failed=True, msg=f"packetloss_fail_on is {options['fail_on']}, and {why(found)}")
        return result
