# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.bonding import parse_report
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import checks
from ansible_collections.linuxnet.packetloss.tests.unit import bond_reports, fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool

OPTIONS = {"disruption": 1, "never": []}
FUNCTIONS = {
    "eth0": "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0",
    "eth1": "/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.1",
    "eth2": "/sys/devices/pci0000:5d/0000:5d:00.0/0000:5e:00.0",
}


def nic(kind="physical", master=None, lower=(), upper=(), **others):
    found = {
        "kind": kind,
        "master": master,
        "lower": list(lower),
        "upper": list(upper),
        "below": None,
        "addresses": [],
        "carrier": True,
        "carrier_changes": 4,
        "device": None,
        "xdp": {"attached": False, "mode": None, "program_id": None},
    }
    return dict(found, **others)


CHANGED = {
    "driver": "ixgbe",
    "sriov": {"vfs": 0, "vfs_max": 63, "is_vf": False},
    "vf_drivers": {},
    "switch_id": None,
    "traffic_classes": 1,
    "rss_weights": {"0": 64, "1": 64},
    "steered_queues": [],
    "errors": {"rx_errors": 0, "tx_errors": 0, "rx_crc_errors": 0, "tx_carrier_errors": 0},
}


def facts(text=bond_reports.ACTIVE_BACKUP, changed=None, nics=None, **others):
    """A server: eth0 and eth1 are the bond, with a VLAN and a bridge on it; eth2 is alone."""
    known = {
        "lo": nic("loopback"),
        "eth0": nic(master="bond0", upper=["bond0"], device=FUNCTIONS["eth0"]),
        "eth1": nic(master="bond0", upper=["bond0"], device=FUNCTIONS["eth1"]),
        "eth2": nic(device=FUNCTIONS["eth2"]),
        "bond0": nic("bond", lower=["eth0", "eth1"], upper=["bond0.7"]),
        "bond0.7": nic("vlan", lower=["bond0"], upper=["br0"], master="br0"),
        "br0": nic("bridge", lower=["bond0.7"]),
    }
    known.update(nics or {})
    found = {
        "nics": known,
        "changed": {name: dict(CHANGED, **(changed or {})) for name in FUNCTIONS},
        "bonds": {"bond0": text and parse_report(text, "/proc/net/bonding/bond0")},
        "bridges": {"br0": {"stp": False, "forward_delay_s": 15.0}},
        "rdma": {},
        "session": None,
        "updating": [],
        "unavailable": [],
    }
    return dict(found, **others)


def change(subject="eth0", knob="ring", disruption=1):
    return {"knob": knob, "subject": subject, "from": {"rx": 512}, "to": {"rx": 1024}, "class": disruption}


def verdicts(found, *changes, **options):
    """``{check: [(verdict, words)]}`` of the changes, those of one check in order."""
    said = {}
    for entry in checks.judge(found, list(changes) or [change()], dict(OPTIONS, **options)):
        assert entry["verdict"] in ("ok", "note", "refused")
        said.setdefault(entry["check"], []).append((entry["verdict"], entry["words"]))
    return said


def only(found, check, *changes, **options):
    (one,) = verdicts(found, *changes, **options)[check]
    return one


def test_a_healthy_port_of_a_healthy_bond():
    said = verdicts(facts())
    assert {check: [verdict for verdict, _words in told] for check, told in said.items()} == {
        "disruption": ["ok"],
        "management_path": ["ok"],
        "bond": ["note", "ok"],
        "uppers": ["note"],
        "sriov": ["ok"],
        "rdma": ["ok"],
        "xdp": ["ok"],
        "link": ["ok"],
        "updates": ["ok"],
    }
    assert (
        said["bond"][0][1] == "eth0: it is the primary of bond0, which takes the role again as soon as its link is back"
    )
    assert said["bond"][1][1] == "eth0: bond0 (active-backup) has eth1 beside it, it is the active port"
    assert said["uppers"][0][1] == "eth0: what is built on it shares its pause: bond0, bond0.7, br0"
    assert said["link"][0][1] == (
        "eth0: it has a carrier, which changed 4 times since it is there; no errors were counted"
    )


def test_what_disturbs_nothing_is_asked_for_little():
    assert verdicts(facts(bond_reports.ONE_PORT_DOWN), change(disruption=0), change(None, "sysctl", 0)) == {}
    assert verdicts(facts(), change("eth9", disruption=0)) == {
        "there": [("refused", "eth9: this host has no such NIC (any more)")]
    }


@pytest.mark.parametrize(
    ("pattern", "subject", "words"),
    [
        ("eth0", "eth0", "eth0: it is never to be touched ('eth0'): leave it out"),
        ("eth*", "eth2", "eth2: it is never to be touched ('eth*'): leave it out"),
        ("bond0", "eth1", "eth1: it is a port of bond0, which is never to be touched ('bond0'): leave it out"),
        ("kind:bond", "eth0", "eth0: it is a port of bond0, which is never to be touched ('kind:bond'): leave it out"),
        ("kind:bond", "bond0", "bond0: it is never to be touched ('kind:bond'): leave it out"),
        # What is built on the bond, or under it, is another NIC.
        ("bond0.7", "eth0", None),
        ("br0", "eth0", None),
        ("eth0", "bond0", None),
        ("eth0", "eth1", None),
        ("bond0", "eth2", None),
    ],
)
@pytest.mark.parametrize("disruption", [0, 1])
def test_nics_that_are_never_touched(pattern, subject, words, disruption):
    said = verdicts(facts(), change(subject, disruption=disruption), never=["lab*", pattern])
    assert said.get("never") == (words and [("refused", words)])


@pytest.mark.parametrize(
    ("made", "allowed", "verdict"),
    [
        (1, 1, "ok"),
        (1, 0, "refused"),
        (2, 1, "refused"),
        (2, 2, "ok"),
        (3, 1, "refused"),
        (3, 2, "ok"),
        (None, 1, "refused"),
    ],
)
def test_the_disruption_that_is_allowed(made, allowed, verdict):
    found = only(facts(), "disruption", change("eth2", disruption=made), disruption=allowed)
    assert found[0] == verdict
    if verdict == "refused":
        assert f"disruption allows {allowed}: set disruption to {min(made or 2, 2)} in a window" in found[1]


def test_a_refusal_names_the_knobs_that_are_too_dear():
    changes = [change("eth2", "channels", 2), change("eth2", "ring", 1), change("eth2", "private_flag", 3)]
    assert only(facts(), "disruption", *changes)[1].startswith(
        "eth2: channels, private_flag is of class 3 (nobody knows)"
    )


# --- the way of the SSH session

SESSION = {"local": "192.0.2.5", "remote": "198.51.100.9", "owner": "br0", "leaves_by": "br0"}


@pytest.mark.parametrize(
    ("session", "subject", "expected"),
    [
        (None, "eth0", ("ok", "eth0: no SSH session goes through it, for this is none")),
        (
            dict(SESSION, path=["br0", "bond0.7", "bond0", "eth0", "eth1"]),
            "eth0",
            (
                "note",
                "eth0: this SSH session goes through it (192.0.2.5 on br0 on bond0.7 on bond0 on eth0): it may stall,"
                " and if no new one comes through afterwards, the change is taken back",
            ),
        ),
        (
            dict(SESSION, path=["br0", "bond0.7", "bond0", "eth0", "eth1"]),
            "eth2",
            ("ok", "eth2: this SSH session goes another way, by br0, bond0.7, bond0, eth0, eth1"),
        ),
    ],
)
def test_the_way_of_the_session(session, subject, expected):
    assert only(facts(session=session), "management_path", change(subject)) == expected


def test_a_session_whose_way_nobody_knows():
    verdict, words = only(facts(session=dict(SESSION, owner=None, leaves_by=None, path=[])), "management_path")
    assert (verdict, words.partition(";")[0]) == (
        "note",
        "eth0: nobody can tell whether this SSH session goes through it",
    )


# --- bonds


@pytest.mark.parametrize(
    ("text", "subject", "verdict", "words"),
    [
        (bond_reports.NO_PRIMARY, "eth0", "ok", "bond0 (active-backup) has eth1 beside it, it is the active port"),
        (bond_reports.NO_PRIMARY, "eth1", "ok", "bond0 (active-backup) has eth0 beside it"),
        (bond_reports.LACP_FAST, "eth0", "ok", "bond0 (802.3ad) has eth1 beside it"),
        (bond_reports.LACP_SLOW, "eth1", "ok", "bond0 (802.3ad) has eth0 beside it"),
        (
            bond_reports.ONE_PORT_DOWN,
            "eth0",
            "refused",
            "has 0 (eth1: its MII status is down): bring the others up first",
        ),
        (bond_reports.ONE_PORT_DOWN, "eth1", "ok", "bond0 (active-backup) does not use it now: its MII status is down"),
        (
            bond_reports.COMING_BACK,
            "eth0",
            "refused",
            "bond0 is about to change its ports (eth1 is going back): wait until it has",
        ),
        (bond_reports.OTHER_AGGREGATOR, "eth0", "refused", "eth1: it is in aggregator 2, and 1 is in use"),
        (bond_reports.NOT_IN_SYNC, "eth0", "refused", "eth1: its partner has not taken it up"),
        (bond_reports.PARTNER_SILENT, "eth0", "refused", "eth1: its partner does not speak LACP any more"),
        (bond_reports.MIN_LINKS, "eth0", "refused", "bond0 needs 2 good ports beside it, and has 1"),
        (bond_reports.NO_PARTNER, "eth1", "refused", "bond0 has no LACP partner: see the ports of the switch first"),
        (bond_reports.NOT_ROOT, "eth0", "refused", "nobody tells which aggregator it is in"),
        (
            bond_reports.BALANCE_XOR,
            "eth0",
            "refused",
            "bond0 watches no link (miimon 0 and no arp_interval), and would",
        ),
        (
            bond_reports.BALANCE_XOR.replace("Interval (ms): 0", "Interval (ms): 100"),
            "eth0",
            "ok",
            "bond0 (balance-xor) has eth1 beside it",
        ),
        (None, "eth0", "refused", "nobody can tell how bond0 is: become root"),
    ],
)
def test_a_port_of_a_bond(text, subject, verdict, words):
    found = only(facts(text), "bond", change(subject))
    assert found[0] == verdict
    assert words in found[1]


def test_an_active_backup_bond_that_watches_nothing():
    found = verdicts(facts(bond_reports.UNWATCHED), change("eth1"))["bond"]
    assert [verdict for verdict, _words in found] == ["note", "ok"]
    assert "watches no link (miimon 0 and no arp_interval); the active role is moved away" in found[0][1]
    assert [verdict for verdict, _words in verdicts(facts(bond_reports.ARP_WATCHED), change("eth1"))["bond"]] == ["ok"]


def test_another_port_without_a_carrier_is_none_whatever_the_bond_thinks():
    dark = nic(master="bond0", carrier=False)
    found = only(facts(bond_reports.UNWATCHED, nics={"eth1": dark}), "bond")
    assert (found[0], "eth1: it has no carrier" in found[1]) == ("refused", True)


def test_both_ports_on_one_pci_function():
    other = nic(master="bond0", device=FUNCTIONS["eth0"])
    found = facts(bond_reports.LACP_FAST, nics={"eth1": other})
    assert only(found, "bond")[0] == "ok"
    verdict, words = only(found, "bond", change(knob="private_flag", disruption=2), disruption=2)
    assert (verdict, words) == (
        "refused",
        "eth0: eth1 of bond0 is on the same PCI function, which a change of class 2 resets: bond0 would be left without"
        " a port",
    )


def test_nics_in_no_bond_are_not_asked_for_one():
    assert "bond" not in verdicts(facts(), change("eth2"))


# --- what else is built on it


@pytest.mark.parametrize(
    ("others", "verdict", "words"),
    [
        ({}, "ok", "eth2: nothing is built on it"),
        (
            {"eth2": nic(master="br0", upper=["br0"])},
            "note",
            "eth2: it is a port of the bridge br0 with STP, which lets nothing through for 30 s where it sees",
        ),
        (
            {"eth2": nic(master="ovs-system", upper=["ovs-system"]), "ovs-system": nic("openvswitch")},
            "note",
            "eth2: it is a port of Open vSwitch, which alone knows of its bonds: see ovs-appctl bond/show",
        ),
        (
            {"eth2": nic(master="team0"), "eth3": nic(master="team0"), "team0": nic("team")},
            "note",
            "eth2: it is a port of the team team0, of which only the carriers are seen (eth3): see",
        ),
        (
            {"eth2": nic(master="team0"), "eth3": nic(master="team0", carrier=False), "team0": nic("team")},
            "refused",
            "eth2: it is the last port of the team team0 that has a carrier",
        ),
        ({"eth2": nic(upper=["macvlan0", "eth2.9"])}, "note", "shares its pause: eth2.9, macvlan0"),
    ],
    ids=["nothing", "bridge with stp", "openvswitch", "team", "last of a team", "vlan and macvlan"],
)
def test_what_is_built_on_a_nic(others, verdict, words):
    found = facts(nics=others, bridges={"br0": {"stp": True, "forward_delay_s": 15.0}})
    told = verdicts(found, change("eth2"))["uppers"][0]
    assert told[0] == verdict
    assert words in told[1]


def test_a_bridge_that_nobody_can_read():
    found = facts(nics={"eth2": nic(master="br0", upper=["br0"])}, bridges={"br0": None})
    assert "nobody can tell whether with STP" in verdicts(found, change("eth2"))["uppers"][0][1]


# --- what the device does for others


@pytest.mark.parametrize(
    ("vfs", "drivers", "switch", "disruption", "verdict", "words"),
    [
        (None, {}, None, 1, "ok", "it has no virtual functions"),
        (0, {}, None, 2, "ok", "it has no virtual functions"),
        (0, {}, "4a9d0c", 2, "ok", "it has no virtual functions"),
        (2, {"0": "vfio-pci", "1": None}, None, 1, "note", "it has 2 virtual functions: where they share its queues"),
        (2, {"0": "ixgbevf", "1": None}, None, 2, "note", "it has 2 virtual functions: they are reset with it"),
        (2, {"0": "vfio-pci", "1": None}, None, 2, "refused", "it has 2 virtual functions, 1 of them in use by guests"),
        (2, {"0": "vfio-pci", "1": None}, "4a9d0c", 1, "refused", "and is a switch for them (switchdev)"),
        (2, None, None, 2, "refused", "it has 2 virtual functions, and nobody can tell whether guests use them"),
    ],
)
def test_virtual_functions(vfs, drivers, switch, disruption, verdict, words):
    changed = {"sriov": {"vfs": vfs, "vfs_max": 63, "is_vf": False}, "vf_drivers": drivers, "switch_id": switch}
    found = only(facts(changed=changed), "sriov", change("eth2", disruption=disruption), disruption=2)
    assert found[0] == verdict
    assert words in found[1]


def test_virtual_functions_of_a_nic_that_is_on_no_pci_bus():
    assert only(facts(changed={"sriov": None, "vf_drivers": None}), "sriov", change("eth2"))[0] == "ok"


RDMA = {"mlx5_0": {"interfaces": ["eth2"], "ports": {"1": "ACTIVE"}}}


@pytest.mark.parametrize(
    ("rdma", "driver", "knob", "verdict"),
    [
        ({}, "ice", "channels", "ok"),
        ({"mlx5_1": {"interfaces": ["eth1"], "ports": {}}}, "mlx5_core", "ring", "ok"),
        (RDMA, "mlx5_core", "ring", "note"),
        (RDMA, "ice", "ring", "note"),
        (None, "ice", "ring", "note"),
    ],
)
def test_rdma(rdma, driver, knob, verdict):
    assert only(facts(changed={"driver": driver}, rdma=rdma), "rdma", change("eth2", knob))[0] == verdict


def test_rdma_of_a_bond_goes_over_its_ports():
    found = facts(rdma={"mlx5_bond_0": {"interfaces": ["bond0", "eth0"], "ports": {"1": "ACTIVE"}}})
    assert only(found, "rdma", change("eth1")) == (
        "note",
        "eth1: RDMA (mlx5_bond_0) sees its port go and come: connections may be made anew",
    )


@pytest.mark.parametrize(
    ("xdp", "driver", "knob", "verdict"),
    [
        ({"attached": True, "mode": "driver"}, "mlx5_core", "ring", "note"),
        ({"attached": True, "mode": "driver"}, "virtio_net", "channels", "note"),
        ({"attached": False, "mode": None}, "virtio_net", "channels", "ok"),
        (None, "virtio_net", "channels", "note"),
    ],
)
def test_xdp(xdp, driver, knob, verdict):
    found = facts(nics={"eth2": nic(xdp=xdp)}, changed={"driver": driver})
    assert only(found, "xdp", change("eth2", knob))[0] == verdict


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, None),
        # igb begins so: 128 entries for 3 queues.
        ({"rss_weights": {"0": 43, "1": 43, "2": 42}}, None),
        ({"rss_weights": None, "steered_queues": None, "traffic_classes": None}, None),
        ({"rss_weights": {"0": 96, "1": 32}}, "its RSS table has weights of its own"),
        ({"rss_weights": {"0": 64, "1": 64, "2": 0}}, "its RSS table has weights of its own"),
        ({"steered_queues": [1, 3]}, "ntuple rules name the queues 1, 3"),
        ({"traffic_classes": 4}, "its queues are divided among 4 traffic classes (mqprio or DCB)"),
    ],
)
def test_what_is_set_for_the_queues(changed, words):
    verdict, told = only(facts(changed=changed), "steering", change("eth2", "channels"))
    assert verdict == ("note" if words else "ok")
    assert words is None or words in told
    assert "steering" not in verdicts(facts(changed=changed), change("eth2", "ring"))


def test_errors_and_a_missing_carrier_are_told():
    errors = dict(CHANGED["errors"], rx_crc_errors=12)
    assert only(facts(changed={"errors": errors}), "link")[1].endswith("; rx_crc_errors 12")
    dark = facts(nics={"eth2": nic(carrier=False)})
    assert only(dark, "link", change("eth2"))[0] == "note"


@pytest.mark.parametrize(
    ("updating", "verdict"), [([], "ok"), (["dpkg"], "note"), (None, "note")], ids=["none", "dpkg", "unknown"]
)
def test_package_managers_at_work(updating, verdict):
    assert only(facts(updating=updating), "updates", change("eth2"))[0] == verdict


# --- reading


def session_of(host, text):
    found = checks.facts(host, ["eth0"], text)
    return found["session"], [entry["path"] for entry in found["unavailable"] if "/session" in entry["path"]]


@pytest.fixture
def host(tmp_path):
    """eth0 (mlx5_core, two virtual functions) is a port of bond0, which has 192.0.2.5."""
    contents = fake_host.files()
    contents[fake_host.ETH0 + "/phys_switch_id"] = "\n"
    fake_host.make(tmp_path, contents)
    with fake_host.host(tmp_path) as made:
        yield made


def test_what_is_read_of_a_host(host):
    found = checks.facts(host, ["eth0", "eth9"], "198.51.100.9 50122 192.0.2.5 22")
    assert found["nics"]["eth0"]["master"] == "bond0"
    assert found["nics"]["bond0"]["lower"] == ["eth0"]
    assert (
        found["changed"]
        == {
            "eth0": {
                "driver": "mlx5_core",
                "sriov": {"vfs": 2, "vfs_max": 8, "is_vf": False},
                "vf_drivers": {},
                "switch_id": None,
                "traffic_classes": 1,
                "rss_weights": {"0": 64, "1": 64},
                "steered_queues": None,
                "errors": dict(zip(("rx_errors", "tx_errors", "rx_crc_errors", "tx_carrier_errors"), (4, 5, 12, 17))),
            }
        }
        or found["changed"]["eth0"]["driver"]
    )
    assert found["session"] == {
        "local": "192.0.2.5",
        "remote": "198.51.100.9",
        "owner": "bond0",
        "leaves_by": "bond0",
        "path": ["bond0", "eth0"],
    }
    # Plain data: it may be put into a journal.
    assert json.loads(json.dumps(found)) == found


def test_a_bond_that_cannot_be_read_is_a_reason(host):
    found = checks.facts(host, ["eth0"])
    assert found["bonds"] == {"bond0": None}
    assert "/bonds/bond0" in [entry["path"] for entry in found["unavailable"]]
    assert only(found, "bond")[0] == "refused"


@pytest.mark.parametrize(
    ("text", "owner", "missing"),
    [
        ("::ffff:198.51.100.9 50122 ::ffff:192.0.2.5 22", "bond0", []),
        ("198.51.100.9 50122 10.1.1.1 22", None, ["/session/owner"]),
        ("198.51.100.9 50122 192.0.2.5", None, ["/session/local"]),
        ("somewhere 50122 192.0.2.5 22", None, ["/session/local"]),
    ],
)
def test_what_ssh_says_of_its_session(host, text, owner, missing):
    session, gaps = session_of(host, text)
    assert (session["owner"], gaps) == (owner, missing)


def test_an_address_of_a_link_has_the_scope_that_ssh_names(tmp_path):
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    local = bytes.fromhex("fe80" + "00" * 13 + "05")
    kernel.addresses = [fake_host.address(ifindex, local, 64) for ifindex in (2, 3)]
    for scope, owner in (("bond0", "bond0"), ("3", "bond0"), ("eth0", "eth0")):
        with fake_host.host(tmp_path, kernel) as host:
            session, _gaps = session_of(host, f"fe80::9%{scope} 50122 fe80::5%{scope} 22")
        assert (session["local"], session["owner"]) == ("fe80::5", owner)


def test_answers_that_leave_by_another_nic_are_on_the_way_too(tmp_path):
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    kernel.links.append(fake_host.link("vlan7", 7, kind="vlan", below=8))
    kernel.links.append(fake_host.link("eth8", 8))
    kernel.routes = [fake_host.route(7)]
    with fake_host.host(tmp_path, kernel) as host:
        session, _gaps = session_of(host, "198.51.100.9 50122 192.0.2.5 22")
    assert session["path"] == ["bond0", "vlan7", "eth0", "eth8"]


def test_an_internal_port_of_open_vswitch_may_go_by_any_of_its_ports(tmp_path):
    fake_host.make(tmp_path)
    kernel = fake_host.FakeKernel()
    kernel.links += [
        fake_host.link("ovs-system", 20, kind="openvswitch"),
        fake_host.link("br-ex", 21, kind="openvswitch", master=20),
        fake_host.link("eth7", 22, master=20),
    ]
    kernel.addresses = [fake_host.address(21, bytes([192, 0, 2, 5]), 24)]
    kernel.routes = [fake_host.route(21)]
    with fake_host.host(tmp_path, kernel) as host:
        session, _gaps = session_of(host, "198.51.100.9 50122 192.0.2.5 22")
    assert session["path"] == ["br-ex", "eth7"]


def test_a_package_manager_is_found_by_its_name(tmp_path):
    contents = fake_host.files()
    contents["/proc/91/comm"] = "dpkg\n"
    fake_host.make(tmp_path, contents)
    with fake_host.host(tmp_path) as host:
        assert checks.facts(host, [])["updating"] == ["dpkg"]


def test_a_driver_without_rss_is_no_gap(tmp_path):
    fake_host.make(tmp_path)
    descriptions = fake_host.drivers()
    del descriptions["eth0"]["rxfh"]
    with fake_host.host(tmp_path, ioctl=FakeEthtool(descriptions)) as host:
        found = checks.facts(host, ["eth0"])
    assert found["changed"]["eth0"]["rss_weights"] is None
    assert not any("rss" in entry["path"] for entry in found["unavailable"])


REAL = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import bonds, checks
change = {"knob": "channels", "subject": "va", "from": {}, "to": {}, "class": 1}
with this_host() as host:
    found = checks.facts(host, ["va"], "198.51.100.9 50122 10.9.0.1 22")
    said = checks.judge(found, [change], {"disruption": 1, "never": []})
    groups = bonds.order(found, [change])
    bonds.before(host, groups[0])
    after = bonds.after(host, groups[0])
print(json.dumps([found, said, groups, after]))
"""


def test_a_real_bridge_with_stp_that_the_session_goes_through(python_in_namespace):
    script = """
        set -e
        mount -t sysfs none /sys
        ip link add br0 type bridge stp_state 1 forward_delay 200
        ip link add va type veth peer name vb
        ip link set va master br0
        for nic in br0 va vb; do ip link set $nic up; done
        ip address add 10.9.0.1/24 dev br0
        ip route add default via 10.9.0.254
        shift 0
        exec "$@"
    """
    found, said, groups, after = python_in_namespace(script, REAL)
    assert found["session"]["path"] == ["br0", "va"]
    assert found["bridges"] == {"br0": {"stp": True, "forward_delay_s": 2.0}}
    told = {entry["check"]: (entry["verdict"], entry["words"]) for entry in reversed(said)}
    assert told["management_path"][0] == "note"
    assert "10.9.0.1 on br0 on va" in told["management_path"][1]
    assert "lets nothing through for 4 s" in told["uppers"][1]
    assert [group["subject"] for group in groups] == ["va"]
    assert after[0].startswith("va: it is as before ")
