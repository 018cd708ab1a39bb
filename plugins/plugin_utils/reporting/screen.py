# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees at the end of an audit: one table of losses and risks, worst first, and counts of the rest.

Pure functions; the lines keep to the width of the terminal. What a host said is data: its control characters are shown,
never sent.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.entries import SEVERITIES, counts
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.gate import OF_LOSS
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.summary import lost_per_s, rank
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.terminal import columns, cut, pad, wrapped
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import (
    counted,
    number,
    printable,
    spaced,
    subject,
)

#: The width of what is no terminal: a pipe, a log.
WIDTH_OF_A_PIPE = 120
#: Narrower than this nothing can be told.
NARROWEST = 60

#: The width of the terminal. A worker of ansible-playbook has none: it is asked when this is loaded, before the fork.
WIDTH = shutil.get_terminal_size((WIDTH_OF_A_PIPE, 24)).columns

#: The table has so many findings at most, and so many hosts about which nothing can be said.
MOST_ROWS, MOST_UNKNOWN = 40, 10

#: A text below a row takes so many lines.
MOST_LINES = 2

#: What could not be read takes so many: at its end it says what to do.
MOST_LINES_SKIPPED = 4

#: The columns for a host and a place take at most this share of the width.
HOST_SHARE, PLACE_SHARE = 0.28, 0.28

#: Why a host fails is one line, with what Ansible puts around it.
LONGEST_WHY = 160

#: What is said of a host where "is" with its verdict is no sentence.
VERDICT_WORDS = {"lost_before": "lost packets before"}

HEAD = ("", "host", "where", "lost/s", "what it is, and what to do first")

#: What does not fit beside the columns of the table goes below them.
INDENT = " " * 6
ROOM_FOR_A_TITLE = 30


def lines(audit: dict[str, Any], width: int = WIDTH) -> list[str]:
    """The report for the screen, from what audit.json holds."""
    width = max(width, NARROWEST)
    rows, left = _chosen(audit["hosts"])
    told = _table(rows, width) if rows else []
    if left:
        told.append(f"... and {counted(left, 'finding')} more: see audit.md")
    told += _unknown(audit["hosts"], width)
    told += _not_whole(audit["hosts"], width)
    for one in audit["skipped"][:MOST_UNKNOWN]:
        told += wrapped(printable(f"Skipped {one['file']}: {one['why']}"), width, MOST_LINES_SKIPPED)
    if len(audit["skipped"]) > MOST_UNKNOWN:
        told.append(f"... and {counted(len(audit['skipped']) - MOST_UNKNOWN, 'file')} more")
    return [*told, *([""] if told else []), *wrapped(_sum(audit), width)]


def _chosen(hosts: list[dict[str, Any]]) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """``(host, finding)`` for the rows of the table, worst first, and how many are left out.

    Where there are too many, each host has its worst before another has a second one.
    """
    found = [
        (place, rank(finding), host["name"], finding)
        for host in hosts
        for place, finding in enumerate(one for one in host["findings"] if one["severity"] != "info")
    ]
    chosen = found
    if len(found) > MOST_ROWS:
        chosen = sorted(found, key=lambda row: row[:3])[:MOST_ROWS]
    chosen = sorted(chosen, key=lambda row: (row[1], row[2], row[0]))
    return [(name, finding) for _place, _rank, name, finding in chosen], len(found) - len(chosen)


def _table(rows: list[tuple[str, dict[str, Any]]], width: int) -> list[str]:
    cells = [
        (
            finding["severity"].upper(),
            printable(host),
            printable(_place(finding)),
            number(float(lost_per_s(finding))) if lost_per_s(finding) else "-",
        )
        for host, finding in rows
    ]
    limits = (4, int(width * HOST_SHARE), int(width * PLACE_SHARE), 9)
    widths = [min(limit, max(columns(row[at]) for row in [HEAD[:4], *cells])) for at, limit in enumerate(limits)]
    room = width - sum(widths) - 2 * len(widths)
    told = [_row(HEAD, widths, room)]
    for row, (_host, finding) in zip(cells, rows):
        title = printable(_title(finding))
        beside = room >= ROOM_FOR_A_TITLE
        told.append(_row((*row, title if beside else ""), widths, room))
        told += [INDENT + line for line in ([] if beside else wrapped(title, width - len(INDENT), MOST_LINES))]
        told += [INDENT + line for line in _first_to_do(finding, width - len(INDENT))]
    return told


def _title(finding: dict[str, Any]) -> str:
    """What a finding is called, and of what time it is where that is no interval of an audit."""
    return f"{finding['title']} ({finding['since']})" if finding.get("since") else finding["title"]


def _row(cells: Iterable[str], widths: list[int], room: int) -> str:
    severity, host, place, lost, title = (
        cut(cell, width, middle=at < 4) for at, (cell, width) in enumerate(zip(cells, [*widths, room]))
    )
    told = [pad(severity, widths[0]), pad(host, widths[1]), pad(place, widths[2]), lost.rjust(widths[3]), title]
    return "  ".join(told).rstrip()


def _first_to_do(finding: dict[str, Any], width: int) -> list[str]:
    """What to do first, in two lines at most: a command where there is one."""
    if not finding["actions"]:
        return []
    action = finding["actions"][0]
    return wrapped(f"-> {printable(action['command'] or action['text'])}", width, MOST_LINES)


def _unknown(hosts: list[dict[str, Any]], width: int) -> list[str]:
    unknown = [host for host in hosts if host["verdict"] == "unknown"]
    told = [cut(printable(f"UNKNOWN  {host['name']}  {_why_unknown(host)}"), width) for host in unknown[:MOST_UNKNOWN]]
    if left := len(unknown) - len(told):
        told.append(f"... and {counted(left, 'host')} more about which nothing can be said: see audit.md")
    return told


def _not_whole(hosts: list[dict[str, Any]], width: int) -> list[str]:
    """What of the files could not be read that a host was diagnosed from."""
    problems = [(host["name"], one) for host in hosts if host["captured"] for one in host["captured"]["problems"]]
    told = []
    for name, problem in problems[:MOST_UNKNOWN]:
        told += wrapped(printable(f"Not whole: {name}: {problem}"), width, MOST_LINES_SKIPPED)
    if left := len(problems) - MOST_UNKNOWN:
        told += [f"... and {counted(left, 'problem')} more: see audit.md"] if left > 0 else []
    return told


def _why_unknown(found: dict[str, Any]) -> str:
    return found["error"] or "; ".join(found["reasons"])


def why(found: dict[str, Any]) -> str:
    """Why a host is no pass, in one line of a message."""
    worst = found["findings"][0] if found["findings"] else None
    if found["verdict"] == "unknown" or worst is None:
        return cut(printable(f"nothing can be said of this host: {_why_unknown(found)}"), LONGEST_WHY)
    lost = f", {counted(worst['lost'], 'packet')} lost" if worst["lost"] else ""
    since = f", {worst['since']}" if worst.get("since") else ""
    verdict = f"this host {VERDICT_WORDS.get(found['verdict'], 'is ' + spaced(found['verdict']))}"
    told = f"{verdict}: {worst['title']} ({_place(worst)}{lost}{since})"
    return cut(printable(told), LONGEST_WHY)


def _place(finding: dict[str, Any]) -> str:
    return " ".join(filter(None, (finding["layer"], subject(finding), finding["rule"])))


def _sum(audit: dict[str, Any]) -> str:
    """The counts in one sentence: an idle host needs no more."""
    hosts = audit["hosts"]
    few = Counter(host["verdict"] for host in hosts if host["verdict"] in OF_LOSS and "loss" not in host["fails_on"])
    notes = {verdict: f" ({count:,} within packetloss_tolerance)" for verdict, count in few.items()}
    verdicts = ", ".join(
        f"{count:,} {spaced(verdict)}{notes.get(verdict, '')}" for verdict, count in audit["verdicts"].items() if count
    )
    found = {severity: sum(counts(host)[severity] for host in hosts) for severity in SEVERITIES}
    findings = ", ".join(
        counted(found[severity], *forms)
        for severity, forms in zip(SEVERITIES, (("loss", "losses"), ("risk",), ("info",)))
        if found[severity]
    )
    nothing = "no packet was lost" if hosts and audit["verdicts"]["clean"] == len(hosts) else None
    said = "; ".join(filter(None, (verdicts or "none was read", nothing, findings)))
    times = sorted(host["taken_at"] for host in hosts)
    # Without a run of its own a report is of what earlier ones left.
    read = "" if audit["run"] or not times else f" Read from {printable(times[0])} to {printable(times[-1])}."
    return f"{counted(len(hosts), 'host')}: {said}.{read}"
