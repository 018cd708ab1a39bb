# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import routes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host, netns
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed


def test_a_route():
    assert routes.parse_route(fake_host.route(3, bytes([192, 0, 2, 1]))) == {"ifindex": 3, "gateway": "192.0.2.1"}
    assert routes.parse_route(fake_host.route(4)) == {"ifindex": 4, "gateway": None}


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (bytes(12), "RTM_NEWROUTE: expected the interface that it leaves by, found none"),
        (b"\2\40", "netlink route: expected at least 12 bytes, found 2"),
    ],
)
def test_a_route_that_is_none(message, detail):
    assert malformed(routes.parse_route, message) == detail


@pytest.mark.parametrize("address", ["", "example.org", "192.0.2.300", "fe80::1%eth0", "1.2.3.4\0"])
def test_what_is_no_address(address):
    with pytest.raises(Unavailable) as caught:
        routes.way_to(fake_host.answering(), address)
    assert caught.value.reason == "malformed"


@pytest.mark.skipif(bool(netns.refusal()), reason=str(netns.refusal()))
def test_rules_and_routes_of_a_namespace_of_its_own():
    def look():
        for command in (
            "ip link add va type veth peer name vb",
            "ip link add vc type veth peer name vd",
            *(f"ip link set {name} up" for name in ("va", "vb", "vc", "vd")),
            "ip address add 10.9.0.1/24 dev va",
            "ip address add 10.9.1.1/24 dev vc",
            "ip route add default via 10.9.0.254",
            "ip route add default via 10.9.1.254 table 7",
            "ip rule add from 10.9.1.1 table 7",
            "ip route add unreachable 198.51.100.0/24",
            "ip -6 address add fd00:9::1/64 dev vc nodad",
        ):
            netns.run(command)
        with this_host() as host:
            known = {link["ifindex"]: name for name, link in links(host).items()}

            def way(*arguments):
                found = routes.way_to(host, *arguments)
                return known[found["ifindex"]], found["gateway"]

            with pytest.raises(Unavailable) as caught:
                way("198.51.100.1")
            ways = [way("203.0.113.9"), way("203.0.113.9", "10.9.1.1"), way("10.9.1.7"), way("fd00:9::5", "fd00:9::1")]
            index = next(number for number, name in known.items() if name == "vd")
            return ways, way("fe80::7", None, index), caught.value.detail

    ways, of_link, refusal = netns.in_own_netns(look)
    assert ways == [("va", "10.9.0.254"), ("vc", "10.9.1.254"), ("vc", None), ("vc", None)]
    assert of_link == ("vd", None)
    assert refusal.startswith("RTM_GETROUTE 198.51.100.1: ")
