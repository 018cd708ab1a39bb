# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two captures are of one host: names are not unique, and a virtual machine is made as a copy of another."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.host import Host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.links import links

_MACHINE_ID = "/etc/machine-id"
_MACHINE_ID_FORM = re.compile(r"[0-9a-f]{32}\Z")

_NO_MAC = "00:00:00:00:00:00"


class Facts(NamedTuple):
    """By what a host is known again: each is None, or empty, where the capture does not tell."""

    name: str
    boot_id: str | None
    machine_id: str | None
    macs: frozenset[str]
    architecture: str | None
    #: The network namespace: whether it is that of the host, and which one it is.
    initial: bool | None = None
    namespace: int | None = None


def facts(name: str, host: Host, document: dict[str, Any]) -> Facts:
    """The facts of a captured host.

    :param document: made of it; the interfaces that are hardware are those that it says
    """
    meta = document["meta"]
    return Facts(
        name,
        meta["boot_id"],
        _machine_id(host),
        _macs(host, document),
        meta["kernel"]["machine"],
        meta["netns"]["initial"],
        meta["netns"]["inode"],
    )


def same(one: Facts, other: Facts) -> bool:
    """Whether two captures are of one host: what both tell for certain decides, and two boots alone are two hosts."""
    if (one.name, one.architecture) != (other.name, other.architecture):
        return False
    if _differ(one.initial, other.initial):
        return False
    if one.boot_id and one.boot_id == other.boot_id:
        # A number of a namespace is one of a boot.
        return not _differ(one.namespace, other.namespace)
    if one.machine_id and other.machine_id:
        return one.machine_id == other.machine_id
    if one.macs and other.macs:
        return not one.macs.isdisjoint(other.macs)
    return not (one.boot_id and other.boot_id)


def _differ(one: bool | int | None, other: bool | int | None) -> bool:
    return None not in (one, other) and one != other


def _machine_id(host: Host) -> str | None:
    try:
        word = host.word(_MACHINE_ID)
    except Unavailable:
        return None
    return word if _MACHINE_ID_FORM.match(word) else None


def _macs(host: Host, document: dict[str, Any]) -> frozenset[str]:
    try:
        found = links(host, Gaps())
    except Unavailable:
        return frozenset()
    macs = {
        str(found[name]["mac"])
        for name, nic in (document["nics"] or {}).items()
        if nic["kind"] == "physical" and name in found and found[name]["mac"]
    }
    return frozenset(macs - {_NO_MAC})
