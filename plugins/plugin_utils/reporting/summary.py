# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts' results as one report: what audit.json holds, the lines on the screen, the page audit.md.

Pure functions, apart from reading the template beside this file. What a host said is escaped for the place where it
is shown: control characters on a terminal, markup on a page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import rank
from jinja2 import Environment, FileSystemLoader, StrictUndefined

SCHEMA_VERSION = 1

#: Worst first.
VERDICTS = ("losing", "at_risk", "unknown", "clean")

#: A line names this much of the evidence; audit.md has all of it.
EVIDENCE_IN_LINE = 4

#: Which verdicts make a run fail. A host about which nothing is known is no pass.
FAILING = {
    "loss": ("losing", "unknown"),
    "risk": ("losing", "at_risk", "unknown"),
    "never": (),
}


def summarise(results: dict[str, dict[str, Any] | None], generated_at: str) -> dict[str, Any]:
    """The audit over all hosts, as written to audit.json.

    *results* maps each inventory name to the result of the audit task, or None where there is none.
    """
    hosts = sorted((_host(name, result) for name, result in results.items()), key=_host_rank)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "verdicts": {verdict: sum(host["verdict"] == verdict for host in hosts) for verdict in VERDICTS},
        "hosts": hosts,
    }


def _host(name: str, result: dict[str, Any] | None) -> dict[str, Any]:
    entry = {
        "name": name,
        "verdict": "unknown",
        "unreachable": False,
        "error": None,
        "reasons": [],
        "findings": [],
        "not_judged": [],
        "measured": [],
        "ring_memory": None,
        "document": None,
    }
    if result is None:
        return {**entry, "error": "the audit did not run on this host: see its message above"}
    if result.get("unreachable"):
        return {**entry, "unreachable": True, "error": f"unreachable: {result.get('msg')}"}
    if result.get("verdict") not in VERDICTS:
        return {**entry, "error": str(result.get("msg") or "the audit failed without a message")}
    return {**entry, **{key: result.get(key, entry[key]) for key in entry if key not in ("name", "unreachable")}}


def _host_rank(host: dict[str, Any]) -> tuple:
    # Of hosts with the same verdict the one with the worst finding comes first; one without findings comes last.
    worst = min((rank(finding) for finding in host["findings"]), default=())
    return (VERDICTS.index(host["verdict"]), not worst, worst, host["name"])


def failing_hosts(audit: dict[str, Any], fail_on: str) -> list[dict[str, Any]]:
    """The hosts that make a run fail with ``packetloss_fail_on: fail_on``."""
    return [host for host in audit["hosts"] if host["verdict"] in FAILING[fail_on]]


def lines(audit: dict[str, Any]) -> list[str]:
    """One line for each finding over all hosts, worst first, then one for each host that has none."""
    found = [(host["name"], finding) for host in audit["hosts"] for finding in host["findings"]]
    found.sort(key=lambda pair: rank(pair[1]))
    rows = [
        (
            finding["severity"].upper(),
            name,
            finding["layer"],
            finding["rule"],
            finding["subject"]["name"] or "-",
            told(finding),
        )
        for name, finding in found
    ]
    rows += [
        (host["verdict"].upper(), host["name"], "-", "-", "-", without_findings(host))
        for host in audit["hosts"]
        if not host["findings"] or host["verdict"] == "unknown"
    ]
    rows = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]


def without_findings(host: dict[str, Any]) -> str:
    """What there is to say of a host in one line: why nothing is known, or what was measured."""
    return host["error"] or "; ".join(host["reasons"]) or "; ".join(["no loss", *map(measured, host["measured"])])


def told(finding: dict[str, Any]) -> str:
    """A finding in one line: what, how much, the numbers, the first remedy."""
    much = []
    if finding["lost"]:
        much.append(f"{number(finding['lost'])} packets lost")
    if finding["rate"]:
        much.append(f"{number(finding['rate']['value'])} {finding['rate']['unit']}")
    what = f"{finding['title']}: {', '.join(much)}" if much else finding["title"]
    line = "; ".join([what, *map(measured, finding["evidence"][:EVIDENCE_IN_LINE])])
    return f"{line} -> {finding['actions'][0]['text']}" if finding["actions"] else line


def measured(item: dict[str, Any]) -> str:
    """An evidence in words: what, how much, and the unit."""
    return f"{item['what']} = {with_unit(item)}"


def with_unit(item: dict[str, Any]) -> str:
    """The value of an evidence with its unit."""
    return f"{number(item['value'])} {item['unit']}" if item["unit"] else number(item["value"])


def number(value: Any) -> str:
    """A value as a person reads it: 1234567 is "1,234,567", 0.25 is "0.25", a list is joined by commas."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not known"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, list):
        return ", ".join(number(item) for item in value)
    return str(value)


def mebibytes(size: int) -> str:
    """Bytes as a person reads them: 5874 * 2 ** 20 is "5,874 MiB"."""
    value = size / 2**20
    return f"{value:,.0f} MiB" if abs(value) >= 10 else f"{value:.1f} MiB"


def printable(text: Any) -> str:
    """Text of a host for a terminal: every control character, escape sequences with it, made visible."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(text))


def markdown(text: Any) -> str:
    """Text of a host for a Markdown page: nothing in it is markup, HTML or a new line."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$^])", r"\\\1", printable(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page(audit: dict[str, Any]) -> str:
    """The report for people, audit.md."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Every expression of the template is escaped, so that none can be forgotten.
        finalize=markdown,
        autoescape=False,  # noqa: S701 - Markdown, not HTML: finalize escapes
    )
    environment.filters.update(mebibytes=mebibytes, number=number, with_unit=with_unit)
    return environment.get_template("audit.md.j2").render(audit=audit)
