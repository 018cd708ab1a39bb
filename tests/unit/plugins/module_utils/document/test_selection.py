# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError, select


def link(kind=None, up=True, lower=(), upper=(), addresses=()):
    flags = (["UP"] if up else []) + (["LOOPBACK"] if kind == "loopback" else [])
    return {
        "kind": kind,
        "physical": kind == "physical",
        "flags": flags,
        "lower": list(lower),
        "upper": list(upper),
        "master": None,
        "addresses": list(addresses),
    }


# Two ports in a bond with a VLAN that owns the address, a third port that is down, one in a bridge with a virtual
# machine's tap, and a container's veth that has nothing to do with them.
SERVER = {
    "lo": link("loopback", addresses=["127.0.0.1/8", "::1/128"]),
    "ens1f0": link("physical", upper=["bond0"]),
    "ens1f1": link("physical", upper=["bond0"]),
    "ens2": link("physical", up=False),
    "ens3": link("physical", upper=["br0"], addresses=["192.0.2.7/24"]),
    "bond0": link("bond", lower=["ens1f0", "ens1f1"], upper=["bond0.100"]),
    "bond0.100": link("vlan", lower=["bond0"], addresses=["10.1.2.3/16", "fd00:1::3/64"]),
    "br0": link("bridge", lower=["ens3", "tap0"], addresses=["198.51.100.1/24"]),
    "tap0": link("tun", upper=["br0"]),
    "veth1": link("veth", addresses=["172.17.0.1/16"]),
}

BOND = ["bond0", "bond0.100", "ens1f0", "ens1f1"]

CONTAINER = {
    "lo": link("loopback", addresses=["127.0.0.1/8"]),
    "eth0": link("veth", addresses=["10.244.1.5/24"]),
    "eth1": link("veth", up=False),
}


def test_default_is_the_physical_nics_that_are_up_and_all_that_is_built_on_them():
    assert select(SERVER) == {
        "how": "default",
        "selected": ["bond0", "bond0.100", "br0", "ens1f0", "ens1f1", "ens3"],
        "others": ["ens2", "lo", "tap0", "veth1"],
    }


def test_without_a_physical_nic_it_is_all_that_is_up_except_loopback():
    assert select(CONTAINER) == {"how": "fallback", "selected": ["eth0"], "others": ["eth1", "lo"]}


def test_a_physical_nic_that_is_down_is_no_reason_to_judge_nothing():
    links = {"eth0": link("physical", up=False), "wg0": link("wireguard")}
    assert select(links) == {"how": "fallback", "selected": ["wg0"], "others": ["eth0"]}


@pytest.mark.parametrize("links", [{}, {"lo": link("loopback")}])
def test_a_host_without_interfaces(links):
    assert select(links) == {"how": "fallback", "selected": [], "others": list(links)}


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        (["ens1f0"], ["ens1f0"]),
        (["ens2"], ["ens2"]),
        (["ens1*"], ["ens1f0", "ens1f1"]),
        (["ens[23]"], ["ens2", "ens3"]),
        (["ens1f?"], ["ens1f0", "ens1f1"]),
        (["kind:bond"], ["bond0"]),
        (["kind:physical", "lo"], ["ens1f0", "ens1f1", "ens2", "ens3", "lo"]),
        (["kind:v*"], ["bond0.100", "veth1"]),
        (["eno*", "ens3"], ["ens3"]),
        (["kind:team", "ens3"], ["ens3"]),
        (["ens3", "ens3"], ["ens3"]),
    ],
)
def test_patterns(patterns, selected):
    found = select(SERVER, patterns)
    assert found == {"how": "patterns", "selected": selected, "others": sorted(set(SERVER) - set(selected))}


def test_a_name_is_matched_with_its_case():
    with pytest.raises(SelectionError):
        select(SERVER, ["ENS3"])


def test_a_name_with_glob_characters_can_be_asked_for():
    links = {"a[1]": link("dummy"), "a1": link("dummy")}
    assert select(links, ["a[1]"])["selected"] == ["a1", "a[1]"]


@pytest.mark.parametrize("patterns", [["eth9"], ["eth0", "eth9"], ["eth*", "eth9"]])
def test_a_name_that_is_not_there(patterns):
    with pytest.raises(SelectionError) as caught:
        select(CONTAINER, patterns)
    assert str(caught.value) == "no interface 'eth9' on this host; it has: eth0, eth1, lo"


def test_patterns_that_match_nothing():
    with pytest.raises(SelectionError) as caught:
        select(dict(CONTAINER, x0=link(None)), ["ens*", "kind:bond"])
    assert str(caught.value) == (
        "no interface matches 'ens*', 'kind:bond'; "
        "this host has: eth0 (veth), eth1 (veth), lo (loopback), x0 (kind not known)"
    )


def test_a_message_lists_at_most_twenty_names():
    links = {f"veth{number:03}": link("veth") for number in range(300)}
    with pytest.raises(SelectionError) as caught:
        select(links, ["eth9"])
    assert str(caught.value).endswith("veth018, veth019 and 280 more")


@pytest.mark.parametrize(
    ("networks", "selected"),
    [
        (["10.0.0.0/8"], BOND),
        (["fd00::/8"], BOND),
        (["10.1.2.3"], BOND),
        (["10.9.9.9/8"], BOND),
        (["192.0.2.0/24"], ["ens3"]),
        (["198.51.100.0/24"], ["br0", "ens3", "tap0"]),
        (["172.16.0.0/12", "192.0.2.7/32", "203.0.113.0/24"], ["ens3", "veth1"]),
    ],
)
def test_networks_select_the_owner_and_all_below_it(networks, selected):
    found = select(SERVER, networks=networks)
    assert found == {"how": "networks", "selected": selected, "others": sorted(set(SERVER) - set(selected))}


def test_patterns_and_networks_select_what_either_does():
    assert select(SERVER, ["veth*"], ["192.0.2.0/24"])["selected"] == ["ens3", "veth1"]


def test_networks_that_match_nothing():
    with pytest.raises(SelectionError) as caught:
        select(CONTAINER, networks=["192.0.2.0/24", "fd00::/8"])
    assert str(caught.value) == (
        "no address inside 192.0.2.0/24, fd00::/8 on this host; it has: 10.244.1.5/24 on eth0, 127.0.0.1/8 on lo"
    )


def test_networks_on_a_host_without_addresses():
    with pytest.raises(SelectionError) as caught:
        select({"lo": link("loopback")}, networks=["10.0.0.0/8"])
    assert str(caught.value) == "no address inside 10.0.0.0/8 on this host; it has: none"


def test_networks_where_the_addresses_could_not_be_read():
    with pytest.raises(SelectionError) as caught:
        select({"eth0": dict(link("veth"), addresses=None)}, networks=["10.0.0.0/8"])
    assert str(caught.value) == "no address inside 10.0.0.0/8 on this host; it has: none"


@pytest.mark.parametrize("network", ["10.0.0.0/33", "ten", "", "10.0.0.5-10.0.0.9"])
def test_a_network_that_is_none(network):
    with pytest.raises(SelectionError) as caught:
        select(SERVER, networks=[network])
    assert str(caught.value).startswith(repr(network) + " is no network: expected a CIDR")


def test_links_that_form_a_ring_or_lead_nowhere_end():
    links = {
        "eth0": link("physical", upper=["a", "gone"]),
        "a": link("macvlan", upper=["b"]),
        "b": link("bridge", upper=["a"]),
    }
    assert select(links)["selected"] == ["a", "b", "eth0"]
