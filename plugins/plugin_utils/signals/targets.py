# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a NIC's settings would be set to next, in the form that an action sets them in. Sysctls are in next_values."""

from __future__ import annotations

from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals import layout
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    count,
    doubled,
    flag,
    integers,
    number,
    table,
    text,
)

#: The flows whose ports are not hashed unless it is asked for: most drivers hash TCP by ports and UDP by addresses only
#: (a fragment has no ports). "sdfn" are both addresses and both ports (ethtool(8), rx-flow-hash).
HASHED_WITHOUT_PORTS = ("udp4", "udp6")


def of_nic(
    document: dict[str, Any], nic: dict[str, Any], queues: int | None, near_cpus: list[int] | None
) -> dict[str, Any]:
    """The next values for one NIC, each None where there is none to take.

    :param queues: its receive queues in use
    :param near_cpus: the CPUs that its interrupts may go to; None where that is not known
    """
    table_queues = integers(nic, "rss", "queues")
    return {
        "rss_equal": queues if queues and table_queues else None,
        "rss_hash": {"fields": dict.fromkeys(HASHED_WITHOUT_PORTS, "sdfn")}
        if queues and len(table_queues) > 1
        else None,
        "channels_next": channels_next(document, nic, near_cpus),
        "rx_checksum_offload": switchable(nic, "rx-checksum"),
        "tso": switchable(nic, "tx-tcp-segmentation"),
    }


def queue_length(nic: dict[str, Any]) -> dict[str, Any]:
    """The packets that a queue may hold which takes its length from the interface (txqueuelen), and twice as many."""
    now = number(nic.get("tx_queue_len"))
    return {"tx_queue_len": now, "tx_queue_len_next": doubled(now) or None}


def of_qdisc(qdisc: dict[str, Any]) -> dict[str, Any]:
    """Where a queueing discipline is, and twice the limit that it has; "0:" is a handle of the kernel's own, for nobody
    to change it by.
    """
    settings = table(qdisc, "settings")
    handle = text(qdisc.get("handle"))
    return {
        "handle": None if handle == "0:" else handle,
        "parent": text(qdisc.get("parent")),
        "limit_next": doubled(number(settings.get("limit_packets", settings.get("limit_bytes")))) or None,
        "memory_limit": number(settings.get("memory_limit_bytes")),
        "memory_limit_next": doubled(number(settings.get("memory_limit_bytes"))) or None,
        "flow_limit": number(settings.get("flow_limit_packets")),
        "flow_limit_next": doubled(number(settings.get("flow_limit_packets"))) or None,
        "rate_bytes_per_s": number(settings.get("rate_bytes_per_s")),
        "burst_bytes": number(settings.get("burst_bytes")),
    }


def channels_next(document: dict[str, Any], nic: dict[str, Any], near_cpus: list[int] | None) -> dict[str, int] | None:
    """``{"combined": 8}``: twice the channels, at most one for each core that is there for them and what the NIC has.

    A second thread of a core adds nothing to polling (Documentation/networking/scaling.rst).
    """
    channels = table(nic, "channels")
    kind = "combined" if count(channels.get("combined_max")) else "rx"
    now, most = count(channels.get(kind)), count(channels.get(kind + "_max"))
    topology = irq_layout.Topology(layout.cpus(document))
    cores = len(topology.cores(topology.usable if near_cpus is None else near_cpus))
    following = min(2 * (now or 0), most or 0, cores)
    return {kind: following} if now and following > now else None


def switchable(nic: dict[str, Any], feature: str) -> bool | None:
    """Whether an offload is on and can be switched off."""
    found = table(nic, "features", feature)
    if not found:
        return None
    return flag(found.get("active")) is True and flag(found.get("fixed")) is False
