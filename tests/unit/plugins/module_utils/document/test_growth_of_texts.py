# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What moved between two texts of counters is all that is made numbers of, and the same as the readers would say."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import growth
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import protocols
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

SNMP = fake_host.SNMP
LATER = SNMP.replace("Udp: 501 15 16 17", "Udp: 509 15 23 24").replace("Ip: 1 64 20001", "Ip: 2 64 20011")

DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier comp
    lo:    1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0    0
  eth0:5000000    4000    1    2    0     0          0         7     9000      90    0    3    0     0       0    0
"""

CONNTRACK = """\
entries  searched found new invalid ignore delete chainlength insert_failed drop early_drop
00000003  00000000 00000001 00000000 00000002 00000000 00000000 00000000 00000000 00000004 00000000
00000003  00000000 00000001 00000000 00000002 00000000 00000000 00000005 00000000 00000004 00000000
"""


def test_nothing_moved():
    for compare in (growth.sections, growth.names_and_values, growth.interfaces):
        assert compare("any text", "any text", "x") == ({}, {})


def test_only_counters_that_moved_and_no_gauge():
    before, after = growth.sections(SNMP, LATER, "/proc/net/snmp")
    assert before == {"Ip": {"InReceives": 20001}, "Udp": {"InDatagrams": 501, "InErrors": 16, "RcvbufErrors": 17}}
    assert after == {"Ip": {"InReceives": 20011}, "Udp": {"InDatagrams": 509, "InErrors": 23, "RcvbufErrors": 24}}
    assert {type(value) for section in after.values() for value in section.values()} == {Counter64}


def test_what_is_not_told_is_left_out():
    text = "TcpExt: TCPHPHits ListenDrops TCPDelivered\nTcpExt: {0} {0} {0}\n"
    assert growth.sections(text.format("1"), text.format("5"), "x") == (
        {"TcpExt": {"ListenDrops": 1}},
        {"TcpExt": {"ListenDrops": 5}},
    )


def test_without_an_earlier_text_all_that_is_not_zero():
    before, after = growth.sections(None, "Udp: InErrors NoPorts\nUdp: 0 7\n", "x")
    assert (before, after) == ({}, {"Udp": {"NoPorts": 7}})
    assert growth.names_and_values(None, "Ip6InReceives 0\nUdp6InErrors 3\n", "x") == ({}, {"Udp6InErrors": 3})


def test_a_section_or_a_field_that_is_new_has_no_number_of_before():
    old = "Icmp: InErrors\nIcmp: 1\n"
    new = "Icmp: InErrors InCsumErrors\nIcmp: 2 9\nMPTcpExt: Blackhole Zero\nMPTcpExt: 4 0\n"
    before, after = growth.sections(old, new, "x")
    assert after == {"Icmp": {"InErrors": 2, "InCsumErrors": 9}, "MPTcpExt": {"Blackhole": 4}}
    assert before["Icmp"] == {"InErrors": 1}


def test_the_same_numbers_as_the_reader_of_the_file_has(chance):
    """Whatever moves: each field that differs is there with the numbers that the reader finds, and no other is."""
    for _time in range(50):
        names = [f"F{number}" for number in range(chance.randrange(1, 40))]
        was = [chance.choice((0, 1, 7, 2**40, 2**64 - 1)) for _name in names]
        now = chance.tried([chance.choice((value, chance.randrange(2**64))) for value in was])
        texts = [f"X: {' '.join(names)}\nX: {' '.join(map(str, values))}\n" for values in (was, now)]
        whole = [protocols.parse_sections(text, "x")["X"] for text in texts]
        moved = [name for name in names if whole[0][name] != whole[1][name]]
        found = growth.sections(*texts, "x")
        assert found == tuple({"X": {name: each[name] for name in moved}} if moved else {} for each in whole)


@pytest.mark.parametrize(
    "text",
    [
        "Udp: InErrors\nUdp: 1 2\n",
        "Udp: InErrors NoPorts\nUdp: 1 x\n",
        "Udp: InErrors\nTcp: 1\n",
        "Udp: InErrors\nUdp: -1\n",
    ],
)
def test_a_text_of_another_form_is_malformed(text):
    with pytest.raises(Unavailable) as raised:
        growth.sections(SNMP, text, "/proc/net/snmp")
    assert raised.value.reason == "malformed"


def test_interfaces_that_counted_more_than_traffic():
    later = DEV.replace("5000000    4000    1    2", "5009999    4005    1    9")
    later += DEV.splitlines(True)[2].replace("lo", "x0")
    before, after = growth.interfaces(DEV, later, "/proc/net/dev")
    assert after == {"eth0": {"rx_packets": 4005, "rx_dropped": 9}}
    assert before == {"eth0": {"rx_packets": 4000, "rx_dropped": 2}}
    later = DEV + DEV.splitlines(True)[3].replace("eth0", "x0")
    assert growth.interfaces(DEV, later, "/proc/net/dev")[1] == {
        "x0": {"rx_packets": 4000, "rx_errors": 1, "rx_dropped": 2, "tx_packets": 90, "tx_dropped": 3}
    }


def test_interfaces_of_another_form_are_malformed():
    with pytest.raises(Unavailable, match="expected a name and 16 numbers"):
        growth.interfaces(DEV, DEV + "odd: 1 2\n", "/proc/net/dev")


def test_connections_are_counted_whatever_moved():
    assert growth.connections(CONNTRACK, CONNTRACK, "x") == ({"stats": {}}, {"count": 3, "stats": {}})
    later = CONNTRACK.replace("00000003 ", "00000009 ").replace("00000005", "00000006")
    before, after = growth.connections(CONNTRACK, later, "x")
    # The column is called chainlength and counts chaintoolong.
    assert (before, after) == ({"stats": {"chaintoolong": 5}}, {"count": 9, "stats": {"chaintoolong": 6}})
    assert isinstance(after["stats"]["chaintoolong"], Counter32)


def test_a_table_that_nothing_ever_was_in():
    assert growth.untracked("entries  found drop\n00000000  00000000 00000000\n")
    assert not growth.untracked(CONNTRACK)
    assert not growth.untracked(None) and not growth.untracked(Unavailable("absent", "x"))


@pytest.mark.parametrize("number, stands", [("0", False), ("1", True)])
def test_whether_a_counter_stands_above_zero(number, stands):
    assert growth.stands_at(f"Udp: NoPorts InErrors\nUdp: 5 {number}\n", (("Udp", "InErrors"),)) is stands
    assert growth.stands_at("Udp: NoPorts\nUdp: 5\n", (("Udp", "InErrors"),)) is False
