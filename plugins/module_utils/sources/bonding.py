# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bond: its mode, its monitor, its ports and what LACP has agreed with the partner; and who is to be active.

From sysfs (drivers/net/bonding/bond_sysfs.c and bond_sysfs_slave.c, 6.12), and from /proc/net/bonding (bond_procfs.c)
what sysfs of older kernels lacks: a port's partner. Both tell of LACP only to root. /proc/net is that of this process's
network namespace, sysfs that in which it was mounted.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET

REPORTS = "/proc/net/bonding"

MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")

#: The modes that have an active port, and let one be chosen (bond_mode_uses_primary, include/net/bonding.h).
WITH_ACTIVE_PORT = ("active-backup", "balance-tlb", "balance-alb")

#: What a report calls each mode (bond_mode_name, drivers/net/bonding/bond_main.c).
_MODE_NAMES = {
    "load balancing (round-robin)": "balance-rr",
    "fault-tolerance (active-backup)": "active-backup",
    "load balancing (xor)": "balance-xor",
    "fault-tolerance (broadcast)": "broadcast",
    "IEEE 802.3ad Dynamic link aggregation": "802.3ad",
    "transmit load balancing": "balance-tlb",
    "adaptive load balancing": "balance-alb",
}

#: The bits of a port's LACP state (IEEE 802.1AX, section 6.4.2.3).
LACP_SYNCHRONIZATION, LACP_COLLECTING, LACP_DISTRIBUTING, LACP_DEFAULTED, LACP_EXPIRED = 0x08, 0x10, 0x20, 0x40, 0x80


def _first_word(text):
    return text.split()[0] if text.split() else None


def _number(text):
    """The number that a text is; None for "N/A" and for nothing."""
    word = text.strip()
    if word in ("", "N/A"):
        return None
    return whole_number(word)


def _name(text):
    word = _first_word(text)
    return None if word == "None" else word


def _of_nobody(text):
    return text.strip() or None


def _mode(text):
    # "fault-tolerance (active-backup) (fail_over_mac active)"
    return next((mode for name, mode in _MODE_NAMES.items() if text.startswith(name)), text.strip() or None)


def _reselect(text):
    """Of "igb0 (primary_reselect always)"; None where no primary is named."""
    return text.partition("(primary_reselect ")[2].rstrip(")") or None


#: What is read of a bond: ``{key: (file in sysfs, how it is read)}``.
_OF_BOND = {
    "mode": ("mode", _first_word),
    "active_port": ("active_slave", _name),
    "primary": ("primary", _name),
    "primary_reselect": ("primary_reselect", _first_word),
    "miimon_ms": ("miimon", _number),
    "updelay_ms": ("updelay", _number),
    "downdelay_ms": ("downdelay", _number),
    "arp_interval_ms": ("arp_interval", _number),
    "min_links": ("min_links", _number),
    "lacp_rate": ("lacp_rate", _first_word),
    "aggregator_id": ("ad_aggregator", _number),
    "partner_mac": ("ad_partner_mac", _of_nobody),
}

#: What is read of a port, in the same way.
_OF_PORT = {
    "state": ("state", _first_word),
    "mii_status": ("mii_status", _of_nobody),
    "link_failure_count": ("link_failure_count", _number),
    "aggregator_id": ("ad_aggregator_id", _number),
    "actor_state": ("ad_actor_oper_port_state", _number),
    "partner_state": ("ad_partner_oper_port_state", _number),
}

#: The lines of a report: ``{label: [(key, how it is read)]}``, of the bond and of a port.
_LINES_OF_BOND = {
    "Bonding Mode": [("mode", _mode)],
    "Currently Active Slave": [("active_port", _name)],
    "Primary Slave": [("primary", _name), ("primary_reselect", _reselect)],
    "MII Polling Interval (ms)": [("miimon_ms", _number)],
    "Up Delay (ms)": [("updelay_ms", _number)],
    "Down Delay (ms)": [("downdelay_ms", _number)],
    "ARP Polling Interval (ms)": [("arp_interval_ms", _number)],
    "Min links": [("min_links", _number)],
    "LACP rate": [("lacp_rate", _first_word)],
    "Aggregator ID": [("aggregator_id", _number)],
    "Partner Mac Address": [("partner_mac", _of_nobody)],
}
_LINES_OF_PORT = {
    "MII Status": [("mii_status", _of_nobody)],
    "Link Failure Count": [("link_failure_count", _number)],
    "Aggregator ID": [("aggregator_id", _number)],
}
_LINES_OF_ACTOR = {"port state": [("actor_state", _number)]}
_LINES_OF_PARTNER = {"system mac address": [("partner_mac", _of_nobody)], "port state": [("partner_state", _number)]}

_PORT, _ACTOR, _PARTNER = "Slave Interface", "details actor lacp pdu", "details partner lacp pdu"


def read(host, name, shown, gaps):
    """One bond: ``{"mode", "active_port", "primary", "primary_reselect", "miimon_ms", "updelay_ms", "downdelay_ms",
    "arp_interval_ms", "min_links", "lacp_rate", "aggregator_id", "partner_mac", "ports"}``.

    * ``primary_reselect``: "always", "better" or "failure"; ``lacp_rate``: "slow" or "fast"
    * ``aggregator_id``, ``partner_mac``: of the aggregator in use
    * ``ports``: ``{name: {"state": "active"|"backup", "mii_status": "up"|"going down"|"down"|"going back",
      "link_failure_count", "aggregator_id", "actor_state", "partner_state", "partner_mac"}}``, the states as LACP
      numbers with the bits above

    None is what this mode has not, or nobody tells. Raises Unavailable where neither sysfs nor /proc tells of it.

    :param shown: whether sysfs shows the network namespace of this process
    :param gaps: takes what could not be read in sysfs, and what nobody tells though this mode has it
    """
    try:
        told = parse_report(host.lines(f"{REPORTS}/{name}"), f"{REPORTS}/{name}")
    except Unavailable as error:
        if not shown:
            raise
        gaps.note("report", error)
        told = dict(dict.fromkeys(_OF_BOND), ports={})
    if not shown:
        _note_untold(told, gaps)
        return told
    place = f"{NET}/{name}/bonding"
    ports = host.word(f"{place}/slaves").split()
    found = _merged(host, place, _OF_BOND, told, gaps)
    found["ports"] = {}
    for port in ports:
        of_port = told["ports"].get(port, _of_none())
        found["ports"][port] = _merged(host, f"{NET}/{port}/bonding_slave", _OF_PORT, of_port, gaps.at("ports", port))
        found["ports"][port]["partner_mac"] = of_port["partner_mac"]
    return found


#: What every bond and each of its ports has, and what LACP adds to it.
_ALWAYS, _ALWAYS_OF_PORT = ("miimon_ms", "updelay_ms", "downdelay_ms"), ("mii_status", "link_failure_count")
_WITH_LACP = ("min_links", "lacp_rate", "aggregator_id", "partner_mac")
_WITH_LACP_OF_PORT = ("aggregator_id", "actor_state", "partner_state", "partner_mac")


def _note_untold(told, gaps):
    lacp = told["mode"] == "802.3ad"
    places = [(gaps, told, _ALWAYS + (_WITH_LACP if lacp else ()))]
    for name, port in told["ports"].items():
        places.append((gaps.at("ports", name), port, _ALWAYS_OF_PORT + (_WITH_LACP_OF_PORT if lacp else ())))
    for own, values, keys in places:
        for key in keys:
            if values[key] is None:
                own.note(key, Unavailable("absent", f"{REPORTS} does not tell it"))


def _of_none():
    return dict(dict.fromkeys(_OF_PORT), partner_mac=None)


def _merged(host, place, table, told, gaps):
    """What sysfs says, and where it does not, what the report says."""
    found = {}
    for key, (file, reading) in table.items():
        path = f"{place}/{file}"
        try:
            value = _read(reading, host.word(path), path)
        except Unavailable as error:
            value = None
            if told[key] is None:
                gaps.note(key, error)
        found[key] = told[key] if value is None else value
    return found


def _read(reading, text, path):
    try:
        return reading(text)
    except ValueError:
        raise Unavailable("malformed", f"{path}: expected a whole number, found {text[:60]!r}") from None


def parse_report(text, path):
    """A text of /proc/net/bonding, as :func:`read` gives it; raises Unavailable ``malformed``.

    Of a state nothing is told: only sysfs has it.
    """
    found = dict(dict.fromkeys(_OF_BOND), ports={})
    into, lines = found, _LINES_OF_BOND
    for line in text.splitlines():
        label, colon, value = line.strip().partition(":")
        value = value.strip()
        if not colon:
            continue
        if label == _PORT:
            into, lines = found["ports"].setdefault(value, _of_none()), _LINES_OF_PORT
        elif label in (_ACTOR, _PARTNER) and into is not found:
            lines = _LINES_OF_ACTOR if label == _ACTOR else _LINES_OF_PARTNER
        for key, reading in lines.get(label, ()):
            into[key] = _read(reading, value, f"{path}: {label}")
    if found["mode"] is None:
        raise Unavailable("malformed", f"{path}: expected the report of a bond, found {text[:60]!r}")
    # Without an interval the monitor is off, and the line is left out.
    found["arp_interval_ms"] = found["arp_interval_ms"] or 0
    return found


def make_active(host, bond, port):
    """Let another port be the active one, in one of the modes of :data:`WITH_ACTIVE_PORT`; raises Unavailable.

    The kernel does not take a port that is down, and says nothing of it: read it back.
    """
    host.write(f"{NET}/{bond}/bonding/active_slave", f"{port}\n")
