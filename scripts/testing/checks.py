# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check of the test runner is, and the two ways to make one: from a command, or from a run of pytest."""

import os
import re
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build"
VENV = REPOSITORY / ".venv"
COLLECTION = "linuxnet.packetloss"

#: Seconds after which a command is ended and its check has failed.
COMMAND_LIMIT_S = 1500


class Check(NamedTuple):
    """The outcome of one check.

    ``skipped`` maps a reason to how many tests were skipped for it; ``failures`` are lines for the last summary;
    ``notes`` are lines for it that are no failure.
    """

    stage: str
    name: str
    passed: int = 0
    failures: tuple = ()
    failed: int = 0
    skipped: dict = {}
    notes: tuple = ()
    seconds: float = 0.0


def skipped(stage, name, reason):
    """A check that could not run here, for *reason*."""
    return Check(stage, name, skipped={reason: 1})


def failed(stage, name, message):
    """A check that failed before it ran a command."""
    return Check(stage, name, failed=1, failures=(f"{name}: {message}",))


class Finished(NamedTuple):
    """A command that ended: its exit code, all it printed, where that is kept, and how long it took."""

    code: int
    output: str
    log: Path
    seconds: float

    @property
    def shown_log(self):
        return self.log.relative_to(REPOSITORY)


def environment(home, **more):
    """The environment of this process with a HOME of the tests' own, so that nothing of the user's is read or changed.

    Only pip's configuration is taken along, as it may name the only way to packages, and its cache.
    """
    home.mkdir(parents=True, exist_ok=True)
    for configuration in (".config/pip/pip.conf", ".pip/pip.conf"):
        if (Path.home() / configuration).is_file():
            (home / configuration).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path.home() / configuration, home / configuration)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MAKE", "PYTHON"))}
    return {
        "PYENV_ROOT": str(Path.home() / ".pyenv"),
        "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
        **kept,
        "PATH": os.pathsep.join([str(VENV / "bin"), kept.get("PATH", os.defpath)]),
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "NO_COLOR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **{name: str(value) for name, value in more.items()},
    }


def run(stage, name, command, cwd=REPOSITORY, env=None, limit_s=COMMAND_LIMIT_S):
    """Runs *command* with no standard input and keeps what it prints in ``build/logs``; returns :class:`Finished`.

    It is ended after *limit_s* seconds.
    """
    log = BUILD / "logs" / stage / (re.sub(r"[^\w.-]+", "-", name) + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as out:
        try:
            code = subprocess.run(
                [str(word) for word in command],
                cwd=cwd,
                env=env or environment(BUILD / "home" / stage),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=limit_s,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            out.write(f"\nended after {limit_s} s\n".encode())
            code = -1
        except OSError as error:
            out.write(f"{command[0]}: {error}\n".encode())
            code = -1
    return Finished(code, log.read_text(errors="replace"), log, time.monotonic() - started)


def command(stage, name, words, cwd=REPOSITORY, env=None):
    """A check that passes when a command exits with 0."""
    finished = run(stage, name, words, cwd, env)
    if finished.code == 0:
        return Check(stage, name, passed=1, seconds=finished.seconds)
    return Check(stage, name, failed=1, failures=(explain(name, finished),), seconds=finished.seconds)


def explain(name, finished, lines=20):
    """A failure for the summary: what failed, where its output is, and the end of it."""
    tail = "\n".join("    " + line for line in finished.output.rstrip().splitlines()[-lines:])
    return f"{name}: exit code {finished.code}, all of it in {finished.shown_log}\n{tail}"


def pytest(stage, name, python, paths, env=None, arguments=(), limit_s=COMMAND_LIMIT_S):
    """A check for each test that pytest runs below *paths*, with the reasons of the skipped ones."""
    missing = [path for path in paths if not (REPOSITORY / path).exists()]
    paths = [path for path in paths if path not in missing]
    if not paths:
        return skipped(stage, name, f"there is no {' nor '.join(missing)}")
    report = BUILD / "logs" / stage / (re.sub(r"[^\w.-]+", "-", name) + ".xml")
    report.unlink(missing_ok=True)
    cache = f"cache_dir={BUILD / 'pytest' / stage / name}"
    words = [python, "-m", "pytest", "-q", "-rs", "-o", cache, f"--junitxml={report}", *arguments, *paths]
    finished = run(stage, name, words, env=env, limit_s=limit_s)
    if finished.code == 5:
        return skipped(stage, name, f"{' and '.join(paths)} hold no test")
    if not report.is_file():
        return Check(stage, name, failed=1, failures=(explain(name, finished),), seconds=finished.seconds)
    check = of_junit(stage, name, report)
    if finished.code and not check.failed:
        check = check._replace(failed=1, failures=(explain(name, finished),))
    elif check.failed:
        check = check._replace(failures=(explain(name, finished),))
    return check._replace(seconds=finished.seconds)


def of_junit(stage, name, report):
    """The counts of a JUnit XML file that pytest wrote."""
    passed, failures, reasons = 0, 0, Counter()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failures += 1
        elif (skip := case.find("skipped")) is not None:
            reasons[skip.get("message") or "no reason given"] += 1
        else:
            passed += 1
    return Check(stage, name, passed=passed, failed=failures, skipped=dict(reasons))
