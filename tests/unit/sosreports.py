# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small sosreports of a made-up host, for tests of what is made of several of them."""

import datetime
import tarfile

from ansible_collections.linuxnet.packetloss.tests.unit import fake_host

BOOTED = 1_700_000_000

DRIVER = "driver: igb\nversion: 6.12.0\nfirmware-version: 1\nbus-info: 0000:01:00.0\n"

IP_LINK = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0
    RX:  bytes packets errors dropped  missed   mcast
          1000      10      0       0       0       0
    TX:  bytes packets errors dropped carrier collsns
          1000      10      0       0       0       0
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000
    link/ether {mac} brd ff:ff:ff:ff:ff:ff promiscuity 0
    RX:  bytes packets errors dropped  missed   mcast
     900000000 1000000      0       0       0       0
    TX:  bytes packets errors dropped carrier collsns
     900000000 1000000      0       0       0       0
"""


def files(name="web1", taken=BOOTED + 3600, dropped=1, booted=BOOTED, boot_id="b1", mac="52:54:00:00:00:01", **changes):
    """``{path below the top folder: text}``: a host whose backlogs dropped so many packets on each of four CPUs."""
    rows = (row.replace(" 00000001 ", f" {dropped:08x} ", 1) for row in fake_host.SOFTNET.splitlines(keepends=True))
    utc = datetime.datetime.fromtimestamp(taken, datetime.timezone.utc)
    found = {
        "proc/net/softnet_stat": "".join(rows),
        "proc/net/snmp": fake_host.SNMP,
        "proc/net/netstat": fake_host.NETSTAT,
        "proc/softirqs": fake_host.SOFTIRQS,
        "proc/interrupts": fake_host.INTERRUPTS,
        "proc/stat": f"{fake_host.STAT}btime {booted}\n",
        "proc/meminfo": fake_host.MEMINFO,
        "proc/sys/kernel/random/boot_id": f"{boot_id}\n",
        "sos_commands/networking/ip_-s_-d_link": IP_LINK.format(mac=mac),
        "sos_commands/networking/ethtool_-i_eth0": DRIVER,
        "sos_commands/kernel/sysctl_-a": "net.core.netdev_max_backlog = 1000\nnet.core.netdev_budget = 300\n",
        "sos_commands/date/date_--utc": f"{utc:%a %b %e %H:%M:%S UTC %Y}\n",
        "sos_commands/host/hostname": f"{name}\n",
        "sos_commands/kernel/uname_-a": f"Linux {name} 6.12.0 #1 SMP x86_64 GNU/Linux\n",
    }
    found.update({path.replace("__", "/"): text for path, text in changes.items()})
    return {path: text for path, text in found.items() if text is not None}


def folder(root, **of):
    """A sosreport that somebody unpacked at *root*."""
    for path, text in files(**of).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return str(root)


def archive(path, form="xz", **of):
    """A sosreport as sos leaves it."""
    root = path.parent / f".{path.name}" / "sosreport-x-2026-11-26-abcdefg"
    folder(root, **of)
    with tarfile.open(path, f"w:{form}") as tar:
        tar.add(root, arcname=root.name)
    return str(path)
