# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks remediate, history and rollback, as they are: on network namespaces that lose packets for a cause that
a program can take away (a full SYN queue without cookies), and on hosts that answer with documents.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import REMEDIATION
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import wrong
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy
from auditing import answering_host, changeable_host, missing, play

sys.path.insert(0, str(Path(__file__).parents[1] / "provoke"))

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))),
    reason="needs root, ip, unshare and nsenter",
)

REMEDIATE, HISTORY, ROLLBACK = (f"linuxnet.packetloss.{name}" for name in ("remediate", "history", "rollback"))
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
COOKIES = "/proc/sys/net/ipv4/tcp_syncookies"


class Done:
    """One run of a playbook, and what is in the report folder after it."""

    def __init__(self, folder, done):
        self.code, self.output, self.folder = done.returncode, done.stdout, folder / "packetloss-report"
        assert "Traceback" not in self.output, self.output

    def told(self, host):
        told = json.loads((self.folder / "remediations" / f"{host}.json").read_text())
        assert wrong(told, REMEDIATION) is None
        return told

    @property
    def fleet(self):
        return json.loads((self.folder / "remediation.json").read_text())

    def recap(self, host):
        lines = self.output.partition("PLAY RECAP")[2].splitlines()
        return next(line.split()[2:] for line in lines if line.split()[:1] == [host])


def run(folder, hosts, *words, playbook=REMEDIATE, **variables):
    given = {"packetloss_interval": 1, **variables}
    return Done(folder, play(folder, playbook, {"hosts": hosts, "vars": given}, *words))


@pytest.fixture
def syn_queue():
    """A namespace whose SYN queue is full and that has no cookies: SYNs are lost, as long as the test goes on."""
    import losses  # noqa: PLC0415 - needs what only root has

    with losses.tcp_syn_queue_dropping() as scene:
        yield scene.audited


# --- a host that can be helped --------------------------------------------------------------------------------------


@needs_root
def test_the_loss_is_taken_away_proved_and_kept_and_can_be_taken_back(tmp_path, syn_queue):
    with changeable_host(tmp_path / "host", syn_queue.name) as host:
        hosts, variables = {"web1": host}, {"packetloss_interfaces": ["vb"], "packetloss_interval": 2}
        planned = run(tmp_path, hosts, "--check", "--diff", **variables)
        assert planned.code == 0 and planned.told("web1")["result"] == "planned", planned.output
        assert "changed=1" in planned.recap("web1")
        assert "-host: sysctl net.ipv4.tcp_syncookies 0" in planned.output
        assert syn_queue.read(COOKIES) == "0\n" and not list((tmp_path / "host" / "var").iterdir())

        done = run(tmp_path, hosts, "--diff", **variables)
        told = done.told("web1")
        assert (done.code, told["result"], told["fails"]) == (0, "kept", False), done.output
        assert syn_queue.read(COOKIES) == "1\n" and "changed=1" in done.recap("web1")
        assert told["before"]["lost_per_s"] > 50 and told["after"]["lost_per_s"] < told["before"]["lost_per_s"] / 10
        # What check mode said is what was done.
        (wanted,), (made,) = planned.told("web1")["steps"], told["steps"]
        assert [wanted[key] for key in ("finding", "settings", "commands")] == [
            made[key] for key in ("finding", "settings", "commands")
        ]
        assert (made["state"], made["outcome"]) == ("kept", "gone")
        events = " | ".join(event["words"] for event in told["events"])
        for words in ("planned 1 step (R17 sysctl", "armed 60 s by", "confirmed", "proved: gone", "kept"):
            assert words in events
            assert f"web1: {words}" in done.output or words in done.output
        sysctls = list((tmp_path / "host" / "etc").rglob("*packetloss*"))
        assert any("tcp_syncookies = 1" in path.read_text() for path in sysctls if path.is_file())
        assert "helped, and is kept" in (done.folder / "remediations" / "web1.md").read_text()

        again = run(tmp_path, hosts, **variables)
        assert "changed=0" in again.recap("web1") and again.told("web1")["steps"] == [], again.output

        listed = run(tmp_path, hosts, playbook=HISTORY)
        assert f"{made['transaction']}" in listed.output and "kept, also after a boot" in listed.output
        assert "sysctl net.ipv4.tcp_syncookies 0 -> 1" in listed.output

        back = run(tmp_path, hosts, playbook=ROLLBACK)
        assert back.code == 0 and "changed=1" in back.recap("web1"), back.output
        assert syn_queue.read(COOKIES) == "0\n"
        kept = [path for path in (tmp_path / "host" / "etc").rglob("*packetloss*") if path.is_file()]
        assert not any("tcp_syncookies" in path.read_text() for path in kept)


@needs_root
def test_where_nothing_can_be_kept_it_holds_until_the_next_boot_and_is_said(tmp_path, syn_queue):
    with changeable_host(tmp_path / "host", syn_queue.name, read_only_etc=True) as host:
        variables = {"packetloss_interfaces": ["vb"], "packetloss_interval": 2}
        done = run(tmp_path, {"web1": host}, **variables)
        told = done.told("web1")
        assert (done.code, told["result"]) == (0, "confirmed"), done.output
        assert "Read-only file system" in " ".join(told["steps"][0]["words"])
        assert "helped, and holds until the next boot" in done.output and syn_queue.read(COOKIES) == "1\n"
        assert "changed=0" in run(tmp_path, {"web1": host}, **variables).recap("web1")
        assert syn_queue.read(COOKIES) == "1\n"


@needs_root
def test_a_reviewed_plan_is_applied_as_it_is_and_not_to_a_host_that_has_drifted(tmp_path, syn_queue):
    with changeable_host(tmp_path / "host", syn_queue.name) as host:
        hosts, variables = {"web1": host}, {"packetloss_interfaces": ["vb"], "packetloss_interval": 2}
        plan = run(tmp_path, hosts, playbook="linuxnet.packetloss.plan", **variables)
        made = json.loads((plan.folder / "plans" / "web1.json").read_text())
        variables["packetloss_plan_dir"] = str(plan.folder)

        done = run(tmp_path, hosts, **variables)
        assert done.code == 0 and done.told("web1")["rounds"] == 1, done.output
        assert done.told("web1")["steps"][0]["settings"] == made["steps"][0]["settings"]
        assert syn_queue.read(COOKIES) == "1\n"

        syn_queue.sysctl("net.ipv4.tcp_syncookies", 2)
        drifted = run(tmp_path, hosts, **variables)
        assert drifted.code == 2 and "the host has drifted" in drifted.output, drifted.output
        assert syn_queue.read(COOKIES) == "2\n"


# --- a fleet --------------------------------------------------------------------------------------------------------


def test_a_host_that_cannot_be_had_ends_the_roll_out_with_a_report_of_what_was_done(tmp_path):
    hosts = {
        "canary": answering_host(tmp_path, host_document()),
        "dead": UNREACHABLE,
        "third": answering_host(tmp_path, lossy(rx_out_of_buffer=4000)),
    }
    done = run(tmp_path, hosts, packetloss_serial=[1, 1, 1])
    assert done.code == 2 and [host["host"] for host in done.fleet["hosts"]] == ["dead", "canary"], done.output
    assert done.told("canary")["result"] == "nothing_to_do" and done.told("dead")["result"] == "unread"
    assert done.output.count("Report: ") == 1
    assert "The roll-out ends here: 1 host of later batches stay as they are." in done.output
    assert not (done.folder / "hosts" / "third.json").exists()


def test_a_fleet_with_nothing_to_do_is_one_line_and_is_only_read(tmp_path):
    hosts = {name: answering_host(tmp_path, host_document()) for name in ("a", "b", "c")}
    done = run(tmp_path, hosts, packetloss_serial="100%")
    assert done.code == 0 and "3 hosts: 3 nothing to do." in done.output, done.output
    assert done.output.count("Report: ") == 1
    # Nothing but the audit was asked: the "Python" of these hosts answers everything with a document.
    assert all(done.told(name)["left"] == [] and not done.told(name)["problems"] for name in hosts)


def test_what_the_policy_forbids_is_told_and_a_wrong_policy_ends_it_before_a_host_is_read(tmp_path):
    hosts = {"web1": answering_host(tmp_path, lossy(rx_out_of_buffer=4000))}
    done = run(tmp_path, hosts, packetloss_policy={"never": ["eth0"]})
    told = done.told("web1")
    assert done.code == 0 and told["result"] == "no_remedy" and told["still_losing"], done.output
    assert "never says that eth0 is not to be touched" in told["refused"][0]["reason"]
    assert "it still loses packets" in done.output
    wrong_one = run(tmp_path, hosts, packetloss_policy={"never": 5})
    assert wrong_one.code == 2 and "packetloss_policy: never is 5" in wrong_one.output


def test_outside_the_window_it_is_planned_and_nothing_else(tmp_path):
    import datetime  # noqa: PLC0415

    hosts = {"web1": answering_host(tmp_path, lossy(rx_out_of_buffer=4000))}
    later = datetime.datetime.now() + datetime.timedelta(hours=6)
    window = f"{later:%H:%M}-{later + datetime.timedelta(hours=1):%H:%M}"
    done = run(tmp_path, hosts, packetloss_policy={"window": window})
    assert done.code == 0 and done.told("web1")["result"] == "waiting", done.output
    assert "changed=0" in done.recap("web1") and done.told("web1")["steps"][0]["state"] == "planned"


def test_a_host_that_gives_no_answer_about_its_transactions_is_not_changed(tmp_path):
    """This one answers with its document, whatever it is asked: so it says nothing of what earlier runs left."""
    done = run(tmp_path, {"web1": answering_host(tmp_path, lossy(rx_out_of_buffer=4000))})
    told = done.told("web1")
    assert done.code == 2 and told["result"] == "failed", done.output
    assert "what earlier runs left on the host could not be read" in told["problems"][0]
    assert [step["state"] for step in told["steps"]] == ["planned"]
