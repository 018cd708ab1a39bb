# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong for all hosts, found once: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits

ARGUMENT_SPEC = {
    "rules_dirs": {"type": "list", "elements": "path", "default": []},
    "limits": {"type": "dict", "default": {}},
    "dir": {"type": "path", "default": "packetloss-report"},
}


class ActionModule(ActionBase):
    """Reads the rules and makes the report folder, on the controller only."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        try:
            rules = load_rules(options["rules_dirs"])
            limits(options["limits"])
            cidrs([])  # says that netaddr is missing, once and not for each host
            store = Store(options["dir"])
            store.prepare()
        except (RuleError, LimitError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        return {**result, "changed": False, "rules": [rule.id for rule in rules], "dir": str(store.folder)}
