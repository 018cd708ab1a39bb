# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make bench` measures is there: no number is judged here, for the machine may be busy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[3] / "bench"


@pytest.fixture(scope="module", name="root")
def root_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made-up-host")
    program = "import made_up_host, pathlib, sys; made_up_host.make(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=BENCH, check=True)
    return str(folder)


@pytest.mark.parametrize("program", ["snapshot_cost.py", "ring_memory_cost.py"])
def test_the_made_up_host_is_read_whole(root, program):
    done = subprocess.run([sys.executable, BENCH / program, root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(number > 0 for number in json.loads(done.stdout).values())


def test_every_part_of_the_bench_can_be_started():
    program = "import audit_cost, module_cost, run; assert set(audit_cost.GOALS) == {audit_cost.PING, audit_cost.SETUP}"
    done = subprocess.run([sys.executable, "-c", program], cwd=BENCH, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
