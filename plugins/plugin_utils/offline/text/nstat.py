# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``nstat -az`` prints, as the files of /proc/net that it read: misc/nstat.c of iproute2 6.1.

Without -a it prints what was added since it was last called, which nothing in the text tells: a layout must not give
such an output.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]*) +([0-9]+) +([0-9.]+)\s*$")

#: The file in which a section is, the longer names first; those of snmp6 have their section in their name.
_SECTIONS = (
    ("IpExt", "netstat"),
    ("TcpExt", "netstat"),
    ("MPTcpExt", "netstat"),
    ("IcmpMsg", "snmp"),
    ("UdpLite6", "snmp6"),
    ("UdpLite", "snmp"),
    ("Ip6", "snmp6"),
    ("Icmp6", "snmp6"),
    ("Udp6", "snmp6"),
    ("Ip", "snmp"),
    ("Icmp", "snmp"),
    ("Tcp", "snmp"),
    ("Udp", "snmp"),
)


def files(text, place):
    """``{"/proc/net/snmp": b"Ip: InReceives ...\\n", "/proc/net/netstat": ..., "/proc/net/snmp6": ...}``, a file for
    each of which there is anything; raises Unavailable."""
    sections, six = {}, []
    known = False
    for number, line in enumerate(whole(text, place), 1):
        if line.startswith("#"):
            known = True
            continue
        match = _LINE.match(line)
        if not known or not match:
            if known and line.strip():
                raise malformed(place, number, "a name, a number and a rate", line)
            continue
        name, value, _rate = match.groups()
        unsigned(value, 64, place, number, line)
        for section, file in _SECTIONS:
            if name.startswith(section):
                if file == "snmp6":
                    six.append((name, value))
                else:
                    sections.setdefault((file, section), []).append((name[len(section) :], value))
                break
    found = of_sections(sections)
    if six:
        found["/proc/net/snmp6"] = "".join(f"{name} {value}\n" for name, value in six).encode()
    if not found:
        raise refusal(text, place, "a line '#kernel' and lines such as 'IpInReceives 12 0.0'")
    return found


def of_sections(sections):
    """The files of pairs of lines: of ``{(file, section): [(name, value)]}``."""
    found = {}
    for (file, section), pairs in sections.items():
        lines = [" ".join([f"{section}:", *[pair[at] for pair in pairs]]) for at in (0, 1)]
        found.setdefault(f"/proc/net/{file}", []).extend(lines)
    return {path: ("\n".join(lines) + "\n").encode() for path, lines in found.items()}
