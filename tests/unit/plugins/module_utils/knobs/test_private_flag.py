# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import private_flag
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.settle import settle
from ansible_collections.linuxnet.packetloss.tests.unit.ring_hosts import host, nic

SET_FLAGS = 0x28


def document(driver="mlx5_core", flags=("UP",)):
    found = host({"eth0": nic(driver, flags=list(flags))})
    found["nics"]["eth0"]["private_flags"] = {"legacy-rx": False, "tx port ts": True}
    found["unavailable"] = []
    return found


def setting(**values):
    return {"knob": "private_flag", "subject": "eth0", "values": values}


def test_only_what_differs_is_changed():
    (made,) = private_flag.decide(document(), {"eth0": {"legacy-rx": "yes", "tx port ts": True}})
    assert (made["from"], made["to"], made["class"]) == ({"legacy-rx": False}, {"legacy-rx": True}, 1)
    assert private_flag.command(made) == "ethtool --set-priv-flags eth0 legacy-rx on"
    (made,) = private_flag.decide(document(), {"eth0": {"legacy-rx": None, "tx port ts": "off"}})
    assert private_flag.command(made) == "ethtool --set-priv-flags eth0 'tx port ts' off"
    assert private_flag.decide(document(), {"eth0": {"legacy-rx": False}}) == []


def test_a_change_says_what_it_does_to_traffic():
    classes = [
        private_flag.decide(document(driver, flags), {"eth0": {"legacy-rx": True}})[0]["class"]
        for driver, flags in (("i40e", ("UP",)), ("i40e", ()), ("nobody", ("UP",)), ("veth", ("UP",)))
    ]
    assert classes == [2, 0, 3, 3]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"legacy_rx": True}, "eth0: it has no private flag 'legacy_rx'; similar ones: legacy-rx"),
        ({"novel": True}, "eth0: it has no private flag 'novel'; it has: legacy-rx, tx port ts"),
        ({"legacy-rx": 7}, "eth0: legacy-rx is 7, expected true or false"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, message):
    with pytest.raises(Refused) as error:
        private_flag.decide(document(), {"eth0": values})
    assert message in str(error.value)


def test_a_driver_without_flags_is_refused_with_the_reason(settable):
    del settable.eth0["private_flags"]
    with pytest.raises(Refused, match="its private flags cannot be known: .*the driver has no private flags"):
        settle(settable.host, [setting(rx_cqe_compress=True)])


def test_a_flag_is_switched_and_the_others_stay(settable):
    found = settle(settable.host, [setting(rx_cqe_compress=True)])
    assert settable.eth0["private_flag_bits"]["data"] == 3
    assert found["verified"] == {"eth0": {"private_flag": {"rx_cqe_compress": True}}}
    assert (found["notes"], found["changed"]) == ([], True)
    again = settle(settable.host, [setting(rx_cqe_compress=True, tx_port_ts=True)])
    assert (again["changed"], again["changes"], settable.told(SET_FLAGS)) == (False, [], 1)


def test_a_flag_that_goes_along_is_told(settable):
    settable.eth0["driver_makes"] = lambda _key, told: {"data": 1} if told["data"] & 1 else told
    found = settle(settable.host, [setting(rx_cqe_compress=True)])
    assert found["notes"] == ["eth0: tx_port_ts off went along with rx_cqe_compress on"]


def test_a_flag_that_goes_along_is_put_back_when_the_one_asked_for_does_not_show(settable):
    settable.eth0["driver_makes"] = lambda _key, told: {"data": 0} if told["data"] & 1 else told
    with pytest.raises(Refused) as error:
        settle(settable.host, [setting(rx_cqe_compress=True)])
    assert str(error.value).endswith("; eth0: tx_port_ts on was put back")
    assert settable.eth0["private_flag_bits"]["data"] == 2


def test_a_refusal_is_told_in_words(settable):
    settable.eth0["errors"] = {SET_FLAGS: errno.EOPNOTSUPP}
    with pytest.raises(Refused) as error:
        settle(settable.host, [setting(rx_cqe_compress=True)])
    assert "rx_cqe_compress on: ETHTOOL_SPFLAGS eth0: Operation not supported: the hardware or its firmware" in str(
        error.value
    )
