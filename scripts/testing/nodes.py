# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stages that run pytest: ``unit``, ``captures``, ``playbook`` and ``provoke`` on the Python of ``.venv``;
``nodes``: node code on every other Python from 3.6 up that this machine has."""

import os
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from testing.checks import BUILD, REPOSITORY, VENV, command, environment, pytest, skipped
from testing.cores import CORES, environment_of
from testing.pythons import VERSIONS, find, install, tried, virtual_environment

NODE_CODE = ("plugins/modules", "plugins/module_utils")
NODE_TESTS = (
    "tests/unit/plugins/modules",
    "tests/unit/plugins/module_utils",
    "tests/unit/test_malformed.py",
    "tests/unit/test_wrong_answers.py",
    "tests/unit/test_whole_host.py",
)
#: What the Pythons between the oldest and the newest run: every source is read once. A fault of the language's version
#: alone, in what this does not reach, would be one that 3.6 and the newest do not have.
WHOLE_HOST = ("tests/unit/test_whole_host.py",)

#: The ansible-core whose ``module_utils`` still run on Python 3.6; those of ``.venv`` need 3.9.
OLD_CORE = "ansible-core>=2.16.19,<2.17"


#: Unit tests that mostly wait: until what is not confirmed goes back, for the second sample of a capture.
WAITING = ("tests/unit/playbooks", "tests/unit/plugins/module_utils/transaction")


def unit():
    """All unit tests: those that mostly wait beside those that compute."""
    others = [f"--ignore={path}" for path in WAITING]
    runs = {"waiting": (WAITING, ()), "computing": (["tests/unit"], others)}

    def run(name):
        paths, options = runs[name]
        return pytest("unit", name, VENV / "bin" / "python", paths, arguments=options)

    with ThreadPoolExecutor(len(runs)) as pool:
        yield from pool.map(run, runs)


def captures():
    """Readers against captures of real hosts, where those are present."""
    yield pytest("captures", "captures", VENV / "bin" / "python", ["tests/captures"])


def playbook():
    """Audits with everything wrong around them: bad input, hosts that lie, folders that cannot be written.

    Under the oldest ansible-core and the newest: templating changed much between them. Under that of ``.venv`` where
    one of them cannot be had. As many at once as there are processors.
    """
    programs = {}
    for core in (CORES[0], CORES[-1]):
        name = f"ansible-core {core.series}"
        interpreter, refusal = tried("playbook", name, environment_of, core)
        if refusal:
            yield refusal
            programs["playbook"] = VENV / "bin" / "ansible-playbook"
        else:
            programs[name] = interpreter.with_name("ansible-playbook")

    def run(name):
        home = BUILD / "home" / "playbook" / name.replace(" ", "-")
        env = environment(home, PACKETLOSS_ANSIBLE_PLAYBOOK=programs[name])
        return pytest("playbook", name, VENV / "bin" / "python", ["tests/playbook"], env=env)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield from pool.map(run, programs)


def provoke():
    """Audits of packet loss made in network namespaces of the tests' own."""
    yield pytest("provoke", "provoke", VENV / "bin" / "python", ["tests/provoke"])


def nodes():
    """Node code on every Python that a node may have: it compiles, each of its files can be imported, and it reads a
    whole host. The oldest and the newest Python that are here run all of its tests."""
    own = ".".join(map(str, sys.version_info[:2]))
    pythons = {version: find(version) for version in VERSIONS if version != own}
    here = [version for version, python in pythons.items() if python]
    for version, python in pythons.items():
        if python is None:
            yield skipped("nodes", f"Python {version}", f"there is no Python {version} on this machine")
        else:
            yield from node(version, python, tests_for(version, here))


def tests_for(version, here):
    """What Python *version* runs, where the versions *here* can be had (from the oldest to the newest)."""
    return NODE_TESTS if version in (here[0], here[-1]) else WHOLE_HOST


def node(version, python, tests):
    """The checks of one Python."""
    name = f"Python {version}"
    made, refusal = tried("nodes", name, environment_for, version, python)
    if refusal:
        yield refusal
        return
    interpreter, ansible = made
    path = [VENV / "collections", ansible]
    # A node may have no UTF-8 locale: with LC_ALL=C Python 3.6 decodes files as ASCII.
    more = {"PYTHONPATH": ":".join(map(str, path)), "PYTHONDONTWRITEBYTECODE": 1, "LC_ALL": "C"}
    env = environment(BUILD / "home" / "nodes", **more)
    yield command("nodes", f"{name} compiles", [interpreter, "-c", COMPILE, *NODE_CODE], env=env)
    yield command("nodes", f"{name} imports", [interpreter, "-c", IMPORT, *NODE_CODE], env=env)
    yield pytest("nodes", name, interpreter, tests, env=env)


#: Compiles in memory, so that nothing is written into the tree; exits with the number of files that failed.
COMPILE = """
import io, pathlib, sys, traceback
bad = 0
for path in sorted(p for folder in sys.argv[1:] for p in pathlib.Path(folder).rglob("*.py")):
    try:
        compile(io.open(str(path), encoding="utf-8").read(), str(path), "exec")
    except SyntaxError:
        traceback.print_exc(0)
        bad += 1
sys.exit(min(bad, 100))
"""

#: Imports each file by the name that it has in the collection; exits with the number of those that failed.
IMPORT = """
import importlib, pathlib, sys, traceback
bad = 0
for path in sorted(p for folder in sys.argv[1:] for p in pathlib.Path(folder).rglob("*.py")):
    try:
        importlib.import_module("ansible_collections.linuxnet.packetloss." + ".".join(path.with_suffix("").parts))
    except Exception:
        print(path)
        traceback.print_exc()
        bad += 1
sys.exit(min(bad, 100))
"""


def environment_for(version, python):
    """The interpreter of a virtual environment with what the tests of node code need, and where its ``ansible`` is."""
    packages = ["-r", str(REPOSITORY / "requirements" / "node.txt")]
    return virtual_environment(f"py{version}", python, packages), ansible_for(version)


def ansible_for(version):
    """A directory with the ``ansible`` package whose ``module_utils`` run on Python *version*."""
    if int(version.split(".")[1]) >= 9:
        # A link to the one package: beside it lies a pytest that is not for this Python.
        target = BUILD / "node-ansible"
        target.mkdir(parents=True, exist_ok=True)
        if not (target / "ansible").exists():
            (target / "ansible").symlink_to(Path(sysconfig.get_path("purelib")) / "ansible")
        return target
    target = REPOSITORY / ".venv-node-ansible"
    if not (target / "ansible" / "release.py").is_file():
        # Only its pure Python is used, so the Python that it asks for does not matter.
        words = ["--no-deps", "--ignore-requires-python", "--target", str(target), OLD_CORE]
        install(VENV / "bin" / "python", *words)
    return target
