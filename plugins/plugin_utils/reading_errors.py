# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why the module gave no answer on a host, and what to do: the one line that the report shows of such a host.

What Ansible has is what was printed instead of an answer, and the exit status. :data:`CAUSES` says what it means.
"""

from __future__ import annotations

import re
import sys
from typing import Any, NamedTuple

#: A line is shown up to so many characters.
SHOWN = 200

#: What ssh adds to the output of the host, before and behind it.
NOISE = re.compile(r"(?:Shared connection|Connection) to \S+ closed|Warning: Permanently added")

#: The module that an import did not find.
NOT_IMPORTED = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?(\w+)")

OTHER_PYTHON = "set ansible_python_interpreter to a Python 3.6 or later that is there"
NEWER_PYTHON = f"{OTHER_PYTHON}, and new enough for this ansible-core (the README of linuxnet.packetloss has a table)"


class Cause(NamedTuple):
    """One reason why a module does not run.

    ``printed`` is looked for in every line that was printed, ``codes`` are exit statuses that are enough by themselves.
    """

    name: str
    printed: re.Pattern[str]
    codes: tuple[int, ...]
    advice: str


def _cause(name: str, printed: str | tuple[str, ...], advice: str, codes: tuple[int, ...] = ()) -> Cause:
    alternatives = (printed,) if isinstance(printed, str) else printed
    return Cause(name, re.compile("|".join(alternatives)), codes, advice)


#: The first that fits is told. Exit statuses are those of a POSIX shell: 126 and 127, and 128 with the signal.
CAUSES = (
    _cause(
        "interpreter missing",
        (
            r"bad interpreter",
            r"^sudo: \S+: command not found",
            # Not "[Errno 2] No such file or directory", which is Python's own.
            r"^(?!.*\[Errno).*python\S*: (?:No such file|(?:command )?not found)",
        ),
        OTHER_PYTHON,
        codes=(127,),
    ),
    _cause("interpreter too old", r"^SyntaxError: |requires a minimum of Python", NEWER_PYTHON),
    _cause(
        "become",
        (
            # That it cannot resolve the name of its host keeps sudo from nothing.
            r"^sudo: (?!unable to resolve|setrlimit)",
            r"^Sorry, |^su: |^doas: |is not in the sudoers file|incorrect password attempt|a password is required",
        ),
        "see that this user may become root there: ansible_become_password (or --ask-become-pass), and sudoers",
    ),
    _cause(
        "disk full",
        r"No space left on device|\[Errno 28\]|Disk quota exceeded|\[Errno 122\]|No usable temporary directory",
        "make room on the host where temporary files go (/tmp, /var/tmp, ansible_remote_tmp), or set "
        "ansible_remote_tmp and TMPDIR to a place with a few MB",
    ),
    _cause(
        "no memory",
        r"MemoryError|Cannot allocate memory|\[Errno 12\]|^Killed$|Out of memory",
        "the host, or the limit of that user or cgroup, has too little memory for it: see dmesg and ulimit -a there",
        codes=(137,),
    ),
    _cause(
        "interpreter crashed",
        r"Segmentation fault|Illegal instruction|Fatal Python error|^Aborted",
        f"that Python is broken: {OTHER_PYTHON}",
        codes=(132, 134, 139),
    ),
    _cause(
        "no permission",
        (
            r"Permission denied|\[Errno 13\]|Operation not permitted|\[Errno 1\]",
            r"Read-only file system|\[Errno 30\]|cannot execute",
        ),
        "see that this user may run ansible_python_interpreter and write where temporary files go (ansible_remote_tmp, "
        "TMPDIR): they may be mounted noexec or read-only",
        codes=(126,),
    ),
    _cause(
        "connection lost",
        r"(?i:timed? ?out)|Connection reset|Broken pipe|client_loop|Connection closed",
        "the connection did not last: shorten packetloss_interval, or keep it alive (ssh -o ServerAliveInterval=15) "
        "and raise the timeout that cut it",
        codes=(124, 255),
    ),
)

#: What a module can tell of before it can do its work.
SAID_BY_ITSELF = ("interpreter too old", "disk full", "no memory")


def reading_error(reading: dict[str, Any]) -> str:
    """Why a module failed, in one line with what to do.

    :param reading: what the action plugin got for the module. A module that came as far as to answer for itself has
        said it in ``msg``; of one that did not there are ``module_stdout``, ``module_stderr`` and ``rc``.
    """
    message = _plain(reading.get("msg") or "the module failed without a message")
    lines = printed(reading)
    if not lines and "module_stderr" not in reading:
        # ansible-core 2.19 and later have the module itself tell of any exception, by its text alone.
        cause = next(
            (cause for cause in CAUSES if cause.name in SAID_BY_ITSELF and cause.printed.search(message)), None
        )
        return f"{message}; {cause.advice}" if cause else message
    line, advice = explained(lines, reading.get("rc"))
    return f"the module did not run on the host: {line or message}; {advice}"


def printed(reading: dict[str, Any]) -> list[str]:
    """The lines that were printed in place of an answer. With a terminal (ssh -tt) all of them are in module_stdout."""
    text = "\n".join(str(reading.get(key) or "") for key in ("module_stdout", "module_stderr"))
    lines = (line.rstrip() for line in text.splitlines())
    return [line for line in lines if line.strip() and not NOISE.search(line)]


def explained(lines: list[str], code: Any) -> tuple[str | None, str]:
    """The line that says what happened, None where none does, and what to do about it."""
    for cause in CAUSES:
        found = next((line for line in lines if cause.printed.search(line)), None)
        if found or code in cause.codes:
            return _line(found or (lines[-1] if lines else f"exit status {code}")), cause.advice
    missing = next((match.group(1) for match in map(NOT_IMPORTED.search, lines) if match), None)
    if missing in sys.stdlib_module_names:
        return _line(lines[-1]), (
            "that Python lacks a part of its standard library: install the whole of it (a package such as python3, "
            f"not python3-minimal), or {OTHER_PYTHON}"
        )
    if any(line.startswith("Traceback") for line in lines):
        # The error itself stands at the margin, behind the lines of code that led to it.
        last = next((line for line in reversed(lines) if not line[0].isspace()), lines[-1])
        return _line(last), (
            "nobody has met this yet: please report it, with what ansible-playbook -vvv prints for this host"
        )
    return (_line(lines[0]) if lines else None), (
        "look at what else is printed when Ansible logs in there: a message or a shell profile may be in the way"
    )


def _line(text: Any) -> str:
    """One printed line, not endless."""
    plain = _plain(text)
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 3] + "..."


def _plain(text: Any) -> str:
    """What a host said in one line, without what would move a cursor."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(str(text).split()))
