# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same counter for different reasons: what was lost looks alike, what helps does not."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import judging
from ansible_collections.linuxnet.packetloss.tests.unit.documents import (
    MLX5_STATISTICS,
    TICKS,
    counter,
    host_document,
    host_with,
    link_stats,
    merged,
    nic,
    softnet_row,
    statistics,
)
from ansible_collections.linuxnet.packetloss.tests.unit.judging import first, found, texts


def told(document):
    """``{(rule, severity)}`` of all but what is only told."""
    return {(rule, severity) for rule, severity, _lost in judging.told(document)}


def knobs(document, rule):
    return [action["knob"] for action in found(document)[rule]["actions"]]


def times(**ticks):
    """/proc/stat of a CPU: these ticks, and the rest idle."""
    columns = dict.fromkeys(("user", "nice", "system", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"), 0)
    columns |= ticks
    return {name: counter(delta) for name, delta in {**columns, "idle": TICKS - sum(ticks.values())}.items()}


def losing(cpu=None, nic_settings=None, rx_packets=20000, **counters):
    """eth0 (mlx5, two queues of eight, on the CPUs 0 and 1) lost packets while CPU 0 spent its time so."""
    every = {**dict.fromkeys(MLX5_STATISTICS, 0), **(counters or {"rx_out_of_buffer": 400})}
    eth0 = nic(
        counters=statistics("mlx5_core", **every), link_stats=link_stats(rx_packets=rx_packets, tx_packets=20000)
    )
    document = host_with({"eth0": merged(eth0, nic_settings or {})})
    return merged(document, {"cpu_times": {"0": times(**(cpu or {"softirq": 20, "user": 30}))}})


def test_bursts_on_an_idle_cpu_get_a_larger_ring():
    document = losing()
    assert told(document) == {("R4", "loss")}
    assert knobs(document, "R4")[0] == "ring" and found(document)["R4"]["confidence"] == "high"


@pytest.mark.parametrize(
    "cpu", [{"softirq": 400, "user": 600}, {"softirq": 50, "system": 930}, {"softirq": 300, "nice": 500, "irq": 190}]
)
def test_a_cpu_full_of_other_work_gets_no_larger_ring(cpu):
    document = losing(cpu)
    assert told(document) == {("R4", "loss")}
    assert first(document, "R4").startswith("Find what keeps CPU 0 busy")
    assert "time left, but" not in found(document)["R4"]["cause"] and "no time left" in found(document)["R4"]["cause"]
    assert "ring" not in knobs(document, "R4") and "coalesce" not in knobs(document, "R4")
    assert found(document)["R4"]["confidence"] != "high"


@pytest.mark.parametrize("attached", [True, False])
def test_a_queue_that_nobody_drains_gets_no_larger_ring(attached):
    document = losing(rx_packets=0, nic_settings={"xdp": {"attached": attached}})
    # Interrupts that come say that somebody polls, as where an XDP program takes all packets.
    assert "nobody empties the ring" not in found(document)["R4"]["cause"]
    for interrupt in document["nics"]["eth0"]["irqs"].values():
        interrupt["counts"] = {cpu: counter(0) for cpu in interrupt["counts"]}
    assert told(document) == {("R4", "loss")}
    assert first(document, "R4").startswith("See whether the program that has its queues still runs")
    assert "nobody empties the ring" in found(document)["R4"]["cause"]
    assert knobs(document, "R4") == ["advice"] and "larger ring" not in json.dumps(found(document)["R4"]["actions"])


def test_with_xdp_the_share_that_was_lost_is_said_to_be_smaller():
    document = losing(nic_settings={"xdp": {"attached": True}})
    assert "XDP program is attached" in " ".join(found(document)["R4"]["cautions"])


@pytest.mark.parametrize(("adaptive", "offered"), [(True, False), (None, False), (False, True)])
def test_late_interrupts_are_advice_only_where_the_driver_does_not_adapt_them(adaptive, offered):
    document = losing(nic_settings={"coalesce": {"rx_usecs": 64, "adaptive_rx": adaptive}})
    assert ("coalesce" in knobs(document, "R4")) is offered


# --- few queues ---


def few_queues(softirq, **counters):
    """One queue of eight, on CPU 0; the NIC's node has a second core."""
    settings = {"channels": {"combined": 1}, "rss": {"queues": [0]}}
    document = losing({"softirq": softirq}, settings, **{"rx_crc_errors_phy": 0, **counters})
    del document["nics"]["eth0"]["irqs"]["41"]
    return document


def test_few_queues_are_told_before_a_packet_is_lost():
    document = few_queues(720)
    assert told(document) == {("R51", "risk")}
    assert knobs(document, "R51")[0] == "channels" and "ethtool -L eth0 combined" in first(document, "R51")
    assert told(few_queues(500)) == set()


def test_few_queues_are_the_first_action_after_it_too():
    buffer = few_queues(720, rx_discards_phy=90)
    assert told(buffer) == {("R2", "loss")} and knobs(buffer, "R2")[0] == "channels"
    ring = few_queues(720, rx_out_of_buffer=90)
    assert told(ring) == {("R4", "loss")} and knobs(ring, "R4")[0] == "channels"


def test_a_nic_with_all_its_queues_in_use_is_not_told_to_have_few():
    document = merged(few_queues(720), {"nics": {"eth0": {"channels": {"combined_max": 1}}}})
    assert told(document) == set()


# --- the buffer of the NIC ---


def buffer_full(driver="mlx5_core", name="rx_discards_phy", **settings):
    every = dict.fromkeys(MLX5_STATISTICS, 0) if driver == "mlx5_core" else {}
    return host_with({"eth0": merged(nic(driver, counters=statistics(driver, **{**every, name: 90})), settings)})


def advice(document):
    return " ".join(texts(found(document)["R2"]))


def test_a_link_at_its_best_is_not_checked_again():
    document = buffer_full()
    assert told(document) == {("R2", "loss")}
    assert "lspci" not in advice(document) and "ethtool -A" not in advice(document)
    assert "at its best ('8.0 GT/s PCIe x8')" in found(document)["R2"]["cause"]


def test_a_nic_without_a_pci_link_gets_no_advice_about_one():
    document = buffer_full("fsl_dpaa2_eth", "[mac] rx frame discards", pci=None, pause=None)
    assert told(document) == {("R2", "loss")}
    for word in ("lspci", "iommu", "ethtool -A", "PCIe"):
        assert word not in advice(document) + found(document)["R2"]["cause"]


def test_a_link_that_cannot_be_read_is_to_be_checked():
    unread = dict.fromkeys(("link_speed", "link_width", "max_link_speed", "max_link_width"))
    assert "lspci" in advice(buffer_full(pci={"address": "0000:01:00.0", **unread}))


def test_pause_is_offered_where_the_nic_has_it_and_does_not_send_it():
    assert "ethtool -A eth0 rx off tx on" in advice(buffer_full(pause={"tx": False}))


def test_a_narrow_slot_is_still_the_first_thought():
    document = buffer_full(pci={"link_width": 4})
    assert first(document, "R2").startswith("Move eth0 to a slot that gives it '8.0 GT/s PCIe x8'")


# --- squeezes without a loss ---


def squeezed(document, **cpu):
    return merged(
        document,
        {
            "softnet": {"cpus": {"0": softnet_row(processed=5000, time_squeeze=400)}},
            "cpu_times": {"0": times(**cpu)},
        },
    )


def test_squeezes_of_a_cpu_that_has_time_need_nothing():
    document = squeezed(host_document(), softirq=300)
    assert first(document, "R7").startswith("None is needed") and found(document)["R7"]["confidence"] == "high"


def test_squeezes_of_a_cpu_that_is_full_need_something():
    document = squeezed(host_document(), softirq=950)
    assert first(document, "R7").startswith("Let other CPUs share the work of CPU 0")
    assert "None is needed" not in " ".join(texts(found(document)["R7"]))


def test_squeezes_beside_a_ring_whose_loss_nobody_counts_are_not_called_harmless():
    quiet = statistics("virtio_net", rx_queue_0_drops=0)
    document = squeezed(host_with({"eth0": nic("virtio_net", counters=quiet)}), softirq=300)
    finding = found(document)["R7"]
    assert first(document, "R7").startswith("Look where the loss of eth0 can be seen")
    assert "cannot be seen here" in finding["cause"] and finding["confidence"] == "medium"
    assert "None is needed" not in " ".join(texts(finding)) and "nothing is lost" not in json.dumps(finding)


# --- a NIC that keeps packets in its buffer while the ring is empty ---


def kept(driver="ixgbe", steal=0, squeezes=0, **nic_settings):
    """rx_missed_errors: with ixgbe, igb and e1000e without drop enable an empty ring shows there."""
    counters = statistics(driver, rx_missed_errors=300)
    stats = link_stats(rx_packets=20000, rx_missed_errors=300)
    document = host_with({"eth0": merged(nic(driver, counters=counters, link_stats=stats), nic_settings)})
    row = softnet_row(processed=6000, time_squeeze=squeezes)
    return merged(document, {"softnet": {"cpus": {"0": row}}, "cpu_times": {"0": times(softirq=300, steal=steal)}})


@pytest.mark.parametrize("driver", ["ixgbe", "igb", "e1000e"])
def test_squeezes_and_stolen_time_explain_what_overflows_before_an_empty_ring(driver):
    assert told(kept(driver)) == {("R2", "loss")}
    squeezing = kept(driver, squeezes=20)
    assert told(squeezing) == {("R2", "loss"), ("R8", "loss")}
    assert found(squeezing)["R2"]["because_of"] == ["R8:nic:eth0"]
    assert told(kept(driver, steal=200)) == {("R2", "loss"), ("R29", "loss")}


def test_queues_that_the_rss_table_leaves_out_explain_it_too():
    document = kept("ixgbe", channels={"combined": 4}, rss={"queues": [0, 1]})
    assert told(document) == {("R2", "loss"), ("R45", "risk")}


def test_the_buffer_of_a_nic_that_drops_at_an_empty_ring_is_another_story():
    every = {**dict.fromkeys(MLX5_STATISTICS, 0), "rx_discards_phy": 300}
    document = merged(
        host_with({"eth0": nic(counters=statistics("mlx5_core", **every))}),
        {"softnet": {"cpus": {"0": softnet_row(processed=6000, time_squeeze=20)}}},
    )
    assert told(document) == {("R2", "loss")}
