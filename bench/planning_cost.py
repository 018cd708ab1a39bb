# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs on the controller to plan for a fleet: CPU time of one process, with all that the action does per host.

Each host is the made-up one, with 4 NICs of 64 queues that lose in every ring and a polling that ends early: each has
a ring to price, and of the four prices the sum. It is the largest host that anybody would have; a fleet of such hosts
costs most by the reading of its documents, which is told apart.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import made_up_host
import made_up_kernel
from snapshot_cost import memory_folder

HOSTS = 1000
GOAL_S = 30

#: So many are measured: the same document again and again.
MEASURED = 50

#: What the host lost in each ring, and how often each CPU gave up polling.
LOST, SQUEEZES = 5000, 100


def measure():
    """Prints the CPU seconds for so many hosts; returns whether the goal is met."""
    with tempfile.TemporaryDirectory(prefix="packetloss-bench-", dir=memory_folder()) as root:
        made_up_host.make(Path(root))
        command = [sys.executable, __file__, root]
        found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    seconds = {key: found[key] * HOSTS for key in ("planning_s", "writing_s", "diagnosing_s", "reading_s")}
    planned = seconds["planning_s"] + seconds["writing_s"]
    print(f"Plans for {HOSTS} hosts of {found['steps']} steps each, {MEASURED} measured: CPU seconds of one core")
    print(f"  planning                   {seconds['planning_s']:6.1f} s")
    print(f"  writing plans and pages    {seconds['writing_s']:6.1f} s")
    print(f"  both                       {planned:6.1f} s (goal: below {GOAL_S})")
    print(
        f"  for comparison: diagnosing {seconds['diagnosing_s']:6.1f} s, {planned / seconds['diagnosing_s']:.2f} x that"
    )
    print(f"  reading the documents      {seconds['reading_s']:6.1f} s, {found['document_mb']:.1f} MB each")
    return planned < GOAL_S


def many_plans(root):
    """Plans, writes and reads; fails where not every ring was planned for."""
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import fleet, kept
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import make
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Store
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import diagnose, load_rules
    from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits

    document = losing(made_up_kernel.host(root))
    policy, rules, own = checked({"steps": 50, "disruption": 3}), load_rules(), limits()
    store = Store(str(Path(root) / "report"))
    store.write_document("host", document)
    found = {**diagnose(document, rules, own), "run": None, "error": None}
    plan = make("host", document, found, policy)
    kept.write(store, plan, fleet.page(plan))
    rings = {one["subject"] for step in plan["steps"] for one in step["settings"] if one["knob"] == "ring"}
    if rings != set(made_up_host.NICS):
        raise SystemExit(f"planned were the rings of {sorted(rings)}: {plan['refused']} {plan['waiting']}")
    return {
        "steps": len(plan["steps"]),
        "planning_s": _each(lambda: make("host", document, found, policy)),
        "writing_s": _each(lambda: kept.write(store, plan, fleet.page(plan))),
        "diagnosing_s": _each(lambda: diagnose(document, rules, own)),
        "reading_s": _each(lambda: store.document("host")),
        "document_mb": store.document_path("host").stat().st_size / 2**20,
    }


def losing(host):
    """The document of the made-up host, as if every NIC had lost packets for want of descriptors in its interval."""
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import assemble, snapshot
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps

    gaps = Gaps()
    with host:
        settings = snapshot.settings(host, ("eth*",), (), gaps)
        samples = [snapshot.sample(host, settings["nics"], gaps) for _number in range(3)]
    document = json.loads(json.dumps(assemble.assemble(settings, *samples, {}, gaps.entries)))
    document["meta"].update(void=[], interval_s=10.0)
    for name in made_up_host.NICS:
        document["nics"][name]["counters"]["rx_out_of_buffer"].update(delta=LOST, total=LOST)
        document["nics"][name]["link_stats"]["rx_packets"].update(delta=100 * LOST)
    for row in document["softnet"]["cpus"].values():
        row["time_squeeze"]["delta"], row["processed"]["delta"] = SQUEEZES, 300 * SQUEEZES
    return document


def _each(work):
    start = time.process_time()
    for _number in range(MEASURED):
        work()
    return (time.process_time() - start) / MEASURED


if __name__ == "__main__":
    print(json.dumps(many_plans(sys.argv[1])))
