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
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, first, found, told

RULES = load_rules()


def verdict(document):
    return diagnose(document, RULES)["verdict"]


# --- pause frames ---


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


# --- TCP ---


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


# --- IPsec ---


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


# --- connection tracking ---


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
        (
            tracking("6.1.0", old=False, count=FULL, insert_failed=300, drop=500),
            {("R13", "loss", 200), ("R14", "loss", 300)},
        ),
    ],
)
def test_repaired_clashes_are_no_loss_and_hide_none(document, expected):
    assert {row for row in told(document) if row[2]} == expected
    if not expected:
        assert verdict(document) == "clean"


def test_a_full_table_comes_first_beside_repaired_clashes():
    document = tracking(count=FULL, insert_failed=300, drop=200)
    assert "nf_conntrack_max=524288" in first(document, "R13")


# --- neighbours ---


@pytest.mark.parametrize("release", ["5.0.0", "5.10.0-60.18.0.50.oe2203", "6.18.0", "unknown"])
def test_permanent_and_learned_neighbours_fill_no_table(release):
    document = host_document(meta={"kernel": {"release": release}}, neighbour={"arp_cache": {"entries": 5000}})
    assert (verdict(document), told(document)) == ("clean", set())
    full = with_deltas(document, {"neighbour/arp_cache/stats/table_fulls": 6})
    assert told(full) == {("R15", "loss", 6)} and "gc_thresh3=" in first(full, "R15")


def test_a_table_of_an_old_kernel_fills_by_all_entries():
    document = host_document(meta={"kernel": {"release": "4.18.0"}}, neighbour={"arp_cache": {"entries": 1000}})
    assert told(document) == {("R15", "risk", 0)}


# --- transmit rings, short frames, the wire ---


def of_driver(driver, received=20000, counters=None, **fields):
    stats = link_stats(**{"rx_packets": received, "tx_packets": 20000, **fields})
    return host_with({"eth0": nic(driver, link_stats=stats, counters=statistics(driver, **(counters or {})))})


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        ("vmxnet3", "Tx Queue#0 ring full"),
        ("ixgbe", "tx_busy"),
        ("mlx5_core", "tx0_stopped"),
        ("ena", "queue_0_tx_queue_stop"),
    ],
)
def test_a_full_transmit_ring_is_a_stop_and_no_loss(driver, name):
    document = of_driver(driver, counters={name: 90})
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R24").startswith("None is needed")


@pytest.mark.parametrize("driver", ["igb", "e1000e"])
def test_short_frames_of_a_nic_that_qemu_imitates_are_no_loss(driver):
    counters = {"rx_short_length_errors": 40, "rx_long_length_errors": 0, "rx_length_errors": 40}
    document = of_driver(driver, counters=counters, rx_length_errors=40, rx_errors=40)
    assert (verdict(document), told(document)) == ("clean", set())
    assert first(document, "R1").startswith("None is needed in a virtual machine")
    # Long ones among them are lost.
    long = {**counters, "rx_long_length_errors": 15, "rx_length_errors": 55}
    mixed = of_driver(driver, counters=long, rx_length_errors=55, rx_errors=55)
    assert told(mixed) == {("R1", "loss", 15)}
    assert first(mixed, "R1") == "Give both ends the same MTU (here 1500)"


def test_short_frames_of_other_nics_are_lost():
    document = of_driver("ixgbe", counters={"rx_short_length_errors": 40}, rx_errors=40)
    assert told(document) == {("R1", "loss", 40)}


@pytest.mark.parametrize(
    ("document", "action"),
    [
        (
            of_driver("mlx5_core", counters={"rx_oversize_pkts_phy": 900, "rx_crc_errors_phy": 3}),
            "Give both ends the same MTU",
        ),
        (of_driver("ixgbe", counters={"rx_long_length_errors": 500}, rx_errors=500), "Give both ends the same MTU"),
        (of_driver("e1000e", rx_crc_errors=50, rx_errors=50), "Clean or swap cable and optic"),
        (of_driver("e1000e", 10, rx_crc_errors=5000, rx_errors=5000), "Compare FEC mode, speed and duplex"),
        (of_driver("mlx5_core", 0, counters={"rx_symbol_err_phy": 5000}), "Compare FEC mode, speed and duplex"),
    ],
)
def test_the_wire_is_the_first_thought_only_where_some_frames_are_damaged(document, action):
    assert first(document, "R1").startswith(action)
    if "cable" not in action:
        assert "Clean or swap" not in first(document, "R1")


# --- the limits of a cloud ---


def instance(channels=2, **limits):
    names = ("bw_in", "bw_out", "pps", "conntrack", "linklocal")
    counters = {f"{name}_allowance_exceeded": limits.get(name, 0) for name in names}
    eth0 = nic(
        "ena",
        counters=statistics("ena", **counters),
        channels={"combined": channels, "combined_max": 4},
        numa_node=None,
    )
    return host_with({"eth0": eth0})


@pytest.mark.parametrize(
    ("document", "severity", "action"),
    [
        (instance(linklocal=90), "loss", "Keep a cache of names"),
        (instance(conntrack=90), "loss", "Use security groups that need no tracking"),
        (instance(pps=90), "risk", "Use more queues"),
        (instance(4, pps=90), "risk", "Send fewer and larger packets"),
        (instance(bw_out=1204, pps=39112, conntrack=5021), "loss", "A larger instance type"),
        (instance(linklocal=90, pps=5), "loss", "Keep a cache of names"),
        (instance(bw_in=90), "risk", "Smooth bursts"),
        (instance(bw_out=90), "risk", "Smooth bursts"),
    ],
)
def test_each_limit_of_an_instance_has_its_own_first_action(document, severity, action):
    (row,) = told(document)
    assert row[:2] == ("R27", severity)
    assert first(document, "R27").startswith(action)


def test_a_larger_instance_is_no_cure_for_too_many_questions():
    actions = json.dumps(found(instance(linklocal=90))["R27"]["actions"])
    assert "larger instance" not in actions and "more network interfaces" in actions
