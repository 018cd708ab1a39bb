# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which finding waits for which, in which order they are looked at, and how long until a step can be judged."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import ideas

#: How many seconds have to pass before a loss that is gone is gone, and not only postponed: the timer or the buffer
#: that the setting is about. Fragments wait 30 s (ipfrag_time); the buffers of sockets that nobody reads took 40 s to
#: fill once udp_mem let them; the tables of neighbours and connections are filled again by the traffic of some seconds
#: (gc_interval of a neighbour table is 30 s). All measured or read in the lab; what is not here can be judged at once.
JUDGE_AFTER_S = {
    "net.ipv4.ipfrag_high_thresh": 35,
    "net.ipv6.ip6frag_high_thresh": 35,
    "net.ipv4.udp_mem": 45,
    "net.ipv4.tcp_mem": 45,
    "net.ipv4.tcp_rmem": 45,
    "net.core.rmem_max": 45,
    "net.core.rmem_default": 45,
    "net.netfilter.nf_conntrack_max": 20,
    "net.ipv4.neigh.default.gc_thresh3": 20,
    "net.ipv6.neigh.default.gc_thresh3": 20,
}

#: Beside a conflict: irqbalance looks every 10 s (its default) and had moved what it was not told about within 30.
JUDGE_AFTER_S_WITH = {"irqbalance": 35}


def judge_after_s(settings: list[dict[str, Any]], conflicts: list[str]) -> int:
    """How many seconds after the change the measurement that judges it may begin."""
    keys = [key for one in settings if one["knob"] == "sysctl" for key in one["values"]]
    return max(
        [JUDGE_AFTER_S.get(key, 0) for key in keys] + [JUDGE_AFTER_S_WITH.get(name, 0) for name in conflicts] + [0]
    )


def in_order(findings: list[dict[str, Any]], beside: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings with those that explain others before these, otherwise in their order."""
    by_id = {one["id"]: one for one in findings}
    found: dict[str, dict[str, Any]] = {}
    on_the_way: set[str] = set()

    def add(one: dict[str, Any]) -> None:
        if one["id"] in found or one["id"] in on_the_way:
            return
        on_the_way.add(one["id"])
        for other in _reasons(one, by_id, beside.get(one["id"])):
            add(by_id[other])
        found[one["id"]] = one

    for one in findings:
        add(one)
    return list(found.values())


def explained_by(
    finding: dict[str, Any],
    findings: list[dict[str, Any]],
    acting: set[str],
    beside: dict[str, Any] | None,
) -> list[str]:
    """The findings that one waits for: those that explain it.

    :param acting: the findings that something is done about, or that wait themselves
    :param beside: the one that is planned together with it

    How work is laid out over CPUs explains a loss only as long as another layout can be tried.
    """
    by_id = {one["id"]: one for one in findings}
    return [
        other
        for other in _reasons(finding, by_id, beside)
        if by_id[other]["rule"] not in ideas.LAYOUT or other in acting
    ]


def _reasons(finding: dict[str, Any], by_id: dict[str, dict[str, Any]], beside: dict[str, Any] | None) -> list[str]:
    return [other for other in finding["because_of"] if other in by_id and (beside is None or other != beside["id"])]
