# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host documents of many captures, one at a time: those of one host, wherever they lie, are its samples.

Each place is opened once, and what is in it becomes documents at once. Only of a host of which there is more in another
place is everything opened again, in the order of time, so that two captures are in memory at most.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.captured import read_captured
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.host import captured_host, captures_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.members import CaptureError
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import Place
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.same_host import Facts, facts, same

#: What is said of a capture on which the reading itself failed: what is in it never should make it.
OUR_FAULT = (
    "reading it failed, which is a fault of this collection and not of the capture: {fault}; "
    "please report it, with the capture if you can"
)


class Read(NamedTuple):
    """The documents of one host, the newest last.

    :param newest: the :class:`captured.Captured` of which the newest document is
    :param error: why there is no document
    """

    host: str
    documents: list[dict[str, Any]]
    newest: Captured
    error: str | None = None


class NotRead(NamedTuple):
    """A file or folder of which nothing was made, or not all, and why."""

    path: str
    why: str


class Done(NamedTuple):
    """So many of the places were opened."""

    places: int
    of: int


class _Source(NamedTuple):
    """One capture: the place, which of those in it, when it was taken."""

    place: Place
    number: int
    taken: float | None


class _Known:
    """A host, and where its captures are."""

    def __init__(self, name: str, who: Facts):
        self.name = name
        self.facts = [who]
        self.sources: list[_Source] = []
        #: How often something of it was read: what lies in one place is read together.
        self.times = 0

    def is_host(self, who: Facts) -> bool:
        return any(same(known, who) for known in self.facts)


class Reader:
    """Reads captures.

    :param patterns: and *networks* choose the NICs, as in an audit
    """

    def __init__(self, patterns: Iterable[str] = (), networks: Iterable[str] = ()):
        self._chosen = (tuple(patterns), tuple(networks))
        self._hosts: list[_Known] = []

    def read(self, places: list[Place]) -> Iterator[Read | NotRead | Done]:
        """Everything that can be read of *places*. Of a host that is named twice the later one counts."""
        try:
            for number, place in enumerate(places):
                yield from self._place(place)
                yield Done(number + 1, len(places))
                # Members and captures know each other, and are large: nobody waits until Python finds them by itself.
                # What is there already is not looked through each time.
                gc.collect()
                gc.freeze()
        finally:
            gc.unfreeze()
        for known in [known for known in self._hosts if known.times > 1]:
            yield from self._guarded(known.sources[-1].place.path, lambda host=known: self._series(host))

    def _place(self, place: Place) -> Iterator[Read | NotRead]:
        """What is in one place. Captures of one host that follow each other there are read together."""
        told: list[str] = []
        yield from self._guarded(place.path, lambda: self._in_place(place, told.append))
        yield from (NotRead(place.path, sentence) for sentence in dict.fromkeys(told))

    @staticmethod
    def _guarded(path: str, read: Callable[[], Iterator[Read | NotRead]]) -> Iterator[Read | NotRead]:
        try:
            yield from read()
        except CaptureError as error:
            yield NotRead(path, str(error).removeprefix(f"{path}: "))
        except Exception as error:  # noqa: BLE001 - a stranger's file may hold anything; the others go on
            yield NotRead(path, OUR_FAULT.format(fault=f"{type(error).__name__}: {error}"))

    def _in_place(self, place: Place, told: Callable[[str], None]) -> Iterator[Read | NotRead]:
        together: list[tuple[_Source, Captured]] = []
        for number, captured in enumerate(captures_of(place.path, inner=place.inner, told=told)):
            found = (_Source(place, number, captured.taken), captured)
            if together and captured.name != together[-1][1].name:
                yield from self._hosts_of(together)
                together = []
            together.append(found)
        yield from self._hosts_of(together)

    def _hosts_of(self, found: list[tuple[_Source, Captured]]) -> Iterator[Read]:
        """The hosts of some captures of one name in one place."""
        groups: dict[str, tuple[_Known, list[tuple[_Source, Captured, list[dict[str, Any]]]]]] = {}
        for source, captured in found:
            host = captured_host(captured)
            try:
                documents = read_captured([host], *self._chosen)
            except SelectionError as error:
                unknown = Facts(captured.name, None, None, frozenset(), None)
                yield Read(self._known(unknown).name, [], captured, str(error))
                continue
            known = self._known(facts(captured.name, host, documents[-1]))
            known.sources.append(source)
            groups.setdefault(known.name, (known, []))[1].append((source, captured, documents))
        for known, members in groups.values():
            known.times += 1
            if known.times > 1:
                # It is read again, with what came before.
                continue
            members.sort(key=lambda member: _by_time(member[0]))
            ordered = [captured for _source, captured, _documents in members]
            if len(members) == 1:
                yield Read(known.name, _noted(members[0][2], ordered), ordered[-1])
            else:
                yield self._read(known, ordered)

    def _known(self, who: Facts) -> _Known:
        """The host of these facts; one that is new gets a name that no other has."""
        for known in self._hosts:
            if known.is_host(who):
                if who not in known.facts:
                    known.facts.append(who)
                return known
        taken = {known.name for known in self._hosts}
        name = next(name for name in _names(who.name) if name not in taken)
        known = _Known(name, who)
        self._hosts.append(known)
        return known

    def _read(self, known: _Known, captures: list[Captured]) -> Read:
        hosts = [captured_host(captured) for captured in captures]
        return Read(known.name, _noted(read_captured(hosts, *self._chosen), captures), captures[-1])

    def _series(self, known: _Known) -> Iterator[Read]:
        """A host of which there is something in several places: each two that follow each other in time."""
        sources = sorted(known.sources, key=_by_time)
        documents: list[dict[str, Any]] = []
        before = None
        for source in sources:
            captured = _opened(source)
            if before is not None:
                documents += [one for one in self._read(known, [before, captured]).documents if _is_interval(one)]
            before = captured
        alone = self._read(known, [before])
        newest = documents[-1]["meta"]["taken_at"] if documents else None
        if newest is None or newest != alone.documents[-1]["meta"]["taken_at"]:
            documents += alone.documents
        yield alone._replace(documents=documents)


def _opened(source: _Source) -> Captured:
    for number, captured in enumerate(captures_of(source.place.path, inner=source.place.inner)):
        if number == source.number:
            return captured
    raise CaptureError(f"{source.place.path}: it has changed while it was read; diagnose it again")


def _is_interval(document: dict[str, Any]) -> bool:
    return document["meta"]["basis"] == "interval"


def _noted(documents: list[dict[str, Any]], captures: list[Captured]) -> list[dict[str, Any]]:
    """The documents, each with what it says of where it is from."""
    newest = captures[-1]
    for document in documents:
        document["meta"]["captured"] = {
            "from": list(dict.fromkeys(captured.origin for captured in captures)),
            "layout": newest.layout,
            "taken_from": newest.taken_from,
            "problems": list(dict.fromkeys(problem for captured in captures for problem in captured.problems)),
        }
    return documents


def _by_time(source: _Source) -> tuple[bool, float, str, int]:
    """Those without a time come first, so that the newest is one that has it."""
    return source.taken is not None, source.taken or 0.0, source.place.path, source.number


def _names(name: str) -> Iterator[str]:
    """A name, and then the same with a number behind it. A capture may tell none."""
    name = name.strip() or "unnamed"
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
