# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a NIC lost, each packet once: its own losses without those of its slaves, by the class of the driver's counter,
and what is left of rx_dropped when the driver's and the backlog's share is taken out.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.counters import losses, netdev_fields
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.quantities.values import (
    READING_TOLERANCE,
    Number,
    at_least,
    delta,
    dig,
    entries,
    excess,
    largest,
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

#: How many counters are named in an evidence.
COUNTERS_SHOWN = 4

#: What a cloud's hypervisor refuses beyond what was paid for (Amazon ENA).
ALLOWANCE = re.compile(r"_allowance_exceeded$")

#: Pause statistics that are no frames asking to stop: times, transitions, and the XON that ends a pause.
NOT_A_PAUSE_FRAME = re.compile(r"duration|transition|usec|_us$|_time|events|xon")

#: The direction of a pause statistic whose meaning came without one.
SENT = re.compile(r"(^|[._])tx|sent|_tx$")

STOPPED = re.compile(r"stop|restart|busy")
TIMED_OUT = re.compile(r"timeout|timed_out|wd_expired")


def own_statistics(name: str, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The link_stats of a NIC as ``{field: {"delta"}}`` without what its slaves counted.

    A bond adds the growth of its slaves to its own counters (drivers/net/bonding/bond_main.c, bond_get_stats); other
    devices built on NICs count on their own.
    """
    nic = table(document, "nics", name)
    own = {field: counter for field, counter in table(nic, "link_stats").items() if counter is not None}
    slaves: list[dict[str, Any]] = []
    if nic.get("kind") == "bond":
        slaves = [table(document, "nics", str(slave), "link_stats") for slave in entries(nic, "lower")]
    return {field: {"delta": excess(delta(own, field), *[delta(slave, field) for slave in slaves])} for field in own}


def nic_losses(nic: dict[str, Any], statistics: dict[str, Any], backlog: Number | None) -> dict[str, Any]:
    """What a NIC lost in the interval, by class, with the counters that say so.

    A class that no counter of this NIC tells of is None: a virtio guest cannot see that its ring was empty.

    :param statistics: the NIC's :func:`own_statistics`
    :param backlog: the drops of all backlogs together
    """
    driver = str(dig(nic, "driver", "name") or "")
    counters = {name: _counted(entry) for name, entry in table(nic, "counters").items() if _is_counter(name, entry)}
    found = losses(driver, counters, statistics)
    told = classes_told(driver, counters, statistics)
    result: dict[str, Any] = {"counters": {}}
    for letter, lost in LOST_BY_CLASS.items():
        count = found[letter]["lost"]
        result[lost] = count if count or told.get(letter) else None
        result["counters"][lost] = counters_text(found[letter]["views"])
    result["rx_dropped_explained"] = None if found["unknown"] else found["rx_dropped_explained"]
    if nic.get("kind") == "veth":
        # What the peer's backlog refuses is a tx_dropped of the sending end too (drivers/net/veth.c, veth_xmit).
        result["transmit_lost"] = excess(result["transmit_lost"], backlog)
    known = [result[lost] for lost in RECEIVE_LOST if result[lost] is not None]
    result["receive_lost"] = sum(known) if known else None
    return result


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
        # rx_dropped holds drops of the core too: it is no measure of a class.
        if field != "rx_dropped" and field in statistics:
            told[meaning["class"]] = told.get(meaning["class"], True) and delta(statistics, field) is not None
    return told


def counters_text(views: list[dict[str, Any]]) -> str | None:
    """The counters behind a loss in one line, those that counted most first."""
    counters = sorted((each for view in views for each in view["counters"]), key=lambda each: -each["delta"])
    shown = [f"{counter['name']} {counter['delta']}" for counter in counters[:COUNTERS_SHOWN]]
    if len(counters) > COUNTERS_SHOWN:
        shown.append(f"and {len(counters) - COUNTERS_SHOWN} more")
    return ", ".join(shown) or None


def backlog_drops(document: dict[str, Any]) -> Number | None:
    """What all backlogs of the host dropped together."""
    return at_least(delta(row, "dropped") for row in table(document, "softnet", "cpus").values())


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
        # The two are not read at one instant: while the backlog drops, the last few are in one of them only.
        left[name] = left[name] - taken if left[name] - taken > READING_TOLERANCE * taken else 0
    return left


def allowances(counters: dict[str, Any]) -> dict[str, Any]:
    """What a cloud's limits cost: ``lost`` for certain, and ``exceeded`` with what was only delayed, by name."""
    every = {name: counter for name, counter in counters.items() if ALLOWANCE.search(name)}
    exceeded = {name: delta(counter) for name, counter in sorted(every.items())}
    return {
        "allowance_lost": at_least(exceeded[name] for name in every if dig(every[name], "kind") == "loss"),
        "allowance_exceeded": at_least(exceeded.values()),
        "allowance_counters": ", ".join(f"{name} {count}" for name, count in exceeded.items() if count) or None,
    }


def pause_frames(counters: dict[str, Any]) -> dict[str, Number | None]:
    """Pause frames ``sent`` and ``received``: at least so many.

    The same frame is in several statistics (mlx5: per port, per priority, global), so the largest one is taken.
    """
    frames: dict[str, list[Number | None]] = {"sent": [], "received": []}
    for name, counter in counters.items():
        if dig(counter, "class") == "g" and not NOT_A_PAUSE_FRAME.search(name):
            sent = SENT.search(name) if counter.get("direction") is None else counter["direction"] == "tx"
            frames["sent" if sent else "received"].append(delta(counter))
    return {side: largest(deltas) for side, deltas in frames.items()}


def transmit_events(nic: dict[str, Any]) -> dict[str, Number | None]:
    """``stops`` of a TX queue (back-pressure) and ``timeouts`` (a hang), from the driver and from the core."""
    stops, timeouts = [], []
    for name, counter in table(nic, "counters").items():
        if dig(counter, "class") == "e":
            if TIMED_OUT.search(name):
                timeouts.append(delta(counter))
            elif counter.get("kind") == "event" and STOPPED.search(name):
                stops.append(delta(counter))
    by_core = at_least(delta(queue, "tx_timeout") for queue in table(nic, "queues", "tx").values())
    return {"stops": at_least(stops), "timeouts": largest([by_core, *timeouts])}
