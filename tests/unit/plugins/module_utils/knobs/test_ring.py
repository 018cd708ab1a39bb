# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import ring
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import host, nic, rings


def document(driver="mlx5_core", flags=("UP",), **sizes):
    found = host({"eth0": nic(driver, flags=list(flags), rings=rings(**sizes))})
    found["unavailable"] = []
    return found


def decided(document, **values):
    changes = ring.decide(document, {"eth0": values})
    return changes[0]["to"] if changes else None


@pytest.mark.parametrize(
    "driver, now, value, expected",
    [
        ("mlx5_core", 1024, "2048", {"rx": 2048}),
        ("mlx5_core", 1024, 2048, {"rx": 2048}),
        ("mlx5_core", 1024, "1024", None),
        # A number that the driver rounds to what there is.
        ("mlx5_core", 1024, "1000", None),
        ("mlx5_core", 1024, "1025", {"rx": 2048}),
        ("igb", 304, "300", None),
        ("igb", 256, "300", {"rx": 304}),
        ("vmxnet3", 128, "100", None),
        ("vmxnet3", 256, "1000", {"rx": 1024}),
        ("mlx5_core", 1024, "max", {"rx": 8192}),
        ("mlx5_core", 8192, "max", None),
        ("mlx5_core", 1024, "+1", {"rx": 2048}),
        ("igb", 1000, "+1", {"rx": 1024}),
        ("mlx5_core", 8192, "+1", None),
        ("mlx5_core", 1024, None, None),
    ],
)
def test_a_ring_gets_the_size_that_the_driver_makes_of_the_number(driver, now, value, expected):
    assert decided(document(driver, rx=now), rx=value) == expected


@pytest.mark.parametrize(
    "values, message",
    [
        ({"rx": "9000"}, "eth0: rx 9000 is above the 8192 that the hardware has"),
        ({"rx": "many"}, "eth0: rx is 'many', expected a number of descriptors from 1 to 8192, max or +1"),
        ({"rx": "0"}, "expected a number of descriptors"),
        ({"rx": "-5"}, "expected a number of descriptors"),
        ({"rx_jumbo": "64"}, "eth0: its driver has no ring rx_jumbo"),
    ],
)
def test_a_size_that_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        decided(document(), **values)
    assert message in str(error.value)


def test_a_nic_whose_rings_are_not_known_is_refused_with_the_reason():
    found = document()
    found["nics"]["eth0"]["rings"] = None
    found["unavailable"] = [
        {"path": "/nics/eth0/rings", "reason": "unsupported", "detail": "ETHTOOL_GRINGPARAM eth0: not supported"}
    ]
    with pytest.raises(Refused, match="eth0: its rings cannot be known: ETHTOOL_GRINGPARAM eth0: not supported"):
        decided(found, rx="512")


def test_a_change_says_what_it_does_to_traffic():
    classes = {
        (driver, flags): ring.decide(document(driver, flags=flags), {"eth0": {"rx": "2048"}})[0]["class"]
        for driver in ("mlx5_core", "igb", "nobody")
        for flags in (("UP",), ())
    }
    assert classes == {
        ("mlx5_core", ("UP",)): 1,
        ("mlx5_core", ()): 0,
        ("igb", ("UP",)): 2,
        ("igb", ()): 0,
        ("nobody", ("UP",)): 3,
        ("nobody", ()): 0,
    }


def test_a_driver_that_changes_no_rings_of_a_nic_that_is_up_is_not_asked():
    with pytest.raises(Refused, match="eth0: its driver cxgb4 changes no rings of a NIC that is up"):
        decided(document("cxgb4"), rx="2048")
    assert decided(document("cxgb4"), rx="1024") is None
    assert decided(document("cxgb4", flags=()), rx="2048") == {"rx": 2048}


def test_only_what_differs_is_changed():
    (made,) = ring.decide(document(rx=1024, tx=1024), {"eth0": {"rx": "4096", "tx": "1024"}})
    assert (made["from"], made["to"]) == ({"rx": 1024}, {"rx": 4096})
    assert ring.command(made) == "ethtool -G eth0 rx 4096"
    (made,) = ring.decide(document(rx_jumbo=64, rx_jumbo_max=256), {"eth0": {"rx_jumbo": "128"}})
    assert ring.command(made) == "ethtool -G eth0 rx-jumbo 128"


@pytest.mark.parametrize("size, accepted", [(100, True), (128, True), (199, True), (99, False), (200, False)])
def test_a_ring_that_was_rounded_up_is_accepted_and_no_other(size, accepted):
    assert ring.accepts({"to": {"rx": 100}}, {"rx": size}) is accepted
