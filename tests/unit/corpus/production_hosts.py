# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Made-up hosts as production has them: ordinary in ways that a textbook does not mention.

A function per host makes its document, as it is after an audit of ten seconds. What each host is, what is wrong with it
and what an engineer would do first stands in its docstring; what is asserted is in test_production_hosts.py.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import parse_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.irq_names import map_irqs
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    TICKS,
    counter,
    cpu_times,
    host_document,
    host_with,
    link_stats,
    merged,
    nic,
    qdisc,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)

#: What ten seconds of 40,000 packets/s are, in packets and in bytes.
BUSY = {"rx_packets": 400000, "tx_packets": 300000, "rx_bytes": 400_000_000, "tx_bytes": 200_000_000}


# --- what hosts are made of ---------------------------------------------------------------------------------------


def machine(document, nodes, sockets=1, threads=1, busy=None, processed=None):
    """*document* on other hardware.

    :param nodes: the cores of each NUMA node; second threads have the numbers behind all first ones, as on x86
    :param busy: ``{"0-3": {"softirq": ticks of 1000, "user": ...}}``, what CPUs do beside a little of everything
    :param processed: ``{"0-3": packets}``
    """
    cores = sum(nodes)
    node_of_core = [node for node, count in enumerate(nodes) for _core in range(count)]
    cpus = range(cores * threads)
    document["cpus"].update(
        online=list(cpus),
        possible=list(cpus),
        nodes={str(node): [cpu for cpu in cpus if node_of_core[cpu % cores] == node] for node in range(len(nodes))},
        topology={
            str(cpu): {
                "package": node_of_core[cpu % cores] * sockets // len(nodes),
                "core": cpu % cores,
                "node": node_of_core[cpu % cores],
                "siblings": [cpu % cores + thread * cores for thread in range(threads)],
            }
            for cpu in cpus
        },
    )
    times = spread_out(busy or {})
    packets = spread_out(processed or {})
    document["cpu_times"] = {str(cpu): times_of(**times.get(cpu, {})) for cpu in cpus}
    document["softnet"]["cpus"] = {str(cpu): softnet_row(processed=packets.get(cpu, 2000)) for cpu in cpus}
    document["softirqs"] = {
        str(cpu): {"NET_RX": counter(packets.get(cpu, 2000) // 2), "NET_TX": counter(10)} for cpu in cpus
    }
    return document


def spread_out(by_list):
    return {cpu: value for cpus, value in by_list.items() for cpu in parse_list(cpus)}


def times_of(softirq=20, steal=0, user=15, system=10):
    times = cpu_times(softirq=softirq, steal=steal)
    times.update(user=counter(user), system=counter(system), idle=counter(TICKS - softirq - steal - user - system))
    return times


def port(driver_name, places, queues, name="eth0", first_irq=100, **overrides):
    """A NIC with the interrupts that its driver asks for.

    :param places: ``{action name: CPU}``; of one that did not fire the CPU is a negative number, -1 for CPU 0
    :param queues: how many of each direction are in use
    """
    found = merged(nic(driver_name, counters=None), overrides)
    bdf = found["driver"]["bus"]
    rows = {str(first_irq + place): {"chip": "PCI-MSI", "actions": [action]} for place, action in enumerate(places)}
    known = None if driver_name == "virtio_net" else bdf
    found["irqs"] = map_irqs(rows, {int(irq) for irq in rows}, driver_name, name, known)
    for irq, place in zip(rows, places.values()):
        cpu = place if place >= 0 else -place - 1
        found["irqs"][irq].update(
            affinity=[cpu],
            effective_affinity=[cpu],
            affinity_hint=None,
            node=found["numa_node"],
            counts={str(cpu): counter(5000 if place >= 0 else 0)},
        )
    found["queues"] = {
        "rx": {str(queue): {"rps_cpus": [], "rps_flow_cnt": 0} for queue in range(queues)},
        "tx": {str(queue): {"xps_cpus": [], "tx_timeout": counter()} for queue in range(queues)},
    }
    return found


def channels(**counts):
    every = ("combined", "combined_max", "rx", "rx_max", "tx", "tx_max", "other", "other_max")
    return dict.fromkeys(every, 0) | counts


def mlx5_vectors(bdf, fired, everywhere):
    """The vectors of a ConnectX on a machine of so many local CPUs: one for each, whatever is in use."""
    return {
        f"mlx5_comp{queue}@pci:{bdf}": cpu if queue in fired else -cpu - 1 for queue, cpu in enumerate(everywhere)
    } | {f"mlx5_async0@pci:{bdf}": 0}


def virtual(kind, **overrides):
    """An interface without hardware."""
    nothing = dict.fromkeys(("counters", "numa_node", "pci", "rss", "channels", "rings", "link", "irqs"))
    return nic("", **{"kind": kind, **nothing, **overrides})


def not_judged(kind, **stats):
    """An interface that the audit reads in outline."""
    return virtual(kind, selected=False, link_stats=link_stats(**stats))


# --- hosts --------------------------------------------------------------------------------------------------------


def bond_of_two_63_queue_mlx5():
    """A storage server: LACP over two ports of 25 Gbit/s, whose channels somebody reduced to 2 of 63.

    The drivers keep a vector for each of 63 queues, spread over both sockets. Those of RDMA fire too. CPU 0 is
    saturated, and the ring of the first port runs empty. The cure is more channels: 62 CPUs are idle.
    """
    ports, both = {}, {}
    for number, bdf in enumerate(("0000:3b:00.0", "0000:3b:00.1")):
        counted = {f"rx{queue}_packets": 0 for queue in range(63)}
        counted |= {"rx0_packets": 300000, "rx1_packets": 100000, "rx_out_of_buffer": 41000}
        traffic = {**BUSY, "rx_missed_errors": 41000}
        if number:
            counted |= {"rx0_packets": 20000, "rx1_packets": 10000, "rx_out_of_buffer": 0}
            traffic = {key: value // 13 for key, value in BUSY.items()}
        both = {key: both.get(key, 0) + value for key, value in traffic.items()} | {"rx_missed_errors": 41000}
        ports[f"eth{number}"] = port(
            "mlx5_core",
            mlx5_vectors(bdf, {0, 1, 20, 40}, [*range(number, 32), *range(64, 95 - number), *range(32, 33)]),
            2,
            first_irq=100 + 100 * number,
            driver={"bus": bdf},
            ifindex=2 + number,
            channels=channels(combined=2, combined_max=63),
            rss={"queues": [0, 1]},
            counters=statistics("mlx5_core", **counted),
            link_stats=link_stats(**traffic),
            master="bond0",
            bond_slave={"state": "active", "mii_status": "up"},
            upper=["bond0"],
        )
    ports["bond0"] = virtual("bond", lower=["eth0", "eth1"], link_stats=link_stats(**both))
    return machine(
        host_with(ports),
        [32, 32],
        sockets=2,
        threads=2,
        busy={"0": {"softirq": 965}, "1": {"softirq": 300}, "20": {"softirq": 700}, "40": {"softirq": 400}},
        processed={"0": 400000, "1": 150000, "20": 100000},
    )


def nps4_with_four_saturated_cpus():
    """An EPYC with four NUMA nodes in the one socket, two CPUs each; the NIC belongs to node 2.

    Its four queues fill CPUs 4 to 7, of which 4 and 5 are local. Putting them onto those two would make it worse. The
    other CPUs of the socket are idle: more queues.
    """
    actions = {f"mlx5_comp{queue}@pci:0000:01:00.0": 4 + queue for queue in range(4)}
    counted = {f"rx{queue}_packets": 250000 for queue in range(4)}
    found = port(
        "mlx5_core",
        actions,
        4,
        channels=channels(combined=4, combined_max=8),
        rss={"queues": [0, 1, 2, 3]},
        numa_node=2,
        local_cpus=[4, 5],
        counters=statistics("mlx5_core", **counted, rx_out_of_buffer=90000),
        link_stats=link_stats(**{**BUSY, "rx_packets": 1000000}, rx_missed_errors=90000),
    )
    return machine(
        host_with({"eth0": found}),
        [2, 2, 2, 2],
        busy={"4-7": {"softirq": 960}},
        processed={"4-7": 250000},
    )


def kubernetes_node():
    """A node with 300 pods behind veth, and everything that such a node counts all day: none of it is a loss.

    Packets to pods that have gone, foreign addresses, broadcasts that nobody listens to, connections refused.
    """
    nics = {
        "eth0": port(
            "ena",
            {f"eth0-Tx-Rx-{queue}": queue for queue in range(8)},
            8,
            channels=channels(combined=8, combined_max=8),
            rss=None,
            numa_node=None,
            counters=statistics("ena", queue_0_rx_cnt=50000, rx_drops=0, bw_in_allowance_exceeded=0, tx_timeout=0),
            link_stats=link_stats(**BUSY),
        )
    }
    for number in range(300):
        gone = number % 50 == 0
        nics[f"veth{number:08x}"] = not_judged(
            "veth", rx_packets=1000, tx_packets=1200, rx_dropped=3 * gone, tx_dropped=2 * gone
        )
    nics["cilium_vxlan"] = not_judged("vxlan", rx_packets=90000, tx_packets=90000)
    document = machine(host_with(nics), [8], busy={"0-7": {"softirq": 150, "user": 300}}, processed={"0-7": 90000})
    document["conntrack"].update(count=90000, max=262144)
    return with_deltas(
        document,
        {
            "protocols/snmp/Ip/InAddrErrors": 30,
            "protocols/snmp/Udp/NoPorts": 200,
            "protocols/snmp/Tcp/RetransSegs": 40,
            "conntrack/stats/invalid": 1500,
            "neighbour/arp_cache/stats/unresolved_discards": 9,
        },
    )


def kubernetes_node_with_slow_lookups():
    """The same node, and pods whose resolver asks for A and AAAA at once through one source port.

    Two packets race for one connection entry; one is lost, and the lookup takes five seconds. The answer is a cache on
    the node or single-request-reopen, not a larger table.
    """
    document = kubernetes_node()
    return with_deltas(document, {"conntrack/stats/insert_failed": 60, "conntrack/stats/drop": 60})


def neighbours_of_a_flat_network():
    """A node of a cluster of 3,000 pods in one network: the neighbour table of the default size is full."""
    document = kubernetes_node()
    document["neighbour"]["arp_cache"].update(entries=1024)
    return with_deltas(document, {"neighbour/arp_cache/stats/table_fulls": 800})


def application_uses_the_cpu():
    """A proxy with a busy worker pinned to each CPU, which leaves softirqs their turn only now and then.

    The ring runs empty although no CPU is busy with softirqs: user time is 95 %. A larger ring hides it for a moment;
    the workers have to leave CPUs to the NIC.
    """
    found = port(
        "mlx5_core",
        {f"mlx5_comp{queue}@pci:0000:01:00.0": queue for queue in range(8)},
        8,
        channels=channels(combined=8, combined_max=8),
        rss={"queues": list(range(8))},
        local_cpus=list(range(8)),
        counters=statistics("mlx5_core", rx_out_of_buffer=3000),
        link_stats=link_stats(**BUSY, rx_missed_errors=3000),
    )
    busy = {"0-7": {"user": 920, "softirq": 25, "system": 40}}
    return machine(host_with({"eth0": found}), [8], busy=busy, processed={"0-7": 50000})


def isolated_for_real_time():
    """A trading host: CPUs 2 to 15 are isolated for one program, the 8 queues of the NIC share CPUs 0 and 1.

    Both are saturated. There is no other CPU that interrupts may go to, so fewer queues or fewer packets help, or a CPU
    that is given back.
    """
    found = port(
        "mlx5_core",
        {f"mlx5_comp{queue}@pci:0000:01:00.0": queue % 2 for queue in range(8)},
        8,
        channels=channels(combined=8, combined_max=16),
        rss={"queues": list(range(8))},
        local_cpus=list(range(16)),
        counters=statistics("mlx5_core", **{f"rx{queue}_packets": 50000 for queue in range(8)}, rx_out_of_buffer=700),
        link_stats=link_stats(**BUSY, rx_missed_errors=700),
    )
    document = machine(
        host_with({"eth0": found}),
        [16],
        busy={"0-1": {"softirq": 950}, "2-15": {"user": 950, "softirq": 0, "system": 5}},
        processed={"0-1": 200000, "2-15": 0},
    )
    document["cpus"].update(isolated=list(range(2, 16)), nohz_full=list(range(2, 16)))
    return document


def one_flow_fills_a_queue():
    """A backup server that receives one stream: queue 3 has all of it, and its CPU is saturated.

    The other queues are idle, and so are their CPUs: no interrupt has to be moved. RPS takes the work behind the
    driver to other CPUs.
    """
    found = port(
        "ixgbe",
        {f"eth0-TxRx-{queue}": queue for queue in range(8)} | {"eth0": 0},
        8,
        channels=channels(combined=8, combined_max=63),
        rss={"queues": list(range(8))},
        local_cpus=list(range(16)),
        link={"speed_mbps": 10000},
        counters=statistics(
            "ixgbe",
            **{f"rx_queue_{queue}_packets": 600000 * (queue == 3) for queue in range(8)},
            rx_no_dma_resources=5000,
        ),
        link_stats=link_stats(**{**BUSY, "rx_packets": 600000}),
    )
    busy = {"3": {"softirq": 975}}
    return machine(host_with({"eth0": found}), [16], busy=busy, processed={"3": 600000})


def ena_guest():
    """An EC2 instance whose queues were reduced from 8 to 4; the instance type allows fewer packets than come."""
    found = port(
        "ena",
        {f"eth0-Tx-Rx-{queue}": queue for queue in range(4)} | {"ena-mgmnt@pci:0000:01:00.0": 0},
        4,
        channels=channels(combined=4, combined_max=8),
        rss={"queues": [0, 1, 2, 3]},
        numa_node=None,
        link={"speed_mbps": None},
        counters=statistics("ena", pps_allowance_exceeded=1200, bw_in_allowance_exceeded=0, queue_0_rx_cnt=100000),
        link_stats=link_stats(**BUSY),
    )
    return machine(host_with({"eth0": found}), [8], busy={"0-3": {"softirq": 300}}, processed={"0-3": 100000})


def virtio_guest():
    """A guest with 2 of 8 queue pairs in use, on a hypervisor that has sold its CPUs several times.

    All 16 vectors of the pairs are there. The host takes a quarter of the time of the CPUs that serve the two; what
    the guest loses is dropped by the host's tap, and is not to be seen here.
    """
    actions = {"virtio0-config": 0}
    for queue in range(8):
        actions |= {f"virtio0-input.{queue}": queue if queue < 2 else -queue - 1, f"virtio0-output.{queue}": queue}
    found = port(
        "virtio_net",
        actions,
        2,
        driver={"bus": "0000:00:03.0"},
        channels=channels(combined=2, combined_max=8),
        rss=None,
        numa_node=None,
        link={"speed_mbps": None},
        pci={"link_speed": None, "link_width": None, "max_link_speed": None, "max_link_width": None},
        counters=statistics("virtio_net", rx0_packets=300000, rx1_packets=100000, rx0_drops=0, rx1_drops=0),
        link_stats=link_stats(**BUSY),
    )
    busy = {"0-1": {"softirq": 300, "steal": 250}, "2-7": {"steal": 60}}
    return machine(host_with({"eth0": found}), [8], busy=busy, processed={"0": 300000, "1": 100000})


def gve_guest():
    """A Google VM with 4 of 16 queues in use: the notification blocks of all are there, those for sending first.

    It runs out of posted buffers in bursts, with CPUs that have time left.
    """
    blocks = {
        f"eth0-ntfy-block.{block}": (block - 16) if 16 <= block < 20 else -(block % 16) - 1 for block in range(32)
    }
    found = port(
        "gve",
        blocks | {"eth0-mgmnt": 0},
        4,
        channels=channels(rx=4, rx_max=16, tx=4, tx_max=16),
        rss=None,
        numa_node=None,
        rings={"rx": 1024, "rx_max": 4096},
        counters=statistics("gve", **{f"rx_no_buffers_posted[{queue}]": 200 * (queue == 1) for queue in range(4)}),
        link_stats=link_stats(**BUSY),
    )
    return machine(host_with({"eth0": found}), [16], busy={"0-3": {"softirq": 350}}, processed={"0-3": 100000})


def nic_of_256_queues():
    """A 100 Gbit/s port with 256 queues and a queue discipline for each; a shaper has left pfifo_fast on all of them.

    Each drops a little: one cause, 256 disciplines.
    """
    found = port(
        "ice",
        {f"ice-eth0-TxRx-{queue}": queue % 128 for queue in range(256)},
        256,
        channels=channels(combined=256, combined_max=256),
        rss={"queues": list(range(256))},
        local_cpus=list(range(64)),
        counters=statistics("ice", rx_dropped=0, tx_busy=0),
        link_stats=link_stats(**BUSY),
    )
    document = machine(host_with({"eth0": found}), [64, 64], sockets=2, processed={"0-127": 5000})
    document["qdiscs"] = {"eth0 0: root": qdisc("mq", "0:", "root", dropped=2560)}
    for queue in range(1, 257):
        document["qdiscs"][f"eth0 0: :{queue:x}"] = qdisc("pfifo_fast", "0:", f":{queue:x}", dropped=10)
    return document


def host_of_400_vlans():
    """A hypervisor's trunk with 400 VLANs on a bond, a few of which have no traffic at all. Nothing is wrong."""
    nics = {
        "eth0": port(
            "i40e",
            {f"i40e-eth0-TxRx-{queue}": queue for queue in range(8)},
            8,
            channels=channels(combined=8, combined_max=64),
            rss={"queues": list(range(8))},
            local_cpus=list(range(16)),
            counters=statistics("i40e", rx_dropped=0, rx_unknown_protocol=0),
            link_stats=link_stats(**BUSY),
        )
    }
    for number in range(400):
        traffic = (
            {} if number % 10 == 0 else {"rx_packets": 900, "tx_packets": 700, "rx_bytes": 90000, "tx_bytes": 70000}
        )
        nics[f"eth0.{number + 100}"] = virtual("vlan", lower=["eth0"], link_stats=link_stats(**traffic))
    return machine(host_with(nics), [16], busy={"0-7": {"softirq": 120}}, processed={"0-7": 60000})


def hypervisor():
    """80 guests behind taps; two are suspended, and one is too slow for what it is sent."""
    nics = {
        "eth0": port(
            "mlx5_core",
            {f"mlx5_comp{queue}@pci:0000:01:00.0": queue for queue in range(16)},
            16,
            channels=channels(combined=16, combined_max=32),
            rss={"queues": list(range(16))},
            local_cpus=list(range(32)),
            counters=statistics("mlx5_core", rx_out_of_buffer=0),
            link_stats=link_stats(**BUSY),
            upper=["br0"],
        ),
        "br0": virtual("bridge", lower=["eth0"], link_stats=link_stats(rx_packets=5000, rx_dropped=400)),
    }
    for number in range(80):
        lost = {3: 1200, 7: 40, 8: 40}.get(number, 0)
        sent = 0 if number in (7, 8) else 30000
        nics[f"vnet{number}"] = not_judged("tun", rx_packets=20000, tx_packets=sent, tx_dropped=lost)
    return machine(host_with(nics), [32], threads=2, busy={"0-63": {"user": 500}}, processed={"0-15": 60000})


def active_backup_bond():
    """A database server with an active-backup bond; the switch floods both ports, and the backup slave drops copies."""
    nics = {}
    for number, state in enumerate(("active", "backup")):
        traffic = BUSY if state == "active" else {"rx_packets": 300, "rx_nohandler": 300}
        nics[f"eth{number}"] = port(
            "bnxt_en",
            {f"eth{number}-TxRx-{queue}": queue for queue in range(8)},
            8,
            name=f"eth{number}",
            first_irq=100 + 20 * number,
            ifindex=2 + number,
            channels=channels(combined=8, combined_max=74),
            rss={"queues": list(range(8))},
            local_cpus=list(range(16)),
            counters=statistics("bnxt_en", rx_total_discard_pkts=0),
            link_stats=link_stats(**traffic),
            master="bond0",
            bond_slave={"state": state, "mii_status": "up"},
        )
    both = {**BUSY, "rx_packets": BUSY["rx_packets"] + 300, "rx_nohandler": 300}
    nics["bond0"] = virtual("bond", lower=["eth0", "eth1"], link_stats=link_stats(**both))
    return machine(host_with(nics), [16], busy={"0-7": {"softirq": 200}}, processed={"0-7": 50000})


def both_ports_begin_with_the_first_cores():
    """A router with two ports whose interrupts a vendor's script put onto the same four cores.

    Those are three quarters busy, the other twelve idle; nothing is lost yet. There is nothing to report, but a program
    that is asked where the queues should go moves one port away.
    """
    nics = {
        f"eth{number}": port(
            "ixgbe",
            {f"eth{number}-TxRx-{queue}": queue for queue in range(4)},
            4,
            name=f"eth{number}",
            first_irq=100 + 20 * number,
            driver={"bus": f"0000:03:00.{number}"},
            ifindex=2 + number,
            channels=channels(combined=4, combined_max=63),
            rss={"queues": [0, 1, 2, 3]},
            local_cpus=list(range(16)),
            link={"speed_mbps": 10000},
            counters=statistics("ixgbe", **{f"rx_queue_{queue}_packets": 100000 for queue in range(4)}),
            link_stats=link_stats(**BUSY),
        )
        for number in range(2)
    }
    return machine(host_with(nics), [16], busy={"0-3": {"softirq": 750}}, processed={"0-3": 200000})


def rhel7_router():
    """Linux 3.10: short softnet rows, no effective affinity, few TcpExt counters. It loses in the backlog (RPS)."""
    found = port(
        "igb",
        {f"eth0-TxRx-{queue}": queue for queue in range(2)},
        2,
        channels=channels(combined=2, combined_max=8),
        local_cpus=[0, 1, 2, 3],
        counters=statistics("igb", rx_no_buffer_count=0, rx_queue_0_drops=0),
        link={"speed_mbps": 1000},
        link_stats=link_stats(**BUSY, rx_dropped=5000),
    )
    for irq in found["irqs"].values():
        irq["effective_affinity"] = None
    for field in ("rx_nohandler", "rx_otherhost_dropped"):
        found["link_stats"][field] = None
    found["queues"]["rx"]["0"]["rps_cpus"] = [2]
    document = machine(host_with({"eth0": found}), [4], busy={"2": {"softirq": 800}}, processed={"2": 300000})
    document["softnet"]["columns"] = 10
    for row in document["softnet"]["cpus"].values():
        for field in ("flow_limit_count", "backlog_len", "input_qlen", "process_qlen"):
            row[field] = None
    document["softnet"]["cpus"]["2"]["dropped"] = counter(5000)
    for name in ("TCPRcvQDrop", "TCPOFODrop", "TCPZeroWindowDrop", "TCPReqQFullDrop"):
        del document["protocols"]["netstat"]["TcpExt"][name]
    return merged(document, {"meta": {"kernel": {"release": "3.10.0-1160.el7.x86_64"}}})


def kunpeng_that_pauses_its_peer():
    """An arm64 server with four nodes: hns3 has no counter of an empty ring, the host makes the switch wait."""
    found = port(
        "hns3",
        {f"hns3-0000:7d:00.0-TxRx-{queue}": queue for queue in range(16)},
        16,
        driver={"bus": "0000:7d:00.0"},
        channels=channels(combined=16, combined_max=64),
        rss={"queues": list(range(16))},
        local_cpus=list(range(24)),
        pci={"link_speed": None, "link_width": None, "max_link_speed": None, "max_link_width": None},
        counters=statistics("hns3", mac_tx_mac_pause_num=4000, rxq0_l2_err=0, rxq0_err_bd_num=0),
        link_stats=link_stats(**BUSY),
    )
    busy = {"0-15": {"softirq": 920}}
    return machine(host_with({"eth0": found}), [24, 24, 24, 24], sockets=2, busy=busy, processed={"0-15": 60000})


def dns_server():
    """A resolver with one slow program: its one socket is full, while NIC and CPUs have nothing to do."""
    document = machine(host_document(), [2, 2], sockets=2)
    document["sockets"]["drops"] = {"udp 0.0.0.0:53 inode 1": udp_socket(9000)}
    return with_deltas(
        document,
        {
            "protocols/snmp/Udp/RcvbufErrors": 9000,
            "protocols/snmp/Udp/InErrors": 9000,
            "protocols/snmp/Udp/InDatagrams": 30000,
        },
    )


def reset_in_between():
    """A NIC whose driver was reset in the interval: what it says is void, and what others say stands."""
    document = merged(
        kubernetes_node(),
        {
            "meta": {
                "void": [
                    {"path": "/nics/eth0/link_stats/rx_packets", "cause": "reset", "before": 3 * 10**9, "after": 500},
                    {"path": "/nics/eth0/counters/rx_drops", "cause": "reset", "before": 12, "after": 3},
                ]
            }
        },
    )
    return with_deltas(document, {"nics/eth0/link_stats/rx_packets": None, "nics/eth0/counters/rx_drops": None})
