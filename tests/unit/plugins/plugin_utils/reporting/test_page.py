# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import page
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import summarise
from ansible_collections.linuxnet.packetloss.tests.unit.findings import (
    action,
    finding,
    host_findings,
    risk,
    unread_host,
)


def paged(*hosts, **more):
    return page(summarise(hosts, Tolerance(), "2026-11-21T20:00:00Z", **more))


def test_the_page_names_every_host_and_number():
    text = paged(
        host_findings("losing1", "losing", finding(of=10_000)), unread_host("gone1"), host_findings("clean1"), run="r1"
    )
    for expected in (
        "Written 2026-11-21T20:00:00Z, run r1. 3 hosts: 1 losing, 0 at risk, 1 unknown, 1 clean.",
        "| gone1 | 2026-11-21T20:00:00Z | unknown | unreachable: no route to host |",
        "1,994 packets lost of 10,000, 199 packets/s.",
        "| RcvbufErrors | 1,994 datagrams |",
        "| interval | 10 s |",
    ):
        assert expected in text
    assert "- Try: Read faster\n- Beware: Not for a flood" in text.replace("\n\n", "\n")


def test_equal_places_are_one_section():
    names = [f"eth0 :{number}" for number in range(8)]
    text = paged(host_findings("h", "losing", finding(count=1064, subjects=names)))
    assert "layer udp, eth0 :0, eth0 :1 and 1,062 more, confidence high" in text
    not_judged = [{"rule": "R4", "reason": "missing: x", "count": 400, "subjects": ["eth0", "eth1"]}]
    text = paged(host_findings("h", not_judged=not_judged))
    assert "- R4 eth0, eth1 and 398 more: missing: x" in text
    not_judged = [{"rule": "R13", "reason": "missing: x", "count": 1, "subjects": []}]
    assert "- R13: missing: x" in paged(host_findings("h", not_judged=not_judged))


def test_what_explains_a_finding_is_named():
    text = paged(host_findings("h", "losing", finding(because_of=["R3:nic:eth0", "R8:host"])))
    assert "The reader is slow. Explained by: R3:nic:eth0, R8:host.\n" in text


def test_a_finding_that_nobody_can_do_anything_about_and_files_that_were_skipped():
    text = paged(host_findings("h", "at_risk", risk(actions=[])), skipped=[Skipped("hosts/<b>.json", "a link")])
    assert "- Try:" not in text
    assert "Files that nothing was made of:\n\n- hosts/&lt;b&gt;.json: a link\n" in text


def test_what_a_host_says_is_no_markup_no_template_and_no_escape_sequence():
    evil = "<script>alert(1)</script> {{ 7 * 7 }} [x](http://y) | \x1b[31m `a`"
    loss = finding(
        subject={"type": "nic", "name": evil}, subjects=[evil], title=evil, cause=evil, actions=[action(evil, evil)]
    )
    text = paged(host_findings(evil, "losing", loss))
    assert "<script>" not in text and "\x1b" not in text and "49" not in text
    assert "\\[x\\]\\(http://y\\)" in text
    row = next(line for line in text.splitlines() if line.startswith("### "))
    assert "\\|" in row


@pytest.mark.parametrize("hosts", [[], [host_findings("h")]])
def test_no_line_is_left_open(hosts):
    assert paged(*hosts).endswith("\n")


CAPTURED = {
    "from": ["web1.tar.xz"],
    "layout": "sosreport",
    "taken_from": None,
    "problems": ["the archive ends early"],
    "next_time": ["ethtool -x eth0", "/proc/net/{{ 7*7 }}"],
}


def test_the_page_of_a_captured_host_says_what_is_not_known_and_what_to_capture_next_time():
    old = finding(since="since boot, 12 days")
    text = paged(
        host_findings("web1", "lost_before", old, basis="boot", captured=CAPTURED, reasons=["one reading alone"])
    )
    for expected in (
        "1 hosts: 0 losing, 1 lost before, 0 at risk, 0 unknown, 0 clean.",
        "## web1: lost before",
        "Diagnosed from web1.tar.xz (sosreport), one reading; nothing in it tells when it was taken.",
        "- the archive ends early",
        "Not all could be judged: one reading alone",
        "1,994 packets lost, since boot, 12 days, 199 packets/s on average.",
        "What to capture next time",
        "- ethtool -x eth0",
        r"- /proc/net/\{\{ 7\*7 \}\}",
    ):
        assert expected in text
    assert text.index("What to capture next time") > text.index("| measured |")
