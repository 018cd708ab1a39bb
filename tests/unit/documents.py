# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small host documents for tests: a healthy host, and helpers that make it lose packets.

The host has four CPUs on two NUMA nodes and eth0, a NIC of node 0 with two queues on the CPUs 0 and 1. It was watched
for ten seconds, in which nothing was lost.
"""

import copy

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.statistics import classify

INTERVAL_S = 10
TICKS = 1000  # of each CPU in the interval

LINK_FIELDS = (
    "rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped multicast collisions "
    "rx_length_errors rx_over_errors rx_crc_errors rx_frame_errors rx_fifo_errors rx_missed_errors tx_aborted_errors "
    "tx_carrier_errors tx_fifo_errors tx_heartbeat_errors tx_window_errors rx_compressed tx_compressed rx_nohandler "
    "rx_otherhost_dropped"
).split()

#: Statistics of eth0, one or more of each class.
MLX5_STATISTICS = (
    "rx_crc_errors_phy rx_corrected_bits_phy rx_discards_phy rx_out_of_buffer rx0_buff_alloc_err tx_queue_dropped "
    "tx_queue_stopped tx_queue_wake rx_oversize_pkts_buffer rx_steer_missed_packets rx_pause_ctrl_phy "
    "tx_pause_ctrl_phy rx_prio0_pause tx_prio0_pause tx_prio0_pause_duration"
).split()


def counter(delta=0, total=None):
    """A counter that grew by *delta* in the interval."""
    return {"total": 1000 + (delta or 0) if total is None else total, "delta": delta}


def statistics(driver, **deltas):
    """The driver statistics of a NIC, classified as in a real document."""
    return {name: dict(classify(driver, name, deltas), **counter(delta)) for name, delta in deltas.items()}


def link_stats(**deltas):
    return {field: counter(deltas.get(field, 0)) for field in LINK_FIELDS}


def irq(queue, cpu, delta=1000):
    return {
        "action": f"eth0-TxRx-{queue}",
        "chip": "PCI-MSI",
        "queue": queue,
        "role": "rxtx",
        "affinity": [cpu],
        "effective_affinity": [cpu],
        "affinity_hint": None,
        "node": 0,
        "counts": {str(cpu): counter(delta)},
    }


def nic(driver="mlx5_core", **overrides):
    """A selected physical NIC."""
    found = {
        "ifindex": 2,
        "kind": "physical",
        "selected": True,
        "driver": {"name": driver, "version": "6.18", "firmware": "1.2", "bus": "0000:01:00.0"},
        "mac": "02:00:00:00:00:01",
        "mtu": 1500,
        "flags": ["UP", "LOWER_UP"],
        "operstate": "up",
        "carrier": True,
        "carrier_changes": counter(),
        "tx_queue_len": 1000,
        "addresses": ["192.0.2.5/24"],
        "link": {"speed_mbps": 25000, "duplex": "full", "autoneg": True, "port": "fibre"},
        "pause": {"autoneg": False, "rx": True, "tx": True},
        "rings": {"rx": 1024, "rx_max": 8192, "tx": 1024, "tx_max": 8192}
        | dict.fromkeys(("rx_mini", "rx_mini_max", "rx_jumbo", "rx_jumbo_max"), 0),
        "channels": {"combined": 2, "combined_max": 8}
        | dict.fromkeys(("rx", "rx_max", "tx", "tx_max", "other", "other_max"), 0),
        "coalesce": {"rx_usecs": 8, "adaptive_rx": True},
        "features": {},
        "private_flags": {},
        "rss": {"table_size": 128, "queues": [0, 1], "weights": {"0": 64, "1": 64}, "key_size": 40, "hash_function": 1},
        "numa_node": 0,
        "local_cpus": [0, 1],
        "pci": {
            "address": "0000:01:00.0",
            "link_speed": "8.0 GT/s PCIe",
            "link_width": 8,
            "max_link_speed": "8.0 GT/s PCIe",
            "max_link_width": 8,
        },
        "sriov": None,
        "xdp": {"attached": False, "mode": None, "program_id": None},
        "master": None,
        "lower": [],
        "upper": [],
        "bond": None,
        "bond_slave": None,
        "napi": {"defer_hard_irqs": 0, "gro_flush_timeout_ns": 0, "threaded": False},
        "queues": {
            "rx": {str(queue): {"rps_cpus": [], "rps_flow_cnt": 0} for queue in range(2)},
            "tx": {str(queue): {"xps_cpus": [], "tx_timeout": counter()} for queue in range(2)},
        },
        "irqs": {"40": irq(0, 0), "41": irq(1, 1)},
        "irqs_shared_with": [],
        "link_stats": link_stats(rx_packets=20000, tx_packets=20000, rx_bytes=20000000, tx_bytes=20000000),
        "counters": statistics(driver, **dict.fromkeys(MLX5_STATISTICS, 0)) if driver == "mlx5_core" else None,
    }
    return merged(found, overrides)


def cpu_times(softirq=20, steal=0):
    busy = {"user": 30, "nice": 0, "system": 20, "iowait": 0, "irq": 0, "softirq": softirq, "steal": steal}
    ticks = {**busy, "idle": TICKS - sum(busy.values()), "guest": 0, "guest_nice": 0}
    return {name: counter(delta) for name, delta in ticks.items()}


def softnet_row(processed=5000, dropped=0, time_squeeze=0, flow_limit_count=0):
    return {
        "processed": counter(processed),
        "dropped": counter(dropped),
        "time_squeeze": counter(time_squeeze),
        "cpu_collision": counter(),
        "received_rps": counter(),
        "flow_limit_count": counter(flow_limit_count),
        "backlog_len": 0,
        "input_qlen": 0,
        "process_qlen": 0,
    }


def protocols():
    def of(names, **deltas):
        return {name: counter(deltas.get(name, 0)) for name in names.split()}

    return {
        "snmp": {
            "Ip": of(
                "InReceives InHdrErrors InAddrErrors InUnknownProtos InDiscards OutDiscards ReasmFails ReasmTimeout",
                InReceives=20000,
            ),
            "Tcp": of("InSegs OutSegs RetransSegs InCsumErrors", InSegs=15000, OutSegs=15000, RetransSegs=3),
            "Udp": of("InDatagrams NoPorts InErrors RcvbufErrors InCsumErrors MemErrors", InDatagrams=500),
        },
        "snmp6": of("Ip6InReceives Ip6InDiscards Udp6InDatagrams Udp6InErrors Udp6RcvbufErrors Udp6InCsumErrors"),
        "netstat": {
            "TcpExt": of(
                "ListenOverflows ListenDrops TCPReqQFullDrop TCPReqQFullDoCookies TCPBacklogDrop RcvPruned OfoPruned "
                "PruneCalled TCPRcvQDrop TCPOFODrop TCPRcvCollapsed TCPZeroWindowDrop TCPAbortOnMemory "
                "TCPMemoryPressures IPReversePathFilter PFMemallocDrop"
            ),
            "IpExt": of("InNoRoutes InTruncatedPkts"),
        },
    }


def host_document(**overrides):
    """An idle host that loses nothing; *overrides* are merged into it, mappings key by key."""
    cpus = [str(cpu) for cpu in range(4)]
    document = {
        "schema_version": 1,
        "meta": {
            "collection_version": "1.0.0",
            "taken_at": "2026-01-01T00:00:00Z",
            "interval_s": float(INTERVAL_S),
            "basis": "interval",
            "prime_s": 1.0,
            "boot_id": "b0",
            "uptime_s": 86400.0,
            "clock_ticks_per_s": 100,
            "kernel": {"release": "6.18.0", "machine": "x86_64"},
            "netns": {"inode": 4026531840, "initial": True},
            "effective_root": True,
            "python": "3.11.2",
            "selection": {"how": "default", "selected": ["eth0"], "others": []},
            "void": [],
            "glitches": [],
        },
        "unavailable": [],
        "cpus": {
            "online": [0, 1, 2, 3],
            "possible": [0, 1, 2, 3],
            "isolated": [],
            "nohz_full": [],
            "coherency_line_bytes": 64,
            "nodes": {"0": [0, 1], "1": [2, 3]},
            "topology": {cpu: {"package": 0, "core": int(cpu), "node": 0, "siblings": [int(cpu)]} for cpu in cpus},
        },
        "cpu_times": {cpu: cpu_times() for cpu in cpus},
        "softirqs": {cpu: {"NET_RX": counter(2500), "NET_TX": counter(10)} for cpu in cpus},
        "softnet": {"columns": 15, "cpus": {cpu: softnet_row() for cpu in cpus}},
        "nics": {"eth0": nic()},
        "protocols": protocols(),
        "conntrack": {
            "count": 100,
            "max": 262144,
            "buckets": 65536,
            "stats": {name: counter() for name in ("drop", "insert_failed", "early_drop", "invalid", "chaintoolong")},
        },
        "neighbour": {
            name: {
                "entries": 12,
                "gc_thresh1": 128,
                "gc_thresh2": 512,
                "gc_thresh3": 1024,
                "stats": {"table_fulls": counter(), "unresolved_discards": counter()},
            }
            for name in ("arp_cache", "ndisc_cache")
        },
        "sockets": {
            "drops": {},
            "sockstat": {"TCP": {"inuse": 5, "orphan": 0, "mem": 7}, "UDP": {"inuse": 2, "mem": 3}},
            "sockstat6": {},
            "drops_not_listed": 0,
        },
        "xfrm": {"XfrmInError": counter(), "XfrmInNoStates": counter(), "XfrmInPolBlock": counter()},
        "qdiscs": {"eth0 0: root": qdisc("mq", "0:", "root")}
        | {f"eth0 0: :{number}": qdisc("fq_codel", "0:", f":{number}") for number in (1, 2)},
        "memory": {
            "page_size_bytes": 4096,
            "meminfo": {"MemTotal": 8 << 30, "MemAvailable": 6 << 30},
            "nodes": {"0": {"MemFree": 1 << 30}},
            "zones": {
                "0/Normal": {
                    "free_pages": 90000,
                    "min_pages": 4000,
                    "low_pages": 5000,
                    "high_pages": 6000,
                    "managed_pages": 2000000,
                }
            },
            "buddy": {"0/Normal": [2000, 1000, 1000, 1000, 500, 250, 125, 62, 31, 15, 40]},
        },
        "sysctls": {
            "net.core.netdev_budget": 300,
            "net.core.netdev_budget_usecs": 8000,
            "net.core.netdev_max_backlog": 1000,
            "net.core.somaxconn": 4096,
            "net.core.rmem_default": 212992,
            "net.core.rmem_max": 212992,
            "net.ipv4.tcp_max_syn_backlog": 512,
            "net.ipv4.tcp_syncookies": 1,
            "net.ipv4.tcp_mem": [90000, 120000, 180000],
            "net.ipv4.udp_mem": [180000, 240000, 360000],
            "vm.min_free_kbytes": 67584,
        },
        "owners": {"irqbalance": {"running": True}},
    }
    return merged(document, overrides)


def host_with(nics, **overrides):
    """An idle host with these NICs in place of eth0, ``{name: nic}``."""
    selected = [name for name, each in nics.items() if each["selected"]]
    document = host_document(**merged({"meta": {"selection": {"selected": selected}}}, overrides))
    document["nics"] = nics
    return document


def qdisc(kind, handle, parent, dropped=0, nic="eth0"):
    return {
        "nic": nic,
        "kind": kind,
        "handle": handle,
        "parent": parent,
        "packets": counter(20000),
        "bytes": counter(20000000),
        "dropped": counter(dropped),
        "overlimits": counter(),
        "requeues": counter(),
        "qlen": 0,
        "backlog_bytes": 0,
        "settings": {},
        "extra": {},
    }


def udp_socket(drops, port=53, protocol="udp", processes=((123, "named"),)):
    return {
        "protocol": protocol,
        "local": f"0.0.0.0:{port}",
        "remote": "0.0.0.0:0",
        "inode": 1234,
        "uid": 0,
        "drops": counter(drops),
        "rx_queue_bytes": 0,
        "processes": [{"pid": pid, "command": command} for pid, command in processes],
    }


def namespace(name="netns blue", counters=None, **parts):
    """Another network namespace, in which these counters moved: ``{"snmp/Udp/RcvbufErrors": 5}``."""
    found = {"inode": 4026532201, "kind": "netns", "name": name, "netns": name.rpartition(" ")[2], "pid": 77}
    found["protocols"] = {"snmp": {}, "snmp6": {}, "netstat": {}}
    found.update({"interfaces": {}, "conntrack": {"count": 3, "stats": {}}, "xfrm": {}, **parts})
    for path, delta in (counters or {}).items():
        *places, field = path.split("/")
        place = found["protocols"] if places[0] in found["protocols"] else found
        for key in places:
            place = place.setdefault(key, {})
        place[field] = counter(delta)
    return found


def host_beside(*others, **overrides):
    """An idle host with other network namespaces."""
    beside = {str(4026532201 + place): one for place, one in enumerate(others)}
    counted = {"chosen": ["all"], "found": len(others), "judged": len(others), "not_chosen": 0, "beyond_limit": 0}
    counted.update(not_entered=0, appeared=0, vanished=0, replaced=0)
    return host_document(**merged({"namespaces": beside, "meta": {"namespaces": counted}}, overrides))


def merged(base, overrides):
    """*base* with *overrides* in it: mappings are merged key by key, anything else is replaced."""
    result = dict(base)
    for key, value in overrides.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(value, dict) and isinstance(old, dict) else copy.deepcopy(value)
    return result


def with_deltas(document, deltas):
    """*document* with the growth of counters set by path: ``{"nics/eth0/link_stats/rx_dropped": 7}``.

    A delta of None is one that the interval says nothing about.
    """
    document = copy.deepcopy(document)
    for path, delta in deltas.items():
        *parents, last = path.split("/")
        place = document
        for key in parents:
            place = place[key]
        place[last] = {**place.get(last, {}), **counter(delta)}
    return document


def lossy(**deltas_of_eth0):
    """A host whose eth0 counted these driver statistics."""
    return with_deltas(host_document(), {f"nics/eth0/counters/{name}": delta for name, delta in deltas_of_eth0.items()})
