# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sockets lose datagrams, and whose they are: /proc/net/udp, udp6, raw, raw6; and /proc/net/sockstat.

A host may have tens of thousands of UDP sockets of which a few lose anything. So a sample keeps of each socket no more
than that it was there, and the printed row of those with drops; :func:`comparable` makes the document's rows of the
few when both samples are there. /proc/net/packet is not read: it has no column of drops.
"""

import socket

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32

#: Tables of sockets that end with a column of drops.
PROTOCOLS = ("udp", "udp6", "raw", "raw6")

#: The document names this many sockets, those that lost most, and counts the others.
SOCKETS_MAX = 100

#: Fields of a row, of which tx_queue:rx_queue and tr:tm->when are one each.
_ROW_FIELDS = 13


def sample(host, gaps):
    """``{"drops": {"udp": {inode: row or None}, ...}, "byte_order": "little", "sockstat": {...}, "sockstat6": {...}}``.

    A row is the text of a socket with drops, None stands for a socket without. A protocol that cannot be read is
    missing from ``drops``; ``drops`` is None where that is so of all of them, and where nothing tells the byte order in
    which their addresses are printed. *gaps* is at ``/sockets``.
    """
    byte_order = gaps.attempt("drops", host.machine.byte_order)
    # Of several gaps the last one is told: that of the most used protocol.
    order = reversed(PROTOCOLS) if byte_order else ()
    found = {protocol: gaps.attempt("drops", _table, host, protocol) for protocol in order}
    tables = {protocol: found[protocol] for protocol in PROTOCOLS if found.get(protocol) is not None}
    return {
        "drops": tables or None,
        "byte_order": byte_order,
        "sockstat": gaps.attempt("sockstat", _sockstat, host, "/proc/net/sockstat"),
        "sockstat6": gaps.attempt("sockstat6", _sockstat, host, "/proc/net/sockstat6"),
    }


def _table(host, protocol):
    path = f"/proc/net/{protocol}"
    return parse_table(host.lines(path), path)


def _sockstat(host, path):
    return parse_sockstat(host.lines(path), path)


def parse_table(text, path):
    """``{inode: row or None}``: every socket of the table, with its row if it has drops.

    Raises Unavailable: ``absent`` where the kernel prints no drops in this table, ``malformed``.
    """
    header, _newline, body = text.partition("\n")
    names = header.split()
    if "inode" not in names:
        raise Unavailable("malformed", f"{path}: expected a header with inode, found {header[:60]!r}")
    if names[-1] != "drops":
        raise Unavailable("absent", f"{path}: this kernel prints no drops here, the last column is {names[-1][:60]}")
    table = {}
    for row in body.splitlines():
        # Split from the right, no further than needed: this line runs once per socket of the host.
        fields = row.rsplit(None, 4)
        try:
            table[int(fields[1])] = row if int(fields[4]) else None
        except (IndexError, ValueError):
            raise Unavailable(
                "malformed", f"{path}: expected rows that end in inode, ref, pointer, drops, found {row[-60:]!r}"
            ) from None
    return table


def parse_sockstat(text, path):
    """``{"TCP": {"inuse": 5, "mem": 1}, "sockets": {"used": 9}}``: gauges. ``mem`` is in pages, ``memory`` in bytes.

    Raises Unavailable ``malformed``.
    """
    found = {}
    for line in text.splitlines():
        words = line.split()
        try:
            if not words[0].endswith(":") or len(words) < 3 or len(words) % 2 == 0:
                raise ValueError
            found[words[0][:-1]] = {name: whole_number(value) for name, value in zip(words[1::2], words[2::2])}
        except (IndexError, ValueError):
            raise Unavailable(
                "malformed", f"{path}: expected a name with pairs of word and number, found {line[:60]!r}"
            ) from None
    if not found:
        raise Unavailable("malformed", f"{path}: expected a line per protocol, found an empty file")
    return found


def lost_since(before, after):
    """The inodes of the sockets whose drops grew between two :func:`sample`, of those that the document names."""
    if not before["drops"] or not after["drops"]:
        return set()
    losers = _losers(before["drops"], after["drops"])[:SOCKETS_MAX]
    return {inode for _protocol, inode, old, row in losers if old not in (None, _drops(row))}


def comparable(before, after, owners, gaps):
    """Two :func:`sample` as two parts of the document, fit for the difference: ``(before, after)``.

    ``after["drops"]`` is ``{"udp 192.0.2.1:53 inode 1234": {"protocol", "local", "remote", "inode", "uid", "drops":
    Counter32, "rx_queue_bytes"}}``, the :data:`SOCKETS_MAX` that lost most. In ``before["drops"]`` the same socket has
    its drops of then, 0 if it had none; it is not there if the socket was not, so that its delta is not known. (It may
    be new. Or the kernel left it out: it prints the table page by page, and a socket that closes shifts the rest.)
    ``after["drops_not_listed"]`` counts the sockets with drops beyond that number.

    :param owners: :func:`socket_owners.read` of :func:`lost_since`: each of these sockets gets its ``processes``
        [{"pid", "command"}], None with a gap where none was found. Where processes share a socket one of them is named.
    :param gaps: the Gaps of ``/sockets``
    """
    byte_order = after["byte_order"]
    before, after = _without_byte_order(before), _without_byte_order(after)
    if after["drops"] is None:
        return dict(before, drops=None), dict(after, drops_not_listed=None)
    losers = _losers(before["drops"] or {}, after["drops"])
    old_rows, new_rows = {}, {}
    for protocol, inode, old, row in losers[:SOCKETS_MAX]:
        document = gaps.attempt("drops", parse_row, row, protocol, byte_order)
        if document is None:
            continue
        key = f"{protocol} {document['local']} inode {inode}"
        if inode in owners:
            document["processes"] = gaps.at("drops", key).attempt("processes", _processes, owners[inode])
        new_rows[key] = document
        if old is not None:
            old_rows[key] = {"drops": Counter32(old)}
    not_listed = max(0, len(losers) - SOCKETS_MAX)
    return dict(before, drops=old_rows), dict(after, drops=new_rows, drops_not_listed=not_listed)


def _without_byte_order(sample):
    return {key: value for key, value in sample.items() if key != "byte_order"}


def _processes(owner):
    if isinstance(owner, Unavailable):
        raise owner
    return [owner]


def _losers(before, after):
    """``[(protocol, inode, drops before or None, row)]`` of the sockets with drops, those that lost most first."""
    ranked = []
    for protocol, table in after.items():
        earlier = before.get(protocol, {})
        for inode, row in table.items():
            if row is not None:
                total = _drops(row)
                old = _drops(earlier[inode]) if inode in earlier else None
                growth = (total - (old or 0)) % (1 << Counter32.bits)
                ranked.append(((-growth, -total, protocol, inode), (protocol, inode, old, row)))
    return [loser for _rank, loser in sorted(ranked)]


def _drops(row):
    """The drops at the end of a row, 0 for None. The kernel has 32 bits and some versions print them signed."""
    return int(row.rsplit(None, 1)[1]) % (1 << Counter32.bits) if row else 0


def parse_row(row, protocol, byte_order):
    """One row as ``{"protocol", "local", "remote", "inode", "uid", "drops": Counter32, "rx_queue_bytes"}``.

    The "port" of a raw socket is its IP protocol number. Raises Unavailable ``malformed``.
    """
    fields = row.split()
    try:
        if len(fields) != _ROW_FIELDS:
            raise ValueError
        return {
            "protocol": protocol,
            "local": endpoint(fields[1], byte_order),
            "remote": endpoint(fields[2], byte_order),
            "inode": whole_number(fields[9]),
            "uid": whole_number(fields[7]),
            "drops": Counter32(_drops(row)),
            "rx_queue_bytes": whole_number(fields[4].split(":")[1], 16),
        }
    except (IndexError, ValueError):
        raise Unavailable(
            "malformed", f"/proc/net/{protocol}: expected {_ROW_FIELDS} fields with addresses, found {row[:90]!r}"
        ) from None


def endpoint(text, byte_order):
    """``010200C0:0035`` as ``192.0.2.1:53``, 32 digits as ``[2001:db8::1]:53``.

    The kernel prints the address in 32-bit words of its own byte order, the port as the number that it is
    (udp4_format_sock() in net/ipv4/udp.c). Raises ValueError.
    """
    address, port = text.split(":")
    words = [bytes.fromhex(address[start : start + 8]) for start in range(0, len(address), 8)]
    packed = b"".join(word[::-1] if byte_order == "little" else word for word in words)
    if len(address) == 8:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"
