# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit playbook with everything that can be wrong around it: each is said clearly, and stops no other host."""

import json
import os
import sys
from pathlib import Path

import jsonschema
import pytest
from auditing import answering_host, audit, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

DOCS = Path(__file__).parents[2] / "docs"
#: What this machine has beside it is none of these tests' business: other tests may lose packets there.
LOCAL = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "packetloss_namespaces": "own",
}
#: Every machine has loopback; a container or a machine without a cable has nothing else to judge.
LOOPBACK = {**LOCAL, "packetloss_interfaces": ["lo"]}

#: What a host under an attacker's hand may answer: names that are templates, markup, escape sequences or paths.
EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}<script>\x1b[31m../../x"


def counted(delta):
    return {"total": delta, "delta": delta}


def evil_document():
    """A document with loss, in which every name that reaches a finding is hostile."""
    return {
        "schema_version": 1,
        "meta": {"interval_s": 10.0, "selection": {"how": "default", "selected": [EVIL], "others": []}},
        "nics": {
            EVIL: {
                "selected": True,
                "kind": "physical",
                "driver": {"name": EVIL},
                "link_stats": {"rx_packets": counted(1000), "rx_missed_errors": counted(500)},
            }
        },
        "softnet": {"cpus": {"0": {"processed": counted(1000), "dropped": counted(0), "time_squeeze": counted(0)}}},
        "protocols": {
            "snmp": {"Udp": {"RcvbufErrors": counted(70), "InDatagrams": counted(1), "InErrors": counted(70)}},
            "netstat": {"TcpExt": {}},
        },
        "sockets": {"drops": {EVIL: {"local": EVIL, "drops": counted(70), "processes": [{"pid": 1, "command": EVIL}]}}},
    }


def test_what_is_wrong_with_one_host_is_said_and_the_others_go_on(tmp_path):
    hosts = {
        "good": LOOPBACK,
        "../../x": LOOPBACK,
        "no-such-nic": {**LOCAL, "packetloss_interfaces": ["eth99"]},
        "no-match": {**LOCAL, "packetloss_interfaces": ["nothing*"]},
        "bad-network": {**LOCAL, "packetloss_networks": ["10.0.0.0/99"]},
        "wrong-type": {**LOCAL, "packetloss_interval": "soon"},
        "too-long": {**LOCAL, "packetloss_interval": 86400},
        "too-short": {**LOCAL, "packetloss_interval": 0},
        "no-python": {"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent/python3"},
        "unreachable": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
    }
    found = audit(tmp_path, hosts, 1, packetloss_fail_on="never")
    jsonschema.validate(found.report, json.loads((DOCS / "audit.schema.json").read_text()))
    assert {host["name"] for host in found.report["hosts"]} == set(hosts)
    for name in ("good", "../../x"):
        assert found.host(name)["error"] is None, found.output
        assert found.host(name)["verdict"] in ("clean", "losing", "at_risk")
    errors = {host["name"]: host["error"] for host in found.report["hosts"] if host["error"]}
    assert "no interface 'eth99' on this host; it has: " in errors["no-such-nic"]
    assert "no interface matches 'nothing*'" in errors["no-match"]
    assert "packetloss_networks: '10.0.0.0/99' is no network: write a CIDR (10.0.0.0/8)" in errors["bad-network"]
    for name, seconds in (("too-long", "86400"), ("too-short", "0")):
        assert errors[name].startswith(f"packetloss_interval: {seconds}: an audit compares two readings")
    assert "set ansible_python_interpreter to a Python 3.6 or later" in errors["no-python"]
    assert errors["unreachable"].startswith("unreachable: ")
    assert "argument 'interval' is of type " in found.output
    assert "argument 'interval' is of type " in errors["wrong-type"]
    assert "Traceback" not in found.output
    # No name became a path.
    assert sorted(path.name for path in (tmp_path / "report" / "hosts").iterdir()) == sorted(
        [
            *(f"{name}.findings.json" for name in sorted({*hosts, "%2E.%2F..%2Fx"} - {"../../x"})),
            "%2E.%2F..%2Fx.json",
            "good.json",
        ]
    )
    assert not (tmp_path.parent / "x.json").exists() and not (tmp_path / "x.json").exists()


def test_what_a_host_says_is_never_a_template_nor_markup(tmp_path):
    hosts = {
        "liar": answering_host(tmp_path, evil_document()),
        "nonsense": answering_host(tmp_path, {"schema_version": 1, "nics": [1], "softnet": "x", "meta": 7}),
        "future": answering_host(tmp_path, {"schema_version": 2}),
        "no-document": answering_host(tmp_path, [EVIL]),
        "no-json": answering_host(tmp_path, None, text=f"{{{EVIL}"),
        "endless": answering_host(tmp_path, None, text="[" * 100000),
    }
    found = audit(tmp_path, hosts, 1, packetloss_fail_on="never")
    assert found.host("liar")["verdict"] == "losing", found.output
    assert {finding["rule"] for finding in found.host("liar")["findings"]} >= {"R20"}
    assert any(
        EVIL in json.dumps(finding, ensure_ascii=False) or EVIL[:20] in str(finding)
        for finding in found.host("liar")["findings"]
    )
    assert found.host("nonsense")["verdict"] == "unknown"
    for name in ("future", "no-document", "no-json", "endless"):
        assert "no host document of version 1" in found.host(name)["error"], found.output
    assert not list(tmp_path.rglob("pwned")) and not Path("pwned").exists()
    assert "\x1b[31m" not in found.output and "Traceback" not in found.output
    page = (tmp_path / "report" / "audit.md").read_text()
    assert "<script>" not in page and "\x1b" not in page


@pytest.mark.parametrize("fail_on, code", [("loss", 2), ("risk", 2), ("never", 0)])
def test_an_unknown_host_is_no_pass(tmp_path, fail_on, code):
    hosts = {"nonsense": answering_host(tmp_path, {"schema_version": 2})}
    found = audit(tmp_path, hosts, 1, packetloss_fail_on=fail_on)
    assert found.code == code, found.output
    told = f"packetloss_fail_on is {fail_on}, and nothing can be said of this host: the host answered with something"
    assert (told in found.output) == (code != 0)


def test_a_report_folder_that_cannot_be_written_is_said_before_the_hosts_are_read(tmp_path):
    (tmp_path / "file").write_text("in the way")
    found = audit(tmp_path, {"good": LOCAL}, 1, packetloss_dir=str(tmp_path / "file" / "report"))
    assert found.code == 2
    assert "set packetloss_dir to a folder that you can write" in found.output and "Traceback" not in found.output


def test_a_broken_rule_is_named_with_its_line(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.yml").write_text("---\n- id: X1\n  title: Mine\n  colour: red\n")
    found = audit(tmp_path, {"good": LOCAL}, 1, packetloss_rules_dirs=[str(rules)])
    assert found.code == 2
    assert "mine.yml:4" in found.output and "colour" in found.output and "Traceback" not in found.output


def test_a_rule_of_the_site_is_asked(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.yml").write_text(
        "---\n"
        "- id: SITE1\n"
        "  title: The host has a CPU\n"
        "  layer: napi\n"
        "  severity: info\n"
        "  when: host.cpus_online > `0`\n"
        "  evidence:\n"
        "    - what: CPUs\n"
        "      value: host.cpus_online\n"
        "  cause: It is a computer.\n"
        "  actions: [None]\n"
        "  cautions: []\n"
        "  sources: [this test]\n"
        "  confidence: high\n"
        "  explain: It counts CPUs.\n"
    )
    found = audit(tmp_path, {"good": LOCAL}, 1, packetloss_rules_dirs=[str(rules)])
    site = [finding for finding in found.host("good")["findings"] if finding["rule"] == "SITE1"]
    assert [finding["evidence"][0]["value"] for finding in site] == [os.cpu_count()], found.output


@pytest.mark.parametrize(
    "choice, how",
    [
        ({"packetloss_interfaces": ["l?"]}, "patterns"),
        ({"packetloss_interfaces": ["kind:loopback"]}, "patterns"),
        ({"packetloss_networks": ["127.0.0.1-127.0.0.9"]}, "networks"),
    ],
)
def test_nics_are_chosen_by_name_kind_or_network(tmp_path, choice, how):
    found = audit(tmp_path, {"good": LOCAL}, 1, **choice)
    assert found.documents["good"]["meta"]["selection"]["how"] == how, found.output
    assert found.documents["good"]["meta"]["selection"]["selected"] == ["lo"]
