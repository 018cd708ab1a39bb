# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Channels: how many queues a NIC has, each with an interrupt of its own."""

import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import (
    UNSUPPORTED,
    change_class,
    trait,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import steering
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    change,
    driver_name,
    exactly,
    is_up,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set

NAME = "channels"
PARTS = ("driver", "channels", "device", "rss", "queues", "irqs", "steered_queues", "rdma_devices")
SECTIONS = ("cpus",)

#: The kinds of channels, by the key of a setting and of the host document: for both directions, or for one.
KINDS = ("combined", "rx", "tx")

MAX, PER_LOCAL_CORE = "max", "per_local_core"

#: What the kernel's or a driver's refusal means, by errno.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EINVAL: "the kernel or the driver does not take this number: a RSS table that somebody set, a ntuple rule or"
    " an AF_XDP socket may name a queue that would go (ethtool -x, ethtool -n), an XDP program, mqprio or HTB may be in"
    " its way, or the driver takes certain numbers only",
    errno.EBUSY: "the driver cannot now: RDMA or AF_XDP sockets are bound to it, or it is being reset",
    errno.ENOMEM: "the driver got no memory for so many queues",
    errno.ENOSPC: "there are not so many interrupt vectors for it",
    errno.EOPNOTSUPP: "the driver cannot change its channels, or not this kind; leave the interface out",
    errno.EIO: "the driver did not get its queues back: see whether the interface passes traffic, else unload and load"
    " the driver",
}

_HELD = {
    "xdp": "its driver does not change them while it runs an XDP program; detach that first: ip link set dev {} xdp"
    " off",
    "rdma": "its driver does not change them while RDMA is bound to it; unload the RDMA driver first",
}

#: What a driver does to the interrupts and to XPS with new channels, by the trait that says so.
_ANEW = {
    "irqs_anew_after": "requests its interrupts anew",
    "affinity_again_after": "sets the affinities of its interrupts again",
    "xps_again_after": "sets XPS again",
}

_NUMBER = re.compile(r"[0-9]{1,5}$")


def decide(document, wanted):
    """The changes of the channels of some NICs.

    :param wanted: ``{NIC: {kind: value}}``, a value a number, "max", or "per_local_core" for as many as the NIC's own
        NUMA node has cores that may take interrupts, of all nodes where it has none; None leaves a kind as it is. Not
        ``restore_steering``, a bool (True): whether what is set of its queues is given back

    A change keeps ``steering``: what is set of the queues (:mod:`steering`), None where it is not to be given back.
    Raises Refused for a number out of range, and for what the kernel or the driver would refuse, as far as the document
    tells.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    channels = part(document, name, "channels")
    driver = driver_name(document, name)
    after = {kind: _number(document, name, kind, values) for kind in KINDS if values.get(kind) is not None}
    made = change(NAME, name, channels, after, change_class(driver, "channels"))
    if made is None:
        return None
    if made["class"] == UNSUPPORTED:
        raise Refused(f"{name}: its driver {driver} cannot change its channels; leave the interface out")
    made["class"] = made["class"] if is_up(document, name) else 0
    nic = document["nics"][name]
    counts = [{kind: known[kind] for kind in KINDS} for known in (channels, dict(channels, **made["to"]))]
    now, then = ({side: known["combined"] + known[side] for side in ("rx", "tx")} for known in counts)
    _check(name, driver, nic, then)
    keeping = steering.kept(nic)
    restoring = values.get("restore_steering") is not False
    made["steering"] = keeping if restoring else None
    made["notes"] = _notes(name, driver, nic, now, then, keeping, restoring)
    return made


def _number(document, name, kind, values):
    value, channels = values[kind], document["nics"][name]["channels"]
    most = channels[f"{kind}_max"]
    if not most:
        there = [other for other in KINDS if channels[f"{other}_max"]]
        instead = f"give {' and '.join(there)}" if there else "leave it out"
        raise Refused(f"{name}: its driver has no {kind} channels; {instead}, or leave out the interface")
    text = str(value).strip()
    if text == MAX:
        return most
    if text == PER_LOCAL_CORE:
        return min(_local_cores(document, name), most)
    if not _NUMBER.match(text):
        raise Refused(f"{name}: {kind} is {value!r}, expected a number up to {most}, {MAX} or {PER_LOCAL_CORE}")
    if int(text) > most:
        raise Refused(f"{name}: {kind} {text} is above the {most} that the hardware has: give at most that, or {MAX}")
    return int(text)


def _local_cores(document, name):
    """How many cores nearest to a NIC may take interrupts."""
    cpus = document.get("cpus") or {}
    if not cpus.get("online"):
        raise Refused(f"{name}: the CPUs of the host could not be read, so give a number in place of {PER_LOCAL_CORE}")
    topology = irq_layout.Topology(cpus)
    for _which, members in topology.domains(document["nics"][name].get("numa_node")):
        if members:
            return len(topology.cores(members))
    raise Refused(f"{name}: every CPU is kept free of interrupts (isolcpus, nohz_full), so give a number of channels")


def _check(name, driver, nic, then):
    """Raises Refused for what the kernel or the driver would refuse, where that can be known.

    The core refuses to take away a queue that a RSS table which somebody set, a ntuple rule or an AF_XDP socket names,
    and to leave a direction without any (net/ethtool/ioctl.c, ethtool_set_channels(), 6.12).
    """
    for side, number in then.items():
        if not number:
            raise Refused(f"{name}: no {side} queue would be left; give combined or {side} channels")
    table = _table(nic)
    if table and not _is_even(nic["rss"]) and table[-1] >= then["rx"]:
        raise Refused(
            f"{name}: its RSS table, which somebody set, names queue {table[-1]}, and with {then['rx']} there is none"
            f" such: give the table back to the driver first: ethtool -X {name} default"
        )
    steered = [queue for queue in nic.get("steered_queues") or () if queue >= then["rx"]]
    if steered:
        raise Refused(
            f"{name}: ntuple rules send packets to queues that would go ({format_list(steered)}): delete these rules"
            f" first: ethtool -n {name}"
        )
    holding = {"xdp": (nic.get("xdp") or {}).get("mode") in ("driver", "multi"), "rdma": nic.get("rdma_devices")}
    for holder in trait(driver, "channels_refused_with") or ():
        if holding[holder]:
            raise Refused(f"{name}: the channels stay as they are: {_HELD[holder].format(name)}")


def _table(nic):
    """The queues that the RSS table names; empty where there is none."""
    return (nic.get("rss") or {}).get("queues") or []


def _is_even(rss):
    """Whether a RSS table is over the first queues evenly, as drivers make it. Somebody may have set such a one too."""
    weights = rss["weights"].values()
    return rss["queues"] == list(range(len(rss["queues"]))) and max(weights) - min(weights) <= 1


def _notes(name, driver, nic, now, then, keeping, restoring):
    """What the change undoes besides, in sentences."""
    said = []
    going = [f"{side}-{queue}" for side in ("rx", "tx") for queue in _those_set(keeping, side, then[side], now[side])]
    if going:
        said.append(f"{name}: {', '.join(going)} go, and their RPS, RFS and XPS with them, for they come back without")
    if now["rx"] < then["rx"] and _those_set(keeping, "rx", 0, now["rx"]):
        said.append(f"{name}: the new receive queues have no RPS until it is set")
    if now["tx"] != then["tx"] and steering.is_dealt_out(keeping):
        said.append(
            f"{name}: XPS was dealt out over {now['tx']} queues, and stays as the driver and the kernel make it for"
            f" {then['tx']} until it is set"
        )
    table = _table(nic)
    reach = min(now["rx"], (nic.get("rss") or {}).get("table_size", 0), trait(driver, "rss_reach") or now["rx"])
    if now["rx"] < then["rx"] and table and (len(table) < reach or not _is_even(nic["rss"])):
        said.append(
            f"{name}: its RSS table names the queues {format_list(table)}: if somebody set it so, new queues get no"
            f" packets before ethtool -X {name} default"
        )
    events = {key: trait(driver, key) for key in _ANEW}
    anew = [_ANEW[key] for key, after in events.items() if NAME in (after or ())]
    if None in events.values():
        anew.append("may do more that is not known")
    if anew and steering.is_placed(keeping):
        back = "what others had set is given back" if restoring else "what others had set is lost"
        said.append(f"{name}: its driver {', '.join(anew)}; {back}")
    return said


def _those_set(keeping, side, first, end):
    # What is kept is gone through, and not the range: a document may claim any number of queues.
    kept = sorted(map(int, keeping[side]))
    return [queue for queue in kept if first <= queue < end and steering.is_set(keeping, side, queue)]


def write(host, made):
    """Hand the channels to the driver, and its queues what was set of them; raises Refused with what it said."""
    try:
        ethtool_set.channels(host, made["subject"], made["to"])
    except Unavailable as error:
        raise refused(made, _told(made["to"]), error, MEANINGS) from error
    said = steering.give_back(host, made["subject"], made["steering"]) if made["steering"] else []
    return [(None, sentence) for sentence in said]


def read(host, made):
    """The numbers of the channels now; raises Refused."""
    try:
        channels = ethtool.channels(host, made["subject"])
    except Unavailable as error:
        raise Refused(f"{made['subject']}: its channels could not be read back: {error.detail}") from error
    return {kind: channels[kind] for kind in made["to"]}


#: Whether the channels that were read back are those asked for: no driver rounds them.
accepts = exactly


def command(made):
    return f"ethtool -L {made['subject']} {_told(made['to'])}"


def _told(values):
    return " ".join(f"{kind} {number}" for kind, number in values.items())
