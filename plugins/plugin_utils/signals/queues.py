# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables and queues between the NIC and the sockets: backlog, conntrack, neighbours, queue disciplines, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import kernel_version
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import targets
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    READING_TOLERANCE,
    Number,
    at_least,
    delta,
    dig,
    excess,
    integers,
    number,
    per_second,
    ratio,
    table,
    text,
)

#: Queue disciplines that drop on purpose, to tell the sender to slow down.
ACTIVE_QUEUE_MANAGEMENT = ("fq_codel", "codel", "cake", "red", "pie", "fq_pie", "sfb", "choke", "gred")

#: Of those, the kinds that tell what they dropped because the queue was full all the same, and the counter of it
#: (net/sched/sch_fq_codel.c, fq_codel_enqueue(); sch_codel.c, codel_qdisc_enqueue()). What fq_codel drops for want of
#: memory is in it too.
OVERFULL = {"fq_codel": "drop_overlimit", "codel": "drop_overlimit"}

#: No queues, but places for filters, policers and BPF programs: what they drop is what they were told to drop.
FILTERS = ("ingress", "clsact")

#: A column that kernels up to 5.6 or so have, and later ones not.
OLD_COLUMN = "searched"

#: From when on they count a clash that they repaired in insert_failed too (net/netfilter/nf_conntrack_core.c,
#: nf_ct_resolve_clash()); of Linux 3.10 of RHEL 7 and what is made of it, the build of RHEL 7.8.
COUNTS_REPAIRED_SINCE = (4, 8)
COUNTS_REPAIRED_SINCE_BUILD = 1127
RHEL_7 = re.compile(r"3\.10\.0-([0-9]{1,6})\b")

#: The kernel from which on permanent and learned neighbours do not count towards gc_thresh3.
ALL_ENTRIES_LIMITED_BEFORE = (5, 0)

#: Queue disciplines without a queue of their own: their numbers are those of their children.
FRAMES = ("mq", "mqprio", "taprio")


def sysctl(document: dict[str, Any], name: str) -> Number | None:
    """The value of a sysctl that is one number; None where it is not visible here."""
    return number(table(document, "sysctls").get(name))


def backlog(
    document: dict[str, Any], found_cpus: dict[int, dict[str, Any]], interval_s: Number | None
) -> dict[str, Any] | None:
    """The per-CPU backlogs together (``SIGNALS["backlog"]``); None where softnet_stat could not be read."""
    if not table(document, "softnet", "cpus"):
        return None
    rows = [cpu for cpu in found_cpus.values() if str(cpu["cpu"]) in document["softnet"]["cpus"]]
    dropped = at_least(cpu["dropped"] for cpu in rows)
    squeezes = at_least(cpu["squeezes"] for cpu in rows)
    # A kernel before 3.11 has no such column at all.
    flow_limit = at_least(cpu["flow_limit"] for cpu in rows)
    limit = sysctl(document, "net.core.netdev_max_backlog")
    losing = [cpu for cpu in rows if cpu["dropped"]]
    worst = max(losing, key=lambda cpu: cpu["dropped"], default={})
    squeezed = max((cpu for cpu in rows if cpu["squeezes"]), key=lambda cpu: cpu["squeezes"], default={})
    return {
        "processed": at_least(cpu["processed"] for cpu in rows),
        "dropped": dropped,
        **ours(document, dropped),
        "cpus": sorted(cpu["cpu"] for cpu in losing) or None,
        "steered_by": steered_by(document, {cpu["cpu"] for cpu in losing}),
        "worst_cpu": worst.get("cpu"),
        "worst_cpu_share": ratio(worst.get("dropped"), dropped),
        "worst_cpu_softirq_share": worst.get("softirq_share"),
        "flow_limited": flow_limit,
        "flow_limited_share": ratio(flow_limit, dropped),
        "limit": limit,
        "squeezes": squeezes,
        "squeezes_per_s": per_second(squeezes, interval_s),
        "squeezed_cpu": squeezed.get("cpu"),
        "squeezed_cpu_softirq_share": squeezed.get("softirq_share"),
        "packets_per_squeeze": squeezed.get("packets_per_squeeze"),
        "squeeze_limit": squeezed.get("squeeze_limit"),
    }


def steered_by(document: dict[str, Any], cpus: set[int]) -> list[str]:
    """The interfaces whose receive queues hand packets to one of these CPUs (RPS)."""
    return [
        name
        for name, nic in sorted(table(document, "nics").items())
        if any(cpus.intersection(integers(queue, "rps_cpus")) for queue in table(nic, "queues", "rx").values())
    ]


def ours(document: dict[str, Any], dropped: Number | None) -> dict[str, Number | None]:
    """Which backlog drops are those of this host: ``lost`` for certain, ``lost_at_most`` perhaps.

    softnet_stat is that of the whole machine in every network namespace. What was dropped here is in the rx_dropped of
    an interface of this namespace too: drops beyond that belong to another one.
    """
    if dropped is None or dig(document, "meta", "netns", "initial") is not False:
        return {"lost": dropped, "lost_at_most": dropped}
    counted = [delta(nic, "link_stats", "rx_dropped") for nic in table(document, "nics").values()]
    here = sum(count for count in counted if count is not None)
    at_most = min(dropped, here)
    return {"lost": dropped if here >= (1 - READING_TOLERANCE) * dropped else 0, "lost_at_most": at_most}


def conntrack(document: dict[str, Any], limits: Mapping[str, float]) -> dict[str, Any] | None:
    """The connection table (``SIGNALS["conntrack"]``); None where conntrack is not loaded or not visible."""
    found = table(document, "conntrack")
    if not found:
        return None
    stats = table(found, "stats")
    drop, insert_failed = delta(stats, "drop"), delta(stats, "insert_failed")
    limit = number(found.get("max"))
    fill = ratio(number(found.get("count")), limit)
    full = fill is not None and fill > limits["table_nearly_full"] or bool(delta(stats, "early_drop"))
    if counts_repaired(stats, text(dig(document, "meta", "kernel", "release"))):
        # Each clash is in insert_failed, most of which were repaired; what was lost is in drop, whatever the reason.
        raced = None if None in (drop, insert_failed) else 0 if full else min(drop, insert_failed)
        race_lost, repaired = raced, excess(insert_failed, raced)
    elif OLD_COLUMN in stats and full:
        # Before, a race was in insert_failed alone.
        raced, race_lost, repaired = 0, insert_failed, None
    else:
        # Of those that could not be inserted, a chain that is too long is not in drop (__nf_conntrack_confirm).
        raced = excess(insert_failed, delta(stats, "chaintoolong") if "chaintoolong" in stats else 0)
        race_lost, repaired = insert_failed, delta(stats, "clashres")
    return {
        "count": number(found.get("count")),
        "max": limit,
        "buckets": number(found.get("buckets")),
        "fill": fill,
        # A race that could not be resolved is in both counters (net/netfilter/nf_conntrack_core.c).
        "table_full_lost": excess(drop, raced),
        "race_lost": race_lost,
        "race_repaired": repaired,
        "early_dropped": delta(stats, "early_drop"),
        "invalid": delta(stats, "invalid"),
        "chain_too_long": delta(stats, "chaintoolong"),
    }


def counts_repaired(stats: dict[str, Any], release: str | None) -> bool:
    """Whether insert_failed counts clashes of conntrack that were repaired. Where the kernel is not known it may."""
    build = RHEL_7.match(release or "")
    if build:
        return OLD_COLUMN in stats and int(build.group(1)) >= COUNTS_REPAIRED_SINCE_BUILD
    version = kernel_version(release)
    return OLD_COLUMN in stats and (version is None or version >= COUNTS_REPAIRED_SINCE)


def neighbour(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """One object per neighbour table (``SIGNALS["neighbour"]``): arp_cache (IPv4) and ndisc_cache (IPv6).

    None where neither is visible: they exist in the initial network namespace only.
    """
    found = []
    version = kernel_version(text(dig(document, "meta", "kernel", "release")))
    # Since 5.0 the limits are those of the entries that may be collected, and permanent and learned ones are in the
    # number of entries all the same (net/core/neighbour.c, neigh_alloc(): gc_entries).
    all_limited = None if version is None else version < ALL_ENTRIES_LIMITED_BEFORE
    for name in sorted(table(document, "neighbour")):
        cache = table(document, "neighbour", name)
        stats = table(cache, "stats")
        limit = number(cache.get("gc_thresh3"))
        if cache:
            found.append(
                {
                    "name": name,
                    "family": "ipv6" if name == "ndisc_cache" else "ipv4",
                    "entries": number(cache.get("entries")),
                    "gc_thresh1": number(cache.get("gc_thresh1")),
                    "gc_thresh2": number(cache.get("gc_thresh2")),
                    "gc_thresh3": limit,
                    "fill": ratio(number(cache.get("entries")), limit) if all_limited else None,
                    "table_full_lost": delta(stats, "table_fulls"),
                    "unresolved_discards": delta(stats, "unresolved_discards"),
                }
            )
    return found or None


def qdiscs(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """One object per queue discipline (``SIGNALS["qdiscs"]``); None where rtnetlink could not be asked.

    A classful discipline repeats what its children dropped: ``lost`` is what a discipline dropped itself.
    """
    if not isinstance(dig(document, "qdiscs"), dict):
        return None
    every = {key: qdisc for key, qdisc in document["qdiscs"].items() if isinstance(qdisc, dict)}
    below = dropped_below_handles(every.values())
    found = []
    for key in sorted(every):
        qdisc = every[key]
        kind, dropped = text(qdisc.get("kind")), delta(qdisc, "dropped")
        lost = excess(dropped, dropped_by_children(qdisc, below))
        full = overfull(qdisc, lost)
        found.append(
            {
                "name": key,
                "nic": text(qdisc.get("nic")),
                "kind": kind,
                "lost": 0 if kind in FRAMES and dropped is not None else lost,
                "selected": dig(document, "nics", str(qdisc.get("nic")), "selected") is True,
                "overfull": full,
                "over_memory": delta(qdisc, "extra", "drop_overmemory") or None,
                "flow_limited": delta(qdisc, "extra", "flows_plimit") or None,
                "on_purpose": kind in ACTIVE_QUEUE_MANAGEMENT + FILTERS and not full,
                "filter": kind in FILTERS,
                "packets": delta(qdisc, "packets"),
                "overlimits": delta(qdisc, "overlimits"),
                "requeues": delta(qdisc, "requeues"),
                "queued": number(qdisc.get("qlen")),
                "backlog_bytes": number(qdisc.get("backlog_bytes")),
                **targets.queue_length(table(document, "nics", str(qdisc.get("nic")))),
                **targets.of_qdisc(qdisc),
            }
        )
    return found


def overfull(qdisc: dict[str, Any], lost: Number | None) -> Number | None:
    """What a discipline that drops on purpose dropped because it was full; None where it was not, or does not tell."""
    counter = OVERFULL.get(str(qdisc.get("kind")))
    full = delta(qdisc, "extra", counter) if counter else None
    return None if full is None or lost is None else min(full, lost) or None


def dropped_by_nic(found: list[dict[str, Any]] | None) -> dict[str, Number]:
    """What the queue disciplines of each interface dropped, as far as it is known."""
    dropped: dict[str, Number] = {}
    for qdisc in found or []:
        dropped[str(qdisc["nic"])] = dropped.get(str(qdisc["nic"]), 0) + (qdisc["lost"] or 0)
    return dropped


#: Of one interface a handle's major number: what the disciplines below it dropped, and of how many that is not known.
BelowHandles = dict[tuple[str, int], tuple[Number, int]]


def dropped_below_handles(every: Iterable[dict[str, Any]]) -> BelowHandles:
    """What hangs below each handle, by the major number of the parent handle of each discipline, in one pass."""
    below: BelowHandles = {}
    for qdisc in every:
        place = _parent(qdisc)
        if place is not None:
            dropped, unknown = below.get(place, (0, 0))
            own, own_unknown = _known(qdisc)
            below[place] = (dropped + own, unknown + own_unknown)
    return below


def dropped_by_children(qdisc: dict[str, Any], below: BelowHandles) -> Number | None:
    """What the children of a discipline dropped; None where it is not known of one of them.

    The disciplines that the kernel makes by itself all have the handle 0: of those only the root has children.
    """
    major = _major(qdisc.get("handle"))
    if major is None or (major == 0 and qdisc.get("parent") != "root"):
        return 0
    place = (str(qdisc.get("nic")), major)
    dropped, unknown = below.get(place, (0, 0))
    if _parent(qdisc) == place:
        # It is no child of its own.
        own, own_unknown = _known(qdisc)
        dropped, unknown = dropped - own, unknown - own_unknown
    return None if unknown else dropped


def _parent(qdisc: dict[str, Any]) -> tuple[str, int] | None:
    """The interface and the major number of the handle that a discipline hangs below; None of a root."""
    major = _major(qdisc.get("parent"))
    return None if major is None else (str(qdisc.get("nic")), major)


def _known(qdisc: dict[str, Any]) -> tuple[Number, int]:
    dropped = delta(qdisc, "dropped")
    return (0, 1) if dropped is None else (dropped, 0)


def _major(handle: Any) -> int | None:
    """The major number of a handle as tc writes it: ``8001:`` and ``8001:1`` are 0x8001, ``:1`` is 0."""
    if not isinstance(handle, str) or ":" not in handle:
        return None
    try:
        return int(handle.split(":", 1)[0] or "0", 16)
    except ValueError:
        return None


def memory(document: dict[str, Any]) -> dict[str, Any]:
    """Memory pressure: the share that is available, and the zones below their low watermark."""
    info, zones = table(document, "memory", "meminfo"), table(document, "memory", "zones")
    below = [
        name
        for name, zone in sorted(zones.items())
        if None not in (number(dig(zone, "free_pages")), number(dig(zone, "low_pages")))
        and zone["free_pages"] < zone["low_pages"]
        and dig(zone, "managed_pages")
    ]
    return {
        "memory_available_share": ratio(number(info.get("MemAvailable")), number(info.get("MemTotal"))),
        "zones_below_low": ", ".join(below) or None,
    }
