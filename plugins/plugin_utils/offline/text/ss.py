# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``ss`` prints of UDP sockets, as the tables of /proc/net that tell the same: misc/ss.c of iproute2 6.1.

Only where the tables themselves were not captured, and only where it was asked for more than one family (the column
Netid), for memory (-m, where the drops are) and for inodes (-e): ``ss -peaonmi`` is.
"""

import ipaddress
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

_COLUMNS = "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
_HEADS = {
    "/proc/net/udp": f"  sl  local_address rem_address   {_COLUMNS}",
    "/proc/net/udp6": f"  sl  local_address                         remote_address                        {_COLUMNS}",
}
#: TCP_ESTABLISHED and TCP_CLOSE, which is every UDP socket that is not connected.
_STATES = {"ESTAB": "01", "UNCONN": "07"}

_INODE = re.compile(r"\bino:([0-9]+)\b")
_UID = re.compile(r"\buid:([0-9]+)\b")
_DROPS = re.compile(r"\bskmem:\([^()]*\bd([0-9]+)\)")

_ZEROS = ":0000 {} 00000000:{:08X} 00:00000000 00000000 {:5} 0 {} 2 0 {}\n"


def files(text, place, byte_order):
    """``{"/proc/net/udp": b"...", "/proc/net/udp6": ...}``: the tables without the addresses of peers; raises
    Unavailable.

    :param byte_order: that of the host, in which the tables print addresses
    """
    lines = whole(text, place)
    if not lines or not lines[0].startswith(("Netid", "State")):
        raise refusal(text, place, "a line that begins with 'Netid State'")
    if not lines[0].startswith("Netid"):
        raise Unavailable("absent", f"{place}: without a column Netid ss does not tell the protocol")
    tables = {path: [head] for path, head in _HEADS.items()}
    for number, row in _rows(lines[1:]):
        if row.startswith("udp"):
            path, entry = _entry(row, place, number, byte_order)
            tables[path].append(entry)
    return {path: "".join(rows).encode() for path, rows in tables.items()}


def _rows(lines):
    """``(number of the line, row)``, each row with the lines that follow it indented."""
    row, start = "", 0
    for number, line in enumerate(lines, 2):
        if line[:1].isspace():
            row += line
            continue
        if row:
            yield start, row
        row, start = line, number
    if row:
        yield start, row


def _entry(row, place, number, byte_order):
    fields = row.split(None, 5)
    if len(fields) < 6 or fields[1] not in _STATES:
        raise malformed(place, number, "a socket with its state, its queues and its addresses", row)
    inode, drops, uid = _INODE.search(row), _DROPS.search(row), _UID.search(row)
    if not inode or not drops:
        raise Unavailable("absent", f"{place}, line {number}: ss -e tells the inode of a socket, ss -m its drops")
    queue = unsigned(fields[2], 32, place, number, row)
    address, _colon, port = fields[4].rpartition(":")
    path, printed = _address(address, place, number, row, byte_order)
    printed += f":{unsigned(port, 16, place, number, row):04X} " + "0" * len(printed)
    owner = unsigned(uid.group(1), 32, place, number, row) if uid else 0
    told = (
        _STATES[fields[1]],
        queue,
        owner,
        unsigned(inode.group(1), 32, place, number, row),
        unsigned(drops.group(1), 32, place, number, row),
    )
    return path, f"{number:5}: " + printed + _ZEROS.format(*told)


def _address(word, place, number, row, byte_order):
    """``(path of the table, the address as it is printed there)``."""
    # The scope behind "%" is not in the tables; a "*" stands for every address of both families.
    text = word.partition("%")[0].strip("[]")
    try:
        packed = ipaddress.ip_address("::" if text == "*" else text).packed
    except ValueError:
        raise malformed(place, number, "an address", row) from None
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    path = "/proc/net/udp" if len(words) == 1 else "/proc/net/udp6"
    return path, "".join((part[::-1] if byte_order == "little" else part).hex().upper() for part in words)
