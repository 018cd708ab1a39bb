# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook diagnose: captures to a report, what cannot be read, what fails, and a plan from the same folder."""

import json
import os
import subprocess

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import sosreports
from ansible_collections.linuxnet.packetloss.tests.unit.findings import SCHEMA
from ansible_collections.linuxnet.packetloss.tests.unit.sosreports import BOOTED
from auditing import COLLECTIONS, PLAYBOOK, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def run(folder, playbook="linuxnet.packetloss.diagnose", **variables):
    """``(exit code, output, audit.json or None)`` of the playbook, run in *folder*."""
    command = [PLAYBOOK, "-i", "localhost,", playbook]
    command += ["--extra-vars", json.dumps({f"packetloss_{key}": value for key, value in variables.items()})]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert "Traceback" not in done.stdout, done.stdout
    report = folder / "packetloss-report" / "audit.json"
    audit = json.loads(report.read_text()) if report.exists() else None
    if audit:
        jsonschema.validate(audit, SCHEMA)
    return done.returncode, done.stdout, audit


PLAN = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - linuxnet.packetloss.plan:
        source: stored
"""


def test_what_was_sent_is_diagnosed_and_what_cannot_be_read_is_told(tmp_path):
    sent = tmp_path / "sent"
    sent.mkdir()
    sosreports.archive(sent / "web1 {{ 7 * 7 }}.tar.xz", dropped=2500)
    sosreports.archive(sent / "db1-1.tar.gz", form="gz", name="db1", dropped=10)
    sosreports.archive(sent / "db1-2.tar.gz", form="gz", name="db1", dropped=900, taken=BOOTED + 3610)
    (sent / "broken {{ 7 * 7 }}.tar.xz").write_bytes((sent / "web1 {{ 7 * 7 }}.tar.xz").read_bytes()[:90])
    code, output, audit = run(tmp_path, **{"from": "sent"})
    assert code == 0, output
    assert {host["name"]: (host["verdict"], host["basis"]) for host in audit["hosts"]} == {
        "web1": ("lost_before", "boot"),
        "db1": ("losing", "interval"),
    }
    assert "The backlog of a CPU overflows (since boot, 60 minutes)" in output
    assert "Skipped sent/broken {{ 7 * 7 }}.tar.xz: the archive is damaged" in output.replace("\n", " ")
    assert (tmp_path / "packetloss-report" / "hosts" / "web1.json").exists()
    # One reading says nothing of now, so the plan of that host is advice.
    (tmp_path / "plan.yml").write_text(PLAN)
    code, output, _audit = run(tmp_path, "plan.yml")
    plans = json.loads((tmp_path / "packetloss-report" / "plans.json").read_text())
    steps = {host["name"]: (len(host["steps"]), host["advice"] > 0) for host in plans["hosts"]}
    assert (code, steps["web1"], steps["db1"][0] > 0) == (0, (0, True), True), output


def test_who_lost_packets_fails_where_that_is_asked_for(tmp_path):
    path = sosreports.archive(tmp_path / "web1.tar.xz", dropped=2500)
    code, output, _audit = run(tmp_path, **{"from": [path]}, fail_on="loss")
    assert code == 2
    assert "packetloss_fail_on is loss, and 1 of 1 host did not pass: web1 (lost before)" in output


@pytest.mark.parametrize(
    "given, told",
    [
        ("nowhere.tar.xz", "packetloss_from: nowhere.tar.xz: there is no such file or folder"),
        (["mail.txt"], "nothing of 1 capture could be read: mail.txt: expected a sosreport"),
    ],
)
def test_what_is_no_capture_fails_and_says_what_is(tmp_path, given, told):
    (tmp_path / "mail.txt").write_text("see attachment")
    code, output, _audit = run(tmp_path, **{"from": given})
    assert code == 2 and told in output
