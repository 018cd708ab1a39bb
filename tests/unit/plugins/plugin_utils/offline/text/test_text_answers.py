# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a captured host answers in the place of its kernel, and the files that are made for it."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    addresses,
    ethtool,
    links,
    qdiscs,
    sysfs_net,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.answers import answers_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import made
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.offline.text.captured_texts import (
    Texts,
    capture,
)

IP = """\
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 500
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
3: eth0.5@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vlan protocol 802.1Q id 5 <REORDER_HDR>
4: veth0@veth1: <BROADCAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default
    link/ether 02:00:00:00:00:04 brd ff:ff:ff:ff:ff:ff promiscuity 0
    veth
5: veth1@veth0: <BROADCAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff promiscuity 0
    veth
"""
DRIVER = "driver: {}\nversion: 6.1\nfirmware-version: \nexpansion-rom-version: \nbus-info: {}\n"


def asked(outputs=(), **rest):
    """A host of a capture, with the files that are made for it."""
    found = capture(outputs, **rest)
    files, targets = made.made(found)
    shown = Texts({path: text.decode() for path, text in files.items() if isinstance(text, bytes)}, targets)
    return Host(shown, None, None, None, None, answers_of(found, shown))


def test_a_source_does_not_know_that_its_answer_is_a_text():
    host = asked({words.IP_LINK: IP, (words.DRIVER, "eth0"): DRIVER.format("ixgbe", "0000:3b:00.0")})
    assert ethtool.driver(host, "eth0")["name"] == "ixgbe"
    assert links.links(host)["eth0"]["mtu"] == 1500


def test_what_is_missing_is_told_by_its_name_and_its_command():
    host = asked(
        {words.IP_LINK: IP}, would_be=lambda key: f"sos_commands/networking/{'_'.join(filter(None, (*key[0], key[1])))}"
    )
    with pytest.raises(Unavailable) as refusal:
        ethtool.rss(host, "eth0")
    assert refusal.value.reason == "absent"
    expected = "sos_commands/networking/ethtool_-x_eth0 (ethtool -x eth0) is not in this capture"
    assert refusal.value.detail == expected
    with pytest.raises(Unavailable, match="the output of ethtool -n eth0 is not read of a capture"):
        ethtool.steered_queues(host, "eth0")
    with pytest.raises(Unavailable, match="ip addr"):
        addresses.addresses(asked())


def test_what_is_there_and_cannot_be_read_says_why():
    found = capture({words.IP_LINK: IP})
    found.outputs[words.RINGS, "eth0", None] = Unavailable("malformed", "ethtool_-g_eth0: too large")
    with pytest.raises(Unavailable, match="too large"):
        answers_of(found, found.files)["ethtool.rings"]("eth0")


def test_what_another_namespace_printed_is_not_this_ones():
    found = capture({words.IP_LINK: IP})
    found.outputs[words.IP_ADDRESS, None, "blue"] = found.outputs[words.IP_LINK, None, None]
    with pytest.raises(Unavailable):
        answers_of(found, found.files)["addresses.addresses"]()


def test_qdiscs_of_all_and_of_each():
    text = "qdisc pfifo 1: dev eth0 root limit 9p\n Sent 1 bytes 1 pkt (dropped 7, overlimits 0 requeues 0)\n"
    names = {2: "eth0"}
    assert qdiscs.qdiscs(asked({words.TC: text}), names)["eth0 1: root"]["dropped"] == 7
    of_each = asked({(words.TC, "eth0"): text.replace("dev eth0 ", ""), (words.TC, "eth9"): "?\n"})
    assert qdiscs.qdiscs(of_each, names)["eth0 1: root"]["dropped"] == 7


def test_sysfs_shows_the_interfaces_that_ip_names():
    host = asked({words.IP_LINK: IP, (words.DRIVER, "eth0"): DRIVER.format("ixgbe", "0000:3b:00.0")})
    sysfs_net.check_visible(host, "eth0", 2)
    assert sysfs_net.neighbours(host, "eth0") == {"physical": True, "lower": [], "upper": ["eth0.5"]}
    assert sysfs_net.neighbours(host, "eth0.5") == {"physical": False, "lower": ["eth0"], "upper": []}
    # One end of a veth is beside the other, not below it.
    assert sysfs_net.neighbours(host, "veth0") == {"physical": False, "lower": [], "upper": []}
    device = sysfs_net.device(host, "eth0")
    assert sysfs_net.pci_function(device) == device
    assert sysfs_net.bus_name(device) == "0000:3b:00.0"


@pytest.mark.parametrize("bus", ["", "N/A", "tap", "../../etc", "a b"])
def test_an_interface_without_a_place_on_a_bus_has_no_device(bus):
    host = asked({words.IP_LINK: IP, (words.DRIVER, "eth0"): DRIVER.format("what", bus)})
    assert sysfs_net.neighbours(host, "eth0")["physical"] is False


def test_the_device_is_the_one_that_sysfs_shows():
    folder = "/sys/devices/pci0000:00/0000:00:03.0/virtio0/net/eth0"
    rest = {
        "files": {f"{folder}/flags": "0x1003\n"},
        "links": {"/sys/class/net/eth0": folder, "/sys/class/net/eth0.5": "/sys/devices/virtual/net/eth0.5"},
    }
    found = capture({words.IP_LINK: IP}, **rest)
    files, targets = made.made(found)
    assert targets[f"{folder}/device"] == "/sys/devices/pci0000:00/0000:00:03.0/virtio0"
    assert "/sys/devices/virtual/net/eth0.5/device" not in targets
    assert files[f"{folder}/ifindex"] == b"2\n"


def test_a_file_that_was_captured_is_not_made():
    outputs = {words.SYSCTL: "net.core.somaxconn = 4096\nkernel.osrelease = 5.4\n", words.UNAME: "Linux a 5.5 #1 SMP\n"}
    files, _links = made.made(capture(outputs, files={"/proc/sys/net/core/somaxconn": "128\n"}))
    assert "/proc/sys/net/core/somaxconn" not in files
    # The better of two outputs.
    assert files["/proc/sys/kernel/osrelease"] == b"5.4\n"


def test_the_uptime_is_from_the_boot_to_the_capture():
    stat = {"/proc/stat": "cpu  1 2 3\nbtime 1700000000\n"}
    files, _links = made.made(capture({}, files=stat, taken=1700086400.5))
    assert files["/proc/uptime"] == b"86400.50 0.00\n"
    # Without the time of the capture, to a minute.
    uptime = {words.UPTIME: " 11:50:53 up 2 days, 1 min,  1 user,  load average: 0.00\n"}
    files, _links = made.made(capture(uptime, files=stat))
    assert files["/proc/uptime"] == b"172860.00 0.00\n"
    files, _links = made.made(capture({}))
    assert files["/proc/uptime"].reason == "absent"


def test_an_output_that_cannot_be_read_is_why_there_is_no_file():
    files, _links = made.made(capture({words.NSTAT: "#kernel\nIpInReceives x 0.0\n"}))
    assert files["/proc/net/snmp"].reason == "malformed"
    assert "nstat_-az, line 2" in files["/proc/net/snmp"].detail


def test_what_one_output_does_not_tell_another_does():
    outputs = {words.NSTAT: "#kernel\nIpInReceives x 0.0\n", words.NETSTAT: "Ip:\n    7 total packets received\n"}
    files, _links = made.made(capture(outputs))
    assert files["/proc/net/snmp"] == b"Ip: InReceives\nIp: 7\n"
    assert files["/proc/net/netstat"].reason == "malformed"


def test_possible_cpus_are_the_columns_of_softirqs():
    files, _links = made.made(capture({}, files={"/proc/softirqs": "        CPU0   CPU1  CPU2\nHI: 0 0 0\n"}))
    assert files["/sys/devices/system/cpu/possible"] == b"0-2\n"


def test_the_only_node_has_the_memory_of_the_host():
    files = {"/proc/meminfo": "MemTotal: 2048 kB\nMemFree: 1024 kB\nBuffers: 1 kB\n"}
    one = {words.LSCPU: "On-line CPU(s) list: 0-3\nNUMA node0 CPU(s): 0-3\n"}
    path = "/sys/devices/system/node/node0/meminfo"
    assert made.made(capture(one, files=files))[0][path] == b"Node 0 MemTotal: 2048 kB\nNode 0 MemFree: 1024 kB\n"
    two = {words.LSCPU: one[words.LSCPU] + "NUMA node1 CPU(s): 4-7\n"}
    assert path not in made.made(capture(two, files=files))[0]


def test_a_name_that_is_no_file_is_not_made_one():
    files, targets = made.made(capture({words.IP_LINK: IP.replace("eth0.5@eth0", "..@eth0")}))
    assert not [
        path
        for path in (*files, *targets)
        if ".." in path or path.endswith("/ifindex") and "eth0" not in path and "veth" not in path
    ]
