# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import time

from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import cpu_topology
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

CPU = "/sys/devices/system/cpu"
NODE = "/sys/devices/system/node"


def machine(packages, cores, threads):
    """The files of a host that numbers first the first thread of every core, then the second, as x86 does."""
    per_thread = packages * cores
    count = per_thread * threads
    files = {
        CPU + "/cpu0/cache/index0/coherency_line_size": "64\n",
        CPU + "/cpu0/cache/index3/coherency_line_size": "128\n",
        CPU + "/cpu0/cache/uevent": "\n",
        CPU + "/online": f"0-{count - 1}\n",
        CPU + "/possible": f"0-{count - 1}\n",
        CPU + "/isolated": "\n",
        CPU + "/nohz_full": "\n",
    }
    for cpu in range(count):
        first = cpu % per_thread
        folder = f"{CPU}/cpu{cpu}/topology"
        files[folder + "/physical_package_id"] = f"{first // cores}\n"
        files[folder + "/core_id"] = f"{first % cores}\n"
        files[folder + "/thread_siblings_list"] = (
            ",".join(str(first + thread * per_thread) for thread in range(threads)) + "\n"
        )
    for package in range(packages):
        members = [thread * per_thread + package * cores + core for thread in range(threads) for core in range(cores)]
        files[f"{NODE}/node{package}/cpulist"] = cpus.format_list(members) + "\n"
    return files


def reading(host, files):
    gaps = Gaps()
    found = cpu_topology.read(host(files), gaps.at("cpus"))
    return found, {entry["path"]: entry for entry in gaps.entries}


def test_two_packages_with_two_threads_a_core(host):
    found, gaps = reading(host, machine(2, 4, 2))
    assert found["online"] == list(range(16))
    assert found["possible"] == list(range(16))
    assert found["nodes"] == {"0": [0, 1, 2, 3, 8, 9, 10, 11], "1": [4, 5, 6, 7, 12, 13, 14, 15]}
    assert sorted(found["topology"], key=int) == [str(cpu) for cpu in range(16)]
    assert found["topology"]["13"] == {"package": 1, "core": 1, "node": 1, "siblings": [5, 13]}
    assert found["topology"]["0"] == {"package": 0, "core": 0, "node": 0, "siblings": [0, 8]}
    assert (found["isolated"], found["nohz_full"]) == ([], [])
    assert gaps == {}
    json.dumps(found)


def test_isolated_and_offline_cpus(host):
    files = machine(1, 4, 2)
    files.update({CPU + "/online": "0-3,5-7\n", CPU + "/isolated": "2-3,6-7\n", CPU + "/nohz_full": "3\n"})
    files[CPU + "/cpu0/topology/thread_siblings_list"] = "0\n"
    found, gaps = reading(host, files)
    assert found["online"] == [0, 1, 2, 3, 5, 6, 7]
    assert found["isolated"] == [2, 3, 6, 7]
    assert found["nohz_full"] == [3]
    assert "4" not in found["topology"]
    assert found["topology"]["0"]["siblings"] == [0]
    assert gaps == {}


def test_a_mask_that_was_never_allocated_is_empty(host):
    files = machine(1, 2, 1)
    files.update({CPU + "/nohz_full": "  (null)\n", CPU + "/isolated": "           (null)\n"})
    found, gaps = reading(host, files)
    assert (found["isolated"], found["nohz_full"]) == ([], [])
    assert gaps == {}


def test_a_kernel_without_numa_has_no_node_0(host):
    files = {path: text for path, text in machine(1, 2, 1).items() if not path.startswith(NODE)}
    found, gaps = reading(host, files)
    assert found["nodes"] is None
    assert found["topology"]["1"] == {"package": 0, "core": 1, "node": None, "siblings": [1]}
    assert gaps["/cpus/nodes"]["reason"] == "absent"


def test_a_folder_of_nodes_without_one(host):
    files = {path: text for path, text in machine(1, 2, 1).items() if not path.startswith(NODE)}
    files[NODE + "/possible"] = "0\n"
    found, gaps = reading(host, files)
    assert found["nodes"] is None
    assert gaps["/cpus/nodes"]["reason"] == "absent"


def test_a_node_without_cpus(host):
    files = machine(1, 2, 1)
    files[NODE + "/node1/cpulist"] = "\n"
    assert reading(host, files)[0]["nodes"] == {"0": [0, 1], "1": []}


def test_an_older_kernel_without_nohz_full(host):
    files = machine(1, 2, 1)
    del files[CPU + "/nohz_full"]
    found, gaps = reading(host, files)
    assert found["nohz_full"] is None
    assert list(gaps) == ["/cpus/nohz_full"]
    assert gaps["/cpus/nohz_full"]["reason"] == "absent"


def test_a_platform_that_does_not_tell_the_package_is_one_gap(host):
    files = machine(1, 4, 1)
    for cpu in range(4):
        files[f"{CPU}/cpu{cpu}/topology/physical_package_id"] = "-1\n"
    found, gaps = reading(host, files)
    assert {core["package"] for core in found["topology"].values()} == {None}
    assert found["topology"]["3"]["core"] == 3
    assert list(gaps) == ["/cpus/topology"]
    assert gaps["/cpus/topology"]["detail"].startswith("package of CPUs 0-3: ")


def test_without_siblings_every_cpu_is_read_by_itself(host):
    files = {path: text for path, text in machine(1, 2, 2).items() if "thread_siblings" not in path}
    found, gaps = reading(host, files)
    assert found["topology"]["2"] == {"package": 0, "core": 0, "node": 0, "siblings": None}
    assert len(found["topology"]) == 4
    assert gaps["/cpus/topology"]["detail"].startswith("siblings of CPUs 0-3: ")


def test_a_malformed_list_names_its_file(host):
    files = machine(1, 2, 1)
    files[CPU + "/online"] = "0-x\n"
    found, gaps = reading(host, files)
    assert (found["online"], found["topology"]) == (None, None)
    assert gaps["/cpus/online"]["reason"] == "malformed"
    assert CPU + "/online" in gaps["/cpus/online"]["detail"]
    assert "'0-x'" in gaps["/cpus/online"]["detail"]
    assert gaps["/cpus/topology"]["reason"] == "absent"


def test_a_malformed_core_id(host):
    files = machine(1, 2, 1)
    files[CPU + "/cpu1/topology/core_id"] = "one\n"
    found, gaps = reading(host, files)
    assert found["topology"]["1"]["core"] is None
    assert gaps["/cpus/topology"]["reason"] == "malformed"
    assert "core of CPUs 1: " in gaps["/cpus/topology"]["detail"]


def test_nothing_at_all(host):
    found, gaps = reading(host, {})
    assert set(found.values()) == {None}
    assert len(gaps) == 7


def test_the_longest_line_of_any_cache_of_the_first_cpu_that_is_online(host):
    files = machine(1, 2, 1)
    assert reading(host, files)[0]["coherency_line_bytes"] == 128
    files.update({CPU + "/online": "1\n", CPU + "/cpu1/cache/index2/coherency_line_size": "64\n"})
    assert reading(host, files)[0]["coherency_line_bytes"] == 64


def test_a_platform_that_tells_no_cache(host):
    files = {path: text for path, text in machine(1, 2, 1).items() if "/cache/" not in path}
    for more in ({}, {CPU + "/cpu0/cache/uevent": "\n"}, {CPU + "/cpu0/cache/index0/coherency_line_size": "0\n"}):
        found, gaps = reading(host, dict(files, **more))
        assert found["coherency_line_bytes"] is None
        assert gaps["/cpus/coherency_line_bytes"]["reason"] == "absent"


def test_read_mask(host):
    reader = host({"/proc/irq/25/affinity_hint": "00000000,00000101\n", "/proc/irq/26/affinity_hint": "x\n"})
    assert cpu_topology.read_mask(reader, "/proc/irq/25/affinity_hint") == [0, 8]
    assert "/proc/irq/26/affinity_hint" in malformed(cpu_topology.read_mask, reader, "/proc/irq/26/affinity_hint")


def test_256_cpus_are_cheap(host):
    reader = host(machine(2, 64, 2))
    times = []
    for _round in range(3):
        start = time.process_time()
        found = cpu_topology.read(reader, Gaps())
        times.append(time.process_time() - start)
    assert len(found["topology"]) == 256
    # The goal is 30 ms. Wide, for a slow and busy machine.
    assert min(times) < 0.15
