# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of many hosts costs, beside the two modules that everybody knows the cost of.

Every host is this machine (``connection: local``). Measured is the CPU time of ansible-playbook and of all that it
starts, from its start to its end, for one host: its share of what a run costs once is in it. The time that an audit
sleeps between its samples does not count. Another program's load does, a little: so the three runs take turns, and of
each the cheapest counts.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HOSTS = 50
#: All hosts at once: ansible-playbook asks its workers a thousand times a second whether they are done, so with few
#: forks the sleep of an audit would be counted after all.
FORKS = 50
INTERVAL_S = 1
ROUNDS = 3

PING, SETUP, AUDIT = "ansible.builtin.ping", "ansible.builtin.setup", "linuxnet.packetloss.audit"

#: An audit may cost this much of each.
GOALS = {PING: 1.3, SETUP: 0.65}

PLAY = """\
- name: Measure
  hosts: all
  gather_facts: false
  tasks:
    - name: Run one module
      {module}:
"""


def cost(playbook, folder, *words):
    """CPU seconds per host of one run of *playbook* over all hosts."""
    inventory = folder / "hosts.ini"
    interpreter = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    inventory.write_text(f"host[1:{HOSTS}] ansible_connection=local ansible_python_interpreter={interpreter}\n")
    env = {**os.environ, "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOLOR": "1"}
    program = Path(sys.executable).with_name("ansible-playbook")
    command = [str(program), playbook, "-i", str(inventory), "-f", str(FORKS), *words]
    before = _cpu_of_children()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        wrong = [line for line in (done.stdout + done.stderr).splitlines() if "fatal" in line or "ERROR" in line]
        raise SystemExit(f"{' '.join(command)} failed with {done.returncode}:\n" + "\n".join(wrong[:10]))
    return (_cpu_of_children() - before) / HOSTS


def _cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure():
    """Prints the CPU seconds per host of ping, setup and the audit; returns whether the goals are met."""
    seconds = {PING: [], SETUP: [], AUDIT: []}
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-") as name:
        for number in range(ROUNDS):
            folder = Path(name) / str(number)
            folder.mkdir()
            for module in (PING, SETUP):
                playbook = folder / f"{module}.yml"
                playbook.write_text(PLAY.format(module=module))
                seconds[module].append(cost(str(playbook), folder))
            seconds[AUDIT].append(_cost_of_audit(folder))
    least = {what: min(found) for what, found in seconds.items()}
    print(f"An audit of {HOSTS} local hosts, {FORKS} forks: CPU seconds per host of the whole run, least of {ROUNDS}")
    for what, found in seconds.items():
        print(f"  {what:26} {least[what]:6.3f}   ({', '.join(f'{one:.3f}' for one in found)})")
    met = []
    for what, goal in GOALS.items():
        ratio = least[AUDIT] / least[what]
        met.append(ratio <= goal)
        print(f"  {ratio:.2f} x {what} (goal: at most {goal})")
    return all(met)


def _cost_of_audit(folder):
    report = folder / "report"
    variables = {"packetloss_interval": INTERVAL_S, "packetloss_dir": str(report), "packetloss_fail_on": "never"}
    spent = cost(AUDIT, folder, "-e", json.dumps(variables))
    read = {path.name.partition(".")[0] for path in (report / "hosts").glob("*.findings.json")}
    if len(read) != HOSTS:
        raise SystemExit(f"{len(read)} of {HOSTS} hosts were read")
    return spent
