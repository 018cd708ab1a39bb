# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interfaces of a captured host as :func:`sources.links.links` has them, from all that tells of them.

First from ``ip link`` or ``ip addr``, without which from the names in /proc/net/dev, in sysfs, or of the outputs of
ethtool. Statistics are taken from sysfs
where it has all of them in one place, from ``ip -s`` and from /proc/net/dev, whose columns are sums of several
(dev_seq_printf_stats(), net/core/net-procfs.c, 6.12): what it adds up is told only where the sum is 0.
"""

import functools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import bonding
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import LINK_STATS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline import captured as words
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text import ip_link
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import malformed, unsigned, whole

DEVICES = "/proc/net/dev"

#: Each column of /proc/net/dev with the fields of which it is the sum.
_COLUMNS = (
    ("rx_bytes",),
    ("rx_packets",),
    ("rx_errors",),
    ("rx_dropped", "rx_missed_errors"),
    ("rx_fifo_errors",),
    ("rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors"),
    ("rx_compressed",),
    ("multicast",),
    ("tx_bytes",),
    ("tx_packets",),
    ("tx_errors",),
    ("tx_dropped",),
    ("tx_fifo_errors",),
    ("collisions",),
    ("tx_carrier_errors", "tx_aborted_errors", "tx_window_errors", "tx_heartbeat_errors"),
    ("tx_compressed",),
)

#: Files below /proc/net that tell the number of an interface with its name, and in which words of a line.
_NUMBERED = (("dev_mcast", 0, 1), ("igmp6", 0, 1), ("igmp", 0, 1))

#: IFF_* of include/uapi/linux/if.h: what sysfs tells of the flags.
_SYSFS_FLAGS = {0x1: "UP", 0x2: "BROADCAST", 0x8: "LOOPBACK", 0x10: "POINTOPOINT", 0x80: "NOARP", 0x100: "PROMISC"}
_SYSFS_FLAGS.update({0x200: "ALLMULTI", 0x400: "MASTER", 0x800: "SLAVE", 0x1000: "MULTICAST"})

#: Of so many interfaces the statistics are read in sysfs, of more only those of the devices.
_FEW = 64

#: More statistics than these have one gap together.
_MANY = 3

#: An interface whose number nothing tells gets one that no host has: it is told from the others by it, and no more.
_FIRST_UNKNOWN = 1 << 30


def outline(captured, files):
    """``{name: {"ifindex", "lower_ifindex": of the one below or None, "kind", "shown"}}``: what places an interface.

    ``shown`` is what :func:`ip_link.parse` says of it. Raises Unavailable where nothing names any.
    """
    host = host_of(files)
    shown, _counted = _interfaces(captured, host, Gaps(), functools.partial(shown_links, captured))
    numbers = {name: own["ifindex"] for name, own in shown.items()}
    return {
        name: {
            "ifindex": own["ifindex"],
            "lower_ifindex": None if own["elsewhere"] else _lower(host, name, own["lower"], numbers),
            "kind": own["kind"],
            "shown": own,
        }
        for name, own in shown.items()
    }


def links(captured, files, gaps=None, ask=None):
    """``{name: link}`` with the keys of :func:`sources.links.parse_link`; raises Unavailable where nothing names any.

    :param files: the part ``files`` of the host
    :param gaps: a Gaps at ``/nics``: takes what this capture does not tell
    :param ask: has what :func:`shown_links` returns, which is read once for all; None to read it now
    """
    gaps = Gaps() if gaps is None else gaps
    host = host_of(files)
    shown, counted = _interfaces(captured, host, gaps, ask or functools.partial(shown_links, captured))
    bonds = {name: _attempt(_bond, host, name) for name in _names(host, bonding.REPORTS)}
    numbers = {name: own["ifindex"] for name, own in shown.items()}
    # To resolve twenty files of each of a thousand containers costs more than all the rest.
    few = len(shown) <= _FEW
    found = {}
    for name, own in shown.items():
        own_gaps = gaps.at(name)
        found[name] = _link(host, name, own, bonds, numbers, own_gaps)
        files = few or own["device"] or not own["stats"] or host.exists(f"{NET}/{name}/device")
        found[name]["link_stats"] = _link_stats(host, name, own["stats"], counted, files, own_gaps)
    return found


def _interfaces(captured, host, gaps, ask):
    """``(what is shown of each interface, what /proc/net/dev counts or why it does not)``."""
    counted = _attempt(_devices, host)
    shown = _attempt(ask)
    if shown is None or isinstance(shown, Unavailable):
        # Nobody asked ip, or what it said was damaged: what else there is names the interfaces too.
        refusal = shown or captured.missing(words.IP_LINK)
        names = list(counted) if isinstance(counted, dict) else _named(captured, host)
        if not names:
            raise refusal
        shown = {name: _unshown(captured, host, name, counted, refusal, gaps.at(name)) for name in names}
        _number(host, shown, gaps)
    return shown, counted


def host_of(files):
    """A Host that has nothing but files: for their readers."""
    return Host(files, None, None, None, None)


def shown_links(captured):
    """What :func:`ip_link.parse` says of the interfaces, from one output or from one of each; None where there is
    none. Raises Unavailable where there is one that cannot be read."""
    for command in (words.IP_LINK, words.IP_ADDRESS):
        own = [key for key in captured.outputs if key[0] == command and key[2] is None]
        if (command, None, None) in own:
            own = [(command, None, None)]
        found = {}
        for key in own:
            output = captured.output(*key)
            found.update(ip_link.parse(output.text, output.place))
        if found:
            return found
    return None


def _devices(host):
    return devices(host.lines(DEVICES), DEVICES)


def devices(text, place):
    """``{name: {column: number}}`` of /proc/net/dev, the columns by the tuples of :data:`_COLUMNS`."""
    found = {}
    for number, line in enumerate(whole(text, place), 1):
        # A name may have a colon, and the first number may follow the last one at once.
        name, colon, numbers = line.rpartition(":")
        if "|" in line:
            continue
        fields = numbers.split()
        if not colon or len(fields) != len(_COLUMNS):
            raise malformed(place, number, f"a name and {len(_COLUMNS)} numbers", line.strip())
        found[name.strip()] = {
            column: unsigned(field, 64, place, number, line) for column, field in zip(_COLUMNS, fields)
        }
    if not found:
        raise malformed(place, 1, "interfaces", text)
    return found


def _named(captured, host):
    """The names of the interfaces that sysfs shows, or that somebody asked the program ethtool about."""
    asked = {interface for words_, interface, namespace in captured.outputs if interface and namespace is None}
    return sorted(asked.union(_names(host, NET)))


def _unshown(captured, host, name, counted, refusal, gaps):
    """What is known of an interface that ip does not tell of.

    :param refusal: the Unavailable that says why it does not
    """
    flags = _attempt(_sysfs_flags, host, name)
    if isinstance(flags, Unavailable):
        gaps.note("flags", Unavailable(refusal.reason, f"{refusal.detail}: taken to be up unless it never was used"))
        flags = (["UP"] if _is_used(captured, name, counted) else []) + (["LOOPBACK"] if name == "lo" else [])
    gaps.note("xdp", refusal)
    shown = dict.fromkeys(
        "lower master operstate mtu tx_queue_len type mac kind slave_kind bond bond_slave xdp".split()
    )
    return dict(shown, told=False, ifindex=None, elsewhere=False, flags=flags, device=False, stats={})


def _is_used(captured, name, counted):
    if isinstance(counted, dict):
        return bool(counted[name][("rx_packets",)] or counted[name][("tx_packets",)])
    try:
        return "Link detected: no" not in captured.text(words.ETHTOOL, name)
    except Unavailable:
        return True


def _sysfs_flags(host, name):
    bits = host.integer(f"{NET}/{name}/flags", 16)
    return [flag for bit, flag in _SYSFS_FLAGS.items() if bits & bit]


def _number(host, shown, gaps):
    """Give each interface the number that some file tells, else one of its own."""
    told = {}
    for file, number_at, name_at in _NUMBERED:
        text = _attempt(host.text, f"/proc/net/{file}")
        for line in () if isinstance(text, Unavailable) else text.splitlines():
            fields = line.split()
            if len(fields) > name_at and fields[number_at].isdecimal() and len(fields[number_at]) < 10:
                told.setdefault(fields[name_at], int(fields[number_at]))
    for name in shown:
        number = _attempt(host.integer, f"{NET}/{name}/ifindex")
        if isinstance(number, Unavailable):
            number = _attempt(_snmp6_number, host, name)
        if not isinstance(number, Unavailable):
            told[name] = number
    taken = set()
    for at, name in enumerate(shown):
        number = told.get(name)
        if number is None or number in taken:
            detail = "no output of ip and no file tells it: the number here only tells the interfaces from each other"
            gaps.at(name).note("ifindex", Unavailable("absent", detail))
            number = _FIRST_UNKNOWN + at
        shown[name]["ifindex"] = number
        taken.add(number)


def _snmp6_number(host, name):
    path = f"/proc/net/dev_snmp6/{name}"
    fields = host.text(path).partition("\n")[0].split()
    if len(fields) != 2 or fields[0] != "ifIndex" or not fields[1].isdecimal() or len(fields[1]) > 9:
        raise Unavailable("malformed", f"{path}, line 1: expected 'ifIndex' and a number")
    return int(fields[1])


def _bond(host, name):
    path = f"{bonding.REPORTS}/{name}"
    return bonding.parse_report(host.lines(path), path)


def _link(host, name, shown, bonds, numbers, gaps):
    link = {
        "ifindex": shown["ifindex"],
        "kind": shown["kind"] or _kind(host, name, bonds),
        "type": _first(shown["type"], gaps, "type", host.integer, f"{NET}/{name}/type"),
        "flags": shown["flags"],
        "mac": shown["mac"] or _mac(host, name),
        "mtu": _first(shown["mtu"], gaps, "mtu", host.integer, f"{NET}/{name}/mtu"),
        "operstate": _first(shown["operstate"], gaps, "operstate", host.word, f"{NET}/{name}/operstate"),
        "carrier": _carrier(host, name, shown, gaps),
        "carrier_changes": _carrier_changes(host, name, shown["stats"], gaps),
        "tx_queue_len": _first(shown["tx_queue_len"], gaps, "tx_queue_len", host.integer, f"{NET}/{name}/tx_queue_len"),
        "master_ifindex": numbers.get(shown["master"] or _master(name, bonds)),
        "link_ifindex": None if shown["elsewhere"] else _lower(host, name, shown["lower"], numbers),
        "xdp": shown["xdp"],
        "link_stats": None,
        "bond": None,
        "bond_slave": _bond_slave(name, shown, bonds),
    }
    if link["kind"] == "bond":
        link["bond"] = _bond_itself(name, shown, bonds, numbers)
    return link


def _attempt(function, *args):
    """``function(*args)``, or the Unavailable that it raises."""
    try:
        return function(*args)
    except Unavailable as error:
        return error


def _names(host, folder):
    names = _attempt(host.names, folder)
    return [] if isinstance(names, Unavailable) else names


def _first(value, gaps, key, function, path):
    """What the program told, else what the file says."""
    return value if value is not None else gaps.attempt(key, function, path)


def _kind(host, name, bonds):
    """The kind of an interface of which ``ip -d`` was not asked: what a file is there for."""
    if name in bonds:
        return "bond"
    if name in _names(host, "/proc/net/vlan"):
        return "vlan"
    return "bridge" if host.exists(f"{NET}/{name}/bridge") else None


def _mac(host, name):
    address = _attempt(host.word, f"{NET}/{name}/address")
    return None if isinstance(address, Unavailable) else address or None


def _carrier(host, name, shown, gaps):
    # One that is down has no carrier in its flags, whatever is plugged in; and sysfs has not these flags.
    if shown["told"] and "UP" in shown["flags"]:
        return "LOWER_UP" in shown["flags"]
    carrier = gaps.attempt("carrier", host.integer, f"{NET}/{name}/carrier")
    return None if carrier is None else carrier != 0


def _carrier_changes(host, name, stats, gaps):
    told = None if isinstance(stats, Unavailable) else stats.get("carrier_changes")
    if told is None:
        told = gaps.attempt("carrier_changes", _number_of_32_bits, host, f"{NET}/{name}/carrier_changes")
    return None if told is None else Counter32(told)


def _number_of_32_bits(host, path):
    number = host.integer(path)
    if not 0 <= number < 1 << 32:
        raise Unavailable("malformed", f"{path}: expected a number of 32 bits, found {number}")
    return number


def _master(name, bonds):
    for bond, report in bonds.items():
        if not isinstance(report, Unavailable) and name in report["ports"]:
            return bond
    return None


def _lower(host, name, lower, numbers):
    """The number of the interface below."""
    if lower is None:
        # "Device: eth0" of /proc/net/vlan/eth0.5
        text = _attempt(host.text, f"/proc/net/vlan/{name}")
        lines = [] if isinstance(text, Unavailable) else text.splitlines()
        lower = next((line.split()[1] for line in lines if line.startswith("Device: ") and len(line.split()) > 1), None)
    if lower in numbers:
        return numbers[lower]
    # "@if12": nothing in this namespace has the number any more, or its name was not told.
    number = lower[2:] if lower and lower.startswith("if") else ""
    return int(number) if number.isdecimal() and len(number) < 10 else None


def _bond_itself(name, shown, bonds, numbers):
    if shown["bond"] is not None:
        told = shown["bond"]
        return {
            "mode": told["mode"],
            "active_slave_ifindex": numbers.get(told["active_slave"]),
            "miimon_ms": told["miimon_ms"],
        }
    report = bonds.get(name)
    if report is None or isinstance(report, Unavailable):
        return {"mode": None, "active_slave_ifindex": None, "miimon_ms": None}
    return {
        "mode": report["mode"],
        "active_slave_ifindex": numbers.get(report["active_port"]),
        "miimon_ms": report["miimon_ms"],
    }


def _bond_slave(name, shown, bonds):
    if shown["bond_slave"] is not None:
        return shown["bond_slave"]
    report = bonds.get(shown["master"] or _master(name, bonds))
    if report is None or isinstance(report, Unavailable) or name not in report["ports"]:
        return None
    port, failures = report["ports"][name], report["ports"][name]["link_failure_count"]
    state = None
    if report["mode"] in bonding.WITH_ACTIVE_PORT:
        state = "active" if report["active_port"] == name else "backup"
    return {
        "state": state,
        "mii_status": port["mii_status"],
        "link_failure_count": None if failures is None or failures >> 32 else Counter32(failures),
    }


def _link_stats(host, name, stats, counted, files, gaps):
    """``{field: Counter64}`` of all of :data:`LINK_STATS`, None with a gap for what nothing tells.

    :param stats: those of ``ip -s``, or why they are not readable
    :param files: whether sysfs is asked first
    """
    refused, stats = (stats, {}) if isinstance(stats, Unavailable) else (None, stats)
    columns = {} if isinstance(counted, Unavailable) else counted.get(name, {})
    place = f"{NET}/{name}/statistics"
    files = frozenset(_names(host, place)) if files else ()
    found, untold = dict.fromkeys(LINK_STATS), []
    for field in LINK_STATS:
        value = _attempt(host.integer, f"{place}/{field}") if field in files else None
        if value is None or isinstance(value, Unavailable):
            value = stats.get(field)
        if value is None:
            value = _of_column(field, columns)
        if value is None:
            error = _of_sum(field, columns, place)
            if error is None:
                untold.append(field)
            else:
                gaps.at("link_stats").note(field, error)
        elif 0 <= value < 1 << 64:
            found[field] = Counter64(value)
        else:
            wrong = Unavailable("malformed", f"{place}/{field}: expected a number of 64 bits, found {value}")
            gaps.at("link_stats").note(field, wrong)
    _note_untold(untold, refused, place, gaps)
    return found


def _note_untold(fields, refused, place, gaps):
    """Note the statistics that nothing tells: where they are many in one gap, for they are told together."""
    if refused or len(fields) > _MANY:
        detail = f"nothing in this capture tells {', '.join(fields)}: the files in {place} would, and ip -s -s link"
        gaps.note("link_stats", refused or Unavailable("absent", detail))
        return
    for field in fields:
        detail = f"nothing in this capture tells it: {place}/{field} would where there is such a file, or ip -s -s link"
        gaps.at("link_stats").note(field, Unavailable("absent", detail))


def _of_column(field, columns):
    for fields, value in columns.items():
        if field in fields:
            return value if len(fields) == 1 or value == 0 else None
    return None


def _of_sum(field, columns, place):
    """Why a field cannot be told of which the sum with others is known; None where that is not so."""
    for fields, value in columns.items():
        if field in fields:
            return Unavailable("absent", f"{DEVICES}: {value} are {', '.join(fields)} together; {place} has each")
    return None
