# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.bonding import parse_report
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import bonds
from ansible_collections.linuxnet.packetloss.tests.unit import bond_reports
from ansible_collections.linuxnet.packetloss.tests.unit.fake_bond import FakeBond

BOTH = {"eth0": True, "eth1": True}


def report(text):
    return parse_report(text, "/proc/net/bonding/bond0")


def change(subject, knob="ring", disruption=1):
    return {"knob": knob, "subject": subject, "from": {"rx": 512}, "to": {"rx": 1024}, "class": disruption}


def facts(text=bond_reports.ACTIVE_BACKUP, session=None, **carriers):
    nics = {
        name: {"master": "bond0" if name in BOTH else None, "kind": "physical", "carrier": carriers.get(name, True)}
        for name in ("eth0", "eth1", "eth2", "eth3")
    }
    nics["bond0"] = {"master": None, "kind": "bond", "carrier": True}
    return {"nics": nics, "bonds": {"bond0": text and report(text)}, "session": session and {"path": session}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bond_reports.ACTIVE_BACKUP, None),
        (bond_reports.ONE_PORT_DOWN, "its MII status is down"),
        (bond_reports.COMING_BACK, "its MII status is going back"),
        (bond_reports.LACP_FAST, None),
        (bond_reports.LACP_SLOW, None),
        (bond_reports.OTHER_AGGREGATOR, "it is in aggregator 2, and 1 is in use"),
        (bond_reports.NOT_IN_SYNC, "its partner has not taken it up"),
        (bond_reports.PARTNER_SILENT, "its partner does not speak LACP any more"),
        (bond_reports.NO_PARTNER, "it is in aggregator 2, and 1 is in use"),
        (bond_reports.NOT_ROOT, "nobody tells which aggregator it is in"),
        (bond_reports.BALANCE_XOR, None),
    ],
)
def test_whether_a_port_is_good(text, why):
    assert bonds.why_not_good(report(text), "eth1", True) == why
    assert bonds.why_not_good(report(text), "eth1", False) == "it has no carrier"
    assert bonds.why_not_good(report(text), "eth7", True) == "it is no port of it any more"


@pytest.mark.parametrize(
    ("text", "port", "said"),
    [
        (bond_reports.ACTIVE_BACKUP, "eth0", None),
        (
            bond_reports.ONE_PORT_DOWN,
            "eth0",
            "bond0 needs 1 good port beside it, and has 0 (eth1: its MII status is down)",
        ),
        (bond_reports.ONE_PORT_DOWN, "eth1", None),
        (bond_reports.LACP_FAST, "eth0", None),
        (bond_reports.OTHER_AGGREGATOR, "eth0", "has 0 (eth1: it is in aggregator 2, and 1 is in use)"),
        (bond_reports.OTHER_AGGREGATOR, "eth1", None),
        (bond_reports.MIN_LINKS, "eth0", "bond0 needs 2 good ports beside it, and has 1 (it has no other port)"),
        (bond_reports.NOT_IN_SYNC, "eth0", "has 0 (eth1: its partner has not taken it up)"),
        # Nobody tells that eth0 is idle: then it may carry all.
        (bond_reports.NOT_ROOT, "eth0", "has 0 (eth1: nobody tells which aggregator it is in)"),
    ],
)
def test_whether_a_bond_can_do_without_a_port(text, port, said):
    found = bonds.too_few("bond0", report(text), port, BOTH)
    assert found is None if said is None else said in found


def test_what_disturbs_nothing_comes_first_and_then_each_nic_with_all_of_its_changes():
    changes = [
        change(None, "sysctl", 0),
        change("eth3", "ring"),
        change("eth2", "irq_affinity", 0),
        change("eth2", "channels"),
        change("eth3", "packet_steering", 0),
        change("eth1", "packet_steering", 0),
    ]
    found = bonds.order(facts(), changes)
    told = [(each["subject"], [made["knob"] for made in each["changes"]]) for each in found]
    assert told == [
        (None, ["packet_steering", "sysctl"]),
        ("eth2", ["channels", "irq_affinity"]),
        ("eth3", ["ring", "packet_steering"]),
    ]
    assert {each["bond"] for each in found} == {None}


def test_changes_that_disturb_nothing_are_one_group():
    changes = [change("eth0", "irq_affinity", 0), change("eth1", "irq_affinity", 0)]
    assert [(each["subject"], len(each["changes"])) for each in bonds.order(facts(), changes)] == [(None, 2)]


def legs(*arguments, **others):
    changes = [change("eth0"), change("eth1"), change("eth2")]
    return [(each["subject"], each["move_active_to"]) for each in bonds.order(facts(*arguments, **others), changes)]


STANDBY_FIRST = [("eth2", None), ("eth1", None), ("eth0", "eth1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (bond_reports.ACTIVE_BACKUP, STANDBY_FIRST),
        (bond_reports.NO_PRIMARY, STANDBY_FIRST),
        (
            bond_reports.ACTIVE_BACKUP.replace("Active Slave: eth0", "Active Slave: eth1"),
            [("eth2", None), ("eth0", None), ("eth1", "eth0")],
        ),
        (bond_reports.LACP_FAST, [("eth2", None), ("eth0", None), ("eth1", None)]),
        (bond_reports.BALANCE_XOR, [("eth2", None), ("eth0", None), ("eth1", None)]),
    ],
    ids=["active-backup", "no primary", "the primary stands by", "lacp", "xor"],
)
def test_ports_one_at_a_time_the_active_one_last(text, expected):
    assert legs(text) == expected


def test_a_port_that_carries_nothing_comes_before_those_that_do():
    changes = [change("eth0")]
    with pytest.raises(Refused) as caught:
        bonds.order(facts(bond_reports.ONE_PORT_DOWN), changes)
    assert str(caught.value).startswith("eth0: bond0 needs 1 good port beside it")
    assert [each["subject"] for each in bonds.order(facts(bond_reports.ONE_PORT_DOWN), [change("eth1")])] == ["eth1"]


def test_what_the_session_goes_through_comes_last():
    assert legs(session=["bond0", "eth0", "eth1"]) == STANDBY_FIRST
    assert legs(session=["eth2"]) == [("eth1", None), ("eth0", "eth1"), ("eth2", None)]


def test_a_bond_of_which_nobody_can_tell_is_left_alone():
    with pytest.raises(Refused, match="nobody can tell how bond0 is"):
        bonds.order(facts(None), [change("eth0")])


def test_each_setting_is_of_the_group_of_its_nic():
    groups = bonds.order(facts(), [change(None, "sysctl", 0), change("eth0"), change("eth1"), change("eth2", "rss", 0)])
    settings = [
        {"knob": knob, "subject": subject, "values": {}}
        for knob, subject in (
            ("ring", "eth0"),
            ("rss", "eth0"),
            ("ring", "eth1"),
            ("rss", "eth2"),
            ("sysctl", None),
            ("rss", "eth3"),
        )
    ]
    told = [[(each["knob"], each["subject"]) for each in own] for own in bonds.settings_of(groups, settings)]
    assert [each["subject"] for each in groups] == [None, "eth1", "eth0"]
    assert told == [
        [("rss", "eth2"), ("sysctl", None), ("rss", "eth3")],
        [("ring", "eth1")],
        [("ring", "eth0"), ("rss", "eth0")],
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (bond_reports.ACTIVE_BACKUP, bonds.CARRIER_S + 0.2),
        (bond_reports.LACP_FAST, 30.0),
        (bond_reports.LACP_SLOW, 90.0),
    ],
)
def test_how_long_all_groups_may_take(text, seconds):
    found = facts(text)
    groups = bonds.order(found, [change("eth0"), change("eth1"), change(None, "sysctl", 0)])
    assert bonds.longest_s(found, groups) == pytest.approx(2 * (seconds + bonds.MOVE_S))


# --- with a bond whose links come and go


def group(subject, move_active_to=None, in_bond="bond0", disruption=1):
    changes = [change(subject, disruption=disruption)]
    return {"subject": subject, "changes": changes, "bond": in_bond, "move_active_to": move_active_to}


def test_a_standby_port_is_waited_for_and_the_active_one_is_left_alone():
    bond = FakeBond()
    host, leg = bond.host(), group("eth1")
    bonds.before(host, leg)
    bond.lose_carrier("eth1", 3.0)
    said = bonds.after(host, leg)
    assert bond.roles == [(1000.0, "eth0")]
    assert said[0].startswith("eth1: it is as before ")
    assert said[0].endswith(" s after it was changed, carrier changes +2, link failures in the bond +1")
    assert 3.0 + (bonds.QUIET_LOOKS - 1) * bonds.LOOK_S <= bond.slept_s < 8.0


def test_the_active_role_is_moved_away_and_given_back():
    bond = FakeBond()
    host, leg = bond.host(), group("eth0", "eth1")
    bonds.before(host, leg)
    assert bond.active == "eth1"
    bond.lose_carrier("eth0", 1.0)
    said = bonds.after(host, leg)
    assert [port for _at, port in bond.roles] == ["eth0", "eth1", "eth0"]
    # It came back when all had been well for some looks, not as soon as the link was there.
    assert bond.roles[-1][0] - bond.roles[-2][0] >= 1.0 + (bonds.QUIET_LOOKS - 1) * bonds.LOOK_S
    assert said[-1] == "bond0: eth0 is the active port again"


def test_a_primary_takes_the_role_by_itself():
    bond = FakeBond(primary="eth0", updelay_s=0.2)
    host, leg = bond.host(), group("eth0", "eth1")
    bonds.before(host, leg)
    bond.lose_carrier("eth0", 1.0)
    assert bonds.after(host, leg)[-1] == "bond0: eth0 is the active port again"
    assert [port for _at, port in bond.roles] == ["eth0", "eth1", "eth0"]


def test_the_role_moves_by_who_has_it_when_the_turn_comes():
    bond = FakeBond(active="eth1")
    host, leg = bond.host(), group("eth0", "eth1")
    bonds.before(host, leg)
    assert bond.active == "eth1"
    bond.lose_carrier("eth0", 1.0)
    assert len(bonds.after(host, leg)) == 1
    assert [port for _at, port in bond.roles] == ["eth1"]


def test_a_port_that_the_plan_wanted_and_that_is_down_by_now_is_not_taken():
    bond = FakeBond()
    host, leg = bond.host(), group("eth0", "eth1")
    bond.lose_carrier("eth1", 60.0)
    bond.pass_time(1.0)
    with pytest.raises(Refused) as caught:
        bonds.before(host, leg)
    assert "eth0: bond0 needs 1 good port beside it, and has 0 (eth1: it has no carrier)" in str(caught.value)
    assert bond.roles == [(1000.0, "eth0")]


def test_what_has_to_be_taken_back_is_taken_back_all_the_same():
    bond = FakeBond()
    bond.lose_carrier("eth1", 60.0)
    bond.pass_time(1.0)
    host, leg = bond.host(), group("eth0")
    (said,) = bonds.before(host, leg, anyway=True)
    assert "eth0: bond0 needs 1 good port beside it, and has 0" in said
    bond.lose_carrier("eth0", 2.0)
    assert bonds.after(host, leg)[-1] == "bond0: eth0 is the active port again"


def test_a_role_that_the_kernel_does_not_move_is_a_refusal():
    bond = FakeBond(refuses_role=True)
    with pytest.raises(Refused, match="eth1 was to be the active port, and after 5 s eth0 still is"):
        bonds.before(bond.host(), group("eth0", "eth1"))


def test_with_lacp_the_partner_is_waited_for():
    bond = FakeBond("802.3ad 4", active="", rate="fast", joins_s=8.0)
    host, leg = bond.host(), group("eth0")
    bonds.before(host, leg)
    bond.lose_carrier("eth0", 2.0)
    bonds.after(host, leg)
    assert bond.aggregator("eth0") == 1
    assert 12.0 <= bond.slept_s <= 14.0


@pytest.mark.parametrize(("rate", "limit_s"), [("fast", 30), ("slow", 90)])
def test_a_partner_that_does_not_take_the_port_up_again(rate, limit_s):
    bond = FakeBond("802.3ad 4", active="", rate=rate, joins_s=1000.0)
    host, leg = bond.host(), group("eth0")
    bonds.before(host, leg)
    bond.lose_carrier("eth0", 1.0)
    with pytest.raises(Refused) as caught:
        bonds.after(host, leg)
    assert str(caught.value).startswith("eth0: it is not taken up by bond0: it is in aggregator 2, and 1 is in use, ")
    assert limit_s <= bond.slept_s <= limit_s + 2


def test_a_link_that_does_not_come_back_and_what_is_taken_back_afterwards():
    bond = FakeBond()
    host, leg = bond.host(), group("eth0", "eth1")
    bonds.before(host, leg)
    bond.lose_carrier("eth0", 40.0)
    with pytest.raises(Refused, match="eth0: it has no carrier, 30 s after it was changed"):
        bonds.after(host, leg)
    assert bond.active == "eth1"
    # Taken back, it is waited for again, and has its role.
    bonds.after(host, leg)
    assert bond.active == "eth0"


def test_a_link_that_flaps_is_not_well():
    bond = FakeBond()
    host, leg = bond.host(), group("eth1")
    bonds.before(host, leg)
    for turn in range(30):
        bond.lose_carrier("eth1", 0.3, later_s=2.0 * turn)
    with pytest.raises(Refused, match="its counts of lost links go on growing"):
        bonds.after(host, leg)


def test_a_blip_that_the_bond_did_not_see():
    bond = FakeBond()
    host, leg = bond.host(), group("eth1")
    bonds.before(host, leg)
    bond.lose_carrier("eth1", 0.05)
    assert bonds.after(host, leg)[0].endswith("after it was changed, carrier changes +2")


def test_a_port_that_was_down_is_not_waited_for():
    bond = FakeBond()
    bond.lose_carrier("eth1", 10.0**6)
    bond.pass_time(1.0)
    host, leg = bond.host(), group("eth1")
    bonds.before(host, leg)
    assert bonds.after(host, leg)[0].endswith("its link was not lost")


def test_a_nic_in_no_bond_is_waited_for_as_well():
    bond = FakeBond()
    host, leg = bond.host(), group("eth2", in_bond=None)
    bonds.before(host, leg)
    bond.lose_carrier("eth2", 4.0)
    assert "carrier changes +2" in bonds.after(host, leg)[0]
    assert bond.slept_s >= 4.0 + (bonds.QUIET_LOOKS - 1) * bonds.LOOK_S


def test_a_nic_that_goes_away_meanwhile():
    bond = FakeBond()
    host, leg = bond.host(), group("eth2", in_bond=None)
    bonds.before(host, leg)
    bond.gone.add("eth2")
    with pytest.raises(Refused, match="eth2: it is gone"):
        bonds.after(host, leg)


def test_what_disturbs_nothing_is_not_waited_for():
    bond = FakeBond()
    host, leg = bond.host(), group("eth0", disruption=0)
    bonds.before(host, leg)
    assert bonds.after(host, leg) == []
    assert (bond.slept_s, bond.active) == (0.0, "eth0")


def test_a_bond_that_watches_nothing_goes_by_the_carrier():
    bond = FakeBond(miimon_s=None)
    host, leg = bond.host(), group("eth0", "eth1")
    bonds.before(host, leg)
    bond.lose_carrier("eth0", 2.0)
    bonds.after(host, leg)
    assert [port for _at, port in bond.roles] == ["eth0", "eth1", "eth0"]
