# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the causes of a host's losses away, and prove it: the documentation is that of the module of the same name.

What is done next, and what an outcome means, is decided in ``planning/rounds.py``; here it is done.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase
from ansible_collections.linuxnet.packetloss.plugins.action.audit import ARGUMENT_SPEC as AUDIT_SPEC
from ansible_collections.linuxnet.packetloss.plugins.action.audit import ActionModule as Audit
from ansible_collections.linuxnet.packetloss.plugins.action.audit import document_of
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import LONGEST_S, SHORTEST_S
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import NetworkError, cidrs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.options import POLICY
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import plan as plans
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import policy as policies
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import proof, rounds
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.report import changed, diff, report, slim
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.reviewed import still_to_do
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import remedied
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import now
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import remediated_host_page
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import DamagedError, Store, StoreError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import printable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import RuleError, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import LimitError, limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.transactions import Transactions

ARGUMENT_SPEC = {
    **{
        key: AUDIT_SPEC[key]
        for key in ("interval", "interfaces", "networks", "namespaces", "rules_dirs", "limits", "dir")
    },
    "policy": POLICY,
    "plan_dir": {"type": "path"},
    "accept_edited": {"type": "bool", "default": False},
    "confirm_within": {"type": "int"},
}

#: While a host is changed a connection that died is noticed after so many seconds, and not when TCP gives it up.
ALIVE_EVERY_S, ALIVE_MISSED = 5, 4

#: What another run may need between two transactions, besides its measurements: modules that take their time.
SLOW_S = 300


class ActionModule(Audit):
    """Goes the course of :mod:`rounds` with one host."""

    _VALID_ARGS = frozenset(ARGUMENT_SPEC)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = ActionBase.run(self, tmp, task_vars)
        result["changed"] = False
        options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        if not SHORTEST_S <= options["interval"] <= LONGEST_S:
            raise AnsibleActionFail(
                f"packetloss_interval: {options['interval']:g}: what helped is measured between two readings; "
                f"choose from {SHORTEST_S} to {LONGEST_S} seconds between them"
            )
        self._options, self._vars, self._host = options, task_vars, task_vars["inventory_hostname"]
        self._store = Store(options["dir"])
        try:
            self._rules = load_rules(options["rules_dirs"])
            self._limits = limits(options["limits"])
            self._networks = cidrs(options["networks"])
            self._policy = policies.checked(options["policy"])
            self._store.prepare()
            self._run = self._store.current_run() or self._store.begin("")
            with self._store.alone(self._host):
                return {**result, **self._remediated()}
        except (RuleError, LimitError, NetworkError, StoreError, policies.PolicyError) as error:
            raise AnsibleActionFail(str(error)) from None

    # --- the course -------------------------------------------------------------------------------------------------

    def _remediated(self) -> dict[str, Any]:
        check = bool(self._task.check_mode)
        known, ended = remedied.known(self._stored())
        self._began, self._events, self._last, self._outcomes = now(), [], None, {}
        self._told_left, self._folders = set(), []
        self._course = rounds.begin(
            self._host, self._run, self._policy, check, bool(self._options["plan_dir"]), known, ended
        )
        self._transactions = Transactions(self._transaction, self._renew, self._say)
        self._keep_alive()
        unreachable = None
        while todo := rounds.following(self._course):
            try:
                event = getattr(self, f"_do_{todo['do']}")(todo)
            except AnsibleConnectionFailure as error:
                # Only the first audit lets it through: nothing was done to this host.
                unreachable, event = error, {"error": f"unreachable: {error}"}
            rounds.did(self._course, event, proof.compare)
            self._say_left()
            self._say_outcomes()
            if self._course["round"]:
                # From before the first change on: a run that ends in the middle leaves a report that says so.
                self._write(None)
        told = self._write(now())
        for folder in self._folders if told["result"] != "lost" else ():
            with suppress(AnsibleError):
                self._remove_tmp_path(folder)
        self._say(remedied.result_words(told))
        if unreachable:
            raise unreachable
        return self._result(told)

    def _stored(self) -> dict[str, Any] | None:
        try:
            return self._store.remediation(self._host, remedied.REMEDIATION)
        except DamagedError as error:
            name = self._store.folder / self._store.remediation_name(self._host)
            self._display.warning(f"{printable(name)} cannot be read and is written anew: {printable(error)}")
            return None

    def _do_look(self, _todo: dict[str, Any]) -> dict[str, Any]:
        return self._transactions.listed()

    def _do_wait(self, todo: dict[str, Any]) -> dict[str, Any]:
        self._say(f"waits until {todo['id']} of an earlier run has gone back, {todo['for_s']:.0f} s at most")
        self._transactions.wait(todo["id"], todo["for_s"])
        return {}

    def _do_audit(self, todo: dict[str, Any]) -> dict[str, Any]:
        if todo["after_s"]:
            self._say(f"waits {todo['after_s']:g} s for what was changed to settle")
            time.sleep(todo["after_s"])
        module = {
            "interval": self._options["interval"],
            "interfaces": self._options["interfaces"],
            "networks": self._networks,
            "namespaces": self._options["namespaces"],
            "as_text": True,
        }
        try:
            reading = self._read_again(module) if self._course["steps"] else self._read(module)
        except AnsibleConnectionFailure as error:
            if todo["why"] == "first":
                raise
            return {"error": f"unreachable: {error}"}
        found = self._found(self._store, self._host, self._run, reading, self._rules, self._limits)
        self._store.write_findings(found)
        if found["error"]:
            return {"error": found["error"]}
        document = document_of(reading.get("packet_path_json"))
        self._last = (document, found)
        try:
            return {"measured": proof.measure(document, found), "verdict": found["verdict"]}
        except Exception as error:  # noqa: BLE001 - a host may answer anything: nothing is changed by what is no number
            return {"error": _no_use(error)}

    def _read(self, module: dict[str, Any]) -> dict[str, Any]:
        return self._reading(self._store, self._host, self._run, module, self._vars)

    def _read_again(self, module: dict[str, Any]) -> dict[str, Any]:
        """A reading of a host that was changed: a connection that ends in the middle of it proves nothing yet."""
        try:
            return self._read(module)
        except AnsibleConnectionFailure as error:
            self._say(f"the connection ended while it was measured, once more: {' '.join(str(error).split())}")
            self._renew(True)
            return self._read(module)

    def _do_plan(self, _todo: dict[str, Any]) -> dict[str, Any]:
        folder = self._options["plan_dir"]
        try:
            if folder:
                plan = plans.load(folder, self._host, self._options["accept_edited"])
                plan = still_to_do(plan, self._last[0])
            else:
                plan = plans.make(self._host, *self._last, self._policy, self._course["tried"])
        except plans.PlanError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - as above
            return {"error": _no_use(error)}
        if plan["steps"] or self._course["round"] == 0:
            self._say(remedied.plan_words(plan))
        closed = None
        if not policies.open_now(self._policy, datetime.now()):  # noqa: DTZ005 - the clock of the controller, as it says
            closed = f"the policy allows changes from {self._policy['window'].replace('-', ' to ')} only"
        return {"plan": plan, "closed": closed}

    def _do_apply(self, todo: dict[str, Any]) -> dict[str, Any]:
        step = todo["step"]
        self._say(f"round {step['round']}: {remedied.step_words(step)}")
        reason = {
            "by": "remediate",
            "run": self._run,
            "host": self._host,
            "round": step["round"],
            "step": step["step"],
            "finding": step["finding"],
            "why": step["why"],
            "busy_s": self._busy_s(),
        }
        bounds = {key: self._policy[key] for key in ("disruption", "never", "memory_reserve")}
        if self._options["confirm_within"]:
            bounds["window"] = self._options["confirm_within"]
        event = self._transactions.apply(step, reason, bounds, secrets.token_hex(16))
        told = event.pop("told", {})
        # What only the host could decide is known now.
        step.update({key: told[key] for key in ("changes", "commands") if told.get(key) and not step[key]})
        self._say(_end_words(event))
        return event

    def _do_take_back(self, todo: dict[str, Any]) -> dict[str, Any]:
        event = self._transactions.take_back(todo["id"])
        self._say(f"{_end_words(event)} ({todo['why']})")
        return event

    def _do_keep(self, todo: dict[str, Any]) -> dict[str, Any]:
        event = self._transactions.keep(todo["id"])
        self._say(_end_words(event))
        return event

    def _busy_s(self) -> float:
        """How long at most a step waits for its proof, from when it is applied."""
        judge_s = [step.get("judge_after_s") or 0 for step in self._course["plan"]["steps"]]
        transactions_s = len(judge_s) * max(rounds.MARGIN_S.values())
        return max([0, *judge_s]) + 3 * self._options["interval"] + transactions_s + SLOW_S

    # --- Ansible ----------------------------------------------------------------------------------------------------

    def _transaction(self, **arguments: Any) -> dict[str, Any]:
        return self._execute_module(
            module_name="linuxnet.packetloss.transaction", module_args=arguments, task_vars=self._vars
        )

    def _renew(self, broken: bool) -> None:
        """Give the connection up, so that the next one is a new one; where it is *broken*, with all that it had."""
        if broken and self._connection._shell.tmpdir:
            # A folder that may not be there any more, after a boot for one.
            self._folders.append(self._connection._shell.tmpdir)
            self._connection._shell.tmpdir = None
        if type(self._connection).reset is not ConnectionBase.reset:
            with suppress(AnsibleError, OSError):
                self._connection.reset()

    def _keep_alive(self) -> None:
        """Have ssh notice that a connection died: a change may cut it, and TCP would wait for a quarter of an hour."""
        try:
            # Of all that ssh is called for: whichever comes first makes the connection that the others share.
            given = self._connection.get_option("ssh_common_args") or ""
            options = f"-o ServerAliveInterval={ALIVE_EVERY_S} -o ServerAliveCountMax={ALIVE_MISSED}"
            self._connection.set_option("ssh_common_args", f"{given} {options}".strip())
        except (AnsibleError, KeyError):
            # Another kind of connection.
            return

    def _say(self, words: str) -> None:
        """A thing that happened, on the screen and in the report."""
        self._events.append({"at": now(), "words": words})
        self._display.display(printable(f"{self._host}: {words}"))

    def _say_left(self) -> None:
        """What earlier runs have left, once each."""
        for one in self._course["left"]:
            if one["id"] not in self._told_left:
                self._told_left.add(one["id"])
                self._say(one["words"][0])

    def _say_outcomes(self) -> None:
        """What was judged in the meantime."""
        for step in self._course["steps"]:
            place, outcome = (step["round"], step["step"]), step["outcome"]
            if outcome and self._outcomes.get(place) != outcome:
                self._outcomes[place] = outcome
                proved = "proved: " if outcome in rounds.PROVED else ""
                self._say(f"{proved}{outcome.replace('_', ' ')}, {remedied.rule(step['finding'])}: {step['words'][-1]}")

    def _write(self, ended: str | None) -> dict[str, Any]:
        told = report(self._course, self._began, ended, self._events, self._policy)
        self._store.write_json(self._store.remediation_name(self._host), told)
        if ended:
            self._store.write_text(self._store.remediation_name(self._host, ".md"), remediated_host_page(told))
        return told

    def _result(self, told: dict[str, Any]) -> dict[str, Any]:
        result = {
            **slim(told),
            "changed": changed(told),
            "report": str(self._store.folder / self._store.remediation_name(self._host, ".md")),
        }
        if self._task.diff:
            result["diff"] = diff(told)
        if self._discovered_interpreter_key:
            result["ansible_facts"] = {self._discovered_interpreter_key: self._discovered_interpreter}
        return result


def _no_use(error: Exception) -> str:
    return f"nothing can be made of what the host answered: {type(error).__name__}: {error}"


def _end_words(event: dict[str, Any]) -> str:
    """How a transaction ended, in one line."""
    end = {"gone_back": "went back by itself", "cut": "went back by itself, since no new connection came in time"}
    told = end.get(event["end"], event["end"].replace("_", " "))
    words = "; ".join(event["words"])
    return f"{told} {event['transaction'] or ''}".strip() + (f": {words}" if words else "")
