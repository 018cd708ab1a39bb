# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fails a host whose remediation failed: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import DIR
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import REMEDIATION, result_words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import LONGEST_WHY
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import DamagedError, Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import cut
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import printable

ARGUMENT_SPEC = {"dir": DIR}


class ActionModule(ActionBase):
    """Judges what the store says of the remediation of this host, on the controller only."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store, host = Store(options["dir"]), task_vars["inventory_hostname"]
        try:
            run, told = store.current_run(), store.remediation(host, REMEDIATION)
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        except DamagedError as error:
            return {**result, "failed": True, "msg": f"{store.remediation_name(host)}: {printable(error)}"}
        if told is None or (run is not None and told["run"] != run):
            result.update(failed=True, msg="the remediation did not run on this host: see its message above")
        elif told["fails"]:
            result.update(failed=True, msg=cut(printable(result_words(told)), LONGEST_WHY))
        return result
