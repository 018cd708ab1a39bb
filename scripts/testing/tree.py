# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of this repository, and of what a user installs of it.

ansible-test works only below a directory ``ansible_collections/linuxnet/packetloss`` that is no link, and other tools
would walk into the environments: they are given a copy that holds what git has and would take.
"""

import shutil
import subprocess

from testing.checks import BUILD, REPOSITORY, VENV, environment

#: All that a collection may need at run time.
RUNTIME = ("meta", "plugins", "roles", "playbooks", "galaxy.yml", "MANIFEST.json", "FILES.json")


class NoCheckout(Exception):
    """git does not say what belongs to the repository."""


def copy(name):
    """Copies the files that git has, and those that it would take, to
    ``build/NAME/ansible_collections/linuxnet/packetloss``, and returns that path."""
    root = BUILD / name
    target = root / "ansible_collections" / "linuxnet" / "packetloss"
    shutil.rmtree(root, ignore_errors=True)
    for file in _files():
        source = REPOSITORY / file
        if source.exists():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / file, follow_symlinks=False)
    return target


def importable(name):
    """A :func:`copy` with ``__init__.py`` files in ``plugins``, as tools that follow imports want a package to have.

    Returns the directory ``build/NAME`` that holds ``ansible_collections``.
    """
    plugins = copy(name) / "plugins"
    for folder in {path.parent for path in plugins.rglob("*.py")} | {plugins}:
        (folder / "__init__.py").touch()
    return BUILD / name


def _files():
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoCheckout("git lists no files: git is not installed, or this is no checkout") from error
    return filter(None, listing.split("\0"))


def build(source, name):
    """Builds the collection at *source* into ``build/NAME/`` and returns the path of the tarball.

    :raises subprocess.CalledProcessError: with the output of ansible-galaxy in ``output``
    """
    target = BUILD / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    _galaxy("collection", "build", "--force", "--output-path", target, source)
    return next(target.glob("*.tar.gz"))


def install(tarball, name):
    """Installs *tarball* into ``build/NAME``, takes away what is not needed at run time, and returns that directory."""
    root = BUILD / name
    shutil.rmtree(root, ignore_errors=True)
    _galaxy("collection", "install", "--offline", "--force", "--collections-path", root, tarball)
    for entry in (root / "ansible_collections" / "linuxnet" / "packetloss").iterdir():
        if entry.name not in RUNTIME:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return root


def _galaxy(*words):
    subprocess.run(
        [str(VENV / "bin" / "ansible-galaxy"), *map(str, words)],
        env=environment(BUILD / "home" / "galaxy"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
