# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ring_memory_info and the filter ring_memory in plays: the ones of the docs, and what makes no sense."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, nic
from auditing import missing, play

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

PAGE = Path(__file__).parents[2] / "docs" / "planning-rings.md"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
#: What a host under an attacker's hand may have as the name of a NIC.
EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}"


def plays_of_the_docs():
    return [yaml.safe_load(text)[0] for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.S | re.M)]


def run(folder, hosts, *plays, words=()):
    """Runs plays in *folder*; returns the exit code and what was printed, on one line: messages may be folded."""
    playbook = folder / "play.yml"
    playbook.write_text(json.dumps(plays))
    done = play(folder, playbook, {"hosts": hosts, "vars": LOCAL}, *words)
    assert "Traceback" not in done.stdout
    return done.returncode, " ".join(done.stdout.split())


def stored(folder, name, document):
    place = folder / "packetloss-report" / "hosts" / f"{name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(document))


def tasks(*listed):
    return {"hosts": "all", "gather_facts": False, "tasks": list(listed)}


def with_memory(gib, **nics):
    """A document of a host with so much memory, nearly all of it free."""
    document = host_document(nics=nics)
    pages = gib << 18
    document["memory"]["meminfo"] = dict.fromkeys(("MemTotal", "MemAvailable", "MemFree"), gib << 30)
    for node in document["cpus"]["nodes"]:
        document["memory"]["nodes"][node] = {"MemFree": gib << 29}
        zone = {"free_pages": pages // 2, "min_pages": 4000, "low_pages": 5000, "high_pages": 6000}
        document["memory"]["zones"][f"{node}/Normal"] = {**zone, "managed_pages": pages // 2}
    return document


def test_the_plan_of_the_docs_over_stored_documents(tmp_path):
    large = {"eth0": nic(mtu=9000, channels={"combined": 63, "combined_max": 63})}
    stored(tmp_path, "roomy", with_memory(256, **large))
    stored(tmp_path, "narrow", with_memory(4, **large))
    stored(tmp_path, "evil", with_memory(4, **{EVIL: nic()}))
    code, output = run(tmp_path, {"roomy": {}, "narrow": {}, "evil": {}}, plays_of_the_docs()[0])
    assert code == 0, output
    assert "touch pwned" in output and not list(tmp_path.rglob("pwned"))
    assert re.search(r"ok: \[roomy\] => { .msg.: .fits: ", output), output
    assert re.search(r"ok: \[narrow\] => { .msg.: .does_not_fit: ", output), output
    assert re.search(r"ok: \[roomy\] => \(item=eth0\) => { .msg.: .eth0: 8192", output), output


def test_what_a_document_says_is_never_a_template(tmp_path):
    """As a fact too, which older versions of Ansible look for templates in when it is used."""
    stored(tmp_path, "evil", with_memory(4, **{EVIL: nic(mtu=None)}))
    planned = plays_of_the_docs()[0]["tasks"][0]
    planned["ansible.builtin.set_fact"]["packetloss_plan"] = "{{ document | linuxnet.packetloss.ring_memory }}"
    show = {"ansible.builtin.debug": {"msg": "{{ packetloss_plan.sentence }} {{ packetloss_plan.skipped.values() }}"}}
    code, output = run(tmp_path, {"evil": {}}, tasks(planned, show))
    assert code == 0 and "touch pwned" in output, output
    assert not list(tmp_path.rglob("pwned"))


def test_the_live_plan_of_the_docs_stops_where_there_is_nothing_to_plan(tmp_path):
    live = plays_of_the_docs()[1]
    live.update(hosts="all", become=False)
    compute = live["tasks"][0]["linuxnet.packetloss.ring_memory_info"]
    compute["interfaces"] = ["lo"]
    code, output = run(tmp_path, {"me": {}}, live)
    assert code == 2
    assert "ens1f0: no such NIC among those that were read: lo; name it in interfaces" in output
    del compute["targets"], compute["max"]
    code, output = run(tmp_path, {"me": {}}, live)
    assert code == 2
    assert "There is no NIC with rings: lo: " in output


def test_the_module_in_check_mode(tmp_path):
    task = {"linuxnet.packetloss.ring_memory_info": {"interfaces": ["lo"]}}
    code, output = run(tmp_path, {"me": {}}, tasks(task), words=["--check", "--diff"])
    assert code == 0 and "changed=0" in output and "skipped=0" in output


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rx": "many"}, "argument 'rx' is of type"),
        ({"rx": 8192}, "there is no NIC with rings to change: lo: "),
        ({"targets": {"lo": {"rx": 64}}}, "lo: its driver "),
        (
            {"targets": {"lo": 64}},
            "lo: its target is 64, expected a dictionary with some of rx, tx, channels, mtu, max",
        ),
        ({"interfaces": ["eth99"]}, "no interface 'eth99' on this host"),
        ({"reserve": "plenty"}, "reserve: 'plenty' is no amount of memory"),
        ({"ring": 1}, "Unsupported parameters for (linuxnet.packetloss.ring_memory_info) module: ring"),
    ],
)
def test_bad_input_of_the_module(tmp_path, options, message):
    task = {"linuxnet.packetloss.ring_memory_info": {"interfaces": ["lo"], **options}}
    code, output = run(tmp_path, {"me": {}}, tasks(task))
    assert code == 2 and message in output, output


def test_bad_input_of_the_filter(tmp_path):
    evil = host_document(nics={EVIL: nic()})
    documents = {
        "good": host_document(nics={"eth0": nic()}),
        "evil": evil,
        "future": {"schema_version": 2},
        "damaged": {"schema_version": 1, "nics": {"eth0": 7}},
    }
    for name, document in documents.items():
        stored(tmp_path, name, document)
    text = "lookup('ansible.builtin.file', playbook_dir ~ '/packetloss-report/hosts/' ~ inventory_hostname ~ '.json')"
    for arguments, host, message in (
        ("rx=8192", "good", "eth0"),
        ("rx=9000", "good", "eth0: rx 9000 is above the most that it can have: give a number from"),
        ("rx='many'", "good", "eth0: rx is 'many', expected a whole number"),
        ("targets={'eth9': {'rx': 64}}", "good", "eth9: no such NIC among those that were read: eth0"),
        ("interfaces=['kind:bond']", "good", "no interface matches 'kind:bond'"),
        ("rx=8192", "future", "expected a host document of version 1"),
        ("rx=8192", "damaged", "this is no host document, or a damaged one"),
        ("max=true", "evil", "touch pwned"),
    ):
        planned = f"({text} | from_json | linuxnet.packetloss.ring_memory({arguments}))"
        task = {"ansible.builtin.debug": {"msg": f"{{{{ {planned}.nics | list }}}}"}}
        code, output = run(tmp_path, {host: {}}, tasks(task))
        assert message in output, output
        assert (code == 0) == (message in ("eth0", "touch pwned")), output
    assert not list(tmp_path.rglob("pwned"))
