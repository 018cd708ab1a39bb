# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports of a bond one at a time: which other ones carry the bond meanwhile, in what order, and when one is well again.

The order is this collection's own: nobody has published one. A port that stands by first; the active role moves to a
port that was looked at; the active port last; then the role goes back to where it was. What the kernel does by itself
(a primary that takes the role again, a hash that leaves a port out) is left to it: nothing of the bond's own settings
is written, so that there is nothing of them to put back.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.disruption import weight
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ordered
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import bonding, sysfs_net
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links

_UNTOLD = "nobody tells which aggregator it is in"

NO_PARTNER = "00:00:00:00:00:00"

#: How many seconds a NIC has to be well again: to have its carrier, and in a bond with LACP to be taken up by the
#: partner, who with the slow rate speaks every 30 seconds and forgets after 90 (IEEE 802.1AX, section 6.4.4).
CARRIER_S = 30.0
LACP_S = {"fast": 30.0, "slow": 90.0}

#: So long the active role may take to move.
MOVE_S = 5.0

#: How often is looked, in seconds, and in how many looks in a row all has to be well and nothing may have counted on.
LOOK_S = 0.5
QUIET_LOOKS = 6

#: Seconds in which neighbours learn of the new active port: the bond tells them at once, and what was on its way to the
#: other port comes in.
LEARNING_S = 0.5


# --- what a bond has beside one port


def why_not_good(bond, port, carrier):
    """Why a port of a bond carries nothing of it now, None where it does.

    :param bond: as :func:`sources.bonding.read` gives it
    :param carrier: whether the port has one, None where nobody tells
    """
    found = bond["ports"].get(port)
    if found is None:
        return "it is no port of it any more"
    if carrier is False:
        return "it has no carrier"
    if found["mii_status"] not in ("up", None):
        return f"its MII status is {found['mii_status']}"
    return _why_not_aggregated(bond, found) if bond["mode"] == "802.3ad" else None


def _why_not_aggregated(bond, port):
    if bond["aggregator_id"] is None or port["aggregator_id"] is None:
        return _UNTOLD
    if port["aggregator_id"] != bond["aggregator_id"]:
        return f"it is in aggregator {port['aggregator_id']}, and {bond['aggregator_id']} is in use"
    actor, partner = port["actor_state"], port["partner_state"]
    if actor is not None and actor & (bonding.LACP_DEFAULTED | bonding.LACP_EXPIRED):
        return "its partner does not speak LACP any more"
    if partner is not None and not partner & bonding.LACP_SYNCHRONIZATION:
        return "its partner has not taken it up"
    if actor is not None and not (actor & bonding.LACP_COLLECTING and actor & bonding.LACP_DISTRIBUTING):
        return "LACP has not opened it"
    return None


def others(bond, port, carriers):
    """``(good, {other: why it is not})``: the other ports of a bond.

    :param carriers: ``{port: bool or None}``
    """
    whys = {name: why_not_good(bond, name, carriers.get(name)) for name in sorted(bond["ports"]) if name != port}
    return [name for name, why in whys.items() if why is None], {name: why for name, why in whys.items() if why}


def needed(bond):
    """How many ports a bond has to keep; ``min_links`` is for LACP alone (bond_3ad_set_carrier, Linux 6.12)."""
    return max(1, bond["min_links"] or 0) if bond["mode"] == "802.3ad" else 1


def too_few(name, bond, port, carriers):
    """Why a port cannot be spared, without its name; None where it can: it carries nothing, or others are enough."""
    if why_not_good(bond, port, carriers.get(port)) not in (None, _UNTOLD):
        return None
    good, bad = others(bond, port, carriers)
    if len(good) >= needed(bond):
        return None
    said = "; ".join(f"{other}: {why}" for other, why in bad.items()) or "it has no other port"
    return (
        f"{name} needs {needed(bond)} good {'port' if needed(bond) == 1 else 'ports'} beside it, and has"
        f" {len(good)} ({said}): bring the others up first"
    )


# --- the order


def order(facts, changes):
    """The changes in groups, to be made one after the other: ``[{"subject", "changes", "bond", "move_active_to"}]``.

    First, with None for ``subject``, what disturbs no NIC; then each NIC that is disturbed, with all of its changes in
    the order of the knobs: what is in no bond, then the ports of each bond, those that carry nothing first, the active
    one last, and last of all what this SSH session goes through. ``move_active_to`` is the port that takes the active
    role meanwhile, for the active port of a bond that has one. Pure.

    Raises Refused for a port that the bond cannot spare.

    :param facts: of :func:`checks.facts`
    """
    disturbed = {made["subject"] for made in changes if made["subject"] is not None and weight(made) > 0}
    quiet = [made for made in changes if made["subject"] not in disturbed]
    found = [_group(None, quiet)] if quiet else []
    for subject in sorted(disturbed, key=lambda name: _place(facts, name)):
        own = [made for made in changes if made["subject"] == subject]
        found.append(_leg(facts, subject, own))
    return found


def settings_of(groups, settings):
    """The settings that belong to each group, in the order of the groups: ``[[setting]]``. Pure.

    All settings of a NIC are of its group, those that change nothing as it is now too: new channels may bring what they
    are about. Those of nobody's group are of the first.
    """
    places = {group["subject"]: place for place, group in enumerate(groups)}
    found = [[] for _group in groups]
    for setting in settings:
        found[places.get(setting["subject"], 0)].append(setting)
    return found


def _group(subject, changes, bond=None, move_active_to=None):
    return {"subject": subject, "changes": ordered(changes), "bond": bond, "move_active_to": move_active_to}


def _leg(facts, subject, changes):
    name = bond_of(facts, subject)
    if name is None:
        return _group(subject, changes)
    bond, carriers = facts["bonds"][name], carriers_of(facts, name)
    if bond is None:
        raise Refused(f"{subject}: it is a port of {name}, and nobody can tell how {name} is: read as root")
    why = too_few(name, bond, subject, carriers)
    if why:
        raise Refused(f"{subject}: {why}")
    return _group(subject, changes, name, _successor(bond, subject, carriers))


def _successor(bond, port, carriers):
    """The port that takes the active role from *port*, None where that has none: the primary, else by name."""
    if bond["mode"] not in bonding.WITH_ACTIVE_PORT or bond["active_port"] != port:
        return None
    good = others(bond, port, carriers)[0]
    return bond["primary"] if bond["primary"] in good else next(iter(good), None)


def _place(facts, name):
    """By what NICs are sorted: not the way of the session, its bond, whether it carries, whether it is active."""
    on_path = name in (facts.get("session") or {}).get("path", ())
    of = bond_of(facts, name)
    if of is None or facts["bonds"][of] is None:
        return (on_path, of or "", False, False, name)
    bond = facts["bonds"][of]
    on_path = of in (facts.get("session") or {}).get("path", ())
    good = why_not_good(bond, name, carriers_of(facts, of).get(name)) is None
    return (on_path, of, good, bond["active_port"] == name, name)


def bond_of(facts, name):
    """The bond that a NIC is a port of, None where it is of none."""
    master = (facts["nics"].get(name) or {}).get("master")
    return master if master in facts["bonds"] else None


def carriers_of(facts, bond):
    """``{port: bool or None}`` of the ports of a bond."""
    ports = (facts["bonds"][bond] or {"ports": ()})["ports"]
    return {port: (facts["nics"].get(port) or {}).get("carrier") for port in ports}


def longest_s(facts, groups):
    """How many seconds :func:`after` may wait for all groups together: a timer has to be longer. Pure."""
    return sum(_limit_s(facts["bonds"].get(group["bond"])) + MOVE_S for group in groups if _disturbs(group))


# --- before and after one group


def before(host, group, anyway=False):
    """Note how the NIC of a group is, and let its bond do without it; what is to be said of it, sentences.

    Once before the first change of a group, which keeps what was seen under "before". Nothing is done of a group that
    disturbs nothing. Raises Refused where the bond cannot do without the NIC.

    :param anyway: whether that is only told: for what has to be taken back, whatever becomes of the traffic meanwhile
    """
    if not _disturbs(group):
        return []
    try:
        _make_room(host, group)
    except Refused as error:
        if not anyway:
            raise
        return [str(error)]
    return []


def _make_room(host, group):
    seen = _look(host, group["subject"], group["bond"])
    group["before"] = seen
    if group["bond"] is None:
        return
    bond, carriers = seen["bond"], seen["carriers"]
    why = too_few(group["bond"], bond, group["subject"], carriers)
    if why:
        raise Refused(f"{group['subject']}: {why}")
    successor = _successor(bond, group["subject"], carriers)
    if successor is not None:
        wanted = group["move_active_to"]
        good = others(bond, group["subject"], carriers)[0]
        _make_active(host, group, wanted if wanted in good else successor)
        host.clock.sleep(LEARNING_S)


def after(host, group):
    """Wait until the NIC of a group is as well as before it was changed, and give it the active role again that it had.

    The carrier, in a bond the MII status and with LACP the aggregator and the partner's consent, have to be as they
    were; carrier_changes and the Link Failure Count have to stand still for :data:`QUIET_LOOKS`. Returns what is to be
    said of it, sentences. Raises Refused where that does not come about in time: then take back what was changed, and
    call it again.

    Once after the last change of a group, or after they were taken back.
    """
    was = group.get("before")
    if was is None:
        return []
    began = host.clock.monotonic_s()
    limit_s = _limit_s(was["bond"])
    quiet, last = 0, None
    while True:
        seen = _look(host, group["subject"], group["bond"])
        why = _why_not_well(group, was, seen)
        counted = (seen["carrier_changes"], seen["link_failure_count"])
        quiet = quiet + 1 if why is None and counted == last else 0
        last = counted
        if quiet >= QUIET_LOOKS:
            break
        waited_s = host.clock.monotonic_s() - began
        if waited_s > limit_s:
            why = why or "its counts of lost links go on growing"
            raise Refused(f"{group['subject']}: {why}, {waited_s:.0f} s after it was changed")
        host.clock.sleep(LOOK_S)
    said = _moved(group["subject"], was, seen, host.clock.monotonic_s() - began)
    return said + _given_back(host, group, was, seen)


def _disturbs(group):
    return group["subject"] is not None and any(weight(made) for made in group["changes"])


def _limit_s(bond):
    if bond is None:
        return CARRIER_S
    wait_s = LACP_S.get(bond["lacp_rate"], max(LACP_S.values())) if bond["mode"] == "802.3ad" else CARRIER_S
    return wait_s + (bond["updelay_ms"] or 0) / 1000


def _look(host, name, bond_name):
    """``{"carrier", "carrier_changes", "link_failure_count", "bond", "carriers"}`` of a NIC now; raises Refused."""
    try:
        found = links(host)
        if name not in found:
            raise Refused(f"{name}: it is gone; nobody can tell how it is")
        link = found[name]
        bond = None if bond_name is None else _read_bond(host, bond_name, found)
    except Unavailable as error:
        raise Refused(f"{name}: nobody can tell how it is: {error.detail}") from error
    port = (bond or {"ports": {}})["ports"].get(name)
    return {
        "carrier": link["carrier"],
        "carrier_changes": None if link["carrier_changes"] is None else int(link["carrier_changes"]),
        "link_failure_count": port and port["link_failure_count"],
        "bond": bond,
        "carriers": {each: found[each]["carrier"] for each in (bond or {"ports": ()})["ports"] if each in found},
    }


def _read_bond(host, name, found):
    if name not in found:
        raise Refused(f"{name}: it is gone")
    return read_bond(host, name, found[name]["ifindex"], Gaps())


def read_bond(host, name, ifindex, gaps):
    """A bond as :func:`sources.bonding.read` gives it, wherever sysfs belongs to; raises Unavailable."""
    try:
        sysfs_net.check_visible(host, name, ifindex)
        shown = True
    except Unavailable as error:
        gaps.note("sysfs", error)
        shown = False
    return bonding.read(host, name, shown, gaps)


def _why_not_well(group, was, now):
    """What is not as it was, a part of a sentence; None where all is."""
    if was["carrier"] and not now["carrier"]:
        return "it has no carrier"
    if group["bond"] is None:
        return None
    name = group["subject"]
    if why_not_good(was["bond"], name, was["carrier"]) is None:
        why = why_not_good(now["bond"], name, now["carrier"])
        if why is not None:
            return f"it is not taken up by {group['bond']}: {why}"
    return None


def _moved(name, was, now, seconds):
    """What the change did to the link, as far as it was counted."""
    grown = {
        label: now[key] - was[key]
        for key, label in (("carrier_changes", "carrier changes"), ("link_failure_count", "link failures in the bond"))
        if was[key] is not None and now[key] is not None and now[key] != was[key]
    }
    said = ", ".join(f"{label} +{number}" for label, number in grown.items()) or "its link was not lost"
    return [f"{name}: it is as before {seconds:.1f} s after it was changed, {said}"]


def _given_back(host, group, was, now):
    """Give the active role back to the NIC that had it."""
    if group["bond"] is None or was["bond"]["active_port"] != group["subject"]:
        return []
    if now["bond"]["active_port"] != group["subject"]:
        _make_active(host, group, group["subject"])
    return [f"{group['bond']}: {group['subject']} is the active port again"]


def _make_active(host, group, port):
    name = group["bond"]
    try:
        bonding.make_active(host, name, port)
    except Unavailable as error:
        raise Refused(f"{name}: {port} could not be made the active port: {error.detail}") from error
    end = host.clock.monotonic_s() + MOVE_S
    while True:
        active = _look(host, port, name)["bond"]["active_port"]
        if active == port:
            return
        if host.clock.monotonic_s() > end:
            raise Refused(f"{name}: {port} was to be the active port, and after {MOVE_S:.0f} s {active} still is")
        host.clock.sleep(LOOK_S / 5)
