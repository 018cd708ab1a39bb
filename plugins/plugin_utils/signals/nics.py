# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One flat object per NIC: what the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import targets
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.layout import UNKNOWN, layouts
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.nic_losses import (
    LOST_BY_CLASS,
    allowances,
    backlog_drops,
    driver_of,
    dropped_below,
    mixed_drops,
    nic_losses,
    own_statistics,
    pause_frames,
    pause_share,
    rx_dropped_explained,
    transmit_events,
    unclassified,
    unclassified_told,
    unexplained_drops,
    unexplained_errors,
    without_backlog,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.serving import (
    Cpus,
    busiest_queue,
    queues_in_use,
    queues_off_node,
    serving,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    at_least,
    count,
    delta,
    dig,
    doubled,
    flag,
    integers,
    is_below,
    number,
    per_second,
    ratio,
    rest,
    table,
    text,
    words,
)


def nics(
    document: dict[str, Any],
    found_cpus: Cpus,
    interval_s: Number | None,
    in_queues: dict[str, Number],
    limits: Mapping[str, float],
) -> list[Any]:
    """The signals (``SIGNALS["nics"]``) of every selected NIC, by name.

    :param in_queues: per interface, what its queue disciplines dropped
    """
    every = table(document, "nics")
    statistics = {name: own_statistics(name, document) for name in every}
    backlog = backlog_drops(document)
    rx_dropped = sum(delta(own, "rx_dropped") or 0 for own in statistics.values())
    lost = {
        name: nic_losses(nic, without_backlog(driver_of(nic), statistics[name], backlog, rx_dropped), backlog)
        for name, nic in ((name, table(every, name)) for name in every)
    }
    unknown = {name: unclassified(table(every, name), lost[name]) for name in every}
    sums = {name: [view["sum"] for view in views] for name, views in unknown.items()}
    explained = {name: rx_dropped_explained(statistics[name], each, sums[name]) for name, each in lost.items()}
    unexplained = unexplained_drops(document, explained)
    dropped_in_queues = sum(in_queues.values())
    layout = layouts(document, found_cpus, limits)
    found = []
    for name in sorted(every):
        nic = table(every, name)
        if not nic.get("selected"):
            continue
        errors = unexplained_errors(nic, statistics[name], lost[name], sums[name])
        below = dropped_below(name, document, in_queues, dropped_in_queues)
        lost[name]["transmit_lost"] = rest(lost[name]["transmit_lost"], below)
        place = layout.get(name, UNKNOWN)
        found.append(
            {
                **identity(name, nic),
                **habits(driver_of(nic)),
                **traffic(nic, interval_s),
                **rings(table(nic, "rings")),
                **{key: lost[name][key] for key in [*LOST_BY_CLASS.values(), "refill_failed", "receive_lost"]},
                **{
                    f"{key}_counters": lost[name]["counters"][key] for key in [*LOST_BY_CLASS.values(), "refill_failed"]
                },
                "unfetched_lost": lost[name]["unfetched_lost"],
                "link_lost_length_share": lost[name]["link_lost_length_share"],
                "short_frames": lost[name]["short_frames"],
                **unclassified_told(nic, unknown[name]),
                **errors,
                **ratios(nic, lost[name]),
                "rx_dropped": delta(statistics[name], "rx_dropped"),
                "rx_dropped_unexplained": unexplained[name],
                **mixed_drops(nic, unexplained[name]),
                "rx_multicast": delta(statistics[name], "multicast"),
                "rx_nohandler": delta(statistics[name], "rx_nohandler"),
                "rx_otherhost": delta(statistics[name], "rx_otherhost_dropped"),
                "tx_dropped": delta(statistics[name], "tx_dropped"),
                **flow_control(nic, interval_s),
                **serving(nic, found_cpus, limits),
                **queues(nic),
                **queues_off_node(document, nic, found_cpus),
                **{key: value for key, value in place.items() if key != "near_cpus"},
                **slot(nic),
                **targets.of_nic(document, nic, queues_in_use(nic)["rx"], place["near_cpus"]),
                "stands": stands(nic),
                "carrier_changes": delta(nic, "carrier_changes"),
            }
        )
    return found


def identity(name: str, nic: dict[str, Any]) -> dict[str, Any]:
    """What a NIC is, and where it stands among others."""
    slave = table(nic, "bond_slave")
    return {
        "name": name,
        "kind": text(nic.get("kind")),
        "driver": text(dig(nic, "driver", "name")),
        "firmware": text(dig(nic, "driver", "firmware")),
        "mtu": number(nic.get("mtu")),
        "master": text(nic.get("master")),
        "backup_slave": slave.get("state") == "backup" if text(slave.get("state")) else None,
        "threaded": flag(dig(nic, "napi", "threaded")),
        "rx_usecs": number(dig(nic, "coalesce", "rx_usecs")),
        "adaptive_rx": flag(dig(nic, "coalesce", "adaptive_rx")),
        "pause_tx": flag(dig(nic, "pause", "tx")),
        "xdp": flag(dig(nic, "xdp", "attached")),
    }


def habits(driver: str) -> dict[str, Any]:
    """What is peculiar about a driver and matters to a finding."""
    notes = trait(driver, "counter_notes")
    return {
        "rss_reach": trait(driver, "rss_reach"),
        "waits_in_nic_buffer": bool(trait(driver, "waits_in_nic_buffer")),
        "buffer_lost_note": words(notes.get("b")),
        "memory_lost_note": words(notes.get("d")),
    }


def traffic(nic: dict[str, Any], interval_s: Number | None) -> dict[str, Any]:
    """Packets, and the share of the link's speed that the bytes use."""
    found: dict[str, Any] = {}
    mbps = number(dig(nic, "link", "speed_mbps"))
    found["speed_mbps"] = mbps
    for side in ("rx", "tx"):
        packets = delta(nic, "link_stats", side + "_packets")
        bits_per_s = per_second(delta(nic, "link_stats", side + "_bytes"), interval_s)
        found[side + "_packets"] = packets
        found[side + "_link_usage"] = ratio(None if bits_per_s is None else bits_per_s * 8, mbps and mbps * 1e6)
    found["rx_packets_per_s"] = per_second(found["rx_packets"], interval_s)
    return found


def rings(settings: dict[str, Any]) -> dict[str, Any]:
    """Ring sizes, and the next step up of the receive ring: double, but not beyond what the hardware takes."""
    size, limit = number(settings.get("rx")), number(settings.get("rx_max"))
    below = is_below(size, limit)
    return {
        "ring_rx": size,
        "ring_rx_max": limit,
        "ring_rx_below_max": below,
        "ring_rx_next": min(doubled(size), limit) if below else None,
        "ring_tx": number(settings.get("tx")),
        "ring_tx_max": number(settings.get("tx_max")),
    }


def ratios(nic: dict[str, Any], lost: dict[str, Any]) -> dict[str, Any]:
    """The shares of the packets that came which the ring lost, and which were lost on the wire."""
    received = delta(nic, "link_stats", "rx_packets")

    def share(count: Number | None) -> float | None:
        return ratio(count, None if None in (received, count) else received + count)

    # What an XDP program takes is not among the packets received.
    hidden = flag(dig(nic, "xdp", "attached")) is True
    return {
        "ring_lost_ratio": None if hidden else share(lost["ring_lost"]),
        "link_lost_ratio": None if hidden else share(lost["link_lost"]),
    }


def flow_control(nic: dict[str, Any], interval_s: Number | None) -> dict[str, Any]:
    """Pause frames and what happened to the transmit queues; the cloud's own limits."""
    pause, transmit = pause_frames(table(nic, "counters")), transmit_events(nic)
    return {
        "pause_sent": pause["sent"],
        "pause_sent_share": pause_share(
            table(nic, "counters"), pause["sent"], number(dig(nic, "link", "speed_mbps")), interval_s
        ),
        "pause_received": pause["received"],
        "tx_stops": transmit["stops"],
        "tx_timeouts": transmit["timeouts"],
        **allowances(table(nic, "counters")),
    }


def queues(nic: dict[str, Any]) -> dict[str, Any]:
    """Receive queues, and those of them that nothing comes to."""
    in_use = queues_in_use(nic)["rx"]
    channels = table(nic, "channels")
    most = max(count(channels.get("combined_max")) or 0, count(channels.get("rx_max")) or 0)
    in_table = integers(nic, "rss", "queues")
    return {
        "rx_queues": in_use,
        "rx_queues_max": most or None,
        "rss_missing_queues": sorted(set(range(in_use)) - set(in_table)) if in_use and in_table else None,
        **busiest_queue(nic),
    }


def stands(nic: dict[str, Any]) -> bool | None:
    """Whether nothing was received and no interrupt of the NIC came; None where that is not known."""
    counts = [counter for irq in table(nic, "irqs").values() for counter in table(irq, "counts").values()]
    fired, received = at_least(delta(counter) for counter in counts), delta(nic, "link_stats", "rx_packets")
    return None if fired is None or received is None else not fired and not received


def slot(nic: dict[str, Any]) -> dict[str, Any]:
    """The PCIe link of a NIC."""
    pci = table(nic, "pci")
    return {
        "pci_known": bool(text(pci.get("address"))),
        "pci_link": _pci_text(pci.get("link_speed"), pci.get("link_width")),
        "pci_link_max": _pci_text(pci.get("max_link_speed"), pci.get("max_link_width")),
        "pci_narrow": _differs(pci, "link_speed") or _differs(pci, "link_width"),
    }


def _pci_text(speed: Any, width: Any) -> str | None:
    return None if speed is None or width is None else f"{speed} x{width}"


def _differs(pci: dict[str, Any], what: str) -> bool | None:
    now, limit = pci.get(what), pci.get("max_" + what)
    return None if now is None or limit is None else now != limit
