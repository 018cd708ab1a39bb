# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the table of public statements into ``docs/ring-memory.md``, with what the models predict for them now.

The statements are in ``tests/unit/ring_statements.json``. With ``--check`` it writes nothing and fails when the page is
not what it would write.
"""

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "ring-memory.md"
BEGIN, END = "<!-- stated: begin -->\n", "<!-- stated: end -->\n"
sys.path.insert(0, str(REPOSITORY / ".venv" / "collections"))

from ansible_collections.linuxnet.packetloss.tests.unit.ring_statements import (  # noqa: E402
    JUDGEMENTS,
    NOT_COMPARABLE,
    predicted,
    ratio,
    statements,
)


def table(found):
    """The table of some statements, and before it how many there are of each judgement."""
    judgements = [one["judgement"] for one in found]
    counts = [f"{judgements.count(name)} {name}" for name in (*JUDGEMENTS, NOT_COMPARABLE)]
    lines = [f"{len(found)} statements: {', '.join(counts)}.", ""]
    lines += [
        "| # | source; rests on | of what | stated | predicted, and its ratio | judgement |",
        "|---|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(map(_cell, _row(one))) + " |" for one in found]
    return "\n".join(lines) + "\n"


def _row(one):
    source = f"{one['source']}; {one['rests_on']}"
    predictions = "; ".join(map(_prediction, one["checks"])) or "-"
    return one["id"], source, one["told"], one["stated"], predictions, f"**{one['judgement']}**: {one['reason']}"


def _prediction(check):
    return f"{check['what']}: {predicted(check) / 2**20:.2f} MiB, {ratio(check):.2f}"


def _cell(text):
    return text.replace("|", "\\|")


def with_table(text, rows):
    """*text* with *rows* between its two marks; SystemExit where it has no marks."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{PAGE.name} has not one pair of the marks {BEGIN.strip()} and {END.strip()}: put them back")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + rows + END + after


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the page is not up to date")
    options = parser.parse_args()
    old = PAGE.read_text(encoding="utf-8")
    text = with_table(old, table(statements()))
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif old != text:
        sys.exit(f"{PAGE.relative_to(REPOSITORY)} is not what the models predict: run scripts/ring_statements_doc.py")


if __name__ == "__main__":
    main()
