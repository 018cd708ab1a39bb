# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``tc -s qdisc`` prints, with ``show dev`` too: tc/tc_qdisc.c and tc/q_*.c of iproute2 4.11 and 7.1."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import (
    Counter32,
    Counter64,
    Sparse,
)
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

# "qdisc fq_codel 8001: dev eth0 parent :1 refcnt 2 limit 10240p ..."; without "dev" where one interface was asked for.
_HEAD = re.compile(
    r"qdisc (?P<kind>\S+) (?P<handle>[0-9a-f]{1,4}:)(?:\[[0-9a-f]+\])? "
    r"(?:dev (?P<nic>\S+) )?(?:(?P<root>root)\b|parent (?P<parent>\S+))?(?P<rest>.*)$"
)
_SENT = re.compile(
    r"\s*Sent ([0-9]{1,20}) bytes ([0-9]{1,20}) pkts? \(dropped ([0-9]{1,20}), overlimits ([0-9]{1,20})"
    r" requeues ([0-9]{1,20})\)\s*$"
)
_BACKLOG = re.compile(r"\s*(?:rate .* )?backlog ([0-9.]{1,20})([KMG]?)b ([0-9]{1,20})p requeues ([0-9]{1,20})\s*$")

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

_STATISTICS = ("packets", "bytes", "dropped", "overlimits", "requeues", "qlen", "backlog_bytes")

#: The counters that a kind has of its own: how wide they are, a word that stands where they are told, those that are
#: always told, and those that are left out while they are 0.
_EXTRAS = {
    "fq_codel": (Counter32, "drop_overlimit", "drop_overlimit ecn_mark", "ce_mark drop_overmemory"),
    "codel": (Counter32, "drop_overlimit", "drop_overlimit ecn_mark", "ce_mark"),
    "fq": (Counter64, "highprio", "", "flows_plimit pkts_too_long allocation_errors horizon_drops"),
    "red": (Counter32, "early", "marked early pdrop", ""),
}
#: How they are written where not as their name with the number behind it: the programs up to 4.18 have it in front.
_WRITTEN = {
    "flows_plimit": r"\bflows_plimit ([0-9]+)|([0-9]+) flows_plimit\b",
    "pkts_too_long": r"\bpkts_too_long ([0-9]+)|([0-9]+) too long pkts\b",
    "allocation_errors": r"\balloc_errors ([0-9]+)|([0-9]+) alloc errors\b",
}


def _patterns(kind):
    _counter, _sign, always, others = _EXTRAS[kind]
    names = (always + " " + others).split()
    return {name: re.compile(_WRITTEN.get(name, rf"\b{name} ([0-9]+)")) for name in names}


_PATTERNS = {kind: _patterns(kind) for kind in _EXTRAS}

#: The limit of a kind, in packets or in bytes, as :mod:`sources.qdiscs` tells it.
_LIMITS = dict.fromkeys("pfifo pfifo_head_drop sfq fq_codel codel pie fq fq_pie".split(), ("limit_packets", "p"))
_LIMITS.update({"netem": ("limit_packets", ""), "bfifo": ("limit_bytes", "b"), "tbf": ("limit_bytes", "b")})
_SIZE = re.compile(r"([0-9.]{1,20})([KMG]?)b?(?:/[0-9]+)?$")
_RATE = re.compile(r"([0-9.]{1,20})([KMGT]?)bit$")
_RATE_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def qdiscs(texts, names, gaps=None):
    """``{"eth0 8001: root": qdisc}``, as :func:`sources.qdiscs.qdiscs`; raises Unavailable.

    A backlog or a limit in bytes is as exact as it is printed: to 16 bytes, above a megabyte to a kilobyte.

    :param texts: ``[(text, place, interface)]``, the interface where the program was asked for one, else None
    :param names: of the interfaces that there are; a qdisc of another one is left out
    :param gaps: a Gaps at ``/qdiscs``
    """
    gaps = Gaps() if gaps is None else gaps
    found = {}
    for text, place, interface in texts:
        for key, qdisc in _of_text(text, place, interface):
            if qdisc["nic"] not in names:
                continue
            found[key] = qdisc
            for name in _STATISTICS:
                if qdisc[name] is None:
                    gaps.at(key).note(name, Unavailable("absent", f"{place} has no {name} of this {qdisc['kind']}"))
    return found


def _of_text(text, place, interface):
    qdisc, rows = None, []
    lines = whole(text, place)
    for number, line in enumerate(lines, 1):
        if line.startswith("qdisc "):
            head = _HEAD.match(line)
            nic = (head and head.group("nic")) or interface
            if not head or nic is None:
                raise malformed(place, number, "a line such as 'qdisc mq 0: dev eth0 root'", line)
            qdisc = _new(head, nic)
            rows.append((f"{nic} {qdisc['handle']} {qdisc['parent']}", qdisc))
        elif qdisc is not None:
            _add(qdisc, line, place, number)
    if not rows:
        # An interface without any says nothing.
        if interface is not None and not text.strip():
            return []
        raise refusal(text, place, "lines such as 'qdisc mq 0: dev eth0 root'")
    return rows


def _new(head, nic):
    kind = head.group("kind")
    qdisc = {"kind": kind, "handle": head.group("handle")}
    qdisc["parent"] = "root" if head.group("root") else head.group("parent") or "none"
    qdisc.update(dict.fromkeys(_STATISTICS))
    qdisc["settings"] = _settings(kind, head.group("rest").split())
    qdisc["extra"] = {}
    qdisc["nic"] = nic
    return qdisc


def _settings(kind, words):
    told = dict(zip(words, words[1:]))
    found = {}
    if kind in _LIMITS and "limit" in told:
        name, unit = _LIMITS[kind]
        word = told["limit"]
        if unit == "b":
            size = _size(word)
        else:
            number = word[:-1] if unit and word.endswith(unit) else word
            size = int(number) if number.isdecimal() and len(number) < 11 else None
        if size is not None:
            found[name] = size
    if kind == "tbf":
        rate, burst = _RATE.match(told.get("rate", "")), _size(told.get("burst", ""))
        if rate:
            bits = _decimal(rate.group(1), _RATE_UNITS[rate.group(2)])
            if bits is not None:
                found["rate_bytes_per_s"] = bits // 8
        if burst is not None:
            found["burst_bytes"] = burst
    return found


def _size(word):
    match = _SIZE.match(word)
    return match and _decimal(match.group(1), _UNITS[match.group(2)])


def _decimal(word, unit):
    try:
        return int(float(word) * unit)
    except ValueError:
        return None


def _add(qdisc, line, place, number):
    sent, backlog = _SENT.match(line), _BACKLOG.match(line)
    if sent:
        widths = zip(sent.groups(), (64, 64, 32, 32, 32))
        values = [unsigned(word, bits, place, number, line) for word, bits in widths]
        qdisc["bytes"] = Counter64(values[0])
        # The kernel tells them in 64 bits once they no longer fit into 32.
        qdisc["packets"] = (Counter64 if values[1] >> 32 else Counter32)(values[1])
        qdisc["dropped"], qdisc["overlimits"], qdisc["requeues"] = map(Counter32, values[2:])
    elif backlog:
        size = _decimal(backlog.group(1), _UNITS[backlog.group(2)])
        if size is None:
            raise malformed(place, number, "a backlog in bytes and packets", line.strip())
        qdisc["backlog_bytes"], qdisc["qlen"] = size, unsigned(backlog.group(3), 32, place, number, line)
    elif line.lstrip().startswith(("Sent ", "backlog ")):
        raise malformed(place, number, "numbers of bytes and packets", line.strip())
    elif qdisc["kind"] in _EXTRAS:
        _add_extras(qdisc, line, place, number)


def _add_extras(qdisc, line, place, number):
    counter, sign, _always, others = _EXTRAS[qdisc["kind"]]
    # What is 0 is not printed: then an absent one stands for 0.
    if others and sign in line:
        qdisc["extra"] = Sparse(qdisc["extra"])
    for name, pattern in _PATTERNS[qdisc["kind"]].items():
        match = pattern.search(line)
        if match:
            word = next(filter(None, match.groups()))
            qdisc["extra"][name] = counter(unsigned(word, counter.bits, place, number, line))
