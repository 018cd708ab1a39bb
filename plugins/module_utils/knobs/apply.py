# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes changes and makes sure of them: in the order that works, each read back, all taken back where one fails."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    sentences,
    subject_name,
    switched_along,
    told,
    undone,
    without,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import knob, ordered


def apply(host, changes, done=()):
    """Make all changes, or none: ``[{"change", "values", "notes"}]``, behind those of *done*.

    ``values`` are what was read back. ``notes`` are sentences: what else is known now that it was made. The change has
    ``along`` besides, what may be switched along with it as it was before.

    A change that is refused, or does not show when it is read back, takes back those before it, and all of *done*.
    Raises Refused with the whole story: what was refused, and what became of the others.
    """
    done = list(done)
    for made in ordered(changes):
        turned = knob(made["knob"])
        try:
            made = dict(made, along=_along(host, turned, made))
            # Before it is written: a write that fails halfway has to be taken back too.
            done.append({"change": made, "values": None, "notes": []})
            left_out = turned.write(host, made) or []
            made = without(made, {key for key, _why in left_out})
            done[-1]["change"] = made
            done[-1]["values"] = _verified(host, turned, made)
            done[-1]["notes"] = sentences(left_out) + _notes(host, turned, made)
        except Refused as error:
            raise Refused(f"{error}{taken_back(host, [each['change'] for each in done])}") from error
    return done


def _along(host, turned, made):
    return turned.along(host, made) if hasattr(turned, "along") else {}


def _notes(host, turned, made):
    now = _along(host, turned, made)
    moved = {key: now.get(key) for key in switched_along(made, now)}
    return [f"{subject_name(made)}: {told(moved)} went along with {told(made['to'])}"] if moved else []


def _verified(host, turned, made):
    values = turned.read(host, made)
    if not turned.accepts(made, values):
        why = turned.why(host, made) if hasattr(turned, "why") else None
        raise Refused(
            f"{subject_name(made)}: {turned.command(made)} was taken without an error, yet reads back as"
            f" {told({key: values.get(key) for key in made['to']})} where {told(made['to'])} was asked for:"
            f" {why or 'this value cannot be had here'}"
        )
    return values


def taken_back(host, changes):
    """Take changes back, the last one first; what is to be said of it. The last may have been made in part only."""
    said = []
    for made in reversed(changes):
        turned, back = knob(made["knob"]), undone(made)
        try:
            back["to"] = dict(switched_along(made, _along(host, turned, made)), **back["to"])
            now = turned.read(host, back)
            # Only what was changed: a driver that refused one of several would refuse that one again.
            back["to"] = {key: value for key, value in back["to"].items() if now.get(key) != value}
            if not back["to"]:
                continue
            left_out = turned.write(host, back) or []
            back = without(back, {key for key, _why in left_out})
            _verified(host, turned, back)
            said.append(f"{subject_name(made)}: {told(back['to'])} was put back")
            said.extend(sentences(left_out))
        except Refused as error:
            said.append(f"it could not be put back: {error}; type: {turned.command(back)}")
    return "; " + "; ".join(said) if said else "; nothing was changed"
