# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts of a play are still to come to a report, however the play goes through its hosts."""

from __future__ import annotations

from typing import Any

from ansible.playbook.task import Task
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.runs import PROCESS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store

#: The strategies in which a task with run_once is run for every host all the same.
EACH_HOST = ("free", "host_pinned", "mitogen_free", "mitogen_host_pinned")


def alone(task: Task) -> bool:
    """Whether each host goes on alone, so that a task runs for every one, whatever ``run_once`` says."""
    return str(task.get_play().strategy).rpartition(".")[2] in EACH_HOST


def waiting(store: Store, run: str | None, task: Task, task_vars: dict[str, Any]) -> set[str]:
    """The hosts of the play that are still to come to this task: with ``serial`` it runs for each batch."""
    here = [task_vars["inventory_hostname"]] if alone(task) else task_vars["ansible_play_batch"]
    left = set(task_vars["ansible_play_hosts"]) - set(here)
    return left - store.seen(run or PROCESS, here) if left else left
