# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a NIC lost, each packet once: its own losses without those of its slaves, by the class of the driver's counter,
and what is left of rx_dropped when the driver's and the backlog's share is taken out.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.statistics import (
    losses,
    netdev_fields,
    rx_dropped_is_device,
    rx_dropped_is_mixed,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    READING_TOLERANCE,
    Number,
    at_least,
    delta,
    dig,
    entries,
    excess,
    largest,
    ratio,
    rest,
    table,
)

#: The name of what each class of a driver's counter loses, in the order of the path.
LOST_BY_CLASS = {
    "a": "link_lost",
    "b": "buffer_lost",
    "c": "ring_lost",
    "d": "memory_lost",
    "e": "transmit_lost",
    "f": "filtered",
}

#: What is lost on the way in.
RECEIVE_LOST = ("buffer_lost", "ring_lost", "memory_lost")

#: What the core counts for every device; a bond has nothing of its own in the other fields.
CORE_FIELDS = ("rx_dropped", "tx_dropped", "rx_nohandler", "rx_otherhost_dropped")

#: The netdev's fields that count frames which went wrong, by the side that they are on. Those that a driver's NETDEV
#: takes for a view of a class are told with it; these must not grow unheard where it does not. rx_errors holds the
#: damaged frames (Documentation/networking/statistics.rst), and with some drivers all that was lost.
ERROR_FIELDS = {
    "rx": (
        "rx_errors",
        "rx_length_errors",
        "rx_over_errors",
        "rx_crc_errors",
        "rx_frame_errors",
        "rx_fifo_errors",
        "rx_missed_errors",
    ),
    "tx": (
        "tx_errors",
        "tx_dropped",
        "tx_aborted_errors",
        "tx_carrier_errors",
        "tx_fifo_errors",
        "tx_heartbeat_errors",
        "tx_window_errors",
    ),
}

#: What those fields may repeat, by side: classes of loss that are findings of their own; and of them those that
#: rx_errors and tx_errors have in them.
TOLD_BY_CLASS = {
    "rx": ("link_lost", "filtered", "buffer_lost", "ring_lost", "memory_lost"),
    "tx": ("transmit_lost",),
}
CONTAINED_IN_ERRORS = {"rx": ("link_lost", "short_frames", "filtered"), "tx": ("transmit_lost",)}

#: Devices that hand a packet on without asking what became of it, or that are where it leaves the host. Others (vlan,
#: macvlan, team, tunnels) count in tx_dropped what the queue discipline below them dropped
#: (net/8021q/vlan_dev.c, vlan_dev_hard_start_xmit; drivers/net/macvlan.c; drivers/net/team; include/net/ip_tunnels.h).
NOT_STACKED = ("physical", "bond", "veth", "tun", "loopback", "bridge", "dummy", "ifb")

#: Tunnels whose own receive queue (gro_cells) is limited by netdev_max_backlog and drops into rx_dropped alone
#: (include/net/gro_cells.h).
GRO_CELLS = ("vxlan", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan", "ipip", "sit", "ip6tnl")
GRO_CELLS += ("macsec", "bareudp")

#: How many counters are named in an evidence.
COUNTERS_SHOWN = 4

# Drivers that nobody has made a table for write their names as they like (atlantic: "InOctets"): no case says anything.

#: What a cloud's hypervisor refuses beyond what was paid for (Amazon ENA).
ALLOWANCE = re.compile(r"_allowance_exceeded$", re.IGNORECASE)

#: Pause statistics that are no frames asking to stop: times, transitions, and the XON that ends a pause.
NOT_A_PAUSE_FRAME = re.compile(r"duration|transition|usec|_us$|_time|events|xon", re.IGNORECASE)

#: Statistics of the microseconds that a pause took (Linux Documentation, mellanox/mlx5/counters.rst).
PAUSE_USECS = re.compile(r"pause_duration$", re.IGNORECASE)

#: The longest that one pause frame can stop a link, in bits: 65535 quanta of 512 (IEEE 802.3 annex 31B).
PAUSE_BITS = 65535 * 512

#: Mbit/s taken for a link that does not tell its speed: a pause takes longest on a slow one.
SLOW_LINK_MBPS = 1000

#: The direction of a pause statistic whose meaning came without one.
SENT = re.compile(r"(?i:(?:^|[^a-z])tx|tx(?:$|[^a-z])|sent|transmit|xmit)|[a-z]Tx")

QUEUE_NUMBER = re.compile(r"\d+")
STOPPED = re.compile(r"stop|restart|busy|full", re.IGNORECASE)

#: What stands in the names of counters of frames that are too long or too short, not damaged.
OF_LENGTH = re.compile(
    r"length|range_len|long|over_?si|ovrsz|over_?max|jabber|mtu|under_?si|undrsz|short|runt", re.IGNORECASE
)
TIMED_OUT = re.compile(r"timeout|timed_?out|wd_expired", re.IGNORECASE)


def own_statistics(name: str, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The link_stats of a NIC as ``{field: {"delta"}}`` without what its slaves counted.

    A bond adds the growth of its slaves to its own counters (drivers/net/bonding/bond_main.c, bond_get_stats), as does
    net_failover; other devices built on NICs count on their own. A bond has no hardware, so nothing is left of what
    only hardware counts: a driver that refreshes its counters later (mlx5) would make a loss of the difference.
    """
    nic = table(document, "nics", name)
    own = {field: counter for field, counter in table(nic, "link_stats").items() if counter is not None}
    if nic.get("kind") != "bond" and not trait(driver_of(nic), "counts_slaves"):
        return {field: {"delta": delta(own, field)} for field in own}
    slaves = [table(document, "nics", str(slave), "link_stats") for slave in entries(nic, "lower")]
    return {
        field: {
            "delta": rest(delta(own, field), *[delta(slave, field) for slave in slaves]) if field in CORE_FIELDS else 0
        }
        for field in own
    }


def nic_losses(nic: dict[str, Any], statistics: dict[str, Any], backlog: Number | None) -> dict[str, Any]:
    """What a NIC lost in the interval, by class, with the counters that say so.

    A class that no counter of this NIC tells of is None: a virtio guest cannot see that its ring was empty.

    :param statistics: the NIC's :func:`own_statistics`
    :param backlog: the drops of all backlogs together
    """
    driver = driver_of(nic)
    counters = {name: _counted(entry) for name, entry in table(nic, "counters").items() if _is_counter(name, entry)}
    found = losses(driver, counters, statistics)
    told = classes_told(driver, counters, statistics)
    result: dict[str, Any] = {"counters": {}}
    for letter, lost in LOST_BY_CLASS.items():
        count = found[letter]["lost"]
        result[lost] = count if count or told.get(letter) else None
        result["counters"][lost] = counters_behind(found[letter]["views"])
    result["link_lost_length_share"] = length_share(found["a"]["views"])
    result["short_frames"] = short_frames(counters)
    # A driver that tells of its memory at all has no such failures if it has no name for them.
    has_refill = any(entry["group"] == "refill" for entry in counters.values()) or told.get("d")
    result["refill_failed"] = found["refill"]["lost"] if has_refill else None
    result["counters"]["refill_failed"] = counters_behind(found["refill"]["views"])
    result["rx_dropped_explained"] = None if found["unknown"] else found["rx_dropped_explained"]
    if nic.get("kind") == "veth":
        # What the peer's backlog refuses is a tx_dropped of the sending end too (drivers/net/veth.c, veth_xmit).
        result["transmit_lost"] = rest(result["transmit_lost"], backlog)
    # Of a NIC that keeps packets while a ring is empty, the buffer is where they are lost when nobody fetches them.
    waiting = result["buffer_lost"] if trait(driver, "waits_in_nic_buffer") else 0
    result["unfetched_lost"] = at_least([result["ring_lost"], waiting])
    known = [result[lost] for lost in RECEIVE_LOST if result[lost] is not None]
    result["receive_lost"] = sum(known) if known else None
    return result


def length_share(views: list[dict[str, Any]]) -> float | None:
    """Of the frames lost on the wire, the share that was too long or too short, by the names of the counters."""
    every = [counter for view in views for counter in view["counters"]]
    whole = sum(counter["delta"] for counter in every)
    return ratio(sum(counter["delta"] for counter in every if OF_LENGTH.search(counter["name"])), whole)


def short_frames(counters: dict[str, Any]) -> Number | None:
    """Frames that were too short, of a driver of which it is not certain that they were lost."""
    return at_least(
        entry["delta"] for entry in counters.values() if (entry["group"], entry["kind"]) == ("short", "event")
    )


def driver_of(nic: dict[str, Any]) -> str:
    """The name of a NIC's driver, "" where it is not known."""
    return str(dig(nic, "driver", "name") or "")


def unclassified(nic: dict[str, Any], lost: dict[str, Any]) -> list[dict[str, Any]]:
    """What those statistics grew by of which nobody knows whether they count a loss: ``[{"sum", "counters"}]``.

    The same name of several queues is one. One that grew by as much as a class lost is a view of the same packets, and
    left out.

    :param lost: the NIC's :func:`nic_losses`
    """
    views: dict[str, dict[str, Any]] = {}
    for name, entry in table(nic, "counters").items():
        if dig(entry, "kind") == "unclassified" and delta(entry):
            view = views.setdefault(QUEUE_NUMBER.sub("0", name), {"sum": 0, "counters": []})
            view["sum"] += delta(entry)
            view["counters"].append({"name": name, "delta": delta(entry)})
    told = [lost[key] for key in LOST_BY_CLASS.values() if lost[key]]
    return [view for view in views.values() if not repeats(view["sum"], told)]


def unclassified_told(nic: dict[str, Any], views: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest growth of the :func:`unclassified` statistics, and all of them by name."""
    return {
        "driver_known": index.knows(driver_of(nic), "STATISTICS"),
        "unclassified": largest(view["sum"] for view in views) or 0 if table(nic, "counters") else None,
        "unclassified_counters": counters_behind(views),
    }


def repeats(count: Number, others: list[Number]) -> bool:
    """Whether *count* is the same packets as some of *others* together, as far as the values can tell."""
    return any(
        abs(count - sum(some)) <= READING_TOLERANCE * count
        for size in range(1, len(others) + 1)
        for some in itertools.combinations(others, size)
    )


def unexplained_errors(
    nic: dict[str, Any], statistics: dict[str, Any], lost: dict[str, Any], sums: list[Number]
) -> dict[str, Any]:
    """What the netdev's error fields grew by, at least, that no class of loss and no statistic of the driver explains.

    :param statistics: the NIC's :func:`own_statistics`
    :param lost: the NIC's :func:`nic_losses`
    :param sums: the growth of its :func:`unclassified` statistics
    """
    told = netdev_fields(driver_of(nic), table(nic, "counters"))
    found: dict[str, dict[str, Number | None]] = {}
    for side, fields in ERROR_FIELDS.items():
        classes = [lost[key] for key in TOLD_BY_CLASS[side] if lost[key]]
        damaged = sum(lost[key] or 0 for key in CONTAINED_IN_ERRORS[side])
        found[side] = {}
        for field in (field for field in fields if field in statistics and field not in told):
            count = delta(statistics, field)
            left = rest(count, damaged) if field == f"{side}_errors" else count
            explained = [each for each in (count, left) if each and (repeats(each, classes) or _among(each, sums))]
            found[side][field] = 0 if explained else left
    # The fields of one side are views of the same packets.
    totals = [largest(fields.values()) for fields in found.values()]
    every = {field: count for fields in found.values() for field, count in fields.items()}
    known = at_least(every.values()) is not None
    return {
        "errors_unexplained": sum(total or 0 for total in totals) if known else None,
        "errors_unexplained_counters": {field: count for field, count in every.items() if count} or None,
    }


def _among(count: Number, sums: list[Number]) -> bool:
    return any(repeats(count, [each]) for each in sums)


def _is_counter(name: str, entry: Any) -> bool:
    # The limits of a cloud are no losses of the NIC: rule R27 has them.
    return (
        isinstance(entry, dict)
        and {"class", "kind", "group", "delta"} <= entry.keys()
        and all(entry[key] is None or isinstance(entry[key], str) for key in ("class", "kind", "group"))
        and not ALLOWANCE.search(name)
    )


def _counted(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of which the delta is a number or None."""
    return {**entry, "delta": delta(entry)}


def classes_told(driver: str, counters: dict[str, Any], statistics: dict[str, Any]) -> dict[str, bool]:
    """For each class that a counter of losses tells of: whether all of those have a delta."""
    told: dict[str, bool] = {}
    for entry in counters.values():
        if entry["kind"] == "loss":
            told[entry["class"]] = told.get(entry["class"], True) and entry["delta"] is not None
    for field, meaning in netdev_fields(driver, counters).items():
        if meaning["measures"] and field in statistics:
            told[meaning["class"]] = told.get(meaning["class"], True) and delta(statistics, field) is not None
    return told


def counters_behind(views: list[dict[str, Any]]) -> dict[str, Number] | None:
    """``{name: growth}`` of the counters behind a loss, those that counted most first; the others in one sum."""
    found = sorted((each for view in views for each in view["counters"]), key=lambda each: -each["delta"])
    shown = {counter["name"]: counter["delta"] for counter in found[:COUNTERS_SHOWN]}
    if len(found) > COUNTERS_SHOWN:
        shown[f"{len(found) - COUNTERS_SHOWN} more"] = sum(counter["delta"] for counter in found[COUNTERS_SHOWN:])
    return shown or None


def backlog_drops(document: dict[str, Any]) -> Number | None:
    """What all backlogs of the host dropped together."""
    return at_least(delta(row, "dropped") for row in table(document, "softnet", "cpus").values())


def without_backlog(
    driver: str, own: dict[str, dict[str, Any]], backlog: Number | None, every: Number
) -> dict[str, dict[str, Any]]:
    """The statistics of a NIC whose rx_dropped is the only measure of its ring (ena), without the backlogs' drops.

    Every backlog drop is in the rx_dropped of the NIC that it came through. What other interfaces counted may be
    theirs; what no other one can have counted is this one's.

    :param own: the NIC's :func:`own_statistics`
    :param backlog: the drops of all backlogs together
    :param every: the rx_dropped of all interfaces together
    """
    if "rx_dropped" not in own or not rx_dropped_is_device(driver):
        return own
    dropped = delta(own, "rx_dropped")
    others = every - (dropped or 0)
    return {**own, "rx_dropped": {"delta": rest(dropped, max(0, (backlog or 0) - others))}}


def dropped_below(name: str, document: dict[str, Any], in_queues: dict[str, Number], every: Number) -> Number:
    """How many packets that a stacked device sent were dropped by the queue disciplines below it: at most so many.

    :param in_queues: per interface, what its queue disciplines dropped
    :param every: the sum of them

    A tunnel tells of no interface below it: then it may be any other.
    """
    nic = table(document, "nics", name)
    if nic.get("kind") in NOT_STACKED:
        return 0
    waiting = [str(lower) for lower in entries(nic, "lower")]
    if not waiting:
        return every - in_queues.get(name, 0)
    below: set[str] = set()
    while waiting:
        lower = waiting.pop()
        if lower not in below and lower != name:
            below.add(lower)
            waiting.extend(str(each) for each in entries(document, "nics", lower, "lower"))
    return sum(in_queues.get(lower, 0) for lower in below)


def unexplained_drops(document: dict[str, Any], explained: dict[str, Number | None]) -> dict[str, Number | None]:
    """What is left of each NIC's rx_dropped: the packets that the stack did not want.

    :param explained: per NIC, how much of its rx_dropped the driver's own counters explain

    Every backlog drop is in the rx_dropped of the NIC that it came through (net/core/dev.c, enqueue_to_backlog), and
    softnet_stat does not say which one that is: the largest rx_dropped takes it first. In a network namespace, where
    softnet_stat is that of the whole host, what is left is a lower bound.
    """
    left = {
        name: excess(delta(own_statistics(name, document), "rx_dropped"), explained.get(name))
        for name in table(document, "nics")
    }
    backlog = backlog_drops(document)
    if backlog is None:
        return dict.fromkeys(left)
    for name in sorted((name for name in left if left[name] is not None), key=lambda name: -left[name]):
        taken = min(left[name], backlog)
        backlog -= taken
        left[name] = rest(left[name], taken)
    return left


def rx_dropped_explained(statistics: dict[str, Any], lost: dict[str, Any], sums: list[Number]) -> Number | None:
    """How much of a NIC's rx_dropped is no drop of the core.

    A statistic of the driver that nobody knows and that grew by just as much is a view of it: the core's own drops are
    in no statistic of a driver.

    :param sums: the growth of its :func:`unclassified` statistics
    """
    explained, dropped = lost["rx_dropped_explained"], delta(statistics, "rx_dropped")
    return dropped if dropped and explained is not None and _among(dropped - explained, sums) else explained


def mixed_drops(nic: dict[str, Any], unexplained: Number | None) -> dict[str, Any]:
    """Whether what is left of rx_dropped may be the driver's own loss, and the share of the packets that it is."""
    of_driver = nic.get("kind") == "physical" and rx_dropped_is_mixed(driver_of(nic))
    return {
        "rx_dropped_mixed": of_driver or nic.get("kind") in GRO_CELLS,
        "rx_dropped_unexplained_ratio": ratio(unexplained, delta(nic, "link_stats", "rx_packets")),
    }


def allowances(counters: dict[str, Any]) -> dict[str, Any]:
    """What a cloud's limits cost: ``lost`` for certain, and ``exceeded`` with what was only delayed, by name."""
    every = {name: counter for name, counter in counters.items() if ALLOWANCE.search(name)}
    exceeded = {name: delta(counter) for name, counter in sorted(every.items())}
    return {
        "allowance_told": bool(every),
        "allowance_lost": at_least(exceeded[name] for name in every if dig(every[name], "kind") == "loss"),
        "allowance_exceeded": at_least(exceeded.values()),
        "allowance_counters": {name: count for name, count in exceeded.items() if count} or None,
    }


def pause_frames(counters: dict[str, Any]) -> dict[str, Number | None]:
    """Pause frames ``sent`` and ``received``: at least so many.

    The same frame is in several statistics (mlx5: per port, per priority, global), so the largest one is taken.
    """
    frames: dict[str, list[Number | None]] = {"sent": [], "received": []}
    for name, counter in counters.items():
        if dig(counter, "class") == "g" and not NOT_A_PAUSE_FRAME.search(name):
            frames["sent" if _is_sent(name, counter) else "received"].append(delta(counter))
    return {side: largest(deltas) for side, deltas in frames.items()}


def pause_share(
    counters: dict[str, Any], sent: Number | None, mbps: Number | None, interval_s: Number | None
) -> float | None:
    """The share of the interval for which the pause frames that were *sent* may have stopped the peer, at most.

    The driver's own statistic of that time where it has one and it moved; else each frame the longest that it can ask
    for, of which most ask for less and an XON ends it sooner.
    """
    usecs = [
        delta(counter) for name, counter in counters.items() if PAUSE_USECS.search(name) and _is_sent(name, counter)
    ]
    if largest(usecs):
        share = ratio(largest(usecs), interval_s and interval_s * 1e6)
    else:
        longest_s = PAUSE_BITS / ((mbps if mbps and mbps > 0 else SLOW_LINK_MBPS) * 1e6)
        share = ratio(None if sent is None else sent * longest_s, interval_s)
    return None if share is None else min(share, 1.0)


def _is_sent(name: str, counter: dict[str, Any]) -> bool:
    direction = dig(counter, "direction")
    return bool(SENT.search(name)) if direction is None else direction == "tx"


def transmit_events(nic: dict[str, Any]) -> dict[str, Number | None]:
    """``stops`` of a TX queue (back-pressure) and ``timeouts`` (a hang), from the driver and from the core.

    At least so many: the same ones are counted by queue and for all queues (mlx5), by the driver and by the core.
    """
    stops: dict[str, list[Number | None]] = {}
    timeouts: dict[str, list[Number | None]] = {}
    for name, counter in table(nic, "counters").items():
        if dig(counter, "class") == "e":
            if TIMED_OUT.search(name):
                timeouts.setdefault(QUEUE_NUMBER.sub("0", name), []).append(delta(counter))
            elif counter.get("kind") == "event" and STOPPED.search(name):
                stops.setdefault(QUEUE_NUMBER.sub("0", name), []).append(delta(counter))
    timeouts["of the core"] = [delta(queue, "tx_timeout") for queue in table(nic, "queues", "tx").values()]
    return {
        "stops": largest(at_least(deltas) for deltas in stops.values()),
        "timeouts": largest(at_least(deltas) for deltas in timeouts.values()),
    }
