# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import judged
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import (
    MOST_FINDINGS,
    MOST_REASONS,
    entry,
    slim,
    unknown,
    unread,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_with, nic, statistics
from ansible_collections.linuxnet.packetloss.tests.unit.findings import action, finding, host_findings, risk


def test_a_host_that_was_not_read_is_unknown_from_now_on():
    found = unread("web1", "r1", "unreachable: no route to host", unreachable=True)
    assert (found["verdict"], found["unreachable"], found["document"], found["run"]) == ("unknown", True, None, "r1")
    assert found["error"] == "unreachable: no route to host" and found["reasons"] == [found["error"]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["taken_at"])


@pytest.mark.parametrize("taken_at", [None, 7, ["2026"]])
def test_a_document_that_does_not_say_when_it_was_read_was_read_now(taken_at):
    assert entry("h", None, unknown("x"), taken_at)["taken_at"].endswith("Z")
    assert entry("h", None, unknown("x"), "2026-01-01T00:00:00Z")["taken_at"] == "2026-01-01T00:00:00Z"


def test_ansible_remembers_losses_and_risks_without_what_proves_them():
    loss = finding(actions=[action("Read faster: nice -n -5 named", "nice -n -5 named"), action("Or not")])
    not_judged = [{"rule": "R4", "reason": "missing: x", "count": 400, "subjects": ["eth0"]}] * 2
    found = slim(host_findings("h", "losing", loss, risk(actions=[]), finding(severity="info"), not_judged=not_judged))
    assert found["counts"] == {"loss": 1, "risk": 1, "info": 1, "not_judged": 800}
    assert [one["id"] for one in found["findings"]] == ["R20:socket:udp 0.0.0.0:53", "R30:nic:eth0"]
    assert found["findings"][0]["action"] == {
        "command": "nice -n -5 named",
        "text": "Read faster: nice -n -5 named",
    }
    assert found["findings"][1]["action"] is None
    assert set(found["findings"][0]) == {
        "id", "title", "severity", "layer", "subject", "count", "lost", "rate", "action"
    }  # fmt: skip


def test_what_ansible_remembers_does_not_grow_with_the_host():
    """A host with 400 VLANs kept 886 KB."""
    names = [f"vlan{number}" for number in range(400)]
    quiet = {name: nic("8021q", kind="vlan", counters=None, irqs=None, channels=None) for name in names}
    found = entry("h", "r1", judged(host_with(quiet), load_rules(), limits()))
    assert len(found["measured"]) > 800
    assert len(json.dumps(slim(found))) < 1000
    lost = statistics("mlx5_core", rx_crc_errors_phy=5, rx_out_of_buffer=5, rx_discards_phy=5)
    lossy = {name: nic(counters=lost) for name in names}
    found = entry("h", "r1", judged(host_with(lossy), load_rules(), limits()))
    remembered = slim(found)
    assert len(found["findings"]) > MOST_FINDINGS == len(remembered["findings"])
    assert remembered["counts"]["loss"] == len(found["findings"])
    assert len(json.dumps(remembered)) < 40_000
    void = [f"/nics/{name} is void in this interval: ifindex" for name in names]
    assert slim(host_findings("h", "unknown", reasons=void))["reasons"] == void[:MOST_REASONS]
