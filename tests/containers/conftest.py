# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the scenario ``containers`` look at: what its earlier steps left, and the hosts themselves."""

import json
import pathlib
import sys

import pytest

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent), str(_HERE.parent / "lab"), str(_HERE.parent / "provoke")]

import auditing  # noqa: E402 - found by the path above
import engine  # noqa: E402
import hosts  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def running():
    """The scenario has come as far as its step converge."""
    if not (engine.BUILD / "converged" / "audit.json").exists() or not hosts.are_up():
        pytest.exit("the hosts are not there: run `scripts/molecule.sh converge -s containers`", returncode=1)


def report(name):
    """What an audit of the scenario left in its folder *name*."""
    folder = engine.BUILD / name
    return auditing.Audited(0, "", json.loads((folder / "audit.json").read_text()), auditing.documents(folder))


@pytest.fixture(scope="session")
def converged(running):
    return report("converged")


@pytest.fixture(scope="session")
def checked(running):
    """What the audit in check mode left."""
    if not (engine.BUILD / "checked").exists():
        pytest.skip("nothing was audited in check mode: the step check of the scenario does that")
    return report("checked")


@pytest.fixture(scope="session", params=hosts.LOGINS)
def login(request):
    """Each host that answers, by its name in the inventory."""
    return request.param


@pytest.fixture(scope="session")
def answers(login, running):
    """What the modules answered on that host, by ``softnet``, ``ethtool`` and ``packet_path``."""
    return json.loads((engine.BUILD / f"answers-{login}.json").read_text())


@pytest.fixture(scope="session")
def inside(login):
    """The namespace of that host: what is run in it are this machine's programs, not the container's."""
    return hosts.namespace(hosts.LOGINS[login])
