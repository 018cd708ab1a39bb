# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans in the folder of a report: one that was edited, damaged or of another host is not taken for the reviewed."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import fleet, kept
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import PlanError, digest, load, make
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.corpus import production_hosts
from ansible_collections.linuxnet.packetloss.tests.unit.documents import lossy
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = load_rules()


def plan_of(document, host="web1"):
    return make(host, document, {**diagnose(document, RULES), "run": None, "error": None}, checked())


@pytest.fixture
def folder(tmp_path):
    """A report folder with the plan of web1."""
    plan = plan_of(lossy(rx_out_of_buffer=500))
    kept.write(Store(str(tmp_path)), plan, fleet.page(plan))
    return tmp_path


def edit(folder, change, host="web1"):
    path = folder / "plans" / f"{host}.json"
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))


@pytest.mark.parametrize("below", [".", "plans"])
def test_a_plan_is_read_as_it_was_made(folder, below):
    found = load(str(folder / below), "web1")
    assert found == plan_of(lossy(rx_out_of_buffer=500)) | {"made_at": found["made_at"], "digest": found["digest"]}
    assert found["steps"][0]["settings"] == [{"knob": "ring", "subject": "eth0", "values": {"rx": 2048}}]
    assert "ethtool -G eth0 rx 2048" in (folder / "plans" / "web1.md").read_text()


@pytest.mark.parametrize("host", ["web1.findings", "../../x", ".web", "a/b", "x" * 300])
def test_the_file_of_a_plan_is_never_a_path(tmp_path, host):
    plan = plan_of(production_hosts.one_flow_fills_a_queue(), host)
    kept.write(Store(str(tmp_path)), plan, "page")
    assert load(str(tmp_path), host)["host"] == host
    assert {path.parent for path in tmp_path.rglob("*.*") if path.is_file()} == {tmp_path / "plans"}


def test_a_plan_that_was_edited_is_refused_unless_it_is_accepted(folder):
    edit(folder, lambda plan: plan["steps"][0]["settings"][0]["values"].update(rx=8192))
    with pytest.raises(PlanError, match="was edited after it was made.*packetloss_accept_edited=true"):
        load(str(folder), "web1")
    found = load(str(folder), "web1", accept_edited=True)
    assert found["steps"][0]["settings"][0]["values"] == {"rx": 8192}
    assert found["digest"] == digest(found)


def test_the_order_of_keys_and_white_space_are_no_edit(folder):
    path = folder / "plans" / "web1.json"
    plan = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(plan.items()))))
    assert load(str(folder), "web1") == plan


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda plan: plan.pop("steps"), "is no plan: /: steps is missing"),
        (lambda plan: plan.update(schema_version=2), "schema_version: expected one of 1"),
        (lambda plan: plan["steps"][0].update(settings={}), "/steps/0/settings: expected a list"),
        (lambda plan: plan["steps"][0]["settings"][0].update(values="rx"), "/steps/0/settings/0/values"),
        (lambda plan: plan.update(host="web2"), "is the plan of 'web2', and not of 'web1'"),
    ],
)
def test_a_damaged_plan_says_what_is_wrong_and_what_to_do(folder, change, words):
    edit(folder, change)
    for accept in (False, True):
        with pytest.raises(PlanError) as raised:
            load(str(folder), "web1", accept_edited=accept)
        assert words in str(raised.value)
        assert "ansible-playbook linuxnet.packetloss.plan --limit web1" in str(raised.value)


def test_a_host_without_a_plan_says_so(folder):
    with pytest.raises(PlanError, match="there is no plan of web9"):
        load(str(folder), "web9")


def test_no_link_is_followed(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "plan.json"
    path = folder / "plans" / "web1.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(PlanError, match="a link"):
        load(str(folder), "web1")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"host": NaN}'])
def test_a_file_that_is_no_plan_at_all(folder, text):
    (folder / "plans" / "web1.json").write_text(text)
    with pytest.raises(PlanError, match="make it again"):
        load(str(folder), "web1")
