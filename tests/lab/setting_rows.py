# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that set are asked for in the lab, and by which other tool it is seen: a row for each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """One task, tried in check mode, in earnest and once more.

    ``reads`` is a command of another tool, and ``shows`` what it prints afterwards, for all kernels or by kernel.
    ``before`` prepares the guest, ``after`` puts it back.
    """

    name: str
    module: str
    arguments: dict
    reads: str
    shows: str | dict
    before: str = "true"
    after: str = "true"

    def shown(self, kernel):
        return self.shows if isinstance(self.shows, str) else self.shows[kernel]


@dataclasses.dataclass(frozen=True)
class Wrong:
    """One task that cannot be done: ``says`` is in its message, and what ``reads`` prints is as before."""

    name: str
    module: str
    arguments: dict
    says: str
    reads: str = "true"
    before: str = "true"
    after: str = "true"


def rx_rings(*nics):
    return "\n".join(f"ethtool -g {nic} | sed -n '/^Current/,$s/^RX:[^0-9]*/{nic} /p'" for nic in nics)


RING_NICS = ("igb0", "e1k0", "vmx0", "vio0")
RINGS_AS_THEY_WERE = "ethtool -G igb0 rx 256; ethtool -G e1k0 rx 256; ethtool -G vmx0 rx 1024; ethtool -G vio0 rx 1024"

CHANNELS_AS_THEY_WERE = "; ".join(
    ["ethtool -X igb0 default", "ethtool -L igb0 combined 4", "ethtool -L vio0 combined 4"]
    + [f"echo 0 > {file}" for file in ("/sys/class/net/igb0/queues/rx-1/rps_cpus",)]
    + [f"echo 0 > /sys/class/net/vio0/queues/rx-1/{file}" for file in ("rps_cpus", "rps_flow_cnt")]
    + ["systemctl start irqbalance"]
)
#: The interrupt that receives for the first queue of vio0: the driver sets its affinity with new channels.
VIO0_IRQ = "$(dirname /proc/irq/*/$(basename $(readlink /sys/class/net/vio0/device))-input.0)/smp_affinity_list"


def combined(*nics):
    return "\n".join(f"ethtool -l {nic} | sed -n '/^Current/,$s/^Combined:[^0-9]*/{nic} /p'" for nic in nics)


COALESCE_AS_IT_WAS = "; ".join(
    [f"ethtool -C igb0 {side}-usecs 3" for side in ("rx", "tx")]
    + ["ethtool -C e1k0 rx-usecs 3", "ethtool -C vio0 rx-usecs 0 rx-frames 1"]
)


def rx_usecs(*nics):
    return "\n".join(f"ethtool -c {nic} | sed -n 's/^rx-usecs:[^0-9]*/{nic} /p'" for nic in nics)


ROWS = [
    Row(
        "ring: four drivers at once",
        "ethtool_ring",
        {"interfaces": list(RING_NICS), "rx": "512"},
        reads=rx_rings(*RING_NICS),
        shows="igb0 512\ne1k0 512\nvmx0 512\nvio0 512",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE,
    ),
    Row(
        "ring: numbers that drivers round",
        "ethtool_ring",
        {"interfaces": ["igb0", "e1k0", "vmx0"], "rx": "300"},
        reads=rx_rings("igb0", "e1k0", "vmx0"),
        shows="igb0 304\ne1k0 304\nvmx0 320",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE,
    ),
    Row(
        "ring: all that the hardware has",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "max", "tx": "512"},
        reads="ethtool -g igb0 | sed -n '/^Current/,$s/^\\([RT]X\\):[^0-9]*/\\1 /p'",
        shows="RX 4096\nTX 512",
        before=RINGS_AS_THEY_WERE,
        after=RINGS_AS_THEY_WERE + "; ethtool -G igb0 tx 256",
    ),
    Row(
        "channels: fewer of two drivers, and what was set of their queues",
        "ethtool_channels",
        {"interfaces": ["igb0", "vio0"], "combined": "2"},
        reads=combined("igb0", "vio0")
        + "\ncd /sys/class/net; cat igb0/queues/rx-1/rps_cpus vio0/queues/rx-1/rps_cpus vio0/queues/rx-1/rps_flow_cnt"
        + f"\ncat {VIO0_IRQ}",
        shows="igb0 2\nvio0 2\n1\n8\n256\n3",
        before=CHANNELS_AS_THEY_WERE
        + "; systemctl stop irqbalance; cd /sys/class/net; echo 1 > igb0/queues/rx-1/rps_cpus"
        + f"; echo 8 > vio0/queues/rx-1/rps_cpus; echo 256 > vio0/queues/rx-1/rps_flow_cnt; echo 3 > {VIO0_IRQ}",
        after=CHANNELS_AS_THEY_WERE,
    ),
    Row(
        "channels: as many as there are cores near the NIC, and of the host where it has no node",
        "ethtool_channels",
        {"interfaces": ["igb0", "vio0"], "combined": "per_local_core"},
        reads=combined("igb0", "vio0"),
        shows="igb0 2\nvio0 4",
        before=CHANNELS_AS_THEY_WERE + "; ethtool -L vio0 combined 1",
        after=CHANNELS_AS_THEY_WERE,
    ),
    Row(
        "coalesce: numbers that drivers count in their own units",
        "ethtool_coalesce",
        {"interfaces": ["igb0", "e1k0"], "rx_usecs": 70},
        reads=rx_usecs("igb0", "e1k0"),
        shows="igb0 70\ne1k0 70",
        before=COALESCE_AS_IT_WAS,
        after=COALESCE_AS_IT_WAS,
    ),
    Row(
        "coalesce: a driver that adapts by itself, as the stand-in does, is told to stop",
        "ethtool_coalesce",
        {"interfaces": ["mlx0"], "profile": "throughput", "tx_frames": 64},
        reads="ethtool -c mlx0 | grep -E '^(Adaptive|[rt]x-(usecs|frames):)' | tr -s '\\t ' ' '",
        shows="Adaptive RX: off TX: off\nrx-usecs: 125\nrx-frames: 128\ntx-usecs: 125\ntx-frames: 64",
        before="modprobe mlx5_standin channels=2; udevadm settle; ethtool -C mlx0 adaptive-rx on adaptive-tx on",
        after="modprobe -r mlx5_standin",
    ),
    Row(
        "coalesce: a profile by speed of drivers that lack most of it",
        "ethtool_coalesce",
        {"interfaces": ["igb0", "e1k0"], "profile": "by_speed"},
        reads=rx_usecs("igb0", "e1k0"),
        shows="igb0 25\ne1k0 25",
        before=COALESCE_AS_IT_WAS,
        after=COALESCE_AS_IT_WAS,
    ),
]

WRONG = [
    Wrong(
        "coalesce: a field that a driver does not know, after one that both know",
        "ethtool_coalesce",
        {"interfaces": ["e1k0", "igb0"], "rx_usecs": 20, "rx_frames": 8},
        says="e1k0: its driver e1000e does not know rx_frames: leave that out",
        reads=rx_usecs("igb0", "e1k0"),
    ),
    Wrong(
        "coalesce: a number that igb does not take, after one that e1000e took",
        "ethtool_coalesce",
        {"interfaces": ["e1k0", "igb0"], "rx_usecs": 4},
        says="e1k0: rx_usecs 3 was put back",
        reads=rx_usecs("igb0", "e1k0"),
        before=COALESCE_AS_IT_WAS,
    ),
    Wrong(
        "coalesce: a queue by itself, which igb cannot",
        "ethtool_coalesce",
        {"interfaces": ["igb0"], "queues": [0], "rx_usecs": 20},
        says="igb0: its coalesce of queues cannot be known: ETHTOOL_PERQUEUE igb0: Operation not supported",
        reads=rx_usecs("igb0"),
    ),
    Wrong(
        "channels: a driver that has them and cannot change them",
        "ethtool_channels",
        {"interfaces": ["vio0", "vmx0"], "combined": "2"},
        says="vmx0: its driver vmxnet3 cannot change its channels",
        reads=combined("vio0", "vmx0"),
    ),
    Wrong(
        "channels: a queue that somebody's RSS table names",
        "ethtool_channels",
        {"interfaces": ["igb0"], "combined": "2"},
        says="igb0: its RSS table, which somebody set, names queue 3",
        reads=combined("igb0"),
        before="ethtool -X igb0 weight 1 0 0 1",
        after="ethtool -X igb0 default",
    ),
    Wrong(
        "ring: more than the hardware has",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "5000"},
        says="igb0: rx 5000 is above the 4096 that the hardware has",
        reads=rx_rings("igb0"),
    ),
    Wrong(
        "ring: a number that virtio_net does not take, after one that igb took",
        "ethtool_ring",
        {"interfaces": ["igb0", "vio0"], "rx": "600"},
        says="igb0: rx 256 was put back",
        reads=rx_rings("igb0", "vio0"),
        before=RINGS_AS_THEY_WERE,
    ),
    Wrong(
        "ring: an interface that is not there",
        "ethtool_ring",
        {"interfaces": ["eth99"], "rx": "512"},
        says="no interface 'eth99' on this host; it has:",
    ),
    Wrong(
        "ring: more memory than there is",
        "ethtool_ring",
        {"interfaces": ["igb0"], "rx": "max", "memory_reserve": "100%"},
        says="The largest receive ring of igb0",
        reads=rx_rings("igb0"),
        before=RINGS_AS_THEY_WERE,
    ),
]
