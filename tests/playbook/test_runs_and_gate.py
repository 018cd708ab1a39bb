# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role, the playbooks and the gate: one report for a run however its hosts are batched, what an earlier run left is
not taken for this one, and it is the host that loses packets that fails.

The hosts are fakes that answer with documents; all that runs on the controller is real.
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy, merged
from ansible_collections.linuxnet.packetloss.tests.unit.findings import OF_A_HOST, SCHEMA
from auditing import COLLECTIONS, PLAYBOOK, REPOSITORY, answering_host, missing, play

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

CLEAN, LOSING, STRAY = host_document(), lossy(rx_out_of_buffer=4000), lossy(rx_out_of_buffer=3)
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
AFTER = {"name": "Go on", "ansible.builtin.debug": {"msg": "went on with {{ inventory_hostname }}"}}
#: The name of the role is that of the playbook, too.
ROLE, REPORT = "linuxnet.packetloss.audit", "linuxnet.packetloss.report"


class Run:
    """One run of ansible-playbook, and what is in the report folder after it."""

    def __init__(self, folder, done):
        self.code, self.output, self.folder = done.returncode, done.stdout, folder / "packetloss-report"
        assert "Traceback" not in self.output, self.output
        self.report = None
        if (self.folder / "audit.json").exists():
            self.report = json.loads((self.folder / "audit.json").read_text())
            jsonschema.validate(self.report, SCHEMA)

    @property
    def verdicts(self):
        return {host["name"]: host["verdict"] for host in self.report["hosts"]}

    @property
    def reports(self):
        """How often a report was printed."""
        return self.output.count("Report: ")

    @property
    def failed(self):
        """The hosts that failed, by what the recap of Ansible says."""
        return {name for name, count in re.findall(r"^(\S+) +: ok=.* failed=(\d+)", self.output, re.M) if count != "0"}

    @property
    def went_on(self):
        return set(re.findall(r"went on with ([\w-]+)", self.output))

    def findings(self, name):
        found = json.loads((self.folder / "hosts" / f"{name}.findings.json").read_text())
        jsonschema.validate(found, OF_A_HOST)
        return found


def inventory(folder, **documents):
    """Hosts that answer with these documents, or that have these variables."""
    return {
        name: given if "ansible_connection" in given else answering_host(folder, given)
        for name, given in documents.items()
    }


def run(folder, hosts, playbook, *words, environment=None, **variables):
    """Runs a playbook of the collection by its name, or plays."""
    if not isinstance(playbook, str):
        (folder / "play.yml").write_text(json.dumps(playbook))
        playbook = str(folder / "play.yml")
    words = [*words, "-e", json.dumps(variables)] if variables else words
    group = {"hosts": hosts, "vars": {"packetloss_interval": 1}}
    return Run(folder, play(folder, playbook, group, *words, **(environment or {})))


def role_alone(**keywords):
    return [{"hosts": "all", "gather_facts": False, "roles": [ROLE], "tasks": [AFTER], **keywords}]


def parts(*names, **keywords):
    """A play of parts of the role."""
    tasks = [{"ansible.builtin.import_role": {"name": ROLE, "tasks_from": name}} for name in names]
    return {"hosts": "all", "gather_facts": False, "tasks": tasks, **keywords}


# --- the role alone -----------------------------------------------------------------------------------------------


def test_the_role_alone_audits_reports_and_fails_the_host_that_loses(tmp_path):
    hosts = inventory(tmp_path, first=CLEAN, loser=LOSING, dead=UNREACHABLE)
    done = run(tmp_path, hosts, role_alone())
    assert done.code == 2 and done.reports == 1
    assert done.verdicts == {"loser": "losing", "dead": "unknown", "first": "clean"}
    assert done.failed == {"loser", "dead"} and done.went_on == {"first"}
    assert "packetloss_fail_on is loss, and this host is losing: " in done.output
    assert done.report["hosts"][0]["fails_on"] == ["loss", "risk"]
    assert "ethtool -G eth0 rx 2048" in done.output
    assert (done.findings("dead")["unreachable"], done.findings("dead")["document"]) == (True, None)
    # Not even the fatal line of the gate is as long as that.
    assert all(len(line) < 300 for line in done.output.splitlines()), done.output
    done = run(tmp_path, hosts, role_alone(), packetloss_fail_on="never")
    assert done.code == 0 and done.failed == set() and done.went_on == set(hosts)


def test_a_batch_that_fails_ends_the_play_with_a_report_of_what_was_read(tmp_path):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN, third=CLEAN)
    done = run(tmp_path, hosts, role_alone(serial=1))
    assert done.code == 2 and done.failed == {"loser"} and done.reports == 1
    assert done.verdicts == {"loser": "losing"}
    assert "The play ends here: 2 hosts of later batches will not be read." in done.output


@pytest.mark.parametrize("serial, how", [(2, "roles"), (1, "include_role")])
def test_batches_are_one_run_with_one_report(tmp_path, serial, how):
    hosts = inventory(tmp_path, first=CLEAN, loser=LOSING, third=CLEAN, dead=UNREACHABLE, fifth=CLEAN)
    plays = role_alone(serial=serial)
    if how == "include_role":
        del plays[0]["roles"]
        plays[0]["tasks"] = [{"ansible.builtin.include_role": {"name": ROLE}}, AFTER]
    done = run(tmp_path, hosts, plays, packetloss_fail_on="never")
    assert done.code == 0 and done.reports == 1 and done.went_on == set(hosts)
    wanted = {"first": "clean", "loser": "losing", "third": "clean", "dead": "unknown", "fifth": "clean"}
    assert done.verdicts == wanted
    assert {host["run"] for host in done.report["hosts"]} == {done.report["run"]}


def test_every_batch_is_read_before_one_fails_where_the_gate_is_a_play_of_its_own(tmp_path):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN, third=CLEAN)
    plays = [parts("preflight", "audit", serial=1), parts("report", "gate")]
    done = run(tmp_path, hosts, plays)
    assert done.code == 2 and done.failed == {"loser"} and done.reports == 1
    assert done.verdicts == {"loser": "losing", "second": "clean", "third": "clean"}


@pytest.mark.parametrize("strategy", ["free", "ansible.builtin.host_pinned"])
def test_where_each_host_goes_on_alone_the_last_one_reports(tmp_path, strategy):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN, third=CLEAN, dead=UNREACHABLE)
    done = run(tmp_path, hosts, role_alone(strategy=strategy))
    assert done.code == 2 and done.reports == 1
    assert done.verdicts == {"loser": "losing", "dead": "unknown", "second": "clean", "third": "clean"}
    assert done.failed == {"loser", "dead"} and done.went_on == {"second", "third"}


def test_a_host_that_fails_before_its_audit_is_waited_for_by_nobody(tmp_path):
    hosts = inventory(tmp_path, broken=CLEAN, second=CLEAN, off=CLEAN)
    hosts["off"]["audited"] = False
    fails = {"ansible.builtin.fail": {"msg": "x"}, "when": "inventory_hostname == 'broken'"}
    role = {"role": ROLE, "when": "audited | default(true)"}
    done = run(tmp_path, hosts, role_alone(pre_tasks=[fails], roles=[role]), packetloss_fail_on="never")
    assert done.reports == 1 and done.failed == {"broken"}
    # One that was not meant to be audited is no host of the report.
    assert done.verdicts == {"broken": "unknown", "second": "clean"}
    assert done.findings("broken")["error"] == "the audit did not run on this host: see its message above"


# --- the playbook -------------------------------------------------------------------------------------------------


def test_the_playbook_reads_all_reports_once_and_fails_the_losers(tmp_path):
    hosts = inventory(tmp_path, first=CLEAN, loser=LOSING, last=CLEAN)
    done = run(tmp_path, hosts, ROLE, environment={"ANSIBLE_STRATEGY": "free"})
    assert done.code == 2 and done.failed == {"loser"} and done.reports == 1
    assert done.verdicts == {"loser": "losing", "first": "clean", "last": "clean"}


def test_a_good_report_is_no_failure(tmp_path):
    done = run(tmp_path, inventory(tmp_path, first=CLEAN, second=CLEAN), ROLE)
    assert done.code == 0 and "2 hosts: 2 clean; no packet was lost." in done.output
    assert "fatal" not in done.output and "FAILED" not in done.output


def test_a_limit_limits_the_report_and_what_an_earlier_run_left_stays_out(tmp_path):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN)
    first = run(tmp_path, hosts, ROLE, packetloss_fail_on="never")
    assert set(first.verdicts) == {"loser", "second"}
    done = run(tmp_path, hosts, ROLE, "--limit", "second")
    assert done.code == 0 and done.verdicts == {"second": "clean"}
    assert done.report["run"] != first.report["run"]
    # Of the other one the store still has what the first run found, as of the first run.
    assert done.findings("loser")["verdict"] == "losing" and done.findings("loser")["run"] != done.report["run"]


def test_a_host_that_cannot_be_had_any_more_is_not_what_it_was(tmp_path):
    hosts = inventory(tmp_path, web1=LOSING, web2=CLEAN)
    run(tmp_path, hosts, ROLE, packetloss_fail_on="never")
    hosts["web1"] = UNREACHABLE
    done = run(tmp_path, hosts, ROLE, packetloss_fail_on="never")
    assert done.verdicts == {"web1": "unknown", "web2": "clean"}
    (gone,) = [host for host in done.report["hosts"] if host["name"] == "web1"]
    assert (gone["unreachable"], gone["findings"], gone["document"]) == (True, [], None)
    assert done.findings("web1")["run"] == done.report["run"]
    assert "ethtool" not in done.output
    # The document of the first run is still there, and is not taken for new either.
    assert (done.folder / "hosts" / "web1.json").exists()
    again = run(tmp_path, hosts, REPORT)
    assert again.verdicts == {"web1": "unknown", "web2": "clean"}


def test_two_audits_in_one_playbook_are_two_runs(tmp_path):
    hosts = inventory(tmp_path, web1=LOSING, web2=CLEAN)
    breaks = {"ansible.builtin.fail": {"msg": "x"}, "when": "inventory_hostname == 'web1'"}
    plays = [
        parts("preflight", "audit", "report"),
        {"hosts": "all", "gather_facts": False, "tasks": [breaks]},
        parts("preflight", "audit", "report"),
    ]
    done = run(tmp_path, hosts, plays, packetloss_fail_on="never")
    assert done.reports == 2
    assert done.verdicts == {"web1": "unknown", "web2": "clean"}


def test_the_modules_without_preflight_are_a_run_too(tmp_path):
    hosts = inventory(tmp_path, web1=LOSING, web2=CLEAN)
    tasks = [
        {"linuxnet.packetloss.audit": {}, "register": "packetloss_audit"},
        {"ansible.builtin.debug": {"var": "packetloss_audit.findings"}},
        {"linuxnet.packetloss.audit_report": {}, "run_once": True},
    ]
    done = run(tmp_path, hosts, [{"hosts": "all", "gather_facts": False, "tasks": tasks}])
    assert done.code == 0 and done.verdicts == {"web1": "losing", "web2": "clean"}
    assert '"id": "R4:nic:eth0"' in done.output and "evidence" not in done.output


def test_tags_choose_the_audit_or_the_report(tmp_path):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN)
    audited = run(tmp_path, hosts, ROLE, "--tags", "packetloss_audit")
    assert audited.code == 0 and audited.reports == 0
    assert not (audited.folder / "audit.json").exists()
    # A host that cannot be had any more: the report is of what was read, and asks nobody.
    hosts["loser"] = UNREACHABLE
    for playbook in (ROLE, role_alone()):
        told = run(tmp_path, hosts, playbook, "--tags", "packetloss_report")
        assert told.code == 2 and told.failed == {"loser"} and told.reports == 1
        assert told.verdicts == {"loser": "losing", "second": "clean"}
        assert told.report["run"] is None and "Read from 2026-01-01T00:00:00Z to " in told.output


# --- the gate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, code",
    [
        ({}, 0),
        ({"packetloss_tolerance": {"packets": 2, "share": "1e-6"}, "packetloss_fail_on": "risk"}, 2),
    ],
)
def test_a_stray_packet_is_a_loss_and_does_not_fail_a_pipeline(tmp_path, given, code):
    done = run(tmp_path, inventory(tmp_path, web1=STRAY), ROLE, **given)
    assert done.code == code, done.output
    assert done.verdicts == {"web1": "losing"} and "LOSS  web1" in done.output


@pytest.mark.parametrize(
    "playbook, given, message",
    [
        (ROLE, {"share": 2}, "packetloss_tolerance: share: 2: expected a share of the packets, from 0 to below 1"),
        (ROLE, 5, "tolerance' is of type "),
        (REPORT, {"part": 0.1}, "packetloss_tolerance: part: unknown; expected share or packets"),
        (REPORT, 5, "tolerance' is of type "),
    ],
)
def test_a_tolerance_that_makes_no_sense_is_said_before_a_host_is_read(tmp_path, playbook, given, message):
    (tmp_path / "packetloss-report" / "hosts").mkdir(parents=True)
    done = run(tmp_path, inventory(tmp_path, web1=CLEAN), playbook, packetloss_tolerance=given)
    assert done.code == 2 and message in done.output, done.output
    assert list((done.folder / "hosts").iterdir()) == []


# --- the report on stored documents -------------------------------------------------------------------------------

SITE_RULE = """---
- id: SITE1
  title: The host has CPUs
  layer: napi
  severity: risk
  when: host.cpus_online > `0`
  cause: It is a computer.
"""


def test_stored_audits_are_reported_by_the_rules_of_today(tmp_path):
    hosts = inventory(tmp_path, loser=LOSING, second=CLEAN)
    first = run(tmp_path, hosts, ROLE, packetloss_fail_on="never")
    runs = {name: first.findings(name)["run"] for name in hosts}
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "site.yml").write_text(SITE_RULE)
    done = run(tmp_path, {}, REPORT, packetloss_rules_dirs=[str(rules)])
    assert done.code == 0 and done.reports == 1
    assert done.verdicts == {"loser": "losing", "second": "at_risk"}
    assert [finding["rule"] for finding in done.findings("second")["findings"]] == ["SITE1"]
    assert {name: done.findings(name)["run"] for name in hosts} == runs
    done = run(tmp_path, {}, REPORT, packetloss_fail_on="loss")
    assert done.code == 2
    assert "packetloss_fail_on is loss, and 1 of 2 hosts did not pass: loser (losing)" in done.output


def test_what_is_no_file_of_an_audit_is_named_and_skipped(tmp_path):
    stored = tmp_path / "packetloss-report" / "hosts"
    stored.mkdir(parents=True)
    (tmp_path / "secret.json").write_text(json.dumps(merged(LOSING, {"meta": {"kernel": {"release": "secret"}}})))
    for name, content in {
        "good.json": json.dumps(LOSING),
        "empty.json": "",
        "half.json": json.dumps(LOSING)[:2000],
        "list.json": "[]",
        "future.json": '{"schema_version": 99}',
        "nonsense.json": '{"schema_version": 1, "nics": [1], "meta": 7}',
        "odd.findings.json": '{"schema_version": 2, "host": "../../../evil"}',
        "notes.txt": "x",
        "%2E.%2F..%2Fx.json": json.dumps(CLEAN),
    }.items():
        (stored / name).write_text(content)
    (stored / "link.json").symlink_to(tmp_path / "secret.json")
    os.mkfifo(stored / "pipe.json")
    before = {path for path in tmp_path.rglob("*") if stored not in path.parents}
    done = run(tmp_path, {}, REPORT)
    assert done.code == 0, done.output
    assert done.verdicts == {"good": "losing", "../../x": "clean", "nonsense": "unknown"}
    assert {one["file"]: one["why"].split(":")[0] for one in done.report["skipped"]} == {
        "hosts/empty.json": "no JSON",
        "hosts/future.json": "this is no host document of version 1",
        "hosts/half.json": "no JSON",
        "hosts/link.json": "a link",
        "hosts/list.json": "expected a mapping, found list",
        "hosts/notes.txt": "no file of an audit",
        "hosts/odd.findings.json": "/",
        "hosts/pipe.json": "no plain file",
    }
    assert "Skipped hosts/link.json: a link" in done.output
    assert "secret" not in (done.folder / "audit.json").read_text()
    # Nothing was written beside the folder; hosts.json is the inventory of this run, ansible its home.
    after = {path for path in tmp_path.rglob("*") if stored not in path.parents}
    beside = {path for path in after - before if "packetloss-report" not in path.parts and "ansible" not in path.parts}
    assert beside <= {tmp_path / "hosts.json"}


def test_a_folder_that_is_not_there_is_said(tmp_path):
    done = run(tmp_path, {}, REPORT, packetloss_dir=str(tmp_path / "nowhere"))
    assert done.code == 2
    assert re.search(r"cannot read \S+/nowhere/hosts: No such file or directory; set packetloss_dir", done.output)


# --- what a host or an inventory may be named ---------------------------------------------------------------------


def test_names_are_text_and_no_file_or_template(tmp_path):
    names = ["../../etc/x", "{{ 1 + 1 }}", "web1", "web1.findings", "x" * 230, "größe", "a b", "<b>|*"]
    hosts = inventory(tmp_path, **dict.fromkeys(names, LOSING))
    done = run(tmp_path, hosts, ROLE)
    assert done.code == 2
    assert done.verdicts == dict.fromkeys(names, "losing")
    assert len(list((done.folder / "hosts").iterdir())) == 2 * len(names)
    beside = {path.name for path in tmp_path.iterdir() if not path.name.startswith(("answer-", "python-"))}
    assert beside == {"ansible", "hosts.json", "packetloss-report"}
    again = run(tmp_path, {}, REPORT)
    assert again.code == 0 and again.verdicts == done.verdicts and again.report["skipped"] == []


# --- the interpreter ----------------------------------------------------------------------------------------------


def test_the_interpreter_that_was_found_is_handed_on(tmp_path):
    """Without that every later task asks the host again."""
    path = os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin"])
    show = {
        "ansible.builtin.debug": {
            "msg": "found={{ ansible_facts.discovered_interpreter_python | default('nothing') }}."
        }
    }
    hosts = {"here": {"ansible_connection": "local", "packetloss_interfaces": ["lo"]}}
    tasks = [{"linuxnet.packetloss.audit": {"interval": 1, "interfaces": ["lo"]}}, show]
    done = run(tmp_path, hosts, [{"hosts": "all", "gather_facts": False, "tasks": tasks}], environment={"PATH": path})
    if "No python interpreters found" in done.output:
        pytest.skip("this machine has no Python in /usr/bin")
    assert re.search(r"found=\S*python[\d.]*\.", done.output), done.output


# --- the terminal -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns, narrower", [(72, 60), (200, 120)])
def test_the_table_has_the_width_of_the_terminal(tmp_path, columns, narrower):
    """The worker that prints it has no terminal of its own."""
    host, loss = "a-long-name." * 6, "x" * 40
    (tmp_path / "hosts.json").write_text(
        json.dumps({"all": {"hosts": inventory(tmp_path, **{host: renamed(LOSING, loss)})}})
    )
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "COLUMNS"))}
    process = subprocess.Popen(
        [PLAYBOOK, ROLE, "-i", "hosts.json", "-e", "packetloss_fail_on=never"],
        cwd=tmp_path,
        env={
            **variables,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    output = b""
    with contextlib.suppress(OSError):  # the end of a terminal that nobody holds any more
        for part in iter(lambda: os.read(leader, 65536), b""):
            output += part
    os.close(leader)
    assert process.wait(timeout=60) == 0, output.decode()
    lines = output.decode().splitlines()
    (row,) = [at for at, line in enumerate(lines) if line.startswith("LOSS")]
    table = [line for line in lines[row - 1 : row + 4] if line.strip()]
    assert narrower < max(map(len, table)) <= columns, "\n".join(table)


def renamed(document, name):
    """A document whose only NIC has another name."""
    return json.loads(json.dumps(document).replace('"eth0"', json.dumps(name)))


# --- make audit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment, code", [({}, 0), ({"FAIL_ON": "loss"}, 2)])
def test_make_audit_ends_well_unless_asked_otherwise(tmp_path, environment, code):
    hosts = tmp_path / "hosts.json"
    hosts.write_text(json.dumps({"all": {"hosts": inventory(tmp_path, web1=LOSING, dead=UNREACHABLE)}}))
    command = [REPOSITORY / "scripts" / "audit.sh", "-e", f"packetloss_dir={tmp_path / 'report'}"]
    done = subprocess.run(
        list(map(str, command)),
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "INVENTORY": str(hosts),
            "INTERVAL": "1",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert "LOSS  web1" in done.stdout and "UNKNOWN  dead" in done.stdout
    assert ("FAILED" in done.stdout) == (code != 0)
