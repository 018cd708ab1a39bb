# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which command a file is the output of: by the names that sos gives, and by those that people give."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts import meaning
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import (
    interface_of,
    interfaces_in_ip_link,
    interfaces_in_net_dev,
    mangled,
    question,
    question_of_name,
)

COMMANDS = {
    "ethtool eth0": (captured.ETHTOOL, "eth0", None),
    "/usr/sbin/ethtool -S eth0": (captured.STATISTICS, "eth0", None),
    "/sbin/ethtool --show-coalesce eth0": (captured.COALESCE, "eth0", None),
    "ethtool --show-priv-flags bond0.100": (captured.PRIVATE_FLAGS, "bond0.100", None),
    "ethtool -x eth0": (captured.RSS, "eth0", None),
    "ethtool -m eth0": None,
    "ethtool -S": None,
    "ethtool --version": None,
    "ethtool": None,
    "ip link": (captured.IP_LINK, None, None),
    "ip -s -s -d link show": (captured.IP_LINK, None, None),
    "/sbin/ip -stats link": (captured.IP_LINK, None, None),
    "ip -s l ls dev eth0": (captured.IP_LINK, "eth0", None),
    "ip -j link": None,
    "ip -o link": None,
    "ip -br addr": None,
    "ip addr": (captured.IP_ADDRESS, None, None),
    "ip -o addr": (captured.IP_ADDRESS, None, None),
    "ip -d address show": (captured.IP_ADDRESS, None, None),
    "ip route": None,
    "ip": None,
    "tc -s qdisc show": (captured.TC, None, None),
    "tc -s -d qdisc show dev eth0": (captured.TC, "eth0", None),
    "tc qdisc show": None,
    "tc -s class show dev eth0": None,
    "tc -s -j qdisc": None,
    "nstat -zas": (captured.NSTAT, None, None),
    "nstat -az": (captured.NSTAT, None, None),
    "nstat": None,
    "nstat -z": None,
    "netstat -s": (captured.NETSTAT, None, None),
    "netstat -s -6": (captured.NETSTAT_6, None, None),
    "netstat -anp": None,
    "ss -peaonmi": (captured.SS, None, None),
    "ss -s": None,
    "sysctl -a": (captured.SYSCTL, None, None),
    "sysctl net.core.rmem_max": None,
    "date --utc": (captured.DATE_UTC, None, None),
    "date +%s": None,
    "uptime": (captured.UPTIME, None, None),
    "uname -a": (captured.UNAME, None, None),
    "lscpu": (captured.LSCPU, None, None),
    "lscpu -ae": (captured.LSCPU_TABLE, None, None),
    "numactl --hardware": (captured.NUMACTL, None, None),
    "ip netns exec blue ethtool -S eth0": (captured.STATISTICS, "eth0", "blue"),
    "/sbin/ip netns exec blue /sbin/ip -stats link": (captured.IP_LINK, None, "blue"),
    "ip -n blue link show": (captured.IP_LINK, None, "blue"),
    "": None,
    "rm -rf /": None,
    "ethtool -S eth0 | grep drop": None,
    "ethtool -S eth0; reboot": None,
}


@pytest.mark.parametrize("line", COMMANDS)
def test_what_a_command_asks(line):
    assert question(line) == COMMANDS[line]


@pytest.mark.parametrize("line", [line for line, asked in COMMANDS.items() if asked and not asked[2]])
def test_what_a_name_of_sos_asks(line):
    assert question_of_name(mangled(line)) == COMMANDS[line]


#: From sos/report/plugins/__init__.py, _mangle_command() of 3.0 to 4.12.
MANGLED = {
    "ethtool -S bond0.100": "ethtool_-S_bond0.100",
    "/sbin/ethtool -S eth0:1": "ethtool_-S_eth0_1",
    "ip -s -d link": "ip_-s_-d_link",
    "ethtool vlan@x": "ethtool_vlan_x",
    "ethtool br-ex": "ethtool_br-ex",
    "cat /proc/net/softnet_stat": "cat_.proc.net.softnet_stat",
    "ethtool " + "x" * 300: "ethtool_" + "x" * 247,
}


@pytest.mark.parametrize("command", MANGLED)
def test_the_names_that_sos_gives(command):
    assert mangled(command) == MANGLED[command]


@pytest.mark.parametrize(
    "name, known, real",
    [
        ("eth0", ["eth0", "lo"], "eth0"),
        ("vlan_x", ["vlan@x", "lo"], "vlan@x"),
        ("a_b", ["a_b", "a:b"], "a_b"),
        ("a_b", ["a:b", "a@b"], "a_b"),
        ("gone", ["eth0"], "gone"),
        ("m_eth0", ["m_eth0"], "m_eth0"),
    ],
)
def test_the_interface_of_a_mangled_name(name, known, real):
    assert interface_of(name, known) == real


def test_the_names_of_interfaces():
    text = "Inter-| Receive | Transmit\n face |bytes\n    lo: 1 2\n  eth0:3 4\nbr-ex: 5\n"
    assert interfaces_in_net_dev(text) == ["lo", "eth0", "br-ex"]
    text = "1: lo: <UP> mtu 1\n    link/loopback\n12: veth1@if3: <UP>\n    RX: bytes\n3: eth0.5@eth0: <UP>\n"
    assert interfaces_in_ip_link(text) == ["lo", "veth1", "eth0.5"]


FILES = {
    "softnet_stat": "/proc/net/softnet_stat",
    "softnet_stat.txt": "/proc/net/softnet_stat",
    "proc_net_snmp": "/proc/net/snmp",
    "proc-net-netstat.log": "/proc/net/netstat",
    "cat_.proc.net.softnet_stat": "/proc/net/softnet_stat",
    "interrupts": "/proc/interrupts",
    "capture/proc/irq/24/smp_affinity": "/proc/irq/24/smp_affinity",
    "web1/sys/class/net/eth0/mtu": "/sys/class/net/eth0/mtu",
    "ethtool_-S_eth0": (captured.STATISTICS, "eth0", None),
    "ethtool -S eth0.txt": (captured.STATISTICS, "eth0", None),
    "ethtool-S-eth0.out": (captured.STATISTICS, "eth0", None),
    "ethtool_S_eth0": (captured.STATISTICS, "eth0", None),
    "ethtool/g/eth0": (captured.RINGS, "eth0", None),
    "ethtool_s_eth0": None,
    "ethtool_eth0": (captured.ETHTOOL, "eth0", None),
    "ethtool_-m_eth0": None,
    "ethtool_--show-eee_eth0": None,
    "ip_s_s_link_vb.txt": (captured.IP_LINK, "vb", None),
    "ip -s link.txt": (captured.IP_LINK, None, None),
    "tc-s-qdisc.txt": (captured.TC, None, None),
    "netstat-s.txt": (captured.NETSTAT, None, None),
    "netstat": None,
    "nstat": None,
    "sysctl.txt": (captured.SYSCTL, None, None),
    "README.md": None,
    "stat": None,
    "notes/eth0": None,
}


@pytest.mark.parametrize("path", FILES)
def test_what_a_file_of_a_name_of_its_own_is(path):
    assert meaning.of_path(path) == FILES[path]


LINES = {
    "[root@web1 ~]# ethtool -S eth0": (captured.STATISTICS, "eth0", None),
    "root@h:/# cat /proc/net/snmp": "/proc/net/snmp",
    "web1:~ # ip -s -s link show dev eth0": (captured.IP_LINK, "eth0", None),
    "bash-4.2# netstat -s": (captured.NETSTAT, None, None),
    "$ sudo ethtool -g eth0": (captured.RINGS, "eth0", None),
    "# ethtool -k eth0": (captured.FEATURES, "eth0", None),
    "[root@a ~]# ls -l": (),
    "[ec2-user@ip-10-0-3-17 ~]$ ": (),
    "user@h:~$ ethtool -S eth0 | grep drop": (),
    "#kernel": None,
    "# a comment": None,
    "     rx_packets: 1": None,
    "2: eth0: <BROADCAST,UP>": None,
    "Udp:": None,
}


@pytest.mark.parametrize("line", LINES)
def test_the_lines_of_a_shell(line):
    assert meaning.of_line(line) == LINES[line]


@pytest.mark.parametrize(
    "head, asked",
    [
        ("Ring parameters for eth0:", (captured.RINGS, "eth0", None)),
        ("Features for bond0.100:", (captured.FEATURES, "bond0.100", None)),
        ("RX flow hash indirection table for eth0 with 8 RX ring(s):", (captured.RSS, "eth0", None)),
        ("NIC statistics:", None),
    ],
)
def test_what_an_output_says_it_is(head, asked):
    assert meaning.of_head(f"\n{head}\nmore\n") == asked
