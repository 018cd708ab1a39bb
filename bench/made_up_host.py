# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The /proc and /sys of a host that few people have: 256 CPUs in 2 NUMA nodes, 4 NICs of 64 queues each.

Only the files that a snapshot reads are made, in the form that Linux 6.12 gives them. What no host is large in (SNMP
counters, memory, sysctls) is taken from the machine that this runs on.
"""

import shutil
from pathlib import Path

from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysctls import TABLE as SYSCTLS

CPUS = 256
NODES = 2
QUEUES = 64
NICS = {"eth0": 2, "eth1": 3, "eth2": 4, "eth3": 5}  # by name, with the ifindex
PROCESSES = 500
SOCKETS = 200

#: Interrupts of other devices, mostly the queues of NVMe disks.
OTHER_IRQS = 300
FIRST_NIC_IRQ = 1000

_SOFTIRQS = ("HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU")
_FROM_THIS_MACHINE = (
    "/proc/net/snmp",
    "/proc/net/snmp6",
    "/proc/net/netstat",
    "/proc/net/sockstat",
    "/proc/net/sockstat6",
    "/proc/meminfo",
    "/proc/zoneinfo",
    "/proc/buddyinfo",
    "/proc/uptime",
    "/proc/sys/kernel/random/boot_id",
    "/proc/sys/kernel/osrelease",
)


def make(root):
    """Makes the tree below *root*, a Path."""
    for path, text in files():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for number, name in enumerate(NICS):
        link = root / f"sys/class/net/{name}/device"
        link.symlink_to(Path("../../../../") / _function(number).lstrip("/"))
    namespaces = root / "proc/self/ns"
    namespaces.mkdir(parents=True)
    for kind, inode in (("net", 4026531840), ("pid", 4026531836)):
        (namespaces / kind).symlink_to(f"{kind}:[{inode}]")
    for path in (*_FROM_THIS_MACHINE, *(f"/proc/sys/{name.replace('.', '/')}" for name in SYSCTLS)):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, target)
        except OSError:
            # A container has only some of the sysctls: the made-up host has them all.
            target.write_text("1\n")


def files():
    """Every ``(path, text)`` of the made-up part."""
    yield from _cpus()
    yield from _irqs()
    yield from _processes()
    yield "/proc/stat", _stat()
    yield "/proc/softirqs", _softirqs()
    yield "/proc/net/softnet_stat", "".join(_softnet_row(cpu) for cpu in range(CPUS))
    for protocol in ("udp", "udp6", "raw", "raw6"):
        yield f"/proc/net/{protocol}", _sockets("0" * 32 if protocol.endswith("6") else "0" * 8)
    yield "/proc/net/stat/nf_conntrack", _per_cpu_stat("found invalid insert_failed drop early_drop search_restart")
    for table in ("arp_cache", "ndisc_cache"):
        yield f"/proc/net/stat/{table}", _per_cpu_stat("allocs destroys lookups unresolved_discards table_fulls")
    for name in ("nf_conntrack_count", "nf_conntrack_max", "nf_conntrack_buckets"):
        yield f"/proc/sys/net/netfilter/{name}", "262144\n"
    for number, name in enumerate(NICS):
        yield from _nic(number, name)


def _function(number):
    """The PCI function of the NIC with that number."""
    return f"/sys/devices/pci0000:{number:02x}/0000:{number:02x}:00.0"


def _node_cpus(node):
    """The cpulist of a node: its half of the cores, and their second threads."""
    size = CPUS // NODES // 2
    first = node * size
    return f"{first}-{first + size - 1},{first + CPUS // 2}-{first + CPUS // 2 + size - 1}\n"


def _mask(cpu):
    """The cpumask of one CPU as the kernel prints it: words of 32 bits, the highest first."""
    digits = f"{1 << cpu:0{CPUS // 4}x}"
    return ",".join(digits[at : at + 8] for at in range(0, len(digits), 8)) + "\n"


def _cpus():
    place = "/sys/devices/system/cpu"
    for name in ("online", "possible"):
        yield f"{place}/{name}", f"0-{CPUS - 1}\n"
    for name in ("isolated", "nohz_full"):
        yield f"{place}/{name}", "\n"
    for index in range(4):
        yield f"{place}/cpu0/cache/index{index}/coherency_line_size", "64\n"
    for cpu in range(CPUS):
        core = cpu % (CPUS // 2)
        yield f"{place}/cpu{cpu}/topology/physical_package_id", f"{core * NODES // (CPUS // 2)}\n"
        yield f"{place}/cpu{cpu}/topology/core_id", f"{core}\n"
        yield f"{place}/cpu{cpu}/topology/thread_siblings_list", f"{core},{core + CPUS // 2}\n"
    for node in range(NODES):
        yield f"/sys/devices/system/node/node{node}/cpulist", _node_cpus(node)
        lines = (f"Node {node} {name}: 263921000 kB\n" for name in ("MemTotal", "MemFree", "MemUsed", "Active"))
        yield f"/sys/devices/system/node/node{node}/meminfo", "".join(lines)


def nic_irqs(number):
    """The interrupts of a NIC: one for its events, then one for each queue."""
    first = FIRST_NIC_IRQ + number * (QUEUES + 1)
    return range(first, first + QUEUES + 1)


def _irqs():
    header = " " * 12 + "".join(f"CPU{cpu}".ljust(11) for cpu in range(CPUS)) + "\n"
    rows = [header]
    for irq in range(1, OTHER_IRQS + 1):
        rows.append(_irq_row(irq, irq % CPUS, f"nvme{irq // CPUS}q{irq % CPUS}"))
    for number in range(len(NICS)):
        for queue, irq in enumerate(nic_irqs(number), -1):
            action = "mlx5_async0" if queue < 0 else f"mlx5_comp{queue}"
            cpu = (number * QUEUES + queue) % CPUS
            rows.append(_irq_row(irq, cpu, f"{action}@pci:0000:{number:02x}:00.0"))
            yield f"/proc/irq/{irq}/smp_affinity_list", f"{cpu}\n"
            yield f"/proc/irq/{irq}/effective_affinity_list", f"{cpu}\n"
            yield f"/proc/irq/{irq}/affinity_hint", _mask(cpu)
            yield f"/proc/irq/{irq}/node", f"{number * NODES // len(NICS)}\n"
    for name in ("NMI", "LOC", "SPU", "PMI", "IWI", "RES", "CAL", "TLB"):
        rows.append(f"{name:>10}: " + "".join(f"{cpu * 1000:>10} " for cpu in range(CPUS)) + " of the architecture\n")
    yield "/proc/interrupts", "".join(rows)


def _irq_row(irq, cpu, action):
    counts = "".join(f"{irq * 1000 if column == cpu else 0:>10} " for column in range(CPUS))
    return f"{irq:>10}: {counts} IR-PCI-MSIX-0000:00:00.0 {irq:>7}-edge      {action}\n"


def _stat():
    per_cpu = "".join(f"cpu{cpu} 431200 120 99000 88000000 4400 0 77000 0 0 0\n" for cpu in range(CPUS))
    return "cpu  110387200 30720 25344000 22528000000 1126400 0 19712000 0 0 0\n" + per_cpu + "intr 1 2 3\nctxt 9\n"


def _softirqs():
    header = " " * 20 + "".join(f"CPU{cpu}".ljust(11) for cpu in range(CPUS)) + "\n"
    rows = (f"{name:>12}: " + "".join(f"{cpu * 4711:>10} " for cpu in range(CPUS)) + "\n" for name in _SOFTIRQS)
    return header + "".join(rows)


def _softnet_row(cpu):
    words = [0] * 15
    words[0], words[2], words[12] = 123456789 + cpu, cpu, cpu
    return " ".join(f"{word:08x}" for word in words) + "\n"


def _per_cpu_stat(columns):
    row = " ".join(["00000fa0", *["00000001"] * len(columns.split())])
    return f"entries  {columns}\n" + f"{row}\n" * CPUS


def _sockets(address):
    header = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
        "   uid  timeout inode ref pointer drops\n"
    )
    rows = (
        f"{slot:>5}: {address}:{slot + 1024:04X} {address}:0000 07 00000000:00000000 00:00000000 00000000"
        f"     0        0 {slot + 50000} 2 0000000000000000 0\n"
        for slot in range(SOCKETS)
    )
    return header + "".join(rows)


def _processes():
    for pid in range(1, PROCESSES + 1):
        yield f"/proc/{pid}/comm", f"worker-{pid}\n"


def _nic(number, name):
    place = f"/sys/class/net/{name}"
    yield f"{place}/ifindex", f"{NICS[name]}\n"
    yield f"{place}/napi_defer_hard_irqs", "0\n"
    yield f"{place}/gro_flush_timeout", "0\n"
    yield f"{place}/threaded", "0\n"
    for queue in range(QUEUES):
        yield f"{place}/queues/rx-{queue}/rps_cpus", _mask(0).replace("1", "0")
        yield f"{place}/queues/rx-{queue}/rps_flow_cnt", "0\n"
        yield f"{place}/queues/tx-{queue}/xps_cpus", _mask((number * QUEUES + queue) % CPUS)
        yield f"{place}/queues/tx-{queue}/tx_timeout", "0\n"
        yield f"{place}/queues/tx-{queue}/traffic_class", "0\n"
    yield f"{place}/rx_page_cache/log_mult_limit", "4\n"
    function = _function(number)
    yield f"/sys/kernel/debug/mlx5/{function.rpartition('/')[2]}/pages/fw_pages_total", "9045\n"
    node = number * NODES // len(NICS)
    yield f"{function}/numa_node", f"{node}\n"
    yield f"{function}/local_cpulist", _node_cpus(node)
    for end in ("current", "max"):
        yield f"{function}/{end}_link_speed", "16.0 GT/s PCIe\n"
        yield f"{function}/{end}_link_width", "16\n"
    yield f"{function}/sriov_numvfs", "0\n"
    yield f"{function}/sriov_totalvfs", "8\n"
    for irq in nic_irqs(number):
        yield f"{function}/msi_irqs/{irq}", "msix\n"
