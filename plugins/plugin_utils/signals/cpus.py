# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Per CPU: how much softirq work it does, how much it lost, and what made it stop polling."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.basis import OF_AN_INTERVAL, is_average
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    at_least,
    delta,
    dig,
    number,
    numbered,
    per_second,
    ratio,
    table,
)

#: /proc/stat columns that add up to a CPU's time: guest and guest_nice are inside user and nice
#: (kernel/sched/cputime.c).
TIME_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")

#: A run that ends on netdev_budget has polled that many packets. Well below it on average, time has ended the runs; up
#: to this many times the budget, the packets between two squeezes are those of the squeezed runs themselves.
BUDGET_BAND = (0.9, 1.5)

#: A poll takes up to so many packets, however small the budget (NAPI_POLL_WEIGHT in include/linux/netdevice.h).
POLL_WEIGHT = 64


def cpus(document: dict[str, Any], interval_s: Number | None, budget: Number | None) -> dict[int, dict[str, Any]]:
    """What the signals of NICs, backlog and host are made of.

    ``{cpu: {...}}`` of every CPU that softnet_stat or /proc/stat names, in numerical order. Where the numbers are
    averages over a long time, what only an interval can tell is None.
    """
    untold = dict.fromkeys(OF_AN_INTERVAL) if is_average(document) else {}
    softnet, times = table(document, "softnet", "cpus"), table(document, "cpu_times")
    softirqs = table(document, "softirqs")
    processed_by_all = at_least(delta(row, "processed") for row in softnet.values())
    net_rx_of_all = at_least(delta(row, "NET_RX") for row in softirqs.values())
    ticks_in_interval = None
    if interval_s and number(dig(document, "meta", "clock_ticks_per_s")):
        ticks_in_interval = interval_s * document["meta"]["clock_ticks_per_s"]

    found = {}
    for cpu in numbered({**softnet, **times}):
        key = str(cpu)
        row = table(softnet, key)
        squeezes, processed = delta(row, "time_squeeze"), delta(row, "processed")
        packets_per_squeeze = ratio(processed, squeezes)
        found[cpu] = {
            "cpu": cpu,
            "processed": processed,
            "processed_share": ratio(processed, processed_by_all),
            "net_rx_share": ratio(delta(softirqs, key, "NET_RX"), net_rx_of_all),
            "dropped": delta(row, "dropped"),
            "flow_limit": delta(row, "flow_limit_count"),
            "squeezes": squeezes,
            "squeezes_per_s": per_second(squeezes, interval_s),
            "packets_per_squeeze": packets_per_squeeze,
            "squeeze_limit": squeeze_limit(packets_per_squeeze, budget),
            **time_shares(table(times, key), ticks_in_interval),
            **untold,
        }
    return found


def time_shares(columns: dict[str, Any], ticks_in_interval: Number | None) -> dict[str, float | None]:
    """The shares (0 to 1) of one CPU's time in softirq, stolen by the hypervisor, and not idle.

    ksoftirqd's time is in the softirq column too. ``iowait`` (and on nohz kernels ``idle``) may step backwards, which
    leaves no delta: the ticks of the measured interval are the whole then.
    """
    ticks = {name: delta(columns, name) for name in TIME_COLUMNS}
    whole = sum(ticks.values()) if None not in ticks.values() else ticks_in_interval
    waiting = None if ticks["idle"] is None else ticks["idle"] + (ticks["iowait"] or 0)
    idle_share = ratio(waiting, whole)
    return {
        "softirq_share": _share(ticks["softirq"], whole),
        "steal_share": _share(ticks["steal"], whole),
        "busy_share": None if idle_share is None else max(0.0, 1 - idle_share),
    }


def _share(part: Number | None, whole: Number | None) -> float | None:
    share = ratio(part, whole)
    return None if share is None else min(share, 1.0)


def squeeze_limit(packets_per_squeeze: float | None, budget: Number | None) -> str | None:
    """Which limit of net_rx_action ended the squeezed runs: the sysctl's name, or "undetermined".

    time_squeeze counts both in one number. Packets here are those after GRO, so a low figure is no proof where GRO
    merges: the rules say so.
    """
    share_of_budget = ratio(packets_per_squeeze, budget)
    if share_of_budget is None:
        return None
    low, high = BUDGET_BAND
    if share_of_budget < low:
        return "netdev_budget_usecs"
    return "netdev_budget" if packets_per_squeeze <= high * max(budget, POLL_WEIGHT) else "undetermined"


def busiest(found: dict[int, dict[str, Any]], signal: str, among: list[int] | None = None) -> dict[str, Any] | None:
    """The CPU with the largest *signal*, of *among* or of all; None where none is known."""
    known = [cpu for cpu in found.values() if cpu[signal] is not None and (among is None or cpu["cpu"] in among)]
    return max(known, key=lambda cpu: cpu[signal], default=None)
