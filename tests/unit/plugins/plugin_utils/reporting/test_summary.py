# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import (
    failing_hosts,
    lines,
    markdown,
    number,
    page,
    printable,
    summarise,
)

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "audit.schema.json").read_text())


def finding(**changes):
    return {
        "id": "R20:socket:udp 0.0.0.0:53",
        "rule": "R20",
        "title": "A UDP receive buffer overflows",
        "layer": "udp",
        "severity": "loss",
        "subject": {"type": "socket", "name": "udp 0.0.0.0:53"},
        "count": 1,
        "subjects": ["udp 0.0.0.0:53"],
        "rate": {"value": 199.4, "unit": "packets/s"},
        "lost": 1994,
        "evidence": [{"key": "rcvbuf_errors", "what": "RcvbufErrors", "value": 1994, "unit": "datagrams"}],
        "cause": "The reader is slow.",
        "because_of": [],
        "actions": [
            {
                "knob": "advice",
                "subject": {"type": "host", "name": None},
                "set": {},
                "direction": None,
                "when": None,
                "conflicts": [],
                "command": None,
                "text": "Read faster",
            }
        ],
        "cautions": ["Not for a flood"],
        "sources": ["drop-path"],
        "confidence": "high",
        **changes,
    }


def result(verdict, *findings, **changes):
    return {
        "verdict": verdict,
        "findings": list(findings),
        "not_judged": [],
        "measured": [{"key": "interval_s", "what": "interval", "value": 10.0, "unit": "s"}],
        "reasons": [],
        "error": None,
        "document": "/r/hosts/x.json",
        **changes,
    }


@pytest.fixture(name="audit")
def audit_fixture():
    return summarise(
        {
            "clean1": result("clean"),
            "risky1": result("at_risk", finding(severity="risk", rule="R30", lost=None, rate=None)),
            "losing1": result("losing", finding(lost=5), finding(severity="info", rule="R7", lost=None)),
            "losing2": result("losing", finding()),
            "gone1": {"unreachable": True, "msg": "no route to host", "changed": False},
            "odd1": {"failed": True, "msg": "boom"},
            "never1": None,
        },
        "2026-11-21T20:00:00Z",
    )


def test_hosts_come_worst_first_and_none_is_forgotten(audit):
    jsonschema.validate(audit, SCHEMA)
    assert [(host["name"], host["verdict"]) for host in audit["hosts"]] == [
        ("losing2", "losing"),
        ("losing1", "losing"),
        ("risky1", "at_risk"),
        ("gone1", "unknown"),
        ("never1", "unknown"),
        ("odd1", "unknown"),
        ("clean1", "clean"),
    ]
    assert audit["verdicts"] == {"losing": 2, "at_risk": 1, "unknown": 3, "clean": 1}
    errors = {host["name"]: host["error"] for host in audit["hosts"] if host["error"]}
    assert errors == {
        "gone1": "unreachable: no route to host",
        "odd1": "boom",
        "never1": "the audit did not run on this host: see its message above",
    }


def test_one_line_for_each_finding_worst_first(audit):
    told = lines(audit)
    assert [line.split()[:2] for line in told] == [
        ["LOSS", "losing2"],
        ["LOSS", "losing1"],
        ["RISK", "risky1"],
        ["INFO", "losing1"],
        ["UNKNOWN", "gone1"],
        ["UNKNOWN", "never1"],
        ["UNKNOWN", "odd1"],
        ["CLEAN", "clean1"],
    ]
    assert told[-1].endswith("no loss; interval = 10 s")
    assert told[0].endswith(
        "udp  R20  udp 0.0.0.0:53  A UDP receive buffer overflows: 1,994 packets lost, 199 packets/s; "
        "RcvbufErrors = 1,994 datagrams -> Read faster"
    )


@pytest.mark.parametrize(
    "fail_on, names",
    [
        ("loss", ["losing2", "losing1", "gone1", "never1", "odd1"]),
        ("risk", ["losing2", "losing1", "risky1", "gone1", "never1", "odd1"]),
        ("never", []),
    ],
)
def test_failing_hosts(audit, fail_on, names):
    assert [host["name"] for host in failing_hosts(audit, fail_on)] == names


def test_the_page_names_every_host_and_number(audit):
    text = page(audit)
    for expected in (
        "gone1",
        "unreachable: no route to host",
        "1,994 packets lost",
        "| RcvbufErrors | 1,994 datagrams |",
    ):
        assert expected in text
    assert "- Try: Read faster\n- Beware: Not for a flood" in text.replace("\n\n", "\n")


def test_what_a_host_says_is_no_markup_no_template_and_no_escape_sequence():
    evil = "<script>alert(1)</script> {{ 7 * 7 }} [x](http://y) | \x1b[31m `a`"
    audit = summarise(
        {"h": result("losing", finding(subject={"type": "nic", "name": evil}, title=evil, cause=evil))}, "now"
    )
    text = page(audit)
    assert "<script>" not in text and "\x1b" not in text and "49" not in text
    assert "\\[x\\]\\(http://y\\)" in text
    assert all("\x1b" not in line for line in lines(audit))
    row = next(line for line in text.splitlines() if line.startswith("### "))
    assert "\\|" in row


def test_escapes():
    assert printable("a\x1b[2Jb\nc") == "a\\x1b[2Jb\\x0ac"
    assert markdown("a|b\n<i>") == "a\\|b\\\\x0a&lt;i&gt;"


@pytest.mark.parametrize(
    "value, expected",
    [
        (1234567, "1,234,567"),
        (0.256, "0.256"),
        (1234.5, "1,234"),
        (12.34, "12.3"),
        (None, "not known"),
        (True, "yes"),
        ([1, 2], "1, 2"),
        ("x", "x"),
    ],
)
def test_number(value, expected):
    assert number(value) == expected
