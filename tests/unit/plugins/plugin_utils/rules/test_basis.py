# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be said of numbers since boot, and of those of many hours: nothing that only an interval tells."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import plan as planning
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance, fails_on
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import diagnose, load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.basis import duration
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, lossy, merged

RULES = load_rules()
DAYS = 12 * 86400.0


def since_boot(document, seconds=DAYS):
    return merged(document, {"meta": {"basis": "boot", "interval_s": seconds, "prime_s": None}})


def judged(document):
    return diagnose(document, RULES, limits())


def by_rule(found):
    return {finding["rule"]: finding for finding in found["findings"]}


def busy(document):
    """Every CPU does nothing but softirqs, is squeezed, and gives time to the hypervisor."""
    times = {
        cpu: {
            **dict.fromkeys(("user", "system"), {"total": 0, "delta": 0}),
            "softirq": {"total": 950, "delta": 950},
            "idle": {"total": 0, "delta": 0},
            "steal": {"delta": 100},
        }
        for cpu in document["cpu_times"]
    }
    rows = {cpu: {"time_squeeze": {"total": 10**9, "delta": 10**9}} for cpu in document["softnet"]["cpus"]}
    return merged(document, {"cpu_times": times, "softnet": {"cpus": rows}})


def test_a_loss_since_boot_was_before_and_may_be_over():
    found = judged(since_boot(lossy(rx_out_of_buffer=500)))
    assert (found["verdict"], found["basis"]) == ("lost_before", "boot")
    ring = by_rule(found)["R4"]
    assert (ring["lost"], ring["severity"], ring["confidence"]) == (500, "loss", "low")
    assert ring["since"] == "since boot, 12 days"
    assert found["reasons"] == [
        "one reading tells what was lost since boot, and not what is lost now: audit the host, or capture it again"
    ]
    # Whether it was in bursts is not known.
    assert ring["title"] == "The receive ring runs empty"
    assert ring["rate"] == {"value": pytest.approx(500 / DAYS, abs=0.001), "unit": "packets/s"}
    interval = judged(lossy(rx_out_of_buffer=500))
    assert (interval["verdict"], interval["basis"]) == ("losing", "interval")
    assert by_rule(interval)["R4"]["since"] is None


def test_a_document_that_does_not_say_so_is_of_an_audit():
    document = lossy(rx_out_of_buffer=500)
    del document["meta"]["basis"]
    assert judged(document)["verdict"] == "losing"


def test_no_host_is_clean_by_one_reading():
    found = judged(since_boot(host_document()))
    assert found["verdict"] == "unknown" and found["findings"] == []
    assert found["reasons"][0].startswith("no loss is to be seen since boot; whether there is one now takes")
    assert judged(host_document())["verdict"] == "clean"


def test_nothing_is_said_that_only_an_interval_tells():
    document = busy(lossy(rx_out_of_buffer=500))
    assert {"R3", "R8"} <= by_rule(judged(document)).keys()
    found = judged(since_boot(document))
    # The ring lost packets; whether its CPU was too busy at that time is not known.
    assert by_rule(found).keys() & {"R3", "R4", "R7", "R8", "R9", "R29", "R30"} == {"R4"}
    reasons = {item["rule"]: item["reason"] for item in found["not_judged"]}
    for rule in ("R3", "R7", "R8", "R9", "R29"):
        assert (
            reasons[rule] == "two readings within an hour are needed for it: these are the numbers since boot, 12 days"
        )
    assert reasons["R30"] == "two readings are needed for it: these are the numbers since boot, 12 days"
    told = json.dumps([found["findings"], found["measured"]])
    for word in ("softirq time", "time_squeeze", "stolen", "in the interval", "is saturated"):
        assert word not in told


def test_an_interval_of_hours_is_an_average_as_well():
    found = judged(merged(busy(lossy(rx_out_of_buffer=500)), {"meta": {"interval_s": 8 * 3600.0}}))
    assert (found["verdict"], found["basis"]) == ("losing", "interval")
    ring = by_rule(found)["R4"]
    assert (ring["since"], ring["confidence"]) == ("in 8 hours", "low")
    reasons = {item["rule"]: item["reason"] for item in found["not_judged"]}
    assert "R3" in reasons and "R30" not in reasons


def test_what_is_set_is_a_risk_now_and_says_nothing_of_boot():
    document = since_boot(host_document(conntrack={"count": 260000}))
    found = judged(document)
    assert found["verdict"] == "at_risk"
    assert (by_rule(found)["R13"]["since"], by_rule(found)["R13"]["confidence"]) == (None, "low")


def test_words_of_an_interval_are_those_of_boot():
    stats = {"rx_nohandler": {"total": 7, "delta": 7}, "rx_dropped": {"total": 700, "delta": 700}}
    found = judged(since_boot(merged(host_document(), {"nics": {"eth0": {"link_stats": stats}}})))
    frames = by_rule(found)["R11"]
    assert (frames["rate"], frames["since"]) == ({"value": 700.0, "unit": "frames"}, "since boot, 12 days")


def test_without_the_time_since_boot_there_is_no_rate():
    found = judged(since_boot(lossy(rx_out_of_buffer=500), None))
    ring = by_rule(found)["R4"]
    assert (ring["rate"], ring["lost"], ring["since"]) == (None, 500, "since boot")
    assert "the time since boot is missing" in found["reasons"]


@pytest.mark.parametrize("seconds, text", [(1, "1 seconds"), (90, "90 seconds"), (150, "2 minutes"), (7200, "2 hours")])
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("lost, fails", [(500, ["loss", "risk"]), (5, ["loss", "risk"])])
def test_one_reading_is_no_pass(lost, fails):
    # Without the few packets that are tolerated nothing could be said of the host.
    found = judged(since_boot(lossy(rx_out_of_buffer=lost)))
    assert fails_on({**found, "error": None}, Tolerance()) == fails


def test_what_would_be_planned_is_advice():
    document = lossy(rx_out_of_buffer=500)
    for basis, steps in ((document, 1), (since_boot(document), 0)):
        found = {**judged(basis), "error": None, "run": None}
        plan = planning.make("web1", basis, found, checked(), made_at="2026-01-01T00:00:00Z")
        assert len(plan["steps"]) == steps
        told = [one for one in plan["advice"] if one["command"] == "ethtool -G eth0 rx 2048"]
        assert len(told) == 1 - steps
        if not steps:
            assert "one reading of the host alone" in told[0]["why_not"]
            assert "since boot, 12 days" in told[0]["text"] and plan["memory"] is None
