# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a table that takes hours, gathered from several runs: each tells when it was made, and of which version.

A row that is made again takes the place of the one before. What was written is there also where a run is broken off.
"""

import datetime
import json
import subprocess

import auditing


def gather(path, rows, identity):
    """Put *rows* (dicts) into the JSON file at *path*, in the place of those with the same values of *identity* (names
    of keys); all that is in the file then."""
    known = json.loads(path.read_text()) if path.exists() else []
    found = merged(known, [{**row, "made": today(), "version": version()} for row in rows], identity)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    return found


def merged(known, rows, identity):
    """*known* with each of *rows* in the place of the one with the same identity, else at the end."""
    by_identity = {tuple(row[key] for key in identity): row for row in known}
    by_identity.update((tuple(row[key] for key in identity), row) for row in rows)
    return list(by_identity.values())


def today():
    return datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()


def version():
    """The commit that was tried, with "+" where files of it were changed since."""
    told = subprocess.run(
        ["git", "-C", str(auditing.REPOSITORY), "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()
