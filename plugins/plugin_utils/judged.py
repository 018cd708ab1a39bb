# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of a host document, whoever read it: the audit of a live host, and the report on a stored one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.assemble import SCHEMA_VERSION
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import entry, unknown
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.shapes import CAPTURED, wrong
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.store import Skipped, Store
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.ring_costs import ring_costs
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import diagnose
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.loader import Rule
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.values import dig
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.wanted import next_time


def not_a_document(document: Any) -> str | None:
    """Why something is no host document of the version that is known here, or None."""
    if isinstance(document, dict) and document.get("schema_version") == SCHEMA_VERSION:
        return None
    return f"this is no host document of version {SCHEMA_VERSION}"


def judged(document: dict[str, Any], rules: list[Rule], limits: Mapping[str, float]) -> dict[str, Any]:
    """What a host document says: ``verdict``, ``basis``, ``findings``, ``not_judged``, ``reasons``, ``measured``,
    ``ring_memory``, ``captured``, ``error``. A document that no rule can be asked about is "unknown", with the reason
    in ``error``.
    """
    try:
        found = diagnose(document, rules, limits)
        captured = captured_of(document, limits)
    except Exception as error:  # noqa: BLE001 - the host may have answered anything; the others go on
        return unknown(f"the host answered with something that is no host document: {type(error).__name__}: {error}")
    return {**found, "ring_memory": ring_costs(document), "captured": captured, "error": None}


def captured_of(document: dict[str, Any], limits: Mapping[str, float]) -> dict[str, Any] | None:
    """Where a document is from that was made of files, with what to capture next time; None of one of an audit."""
    captured = dig(document, "meta", "captured")
    if captured is None or wrong(captured, CAPTURED):
        return None
    return {**{key: captured[key] for key in CAPTURED}, "next_time": next_time(document, limits)}


def entry_of(
    store: Store, host: str, document: dict[str, Any], rules: list[Rule], limits: Mapping[str, float]
) -> dict[str, Any]:
    """The findings of a host as the store keeps them, from its document, which is in the store."""
    meta = document["meta"] if isinstance(document.get("meta"), dict) else {}
    run = meta.get("run")
    file = store.relative(store.document_path(host))
    found = judged(document, rules, limits)
    return entry(host, run if isinstance(run, str) else None, found, meta.get("taken_at"), file)


def diagnosed_again(store: Store, rules: list[Rule], limits: Mapping[str, float]) -> Iterator[dict[str, Any] | Skipped]:
    """The findings of every host in the store, made anew from its document by *rules* and *limits* and kept; and
    the files that are no such thing.

    A host that could not be read the last time has no document of that time: its findings stay as they are, and what
    an earlier run read of it is not taken for new. Those of a host whose document is damaged stay, too.
    """
    for stored in store.stored():
        if isinstance(stored, Skipped):
            yield stored
            continue
        host, document, findings = stored
        unread = findings is not None and findings["document"] is None
        fault = None if document is None or unread else not_a_document(document)
        if fault:
            yield Skipped(store.relative(store.document_path(host)), fault)
        if document is None or unread or fault:
            if findings is not None:
                yield findings
            continue
        found = entry_of(store, host, document, rules, limits)
        if findings is not None:
            # It is of files that nobody has here.
            found["history"] = findings.get("history")
        store.write_findings(found)
        yield found
