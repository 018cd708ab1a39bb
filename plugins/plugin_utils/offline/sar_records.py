# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``sar`` recorded of losses: the XML of ``sadf -x`` (sysstat 10.0 to 12.7), the text of ``sar``, and raw files.

The three say the same, rates per second with two decimals over an interval that each record names or that follows from
the record before it. No interval goes over a restart: sysstat takes the first record after one as the reference, and
prints none for it (sadf.c, sar.c of 10.1.5 and 12.7.6).
"""

from __future__ import annotations

import calendar
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from xml.parsers import expat

#: What is read: element of the XML -> place, attribute with the name (None: one of the host), {attribute: series}.
ELEMENTS = {
    "net-edev": ("nics", "iface", {"rxdrop": "rxdrop", "rxfifo": "rxfifo", "rxerr": "rxerr"}),
    "softnet": ("softnet", "cpu", {"dropd": "dropped", "squeezd": "squeezed"}),
    "net-udp": ("udp", None, {"idgmerr": "idgmerr"}),
}

#: The same in text: a column that no other table has -> the element.
COLUMNS = {"rxdrop/s": "net-edev", "dropd/s": "softnet", "idgmerr/s": "net-udp"}
_NAME_COLUMNS = {"iface": "IFACE", "cpu": "CPU"}

#: A file that has more was not made by sar in any setting that makes sense; what comes after is left out, and said.
MOST_RECORDS, MOST_NAMES = 200_000, 10_000

#: sadc records every 10 minutes as it is installed; one record a day would tell nothing of when.
LONGEST_INTERVAL_S = 24 * 3600

#: IFNAMSIZ of Linux is 16; sar cuts at the same place.
_LONGEST_NAME = 32

#: More packets a second than 400 Gbit/s can carry (84 bytes each on the wire) were not lost: a counter that jumped.
HIGHEST_RATE = 400e9 / 8 / 84

_RATE = re.compile(r"[0-9]{1,20}[.,][0-9]{2}\Z")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_TIME = re.compile(r"([0-9]{2})[:-]([0-9]{2})[:-]([0-9]{2})\Z")
_ROW = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})[:.]([0-9]{2})(?: ?([AaPp])\.?[Mm]\.?)?\s+(.*)")
_HEAD = re.compile(r"Linux\s+\S+\s+\(.*\)\s+([0-9]+)([-./])([0-9]+)\2([0-9]+)\b")
_HEAD_WITHIN = 1000
_DAY_IN_NAME = re.compile(r"sar?([0-9]{8}|[0-9]{2})(?:\.xml|\.gz|\.xz|\.bz2)?\Z")


@dataclass
class Records:
    """What the records of some days say.

    :param utc: whether the times are seconds since 1970; else they are local times of the host, counted like those
    :param intervals: ``{end of a record: interval_s}``
    :param series: ``{(place, name, series): {end: rate per second}}`` of rates that are not 0.00; places and series as
        in :data:`ELEMENTS`; a CPU by its number as text and ``all``, of the host an empty name
    :param seen: every (place, name, series) that was in a record, whatever its rate
    :param restarts: times at which the host was started anew
    :param glitches: how many rates were left out because no wire can carry them
    :param problems: sentences
    """

    utc: bool = True
    intervals: dict = field(default_factory=dict)
    series: dict = field(default_factory=dict)
    seen: set = field(default_factory=set)
    restarts: set = field(default_factory=set)
    glitches: int = 0
    problems: list = field(default_factory=list)

    def interval(self, end: float, interval_s: float, place: str) -> bool:
        """Note that a record ends at *end*; False where it makes no sense."""
        if not 0 < interval_s <= LONGEST_INTERVAL_S:
            self.problem(f"{place}: a record of {interval_s} s is left out")
            return False
        if end not in self.intervals and len(self.intervals) >= MOST_RECORDS:
            self.problem(f"{place}: only the first {MOST_RECORDS} records were read")
            return False
        self.intervals[end] = interval_s
        return True

    def rate(self, where: str, name: str, series: str, end: float, word: str | None, place: str) -> None:
        """Note one rate as it is printed."""
        key = (where, name, series)
        # 97 of 100 are this; the pattern would take most of the time.
        if word != "0.00":
            if word is None or not _RATE.match(word):
                self.problem(f"{place}: {series} is no rate with two decimals: {_shown(word)}")
                return
            rate = float(word.replace(",", "."))
            if rate > HIGHEST_RATE:
                self.glitches += 1
                return
            if key not in self.series and not self._named(name, place):
                return
            if rate:
                self.series.setdefault(key, {})[end] = rate
        if key not in self.seen and self._named(name, place):
            self.seen.add(key)

    def problem(self, sentence: str) -> None:
        """Keep *sentence*, the first ones of many."""
        if sentence not in self.problems and len(self.problems) < 20:
            self.problems.append(sentence)

    def _named(self, name: str, place: str) -> bool:
        if not (len(name) <= _LONGEST_NAME and name.isprintable()):
            self.problem(f"{place}: no name of an interface or CPU: {_shown(name)}")
            return False
        if len(self.seen) >= MOST_NAMES:
            self.problem(f"{place}: only the first {MOST_NAMES} series were read")
            return False
        return True


def _shown(word):
    return "nothing" if word is None else ascii(word[:40])


def read_xml(text: str, place: str, zone_offset_s: int | None = None) -> Records:
    """The :class:`Records` of what ``sadf -x`` printed. Of a file that is cut short, what stands before the cut.

    :param place: the name of the member, for problems
    :param zone_offset_s: as in :class:`captured.Captured`; only where the times are not in UTC
    """
    reading = _Xml(place, zone_offset_s)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.element
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_without_interrupts(text), True)
    except (expat.ExpatError, UnicodeError) as error:
        reading.found.problem(f"{place}: not read to the end: {error}")
    return reading.records()


def _without_interrupts(text):
    """*text* without what it has of every interrupt on every CPU: most of it, and most of the time to read it."""
    parts, begin = [], 0
    while True:
        start = text.find("<interrupts>", begin)
        end = text.find("</interrupts>", start) if start >= 0 else -1
        if end < 0:
            return "".join([*parts, text[begin:]])
        parts.append(text[begin:start])
        begin = end + len("</interrupts>")


def _refuse(name, *_rest):
    """sadf declares no entities. Those of a stranger are for making little into very much."""
    raise expat.ExpatError(f"an entity is declared: {_shown(name)}")


class _Xml:
    """Takes the elements of a file one after the other; hundreds of thousands of them are of no interest."""

    def __init__(self, place, zone_offset_s):
        self.found = Records()
        self._place, self._zone_offset_s = place, zone_offset_s
        self._end = None
        self._clocks = set()

    def element(self, kind, attributes):
        if kind in ELEMENTS:
            if self._end is not None:
                self._rates(kind, attributes)
        elif kind == "timestamp":
            moment, word = self._moment(kind, attributes), attributes.get("interval", "")
            interval_s = int(word) if len(word) < 10 and word.isascii() and word.isdecimal() else -1
            kept = moment is not None and self.found.interval(moment, interval_s, self._place)
            self._end = moment if kept else None
        elif kind == "boot":
            moment = self._moment(kind, attributes)
            if moment is not None:
                self.found.restarts.add(moment)

    def records(self):
        """Records of two clocks in one file are not comparable; sadf makes no such file."""
        if len(self._clocks) > 1:
            return Records(problems=[f"{self._place}: some times are in UTC and some are not, so none is used"])
        self.found.utc = self._clocks != {False}
        return self.found

    def _rates(self, kind, attributes):
        where, naming, wanted = ELEMENTS[kind]
        name = attributes.get(naming) if naming else ""
        if name is None:
            self.found.problem(f"{self._place}: a {kind} without its {naming}")
            return
        for attribute, series in wanted.items():
            self.found.rate(where, name, series, self._end, attributes.get(attribute), self._place)

    def _moment(self, kind, attributes):
        day, clock = _DATE.match(attributes.get("date", "")), _TIME.match(attributes.get("time", ""))
        try:
            moment = _epoch(datetime(*map(int, day.groups()), *map(int, clock.groups())))
        except (AttributeError, ValueError):
            self.found.problem(f"{self._place}: a {kind} without date and time")
            return None
        # utc="1" before sysstat 12.7, tz="UTC" since then.
        utc = attributes.get("utc") == "1" or attributes.get("tz") == "UTC"
        if not utc and self._zone_offset_s is not None:
            moment, utc = moment - self._zone_offset_s, True
        self._clocks.add(utc)
        return moment


def read_text(text: str, place: str, zone_offset_s: int | None = None) -> Records:
    """The :class:`Records` of what ``sar`` printed, in any of its forms of date and time.

    Times are local to whoever ran sar. Tables follow one another, each from the beginning of the day to its end or to
    a restart; a time that goes back within a table is that of the next day.
    """
    found = Records(utc=zone_offset_s is not None)
    # It is the first line. Only there, because a long line made for it would take very long.
    head = _HEAD.search(text, 0, _HEAD_WITHIN)
    day = _day(head, place) if head else None
    if day is None:
        found.problem(f"{place}: no line like 'Linux 6.1.0 (host) 11/26/26' with a date tells of which day it is")
        return found
    midnight, shift = datetime(day.year, day.month, day.day), zone_offset_s or 0
    # The end of what was read, and the beginning of the tables since the last restart.
    last, first, moment, columns = midnight, None, None, None
    for block in re.split(r"\n[ \t\r]*\n", text[head.end() :]):
        rows = [row for row in map(_ROW.match, block.splitlines()) if row]
        if not rows:
            continue
        words = rows[0].group(5).split()
        restarted = words[:2] == ["LINUX", "RESTART"]
        # A new table begins where the others did; one whose head is printed again goes on.
        within = moment if words == columns else first
        after = last if restarted or first is None else within
        moment = _at(after, rows[0])
        if moment is None:
            found.problem(f"{place}: no time of day: {_shown(rows[0].group(0))}")
            moment = after
            continue
        if restarted:
            found.restarts.add(_epoch(moment) - shift)
            last, first, columns = moment, None, None
            continue
        if first is None:
            first = moment
        columns = words
        kind = next((COLUMNS[word] for word in words if word in COLUMNS), None)
        if kind:
            moment = _table(found, kind, columns, rows[1:], moment, shift, place)
        last = max(last, moment)
    return found


def _table(found, kind, columns, rows, moment, shift, place):
    """Reads the *rows* of one table; the time of the last."""
    where, naming, wanted = ELEMENTS[kind]
    named = columns.index(_NAME_COLUMNS[naming]) if naming and _NAME_COLUMNS[naming] in columns else None
    if naming and named is None:
        found.problem(f"{place}: a table of {kind} without the column {_NAME_COLUMNS[naming]}")
        return moment
    places = [(columns.index(word + "/s"), series) for word, series in wanted.items() if word + "/s" in columns]
    end = None
    for row in rows:
        words = row.group(5).split()
        now = _at(moment, row)
        if now is None or words[:1] == ["COM"]:
            continue
        if now != moment:
            end = _epoch(now) - shift
            if not found.interval(end, (now - moment).total_seconds(), place):
                end = None
            moment = now
        if len(words) != len(columns):
            found.problem(f"{place}: a row of {len(words)} words below {len(columns)} columns: {_shown(row.group(0))}")
        elif end is not None:
            name = "" if named is None else words[named]
            for column, series in places:
                found.rate(where, name, series, end, words[column], place)
    return moment


def _at(moment, row):
    """When *row* was, at or after *moment* and less than a day later; None where it is no time of day."""
    hour, minute, second, half, _rest = row.groups()
    hour, minute, second = int(hour), int(minute), int(second)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    found = datetime(moment.year, moment.month, moment.day) + timedelta(hours=hour, minutes=minute, seconds=second)
    return found if found >= moment else found + timedelta(days=1)


def _epoch(moment):
    return float(calendar.timegm(moment.timetuple()))


def _day(head, place):
    """The day of a report: year first, or the two others in the order that the file's name or the numbers allow."""
    first, _between, second, third = head.groups()
    named = _DAY_IN_NAME.search(place.rsplit("/", 1)[-1])
    # C and en_US have the month first, most others the day; the name of the file, sa26, tells the day.
    short = [(third, first, second), (third, second, first)]
    candidates = [(first, second, third)] if len(first) == 4 else short
    days = []
    for year, month, day in candidates:
        year = int(year) + (2000 if len(year) == 2 else 0)
        try:
            days.append(date(year, int(month), int(day)))
        except ValueError:
            continue
    of_name = [day for day in days if named and day.day == int(named.group(1)[-2:])]
    found = of_name or days
    # sar knows no time before Linux, and a year of four digits is what the calendar goes to.
    return found[0] if found and found[0].year >= 1991 else None


#: What sadf may take: a file of a stranger is its input. Seconds, and KiB of memory.
_SADF_S, _SADF_KIB = 60, 1 << 20


def xml_of_raw(data: bytes, sadf: str | None = None) -> str | None:
    """What ``sadf -x`` makes of a raw file; None where there is no sadf, or it cannot read it.

    It runs with an empty environment and within limits of time and memory, and writes to a pipe only.
    """
    program = sadf or shutil.which("sadf")
    if program is None:
        return None
    limited = f'ulimit -t {_SADF_S} && ulimit -v {_SADF_KIB} && ulimit -c 0 && exec "$@"'
    with tempfile.NamedTemporaryFile(prefix="packetloss-sar-") as raw:
        raw.write(data)
        raw.flush()
        command = ["/bin/sh", "-c", limited, "sh", program, "-x", raw.name]
        command += ["--", "-P", "ALL", "-n", "DEV,EDEV,UDP,SOFT"]
        try:
            ran = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={"LC_ALL": "C"},
                timeout=_SADF_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return ran.stdout.decode("utf-8", "replace") if ran.returncode == 0 else None
