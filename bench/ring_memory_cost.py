# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ring_memory_info computes on the made-up host, beside what it reads: CPU time, in a fresh process each time."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import made_up_host
import made_up_kernel
from snapshot_cost import PROCESSES, memory_folder

QUEUES = 63
GOAL_CPU_MS = 10

#: The question that takes most: every ring to its largest, with more queues and larger buffers.
TARGET = {"max": True, "channels": QUEUES, "mtu": 9000}


def measure():
    """Prints the cost of reading and of computing, the least of several processes; returns whether the goal is met."""
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-", dir=memory_folder()) as root:
        made_up_host.make(Path(root))
        command = [sys.executable, __file__, root]
        runs = [
            json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _run in range(PROCESSES)
        ]
    reading_ms, computing_ms = (min(run[key] for run in runs) for key in ("reading_ms", "computing_ms"))
    print(f"ring_memory_info of {len(made_up_host.NICS)} NICs of {QUEUES} queues: least of {PROCESSES} processes")
    print(f"  reading                    {reading_ms:6.1f} ms of CPU")
    print(f"  computing                  {computing_ms:6.1f} ms of CPU (goal: below {GOAL_CPU_MS})")
    print(f"                             {computing_ms / reading_ms:6.2f} x reading")
    return computing_ms < GOAL_CPU_MS


def one_plan(root):
    """Reads the made-up host and computes once; fails where not all NICs were priced.

    The model of the driver is imported before, though a node imports it when it computes: imports are not counted.
    """
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import ring_facts
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import mlx5_core_rings  # noqa: F401
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan

    host = made_up_kernel.host(root)
    start = time.process_time()
    document = ring_facts(host, ["eth*"])
    middle = time.process_time()
    found = plan(document, common=TARGET)
    end = time.process_time()
    if sorted(found["nics"]) != sorted(made_up_host.NICS) or found["need_bytes"] <= 0:
        raise SystemExit(f"not all NICs were priced: {found['skipped'] or found['sentence']}")
    return {"reading_ms": 1000 * (middle - start), "computing_ms": 1000 * (end - middle)}


if __name__ == "__main__":
    print(json.dumps(one_plan(sys.argv[1])))
