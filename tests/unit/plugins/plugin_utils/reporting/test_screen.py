# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.screen import (
    LONGEST_WHY,
    MOST_ROWS,
    MOST_UNKNOWN,
    lines,
    why,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import summarise
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import columns
from ansible_collections.linuxnet.packetloss.tests.unit.findings import (
    action,
    finding,
    host_findings,
    risk,
    unread_host,
)

EVIL = "\x1b[31m{{ 7 * 7 }}\n\x07" + "x" * 300


def shown(*hosts, width=120, run="r1", **more):
    told = lines(summarise(hosts, Tolerance(), "now", run, **more), width)
    assert all(columns(line) <= width for line in told), told
    return told


def rate(packets_per_s):
    return {"value": float(packets_per_s), "unit": "packets/s"}


def ring(nic="eth0", packets_per_s=400, **changes):
    command = f"ethtool -G {nic} rx 2048"
    about = {
        "id": f"R4:nic:{nic}",
        "rule": "R4",
        "layer": "ring",
        "subject": {"type": "nic", "name": nic},
        "subjects": [nic],
        "title": "The ring runs empty",
        "rate": rate(packets_per_s),
        "actions": [action(f"Double the ring, and measure again: {command}", command)],
    }
    return finding(**{**about, **changes})


def test_an_idle_host_is_one_short_line():
    assert shown(host_findings("localhost")) == ["1 host: 1 clean; no packet was lost."]


def test_the_table_has_losses_and_risks_worst_first_and_counts_of_the_rest():
    told = shown(
        host_findings("web1", "losing", ring(packets_per_s=20), finding(severity="info", lost=None)),
        host_findings("db1", "losing", finding(rate=rate(1994)), risk()),
        host_findings("lb1"),
    )
    assert told == [
        "      host  where                   lost/s  what it is, and what to do first",
        "LOSS  db1   udp udp 0.0.0.0:53 R20   1,994  A UDP receive buffer overflows",
        "      -> Read faster",
        "LOSS  web1  ring eth0 R4                20  The ring runs empty",
        "      -> ethtool -G eth0 rx 2048",
        "RISK  db1   link eth0 R30                -  A UDP receive buffer overflows",
        "      -> Read faster",
        "",
        "3 hosts: 2 losing, 1 clean; 2 losses, 1 risk, 1 info.",
    ]


@pytest.mark.parametrize("width", [60, 80, 120, 300])
def test_the_width_of_the_terminal_is_kept(width):
    told = shown(
        host_findings(EVIL, "losing", finding(title=EVIL, actions=[action(EVIL)], subjects=[EVIL])),
        host_findings("主机" * 40, "losing", ring(nic="網卡" * 20)),
        unread_host("gone1", EVIL),
        width=width,
        skipped=[Skipped("hosts/" + EVIL, EVIL)],
    )
    assert not any(char in line for line in told for char in "\x1b\n\x07")
    assert any("\\x1b[31m" in line for line in told)


def test_a_narrow_terminal_still_has_the_title_and_the_command():
    told = shown(host_findings("a-host.of.some.example", "losing", ring()), width=60)
    assert "      The ring runs empty" in told and "      -> ethtool -G eth0 rx 2048" in told
    # Narrower than that is not possible.
    assert lines(summarise([host_findings("h")], Tolerance(), "now"), 5)


def test_ten_thousand_hosts_are_a_summary():
    hosts = [host_findings(f"web{number}", "losing", ring(packets_per_s=number + 1)) for number in range(2000)]
    hosts += [unread_host(f"gone{number}") for number in range(1000)]
    hosts += [host_findings(f"idle{number}") for number in range(7000)]
    told = shown(*hosts, skipped=[Skipped(f"hosts/{number}", "a link") for number in range(50)])
    assert len(told) < 130
    assert told[1].split()[:2] == ["LOSS", "web1999"]
    assert f"... and {2000 - MOST_ROWS:,} findings more: see audit.md" in told
    assert f"... and {1000 - MOST_UNKNOWN} hosts more about which nothing can be said: see audit.md" in told
    assert "... and 40 files more" in told
    assert told[-1] == "10,000 hosts: 2,000 losing, 1,000 unknown, 7,000 clean; 2,000 losses."


def test_one_host_with_many_findings_does_not_hide_the_others():
    many = [ring(f"eth{number}", 10_000 - number) for number in range(MOST_ROWS + 20)]
    told = shown(host_findings("loud", "losing", *many), host_findings("quiet", "losing", ring(packets_per_s=1)))
    assert sum("loud" in line for line in told) == MOST_ROWS - 1 and sum("quiet" in line for line in told) == 1
    assert "... and 21 findings more: see audit.md" in told


def test_what_is_tolerated_is_told_and_said_to_be():
    told = shown(host_findings("h", "losing", ring(lost=3)), host_findings("i", "losing", ring()))
    assert [line.split()[:2] for line in told if line.startswith("LOSS")] == [["LOSS", "i"], ["LOSS", "h"]]
    assert told[-1] == "2 hosts: 2 losing (1 within packetloss_tolerance); 2 losses."


def test_a_command_is_shown_rather_than_a_sentence_and_no_action_is_no_line():
    told = shown(host_findings("h", "losing", ring(actions=[action("Read more")]), risk(actions=[])))
    assert [line for line in told if "->" in line] == ["      -> Read more"]


def test_a_loss_since_boot_says_of_what_time_it_is():
    told = shown(host_findings("web1", "lost_before", ring(since="since boot, 12 days"), basis="boot"))
    assert told[1] == "LOSS  web1  ring eth0 R4     400  The ring runs empty (since boot, 12 days)"
    assert told[-1] == "1 host: 1 lost before; 1 loss."


def test_a_report_of_earlier_runs_says_when_they_were():
    old = host_findings("h", taken_at="2026-01-01T00:00:00Z")
    assert shown(old, host_findings("i"), run=None)[-1] == (
        "2 hosts: 2 clean; no packet was lost. Read from 2026-01-01T00:00:00Z to 2026-11-21T20:00:00Z."
    )
    assert shown(run=None) == ["0 hosts: none was read."]


@pytest.mark.parametrize(
    "host, text",
    [
        (
            host_findings("h", "losing", ring(lost=7)),
            "this host is losing: The ring runs empty (ring eth0 R4, 7 packets lost)",
        ),
        (
            host_findings("h", "lost_before", finding(since="since boot, 2 days")),
            "this host lost packets before: A UDP receive buffer overflows (udp udp 0.0.0.0:53 R20, 1,994 packets lost,"
            " since boot, 2 days)",
        ),
        (
            host_findings("h", "at_risk", risk()),
            "this host is at risk: A UDP receive buffer overflows (link eth0 R30)",
        ),
        (unread_host("h"), "nothing can be said of this host: unreachable: no route to host"),
        (
            host_findings("h", "unknown", reasons=["/softnet is void", "/nics is void"]),
            "nothing can be said of this host: /softnet is void; /nics is void",
        ),
    ],
)
def test_why_a_host_fails(host, text):
    assert why(host) == text


def test_why_is_one_line_whatever_the_host_said():
    for host in (unread_host("h", EVIL), host_findings("h", "losing", ring(title=EVIL))):
        assert columns(why(host)) <= LONGEST_WHY and "\x1b" not in why(host) and "\n" not in why(host)
