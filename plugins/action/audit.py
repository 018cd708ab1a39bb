# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read one host and decide, in one task: the documentation is that of the module of the same name."""

from __future__ import annotations

import json
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import LONGEST_S, SHORTEST_S
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.namespaces import ALL
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import entry_of, not_a_document
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import NetworkError, cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import DIR, LIMITS, RULES_DIRS, TOLERANCE
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reading_errors import reading_error
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import slim, unread
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import (
    ToleranceError,
    fails_on,
    tolerance,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import Rule, built_in

# ansible-playbook imports this before it forks a worker for each host: read here, both are read once for all.
built_in()
limits()

ARGUMENT_SPEC = {
    "interval": {"type": "float", "default": 10.0},
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
    "namespaces": {"type": "list", "elements": "str", "default": [ALL]},
    "rules_dirs": RULES_DIRS,
    "limits": LIMITS,
    "dir": DIR,
    "tolerance": TOLERANCE,
}


class ActionModule(ActionBase):
    """Runs packet_path_info on the host, diagnoses on the controller, keeps both in the store."""

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
        store, host = Store(options["dir"]), task_vars["inventory_hostname"]
        try:
            rules = load_rules(options["rules_dirs"])
            own_limits = limits(options["limits"])
            networks = cidrs(options["networks"])
            allowed = tolerance(options["tolerance"])
            store.prepare()
            # Without a preflight the first host begins the run.
            run = store.current_run() or store.begin("")
        except (RuleError, LimitError, NetworkError, StoreError, ToleranceError) as error:
            raise AnsibleActionFail(str(error)) from error

        module = {
            "interval": options["interval"],
            "interfaces": options["interfaces"],
            "networks": networks,
            "namespaces": options["namespaces"],
            "as_text": True,
        }
        try:
            reading = self._reading(store, host, run, module, task_vars)
            found = self._found(store, host, run, reading, rules, own_limits)
            findings_file = store.write_findings(found)
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error

        for key in ("warnings", "deprecations"):
            if reading.get(key):
                result[key] = reading[key]
        # What Ansible found out by asking the host: handed on as the module's own task would, so that no later task
        # has to ask again.
        if self._discovered_interpreter_key:
            result["ansible_facts"] = {self._discovered_interpreter_key: self._discovered_interpreter}
        return {
            **result,
            **slim(found),
            "fails_on": fails_on(found, allowed),
            "document": str(store.folder / found["document"]) if found["document"] else None,
            "findings_file": str(findings_file),
        }

    def _reading(
        self, store: Store, host: str, run: str, module: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """What the module returned; where the host cannot be had the store says so, and Ansible is told as usual."""
        try:
            return self._execute_module(
                module_name="linuxnet.packetloss.packet_path_info", module_args=module, task_vars=task_vars
            )
        except AnsibleConnectionFailure as error:
            store.write_findings(unread(host, run, f"unreachable: {error}", unreachable=True))
            raise

    def _found(
        self,
        store: Store,
        host: str,
        run: str,
        reading: dict[str, Any],
        rules: list[Rule],
        own_limits: dict[str, float],
    ) -> dict[str, Any]:
        """The findings of a host that answered, whatever it answered; its document is in the store then."""
        if reading.get("failed"):
            return unread(host, run, reading_error(reading))
        document = document_of(reading.get("packet_path_json"))
        if wrong := not_a_document(document):
            return unread(host, run, f"the host answered with something else: {wrong}")
        if isinstance(meta := document.get("meta"), dict):
            meta["run"] = run
        store.write_document(host, document)
        return {**entry_of(store, host, document, rules, own_limits), "run": run}


def document_of(text: Any) -> Any:
    """What the text of a host document says; None where it is no such text."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
