# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes a transaction back by its journal: in reverse order, each value only where it is still what was set."""

import contextlib
import itertools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import irqbalance
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep.identity import find, present, told
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.apply import put_back
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, subject_name, undone
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import knob
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import bonds

#: How often it is tried, and seconds between two times: a driver that is busy may not be so a moment later.
_TRIES, _PAUSE_S = 3, 1

#: States of steps that are over.
_OVER = ("as_before", "put_back", "left", "gone")

_BOOTED = "interrupts have other numbers since the host booted: their affinities are left as they are"


def take_back(host, journal, wrote=lambda: None):
    """Put back all steps of a journal, which gets their states; the phase that it has then.

    :param wrote: called when a step has another state
    """
    names = names_now(host, journal)
    for attempt in range(_TRIES):
        left = [step for step in reversed(journal["steps"]) if step["state"] not in _OVER]
        if attempt and left:
            host.clock.sleep(_PAUSE_S)
        for _subject, steps in itertools.groupby(left, lambda step: step["change"]["subject"]):
            steps = list(steps)
            group = _group(host, journal, steps, names)
            if group:
                note(journal, bonds.before(host, group, anyway=True))
            for step in steps:
                done = _of_step(host, journal, step, names)
                step["state"] = done["outcome"]
                if done["outcome"] != "failed" or attempt == _TRIES - 1:
                    note(journal, done["said"])
                wrote()
            if group:
                _settled(host, journal, group)
    for entry in journal["groups"]:
        if entry["open"]:
            _settled(host, journal, entry["group"])
            entry["open"] = False
    _give_back_irqs(host, journal)
    return "stuck" if any(step["state"] == "failed" for step in journal["steps"]) else "taken_back"


def _group(host, journal, steps, names):
    """The group of :mod:`bonds` for steps of one NIC, None where nothing of them is to be put back, or it is gone."""
    subject = steps[0]["change"]["subject"]
    name = names.get(subject)
    if name is None:
        return None
    changes = [dict(step["change"], subject=name) for step in steps]
    if not any(_differs(host, made) for made in changes):
        return None
    of_bonds = [entry["group"]["bond"] for entry in journal["groups"] if entry["group"]["subject"] == subject]
    return {"subject": name, "changes": changes, "bond": next(iter(of_bonds), None), "move_active_to": None}


def _differs(host, made):
    try:
        now = knob(made["knob"]).read(host, made)
    except (Refused, SelectionError, Unavailable):
        return True
    return any(now.get(key) != value for key, value in made["from"].items())


def _settled(host, journal, group):
    try:
        note(journal, bonds.after(host, group))
    except Refused as error:
        note(journal, [str(error)])


def _give_back_irqs(host, journal):
    """Interrupts that irqbalance was told to leave alone are its own again; after a boot they are anyhow."""
    if journal["banned"] and journal["boot_id"] == boot_id(host):
        try:
            irqbalance.give_back(host, journal["banned"])
        except Refused as error:
            note(journal, [f"{error}; it leaves these interrupts alone until it is started anew"])
    journal["banned"] = []


def _of_step(host, journal, step, names):
    made = step["change"]
    if made["subject"] is not None:
        name = names.get(made["subject"])
        if name is None:
            return {
                "outcome": "gone",
                "said": [f"{told(journal['nics'][made['subject']])} is not there: what was set of it went with it"],
            }
        made = dict(made, subject=name)
    if made["knob"] == "irq_affinity" and journal["boot_id"] != boot_id(host):
        return {"outcome": "left", "said": [_BOOTED]}
    values = step["values"] if step["state"] != "began" else None
    try:
        return put_back(host, made, values)
    except (SelectionError, Unavailable) as error:
        return _failed(made, str(error))
    except Exception as error:  # one that cannot be put back is no reason to leave the others
        return _failed(made, f"{type(error).__name__}: {error}; please report this")


def _failed(made, why):
    typed = knob(made["knob"]).command(undone(made))
    return {
        "outcome": "failed",
        "said": [f"{subject_name(made)}: {made['knob']} could not be put back: {why}; type: {typed}"],
    }


def note(journal, said):
    """Add sentences to the notes of a journal, each once."""
    journal["notes"] += [sentence for sentence in said if sentence not in journal["notes"]]


def read_back(host, journal):
    """``{NIC, or "host": {knob: values}}`` of what was made, as it is now; what cannot be read is a note."""
    found, names = {}, names_now(host, journal)
    for step in journal["steps"]:
        made = step["change"]
        subject = names.get(made["subject"])
        if subject is None and made["subject"] is not None:
            note(journal, [f"{told(journal['nics'][made['subject']])} is not there"])
            continue
        now = dict(made, subject=subject)
        try:
            values = knob(made["knob"]).read(host, now)
        except (Refused, Unavailable, SelectionError) as error:
            note(journal, [str(error)])
            continue
        if step["values"] is not None and values != step["values"]:
            note(journal, [f"{subject_name(now)}: {made['knob']} is not as it was set: it was written again since"])
        found.setdefault(made["subject"] or "host", {}).setdefault(made["knob"], {}).update(values)
    return found


def names_now(host, journal):
    """``{name of then: name of now}`` of the NICs, the latter None where it is not there."""
    if not journal["nics"]:
        return {}
    try:
        there = present(host)
    except Unavailable as error:
        note(journal, [f"the NICs could not be listed, so their names of then are taken: {error.detail}"])
        return {name: name for name in journal["nics"]}
    found = {name: find(nic, there) for name, nic in journal["nics"].items()}
    if journal["boot_id"] == boot_id(host):
        # What has no address of its own is known by its number, which no other gets before the next boot.
        numbers = {link["ifindex"]: name for name, link in links(host).items()}
        for name in journal["nics"]:
            found[name] = found[name] or numbers.get(journal["ifindexes"][name])
    for name, now in sorted(found.items()):
        if now is not None and now != name:
            note(journal, [f"{name} is called {now} now"])
    return found


def boot_id(host):
    """The id of this boot, None where the kernel does not tell it."""
    with contextlib.suppress(Unavailable):
        return host.word("/proc/sys/kernel/random/boot_id")
    return None
