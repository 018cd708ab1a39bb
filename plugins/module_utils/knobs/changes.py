# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a knob is asked, and what it answers: the words that modules, plans and journals share.

A **setting** ``{"knob", "subject", "values"}`` is what is wanted. ``subject`` is the name of a NIC, None for the host.

A **change** ``{"knob", "subject", "from", "to", "class", "memory", "notes"}`` is what has to be done for it. ``from``
and ``to`` have the values that differ, by the same keys. ``class`` is what the change does to traffic, a key of
:data:`drivers.traits.CLASSES`. ``memory`` is what it takes, where it takes any: the NIC's part of a budget
(:func:`ring_memory.budget.budget`), else None. ``notes`` are sentences: what has to be known about this change.
Both are plain data. ``changed``, ``diff``, check mode, a plan and a journal are all made of changes, so they cannot
disagree.

A knob may keep more in a change, for its own ``write``; it is there still when the change is taken back, and is
not told.

A **knob** is a module of this package, listed in :mod:`index`, with

* ``NAME``
* ``PARTS``: what of a NIC it has to be told (:data:`document.nics.PARTS`), and ``SECTIONS``: what of the host
  (:data:`document.facts.SECTIONS`), or a function of the values wanted that gives it, where some of it is dear to read
* ``decide(document, wanted)``: the changes for ``wanted``, ``{subject: values}``; [] where all is so already. Pure: the
  document may be a stored one
* ``write(host, change)``: does it; may return ``[(key, sentence)]``: what of it could not be done, and is no reason to
  give up the rest. The key is that of the change which is left out, None for what is none of its keys
* ``read(host, change)``: the values of the change's keys, as they are now
* ``accepts(change, values)``: whether the values that were read back are what the change asked for, with all that a
  driver or the kernel may make of a number. :func:`exactly` for most
* ``command(change)``: what a person would type
* ``ALTERNATIVES``, if of some keys only one can be: groups of keys. Of what is kept over a boot, one that is given
  takes the place of the others of its group
* ``kept(before, values)``, if what is kept is something else than the values of before and these together: what is kept
  of both. It raises Refused for values that mean nothing after a boot, such as the numbers of interrupts

and, where a driver does more than it was asked,

* ``along(host, change)``: the values of keys that the change does not name and that may be switched along with it, as
  they are now. Those that were are told, and put back when the change is taken back
* ``why(host, change)``: what is known of a change that was taken and does not show: a part of a sentence, or None

All but ``accepts`` and ``command`` raise :class:`Refused`.

A knob that may leave something of *wanted* as it is also has ``not_set(document, wanted)``: what, and why,
``[{"subject", "key", "reason"}]``.
"""


class Refused(Exception):
    """What is wanted cannot be had, or not without leave: the message says what, why, and what to do."""


class NoQueue(Refused):
    """A queue is named that the NIC has not. More channels, made first, may be what brings it."""


def change(knob, subject, before, after, disruption, notes=()):
    """A change of those values that differ, None where none does.

    :param before: the values as they are, by key
    :param after: those that are wanted; keys that it has not stay as they are
    :param disruption: the class of the change, or a function of the keys that differ that gives it
    """
    differing = [key for key in after if after[key] != before.get(key)]
    if not differing:
        return None
    return {
        "knob": knob,
        "subject": subject,
        "from": {key: before.get(key) for key in differing},
        "to": {key: after[key] for key in differing},
        "class": disruption(differing) if callable(disruption) else disruption,
        "memory": None,
        "notes": list(notes),
    }


def part(document, subject, name):
    """A part of a NIC of a document; raises Refused with the reason where it could not be read."""
    found = ((document["nics"] or {}).get(subject) or {}).get(name)
    if found is not None:
        return found
    path = f"/nics/{subject}/{name}"
    reasons = [entry["detail"] for entry in document["unavailable"] if path.startswith(entry["path"])]
    raise Refused(f"{subject}: its {name.replace('_', ' ')} cannot be known: {'; '.join(reasons) or 'it was not read'}")


def is_up(document, subject):
    """Whether a NIC is up: what is changed of one that is down disturbs no traffic."""
    return "UP" in (document["nics"][subject].get("flags") or ())


def driver_name(document, subject):
    """The driver of a NIC, None where it is not known."""
    return (document["nics"][subject].get("driver") or {}).get("name")


def without(made, keys):
    """The change without some of its keys."""
    return dict(
        made, **{side: {key: made[side][key] for key in made[side] if key not in keys} for side in ("from", "to")}
    )


def sentences(left_out):
    """What a ``write`` says of what it left out, each sentence once."""
    said = []
    for _key, sentence in left_out:
        if sentence not in said:
            said.append(sentence)
    return said


def undone(made):
    """The change that takes *made* back."""
    return dict(made, **{"from": made["to"], "to": made["from"], "memory": None, "notes": []})


def switched_along(made, now):
    """``{key: value before}`` of what was switched along with a change.

    :param made: with ``along``, what ``along`` of its knob said before it was written
    :param now: what it says now
    """
    return {key: value for key, value in made.get("along", {}).items() if now.get(key) != value}


def word(value):
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else value


def told(values):
    """Values in one line."""
    return ", ".join(f"{key} {word(value)}" for key, value in values.items())


def exactly(made, values):
    """Whether the values that were read back are those that the change asked for."""
    return all(values.get(key) == value for key, value in made["to"].items())


def subject_name(made):
    """Of whom a message about a change speaks."""
    return made["subject"] or "the host"


def refused(made, what, error, meanings):
    """The Refused for a write that the kernel did not take.

    :param what: what was tried, as a person would type it, or the path
    :param error: the Unavailable with the errno
    :param meanings: ``{errno: what it means here and what to do}``: the texts of the kernel say little
    """
    meaning = meanings.get(error.number)
    return Refused(f"{subject_name(made)}: {what}: {error.detail}" + (f": {meaning}" if meaning else ""))
