# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import bonding
from ansible_collections.linuxnet.packetloss.tests.unit import bond_reports

PATH = "/proc/net/bonding/bond0"

OF_BOND = {
    "mode": "active-backup",
    "active_port": "eth0",
    "primary": "eth0",
    "primary_reselect": "always",
    "miimon_ms": 100,
    "updelay_ms": 200,
    "downdelay_ms": 0,
    "arp_interval_ms": 0,
    "min_links": None,
    "lacp_rate": None,
    "aggregator_id": None,
    "partner_mac": None,
}
OF_PORT = {
    "state": None,
    "mii_status": "up",
    "link_failure_count": 3,
    "aggregator_id": None,
    "actor_state": None,
    "partner_state": None,
    "partner_mac": None,
}


def without_ports(text):
    found = bonding.parse_report(text, PATH)
    return {key: value for key, value in found.items() if key != "ports"}


def ports(text):
    return bonding.parse_report(text, PATH)["ports"]


def test_the_report_of_an_active_backup_bond():
    assert without_ports(bond_reports.ACTIVE_BACKUP) == OF_BOND
    assert ports(bond_reports.ACTIVE_BACKUP) == {"eth0": OF_PORT, "eth1": dict(OF_PORT, link_failure_count=1)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (bond_reports.NO_PRIMARY, {"primary": None, "primary_reselect": None}),
        (bond_reports.ARP_WATCHED, {"miimon_ms": 0, "arp_interval_ms": 1000}),
        (
            bond_reports.LACP_FAST,
            {
                "mode": "802.3ad",
                "active_port": None,
                "primary": None,
                "primary_reselect": None,
                "updelay_ms": 0,
                "min_links": 1,
                "lacp_rate": "fast",
                "aggregator_id": 1,
                "partner_mac": "00:23:04:ee:be:0a",
            },
        ),
        (
            bond_reports.BALANCE_XOR,
            {
                "mode": "balance-xor",
                "active_port": None,
                "primary": None,
                "primary_reselect": None,
                "miimon_ms": 0,
                "updelay_ms": 0,
            },
        ),
    ],
    ids=["no primary", "arp", "lacp", "xor"],
)
def test_the_report_of_other_bonds(text, expected):
    assert without_ports(text) == dict(OF_BOND, **expected)


def test_what_lacp_says_of_each_port():
    told = ports(bond_reports.OTHER_AGGREGATOR)
    assert [told["eth0"]["aggregator_id"], told["eth1"]["aggregator_id"]] == [1, 2]
    assert [told["eth0"]["partner_mac"], told["eth1"]["partner_mac"]] == ["00:23:04:ee:be:0a", "00:23:04:ee:be:0b"]
    silent = ports(bond_reports.PARTNER_SILENT)["eth1"]
    assert (silent["actor_state"], silent["partner_state"]) == (0x8F, 0x3F)
    assert ports(bond_reports.NO_PARTNER)["eth0"]["partner_mac"] == "00:00:00:00:00:00"


def test_who_is_not_root_is_told_little_of_lacp():
    told = bonding.parse_report(bond_reports.NOT_ROOT, PATH)
    assert (told["mode"], told["min_links"], told["aggregator_id"], told["partner_mac"]) == ("802.3ad", 1, None, None)
    assert told["ports"]["eth1"] == dict(OF_PORT, link_failure_count=0, aggregator_id=1)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", f"{PATH}: expected the report of a bond, found ''"),
        (
            bond_reports.ACTIVE_BACKUP.replace("Count: 3", "Count: many"),
            f"{PATH}: Link Failure Count: expected a whole number, found 'many'",
        ),
    ],
)
def test_a_report_that_is_none(text, detail):
    with pytest.raises(Unavailable) as caught:
        bonding.parse_report(text, PATH)
    assert (caught.value.reason, caught.value.detail) == ("malformed", detail)


@pytest.fixture
def lacp(tree):
    """The bond as both interfaces show it to root; sysfs has what changes by the way."""
    tree.nic("bond0", 5, lower=["eth0", "eth1"])
    values = {
        "mode": "802.3ad 4",
        "active_slave": "",
        "primary": "",
        "primary_reselect": "always 0",
        "miimon": 100,
        "updelay": 0,
        "downdelay": 0,
        "arp_interval": 0,
        "min_links": 1,
        "lacp_rate": "fast 1",
        "ad_aggregator": 1,
        "ad_partner_mac": "00:23:04:ee:be:0a",
        "slaves": "eth0 eth1",
    }
    for file, value in values.items():
        tree.write(f"/sys/class/net/bond0/bonding/{file}", value)
    for number, port in enumerate(("eth0", "eth1")):
        tree.nic(port, 2 + number, upper=["bond0"])
        of_port = {
            "state": "active",
            "mii_status": "up",
            "link_failure_count": 2 * number,
            "ad_aggregator_id": 1,
            "ad_actor_oper_port_state": 63,
            "ad_partner_oper_port_state": 63,
        }
        for file, value in of_port.items():
            tree.write(f"/sys/class/net/{port}/bonding_slave/{file}", value)
    tree.write(PATH, bond_reports.LACP_FAST.rstrip("\n"))
    return tree


def test_sysfs_and_report_of_one_bond_say_the_same(lacp):
    gaps = Gaps("/bonds/bond0")
    found = bonding.read(lacp.host, "bond0", True, gaps)
    told = bonding.parse_report(bond_reports.LACP_FAST, PATH)
    told["primary_reselect"] = "always"
    for port in told["ports"].values():
        port["state"] = "active"
    assert found == told
    assert gaps.entries == []


def test_a_kernel_without_the_states_in_sysfs_tells_them_in_the_report(lacp):
    for port in ("eth0", "eth1"):
        lacp.remove(f"/sys/class/net/{port}/bonding_slave/ad_partner_oper_port_state")
    gaps = Gaps()
    assert bonding.read(lacp.host, "bond0", True, gaps)["ports"]["eth1"]["partner_state"] == 63
    assert gaps.entries == []


def test_sysfs_alone_is_enough(lacp):
    lacp.remove(PATH)
    gaps = Gaps("/bonds/bond0")
    found = bonding.read(lacp.host, "bond0", True, gaps)
    assert found["ports"]["eth1"]["actor_state"] == 63
    assert found["ports"]["eth1"]["partner_mac"] is None
    assert [entry["path"] for entry in gaps.entries] == ["/bonds/bond0/report"]


def test_the_report_alone_is_enough_where_sysfs_is_of_another_namespace(lacp):
    found = bonding.read(lacp.host, "bond0", False, Gaps())
    assert found == bonding.parse_report(bond_reports.LACP_FAST, PATH)


def test_a_bond_that_nobody_tells_of(tree):
    with pytest.raises(Unavailable) as caught:
        bonding.read(tree.host, "bond0", False, Gaps())
    assert caught.value.reason == "absent"


def test_a_number_that_is_none_is_a_gap_unless_the_report_has_it(lacp):
    lacp.write("/sys/class/net/bond0/bonding/miimon", "often")
    gaps = Gaps()
    assert bonding.read(lacp.host, "bond0", True, gaps)["miimon_ms"] == 100
    lacp.write(PATH, bond_reports.LACP_FAST.replace("MII Polling Interval (ms): 100\n", "").rstrip("\n"))
    assert bonding.read(lacp.host, "bond0", True, gaps)["miimon_ms"] is None
    assert [(entry["path"], entry["reason"]) for entry in gaps.entries] == [("/miimon_ms", "malformed")]


def test_the_active_port_is_written_where_the_bond_has_it(lacp):
    # A captured host is not changed: the refusal names the file and the reason.
    with pytest.raises(Unavailable) as caught:
        bonding.make_active(lacp.host, "bond0", "eth1")
    assert caught.value.number == errno.EROFS
    assert "/sys/class/net/bond0/bonding/active_slave" in caught.value.detail
