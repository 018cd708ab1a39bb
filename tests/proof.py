# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the load that a test of a loss needs was there, by the tests' own eyes.

On a busy machine senders send less and a guest takes longer for each packet. What the audit says then is right for what
was there, and is no answer to the test. So whoever causes a loss declares what the loss :class:`Need` s. meter.py reads
that on the host all the time, and it is judged over the very seconds that the audit looked at. Where it was not there
the loss is caused again, with more or with less of it, :data:`TRIES` times at most. Then the test is skipped with the
reason: the audit was not wrong, and it was not proved right either.
"""

import contextlib
import dataclasses
import json
from collections.abc import Callable
from typing import Any, NamedTuple

TRIES = 3
#: The audit reads one source after the other: so much later than the clock of a sample says one may be read.
SAMPLE_S = 0.5
#: Of a loss as it is written down; another try has twice as much, or half.
NORMAL = 1.0


class NotThere(Exception):
    """What a loss needs was not there, as it saw itself, where no :class:`Need` could tell; the text says what."""


class Reading(NamedTuple):
    """One look of meter.py: the host's uptime, and the text of each source."""

    uptime_s: float
    told: dict


class Span(NamedTuple):
    """The texts of two readings by their sources, and the seconds between them."""

    before: dict
    after: dict
    seconds: float


@dataclasses.dataclass(frozen=True)
class Need:
    """Something that has to be there for a loss: *value* of a :class:`Span` is from *least* to *most*.

    *sources* are what meter.py has to read for it. A *value* of None is not there.
    """

    what: str
    sources: tuple
    value: Callable[[Span], float | None]
    least: float | None = None
    most: float | None = None
    unit: str = ""

    def text(self, value):
        bounds = [f"{word} {self._shown(bound)}" for word, bound in (("at least", self.least), ("at most", self.most))]
        needed = " and ".join(bound for bound in bounds if not bound.endswith("None"))
        return f"{self.what}: {self._shown(value)}, needed {needed}"

    def _shown(self, value):
        if value is None:
            return "None"
        if self.unit == "%":
            return f"{100 * value:.0f} %"
        return f"{value:,.0f}{self.unit}" if value >= 100 else f"{value:.3g}{self.unit}"


class Shortfall(NamedTuple):
    """What was not as it has to be, in words, and whether the next try ought to have more (1) or less (-1) of it."""

    text: str
    direction: int


class Outcome(NamedTuple):
    """The result of the last try, what was not there in it, and the shortfalls of the tries before it."""

    result: Any
    shortfalls: list
    before: tuple = ()


@contextlib.contextmanager
def watched(needs, start):
    """The :class:`Reading` s of what the *needs* look at, a list that grows until the block ends.

    ``start(sources, line)`` starts meter.py on the host, as ``netns.started`` does, and gives it each line.
    """
    readings = []

    def line(text):
        if not text.endswith("\n"):
            return  # the meter was ended in the middle of it
        look = json.loads(text)
        readings.append(Reading(look["uptime_s"], look["told"]))

    sources = sorted({source for need in needs for source in need.sources})
    with start(sources, line) if sources else contextlib.nullcontext():
        yield readings


def span_between(readings, start_s, end_s):
    """The longest :class:`Span` of readings between two uptimes; None where there are no two of them."""
    inside = [reading for reading in readings if start_s <= reading.uptime_s <= end_s]
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    return Span(first.told, last.told, last.uptime_s - first.uptime_s)


def span_of_audit(readings, document):
    """The :class:`Span` of what the audit looked at for sure: what moved in it moved for the audit too."""
    end_s, interval_s = (document["meta"][key] for key in ("uptime_s", "interval_s"))
    return span_between(readings, end_s - interval_s + SAMPLE_S, end_s)


def shortfalls(needs, span):
    """What of the *needs* was not there in the *span*: a list of :class:`Shortfall`, empty where all was."""
    if not needs:
        return []
    if span is None:
        return [Shortfall("the meter was not heard while the audit looked", 0)]
    found = []
    for need in needs:
        value = need.value(span)
        too_little = value is None or (need.least is not None and value < need.least)
        too_much = value is not None and need.most is not None and value > need.most
        if too_little or too_much:
            found.append(Shortfall(need.text(value), 1 if too_little else -1))
    return found


def stronger(strength, found):
    """How strong the next try is: twice, half, or the same where the *found* shortfalls point both ways."""
    directions = {shortfall.direction for shortfall in found if shortfall.direction}
    return strength * 2.0 ** directions.pop() if len(directions) == 1 else strength


def proved(names, attempt):
    """``{name: Outcome}``, each of a try whose load was there, or of the last of :data:`TRIES`.

    ``attempt({name: strength})`` makes one try of all those at once, and answers with ``{name: Outcome}``.
    """
    outcomes = {}
    strengths = dict.fromkeys(names, NORMAL)
    for _try in range(TRIES):
        for name, outcome in attempt(strengths).items():
            earlier = outcomes.get(name)
            before = (*earlier.before, earlier.shortfalls) if earlier else ()
            outcomes[name] = outcome._replace(before=before)
        strengths = {
            name: stronger(strength, outcomes[name].shortfalls)
            for name, strength in strengths.items()
            if outcomes[name].shortfalls
        }
        if not strengths:
            break
    return outcomes


def judged(outcome):
    """The result of an outcome whose load was there; skips the test with the reason where it was not."""
    if outcome.shortfalls:
        import pytest  # a person who causes a loss by hand has none

        reasons = "; ".join(shortfall.text for shortfall in outcome.shortfalls)
        pytest.skip(f"the load was not there in {TRIES} tries: {reasons}")
    return outcome.result
