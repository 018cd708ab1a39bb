# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules look at: signals derived from a host document, per subject.

Pure. A signal whose inputs are missing is None, never 0; a delta that is void or a glitch enters no rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import (
    cpus,
    namespaces,
    nics,
    protocols,
    queues,
    targets,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.next_values import next_values
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    Number,
    at_least,
    delta,
    dig,
    entries,
    flag,
    number,
    per_second,
    rest,
    table,
    text,
)


def derive(document: dict[str, Any], limits: Mapping[str, float]) -> dict[str, Any]:
    """The signals of a host document (schema_version 1): the keys and their meaning are :data:`SIGNALS`.

    A part that could not be read at all is None. *limits* are the thresholds by name (``rules/limits.yml``).
    """
    interval_s = number(dig(document, "meta", "interval_s"))
    budget = queues.sysctl(document, "net.core.netdev_budget")
    found_cpus = cpus.cpus(document, interval_s, budget)
    found_qdiscs = queues.qdiscs(document)
    found_nics = nics.nics(document, found_cpus, interval_s, queues.dropped_by_nic(found_qdiscs), limits)
    signals = {
        "host": host(document, found_cpus, found_nics),
        "nics": found_nics if isinstance(dig(document, "nics"), dict) else None,
        "backlog": queues.backlog(document, found_cpus, interval_s),
        **stack(document, interval_s, limits),
        "neighbour": queues.neighbour(document),
        "qdiscs": found_qdiscs,
        "virtual": virtual(document),
        "glitches": glitches(document),
        "next": next_values(document),
        "interfaces": [],
    }
    if signals["ip"]:
        signals["ip"]["not_sent_unexplained"] = not_sent_unexplained(signals)
    return signals


def stack(document: dict[str, Any], interval_s: Number | None, limits: Mapping[str, float]) -> dict[str, Any]:
    """The signals of what each network namespace has for itself."""
    return {
        "conntrack": queues.conntrack(document, limits),
        "ip": protocols.ip(document, interval_s),
        "tcp": protocols.tcp(document, interval_s, limits),
        "udp": protocols.udp(document, limits),
        "sockets": protocols.sockets(document),
        "xfrm": protocols.xfrm(document, interval_s),
    }


#: The sysctls of the host's signals that each network namespace has for itself.
OWN_OF_HOST = {
    "somaxconn": "net.core.somaxconn",
    "tcp_max_syn_backlog": "net.ipv4.tcp_max_syn_backlog",
    "tcp_syncookies": "net.ipv4.tcp_syncookies",
}


def of_namespaces(
    document: dict[str, Any], signals: dict[str, Any], limits: Mapping[str, float]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """``(namespace, document, signals)`` of each other network namespace, as :func:`namespaces.judged` has them.

    Its signals are those of the host but for :data:`namespaces.PARTS`, for what it has of its own in ``host``, and for
    what its sysctls would be set to next.

    :param signals: those of the host
    """
    interval_s = signals["host"]["interval_s"]
    for namespace, of_it in namespaces.judged(document):
        own = {
            **signals,
            "host": {**signals["host"], **{key: queues.sysctl(of_it, name) for key, name in OWN_OF_HOST.items()}},
            **stack(of_it, interval_s, limits),
            "interfaces": namespaces.interfaces(of_it, (signals["backlog"] or {}).get("dropped")),
            "next": next_values(of_it),
        }
        if own["ip"]:
            # What its queueing disciplines and neighbours dropped is in no file that shows it from outside.
            own["ip"]["not_sent_unexplained"] = None if own["ip"]["not_sent"] else own["ip"]["not_sent"]
        yield namespace, of_it, own


def not_sent_unexplained(signals: dict[str, Any]) -> Number | None:
    """What is left of OutDiscards: it counts again what is dropped below IP on the way out.

    ip_send_skb (net/ipv4/ip_output.c) takes any error of what it hands the packet to for a discard: a full queue
    discipline, a connection table, a neighbour table, a rule of the firewall.
    """
    below = [qdisc["lost"] for qdisc in signals["qdiscs"] or []]
    below += [(signals["conntrack"] or {}).get(key) for key in ("table_full_lost", "race_lost")]
    below += [cache["table_full_lost"] for cache in signals["neighbour"] or []]
    return rest(signals["ip"]["not_sent"], sum(lost for lost in below if lost))


def host(document: dict[str, Any], found_cpus: dict[int, Any], found_nics: list[dict[str, Any]]) -> dict[str, Any]:
    """The signals of the host as a whole."""
    interval_s = number(dig(document, "meta", "interval_s"))
    by_softirq = cpus.busiest(found_cpus, "softirq_share") or {}
    by_net_rx = cpus.busiest(found_cpus, "net_rx_share") or {}
    budget = queues.sysctl(document, "net.core.netdev_budget")
    budget_usecs = queues.sysctl(document, "net.core.netdev_budget_usecs")
    return {
        "interval_s": interval_s,
        "initial_netns": flag(dig(document, "meta", "netns", "initial")),
        "cpus_online": len(entries(document, "cpus", "online")) or None,
        "processed_per_s": per_second(at_least(cpu["processed"] for cpu in found_cpus.values()), interval_s),
        "softirq_share": by_softirq.get("softirq_share"),
        "net_rx_cpu": by_net_rx.get("cpu"),
        "net_rx_share": by_net_rx.get("net_rx_share"),
        "receive_lost": at_least(nic["receive_lost"] for nic in found_nics),
        "rings_untold": [nic["name"] for nic in found_nics if nic["kind"] == "physical" and nic["ring_lost"] is None]
        if found_nics
        else None,
        "netdev_budget": budget,
        "netdev_budget_usecs": budget_usecs,
        "somaxconn": queues.sysctl(document, "net.core.somaxconn"),
        "tcp_max_syn_backlog": queues.sysctl(document, "net.ipv4.tcp_max_syn_backlog"),
        "tcp_syncookies": queues.sysctl(document, "net.ipv4.tcp_syncookies"),
        "rmem_default": queues.sysctl(document, "net.core.rmem_default"),
        "rmem_max": queues.sysctl(document, "net.core.rmem_max"),
        "min_free_kbytes": queues.sysctl(document, "vm.min_free_kbytes"),
        "irqbalance": flag(dig(document, "owners", "irqbalance", "running")),
        **queues.memory(document),
    }


def virtual(document: dict[str, Any]) -> dict[str, Any]:
    """What only a hypervisor sees: the tap devices of its guests, of all NICs and not only the selected ones."""
    taps = [
        {
            "name": name,
            "lost": delta(nic, "link_stats", "tx_dropped"),
            "tx_packets": delta(nic, "link_stats", "tx_packets"),
            **targets.queue_length(nic),
        }
        for name, nic in sorted(table(document, "nics").items())
        if dig(nic, "kind") == "tun"
    ]
    return {"taps": taps}


def glitches(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statistics glitches, one object per part of the document and cause, with the first as the example."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for glitch in entries(document, "meta", "glitches"):
        keys = str(dig(glitch, "path")).strip("/").split("/")
        part = keys[1] if keys[0] == "nics" and len(keys) > 1 else keys[0]
        first = found.setdefault(
            (part, str(dig(glitch, "cause"))),
            {
                "name": part.replace("~1", "/").replace("~0", "~"),
                "cause": text(dig(glitch, "cause")),
                "detail": text(dig(glitch, "detail")),
                "counters": 0,
                "example": text(dig(glitch, "path")),
                "before": number(dig(glitch, "before")),
                "after": number(dig(glitch, "after")),
            },
        )
        first["counters"] += 1
    return [found[key] for key in sorted(found)]
