# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outputs of commands that become the files that those commands read: the sources read them as those of a live host."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import memory, protocols, sockets
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import (
    dates,
    lscpu,
    netstat_s,
    nstat,
    ss,
    sysctl_a,
)


def refused(read, text, *args):
    with pytest.raises(Unavailable) as refusal:
        read(text, "place", *args)
    return refusal.value


def test_sysctls_become_files():
    text = (
        "net.core.somaxconn = 4096\n"
        "net.ipv4.tcp_rmem = 4096\t131072\t6291456\n"
        "net.ipv4.conf.all.rp_filter = 2\n"
        "net.ipv4.conf.eth0/100.rp_filter = 1\n"
        'sysctl: permission denied on key "net.core.bpf_jit_harden"\n'
        'sysctl: reading key "net.ipv6.conf.all.stable_secret"\n'
        "kernel.osrelease = 6.12.0-1-amd64\n"
        "kernel.core_pattern = |/usr/lib/systemd/systemd-coredump %P %u = x\n"
        "net.core.default_qdisc = \n"
        "vm.min_free_kbytes=67584\n"
    )
    found = sysctl_a.files(text, "place")
    assert found.pop("/proc/sys/net/core/bpf_jit_harden").reason == "unreadable"
    assert found == {
        "/proc/sys/net/core/somaxconn": b"4096\n",
        "/proc/sys/net/ipv4/tcp_rmem": b"4096\t131072\t6291456\n",
        # Not that of eth0.100, which nothing reads.
        "/proc/sys/net/ipv4/conf/all/rp_filter": b"2\n",
        "/proc/sys/kernel/osrelease": b"6.12.0-1-amd64\n",
        "/proc/sys/net/core/default_qdisc": b"\n",
        "/proc/sys/vm/min_free_kbytes": b"67584\n",
    }


def test_the_last_sysctl_of_a_text_that_was_cut_off_is_not_believed():
    found = sysctl_a.files("net.core.somaxconn = 4096\nnet.core.rmem_max = 21", "place")
    assert found["/proc/sys/net/core/somaxconn"] == b"4096\n"
    assert found["/proc/sys/net/core/rmem_max"].reason == "malformed"


def test_a_sysctl_is_no_way_out():
    assert list(sysctl_a.files("net/core/../../../etc/passwd = 1\nnet.core.x = 1\n", "place")) == [
        "/proc/sys/net/core/x"
    ]


def test_no_sysctl_at_all():
    assert refused(sysctl_a.files, "sysctl: command not found\n").reason == "absent"
    assert refused(sysctl_a.files, "hello\n").reason == "malformed"


NSTAT = """\
#kernel
IpInReceives                    2168061            0.0
IpForwarding                    2                  0.0
IcmpMsgInType3                  4                  0.0
TcpInSegs                       77                 1.5
UdpInErrors                     5                  0.0
UdpLiteInErrors                 6                  0.0
Ip6InReceives                   7                  0.0
Udp6RcvbufErrors                8                  0.0
TcpExtListenOverflows           9                  0.0
IpExtInNoRoutes                 10                 0.0
MPTcpExtMPCapableSYNRX          11                 0.0
"""


def test_nstat_becomes_the_three_files():
    found = nstat.files(NSTAT, "place")
    snmp = protocols.parse_sections(found["/proc/net/snmp"].decode(), "snmp")
    assert snmp == {
        "Ip": {"InReceives": 2168061, "Forwarding": 2},
        "IcmpMsg": {"InType3": 4},
        "Tcp": {"InSegs": 77},
        "Udp": {"InErrors": 5},
        "UdpLite": {"InErrors": 6},
    }
    assert protocols.parse_sections(found["/proc/net/netstat"].decode(), "netstat") == {
        "TcpExt": {"ListenOverflows": 9},
        "IpExt": {"InNoRoutes": 10},
        "MPTcpExt": {"MPCapableSYNRX": 11},
    }
    snmp6 = protocols.parse_list(found["/proc/net/snmp6"].decode(), "snmp6")
    assert snmp6 == {"Ip6InReceives": 7, "Udp6RcvbufErrors": 8}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (NSTAT.replace("77  ", "7x  "), "place, line 5: expected a name, a number and a rate"),
        (NSTAT.replace("77  ", "9" * 20 + "  "), "place, line 5: expected a whole number of 64 bits"),
        (NSTAT[:-2], "expected whole lines"),
        (NSTAT.replace("#kernel\n", ""), "place, line 1: expected a line '#kernel'"),
    ],
)
def test_text_that_is_not_of_nstat(text, told):
    error = refused(nstat.files, text)
    assert error.reason == "malformed"
    assert told in error.detail


NETSTAT = """\
Ip:
    Forwarding: 2
    302900 total packets received
    12 with invalid headers
    3 incoming packets discarded
    OutTransmits: 232679
Icmp:
    2907 ICMP messages received
    ICMP input histogram:
        destination unreachable: 2907
Tcp:
    284982 segments received
    214745 segments sent out
    33 segments retransmitted
Udp:
    12108 packets received
    34 packets to unknown port received
    35 packet receive errors
    36 receive buffer errors
UdpLite:
TcpExt:
    91 times the listen queue of a socket overflowed
    92 SYNs to LISTEN sockets dropped
    93 packets pruned from receive queue because of socket buffer overrun
    94 packets pruned from receive queue
    95 packets dropped from out-of-order queue because of socket buffer overrun
    96 packets collapsed in receive queue due to low socket buffer
    Quick ack mode was activated 5 times
    TCP ran low on memory 97 times
    TCPBacklogDrop: 98
IpExt:
    InNoRoutes: 99
"""


def test_netstat_becomes_what_its_sentences_say():
    found = netstat_s.files(NETSTAT, "place")
    assert protocols.parse_sections(found["/proc/net/snmp"].decode(), "snmp") == {
        "Ip": {"Forwarding": 2, "InReceives": 302900, "InHdrErrors": 12, "InDiscards": 3, "OutTransmits": 232679},
        "Tcp": {"InSegs": 284982, "OutSegs": 214745, "RetransSegs": 33},
        "Udp": {"InDatagrams": 12108, "NoPorts": 34, "InErrors": 35, "RcvbufErrors": 36},
    }
    assert protocols.parse_sections(found["/proc/net/netstat"].decode(), "netstat") == {
        "TcpExt": {
            "ListenOverflows": 91,
            "ListenDrops": 92,
            "PruneCalled": 93,
            "RcvPruned": 94,
            "OfoPruned": 95,
            "TCPRcvCollapsed": 96,
            "TCPMemoryPressures": 97,
            "TCPBacklogDrop": 98,
        },
        "IpExt": {"InNoRoutes": 99},
    }


def test_netstat_of_an_older_program():
    text = NETSTAT.replace("retransmitted", "retransmited").replace("port received", "port received.")
    text = text.replace("sent out", "send out").replace("sockets dropped", "sockets ignored")
    assert netstat_s.files(text, "place") == netstat_s.files(NETSTAT, "place")


def test_netstat_of_ipv6_is_snmp6():
    text = "Ip6:\n    4 total packets received\n    Ip6InOctets: 512\nUdp6:\n    5 packet receive errors\n"
    text += "Icmp6:\n    Icmp6InType1: 4\n"
    found = netstat_s.files(text, "place")
    assert list(found) == ["/proc/net/snmp6"]
    expected = {"Ip6InReceives": 4, "Ip6InOctets": 512, "Udp6InErrors": 5}
    assert protocols.parse_list(found["/proc/net/snmp6"].decode(), "snmp6") == expected


def test_text_that_is_not_of_netstat():
    assert refused(netstat_s.files, "nothing\n").reason == "malformed"
    assert refused(netstat_s.files, NETSTAT.rstrip("\n")).reason == "malformed"
    assert refused(netstat_s.files, NETSTAT.replace("302900", "9" * 20)).reason == "malformed"


SS = """\
Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
nl    UNCONN 0      0                  0:0                 *     sk=0 cb=0 groups=0x00000000\t skmem:(r0,d0)
udp   UNCONN 3840   0      192.0.2.1%eth0:53       0.0.0.0:*    users:(("named",pid=3,fd=3)) uid:104 ino:4467776 sk:f
\t skmem:(r3840,rb4096,t0,tb212992,f256,w0,o0,bl0,d47)
udp   ESTAB  0      0     [2001:db8::1]:5353  [2001:db8::2]:99  ino:4467777 sk:11 cgroup:/ v6only:0 <->
\t skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d5)
udp   UNCONN 0      0                  *:5006             *:*    ino:4467778 sk:11 cgroup:/ v6only:0 <->
\t skmem:(r0,rb212992,t0,tb212992,f0,w0,o0,bl0,d0)
tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    ino:1 sk:1
\t skmem:(r0,d0)
"""


@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_udp_sockets_become_the_tables_that_the_kernel_prints(byte_order):
    found = ss.files(SS, "place", byte_order)
    udp = sockets.parse_table(found["/proc/net/udp"].decode(), "udp")
    assert list(udp) == [4467776]
    assert sockets.parse_row(udp[4467776], "udp", byte_order) == {
        "protocol": "udp",
        "local": "192.0.2.1:53",
        "remote": "0.0.0.0:0",
        "inode": 4467776,
        "uid": 104,
        "drops": 47,
        "rx_queue_bytes": 3840,
    }
    udp6 = sockets.parse_table(found["/proc/net/udp6"].decode(), "udp6")
    assert list(udp6) == [4467777, 4467778]
    assert sockets.parse_row(udp6[4467777], "udp6", byte_order)["local"] == "[2001:db8::1]:5353"
    assert udp6[4467778] is None


def test_ss_that_was_not_asked_for_enough():
    assert refused(ss.files, SS.replace("Netid State", "State"), "little").reason == "absent"
    assert refused(ss.files, SS.replace("ino:", "inode:"), "little").reason == "absent"
    assert "ss -m its drops" in refused(ss.files, SS.replace("skmem", "mem"), "little").detail


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("192.0.2.1%", "192.0.2.300%", 3), (":53 ", ":70000 ", 3), ("d47)", "d99999999999)", 3), ("3840   0", "x   0", 3)],
)
def test_a_socket_that_is_none(old, new, line):
    error = refused(ss.files, SS.replace(old, new), "little")
    assert error.reason == "malformed"
    assert f"place, line {line}: expected" in error.detail


LSCPU = """\
Architecture:                    x86_64
Byte Order:                      Little Endian
CPU(s):                          8
On-line CPU(s) list:             0-3,6
Off-line CPU(s) list:            4,5,7
NUMA node(s):                    2
NUMA node0 CPU(s):               0-3
NUMA node1 CPU(s):               6
"""


def test_lscpu_becomes_lists_of_cpus():
    assert lscpu.files(LSCPU, "place") == {
        "/sys/devices/system/cpu/online": b"0-3,6\n",
        "/sys/devices/system/cpu/present": b"0-7\n",
        "/sys/devices/system/node/node0/cpulist": b"0-3\n",
        "/sys/devices/system/node/node1/cpulist": b"6\n",
    }
    # Indented since util-linux 2.37.
    assert lscpu.files(LSCPU.replace("On-line", "  On-line"), "place") == lscpu.files(LSCPU, "place")
    assert refused(lscpu.files, LSCPU.replace("0-3,6", "3-0")).detail.startswith(
        "place, line 4: expected a list of CPUs"
    )
    assert refused(lscpu.files, "Architecture: x86_64\n").reason == "malformed"


TABLE = """\
CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE    MAXMHZ
  0    0      0    0 0:0:0:0          yes 3500.0000
  1    1      1    1 1:1:1:1          yes 3500.0000
  2    0      0    0 0:0:0:0          yes 3500.0000
  3    -      -    - -                 no         -
"""


def test_the_table_of_lscpu_becomes_the_topology():
    found = lscpu.table_files(TABLE, "place")
    core = "/sys/devices/system/cpu/cpu{}/topology/{}"
    assert found[core.format(2, "thread_siblings_list")] == b"0,2\n"
    assert found[core.format(1, "thread_siblings_list")] == b"1\n"
    assert (found[core.format(1, "physical_package_id")], found[core.format(2, "core_id")]) == (b"1\n", b"0\n")
    assert not [path for path in found if "cpu3" in path]
    assert refused(lscpu.table_files, TABLE.replace("  1    1      1    1", "  1    1      1    x")).detail.startswith(
        "place, line 3: expected a whole number"
    )
    assert refused(lscpu.table_files, LSCPU).reason == "malformed"


def test_numactl_becomes_the_files_of_nodes():
    text = "available: 1 nodes (0)\nnode 0 cpus: 0 1 2 8\nnode 0 size: 7964 MB\nnode 0 free: 1234 MB\nnode distances:\n"
    found = lscpu.numactl_files(text, "place")
    assert found["/sys/devices/system/node/node0/cpulist"] == b"0-2,8\n"
    meminfo = memory.parse_meminfo(found["/sys/devices/system/node/node0/meminfo"].decode())
    assert meminfo == {"MemTotal": 7964 << 20, "MemFree": 1234 << 20}
    assert refused(lscpu.numactl_files, text.replace("7964 MB", "much")).reason == "malformed"
    assert refused(lscpu.numactl_files, "No NUMA support available on this system.\n").reason == "malformed"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (" 11:50:53 up 50 min,  1 user,  load average: 0.00, 0.01, 0.05\n", 3000),
        (" 11:50:53 up 12 days,  3:04,  2 users,  load average: 0.00\n", 12 * 86400 + 3 * 3600 + 4 * 60),
        (" 11:50:53 up 1 day, 2 min,  0 users\n", 86400 + 120),
        (" 11:50:53 up  5:17,  1 user\n", 5 * 3600 + 17 * 60),
        (" 11:50:53 up 3 days, 1 user\n", 3 * 86400),
    ],
)
def test_uptime(text, seconds):
    assert dates.uptime_s(text, "place") == seconds


def test_text_that_is_not_of_uptime_or_uname():
    assert refused(dates.uptime_s, "11:50:53 up\n").reason == "malformed"
    assert refused(dates.release, "Linux host\n").reason == "malformed"
    assert dates.release("Linux host 5.4.0-99-generic #112 SMP x86_64 GNU/Linux\n", "place") == "5.4.0-99-generic"
