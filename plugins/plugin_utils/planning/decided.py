# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a setting would change, decided on a stored document by the knobs themselves, and priced for the whole host."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import PARTS_TO_SET
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import memory
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import knob, ordered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan as ring_plan

#: The knobs that a stored document cannot decide exactly: an audit reads neither the order of the entries of a RSS
#: table nor what is hashed (document.nics.PARTS_TO_SET), so what is there now is not known as the host would tell it.
ON_THE_HOST = ("rss",)

#: What a plan keeps of a change, and of the price of a NIC.
_OF_CHANGE = ("knob", "subject", "from", "to", "class", "memory", "notes")
_OF_PRICE = ("need_bytes", "peak_bytes", "up_bytes", "nodes")
_OF_BUDGET = ("need_bytes", "peak_bytes", "verdict", "sentence", "nodes", "at_hand", "reserve_bytes")

#: The verdict of a budget that a plan takes. A person may take a tight one: the memory is there and has to be reclaimed
#: while the rings are filled, which cannot wait for it (docs/ring-memory.md). Nobody watches a plan while it is made.
FITS = "fits"


class Decided(NamedTuple):
    """The changes for some settings, the worst class of them, and which knobs decide on the host."""

    changes: list[dict[str, Any]]
    disruption: int
    on_the_host: list[str]


def decide(document: dict[str, Any], settings: list[dict[str, Any]]) -> Decided:
    """What settings would change of a host; no changes where all is so already. Raises ``Refused``, with the reason.

    The values of ``from`` of knobs in ``on_the_host`` are not what the host would say.
    """
    changes = []
    for name, wanted in _by_knob(settings):
        changes += [{key: made[key] for key in _OF_CHANGE} for made in _decided(document, name, wanted)]
    if not changes:
        for name, wanted in _by_knob(settings):
            _why_nothing(document, name, wanted)
    return Decided(
        changes,
        max((made["class"] for made in changes), default=0),
        sorted({made["knob"] for made in changes if made["knob"] in ON_THE_HOST and _unread(document, made)}),
    )


def _by_knob(settings: list[dict[str, Any]]) -> list[tuple[str, dict[Any, dict[str, Any]]]]:
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    for setting in ordered(settings):
        found.setdefault(setting["knob"], {}).setdefault(setting["subject"], {}).update(setting["values"])
    return list(found.items())


def _decided(document: dict[str, Any], name: str, wanted: dict[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        return knob(name).decide(document, wanted)
    except Refused:
        raise
    except Exception as error:
        # The host may have answered anything: the rest of its plan goes on.
        raise Refused(
            f"the document of the host does not have what {name} is decided by: {type(error).__name__}: {error}"
        ) from error


def _why_nothing(document: dict[str, Any], name: str, wanted: dict[Any, dict[str, Any]]) -> None:
    """Raises Refused where nothing changes because it cannot be set from here, rather than because it is so already."""
    if not hasattr(knob(name), "not_set"):
        return
    left = [one for one in knob(name).not_set(document, wanted) if not one.get("larger")]
    if left:
        raise Refused("; ".join(f"{one['key']}: {one['reason']}" for one in left))


def _unread(document: dict[str, Any], made: dict[str, Any]) -> bool:
    nic = (document["nics"] or {}).get(made["subject"]) or {}
    return not any(part in nic for part in set(knob(made["knob"]).PARTS).intersection(PARTS_TO_SET))


def takes_memory(changes: list[dict[str, Any]]) -> bool:
    """Whether some of the changes have a price."""
    return any(made["knob"] in memory.KNOBS for made in changes)


def priced(
    document: dict[str, Any], changes: list[dict[str, Any]], reserve: str | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """``(changes with what each takes in "memory", the budget of all together)``, of changes that :func:`takes_memory`.

    Raises ``Refused`` where nobody can tell the price.
    """
    targets = memory.targets([made for made in changes if made["knob"] in memory.KNOBS])
    try:
        budget = ring_plan(document, sorted(targets), targets=targets, reserve=reserve)
    except RingMemoryError as error:
        raise Refused(f"what it takes is not known: {error}") from error
    except Exception as error:
        raise Refused(
            f"what it takes is not known: the document is not what it should be: {type(error).__name__}: {error}"
        ) from error
    prices = {name: {key: nic[key] for key in _OF_PRICE} for name, nic in budget["nics"].items()}
    told = [dict(made, memory=prices[made["subject"]] if made["knob"] in memory.KNOBS else None) for made in changes]
    return told, budget


def passes(budget: dict[str, Any]) -> bool:
    """Whether there is room for all, or all give back more than they take."""
    return budget["verdict"] == FITS or budget["peak_bytes"] <= 0 and budget["verdict"] != "unknown"


def told(budget: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a plan keeps of a budget."""
    return budget and {key: budget[key] for key in _OF_BUDGET}


def largest_ring(budget: dict[str, Any], name: str) -> int | None:
    """The largest receive ring of a NIC that fits beside all else of a budget, None where none can be said to."""
    largest = budget["nics"][name]["largest_ring"]
    return largest["rx"] if largest else None
