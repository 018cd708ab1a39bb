# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a host once: parts of its document, as facts and for the price of rings."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics, snapshot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import SCHEMA_VERSION
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    cpu_times,
    cpu_topology,
    identity,
    memory,
    napi_threads,
    owners,
    sysctls,
)

#: So long the CPUs are watched for what they do, in seconds. /proc/stat counts in ticks: 100 of them.
LOAD_S = 1.0

#: What is part of other fields of /proc/stat, or no work.
_IN_OTHERS, _IDLE = ("guest", "guest_nice"), ("idle", "iowait")


def _load(host, _gaps, _initial):
    """``{"0": {"busy": share, "softirq": share}}``: what each CPU did in the next :data:`LOAD_S` seconds, 0 to 1."""
    before = cpu_times.read(host)
    host.clock.sleep(LOAD_S)
    return load_between(before, cpu_times.read(host))


def load_between(before, after):
    """The shares of :func:`_load` from two readings of cpu_times; CPUs that came or went are left out."""
    found = {}
    for cpu in sorted(set(before).intersection(after), key=int):
        # A field that the kernel lacks is None; idle may step back a little.
        grown = {
            field: max(0, after[cpu][field] - before[cpu][field])
            for field in cpu_times.FIELDS
            if after[cpu][field] is not None and before[cpu][field] is not None and field not in _IN_OTHERS
        }
        whole = sum(grown.values())
        if whole:
            idle = sum(grown.get(field, 0) for field in _IDLE)
            found[cpu] = {"busy": 1 - idle / whole, "softirq": grown.get("softirq", 0) / whole}
    return found


#: The sections of the host document that :func:`setting_facts` reads if asked to.
SECTIONS = {
    "cpus": lambda host, gaps, _initial: cpu_topology.read(host, gaps),
    "memory": lambda host, gaps, _initial: memory.read(host, gaps),
    "sysctls": sysctls.read,
    "napi_threads": lambda host, _gaps, _initial: napi_threads.read(host),
    "owners": lambda host, gaps, _initial: owners.read(host, gaps),
    "load": _load,
}


def softnet_facts(host):
    """One reading of packet reception per CPU: ``{"schema_version", "cpus", "softnet", "softirqs", "cpu_times"}``."""
    gaps = Gaps()
    facts = {"schema_version": SCHEMA_VERSION, "cpus": cpu_topology.read(host, gaps.at("cpus"))}
    counted = snapshot.cpu_sample(host, gaps)
    del counted["cpus_online"]
    facts.update(counted)
    facts["unavailable"] = gaps.last_of_each()
    return facts


def ring_facts(host, patterns):
    """The parts of the host document that ring memory is computed from; nothing that counts is read.

    ``{"schema_version", "meta": {"kernel", "selection"}, "cpus", "memory", "nics", "unavailable"}``; SelectionError as
    in :func:`selection.select`.
    """
    gaps = Gaps()
    who = identity.read(host, gaps.at("meta"))
    selection, known = snapshot.selected_nics(host, patterns, (), gaps)
    return {
        "schema_version": SCHEMA_VERSION,
        "meta": {"kernel": who["kernel"], "selection": selection},
        "cpus": cpu_topology.read(host, gaps.at("cpus")),
        "memory": memory.read(host, gaps.at("memory")),
        "nics": known,
        "unavailable": gaps.last_of_each(),
    }


def nic_facts(host, patterns, parts):
    """One reading of the NICs: ``{"schema_version", "selection", "nics", "unavailable"}``.

    SelectionError as in :func:`selection.select`.

    :param parts: :func:`subset.parts_of`: what is read of the selected ones; with ``statistics`` also what all count
    """
    gaps = Gaps()
    selection, known = snapshot.selected_nics(host, patterns, (), gaps, parts)
    if nics.STATISTICS in parts and known is not None:
        counted, _names = snapshot.nic_sample(host, known, gaps)
        known = None if counted is None else nics.document(known, counted)
    return {
        "schema_version": SCHEMA_VERSION,
        "selection": selection,
        "nics": known,
        "unavailable": gaps.last_of_each(),
    }


def setting_facts(host, names, parts, sections):
    """The parts of the host document that something is decided from; nothing that counts is read.

    ``{"schema_version", "meta": {"kernel", "netns"}, "nics", "unavailable"}`` with the *sections*; SelectionError where
    a NIC is not there (any more).

    :param names: of NICs; with none of them no NIC is read
    :param parts: some of :data:`nics.PARTS` and :data:`nics.PARTS_TO_SET`, what they need is added
    :param sections: some of :data:`SECTIONS`
    """
    gaps = Gaps()
    who = identity.read(host, gaps.at("meta"))
    needed = set(parts).union(*(nics.NEEDS.get(part, ()) for part in parts))
    known = snapshot.selected_nics(host, names, (), gaps, needed)[1] if names else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "meta": {key: who[key] for key in ("kernel", "netns")},
        **{
            section: gaps.attempt(section, SECTIONS[section], host, gaps.at(section), who["netns"]["initial"])
            for section in sections
        },
        "nics": known,
        "unavailable": gaps.last_of_each(),
    }


def chosen_nics(host, patterns, networks):
    """The names of the NICs that a task is about; SelectionError as in :func:`selection.select`.

    Raises Unavailable where the NICs of the host cannot be listed.
    """
    gaps = Gaps()
    selection, _known = snapshot.selected_nics(host, patterns, networks, gaps, ())
    if selection is None:
        entry = gaps.entries[-1]
        raise Unavailable(entry["reason"], entry["detail"])
    return selection["selected"]
