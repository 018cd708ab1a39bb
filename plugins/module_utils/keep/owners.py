# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else sets at boot, or later, what we keep: found by reading their files, and never edited.

Each finder takes a host and gives entries ``{"owner", "where", "subject", "knob"}``: subject is a NIC, None where the
file does not say which. Facts: systemd.link(5), NetworkManager's nm-settings-keyfile(5), tuned's plugin_net.py, the
hooks of Debian's package ethtool.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import processes
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.owners import TUNED_PROFILE

#: Who wins against what we keep. At boot we set before the links come up, and look again when they are up.
WINS = {
    "systemd": "ours at boot; its .link file again whenever udev is triggered (udevadm trigger, netplan apply)",
    "NetworkManager": "ours at boot; the profile again whenever it is activated",
    "ifupdown": "ours at boot; its own again at each ifup",
    "network-scripts": "ours at boot; its own again at each ifup",
    "wicked": "ours at boot; its own again at each ifup",
    "tuned": "tuned, when it starts and when its profile changes",
    "script": "who runs last",
    "irqbalance": "irqbalance, which moves interrupts as it likes",
}

_LINK_KEYS = (
    ("ring", re.compile(r"(Rx|Tx)(Mini|Jumbo)?BufferSize$")),
    ("channels", re.compile(r"(Rx|Tx|Other|Combined)Channels$")),
    ("coalesce", re.compile(r"\w*Coalesce")),
    ("feature", re.compile(r"\w*(Offload|NTupleFilter|VLANCTAG|VLANSTAG)")),
    ("packet_steering", re.compile(r"ReceivePacketSteeringCPUMask$")),
    ("irq_affinity", re.compile(r"IRQAffinity")),
)
_NETWORKMANAGER_KEYS = (
    ("ring", re.compile(r"ring-")),
    ("channels", re.compile(r"channels-")),
    ("coalesce", re.compile(r"coalesce-")),
    ("feature", re.compile(r"feature-")),
)
_TUNED_KEYS = (
    ("ring", re.compile(r"ring$")),
    ("channels", re.compile(r"channels$")),
    ("coalesce", re.compile(r"coalesce$")),
    ("feature", re.compile(r"features$")),
)
_IFUPDOWN_KEYS = (
    ("ring", re.compile(r"hardware-dma-ring-")),
    ("coalesce", re.compile(r"hardware-irq-coalesce-")),
    ("feature", re.compile(r"offload-")),
)
#: What ethtool is told by a script, or by a variable with its options.
_ETHTOOL_OPTIONS = (
    ("ring", re.compile(r"(-G|--set-ring)\s")),
    ("channels", re.compile(r"(-L|--set-channels)\s")),
    ("coalesce", re.compile(r"(-C|--coalesce)\s")),
    ("feature", re.compile(r"(-K|--features|--offload)\s")),
    ("rss", re.compile(r"(-X|--rxfh|--set-rxfh-indir)\s")),
    ("private_flag", re.compile(r"--set-priv-flags\s")),
)
_SCRIPT_WORDS = (
    ("irq_affinity", re.compile(r"smp_affinity")),
    ("packet_steering", re.compile(r"(rps_cpus|xps_cpus|rps_flow_cnt)")),
)

_PROFILES = (
    "/etc/NetworkManager/system-connections",
    "/run/NetworkManager/system-connections",
    "/usr/lib/NetworkManager/system-connections",
)
_TUNED_FOLDERS = ("/etc/tuned", "/etc/tuned/profiles", "/usr/lib/tuned", "/usr/lib/tuned/profiles")
_SCRIPT_PLACES = (
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    "/etc/udev/rules.d",
    "/etc/systemd/system",
    "/etc/NetworkManager/dispatcher.d",
    "/etc/network/if-pre-up.d",
    "/etc/network/if-up.d",
    "/etc/networkd-dispatcher/routable.d",
    "/etc/networkd-dispatcher/configured.d",
)
#: Files that are read of others have at most so many bytes: scripts and profiles are small.
_MOST_BYTES = 1 << 18


def others(host, settings):
    """Who else sets what *settings* set: ``[{"owner", "where", "subject", "knob", "wins"}]``."""
    wanted = {(setting["subject"], setting["knob"]) for setting in settings if setting["subject"] is not None}
    names = {subject for subject, _knob in wanted}
    found = [entry for finder in FINDERS for entry in finder(host, names)]
    return [
        dict(entry, wins=WINS[entry["owner"]])
        for entry in found
        if any(entry["knob"] == knob and entry["subject"] in (None, subject) for subject, knob in wanted)
    ]


def told(entry):
    """One of :func:`others` in a sentence."""
    subject = entry["subject"] or "NICs"
    return f"{entry['where']} ({entry['owner']}) sets {entry['knob']} of {subject} as well. Who wins: {entry['wins']}"


def _systemd(host, names):
    """The .link file in force and its drop-ins, as udev noted them for each interface."""
    try:
        seen = links(host)
    except Unavailable:
        return
    for name in sorted(names & set(seen)):
        noted = dict(
            line[2:].partition("=")[::2]
            for line in _lines(host, f"/run/udev/data/n{seen[name]['ifindex']}")
            if line.startswith("E:")
        )
        paths = [noted.get("ID_NET_LINK_FILE", "")]
        if paths[0]:
            drop_ins = f"{paths[0].rpartition('/')[2]}.d"
            paths += [
                path
                for folder in _link_folders()
                for path in _files(host, f"{folder}/{drop_ins}")
                if path[-5:] == ".conf"
            ]
        for path in filter(None, paths):
            keys = [key for section, key, _value in _ini(host, path) if section == "Link"]
            yield from _entries("systemd", path, name, keys, _LINK_KEYS)


def _link_folders():
    return [f"{top}/systemd/network" for top in ("/etc", "/run", "/usr/lib")]


def _networkmanager(host, _names):
    for path in [path for folder in _PROFILES for path in _files(host, folder)]:
        entries = list(_ini(host, path))
        name = next(
            (value for section, key, value in entries if (section, key) == ("connection", "interface-name")), None
        )
        keys = [key for section, key, _value in entries if section == "ethtool"]
        yield from _entries("NetworkManager", path, name, keys, _NETWORKMANAGER_KEYS)


def _tuned(host, _names):
    waiting = _word(host, TUNED_PROFILE).split()
    seen = set()
    while waiting:
        profile = waiting.pop()
        if profile in seen or "/" in profile:
            continue
        seen.add(profile)
        path = next((path for path in _tuned_paths(profile) if host.exists(path)), None)
        if path is None:
            continue
        entries = list(_ini(host, path))
        waiting += [
            word
            for section, key, value in entries
            if (section, key) == ("main", "include")
            for word in re.split(r"[\s,]+", value)
        ]
        keys = [key for section, key, _value in entries if section.startswith("net")]
        yield from _entries("tuned", path, None, keys, _TUNED_KEYS)


def _tuned_paths(profile):
    return [f"{folder}/{profile}/tuned.conf" for folder in _TUNED_FOLDERS]


def _ifupdown(host, _names):
    for path in ["/etc/network/interfaces", *_files(host, "/etc/network/interfaces.d")]:
        name = None
        for line in _lines(host, path):
            words = line.split()
            if words[:1] == ["iface"] and len(words) > 1:
                name = words[1]
            elif words:
                yield from _entries("ifupdown", path, name, words[:1], _IFUPDOWN_KEYS)


def _variables(owner, folder, variable):
    """A finder for a folder of files ``ifcfg-NAME`` with a variable that holds options of ethtool."""

    def find(host, names):
        for name in sorted(names):
            path = f"{folder}/ifcfg-{name}"
            values = [line.partition("=")[2] for line in _lines(host, path) if line.strip().startswith(variable)]
            yield from _entries(owner, path, name, [value + " " for value in values], _ETHTOOL_OPTIONS, whole=False)

    return find


def _scripts(host, names):
    for place in _SCRIPT_PLACES:
        for path in _files(host, place) or [place]:
            if path.rpartition("/")[2].startswith(("packetloss-", "99-packetloss")):
                continue
            lines = [line for line in _lines(host, path) if not line.lstrip().startswith("#")]
            for line in lines:
                named = [name for name in names if re.search(rf"\b{re.escape(name)}\b", line)] or [None]
                for name in named:
                    if "ethtool" in line:
                        yield from _entries("script", path, name, [line + " "], _ETHTOOL_OPTIONS, whole=False)
                    yield from _entries("script", path, name, [line], _SCRIPT_WORDS, whole=False)


def _irqbalance(host, _names):
    try:
        running, _why = processes.find(host, ["irqbalance"])
    except Unavailable:
        return
    if "irqbalance" in running:
        arguments = _word(host, f"/proc/{running['irqbalance']}/cmdline")
        # A policy of ours tells it what to leave alone.
        if "packetloss" not in arguments:
            yield {"owner": "irqbalance", "where": "irqbalance", "subject": None, "knob": "irq_affinity"}


#: In the order in which they come at boot.
FINDERS = (
    _systemd,
    _networkmanager,
    _ifupdown,
    _variables("network-scripts", "/etc/sysconfig/network-scripts", "ETHTOOL_OPTS"),
    _variables("wicked", "/etc/sysconfig/network", "ETHTOOL_OPTIONS"),
    _scripts,
    _tuned,
    _irqbalance,
)


def _entries(owner, path, name, texts, table, whole=True):
    """An entry for each knob that one of the texts is about; they begin with a key, or have it somewhere."""
    for knob, pattern in table:
        if any(pattern.match(text) if whole else pattern.search(text) for text in texts):
            yield {"owner": owner, "where": path, "subject": name, "knob": knob}


def _files(host, folder):
    """The paths of what is in a folder, none where there is no folder."""
    try:
        return [f"{folder}/{name}" for name in host.names(folder)]
    except Unavailable:
        return []


def _word(host, path):
    try:
        return host.word(path)
    except Unavailable:
        return ""


def _lines(host, path):
    """The lines of a file, none where it cannot be read: what is not there sets nothing."""
    try:
        return host.text(path)[:_MOST_BYTES].splitlines()
    except Unavailable:
        return []


def _ini(host, path):
    """``(section, key, value)`` of a file in the form of systemd, NetworkManager and tuned."""
    section = ""
    for line in map(str.strip, _lines(host, path)):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line and line[0] not in "#;" and "=" in line:
            key, _equals, value = line.partition("=")
            yield section, key.strip(), value.strip()
