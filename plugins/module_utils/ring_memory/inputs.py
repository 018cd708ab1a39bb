# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a host document to a RingSet: what the model is asked, with the name of everything that had to be assumed.

The document is what docs/host-document.schema.json says; parts that are missing are taken for unavailable.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import mlx5
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.drivers import behaviour
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.flavours import (
    kernel_version,
    variant,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.sizes import resized, smallest_rings
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import (
    RingMemoryError,
    RingSet,
    least_sure,
)

#: A number above this is no number of queues, and what is computed for each of them would have no end.
_MOST_QUEUES = 1 << 16

#: What a target may say: entries of the rings, channels, MTU; ``max`` sets the rings to the largest there are.
TARGET_KEYS = ("rx", "tx", "channels", "mtu", "max")

#: ETH_MIN_MTU and ETH_MAX_MTU.
_MTU = (68, 65535)

#: SMP_CACHE_BYTES where it is not 64.
_CACHE_LINES = {"ppc64": 128, "ppc64le": 128, "s390x": 256}

#: Machines whose pages have one size only.
_PAGE_SIZES = {"x86_64": 4096, "s390x": 4096}

#: The first kernel whose page pool takes 64 pages at once.
_BULK_SINCE, _BULK_PAGES = (5, 13), 64

#: The first kernel in which hns3 uses a page pool, where its module is not told otherwise.
_HNS3_POOL_SINCE = (5, 15)

#: Drivers in which LRO or HW-GRO is on unless it was switched off.
_LRO_BY_DEFAULT = ("ixgbe", "bnxt_en")

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
    host = _host(document, notes)
    rings = _rings(found, nic)
    settings = {
        "driver": driver,
        "mtu": _mtu(found, nic),
        "up": "UP" in found["flags"] if found.get("flags") is not None else notes.assume("up", True, "no flags"),
        "rx": rings["rx"],
        "tx": rings["tx"],
    }
    settings.update(host)
    settings.update(_queues(found, nic, notes))
    settings.update(_use(found, driver, notes))
    settings.update(_OF_DRIVER.get(driver, _nothing)(document, found, rings, settings, notes))
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


def _host(document, notes):
    kernel = kernel_version(_at(document, "meta", "kernel", "release"))
    machine = _at(document, "meta", "kernel", "machine")
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
    if max(rx, most, tx * tcs) > _MOST_QUEUES:
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
        use["lro"] = notes.assume("lro", driver in _LRO_BY_DEFAULT, "the features could not be read: the default")
        return use
    use["lro"] = bool(_at(features, "rx-lro", "active"))
    use["hw_gro"] = bool(_at(features, "rx-gro-hw", "active"))
    return use


def _nothing(document, found, rings, settings, notes):
    return {}


def _intel(document, found, rings, settings, notes):
    flags = found.get("private_flags")
    if flags is None:
        return {"legacy_rx": notes.assume("legacy-rx", False, "the private flags could not be read: the default")}
    return {"legacy_rx": bool(flags.get("legacy-rx"))}


def _vmxnet3(document, found, rings, settings, notes):
    return {"rx_jumbo": rings["rx_jumbo"], "rx_mini": rings["rx_mini"]}


def _virtio_net(document, found, rings, settings, notes):
    told = found.get("mergeable_rx_buffers")
    if not told:
        why = "the host document does not tell their sizes: the least, as for packets of up to 1518 bytes"
        notes.assume("mergeable buffers", True, why)
    return {"mergeable_bytes": tuple(sorted((told or {}).values()))}


def _hns3(document, found, rings, settings, notes):
    length = rings.get("rx_buf_len")
    if length is None:
        length = notes.assume("rx-buf-len", 2048, "the host document does not tell it: the default")
    pool = _at(found, "module_parameters", "page_pool_enabled")
    if pool is None:
        kernel = kernel_version(_at(document, "meta", "kernel", "release"))
        pool = kernel is None or kernel >= _HNS3_POOL_SINCE
        notes.assume("page_pool_enabled", pool, "the parameter of the module is not told: by the kernel")
    return {"rx_buf_len": length, "page_pool": pool}


def _mlx5(document, found, rings, settings, notes):
    cache = found.get("rx_page_cache")
    key, confidence, why = variant(
        _at(found, "driver", "version"),
        _at(document, "meta", "kernel", "release"),
        cache is not None or _at(found, "counters", "rx_cache_ext") is not None,
    )
    made = {"variant": key, "confidence": confidence, "why": why}
    if mlx5.VARIANTS[key].cache_entry:
        limit = _at(cache, "log_mult_limit")
        made["log_mult_limit"] = (
            notes.tell("log_mult_limit", 4, "rx_page_cache is not told: the default") if limit is None else limit
        )
    if _at(found, "devlink_queues", "rx") is not None:
        made["why"] += ", and its queues as devlink health tells them"
    tls = _at(found, "features", "tls-hw-tx-offload")
    # The kernel has the option compiled in where the feature can be had.
    made["tls"] = bool(tls and (tls["active"] or tls["available"]))
    made["rq_type"] = _rq_type(found, notes)
    made["cqe_bytes"] = _cqe_bytes(document, found, notes)
    if made["rq_type"] == "striding":
        made.update(_real_sizes(RingSet(**dict(settings, **made)), _at(found, "devlink_queues", "rx"), notes))
    return made


def _rq_type(found, notes):
    told = _at(found, "devlink_queues", "rx", "type")
    if told is not None:
        return told
    flag = _at(found, "private_flags", "rx_striding_rq")
    if flag is None:
        return notes.assume(
            "rx_striding_rq", "striding", "the private flags do not tell: the type that takes more", "low"
        )
    return "striding" if flag else "cyclic"


def _cqe_bytes(document, found, notes):
    told = _at(found, "devlink_queues", "rx", "cqe_bytes")
    if told is not None:
        return told
    line = _at(document, "cpus", "coherency_line_bytes")
    if line is not None and line >= 128 and _at(document, "meta", "kernel", "machine") != "x86_64":
        return notes.assume("cqe_bytes", 128, f"cache lines of {line} bytes: as the firmware may choose then")
    return 64


def _real_sizes(ring_set, told, notes):
    """What the driver says of a striding queue, where it is not what the formula says."""
    if told is None or ring_set.rx == 0:
        return {}
    real = {}
    if told["stride_bytes"] > 0 and told["stride_bytes"] != mlx5.striding_stride(ring_set):
        real["stride_bytes"] = notes.tell("stride_bytes", told["stride_bytes"], "as devlink health tells it")
    stride = real.get("stride_bytes") or mlx5.striding_stride(ring_set)
    if told["wqes"] > 0 and not ring_set.hw_gro:
        size = told["cq_entries"] * stride // told["wqes"]
        if size > 0 and size != mlx5.WQE_BYTES:
            real["wqe_bytes"] = notes.tell("wqe_bytes", size, "by the completion queue that devlink health tells")
    if told["wqes"] > 0 and told["wqes"] != mlx5.striding_wqes(ring_set._replace(**real)):
        real["wqes"] = notes.tell("wqes", told["wqes"], "as devlink health tells it, not as the formula has it")
    return real


#: What only some drivers have.
_OF_DRIVER = {
    "mlx5_core": _mlx5,
    "hns3": _hns3,
    "virtio_net": _virtio_net,
    "vmxnet3": _vmxnet3,
    "igb": _intel,
    "ixgbe": _intel,
    "i40e": _intel,
    "ice": _intel,
}


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
            how = behaviour(now.driver).rounding
            notes.tell(side, made, f"asked for {wanted[side]}, which {now.driver} takes {how}")
    return aimed


def _rechanneled(now, channels, nic, value):
    if channels is None:
        raise RingMemoryError(f"{nic}: it reports no channels, so they cannot be changed")
    if channels["combined_max"]:
        number = _number(nic, "channels", value, 1, channels["combined_max"])
        return now._replace(channels=number + channels["rx"], tx_channels=number + channels["tx"])
    number = _number(nic, "channels", value, 1, min(channels["rx_max"], channels["tx_max"]))
    return now._replace(channels=number, tx_channels=number)


def _number(nic, what, value, least, most):
    if isinstance(value, bool) or not isinstance(value, int):
        raise RingMemoryError(f"{nic}: {what} is {value!r}, expected a whole number from {least} to {most}")
    if not least <= value <= most:
        side = "below the least" if value < least else "above the most"
        raise RingMemoryError(f"{nic}: {what} {value} is {side} that it can have: give a number from {least} to {most}")
    return value
