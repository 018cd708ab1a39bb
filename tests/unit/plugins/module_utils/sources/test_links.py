# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import sys
import time

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS, links, parse_link
from ansible_collections.linuxnet.packetloss.tests.unit import netns
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed


def integer(value, size=4):
    return value.to_bytes(size, sys.byteorder)


def attribute(kind, value):
    return integer(4 + len(value), 2) + integer(kind, 2) + value + bytes(-len(value) % 4)


def message(*attributes, ifindex=5, flags=0x11043, hardware_type=1):
    header = bytes(2) + integer(hardware_type, 2) + integer(ifindex) + integer(flags) + bytes(4)
    return header + b"".join(attribute(kind, value) for kind, value in attributes)


def nested(*attributes):
    return b"".join(attribute(kind, value) for kind, value in attributes)


def stats64(count):
    return b"".join(integer(1000 + place, 8) for place in range(count))


NAME = (3, b"eth0\0")
FULL = (
    NAME,
    (13, integer(1000)),
    (16, integer(6, 1)),
    (4, integer(9000)),
    (33, integer(1, 1)),
    (35, integer(2**32 - 1)),
    (1, bytes.fromhex("02fc00a1b2c3")),
    (23, stats64(25)),
    (43, nested((2, b"\0"))),
)


def parsed(*attributes, **header):
    gaps = Gaps("/nics")
    name, link = parse_link(message(*attributes, **header), gaps)
    return name, link, gaps.entries


def test_a_physical_nic():
    name, link, gaps = parsed(*FULL)
    stats = link.pop("link_stats")
    assert name == "eth0"
    assert link == {
        "ifindex": 5,
        "kind": None,
        "type": 1,
        "flags": ["UP", "BROADCAST", "RUNNING", "MULTICAST", "LOWER_UP"],
        "mac": "02:fc:00:a1:b2:c3",
        "mtu": 9000,
        "operstate": "up",
        "carrier": True,
        "carrier_changes": 2**32 - 1,
        "tx_queue_len": 1000,
        "master_ifindex": None,
        "link_ifindex": None,
        "xdp": {"attached": False, "mode": None, "program_id": None},
        "bond": None,
        "bond_slave": None,
    }
    assert isinstance(link["carrier_changes"], Counter32)
    assert (len(stats), stats["rx_packets"], stats["rx_missed_errors"], stats["rx_otherhost_dropped"]) == (
        25,
        1000,
        1015,
        1024,
    )
    assert {type(value) for value in stats.values()} == {Counter64}
    assert gaps == []


@pytest.mark.parametrize(
    "count, missing",
    [
        (23, ["rx_nohandler", "rx_otherhost_dropped"]),
        (24, ["rx_otherhost_dropped"]),
        (25, []),
        (30, []),
    ],
)
def test_statistics_of_older_and_newer_kernels(count, missing):
    _name, link, gaps = parsed(*[pair for pair in FULL if pair[0] != 23] + [(23, stats64(count))])
    assert list(link["link_stats"]) == list(LINK_STATS)
    assert [name for name, value in link["link_stats"].items() if value is None] == missing
    assert [gap["path"] for gap in gaps] == [f"/nics/eth0/link_stats/{name}" for name in missing]
    assert link["link_stats"]["tx_compressed"] == 1022


def test_what_a_kernel_does_not_send_is_a_gap():
    _name, link, gaps = parsed(NAME)
    assert (link["operstate"], link["carrier"], link["carrier_changes"], link["xdp"]) == (None,) * 4
    paths = [gap["path"] for gap in gaps]
    assert paths[:4] == [f"/nics/eth0/{key}" for key in ("operstate", "carrier", "carrier_changes", "xdp")]
    assert len(paths) == 4 + 25
    assert gaps[2]["reason"] == "absent"
    assert gaps[2]["detail"] == "RTM_NEWLINK has no carrier_changes: Linux has it since 3.15"


def test_an_interface_without_address_or_carrier():
    _name, link, _gaps = parsed((3, b"tun0\0"), (1, b""), (33, b"\0"), (16, b"\2"), hardware_type=65534)
    assert (link["mac"], link["carrier"], link["operstate"], link["type"]) == (None, False, "down", 65534)


def test_kind_and_master():
    _name, link, _gaps = parsed(*FULL, *[(18, nested((1, b"veth\0"))), (10, integer(7)), (5, integer(9))])
    assert (link["kind"], link["master_ifindex"], link["link_ifindex"]) == ("veth", 7, 9)


def test_the_other_end_in_another_namespace_is_not_an_ifindex_of_this_one():
    _name, link, _gaps = parsed(*FULL, *[(5, integer(9)), (37, integer(0))])
    assert link["link_ifindex"] is None


@pytest.mark.parametrize(
    "number, name", [(0, "unknown"), (1, "notpresent"), (3, "lowerlayerdown"), (5, "dormant"), (9, "9")]
)
def test_operstate(number, name):
    _name, link, _gaps = parsed(NAME, (16, integer(number, 1)))
    assert link["operstate"] == name


@pytest.mark.parametrize(
    "attributes, expected",
    [
        ([(2, b"\0")], (False, None, None)),
        ([(2, b"\1"), (4, integer(97)), (5, integer(97))], (True, "driver", 97)),
        ([(2, b"\2"), (4, integer(98)), (6, integer(98))], (True, "generic", 98)),
        ([(2, b"\3"), (4, integer(99)), (7, integer(99))], (True, "offload", 99)),
        ([(2, b"\4"), (5, integer(11)), (6, integer(12))], (True, "multi", 11)),
        ([(2, b"\1")], (True, "driver", None)),
    ],
)
def test_xdp(attributes, expected):
    _name, link, _gaps = parsed(NAME, (43, nested(*attributes)))
    assert (link["xdp"]["attached"], link["xdp"]["mode"], link["xdp"]["program_id"]) == expected


def test_bond():
    data = nested((1, b"\4"), (2, integer(3)), (3, integer(100)))
    _name, link, _gaps = parsed(*FULL, (18, nested((1, b"bond\0"), (2, data))))
    assert link["bond"] == {"mode": "802.3ad", "active_slave_ifindex": 3, "miimon_ms": 100}
    assert link["bond_slave"] is None


def test_bond_without_active_slave():
    _name, link, _gaps = parsed(*FULL, (18, nested((1, b"bond\0"), (2, nested((1, b"\1"))))))
    assert link["bond"] == {"mode": "active-backup", "active_slave_ifindex": None, "miimon_ms": None}


def test_bond_slave():
    data = nested((1, b"\1"), (2, b"\2"), (3, integer(7)))
    _name, link, _gaps = parsed(*FULL, (18, nested((4, b"bond\0"), (5, data))))
    assert link["bond_slave"] == {"state": "backup", "mii_status": "down", "link_failure_count": 7}
    assert isinstance(link["bond_slave"]["link_failure_count"], Counter32)
    assert (link["kind"], link["bond"]) == (None, None)


def test_a_bridge_port_is_not_a_bond_slave():
    _name, link, _gaps = parsed(*FULL, (18, nested((1, b"veth\0"), (4, b"bridge\0"), (5, nested((1, b"\3"))))))
    assert link["bond_slave"] is None


@pytest.mark.parametrize(
    "data, detail",
    [
        (b"", "netlink link: expected at least 16 bytes, found 0"),
        (message(), "RTM_NEWLINK: interface 5 has no name"),
        (message(NAME, (4, b"\1")), "netlink attribute: expected at least 4 bytes, found 1"),
        (message(NAME) + b"\2\2\2\2", None),
    ],
)
def test_malformed(data, detail):
    found = malformed(parse_link, data, Gaps())
    assert detail is None or found == detail


needs_netns = pytest.mark.skipif(bool(netns.refusal()), reason=str(netns.refusal()))

# How iproute2 names the fields of link_stats: group and key of its JSON by direction. It prints the last two of ours
# only when they are not zero.
PRINTED = {
    "packets": "packets",
    "bytes": "bytes",
    "errors": "errors",
    "dropped": "dropped",
    "length_errors": "length_errors",
    "over_errors": "over_errors",
    "crc_errors": "crc_errors",
    "frame_errors": "frame_errors",
    "fifo_errors": "fifo_errors",
    "missed_errors": "missed_errors",
    "aborted_errors": "aborted_errors",
    "carrier_errors": "carrier_errors",
    "window_errors": "window_errors",
    "heartbeat_errors": "heartbeat_errors",
    "nohandler": "nohandler",
    "otherhost_dropped": "otherhost",
}


def compare(name, link, printed):
    assert link["ifindex"] == printed["ifindex"]
    assert link["mtu"] == printed["mtu"]
    assert link["tx_queue_len"] == printed["txqlen"]
    assert link["operstate"].upper() == printed["operstate"]
    assert link["mac"] == printed["address"]
    assert link["kind"] == printed.get("linkinfo", {}).get("info_kind")
    # iproute2 leaves out RUNNING, and adds NO-CARRIER.
    assert set(link["flags"]) - {"RUNNING"} == set(printed["flags"]) - {"NO-CARRIER"}
    compared = 0
    for direction in ("rx", "tx"):
        for ours, theirs in PRINTED.items():
            key = f"{direction}_{ours}"
            if theirs in printed["stats64"][direction]:
                assert link["link_stats"][key] == printed["stats64"][direction][theirs], (name, key)
                compared += 1
    assert link["link_stats"]["multicast"] == printed["stats64"]["rx"]["multicast"]
    assert link["link_stats"]["collisions"] == printed["stats64"]["tx"]["collisions"]
    assert compared >= 18


@needs_netns
def test_live_as_ip_prints_them():
    def look():
        netns.batch(
            "ip",
            "link add left mtu 1400 txqueuelen 77 type veth peer name right",
            "link set left up",
            "link set right up",
            "addr add 192.0.2.1/24 dev left",
            "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left",
        )
        netns.send_udp("192.0.2.2", 50)
        before = json.loads(netns.run("ip -s -s -d -j link"))
        with this_host() as host:
            found = links(host)
        after = json.loads(netns.run("ip -s -s -d -j link"))
        return found, before, after

    found, before, after = netns.in_own_netns(look)
    # Of an idle namespace most readings are quiet; a neighbour discovery packet between the two is possible.
    stable = [link for link in before if link in after]
    assert stable
    assert {link["ifname"] for link in before} == set(found)
    for printed in stable:
        compare(printed["ifname"], found[printed["ifname"]], printed)
    assert found["left"]["link_ifindex"] == found["right"]["ifindex"]
    assert found["left"]["carrier_changes"] >= 1
    assert found["right"]["link_stats"]["rx_otherhost_dropped"] in (50, None)
    assert found["lo"]["type"] == 772


@needs_netns
def test_live_master_and_a_peer_in_another_namespace():
    def outer():
        netns.batch(
            "ip",
            "link add bridge0 type bridge",
            "link add left master bridge0 type veth peer name right",
        )
        with this_host() as host:
            found = links(host)
        return found, netns.in_own_netns(inner, netns.thread_id())

    def inner(outer_thread):
        netns.run(f"ip link add near type veth peer name far netns {outer_thread}")
        with this_host() as host:
            return links(host)["near"]

    found, near = netns.in_own_netns(outer)
    assert found["left"]["master_ifindex"] == found["bridge0"]["ifindex"]
    assert (found["bridge0"]["kind"], found["right"]["master_ifindex"]) == ("bridge", None)
    assert (near["kind"], near["link_ifindex"]) == ("veth", None)


@needs_netns
def test_live_five_hundred_interfaces_are_cheap():
    def look():
        netns.batch("ip", *[f"link add a{number} type veth peer name b{number}" for number in range(250)])
        spent = []
        with this_host() as host:
            for _round in range(5):
                start = time.process_time()
                found = links(host)
                spent.append(time.process_time() - start)
        return len(found), min(spent)

    count, seconds = netns.in_own_netns(look)
    assert count >= 501
    # About 14 ms on Python 3.11; the bound leaves room for a slow machine, not for a reading of each interface.
    assert seconds < 0.15
