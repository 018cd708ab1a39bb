# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of many hosts costs, beside the two modules that everybody knows the cost of.

Every host is this machine (``connection: local``). Measured is the CPU time of ansible-playbook and of all that it
starts, so the time that an audit sleeps between its samples does not count, and neither does another program's load.
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

#: An audit may cost this much of a ping; and less than setup.
GOAL_RATIO_TO_PING = 1.4

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
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-") as name:
        folder = Path(name)
        seconds = {}
        for module in ("ansible.builtin.ping", "ansible.builtin.setup"):
            playbook = folder / f"{module}.yml"
            playbook.write_text(PLAY.format(module=module))
            seconds[module] = cost(str(playbook), folder)
        variables = {
            "packetloss_interval": INTERVAL_S,
            "packetloss_dir": str(folder / "report"),
            "packetloss_fail_on": "never",
        }
        audit = cost("linuxnet.packetloss.audit", folder, "-e", json.dumps(variables))
        read = len(list((folder / "report" / "hosts").glob("*.findings.json")))
    ping, setup = seconds["ansible.builtin.ping"], seconds["ansible.builtin.setup"]
    print(f"An audit of {HOSTS} local hosts, {FORKS} forks: CPU seconds per host, sleeping between samples not counted")
    print(f"  ansible.builtin.ping       {ping:6.3f}")
    print(f"  ansible.builtin.setup      {setup:6.3f}")
    print(f"  linuxnet.packetloss.audit  {audit:6.3f}   ({read} hosts read)")
    met = audit <= GOAL_RATIO_TO_PING * ping and audit < setup and read == HOSTS
    print(f"  {audit / ping:.2f} x ping  (goal: at most {GOAL_RATIO_TO_PING})")
    print(f"  {audit / setup:.2f} x setup (goal: below 1)")
    return met
