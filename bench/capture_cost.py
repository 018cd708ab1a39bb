# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs on the controller to diagnose many sosreports: CPU time of one process with the report, and its memory.

A report is one of an ordinary host: 16 CPUs, 2 NICs of 16 queues and 200 statistics each, 2,400 members and 12 MB, of
which little is wanted, as in a report of sos 4.12 of an idle virtual machine. All hosts have the same, but their names.
"""

import io
import json
import lzma
import random
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from snapshot_cost import memory_folder

CAPTURES = 1000
GOAL_S = 0.25

#: From so many on, the memory should not grow but for the report itself.
EARLY = 100
GOAL_GROWTH = 1.5

CPUS, NICS, QUEUES, STATISTICS = 16, ("ens1f0", "ens1f1"), 16, 200
OTHER_MEMBERS, OTHER_BYTES = 2300, 5000
BOOTED, TAKEN = 1_700_000_000, 1_701_000_000


def measure():
    """Prints the CPU seconds of each and the peak memory; returns whether the goals are met."""
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-", dir=memory_folder()) as root:
        # What all have is packed once, and not in the process that is measured: an xz may have several streams.
        common = lzma.compress(_tar(dict(_common()))[: -tarfile.RECORDSIZE])
        (Path(root) / "common").write_bytes(common)
        command = [sys.executable, __file__, root]
        found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    growth = found["peak_mb"] / found["early_mb"]
    print(f"Diagnosis of {CAPTURES} sosreports of {len(common) / 2**20:.1f} MB (tar.xz), in one process")
    print(f"  each                       {found['each_s']:6.3f} s of CPU (goal: below {GOAL_S})")
    print(f"  the report of all          {found['report_s']:6.1f} s")
    print(f"  memory after {EARLY:4} of them  {found['early_mb']:6.0f} MB")
    print(f"  memory after all           {found['peak_mb']:6.0f} MB, {growth:.2f} x that (goal: below {GOAL_GROWTH})")
    print(f"  memory with the report     {found['report_mb']:6.0f} MB")
    return found["each_s"] < GOAL_S and growth < GOAL_GROWTH


def many_captures(root):
    """Diagnoses all; fails where a host is missing, or its loss."""
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.diagnosing import diagnosed
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import Place
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import Reader
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import Tolerance
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.reported import reported
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits

    making = _Making(root)
    store = Store(str(Path(root) / "report"))
    store.prepare()
    rules, own = load_rules(), limits()
    places = [Place(making.path(number)) for number in range(CAPTURES)]
    start = time.process_time()
    found = diagnosed(store, "run", Reader(), places, rules, own, making)
    each_s = (time.process_time() - start - making.took_s) / CAPTURES
    verdicts = [one["verdict"] for one in found]
    if verdicts != ["lost_before"] * CAPTURES:
        raise SystemExit(f"expected {CAPTURES} hosts that lost packets before: {sorted(set(verdicts))}, {found[-1]}")
    peak_mb = _peak_mb()
    start = time.process_time()
    reported(store, found, Tolerance(), "run")
    report_s = time.process_time() - start
    return {
        "each_s": each_s,
        "report_s": report_s,
        "early_mb": making.early_mb,
        "peak_mb": peak_mb,
        "report_mb": _peak_mb(),
    }


class _Making:
    """Makes each report when the one before it was read: all at once would fill a memory folder."""

    def __init__(self, root):
        self._root = Path(root)
        self._common = (self._root / "common").read_bytes()
        self.early_mb = None
        self.took_s = 0.0
        self.done(0)
        self.took_s = 0.0

    def path(self, number):
        return str(self._root / f"sosreport-host{number}.tar.xz")

    def host(self, _name, _verdict):
        pass

    def done(self, number):
        if number == EARLY:
            self.early_mb = _peak_mb()
        start = time.process_time()
        if number:
            Path(self.path(number - 1)).unlink()
        own = lzma.compress(_tar(dict(_of_host(f"host{number}"))), preset=0)
        Path(self.path(number)).write_bytes(self._common + own)
        self.took_s += time.process_time() - start


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _tar(files):
    """A tar of these; the one of the common part is cut before its end by who joins it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"sosreport-bench/{path}")
            member.size, member.mtime, member.mode = len(data), TAKEN, 0o444
            tar.addfile(member, io.BytesIO(data))
        size = stream.tell()
    return stream.getvalue()[:size] + bytes(tarfile.RECORDSIZE)


def _of_host(name):
    yield "sos_commands/host/hostname", f"{name}\n"
    yield "sos_commands/kernel/uname_-a", f"Linux {name} 6.12.0 #1 SMP x86_64 GNU/Linux\n"
    yield "proc/sys/kernel/random/boot_id", f"{name}\n"


def _common():
    head = "".join(f"{f'CPU{cpu}':>11}" for cpu in range(CPUS))
    rows = "".join(f" {number * 1000:10}" for number in range(CPUS))
    zeros = " 00000000" * 5
    yield (
        "proc/net/softnet_stat",
        "".join(
            f"0aaaaaaa 00000{cpu:03x} 000000ff{zeros} 00000000 00000000 00000000 00000000 {cpu:08x} 00000000 00000000\n"
            for cpu in range(CPUS)
        ),
    )
    yield (
        "proc/softirqs",
        f"        {head}\n" + "".join(f"{name:>12}:{rows}\n" for name in ("NET_TX", "NET_RX", "TIMER")),
    )
    irqs = (
        f"{100 + 20 * nic + queue:4}:{rows}  IR-PCI-MSIX-0000:{nic + 1:02}:00.0  {queue}-edge  {name}-TxRx-{queue}\n"
        for nic, name in enumerate(NICS)
        for queue in range(QUEUES)
    )
    yield "proc/interrupts", f"     {head}\n" + "".join(irqs)
    yield (
        "proc/stat",
        "".join(f"cpu{cpu} 100000 0 50000 9000000 100 0 7000 0 0 0\n" for cpu in ("", *range(CPUS)))
        + f"intr 5 1\nbtime {BOOTED}\n",
    )
    for path in (
        "proc/net/snmp",
        "proc/net/netstat",
        "proc/net/snmp6",
        "proc/meminfo",
        "proc/zoneinfo",
        "proc/buddyinfo",
    ):
        yield path, Path("/", path).read_text()
    yield "sos_commands/date/date_--utc", time.strftime("%a %b %e %H:%M:%S UTC %Y\n", time.gmtime(TAKEN))
    yield "sos_commands/networking/ip_-s_-d_link", "".join(_link(number, name) for number, name in enumerate(NICS, 2))
    yield "sos_commands/kernel/sysctl_-a", "".join(f"net.made.up{number} = {number}\n" for number in range(1200))
    for number, name in enumerate(NICS):
        yield from _ethtool(name, f"0000:{number + 1:02}:00.0")
    random_text = random.Random(TAKEN)
    for number in range(OTHER_MEMBERS):
        words = " ".join(f"{random_text.getrandbits(20):x}" for _word in range(100))
        yield f"sos_commands/other/file{number}", (words + "\n") * (OTHER_BYTES // len(words))


def _link(ifindex, name):
    return (
        f"{ifindex}: {name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default"
        " qlen 1000\n"
        f"    link/ether 52:54:00:00:00:{ifindex:02} brd ff:ff:ff:ff:ff:ff promiscuity 0\n"
        "    RX:  bytes packets errors dropped  missed   mcast\n"
        "     900000000000 1000000000      0       0       0       0\n"
        "    TX:  bytes packets errors dropped carrier collsns\n"
        "     900000000000 1000000000      0       0       0       0\n"
    )


def _ethtool(name, bus):
    place = "sos_commands/networking/ethtool_"
    yield f"{place}{name}", f"Settings for {name}:\n\tSpeed: 25000Mb/s\n\tDuplex: Full\n\tLink detected: yes\n"
    yield f"{place}-i_{name}", f"driver: ixgbe\nversion: 6.12.0\nfirmware-version: 1\nbus-info: {bus}\n"
    for option, what in (("g", "Ring"), ("l", "Channel")):
        keys = ("RX", "RX Mini", "RX Jumbo", "TX") if option == "g" else ("RX", "TX", "Other", "Combined")
        maximum, now = ("".join(f"{key}:\t\t{value}\n" for key in keys) for value in (4096, 16))
        yield (
            f"{place}-{option}_{name}",
            f"{what} parameters for {name}:\nPre-set maximums:\n{maximum}Current hardware settings:\n{now}",
        )
    yield f"{place}-k_{name}", f"Features for {name}:\n" + "".join(f"feature-{number}: on\n" for number in range(60))
    counters = [f"rx_queue_{number}_packets: {number}" for number in range(STATISTICS - 2)]
    counters += ["rx_missed_errors: 5000", "rx_no_dma_resources: 7000"]
    yield f"{place}-S_{name}", "NIC statistics:\n" + "".join(f"     {counter}\n" for counter in counters)


if __name__ == "__main__":
    print(json.dumps(many_captures(sys.argv[1])))
