# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import owners
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER

KNOBS = ("private_flag", "channels", "ring", "feature", "coalesce", "rss", "irq_affinity", "packet_steering")

LINK = "[Match]\nName=*\n[Link]\nName=eth0\nRxBufferSize=max\nGenericReceiveOffload=no\nCombinedChannels=4\n"
PROFILE = "[connection]\nid=x\ninterface-name=eth0\n[ethtool]\nring-rx=4096\nfeature-gro=false\n[ipv4]\nring-rx=1\n"
INTERFACES = "auto eth0\niface eth0 inet dhcp\n  hardware-dma-ring-rx 2048\niface eth1 inet dhcp\n offload-gro off\n"

SCRIPT = "#!/bin/sh\n# ethtool -L eth0 combined 1\nethtool -G eth0 rx 4096\nethtool -K eth1 gro off\n"


def written(machine, path, text):
    place = machine.root + path
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w") as stream:
        stream.write(text)


@pytest.fixture(autouse=True)
def no_irqbalance(machine):
    """The fake host has one."""
    os.remove(machine.root + "/proc/78/comm")


def others(machine, *knobs):
    settings = [{"knob": knob, "subject": "eth0", "values": {}} for knob in knobs or KNOBS]
    return {
        (entry["owner"], entry["where"], entry["subject"], entry["knob"])
        for entry in owners.others(machine.host, settings)
    }


def test_a_machine_on_which_nobody_else_sets_anything(machine):
    assert others(machine) == set()


@pytest.mark.parametrize(
    "files, expected",
    [
        (
            {
                "/run/udev/data/n2": "E:ID_NET_LINK_FILE=/run/systemd/network/10-netplan-eth0.link\n",
                "/run/systemd/network/10-netplan-eth0.link": LINK,
                "/etc/systemd/network/10-netplan-eth0.link.d/a.conf": "[Link]\nRxCoalesceSec=8us\n",
                "/etc/systemd/network/20-other.link": LINK,
            },
            {
                ("systemd", "/run/systemd/network/10-netplan-eth0.link", "eth0", "ring"),
                ("systemd", "/run/systemd/network/10-netplan-eth0.link", "eth0", "feature"),
                ("systemd", "/run/systemd/network/10-netplan-eth0.link", "eth0", "channels"),
                ("systemd", "/etc/systemd/network/10-netplan-eth0.link.d/a.conf", "eth0", "coalesce"),
            },
        ),
        (
            {
                "/etc/NetworkManager/system-connections/x.nmconnection": PROFILE,
                "/run/NetworkManager/system-connections/other.nmconnection": PROFILE.replace("eth0", "eth1"),
            },
            {
                ("NetworkManager", "/etc/NetworkManager/system-connections/x.nmconnection", "eth0", "ring"),
                ("NetworkManager", "/etc/NetworkManager/system-connections/x.nmconnection", "eth0", "feature"),
            },
        ),
        (
            {"/etc/network/interfaces": INTERFACES},
            {("ifupdown", "/etc/network/interfaces", "eth0", "ring")},
        ),
        (
            {"/etc/sysconfig/network-scripts/ifcfg-eth0": 'ETHTOOL_OPTS="-G eth0 rx 4096; -K eth0 gro off"\n'},
            {
                ("network-scripts", "/etc/sysconfig/network-scripts/ifcfg-eth0", "eth0", "ring"),
                ("network-scripts", "/etc/sysconfig/network-scripts/ifcfg-eth0", "eth0", "feature"),
            },
        ),
        (
            {"/etc/sysconfig/network/ifcfg-eth0": "ETHTOOL_OPTIONS='-C iface rx-usecs 8'\n"},
            {("wicked", "/etc/sysconfig/network/ifcfg-eth0", "eth0", "coalesce")},
        ),
        (
            {
                "/etc/tuned/active_profile": "mine\n",
                "/etc/tuned/mine/tuned.conf": "[main]\ninclude=theirs\n[net]\nfeatures=rx off\n",
                "/usr/lib/tuned/profiles/theirs/tuned.conf": "[main]\ninclude=mine\n[net_fast]\nring=rx 4096\n",
            },
            {
                ("tuned", "/etc/tuned/mine/tuned.conf", None, "feature"),
                ("tuned", "/usr/lib/tuned/profiles/theirs/tuned.conf", None, "ring"),
            },
        ),
        (
            {
                "/etc/rc.local": SCRIPT,
                "/etc/udev/rules.d/60-x.rules": 'RUN+="/sbin/ethtool -C %k rx-usecs 8"\n',
                "/etc/udev/rules.d/99-packetloss.rules": "ethtool -X eth0 equal 4\n",
                "/etc/networkd-dispatcher/routable.d/x": "echo f > /sys/class/net/eth0/queues/rx-0/rps_cpus\n",
            },
            {
                ("script", "/etc/rc.local", "eth0", "ring"),
                ("script", "/etc/rc.local", None, "feature"),
                ("script", "/etc/udev/rules.d/60-x.rules", None, "coalesce"),
                ("script", "/etc/networkd-dispatcher/routable.d/x", "eth0", "packet_steering"),
            },
        ),
        (
            {"/proc/88/comm": "irqbalance\n", "/proc/88/cmdline": "/usr/sbin/irqbalance\0--foreground\0"},
            {("irqbalance", "irqbalance", None, "irq_affinity")},
        ),
        (
            {"/proc/88/comm": "irqbalance\n", "/proc/88/cmdline": "irqbalance\0--policyscript=/x/packetloss/y\0"},
            set(),
        ),
    ],
)
def test_who_else_sets_the_same_is_found_by_his_files(machine, files, expected):
    for path, text in files.items():
        written(machine, path, text)
    assert others(machine) == expected


def test_only_who_sets_the_same_is_told_and_who_wins(machine):
    written(machine, "/etc/network/interfaces", INTERFACES)
    assert others(machine, "coalesce", "feature") == set()
    (entry,) = owners.others(machine.host, [{"knob": "ring", "subject": "eth0", "values": {}}])
    assert owners.told(entry).startswith(
        "/etc/network/interfaces (ifupdown) sets ring of eth0 as well. Who wins: ours at"
    )


def test_every_knob_that_is_kept_is_looked_for():
    tables = [
        pair
        for name in dir(owners)
        if name.isupper() and name.endswith(("_KEYS", "_OPTIONS", "_WORDS"))
        for pair in getattr(owners, name)
    ]
    assert set(ORDER) - {"sysctl"} <= {knob for knob, _pattern in tables} == set(KNOBS)
