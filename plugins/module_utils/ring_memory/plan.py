# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person asks about ring memory, as the module and the filter take it, as a question to budget."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import RingMemoryError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import inputs
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.budget import budget

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?(%|(?:[KMGT]i?)?B?)$", re.IGNORECASE)
_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def plan(document, names=None, common=None, targets=None, reserve=None):
    """The :func:`budget.budget` of what is asked of one host, with ``skipped``: ``{NIC: why}``.

    :param document: the host document
    :param names: of the NICs; None for those that the document has in depth
    :param common: the target of every NIC; a NIC without rings is then skipped
    :param targets: ``{NIC: target}``: what one NIC has in place of, or beside, the common target
    :param reserve: what is to stay available: bytes, a size (``8G``) or a share (``10%``); None for the default

    Raises RingMemoryError for what cannot be answered.
    """
    nics = document.get("nics")
    if nics is None:
        raise RingMemoryError("the NICs of the host could not be listed: the document's unavailable says why")
    common = _given(common)
    targets = {name: _given(target, name) for name, target in (targets or {}).items()}
    if names is None:
        names = sorted(name for name, nic in nics.items() if nic["selected"])
    for name in targets:
        if name not in names:
            listed = ", ".join(names) or "none"
            raise RingMemoryError(f"{name}: no such NIC among those that were read: {listed}; name it in interfaces")
    asked, skipped = {}, {}
    for name in names:
        if name not in targets:
            reason = _unpriced(document, name)
            if reason:
                skipped[name] = reason
                continue
        asked[name] = dict(common, **targets.get(name, {}))
    planned = dict(budget(document, asked, _reserve_bytes(document, reserve)), skipped=skipped)
    if not asked:
        reasons = "; ".join(skipped.values()) or "no NIC was read in depth"
        if common:
            raise RingMemoryError(f"there is no NIC with rings to change: {reasons}")
        planned.update(verdict="unknown", sentence=f"There is no NIC with rings: {reasons}.")
    return planned


def _given(target, name=None):
    """A target without what is left open, and with text that is a number as the number: templates give text."""
    if target is None:
        return {}
    if not isinstance(target, dict):
        keys = ", ".join(inputs.TARGET_KEYS)
        raise RingMemoryError(f"{name}: its target is {target!r}, expected a dictionary with some of {keys}")
    return {key: _number(value) for key, value in target.items() if value is not None and value is not False}


def _number(value):
    return int(value) if isinstance(value, str) and re.match("[0-9]{1,9}$", value) else value


def _unpriced(document, name):
    """Why a NIC cannot be priced as it is, or None."""
    try:
        inputs.ring_set(document, name)
    except RingMemoryError as error:
        return str(error)
    return None


def amount(reserve):
    """``(number, unit)`` of an amount of memory, None for None; unit is a key of ``_UNITS`` or "%".

    Raises RingMemoryError for what is no amount, and for more than there is.
    """
    if reserve is None:
        return None
    match = _AMOUNT.match(str(reserve).strip())
    if not match:
        raise RingMemoryError(
            f"reserve: {reserve!r} is no amount of memory: give bytes (8589934592), a size (8G) or a share (10%)"
        )
    number, unit = float(match.group(1)), match.group(2)[:1].upper()
    if unit == "%" and number > 100:
        raise RingMemoryError(f"reserve: {reserve} is more than there is: give a share from 0% to 100%")
    return number, unit


def _reserve_bytes(document, reserve):
    found = amount(reserve)
    if found is None:
        return None
    number, unit = found
    if unit != "%":
        return int(number * _UNITS[unit])
    total = ((document.get("memory") or {}).get("meminfo") or {}).get("MemTotal")
    if total is None:
        raise RingMemoryError(f"reserve: {reserve}: the memory of the host is not known: give bytes or a size (8G)")
    return int(total * number / 100)
