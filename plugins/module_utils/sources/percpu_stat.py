# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common form of /proc/net/stat/nf_conntrack, arp_cache and ndisc_cache.

A header names the columns, then one row of hexadecimal values follows for each possible (not online) CPU. The first
column, ``entries``, is the size of the whole table, repeated on every row; the others are the CPU's own counters.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_hexadecimal

#: The kernel keeps the counters in an unsigned long.
_LONGEST_VALUE = 16


def parse(text, path, counter):
    """``{"entries": int, "stats": {column: counter}}``, each column summed over the CPUs.

    :param counter: the class of what the kernel keeps per CPU, Counter32 or Counter64

    The sum is taken modulo the width of one row. So it steps back by exactly that width when any row wraps, and the
    growth of the sum over an interval is right, like that of a single counter of this width. Its absolute value means
    as little as that of a row that may have wrapped.

    Column names are the kernel's own and differ between kernels: a column that is not there is not in the result.
    Raises Unavailable ``malformed``.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or lines[0][0] != "entries":
        raise Unavailable(
            "malformed", f"{path}: expected a header that begins with entries and a row per CPU, found {text[:60]!r}"
        )
    columns = lines[0]
    rows = [_row(words, columns, path) for words in lines[1:]]
    sums = [sum(values) % (1 << counter.bits) for values in zip(*rows)]
    return {
        "entries": rows[0][0],
        "stats": {column: counter(total) for column, total in list(zip(columns, sums))[1:]},
    }


def _row(words, columns, path):
    if len(words) != len(columns):
        raise Unavailable("malformed", f"{path}: expected {len(columns)} values in a row, found {len(words)}")
    if not are_hexadecimal(words) or max(map(len, words)) > _LONGEST_VALUE:
        found = " ".join(words)[:60]
        raise Unavailable("malformed", f"{path}: expected hexadecimal values, found {found!r}")
    return [int(word, 16) for word in words]


def read(host, path, counter):
    """:func:`parse` of a file; raises Unavailable."""
    return parse(host.lines(path), path, counter)
