# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host document: settings and samples of one host as one tree, as docs/host-document.schema.json says.

Pure functions: what was read comes in, the document goes out.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import namespaces, nics
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.interval import (
    Difference,
    changed_identities,
    drop_glitches,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import sockets

SCHEMA_VERSION = 1
COLLECTION_VERSION = "1.0.0"

#: What the numbers of a document are of: ``meta.basis``. Two samples tell what happened between them; one alone tells
#: what happened since boot.
INTERVAL, BOOT = "interval", "boot"

#: The parts of a sample that become parts of the document as they are, once their difference is taken.
_COUNTED = ("softnet", "softirqs", "cpu_times", "qdiscs", "protocols", "conntrack", "neighbour", "sockets", "xfrm")


def assemble(settings, prime, before, after, socket_owners, entries, basis=INTERVAL, beside=None):
    """The document of one :func:`snapshot.settings`, a :func:`snapshot.prime` and two :func:`snapshot.sample`.

    *prime* and *before* are None where only one sample was taken: then every delta is.

    :param socket_owners: :func:`socket_owners.read` of the sockets that lost something between the two
    :param entries: those of the Gaps of the settings and of the last sample. The same part is read several times, and
        an earlier reading lacks what the last one lacks, or is told as void.
    :param basis: :data:`BOOT` where *before* is how it was at boot, and nobody read it
    :param beside: the :func:`namespaces.compared` of the other network namespaces, None where none was looked for
    """
    gaps = Gaps(entries=list(entries))
    who = after["identity"]
    elapsed_s, changes = _seconds(before, after), []
    if before is not None:
        changes = changed_identities(_identities(before), _identities(after))
    if beside is not None:
        beside.name_owners(socket_owners)
        changes += beside.changes
    difference = Difference(elapsed_s or 0, [change["path"] for change in changes], prime)
    counted = difference.of(*_comparable(before, after, socket_owners, gaps.at("sockets"), beside))

    document = {"schema_version": SCHEMA_VERSION}
    document["meta"] = {
        "collection_version": COLLECTION_VERSION,
        "basis": basis,
        "interval_s": elapsed_s,
        "prime_s": _seconds(prime, before),
        "selection": settings["selection"],
        "void": changes + difference.void,
        "glitches": difference.glitches,
    }
    document["meta"].update((key, value) for key, value in who.items() if key != "monotonic_s")
    others = namespaces.document(settings.get("namespaces"), beside, counted["namespaces"])
    document["namespaces"], document["meta"]["namespaces"] = others
    for key in ("cpus", "memory", "sysctls", "owners"):
        document[key] = settings[key]
    for key in _COUNTED:
        document[key] = counted.get(key)
    document["nics"] = None
    if settings["nics"] is not None and counted.get("nics") is not None:
        document["nics"] = nics.document(settings["nics"], counted["nics"])
        _judge_nics(document, elapsed_s, changes, basis)
    document["unavailable"] = gaps.last_of_each()
    return document


def _seconds(before, after):
    """How long after the one sample the other was taken; None where a clock or a sample is missing."""
    times = [sample and sample["identity"]["monotonic_s"] for sample in (before, after)]
    return None if None in times else times[1] - times[0]


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


def _comparable(before, after, socket_owners, gaps, beside):
    """Both samples with the few sockets that dropped anything in place of all sockets, and with what moved in other
    network namespaces in place of their texts."""
    old, new = (before or {}).get("sockets") or {"drops": None}, after["sockets"]
    old, new = sockets.comparable(old, new, socket_owners, gaps)
    there = ({}, {}) if beside is None else (beside.before, beside.after)
    return dict(before or {}, sockets=old, namespaces=there[0]), dict(after, sockets=new, namespaces=there[1])


def _judge_nics(document, elapsed_s, changes, basis):
    """Take out of the NICs what cannot be true, and keep the number of carrier changes that made a NIC void."""
    for name, nic in document["nics"].items():
        if elapsed_s:
            document["meta"]["glitches"] += drop_glitches(name, nic, elapsed_s, basis == BOOT)
    # Another interface of the same name has changes of its own.
    replaced = {change["path"] for change in changes if change["cause"] == "ifindex"}
    for change in changes:
        if change["cause"] == "carrier_changes" and change["path"] not in replaced:
            name = change["path"].rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            # One that appeared after the settings were read is not in the document.
            if name in document["nics"]:
                document["nics"][name]["carrier_changes"]["delta"] = change["after"] - change["before"]
