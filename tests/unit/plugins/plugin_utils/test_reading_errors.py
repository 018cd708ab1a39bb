# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible has of a module that gave no answer. What was printed is that of real hosts; paths are shortened."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reading_errors import CAUSES, reading_error

NOT_JSON = "Module result deserialization failed: No start of json char found"

TRACEBACK = """\
Traceback (most recent call last):
  File "/root/.ansible/tmp/ansible-tmp-1/AnsiballZ_packet_path_info.py", line 266, in <module>
    _ansiballz_main(
  File "/root/.ansible/tmp/ansible-tmp-1/AnsiballZ_packet_path_info.py", line 255, in _ansiballz_main
    modlib.write(base64.b64decode(zip_data))
"""

OLD_PYTHON = """\
  File "/root/.ansible/tmp/ansible-tmp-1/AnsiballZ_packet_path_info.py", line 3
    from __future__ import annotations
    ^
SyntaxError: future feature annotations is not defined
"""

CLOSED = "Shared connection to 192.0.2.7 closed.\r\n"

ADVICE = {cause.name: cause.advice for cause in CAUSES}

#: (stderr, exit status, the line that is shown, the name of the cause)
PRINTED = {
    "no such Python": (
        "/bin/sh: 1: /nonexistent/python3: not found\n",
        127,
        "/bin/sh: 1: /nonexistent/python3: not found",
        "interpreter missing",
    ),
    "no such Python for env": (
        "/usr/bin/env: \u2018python3\u2019: No such file or directory\n",
        127,
        "/usr/bin/env: \u2018python3\u2019: No such file or directory",
        "interpreter missing",
    ),
    "no such Python for bash": (
        "bash: line 1: /usr/bin/python3.12: No such file or directory\n",
        1,
        "bash: line 1: /usr/bin/python3.12: No such file or directory",
        "interpreter missing",
    ),
    "no such Python for sudo": (
        "sudo: /opt/pypy/bin/pypy3: command not found\n",
        1,
        "sudo: /opt/pypy/bin/pypy3: command not found",
        "interpreter missing",
    ),
    "Python 3.6": (OLD_PYTHON, 1, "SyntaxError: future feature annotations is not defined", "interpreter too old"),
    "a full disk": (
        TRACEBACK + "OSError: [Errno 28] No space left on device\n",
        1,
        "OSError: [Errno 28] No space left on device",
        "disk full",
    ),
    "a full quota": (
        TRACEBACK + "OSError: [Errno 122] Disk quota exceeded\n",
        1,
        "OSError: [Errno 122] Disk quota exceeded",
        "disk full",
    ),
    "no place for temporary files": (
        TRACEBACK + "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp']\n",
        1,
        "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp']",
        "disk full",
    ),
    "no memory": (TRACEBACK + "MemoryError\n", 1, "MemoryError", "no memory"),
    "killed": ("Killed\n", 137, "Killed", "no memory"),
    "killed without a word": ("", 137, "exit status 137", "no memory"),
    "a broken Python": (
        "Segmentation fault (core dumped)\n",
        139,
        "Segmentation fault (core dumped)",
        "interpreter crashed",
    ),
    "a Python that is no program": (
        "/bin/sh: 1: /opt/python3: Permission denied\n",
        126,
        "/bin/sh: 1: /opt/python3: Permission denied",
        "no permission",
    ),
    "a folder that is not ours": (
        TRACEBACK + "PermissionError: [Errno 13] Permission denied: '/tmp/ansible_x'\n",
        1,
        "PermissionError: [Errno 13] Permission denied: '/tmp/ansible_x'",
        "no permission",
    ),
    "a folder that cannot be written": (
        TRACEBACK + "OSError: [Errno 30] Read-only file system: '/tmp/ansible_x'\n",
        1,
        "OSError: [Errno 30] Read-only file system: '/tmp/ansible_x'",
        "no permission",
    ),
    "sudo wants a password": ("sudo: a password is required\n", 1, "sudo: a password is required", "become"),
    "no sudoer": (
        "audit is not in the sudoers file.\n",
        1,
        "audit is not in the sudoers file.",
        "become",
    ),
    "sudo says more than what matters": (
        "sudo: unable to resolve host web1: Name or service not known\n" + TRACEBACK + "MemoryError\n",
        1,
        "MemoryError",
        "no memory",
    ),
    "the connection went away": (
        "client_loop: send disconnect: Broken pipe\n",
        255,
        "client_loop: send disconnect: Broken pipe",
        "connection lost",
    ),
    "a timeout": ("", 124, "exit status 124", "connection lost"),
}


def reading(stderr, code, **more):
    return {"failed": True, "msg": NOT_JSON, "module_stdout": "", "module_stderr": stderr, "rc": code, **more}


@pytest.mark.parametrize(("stderr", "code", "line", "cause"), PRINTED.values(), ids=PRINTED)
def test_each_cause_has_its_own_advice(stderr, code, line, cause):
    assert reading_error(reading(stderr, code)) == f"the module did not run on the host: {line}; {ADVICE[cause]}"
    # With a terminal everything is in stdout, and ssh says goodbye in stderr.
    on_terminal = reading(CLOSED, code, module_stdout=stderr.replace("\n", "\r\n"))
    assert reading_error(on_terminal) == reading_error(reading(stderr, code))


def test_every_cause_is_tried_and_only_two_speak_of_the_interpreter():
    assert {cause for _stderr, _code, _line, cause in PRINTED.values()} == set(ADVICE)
    of_interpreter = {name for name, advice in ADVICE.items() if "set ansible_python_interpreter" in advice}
    assert of_interpreter == {"interpreter missing", "interpreter too old", "interpreter crashed"}


def test_a_python_without_its_library():
    error = reading_error(reading(TRACEBACK + "ModuleNotFoundError: No module named 'ctypes'\n", 1))
    assert error.startswith(
        "the module did not run on the host: ModuleNotFoundError: No module named 'ctypes'; that Python lacks"
    )
    assert "not python3-minimal" in error


@pytest.mark.parametrize("last", ["ValueError: boom", "ModuleNotFoundError: No module named 'ansible_collections'"])
def test_a_traceback_that_nobody_knows_is_shown_as_one_and_blames_no_interpreter(last):
    error = reading_error(reading(f"{TRACEBACK}{last}\n", 1))
    assert error.startswith(f"the module did not run on the host: {last}; nobody has met this yet: please report it")
    assert "interpreter" not in error


def test_what_is_no_answer_at_all():
    error = reading_error(reading("", 0, module_stdout="Welcome to web1!\n"))
    assert error.startswith("the module did not run on the host: Welcome to web1!; look at what else is printed")
    assert reading_error(reading("", 1)).startswith(f"the module did not run on the host: {NOT_JSON}; look at")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("no interface 'eth99' on this host; it has: eth0", None),
        ("x" * 900, None),
        (None, "the module failed without a message"),
        ("[Errno 28] No space left on device: '/root/x'", "[Errno 28] No space left on device: '/root/x'; make room"),
        (
            "ansible-core requires a minimum of Python version 3.8",
            "ansible-core requires a minimum of Python version 3.8; set",
        ),
    ],
)
def test_a_module_that_answers_for_itself(message, error):
    told = reading_error({"failed": True, "msg": message})
    assert told == message if error is None else told.startswith(error)


def test_what_a_host_says_moves_no_cursor_and_is_not_endless():
    error = reading_error(reading("\x1b[31m" + "x" * 5000 + "\n", 1))
    assert "\x1b" not in error and len(error) < 400
