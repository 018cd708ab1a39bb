# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook tune on hosts of one inventory, each with what its group shall have. Nothing is kept, nothing is set.

A host is a network namespace with a veth, made anew for each module call: it has no rings, so that what is asked of
them is refused.
"""

import json
import os
import shlex
import shutil
import sys

import pytest
from auditing import missing, play

pytestmark = [
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare"),
]

_HOST = """#!/bin/sh
exec unshare --net --mount sh -c '
mount -t sysfs none /sys && ip link add left type veth peer name right && ip link set left up && exec {python} "$@"
' sh "$@"
"""


@pytest.fixture
def host(tmp_path):
    """The variables of such a host, with more of its own."""
    program = tmp_path / "python"
    program.write_text(_HOST.format(python=shlex.quote(sys.executable)))
    program.chmod(0o755)

    def variables(**more):
        return {"ansible_connection": "local", "ansible_python_interpreter": str(program), **more}

    return variables


def tuned(tmp_path, hosts, *arguments):
    """The output of the playbook, and what became of each host: the rest of its line of the recap."""
    done = play(tmp_path, "linuxnet.packetloss.tune", {"hosts": hosts}, *arguments)
    rows = [line.partition(":") for line in done.stdout.partition("PLAY RECAP")[2].splitlines() if ":" in line]
    return done.stdout, {name.strip(): row.split() for name, _colon, row in rows}


def test_each_host_has_what_its_group_says_and_a_wrong_one_is_told(tmp_path, host):
    ring = {"ring": {"rx": 512}}
    hosts = {
        "other": host(packetloss_tune=[{"match": {"driver": "mlx5_core", "speed_min": 25000}, **ring}]),
        "refused": host(packetloss_tune=[{"match": {"kind": "veth", "driver": "veth"}, **ring}]),
        "misspelt": host(packetloss_tune=[{"match": {"driver": "veth"}, "rings": {"rx": 512}}]),
        "no-list": host(packetloss_tune="all"),
        "nothing": host(),
    }
    output, recap = tuned(tmp_path, hosts, "-e", json.dumps({"packetloss_persistent": False}), "--check", "--diff")
    failed = {name for name, row in recap.items() if "failed=1" in row}
    assert failed == {"refused", "misspelt", "no-list"}, output
    assert "left: its rings cannot be known: ETHTOOL_GRINGPARAM left: " in output
    assert "settings: entry 1: there is no key rings; there are: match and " in output
    assert all("changed=0" in row for row in recap.values())
    assert "Traceback" not in output
