# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings of the hosts of one run, from the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import unread
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import DamagedError, Skipped, Store


def of_this_run(
    store: Store, run: str | None, hosts: Iterable[str], said: Callable[[str], dict[str, Any]]
) -> Iterator[dict[str, Any] | Skipped]:
    """The findings of every one of *hosts*, and the files that hold none.

    What an earlier run left of a host that this one did not read is not taken for it: the host is unknown, and a file
    says so. Where this process began no run (None), the last findings of each host are what was asked for.

    :param said: what the audit of a host returned to Ansible; a host that was skipped is left out
    """
    for host in hosts:
        try:
            found = store.findings(host)
        except DamagedError as error:
            found = None
            yield Skipped(store.relative(store.findings_path(host)), str(error))
        if found is not None and (run is None or found["run"] == run):
            yield found
        elif run is None:
            yield unread(host, None, "it was never audited: there is nothing of it in this folder")
        elif not (returned := said(host)).get("skipped"):
            found = unread(host, run, why_not(returned), bool(returned.get("unreachable")))
            store.write_findings(found)
            yield found


def why_not(returned: dict[str, Any]) -> str:
    """Why an audit left no findings, from what it returned to Ansible."""
    if returned.get("unreachable"):
        return f"unreachable: {returned.get('msg')}"
    return str(returned.get("msg") or "the audit did not run on this host: see its message above")


def registered(host: str, result: str, task_vars: dict[str, Any]) -> dict[str, Any]:
    """What was registered of the audit of a host in the variable *result*, as it is: it is data, and no template."""
    found = (task_vars["hostvars"].raw_get(host) or {}).get(result)
    return found if isinstance(found, dict) else {}
