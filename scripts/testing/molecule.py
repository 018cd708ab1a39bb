# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stages that run Molecule scenarios: ``containers``, with the scenario ``tune``, and ``vm``."""

import re
from xml.etree import ElementTree

from testing.checks import BUILD, REPOSITORY, VENV, Check, command, environment, explain, failed, of_junit, run, skipped

#: Seconds for a whole scenario. One takes a quarter of an hour; on a busy machine emulated guests take many times that.
SCENARIO_LIMIT_S = 7200

MOLECULE = REPOSITORY / "scripts" / "molecule.sh"


def containers():
    """Hosts of three distributions in containers: audited, and tuned."""
    for name in ("containers", "tune"):
        yield from scenario(name, [VENV / "bin" / "python", "tests/containers/hosts.py"])


def vm():
    """Virtual hosts with real NIC drivers, and the tables of losses, of ring memory and of bonds from there."""
    tables = [BUILD / "lab" / f"{name}.txt" for name in ("losses", "ring_memory", "bond_rings")]
    for table in tables:
        table.unlink(missing_ok=True)
    yield from scenario("vm", [VENV / "bin" / "python", "tests/lab/lab.py"], tables)


def scenario(name, hosts, tables=()):
    """A check for each step of the Molecule scenario *name*, and one for each test that its step verify runs.

    *hosts* is the program that makes its hosts: ``missing`` prints why there can be none here, ``build`` builds what
    is kept between runs. verify leaves its results in ``build/NAME/verify.xml``, and what the summary is to show in
    *tables*.
    """
    env = environment(BUILD / "home" / name, MOLECULE_COMMAND_BORDERS="false", MOLECULE_REPORT="true")
    asked = run(name, "missing", [*hosts, "missing"], env=env)
    if asked.code:
        yield failed(name, "missing", asked.output)
        return
    if asked.output:
        yield skipped(name, name, asked.output.strip())
        return
    results = BUILD / name / "verify.xml"
    results.unlink(missing_ok=True)
    try:
        # Not left to the step create, whose playbook would go on with it after Ctrl-C.
        built = command(name, "build", [*hosts, "build"], env=env)
        yield built
        if built.failed:
            return
        finished = run(name, "molecule", [MOLECULE, "test", "-s", name], env=env, limit_s=SCENARIO_LIMIT_S)
    finally:
        # Once more, and also after Ctrl-C.
        removed = command(name, "destroy", [MOLECULE, "destroy", "-s", name], env=env)
    yield steps(name, finished)
    if results.is_file():
        notes = tuple("\n" + table.read_text() for table in tables if table.is_file())
        yield of_junit(name, "verify", results)._replace(failures=tuple(broken(results)), notes=notes)
    yield removed


def steps(name, finished):
    """The steps that Molecule lists at its end, as one check."""
    listed = re.findall(rf"^{name} \S (\w+): Executed: (.*)$", finished.output, re.M)
    passed = sum(outcome.startswith("Successful") for _step, outcome in listed)
    if finished.code == 0 and passed == len(listed) > 0:
        return Check(name, "molecule", passed=passed, seconds=finished.seconds)
    # What comes after the first failure is the cleaning up.
    until = finished._replace(output=finished.output.partition("Executed: Failed")[0])
    failures = (explain("molecule", until, lines=40),)
    return Check(name, "molecule", passed=passed, failed=1, failures=failures, seconds=finished.seconds)


def broken(results):
    """A line for each test that failed."""
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        for kind in ("failure", "error"):
            if case.find(kind) is not None:
                yield f"verify: {case.get('name')}: {case.find(kind).get('message', '').splitlines()[0]}"
