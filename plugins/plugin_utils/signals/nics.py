# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One flat object per NIC: what the rules look at."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.cpus import busiest
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
    transmit_events,
    unclassified,
    unexplained_drops,
    without_backlog,
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
    numbered,
    per_second,
    ratio,
    rest,
    table,
    text,
)

Cpus = dict[int, dict[str, Any]]

#: What is said of the CPUs behind a NIC's queues: nothing where it is not known which they are.
OF_SERVING_CPUS = (
    "cpus",
    "cpu_count",
    "softirq_cpu",
    "softirq_share",
    "steal_share",
    "squeezes",
    "packets_per_squeeze",
)
OF_SERVING_CPUS += ("squeeze_limit", "processed_cpu", "processed_share")

#: Which interrupts poll a receive ring, best first: a driver with one interrupt for everything names it "other".
POLLING_ROLES = (("rx", "rxtx"), ("other",))

#: From this share of its time in softirq on a CPU is saturated, as the rules have it (R3).
SATURATED = 0.9


def nics(
    document: dict[str, Any],
    found_cpus: Cpus,
    interval_s: Number | None,
    budget: Number | None,
    in_queues: dict[str, Number],
) -> list[Any]:
    """The quantities (``QUANTITIES["nics"]`` in ``signals``) of every selected NIC, by name.

    :param in_queues: per interface, what its queue disciplines dropped

    The NICs that each CPU serves are added to its ``serves`` in *found_cpus*.
    """
    every = table(document, "nics")
    statistics = {name: own_statistics(name, document) for name in every}
    backlog = backlog_drops(document)
    lost = {
        name: nic_losses(table(every, name), without_backlog(name, document, statistics), backlog) for name in every
    }
    unexplained = unexplained_drops(document, {name: each["rx_dropped_explained"] for name, each in lost.items()})
    found = []
    for name in sorted(every):
        nic = table(every, name)
        if not nic.get("selected"):
            continue
        lost[name]["transmit_lost"] = rest(lost[name]["transmit_lost"], dropped_below(name, document, in_queues))
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
                **unclassified(nic),
                **ratios(nic, lost[name]),
                "rx_dropped": delta(statistics[name], "rx_dropped"),
                "rx_dropped_unexplained": unexplained[name],
                **mixed_drops(nic, unexplained[name]),
                "rx_nohandler": delta(statistics[name], "rx_nohandler"),
                "rx_otherhost": delta(statistics[name], "rx_otherhost_dropped"),
                "tx_dropped": delta(statistics[name], "tx_dropped"),
                **flow_control(nic),
                **serving(name, nic, found_cpus, budget),
                **placement(document, nic, found_cpus),
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
        "xdp": flag(dig(nic, "xdp", "attached")),
    }


def habits(driver: str) -> dict[str, Any]:
    """What is peculiar about a driver and matters to a finding."""
    notes = trait(driver, "counter_notes")
    return {
        "rss_reach": trait(driver, "rss_reach"),
        "waits_in_nic_buffer": bool(trait(driver, "waits_in_nic_buffer")),
        "buffer_lost_note": notes.get("b"),
        "memory_lost_note": notes.get("d"),
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
        found[side + "_packets_per_s"] = per_second(packets, interval_s)
        found[side + "_link_usage"] = ratio(None if bits_per_s is None else bits_per_s * 8, mbps and mbps * 1e6)
    return found


def rings(settings: dict[str, Any]) -> dict[str, Any]:
    """Ring sizes, and the next step up: double, but not beyond what the hardware takes."""
    found: dict[str, Any] = {}
    for side in ("rx", "tx"):
        size, limit = number(settings.get(side)), number(settings.get(side + "_max"))
        below = is_below(size, limit)
        found[f"ring_{side}"] = size
        found[f"ring_{side}_max"] = limit
        found[f"ring_{side}_below_max"] = below
        found[f"ring_{side}_next"] = min(doubled(size), limit) if below else None
    return found


def ratios(nic: dict[str, Any], lost: dict[str, Any]) -> dict[str, Any]:
    """The share of the received packets that the ring lost."""
    received = delta(nic, "link_stats", "rx_packets")
    ring = lost["ring_lost"]
    return {"ring_lost_ratio": ratio(ring, None if None in (received, ring) else received + ring)}


def flow_control(nic: dict[str, Any]) -> dict[str, Any]:
    """Pause frames and what happened to the transmit queues; the cloud's own limits."""
    pause, transmit = pause_frames(table(nic, "counters")), transmit_events(nic)
    return {
        "pause_sent": pause["sent"],
        "pause_received": pause["received"],
        "tx_stops": transmit["stops"],
        "tx_timeouts": transmit["timeouts"],
        **allowances(table(nic, "counters")),
    }


def serving_cpus(nic: dict[str, Any], found_cpus: Cpus) -> list[int] | None:
    """The CPUs whose softirq polls a NIC's receive rings; None where no interrupt tells.

    Where an interrupt fired in the interval counts; one that did not is where it would (a saturated CPU polls without
    interrupts). A threaded NAPI polls in a task that may run anywhere.
    """
    if dig(nic, "napi", "threaded"):
        return None
    irqs = table(nic, "irqs").values()
    for roles in POLLING_ROLES:
        polling = [irq for irq in irqs if dig(irq, "role") in roles]
        found = {cpu for irq in polling for cpu in irq_cpus(irq)}
        if found:
            return sorted(found | still_polling(nic, polling, found_cpus))
    return None


def still_polling(nic: dict[str, Any], polling: list[Any], found_cpus: Cpus) -> set[int]:
    """The saturated CPUs that may poll a NIC whose interrupts have moved away from them.

    A poll that never comes to an end stays on the CPU where it began, whatever the affinity is now. No interrupt fires
    then, packets come all the same, and the CPU is one on which an interrupt of the NIC fired before.
    """
    counts = [numbered(irq, "counts") for irq in polling]
    if not delta(nic, "link_stats", "rx_packets") or any(delta(each) for by_cpu in counts for each in by_cpu.values()):
        return set()
    fired_once = {cpu for by_cpu in counts for cpu, each in by_cpu.items() if number(dig(each, "total"))}
    shares = {cpu: found_cpus[cpu]["softirq_share"] for cpu in fired_once if cpu in found_cpus}
    return {cpu for cpu, share in shares.items() if share is not None and share >= SATURATED}


def irq_cpus(irq: dict[str, Any]) -> list[int]:
    """Where one interrupt fired in the interval, else where it would."""
    fired = [cpu for cpu, counter in numbered(irq, "counts").items() if delta(counter)]
    if fired:
        return fired
    effective = integers(irq, "effective_affinity")
    if effective:
        return effective
    allowed = integers(irq, "affinity")
    return allowed if len(allowed) == 1 else []


def serving(name: str, nic: dict[str, Any], found_cpus: Cpus, budget: Number | None) -> dict[str, Any]:
    """What the CPUs behind a NIC's queues are doing: the busiest of them decides."""
    among = serving_cpus(nic, found_cpus)
    if among is None:
        return dict.fromkeys(OF_SERVING_CPUS)
    for cpu in among:
        if cpu in found_cpus:
            found_cpus[cpu]["serves"].append(name)
    by_softirq = busiest(found_cpus, "softirq_share", among) or {}
    by_steal = busiest(found_cpus, "steal_share", among) or {}
    by_squeeze = busiest(found_cpus, "squeezes", among) or {}
    by_processed = busiest(found_cpus, "processed_share", among) or {}
    return {
        "cpus": format_list(among),
        "cpu_count": len(among),
        "softirq_cpu": by_softirq.get("cpu"),
        "softirq_share": by_softirq.get("softirq_share"),
        "steal_share": by_steal.get("steal_share"),
        "squeezes": at_least(found_cpus[cpu]["squeezes"] for cpu in among if cpu in found_cpus),
        "packets_per_squeeze": by_squeeze.get("packets_per_squeeze"),
        "squeeze_limit": by_squeeze.get("squeeze_limit"),
        "processed_cpu": by_processed.get("cpu"),
        "processed_share": by_processed.get("processed_share"),
    }


def placement(document: dict[str, Any], nic: dict[str, Any], found_cpus: Cpus) -> dict[str, Any]:
    """Queues, RSS table, NUMA node and PCIe slot."""
    channels = table(nic, "channels")
    queues = count(channels.get("combined")) or 0
    queues = queues + (count(channels.get("rx")) or 0) or len(table(nic, "queues", "rx")) or None
    most = max(count(channels.get("combined_max")) or 0, count(channels.get("rx_max")) or 0)
    in_table = integers(nic, "rss", "queues")
    local = local_cpus(document, nic)
    outside = None
    if local is not None:
        cpus_of_queues = [
            irq_cpus(irq) for irq in table(nic, "irqs").values() if dig(irq, "role") in ("rx", "rxtx", "tx")
        ]
        outside = [cpus for cpus in cpus_of_queues if not set(cpus) <= local] if cpus_of_queues else None
    off_node_cpus = sorted({cpu for cpus in outside or [] for cpu in cpus} - (local or set()))
    busiest_off_node = busiest(found_cpus, "softirq_share", off_node_cpus) or {}
    pci = table(nic, "pci")
    return {
        "rx_queues": queues,
        "rx_queues_max": most or None,
        "rss_missing_queues": sorted(set(range(queues)) - set(in_table)) if queues and in_table else None,
        "numa_node": number(nic.get("numa_node")),
        "queues_off_node": None if outside is None else len(outside),
        "off_node_cpus": format_list(off_node_cpus) if off_node_cpus else None,
        "off_node_softirq_share": busiest_off_node.get("softirq_share"),
        "local_cpus": None if local is None else format_list(local),
        "pci_link": _pci_text(pci.get("link_speed"), pci.get("link_width")),
        "pci_link_max": _pci_text(pci.get("max_link_speed"), pci.get("max_link_width")),
        "pci_narrow": _differs(pci, "link_speed") or _differs(pci, "link_width"),
    }


def local_cpus(document: dict[str, Any], nic: dict[str, Any]) -> set[int] | None:
    """The CPUs of the NIC's NUMA node; None where it has none (numa_node -1, as in many virtual machines)."""
    node = number(nic.get("numa_node"))
    if node is None:
        return None
    return set(integers(document, "cpus", "nodes", str(node)) or integers(nic, "local_cpus")) or None


def _pci_text(speed: Any, width: Any) -> str | None:
    return None if speed is None or width is None else f"{speed} x{width}"


def _differs(pci: dict[str, Any], what: str) -> bool | None:
    now, limit = pci.get(what), pci.get("max_" + what)
    return None if now is None or limit is None else now != limit
