# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be known of a NIC before it is disturbed: what goes through it, and what would notice.

:func:`facts` reads, :func:`judge` says what follows of it. What a driver refuses is the part of the knobs, memory that
of :mod:`knobs.memory`, the lock and the timer the transaction's own, that hosts are changed in turn the controller's.
"""

import ipaddress

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import nics as inventories
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import matches
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import disruption
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import (
    ethtool,
    infiniband,
    processes,
    routes,
    sysfs_net,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.addresses import addresses
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import bonds

OK, NOTE, REFUSED = "ok", "note", "refused"

#: Programs that are at work while packages are changed; some of them also only to ask.
PACKAGE_MANAGERS = ("dpkg", "apt-get", "apt", "rpm", "dnf", "yum", "zypper", "dracut", "mkinitramfs")

#: The driver that hands a virtual function to a guest, or to a program in user space.
HANDED_OUT = "vfio-pci"

#: What shares ports as a bond does, without telling the kernel's readers how.
_TEAM, _OPENVSWITCH = "team", "openvswitch"

#: How many names one sentence lists.
_LISTED = 6


# --- reading


def facts(host, names, session=None):
    """What :func:`judge` and :func:`bonds.order` need to know of a host, as plain data.

    ``{"nics", "changed", "bonds", "bridges", "rdma", "session", "updating", "unavailable"}``:

    * ``nics``: all of them: what :func:`document.nics.inventory` has without ``hidden``, with ``carrier``,
      ``carrier_changes``, ``mac``, ``xdp``, and ``below``, the NIC that it is built on as netlink tells it (or None)
    * ``changed``: of those named: ``{"driver", "sriov", "vf_drivers", "switch_id", "traffic_classes", "rss_weights",
      "steered_queues", "errors"}``
    * ``bonds``: of every bond what :func:`sources.bonding.read` gives, None where it cannot be read; ``bridges``:
      likewise :func:`sources.sysfs_net.bridge`
    * ``rdma``: :func:`sources.infiniband.devices`, None where it cannot be read
    * ``session``: ``{"local", "remote", "owner", "leaves_by", "path"}`` of the SSH session, None where there is none:
      NICs by name, and all NICs that its packets may go through. ``owner`` has the local address, by ``leaves_by``
      answers leave; None what is not known
    * ``updating``: those of :data:`PACKAGE_MANAGERS` that run

    Raises Unavailable where the NICs cannot be listed. What else is missing is in ``unavailable``.

    :param names: of the NICs that are to be changed
    :param session: the text of SSH_CONNECTION, None or "" outside of one
    """
    gaps = Gaps()
    link_list = links(host)
    seen = inventories.inventory(host, link_list, gaps.attempt("addresses", addresses, host))
    numbers = {link["ifindex"]: name for name, link in link_list.items()}
    known = {name: _nic(seen[name], link_list[name], numbers) for name in seen}
    found = {
        "nics": known,
        "changed": {
            name: _changed(host, name, seen[name], link_list[name], gaps.at("changed", name))
            for name in names
            if name in seen
        },
        "bonds": _of_kind(host, known, "bond", bonds.read_bond, gaps),
        "bridges": _of_kind(host, known, "bridge", _bridge, gaps),
        "rdma": gaps.attempt("rdma", infiniband.devices, host),
        "session": _session(host, known, session, gaps.at("session")) if session else None,
        "updating": gaps.attempt("updating", _updating, host),
    }
    return dict(found, unavailable=gaps.last_of_each())


def _nic(place, link, numbers):
    found = {key: value for key, value in place.items() if key != "hidden"}
    found.update({key: link[key] for key in ("carrier", "mac", "xdp")})
    found["carrier_changes"] = None if link["carrier_changes"] is None else int(link["carrier_changes"])
    # The other end of a veth is not below it.
    found["below"] = None if link["kind"] == "veth" else numbers.get(link["link_ifindex"])
    return found


#: The counters of a NIC that go on counting where its link is bad.
_ERRORS = ("rx_errors", "tx_errors", "rx_crc_errors", "tx_carrier_errors")


def _changed(host, name, place, link, gaps):
    function = place["device"] and sysfs_net.pci_function(place["device"])
    if place["hidden"] is not None:
        gaps.note("sysfs", place["hidden"])
    shown = place["hidden"] is None
    return {
        "driver": (gaps.attempt("driver", ethtool.driver, host, name) or {}).get("name"),
        "sriov": function and sysfs_net.sriov(host, function, Gaps()),
        "vf_drivers": function and gaps.attempt("vf_drivers", sysfs_net.virtual_functions, host, function),
        "switch_id": gaps.attempt("switch_id", sysfs_net.switch_id, host, name) if shown else None,
        "traffic_classes": gaps.attempt("traffic_classes", _traffic_classes, host, name) if shown else None,
        "rss_weights": _if_any(gaps, "rss_weights", _rss_weights, host, name),
        "steered_queues": _if_any(gaps, "steered_queues", ethtool.steered_queues, host, name),
        "errors": {key: link["link_stats"][key] for key in _ERRORS if link["link_stats"][key] is not None},
    }


def _if_any(gaps, key, ask, host, name):
    """What a driver has, None where it has no such thing: that is no gap."""
    try:
        return ask(host, name)
    except Unavailable as error:
        if error.reason != "unsupported":
            gaps.note(key, error)
        return None


def _rss_weights(host, name):
    """``{"0": entries of the RSS table}`` of every RX queue that it may name."""
    weights = ethtool.rss(host, name)["weights"]
    return dict({str(queue): 0 for queue in range(ethtool.rx_queues(host, name))}, **weights)


def _traffic_classes(host, name):
    listed = sysfs_net.queues(host, name, Gaps())["tx"]
    return sysfs_net.traffic_classes(host, name, list(listed))


def _bridge(host, name, _ifindex, _gaps):
    return sysfs_net.bridge(host, name)


def _of_kind(host, known, kind, ask, gaps):
    """``{name: what ask says}`` of every NIC of a kind."""
    section = kind + "s"
    return {
        name: gaps.at(section).attempt(name, ask, host, name, nic["ifindex"], gaps.at(section, name))
        for name, nic in known.items()
        if nic["kind"] == kind
    }


def _updating(host):
    return sorted(processes.find(host, PACKAGE_MANAGERS)[0])


def _session(host, known, text, gaps):
    """The way of a SSH session; what cannot be found out is None, and noted."""
    words = text.split()
    found = {"local": None, "remote": None, "owner": None, "leaves_by": None, "path": []}
    if len(words) != 4:
        gaps.note("local", Unavailable("malformed", f"SSH_CONNECTION: expected four words, found {text[:60]!r}"))
        return found
    remote, local = _address(words[0]), _address(words[2])
    if remote is None or local is None:
        gaps.note("local", Unavailable("malformed", f"SSH_CONNECTION: expected addresses, found {text[:60]!r}"))
        return found
    scope = words[2].partition("%")[2] or words[0].partition("%")[2]
    found.update(local=local, remote=remote, owner=_owner(known, local, scope))
    if found["owner"] is None:
        gaps.note("owner", Unavailable("absent", f"no NIC of this namespace has the address {local}"))
    own = (known.get(found["owner"]) or {}).get("ifindex")
    link_local = ipaddress.ip_address(local).is_link_local
    way = gaps.attempt("leaves_by", routes.way_to, host, remote, local, own if link_local else None)
    found["leaves_by"] = way and next((name for name, nic in known.items() if nic["ifindex"] == way["ifindex"]), None)
    found["path"] = _path(known, [found["owner"], found["leaves_by"]])
    return found


def _address(word):
    """An address without its scope, one of IPv4 in the form of IPv6 as IPv4; None for anything else."""
    try:
        found = ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _owner(known, address, scope):
    owners = [
        name
        for name, nic in sorted(known.items())
        for text in nic["addresses"] or ()
        if str(ipaddress.ip_interface(text).ip) == address
    ]
    # An address of a link may be on several; the scope is a name, or a number.
    of_scope = [name for name in owners if scope and scope in (name, str(known[name]["ifindex"]))]
    return next(iter(of_scope or owners), None)


def _path(known, names):
    """*names* and all that they are built on, down to what has a device, in that order."""
    found, waiting = [], [name for name in names if name is not None]
    while waiting:
        name = waiting.pop(0)
        if name in known and name not in found:
            found.append(name)
            waiting += sorted(known[name]["lower"]) + [below for below in (known[name]["below"],) if below]
            if known[name]["kind"] == _OPENVSWITCH:
                # Which of its ports a packet takes is told by Open vSwitch alone.
                waiting += [port for port in sorted(known) if _kind(known, known[port]["master"]) == _OPENVSWITCH]
    return found


def _kind(known, name):
    return (known.get(name) or {}).get("kind")


# --- judging


def judge(facts, changes, options):
    """What is to be said of some changes before they are made: ``[{"check", "subject", "verdict", "words"}]``. Pure.

    ``verdict`` is "ok", "note" (to be told, and no reason not to) or "refused". What disturbs nothing (class 0) is
    asked for "there" and "never" alone. A class that nobody knows counts as 2.

    :param facts: of :func:`facts`
    :param changes: of the knobs
    :param options: ``{"disruption": largest class allowed, "never": [patterns of NICs]}``. A pattern is a name, a glob
        on names or ``kind:NAME``, for the NIC that would be changed or for a bond or team that this is a port of
    """
    said = []
    by_subject = {}
    for made in changes:
        by_subject.setdefault(made["subject"], []).append(made)
    for subject, own in by_subject.items():
        asked = _Asked(facts, subject, own, options)
        for name, check, least in CHECKS:
            if asked.weight >= least and (subject is not None or name in OF_THE_HOST):
                for verdict, words in check(asked):
                    told = f"{subject or 'the host'}: {words}"
                    said.append({"check": name, "subject": subject, "verdict": verdict, "words": told})
    if any(disruption.weight(made) for made in changes):
        verdict, words = _updates(facts["updating"])
        said.append({"check": "updates", "subject": None, "verdict": verdict, "words": words})
    return said


def _ok(words):
    return OK, words


def _note(words):
    return NOTE, words


def _refused(words):
    return REFUSED, words


class _Asked:
    """The changes of one NIC, and what is known of it."""

    def __init__(self, facts, subject, changes, options):
        self.facts = facts
        self.subject = subject
        self.changes = changes
        self.options = options
        self.nic = facts["nics"].get(subject) or {}
        self.own = facts["changed"].get(subject) or {}
        self.weight = max(disruption.weight(made) for made in changes)
        self.knobs = {made["knob"] for made in changes}

    @property
    def master(self):
        return self.nic.get("master")

    @property
    def master_kind(self):
        return _kind(self.facts["nics"], self.master)


def _never(asked):
    """A pattern may be for the NIC itself, or for a bond or team above it, whose traffic it carries."""
    names = {asked.subject: asked.nic.get("kind")}
    if asked.master_kind in ("bond", _TEAM):
        names[asked.master] = asked.master_kind
    for pattern in asked.options.get("never") or ():
        for name, kind in names.items():
            if matches(pattern, name, kind):
                what = "it is" if name == asked.subject else f"it is a port of {name}, which is"
                yield _refused(f"{what} never to be touched ({pattern!r}): leave it out")
                return


def _there(asked):
    if not asked.nic:
        yield _refused("this host has no such NIC (any more)")


def _disruption(asked):
    allowed = asked.options["disruption"]
    worst = "class {class} ({meaning})".format(**disruption.worst(asked.changes))
    if asked.weight <= allowed:
        yield _ok(f"{worst} is allowed")
        return
    dear = sorted({made["knob"] for made in asked.changes if disruption.weight(made) > allowed})
    yield _refused(
        f"{', '.join(dear)} is of {worst}, and disruption allows {allowed}: set disruption to {asked.weight} in a"
        " window for it, or leave it out",
    )


def _management_path(asked):
    session = asked.facts["session"]
    if session is None:
        yield _ok("no SSH session goes through it, for this is none")
    elif not session["path"]:
        yield _note(
            "nobody can tell whether this SSH session goes through it; if it does, and no new one"
            " comes through afterwards, the change is taken back"
        )
    elif asked.subject in session["path"]:
        yield _note(
            f"this SSH session goes through it ({_chain(asked)}): it may stall, and if no new one comes"
            " through afterwards, the change is taken back"
        )
    else:
        yield _ok(f"this SSH session goes another way, by {_listed(session['path'])}")


def _chain(asked):
    session, known = asked.facts["session"], asked.facts["nics"]
    above = [name for name in session["path"] if asked.subject in _path(known, [name]) and name != asked.subject]
    return " on ".join([session["local"], *above, asked.subject])


def _bond(asked):
    name = bonds.bond_of(asked.facts, asked.subject)
    if name is None:
        return
    bond, carriers = asked.facts["bonds"][name], bonds.carriers_of(asked.facts, name)
    if bond is None:
        yield _refused(f"it is a port of {name}, and nobody can tell how {name} is: become root")
        return
    found = list(_of_bond(asked, name, bond, carriers))
    yield from found
    if not any(verdict == REFUSED for verdict, _words in found):
        yield _ok(_stands(asked.subject, name, bond, carriers))


def _stands(subject, name, bond, carriers):
    why = bonds.why_not_good(bond, subject, carriers.get(subject))
    if why is not None:
        return f"{name} ({bond['mode']}) does not use it now: {why}"
    good = bonds.others(bond, subject, carriers)[0]
    active = ", it is the active port" if bond["active_port"] == subject else ""
    return f"{name} ({bond['mode']}) has {_listed(good)} beside it{active}"


def _of_bond(asked, name, bond, carriers):
    subject = asked.subject
    states = {port: each["mii_status"] or "" for port, each in bond["ports"].items()}
    moving = {port: state for port, state in states.items() if state.startswith("going")}
    if moving:
        told = ", ".join(f"{port} is {state}" for port, state in sorted(moving.items()))
        yield _refused(f"{name} is about to change its ports ({told}): wait until it has")
        return
    why = bonds.too_few(name, bond, subject, carriers)
    if why:
        yield _refused(why)
        return
    if bond["mode"] == "802.3ad" and bond["partner_mac"] in (None, bonds.NO_PARTNER):
        yield _refused(f"{name} has no LACP partner: see the ports of the switch first")
        return
    shared = _on_same_function(asked, bond) if asked.weight > 1 else []
    if shared and len(set(bonds.others(bond, subject, carriers)[0]) - set(shared)) < bonds.needed(bond):
        yield _refused(
            f"{_listed(shared)} of {name} is on the same PCI function, which a change of class 2 resets:"
            f" {name} would be left without a port"
        )
        return
    if not (bond["miimon_ms"] or bond["arp_interval_ms"]):
        yield _unwatched(asked, name, bond)
    if bond["primary"] == subject and bond["primary_reselect"] == "always" and bond["active_port"] == subject:
        yield _note(f"it is the primary of {name}, which takes the role again as soon as its link is back")


def _unwatched(asked, name, bond):
    """Of a bond that watches no link: what it does not notice it goes on sending into."""
    told = f"{name} watches no link (miimon 0 and no arp_interval)"
    if bond["mode"] == "active-backup":
        return _note(f"{told}; the active role is moved away for the change, and only its carrier is waited for")
    return _refused(f"{told}, and would go on sending into this port: set miimon, 100 for one")


def _on_same_function(asked, bond):
    """The other ports that are part of the same PCI function."""
    nics = asked.facts["nics"]
    own = _function(asked.nic)
    if not own:
        return []
    return [port for port in sorted(bond["ports"]) if port != asked.subject and _function(nics.get(port)) == own]


def _function(nic):
    device = (nic or {}).get("device")
    return device and sysfs_net.pci_function(device)


def _uppers(asked):
    """What else is built on it: what shares its pause, and what is known to take long over one."""
    nics, master = asked.facts["nics"], asked.master
    if asked.master_kind == _TEAM:
        yield from _team(asked)
    elif asked.master_kind == _OPENVSWITCH:
        yield _note("it is a port of Open vSwitch, which alone knows of its bonds: see ovs-appctl bond/show")
    elif asked.master_kind == "bridge":
        bridge = asked.facts["bridges"].get(master)
        if bridge is None:
            yield _note(f"it is a port of the bridge {master}; nobody can tell whether with STP")
        elif bridge["stp"]:
            yield _note(
                f"it is a port of the bridge {master} with STP, which lets nothing through for"
                f" {2 * bridge['forward_delay_s']:.0f} s where it sees the carrier go"
            )
    above = _above(nics, asked.subject)
    if above:
        yield _note(f"what is built on it shares its pause: {_listed(above)}")
    else:
        yield _ok("nothing is built on it")


def _team(asked):
    """Its runner is a daemon's: of its ports only the carriers are known."""
    nics, master = asked.facts["nics"], asked.master
    other = [name for name in sorted(nics) if nics[name]["master"] == master and name != asked.subject]
    good = [name for name in other if nics[name]["carrier"]]
    if not good and asked.nic.get("carrier"):
        yield _refused(f"it is the last port of the team {master} that has a carrier")
    else:
        yield _note(
            f"it is a port of the team {master}, of which only the carriers are seen"
            f" ({_listed(good)}): see teamdctl {master} state"
        )


def _above(nics, name):
    found, waiting = [], sorted(nics.get(name, {"upper": ()})["upper"])
    while waiting:
        upper = waiting.pop(0)
        if upper not in found:
            found.append(upper)
            waiting += sorted(nics.get(upper, {"upper": ()})["upper"])
    return found


def _sriov(asked):
    functions = asked.own.get("sriov")
    if not functions or not functions["vfs"]:
        yield _ok("it has no virtual functions")
        return
    drivers = asked.own["vf_drivers"]
    handed = [number for number, driver in (drivers or {}).items() if driver == HANDED_OUT]
    told = f"it has {functions['vfs']} virtual functions"
    if asked.own["switch_id"]:
        yield _refused(f"{told} and is a switch for them (switchdev), whose flows a change may drop: leave it out")
    elif asked.weight > 1 and drivers is None:
        yield _refused(f"{told}, and nobody can tell whether guests use them: a change of class 2 resets them too")
    elif asked.weight > 1 and handed:
        yield _refused(f"{told}, {len(handed)} of them in use by guests, and a change of class 2 resets them too")
    elif asked.weight > 1:
        yield _note(f"{told}: they are reset with it")
    else:
        yield _note(f"{told}: where they share its queues or its firmware, they may stall as well")


def _rdma(asked):
    devices = asked.facts["rdma"]
    if devices is None:
        yield _note("nobody can tell whether RDMA goes over it")
        return
    names = {asked.subject} | ({asked.master} if asked.master_kind == "bond" else set())
    mine = sorted(name for name, device in devices.items() if names & set(device["interfaces"]))
    if not mine:
        yield _ok("no RDMA goes over it")
    else:
        yield _note(f"RDMA ({_listed(mine)}) sees its port go and come: connections may be made anew")


def _xdp(asked):
    xdp = asked.nic.get("xdp")
    if xdp is None:
        yield _note("nobody can tell whether an XDP program is attached to it")
    elif not xdp["attached"]:
        yield _ok("no XDP program is attached to it")
    else:
        yield _note(
            f"it runs an XDP program ({xdp['mode']}): queues that are made anew make AF_XDP sockets bind"
            " again, and the driver may refuse"
        )


def _steering(asked):
    """What somebody set for the queues as they are, and new ones may end."""
    if not asked.knobs & {"channels", "private_flag"}:
        return
    weights, classes = asked.own.get("rss_weights"), asked.own.get("traffic_classes")
    found = []
    if weights and max(weights.values()) - min(weights.values()) > 1:
        found.append("its RSS table has weights of its own")
    if asked.own.get("steered_queues"):
        found.append(f"ntuple rules name the queues {_listed(list(map(str, asked.own['steered_queues'])))}")
    if classes is not None and classes > 1:
        found.append(f"its queues are divided among {classes} traffic classes (mqprio or DCB)")
    if found:
        yield _note(f"{', '.join(found)}: the driver may refuse other queues, or begin anew with them")
    else:
        yield _ok("no RSS weights, no ntuple rules and no traffic classes are set")


def _link(asked):
    if asked.nic.get("carrier"):
        errors = ", ".join(f"{key} {value}" for key, value in (asked.own.get("errors") or {}).items() if value)
        yield _ok(
            f"it has a carrier, which changed {asked.nic['carrier_changes']} times since it is there;"
            f" {errors or 'no errors were counted'}"
        )
    else:
        yield _note("it has no carrier now: whether its link comes after the change is not seen")


def _updates(running):
    if running is None:
        return _note("nobody can tell whether packages are being changed")
    if running:
        return _note(f"packages may be changed just now ({_listed(running)}): services may start anew meanwhile")
    return _ok("no packages are being changed")


def _listed(names):
    more = len(names) - _LISTED
    return (", ".join(names[:_LISTED]) or "none") + (f" and {more} more" if more > 0 else "")


#: The checks in their order: ``(name, function, the least class that it is asked for)``.
CHECKS = (
    ("there", _there, 0),
    ("never", _never, 0),
    ("disruption", _disruption, 1),
    ("management_path", _management_path, 1),
    ("bond", _bond, 1),
    ("uppers", _uppers, 1),
    ("sriov", _sriov, 1),
    ("rdma", _rdma, 1),
    ("xdp", _xdp, 1),
    ("steering", _steering, 1),
    ("link", _link, 1),
)

#: Those that are asked for changes of the host, too.
OF_THE_HOST = ("disruption",)
