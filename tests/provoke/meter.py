# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the kernel's counters several times a second and prints what it saw, a JSON line for each look:
``{"uptime_s": 12.34, "told": {SOURCE: text}}``.

``meter.py SOURCE...``: a source is the path of a file, or a command. It runs where what it looks at is, beside
traffic.py, and ends like that.
"""

import json
import shlex
import subprocess
import sys
import time

import traffic

PAUSE_S = 0.15
#: A look may take so much of a CPU at most: an emulated one is long about starting a program, and has a loss to bear.
SHARE = 0.1


def look(source):
    """The text of a source; none where it is not there, or not yet."""
    if not source.startswith("/"):
        told = subprocess.run(shlex.split(source), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False).stdout
        return told.decode("ascii", "replace")
    try:
        with open(source, encoding="ascii", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def main():
    traffic.end_when_told()
    traffic.ready()
    for _unused in traffic.paced(PAUSE_S):
        begun = time.monotonic()
        # The clock first, and the same that the audit tells its samples by.
        uptime_s = float(look("/proc/uptime").split()[0])
        told = {source: look(source) for source in sys.argv[1:]}
        print(json.dumps({"uptime_s": uptime_s, "told": told}), flush=True)
        time.sleep(max(0.0, (time.monotonic() - begun) / SHARE - PAUSE_S))


if __name__ == "__main__":
    main()
