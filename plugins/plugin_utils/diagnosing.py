# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures to what is said of their hosts, in the store of an audit: no host is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.judged import entry_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.captured import Captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.places import Place
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.reading import NotRead, Read, Reader
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.sar import history_of, sentence_of
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import unread
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.progress import Progress
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import Rule


def diagnosed(
    store: Store,
    run: str,
    reader: Reader,
    places: list[Place],
    rules: list[Rule],
    limits: Mapping[str, float],
    progress: Progress | None = None,
) -> list[dict[str, Any] | Skipped]:
    """The findings of every host that was captured, kept in the store, and what nothing was made of.

    Of a series of intervals the newest is that of the host; an earlier one has its time behind the name.

    :param progress: is told of each host as soon as it is there
    """
    found: dict[str, dict[str, Any]] = {}
    skipped: list[Skipped] = []
    for event in reader.read(places):
        if isinstance(event, Read):
            for each in _of_host(store, run, event, rules, limits):
                found[each["host"]] = each
                if progress:
                    progress.host(each["host"], each["verdict"])
        elif isinstance(event, NotRead):
            skipped.append(Skipped(event.path, event.why))
        elif progress:
            progress.done(event.places)
    return [*found.values(), *skipped]


def _of_host(
    store: Store, run: str, read: Read, rules: list[Rule], limits: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    if read.error is not None:
        found = unread(read.host, run, read.error)
        store.write_findings(found)
        yield found
    for document in read.documents:
        newest = document is read.documents[-1]
        host = read.host if newest else f"{read.host} {document['meta']['taken_at']}"
        document["meta"]["run"] = run
        store.write_document(host, document)
        found = {**entry_of(store, host, document, rules, limits), "run": run}
        if newest:
            found = with_history(found, read.newest)
        store.write_findings(found)
        yield found


def with_history(found: dict[str, Any], captured: Captured) -> dict[str, Any]:
    """The findings of a host with what sar kept there: since when it lost packets, and whether it still did."""
    try:
        history = history_of(captured)
        sentences = [sentence_of(history, finding) for finding in found["findings"]]
    except Exception as error:  # noqa: BLE001 - a stranger's file may hold anything; what else it holds is used
        told = f"what sar kept in it could not be read: {type(error).__name__}: {error}"
        of = found["captured"]
        return {**found, "captured": {**of, "problems": [*of["problems"], told]}} if of else found
    told_findings = [
        {**finding, "history": sentence} if sentence else finding
        for finding, sentence in zip(found["findings"], sentences)
    ]
    return {**found, "findings": told_findings, "history": history}
