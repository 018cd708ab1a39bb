# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the transactions of a host, readable: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.history import lines
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import printable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.transactions import ANSWERS

ARGUMENT_SPEC: dict[str, Any] = {"most": {"type": "int", "default": 20}}


class ActionModule(ActionBase):
    """Asks the host for its transactions, and prints a line for each."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        found = self._execute_module(
            module_name="linuxnet.packetloss.transaction", module_args={"state": "listed"}, task_vars=task_vars
        )
        if found.get("failed"):
            return {**result, **found}
        if fault := wrong(found, ANSWERS["listed"]):
            return {**result, "failed": True, "msg": f"the host answered with something else: {printable(fault)}"}
        told = lines(task_vars["inventory_hostname"], found["transactions"], options["most"])
        self._display.display("\n".join(told))
        return {**result, "changed": False, "transactions": found["transactions"]}
