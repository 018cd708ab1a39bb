# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interrupt serves which queue, from the action names of /proc/interrupts.

Patterns are anchored at both ends: eth1 is not in eth10, nor in veth1-TxRx-0. A name is fixed when the driver requests
the interrupt, so after a rename of the interface it is stale: where the device itself tells its interrupts (msi_irqs),
any name in the place of the interface's is accepted, otherwise only the interface's own.

A row of the table is ``(role, pattern)``; ``{if}`` is the interface, ``{bdf}`` the PCI address, ``{q}`` the queue,
``{virtio}`` the virtio device. The role "plain" is that of the interface's bare name.
Sources: the request_irq() calls of the drivers in Linux 6.1 and 6.18, older names where they differ.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.statistics import canonical_driver

_INTEL_1G_10G = [
    ("rxtx", "{if}-TxRx-{q}"),
    ("rx", "{if}-rx-{q}"),
    ("tx", "{if}-tx-{q}"),
    ("plain", "{if}"),
]

#: Action names by the driver of the NIC.
DRIVERS = {
    "mlx5_core": [
        ("rxtx", "mlx5_comp{q}@pci:{bdf}"),
        ("rxtx", "mlx5_combined{q}@pci:{bdf}"),
        ("rxtx", r"mlx5_sf_comp{q}(?:@pci:{bdf})?"),
        ("other", r"mlx5_[a-z_]+\d*@pci:{bdf}"),
        ("rxtx", "{if}-{q}"),
    ],
    "mlx4_en": [
        ("rxtx", "mlx4-comp-{q}@pci:{bdf}"),
        ("other", r"mlx4-async(?:@pci:{bdf})?"),
        ("rxtx", "mlx4-{q}"),
        ("rxtx", "{if}-{q}"),
    ],
    "ixgbe": _INTEL_1G_10G,
    "ixgbevf": _INTEL_1G_10G,
    "igb": _INTEL_1G_10G,
    "igbvf": _INTEL_1G_10G,
    "e1000e": _INTEL_1G_10G,
    "i40e": [
        ("rxtx", "i40e-{if}-TxRx-{q}"),
        ("rx", "i40e-{if}-rx-{q}"),
        ("tx", "i40e-{if}-tx-{q}"),
        ("other", r"i40e-{bdf}:[\w:.-]+"),
    ],
    "iavf": [
        ("rxtx", "(?:iavf|i40evf)-{if}-TxRx-{q}"),
        ("rx", "(?:iavf|i40evf)-{if}-rx-{q}"),
        ("tx", "(?:iavf|i40evf)-{if}-tx-{q}"),
        ("other", r"(?:iavf|i40evf)-{bdf}:[\w:.-]+"),
    ],
    "ice": [
        ("rxtx", "ice-{if}-TxRx-{q}"),
        ("rx", "ice-{if}-rx-{q}"),
        ("tx", "ice-{if}-tx-{q}"),
        ("other", r"ice-{bdf}:[\w:.-]+"),
    ],
    "bnxt_en": [("rxtx", "{if}-TxRx-{q}"), ("rx", "{if}-rx-{q}"), ("tx", "{if}-tx-{q}"), ("plain", "{if}")],
    "bnx2x": [("rxtx", "{if}-fp-{q}"), ("other", "{if}-(?:sp|cnic)"), ("plain", "{if}")],
    "tg3": [
        ("rxtx", "{if}-txrx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("rxtx", "{if}-{q}"),
        ("plain", "{if}"),
    ],
    "ena": [("rxtx", "{if}-Tx-Rx-{q}"), ("other", "ena-mgmnt@pci:{bdf}")],
    "hns3": [
        ("rxtx", "hns3-{bdf}-TxRx-{q}"),
        ("rx", "hns3-{bdf}-Rx-{q}"),
        ("tx", "hns3-{bdf}-Tx-{q}"),
        ("rxtx", "{if}-TxRx-{q}"),
        ("rx", "{if}-Rx-{q}"),
        ("tx", "{if}-Tx-{q}"),
        ("other", r"hclge(?:vf)?-(?:misc-)?{bdf}(?:-misc)?"),
        ("other", r"(?:hns3|hclge|hclgevf)-{bdf}[-:]misc"),
    ],
    "hinic": [
        ("rx", "{if}_rxq{q}"),
        ("tx", "{if}_txq{q}"),
        ("other", r"hinic_[ac]eq\d+@pci:{bdf}"),
    ],
    "gve": [
        ("rxtx", "{if}-ntfy-block.{q}"),
        ("rxtx", "gve-ntfy-blk{q}@pci:{bdf}"),
        ("other", "{if}-mgmnt"),
        ("other", "gve-mgmnt@pci:{bdf}"),
    ],
    "mana": [("rxtx", "mana_q{q}@pci:{bdf}"), ("other", "mana_hwc@pci:{bdf}")],
    "sfc": [
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("other", r"{if}-xdp-\d+"),
        ("rxtx", "{if}-{q}"),
        ("plain", "{if}"),
    ],
    "be2net": [("rxtx", "{if}-q{q}"), ("other", "{if}-mcc"), ("plain", "{if}")],
    "vmxnet3": [
        ("rxtx", "{if}-rxtx-{q}"),
        ("rx", "{if}-rx-{q}"),
        ("tx", "{if}-tx-{q}"),
        ("other", r"{if}-event-\d+"),
        ("plain", "{if}"),
    ],
    # The names with a hyphen and no dot (virtio2-rx, -tx, -event) are those of vsock.
    "virtio_net": [
        ("rx", r"{virtio}-input\.{q}"),
        ("tx", r"{virtio}-output\.{q}"),
        ("rxtx", "{virtio}-virtqueues"),
        ("other", "{virtio}-config"),
        ("rxtx", "{virtio}"),
    ],
    # VMBus channels have no line of their own in /proc/interrupts.
    "hv_netvsc": [],
}

#: For a driver that is not in the table.
GENERIC = [
    ("rxtx", "{if}-(?:TxRx|Tx-Rx|txrx|rxtx|fp)-{q}"),
    ("rx", "{if}-(?:rx|Rx)-{q}"),
    ("tx", "{if}-(?:tx|Tx)-{q}"),
    ("rx", "{if}_rxq{q}"),
    ("tx", "{if}_txq{q}"),
    ("rxtx", "{if}-q?{q}"),
    ("plain", "{if}"),
]

# e1000e keeps room for the end of the name and cuts the interface's: "%.14s-rx-0".
_CUT_AT = {"e1000e": 14}

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
    found = _match(action, canonical_driver(driver), ifname, bdf)
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
    driver = canonical_driver(driver)
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
    if driver == "gve":
        _halve(mapped)
    return mapped


def _match(action, driver, ifname, bdf):
    """What the table says of an action, or None.

    ``{"action", "role", "queue", "interface", "named"}``: *interface* is what stands in the place of its name, *named*
    whether the action has the name or address of this very NIC.
    """
    for role, pattern in _patterns(driver):
        found = pattern.match(action)
        if found is None:
            continue
        groups = found.groupdict()
        interface, address, queue = groups.get("interface"), groups.get("bdf"), groups.get("queue")
        if interface is not None and ifname is not None and interface not in (ifname, ifname[: _CUT_AT.get(driver)]):
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
    if driver not in _COMPILED:
        compiled = []
        for role, text in DRIVERS.get(driver, GENERIC):
            for place, regex in _PLACES.items():
                text = text.replace(place, regex)
            compiled.append((role, re.compile(text + r"\Z")))
        _COMPILED[driver] = compiled
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
    """gve numbers its notification blocks through: the lower half are TX queues, the upper half RX (gve.h)."""
    blocks = [row for row in mapped.values() if row["role"] == "rxtx"]
    half = len(blocks) // 2
    if len(blocks) % 2 or sorted(row["queue"] for row in blocks) != list(range(len(blocks))):
        return
    for row in blocks:
        row.update(role="tx" if row["queue"] < half else "rx", queue=row["queue"] % half)
