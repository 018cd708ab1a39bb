# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private flags: switches that a driver has for itself, by its own names."""

import errno

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    change,
    driver_name,
    exactly,
    is_up,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.switches import (
    command_words,
    switch,
    unknown,
    worst_class,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set

NAME = "private_flag"
PARTS = ("driver", "private_flags")
SECTIONS = ()

#: What a driver's refusal means, by errno.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EBUSY: "the driver cannot now: it is being reset, or what it set up rules the flag out; try again later",
    errno.EINVAL: "the driver does not take these flags together, or not with its hardware: the kernel log may say why",
    errno.EOPNOTSUPP: "the hardware or its firmware cannot do it: leave the flag or the interface out",
    errno.ENOMEM: "the driver got no memory for the queues that the flag makes anew",
}

accepts = exactly


def decide(document, wanted):
    """The changes of the private flags of some NICs.

    :param wanted: ``{NIC: {flag: bool}}``; None leaves a flag as it is

    Raises Refused for a flag that a driver has not.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    flags, driver = part(document, name, "private_flags"), driver_name(document, name)
    after = {}
    for key, value in sorted(values.items()):
        if key not in flags:
            raise unknown(name, "private flag", key, list(flags))
        if value is not None:
            after[key] = switch(name, key, value)
    up = is_up(document, name)
    return change(
        NAME, name, flags, after, lambda differing: worst_class(driver, "private_flags", differing) if up else 0
    )


def write(host, made):
    """Hand the flags to the driver; raises Refused with what it said."""
    try:
        ethtool_set.private_flags(host, made["subject"], made["to"])
    except Unavailable as error:
        raise refused(made, command_words(made["to"]), error, MEANINGS) from error


def read(host, made):
    """The flags now; raises Refused."""
    flags = _now(host, made)
    return {key: flags.get(key) for key in made["to"]}


def along(host, made):
    """The other flags of the NIC: some drivers switch one off with another."""
    return {key: value for key, value in _now(host, made).items() if key not in made["to"]}


def _now(host, made):
    try:
        return ethtool.private_flags(host, made["subject"])
    except Unavailable as error:
        raise Refused(f"{made['subject']}: its private flags could not be read back: {error.detail}") from error


def command(made):
    return f"ethtool --set-priv-flags {made['subject']} {command_words(made['to'])}"
