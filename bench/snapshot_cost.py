# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one snapshot of the made-up host costs: CPU time and peak memory, in a fresh process each time.

Not counted is the start of Python and the import of the modules, which a node pays for any module.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import made_up_host
import made_up_kernel

PROCESSES = 5

GOAL_CPU_MS = 150
GOAL_PEAK_MB = 40

_PATTERNS = ("eth*",)


def measure():
    """Prints the cost of one snapshot, the least of several processes; returns whether the goals are met."""
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-", dir=memory_folder()) as root:
        made_up_host.make(Path(root))
        command = [sys.executable, __file__, root]
        runs = [
            json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _run in range(PROCESSES)
        ]
    least = {key: min(run[key] for run in runs) for key in runs[0]}
    snapshot_ms = least["settings_ms"] + least["sample_ms"]
    print(
        f"A snapshot of {made_up_host.CPUS} CPUs and {len(made_up_host.NICS)} NICs of {made_up_host.QUEUES} queues and"
        f" {made_up_kernel.STATISTICS} statistics: least of {PROCESSES} processes, Python {sys.version.split()[0]}"
    )
    print(f"  settings, read once        {least['settings_ms']:6.1f} ms of CPU")
    print(f"  sample, read three times   {least['sample_ms']:6.1f} ms of CPU")
    print(f"  one snapshot               {snapshot_ms:6.1f} ms of CPU (goal: below {GOAL_CPU_MS})")
    print(f"  peak memory                {least['peak_mb']:6.1f} MB (goal: below {GOAL_PEAK_MB})")
    print(f"  before it: Python, modules {least['idle_mb']:6.1f} MB")
    print(f"  the whole document of it   {least['document_ms']:6.1f} ms of CPU with its three samples, as JSON")
    print(
        f"                             {least['document_peak_mb']:6.1f} MB peak, {least['document_mb']:.1f} MB of text"
    )
    return snapshot_ms < GOAL_CPU_MS and least["peak_mb"] < GOAL_PEAK_MB


def memory_folder():
    """A folder in memory where there is one, so that no disk is measured: /proc and /sys have none either."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def one_snapshot(root):
    """Reads the made-up host once and returns what that took; fails where it was not read in full."""
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import assemble, snapshot
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps

    host = made_up_kernel.host(root)
    idle_mb = _memory_mb("VmHWM")
    with host:
        gaps = Gaps()
        start = time.process_time()
        settings = snapshot.settings(host, _PATTERNS, (), gaps)
        middle = time.process_time()
        sample = snapshot.sample(host, settings["nics"], gaps)
        end = time.process_time()
        peak_mb = _memory_mb("VmHWM")
        samples = [sample, *(snapshot.sample(host, settings["nics"], gaps) for _number in range(2))]
    text = json.dumps(assemble.assemble(settings, *samples, {}, gaps.entries))
    document_end = time.process_time()
    found = {
        "CPUs": (len(sample["softnet"]["cpus"]), made_up_host.CPUS),
        "NICs": (len([nic for nic in settings["nics"].values() if nic["selected"]]), len(made_up_host.NICS)),
        "queues": (len(settings["nics"]["eth0"]["queues"]["rx"]), made_up_host.QUEUES),
        "interrupts": (len(settings["nics"]["eth0"]["irqs"]), made_up_host.QUEUES + 1),
        "devlink": (settings["nics"]["eth0"]["devlink_queues"]["rx"]["wqes"], 1024),
        "statistics": (len(sample["nics"]["eth0"]["counters"]), made_up_kernel.STATISTICS),
    }
    for what, (number, expected) in found.items():
        if number != expected:
            raise SystemExit(f"{what}: {number} were read of {expected}. Not to be had: {gaps.entries[:20]}")
    return {
        "settings_ms": 1000 * (middle - start),
        "sample_ms": 1000 * (end - middle),
        "peak_mb": peak_mb,
        "document_ms": 1000 * (document_end - start),
        "document_peak_mb": _memory_mb("VmHWM"),
        "document_mb": len(text) / 2**20,
        "idle_mb": idle_mb,
    }


def _memory_mb(field):
    """A line of /proc/self/status in MB. Not ru_maxrss, which begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field + ":")) / 1024


if __name__ == "__main__":
    print(json.dumps(one_snapshot(sys.argv[1])))
