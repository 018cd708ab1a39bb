# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From settings to a host that has them: read, decide, price, make, read again. One run for modules, roles and boot."""

import contextlib

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import setting_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import disruption, memory
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.apply import apply, taken_back
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import NoQueue, Refused, word
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import MAKE_ANEW, ORDER, knob, ordered


def settle(host, settings, check=False, reserve=None, force=False, watch=None):
    """Give a host what *settings* say, or find out what that would change.

    :param settings: of :mod:`changes`, several of one NIC allowed, one of each knob
    :param check: whether nothing is changed
    :param reserve: the memory that stays available, as :func:`ring_memory.plan.plan` takes it
    :param force: whether rings and channels are changed although memory does not suffice, or nobody knows
    :param watch: who is told of each change before it is written and after, see :func:`apply.apply`

    All is decided and priced before the first write. What later knobs change is decided again once an earlier one has
    made queues anew. Raises Refused, and then the host is as it was, or the message says what is not.

    The result is all made of the changes: ``{"changed", "changes", "commands", "verified", "disruption", "memory",
    "notes", "diff"}``; with ``not_set`` where a knob may leave something out (:mod:`changes`).
    """
    settings = ordered(settings)
    document = _facts(host, settings)
    changes, waiting = _decided(document, settings)
    not_set = _not_set(document, settings)
    changes, budget = _priced(host, changes, reserve, force)
    if check or not changes:
        return dict(told(changes, [], budget, waiting), **not_set)
    done = []
    for name in ORDER:
        own = [setting for setting in settings if setting["knob"] == name]
        if own and any(each["change"]["knob"] in MAKE_ANEW for each in done):
            try:
                again = _decided(_facts(host, own), own)[0]
            except Refused as error:
                raise Refused(f"{error}{taken_back(host, [each['change'] for each in done])}") from error
            prices = {each["subject"]: each["memory"] for each in changes if each["knob"] == name}
            again = [dict(each, memory=prices.get(each["subject"])) for each in again]
            changes = [each for each in changes if each["knob"] != name] + again
        done = apply(host, [each for each in changes if each["knob"] == name], done, watch)
    return dict(told([each["change"] for each in done], done, budget), **not_set)


def _facts(host, settings):
    knobs = [knob(name) for name in sorted({setting["knob"] for setting in settings})]
    sections = set()
    for setting in settings:
        needed = knob(setting["knob"]).SECTIONS
        sections.update(needed(setting["values"]) if callable(needed) else needed)
    names = sorted({setting["subject"] for setting in settings if setting["subject"] is not None})
    parts = {part for each in knobs for part in each.PARTS}
    return setting_facts(host, names, parts, sections)


def _decided(document, settings):
    """``(changes that settings need, those of one knob decided together; notes)``.

    A knob that names a queue which only the channels of the same settings bring waits for them: there is a note of it.
    """
    changes, waiting = [], []
    for each, wanted in _by_knob(settings):
        try:
            changes += each.decide(document, wanted)
        except NoQueue as error:
            if not any(made["knob"] == "channels" for made in changes):
                raise
            waiting.append(f"{error}. It is decided anew when the channels are made")
    return changes, waiting


def _not_set(document, settings):
    """``{"not_set": [...]}``, {} where no knob of the settings leaves anything out.

    Not "skipped": a task with a result of that name counts as skipped itself.
    """
    asked = [(each, wanted) for each, wanted in _by_knob(settings) if hasattr(each, "not_set")]
    found = []
    for each, wanted in asked:
        # Of what waits for channels nothing is known yet.
        with contextlib.suppress(NoQueue):
            found += each.not_set(document, wanted)
    return {"not_set": found} if asked else {}


def _by_knob(settings):
    """``[(knob, {subject: values})]`` in the order of the knobs."""
    found = []
    for name in ORDER:
        wanted = {setting["subject"]: setting["values"] for setting in settings if setting["knob"] == name}
        if wanted:
            found.append((knob(name), wanted))
    return found


def _priced(host, changes, reserve, force):
    """``(changes with their price, budget)``; the budget is None where nothing that takes memory changes."""
    dear = [made for made in changes if made["knob"] in memory.KNOBS]
    if not dear:
        return changes, None
    names = sorted({made["subject"] for made in dear})
    try:
        priced, budget = memory.priced(setting_facts(host, names, *memory.FACTS), dear, reserve)
        if not force:
            memory.check(budget)
    except Refused:
        if not force and not all(map(memory.takes_none, dear)):
            raise
        return changes, None
    return ordered(priced + [made for made in changes if made["knob"] not in memory.KNOBS]), budget


#: What is told of a change: all but what its knob keeps in it for itself.
_TOLD = ("knob", "subject", "from", "to", "class", "memory", "notes")


def told(changes, done, budget, waiting=()):
    """The result of :func:`settle` for *changes*, of which *done* were made; *waiting* are notes."""
    return {
        "changed": any(_moved(each) for each in done) if done else bool(changes),
        "changes": [{key: made[key] for key in _TOLD} for made in changes],
        "commands": [knob(made["knob"]).command(made) for made in changes if made["to"]],
        "verified": _verified(done),
        "disruption": disruption.worst(changes),
        "memory": budget and {key: budget[key] for key in ("need_bytes", "peak_bytes", "verdict", "sentence", "nodes")},
        "notes": [*waiting, *(note for each in done for note in each["notes"])],
        "diff": {"before": _lines(changes, "from"), "after": _lines(changes, "to")},
    }


def _moved(each):
    """Whether something is other than before: a driver may round a number to what there was."""
    return any(each["values"].get(key) != value for key, value in each["change"]["from"].items())


def _verified(done):
    """What was read back: ``{NIC, or "host": {knob: values}}``."""
    found = {}
    for each in done:
        made = each["change"]
        of_subject = found.setdefault(made["subject"] or "host", {})
        of_subject.setdefault(made["knob"], {}).update(each["values"])
    return found


def _lines(changes, side):
    """The values of one side of the changes, a line each, as a diff shows them."""
    return "".join(
        f"{made['subject'] or 'host'}: {made['knob']} {key} {word(value)}\n"
        for made in changes
        for name in sorted(made[side])
        for key, value in _each(name, made[side][name])
    )


def _each(key, value):
    """``[(key, value)]``, one for each part where a value has several by name."""
    if not isinstance(value, dict):
        return [(key, value)]
    return [(f"{key} {name}", value[name]) for name in sorted(value, key=lambda each: (len(each), each))]
