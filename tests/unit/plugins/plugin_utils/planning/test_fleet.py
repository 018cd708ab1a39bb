# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reviewer sees: of one host, of a fleet, and on the screen."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import fleet
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import make
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.sentences import CONFLICTS, brief
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules import sentences
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.corpus import production_hosts
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy, nic, statistics
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose

RULES = load_rules()
UNREACHABLE = {"error": "unreachable: no route to host", "findings": [], "run": None}


def plan_of(document, host="web1", **policy):
    return make(host, document, {**diagnose(document, RULES), "run": None, "error": None}, checked(policy))


RING = plan_of(lossy(rx_out_of_buffer=500))


def of_fleet(*plans, skipped=()):
    return fleet.summarise(plans, "2026-01-01T00:00:00Z", "r1", skipped)


FLEET = [
    RING,
    plan_of(host_document(), "idle"),
    plan_of(production_hosts.one_flow_fills_a_queue(), "flow"),
    make("dark", None, UNREACHABLE, checked()),
]


@pytest.mark.parametrize(
    "document, words",
    [
        (lossy(rx_out_of_buffer=500), "R4 ring eth0 rx 1,024 -> 2,048, "),
        (production_hosts.one_flow_fills_a_queue(), "R9 rss eth0 fields udp4 sdfn, udp6 sdfn"),
        (production_hosts.rhel7_router(), "R6 packet_steering eth0 rps_cpus of 2 queues"),
        (production_hosts.bond_of_two_63_queue_mlx5(), "R3 channels eth0 combined 2 -> 4, 5.2 MiB"),
    ],
)
def test_a_step_in_a_few_words(document, words):
    assert brief(plan_of(document)["steps"][0]).startswith(words)


def test_many_values_are_told_by_the_first():
    values = {"net.ipv4.neigh.default.gc_thresh3": 1024, "b": 512, "c": 128}
    change = {"knob": "sysctl", "subject": None, "from": dict.fromkeys(values, 16), "to": values}
    step = {"finding": "R15:x", "changes": [change], "memory": None}
    assert brief(step) == "R15 sysctl net.ipv4.neigh.default.gc_thresh3 16 -> 1,024, and 2 more"
    change = {"knob": "irq_affinity", "subject": "eth0", "from": {}, "to": {"40": "1"}}
    assert brief({**step, "changes": [change]}) == "R15 irq_affinity eth0 1 interrupt"


def test_every_conflict_has_words():
    assert CONFLICTS.keys() == sentences.CONFLICTS.keys()


def test_what_all_plans_have_together():
    summary = of_fleet(*FLEET)
    need = RING["memory"]["need_bytes"]
    assert summary["totals"] == {
        "hosts": 4,
        "planned": 2,
        "nothing": 1,
        "unread": 1,
        "refused": 0,
        "steps": 2,
        "knobs": {"ring": 1, "rss": 1},
        "need_bytes": need,
        "most_peak_bytes": RING["memory"]["peak_bytes"],
        "class": 1,
        "outage": fleet.meaning(1),
    }
    assert [host["name"] for host in summary["hosts"]] == ["web1", "flow", "dark", "idle"]
    assert summary["hosts"][0]["plan"] == "plans/web1.json"
    assert summary["hosts"][0]["digest"] == RING["digest"]


def test_the_screen_has_a_line_for_each_host_that_changes_and_the_sum():
    lines = fleet.lines(of_fleet(*FLEET, skipped=[Skipped("hosts/x.json", "a link")]), 100)
    assert lines[0].startswith("web1: 1 step (R4 ring eth0 rx 1,024 -> 2,048, ")
    assert lines[1].startswith("flow: 1 step (R9 rss eth0 ")
    assert "NO PLAN  dark  unreachable: no route to host" in lines
    assert "Skipped hosts/x.json: a link" in lines
    said = " ".join(lines[lines.index("") + 1 :])
    assert "4 hosts: 2 with a plan, 1 with nothing to change, 1 without a plan." in said
    assert "the most that happens to traffic is class 1: a pause below a second" in said
    assert all(len(line) <= 100 for line in lines)


def test_a_fleet_without_anything_to_do_is_one_sentence():
    assert fleet.lines(of_fleet(FLEET[1]), 100) == ["1 host: 0 with a plan, 1 with nothing to change."]


def test_what_was_refused_is_no_silence():
    refused = plan_of(lossy(rx_out_of_buffer=500), disruption=0)
    assert fleet.lines(of_fleet(refused), 120) == [
        "1 host: 0 with a plan, 1 with nothing to change. Of 1 something was refused: see plans.md."
    ]
    assert "Of 1 something was refused." in fleet.fleet_page(of_fleet(refused))


def test_a_large_fleet_keeps_to_some_lines():
    plans = [dict(RING, host=f"web{number}") for number in range(100)]
    lines = fleet.lines(of_fleet(*plans), 120)
    assert len(lines) <= fleet.MOST_HOSTS + 5
    assert "... and 60 hosts more: see plans.md" in lines


def test_the_page_has_what_a_reviewer_asks_for():
    page = fleet.page(RING)
    step = RING["steps"][0]
    for text in (
        "## Step 1: R4:nic:eth0",
        "| ring of eth0: rx | 1,024 | 2,048 |",
        "- To traffic, class 1: a pause below a second",
        "- Memory: ",
        "- eth0 on NUMA node 0: ",
        "- ethtool -G eth0 rx 2048",
        "## Memory of all steps",
        "## For a person",
        f"Digest {RING['digest']}",
    ):
        assert text in page, text
    assert "500 packets of 20,500 lost in 10 s" in step["why"]


def test_the_page_tells_what_is_refused_what_waits_and_what_the_host_decides():
    refused = fleet.page(plan_of(lossy(rx_out_of_buffer=500), knobs=["sysctl"]))
    assert "Nothing is to be changed on this host." in refused
    assert "packetloss\\_policy.knobs does not have ring" in refused
    waiting = fleet.page(FLEET[2])
    assert "R3:nic:eth0 waits for R9:nic:eth0" in waiting
    assert "| rss of eth0: fields | udp4 sdfn, udp6 sdfn |" in waiting
    assert "There is no plan: unreachable: no route to host" in fleet.page(FLEET[3])
    assert "- dark: unreachable: no route to host" in fleet.fleet_page(of_fleet(*FLEET))


EVIL = "x|<b>](y)`{{7*7}}\x1b[31m"


def test_nothing_of_a_host_is_markup_or_reaches_the_terminal():
    document = lossy()
    document["nics"][EVIL] = nic(counters=statistics("mlx5_core", rx_out_of_buffer=500))
    del document["nics"]["eth0"]
    document["meta"]["selection"]["selected"] = [EVIL]
    plan = plan_of(document, host=EVIL)
    assert plan["steps"], plan["refused"]
    summary = of_fleet(plan)
    for text in (fleet.page(plan), fleet.fleet_page(summary)):
        assert "<b>" not in text
        assert "{{7*7}}" not in text
        assert "\x1b" not in text
        assert EVIL.partition("\x1b")[0] not in text
        assert "x\\|" in text
    assert "\x1b" not in "".join(fleet.lines(summary, 200))
    # And what a person may paste is one word for a shell.
    assert plan["steps"][0]["commands"][0].startswith("ethtool -G 'x|<b>](y)`{{7*7}}?[31m' rx 2048")
