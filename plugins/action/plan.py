# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of all hosts, from the store: the documentation is that of the module of the same name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import diagnosed_again
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import DIR, LIMITS, POLICY, RULES_DIRS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import fleet, kept
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import make
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import PolicyError, checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.collect import of_this_run, registered
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import now
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import NARROWEST, WIDTH
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import (
    DamagedError,
    Skipped,
    Store,
    StoreError,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits

ARGUMENT_SPEC = {
    "dir": DIR,
    "source": {"type": "str", "choices": ["run", "stored"], "default": "run"},
    "policy": POLICY,
    "rules_dirs": RULES_DIRS,
    "limits": LIMITS,
    "result": {"type": "str", "default": "packetloss_audit"},
}


class ActionModule(ActionBase):
    """Makes a plan for each host from its findings and its document; nothing is asked of any host."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        store = Store(options["dir"])
        try:
            policy = checked(options["policy"])
            run, waiting = None, set()
            if options["source"] == "stored":
                found = diagnosed_again(store, load_rules(options["rules_dirs"]), limits(options["limits"]))
            else:
                run = store.current_run()
                waiting = _waiting(store, run, task_vars)
                hosts = [host for host in task_vars["ansible_play_hosts_all"] if host not in waiting]
                found = of_this_run(store, run, hosts, lambda host: registered(host, options["result"], task_vars))
            plans, skipped = [], []
            for plan in _plans(store, found, policy):
                if isinstance(plan, Skipped):
                    skipped.append(plan)
                else:
                    kept.write(store, plan, fleet.page(plan))
                    plans.append(plan)
            summary = fleet.summarise(plans, now(), run, skipped)
            files = [store.write_json("plans.json", summary), store.write_text("plans.md", fleet.fleet_page(summary))]
        except (PolicyError, RuleError, LimitError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        told = fleet.lines(summary, max(WIDTH, NARROWEST))
        self._display.display("\n".join([*told, f"Plans: {files[1]}"]))
        return {
            **result,
            "run": run,
            "waiting": len(waiting),
            "totals": summary["totals"],
            "files": [str(path) for path in files],
        }


def _waiting(store: Store, run: str | None, task_vars: dict[str, Any]) -> set[str]:
    """The hosts of later batches that are still to be read: with ``serial`` this comes once for each batch."""
    if run is None:
        return set()
    later = set(task_vars["ansible_play_hosts"]) - set(task_vars["ansible_play_batch"])
    return {host for host in later if (store.readable_findings(host) or {}).get("run") != run}


def _plans(store: Store, found: Any, policy: dict[str, Any]) -> Iterator[dict[str, Any] | Skipped]:
    """A plan for each host with findings, one at a time: a document may have 2 MB."""
    for one in found:
        if isinstance(one, Skipped):
            yield one
            continue
        document = None
        try:
            document = store.document(one["host"]) if one["document"] else None
        except DamagedError as error:
            yield Skipped(store.relative(store.document_path(one["host"])), str(error))
        try:
            yield make(one["host"], document, one, policy)
        except Exception as error:  # noqa: BLE001 - a file in the folder may say anything; the other hosts go on
            why = f"what the folder has of it cannot be planned from: {type(error).__name__}: {error}; audit it again"
            yield make(one["host"], None, {**one, "error": why}, policy)
