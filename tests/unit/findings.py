# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings as the store keeps them, for tests of what is made of them."""

import json
from pathlib import Path

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import file_name

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "audit.schema.json").read_text())

#: The schema of ``hosts/<host>.findings.json``.
OF_A_HOST = {"$ref": "#/$defs/host_findings", "$defs": SCHEMA["$defs"]}


def action(text, command=None):
    """Something to do, for a person."""
    return {
        "knob": "advice",
        "subject": {"type": "host", "name": None},
        "set": {},
        "direction": None,
        "when": None,
        "conflicts": [],
        "command": command,
        "text": text,
    }


def finding(**changes):
    """A loss of 1,994 datagrams at a UDP socket."""
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
        "actions": [action("Read faster")],
        "cautions": ["Not for a flood"],
        "sources": ["drop-path"],
        "confidence": "high",
        **changes,
    }


def risk(**changes):
    """A link that flaps."""
    about = {"id": "R30:nic:eth0", "rule": "R30", "layer": "link", "subjects": ["eth0"]}
    about["subject"] = {"type": "nic", "name": "eth0"}
    return finding(**about, severity="risk", lost=None, rate=None, **changes)


def host_findings(host, verdict="clean", *findings, **changes):
    """The findings of a host that was read."""
    return {
        "schema_version": 2,
        "host": host,
        "run": "r1",
        "taken_at": "2026-11-21T20:00:00Z",
        "unreachable": False,
        "document": f"hosts/{file_name(host)}.json",
        "verdict": verdict,
        "findings": list(findings),
        "not_judged": [],
        "reasons": [],
        "measured": [{"key": "interval_s", "what": "interval", "value": 10.0, "unit": "s"}],
        "ring_memory": None,
        "error": None,
        **changes,
    }


def unread_host(host, error="unreachable: no route to host", **changes):
    """The findings of a host that was not read."""
    about = {"document": None, "error": error, "reasons": [error], "measured": []}
    return host_findings(host, "unknown", **{**about, **changes})
