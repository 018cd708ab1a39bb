# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a change helped: what a host lost before and after, per packet of traffic, and not whether a finding is gone.

A loss may move (a ring's loss into a backlog), and a rule may fall silent while the loss goes on, so what the whole
path loses decides. Traffic is never the same twice, so it is counted per packet that was there to be lost.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.ideas import place_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import selected, voids
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import (
    delta,
    dig,
    flag,
    number,
    table,
)

GONE, IMPROVED, UNCHANGED, WORSE, NOT_COMPARABLE = "gone", "improved", "unchanged", "worse", "not_comparable"

#: Of what was lost before per packet of traffic, at most this share is left.
LEFT_WHEN_GONE, LEFT_WHEN_IMPROVED = 0.1, 0.9
#: Or at least this.
LEFT_WHEN_WORSE = 1.2

#: Two measurements are of the same traffic when one has at most so many times the packets a second of the other.
MOST_TRAFFIC = 4

#: So few packets in one of the intervals say nothing.
LEAST_TRAFFIC = 100

#: A difference of so few packets a second is no other traffic: what a host answers because it loses less (a SYN by a
#: cookie, a datagram by a program), and what reads it. Both intervals count as of the same traffic then.
SIDE_TRAFFIC_PER_S = 200

#: From this on a difference is no chance: standard deviations. Of packets that are lost by themselves 3 happen once in
#: 370 times; real losses come in bursts, which only makes small differences less sure.
SURE = 3.0

SEVERITIES = ("loss", "risk", "info")


def measure(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What a proof is made of: ``{"traffic_packets", "interval_s", "lost", "severities", "carrier", "void"}``.

    :param found: the findings of the document

    * ``traffic_packets``: received and sent by all interfaces, and lost on the way: what is lost in a ring was not
      received, and what is lost before it is sent was not sent. A packet that passes two interfaces counts at both,
      before as after
    * ``lost``: ``{finding: packets}`` of all losses that count packets; no packet is in two of them
    * ``severities``: ``{finding: severity}`` of all
    * ``carrier``: ``{NIC: whether there is a link, or None}`` of the judged ones
    * ``void``: what the interval says nothing about, in sentences
    """
    lost = {one["id"]: one["lost"] for one in found["findings"] if one["severity"] == "loss" and one["lost"]}
    nics = table(document, "nics")
    passed = [delta(nics[name], "link_stats", side) for name in nics for side in ("rx_packets", "tx_packets")]
    known = [packets for packets in passed if packets is not None]
    return {
        "traffic_packets": sum(known) + sum(lost.values()) if known else None,
        "interval_s": number(dig(document, "meta", "interval_s")),
        "lost": lost,
        "severities": {one["id"]: one["severity"] for one in found["findings"]},
        "carrier": {name: flag(dig(nics, name, "carrier")) for name in selected(document)},
        "void": voids(document),
    }


def compare(before: dict[str, Any], after: dict[str, Any], finding: str) -> dict[str, Any]:
    """What became of a finding: ``{"outcome", "words", "before", "after"}``, of two results of :func:`measure`.

    ``before`` and ``after`` are ``{"lost", "lost_per_s", "share", "own_lost", "traffic_packets", "interval_s"}``: what
    the whole path lost, per second and per packet of traffic, and what this finding counts of it.

    * "worse": a link is gone; a place loses now that did not, more than a tenth of what was lost before; or the whole
      path loses more than 1.2 times as much, by more than chance
    * "gone": the finding is gone, or is no loss any more, and the whole path loses at most a tenth
    * "improved": at most 0.9 of what this finding lost is left, by more than chance, with all that other places lose
      more than before; of a host with one loss that is what the whole path loses
    * "not_comparable": an interval is void, or has too little traffic, or traffic of another size, or so little was
      lost before that nothing now may be chance
    * "unchanged": none of these

    Of a finding that counts no packets (a risk), "gone" is that it is gone or less grave, else it is unchanged.
    """
    place = place_of(finding)
    before, after = (_by_place(each) for each in (before, after))
    sides = [_side(each, place) for each in (before, after)]
    outcome, why = _outcome(before, after, place, *sides)
    return {"outcome": outcome, "words": _words(why, *sides), "before": sides[0], "after": sides[1]}


def _by_place(measured: dict[str, Any]) -> dict[str, Any]:
    """A measurement with what may be told under two names under one."""
    return {
        **measured,
        **{key: {place_of(each): value for each, value in measured[key].items()} for key in ("lost", "severities")},
    }


def _side(measured: dict[str, Any], finding: str) -> dict[str, Any]:
    lost, traffic = sum(measured["lost"].values()), measured["traffic_packets"]
    interval = measured["interval_s"]
    return {
        "lost": lost,
        "lost_per_s": round(lost / interval, 3) if interval else None,
        "share": lost / traffic if traffic else None,
        "own_lost": measured["lost"].get(finding, 0),
        "traffic_packets": traffic,
        "interval_s": interval,
    }


def _outcome(
    before: dict[str, Any], after: dict[str, Any], finding: str, was: dict[str, Any], now: dict[str, Any]
) -> tuple[str, str]:
    """``(outcome, why)``."""
    if dark := sorted(name for name, link in before["carrier"].items() if link and not after["carrier"].get(name)):
        return WORSE, f"{', '.join(dark)} has no carrier any more"
    if why := _not_comparable(before, after, was, now):
        return NOT_COMPARABLE, why
    of = _traffic(was, now)
    whole = _Loss(was["lost"], now["lost"], *of)
    if new := _new_losses(before, after, whole):
        return WORSE, f"what was not lost before is lost now: {', '.join(new)}"
    if whole.rose():
        return WORSE, "more is lost than before"
    if finding not in before["lost"]:
        return _of_risk(before, after, finding)
    own = _Loss(was["own_lost"], now["own_lost"], *of)
    others = _Loss(was["lost"] - was["own_lost"], now["lost"] - now["own_lost"], *of)
    if others.rose():
        own = own._replace(now=own.now + others.now - others.was * others.now_of / others.was_of)
    return _of_loss(after, finding, whole, own)


class _Loss(NamedTuple):
    """What was lost before and is lost now, of so many packets each."""

    was: float
    now: float
    was_of: float
    now_of: float

    @property
    def left(self) -> float:
        """Which share of what was lost per packet of traffic is left."""
        if not self.was:
            return math.inf if self.now else 0.0
        return self.now / self.now_of / (self.was / self.was_of)

    @property
    def sure(self) -> bool:
        """Whether the difference is more than chance."""
        return abs(_deviations(self.was, self.was_of, self.now, self.now_of)) >= SURE

    def rose(self) -> bool:
        return self.left > LEFT_WHEN_WORSE and self.sure


def _traffic(was: dict[str, Any], now: dict[str, Any]) -> tuple[float, float]:
    """The packets that the losses of the two intervals are of; of the same traffic where they hardly differ."""
    rates = [side["traffic_packets"] / side["interval_s"] for side in (was, now)]
    if abs(rates[0] - rates[1]) <= SIDE_TRAFFIC_PER_S:
        rates = [sum(rates) / 2] * 2
    return rates[0] * was["interval_s"], rates[1] * now["interval_s"]


def _not_comparable(
    before: dict[str, Any], after: dict[str, Any], was: dict[str, Any], now: dict[str, Any]
) -> str | None:
    for measured, when in ((before, "before"), (after, "after")):
        if measured["void"]:
            return f"{when} it: {'; '.join(measured['void'])}"
        if not measured["interval_s"] or measured["traffic_packets"] is None:
            return f"{when} it no traffic could be counted"
        if measured["traffic_packets"] < LEAST_TRAFFIC:
            return f"{when} it there were {measured['traffic_packets']} packets, which is too little to tell"
    rates = sorted(side["traffic_packets"] / side["interval_s"] for side in (was, now))
    if rates[1] > MOST_TRAFFIC * rates[0] and rates[1] - rates[0] > SIDE_TRAFFIC_PER_S:
        return f"the traffic is another one: {rates[0]:.0f} and {rates[1]:.0f} packets/s"
    return None


def _new_losses(before: dict[str, Any], after: dict[str, Any], whole: _Loss) -> list[str]:
    """The findings that lose packets only now, more than chance, and more than what may be left of the old loss.

    A finding that counts no packets is the cause of others, or a detail of them, and stands in their numbers.
    """
    enough = LEFT_WHEN_GONE * whole.was * whole.now_of / whole.was_of
    return sorted(
        each
        for each, packets in after["lost"].items()
        if each not in before["lost"] and packets > enough and whole._replace(was=0, now=packets).sure
    )


def _of_risk(before: dict[str, Any], after: dict[str, Any], finding: str) -> tuple[str, str]:
    severity, then = after["severities"].get(finding), before["severities"].get(finding, "info")
    if severity is None:
        return GONE, "the finding is gone"
    if SEVERITIES.index(severity) > SEVERITIES.index(then):
        return GONE, f"the finding is {severity} only"
    return UNCHANGED, "the finding is as it was"


def _of_loss(after: dict[str, Any], finding: str, whole: _Loss, own: _Loss) -> tuple[str, str]:
    """Of a finding that lost packets, from what the whole path and it lost: *own* with what others lose more now."""
    is_gone = finding not in after["lost"]
    if is_gone and own.left <= LEFT_WHEN_GONE and not own.sure:
        return NOT_COMPARABLE, f"{own.was} packets were lost before, so that none now may be chance: watch longer"
    if is_gone and whole.left <= LEFT_WHEN_GONE:
        return GONE, "the loss is gone" if not whole.now else "this loss is gone, and hardly any other is left"
    if own.left <= LEFT_WHEN_IMPROVED and own.sure:
        return IMPROVED, "this loss is gone, others are as before" if is_gone else "less is lost than before"
    if whole.left <= LEFT_WHEN_IMPROVED and whole.sure:
        return UNCHANGED, "the whole path loses less, and this finding as much as before"
    return UNCHANGED, "as much is lost as before"


def _deviations(count: float, of: float, other: float, other_of: float) -> float:
    """By how many standard deviations two counts differ per packet, as if each packet were lost by itself.

    The test of two Poisson rates that keeps its level best for small counts: the difference of the square roots of
    counts with 3/8 added (Huffman 1984, Applied Statistics 33; W5 of Gu et al. 2008, Biometrical Journal 50).
    """
    share = of / other_of
    return 2 * (math.sqrt(count + 3 / 8) - math.sqrt(share * (other + 3 / 8))) / math.sqrt(1 + share)


def _words(why: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    """``why`` with the numbers of both: "the loss is gone: 930/s of 1,500/s -> 0/s of 1,480/s"."""
    return f"{why}: {_rate(was)} -> {_rate(now)}"


def _rate(side: dict[str, Any]) -> str:
    if side["lost_per_s"] is None or side["traffic_packets"] is None:
        return "not known"
    return f"{_short(side['lost_per_s'])}/s of {_short(side['traffic_packets'] / side['interval_s'])}/s"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
