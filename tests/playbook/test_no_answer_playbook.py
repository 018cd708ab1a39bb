# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts on which the module gives no answer: each is told with its own reason, by whatever ansible-core."""

import os
import sys

import pytest
from auditing import audit, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def python_that(folder, name, *commands):
    """An inventory host whose Python is a shell script."""
    program = folder / name
    program.write_text("#!/bin/sh\n" + "\n".join(commands) + "\n")
    program.chmod(0o755)
    return {"ansible_connection": "local", "ansible_python_interpreter": str(program)}


def test_each_reason_is_told_as_what_it_is(tmp_path):
    no_program = tmp_path / "no-program"
    no_program.write_text("x")
    hosts = {
        "missing": {"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent/python3"},
        "no-program": {"ansible_connection": "local", "ansible_python_interpreter": str(no_program)},
        "killed": python_that(tmp_path, "killed", "kill -9 $$"),
        "crashed": python_that(tmp_path, "crashed", "kill -11 $$"),
        "no-sudo": python_that(tmp_path, "no-sudo", "echo 'sudo: a password is required' >&2", "exit 1"),
        "no-library": python_that(tmp_path, "no-library", f"exec {sys.executable} -c 'import _nothing_like_that'"),
        "banner": python_that(tmp_path, "banner", "echo Welcome"),
        "no-memory": python_that(tmp_path, "no-memory", f"exec {sys.executable} -c 'bytearray(1 << 62)'"),
    }
    found = audit(tmp_path, hosts, 1, packetloss_fail_on="never")
    errors = {host["name"]: host["error"] for host in found.report["hosts"]}
    for name, words in (
        ("missing", "set ansible_python_interpreter to a Python 3.6 or later"),
        ("no-program", "they may be mounted noexec or read-only"),
        ("killed", "has too little memory for it"),
        ("crashed", "that Python is broken"),
        ("no-sudo", "ansible_become_password"),
        ("no-library", "No module named '_nothing_like_that'; nobody has met this yet: please report it"),
        ("banner", "Welcome; look at what else is printed"),
        ("no-memory", "has too little memory for it"),
    ):
        assert errors[name].startswith("the module did not run on the host: ") and words in errors[name], errors[name]
    assert {host["verdict"] for host in found.report["hosts"]} == {"unknown"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a file system of its own")
def test_a_full_disk_is_no_wrong_interpreter(tmp_path):
    """A temporary folder of 64 kB: there is room for a file, and none for the module."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = f'mount -t tmpfs -o size=64k none {small} && TMPDIR={small} exec {sys.executable} "$1"'
    program = python_that(tmp_path, "full", f"exec unshare -m sh -c '{mounted}' sh \"$@\"")
    error = audit(tmp_path, {"full": program}, 1, packetloss_fail_on="never").host("full")["error"]
    assert "[Errno 28] No space left on device; make room on the host" in error, error
    assert "interpreter" not in error
