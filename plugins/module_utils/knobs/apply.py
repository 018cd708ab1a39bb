# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes changes and makes sure of them: in the order that works, each read back, all taken back where one fails."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    exactly,
    subject_name,
    undone,
    without,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import knob, ordered


def apply(host, changes, done=()):
    """Make all changes, or none: ``[{"change", "values"}]`` with what was read back of each, behind those of *done*.

    A change that is refused, or does not show when it is read back, takes back those before it, and all of *done*.
    Raises Refused with the whole story: what was refused, and what became of the others.
    """
    done = list(done)
    for made in ordered(changes):
        turned = knob(made["knob"])
        # Before it is written: a write that fails halfway has to be taken back too.
        done.append({"change": made, "values": None})
        try:
            made = without(made, turned.write(host, made) or {})
            done[-1]["change"] = made
            done[-1]["values"] = _verified(host, turned, made)
        except Refused as error:
            raise Refused(f"{error}{taken_back(host, [each['change'] for each in done])}") from error
    return done


def _verified(host, turned, made):
    values = turned.read(host, made)
    if not turned.accepts(made, values):
        raise Refused(
            f"{subject_name(made)}: {turned.command(made)} was taken without an error, yet reads back as"
            f" {told({key: values.get(key) for key in made['to']})} where {told(made['to'])} was asked for: this value"
            f" cannot be had here"
        )
    return values


def taken_back(host, changes):
    """Take changes back, the last one first; what is to be said of it. The last may have been made in part only."""
    said = []
    for made in reversed(changes):
        turned, back = knob(made["knob"]), undone(made)
        try:
            if exactly(back, turned.read(host, back)):
                continue
            turned.write(host, back)
            _verified(host, turned, back)
            said.append(f"{subject_name(made)}: {told(back['to'])} was put back")
        except Refused as error:
            said.append(f"it could not be put back: {error}; type: {turned.command(back)}")
    return "; " + "; ".join(said) if said else "; nothing was changed"


def told(values):
    """Values in one line."""
    return ", ".join(f"{key} {value}" for key, value in values.items())
