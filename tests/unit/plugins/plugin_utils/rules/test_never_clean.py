# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets are lost and few counters say so: the host is never called clean, and the first action is the right one."""

import json
import re

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    LINK_FIELDS,
    counter,
    host_document,
    host_with,
    link_stats,
    merged,
    nic,
    qdisc,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose, first, found, texts, told

RULES = load_rules()


# --- UDP ---


def old_udp(pages, family="snmp/Udp/", protocol="udp", **deltas):
    """A kernel without MemErrors, whose sockets hold *pages* of the 360,000 that udp_mem allows."""
    place = "protocols/" + family
    document = merged(
        host_document(),
        {
            "sockets": {
                "drops": {f"{protocol} *:514 inode 7": udp_socket(900, 514, protocol, ((77, "rsyslogd"),))},
                "sockstat": {"UDP": {"inuse": 9, "mem": pages}},
            }
        },
    )
    del document["protocols"]["snmp"]["Udp"]["MemErrors"]
    return with_deltas(document, {place + name: delta for name, delta in deltas.items()})


@pytest.mark.parametrize(
    ("family", "protocol", "name"),
    [("snmp/Udp/", "udp", "InErrors"), ("snmp6/", "udp6", "Udp6InErrors")],
)
def test_a_kernel_without_mem_errors_loses_datagrams_for_want_of_memory(family, protocol, name):
    document = old_udp(359000, family, protocol, **{name: 900})
    assert told(document) == {("R21", "loss", 900)}
    assert "let their programs read" in first(document, "R21")
    assert "rsyslogd (77)" in str(found(document)["R21"]["evidence"])
    assert found(document)["R21"]["confidence"] == "medium"


@pytest.mark.parametrize("pages", [0, 3000, None])
def test_datagrams_that_udp_refuses_are_told_though_memory_is_free_by_now(pages):
    document = old_udp(pages, InErrors=900)
    assert told(document) == {("R46", "risk", None)}
    assert "rsyslogd (77): 900" in first(document, "R46")
    assert "udp_mem allows" in found(document)["R46"]["cause"]


def test_where_udp_mem_cannot_be_read_the_datagrams_are_told_all_the_same():
    document = old_udp(359000, InErrors=900)
    del document["sysctls"]["net.ipv4.udp_mem"]
    assert told(document) == {("R46", "risk", None)}


def test_full_buffers_of_a_kernel_without_mem_errors_are_no_want_of_memory():
    document = old_udp(3000, InErrors=900, RcvbufErrors=900)
    assert told(document) == {("R20", "loss", 900)}
    both = old_udp(359000, InErrors=900, RcvbufErrors=300, InCsumErrors=100)
    assert told(both) == {("R20", "loss", 300), ("R21", "loss", 500), ("R38", "loss", 100)}


def test_a_datagram_that_was_counted_between_two_counters_is_none_of_its_own():
    deltas = {"protocols/snmp/Udp/InErrors": 6, "protocols/snmp/Udp/RcvbufErrors": 5}
    assert told(with_deltas(host_document(), deltas)) == {("R20", "loss", 5)}
    assert told(with_deltas(host_document(), {"protocols/snmp/Udp/InErrors": 1})) == {("R46", "risk", None)}


def test_what_a_kernel_with_mem_errors_refuses_besides_is_a_filter():
    document = with_deltas(host_document(), {"protocols/snmp/Udp/InErrors": 40, "protocols/snmp/Udp/MemErrors": 10})
    assert told(document) == {("R21", "loss", 10), ("R46", "risk", None)}
    assert found(document)["R46"]["cause"].startswith("A filter of the socket")


# --- errors of the interface without a detail ---


def interface(driver="e1000e", kind="physical", counters=None, **fields):
    """A host with one interface of this driver, whose netdev fields and statistics grew."""
    stats = link_stats(**{"rx_packets": 20000, "tx_packets": 20000, **fields})
    known = statistics(driver, **(counters or {}))
    return host_with({"eth0": nic(driver, kind=kind, link_stats=stats, counters=known)})


@pytest.mark.parametrize("driver", ["e1000e", "igb", "ixgbe", "mlx5_core", "vmxnet3", "ena", "tg3", "r9999"])
@pytest.mark.parametrize("field", ["rx_errors", "tx_errors", "tx_carrier_errors"])
def test_an_error_field_that_nothing_explains_is_a_risk_by_its_name(driver, field):
    document = interface(driver, **{field: 40})
    assert told(document) == {("R47", "risk", None)}
    assert f'"{field}": 40' in json.dumps(found(document)["R47"])
    assert first(document, "R47").endswith("ip -s -s link show eth0; ethtool -S eth0; journalctl -k | grep -F eth0")


#: net_failover and bonds have no hardware: their fields are those of the interfaces below.
DRIVERS = sorted(index.NAMES - {"net_failover"}) + ["r9999"]
ERRORS = [field for field in LINK_FIELDS if re.search("err|drop", field) and field != "rx_otherhost_dropped"]


@pytest.mark.parametrize("field", ERRORS)
def test_no_error_or_drop_field_of_any_driver_grows_unheard(field):
    """The lone growth of any such field leads to a finding that has a name for it, whatever the driver."""
    for driver in DRIVERS:
        findings = diagnose(interface(driver, **{field: 4000}), RULES)["findings"]
        assert findings, driver
        if field != "rx_dropped":
            assert {each["severity"] for each in findings} & {"loss", "risk"}, driver


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (interface(rx_errors=40, rx_crc_errors=40), {("R1", "loss", 40)}),
        (interface("igb", rx_errors=60, rx_crc_errors=40, rx_length_errors=20), {("R1", "loss", 60)}),
        (interface("mlx5_core", counters={"rx_crc_errors_phy": 40}, rx_errors=40), {("R1", "loss", 40)}),
        (interface("ixgbe", rx_errors=300, rx_missed_errors=300), {("R2", "loss", 300)}),
        (
            interface("ixgbe", rx_errors=340, rx_missed_errors=300, rx_crc_errors=40),
            {("R1", "loss", 40), ("R2", "loss", 300)},
        ),
        (interface("r9999", tx_errors=7, tx_aborted_errors=7), {("R31", "loss", 7)}),
        (interface("r9999", counters={"rx_ring_err": 9}, rx_errors=9), {("R42", "risk", None)}),
    ],
)
def test_an_error_field_that_repeats_a_loss_is_no_finding_of_its_own(document, expected):
    assert told(document) == expected


def test_a_part_of_rx_errors_that_is_left_is_told():
    document = interface(rx_errors=100, rx_crc_errors=40)
    assert told(document) == {("R1", "loss", 40), ("R47", "risk", None)}
    assert '"rx_errors": 60' in json.dumps(found(document)["R47"])


def test_a_tunnel_without_a_route_is_told_without_a_cable():
    document = interface("sit", "sit", tx_errors=70, tx_carrier_errors=70)
    assert told(document) == {("R47", "risk", None)}
    assert "route" in first(document, "R47") and "cable" not in json.dumps(found(document)["R47"])


def test_a_statistic_that_nobody_knows_and_the_field_that_repeats_it_are_one_finding():
    """The core's own drops are in no statistic of a driver, so an equal one shows that they are the driver's."""
    document = interface("r9999", counters={"rx_ring_drops": 2000}, rx_dropped=2000)
    assert told(document) == {("R42", "risk", None)}
    # What repeats a loss that is told is no finding.
    repeated = interface("bnxt_en", counters={"[0]: rx_discards": 30, "[1]: rx_discards": 20, "rx_lost_errors": 50})
    assert told(repeated) == {("R4", "loss", 50)}


# --- what nobody takes ---


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_interface_whose_packets_nearly_all_end_in_rx_dropped_is_at_risk(driver):
    if trait(driver, "rx_dropped_is_device"):
        return  # there it is the ring's loss
    document = interface(driver, rx_packets=100000, rx_dropped=97000)
    assert ("R11", "risk", None) in told(document)
    assert first(document, "R11").startswith("See what arrives")
    assert "Usually nothing" not in json.dumps(found(document)["R11"])


@pytest.mark.parametrize(
    ("driver", "fields"),
    [
        ("tg3", {"rx_packets": 60, "rx_dropped": 5}),
        ("r9999", {"rx_packets": 60, "rx_dropped": 5}),
        ("e1000e", {"rx_packets": 900, "rx_dropped": 890}),
        ("tg3", {"rx_packets": 20000, "rx_dropped": 500, "multicast": 700}),
    ],
)
def test_a_few_frames_or_multicast_that_nobody_takes_are_told_only(driver, fields):
    document = interface(driver, **fields)
    assert told(document) == set() and found(document)["R11"]["severity"] == "info"


def test_more_than_the_multicast_frames_with_a_driver_that_may_lose_there_are_a_risk():
    assert told(interface("tg3", rx_dropped=900, multicast=300)) == {("R11", "risk", None)}


# --- queueing disciplines that drop on purpose, and more ---


def queueing(kind, dropped, settings, handle="8001:", parent="root", nic_name="eth0", **extra):
    document = host_document()
    made = qdisc(kind, handle, parent, dropped, nic=nic_name)
    made["extra"] = {name: counter(delta) for name, delta in extra.items()}
    made["settings"] = settings
    document["qdiscs"] = {f"{nic_name} {handle} {parent}": made}
    return document


@pytest.mark.parametrize("nic_name", ["eth0", "lxc7"])
def test_fq_codel_without_memory_for_its_queue_loses(nic_name):
    settings = {"limit_packets": 10240, "memory_limit_bytes": 32 << 20}
    grew = {"drop_overlimit": 640, "drop_overmemory": 640}
    document = queueing("fq_codel", 700, settings, nic_name=nic_name, **grew)
    assert told(document) == {("R26", "loss", 640)}
    assert first(document, "R26").endswith(
        f"tc qdisc change dev {nic_name} root handle 8001: fq_codel memory_limit {64 << 20}"
    )
    assert "limit 20480" not in str(texts(found(document)["R26"]))
    child = queueing("fq_codel", 640, settings, "10:", "1:10", **grew)
    assert "parent 1:10 handle 10: fq_codel memory_limit" in first(child, "R26")
    # What the kernel made by itself has no handle to change it by.
    made = queueing("fq_codel", 640, settings, "0:", ":1", **grew)
    assert "memory_limit" in first(made, "R26") and "handle" not in first(made, "R26")


@pytest.mark.parametrize("kind", ["fq_codel", "codel"])
def test_active_queue_management_that_is_full_loses(kind):
    document = queueing(kind, 640, {"limit_packets": 1000}, drop_overlimit=600, drop_overmemory=0)
    assert told(document) == {("R26", "loss", 600)}
    assert first(document, "R26").endswith("tc -s -d qdisc show dev eth0")
    assert f"tc qdisc change dev eth0 root handle 8001: {kind} limit 2000" in str(texts(found(document)["R26"]))


@pytest.mark.parametrize("kind", ["fq_codel", "codel"])
def test_active_queue_management_that_is_not_full_drops_on_purpose(kind):
    document = queueing(kind, 640, {"limit_packets": 1000}, drop_overlimit=0, drop_overmemory=0)
    assert told(document) == set() and found(document)["R26"]["severity"] == "info"


def test_one_flow_beyond_what_fq_lets_it_have_is_told_as_a_flow():
    settings = {"limit_packets": 10000, "flow_limit_packets": 100}
    document = queueing("fq", 900, settings, flows_plimit=900)
    assert told(document) == {("R26", "loss", 900)}
    assert first(document, "R26").startswith("Find the flow")
    actions = str(texts(found(document)["R26"]))
    assert "fq flow_limit 200" in actions and "limit 20000" not in actions
    assert "fq limit 20000" in str(texts(found(queueing("fq", 900, settings, flows_plimit=0))["R26"]))


# --- IP ---


def ip_counted(**deltas):
    places = {name: "snmp6/" if name.startswith("Ip6") else "snmp/Ip/" for name in deltas}
    return with_deltas(host_document(), {f"protocols/{places[name]}{name}": count for name, count in deltas.items()})


@pytest.mark.parametrize(
    ("deltas", "packets"),
    [
        ({"FragFails": 50000}, 50000),
        ({"Ip6FragFails": 900}, 900),
        ({"Ip6InTooBigErrors": 900}, 900),
        # The same packet of a router, in both.
        ({"Ip6InTooBigErrors": 900, "Ip6FragFails": 900, "FragFails": 100}, 1000),
    ],
)
def test_packets_that_do_not_fit_the_way_on_are_a_risk(deltas, packets):
    document = ip_counted(**deltas)
    assert told(document) == {("R48", "risk", None)}
    assert found(document)["R48"]["rate"]["value"] == packets
    assert first(document, "R48").startswith("Compare the MTU")


def test_the_discovery_of_a_path_is_told_only():
    document = ip_counted(FragFails=3, Ip6InTooBigErrors=2)
    assert told(document) == set() and "found out" in found(document)["R48"]["cause"]


def test_packets_without_a_route():
    assert told(ip_counted(OutNoRoutes=5000)) == {("R49", "risk", None)}
    assert first(ip_counted(OutNoRoutes=5000), "R49").startswith("Compare routes and rules")
    for quiet in ({"OutNoRoutes": 20}, {"Ip6OutNoRoutes": 5000}):
        assert told(ip_counted(**quiet)) == set() and "R49" in found(ip_counted(**quiet))


# --- buffers that were not there, by names that few drivers use ---


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        ("enic", "rx_no_bufs"),
        ("fsl_dpaa2_eth", "[hw] rx nobuffer discards"),
        ("fsl_dpaa2_eth", "rx nobuffer discards"),
        ("r9999", "rx_no_bufs"),
        ("r9999", "q3 rx nobuffer discards"),
    ],
)
def test_frames_without_a_buffer_are_a_loss_of_the_ring(driver, name):
    document = interface(driver, counters={name: 300})
    assert told(document) == {("R4", "loss", 300)}
    assert first(document, "R4").endswith("ethtool -G eth0 rx 2048")


def test_enic_repeats_frames_without_a_buffer_in_rx_dropped():
    document = interface("enic", counters={"rx_no_bufs": 300, "rx_drop": 20}, rx_dropped=320)
    assert told(document) == {("R4", "loss", 300), ("R40", "risk", None)} and "R11" not in found(document)
