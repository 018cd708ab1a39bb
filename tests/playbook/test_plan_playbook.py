# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook plan: an audit of hosts that answer with documents, and a plan of each, once for all of them."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy
from auditing import answering_host, missing, play

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

PLAN = "linuxnet.packetloss.plan"
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


def run(folder, hosts, playbook=PLAN, **variables):
    """``(exit code, output, plans.json or None, {host: its plan})``."""
    group = {"hosts": hosts, "vars": {"packetloss_interval": 1, **variables}}
    if not isinstance(playbook, str):
        (folder / "play.yml").write_text(json.dumps(playbook))
        playbook = str(folder / "play.yml")
    done = play(folder, playbook, group)
    assert "Traceback" not in done.stdout, done.stdout
    report = folder / "packetloss-report"
    summary = json.loads((report / "plans.json").read_text()) if (report / "plans.json").exists() else None
    plans = {path.stem: json.loads(path.read_text()) for path in (report / "plans").glob("*.json")}
    return done.returncode, done.stdout, summary, plans


def three_hosts(folder):
    return {
        "clean": answering_host(folder, host_document()),
        "loser": answering_host(folder, lossy(rx_out_of_buffer=4000)),
        "dead": UNREACHABLE,
    }


def test_each_host_is_audited_and_has_a_plan(tmp_path):
    code, output, summary, plans = run(tmp_path, three_hosts(tmp_path))
    assert code == 0, output
    assert [len(plans[name]["steps"]) for name in ("clean", "loser", "dead")] == [0, 1, 0]
    assert plans["loser"]["steps"][0]["commands"] == ["ethtool -G eth0 rx 2048"]
    assert plans["dead"]["error"].startswith("unreachable: ")
    assert {plan["run"] for plan in plans.values()} == {summary["run"]} != {None}
    assert summary["totals"]["planned"] == summary["totals"]["nothing"] == summary["totals"]["unread"] == 1
    assert "loser: 1 step (R4 ring eth0 rx 1,024 -> 2,048, " in output
    assert output.count("Plans: ") == 1
    assert "changed=0" in output and "changed=1" not in output
    report = tmp_path / "packetloss-report"
    assert "ethtool -G eth0 rx 2048" in (report / "plans" / "loser.md").read_text()
    assert "loser" in (report / "plans.md").read_text()


def test_a_policy_that_cannot_be_used_is_told_before_any_host_is_read(tmp_path):
    code, output, summary, _plans = run(tmp_path, three_hosts(tmp_path), packetloss_policy={"disruptions": 1})
    assert code == 2 and summary is None
    assert "there is no key 'disruptions'; did you mean disruption?" in output
    assert not list((tmp_path / "packetloss-report").glob("hosts/*.json"))


def test_with_batches_the_last_one_plans_for_all(tmp_path):
    audit = {"name": "Audit", "linuxnet.packetloss.audit": {"interval": 1}, "ignore_unreachable": True}
    task = {"name": "Plan", PLAN: {}, "run_once": True}
    plays = [{"hosts": "all", "gather_facts": False, "serial": 1, "tasks": [audit, task]}]
    code, output, summary, plans = run(tmp_path, three_hosts(tmp_path), plays)
    assert code == 0, output
    assert "2 hosts" in output and "3 hosts: 1 with a plan, 1 with nothing to change, 1 without a plan." in output
    assert summary["totals"]["hosts"] == 3 and len(plans) == 3


def test_what_is_stored_is_planned_for_again_without_a_host(tmp_path):
    run(tmp_path, {"loser": three_hosts(tmp_path)["loser"]}, packetloss_policy={"never": ["eth0"]})
    folder = str(tmp_path / "packetloss-report")
    (tmp_path / "packetloss-report" / "hosts" / "broken.json").write_text("{")
    task = {"name": "Plan", PLAN: {"source": "stored", "dir": folder}}
    plays = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
    code, output, summary, plans = run(tmp_path, {"localhost": {"ansible_connection": "local"}}, plays)
    assert code == 0, output
    assert plans["loser"]["steps"] and summary["totals"]["hosts"] == 1
    assert [one["file"] for one in summary["skipped"]] == ["hosts/broken.json"]
    assert "Skipped hosts/broken.json" in output
