# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When packets were lost, from what ``sar`` recorded over days: since when, whether it went on, at what time of day.

A capture alone has totals since boot; these are intervals, of 10 minutes mostly. They tell of places, not of causes:
``rxdrop`` is what ``/proc/net/dev`` has there, NIC, driver and network layer together, and none of them names a queue.
"""

from __future__ import annotations

import math
import statistics
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.sar_records import (
    Records,
    read_text,
    read_xml,
    xml_of_raw,
)

#: What is counted where it is no packets that were lost.
UNITS = {"squeezed": "times"}

#: sadf rounds a rate to 0.01 and the interval that it was taken over to whole seconds.
RATE_PRECISION, INTERVAL_PRECISION_S = 0.005, 0.5

#: A loss that paused for longer than this many records, and than an hour, is another one.
PAUSE_RECORDS, PAUSE_S = 6, 3600

#: So many records, and hours, without any before the first one tell that it began then.
CLEAN_RECORDS, CLEAN_S = 36, 6 * 3600

#: A time of day is told where all but this share of the packets were lost in at most so many hours, on several days.
OUTSIDE_SHARE, LONGEST_HOURS, FEWEST_DAYS = 0.05, 12, 2

#: And days of the week where it was on so many, and there are records of all seven.
FEWEST_DAYS_OF_WEEK = 3

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORDS = {
    "rxdrop": "packets dropped on the way in (rxdrop)",
    "rxfifo": "packets that its FIFO had no room for (rxfifo)",
    "rxerr": "packets received in error (rxerr)",
    "dropped": "packets dropped from the backlogs (softnet dropped)",
    "squeezed": "times that a CPU stopped receiving before it was done (softnet time_squeeze)",
    "idgmerr": "UDP datagrams not delivered (idgmerr)",
}

#: Of a finding of that layer: the series that saw the same packets.
_OF_LAYER = {
    "link": ("nics", ("rxerr",)),
    "nic": ("nics", ("rxfifo", "rxdrop", "rxerr")),
    "ring": ("nics", ("rxfifo", "rxdrop")),
    "driver": ("nics", ("rxdrop", "rxfifo")),
    "l2": ("nics", ("rxdrop",)),
    "napi": ("softnet", ("squeezed",)),
    "backlog": ("softnet", ("dropped",)),
    "udp": ("udp", ("idgmerr",)),
    "socket": ("udp", ("idgmerr",)),
}


def history_of(captured: Any) -> dict[str, Any] | None:
    """The :func:`history` of a :class:`captured.Captured`; None where it has nothing that sar recorded."""
    return history(captured.sar, captured.zone_offset_s, captured.taken)


def history(
    sar: list[tuple[str, str | bytes]], zone_offset_s: int | None = None, taken: float | None = None
) -> dict[str, Any] | None:
    """What *sar* tells of the past of a host.

    :param sar: ``[(member's name, text)]`` of XML by ``sadf -x`` and text by ``sar``; bytes are a raw file, which is
        read where the controller has sadf
    :param zone_offset_s: seconds that the host's local time is ahead of UTC, None where that is not known. Where it
        changed within the days (summer time), times before the change are told by the later offset
    :param taken: when the capture was taken, in seconds since 1970
    :returns: None where there is no record; else ``{"from", "to", "records", "interval_s", "restarts", "recorded",
        "nics", "softnet", "cpus", "udp", "when", "sentences", "problems"}``, times as ISO 8601 in the host's local
        time, in UTC where its zone is not known. ``recorded`` is ``{"nics": names, "softnet": bool, "udp": bool}``:
        what is in there and not below was 0.00 throughout. ``nics`` is ``{interface: {series: told}}``, ``cpus``
        ``{CPU: told}`` of softnet dropped, ``softnet`` and ``udp`` ``{series: told}``. ``told`` is ``{"lost",
        "plus_minus", "unit", "first", "last", "since", "going_on", "records", "peak", "hours", "days", "words"}``:
        ``lost`` a rounded number; ``since`` null where it was there from the beginning; ``peak`` ``{"rate", "at"}``
        per second and at the end of which record; ``hours`` ``[from, to]`` of the day or null; ``days`` "working
        days", "weekends" or null
    """
    records = read(sar, zone_offset_s)
    if not records.intervals:
        return None
    return _Telling(records, zone_offset_s, taken).all()


def read(sar: list[tuple[str, str | bytes]], zone_offset_s: int | None = None) -> Records:
    """All of *sar* together. Of a day that is there twice the XML is taken, whose times are exact."""
    found, texts = Records(), []
    for name, content in sar:
        if isinstance(content, bytes):
            content = xml_of_raw(content)
            if content is None:
                found.problem(f"{name}: a raw file; only sadf can read it, of a sysstat as new as the host's")
                continue
        if "<sysstat" in content[:2000]:
            _join(found, read_xml(content, name, zone_offset_s), name)
        else:
            texts.append((name, content))
    for name, content in texts:
        _join(found, read_text(content, name, zone_offset_s), name)
    return found


def _join(found, others, name):
    """Adds what *others* has of times that *found* has nothing of."""
    for problem in others.problems:
        found.problem(problem)
    if not others.intervals:
        return
    if not found.intervals:
        found.utc = others.utc
    elif found.utc != others.utc:
        found.problem(f"{name}: times of day in an unknown zone, beside others in UTC, so it is not used")
        return
    new = others.intervals.keys() - found.intervals.keys()
    # The same record by another program ends within a second of it.
    new = {end for end in new if not {end - 1, end + 1} & found.intervals.keys()}
    found.intervals.update({end: others.intervals[end] for end in new})
    for key, rates in others.series.items():
        kept = {end: rate for end, rate in rates.items() if end in new}
        if kept:
            found.series.setdefault(key, {}).update(kept)
    found.seen |= others.seen
    found.restarts |= others.restarts
    found.glitches += others.glitches


class _Telling:
    """Makes the answer of :func:`history` out of :class:`sar_records.Records`."""

    def __init__(self, records, zone_offset_s, taken):
        self.records = records
        self.ends = sorted(records.intervals)
        self.shift = (zone_offset_s or 0) if records.utc else 0
        self.zone = _zone(zone_offset_s) if records.utc else " by the host's clock"
        self.suffix = _zone(zone_offset_s, "Z").strip().replace("UTC+", "+").replace("UTC-", "-") if records.utc else ""
        # A local time in an unknown zone cannot be compared with the time of the capture.
        self.taken = taken if records.utc else None
        self.interval_s = statistics.median(records.intervals.values())
        self.position = {end: place for place, end in enumerate(self.ends)}
        self.middles = {end: self.local(end - records.intervals[end] / 2) for end in self.ends}
        # Once for all series, of which a stranger's file may have thousands.
        self.all_hours = len({middle.hour for middle in self.middles.values()}) == 24
        self.all_days = len({middle.weekday() for middle in self.middles.values()}) == 7

    def all(self):
        # What is no loss is told last.
        told = {key: self.told(key) for key in sorted(self.records.series, key=lambda key: (key[2] in UNITS, key))}
        recorded = {key[:2] for key in self.records.seen}
        nics = {}
        for (where, name, series), one in told.items():
            if where == "nics":
                nics.setdefault(name, {})[series] = one
        begin = self.ends[0] - self.records.intervals[self.ends[0]]
        return {
            "from": self.iso(begin),
            "to": self.iso(self.ends[-1]),
            "records": len(self.ends),
            "interval_s": self.interval_s,
            "restarts": [self.iso(moment) for moment in sorted(self.records.restarts)],
            "recorded": {
                "nics": sorted(name for where, name in recorded if where == "nics"),
                "softnet": ("softnet", "all") in recorded,
                "udp": ("udp", "") in recorded,
            },
            "nics": nics,
            "softnet": {key[2]: one for key, one in told.items() if key[:2] == ("softnet", "all")},
            "cpus": {key[1]: one for key, one in told.items() if key[0] == "softnet" and _is_cpu(key)},
            "udp": {key[2]: one for key, one in told.items() if key[0] == "udp"},
            "when": self.when(begin),
            # What one CPU dropped is in the sum of all of them.
            "sentences": [one["words"] for key, one in told.items() if key[0] != "softnet" or key[1] == "all"],
            "problems": self.records.problems + self.glitches(),
        }

    def told(self, key):
        """What is told of one series that is not zero everywhere."""
        rates, intervals = self.records.series[key], self.records.intervals
        ends = sorted(rates)
        lost = sum(rates[end] * intervals[end] for end in ends)
        error = sum(RATE_PRECISION * intervals[end] + INTERVAL_PRECISION_S * rates[end] for end in ends)
        peak = max(ends, key=lambda end: rates[end])
        since, going_on = self.since(ends), self.goes_on(ends)
        hours, days = self.pattern({end: rates[end] * intervals[end] for end in ends})
        found = {
            "lost": round(lost),
            "plus_minus": math.ceil(error),
            "unit": UNITS.get(key[2], "packets"),
            "first": self.iso(ends[0] - intervals[ends[0]]),
            "last": self.iso(ends[-1]),
            "since": None if since is None else self.iso(since),
            "going_on": going_on,
            "records": len(ends),
            "peak": {"rate": rates[peak], "at": self.iso(peak)},
            "hours": hours,
            "days": days,
        }
        return {**found, "words": self.words(key, found, ends, since, going_on)}

    def since(self, ends):
        """The time at which it began, None where it was there from the first records on."""
        begin = ends[0] - self.records.intervals[ends[0]]
        clean = self.position[ends[0]]
        enough = clean >= CLEAN_RECORDS or clean > 0 and self.ends[clean - 1] - self.ends[0] >= CLEAN_S
        return begin if enough else None

    def restarted(self, ends):
        """The restart after which it began; None where there was none between it and the records without it."""
        clean = self.ends[self.position[ends[0]] - 1]
        return max((moment for moment in self.records.restarts if clean <= moment <= ends[0]), default=None)

    def goes_on(self, ends):
        """Whether it was there in the last records."""
        behind = len(self.ends) - 1 - self.position[ends[-1]]
        pause = max(PAUSE_S, PAUSE_RECORDS * self.interval_s)
        return behind < PAUSE_RECORDS and self.ends[-1] - ends[-1] <= pause

    def pattern(self, lost):
        """``(hours, days)`` of the week in which it was lost, each None where there is no such pattern."""
        total = sum(lost.values())
        by_hour, by_day, losing_days = [0.0] * 24, [0.0] * 7, set()
        for end, amount in lost.items():
            middle = self.middles[end]
            by_hour[middle.hour] += amount
            by_day[middle.weekday()] += amount
            losing_days.add(middle.date())
        days = None
        if self.all_days and len(losing_days) >= FEWEST_DAYS_OF_WEEK:
            at_weekends = sum(by_day[5:])
            if at_weekends <= total * OUTSIDE_SHARE:
                days = "working days"
            elif at_weekends >= total * (1 - OUTSIDE_SHARE):
                days = "weekends"
        if len(losing_days) < FEWEST_DAYS or not self.all_hours:
            return None, days
        return _hours(by_hour, total), days

    def words(self, key, found, ends, since, going_on):
        amount = f"{found['lost']:,} (+-{found['plus_minus']:,}) {_WORDS[key[2]]}"
        if found["plus_minus"] >= found["lost"]:
            amount = f"about {max(found['lost'], 1):,} {_WORDS[key[2]]}"
        span = f"from {self.shown(ends[0] - self.records.intervals[ends[0]])} to {self.shown(ends[-1])}"
        often = f"in {len(ends):,} of {len(self.ends):,} records"
        when = []
        if found["hours"]:
            when.append("between {:02d}:00 and {:02d}:00".format(*found["hours"]))
        if found["days"]:
            when.append("on working days" if found["days"] == "working days" else "at weekends")
        pattern = f", nearly all of it {' '.join(when)}" if when else ""
        peak = f", at most {found['peak']['rate']:,}/s"
        before = ""
        if since is not None:
            restart = self.restarted(ends)
            before = ", and none before" + (f" the restart of {self.shown(restart)}" if restart is not None else "")
        told = f"{_subject(key)}: {amount} {span}{self.zone}, {often}{pattern}{peak}{before}."
        return f"{told} {self.now(ends, going_on)}"

    def now(self, ends, going_on):
        """The sentence that says whether it goes on."""
        last = "the last record" if ends[-1] == self.ends[-1] else "the last records"
        if going_on and self.taken is not None and self.taken - self.ends[-1] > max(PAUSE_S, 2 * self.interval_s):
            return f"Going on in {last}, {self.ago(ends[-1])}; what came after is not recorded."
        if going_on:
            return f"Still going on in {last}, {self.ago(ends[-1])}."
        return f"Last seen {self.ago(ends[-1])}; not in the records after that."

    def ago(self, moment):
        if self.taken is None or self.taken < moment - 60:
            return f"which is {self.shown(moment)}{self.zone}"
        return f"{_span(self.taken - moment)} before the capture"

    def when(self, begin):
        count, every = len(self.ends), _span(self.interval_s)
        restarts = len(self.records.restarts)
        again = f", with {restarts} restart{'s' if restarts > 1 else ''} in between" if restarts else ""
        hidden = max(1, math.ceil(RATE_PRECISION * self.interval_s))
        return (
            f"sar recorded from {self.shown(begin)} to {self.shown(self.ends[-1])}{self.zone}: {count:,} records, "
            f"{every} each{again}. Rates have two decimals: up to {hidden} packet{'s' if hidden > 1 else ''} in a "
            "record are not seen."
        )

    def glitches(self):
        count = self.records.glitches
        return [f"{count} rates that no wire can carry were left out: a counter jumped"] if count else []

    def local(self, moment):
        return datetime.fromtimestamp(moment + self.shift, timezone.utc)

    def iso(self, moment):
        return self.local(moment).strftime("%Y-%m-%dT%H:%M:%S") + self.suffix

    def shown(self, moment):
        local = self.local(moment)
        return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"


def sentence_of(history: dict[str, Any] | None, finding: dict[str, Any]) -> str | None:
    """What to put beside "since boot" in a finding: still going on, over, or never recorded.

    sar sees places, not causes: of a NIC that loses in two places it cannot tell which one goes on.

    :param history: as :func:`history` returns it
    :param finding: as the store keeps it
    :returns: None where sar recorded nothing of the kind
    """
    if history is None or finding["layer"] not in _OF_LAYER:
        return None
    where, wanted = _OF_LAYER[finding["layer"]]
    recorded, told = history["recorded"][where], history[where]
    if where == "nics":
        name = finding["subject"]["name"]
        recorded, told = finding["subject"]["type"] == "nic" and name in recorded, told.get(name, {})
    if not recorded:
        return None
    losing = [told[series] for series in wanted if series in told]
    if losing:
        # The one that went on longest tells most; ISO times of one zone are in the order of their text.
        return "By sar, " + max(losing, key=lambda one: one["last"])["words"]
    return f"sar recorded none of it from {history['from']} to {history['to']}: it was earlier, or too rare to be seen."


def _hours(by_hour, total):
    """The fewest hours in a row, round midnight as well, that have nearly all of *total*; None where they are many."""
    for length in range(1, LONGEST_HOURS + 1):
        starts = [start for start in range(24) if _in(by_hour, start, length) >= total * (1 - OUTSIDE_SHARE)]
        if starts:
            start = max(starts, key=lambda start: _in(by_hour, start, length))
            return [start, (start + length) % 24 or 24]
    return None


def _in(by_hour, start, length):
    return sum(by_hour[(start + step) % 24] for step in range(length))


def _is_cpu(key):
    return key[1] != "all" and key[2] == "dropped"


def _subject(key):
    where, name, _series = key
    if where == "nics":
        return name
    return "the host" if where == "udp" else ("all CPUs" if name == "all" else f"CPU {name}")


def _zone(offset_s, utc="UTC"):
    if not offset_s:
        return f" {utc}"
    minutes = abs(offset_s) // 60
    return f" UTC{'-' if offset_s < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _span(seconds):
    """``10 minutes``, ``3 hours``, ``2 days``: of the unit that leaves a small number."""
    span = timedelta(seconds=max(0, round(seconds)))
    for unit, one in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= 2 * one or span == one:
            count = round(span / one)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{span.seconds} second{'s' if span.seconds != 1 else ''}"
