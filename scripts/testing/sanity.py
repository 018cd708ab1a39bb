# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stage ``sanity``: ``ansible-test sanity --venv`` on a copy of the tree, without an ignore file."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from ansible import release

from testing import tree
from testing.checks import BUILD, VENV, Check, environment, explain, failed, run, skipped
from testing.cores import CORES, environment_of
from testing.pythons import NO_PACKAGE, tried, version_of

#: How ansible-test names the tests that failed: this line, then one line each.
LISTED = re.compile(r"^FATAL: The \d+ sanity test\(s\) listed below .* failed\..*\n((?!FATAL).+\n)*", re.M)

#: The pylint of a release candidate may hang on a package that is in no index.
NO_SECOND_PYLINT = "pylint runs only under the ansible-core of .venv"

STUB = Path(__file__).with_name("get_pip.py")


def sanity():
    """One count for each sanity test that ran: under the ansible-core of ``.venv`` and the newest that is here."""
    yield under(VENV / "bin" / "python", "sanity")
    for core in reversed(CORES):
        if release.__version__.startswith(f"{core.series}."):
            return
        python, refusal = tried("sanity", f"ansible-core {core.series}", environment_of, core)
        if python:
            check = under(python, "sanity-newest", "--skip-test", "pylint")
            yield check._replace(skipped={**check.skipped, NO_SECOND_PYLINT: 1})
            return
        yield refusal
        if refusal.failed:
            return


def under(python, folder, *arguments):
    """The check of one ansible-core, whose environment has *python*, in ``build/FOLDER``."""
    copy = tree.copy(folder)
    if found := sorted(file.name for file in copy.glob("tests/sanity/ignore*")):
        return failed("sanity", "no ignore file", f"there is {', '.join(found)}")
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=copy, check=True)
    ask = "import sysconfig, ansible.release as r; print(sysconfig.get_path('purelib'), r.__version__)"
    asked = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    libraries, core = asked.stdout.split()
    name = f"ansible-core {core}"
    home = BUILD / "home" / folder
    provide_pip(Path(libraries) / "ansible_test", home)
    env = environment(home)
    env["PATH"] = os.pathsep.join([str(python.parent), env["PATH"]])
    words = ["sanity", "--venv", "--color", "no", "--python", version_of(python), "-v", *arguments]
    return of_output(name, run("sanity", name, [python.parent / "ansible-test", *words], cwd=copy, env=env))


def of_output(name, finished):
    """The counts of one run of ansible-test, read from what it printed."""
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', finished.output, re.M))
    if not ran and (missing := NO_PACKAGE.search(finished.output)):
        return skipped("sanity", name, f"pip finds no {missing.group(1)}, which ansible-test asks for")
    listed = LISTED.search(finished.output)
    broken = {line.split()[0] for line in listed.group(0).splitlines()[1:]} & ran if listed else set()
    check = Check(
        "sanity",
        name,
        passed=len(ran - broken),
        skipped=dict.fromkeys(re.findall(r"^WARNING: (Skipping .*)$", finished.output, re.M), 1),
        seconds=finished.seconds,
    )
    if finished.code == 0:
        return check
    errors = re.findall(r"^ERROR: .*$", finished.output, re.M)
    shown = explain(check.name, finished, lines=4) + "".join(f"\n    {line}" for line in errors)
    return check._replace(failed=len(broken) or 1, failures=(shown,))


def provide_pip(tool, home):
    """Gives ansible-test a way to pip where the host that it fetches its ``get-pip`` from is out of reach.

    It looks for ``~/.ansible/test/cache/get_pip_VERSION.py`` first, so a script of that name which makes pip from
    Python's own ensurepip serves. Where the host is in reach, nothing is put in its way.
    """
    versions = re.findall(r"\bpip='([\d.]+)'", (tool / "_internal" / "python_requirements.py").read_text())
    fetches = (tool / "_util" / "target" / "setup" / "requirements.py").read_text()
    hosts = {urlsplit(url).hostname for url in re.findall(r"https://[^'\"]*get-pip", fetches)}
    if all(in_reach(host) for host in hosts):
        return
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        shutil.copy(STUB, cache / f"get_pip_{version.replace('.', '_')}.py")


def in_reach(host):
    """Whether a TLS connection to *host* can be opened."""
    try:
        with socket.create_connection((host, 443), timeout=5) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
    except OSError:
        return False
    return True
