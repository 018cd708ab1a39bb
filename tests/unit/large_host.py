# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A made-up /sys and /proc of a large host, and the program ethtool for it: no kernel can make NICs of 64 queues here.

128 CPUs on two nodes, and two NICs with 64 queues each whose driver counts 20 things a queue, as mlx5 does. Numbers are
random, so that they take as much room as those of a host that has worked for months.
"""

import random

CPUS, NICS, QUEUES = 128, ("ens1f0np0", "ens2f0np0"), 64
COUNTED_PER_QUEUE = (
    "packets bytes csum_complete csum_none lro_packets ecn_mark removed_vlan_packets wqe_err oversize_pkts_sw_drop"
    " buff_alloc_err cqe_compress_blks cqe_compress_pkts congst_umr arfs_err recover pp_alloc_fast pp_alloc_slow"
    " pp_recycle xdp_drop xdp_redirect"
).split()
_OTHER_IRQS = 160


def make(root):
    """Write the host below *root*: ``sys``, ``proc`` and ``bin/ethtool``."""
    files = {}
    chance = random.Random()
    _system(files, chance)
    answers = {}
    for number, nic in enumerate(NICS):
        _nic(files, root, answers, nic, number, chance)
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    # Each answer is a file that is printed.
    said = root / "said"
    said.mkdir()
    for words, text in answers.items():
        (said / words.replace(" ", "_")).write_text(text)
    program = root / "bin" / "ethtool"
    program.parent.mkdir()
    program.write_text(
        f"""#!/bin/sh
file={said}/$(echo "$*" | tr ' ' _)
[ -e "$file" ] && exec cat "$file"
echo "netlink error: Operation not supported"
exit 1
"""
    )
    program.chmod(0o755)


def _columns(chance, width, share):
    """Counts of all CPUs, of which few are not 0, or all."""
    return " ".join(f"{chance.randrange(10**9) if chance.random() < share else 0:{width}d}" for _cpu in range(CPUS))


def _system(files, chance):
    cpus = "sys/devices/system/cpu"
    for name in ("online", "possible", "present"):
        files[f"{cpus}/{name}"] = f"0-{CPUS - 1}\n"
    for name in ("isolated", "nohz_full"):
        files[f"{cpus}/{name}"] = "\n"
    for cpu in range(CPUS):
        topology = f"{cpus}/cpu{cpu}/topology"
        files[f"{topology}/physical_package_id"] = f"{cpu % 2}\n"
        files[f"{topology}/core_id"] = f"{cpu // 2 % 32}\n"
        files[f"{topology}/thread_siblings_list"] = f"{cpu % 64},{cpu % 64 + 64}\n"
    meminfo = "".join(
        f"{name}: {chance.randrange(10**9)} kB\n" for name in ("MemTotal", "MemFree", "Buffers", "Cached")
    )
    for node in range(2):
        place = f"sys/devices/system/node/node{node}"
        files[f"{place}/cpulist"] = ",".join(str(cpu) for cpu in range(node, CPUS, 2)) + "\n"
        files[f"{place}/meminfo"] = "".join(f"Node {node} {line}\n" for line in meminfo.splitlines())
    files["proc/meminfo"] = meminfo
    files["proc/uptime"] = "8640000.12 99999999.00\n"
    files["proc/net/dev"] = "Inter-|\n face |\n" + "".join(f"{nic}: {chance.randrange(10**15)} 0\n" for nic in NICS)
    files["proc/net/softnet_stat"] = "".join(
        " ".join(f"{chance.randrange(1 << 32):08x}" for _column in range(15)) + "\n" for _cpu in range(CPUS)
    )
    names = " ".join(f"CPU{cpu:<7d}" for cpu in range(CPUS))
    kinds = ("HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU")
    files["proc/softirqs"] = names + "\n" + "".join(f"{kind:>12}: {_columns(chance, 10, 1)}\n" for kind in kinds)
    files["proc/stat"] = "".join(
        f"cpu{cpu} " + " ".join(str(chance.randrange(10**9)) for _field in range(10)) + "\n" for cpu in range(CPUS)
    )
    rows = [names]
    for number in range(_OTHER_IRQS):
        rows.append(
            f"{number + 600:4d}: {_columns(chance, 10, 0.02)}  IR-PCI-MSI {number}-edge  nvme{number // 64}q{number}"
        )
    for at, nic in enumerate(NICS):
        for queue in range(QUEUES):
            rows.append(
                f"{irq(at, queue):4d}: {_columns(chance, 10, 0.02)}  IR-PCI-MSIX {queue}-edge  {nic}-TxRx-{queue}"
            )
    for name in ("NMI", "LOC", "SPU", "PMI", "IWI", "RTR", "RES", "CAL", "TLB", "TRM"):
        rows.append(f" {name}: {_columns(chance, 10, 1)}  Interrupts")
    files["proc/interrupts"] = "\n".join(rows) + "\n"
    for name in ("snmp", "netstat"):
        words = [f"Field{number}" for number in range(120)]
        numbers = [str(chance.randrange(10**12)) for _word in words]
        files[f"proc/net/{name}"] = f"TcpExt: {' '.join(words)}\nTcpExt: {' '.join(numbers)}\n"


def irq(nic, queue):
    return 100 + nic * QUEUES + queue


def _nic(files, root, answers, nic, number, chance):
    device = f"sys/devices/pci0000:{number}a/0000:{number}b:00.0"
    home = f"{device}/net/{nic}"
    (root / "sys/class/net").mkdir(parents=True, exist_ok=True)
    (root / "sys/class/net" / nic).symlink_to(f"../../{home[4:]}")
    (root / home).mkdir(parents=True)
    (root / home / "device").symlink_to("../..")
    for name in ("ifindex", "mtu", "flags", "type", "operstate", "carrier", "carrier_changes", "tx_queue_len"):
        files[f"{home}/{name}"] = f"{number + 2}\n"
    mask = ",".join(["00000000"] * (CPUS // 32)) + "\n"
    for queue in range(QUEUES):
        files[f"{home}/queues/rx-{queue}/rps_cpus"] = mask
        files[f"{home}/queues/rx-{queue}/rps_flow_cnt"] = "0\n"
        files[f"{home}/queues/tx-{queue}/xps_cpus"] = mask
        files[f"{home}/queues/tx-{queue}/traffic_class"] = "0\n"
        files[f"{home}/queues/tx-{queue}/tx_timeout"] = "0\n"
        files[f"{device}/msi_irqs/{irq(number, queue)}"] = "msix\n"
        place = f"proc/irq/{irq(number, queue)}"
        files[f"{place}/smp_affinity_list"] = files[f"{place}/effective_affinity_list"] = f"{queue}\n"
        files[f"{place}/affinity_hint"] = mask
        files[f"{place}/node"] = f"{number}\n"
    names = [f"{side}{queue}_{name}" for side in ("rx", "tx") for queue in range(QUEUES) for name in COUNTED_PER_QUEUE]
    names += [f"port_counter_{number}" for number in range(250)]
    answers[f"-S {nic}"] = "NIC statistics:\n" + "".join(f"     {name}: {chance.randrange(10**13)}\n" for name in names)
    answers[f"-i {nic}"] = "driver: mlx5_core\nversion: 6.1.0\nfirmware-version: 22.39.1002 (MT_0000000359)\n"
    answers[f"-k {nic}"] = f"Features for {nic}:\n" + "".join(f"feature-{number}: on\n" for number in range(60))
    rows = "".join(f"{row * 8:5d}: " + " ".join(f"{entry:5d}" for entry in range(8)) + "\n" for row in range(256))
    answers[f"-x {nic}"] = f"RX flow hash indirection table for {nic} with {QUEUES} RX ring(s):\n{rows}"
