# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import copy

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import judged
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import entry
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import HOST, wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.tests.unit.documents import lossy
from ansible_collections.linuxnet.packetloss.tests.unit.findings import (
    OF_A_HOST,
    finding,
    host_findings,
    risk,
    unread_host,
)

RINGS = {"error": None, "now_bytes": 1, "nics": [], "not_priced": []}


def changed(path, value):
    """The findings of a host with another value at *path*; without one, that key is missing."""
    found = copy.deepcopy(host_findings("h", "losing", finding(), risk(), ring_memory=RINGS))
    *parents, last = path
    place = found
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return found


@pytest.mark.parametrize(
    "found", [host_findings("h", "losing", finding(), risk(), ring_memory=RINGS), unread_host("h")]
)
def test_what_the_store_keeps_fits(found):
    assert wrong(found, HOST) is None
    jsonschema.validate(found, OF_A_HOST)


def test_what_an_audit_makes_fits():
    found = entry("h", "r1", judged(lossy(rx_out_of_buffer=5), load_rules(), limits()))
    assert found["findings"] and found["ring_memory"]["nics"]
    assert wrong(found, HOST) is None
    jsonschema.validate(found, OF_A_HOST)


@pytest.mark.parametrize(
    "path, value, fault",
    [
        (("schema_version",), 1, "/schema_version: expected one of 2, found '1'"),
        (("verdict",), "fine", "/verdict: expected one of at_risk, clean, losing, lost_before, unknown, found 'fine'"),
        (("verdict",), [], "/verdict: expected one of "),
        (("host",), None, "/: host is missing"),
        (("findings",), {}, "/findings: expected a list, found '{}'"),
        (("findings", 0, "lost"), "many", "/findings/0/lost: expected "),
        (("findings", 0, "lost"), True, "/findings/0/lost: expected "),
        (("findings", 0, "lost"), 10**400, "/findings/0/lost: expected "),
        (("findings", 0, "rate"), {"value": float("inf"), "unit": "x"}, "/findings/0/rate/value: expected "),
        (("findings", 1, "rate"), {"value": "fast", "unit": "x"}, "/findings/1/rate/value: expected "),
        (("findings", 1, "subject"), "eth0", "/findings/1/subject: expected a mapping, found 'eth0'"),
        (("findings", 0, "actions", 0, "text"), 7, "/findings/0/actions/0/text: expected text, found '7'"),
        (("findings", 0, "subjects"), ["a", 1], "/findings/0/subjects/1: expected text, found '1'"),
        (("unreachable",), 1, "/unreachable: expected true or false, found '1'"),
        (("captured",), {"from": "x"}, "/captured/from: expected a list, found 'x'"),
        (("findings", 0, "since"), 7, "/findings/0/since: expected "),
        (("basis",), "days", "/basis: expected "),
        (("ring_memory", "nics"), [{}], "/ring_memory/nics/0: nic is missing"),
    ],
)
def test_what_does_not_fit_is_named(path, value, fault):
    assert wrong(changed(path, value), HOST).startswith(fault)


@pytest.mark.parametrize("value", [None, [], "x", 7, True])
def test_what_is_no_mapping_at_all(value):
    assert wrong(value, HOST).startswith("/: expected a mapping, found ")
