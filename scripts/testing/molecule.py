# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stages that run Molecule scenarios: ``containers``, with the scenario ``tune``, and ``vm``; and ``vm-long``, what
takes too long for that."""

import re
from xml.etree import ElementTree

from testing.checks import (
    BUILD,
    REPOSITORY,
    VENV,
    Check,
    command,
    environment,
    explain,
    failed,
    of_junit,
    pytest,
    run,
    skipped,
)

#: Seconds for a whole scenario. One takes a quarter of an hour; on a busy machine emulated guests take many times that.
SCENARIO_LIMIT_S = 7200

#: Seconds for the tests of vm-long: some eighty of one to four minutes each, not timed as a whole yet.
LONG_LIMIT_S = 21600

MOLECULE = REPOSITORY / "scripts" / "molecule.sh"
LAB = [VENV / "bin" / "python", "tests/lab/lab.py"]


def containers():
    """Hosts of three distributions in containers: audited, and tuned."""
    for name in ("containers", "tune"):
        yield from scenario(name, [VENV / "bin" / "python", "tests/containers/hosts.py"])


def vm():
    """Virtual hosts with real NIC drivers, and the tables from there: losses, ring memory, bonds, and the short ones of
    faults and remedies."""
    tables = _no_tables("losses", "ring_memory", "bond_rings", "faults", "remedies")
    yield from scenario("vm", LAB, tables)


def vm_long():
    """In the same hosts, without Molecule: every fault of a transaction at every step, the remedy of every loss, and
    every loss from a capture."""
    tables = _no_tables("faults", "remedies", "captured")
    env = environment(BUILD / "home" / "vm-long")
    asked = run("vm-long", "missing", [*LAB, "missing"], env=env)
    if asked.code:
        yield failed("vm-long", "missing", asked.output)
        return
    if asked.output:
        yield skipped("vm-long", "vm-long", asked.output.strip())
        return
    built = command("vm-long", "build", [*LAB, "build"], env=env)
    yield built
    if built.failed:
        return
    paths = [f"tests/lab/test_{name}.py" for name in ("captured_losses", "faults", "remedies")]
    try:
        check = pytest("vm-long", "lab", VENV / "bin" / "python", paths, env, ["--long"], LONG_LIMIT_S)
    finally:
        removed = command("vm-long", "destroy", [*LAB, "down"], env=env)
    yield check._replace(notes=_read(tables))
    yield removed


def _no_tables(*names):
    """The paths of tables that the lab's tests leave, none of which is there now."""
    tables = [BUILD / "lab" / f"{name}.txt" for name in names]
    for table in tables:
        table.unlink(missing_ok=True)
    return tables


def _read(tables):
    return tuple("\n" + table.read_text() for table in tables if table.is_file())


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
        yield of_junit(name, "verify", results)._replace(failures=tuple(broken(results)), notes=_read(tables))
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
