# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a host document to a RingSet: what the model is asked, with the name of everything that had to be assumed.

The document is what docs/host-document.schema.json says; parts that are missing are taken for unavailable.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import (
    RingMemoryError,
    RingSet,
    kernel_version,
    least_sure,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.sizes import resized, smallest_rings
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import rings as rings_of

#: A number above this is no number of queues, and what is computed for each of them would have no end.
MOST_QUEUES = 1 << 16

#: What a target may say: entries of the rings, channels, MTU; ``max`` sets the rings to the largest there are. Channels
#: are a number of the kind that the NIC has, or ``{"combined", "rx", "tx"}`` with some of these.
TARGET_KEYS = ("rx", "tx", "channels", "mtu", "max")

#: ETH_MIN_MTU and ETH_MAX_MTU.
_MTU = (68, 65535)

#: SMP_CACHE_BYTES where it is not 64.
_CACHE_LINES = {"ppc64": 128, "ppc64le": 128, "s390x": 256}

#: Machines whose pages have one size only.
_PAGE_SIZES = {"x86_64": 4096, "s390x": 4096}

#: The first kernel whose page pool takes 64 pages at once.
_BULK_SINCE, _BULK_PAGES = (5, 13), 64

#: XDP in the driver; "generic" runs after the rings, "offload" in the NIC.
_XDP_IN_DRIVER = ("driver", "multi")


class _Notes:
    """What had to be assumed, and how sure that leaves the price."""

    def __init__(self):
        self.entries = []
        self.confidence = "high"

    def assume(self, what, value, why, confidence="medium"):
        """Note an assumption, and give its value."""
        self.confidence = least_sure(self.confidence, confidence)
        return self.tell(what, value, why)

    def tell(self, what, value, why):
        """Note what is certain but not what was asked, and give its value."""
        self.entries.append((what, value, why))
        return value


def ring_set(document, nic, target=None):
    """The RingSet of a NIC as it is, or as it would be with a target.

    :param document: the host document
    :param nic: name of the NIC
    :param target: None, or a dictionary with some of :data:`TARGET_KEYS`; what it does not name stays as it is

    Raises RingMemoryError for a NIC without rings, channels or MTU, and for a value that is out of range.
    """
    found = _at(document, "nics", nic)
    if found is None:
        raise RingMemoryError(f"{nic}: the host document has no such NIC")
    driver = _at(found, "driver", "name")
    if not driver:
        raise RingMemoryError(f"{nic}: its driver is not known, so its rings cannot be priced")
    notes = _Notes()
    host = _host(document)
    rings = _rings(found, nic)
    settings = {
        "driver": driver,
        "mtu": _mtu(found, nic),
        "up": "UP" in found["flags"] if found.get("flags") is not None else notes.assume("up", True, "no flags"),
        "rx": rings["rx"],
        "tx": rings["tx"],
    }
    settings.update(_pages(document, host, notes))
    settings.update(_queues(found, nic, notes))
    settings.update(_use(found, driver, notes))
    own = rings_of(driver).get("settings")
    if own:
        settings.update(own(lambda *keys: _at(found, *keys), host, settings, notes))
    now = RingSet(why=settings.pop("why", ""), **settings)
    asked = _asked(nic, target)
    if asked:
        now = _aimed(now, found, nic, asked, notes)
    confidence = least_sure(now.confidence, notes.confidence)
    return now._replace(assumed=tuple(notes.entries), confidence=confidence)


def _at(part, *keys):
    """The value at a place of the document, None where it is not there."""
    for key in keys:
        if not isinstance(part, dict):
            return None
        part = part.get(key)
    return part


def _host(document):
    """What the settings of a driver may depend on beside the NIC: vocabulary, ``settings``."""
    release = _at(document, "meta", "kernel", "release")
    return {
        "kernel": kernel_version(release),
        "release": release,
        "machine": _at(document, "meta", "kernel", "machine"),
        "coherency_line_bytes": _at(document, "cpus", "coherency_line_bytes"),
    }


def _pages(document, host, notes):
    kernel, machine = host["kernel"], host["machine"]
    page_size = _at(document, "memory", "page_size_bytes") or _PAGE_SIZES.get(machine)
    if page_size is None:
        page_size = notes.assume("page_size", 4096, "the host document does not tell the page size", "low")
    if kernel is None:
        notes.assume("kernel", "5.13 or later", "the host document does not tell the release of the kernel")
    bulk = _BULK_PAGES if kernel is None or kernel >= _BULK_SINCE else 1
    return {"page_size": page_size, "cache_line": _CACHE_LINES.get(machine, 64), "bulk_pages": bulk}


def _rings(found, nic):
    rings = found.get("rings")
    if not rings or not (rings["rx_max"] or rings["rx"]):
        raise RingMemoryError(f"{nic}: its driver tells of no rings, or it is not among the NICs that were selected")
    return rings


def _mtu(found, nic):
    if found.get("mtu") is None:
        raise RingMemoryError(f"{nic}: its MTU is not known, so the size of its buffers is not either")
    return found["mtu"]


def _queues(found, nic, notes):
    channels = found.get("channels")
    if channels is not None:
        rx, tx = channels["combined"] + channels["rx"], channels["combined"] + channels["tx"]
        most = channels["combined_max"] + channels["rx_max"]
    else:
        rx, tx = (len(_at(found, "queues", side) or ()) for side in ("rx", "tx"))
        most = rx
        if rx:
            notes.tell("channels", rx, "the driver tells no channels: the queues in sysfs were counted")
    if not rx:
        raise RingMemoryError(f"{nic}: it reports no channels, so the number of its queues is not known")
    tcs = found.get("traffic_classes")
    if tcs is None:
        tcs = notes.assume("traffic classes", 1, "the host document does not tell them", "high")
    if max(rx, most, tx * tcs) > MOST_QUEUES:
        raise RingMemoryError(f"{nic}: it reports {max(rx, most, tx * tcs)} queues, which is more than any NIC has")
    return {"channels": rx, "tx_channels": tx, "vectors": max(most, rx), "tcs": max(tcs, 1)}


def _use(found, driver, notes):
    """Which of the things that make buffers larger are in use."""
    xdp, features = found.get("xdp"), found.get("features")
    use = {}
    if xdp is None:
        use["xdp"] = notes.assume("xdp", False, "the host document does not tell")
    else:
        use["xdp"] = bool(xdp["attached"]) and xdp["mode"] in _XDP_IN_DRIVER
    if features is None:
        by_default = rings_of(driver).get("lro_by_default", False)
        use["lro"] = notes.assume("lro", by_default, "the features could not be read: the default")
        return use
    use["lro"] = bool(_at(features, "rx-lro", "active"))
    use["hw_gro"] = bool(_at(features, "rx-gro-hw", "active"))
    return use


def _asked(nic, target):
    """The target without what it leaves open; raises RingMemoryError for what is no target."""
    keys = ", ".join(TARGET_KEYS)
    if target is not None and not isinstance(target, dict):
        raise RingMemoryError(f"{nic}: the target is {target!r}, expected a dictionary of {keys}")
    asked = {key: value for key, value in (target or {}).items() if value is not None}
    unknown = sorted(str(key) for key in asked if key not in TARGET_KEYS)
    if unknown:
        raise RingMemoryError(f"{nic}: {unknown[0]!r} is no key of a target, expected {keys}")
    if not isinstance(asked.get("max", False), bool):
        raise RingMemoryError(f"{nic}: max is {asked['max']!r}, expected true or false")
    return asked


def _aimed(now, found, nic, asked, notes):
    """The RingSet with the target in it."""
    rings = found["rings"]
    aimed = now
    if "mtu" in asked:
        mtu = _number(nic, "mtu", asked["mtu"], *_MTU)
        # The strides are those of the present MTU.
        aimed = aimed if mtu == now.mtu else aimed._replace(mtu=mtu, stride_bytes=None, wqes=None)
    if "channels" in asked:
        aimed = _rechanneled(aimed, found.get("channels"), nic, asked["channels"])
    wanted = {}
    for side, least in zip(("rx", "tx"), smallest_rings(now)):
        most = rings[f"{side}_max"]
        wanted[side] = getattr(now, side)
        if side in asked:
            wanted[side] = _number(nic, side, asked[side], least, most)
        elif asked.get("max") and most:
            wanted[side] = most
    channels = aimed.channels
    aimed = resized(aimed, wanted["rx"], wanted["tx"], max(rings["rx_max"], now.rx), max(rings["tx_max"], now.tx))
    if aimed.channels != channels:
        notes.tell("channels", aimed.channels, f"{now.driver} resizes and fills the rings of all queues, in use or not")
    for side in ("rx", "tx"):
        made = getattr(aimed, side)
        if made != wanted[side]:
            how = rings_of(now.driver)["rounding"]
            notes.tell(side, made, f"asked for {wanted[side]}, which {now.driver} takes {how}")
    return aimed


def _rechanneled(now, channels, nic, value):
    if channels is None:
        raise RingMemoryError(f"{nic}: it reports no channels, so they cannot be changed")
    if not isinstance(value, dict):
        kinds = ("combined",) if channels["combined_max"] else ("rx", "tx")
        value = dict.fromkeys(kinds, _number(nic, "channels", value, 1, min(channels[f"{kind}_max"] for kind in kinds)))
    counts = {kind: channels[kind] for kind in ("combined", "rx", "tx")}
    counts.update((kind, _number(nic, f"channels {kind}", value[kind], 0, channels[f"{kind}_max"])) for kind in value)
    rx, tx = counts["combined"] + counts["rx"], counts["combined"] + counts["tx"]
    return now._replace(channels=_number(nic, "RX queues", rx, 1, rx), tx_channels=_number(nic, "TX queues", tx, 1, tx))


def _number(nic, what, value, least, most):
    if isinstance(value, bool) or not isinstance(value, int):
        raise RingMemoryError(f"{nic}: {what} is {value!r}, expected a whole number from {least} to {most}")
    if not least <= value <= most:
        side = "below the least" if value < least else "above the most"
        raise RingMemoryError(f"{nic}: {what} {value} is {side} that it can have: give a number from {least} to {most}")
    return value
