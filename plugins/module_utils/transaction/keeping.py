# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps over a boot what a transaction has set, and takes that back: what others have kept since stays."""

import contextlib
import json

from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import persist, reboot
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.irqbalance_task import BesideAffinities
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import irq_affinity, memory
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import back


def to_keep(host, journal, root):
    """``(what is kept before, the config and the sysctls that are to be)``; raises Refused for what cannot be kept."""
    names = back.names_now(host, journal)
    for name, now in sorted(names.items()):
        if now is None:
            raise Refused(f"{name} is not there any more, so nothing can be kept for it: take the transaction back")
    settings = [dict(each, subject=names.get(each["subject"])) for each in journal["settings"]]
    made = [dict(step["change"], subject=names.get(step["change"]["subject"])) for step in journal["steps"]]
    of_memory = any(setting["knob"] in memory.KNOBS for setting in settings)
    found = {"changes": made, "not_set": journal["not_set"]}
    return reboot.to_keep(host, settings, found, journal["memory"] if of_memory else None, root=root)


def keep(before, config, sysctls, check):
    """Keep it; raises Refused, and then what is kept is what was kept before, or the message says so."""
    try:
        return persist.keep(before, config, sysctls, check)
    except Refused as error:
        if check:
            raise
        try:
            persist.keep(persist.Kept(before.root), before.config, before.sysctls)
        except Refused as other:
            raise Refused(f"{error}; and what was kept before could not be kept again: {other}") from error
        raise


def beside(host, journal, check):
    """What irqbalance is told for the boots to come, None where there is no interrupt; raises Refused."""
    names = _with_affinities(host, journal)
    return BesideAffinities(host, names, True, True, check) if names else None


def _with_affinities(host, journal):
    names = back.names_now(host, journal)
    found = {names.get(each["subject"]) for each in journal["settings"] if each["knob"] == irq_affinity.NAME}
    return sorted(found - {None})


def sides(before, config, sysctls, irqbalance):
    """What a journal has of it: ``{"before", "after"}``, each ``{"nics", "sysctls"}``, and ``irqbalance``.

    The latter says whether irqbalance was told anything for the boots to come.
    """
    return {
        "irqbalance": bool(irqbalance and irqbalance.changed()),
        "before": {"nics": before.config["nics"], "sysctls": before.sysctls},
        "after": {"nics": config["nics"], "sysctls": sysctls},
    }


def take_back(host, journal, root):
    """Keep again what was kept before: sentences about what others have kept otherwise since, which stays."""
    kept = journal["kept"]
    now = persist.Kept(root)
    nics, left = nics_before(now.config["nics"], kept)
    sysctls, left_sysctls = values_before(now.sysctls, kept["before"]["sysctls"], _texts(kept["after"]["sysctls"]))
    persist.keep(now, dict(now.config, nics=nics), sysctls)
    if kept["irqbalance"]:
        BesideAffinities(host, _with_affinities(host, journal), True, False, False).make()
    if left_sysctls:
        left.append(f"host: at boot {told(left_sysctls)} was kept by somebody else since, and left")
    return left


def _texts(values):
    """Sysctls as they are read from the file."""
    return {key: " ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in values.items()}


def nics_before(now, kept):
    """``(entries of a config, sentences)``: the entries *now* without what the transaction has kept."""
    left, entries = [], []
    for entry in json.loads(json.dumps(now)):
        own = [find(entry["nic"], [other["nic"]]) and other for other in kept["after"]["nics"]]
        after = next(filter(None, own), None)
        before = next((e for e in kept["before"]["nics"] if after and find(after["nic"], [e["nic"]])), {"settings": {}})
        for knob, values in (after or before)["settings"].items():
            was = before["settings"].get(knob, {})
            entry["settings"][knob], others = values_before(entry["settings"].get(knob, {}), was, values)
            if others:
                left.append(
                    f"{entry['nic']['name']}: at boot {knob} {told(others)} was kept by somebody else since, and left"
                )
        entry["settings"] = {knob: values for knob, values in entry["settings"].items() if values}
        if entry["settings"]:
            entries.append(entry)
    return entries, left


def values_before(now, before, after):
    """``(values, those that others have written since)``: of *now*, what is as in *after* is as in *before* again."""
    found, others = dict(now), {}
    for key in {*before, *after}:
        if before.get(key) == after.get(key):
            continue
        if now.get(key) != after.get(key):
            if now.get(key) != before.get(key):
                others[key] = now.get(key)
            continue
        with contextlib.suppress(KeyError):
            del found[key]
        if key in before:
            found[key] = before[key]
    return found, others
