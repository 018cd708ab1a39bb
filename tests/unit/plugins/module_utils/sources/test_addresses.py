# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import sys

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses, parse_address
from ansible_collections.linuxnet.packetloss.tests.unit import netns
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

INET, INET6, PHONET = 2, 10, 35
ADDRESS, LOCAL, LABEL = 1, 2, 3

FE80_1 = bytes.fromhex("fe80" + "00" * 13 + "01")


def message(family, prefix_length, ifindex, *attributes):
    data = bytes([family, prefix_length, 0x80, 253]) + ifindex.to_bytes(4, sys.byteorder)
    for kind, value in attributes:
        data += (4 + len(value)).to_bytes(2, sys.byteorder) + kind.to_bytes(2, sys.byteorder)
        data += value + bytes(-len(value) % 4)
    return data


@pytest.mark.parametrize(
    "data, expected",
    [
        (message(INET, 24, 5, (ADDRESS, b"\x0a\0\0\5"), (LOCAL, b"\x0a\0\0\5"), (LABEL, b"eth0\0")), "10.0.0.5/24"),
        (message(INET, 32, 5, (ADDRESS, b"\x0a\0\0\2"), (LOCAL, b"\x0a\0\0\1")), "10.0.0.1/32"),
        (message(INET6, 64, 5, (ADDRESS, FE80_1)), "fe80::1/64"),
        (message(INET6, 128, 5, (ADDRESS, bytes(16)), (LOCAL, FE80_1)), "fe80::1/128"),
        (message(PHONET, 0, 5, (LOCAL, b"\1")), None),
    ],
)
def test_parse_address(data, expected):
    assert parse_address(data) == (5, expected)


@pytest.mark.parametrize(
    "data, detail",
    [
        (message(INET, 24, 5), "RTM_NEWADDR: expected an address of 4 bytes, found 0"),
        (message(INET6, 64, 5, (ADDRESS, b"\1\2\3\4")), "RTM_NEWADDR: expected an address of 16 bytes, found 4"),
        (b"\2\3", "netlink address: expected at least 8 bytes, found 2"),
    ],
)
def test_malformed(data, detail):
    assert malformed(parse_address, data) == detail


@pytest.mark.skipif(bool(netns.refusal()), reason=str(netns.refusal()))
def test_live_as_ip_prints_them():
    def look():
        netns.batch(
            "ip",
            "link add left type veth peer name right",
            # The kernel makes a link-local address when the carrier comes, which may be between the two looks.
            "link set left addrgenmode none",
            "link set right addrgenmode none",
            "link set left up",
            "link set right up",
            "link set lo up",
            "addr add 192.0.2.1/24 dev left",
            "addr add 192.0.2.2/24 dev left",
            "addr add 198.51.100.1 peer 198.51.100.2/32 dev left",
            "addr add 2001:db8::1/64 dev left nodad",
            "addr add 2001:db8::5 peer 2001:db8::6/128 dev left nodad",
        )
        with this_host() as host:
            return addresses(host), json.loads(netns.run("ip -j addr"))

    found, printed = netns.in_own_netns(look)
    expected = {}
    for link in printed:
        for entry in link["addr_info"]:
            expected.setdefault(link["ifindex"], set()).add("{local}/{prefixlen}".format(**entry))
    assert {ifindex: set(values) for ifindex, values in found.items()} == expected
    left = next(link["ifindex"] for link in printed if link["ifname"] == "left")
    assert "198.51.100.1/32" in found[left]
    assert found[left].index("192.0.2.1/24") < found[left].index("192.0.2.2/24")
