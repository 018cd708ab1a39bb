# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stage ``matrix``: the audit of this machine, for real, under every series of ansible-core that it supports.

The collection is installed as a user would install it, less all that is not needed at run time.
"""

import json
import os
import re
import shutil
import subprocess

import jsonschema

from testing import tree
from testing.checks import BUILD, REPOSITORY, Check, environment, explain, failed, run, skipped
from testing.cores import CORES, environment_of
from testing.pythons import find, tried, version_of

SCHEMA = REPOSITORY / "docs" / "host-document.schema.json"

#: Seconds over which each audit samples.
INTERVAL_S = 2


#: The only series that manages a node with Python 3.6.
CORE_FOR_OLD_NODES, OLD_NODE = "2.16", "3.6"


def matrix():
    """One check for each series, and one for a node with Python 3.6."""
    if not (REPOSITORY / "playbooks" / "audit.yml").is_file():
        yield skipped("matrix", "matrix", "there is no playbooks/audit.yml")
        return
    try:
        installed = tree.install(tree.build(tree.copy("matrix"), "matrix-tarball"), "matrix-installed")
    except subprocess.CalledProcessError as error:
        yield failed("matrix", "ansible-galaxy", error.output)
        return
    for core in CORES:
        name = f"ansible-core {core.series}"
        controller, refusal = tried("matrix", name, environment_of, core)
        if refusal:
            yield refusal
            continue
        yield audit(name, controller, installed, own_python(controller))
        if core.series == CORE_FOR_OLD_NODES:
            name = f"{name} and a node with Python {OLD_NODE}"
            if (node := find(OLD_NODE)) is None:
                yield skipped("matrix", name, f"there is no Python {OLD_NODE} on this machine")
            else:
                yield audit(name, controller, installed, node)


def own_python(controller):
    """The machine's own python3 where every series can manage it (3.9 and newer), else the controller's."""
    system = "/usr/bin/python3"
    minor = int((version_of(system) or "3.0").split(".")[1])
    return system if minor >= 9 else str(controller)


def audit(name, controller, installed, node):
    """Audits this machine with the environment of *controller* and the Python *node*, and judges what it leaves."""
    here = BUILD / "matrix-runs" / re.sub(r"[^\w.]+", "-", name)
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    env = environment(
        BUILD / "home" / "matrix",
        ANSIBLE_COLLECTIONS_PATH=installed,
        ANSIBLE_COLLECTIONS_SCAN_SYS_PATH=False,
        # The default from ansible-core 2.24 on.
        ANSIBLE_INJECT_FACT_VARS=False,
        ANSIBLE_DEPRECATION_WARNINGS=True,
    )
    env["PATH"] = os.pathsep.join([str(controller.parent), env["PATH"]])
    variables = {
        "ansible_python_interpreter": node,
        "packetloss_interval": INTERVAL_S,
        "packetloss_dir": str(here / "report"),
        "packetloss_fail_on": "never",
    }
    words = ["--inventory", "localhost,", "--connection", "local", "--extra-vars", json.dumps(variables)]
    playbook = [controller.parent / "ansible-playbook", "linuxnet.packetloss.audit", *words]
    finished = run("matrix", name, playbook, cwd=here, env=env)
    if finished.code:
        complaints = [explain(name, finished)]
    else:
        complaints = [
            f"{name}: {complaint}" for complaint in (*wrong_output(finished.output), *wrong_report(here / "report"))
        ]
    return Check(
        "matrix",
        name,
        passed=int(not complaints),
        failed=int(bool(complaints)),
        failures=tuple(complaints),
        seconds=finished.seconds,
    )


def wrong_output(output):
    """What a good run must not print."""
    for word in ("Traceback (most recent call last)", "[DEPRECATION WARNING]"):
        if word in output:
            yield f"{word} in the output"


def wrong_report(report):
    """Whether the files of an audit are there, and the host's document is valid."""
    for file in ("audit.json", "audit.md", "hosts/localhost.json"):
        if not (report / file).is_file():
            yield f"no {file} was written"
            return
    document = json.loads((report / "hosts" / "localhost.json").read_text())
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for error in list(validator.iter_errors(document))[:10]:
        yield f"hosts/localhost.json at /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
