# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.runs import KEPT_S, PROCESS, Runs


def test_a_process_is_named_by_its_time_and_by_chance():
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", PROCESS)


def test_a_task_begins_one_run_however_often_it_is_run(tmp_path):
    runs = Runs(tmp_path, "p1")
    assert runs.current() is None
    first = runs.begin("task 1")
    assert (runs.begin("task 1"), Runs(tmp_path, "p1").current()) == (first, first)
    second = runs.begin("task 2")
    assert first != second and runs.current() == second
    assert runs.begin("") == "p1"


def test_two_processes_in_one_folder_do_not_mix_their_runs(tmp_path):
    one, other = Runs(tmp_path, "p1"), Runs(tmp_path, "p2")
    assert one.begin("task") != other.begin("task")
    assert one.current().startswith("p1-") and other.current().startswith("p2-")


def test_hosts_that_begin_at_once_begin_the_same_run(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _host: Runs(tmp_path, "p1").begin("task"), range(40)))) == 1
    assert [path.name for path in (tmp_path / ".runs").iterdir()] == ["p1.run"]


def test_every_host_that_came_was_seen_and_one_is_first(tmp_path):
    hosts = [f"web{number}\n../{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda host: Runs(tmp_path).seen("r1", [host]), hosts))
        first = list(pool.map(lambda _host: Runs(tmp_path).first("r1", "task"), hosts))
    assert all(host in then for host, then in zip(hosts, seen))
    assert Runs(tmp_path).seen("r1", []) == set(hosts) and set(hosts) in seen
    assert first.count(True) == 1
    assert Runs(tmp_path).seen("r2", ["a"]) == {"a"} and Runs(tmp_path).first("r2", "task")


def test_what_old_runs_left_is_taken_away(tmp_path):
    Runs(tmp_path, "old").begin("task")
    Runs(tmp_path, "young").begin("task")
    long_ago = time.time() - KEPT_S - 5
    os.utime(tmp_path / ".runs" / "old.run", (long_ago, long_ago))
    Runs(tmp_path, "now").begin("task")
    assert sorted(path.name for path in (tmp_path / ".runs").iterdir()) == ["now.run", "young.run"]
