# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coalescing: how long a NIC waits, and for how many frames, before it interrupts.

The keys of a change are the fields of the host document's ``coalesce``; of a single queue ``queue 3 rx_usecs``.
"""

import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import (
    UNSUPPORTED,
    change_class,
    trait,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import ROUNDINGS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    NoQueue,
    Refused,
    change,
    driver_name,
    is_up,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool_commands import COALESCE

NAME = "coalesce"
PARTS = ("driver", "link", "coalesce", "coalesce_fields", "coalesce_of_queues")
SECTIONS = ()

FIELDS = COALESCE.fields
SIDES = ("rx", "tx")
ADAPTIVE = ("adaptive_rx", "adaptive_tx")


def _fixed(usecs, frames):
    values = {}
    for side in SIDES:
        values.update({f"{side}_usecs": usecs, f"{side}_frames": frames, f"adaptive_{side}": False})
    return values


def _adapting(usecs, frames):
    return dict(_fixed(usecs, frames), adaptive_rx=True, adaptive_tx=True)


BY_SPEED = "by_speed"

#: What a profile sets; of :data:`BY_SPEED` the first row whose speed (Mbit/s) the link has. Fixed values: of a packet
#: that waits for nothing; and 8000 interrupts a second and queue, as Documentation/networking/device_drivers/ethernet/
#: intel/i40e.rst has it for forwarding. Those by speed are a rule of thumb, no vendor's.
PROFILES = {
    "latency": _fixed(0, 1),
    "throughput": _fixed(125, 128),
    "adaptive": dict.fromkeys(ADAPTIVE, True),
    BY_SPEED: ((10000, _adapting(50, 32)), (1000, _adapting(25, 16)), (0, _fixed(10, 4))),
}

#: Drivers make of a number what their hardware can: a number that is off by so much, or by this share of it, is
#: accepted. Intel counts in steps of 2 or 4 microseconds, others in interrupts a second or clocks of their own.
TOLERATED, SHARE = 4, 8

#: What a driver's refusal means, by errno.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EINVAL: "the driver does not take this number, or not these together",
    errno.ERANGE: "the number is larger than the hardware takes",
    errno.EBUSY: "the driver cannot change this while the interface is up",
    errno.EOPNOTSUPP: "the driver does not know a field that is not zero here; leave it out",
}

_QUEUE_KEY = re.compile(r"queue ([0-9]+) (\w+)$")
_MOST = (1 << 32) - 1


def kept(before, values):
    """What is kept over a boot: a profile takes the place of all, fields stay beside others. Raises Refused for single
    queues beside the NIC as a whole, or beside other ones."""
    if before and before.get("queues") != values.get("queues"):
        raise Refused(
            "coalesce: what is kept of a NIC is of all its queues, or of some; something else is kept already: take it"
            " away by the module tune with state: absent"
        )
    return values if "profile" in values else dict(before, **values)


def decide(document, wanted):
    """The changes of the coalescing of some NICs.

    :param wanted: ``{NIC: {field: number or bool}}``, None leaves a field as it is. Also ``profile``, one of
        :data:`PROFILES`, whose values yield to fields that are given, and ``queues``, the numbers of those that are set
        by themselves, None for the NIC as a whole

    A field of a profile that the driver does not know is left out, and told. Raises Refused for a field that the driver
    does not know, as far as the document tells, and for a number that is none.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    whole = part(document, name, "coalesce")
    driver = driver_name(document, name)
    known = document["nics"][name].get("coalesce_fields")
    known = FIELDS if known is None else known
    given = {field: _number(name, field, values[field]) for field in FIELDS if values.get(field) is not None}
    unknown = [field for field in given if field not in known]
    if unknown:
        raise Refused(
            f"{name}: its driver {driver} does not know {', '.join(unknown)}: leave that out, or leave out the"
            f" interface; it knows {', '.join(known) or 'none'}"
        )
    notes = []
    if values.get("profile"):
        given = dict(_profile(document, name, values["profile"], known, notes), **given)
    rounding = ROUNDINGS[trait(driver, "usecs_rounding") or "as it is"]
    given.update((field, rounding(given[field])) for field in given if field in ("rx_usecs", "tx_usecs"))
    before, after = whole, given
    if values.get("queues") is not None:
        before, after = _of_queues(document, name, values["queues"], given)

    def disruption(keys):
        return max((change_class(driver, NAME, _parsed(key)[1]) for key in keys), key=_rank)

    made = change(NAME, name, before, after, disruption, notes)
    if made and made["class"] == UNSUPPORTED:
        raise Refused(f"{name}: its driver {driver} cannot change its coalescing; leave the interface out")
    if made and not is_up(document, name):
        made["class"] = 0
    return made


def _rank(found):
    return (1, 0) if found == UNSUPPORTED else (0, found)


def _number(name, field, value):
    if field in ADAPTIVE:
        if not isinstance(value, bool):
            raise Refused(f"{name}: {field} is {value!r}, expected true or false")
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise Refused(f"{name}: {field} is {value!r}, expected a whole number from 0")
    return value


def _profile(document, name, profile, known, notes):
    """What a profile sets of this NIC; *notes* get sentences about what it cannot."""
    if profile not in PROFILES:
        raise Refused(f"{name}: there is no profile {profile!r}; there are: {', '.join(PROFILES)}")
    values = PROFILES[profile]
    if profile == BY_SPEED:
        values = _by_speed(document, name)
    found = {field: value for field, value in values.items() if field in known}
    if not found:
        raise Refused(
            f"{name}: its driver knows none of what the profile {profile} sets, {', '.join(values)}: choose another, or"
            f" leave out the interface; it knows {', '.join(known) or 'none'}"
        )
    lacking = [field for field in values if field not in known]
    switches = [field for field in lacking if field in ADAPTIVE and values[field]]
    if switches:
        sides = {field[-2:] for field in switches}
        fixed = {field: found[field] for field in found if field not in ADAPTIVE and field[:2] in sides}
        notes.append(f"{name}: its driver has no {', '.join(switches)}; fixed there: {_told(fixed) or 'what there is'}")
    left_out = [field for field in lacking if field not in ADAPTIVE]
    if left_out:
        notes.append(f"{name}: its driver does not know {', '.join(left_out)}, which the profile {profile} sets")
    return found


def _by_speed(document, name):
    speed = part(document, name, "link")["speed_mbps"]
    if speed is None:
        raise Refused(f"{name}: the speed of its link is not known: bring the link up, or choose another profile")
    return next(values for least, values in PROFILES[BY_SPEED] if speed >= least)


def _of_queues(document, name, queues, given):
    """``(before, after)`` of some queues, by their keys."""
    found = part(document, name, "coalesce_of_queues")
    before, after = {}, {}
    for queue in sorted(set(queues)):
        if str(queue) not in found:
            raise NoQueue(f"{name}: it has no queue {queue}; its queues are 0 to {len(found) - 1}")
        before.update((_key(queue, field), value) for field, value in found[str(queue)].items())
        after.update((_key(queue, field), value) for field, value in given.items())
    return before, after


def _key(queue, field):
    return field if queue is None else f"queue {queue} {field}"


def _parsed(key):
    """``(queue or None, field)``."""
    match = _QUEUE_KEY.match(key)
    return (int(match.group(1)), match.group(2)) if match else (None, key)


def _by_queue(values):
    """``{queue or None: {field: value}}``."""
    found = {}
    for key, value in values.items():
        queue, field = _parsed(key)
        found.setdefault(queue, {})[field] = value
    return found


def write(host, made):
    """Hand the values to the driver, in the order in which it takes them; raises Refused with what it said.

    A driver that sets values of its own when adaptive mode is switched is told them once more: those that were asked
    for, and of a driver that is known for it (``adaptive_toggle_resets_usecs``) those that nobody wanted changed.
    """
    name = made["subject"]
    driver = _asked(made, ethtool.driver, host, name)["name"]
    for queue, values in _by_queue(made["to"]).items():
        now = _now(host, made, queue)
        for step in steps(now, values, trait(driver, "adaptive_refuses_usecs")):
            _set(host, made, queue, step)
        sides = [field[-2:] for field in ADAPTIVE if field in values]
        wanted = {field: value for field, value in values.items() if field not in ADAPTIVE}
        if trait(driver, "adaptive_toggle_resets_usecs"):
            wanted = dict(
                {field: now[field] for side in sides for field in (f"{side}_usecs", f"{side}_frames")}, **wanted
            )
        found = _now(host, made, queue) if sides else wanted
        again = {field: value for field, value in wanted.items() if not is_near(value, found[field])}
        if again:
            _set(host, made, queue, again)


def steps(now, values, adaptive_refuses):
    """What is written one after another, ``[{field: value}]``.

    All together, but for a driver that refuses numbers while adaptive mode is on: that is off before and on after them.

    :param now: the values as they are
    :param adaptive_refuses: the trait ``adaptive_refuses_usecs``
    """
    switches = {field: value for field, value in values.items() if field in ADAPTIVE}
    numbers = {field: value for field, value in values.items() if field not in ADAPTIVE}
    if not (adaptive_refuses and numbers):
        return [values]
    sides = {field[:2] for field in numbers}
    off = {field: False for field in ADAPTIVE if now[field] and (field in switches or field[-2:] in sides)}
    on = {field: True for field in ADAPTIVE if switches.get(field, now[field]) and (field in off or field in switches)}
    return [step for step in (off, numbers, on) if step]


def _set(host, made, queue, values):
    try:
        _write(host, made, queue, values)
    except Unavailable as error:
        found = refused(made, _told(values), error, MEANINGS)
        if len(values) > 1 and error.number in (errno.EOPNOTSUPP, errno.EINVAL, errno.ERANGE):
            alone = [field for field in values if _is_refused(host, made, queue, {field: values[field]})]
            what = f"{', '.join(alone)}: refused alone as well" if alone else "each alone is taken"
            found = Refused(f"{found}; {what}")
        raise found from error


def _is_refused(host, made, queue, values):
    # What it takes is put back with the rest of a change that failed.
    try:
        _write(host, made, queue, values)
    except Unavailable:
        return True
    return False


def _write(host, made, queue, values):
    name = made["subject"]
    if queue is None:
        ethtool_set.coalesce(host, name, values)
    else:
        whole = dict(ethtool.coalesce_of_queues(host, name)[str(queue)], **values)
        ethtool_set.coalesce_of_queues(host, name, [queue], whole)


def _now(host, made, queue):
    name = made["subject"]
    if queue is None:
        return _asked(made, ethtool.coalesce, host, name)
    found = _asked(made, ethtool.coalesce_of_queues, host, name)
    if str(queue) not in found:
        raise Refused(f"{name}: its queue {queue} is gone")
    return found[str(queue)]


def _asked(made, question, host, name):
    try:
        return question(host, name)
    except Unavailable as error:
        raise Refused(f"{made['subject']}: its coalescing could not be read back: {error.detail}") from error


def read(host, made):
    """The values now; raises Refused."""
    found = {}
    for queue, values in _by_queue(made["to"]).items():
        now = _now(host, made, queue)
        found.update((_key(queue, field), now[field]) for field in values)
    return found


def accepts(made, values):
    """Whether the values that were read back are near enough to those asked for; switches have to be as asked for."""
    return all(is_near(value, values[key]) for key, value in made["to"].items())


def is_near(asked, found):
    """Whether a number may be what a driver made of another: 0 is 0 only, for it means something else."""
    if isinstance(asked, bool) or not asked or not found:
        return asked == found
    return abs(found - asked) <= max(TOLERATED, asked // SHARE)


def command(made):
    name, commands = made["subject"], []
    for queue, values in _by_queue(made["to"]).items():
        place = f"-C {name}" if queue is None else f"-Q {name} queue_mask {1 << queue:#x} --coalesce"
        commands.append(f"ethtool {place} {_told(values)}")
    return "; ".join(commands)


def _told(values):
    return " ".join(f"{field.replace('_', '-')} {_word(value)}" for field, value in values.items())


def _word(value):
    if isinstance(value, bool):
        return "on" if value else "off"
    return value
