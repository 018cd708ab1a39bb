# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interfaces of a captured host, from ip link of several generations and from what else tells of them."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import ip_addr, ip_link, links
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.text.captured_texts import capture

# iproute2 4.11, -s -d: the fifth number of RX is rx_over_errors.
OLD = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT qlen 1
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0 addrgenmode eui64
    RX: bytes  packets  errors  dropped overrun mcast
    10         1        0       0       0       0
    TX: bytes  packets  errors  dropped carrier collsns
    10         1        0       0       0       0
2: eth0: <BROADCAST,MULTICAST,SLAVE,UP,LOWER_UP> mtu 9000 qdisc mq master bond0 state UP mode DEFAULT qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
    bond_slave state ACTIVE mii_status UP link_failure_count 3 perm_hwaddr 02:00:00:00:00:02 queue_id 0
    RX: bytes  packets  errors  dropped overrun mcast
    100        20       3       4       5       6
    TX: bytes  packets  errors  dropped carrier collsns compressed
    70         8        9       11      12      13      14
    vf 0 MAC 02:00:00:00:00:99, spoof checking on, link-state auto
    RX: bytes  packets  mcast   bcast   dropped
    1          1        1       1       77
    TX: bytes  packets   dropped
    1          1         88
3: bond0: <BROADCAST,MULTICAST,MASTER,UP,LOWER_UP> mtu 9000 qdisc noqueue state UP mode DEFAULT qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
    bond mode active-backup active_slave eth0 miimon 100 updelay 0 downdelay 0 addrgenmode eui64
4: bond0.5@bond0: <NO-CARRIER,BROADCAST,UP> mtu 9000 qdisc noqueue state LOWERLAYERDOWN mode DEFAULT
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vlan protocol 802.1Q id 5 <REORDER_HDR> addrgenmode eui64
5: veth1@if9: <BROADCAST> mtu 1500 qdisc noop state DOWN mode DEFAULT qlen 1000
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0
    veth addrgenmode eui64
"""

# iproute2 6.1, -s -s -d: the fifth number is rx_missed_errors, and the errors have lines of their own.
NEW = """\
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 xdpgeneric qdisc mq state UP mode DEFAULT group default qlen 500
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 parentbus pci parentdev 0000:00:03.0
    alias RX: uplink of the rack
    prog/xdp id 37 name drop tag 57cd311f2e27366b jited
    RX:  bytes packets errors dropped  missed   mcast
           100      20      3       4       5       6
    RX errors:  length    crc   frame    fifo overrun nohandler otherhost
                     7      8       9      10      11        12        13
    TX:  bytes packets errors dropped carrier collsns
            70       8      9      11      12      13
    TX errors: aborted   fifo  window heartbt transns
                     1      2       3       4       5
    altname enp0s3
"""

DEV = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast"
    "|bytes    packets errs drop fifo colls carrier compressed\n"
    "    lo:      10       1    0    0    0     0          0         0"
    "       10       1    0    0    0     0       0          0\n"
    "  eth0:     100      20    3    9   10    35          0         6"
    "       70       8    9   11    2    13       0          0\n"
)


def found_in(text, gaps=None, **rest):
    made = capture({words.IP_LINK: text}, **rest)
    return links.links(made, made.files, gaps)


def test_an_old_program_calls_the_fifth_counter_overrun():
    stats = found_in(OLD)["eth0"]["link_stats"]
    told = {field: value for field, value in stats.items() if value is not None}
    assert told == {
        "rx_bytes": 100,
        "rx_packets": 20,
        "rx_errors": 3,
        "rx_dropped": 4,
        "rx_over_errors": 5,
        "multicast": 6,
        "rx_compressed": 0,
        "tx_bytes": 70,
        "tx_packets": 8,
        "tx_errors": 9,
        "tx_dropped": 11,
        "tx_carrier_errors": 12,
        "collisions": 13,
        "tx_compressed": 14,
    }
    assert all(isinstance(value, Counter64) for value in told.values())


def test_a_new_program_calls_it_missed_and_tells_every_error():
    gaps = Gaps()
    link = found_in(NEW, gaps)["eth0"]
    stats = link["link_stats"]
    assert (stats["rx_missed_errors"], stats["rx_over_errors"], stats["rx_dropped"]) == (5, 11, 4)
    assert [stats[f"rx_{name}"] for name in ("length_errors", "crc_errors", "frame_errors", "fifo_errors")] == [
        7,
        8,
        9,
        10,
    ]
    assert (stats["rx_nohandler"], stats["rx_otherhost_dropped"]) == (12, 13)
    assert [stats[f"tx_{name}_errors"] for name in ("aborted", "fifo", "window", "heartbeat")] == [1, 2, 3, 4]
    assert link["carrier_changes"] == 5
    assert isinstance(link["carrier_changes"], Counter32)
    assert None not in stats.values()
    assert gaps.entries == []


def test_what_a_new_program_leaves_out_is_0():
    columns = [(" nohandler otherhost", ""), ("        12        13", "")]
    text = NEW
    for old, new in columns:
        text = text.replace(old, new)
    stats = found_in(text)["eth0"]["link_stats"]
    assert (stats["rx_nohandler"], stats["rx_otherhost_dropped"]) == (0, 0)
    # Of an older one nobody knows whether it would have told.
    stats = found_in(text.replace("allmulti 0 ", ""))["eth0"]["link_stats"]
    assert (stats["rx_nohandler"], stats["rx_otherhost_dropped"]) == (None, None)


def test_a_link_has_all_that_the_kernel_tells():
    found = found_in(NEW)["eth0"]
    assert {key: value for key, value in found.items() if key != "link_stats"} == {
        "ifindex": 2,
        "kind": None,
        "type": 1,
        "flags": ["UP", "BROADCAST", "RUNNING", "MULTICAST", "LOWER_UP"],
        "mac": "02:00:00:00:00:02",
        "mtu": 1500,
        "operstate": "up",
        "carrier": True,
        "carrier_changes": 5,
        "tx_queue_len": 500,
        "master_ifindex": None,
        "link_ifindex": None,
        "xdp": {"attached": True, "mode": "generic", "program_id": 37},
        "bond": None,
        "bond_slave": None,
    }
    assert list(found["link_stats"]) == list(LINK_STATS)


def test_kinds_places_and_bonds():
    found = found_in(OLD)
    assert {name: link["kind"] for name, link in found.items()} == {
        "lo": None,
        "eth0": None,
        "bond0": "bond",
        "bond0.5": "vlan",
        "veth1": "veth",
    }
    assert found["eth0"]["master_ifindex"] == 3
    assert found["bond0"]["bond"] == {"mode": "active-backup", "active_slave_ifindex": 2, "miimon_ms": 100}
    assert found["eth0"]["bond_slave"] == {"state": "active", "mii_status": "up", "link_failure_count": 3}
    assert found["bond0.5"]["link_ifindex"] == 3
    # The other end is in another namespace, where the number means something else.
    assert found["veth1"]["link_ifindex"] is None
    assert found["lo"]["type"] == 772


def test_running_and_carrier_are_told_by_other_words():
    found = found_in(OLD)
    assert "RUNNING" in found["eth0"]["flags"]
    assert found["bond0.5"]["flags"] == ["UP", "BROADCAST"]
    assert (found["bond0.5"]["carrier"], found["bond0.5"]["tx_queue_len"]) == (False, 0)
    # What is down has a carrier or none: the flags do not say.
    assert found["veth1"]["carrier"] is None


def test_virtual_functions_have_counters_of_their_own():
    stats = found_in(OLD)["eth0"]["link_stats"]
    assert (stats["rx_dropped"], stats["tx_dropped"]) == (4, 11)


def test_one_line_for_each_interface():
    assert ip_link.parse(NEW.replace("\n    ", "\\    "), "ip") == ip_link.parse(NEW, "ip")


def test_a_name_may_have_the_signs_that_part_it():
    text = NEW.replace("2: eth0:", "2: a:b@c@eth1:")
    found = ip_link.parse(text, "ip")
    assert list(found) == ["a:b@c"]
    assert found["a:b@c"]["lower"] == "eth1"


def test_outputs_of_single_interfaces_are_put_together():
    parts = OLD.split("\n3: ")
    made = capture({(words.IP_LINK, "eth0"): parts[0] + "\n", (words.IP_LINK, "bond0"): "3: " + parts[1]})
    assert list(links.links(made, made.files)) == ["lo", "eth0", "bond0", "bond0.5", "veth1"]


def test_ip_addr_tells_of_links_too():
    made = capture({words.IP_ADDRESS: NEW.replace("    altname", "    inet 10.0.0.1/8 scope global eth0\n    altname")})
    assert links.links(made, made.files)["eth0"]["mtu"] == 1500


def test_what_ip_does_not_tell_sysfs_and_proc_do():
    folder = "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
    files = {f"{folder}/statistics/rx_missed_errors": "55\n", f"{folder}/statistics/rx_dropped": "44\n"}
    files.update({f"{folder}/carrier_changes": "7\n", "/proc/net/dev": DEV})
    found = found_in(OLD, files=files, links={"/sys/class/net/eth0": "../.." + folder[len("/sys") :]})["eth0"]
    stats = found["link_stats"]
    # sysfs before ip, ip before /proc/net/dev.
    assert (stats["rx_missed_errors"], stats["rx_dropped"], stats["rx_packets"]) == (55, 44, 20)
    assert (stats["rx_fifo_errors"], stats["tx_fifo_errors"]) == (10, 2)
    assert found["carrier_changes"] == 7
    # The sum of four of which one is told: nobody knows the others.
    assert stats["rx_crc_errors"] is None


def test_proc_net_dev_alone():
    gaps = Gaps()
    made = capture({}, files={"/proc/net/dev": DEV, "/proc/net/dev_snmp6/eth0": "ifIndex   \t7\nIp6InReceives  0\n"})
    found = links.links(made, made.files, gaps)
    assert list(found) == ["lo", "eth0"]
    assert found["eth0"]["ifindex"] == 7
    # Nothing tells: a number that no host has, so that it is told from the others.
    assert found["lo"]["ifindex"] >= 1 << 30
    assert [entry["path"] for entry in gaps.entries if entry["path"].endswith("/ifindex")] == ["/lo/ifindex"]
    assert found["lo"]["flags"] == ["UP", "LOOPBACK"]
    stats = found["eth0"]["link_stats"]
    assert (stats["rx_packets"], stats["tx_dropped"], stats["rx_fifo_errors"]) == (20, 11, 10)
    # dropped and missed are one number there, and what is 0 together is 0 each.
    assert (stats["rx_dropped"], stats["rx_missed_errors"]) == (None, None)
    assert (found["lo"]["link_stats"]["rx_dropped"], found["lo"]["link_stats"]["rx_missed_errors"]) == (0, 0)
    noted = {entry["path"]: entry["detail"] for entry in gaps.entries}
    assert "9 are rx_dropped, rx_missed_errors together" in noted["/eth0/link_stats/rx_dropped"]


def test_nothing_but_outputs_of_ethtool():
    # What people paste: the statistics of the NIC, and little else.
    gaps = Gaps()
    outputs = {(words.STATISTICS, "eth0"): "NIC statistics:\n     rx_missed: 1\n", (words.ETHTOOL, "lo"): "Settings\n"}
    outputs[words.ETHTOOL, "eth1"] = "Settings for eth1:\n\tLink detected: no\n"
    made = capture(outputs)
    found = links.links(made, made.files, gaps)
    expected = {"eth0": ["UP"], "eth1": [], "lo": ["UP", "LOOPBACK"]}
    assert {name: link["flags"] for name, link in found.items()} == expected
    assert len({link["ifindex"] for link in found.values()}) == 3
    noted = {entry["path"]: entry["detail"] for entry in gaps.entries}
    assert "the output of ip link is not in this capture: taken to be up" in noted["/eth0/flags"]


def test_an_ip_link_that_is_damaged_costs_what_it_alone_tells():
    gaps = Gaps()
    found = found_in(OLD[:-3], gaps, files={"/proc/net/dev": DEV})
    assert list(found) == ["lo", "eth0"]
    assert (found["eth0"]["mtu"], found["eth0"]["link_stats"]["rx_packets"]) == (None, 20)
    noted = {entry["path"]: entry for entry in gaps.entries}
    assert noted["/eth0/xdp"]["reason"] == "malformed"
    assert "expected whole lines" in noted["/eth0/flags"]["detail"]


def test_bonds_and_vlans_without_details_are_known_by_their_files():
    text = (
        "\n".join(line for line in OLD.splitlines() if not line.startswith(("    bond", "    vlan", "    veth"))) + "\n"
    )
    text = text.replace(" promiscuity 0", "")
    report = "Ethernet Channel Bonding Driver: v3.7.1\n\nBonding Mode: fault-tolerance (active-backup)\n"
    report += "Currently Active Slave: eth0\nMII Status: up\nMII Polling Interval (ms): 100\n\n"
    report += "Slave Interface: eth0\nMII Status: up\nLink Failure Count: 3\n"
    files = {"/proc/net/bonding/bond0": report, "/proc/net/vlan/bond0.5": "bond0.5  VID: 5\nDevice: bond0\n"}
    found = found_in(text, files=files)
    assert (found["bond0"]["kind"], found["bond0.5"]["kind"], found["veth1"]["kind"]) == ("bond", "vlan", None)
    assert found["bond0"]["bond"] == {"mode": "active-backup", "active_slave_ifindex": 2, "miimon_ms": 100}
    assert found["eth0"]["bond_slave"] == {"state": "active", "mii_status": "up", "link_failure_count": 3}


def test_nothing_that_names_an_interface():
    made = capture({})
    with pytest.raises(Unavailable, match="the output of ip link is not in this capture") as refusal:
        links.links(made, made.files)
    assert refusal.value.reason == "absent"


def test_counters_that_are_damaged_cost_themselves_alone():
    gaps = Gaps()
    found = found_in(OLD.replace("100        20       3 ", "100        2x       3 "), gaps)
    assert found["eth0"]["mtu"] == 9000
    assert set(found["eth0"]["link_stats"].values()) == {None}
    assert found["lo"]["link_stats"]["rx_packets"] == 1
    noted = {entry["path"]: entry for entry in gaps.entries}
    assert noted["/eth0/link_stats"]["reason"] == "malformed"
    assert "ip_link, line 11: expected a whole number" in noted["/eth0/link_stats"]["detail"]
    assert noted["/lo/link_stats"]["reason"] == "absent"
    assert "rx_missed_errors" in noted["/lo/link_stats"]["detail"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OLD.replace("2: eth0:", "2: lo:"), "line 7: expected each interface once"),
        (OLD.replace("2: eth0: <", "2: eth0 <"), "line 7: expected a line such as '2: eth0: <UP> mtu 1500 ...'"),
        (OLD.replace("mtu 9000 qdisc mq", "mtu big qdisc mq"), "line 7: expected a whole number of 32 bits"),
        (OLD[:-3], "expected whole lines"),
        ("hello\n", "line 1: expected lines such as '2: eth0: <UP> mtu 1500 ...'"),
    ],
)
def test_text_that_is_not_of_ip(text, told):
    with pytest.raises(Unavailable) as refusal:
        ip_link.parse(text, "ip_-s_-d_link")
    assert refusal.value.reason == "malformed"
    assert told in refusal.value.detail


def test_ip_that_is_not_there():
    with pytest.raises(Unavailable) as refusal:
        ip_link.parse("sh: ip: command not found\n", "ip_link")
    assert refusal.value.reason == "absent"


ADDRESSES = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0
    inet 10.9.1.1 peer 10.9.1.2/32 scope global eth0
    inet6 fe80::1/64 scope link
3: eth1: <BROADCAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
"""
ONE_LINE = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet6 ::1/128 scope host \\       valid_lft forever
2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever
2: eth0    inet 10.9.1.1 peer 10.9.1.2/32 scope global eth0\\       valid_lft forever
2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever
"""


@pytest.mark.parametrize("text", [ADDRESSES, ONE_LINE])
def test_addresses_are_the_own_ones_with_their_prefix(text):
    assert ip_addr.addresses(text, "ip_addr") == {
        1: ["127.0.0.1/8", "::1/128"],
        2: ["10.0.0.5/24", "10.9.1.1/32", "fe80::1/64"],
    }


@pytest.mark.parametrize("wrong", ["10.0.0.500/24", "10.0.0.5/33", "fe80::1/24", "10.0.0.5/255.255.255.0", "eth0"])
def test_an_address_that_is_none(wrong):
    with pytest.raises(Unavailable, match="ip_addr, line 8: expected an address with its prefix"):
        ip_addr.addresses(ADDRESSES.replace("10.0.0.5/24", wrong), "ip_addr")
