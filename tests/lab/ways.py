# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NICs of the guest as ways into it: five settings of each, and what the system's own programs say of it with them."""

import dataclasses
import re

#: Prints what is set of NIC $1, a line each, as "what = value".
_READ = r"""
n=$1
ethtool -g $n | sed -nE '/^Current/,$s/^(RX|TX):[^0-9]*([0-9]+)/ring \1 = \2/p'
ethtool -l $n 2>/dev/null | sed -nE '/^Current/,$s/^(RX|TX|Combined):[^0-9]*([0-9]+)/channels \1 = \2/p'
ethtool -c $n 2>/dev/null | sed -nE 's/^([a-z-]+):[^0-9]*([0-9]+)/coalesce \1 = \2/p'
ethtool -k $n | sed -nE 's/^\s*([a-z0-9-]+): (on|off).*/feature \1 = \2/p'
ethtool -x $n 2>/dev/null | awk '/^ *[0-9]+:/ {for (i = 2; i <= NF; i++) t = t $i} END {if (t) print "table = " t}'
sed -nE "s/^ *([0-9]+):.* ($n|$(basename $(readlink /sys/class/net/$n/device)))(-(.*))?$/\1 irq\3/p" /proc/interrupts |
    while read -r irq what; do echo "$what = $(cat /proc/irq/$irq/smp_affinity_list)"; done
for f in /sys/class/net/$n/queues/*/rps_cpus /sys/class/net/$n/queues/*/rps_flow_cnt; do echo "$f = $(cat $f)"; done
for f in /sys/class/net/$n/queues/*/xps_cpus; do echo "$f = $(cat $f 2>/dev/null)"; done
for s in net.core.netdev_budget net.core.netdev_budget_usecs net.core.netdev_max_backlog net.ipv4.tcp_max_syn_backlog
do echo "$s = $(sysctl -n $s)"; done
"""


#: Of what is other: the interrupts of all queues, whatever the driver calls them; it does by the number of queues.
_IRQS = "irqs"
_OF_A_QUEUE = re.compile(r"irq-.*\d$")


@dataclasses.dataclass(frozen=True)
class Way:
    """A NIC that SSH comes through, five settings of it, and what is other with them: ``{what: value}``.

    ``rounded`` is a ring that the driver makes another number of, ``(asked for, had)``.
    """

    nic: str
    settings: tuple
    shows: dict
    rounded: tuple

    #: Whose address it is: a port of a bond has none of its own.
    through: str = ""

    @property
    def entry(self):
        return self.through or self.nic

    @property
    def driver_gone(self):
        """Takes the driver away from the NIC, and prints what gives it back."""
        return (
            f"device=$(basename $(readlink /sys/class/net/{self.nic}/device));"
            f" driver=$(readlink -f /sys/class/net/{self.nic}/device/driver);"
            " echo $device > $driver/unbind; echo echo $device '>' $driver/bind"
        )


def setting(knob, subject, **values):
    return {"knob": knob, "subject": subject, "values": values}


def sysctl(**values):
    return {"knob": "sysctl", "subject": None, "values": {f"net.core.{name}": value for name, value in values.items()}}


def _to_cpu(nic, cpu):
    return setting("irq_affinity", nic, policy="cpulist", cpulist=str(cpu))


WAYS = {
    "igb0": Way(
        "igb0",
        (
            setting("ring", "igb0", rx=512),
            setting("feature", "igb0", **{"rx-gro": False}),
            setting("coalesce", "igb0", rx_usecs=70),
            setting("rss", "igb0", equal=2),
            _to_cpu("igb0", 2),
        ),
        {
            "ring RX": "512",
            "feature generic-receive-offload": "off",
            "coalesce rx-usecs": "70",
            "table": "01" * 64,
            _IRQS: "2",
        },
        rounded=(300, "304"),
        through="bond0",
    ),
    "e1k0": Way(
        "e1k0",
        (
            setting("ring", "e1k0", rx=512),
            setting("feature", "e1k0", **{"rx-gro": False}),
            setting("coalesce", "e1k0", rx_usecs=70),
            _to_cpu("e1k0", 1),
            sysctl(netdev_budget=700),
        ),
        {
            "ring RX": "512",
            "feature generic-receive-offload": "off",
            "coalesce rx-usecs": "70",
            _IRQS: "1",
            "net.core.netdev_budget": "700",
        },
        rounded=(300, "304"),
    ),
    "vmx0": Way(
        "vmx0",
        (
            setting("ring", "vmx0", rx=512),
            setting("feature", "vmx0", **{"rx-gro": False}),
            setting("rss", "vmx0", equal=2),
            _to_cpu("vmx0", 1),
            sysctl(netdev_budget=700),
        ),
        {
            "ring RX": "512",
            "feature generic-receive-offload": "off",
            "table": None,
            _IRQS: "1",
            "net.core.netdev_budget": "700",
        },
        rounded=(300, "320"),
    ),
    "vio0": Way(
        "vio0",
        (
            setting("ring", "vio0", rx=512),
            setting("feature", "vio0", **{"rx-gro": False}),
            _to_cpu("vio0", 1),
            setting("packet_steering", "vio0", rps_cpus={"rx-0": [1, 2]}),
            sysctl(netdev_budget=700),
        ),
        {
            "ring RX": "512",
            "feature generic-receive-offload": "off",
            _IRQS: "1",
            "/sys/class/net/vio0/queues/rx-0/rps_cpus": "6",
            "net.core.netdev_budget": "700",
        },
        rounded=(256, "256"),
    ),
}

#: Settings of which only the driver or the kernel knows that it cannot have one, by the step that it refuses.
REFUSED = {
    1: (
        "vio0",
        (
            setting("ring", "vio0", rx=600),
            *WAYS["vio0"].settings[1:],
        ),
    ),
    2: (
        "igb0",
        (
            setting("feature", "igb0", **{"rx-gro": False}),
            setting("coalesce", "igb0", rx_usecs=4),
            setting("rss", "igb0", equal=2),
            _to_cpu("igb0", 2),
            sysctl(netdev_budget=700),
        ),
    ),
    3: (
        "igb0",
        (
            setting("ring", "igb0", rx=512),
            setting("feature", "igb0", **{"rx-gro": False}),
            setting("coalesce", "igb0", rx_usecs=4),
            setting("rss", "igb0", equal=2),
            _to_cpu("igb0", 2),
        ),
    ),
    4: (
        "igb0",
        (
            setting("ring", "igb0", rx=512),
            setting("feature", "igb0", **{"rx-gro": False}),
            setting("coalesce", "igb0", rx_usecs=70),
            setting("rss", "igb0", equal=2, fields={"tcp4": "sd"}),
            _to_cpu("igb0", 2),
        ),
    ),
    5: (
        "e1k0",
        (
            *WAYS["e1k0"].settings[:4],
            sysctl(netdev_budget_usecs=1000),
        ),
    ),
}


def read(guest, way, nic=None):
    """What is set of the way's NIC: ``{what: value}``, read over the connection that all share."""
    text = guest.run("sh", "-c", _READ, "sh", nic or way.nic)
    return dict(line.partition(" = ")[::2] for line in text.splitlines())


def applied(way, before):
    """What ought to be read once all is applied, from what was read *before*."""
    shows = dict(way.shows)
    if "table" in shows and shows["table"] is None:
        # Its size is the driver's.
        shows["table"] = ("01" * len(before["table"]))[: len(before["table"])]
    cpus = shows.pop(_IRQS)
    return {**before, **dict.fromkeys(filter(_OF_A_QUEUE.match, before), cpus), **shows}


def different(wanted, found):
    """The lines that differ, none if all is well."""
    keys = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))
    return [f"{key}: {found.get(key)}, expected {wanted.get(key)}" for key in keys]
