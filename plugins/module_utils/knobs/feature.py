# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Features: the offloads of a NIC, and what else the kernel lets one switch on an interface.

The kernel keeps what is **requested** of a feature apart from what is **active**. It makes active what was requested
as far as the driver takes it and other features allow it, whenever one of them changes; the rest stays a wish. So the
value of a feature is True, False, or one of :data:`WISHES` where the two differ.
"""

import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    change,
    driver_name,
    exactly,
    is_up,
    part,
    refused,
    word,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.switches import (
    command_words,
    switch,
    unknown,
    worst_class,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, ethtool_set

NAME = "feature"
PARTS = ("driver", "features")
SECTIONS = ()

#: The value of a feature whose wish is not fulfilled, by what is requested; in the words of ``ethtool -k``.
WISHES = {True: "off [requested on]", False: "on [requested off]"}

#: The names that the ethtool program has for one feature or several: short, long, and the kernel's names.
#: off_flag_def of ethtool.c 6.1, without tx-tcp-mangleid-segmentation in tso: that one goes off with the others, and
#: the kernel leaves it to the user to want it (register_netdevice()), for it breaks the IDs of IPv4.
GROUPS = (
    ("rx", "rx-checksumming", r"rx-checksum"),
    ("tx", "tx-checksumming", r"tx-checksum-.+"),
    ("sg", "scatter-gather", r"tx-scatter-gather(-fraglist)?"),
    ("tso", "tcp-segmentation-offload", r"tx-tcp(6|-ecn|-accecn)?-segmentation"),
    ("ufo", "udp-fragmentation-offload", r"tx-udp-fragmentation"),
    ("gso", "generic-segmentation-offload", r"tx-generic-segmentation"),
    ("gro", "generic-receive-offload", r"rx-gro"),
    ("lro", "large-receive-offload", r"rx-lro"),
    ("rxvlan", "rx-vlan-offload", r"rx-vlan-hw-parse"),
    ("txvlan", "tx-vlan-offload", r"tx-vlan-hw-insert"),
    ("ntuple", "ntuple-filters", r"rx-ntuple-filter"),
    ("rxhash", "receive-hashing", r"rx-hashing"),
)

_PATTERNS = {alias: re.compile(pattern + "$") for short, long, pattern in GROUPS for alias in (short, long)}

_TX_SUMS = ("tx-checksum-ip-generic", "tx-checksum-ipv4")
_TX_SUMS6 = ("tx-checksum-ip-generic", "tx-checksum-ipv6")

#: What a feature is not active without: one of each row. netdev_fix_features() of net/core/dev.c, Linux 6.12.
NEEDS = {
    "tx-tcp-segmentation": (("tx-scatter-gather",), _TX_SUMS),
    "tx-tcp-ecn-segmentation": (("tx-scatter-gather",), _TX_SUMS),
    "tx-tcp6-segmentation": (("tx-scatter-gather",), _TX_SUMS6),
    "tx-tcp-mangleid-segmentation": (("tx-tcp-segmentation",),),
    "tx-generic-segmentation": (("tx-scatter-gather",),),
    "tx-udp-segmentation": (_TX_SUMS, _TX_SUMS6),
    "rx-gro-hw": (("rx-checksum",),),
    "tls-hw-tx-offload": (_TX_SUMS, _TX_SUMS6),
    "tls-hw-rx-offload": (("rx-checksum",),),
}

#: What a feature is not active with, from the same place.
RULED_OUT_BY = {"rx-lro": ("rx-fcs", "rx-gro-hw"), "rx-gro-hw": ("rx-fcs",)}

#: The features that an interface takes from those below it when they are switched off: NETIF_F_UPPER_DISABLES.
TAKEN_FROM_BELOW = ("rx-lro",)

#: What is lost when a feature is switched off, and does not come back with it.
LOST = {
    "rx-ntuple-filter": "many drivers forget the ntuple rules with rx-ntuple-filter, and do not bring them back with it"
}

#: What a refusal means, by errno. That a driver refuses is not among them: the kernel keeps the wish, without an error.
MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EINVAL: "the kernel has other features than it named a moment ago; try again",
    errno.EOPNOTSUPP: "the interface has no features; leave it out",
}

accepts = exactly


def decide(document, wanted):
    """The changes of the features of some NICs.

    :param wanted: ``{NIC: {name: bool}}``, a name one of the kernel's or of :data:`GROUPS`; None leaves it as it is.
        A group that is switched on is on as far as the driver has switches for it

    Raises Refused for a name that is none, for a fixed feature that would have to be another, and where all that is
    wanted is requested already and something holds it back.
    """
    found = [_of_nic(document, name, values) for name, values in sorted(wanted.items())]
    return [made for made in found if made]


def _of_nic(document, name, values):
    features, driver = part(document, name, "features"), driver_name(document, name)
    after = _wanted(name, values, features)
    up = is_up(document, name)
    made = change(
        NAME,
        name,
        {key: value_of(feature) for key, feature in features.items()},
        after,
        lambda differing: worst_class(driver, "features", differing) if up else 0,
        _notes(document["nics"][name], after),
    )
    if made and all(features[key]["requested"] == on for key, on in made["to"].items()):
        raise Refused(f"{name}: {'; '.join(held_back(features, made['to']))}. Nothing was changed")
    return made


def value_of(feature):
    """The value of a feature of the host document."""
    if feature["fixed"] or feature["requested"] == feature["active"]:
        return feature["active"]
    return WISHES[feature["requested"]]


def _wanted(name, values, features):
    """``{the kernel's name: bool}`` of all names, those of groups among them."""
    found, because_of = {}, {}
    for said, value in sorted(values.items()):
        if value is None:
            continue
        on = switch(name, said, value)
        for key in _meant(name, said, on, features):
            if found.setdefault(key, on) is not on:
                both = " and ".join(sorted({because_of[key], said}))
                raise Refused(f"{name}: {both} want {key} both on and off; leave one of them out")
            because_of.setdefault(key, said)
    return found


def _meant(name, said, on, features):
    """The features that a name stands for, as far as they can be switched; raises Refused where that is not enough."""
    if said in features:
        keys = [said]
    elif said in _PATTERNS:
        keys = [key for key in features if _PATTERNS[said].match(key)]
    else:
        raise unknown(name, "feature", said, list(features) + list(_PATTERNS))
    free = [key for key in keys if not features[key]["fixed"]]
    stuck = [key for key in keys if features[key]["fixed"] and features[key]["active"] is not on]
    enough = on and any(not features[key]["fixed"] or features[key]["active"] for key in keys)
    if stuck and not enough or on and not keys:
        what = f"{', '.join(stuck)} {'is' if len(stuck) == 1 else 'are'}" if stuck else f"{said} is"
        raise Refused(
            f"{name}: {what} fixed {word(not on)}: its driver gives nobody a switch for it; leave {said} out, or leave"
            f" out the interface"
        )
    return free


def _notes(nic, after):
    below = nic.get("lower") or ()
    return [
        f"{key} is switched off on {', '.join(below)} below it as well, and does not come back there by itself"
        for key in TAKEN_FROM_BELOW
        if below and after.get(key) is False
    ] + [sentence for key, sentence in LOST.items() if after.get(key) is False]


def held_back(features, wanted):
    """What is known of features that are not as requested, half a sentence each.

    :param features: those of the host document
    :param wanted: ``{name: bool}``
    """
    return [
        f"{key} is requested {word(on)} and is {word(features[key]['active'])}: {_reason(features, key, on)}"
        for key, on in wanted.items()
        if features[key]["requested"] == on != features[key]["active"]
    ]


def _reason(features, key, on):
    if on:
        lacking = [row for row in NEEDS.get(key, ()) if not any(_is_active(features, other) for other in row)]
        if lacking:
            needed = ", and ".join(" or ".join(row) for row in lacking)
            return f"it needs {needed}; switch that on as well"
        over = [other for other in RULED_OUT_BY.get(key, ()) if _is_active(features, other)]
        if over:
            return f"it cannot be together with {', '.join(over)}; switch that off as well"
    return "the driver holds it back, or an interface above or below it does; the kernel keeps the wish"


def _is_active(features, key):
    return features.get(key, {}).get("active", False)


def write(host, made):
    """Request the features; raises Refused where the kernel does not take it at all."""
    requested = _requested(made["to"])
    try:
        ethtool_set.features(host, made["subject"], requested)
    except Unavailable as error:
        raise refused(made, command_words(requested), error, MEANINGS) from error


def read(host, made):
    """The values of the features now; raises Refused."""
    features = _now(host, made)
    return {key: value_of(features[key]) if key in features else None for key in made["to"]}


def along(host, made):
    """The other features that are not fixed: switching one off takes those that need it along."""
    return {
        key: value_of(feature)
        for key, feature in _now(host, made).items()
        if key not in made["to"] and not feature["fixed"]
    }


def why(host, made):
    """What holds features back that were requested."""
    features = _now(host, made)
    return "; ".join(held_back(features, {key: on for key, on in made["to"].items() if key in features})) or None


def _now(host, made):
    try:
        return ethtool.features(host, made["subject"])
    except Unavailable as error:
        raise Refused(f"{made['subject']}: its features could not be read back: {error.detail}") from error


def command(made):
    return f"ethtool -K {made['subject']} {command_words(_requested(made['to']))}"


def _requested(values):
    """What has to be requested for the values of features."""
    return {key: value is True or value == WISHES[True] for key, value in values.items()}
