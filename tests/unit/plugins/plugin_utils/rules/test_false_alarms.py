# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What looks like a loss and is none, beside the loss that it must not hide."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    MLX5_STATISTICS,
    cpu_times,
    host_document,
    host_with,
    link_stats,
    merged,
    nic,
    statistics,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, texts

RULES = load_rules()


def found(document):
    """The findings by rule."""
    return {each["rule"]: each for each in diagnose(document, RULES)["findings"]}


def told(document):
    """``{(rule, severity, packets lost)}`` of all but what is only told."""
    findings = diagnose(document, RULES)["findings"]
    return {(each["rule"], each["severity"], each["lost"]) for each in findings if each["severity"] != "info"}


def verdict(document):
    return diagnose(document, RULES)["verdict"]


def first(document, rule):
    return texts(found(document)[rule])[0]


# --- pause frames --------------------------------------------------------------------------------------------------------


def pausing(driver="mlx5_core", mbps=25000, ring=1024, **counters):
    every = dict.fromkeys(MLX5_STATISTICS, 0) if driver == "mlx5_core" else {}
    eth0 = nic(driver, counters=statistics(driver, **{**every, **counters}), rings={"rx": ring, "rx_max": 8192})
    eth0["link"]["speed_mbps"] = mbps
    return host_with({"eth0": eth0})


@pytest.mark.parametrize(
    "document",
    [
        pausing(tx_prio0_pause=1),
        pausing(tx_prio0_pause=40, tx_prio0_pause_duration=900),
        pausing("ixgbe", 10000, tx_flow_control_xoff=1),
        pausing("igb", 1000, tx_flow_control_xoff=2),
        pausing("igb", None, tx_flow_control_xoff=2),
        pausing("ice", 100000, **{"tx_priority_3_xoff.nic": 20}),
    ],
)
def test_a_few_pause_frames_are_how_flow_control_works(document):
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R22") == "None is needed, as long as it stays rare"


@pytest.mark.parametrize(
    "document",
    [
        pausing(tx_prio0_pause=400),
        pausing(tx_prio0_pause=2, tx_prio0_pause_duration=2000000),
        pausing("ixgbe", 10000, tx_flow_control_xoff=400),
        pausing("igb", None, tx_flow_control_xoff=400),
    ],
)
def test_a_peer_that_is_paused_for_long_is_a_risk(document):
    assert told(document) == {("R22", "risk", None)}
    # The CPUs have time left, and the ring is below its maximum.
    assert first(document, "R22").startswith("Make the ring one step larger")
    busy = merged(document, {"cpu_times": {"0": cpu_times(softirq=950)}})
    assert "ethtool -G" not in json.dumps(found(busy)["R22"]["actions"])
    largest = merged(document, {"nics": {"eth0": {"rings": {"rx": 8192}}}})
    assert first(largest, "R22").startswith("Look for what slows the host")


# --- TCP -----------------------------------------------------------------------------------------------------------------


def tcp_counted(**deltas):
    document = host_document(sysctls={"net.ipv4.tcp_rmem": [4096, 131072, 6291456]})
    return with_deltas(document, {f"protocols/netstat/TcpExt/{name}": count for name, count in deltas.items()})


def test_probes_of_a_closed_window_are_no_loss():
    document = tcp_counted(TCPZeroWindowDrop=30)
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R18").startswith("Find the connection whose Recv-Q stands")
    assert "tcp_rmem" not in json.dumps(found(document)["R18"]["actions"])


@pytest.mark.parametrize(
    ("deltas", "packets"),
    [
        # Data on its way while the window closed for want of room (Linux 6.7 and later), or very much of it.
        ({"TCPZeroWindowDrop": 30, "RcvPruned": 2, "TCPRcvQDrop": 2}, 32),
        ({"TCPZeroWindowDrop": 5000}, 5000),
    ],
)
def test_data_that_comes_to_a_closed_window_is_a_loss(deltas, packets):
    document = tcp_counted(**deltas)
    assert told(document) == {("R18", "loss", packets)}
    assert first(document, "R18").startswith("Find the socket, the d of its skmem")


def test_a_full_backlog_of_a_socket_is_no_matter_of_tcp_rmem():
    document = tcp_counted(TCPBacklogDrop=70)
    assert told(document) == {("R18", "loss", 70)}
    assert "tcp_rmem" not in json.dumps(found(document)["R18"]["actions"])
    assert "held the lock" in found(document)["R18"]["cause"]
    assert "tcp_rmem" in json.dumps(found(tcp_counted(TCPBacklogDrop=70, OfoPruned=5))["R18"]["actions"])


# --- IPsec ---------------------------------------------------------------------------------------------------------------


def ipsec(**deltas):
    return with_deltas(host_document(), {f"xfrm/{name}": count for name, count in deltas.items()})


@pytest.mark.parametrize("name", ["XfrmInNoStates", "XfrmInHdrError"])
def test_packets_of_a_scanner_are_no_loss(name):
    document = ipsec(**{name: 1})
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R50") == "None is needed"


def test_a_peer_that_uses_an_old_association_is_a_risk_and_no_fault_of_this_host():
    document = ipsec(XfrmInNoStates=3000)
    assert told(document) == {("R50", "risk", None)}
    assert first(document, "R50").startswith("See who sends them")


@pytest.mark.parametrize("name", ["XfrmInStateSeqError", "XfrmInNoPols", "XfrmInStateProtoError", "XfrmOutNoStates"])
def test_what_ipsec_refuses_by_its_own_state_is_lost(name):
    assert told(ipsec(**{name: 4, "XfrmInNoStates": 1})) == {("R35", "loss", 4)}


# --- connection tracking ---------------------------------------------------------------------------------------------------


def tracking(release="4.19.90", count=100, old=True, **deltas):
    document = host_document(meta={"kernel": {"release": release}}, conntrack={"count": count})
    if old:
        document["conntrack"]["stats"]["searched"] = {"total": 7, "delta": 0}
        del document["conntrack"]["stats"]["chaintoolong"]
    return with_deltas(document, {f"conntrack/stats/{name}": delta for name, delta in deltas.items()})


FULL = 262144


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (tracking(insert_failed=300), set()),
        (tracking(count=FULL, insert_failed=300, drop=200), {("R13", "loss", 200)}),
        (tracking(insert_failed=300, drop=200, early_drop=9), {("R13", "loss", 200)}),
        (tracking(insert_failed=300, drop=40), {("R14", "loss", 40)}),
        (tracking(insert_failed=30, drop=40), {("R13", "loss", 10), ("R14", "loss", 30)}),
        (tracking("3.10.0-1160.el7.x86_64", insert_failed=300), set()),
        # Nothing was repaired before.
        (tracking("3.10.0-957.el7.x86_64", insert_failed=300), {("R14", "loss", 300)}),
        (tracking("4.4.0-210-generic", insert_failed=300), {("R14", "loss", 300)}),
        (
            tracking("4.4.0-210-generic", count=FULL, insert_failed=300, drop=200),
            {("R13", "loss", 200), ("R14", "loss", 300)},
        ),
        # And since 5.7 insert_failed is a loss again.
        (tracking("6.1.0", old=False, insert_failed=300, drop=300), {("R14", "loss", 300)}),
        (tracking("6.1.0", old=False, count=FULL, insert_failed=300, drop=500), {("R13", "loss", 200), ("R14", "loss", 300)}),
    ],
)
def test_repaired_clashes_are_no_loss_and_hide_none(document, expected):
    assert {row for row in told(document) if row[2]} == expected
    if not expected:
        assert verdict(document) == "clean"


def test_a_full_table_comes_first_beside_repaired_clashes():
    document = tracking(count=FULL, insert_failed=300, drop=200)
    assert "nf_conntrack_max=524288" in first(document, "R13")


# --- neighbours ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["5.0.0", "5.10.0-60.18.0.50.oe2203", "6.18.0", "unknown"])
def test_permanent_and_learned_neighbours_fill_no_table(release):
    document = host_document(meta={"kernel": {"release": release}}, neighbour={"arp_cache": {"entries": 5000}})
    assert (verdict(document), told(document)) == ("clean", set())
    full = with_deltas(document, {"neighbour/arp_cache/stats/table_fulls": 6})
    assert told(full) == {("R15", "loss", 6)} and "gc_thresh3=" in first(full, "R15")


def test_a_table_of_an_old_kernel_fills_by_all_entries():
    document = host_document(meta={"kernel": {"release": "4.18.0"}}, neighbour={"arp_cache": {"entries": 1000}})
    assert told(document) == {("R15", "risk", 0)}
