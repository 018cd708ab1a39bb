# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest captured by capture.sh, and what was found by its file next to what the audit found."""

import base64
import json
from typing import NamedTuple

import auditing

#: Where capture.sh is started in a guest, and leaves its file.
_FOLDER = "/tmp/captured"


def capture(guest, folder, interval_s):
    """Capture a guest over *interval_s* seconds; its file is in *folder* then, and nothing in the guest."""
    start = f"rm -rf {_FOLDER} && mkdir {_FOLDER} && cd {_FOLDER} && exec sh -s {interval_s}"
    try:
        # By its standard input, as somebody does it who has nothing but ssh.
        guest.run("sh", "-c", start, stdin=auditing.CAPTURE.read_text(), limit_s=300)
        (name,) = guest.run("ls", "-A", _FOLDER).split()
        data = base64.b64decode(guest.run("base64", f"{_FOLDER}/{name}"))
    finally:
        guest.run("rm", "-rf", _FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


class Found(NamedTuple):
    """What an audit, or a diagnosis, found in a guest."""

    verdict: str
    #: ``{"R20 udp loss": packets a second, or None}``
    findings: dict


def found(told, entry):
    """The :class:`Found` of an entry in audit.json; *told* are those of its findings that count."""
    rates = {}
    for finding in entry["findings"]:
        for one in told:
            if (finding["rule"], finding["severity"], finding["subject"]["name"] or "") == (
                one.rule,
                one.severity,
                one.subject,
            ):
                rates[str(one)] = finding["rate"] and finding["rate"]["value"]
    return Found(entry["verdict"], rates)


class Row(NamedTuple):
    """A row of the table: one loss in one guest."""

    loss: str
    kernel: str
    audit: Found
    capture: Found
    size_bytes: int
    same: bool
    tries: int


def table(rows):
    """The rows as lines of text, aligned."""
    lines = [("loss", "kernel", "audit", "capture", "KiB", "tries", "")]
    for row in rows:
        both = [_told(each) for each in (row.audit, row.capture)]
        verdict = "the same" if row.same else "DIFFERENT"
        lines.append((row.loss, row.kernel, *both, f"{row.size_bytes / 1024:.0f}", str(row.tries), verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)


def _told(each):
    findings = [name if rate is None else f"{name} {rate:,.0f}/s" for name, rate in sorted(each.findings.items())]
    return f"{each.verdict}: {'; '.join(findings) or 'nothing'}"


def save(rows, folder):
    """Leave the rows in ``captured.json`` for the docs, and as a table in ``captured.txt``."""
    folder.mkdir(parents=True, exist_ok=True)
    told = [{**row._asdict(), "audit": row.audit._asdict(), "capture": row.capture._asdict()} for row in rows]
    (folder / "captured.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / "captured.txt").write_text(table(rows) + "\n")
