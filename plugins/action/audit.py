# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read one host and decide, in one task: the documentation is that of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import LONGEST_S, SHORTEST_S
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import NetworkError, cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reading_errors import reading_error
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.ring_costs import ring_costs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, diagnose, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits as own_limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import built_in

SCHEMA_VERSION = 1

# ansible-playbook imports this before it forks a worker for each host: read here, the rules are read once for all.
built_in()

ARGUMENT_SPEC = {
    "interval": {"type": "float", "default": 10.0},
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
    "rules_dirs": {"type": "list", "elements": "path", "default": []},
    "limits": {"type": "dict", "default": {}},
    "dir": {"type": "path", "default": "packetloss-report"},
}


class ActionModule(ActionBase):
    """Runs packet_path_info on the host, diagnoses on the controller, keeps the document in a file."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        if not SHORTEST_S <= options["interval"] <= LONGEST_S:
            raise AnsibleActionFail(
                f"packetloss_interval: {options['interval']:g}: an audit compares two readings; "
                f"choose from {SHORTEST_S} to {LONGEST_S} seconds between them"
            )
        store = Store(options["dir"])
        try:
            rules = load_rules(options["rules_dirs"])
            limits = own_limits(options["limits"])
            networks = cidrs(options["networks"])
            store.prepare()
        except (RuleError, LimitError, NetworkError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error

        reading = self._execute_module(
            module_name="linuxnet.packetloss.packet_path_info",
            module_args={
                "interval": options["interval"],
                "interfaces": options["interfaces"],
                "networks": networks,
            },
            task_vars=task_vars,
        )
        if reading.get("unreachable"):
            return reading
        for key in ("warnings", "deprecations"):
            if reading.get(key):
                result[key] = reading[key]
        if reading.get("failed"):
            return {**result, **unknown(reading_error(reading))}
        document = reading.get("packet_path")
        if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
            return {**result, **unknown("the host answered with something that is no host document of version 1")}

        try:
            path = str(store.write_document(task_vars["inventory_hostname"], document))
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        try:
            diagnosis = diagnose(document, rules, limits)
        except Exception as error:  # noqa: BLE001 - the host may have answered anything; the others go on
            reason = f"the host answered with something that is no host document: {type(error).__name__}: {error}"
            return {**result, **unknown(reason), "document": path}
        return {**result, **diagnosis, "ring_memory": ring_costs(document), "error": None, "document": path}


def unknown(error: str) -> dict[str, Any]:
    """The result for a host that could be reached but not read: no pass, and no failure of the play."""
    return {
        "verdict": "unknown",
        "findings": [],
        "not_judged": [],
        "reasons": [error],
        "measured": [],
        "ring_memory": None,
        "error": error,
        "document": None,
    }
