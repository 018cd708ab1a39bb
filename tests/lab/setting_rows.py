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

SYSCTLS = (
    "net.core.netdev_budget",
    "net.core.rps_sock_flow_entries",
    "net.core.rmem_max",
    "net.core.rmem_default",
    "net.ipv4.neigh.default.gc_thresh1",
    "net.ipv4.neigh.default.gc_thresh3",
    "net.ipv4.tcp_rmem",
)
SYSCTLS_AS_THEY_WERE = (
    "sysctl -qw net.core.netdev_budget=300 net.core.rps_sock_flow_entries=0 net.core.rmem_default=212992"
    " net.core.rmem_max=212992 net.ipv4.neigh.default.gc_thresh1=128 net.ipv4.neigh.default.gc_thresh2=512"
    " net.ipv4.neigh.default.gc_thresh3=1024 net.ipv4.tcp_rmem='4096 131072 6291456'"
)

STEERED_NICS = ("vio0", "igb0", "e1k0")
STEERING_AS_IT_WAS = (
    f"for n in {' '.join(STEERED_NICS)}; do cd /sys/class/net/$n; for q in queues/rx-*; do echo 0 > $q/rps_cpus;"
    " echo 0 > $q/rps_flow_cnt; done; echo 0 > threaded; echo 0 > napi_defer_hard_irqs; echo 0 > gro_flush_timeout;"
    " done; sysctl -qw net.core.rps_sock_flow_entries=0"
)

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
        "sysctl: related ones in order, one that is rounded, one that is larger already, three numbers",
        "net_sysctl",
        {
            "values": {
                "net.core.netdev_budget": 700,
                "net.core.rps_sock_flow_entries": 30000,
                "net.core.rmem_default": 1048576,
                "net.core.rmem_max": 100000,
                "net.ipv4.neigh.default.gc_thresh1": 2048,
                "net.ipv4.neigh.default.gc_thresh2": 3000,
                "net.ipv4.neigh.default.gc_thresh3": 4096,
                "net.ipv4.tcp_rmem": [8192, 65536, 8388608],
            }
        },
        reads="sysctl -n " + " ".join(SYSCTLS),
        shows="700\n32768\n212992\n1048576\n2048\n4096\n8192\t131072\t8388608",
        before=SYSCTLS_AS_THEY_WERE,
        after=SYSCTLS_AS_THEY_WERE,
    ),
    Row(
        "steering: masks, flows with the table of the host, and polling, of three drivers at once",
        "packet_steering",
        {
            "interfaces": list(STEERED_NICS),
            "rps": {"rx-0": [1, 2]},
            "rfs": 4000,
            "napi_defer_hard_irqs": 2,
            "gro_flush_timeout": 20000,
        },
        reads="for n in e1k0 igb0; do cd /sys/class/net/$n; cat queues/rx-0/rps_cpus napi_defer_hard_irqs"
        " gro_flush_timeout; echo $(($(cat queues/rx-0/rps_flow_cnt) * $(ls -d queues/rx-* | wc -l))); done | xargs;"
        " cat /sys/class/net/vio0/queues/rx-0/rps_cpus; sysctl -n net.core.rps_sock_flow_entries",
        shows="6 2 20000 4096 6 2 20000 4096\n6\n4096",
        # What serves a queue is part of what is said of its mask.
        before="systemctl stop irqbalance; " + STEERING_AS_IT_WAS,
        after=STEERING_AS_IT_WAS + "; systemctl start irqbalance",
    ),
    Row(
        "steering: threads that poll, and the CPUs that they may run on",
        "packet_steering",
        {"interfaces": ["vio0", "igb0"], "threaded": True, "thread_cpus": "1-2"},
        reads="for n in vio0 igb0; do cat /sys/class/net/$n/threaded; for t in $(pgrep ^napi/$n-); do"
        " taskset -pc $t; done | sed 's/.*: //' | sort -u; done | xargs",
        shows="1 1,2 1 1,2",
        before=STEERING_AS_IT_WAS,
        after=STEERING_AS_IT_WAS,
    ),
]

WRONG = [
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
    Wrong(
        "sysctl: less than two ticks, after one that was taken",
        "net_sysctl",
        {"values": {"net.core.netdev_budget": 900, "net.core.netdev_budget_usecs": 1000}, "allow_decrease": True},
        says="net.core.netdev_budget_usecs=1000: /proc/sys/net/core/netdev_budget_usecs: Invalid argument: two ticks",
        reads="sysctl -n net.core.netdev_budget net.core.netdev_budget_usecs",
    ),
    Wrong(
        "sysctl: no backlog at all, which the kernel takes",
        "net_sysctl",
        {"values": {"net.core.netdev_max_backlog": 0}, "allow_decrease": True},
        says="what RPS, tunnels and virtual NICs hand on would be lost; the least is 1 packets",
        reads="sysctl -n net.core.netdev_max_backlog",
    ),
    Wrong(
        "steering: a CPU that the second NIC has as little as the first",
        "packet_steering",
        {"interfaces": ["igb0", "vio0"], "rps": [1, 9]},
        says="igb0: rps_cpus: CPU 9 is not online; online are 0-3",
        reads="cat /sys/class/net/igb0/queues/rx-*/rps_cpus /sys/class/net/vio0/queues/rx-*/rps_cpus",
    ),
]
