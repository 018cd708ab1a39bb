# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host document: two samples of one host and its settings as one tree, as docs/host-document.schema.json says."""

import datetime
import os
import time

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics, snapshot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import (
    Difference,
    changed_identities,
    drop_glitches,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.reader import Gaps, Reader
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    cpu_topology,
    identity,
    memory,
    sockets,
)

SCHEMA_VERSION = 1
COLLECTION_VERSION = "1.0.0"

#: Between the prime read, which makes lazy drivers (mlx5) fetch their counters, and the first sample.
PRIME_S = 1.0

#: The parts of a sample that become parts of the document as they are, once their difference is taken.
_COUNTED = ("softnet", "softirqs", "cpu_times", "qdiscs", "protocols", "conntrack", "neighbour", "sockets", "xfrm")


def read_host(interval_s, patterns, networks):
    """The host document of this host, sampled over *interval_s* seconds; with 0 every delta is None.

    *patterns* and *networks* choose the NICs as in :func:`selection.select`, whose SelectionError is raised.
    """
    # The gaps of the last reading are those of the document. An earlier one has the same, or is told as void.
    gaps, earlier = Gaps(), Gaps()
    with snapshot.Host() as host:
        settings = snapshot.settings(host, patterns, networks, gaps)
        prime = before = None
        if interval_s:
            prime = snapshot.prime(host, settings["nics"], earlier)
            time.sleep(PRIME_S)
            before = snapshot.sample(host, settings["nics"], earlier)
            time.sleep(interval_s)
        after = snapshot.sample(host, settings["nics"], gaps)
        document = assemble(settings, prime, before, after, gaps)
        sockets.name_owners(host.reader, gaps.at("sockets"), document["sockets"]["drops"])
    document["unavailable"] = unique(gaps.entries)
    return document


def assemble(settings, prime, before, after, gaps):
    """The document of one :func:`snapshot.settings` and a :func:`snapshot.prime` and two :func:`snapshot.sample`.

    *prime* and *before* are None where only one sample was taken. ``unavailable`` is left to the caller.
    """
    who = after["identity"]
    elapsed_s, prime_s, changes = None, None, []
    if before is not None:
        elapsed_s = who["monotonic_s"] - before["identity"]["monotonic_s"]
        prime_s = before["identity"]["monotonic_s"] - prime["identity"]["monotonic_s"]
        changes = changed_identities(_identities(before), _identities(after))
    difference = Difference(elapsed_s or 0, [change["path"] for change in changes], prime)
    counted = difference.of(*_comparable(before, after, gaps))

    document = {"schema_version": SCHEMA_VERSION}
    document["meta"] = {
        "collection_version": COLLECTION_VERSION,
        "taken_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "interval_s": elapsed_s,
        "prime_s": prime_s,
        "clock_ticks_per_s": os.sysconf("SC_CLK_TCK"),
        "selection": settings["selection"],
        "void": changes + difference.void,
        "glitches": difference.glitches,
    }
    document["meta"].update((key, value) for key, value in who.items() if key != "monotonic_s")
    for key in ("cpus", "memory", "sysctls", "owners"):
        document[key] = settings[key]
    for key in _COUNTED:
        document[key] = counted.get(key)
    document["nics"] = None
    if settings["nics"] is not None and counted.get("nics") is not None:
        document["nics"] = nics.document(settings["nics"], counted["nics"])
        _judge_nics(document, elapsed_s, changes)
    return document


def _identities(sample):
    who = sample["identity"]
    return {
        "identity": {
            "boot_id": who["boot_id"],
            "netns": who["netns"]["inode"],
            "cpus_online": sample["cpus_online"],
        },
        "nics": sample.get("nics"),
    }


def _comparable(before, after, gaps):
    """Both samples with the few sockets that dropped anything in place of all sockets."""
    old, new = (before or {}).get("sockets") or {"drops": None}, after["sockets"]
    old, new = sockets.comparable(old, new, gaps.at("sockets"))
    return dict(before or {}, sockets=old), dict(after, sockets=new)


def _judge_nics(document, elapsed_s, changes):
    """Take out of the NICs what cannot be true, and keep the number of carrier changes that made a NIC void."""
    for name, nic in document["nics"].items():
        if elapsed_s:
            document["meta"]["glitches"] += drop_glitches(name, nic, elapsed_s)
    # Another interface of the same name has changes of its own.
    replaced = {change["path"] for change in changes if change["cause"] == "ifindex"}
    for change in changes:
        if change["cause"] == "carrier_changes" and change["path"] not in replaced:
            name = change["path"].rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            # One that appeared after the settings were read is not in the document.
            if name in document["nics"]:
                document["nics"][name]["carrier_changes"]["delta"] = change["after"] - change["before"]


def unique(entries):
    """The entries of a :class:`Gaps` without those of a path that is there already: each part is read several times."""
    return list({entry["path"]: entry for entry in entries}.values())


def softnet_facts():
    """One reading of packet reception per CPU: ``{"schema_version", "cpus", "softnet", "softirqs", "cpu_times"}``."""
    gaps = Gaps()
    reader = Reader()
    facts = {"schema_version": SCHEMA_VERSION, "cpus": cpu_topology.read(reader, gaps.at("cpus"))}
    counted = snapshot.cpu_sample(reader, gaps)
    del counted["cpus_online"]
    facts.update(counted)
    facts["unavailable"] = unique(gaps.entries)
    return facts


def ring_facts(patterns):
    """The parts of the host document that ring memory is computed from; nothing that counts is read.

    ``{"schema_version", "meta": {"kernel", "selection"}, "cpus", "memory", "nics", "unavailable"}``; SelectionError as
    in :func:`read_host`.
    """
    gaps = Gaps()
    with snapshot.Host() as host:
        who = identity.read(host.reader, gaps.at("meta"))
        selection, known = snapshot.selected_nics(host, patterns, (), gaps)
        return {
            "schema_version": SCHEMA_VERSION,
            "meta": {"kernel": who["kernel"], "selection": selection},
            "cpus": cpu_topology.read(host.reader, gaps.at("cpus")),
            "memory": memory.read(host.reader, gaps.at("memory")),
            "nics": known,
            "unavailable": unique(gaps.entries),
        }


def nic_facts(patterns):
    """One reading of the NICs: ``{"schema_version", "selection", "nics"}``; SelectionError as in :func:`read_host`."""
    gaps = Gaps()
    with snapshot.Host() as host:
        selection, known = snapshot.selected_nics(host, patterns, (), gaps)
        counted = snapshot.nic_sample(host, known, gaps)["nics"] if known is not None else None
    return {
        "schema_version": SCHEMA_VERSION,
        "selection": selection,
        "nics": None if counted is None else nics.document(known, counted),
        "unavailable": unique(gaps.entries),
    }
