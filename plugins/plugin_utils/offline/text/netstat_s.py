# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``netstat -s`` prints, as the files of /proc/net that it read: statistics.c of net-tools 2.10, in English.

Only where there is neither the file nor nstat: it is prose, and most of what is 0 is not printed. What is not printed
is left out, for it may as well be unknown to that kernel or program.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import refusal, unsigned, whole
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.nstat import of_sections

_IP = {
    "total packets received": "InReceives",
    "with invalid headers": "InHdrErrors",
    "with invalid addresses": "InAddrErrors",
    "with unknown protocol": "InUnknownProtos",
    "incoming packets discarded": "InDiscards",
    "incoming packets delivered": "InDelivers",
    "outgoing packets dropped": "OutDiscards",
    "fragments dropped after timeout": "ReasmTimeout",
    "packet reassemblies failed": "ReasmFails",
    # So up to 1.60.
    "packet reassembles failed": "ReasmFails",
}
_UDP = {
    "packets received": "InDatagrams",
    "packets to unknown port received": "NoPorts",
    "packet receive errors": "InErrors",
    "packets sent": "OutDatagrams",
    "receive buffer errors": "RcvbufErrors",
    "send buffer errors": "SndbufErrors",
}
_TCP = {
    "segments received": "InSegs",
    "segments sent out": "OutSegs",
    "segments send out": "OutSegs",
    "segments retransmitted": "RetransSegs",
    "segments retransmited": "RetransSegs",
    "bad segments received": "InErrs",
}
_TCP_EXT = {
    "times the listen queue of a socket overflowed": "ListenOverflows",
    "SYNs to LISTEN sockets dropped": "ListenDrops",
    "SYNs to LISTEN sockets ignored": "ListenDrops",
    "packets pruned from receive queue because of socket buffer overrun": "PruneCalled",
    "packets pruned from receive queue": "RcvPruned",
    "packets dropped from out-of-order queue because of socket buffer overrun": "OfoPruned",
    "packets collapsed in receive queue due to low socket buffer": "TCPRcvCollapsed",
    "connections aborted due to memory pressure": "TCPAbortOnMemory",
}

#: The file of each section, and what its sentences stand for.
_SECTIONS = {
    "Ip": ("snmp", _IP),
    "Tcp": ("snmp", _TCP),
    "Udp": ("snmp", _UDP),
    "UdpLite": ("snmp", _UDP),
    "TcpExt": ("netstat", _TCP_EXT),
    "IpExt": ("netstat", {}),
    "Ip6": ("snmp6", _IP),
    "Udp6": ("snmp6", _UDP),
    "UdpLite6": ("snmp6", _UDP),
}

_HEAD = re.compile(r"(\w+):\s*$")
_SENTENCE = re.compile(r"\s+([0-9]+) ([^0-9:]+?)\.?\s*$")
_RAN_LOW = re.compile(r"\s+TCP ran low on memory ([0-9]+) times\s*$")
#: What the program has no words for.
_NAMED = re.compile(r"\s+([A-Z]\w*): ([0-9]+)\s*$")


def files(text, place):
    """``{"/proc/net/snmp": b"Ip: ...\\n", ...}``, a file for each of which there is anything; raises Unavailable."""
    found, section = {}, None
    for number, line in enumerate(whole(text, place), 1):
        head = _HEAD.match(line)
        if head:
            section = head.group(1)
        elif section in _SECTIONS:
            file, sentences = _SECTIONS[section]
            name, value = _of_line(line, sentences, section)
            if name is not None:
                unsigned(value, 64, place, number, line)
                found.setdefault((file, section), {}).setdefault(name, value)
    # What the program has no words for has the section in its name there already.
    six = {
        name if name.startswith(section) else section + name: value
        for (file, section), values in found.items()
        if file == "snmp6"
        for name, value in values.items()
    }
    made = of_sections({key: list(values.items()) for key, values in found.items() if key[0] != "snmp6"})
    if six:
        made["/proc/net/snmp6"] = "".join(f"{name} {value}\n" for name, value in six.items()).encode()
    if not made:
        raise refusal(text, place, "sections such as 'Ip:' with lines such as '12 total packets received'")
    return made


def _of_line(line, sentences, section):
    sentence, named = _SENTENCE.match(line), _NAMED.match(line)
    if sentence and sentence.group(2) in sentences:
        return sentences[sentence.group(2)], sentence.group(1)
    if named:
        return named.groups()
    low = _RAN_LOW.match(line) if section == "TcpExt" else None
    return ("TCPMemoryPressures", low.group(1)) if low else (None, None)
