# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole hosts as an engineer meets them: what the audit says of each, each packet once, and what to try first."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    MLX5_STATISTICS,
    counter,
    cpu_times,
    host_document,
    host_with,
    irq,
    link_stats,
    merged,
    nic,
    qdisc,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive, diagnose, texts

RULES = load_rules()


def audit(document):
    return diagnose(document, RULES)


def told(document):
    """``[(rule, subject, severity, packets lost)]`` in the order of the report."""
    return [
        (found["rule"], found["subject"]["name"], found["severity"], found["lost"])
        for found in audit(document)["findings"]
    ]


def lost(document):
    return sum(found["lost"] or 0 for found in audit(document)["findings"])


def first_remedy(document, rule):
    return next(texts(found)[0] for found in audit(document)["findings"] if found["rule"] == rule)


def cause(document, rule):
    return next(found["cause"] for found in audit(document)["findings"] if found["rule"] == rule)


def signals_of(document, name):
    return next(each for each in derive(document)["nics"] if each["name"] == name)


def mlx5(**deltas):
    return statistics("mlx5_core", **{**dict.fromkeys(MLX5_STATISTICS, 0), **deltas})


def virtual(kind, **overrides):
    """An interface without hardware, which the audit judges."""
    return nic(kind, **{"kind": kind, "irqs": {}, "counters": None, "numa_node": None, "pci": None, **overrides})


# --- a router ---------------------------------------------------------------------------------------------------------


def router(**overrides):
    """Two ports of 25 Gbit/s, 200,000 packets/s through conntrack and NAT, CPU 0 at 60 % softirq, no loss."""
    traffic = link_stats(rx_packets=2000000, tx_packets=2000000, rx_bytes=10**9, tx_bytes=10**9)
    ports = {name: nic(link_stats=traffic, ifindex=index) for index, name in enumerate(("eth0", "eth1"), 2)}
    busy = {str(cpu): softnet_row(processed=1000000, time_squeeze=400) for cpu in range(4)}
    document = host_with(
        ports,
        softnet={"cpus": busy},
        cpu_times={str(cpu): cpu_times(softirq=600) for cpu in range(4)},
        conntrack={"count": 150000},
    )
    # What a router counts all day long, none of it a loss.
    usual = {
        "protocols/snmp/Ip/InReceives": 4000000,
        "protocols/snmp/Ip/InHdrErrors": 40,
        "conntrack/stats/invalid": 3000,
        "neighbour/arp_cache/stats/unresolved_discards": 12,
    }
    return merged(with_deltas(document, usual), overrides)


def test_a_busy_router_that_loses_nothing_is_clean():
    result = audit(router())
    assert result["verdict"] == "clean"
    assert told(router()) == [
        ("R7", None, "info", None),
        ("R33", None, "info", None),
        ("R36", "arp_cache", "info", None),
    ]


def test_a_router_whose_connection_table_is_full():
    """The local resolver's packets that the table refused come back as OutDiscards: they are counted once."""
    full = router(conntrack={"count": 262144})
    document = with_deltas(
        full,
        {
            "conntrack/stats/drop": 5000,
            "conntrack/stats/early_drop": 900,
            "protocols/snmp/Ip/OutDiscards": 200,
        },
    )
    assert told(document)[0] == ("R13", None, "loss", 5000)
    assert lost(document) == 5000
    assert "R41" not in [row[0] for row in told(document)]
    assert "nf_conntrack_max=524288" in first_remedy(document, "R13")
    assert "flood" in cause(document, "R13")


def test_a_table_that_fills_is_not_called_full():
    old = {"kernel": {"release": "4.19.90"}}
    document = router(conntrack={"count": 240000}, neighbour={"arp_cache": {"entries": 950}}, meta=old)
    risks = [row for row in told(document) if row[2] == "risk"]
    assert risks == [("R13", None, "risk", 0), ("R15", "arp_cache", "risk", 0)]
    assert "nothing was dropped yet" in cause(document, "R13")
    assert "filling up" in cause(document, "R15")


def test_long_hash_chains_do_not_hide_a_full_table():
    """A chain that is too long is in insert_failed and not in drop (__nf_conntrack_confirm)."""
    deltas = {"drop": 50, "insert_failed": 100, "chaintoolong": 90}
    document = with_deltas(router(), {f"conntrack/stats/{name}": delta for name, delta in deltas.items()})
    assert {row[0]: row[3] for row in told(document) if row[3]} == {"R13": 40, "R14": 100}
    assert "buckets" in first_remedy(document, "R14")


def test_a_shaper_on_a_vlan_of_a_router_is_told_once():
    """A VLAN device counts in tx_dropped what the queue discipline of the port below it dropped."""
    vlan = virtual("vlan", lower=["eth1"], link_stats=link_stats(tx_packets=900, tx_dropped=70))
    document = router()
    document["nics"] |= {"eth1.7": vlan}
    document["meta"]["selection"]["selected"].append("eth1.7")
    document["qdiscs"] = {"eth1 tbf": qdisc("tbf", "1:", "root", 70, nic="eth1")}
    document = with_deltas(document, {"protocols/snmp/Ip/OutDiscards": 30})
    assert [row for row in told(document) if row[3]] == [("R26", "eth1 tbf", "loss", 70)]
    assert lost(document) == 70
    # What the VLAN device dropped beyond that is its own.
    own = with_deltas(document, {"nics/eth1.7/link_stats/tx_dropped": 90})
    assert ("R31", "eth1.7", "loss", 20) in told(own)


# --- Kubernetes -------------------------------------------------------------------------------------------------------


def kubernetes(pods=300):
    """A node with *pods* pods behind veth pairs and a bridge; only the NIC is judged."""
    nics = {"eth0": nic(), "cni0": virtual("bridge", selected=False)}
    nics |= {f"veth{pod}": virtual("veth", selected=False, master="cni0") for pod in range(pods)}
    document = host_with(nics)
    # The network policy is a BPF program at each of them, and drops what it shall.
    document["qdiscs"] |= {
        f"veth{pod} ffff: clsact": qdisc("clsact", "ffff:", "ffff:fff1", 20, nic=f"veth{pod}") for pod in range(pods)
    }
    return document


def test_policy_drops_of_300_pods_are_neither_loss_nor_300_lines():
    assert (audit(kubernetes())["verdict"], told(kubernetes())) == ("clean", [])


def test_a_policy_drop_on_the_judged_nic_is_told_as_meant():
    document = kubernetes(1)
    document["qdiscs"]["eth0 clsact"] = qdisc("clsact", "ffff:", "ffff:fff1", 500)
    assert told(document) == [("R26", "eth0 clsact", "info", None)]
    assert "as it was told to" in cause(document, "R26")
    assert first_remedy(document, "R26").startswith("See which filter it is")


def test_a_node_whose_pods_overflow_a_backlog_and_race_for_dns():
    deltas = {
        "softnet/cpus/2/dropped": 900,
        # The drops are in the rx_dropped of the pods' interfaces, and in the tx_dropped of their other ends.
        "nics/veth7/link_stats/rx_dropped": 600,
        "nics/veth8/link_stats/rx_dropped": 300,
        "nics/veth9/link_stats/tx_dropped": 900,
        "nics/eth0/link_stats/rx_dropped": 3,
        "conntrack/stats/drop": 40,
        "conntrack/stats/insert_failed": 40,
    }
    document = with_deltas(kubernetes(), deltas)
    assert told(document) == [
        ("R6", None, "loss", 900),
        ("R14", None, "loss", 40),
        ("R11", "eth0", "info", None),
    ]
    assert "single-request-reopen" in first_remedy(document, "R14")


def test_interfaces_of_pods_that_come_and_go_do_not_disturb_the_verdict():
    void = [{"path": f"/nics/veth{pod}", "cause": "vanished", "before": None, "after": None} for pod in range(5)]
    document = kubernetes()
    document["meta"]["void"] = void
    for pod in range(5):
        del document["nics"][f"veth{pod}"]["link_stats"]
    assert audit(document)["verdict"] == "clean"


# --- a bond -----------------------------------------------------------------------------------------------------------


def bond(p0=None, p1=None, own=None):
    """An active-backup bond of two mlx5 ports with a VLAN on it."""
    active = nic(master="bond0", bond_slave={"state": "active", "mii_status": "up"}, **(p0 or {}))
    backup = nic(master="bond0", ifindex=3, bond_slave={"state": "backup", "mii_status": "up"}, **(p1 or {}))
    bond0 = virtual("bond", lower=["p0", "p1"], link_stats=own or link_stats(rx_packets=40000))
    vlan = virtual("vlan", lower=["bond0"])
    return host_with({"p0": active, "p1": backup, "bond0": bond0, "bond0.20": vlan})


def test_a_healthy_bond_with_its_floods_on_the_backup_is_clean():
    document = bond(
        p1={"link_stats": link_stats(rx_packets=300, rx_nohandler=290)},
        own=link_stats(rx_packets=40300, rx_nohandler=290, rx_dropped=20),
    )
    assert audit(document)["verdict"] == "clean"
    assert told(document) == [("R11", "bond0", "info", None), ("R12", "p1", "info", None)]
    assert "not what" not in cause(document, "R12")


def test_a_bond_of_mlx5_repeats_losses_that_its_ports_show_late():
    """mlx5 prints the netdev counters of its last refresh: the bond has seen ten seconds of it, the port one."""
    document = bond(
        p0={
            "link_stats": link_stats(rx_packets=20000, rx_missed_errors=500, rx_dropped=9),
            "counters": mlx5(rx_out_of_buffer=5000, rx_discards_phy=90),
        },
        own=link_stats(rx_packets=40000, rx_missed_errors=5000, rx_dropped=90),
    )
    assert [row for row in told(document) if row[3]] == [("R4", "p0", "loss", 5000), ("R2", "p0", "loss", 90)]
    assert lost(document) == 5090
    assert first_remedy(document, "R2") == "Do first what the finding about the ring of p0 says"


def test_active_queue_management_below_a_bond_and_a_vlan_is_no_loss_of_the_vlan():
    document = with_deltas(bond(), {"nics/bond0.20/link_stats/tx_dropped": 70, "protocols/snmp/Ip/OutDiscards": 70})
    document["qdiscs"] = {
        "p0 0: root": qdisc("mq", "0:", "root", 70, nic="p0"),
        "p0 0: :1": qdisc("fq_codel", "0:", ":1", 70, nic="p0"),
    }
    assert told(document) == [("R26", "p0 fq_codel", "info", 70)]
    assert audit(document)["verdict"] == "clean"


# --- clouds -----------------------------------------------------------------------------------------------------------


def ena(backlog=0, **deltas):
    """An EC2 instance."""
    allowances = {f"{name}_allowance_exceeded": 0 for name in ("bw_in", "bw_out", "pps", "conntrack", "linklocal")}
    fields = {name: deltas.pop(name) for name in [*deltas] if name in link_stats()}
    stats = link_stats(rx_packets=500000, rx_bytes=5 * 10**8, **fields)
    counters = statistics("ena", **{**allowances, "queue_0_rx_empty_rx_ring": 0, **deltas})
    eth0 = nic("ena", link_stats=stats, counters=counters, link=None, numa_node=None, pci=None)
    document = host_with({"eth0": eth0, "lo": virtual("loopback", selected=False)})
    return with_deltas(document, {"softnet/cpus/0/dropped": backlog})


def test_an_instance_that_loses_nothing_is_told_so_of_its_ring_too():
    assert signals_of(ena(), "eth0")["ring_lost"] == 0
    assert (audit(ena())["verdict"], told(ena())) == ("clean", [])
    assert not [each for each in audit(ena())["not_judged"] if each["rule"] in ("R3", "R4")]


def test_a_backlog_drop_of_an_instance_is_no_loss_of_its_ring():
    """ena knows the drops of its device from rx_dropped alone, where the core counts those of the backlog too."""
    document = ena(backlog=100, rx_dropped=250)
    assert told(document) == [("R4", "eth0", "loss", 150), ("R6", None, "loss", 100)]
    assert lost(document) == 250
    # Dropped on the way through the loopback: that is the backlog's alone.
    other = with_deltas(ena(backlog=100, rx_dropped=150), {"nics/lo/link_stats/rx_dropped": 100})
    assert told(other) == [("R4", "eth0", "loss", 150), ("R6", None, "loss", 100)]


def test_the_limits_of_an_instance_are_named_and_only_what_is_gone_is_loss():
    document = ena(bw_out_allowance_exceeded=900, conntrack_allowance_exceeded=5)
    assert told(document) == [("R27", "eth0", "loss", 5)]
    # Two limits at once: the instance is too small.
    assert "instance type" in first_remedy(document, "R27")
    only_queued = ena(bw_out_allowance_exceeded=900)
    assert told(only_queued) == [("R27", "eth0", "risk", 0)]


def virtio(steal, rx_packets=50000):
    """A virtual machine with one queue, which cannot see whether its ring was empty."""
    eth0 = nic(
        "virtio_net",
        counters=statistics("virtio_net", rx_queue_0_drops=0, rx_queue_0_xdp_drops=0),
        link_stats=link_stats(rx_packets=rx_packets),
        channels={"combined": 1, "combined_max": 1},
        numa_node=None,
        pci=None,
        rss=None,
    )
    eth0["irqs"] = {"38": irq(0, 0)}
    return host_with({"eth0": eth0}, cpu_times={"0": cpu_times(softirq=100, steal=steal)})


def test_a_guest_whose_cpu_is_stolen_is_at_risk_and_says_who_can_tell():
    document = virtio(steal=200)
    assert audit(document)["verdict"] == "at_risk"
    assert told(document) == [("R29", "eth0", "risk", None)]
    (found,) = audit(document)["findings"]
    assert {item["what"]: item["value"] for item in found["evidence"]}["time stolen on the CPUs 0, at most"] == 20.0
    assert texts(found)[0].startswith("See on the hypervisor whether the tap device of this guest drops")


def test_a_guest_with_its_cpu_time_is_clean():
    result = audit(virtio(steal=20))
    assert (result["verdict"], result["findings"]) == ("clean", [])
    # Its memory it does tell of, its ring and its port it does not.
    assert {"R2", "R4"} <= {each["rule"] for each in result["not_judged"]}
    assert "R5" not in {each["rule"] for each in result["not_judged"]}


def test_a_hypervisor_names_the_guest_that_does_not_take_its_packets():
    taps = {
        "vnet0": virtual("tun", selected=False, link_stats=link_stats(tx_packets=9000, tx_dropped=60)),
        "vnet1": virtual("tun", selected=False, link_stats=link_stats(tx_packets=0, tx_dropped=40)),
        "vnet2": virtual("tun", selected=False, link_stats=link_stats(tx_packets=9000)),
    }
    document = host_with({"eth0": nic(), **taps})
    assert told(document) == [("R28", "vnet0", "loss", 60), ("R28", "vnet1", "risk", 40)]


# --- many CPUs --------------------------------------------------------------------------------------------------------


def large(queues=64, **lossy):
    """256 CPUs on two nodes, four NICs of 64 queues; eth1 loses in its ring, on CPU 70, which is saturated."""
    cpus = [str(cpu) for cpu in range(256)]
    nics = {}
    for index in range(4):
        counters = mlx5(**(lossy if index == 1 else {}))
        irqs = {
            str(1000 + 64 * index + queue): irq(queue, 64 * index + queue, delta=50 if queue == 6 else 1000)
            for queue in range(64)
        }
        nics[f"eth{index}"] = nic(
            ifindex=index + 2,
            counters=counters,
            numa_node=index // 2,
            local_cpus=list(range(128 * (index // 2), 128 * (index // 2) + 128)),
            channels={"combined": queues, "combined_max": 128},
            rss={"queues": list(range(64))},
            link_stats=link_stats(rx_packets=3 * 10**6, rx_bytes=3 * 10**9, tx_packets=10**6, tx_bytes=10**9),
        )
        nics[f"eth{index}"]["irqs"] = irqs
    return host_with(
        nics,
        cpus={"online": list(range(256)), "nodes": {"0": list(range(128)), "1": list(range(128, 256))}},
        softnet={"cpus": {cpu: softnet_row(processed=40000) for cpu in cpus}},
        softirqs={cpu: {"NET_RX": counter(20000)} for cpu in cpus},
        cpu_times={cpu: cpu_times(softirq=970 if cpu == "70" and lossy else 100) for cpu in cpus},
    )


def test_one_saturated_cpu_of_256_is_found_by_its_number():
    document = large(rx_out_of_buffer=40000)
    assert told(document) == [("R3", "eth1", "loss", 40000)]
    assert cause(document, "R3").startswith("CPU 70 spends")
    (found,) = audit(document)["findings"]
    evidence = {item["what"]: item["value"] for item in found["evidence"]}
    assert evidence["CPUs that serve its queues"] == list(range(64, 128))
    # Each queue has a CPU already: what is left is to find the flow, or more queues.
    assert found["actions"][0]["command"] == "ethtool -L eth1 combined 128"


def test_a_large_host_that_loses_nothing_is_clean():
    assert (audit(large())["verdict"], told(large())) == ("clean", [])


# --- a container ------------------------------------------------------------------------------------------------------


def container(**deltas):
    """A container: no sysctls of the host, no neighbour tables, and a softnet_stat that shows the host's drops."""
    eth0 = virtual("veth", link_stats=link_stats(rx_packets=5000, tx_packets=5000))
    document = host_with({"eth0": eth0}, meta={"netns": {"inode": 4026532001, "initial": False}})
    document["sysctls"] = {"net.core.somaxconn": 4096, "net.ipv4.tcp_syncookies": 1}
    document |= {"neighbour": {"arp_cache": None, "ndisc_cache": None}, "conntrack": None, "xfrm": None}
    return with_deltas(document, deltas)


def test_drops_of_the_host_are_no_loss_of_a_container():
    document = container(**{"softnet/cpus/3/dropped": 5000})
    assert (audit(document)["verdict"], told(document)) == ("clean", [("R6", None, "info", 0)])
    assert "another network namespace" in cause(document, "R6")


def test_a_container_with_a_slow_reader_names_the_program_first():
    deltas = {"protocols/snmp/Udp/RcvbufErrors": 1994, "protocols/snmp/Udp/InErrors": 1994}
    document = merged(container(**deltas), {"sockets": {"drops": {"udp 0.0.0.0:53 inode 1234": udp_socket(1994)}}})
    assert told(document) == [("R20", "Udp", "loss", 1994)]
    assert "named (123): 1994" in first_remedy(document, "R20")
    assert "(unknown)" not in " ".join(texts(audit(document)["findings"][0]))


def test_what_a_container_cannot_see_is_not_judged_and_no_pass():
    missing = {each["rule"] for each in audit(container())["not_judged"]}
    assert {"R13", "R14", "R15", "R35"} <= missing


# --- other hosts ------------------------------------------------------------------------------------------------------


def test_a_burst_on_a_nic_without_drop_enable_overflows_its_one_buffer():
    """ixgbe with one shared buffer: an empty ring shows as rx_missed_errors, and a larger ring does help there."""
    counters = statistics("ixgbe", rx_missed_errors=300, rx_no_dma_resources=0, alloc_rx_page_failed=0)
    document = host_with({"eth0": nic("ixgbe", counters=counters, link_stats=link_stats(rx_missed_errors=300))})
    assert told(document) == [("R2", "eth0", "loss", 300)]
    assert "drop enable" in cause(document, "R2")
    assert first_remedy(document, "R2").endswith("ethtool -G eth0 rx 2048")


def test_frames_that_are_too_long_are_no_matter_of_cables():
    long = host_with({"eth0": nic(counters=mlx5(rx_oversize_pkts_phy=40))})
    assert first_remedy(long, "R1") == "Give both ends the same MTU (here 1500)"
    damaged = host_with({"eth0": nic(counters=mlx5(rx_crc_errors_phy=40))})
    assert first_remedy(damaged, "R1").startswith("Clean or swap cable and optic of eth0")


def test_a_tunnel_has_no_cable():
    document = host_with({"eth0": nic(), "gre1": virtual("gre", link_stats=link_stats(rx_crc_errors=5))})
    assert told(document) == [("R1", "gre1", "loss", 5)]
    assert "cable" not in " ".join(texts(audit(document)["findings"][0]))


def test_lldp_on_a_plain_host_is_a_note_at_most():
    document = with_deltas(host_document(), {"nics/eth0/link_stats/rx_dropped": 2})
    assert (audit(document)["verdict"], told(document)) == ("clean", [("R11", "eth0", "info", None)])


def test_the_queue_of_a_tunnel_overflows_into_rx_dropped_alone():
    tunnel = virtual("vxlan", lower=["eth0"], link_stats=link_stats(rx_packets=20000, rx_dropped=3000))
    document = host_with({"eth0": nic(), "vxlan7": tunnel})
    assert told(document) == [("R11", "vxlan7", "risk", None)]
    assert "longer than netdev_max_backlog" in cause(document, "R11")


@pytest.mark.parametrize("driver", ["tg3", "r9999"])
def test_a_driver_that_hides_its_drops_in_rx_dropped_is_not_called_harmless(driver):
    stats = link_stats(rx_packets=20000, rx_dropped=2000)
    document = host_with({"eth0": nic(driver, link_stats=stats, counters=statistics(driver, rx_packets=20000))})
    assert told(document) == [("R11", "eth0", "risk", None)]
    assert f"{driver} may count those in rx_dropped alone" in cause(document, "R11")


def test_memory_that_is_short_for_a_moment_is_a_risk_until_packets_are_gone():
    refill = host_with({"eth0": nic("ixgbe", counters=statistics("ixgbe", alloc_rx_page_failed=7))})
    assert told(refill) == [("R5", "eth0", "risk", None)]
    gone = host_with({"eth0": nic("virtio_net", counters=statistics("virtio_net", rx_queue_0_drops=7))})
    assert told(gone) == [("R5", "eth0", "loss", 7)]
    emergency = with_deltas(host_document(), {"protocols/netstat/TcpExt/PFMemallocDrop": 4})
    assert told(emergency) == [("R32", None, "loss", 4)]


def test_a_guest_on_vmware_whose_ring_is_small():
    counters = statistics("vmxnet3", **{"Rx Queue#0 pkts rx OOB": 800, "Rx Queue#0 drv dropped rx total": 0})
    rings = {"rx": 256, "rx_max": 4096}
    document = host_with({"eth0": nic("vmxnet3", counters=counters, rings=rings, numa_node=None)})
    assert told(document) == [("R4", "eth0", "loss", 800)]
    assert first_remedy(document, "R4").endswith("ethtool -G eth0 rx 512")
