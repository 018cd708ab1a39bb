# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import page
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import summarise
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import mebibytes
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.ring_costs import ring_costs
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, nic
from ansible_collections.linuxnet.packetloss.tests.unit.findings import SCHEMA, host_findings


def document(**nics):
    return host_document(nics={"eth0": nic(), **nics})


def reported(costs):
    """The audit of one host whose rings cost that, and its page."""
    audit = summarise([host_findings("web1", ring_memory=costs)], Tolerance(), "2026-01-01T00:00:00Z")
    jsonschema.validate(audit, SCHEMA)
    return page(audit)


def test_costs_are_those_of_the_one_function():
    given = document(eth1=nic(ifindex=3))
    costs, planned = ring_costs(given), plan(given)["nics"]
    assert [cost["nic"] for cost in costs["nics"]] == ["eth0", "eth1"]
    assert costs["now_bytes"] == sum(planned[name]["now"]["held_bytes"] for name in planned)
    first = costs["nics"][0]
    assert (first["rx"], first["tx"], first["rx_queues"]) == (1024, 1024, 2)
    assert [step["rx"] for step in first["next_steps"]] == [2048, 4096, 8192]
    assert [step["need_bytes"] for step in first["next_steps"]] == [
        step["need_bytes"] for step in planned["eth0"]["next_steps"]
    ]
    json.dumps(costs)


def test_the_page_shows_sizes_for_people():
    costs = ring_costs(document())
    (row,) = [line for line in reported(costs).splitlines() if line.startswith("| eth0 |")]
    last = costs["nics"][0]["next_steps"][-1]
    assert row.startswith(f"| eth0 | 2 of 1,024 | 2 of 1,024 | {mebibytes(costs['now_bytes'])} | 2,048: ")
    assert f"8,192: {mebibytes(last['need_bytes'])}, {last['verdict']}".replace("_", " ") in row


def test_an_estimate_is_called_one():
    costs = ring_costs(document(eth1=nic("unheard_of", ifindex=3)))
    assert [cost["model"] == "generic" for cost in costs["nics"]] == [False, True]
    assert {step["verdict"] for step in costs["nics"][1]["next_steps"]} == {"unknown"}
    assert "unknown" not in {step["verdict"] for step in costs["nics"][0]["next_steps"]}
    told = [line for line in reported(costs).splitlines() if "an estimate" in line]
    assert len(told) == 1 and told[0].startswith("- eth1: an estimate, since nobody has read")


def test_a_ring_that_is_the_largest_has_no_next_step():
    costs = ring_costs(document(eth0=nic(rings={"rx": 8192})))
    assert costs["nics"][0]["next_steps"] == []
    assert "| it is the largest |" in reported(costs)


def test_what_is_built_on_nics_is_left_out_and_a_nic_that_cannot_be_priced_says_why():
    bond = nic(driver="bonding", kind="bond", rings=None, channels=None)
    costs = ring_costs(document(bond0=bond, eth1=nic(ifindex=3, mtu=None)))
    assert [cost["nic"] for cost in costs["nics"]] == ["eth0"]
    assert [entry["nic"] for entry in costs["not_priced"]] == ["eth1"]
    shown = reported(costs)
    assert "- Not priced: eth1: its MTU is not known" in shown and "bond0" not in shown


@pytest.mark.parametrize("nics", [None, 7, {"eth0": 7}, {"eth0": {"selected": True, "rings": "x"}}])
def test_a_host_that_answers_nonsense(nics):
    costs = ring_costs({"schema_version": 1, "nics": nics})
    assert costs["nics"] == [] and (costs["error"] or costs["now_bytes"] == 0)
    reported(costs)


def test_a_name_is_no_markup():
    given = document()
    given["nics"]["<b>|*evil*"] = given["nics"].pop("eth0")
    assert "&lt;b&gt;\\|\\*evil\\*" in reported(ring_costs(given))
