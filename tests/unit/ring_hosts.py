# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host documents with what the price of rings depends on, and no more. Runs on the Pythons of the nodes."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingSet

GIB = 1 << 30

#: The host whose port with 63 queues took about 6 GB: 128 CPUs on four nodes, MLNX_OFED on a 4.19 kernel.
REFERENCE = {"driver": "mlx5_core", "version": "5.8-3.0.7", "release": "4.19.90-2403.el7.oe1.x86_64", "mtu": 9000}


def feature(active=False, available=True):
    return {"active": active, "requested": active, "available": available, "fixed": False}


def rings(rx=1024, rx_max=8192, tx=1024, tx_max=8192, **others):
    found = dict.fromkeys(("rx_mini", "rx_mini_max", "rx_jumbo", "rx_jumbo_max"), 0)
    found.update(others, rx=rx, rx_max=rx_max, tx=tx, tx_max=tx_max)
    return found


def channels(combined=63, combined_max=63, **others):
    found = dict.fromkeys(("rx", "rx_max", "tx", "tx_max", "other", "other_max"), 0)
    found.update(others, combined=combined, combined_max=combined_max)
    return found


def nic(driver="mlx5_core", version=None, mtu=1500, count=63, **others):
    """A NIC of node 0 that is up; its *count* queues are served by the CPUs 0, 1...."""
    found = {
        "driver": {"name": driver, "version": version, "firmware": None, "bus": None},
        "mtu": mtu,
        "flags": ["UP", "LOWER_UP"],
        "rings": rings(),
        "channels": channels(count, count),
        "features": {"rx-lro": feature(), "rx-gro-hw": feature()},
        "private_flags": {"rx_striding_rq": False},
        "xdp": {"attached": False, "mode": None, "program_id": None},
        "traffic_classes": 1,
        "numa_node": 0,
        "local_cpus": list(range(32)),
        "irqs": {
            str(100 + queue): {"role": "rxtx", "queue": queue, "affinity": [queue], "effective_affinity": [queue]}
            for queue in range(count)
        },
    }
    found.update(others)
    return found


def host(nics, release="6.1.0-49-amd64", machine="x86_64", nodes=4, cpus=128, free=20 * GIB, available=60 * GIB):
    """A host of *cpus* on *nodes*, with *free* bytes above the high watermarks, spread evenly."""
    share = cpus // nodes
    high = 1000
    pages = free // nodes // 4096
    return {
        "meta": {"kernel": {"release": release, "machine": machine}},
        "cpus": {
            "online": list(range(cpus)),
            "nodes": {str(node): list(range(node * share, (node + 1) * share)) for node in range(nodes)},
            "coherency_line_bytes": 64,
        },
        "memory": {
            "page_size_bytes": 4096,
            "meminfo": {"MemTotal": 512 * GIB, "MemFree": free, "MemAvailable": available},
            "zones": {
                f"{node}/Normal": {
                    "free_pages": pages + high,
                    "min_pages": high - 200,
                    "low_pages": high - 100,
                    "high_pages": high,
                    "managed_pages": 32 * GIB // 4096,
                }
                for node in range(nodes)
            },
            "buddy": {f"{node}/Normal": [1000] * 11 for node in range(nodes)},
        },
        "nics": nics,
    }


def reference(**others):
    """The reference host; *others* are parts of its NIC eth0."""
    return host(
        {"eth0": nic(REFERENCE["driver"], REFERENCE["version"], REFERENCE["mtu"], **others)}, REFERENCE["release"]
    )


def mlx5_rings(variant, rq_type="cyclic", mtu=9000, rx=1024, tx=0, **others):
    """A RingSet of mlx5_core."""
    return RingSet("mlx5_core", variant, mtu, rq_type=rq_type, rx=rx, tx=tx, **others)
