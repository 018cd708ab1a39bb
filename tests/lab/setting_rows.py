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


def features(nic, *names):
    """A line for each feature: its long name and on or off, as ethtool says it."""
    return f"ethtool -k {nic} | grep -E '^\\s*({'|'.join(names)}):' | sed 's/^\\s*/{nic} /'"


def switched(*nics):
    return "\n".join(features(nic, "tcp-segmentation-offload", "generic-receive-offload") for nic in nics)


FEATURE_NICS = ("igb0", "e1k0", "vmx0", "vio0")


def as_it_was(nic):
    # ethtool's tso takes tx-tcp-mangleid-segmentation with it, which is off where nobody wanted it.
    return f"ethtool -K {nic} tx on tso on gro on; ethtool -K {nic} tx-tcp-mangleid-segmentation off"


FEATURES_AS_THEY_WERE = "\n".join(map(as_it_was, FEATURE_NICS))

#: The queue of each entry in one line, and what is hashed of UDP.
TABLE = 'ethtool -x igb0 | awk \'/^ *[0-9]+:/ {for (i = 2; i <= NF; i++) printf "%s", $i} END {print ""}\''
HASHED = "ethtool -n igb0 rx-flow-hash udp4 | grep -c '^L4 bytes'"
RSS_AS_IT_WAS = "ethtool -X igb0 equal 4; ethtool -X vmx0 equal 4; ethtool -N igb0 rx-flow-hash udp4 sd"
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


def queue_cpus(*nics):
    """Prints the CPUs of each queue of *nics*; a queue with an interrupt a side is told once if both go there."""
    return (
        f"sed -nE 's/^ *([0-9]+):.* ({'|'.join(nics)})-(rx|tx|rxtx|TxRx)-([0-9]+)$/\\1 \\2 \\4/p' /proc/interrupts |"
        " while read -r irq nic queue; do echo $nic $queue $(cat /proc/irq/$irq/smp_affinity_list); done | sort -u"
    )


def all_queues_to(cpus, *nics):
    """Sends the interrupts of *nics* to *cpus*; nobody moves them then."""
    irqs = f"$(grep -E ' ({'|'.join(nics)})-' /proc/interrupts | cut -d: -f1)"
    return f"systemctl stop irqbalance; for irq in {irqs}; do echo {cpus} > /proc/irq/$irq/smp_affinity_list; done"


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
    Row(
        "feature: offloads of four drivers at once",
        "ethtool_features",
        {"interfaces": list(FEATURE_NICS), "features": {"tso": False, "rx-gro": False}},
        reads=switched(*FEATURE_NICS),
        shows="\n".join(
            f"{nic} {name}: off"
            for nic in FEATURE_NICS
            for name in ("tcp-segmentation-offload", "generic-receive-offload")
        ),
        before=FEATURES_AS_THEY_WERE,
        after=FEATURES_AS_THEY_WERE,
    ),
    Row(
        "feature: the driver switches another along",
        "ethtool_features",
        {"interfaces": ["igb0"], "features": {"rxvlan": False}},
        reads=features("igb0", "rx-vlan-offload", "tx-vlan-offload"),
        shows="igb0 rx-vlan-offload: off\nigb0 tx-vlan-offload: off [requested on]",
        before="ethtool -K igb0 rxvlan on txvlan on",
        after="ethtool -K igb0 rxvlan on txvlan on",
    ),
    Row(
        "private_flag: one of igb, with a feature",
        "ethtool_features",
        {"interfaces": ["igb0"], "private_flags": {"legacy-rx": True}, "features": {"rx-all": False}},
        reads="ethtool --show-priv-flags igb0 | grep legacy-rx",
        shows="legacy-rx: on",
        before="ethtool --set-priv-flags igb0 legacy-rx off",
        after="ethtool --set-priv-flags igb0 legacy-rx off",
    ),
    Row(
        "rss: fewer queues, and UDP by its ports",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 2}, "hash_fields": {"udp4": "sdfn"}},
        reads=f"{TABLE}; {HASHED}",
        shows="01" * 64 + "\n2",
        before=RSS_AS_IT_WAS,
        after=RSS_AS_IT_WAS,
    ),
    Row(
        "rss: weights of two drivers, as ethtool spreads them",
        "ethtool_rss",
        {"interfaces": ["igb0", "vmx0"], "table": {"weights": [5, 0, 2]}},
        reads=f"{TABLE}; ethtool -X igb0 weight 5 0 2; {TABLE}",
        shows="0" * 91 + "2" * 37 + "\n" + "0" * 91 + "2" * 37,
        before=RSS_AS_IT_WAS,
        after=RSS_AS_IT_WAS,
    ),
    Row(
        "rss: back to the default",
        "ethtool_rss",
        {"interfaces": ["igb0", "vmx0"], "table": {"default": True}},
        reads=TABLE,
        shows="0123" * 32,
        before="ethtool -X igb0 weight 1 1 1 1; ethtool -X vmx0 equal 1",
        after=RSS_AS_IT_WAS,
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
    Row(
        "irq_affinity: the cores of a NIC's node, beside a NIC that has none",
        "irq_affinity",
        {"interfaces": ["igb0", "vmx0"], "policy": "local_cores", "irqbalance": "ignore"},
        reads=queue_cpus("igb0", "vmx0"),
        shows="igb0 0 2\nigb0 1 3\nigb0 2 2\nigb0 3 3\nvmx0 0 0\nvmx0 1 1\nvmx0 2 2\nvmx0 3 3",
        before=all_queues_to("0-1", "igb0", "vmx0"),
        after="systemctl start irqbalance",
    ),
    Row(
        "irq_affinity: a list of CPUs, from one of them on",
        "irq_affinity",
        {"interfaces": ["vmx0"], "policy": "cpulist", "cpulist": "1-3", "start_cpu": 2, "irqbalance": "ignore"},
        reads=queue_cpus("vmx0"),
        shows="vmx0 0 2\nvmx0 1 3\nvmx0 2 1\nvmx0 3 2",
        before=all_queues_to("0", "vmx0"),
        after="systemctl start irqbalance",
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
    Wrong(
        "feature: one that is fixed",
        "ethtool_features",
        {"interfaces": ["igb0", "vio0"], "features": {"rx": False}},
        says="vio0: rx-checksum is fixed on: its driver gives nobody a switch for it",
        reads=f"{features('igb0', 'rx-checksumming')}; {features('vio0', 'rx-checksumming')}",
    ),
    Wrong(
        "feature: one that needs another, after one that could be switched",
        "ethtool_features",
        {"interfaces": ["e1k0", "igb0"], "features": {"tx-tcp-segmentation": True}},
        says="it needs tx-checksum-ip-generic or tx-checksum-ipv4; switch that on as well",
        reads=f"{features('igb0', 'tx-tcp-segmentation')}; {features('e1k0', 'tx-tcp-segmentation')}",
        before="ethtool -K igb0 tx off tso off; ethtool -K e1k0 tso off",
        after="\n".join(map(as_it_was, ("igb0", "e1k0"))),
    ),
    Wrong(
        "private_flag: one that the driver has not",
        "ethtool_features",
        {"interfaces": ["igb0"], "private_flags": {"legacy_rx": True}},
        says="igb0: it has no private flag 'legacy_rx'; similar ones: legacy-rx",
        reads="ethtool --show-priv-flags igb0",
    ),
    Wrong(
        "rss: more queues than there are",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 8}},
        says="igb0: equal 8 names more than the 4 receive queues that are in use",
        reads=TABLE,
        before=RSS_AS_IT_WAS,
    ),
    Wrong(
        "rss: fields that igb cannot choose, after a table that it took",
        "ethtool_rss",
        {"interfaces": ["igb0"], "table": {"equal": 2}, "hash_fields": {"tcp4": "sd"}},
        says="the driver cannot hash these fields of such packets",
        reads=f"{TABLE}; {HASHED}",
        before=RSS_AS_IT_WAS,
    ),
    Wrong(
        "rss: a NIC without a table",
        "ethtool_rss",
        {"interfaces": ["igb0", "vio0"], "table": {"equal": 2}},
        says="vio0: its rss table cannot be known",
        reads=TABLE,
        before=RSS_AS_IT_WAS,
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
    Wrong(
        "irq_affinity: a CPU that is not there",
        "irq_affinity",
        {"interfaces": ["vmx0"], "policy": "cpulist", "cpulist": "1,9"},
        says="CPU 9 of cpulist is not online; online are 0-3",
        reads="cat /etc/default/irqbalance; ls -R /usr/local/libexec",
    ),
    Wrong(
        "irq_affinity: an interface without interrupts",
        "irq_affinity",
        {"interfaces": ["bond0"], "policy": "spread"},
        says="none of bond0 has an interrupt that serves a queue",
    ),
]
