# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The series of ansible-core that the collection supports, each in a virtual environment of its own."""

from typing import NamedTuple

from testing.checks import REPOSITORY
from testing.pythons import NotHere, find, virtual_environment


class Core(NamedTuple):
    """A series of ansible-core, what to ask pip for, and the Pythons that its controller runs on."""

    series: str
    requirement: str
    pythons: tuple


CORES = (
    Core("2.16", "ansible-core>=2.16.19,<2.17", ("3.12", "3.11", "3.10")),
    Core("2.18", "ansible-core>=2.18,<2.19", ("3.13", "3.12", "3.11")),
    Core("2.19", "ansible-core>=2.19,<2.20", ("3.13", "3.12", "3.11")),
    Core("2.20", "ansible-core>=2.20,<2.21", ("3.14", "3.13", "3.12")),
    Core("2.21", "ansible-core>=2.21,<2.22", ("3.14", "3.13", "3.12")),
    Core("2.22", "ansible-core>=2.22.0rc1,<2.23", ("3.15", "3.14", "3.13")),
)


def environment_of(core):
    """The ``bin/python`` of the environment of a series.

    :raises NotHere: without a Python for it, or where pip finds none for that Python
    :raises subprocess.CalledProcessError: with pip's output in ``output``
    """
    python = next(filter(None, map(find, core.pythons)), None)
    if python is None:
        needed = " or ".join(core.pythons)
        raise NotHere(f"ansible-core {core.series} needs Python {needed}, which this machine does not have")
    packages = ["-r", str(REPOSITORY / "requirements" / "matrix.txt"), core.requirement]
    return virtual_environment(f"core{core.series}", python, packages)
