# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interrupt serves which queue, from the action names of /proc/interrupts.

Patterns are anchored at both ends: eth1 is not in eth10, nor in veth1-TxRx-0. A name is fixed when the driver requests
the interrupt, so after a rename of the interface it is stale: where the device itself tells its interrupts (msi_irqs),
any name in the place of the interface's is accepted, otherwise only the interface's own.

INTERRUPTS of a driver's file is None where nothing is known, else a dictionary:

* ``names``: rows ``(role, pattern)``, empty where it has no interrupts of its own. ``{if}`` is the interface, ``{bdf}``
  the PCI address, ``{q}`` the queue, ``{virtio}`` the virtio device. The roles are :data:`ROLES`; "plain" is that of
  the interface's bare name.
* ``cut_at``: how much of the interface's name is in them, where that is not all
* ``halved``: whether they are numbered through: the lower half are TX queues, the upper half RX

Sources of the names: the request_irq() calls of the drivers in Linux 6.1 and 6.18, older names where they differ.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import index

ROLES = ("rx", "tx", "rxtx", "other", "plain")

_PLACES = {
    "{if}": r"(?P<interface>[^\s/:]{1,15})",
    "{bdf}": r"(?P<bdf>[0-9a-fA-F]{4,}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])",
    "{virtio}": r"(?P<bdf>virtio\d+)",
    "{q}": r"(?P<queue>\d+)",
}

_COMPILED = {}


def identify(action, driver, ifname, bdf):
    """What the interrupt with this *action* name is to a NIC.

    :param action: one action name of /proc/interrupts
    :param driver: as reported by ETHTOOL_GDRVINFO; an unknown one is taken for the usual forms of names
    :param ifname: the interface, or None to accept any in its place (the device is known to own the interrupt)
    :param bdf: the PCI address (or "virtio0" of a virtio device without PCI), or None to accept any
    :return: ``{"queue": int or None, "role": "rx" | "tx" | "rxtx" | "other"}``, None if it is not the NIC's
    """
    found = _match(action, index.canonical(driver), ifname, bdf)
    if found is None:
        return None
    return {"queue": found["queue"], "role": "other" if found["role"] == "plain" else found["role"]}


def map_irqs(interrupts, msi_irqs, driver, ifname, bdf, sharing=()):
    """The interrupts of a NIC and the queue that each serves.

    Several interfaces can share a PCI function. An interrupt whose name is another interface's is listed as "other",
    without a queue: the name is one of *sharing*, or it is not *ifname* while *ifname* has queues of its own here, or
    there are several names and none is *ifname*. A single strange name is the interface's own of before a rename.

    :param interrupts: ``{"38": {"chip", "actions": [str], ...}}``
    :param msi_irqs: the device's interrupts, a set of int; None where it does not tell (SoC), then exact names decide
    :param sharing: names of the other interfaces on the same PCI function
    :return: ``{"38": {"action", "chip", "queue": int or None, "role"}}``
    """
    driver = index.canonical(driver)
    mapped, strange = {}, {}
    for irq, row in interrupts.items():
        if msi_irqs is not None and int(irq) not in msi_irqs:
            continue
        found = _first_match(row["actions"], driver, ifname, bdf)
        if msi_irqs is None:
            if found is None or not found["named"]:
                continue
        elif found is None:
            found = _first_match(row["actions"], driver, None, bdf) or _unidentified(row["actions"])
            if found["interface"] is not None:
                strange.setdefault(found["interface"], []).append(irq)
        mapped[irq] = {"action": found["action"], "chip": row["chip"], "queue": found["queue"], "role": found["role"]}
    _disown(mapped, strange, sharing)
    _plain(mapped)
    if index.part(driver, "INTERRUPTS").get("halved"):
        _halve(mapped)
    return mapped


def _match(action, driver, ifname, bdf):
    """What the table says of an action, or None.

    ``{"action", "role", "queue", "interface", "named"}``: *interface* is what stands in the place of its name, *named*
    whether the action has the name or address of this very NIC.
    """
    cut_at, patterns = _patterns(driver)
    for role, pattern in patterns:
        found = pattern.match(action)
        if found is None:
            continue
        groups = found.groupdict()
        interface, address, queue = groups.get("interface"), groups.get("bdf"), groups.get("queue")
        if interface is not None and ifname is not None and interface not in (ifname, ifname[:cut_at]):
            continue
        # A virtio name says nothing of the PCI address, nor the other way round.
        comparable = bool(address and bdf) and address.startswith("virtio") == bdf.startswith("virtio")
        if comparable and address.lower() != bdf.lower():
            continue
        return {
            "action": action,
            "role": role,
            "queue": int(queue) if queue is not None else None,
            "interface": interface,
            "named": comparable or (interface is not None and ifname is not None),
        }
    return None


def _first_match(actions, driver, ifname, bdf):
    for action in actions:
        found = _match(action, driver, ifname, bdf)
        if found is not None:
            return found
    return None


def _unidentified(actions):
    return {"action": ", ".join(actions), "role": "other", "queue": None, "interface": None}


def _patterns(driver):
    """``(cut_at, [(role, pattern)])`` of a driver, made once."""
    if driver not in _COMPILED:
        known = index.part(driver, "INTERRUPTS")
        compiled = []
        for role, text in known["names"]:
            for place, regex in _PLACES.items():
                text = text.replace(place, regex)
            compiled.append((role, re.compile(text + r"\Z")))
        _COMPILED[driver] = (known.get("cut_at"), compiled)
    return _COMPILED[driver]


def _disown(mapped, strange, sharing):
    """Take the queue from interrupts that bear another interface's name; *strange*: ``{name: [irq]}``."""
    foreign = {irq for irqs in strange.values() for irq in irqs}
    own = any(irq not in foreign and row["queue"] is not None for irq, row in mapped.items())
    ambiguous = own or len([name for name in strange if name not in sharing]) > 1
    for name, irqs in strange.items():
        if ambiguous or name in sharing:
            for irq in irqs:
                mapped[irq].update(queue=None, role="other")


def _plain(mapped):
    """An interrupt with the interface's plain name serves link events, or everything where it is the only one."""
    for row in mapped.values():
        if row["role"] == "plain":
            row["role"] = "rxtx" if len(mapped) == 1 else "other"


def _halve(mapped):
    """The queues of interrupts that are numbered through: the lower half are TX queues, the upper half RX."""
    blocks = [row for row in mapped.values() if row["role"] == "rxtx"]
    half = len(blocks) // 2
    if len(blocks) % 2 or sorted(row["queue"] for row in blocks) != list(range(len(blocks))):
        return
    for row in blocks:
        row.update(role="tx" if row["queue"] < half else "rx", queue=row["queue"] % half)
