# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the tables of ``docs/remediation.md``: what a change may do to traffic, by driver and knob, from the TRAITS of
the drivers; and what may become of a host. With ``--check`` it writes nothing and fails when the page is not what it
would write.
"""

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "remediation.md"
sys.path.insert(0, str(REPOSITORY / ".venv" / "collections"))

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index  # noqa: E402
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import (  # noqa: E402
    CLASSES,
    KNOBS,
    UNSUPPORTED,
    change_class,
    trait,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.remedied import RESULTS  # noqa: E402

#: What a driver sets again, or makes anew, after something was changed.
AFTERWARDS = {
    "affinity_again_after": "sets the affinity of its interrupts anew after {}",
    "xps_again_after": "sets XPS anew after {}",
    "irqs_anew_after": "may have other interrupts after {}",
}
#: Of these events, those that a change of a knob is.
CHANGES = ("rings", "channels")


def classes():
    """The table of the classes."""
    lines = ["| class | what happens to traffic |", "|---|---|"]
    return [*lines, *(f"| {number} | {meaning} |" for number, meaning in CLASSES.items())]


def drivers():
    """The table of the drivers."""
    heads = [knob.replace("_", " ").replace("rss", "RSS") for knob in KNOBS]
    lines = [f"| driver | {' | '.join(heads)} | and besides |", "|---" * (len(KNOBS) + 2) + "|"]
    for name in sorted(index.every()):
        cells = [_cell(name, knob) for knob in KNOBS]
        lines.append(f"| {name} | {' | '.join(cells)} | {_afterwards(name)} |")
    return lines


def _cell(driver, knob):
    """The class of a change, "-" where the driver does not offer it, "?" where nobody knows."""
    row = trait(driver, "changes")[knob]
    if not isinstance(row, dict):
        return _class(row)
    told = [f"{key} {_class(found)}" for key, found in row.items() if key != "*"]
    others = _class(row.get("*"))
    if len(told) > 3:
        found = [change_class(driver, knob, key) for key in row if key != "*"]
        worst = max(each for each in found if each != UNSUPPORTED)
        told = [f"up to {worst}, by name"]
    return f"{others}; {', '.join(told)}" if "*" in row else ", ".join([*told, f"others {others}"])


def _class(found):
    return {None: "?", UNSUPPORTED: "-"}.get(found, str(found))


def _afterwards(driver):
    told = []
    for name, words in AFTERWARDS.items():
        after = [event for event in trait(driver, name) or () if event in CHANGES]
        if after:
            told.append(words.format(" and ".join(after)))
    holders = trait(driver, "channels_refused_with")
    if holders:
        told.append(f"refuses other channels with {' or '.join(holder.upper() for holder in holders)}")
    return "; ".join(told) or ""


def results():
    """The table of what may become of a host, the best first."""
    lines = ["| result | means | the host fails |", "|---|---|---|"]
    rows = reversed(RESULTS.items())
    return [*lines, *(f"| `{name}` | {found.words} | {'yes' if found.fails else 'no'} |" for name, found in rows)]


TABLES = {"classes": classes, "drivers": drivers, "results": results}


def with_tables(text):
    """*text* with each table between its two marks; SystemExit where it has no marks."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            sys.exit(f"{PAGE.name} has not one pair of the marks {begin.strip()} and {end.strip()}: put them back")
        before, _begin, rest = text.partition(begin)
        _old, _end, after = rest.partition(end)
        text = before + begin + "\n".join(table()) + "\n" + end + after
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the page is not up to date")
    options = parser.parse_args()
    old = PAGE.read_text(encoding="utf-8")
    text = with_tables(old)
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif old != text:
        sys.exit(f"{PAGE.relative_to(REPOSITORY)} is not what the code says: run `make docs`")


if __name__ == "__main__":
    main()
