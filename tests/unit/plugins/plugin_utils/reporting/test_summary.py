# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import failing_hosts, summarise
from ansible_collections.linuxnet.packetloss.tests.unit.findings import (
    SCHEMA,
    finding,
    host_findings,
    risk,
    unread_host,
)


def rate(packets_per_s):
    return {"value": float(packets_per_s), "unit": "packets/s"}


@pytest.fixture(name="audit")
def audit_fixture():
    return summarise(
        [
            host_findings("clean1"),
            host_findings("risky1", "at_risk", risk()),
            host_findings("losing1", "losing", finding(rate=rate(20), lost=600), finding(severity="info", lost=None)),
            host_findings("losing2", "losing", finding(rate=rate(50), lost=500)),
            host_findings("before1", "lost_before", finding(rate=rate(9000), since="since boot, 2 days"), basis="boot"),
            host_findings("stray1", "losing", finding(rate=rate(0.1), lost=1)),
            unread_host("gone1", unreachable=True),
            unread_host("odd1", "boom"),
        ],
        Tolerance(),
        "2026-11-21T20:00:00Z",
        "r1",
        [Skipped("hosts/x.json", "a link")],
    )


def test_hosts_come_worst_first_and_none_is_forgotten(audit):
    jsonschema.validate(audit, SCHEMA)
    # More packets a second are worse, also where fewer were lost because the interval was shorter.
    assert [(host["name"], host["verdict"]) for host in audit["hosts"]] == [
        ("losing2", "losing"),
        ("losing1", "losing"),
        ("stray1", "losing"),
        ("before1", "lost_before"),
        ("risky1", "at_risk"),
        ("gone1", "unknown"),
        ("odd1", "unknown"),
        ("clean1", "clean"),
    ]
    assert audit["verdicts"] == {"losing": 3, "lost_before": 1, "at_risk": 1, "unknown": 2, "clean": 1}
    assert (audit["schema_version"], audit["run"]) == (2, "r1")
    assert audit["skipped"] == [{"file": "hosts/x.json", "why": "a link"}]
    assert audit["tolerance"] == {"share": 1e-6, "packets": 10}


@pytest.mark.parametrize(
    "fail_on, names",
    [
        ("loss", ["losing2", "losing1", "before1", "gone1", "odd1"]),
        ("risk", ["losing2", "losing1", "before1", "risky1", "gone1", "odd1"]),
        ("never", []),
    ],
)
def test_failing_hosts(audit, fail_on, names):
    assert [host["name"] for host in failing_hosts(audit, fail_on)] == names


def test_a_report_of_nothing():
    audit = summarise([], Tolerance(), "now")
    jsonschema.validate(audit, SCHEMA)
    assert audit["hosts"] == [] and json.dumps(audit)
