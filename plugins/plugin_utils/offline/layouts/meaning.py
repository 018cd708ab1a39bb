# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file is that somebody saved under a name of their own: a file of the host, or the output of a command.

A meaning is a path of the host (``"/proc/net/softnet_stat"``) or a question as :func:`names.question` has it.
"""

from __future__ import annotations

import re

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.layouts.names import question

#: Files that are known by their last name alone, or with the folders before it in whatever way they were joined.
_PROC = (
    "interrupts softirqs stat meminfo zoneinfo buddyinfo cmdline uptime net/softnet_stat net/snmp net/snmp6 "
    "net/netstat net/dev net/sockstat net/sockstat6 net/udp net/udp6 net/raw net/raw6 net/xfrm_stat "
    "net/stat/nf_conntrack net/stat/arp_cache net/stat/ndisc_cache net/stat/rt_cache sys/kernel/random/boot_id "
    "sys/kernel/osrelease"
).split()
#: These say too little by themselves.
_NOT_ALONE = {"stat", "dev", "raw", "udp", "cmdline", "uptime", "netstat"}


def _joined(path):
    return re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")


def _known_files():
    found = {}
    for name in _PROC:
        path = "/proc/" + name
        found[_joined(path)] = found[_joined(name)] = path
        last = name.rpartition("/")[2]
        if last not in _NOT_ALONE:
            found.setdefault(last, path)
    found["net_dev"] = "/proc/net/dev"
    for name in _NOT_ALONE:
        found.pop(name, None)
    return found


_FILES = _known_files()

_SUFFIX = re.compile(r"\.(?:txt|log|out|text|lst|dat)\Z", re.IGNORECASE)
_TREE = re.compile(r"(?:\A|/)(proc|sys|etc)/(.+)\Z")

_GAP = r"[ _.-]+"
_DASHES = r"(?:-{0,2})"
_ETHTOOL = re.compile(
    rf"(?:sudo{_GAP})?ethtool{_GAP[:-1]}*{_DASHES}"
    rf"(?P<option>[SglckiaxTP]|show-priv-flags|statistics|driver|show-(?:ring|channels|coalesce|features|offload|pause|rxfh))"
    rf"{_GAP}(?P<interface>[^ ]+)\Z"
)
# Not "ethtool_-m_eth0", of which nothing is read.
_ETHTOOL_ALONE = re.compile(r"ethtool(?:[ _.]+(?!-)|-(?!-))(?![A-Za-z][ _-])(?P<interface>[^ ]+)\Z")
_IP = re.compile(
    rf"ip{_GAP}(?:{_DASHES}(?:s|d|stats|details){_GAP})*(?P<thing>link|l|addr|address|a)"
    rf"(?:{_GAP}(?:show|list|ls))?(?:{_GAP}dev)?(?:{_GAP}(?P<interface>[^ ]+))?\Z"
)
_TC = re.compile(
    rf"tc{_GAP}(?:{_DASHES}[sd]{_GAP})+qdisc(?:{_GAP}(?:show|ls|list))?(?:{_GAP}dev)?(?:{_GAP}(?P<interface>[^ ]+))?\Z"
)
_OTHERS = (
    (captured.NSTAT, rf"nstat{_GAP}{_DASHES}(?:az?s?|zas?|as)"),
    (captured.NETSTAT, rf"netstat{_GAP}{_DASHES}s"),
    (captured.SYSCTL, rf"sysctl(?:{_GAP}{_DASHES}[aA])?"),
    (captured.UNAME, rf"uname(?:{_GAP}{_DASHES}a)?"),
    (captured.LSCPU, "lscpu"),
    (captured.DATE_UTC, rf"date{_GAP}{_DASHES}(?:u|utc)"),
    (captured.DATE, "date"),
    (captured.UPTIME, "uptime"),
    (captured.HOSTNAME, "hostname"),
    (captured.NUMACTL, rf"numactl{_GAP}{_DASHES}(?:H|hardware)"),
    (captured.SS, rf"ss{_GAP}{_DASHES}[a-rt-zA-Z]+"),
)
_OTHERS = [(words, re.compile(pattern + r"\Z")) for words, pattern in _OTHERS]

#: The option of a question, whatever it was called.
_LONG = {
    "statistics": "-S",
    "driver": "-i",
    "show-ring": "-g",
    "show-channels": "-l",
    "show-coalesce": "-c",
    "show-features": "-k",
    "show-offload": "-k",
    "show-pause": "-a",
    "show-rxfh": "-x",
    "show-priv-flags": "--show-priv-flags",
}


def of_path(path: str) -> str | tuple | None:
    """The meaning of a file by its path in a capture, None where it says nothing."""
    tree = _TREE.search(path)
    if tree:
        return f"/{tree.group(1)}/{tree.group(2)}"
    parts = path.strip("/").split("/")
    # "ethtool/S/eth0" is "ethtool_S_eth0".
    for count in (1, 2, 3):
        found = of_name("_".join(parts[-count:])) if count <= len(parts) else None
        if found is not None:
            return found
    return None


def of_name(name: str) -> str | tuple | None:
    """The meaning of a single name."""
    name = _SUFFIX.sub("", name)
    plain = re.sub(r"\A(?:sudo_)?cat_", "", _joined(name))
    if plain in _FILES:
        return _FILES[plain]
    match = _ETHTOOL.match(name)
    if match:
        option = match.group("option")
        return ("ethtool", _LONG.get(option, "-" + option)), match.group("interface"), None
    match = _ETHTOOL_ALONE.match(name)
    if match:
        return captured.ETHTOOL, match.group("interface"), None
    match = _IP.match(name)
    if match:
        words = captured.IP_LINK if match.group("thing").startswith("l") else captured.IP_ADDRESS
        return words, match.group("interface"), None
    match = _TC.match(name)
    if match:
        return captured.TC, match.group("interface"), None
    return next(((words, None, None) for words, pattern in _OTHERS if pattern.match(name)), None)


# "[root@web1 ~]# ", "user@web1:~$ ", "web1:~ # ", "bash-4.2# ", "$ ", "# ".
_PROMPT = re.compile(
    r"(?:\[[^\]\n]{1,80}\]|[\w.@-]{1,80}(?::[^#$%>\n]{0,80})?|[~/]\S{0,80})? ?[#$%>] *(?:sudo +)?(\S.*)\Z"
)

#: One that nothing else looks like: it ends an output, whatever follows it.
_SURE = re.compile(r"(?:\[[\w.-]+@[^\]\n]{1,80}\]|[\w.-]+@[\w.-]+:[^#$%>\n]{0,80}) ?[#$%>](?: |\Z)")
_CAT = re.compile(r"(?:/(?:usr/)?bin/)?(?:cat|more|less) +(/(?:proc|sys|etc)/\S+)\Z")


def of_line(line: str) -> str | tuple | None:
    """The meaning of what follows a line, if that is the line of a shell and its command is known; else None.

    ``()`` is that of another line of a shell: what follows it is something else.
    """
    line = line.rstrip()
    match = _PROMPT.match(line)
    command = " ".join(match.group(1).split()) if match else ""
    cat = _CAT.match(command)
    if cat:
        return cat.group(1)
    # A comment begins like the prompt of root, and so does the head of nstat: "#kernel".
    return (question(command) if command else None) or (() if _SURE.match(line) else None)


#: What the outputs of ethtool say of themselves.
_HEADS = (
    (captured.RINGS, re.compile(r"Ring parameters for (\S+):\Z")),
    (captured.CHANNELS, re.compile(r"Channel parameters for (\S+):\Z")),
    (captured.COALESCE, re.compile(r"Coalesce parameters for (\S+):\Z")),
    (captured.FEATURES, re.compile(r"(?:Features|Offload parameters) for (\S+):\Z")),
    (captured.PAUSE, re.compile(r"Pause parameters for (\S+):\Z")),
    (captured.PRIVATE_FLAGS, re.compile(r"Private flags for (\S+):\Z")),
    (captured.RSS, re.compile(r"RX flow hash indirection table for (\S+) with [0-9]+ RX ring\(s\):\Z")),
    (captured.ETHTOOL, re.compile(r"Settings for (\S+):\Z")),
)


def of_head(text: str) -> tuple | None:
    """The meaning of an output by its own first line."""
    line = text.lstrip().partition("\n")[0].strip()
    for words, head in _HEADS:
        match = head.match(line)
        if match:
            return words, match.group(1), None
    return None
