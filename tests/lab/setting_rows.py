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
