# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory gate: no ring and no channel is made before it is known that there is memory for it."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import PARTS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan

#: The knobs whose changes take memory.
KNOBS = ("ring", "channels")

#: What is read of the NICs and of the host to price them, as :func:`document.facts.setting_facts` takes it.
FACTS = (PARTS, ("cpus", "memory"))

#: Verdicts of a budget that pass. "tight" passes: the memory is there, and has to be reclaimed first.
PASSING = ("fits", "tight")


def priced(document, changes, reserve=None):
    """Changes of one host with their price in ``memory``, and the budget of all together: ``(changes, budget)``.

    :param document: the host document with what :data:`FACTS` names
    :param changes: of :data:`KNOBS`; those of one NIC are priced as one
    :param reserve: what is to stay available, as :func:`ring_memory.plan.plan` takes it

    Raises Refused for what cannot be priced at all.
    """
    wanted = targets(changes)
    try:
        budget = plan(document, sorted(wanted), targets=wanted, reserve=reserve)
    except RingMemoryError as error:
        raise Refused(f"{error}; force: true sets it without knowing the price") from error
    return [dict(made, memory=budget["nics"][made["subject"]]) for made in changes], budget


def check(budget):
    """Raises Refused where a budget does not pass: why, and the largest ring that does."""
    if budget["verdict"] in PASSING or budget["peak_bytes"] <= 0:
        return
    said = [budget["sentence"]]
    for name, nic in sorted(budget["nics"].items()):
        largest = nic["largest_ring"]
        now, then = (nic[when]["per_queue"]["rx_queues"] for when in ("now", "target"))
        beside = "" if now == then else f" beside {then} queues"
        said.append(
            f"The largest receive ring of {name} that fits{beside} is {largest['rx']}."
            if largest
            else f"No receive ring of {name} can be said to fit."
        )
    raise Refused(f"{' '.join(said)} Nothing was changed; lower memory_reserve, or force: true sets it all the same")


def takes_none(made):
    """Whether a change takes no memory, whatever its price: queues go, and none is made."""
    return made["knob"] == "channels" and all(made["to"][kind] <= made["from"][kind] for kind in made["to"])


def targets(changes):
    """``{NIC: target}`` of changes of :data:`KNOBS`, as :func:`ring_memory.plan.plan` takes them."""
    found = {}
    for made in changes:
        found.setdefault(made["subject"], {}).update(_target(made))
    return found


def _target(made):
    """A change as a target of ring_memory."""
    if made["knob"] == "ring":
        return {ring: made["to"][ring] for ring in ("rx", "tx") if ring in made["to"]}
    return {"channels": dict(made["to"])}
