# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import pathlib

import jsonschema
import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.limits import limits
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import cpus
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.cpus import squeeze_limit
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.derive import of_namespaces
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.glossary import SIGNALS, SUBJECTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.next_values import DEFAULTS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import at_least, excess, ratio
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    counter,
    cpu_times,
    host_document,
    host_with,
    irq,
    link_stats,
    lossy,
    merged,
    namespace,
    nic,
    qdisc,
    softnet_row,
    statistics,
    udp_socket,
    with_deltas,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import derive

REPOSITORY = pathlib.Path(__file__).resolve().parents[5]


def eth0(document):
    return derive(document)["nics"][0]


def nic_on(*cpus, **overrides):
    """A NIC with one queue on each of these CPUs."""
    irqs = {str(40 + queue): irq(queue, cpu) for queue, cpu in enumerate(cpus)}
    return {**nic(**{"channels": {"combined": len(cpus)}, **overrides}), "irqs": irqs}


def rich_document():
    """A document in which every part of the signals has a subject."""
    return host_document(
        nics={"tap0": nic("tun", kind="tun", selected=False)},
        sockets={"drops": {"udp 0.0.0.0:53 inode 1234": udp_socket(3)}},
        namespaces={"4026532201": namespace(counters={"interfaces/eth0/rx_dropped": 3})},
        meta={
            "glitches": [
                {
                    "path": "/nics/eth0/link_stats/rx_bytes",
                    "cause": "zero_blip",
                    "before": 9,
                    "after": 0,
                    "detail": "the counter read 0 for a moment",
                }
            ]
        },
    )


def test_the_made_up_host_is_a_valid_host_document():
    schema = json.loads((REPOSITORY / "docs" / "host-document.schema.json").read_text())
    jsonschema.validate(json.loads(json.dumps(rich_document())), schema)


def test_every_signal_is_explained_and_every_explanation_has_a_signal():
    signals = derive(rich_document())
    signals["virtual.taps"] = signals.pop("virtual")["taps"]
    assert signals["interfaces"] == []
    ((_namespace, _document, beside),) = of_namespaces(rich_document(), signals, limits())
    signals["interfaces"] = beside["interfaces"]
    found = {part: set(value[0] if part in SUBJECTS else value) for part, value in signals.items()}
    # The next values are found by the names of their sysctls.
    assert found.pop("next") > set(DEFAULTS)
    assert found == {part: set(meanings) for part, meanings in SIGNALS.items() if part != "next"}


def nothing():
    return {"schema_version": 1}


@pytest.mark.parametrize(
    "document",
    [
        nothing(),
        dict.fromkeys(host_document()),
        {key: [] for key in host_document()},
        dict.fromkeys(host_document(), "x"),
        host_document(nics={"eth0": None}, meta=None, softnet={"cpus": {"0": None, "x": 3}}),
        host_document(
            nics={"eth0": {"selected": True, "irqs": {"1": 3}, "counters": {"a": 1}, "link_stats": {"b": 2}}}
        ),
        host_document(meta={"glitches": [3], "void": ["x"]}, qdiscs={"x": None, "y": {"handle": 3, "parent": "zz:"}}),
    ],
)
def test_a_document_with_holes_or_of_a_strange_shape_gives_holes_and_no_zeros(document):
    signals = derive(document)
    assert signals["host"]["receive_lost"] in (None, 0)
    for item in signals["nics"] or []:
        assert not item["receive_lost"]


#: What is not missing where there is nothing.
HOST_OF_NOTHING = ("host", "next", "virtual", "glitches", "interfaces")


def test_an_empty_document_has_no_signal_at_all():
    signals = derive(nothing())
    assert set(signals["host"].values()) == {None}
    assert signals["virtual"] == {"taps": []} and signals["glitches"] == []
    assert set(signals["next"].values()) == {None}
    assert {signals[part] for part in signals if part not in HOST_OF_NOTHING} == {None}


def test_no_delta_means_no_rate_and_no_loss():
    document = with_deltas(
        host_document(),
        {
            "nics/eth0/link_stats/rx_packets": None,
            "nics/eth0/counters/rx_out_of_buffer": None,
            "nics/eth0/link_stats/rx_missed_errors": None,
            "softnet/cpus/0/time_squeeze": None,
        },
    )
    signals = derive(document)
    found = signals["nics"][0]
    assert found["rx_packets_per_s"] is None and found["ring_lost"] is None and found["ring_lost_ratio"] is None
    assert found["squeezes"] is None  # the others stand at 0, so nothing is known
    assert signals["backlog"]["squeezes"] is None


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [([], None), ([None], None), ([0, 0], 0), ([0, None], None), ([5, None], 5), ([5, 2], 7)],
)
def test_at_least_is_a_lower_bound_that_says_something(deltas, expected):
    assert at_least(deltas) == expected


def test_arithmetic_with_missing_values():
    assert excess(5, None) is None and excess(None, 1) is None and excess(5, 7) == 0
    assert ratio(1, 0) is None and ratio(None, 1) is None and ratio(0, 4) == 0


# --- CPUs ---------------------------------------------------------------------------------------------------------


def of_cpu(document, cpu):
    budget = document["sysctls"]["net.core.netdev_budget"]
    return cpus.cpus(document, document["meta"]["interval_s"], budget)[cpu]


def test_softirq_share_is_that_of_all_time_and_the_busiest_serving_cpu_decides():
    document = host_document(cpu_times={"1": cpu_times(softirq=940), "3": cpu_times(softirq=950)})
    found = eth0(document)
    assert (found["cpus"], found["softirq_cpu"], found["softirq_share"]) == ([0, 1], 1, 0.94)
    assert derive(document)["host"]["softirq_share"] == 0.95


def test_iowait_that_steps_back_leaves_the_share_of_the_measured_interval():
    document = with_deltas(host_document(cpu_times={"0": cpu_times(softirq=500)}), {"cpu_times/0/iowait": None})
    assert of_cpu(document, 0)["softirq_share"] == 0.5
    document["meta"]["interval_s"] = None
    assert of_cpu(document, 0)["softirq_share"] is None


def test_steal_share():
    assert eth0(host_document(cpu_times={"0": cpu_times(steal=120)}))["steal_share"] == 0.12


def test_the_busiest_cpu_off_the_node_is_that_of_the_queues():
    document = host_document(cpu_times={"1": cpu_times(softirq=800), "2": cpu_times(softirq=300)})
    document["nics"]["eth0"]["irqs"] = {"40": irq(0, 1), "41": irq(1, 2)}
    assert (eth0(document)["off_node_cpus"], eth0(document)["off_node_softirq_share"]) == ([2], 0.3)


def test_skew_of_net_rx_and_of_packets():
    document = host_document(
        softirqs={"2": {"NET_RX": counter(92500)}}, softnet={"cpus": {"1": softnet_row(processed=85000)}}
    )
    host = derive(document)["host"]
    assert (host["net_rx_cpu"], host["net_rx_share"]) == (2, 0.925)
    assert (eth0(document)["processed_cpu"], eth0(document)["processed_share"]) == (1, 0.85)


@pytest.mark.parametrize(
    ("processed", "squeezes", "per_squeeze", "limit"),
    [
        (60000, 200, 300, "netdev_budget"),
        (84000, 200, 420, "netdev_budget"),
        (8000, 200, 40, "netdev_budget_usecs"),
        (500000, 20, 25000, "undetermined"),
        (60000, 0, None, None),
    ],
)
def test_packets_per_squeeze_tell_which_limit_ended_the_polling(processed, squeezes, per_squeeze, limit):
    document = host_document(softnet={"cpus": {"0": softnet_row(processed=processed, time_squeeze=squeezes)}})
    cpu = of_cpu(document, 0)
    assert (cpu["packets_per_squeeze"], cpu["squeeze_limit"]) == (per_squeeze, limit)


@pytest.mark.parametrize(
    ("per_squeeze", "budget", "limit"),
    [
        (1, 1, "netdev_budget"),
        (64, 1, "netdev_budget"),
        (97, 1, "undetermined"),
        (64, 32, "netdev_budget"),
        (20, 32, "netdev_budget_usecs"),
    ],
)
def test_a_poll_takes_64_packets_however_small_the_budget(per_squeeze, budget, limit):
    assert squeeze_limit(per_squeeze, budget) == limit


def test_without_the_budget_nobody_knows_which_limit_it_was():
    assert squeeze_limit(40, None) is None


def test_more_than_two_hundred_cpus_and_sums_beyond_32_bits():
    document = host_document()
    every = [str(cpu) for cpu in range(256)]
    document["cpus"]["online"] = list(range(256))
    document["softnet"]["cpus"] = {cpu: softnet_row(processed=40000000, time_squeeze=1, dropped=0) for cpu in every}
    document["softnet"]["cpus"]["255"] = softnet_row(processed=40000000, dropped=7)
    document["cpu_times"] = {cpu: cpu_times() for cpu in every}
    signals = derive(document)
    assert signals["host"]["cpus_online"] == 256
    assert signals["host"]["processed_per_s"] == 256 * 40000000 / 10
    assert (signals["backlog"]["lost"], signals["backlog"]["cpus"]) == (7, [255])


# --- NICs ---------------------------------------------------------------------------------------------------------


def test_what_is_peculiar_about_a_driver():
    def of(driver):
        found = eth0(host_with({"eth0": nic(driver)}))
        return [found[key] for key in ("rss_reach", "waits_in_nic_buffer", "buffer_lost_note", "memory_lost_note")]

    assert of("ixgbe") == [16, True, None, None]
    assert of("mlx5e_rep") == of("unheard_of") == [None, False, None, None]
    assert of("e1000") == of("igc") == [None, True, None, None]
    assert of("be2net")[2].startswith("rx_drops_no_pbuf is counted for the whole card")
    assert of("virtio_net")[3].startswith("virtio_net counts an oversized packet")


def test_a_failover_interface_counts_without_what_it_is_made_of():
    above = nic("net_failover", kind=None, lower=["ens3"], counters=None, link_stats=link_stats(rx_dropped=9))
    document = host_with({"eth0": above, "ens3": nic("virtio_net", link_stats=link_stats(rx_dropped=4))})
    assert {each["name"]: each["rx_dropped"] for each in derive(document)["nics"]} == {"eth0": 5, "ens3": 4}


def test_only_selected_nics():
    assert [found["name"] for found in derive(rich_document())["nics"]] == ["eth0"]


def test_ring_of_1024_of_8192_is_below_its_maximum_and_the_next_step_is_double():
    found = eth0(host_document())
    assert (found["ring_rx"], found["ring_rx_max"], found["ring_rx_below_max"], found["ring_rx_next"]) == (
        1024,
        8192,
        True,
        2048,
    )


@pytest.mark.parametrize(
    ("size", "limit", "below", "following"),
    [(6000, 8192, True, 8192), (8192, 8192, False, None), (None, 8192, None, None), (256, None, None, None)],
)
def test_ring_steps(size, limit, below, following):
    found = eth0(host_document(nics={"eth0": {"rings": {"rx": size, "rx_max": limit}}}))
    assert (found["ring_rx_below_max"], found["ring_rx_next"]) == (below, following)


def test_losses_by_class_with_the_counters_that_say_so():
    found = eth0(
        lossy(
            rx_crc_errors_phy=1,
            rx_discards_phy=2,
            rx_out_of_buffer=3,
            rx0_buff_alloc_err=4,
            tx_queue_dropped=5,
            rx_oversize_pkts_buffer=6,
            rx_corrected_bits_phy=700,
            tx_queue_stopped=80,
        )
    )
    assert {
        key: found[key] for key in found if key.endswith("_lost") or key in ("filtered", "tx_stops", "receive_lost")
    } == {
        "link_lost": 1,
        "buffer_lost": 2,
        "ring_lost": 3,
        "memory_lost": 4,
        "transmit_lost": 5,
        "filtered": 6,
        "receive_lost": 9,
        "unfetched_lost": 3,
        "allowance_lost": None,
        "tx_stops": 80,
    }
    assert found["ring_lost_counters"] == {"rx_out_of_buffer": 3}
    assert found["ring_lost_ratio"] == 3 / 20003


def test_igb_reports_the_same_packets_as_missed_and_as_fifo_errors():
    stats = link_stats(rx_packets=20000, rx_missed_errors=40, rx_fifo_errors=40)
    counters = statistics("igb", rx_missed_errors=40, rx_no_buffer_count=90, rx_queue_0_drops=0)
    found = eth0(host_with({"eth0": nic("igb", link_stats=stats, counters=counters)}))
    assert (found["buffer_lost"], found["receive_lost"]) == (40, 40)


def test_a_guest_on_virtio_cannot_see_an_empty_ring():
    counters = statistics("virtio_net", rx0_drops=0, rx0_packets=10)
    found = eth0(host_with({"eth0": nic("virtio_net", counters=counters)}))
    assert found["ring_lost"] is None and found["memory_lost"] == 0


def bonded():
    """A host with an active-backup bond over two NICs; what the slaves count is in the bond too."""
    active = nic(master="bond0", bond_slave={"state": "active"}, link_stats=link_stats(rx_packets=100, rx_dropped=30))
    backup = nic(master="bond0", bond_slave={"state": "backup"}, link_stats=link_stats(rx_packets=10, rx_nohandler=10))
    both = link_stats(rx_packets=110, rx_dropped=34, rx_nohandler=10)
    bond = {"kind": "bond", "lower": ["eth0", "eth1"], "irqs": None, "counters": None, "link_stats": both}
    return host_with({"bond0": nic("bonding", **bond), "eth0": active, "eth1": backup})


def test_a_bond_counts_without_its_slaves():
    bond, active, backup = derive(bonded())["nics"]
    assert (bond["rx_dropped"], active["rx_dropped"], backup["rx_dropped"]) == (4, 30, 0)
    assert (bond["rx_nohandler"], backup["rx_nohandler"]) == (0, 10)
    assert (active["backup_slave"], backup["backup_slave"], bond["backup_slave"]) == (False, True, None)


def test_a_bond_with_an_unknown_slave_is_unknown():
    document = with_deltas(bonded(), {"nics/eth1/link_stats/rx_dropped": None})
    assert derive(document)["nics"][0]["rx_dropped"] is None


@pytest.mark.parametrize(
    ("rx_dropped", "dropped", "unexplained"),
    [
        ({"eth0": 100}, 0, {"eth0": 100}),
        ({"eth0": 100}, 100, {"eth0": 0}),
        ({"eth0": 130}, 100, {"eth0": 30}),
        ({"eth0": 101}, 100, {"eth0": 0}),  # the two are not read at one instant
        ({"eth0": 5, "lo": 100}, 100, {"eth0": 5}),  # the largest first, selected or not
        ({"eth0": 5, "lo": 90}, 95, {"eth0": 0}),
        ({"eth0": None}, 10, {"eth0": None}),
    ],
)
def test_rx_dropped_without_the_drops_of_the_backlog(rx_dropped, dropped, unexplained):
    document = host_document(nics={"lo": nic("", kind="loopback", selected=False)})
    deltas = {f"nics/{name}/link_stats/rx_dropped": delta for name, delta in rx_dropped.items()}
    signals = derive(with_deltas(document, {**deltas, "softnet/cpus/0/dropped": dropped}))
    assert {found["name"]: found["rx_dropped_unexplained"] for found in signals["nics"]} == unexplained


def test_rx_dropped_that_the_driver_explains_is_not_unexplained():
    document = with_deltas(lossy(rx_discards_phy=70), {"nics/eth0/link_stats/rx_dropped": 75})
    found = eth0(document)
    assert (found["buffer_lost"], found["rx_dropped_unexplained"]) == (70, 5)


def test_without_softnet_nothing_is_known_of_rx_dropped():
    document = with_deltas(host_document(), {"nics/eth0/link_stats/rx_dropped": 75})
    document["softnet"] = None
    assert eth0(document)["rx_dropped_unexplained"] is None


def test_pause_frames_are_counted_once_and_times_are_none():
    found = eth0(lossy(tx_pause_ctrl_phy=50, tx_prio0_pause=50, tx_prio0_pause_duration=90000, rx_pause_ctrl_phy=7))
    assert (found["pause_sent"], found["pause_received"]) == (50, 7)


@pytest.mark.parametrize(
    ("driver", "name", "side"),
    [
        ("ixgbe", "tx_flow_control_xoff", "pause_sent"),
        ("ixgbe", "rx_flow_control_xoff", "pause_received"),
        ("i40e", "port.link_xoff_tx", "pause_sent"),
        ("hns3", "mac_tx_mac_pause_num", "pause_sent"),
        ("be2net", "tx_pauseframes", "pause_sent"),
        ("bnx2x", "pfc_frames_sent", "pause_sent"),
        ("strange", "TxPauseFrames", "pause_sent"),
        ("strange", "MacTxPause", "pause_sent"),
        ("strange", "PauseFramesSent", "pause_sent"),
        ("strange", "RxPauseFrames", "pause_received"),
    ],
)
def test_which_way_a_pause_went(driver, name, side):
    found = eth0(host_with({"eth0": nic(driver, counters=statistics(driver, **{name: 3}))}))
    assert found[side] == 3


def test_a_pause_that_is_a_time_is_no_frame_in_whatever_case():
    counters = statistics("strange", TxPauseFrames=3, TxPauseDuration=9000, TxXonFrames=5000)
    assert eth0(host_with({"eth0": nic("strange", counters=counters)}))["pause_sent"] == 3


def test_transmit_events_of_a_driver_that_writes_its_names_in_its_own_way():
    counters = statistics("strange", TxTimeouts=2, TxQueueStops=9)
    found = eth0(host_with({"eth0": nic("strange", counters=counters)}))
    assert (found["tx_timeouts"], found["tx_stops"]) == (2, 9)


def test_queues_outside_the_numa_node():
    found = eth0(host_with({"eth0": nic_on(0, 2, 3)}))
    assert (found["numa_node"], found["queues_off_node"]) == (0, 2)
    assert (found["off_node_cpus"], found["local_cpus"]) == ([2, 3], [0, 1])
    assert eth0(host_document())["queues_off_node"] == 0
    assert eth0(host_document(nics={"eth0": {"numa_node": None}}))["queues_off_node"] is None


def test_rss_table_that_misses_queues():
    assert eth0(host_document())["rss_missing_queues"] == []
    channels = {"channels": {"combined": 8}}
    assert eth0(host_document(nics={"eth0": channels}))["rss_missing_queues"] == [2, 3, 4, 5, 6, 7]
    assert eth0(host_document(nics={"eth0": {**channels, "rss": None}}))["rss_missing_queues"] is None


def moved(fired=0, packets=5000, softirq=960, once=True):
    """An interrupt that has moved from CPU 2 to CPU 3, with CPU 2 that busy."""
    line = irq(0, 3, delta=fired)
    line["counts"]["2"] = {"total": 1087 if once else 0, "delta": 0}
    eth0 = {**nic(link_stats=link_stats(rx_packets=packets)), "irqs": {"40": line}}
    return merged(host_with({"eth0": eth0}), {"cpu_times": {"2": cpu_times(softirq=softirq)}})


def test_a_poll_that_never_ends_stays_where_it_began_when_its_interrupt_moves():
    found = eth0(moved())
    assert (found["cpus"], found["softirq_cpu"], found["softirq_share"]) == ([2, 3], 2, 0.96)


@pytest.mark.parametrize(
    "otherwise", [{"fired": 1}, {"packets": 0}, {"softirq": 880}, {"once": False}], ids=lambda each: next(iter(each))
)
def test_a_poll_that_came_to_an_end_goes_where_its_interrupt_is(otherwise):
    assert eth0(moved(**otherwise))["cpus"] == [3]


def test_threaded_napi_polls_on_no_known_cpu():
    found = eth0(host_document(nics={"eth0": {"napi": {"threaded": True}}}))
    assert found["cpus"] is None and found["softirq_share"] is None and found["squeezes"] is None


def test_link_usage():
    found = eth0(host_document(nics={"eth0": {"link_stats": link_stats(rx_bytes=15625000000)}}))
    assert found["rx_link_usage"] == 0.5
    assert eth0(host_document(nics={"eth0": {"link": {"speed_mbps": None}}}))["rx_link_usage"] is None


def test_hung_and_stopped_transmit_queues():
    document = with_deltas(host_document(), {"nics/eth0/queues/tx/1/tx_timeout": 2})
    assert eth0(document)["tx_timeouts"] == 2
    counters = statistics("ixgbe", tx_timeout_count=2, tx_restart_queue=9)
    found = eth0(host_with({"eth0": nic("ixgbe", counters=counters)}))
    assert (found["tx_timeouts"], found["tx_stops"]) == (2, 9)
    # Of all queues and of each: the same stops.
    counters = statistics("mlx5_core", tx_queue_stopped=9, tx0_stopped=4, tx1_stopped=5)
    assert eth0(host_with({"eth0": nic(counters=counters)}))["tx_stops"] == 9
    counters = statistics("virtio_net", tx0_tx_timeouts=1, tx1_tx_timeouts=2)
    assert eth0(host_with({"eth0": nic("virtio_net", counters=counters)}))["tx_timeouts"] == 3


# --- the stack ----------------------------------------------------------------------------------------------------


def test_udp_errors_nest():
    deltas = {"InErrors": 100, "RcvbufErrors": 60, "MemErrors": 20, "InCsumErrors": 15}
    document = with_deltas(host_document(), {f"protocols/snmp/Udp/{name}": delta for name, delta in deltas.items()})
    udp = derive(document)["udp"][0]
    assert [udp[key] for key in ("buffer_lost", "memory_lost", "checksum_errors")] == [60, 20, 15]


def test_udp_fields_that_a_kernel_does_not_have():
    document = host_document()
    del document["protocols"]["snmp"]["Udp"]["MemErrors"]
    udp = derive(with_deltas(document, {"protocols/snmp/Udp/InErrors": 5}))["udp"][0]
    assert udp["memory_lost"] is None and udp["buffer_lost"] == 0


def test_sockets_are_named_with_their_process():
    signals = derive(rich_document())
    assert signals["udp"][0]["sockets"] == ["0.0.0.0:53 named (123): 3"]
    assert signals["sockets"][0]["processes"] == "named (123)"


def test_tcp_receiver_losses_do_not_repeat_each_other():
    deltas = {"RcvPruned": 50, "TCPRcvQDrop": 30, "TCPOFODrop": 20, "PruneCalled": 900, "TCPRcvCollapsed": 800}
    document = with_deltas(
        host_document(), {f"protocols/netstat/TcpExt/{name}": delta for name, delta in deltas.items()}
    )
    assert derive(document)["tcp"]["receive_lost"] == 50


def test_tcp_of_a_kernel_without_the_newer_counters():
    document = host_document()
    for name in ("TCPRcvQDrop", "TCPOFODrop", "TCPBacklogDrop", "TCPZeroWindowDrop", "TCPReqQFullDrop"):
        del document["protocols"]["netstat"]["TcpExt"][name]
    tcp = derive(
        with_deltas(document, {"protocols/netstat/TcpExt/RcvPruned": 4, "protocols/netstat/TcpExt/ListenDrops": 3})
    )["tcp"]
    assert (tcp["receive_lost"], tcp["listen_drops_other"], tcp["syn_queue_drops"]) == (4, 3, None)


def test_listen_drops_contain_both_full_queues():
    deltas = {"ListenDrops": 100, "ListenOverflows": 60, "TCPReqQFullDrop": 30}
    document = with_deltas(
        host_document(), {f"protocols/netstat/TcpExt/{name}": delta for name, delta in deltas.items()}
    )
    assert derive(document)["tcp"]["listen_drops_other"] == 10


def test_conntrack_races_are_in_drop_too():
    document = with_deltas(
        host_document(conntrack={"count": 131072}),
        {"conntrack/stats/drop": 50, "conntrack/stats/insert_failed": 20},
    )
    conntrack = derive(document)["conntrack"]
    assert (conntrack["table_full_lost"], conntrack["race_lost"], conntrack["fill"]) == (30, 20, 0.5)


def test_neighbour_fill_needs_its_limit():
    tables = {"arp_cache": {"entries": 900}, "ndisc_cache": {"gc_thresh3": None}}
    document = host_document(meta={"kernel": {"release": "4.19.90"}}, neighbour=tables)
    fills = {cache["name"]: cache["fill"] for cache in derive(document)["neighbour"]}
    assert fills == {"arp_cache": 900 / 1024, "ndisc_cache": None}
    # Permanent entries are not limited since 5.0.
    document["meta"]["kernel"]["release"] = "5.10.0"
    assert [cache["fill"] for cache in derive(document)["neighbour"]] == [None, None]


@pytest.mark.parametrize(
    ("qdiscs", "lost"),
    [
        # mq: its numbers are the sums of its children, which the kernel made with the handle 0 as well
        ([("mq", "0:", "root", 9), ("fq_codel", "0:", ":1", 4), ("fq_codel", "0:", ":2", 5)], [0, 4, 5]),
        ([("tbf", "8001:", "root", 7)], [7]),
        # a shaper counts again what the queue inside it refused
        ([("tbf", "8001:", "root", 7), ("bfifo", "8002:", "8001:1", 7)], [0, 7]),
        ([("htb", "1:", "root", 12), ("pfifo", "10:", "1:10", 5), ("pfifo", "20:", "1:20", 4)], [3, 5, 4]),
        ([("pfifo_fast", "0:", "root", None)], [None]),
    ],
)
def test_a_classful_qdisc_repeats_its_children(qdiscs, lost):
    document = host_document()
    document["qdiscs"] = {f"{number}": qdisc(*each) for number, each in enumerate(qdiscs)}
    assert [found["lost"] for found in derive(document)["qdiscs"]] == lost


def test_qdiscs_of_another_nic_are_no_children():
    document = host_document()
    document["qdiscs"] = {"a": qdisc("htb", "1:", "root", 5), "b": qdisc("pfifo", "10:", "1:10", 5, nic="eth1")}
    assert [found["lost"] for found in derive(document)["qdiscs"]] == [5, 5]


def test_glitches_are_told_once_for_each_nic_and_cause():
    paths = [
        "/nics/eth0/link_stats/rx_bytes",
        "/nics/eth0/link_stats/rx_packets",
        "/nics/a~1b/counters/x",
        "/softirqs/0",
    ]
    glitches = [{"path": path, "cause": "zero_blip", "before": 9, "after": 0, "detail": "d"} for path in paths]
    found = derive(host_document(meta={"glitches": glitches}))["glitches"]
    assert {(each["name"], each["counters"]) for each in found} == {("eth0", 2), ("a/b", 1), ("softirqs", 1)}


def test_memory_pressure():
    document = host_document(memory={"zones": {"0/Normal": {"free_pages": 4999}}})
    host = derive(document)["host"]
    assert (host["memory_available_share"], host["zones_below_low"]) == (0.75, "0/Normal")
