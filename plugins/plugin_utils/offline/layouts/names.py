# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which command a file is the output of, by its name or by the command line; and which interface it was asked of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured

#: Options of ethtool, by what they are called; two of one line are the same question.
_ETHTOOL = {
    captured.DRIVER: ("-i", "--driver"),
    captured.STATISTICS: ("-S", "--statistics"),
    captured.RINGS: ("-g", "--show-ring"),
    captured.CHANNELS: ("-l", "--show-channels"),
    captured.COALESCE: ("-c", "--show-coalesce"),
    captured.FEATURES: ("-k", "--show-features", "--show-offload"),
    captured.PAUSE: ("-a", "--show-pause"),
    captured.RSS: ("-x", "--show-rxfh-indir", "--show-rxfh"),
    captured.TIMESTAMPING: ("-T", "--show-time-stamping"),
    captured.PERMANENT_ADDRESS: ("-P", "--show-permaddr"),
    captured.PRIVATE_FLAGS: ("--show-priv-flags",),
}
_QUESTION_OF_OPTION = {option: words for words, options in _ETHTOOL.items() for option in options}

_SHOW = ("show", "list", "ls", "sh", "lst")

_DATE_UTC = ("-u", "--utc", "--universal")

#: Of a namespace: what sos, and whoever pastes, writes before the command.
_IN_NAMESPACE = re.compile(r"ip (?:netns exec|-n(?:etns)?) (\S+) (.+)\Z")


def question(line: str) -> tuple | None:
    """What a command line asks: ``(words, interface or None, namespace or None)``, None where nothing is read of it.

    ``"/usr/sbin/ethtool -S eth0"`` is ``(("ethtool", "-S"), "eth0", None)``. The name of the interface is as it stands
    there.
    """
    line = " ".join(line.split())
    namespace = None
    match = _IN_NAMESPACE.match(re.sub(r"\A\S*/(?=ip )", "", line))
    if match:
        namespace, line = match.groups()
        if not re.match(r"\S*[a-z]", line):
            return None
    words = line.split(" ")
    program = words[0].rpartition("/")[2]
    reader = _PROGRAMS.get(program)
    found = reader(words[1:]) if reader and len(words) <= _MOST_WORDS else None
    if found is None and match and line.startswith(("link", "addr", "a ", "-")):
        found = _ip(line.split(" "))
    return found and (*found, namespace)


_MOST_WORDS = 12


def _ethtool(words):
    if not words or words[-1].startswith("-"):
        return None
    *options, interface = words
    if not options:
        return captured.ETHTOOL, interface
    if len(options) != 1 or options[0] not in _QUESTION_OF_OPTION:
        return None
    return _QUESTION_OF_OPTION[options[0]], interface


def _ip(words):
    options = [word for word in words if word.startswith("-")]
    rest = [word for word in words if not word.startswith("-")]
    if not rest:
        return None
    thing, *rest = rest
    if rest and rest[0] in _SHOW:
        rest = rest[1:]
    if rest and rest[0] == "dev":
        rest = rest[1:]
    if len(rest) > 1:
        return None
    interface = rest[0] if rest else None
    if "link".startswith(thing) and _IP_OPTIONS.issuperset(options):
        return captured.IP_LINK, interface
    if "address".startswith(thing) and {*_IP_OPTIONS, "-o", "-oneline"}.issuperset(options):
        return captured.IP_ADDRESS, interface
    return None


# JSON, other families and the brief form are other texts; the addresses are read one a line too.
_IP_OPTIONS = {"-s", "-stats", "-statistics", "-d", "-details"}


def _tc(words):
    options = [word for word in words if word.startswith("-")]
    rest = [word for word in words if not word.startswith("-")]
    if not any(option in ("-s", "-stats", "-statistics", "-ss") for option in options) or {"-j", "-json"} & {*options}:
        return None
    if not rest or rest[0] != "qdisc":
        return None
    rest = rest[2:] if len(rest) > 1 and rest[1] in _SHOW else rest[1:]
    if rest and rest[0] == "dev":
        rest = rest[1:]
    return (captured.TC, rest[0] if rest else None) if len(rest) < 2 else None


def _nstat(words):
    letters = "".join(word.lstrip("-") for word in words)
    # Without -a it prints what was counted since the user last asked.
    return (captured.NSTAT, None) if "a" in letters and "j" not in letters and set(letters) <= set("azs") else None


def _netstat(words):
    if sorted(words) == ["-s"]:
        return captured.NETSTAT, None
    return (captured.NETSTAT_6, None) if sorted(words) in (["-6", "-s"], ["-s", "-6"], ["-6s"], ["-s6"]) else None


def _ss(words):
    return None if any(word.startswith("-") and "s" in word.lstrip("-") for word in words) else (captured.SS, None)


def _lscpu(words):
    if not words:
        return captured.LSCPU, None
    return (captured.LSCPU_TABLE, None) if words in (["-ae"], ["-e"], ["-a", "-e"]) else None


def _date(words):
    if not words:
        return captured.DATE, None
    return (captured.DATE_UTC, None) if len(words) == 1 and words[0] in _DATE_UTC else None


def _exactly(words, *forms):
    return lambda said: (words, None) if " ".join(said) in forms else None


_PROGRAMS = {
    "ethtool": _ethtool,
    "ip": _ip,
    "tc": _tc,
    "nstat": _nstat,
    "netstat": _netstat,
    "ss": _ss,
    "date": _date,
    "sysctl": _exactly(captured.SYSCTL, "-a", "-A", "-a -e", "--all"),
    "uname": _exactly(captured.UNAME, "-a", "--all"),
    "lscpu": _lscpu,
    "uptime": _exactly(captured.UPTIME, ""),
    "hostname": _exactly(captured.HOSTNAME, "", "-f", "--fqdn"),
    "numactl": _exactly(captured.NUMACTL, "--hardware", "-H"),
}

# What mangled() leaves of a word is one or more of these; between words there is exactly one "_".
_KEPT = re.compile(r"[^\w.\-/]+")
_PROGRAM_FOLDER = re.compile(r"\A/(?:usr/|)(?:local/|)s?bin/")


def mangled(command: str) -> str:
    """The name of a file that sos gives to the output of a command, as all its versions since 3.0 do."""
    name = _KEPT.sub("_", _PROGRAM_FOLDER.sub("", command)).replace("/", ".")
    return name.strip(" ._-")[:255]


def line_of(name: str) -> str:
    """A command line that may have been given the *name*, with a blank for each ``_``: what mangled() did is not taken
    back where a word had something else that became one. Of an interface see :func:`interface_of`."""
    return name.replace("_", " ")


def question_of_name(name: str) -> tuple | None:
    """As :func:`question`, of the name of a file that :func:`mangled` gave: "ethtool_-S_eth0"."""
    head, _blank, rest = name.partition("_")
    if head == "ethtool":
        # An interface may have "_" in its name, and what a blank, a "@" or a ":" became.
        for option, words in _BY_LENGTH:
            if rest.startswith(option + "_"):
                return words, rest[len(option) + 1 :], None
        return (captured.ETHTOOL, rest, None) if rest and not rest.startswith("-") else None
    return question(line_of(name))


_BY_LENGTH = sorted(_QUESTION_OF_OPTION.items(), key=lambda each: -len(each[0]))


def interface_of(name: str, interfaces: Iterable[str]) -> str:
    """The interface that was mangled to *name*: one of those that the host is known to have, else what stands there."""
    interfaces = list(interfaces)
    if name in interfaces:
        return name
    fitting = [interface for interface in interfaces if mangled("ethtool " + interface) == "ethtool_" + name]
    return fitting[0] if len(fitting) == 1 else name


_NET_DEV = re.compile(r"^ *([^ :|]+):", re.MULTILINE)
_IP_LINK = re.compile(r"^[0-9]+: ([^:@\s]+)[:@]", re.MULTILINE)


def interfaces_in_net_dev(text: str) -> list[str]:
    """The names in /proc/net/dev."""
    return _NET_DEV.findall(text)


def interfaces_in_ip_link(text: str) -> list[str]:
    """The names in the output of ``ip link`` or ``ip addr``."""
    return _IP_LINK.findall(text)
