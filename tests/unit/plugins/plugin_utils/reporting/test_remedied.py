# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting import history
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.page import (
    remediated_host_page,
    remediation_page,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import (
    MOST_ROWS,
    REMEDIATION,
    RESULTS,
    change,
    lines,
    not_begun,
    plan_words,
    result_words,
    step_words,
    summarise,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import (
    DamagedError,
    Store,
    StoreError,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import columns

EVIL = "\x1b[31m{{ 7 * 7 }}|<script>\n\x07" + "x" * 300


def step(**changes):
    made = {"knob": "ring", "subject": "eth0", "from": {"rx": 512}, "to": {"rx": 1024}}
    made["memory"] = {"need_bytes": 12 << 20}
    return {
        "round": 1,
        "step": 1,
        "finding": "R4:nic:eth0",
        "why": "930 packets/s are lost",
        "settings": [{"knob": "ring", "subject": "eth0", "values": {"rx": 1024}}],
        "changes": [made],
        "commands": ["ethtool -G eth0 rx 1024"],
        "class": 1,
        "transaction": "t0",
        "state": "kept",
        "outcome": "gone",
        "words": ["the loss is gone: 930/s of 15,000/s -> 0/s of 15,000/s"],
        "before": {"lost": 9300, "lost_per_s": 930.0},
        "after": {"lost": 0, "lost_per_s": 0.0},
        **changes,
    }


def measured(lost_per_s, verdict="losing"):
    return {"verdict": verdict, "lost_per_s": lost_per_s, "traffic_per_s": 15000.0}


def told(host="web1", result="kept", **changes):
    found = {
        **not_begun(host, "r1", "", "2026-01-31T12:00:00Z"),
        "result": result,
        "fails": bool(result) and RESULTS[result].fails,
        "problems": [],
        "rounds": 1,
        "before": measured(930.0),
        "after": measured(0.0, "clean"),
        "steps": [step()],
        **changes,
    }
    assert wrong(found, REMEDIATION) is None
    return found


def shown(*hosts, width=120):
    found = lines(summarise(hosts, "r1", "now"), width)
    assert all(columns(line) <= width for line in found), found
    return found


@pytest.mark.parametrize(
    "made, words",
    [
        ({"knob": "ring", "subject": "eth0", "from": {"rx": 512}, "to": {"rx": 1024}}, "ring eth0 rx 512 -> 1024"),
        (
            {
                "knob": "sysctl",
                "subject": None,
                "from": {"net.ipv4.udp_mem": [8, 12, 16]},
                "to": {"net.ipv4.udp_mem": [9, 9, 9]},
            },
            "sysctl net.ipv4.udp_mem 8 12 16 -> 9 9 9",
        ),
        (
            {
                "knob": "packet_steering",
                "subject": "eth0",
                "from": {"rps_cpus": {"rx-0": []}},
                "to": {"rps_cpus": {"rx-0": [0, 1]}},
            },
            "packet_steering eth0 rps_cpus rx-0 none -> 0 1",
        ),
        (
            {"knob": "feature", "subject": "eth0", "from": {"rx-gro": True}, "to": {"rx-gro": False}},
            "feature eth0 rx-gro on -> off",
        ),
    ],
)
def test_a_change_in_short(made, words):
    assert change(made) == words


def test_a_step_says_its_price_and_one_that_the_host_decides_says_so():
    assert step_words(step()) == "R4 ring eth0 rx 512 -> 1024, 12 MiB"
    assert step_words(step(changes=None)) == "R4 ring eth0 rx 1024, decided on the host"
    plan = {"steps": [step()], "advice": [1, 2], "refused": [1], "waiting": []}
    assert plan_words(plan) == "planned 1 step (R4 ring eth0 rx 512 -> 1024, 12 MiB); 2 pieces of advice, 1 refused"


def test_hosts_with_nothing_to_do_are_only_counted():
    idle = told(result="nothing_to_do", steps=[], before=measured(0.0, "clean"), after=None)
    assert shown(idle, {**idle, "host": "web2"}) == ["2 hosts: 2 nothing to do."]


def test_the_worst_comes_first_and_says_why_and_what_was_done():
    stuck = told("a", "stuck", problems=["type: ethtool -G eth0 rx 512"], steps=[step(state="stuck", outcome=None)])
    losing = told("b", "taken_back", still_losing=True, after=measured(930.0))
    found = shown(told("c"), losing, stuck, told("d", None, ended=None, fails=True))
    rows = [line for line in found if line[:6].strip() in ("", "FAIL") and "/s" in line]
    assert [row.split()[0] for row in rows if row.startswith("FAIL")] == ["FAIL", "FAIL"]
    order = [next(at for at, line in enumerate(found) if f"  {name}  " in line) for name in "dabc"]
    assert order == sorted(order), found
    text = "\n".join(found)
    assert "could not be put back whole: type: ethtool -G eth0 rx 512" in text
    assert "-> stuck: R4 ring eth0 rx 512 -> 1024, 12 MiB" in text
    assert "nothing helped, all was taken back; it still loses packets" in text
    assert "930/s -> 930/s" in text and "930/s -> 0/s" in text
    assert found[-1].endswith("1 host still loses packets.")


def test_a_large_fleet_keeps_to_its_rows():
    found = shown(*(told(f"web{at:03}") for at in range(MOST_ROWS + 5)))
    assert "... and 5 hosts more: see remediation.md" in found


@pytest.mark.parametrize("width", [60, 80, 200])
def test_what_a_host_says_is_shown_and_never_sent(width):
    evil = step(finding=EVIL, why=EVIL, words=[EVIL], commands=[EVIL])
    host = told(
        EVIL, "failed", problems=[EVIL], steps=[evil], notes=[EVIL], left=[{"id": EVIL, "did": "tell", "words": [EVIL]}]
    )
    for line in shown(host, width=width):
        assert line.isprintable()
    summary = summarise([host], "r1", "now")
    for page in (remediation_page(summary), remediated_host_page(host)):
        assert "\x1b" not in page and "<script>" not in page and "{{ 7" not in page.replace("\\{\\{", "")
        assert "49" not in page
    # The row of the table is one row still.
    rows = [line for line in remediation_page(summary).splitlines() if line.startswith("| ") and "FAILED" in line]
    assert len(rows) == 1


def test_the_page_of_a_host_says_what_was_measured_and_kept():
    page = remediated_host_page(
        told(advice=[{"finding": "R20:x", "text": "Read faster", "command": None, "why_not": None}])
    )
    assert "helped, and is kept" in page and "| lost | 9,300 | 0 |" in page
    assert "| 1 | 1 | R4 ring eth0 rx 512 -&gt; 1024, 12 MiB | t0 | kept | gone |" in page
    assert "For a person to do:\n\n- R20:x: Read faster" in page


def test_every_result_has_words():
    for name in RESULTS:
        assert result_words(told(result=name))


def test_a_report_is_read_back_and_another_one_is_damaged(tmp_path):
    store = Store(str(tmp_path))
    assert store.remediation("web1", REMEDIATION) is None
    path = store.write_json(store.remediation_name("web1"), told())
    assert store.remediation("web1", REMEDIATION) == told()
    for fault, words in (({"steps": 5}, "/steps: expected a list"), ({"host": "web2"}, "the report on 'web2'")):
        path.write_text(json.dumps({**told(), **fault}))
        with pytest.raises(DamagedError, match=words):
            store.remediation("web1", REMEDIATION)


def test_two_runs_do_not_change_a_host_at_the_same_time(tmp_path):
    store, other = Store(str(tmp_path)), Store(str(tmp_path))
    with store.alone("web1"):
        with pytest.raises(StoreError, match="another run is at work on web1"), other.alone("web1"):
            pass
        with other.alone("web2"):
            pass
    with other.alone("web1"):
        pass


def test_the_history_says_what_holds_and_why():
    one = {
        "id": "20260131T120000-5f0c3a",
        "created": "2026-01-31T12:00:00Z",
        "phase": "kept",
        "left_s": None,
        "why": None,
        "notes": [],
        "reason": {"finding": "R4:nic:eth0", "run": "r1"},
        "changes": step()["changes"],
    }
    stuck = {**one, "phase": "stuck", "why": "no memory", "notes": ["type: ethtool -G eth0 rx 512"], "reason": None}
    found = history.lines("web1", [{**one, "phase": "applied", "left_s": 41.2}, one, stuck, one], 3)
    assert found[0] == "web1: 4 transactions" and found[-1] == "  ... and 1 older one"
    assert "applied, goes back in 41 s  (R4:nic:eth0, r1)" in found[1]
    assert "    ring eth0 rx 512 -> 1024" in found
    assert "    why: no memory" in found and "    type: ethtool -G eth0 rx 512" in found
    assert history.lines("web1", [], 3) == ["web1: no transactions"]
    assert all(line.isprintable() for line in history.lines(EVIL, [{**stuck, "why": EVIL, "notes": [EVIL]}], 3))
