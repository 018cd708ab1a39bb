# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stage ``sanity``: ``ansible-test sanity --venv`` on a copy of the tree, without an ignore file."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

from testing import tree
from testing.checks import BUILD, VENV, Check, environment, explain, failed, run

#: How ansible-test names the tests that failed: this line, then one line each.
LISTED = re.compile(r"^FATAL: The \d+ sanity test\(s\) listed below .* failed\..*\n((?!FATAL).+\n)*", re.M)

STUB = Path(__file__).with_name("get_pip.py")


def sanity():
    """One count for each sanity test that ran."""
    copy = tree.copy("sanity")
    if (found := sorted(file.name for file in copy.glob("tests/sanity/ignore*"))) != []:
        yield failed("sanity", "no ignore file", f"there is {', '.join(found)}")
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=copy, check=True)

    home = BUILD / "home" / "sanity"
    provide_pip(home)
    version = ".".join(map(str, sys.version_info[:2]))
    words = [VENV / "bin" / "ansible-test", "sanity", "--venv", "--color", "no", "--python", version, "-v"]
    finished = run("sanity", "ansible-test", words, cwd=copy, env=environment(home))
    yield of_output(finished)


def of_output(finished):
    """The counts of one run of ansible-test, read from what it printed."""
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', finished.output, re.M))
    listed = re.search(
        r"^FATAL: The \d+ sanity test\(s\) listed below .* failed\..*\n((?!FATAL).+\n)*", finished.output, re.M
    )
    broken = {line.split()[0] for line in listed.group(0).splitlines()[1:]} & ran if listed else set()
    check = Check(
        "sanity",
        "ansible-test sanity",
        passed=len(ran - broken),
        skipped=dict.fromkeys(re.findall(r"^WARNING: (Skipping .*)$", finished.output, re.M), 1),
        seconds=finished.seconds,
    )
    if finished.code == 0:
        return check
    errors = re.findall(r"^ERROR: .*$", finished.output, re.M)
    shown = explain(check.name, finished, lines=4) + "".join(f"\n    {line}" for line in errors)
    return check._replace(failed=len(broken) or 1, failures=(shown,))


def provide_pip(home):
    """Gives ansible-test a way to pip where the host that it fetches its ``get-pip`` from is out of reach.

    It looks for ``~/.ansible/test/cache/get_pip_VERSION.py`` first, so a script of that name which makes pip from
    Python's own ensurepip serves. Where the host is in reach, nothing is put in its way.
    """
    tool = Path(sysconfig.get_path("purelib")) / "ansible_test"
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
