# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import protocols, xfrm
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter, Counter64
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

# 3.10: Udp without IgnoredMulti and MemErrors, no OutTransmits.
SNMP_OLD = """\
Ip: Forwarding DefaultTTL InReceives InHdrErrors InDiscards
Ip: 1 64 900100200300 64 3
IcmpMsg: InType3 OutType3
IcmpMsg: 12 7
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens CurrEstab InSegs RetransSegs
Tcp: 1 200 120000 -1 11 42 70000 9
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
Udp: 500 6 7 400 5 0
"""
SNMP_NEW = SNMP_OLD.replace(
    "RcvbufErrors SndbufErrors\nUdp: 500 6 7 400 5 0",
    "RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors\nUdp: 500 6 7 400 5 0 1 0 1",
)
NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPBacklogDrop
TcpExt: 0 8 9 1
IpExt: InNoRoutes InOctets
IpExt: 3 1844674407370955161
MPTcpExt: MPCapableSYNRX MPCurrEstab
MPTcpExt: 5 2
"""
SNMP6 = """\
Ip6InReceives                   \t77
Udp6RcvbufErrors                \t3
"""


def test_fields_are_found_by_name_and_a_missing_one_is_not_zero():
    old, new = protocols.parse_sections(SNMP_OLD, "snmp"), protocols.parse_sections(SNMP_NEW, "snmp")
    assert old["Udp"] == {
        "InDatagrams": 500, "NoPorts": 6, "InErrors": 7, "OutDatagrams": 400, "RcvbufErrors": 5, "SndbufErrors": 0
    }  # fmt: skip
    assert "MemErrors" not in old["Udp"]
    assert new["Udp"]["MemErrors"] == 1
    assert old["Ip"]["InReceives"] == 900100200300
    assert old["IcmpMsg"] == {"InType3": 12, "OutType3": 7}


def test_counters_are_counters_and_gauges_are_not():
    ip = protocols.parse_sections(SNMP_OLD, "snmp")["Ip"]
    tcp = protocols.parse_sections(SNMP_OLD, "snmp")["Tcp"]
    assert isinstance(tcp["RetransSegs"], Counter64)
    for gauge in (ip["Forwarding"], ip["DefaultTTL"], tcp["RtoMin"], tcp["RtoMax"], tcp["MaxConn"], tcp["CurrEstab"]):
        assert not isinstance(gauge, Counter)
    assert tcp["MaxConn"] == -1
    netstat = protocols.parse_sections(NETSTAT, "netstat")
    assert not isinstance(netstat["MPTcpExt"]["MPCurrEstab"], Counter)
    assert isinstance(netstat["TcpExt"]["ListenOverflows"], Counter64)
    assert netstat["TcpExt"]["ListenOverflows"] == 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ip: InReceives\n",
        "Ip: InReceives InDiscards\nIp: 1\n",
        "Ip: InReceives\nIp: 1 2\n",
        "Ip: InReceives\nTcp: 1\n",
        "Ip: InReceives\nIp: many\n",
        "Ip InReceives\nIp 1\n",
        "Ip: InReceives\nIp: 1\nUdp: InErrors\n",
    ],
)
def test_malformed_sections(text):
    assert malformed(protocols.parse_sections, text, "/proc/net/snmp").startswith("/proc/net/snmp: expected ")


def test_list_of_names_and_values():
    found = protocols.parse_list(SNMP6, "snmp6")
    assert found == {"Ip6InReceives": 77, "Udp6RcvbufErrors": 3}
    assert isinstance(found["Udp6RcvbufErrors"], Counter64)


@pytest.mark.parametrize("text", ["", "Ip6InReceives\n", "Ip6InReceives x\n", "Ip6InReceives 1 2\n", "a 1\n\nb 2\n"])
def test_malformed_list(text):
    malformed(protocols.parse_list, text, "/proc/net/snmp6")


def test_read_without_ipv6(host):
    gaps = Gaps()
    found = protocols.read(host({"/proc/net/snmp": SNMP_NEW, "/proc/net/netstat": NETSTAT}), gaps.at("protocols"))
    assert found["snmp"]["Udp"]["RcvbufErrors"] == 5
    assert found["netstat"]["IpExt"]["InNoRoutes"] == 3
    assert found["snmp6"] is None
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/protocols/snmp6", "absent")]


def test_one_malformed_file_does_not_take_the_others_along(host):
    gaps = Gaps()
    files = {"/proc/net/snmp": "Ip: InReceives\n", "/proc/net/netstat": NETSTAT, "/proc/net/snmp6": SNMP6}
    found = protocols.read(host(files), gaps)
    assert found["snmp"] is None and found["snmp6"] and found["netstat"]
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/snmp", "malformed")]


def test_xfrm(host):
    reader = host({"/proc/net/xfrm_stat": "XfrmInError             \t0\nXfrmInNoStates          \t12\n"})
    assert xfrm.read(reader) == {"XfrmInError": 0, "XfrmInNoStates": 12}
    assert isinstance(xfrm.read(reader)["XfrmInNoStates"], Counter64)


def test_xfrm_not_built_in(host):
    with pytest.raises(Unavailable) as caught:
        xfrm.read(host({}))
    assert caught.value.reason == "absent"


def test_this_kernel():
    gaps = Gaps()
    found = protocols.read(this_host(), gaps)
    if found["snmp"] is None:
        pytest.skip(f"this machine does not show /proc/net/snmp: {gaps.entries}")
    assert isinstance(found["snmp"]["Udp"]["InDatagrams"], Counter64)
    assert "ListenOverflows" in found["netstat"]["TcpExt"]


def test_new_network_namespace_starts_from_zero(python_in_namespace):
    code = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import protocols
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
print(json.dumps(protocols.read(this_host(), Gaps())["snmp"]["Udp"]))
"""
    assert set(python_in_namespace('exec "$@"', code).values()) == {0}
