# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/net/softnet_stat: what each CPU did with received packets, and what its backlog refused.

One line per online CPU, no header, every field an unsigned 32-bit ``%08x`` (net/core/net-procfs.c). The form is told
by the number of fields and never by the kernel version, for distributions backport:

======= ================================================= ==================
columns added                                             mainline
======= ================================================= ==================
9                                                         up to 2.6.34
10      received_rps                                      2.6.35 to 3.10
11      flow_limit_count                                  3.11 to 5.9
13      backlog_len, the CPU's id                         5.10 to 6.3
15      input_qlen, process_qlen                          6.4 and later
======= ================================================= ==================
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_hexadecimal
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32

PATH = "/proc/net/softnet_stat"

#: The known numbers of columns; a longer line is read as the longest, and what is more is ignored.
FORMS = (9, 10, 11, 13, 15)

#: Where the CPU's id stands in the forms that print it.
CPU_COLUMN = 12

#: Column of each counter. Columns 3 to 7 are the fields of fastroute, always 0.
COUNTERS = {
    "processed": 0,
    "dropped": 1,
    "time_squeeze": 2,
    "cpu_collision": 8,
    "received_rps": 9,
    "flow_limit_count": 10,
}

#: Column of each gauge: packets that waited at the moment of reading.
GAUGES = {"backlog_len": 11, "input_qlen": 13, "process_qlen": 14}


def read(host, online):
    """:func:`parse` of /proc/net/softnet_stat; raises Unavailable."""
    return parse(host.lines(PATH), online)


def parse(text, online):
    """The document's ``softnet``.

    ``{"columns": 15, "cpus": {"0": {"processed": Counter32, ..., "backlog_len": int, ...}}}`` with the fields of
    :data:`COUNTERS` and :data:`GAUGES`; a field that the form lacks is None. ``columns`` is the number found.

    :param online: the sorted ids of the online CPUs, or None where they are not known. Needed in the forms without a
        CPU id, where the N-th line is the N-th online CPU.

    Raises Unavailable: ``malformed``, or ``absent`` where nothing tells which line is which CPU.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    columns = _columns(rows)
    values = [_values(row) for row in rows]
    cpus = {}
    for cpu, row in zip(_cpu_ids(values, columns, online), values):
        if str(cpu) in cpus:
            raise _malformed(f"expected one line per CPU, found two of CPU {cpu}")
        entry = {name: Counter32(row[at]) if at < columns else None for name, at in COUNTERS.items()}
        entry.update((name, row[at] if at < columns else None) for name, at in GAUGES.items())
        cpus[str(cpu)] = entry
    return {"columns": columns, "cpus": cpus}


def _columns(rows):
    if not rows:
        raise _malformed("expected one line per online CPU, found an empty file")
    widths = sorted({len(row) for row in rows})
    if len(widths) > 1:
        raise _malformed("expected lines of the same number of columns, found " + " and ".join(map(str, widths)))
    if widths[0] not in FORMS and widths[0] < FORMS[-1]:
        raise _malformed(f"expected 9, 10, 11, 13 or at least 15 columns, found {widths[0]}")
    return widths[0]


def _values(row):
    # Exactly eight digits: a shorter field is a line that was cut off.
    fields = row[: FORMS[-1]]
    if not are_hexadecimal(fields) or any(len(field) != 8 for field in fields):
        wrong = next(field for field in fields if len(field) != 8 or not are_hexadecimal([field]))
        raise _malformed(f"expected fields of eight hexadecimal digits, found {wrong[:60]!r}")
    return [int(field, 16) for field in fields]


def _cpu_ids(values, columns, online):
    if columns > CPU_COLUMN:
        return [row[CPU_COLUMN] for row in values]
    if online is None:
        raise Unavailable(
            "absent", f"{PATH}: {columns} columns name no CPU, and the list of online CPUs could not be read"
        )
    if len(values) != len(online):
        raise _malformed(
            f"expected {len(online)} lines, one per online CPU, found {len(values)}: "
            "a CPU went on or off line during the reading, or a container shows only some of them"
        )
    return online


def _malformed(detail):
    return Unavailable("malformed", f"{PATH}: {detail}")
