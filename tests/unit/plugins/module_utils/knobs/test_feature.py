# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import feature
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import host, nic

SET_FEATURES, SET_FLAGS = 0x3B, 0x28

#: By what it is: (requested, active, fixed).
ON, OFF, WISHED, KEPT_ON = (True, True, False), (False, False, False), (True, False, False), (False, True, False)
FIXED_ON, FIXED_OFF = (False, True, True), (False, False, True)

FEATURES = {
    "rx-checksum": ON,
    "tx-checksum-ipv4": ON,
    "tx-checksum-ipv6": ON,
    "tx-checksum-fcoe-crc": FIXED_OFF,
    "tx-scatter-gather": ON,
    "tx-tcp-segmentation": ON,
    "tx-tcp-ecn-segmentation": FIXED_OFF,
    "tx-tcp-mangleid-segmentation": OFF,
    "tx-tcp6-segmentation": ON,
    "rx-gro": ON,
    "rx-lro": OFF,
    "rx-gro-hw": FIXED_OFF,
    "rx-fcs": OFF,
    "rx-vlan-hw-parse": FIXED_ON,
    "highdma": FIXED_ON,
}


def document(driver="mlx5_core", flags=("UP",), lower=(), **features):
    known = dict(FEATURES, **{key.replace("_", "-"): value for key, value in features.items()})
    found = host({"eth0": nic(driver, flags=list(flags))})
    found["nics"]["eth0"].update(
        lower=list(lower),
        features={
            key: {"requested": requested, "active": active, "available": not fixed, "fixed": fixed}
            for key, (requested, active, fixed) in known.items()
        },
    )
    found["unavailable"] = []
    return found


def decided(found, values):
    changes = feature.decide(found, {"eth0": values})
    return changes[0]["to"] if changes else None


def setting(name="eth0", **values):
    return {"knob": "feature", "subject": name, "values": {key.replace("_", "-"): on for key, on in values.items()}}


@pytest.mark.parametrize(
    "values, expected",
    [
        ({"rx-gro": True}, None),
        ({"rx-gro": False}, {"rx-gro": False}),
        ({"rx-gro": None}, None),
        ({"gro": "off"}, {"rx-gro": False}),
        ({"generic-receive-offload": "no"}, {"rx-gro": False}),
        ({"lro": True, "gro": True}, {"rx-lro": True}),
        # A group is switched as far as there are switches, without the IDs that are mangled.
        ({"tso": False}, {"tx-tcp-segmentation": False, "tx-tcp6-segmentation": False}),
        ({"tso": True}, None),
        ({"tx-tcp-mangleid-segmentation": True}, {"tx-tcp-mangleid-segmentation": True}),
        ({"tx": False}, {"tx-checksum-ipv4": False, "tx-checksum-ipv6": False}),
        # Fixed, and so already.
        ({"highdma": True, "rx-gro-hw": False, "rxvlan": True}, None),
        # No kernel of today has it: it is off.
        ({"ufo": False}, None),
    ],
)
def test_features_are_named_as_the_kernel_and_as_the_ethtool_program_does(values, expected):
    assert decided(document(), values) == expected


@pytest.mark.parametrize(
    "values, message",
    [
        ({"rx-gro-hw": True}, "eth0: rx-gro-hw is fixed off: its driver gives nobody a switch for it; leave rx-gro-hw"),
        (
            {"rxvlan": False},
            "eth0: rx-vlan-hw-parse is fixed on: its driver gives nobody a switch for it; leave rxvlan",
        ),
        ({"ufo": True}, "eth0: ufo is fixed off"),
        ({"rx-grow": True}, "eth0: it has no feature 'rx-grow'; similar ones: rx-gro"),
        ({"rxcsum": True}, "similar ones: rx-checksum"),
        ({"gro": "perhaps"}, "eth0: gro is 'perhaps', expected true or false"),
        (
            {"tso": False, "tx-tcp6-segmentation": True},
            "eth0: tso and tx-tcp6-segmentation want tx-tcp6-segmentation both",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(document(), values)
    assert message in str(error.value)


def test_the_value_of_a_feature_is_what_is_requested_and_what_is_active():
    kept = document(tx_tcp_segmentation=WISHED, rx_lro=KEPT_ON)
    # The request goes, although the feature is off already: it would come back by itself.
    assert decided(kept, {"tx-tcp-segmentation": False}) == {"tx-tcp-segmentation": False}
    assert decided(kept, {"rx-lro": True}) == {"rx-lro": True}
    (made,) = feature.decide(kept, {"eth0": {"tx-tcp-segmentation": False}})
    assert made["from"] == {"tx-tcp-segmentation": "off [requested on]"}


@pytest.mark.parametrize(
    "features, values, message",
    [
        (
            {"tx_tcp_segmentation": WISHED, "tx_checksum_ipv4": OFF},
            {"tx-tcp-segmentation": True},
            "eth0: tx-tcp-segmentation is requested on and is off: it needs tx-checksum-ip-generic or tx-checksum-ipv4;"
            " switch that on as well. Nothing was changed",
        ),
        ({"rx_lro": WISHED, "rx_fcs": ON}, {"lro": True}, "it cannot be together with rx-fcs; switch that off as well"),
        ({"rx_gro": WISHED}, {"gro": True}, "the driver holds it back, or an interface above or below it does"),
        ({"rx_lro": KEPT_ON}, {"lro": False}, "rx-lro is requested off and is on: the driver holds it back"),
    ],
)
def test_a_wish_that_is_there_already_is_told_with_what_holds_it_back(features, values, message):
    with pytest.raises(Refused) as error:
        decided(document(**features), values)
    assert message in str(error.value)


def test_a_wish_comes_true_together_with_what_it_needs():
    found = document(tx_tcp_segmentation=WISHED, tx_checksum_ipv4=OFF)
    assert decided(found, {"tx-tcp-segmentation": True, "tx-checksum-ipv4": True}) == {
        "tx-checksum-ipv4": True,
        "tx-tcp-segmentation": True,
    }


def test_a_change_says_what_it_does_to_traffic():
    def class_of(driver, values, flags=("UP",)):
        return feature.decide(document(driver, flags=flags), {"eth0": values})[0]["class"]

    assert class_of("nobody", {"gro": False}) == 0
    assert class_of("nobody", {"gro": False, "lro": True}) == 3
    assert class_of("mlx5_core", {"gro": False, "lro": True}) == 1
    assert class_of("ixgbe", {"lro": True}) == 2
    assert class_of("ixgbe", {"lro": True}, flags=()) == 0


def test_what_is_taken_from_the_interfaces_below_is_noted():
    (made,) = feature.decide(document("bonding", lower=["p1", "p2"], rx_lro=ON), {"eth0": {"lro": False}})
    assert made["notes"] == [
        "rx-lro is switched off on p1, p2 below it as well, and does not come back there by itself"
    ]


def test_rules_that_are_lost_with_a_feature_are_noted():
    (made,) = feature.decide(document(rx_ntuple_filter=ON), {"eth0": {"ntuple": False}})
    assert made["notes"] == [feature.LOST["rx-ntuple-filter"]]


# The FAKE driver: what is switched along, and drivers that do not do what they take.


def along(wanted):
    """As netdev_fix_features(): no LRO together with FCS."""
    return {"rx-lro": wanted["rx-lro"] and not wanted["rx-fcs"]}


@pytest.fixture
def switchable(settable):
    settable.eth0["features"] = [
        ("rx-gro", True, True, True, False),
        ("rx-lro", True, True, True, False),
        ("rx-fcs", True, False, False, False),
        ("highdma", False, False, True, False),
    ]
    settable.eth0["features_make"] = along
    return settable


def test_a_feature_is_switched_read_back_and_what_went_along_is_told(switchable):
    found = settle(switchable.host, [setting(rx_fcs=True)])
    assert found["changed"] is True
    assert found["verified"] == {"eth0": {"feature": {"rx-fcs": True}}}
    assert found["notes"] == ["eth0: rx-lro off [requested on] went along with rx-fcs on"]
    assert found["diff"] == {"before": "eth0: feature rx-fcs off\n", "after": "eth0: feature rx-fcs on\n"}
    assert found["commands"] == ["ethtool -K eth0 rx-fcs on"]
    again = settle(switchable.host, [setting(rx_fcs=True)])
    assert (again["changed"], again["changes"], switchable.told(SET_FEATURES)) == (False, [], 1)


def test_check_mode_says_what_a_run_then_does(switchable):
    checked = settle(switchable.host, [setting(rx_fcs=True)], check=True)
    assert switchable.told(SET_FEATURES) == 0
    done = settle(switchable.host, [setting(rx_fcs=True)])
    assert {**checked, "verified": None, "notes": None} == {**done, "verified": None, "notes": None}


def test_a_driver_that_keeps_it_a_wish_is_found_out_and_the_wish_taken_back(switchable):
    before = list(switchable.eth0["features"])
    switchable.eth0["features_make"] = lambda _wanted: {"rx-fcs": False}
    with pytest.raises(Refused) as error:
        settle(switchable.host, [setting(rx_fcs=True)])
    text = str(error.value)
    assert "reads back as rx-fcs off [requested on] where rx-fcs on was asked for: rx-fcs is requested on and" in text
    assert text.endswith("; eth0: rx-fcs off was put back")
    assert switchable.eth0["features"] == before


def test_what_a_driver_switched_along_for_good_is_put_back(switchable):
    before = list(switchable.eth0["features"])

    def forgets(wanted):
        """Takes the wish of LRO as well, and never has FCS."""
        if wanted["rx-fcs"]:
            wanted["rx-lro"] = False
        return {"rx-fcs": False}

    switchable.eth0["features_make"] = forgets
    with pytest.raises(Refused) as error:
        settle(switchable.host, [setting(rx_fcs=True)])
    assert str(error.value).endswith("; eth0: rx-lro on, rx-fcs off was put back")
    assert switchable.eth0["features"] == before


def test_private_flags_come_first_and_features_are_decided_again_after_them(switchable):
    def flags(_key, told):
        # A flag that takes the switch of LRO away, as striding does of some drivers.
        switchable.eth0["features"][1] = ("rx-lro", False, False, False, False)
        return told

    switchable.eth0["driver_makes"] = flags
    settings = [setting(rx_lro=False), {"knob": "private_flag", "subject": "eth0", "values": {"rx_cqe_compress": True}}]
    found = settle(switchable.host, settings)
    assert found["verified"] == {"eth0": {"private_flag": {"rx_cqe_compress": True}}}
    assert (switchable.told(SET_FLAGS), switchable.told(SET_FEATURES)) == (1, 0)


# The kernel of this machine.

SCRIPT = """
set -e
mount -t sysfs sysfs /sys
ip link add va type veth peer name vb
ip link set va up
ip link set vb up
exec "$@"
"""

SWITCH = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool

def run(host, *names, **values):
    values = {key.replace("_", "-"): on for key, on in values.items()}
    try:
        return settle(host, [{"knob": "feature", "subject": name, "values": values} for name in names])
    except Refused as error:
        return str(error)

with this_host() as host:
    before = ethtool.features(host, "va")
    found = {
        "checksums": run(host, "va", "vb", tx=False),
        "again": run(host, "va", "vb", tx=False),
        "wish": run(host, "va", tso=True),
        "after_wish": ethtool.features(host, "va"),
        "no_tso": run(host, "va", tso=False),
        "both": run(host, "va", "vb", tx=True, tso=True),
        "fixed": run(host, "va", ntuple=True),
    }
    found["same"] = ethtool.features(host, "va") == before
print(json.dumps(found))
"""


def test_offloads_of_a_veth_pair(python_in_namespace):
    found = python_in_namespace(SCRIPT, SWITCH)
    done = found["checksums"]
    assert [made["subject"] for made in done["changes"]] == ["va", "vb"]
    assert done["changes"][0]["to"]["tx-checksum-ip-generic"] is False
    assert done["verified"]["va"]["feature"] == done["changes"][0]["to"]
    assert "tx-tcp-segmentation off [requested on]" in done["notes"][0]
    assert (found["again"]["changed"], found["again"]["changes"]) == (False, [])
    assert "tx-tcp-segmentation is requested on and is off: it needs tx-checksum-ip-generic" in found["wish"]
    assert found["wish"].endswith("Nothing was changed")
    # The request of a feature that is off goes, and comes back with the others.
    assert found["no_tso"]["changes"][0]["from"]["tx-tcp-segmentation"] == "off [requested on]"
    assert found["both"]["verified"]["va"]["feature"]["tx-tcp-segmentation"] is True
    assert found["fixed"].startswith("va: rx-ntuple-filter is fixed off")
    assert found["same"] is True
