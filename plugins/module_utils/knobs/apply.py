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


def apply(host, changes, done=(), watch=None):
    """Make all changes, or none: ``[{"change", "values", "notes"}]``, behind those of *done*.

    ``values`` are what was read back. ``notes`` are sentences: what else is known now that it was made. The change has
    ``along`` besides, what was switched along with it as it was before, and ``along_to``, as it is now.

    :param watch: an object that is told of each change, ``before(change)`` it is written and once it is
        ``made(change, values)``; what it refuses is a refusal like that of a driver

    A change that is refused, or does not show when it is read back, takes back those before it, and all of *done*.
    Raises Refused with the whole story: what was refused, and what became of the others.
    """
    done = list(done)
    for made in ordered(changes):
        turned = knob(made["knob"])
        try:
            made = dict(made, along=_along(host, turned, made))
            if watch:
                watch.before(made)
            # Before it is written: a write that fails halfway has to be taken back too.
            done.append({"change": made, "values": None, "notes": []})
            left_out = turned.write(host, made) or []
            made = without(made, {key for key, _why in left_out})
            done[-1]["change"] = made
            done[-1]["values"] = _verified(host, turned, made)
            done[-1]["change"] = made = _with_along(host, turned, made)
            done[-1]["notes"] = sentences(left_out) + _notes(made)
            if watch:
                watch.made(made, done[-1]["values"])
        except Refused as error:
            raise Refused(f"{error}{taken_back(host, [each['change'] for each in done])}") from error
    return done


def _along(host, turned, made):
    return turned.along(host, made) if hasattr(turned, "along") else {}


def _with_along(host, turned, made):
    now = _along(host, turned, made)
    moved = switched_along(made, now)
    return dict(made, along=moved, along_to={key: now.get(key) for key in moved})


def _notes(made):
    moved = made["along_to"]
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
    said = [sentence for made in reversed(changes) for sentence in put_back(host, made)["said"]]
    return "; " + "; ".join(said) if said else "; nothing was changed"


def put_back(host, made, values=None):
    """Put back what a change changed: ``{"outcome", "said"}``, sentences that are empty where nothing was to be done.

    :param values: what was read back when it was made: what is neither that nor as before by now, somebody else has
        written, and it is left. None where that is not known, or nobody else can have been there

    The outcome is "as_before", where nothing was to be done, "put_back", "left", or "failed".
    """
    turned, back = knob(made["knob"]), undone(made)
    try:
        back["to"] = dict(switched_along(made, _along(host, turned, made)), **back["to"])
        now = turned.read(host, back)
        # Only what was changed: a driver that refused one of several would refuse that one again.
        back["to"] = {key: value for key, value in back["to"].items() if now.get(key) != value}
        ours = None if values is None else dict(values, **made.get("along_to", {}))
        others = {key: now.get(key) for key in back["to"] if ours is not None and now.get(key) != ours.get(key)}
        back = without(back, others)
        said = [f"{subject_name(made)}: {told(others)} was written by somebody else since, and left"] if others else []
        if not back["to"]:
            return {"outcome": "left" if others else "as_before", "said": said}
        left_out = turned.write(host, back) or []
        back = without(back, {key for key, _why in left_out})
        _verified(host, turned, back)
        said = [f"{subject_name(made)}: {told(back['to'])} was put back", *sentences(left_out), *said]
        return {"outcome": "put_back", "said": said}
    except Refused as error:
        said = [f"it could not be put back: {error}; type: {turned.command(back)}"]
        return {"outcome": "failed", "said": said}
