# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The counters of the protocols: /proc/net/snmp, /proc/net/netstat and /proc/net/snmp6.

They belong to the network namespace of the process that reads them, and count from its creation. Fields are found by
name: kernels add and remove them, and one that a kernel does not have is not there, which is not the same as 0.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64

#: Fields that are settings or states of the moment, not counters (net/ipv4/proc.c, net/mptcp/mib.c, 6.18).
GAUGES = {
    "Ip": ("Forwarding", "DefaultTTL"),
    "Tcp": ("RtoAlgorithm", "RtoMin", "RtoMax", "MaxConn", "CurrEstab"),
    "MPTcpExt": ("MPCurrEstab",),
}


def parse_sections(text, path):
    """``{"Ip": {"InReceives": Counter64, "Forwarding": int}}`` from pairs of a line of names and a line of values.

    A field of :data:`GAUGES` is a plain int, and may be negative (Tcp MaxConn -1: no limit).

    Raises Unavailable ``malformed``.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if not lines or len(lines) % 2:
        raise Unavailable("malformed", f"{path}: expected pairs of lines, found {len(lines)} lines")
    sections = {}
    for names, values in zip(lines[::2], lines[1::2]):
        if names[0] != values[0] or not names[0].endswith(":") or len(names) != len(values):
            raise Unavailable(
                "malformed",
                f"{path}: expected a value for each name of {names[0][:60]!r}, found {len(names) - 1} names "
                f"and {len(values) - 1} values of {values[0][:60]!r}",
            )
        name = names[0][:-1]
        gauges = GAUGES.get(name, ())
        section = sections.setdefault(name, {})
        for field, value in zip(names[1:], values[1:]):
            section[field] = _number(value, field in gauges, path, field)
    return sections


def parse_list(text, path):
    """``{"Ip6InReceives": Counter64}`` from lines of a name and a value: snmp6 and xfrm_stat.

    Raises Unavailable ``malformed``.
    """
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) != 2:
            raise Unavailable("malformed", f"{path}: expected lines of a name and a value, found {line[:60]!r}")
        found[words[0]] = _number(words[1], False, path, words[0])
    if not found:
        raise Unavailable("malformed", f"{path}: expected lines of a name and a value, found an empty file")
    return found


def _number(word, gauge, path, field):
    try:
        number = whole_number(word)
        if number < 0 and not gauge:
            raise ValueError
    except ValueError:
        raise Unavailable(
            "malformed", f"{path}: expected a whole number for {field[:60]}, found {word[:60]!r}"
        ) from None
    return number if gauge else Counter64(number)


#: Part of the document: the file and how it is read.
FILES = {
    "snmp": ("/proc/net/snmp", parse_sections),
    "snmp6": ("/proc/net/snmp6", parse_list),
    "netstat": ("/proc/net/netstat", parse_sections),
}


def read(host, gaps):
    """``{"snmp": {...}, "snmp6": {...}, "netstat": {...}}``; a part that cannot be had is None, with its gap.

    snmp6 is absent where the kernel runs without IPv6. *gaps* is at ``/protocols``.
    """

    def part(path, parse):
        return parse(host.lines(path), path)

    return {key: gaps.attempt(key, part, path, parse) for key, (path, parse) in FILES.items()}
