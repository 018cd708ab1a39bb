# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Pythons of this machine, by version, and virtual environments of them that are kept from run to run."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from testing.checks import REPOSITORY, failed, skipped

#: What pip says where a package is in no index, or no index is in reach.
NO_PACKAGE = re.compile(r"No matching distribution found for (\S+)")


class NotHere(Exception):
    """What cannot be had on this machine, and why."""


#: From the oldest that node code runs on to the newest that ansible-core knows.
VERSIONS = tuple(f"3.{minor}" for minor in range(6, 16))


@cache
def find(version):
    """The path of a Python *version* ("3.6"), from the PATH, pyenv or EL 8's place for it; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        *sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")),
        shutil.which(f"python{version}"),
        f"/usr/bin/python{version}",
        "/usr/libexec/platform-python",
    ]
    for candidate in candidates:
        # A pyenv shim exists for every version and fails for those that are not switched on: only a run tells.
        if candidate and version_of(candidate) == version:
            return str(candidate)
    return None


def version_of(python):
    """ "3.6" for a Python that starts, else None."""
    words = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def virtual_environment(name, python, packages):
    """The ``bin/python`` of ``.venv-NAME``, made with *python* and holding *packages* (words for ``pip install``).

    Kept from run to run, and made anew when the packages asked for or the Python have changed.

    :raises NotHere: where pip finds one of the packages nowhere
    :raises subprocess.CalledProcessError: with pip's output in ``output``
    """
    directory = REPOSITORY / f".venv-{name}"
    wanted = "\n".join([str(python), *packages, *(_text_of_requirements(packages))])
    stamp = directory / ".ready"
    interpreter = directory / "bin" / "python"
    if not (stamp.is_file() and stamp.read_text() == wanted and version_of(interpreter)):
        shutil.rmtree(directory, ignore_errors=True)
        _run([python, "-m", "venv", str(directory)])
        if version_of(interpreter) == "3.6":
            # The pip that Python 3.6 brings takes packages for newer Pythons.
            install(interpreter, "pip>=21.3,<22")
        install(interpreter, *packages)
        stamp.write_text(wanted)
    return interpreter


def tried(stage, name, make, *args):
    """``(what make(*args) gives, None)``; or None and the check, skipped or failed, that says why it gives nothing."""
    try:
        return make(*args), None
    except NotHere as reason:
        return None, skipped(stage, name, str(reason))
    except subprocess.CalledProcessError as error:
        return None, failed(stage, name, error.output)


def install(interpreter, *words):
    """``pip install WORDS``.

    :raises NotHere: where pip finds a package nowhere
    :raises subprocess.CalledProcessError: with pip's output in ``output``
    """
    try:
        _run([str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words])
    except subprocess.CalledProcessError as error:
        if missing := NO_PACKAGE.search(error.output):
            raise NotHere(f"pip finds no {missing.group(1)} for Python {version_of(interpreter)}") from error
        raise


def _text_of_requirements(packages):
    files = [packages[place + 1] for place, word in enumerate(packages) if word == "-r"]
    return [Path(file).read_text() for file in files]


def _run(words):
    subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
