# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of /proc/net/bonding in the form of Linux 6.1 and later, of bonds as servers have them."""

ACTIVE_BACKUP = """\
Ethernet Channel Bonding Driver: v6.12.95+deb13-amd64

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: eth0 (primary_reselect always)
Currently Active Slave: eth0
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 200
Down Delay (ms): 0
Peer Notification Delay (ms): 0

Slave Interface: eth0
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 3
Permanent HW addr: 3c:fd:fe:a1:00:10
Slave queue ID: 0

Slave Interface: eth1
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 1
Permanent HW addr: 3c:fd:fe:a1:00:11
Slave queue ID: 0
"""

NO_PRIMARY = ACTIVE_BACKUP.replace(
    "Bonding Mode: fault-tolerance (active-backup)",
    "Bonding Mode: fault-tolerance (active-backup) (fail_over_mac active)",
).replace("Primary Slave: eth0 (primary_reselect always)", "Primary Slave: None")

#: Its other port has no light.
ONE_PORT_DOWN = ACTIVE_BACKUP.replace(
    "Slave Interface: eth1\nMII Status: up\nSpeed: 10000 Mbps\nDuplex: full",
    "Slave Interface: eth1\nMII Status: down\nSpeed: Unknown\nDuplex: Unknown",
)

#: Its other port was plugged in just now and waits for the updelay.
COMING_BACK = ACTIVE_BACKUP.replace(
    "Slave Interface: eth1\nMII Status: up", "Slave Interface: eth1\nMII Status: going back"
)

UNWATCHED = ACTIVE_BACKUP.replace("MII Polling Interval (ms): 100", "MII Polling Interval (ms): 0")

ARP_WATCHED = UNWATCHED.replace(
    "Peer Notification Delay (ms): 0\n",
    "Peer Notification Delay (ms): 0\nARP Polling Interval (ms): 1000\nARP Missed Max: 2\n"
    "ARP IP target/s (n.n.n.n form): 192.0.2.1, 192.0.2.2\nNS IPv6 target/s (xx::xx form):\n",
)

LACP_FAST = """\
Ethernet Channel Bonding Driver: v5.14.0-427.13.1.el9_4.x86_64

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 1
Aggregator selection policy (ad_select): stable
System priority: 65535
System MAC address: b8:59:9f:1e:22:40
Active Aggregator Info:
\tAggregator ID: 1
\tNumber of ports: 2
\tActor Key: 21
\tPartner Key: 32780
\tPartner Mac Address: 00:23:04:ee:be:0a

Slave Interface: eth0
MII Status: up
Speed: 25000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: b8:59:9f:1e:22:40
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: none
Actor Churned Count: 0
Partner Churned Count: 0
details actor lacp pdu:
    system priority: 65535
    system mac address: b8:59:9f:1e:22:40
    port key: 21
    port priority: 255
    port number: 1
    port state: 63
details partner lacp pdu:
    system priority: 32667
    system mac address: 00:23:04:ee:be:0a
    oper key: 32780
    port priority: 32768
    port number: 16651
    port state: 63

Slave Interface: eth1
MII Status: up
Speed: 25000 Mbps
Duplex: full
Link Failure Count: 2
Permanent HW addr: b8:59:9f:1e:22:41
Slave queue ID: 0
Aggregator ID: 1
Actor Churn State: none
Partner Churn State: none
Actor Churned Count: 1
Partner Churned Count: 1
details actor lacp pdu:
    system priority: 65535
    system mac address: b8:59:9f:1e:22:40
    port key: 21
    port priority: 255
    port number: 2
    port state: 63
details partner lacp pdu:
    system priority: 32667
    system mac address: 00:23:04:ee:be:0a
    oper key: 32780
    port priority: 32768
    port number: 267
    port state: 63
"""

#: The default rate; the partner asks for slow too.
LACP_SLOW = LACP_FAST.replace("LACP rate: fast", "LACP rate: slow").replace("port state: 63", "port state: 61")

MIN_LINKS = LACP_FAST.replace("Min links: 1", "Min links: 2")

_ETH0, _ETH1 = LACP_FAST.split("\nSlave Interface: eth1\n")

#: The second port is plugged into another switch, that is no MLAG peer of the first.
OTHER_AGGREGATOR = (
    _ETH0.replace("Number of ports: 2", "Number of ports: 1")
    + "\nSlave Interface: eth1\n"
    + _ETH1.replace("Aggregator ID: 1", "Aggregator ID: 2").replace("00:23:04:ee:be:0a", "00:23:04:ee:be:0b")
)

#: The switch has not (yet) taken the second port up.
NOT_IN_SYNC = (
    _ETH0
    + "\nSlave Interface: eth1\n"
    + _ETH1.replace("port number: 2\n    port state: 63", "port number: 2\n    port state: 15").replace(
        "port number: 267\n    port state: 63", "port number: 267\n    port state: 7"
    )
)

#: The partner of the second port stopped to speak: its ports state says expired.
PARTNER_SILENT = (
    _ETH0
    + "\nSlave Interface: eth1\n"
    + _ETH1.replace("port number: 2\n    port state: 63", "port number: 2\n    port state: 143")
)

#: The ports of the switch are not configured for LACP at all: each port is an aggregator of its own.
NO_PARTNER = (
    "\nSlave Interface: eth1\n".join(
        [
            _ETH0.replace("Number of ports: 2", "Number of ports: 1").replace("Partner Key: 32780", "Partner Key: 1"),
            _ETH1.replace("Aggregator ID: 1", "Aggregator ID: 2").replace("State: none", "State: churned"),
        ]
    )
    .replace("00:23:04:ee:be:0a", "00:00:00:00:00:00")
    .replace("oper key: 32780", "oper key: 1")
    .replace("number: 1\n    port state: 63", "number: 1\n    port state: 79")
    .replace("number: 2\n    port state: 63", "number: 2\n    port state: 71")
    .replace("number: 16651\n    port state: 63", "number: 1\n    port state: 1")
    .replace("number: 267\n    port state: 63", "number: 1\n    port state: 1")
)

#: As somebody reads it who is not root: which aggregator is in use is not told, nor what the partner said.
NOT_ROOT = LACP_FAST.partition("System priority")[0] + "".join(
    f"\nSlave Interface: {port}\nMII Status: up\nSpeed: 25000 Mbps\nDuplex: full\nLink Failure Count: 0\n"
    f"Permanent HW addr: b8:59:9f:1e:22:4{number}\nSlave queue ID: 0\nAggregator ID: 1\nActor Churn State: none\n"
    "Partner Churn State: none\nActor Churned Count: 0\nPartner Churned Count: 0\n"
    for number, port in enumerate(("eth0", "eth1"))
)

BALANCE_XOR = """\
Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: load balancing (xor)
Transmit Hash Policy: layer2 (0)
MII Status: up
MII Polling Interval (ms): 0
Up Delay (ms): 0
Down Delay (ms): 0

Slave Interface: eth0
MII Status: up
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:79:01:02
Slave queue ID: 0

Slave Interface: eth1
MII Status: up
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:79:01:03
Slave queue ID: 0
"""
