# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rings: how many descriptors a NIC has for each queue."""

import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import power_of_two
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import UNSUPPORTED, change_class
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import ROUNDINGS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    change,
    driver_name,
    is_up,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set

NAME = "ring"
PARTS = ("driver", "rings")
SECTIONS = ()

#: The rings that a NIC may have, by the key of a setting and of the host document.
RINGS = ("rx", "tx", "rx_mini", "rx_jumbo")

MAX, NEXT = "max", "+1"

#: What a driver's refusal means, by errno.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.ENOMEM: "the driver got no memory for so many descriptors, or its device does not take this number",
    errno.EBUSY: "the driver cannot now: AF_XDP sockets are bound to it, or it is being reset; try again later",
    errno.EINVAL: "the driver does not take this number: it may want a power of two, or less",
    errno.EOPNOTSUPP: "the driver cannot change its rings; leave the interface out",
}

_NUMBER = re.compile(r"[1-9][0-9]{0,8}$")


def decide(document, wanted):
    """The changes of the rings of some NICs.

    :param wanted: ``{NIC: {ring: value}}``, a value a number of descriptors, "max", or "+1" for the next power of two;
        None leaves a ring as it is

    What a driver makes of a number is known of those whose file says so (``RINGS["rounding"]``): a ring that has that
    size already is no change. Raises Refused for a NIC without such a ring, and a number out of range.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    rings = part(document, name, "rings")
    driver = driver_name(document, name)
    rounding = ROUNDINGS[(index.part(driver, "RINGS") or {}).get("rounding", "as it is")]
    after = {ring: _size(name, ring, values[ring], rings, rounding) for ring in RINGS if values.get(ring) is not None}
    return change(NAME, name, rings, after, lambda _rings: _class(name, driver) if is_up(document, name) else 0)


def _class(name, driver):
    """What a change does to traffic; raises Refused where the driver makes none of a NIC that is up."""
    found = change_class(driver, "rings")
    if found == UNSUPPORTED:
        raise Refused(f"{name}: its driver {driver} changes no rings of a NIC that is up; leave it out of interfaces")
    return found


def _size(name, ring, value, rings, rounding):
    """The size that a ring gets for a value, as the driver rounds it."""
    now, most = rings[ring], rings[f"{ring}_max"]
    if not most:
        raise Refused(f"{name}: its driver has no ring {ring}; leave it out, or leave out the interface")
    text = str(value).strip()
    if text == MAX:
        return most
    if text == NEXT:
        return min(power_of_two(now + 1), most)
    if not _NUMBER.match(text):
        raise Refused(f"{name}: {ring} is {value!r}, expected a number of descriptors from 1 to {most}, max or +1")
    size = int(text)
    if size > most:
        raise Refused(f"{name}: {ring} {size} is above the {most} that the hardware has: give at most that, or max")
    return min(rounding(size), most)


def write(host, made):
    """Hand the rings to the driver; raises Refused with what it said."""
    try:
        ethtool_set.rings(host, made["subject"], made["to"])
    except Unavailable as error:
        raise refused(made, _told(made["to"]), error, MEANINGS) from error


def read(host, made):
    """The sizes of the rings now; raises Refused."""
    try:
        rings = ethtool.rings(host, made["subject"])
    except Unavailable as error:
        raise Refused(f"{made['subject']}: its rings could not be read back: {error.detail}") from error
    return {ring: rings[ring] for ring in made["to"]}


def accepts(made, values):
    """Whether the rings that were read back are what the change asked for.

    A driver may make them larger, up to its next step, which nobody tells it beforehand (vmxnet3 of 100 makes 128).
    """
    return all(size <= values[ring] < 2 * size for ring, size in made["to"].items())


def command(made):
    return f"ethtool -G {made['subject']} {_told(made['to'])}"


def _told(values):
    return " ".join(f"{ring.replace('_', '-')} {size}" for ring, size in values.items())
