# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readers of the protocol side on text that nobody of this project wrote."""

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import Difference
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    percpu_stat,
    protocols,
    sockets,
    sysctls,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter, Counter32, Counter64
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host


def files(captures, *endings):
    """``[(path, text)]`` of the captures whose path ends with one of *endings*."""
    host, found = fake_host.folder_host(captures), []
    for folder, _folders, names in os.walk(captures):
        for name in names:
            path = os.path.join(folder, name)[len(captures) :]
            if path.endswith(endings):
                found.append((path, host.text(path)))
    assert found, f"no file ends with {endings}"
    return sorted(found)


def difference(captures, folder):
    """The protocols and sockets of one provoked loss."""
    host, samples = fake_host.folder_host(captures), []
    for when in ("before", "after"):
        base = f"/provoked/{folder}/{when}/proc_net_"
        sample = {name: protocols.parse_sections(host.text(base + name), name) for name in ("snmp", "netstat")}
        samples.append(sample)
    return Difference(60.0).of(*samples)


def test_snmp_and_netstat(captures):
    for path, text in files(captures, "/snmp", "/netstat", "proc_net_snmp", "proc_net_netstat", "/snmp1", "/snmp2"):
        for section, fields in protocols.parse_sections(text, path).items():
            assert fields, (path, section)
            assert all(value >= 0 or (section, name) == ("Tcp", "MaxConn") for name, value in fields.items()), path


def test_snmp_numbers(captures):
    snmp = protocols.parse_sections(
        fake_host.folder_host(captures).text("/netutils-linux/proc_net_snmp/snmp1"), "snmp1"
    )
    assert snmp["Ip"]["InReceives"] == 22199703066
    assert snmp["Tcp"]["RetransSegs"] == 133674663
    assert (snmp["Tcp"]["CurrEstab"], type(snmp["Tcp"]["CurrEstab"])) == (77, int)
    assert "MemErrors" not in snmp["Udp"]


def test_snmp6_and_xfrm(captures):
    for path, text in files(captures, "/snmp6", "/xfrm_stat"):
        found = protocols.parse_list(text, path)
        assert len(found) > 20, path
        assert all(isinstance(value, Counter64) for value in found.values())


def test_statistics_per_cpu(captures):
    for path, text in files(captures, "/stat/arp_cache", "/stat/ndisc_cache", "/stat/nf_conntrack"):
        found = percpu_stat.parse(text, path, Counter32)
        assert found["entries"] > 0
        assert all(isinstance(value, Counter) for value in found["stats"].values()), path


def test_statistics_per_cpu_numbers(captures):
    host = fake_host.folder_host(captures)
    conntrack = percpu_stat.read(host, "/node_exporter/proc/net/stat/nf_conntrack", Counter32)
    assert conntrack["entries"] == 0x21
    assert conntrack["stats"]["invalid"] == 0x35
    assert conntrack["stats"]["search_restart"] == 7
    neighbour = percpu_stat.read(host, "/node_exporter/proc/net/stat/arp_cache", Counter64)
    assert (neighbour["entries"], neighbour["stats"]["table_fulls"]) == (0x14, 0x0C + 0x18)


def test_sockstat(captures):
    for path, text in files(captures, "/sockstat", "/sockstat6", "proc_net_sockstat"):
        found = sockets.parse_sockstat(text, path)
        assert all("inuse" in fields for name, fields in found.items() if name != "sockets"), path


def test_udp_table_without_drops_is_absent(captures):
    with pytest.raises(Unavailable) as caught:
        sockets.parse_table(fake_host.folder_host(captures).text("/node_exporter/proc/net/udp"), "udp")
    assert caught.value.reason == "absent"


def test_sysctls(captures):
    seen = set()
    for path, text in files(captures, "/sysctl-a.out", "/sysctl_-a", "/sysctl.txt"):
        for line in text.splitlines():
            name, assigned, value = line.partition(" = ")
            if assigned and name in sysctls.TABLE and not sysctls.TABLE[name].text:
                assert isinstance(sysctls.parse(value), (int, list)), (path, line)
                seen.add(name)
    assert {"net.core.netdev_budget", "net.ipv4.tcp_rmem", "net.netfilter.nf_conntrack_max"} <= seen


def test_udp_receive_buffer_overflow_is_one_loss_counted_three_times(captures):
    udp = difference(captures, "udp-rcvbuf-overflow")["snmp"]["Udp"]
    tables = []
    for when in ("before", "after"):
        path = f"/provoked/udp-rcvbuf-overflow/{when}/proc_net_udp"
        table = sockets.parse_table(fake_host.folder_host(captures).text(path), path)
        tables.append({"drops": {"udp": table}, "byte_order": "little", "sockstat": None, "sockstat6": None})
    drops = Difference(60.0).of(*sockets.comparable(tables[0], tables[1], {}, Gaps()))["drops"]
    assert list(drops) == ["udp 192.0.2.2:5001 inode 222659"]
    (row,) = drops.values()
    assert row["drops"] == {"total": 19908, "delta": 19908}
    assert row["rx_queue_bytes"] == 0x33C00
    assert udp["RcvbufErrors"]["delta"] == udp["InErrors"]["delta"] == 19908


def test_tcp_listen_overflow(captures):
    tcp = difference(captures, "tcp-listen-overflow")["netstat"]["TcpExt"]
    assert tcp["ListenOverflows"]["delta"] > 0
    assert tcp["ListenDrops"]["delta"] >= tcp["ListenOverflows"]["delta"]
    assert not tcp["TCPReqQFullDrop"]["delta"]


def test_truncated_captures_are_malformed_and_nothing_else(captures):
    readers = {
        ("/snmp", "/netstat"): protocols.parse_sections,
        ("/snmp6", "/xfrm_stat"): protocols.parse_list,
        ("/stat/arp_cache", "/stat/nf_conntrack"): lambda text, path: percpu_stat.parse(text, path, Counter32),
        ("/sockstat",): sockets.parse_sockstat,
        ("proc_net_udp",): sockets.parse_table,
    }
    for endings, parse in readers.items():
        for path, text in files(captures, *endings):
            for end in range(0, len(text), max(1, len(text) // 200)):
                try:
                    parse(text[:end], path)
                except Unavailable as error:
                    assert error.reason in ("malformed", "absent")
