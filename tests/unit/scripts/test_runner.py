# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test runner tells what it saw: nothing that failed or did not run may look as if it had passed."""

import subprocess
import sys
from pathlib import Path

import pytest

import run_tests
from testing import checks, nodes, pythons, sanity

JUNIT = """<testsuites><testsuite>
<testcase name="a"/>
<testcase name="b"><failure message="1 != 2"/></testcase>
<testcase name="c"><error message="no such fixture"/></testcase>
<testcase name="d"><skipped message="needs root"/></testcase>
<testcase name="e"><skipped message="needs root"/></testcase>
</testsuite></testsuites>"""

SANITY = """\
Running sanity test "compile" on Python 3.11
Running sanity test "pep8"
WARNING: Skipping shellcheck: it is not installed
Running sanity test "pylint"
ERROR: plugins/modules/a.py:1:1: bad
"""

FAILED = """\
FATAL: The 2 sanity test(s) listed below (out of 3) failed. See error output above for details.
compile --python 3.11
pylint
FATAL: Command "x" returned exit status 1.
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "REPOSITORY", tmp_path)
    return tmp_path / "check.log"


def test_junit_is_counted_with_its_reasons(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(JUNIT)
    check = checks.of_junit("unit", "unit", report)
    assert (check.passed, check.failed, check.skipped) == (1, 2, {"needs root": 2})


def test_pytest_that_writes_no_report_has_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "BUILD", tmp_path)
    monkeypatch.setattr(checks, "REPOSITORY", tmp_path)
    (tmp_path / "tests").mkdir()
    check = checks.pytest("unit", "unit", "/no/such/python", ["tests"])
    assert (check.passed, check.failed) == (0, 1)


def test_a_folder_without_tests_is_skipped_and_not_passed(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "REPOSITORY", tmp_path)
    check = checks.pytest("lab", "lab", "python3", ["tests/lab"])
    assert check.skipped == {"there is no tests/lab": 1}


@pytest.mark.parametrize(
    ("code", "output", "passed", "failed"),
    [
        (0, SANITY, 3, 0),
        (1, SANITY + FAILED, 1, 2),
        (1, "FATAL: no such command\n", 0, 1),
    ],
)
def test_sanity_is_counted_by_its_tests(code, output, passed, failed, log):
    check = sanity.of_output("ansible-core 2.19", checks.Finished(code, output, log, 1.0))
    assert (check.passed, check.failed) == (passed, failed)


def test_sanity_without_packages_is_skipped(log):
    output = "ERROR: No matching distribution found for pip==24.2\nFATAL: Command returned exit status 1.\n"
    check = sanity.of_output("ansible-core 2.19", checks.Finished(1, output, log, 1.0))
    assert (check.passed, check.failed) == (0, 0)
    assert check.skipped == {"pip finds no pip==24.2, which ansible-test asks for": 1}


def test_a_package_that_is_nowhere_is_a_reason_to_skip():
    with pytest.raises(pythons.NotHere, match="pip finds no no-such-package==1 for Python 3"):
        pythons.install(sys.executable, "--no-index", "no-such-package==1")
    with pytest.raises(subprocess.CalledProcessError):
        pythons.install(sys.executable, "--no-such-option")


def test_what_cannot_be_had_is_skipped_and_what_breaks_has_failed():
    def lacking():
        raise pythons.NotHere("there is none")

    def breaking():
        raise subprocess.CalledProcessError(1, ["pip"], output="it broke")

    assert pythons.tried("nodes", "Python 3", lambda: 7) == (7, None)
    assert pythons.tried("nodes", "Python 3", lacking) == (None, checks.skipped("nodes", "Python 3", "there is none"))
    assert pythons.tried("nodes", "Python 3", breaking) == (None, checks.failed("nodes", "Python 3", "it broke"))


def test_the_oldest_and_the_newest_python_run_everything_and_those_between_read_a_whole_host():
    here = ["3.6", "3.9", "3.13"]
    ran = {version: nodes.tests_for(version, here) for version in here}
    assert ran == {"3.6": nodes.NODE_TESTS, "3.9": nodes.WHOLE_HOST, "3.13": nodes.NODE_TESTS}
    assert nodes.tests_for("3.9", ["3.9"]) == nodes.NODE_TESTS
    for path in (*nodes.NODE_TESTS, *nodes.WHOLE_HOST):
        assert (checks.REPOSITORY / path).exists(), path


def test_a_file_that_cannot_be_imported_is_told(tmp_path):
    """The checks of the nodes are programs: each exits with how many files it refuses."""
    folder = tmp_path / "ansible_collections" / "linuxnet" / "packetloss" / "plugins"
    folder.mkdir(parents=True)
    (folder / "good.py").write_text("import os\n")
    (folder / "bad.py").write_text("import no_such_module\n")
    (folder / "worse.py").write_text("def f(:\n")
    codes = {}
    for name in ("COMPILE", "IMPORT"):
        done = subprocess.run(
            [sys.executable, "-c", getattr(nodes, name), "plugins"],
            cwd=folder.parent,
            env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        codes[name] = done.returncode
    assert codes == {"COMPILE": 1, "IMPORT": 2}


def test_a_stage_that_breaks_has_failed(monkeypatch, capsys):
    monkeypatch.setitem(run_tests.STAGES, "broken", lambda: iter([1 // 0]))
    _stage, found, _seconds = run_tests.run_stage("broken")
    assert run_tests.totals(found) == (0, 1, 0)
    assert "ZeroDivisionError" in found[0].failures[0]


def test_the_last_line_is_the_count_alone():
    found = [
        checks.Check("unit", "unit", passed=3, skipped={"needs root": 2}),
        checks.Check("lint", "ruff", failed=1, failures=("ruff: bad",)),
    ]
    lines = run_tests.summary([("unit", found[:1], 1.0), ("lint", found[1:], 2.0)]).splitlines()
    assert lines[-1] == "3 passed, 1 failed, 2 skipped"
    assert "  unit: 2 x needs root" in lines
    assert "  lint: ruff: bad" in lines


@pytest.mark.parametrize(
    ("stages", "code"),
    [([], 1), ([checks.Check("a", "a", passed=1)], 0), ([checks.Check("a", "a", passed=1, failed=1)], 1)],
)
def test_the_exit_code_is_good_only_when_something_passed_and_nothing_failed(stages, code, monkeypatch, capsys):
    monkeypatch.setattr(run_tests, "TOGETHER", {"a": lambda: iter(stages)})
    monkeypatch.setattr(run_tests, "ALONE", {})
    monkeypatch.setattr(run_tests, "STAGES", {"a": lambda: iter(stages)})
    monkeypatch.setattr("sys.argv", ["run_tests.py"])
    with pytest.raises(SystemExit) as stopped:
        run_tests.main()
    assert stopped.value.code == code


def test_the_environment_of_a_check_is_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("ANSIBLE_CONFIG", "/somewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = checks.environment(tmp_path / "home", MORE=Path("x"))
    assert env["HOME"] == str(tmp_path / "home")
    assert not {"ANSIBLE_CONFIG", "PYTHONPATH"} & set(env)
    assert env["MORE"] == "x"
