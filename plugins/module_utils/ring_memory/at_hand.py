# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory that is at hand for rings, and whether a demand fits it."""

from collections import namedtuple

#: What some changes take. ``up``: what bringing interfaces up will take afterwards; ``risk``: what traffic may add;
#: ``nodes``: ``{node: (need, peak)}``, None where they are not known; ``orders``: ``{order: contiguous blocks}``;
#: ``guessed``: ``((NIC, driver), ...)`` whose part of it is an estimate, because nobody has read the driver.
Demand = namedtuple("Demand", "need peak up risk nodes orders guessed")
Demand.__new__.__defaults__ = ((),)

#: What is to stay available when nothing is said: a tenth of all memory, but no more than 8 GiB. Applications and the
#: page cache live on it, and the least they need does not grow with a large machine as its memory does.
_RESERVE_SHARE, _RESERVE_MOST = 10, 8 << 30

#: Zones that a ring cannot be made of: what is there must be movable, has no address in the kernel (32 bit), or is not
#: for everybody.
_NOT_FOR_RINGS = ("Movable", "HighMem", "Device")

#: The zones below Normal, up to which a ring is allocated, in the kernel's order (enum zone_type of linux/mmzone.h).
_BELOW_NORMAL = ("DMA", "DMA32")

#: From good to bad.
VERDICTS = ("fits", "tight", "does_not_fit", "unknown")


def together(demands):
    """The Demand of several that are met one after the other, in the worst order."""
    nodes = None
    if all(demand.nodes is not None for demand in demands):
        names = {node for demand in demands for node in demand.nodes}
        nodes = {name: _sum([demand.nodes.get(name, (0, 0)) for demand in demands]) for name in names}
    orders = {}
    for demand in demands:
        for order, blocks in demand.orders.items():
            orders[order] = orders.get(order, 0) + blocks
    need, peak = _sum([(demand.need, demand.peak) for demand in demands])
    up, risk = (sum(getattr(demand, key) for demand in demands) for key in ("up", "risk"))
    guessed = tuple(one for demand in demands for one in demand.guessed)
    return Demand(need, peak, up, risk, nodes, orders, guessed)


def _sum(changes):
    """``(need, peak)`` of some: everything that grows has grown when the one with the highest peak is at its worst."""
    grown = sum(max(need, 0) for need, _peak in changes)
    return sum(need for need, _peak in changes), grown + max([peak - max(need, 0) for need, peak in changes] or [0])


class Memory:
    """What a host document says of its memory.

    ``free`` is what is free above the high watermarks and above what zones keep for others: buffers are filled with
    GFP_ATOMIC, which reclaims nothing, so what is available by reclaim counts only half. ``available`` is MemAvailable.
    Both are bytes, None where they cannot be had, which ``missing`` then says. ``reserve`` is what is to stay
    available.
    """

    def __init__(self, document, reserve_bytes=None):
        memory = document.get("memory") or {}
        meminfo = memory.get("meminfo") or {}
        self._buddy = memory.get("buddy")
        self._spare = _spare_pages(memory.get("zones"))
        self.nodes = _free_of_nodes(self._spare, memory.get("page_size_bytes"))
        self.free = None if self.nodes is None else sum(self.nodes.values())
        self.available = meminfo.get("MemAvailable")
        self.total = meminfo.get("MemTotal")
        self.reserve = reserve_bytes
        if reserve_bytes is None and self.total is not None:
            self.reserve = min(self.total // _RESERVE_SHARE, _RESERVE_MOST)
        wanted = (
            ("the free pages and watermarks of the zones", self.free),
            ("MemAvailable", self.available),
            ("MemTotal, of which the reserve is a part", self.reserve),
        )
        self.missing = [what for what, value in wanted if value is None]

    def at_hand(self):
        """``{"free_less_high_bytes", "available_bytes", "total_bytes"}``."""
        return {
            "free_less_high_bytes": self.free,
            "available_bytes": self.available,
            "total_bytes": self.total,
        }

    def of_nodes(self, demand):
        """``{"0": {"need_bytes", "peak_bytes", "free_less_high_bytes"}}``, None where the nodes are not known."""
        if demand.nodes is None:
            return None
        return {
            name: {"need_bytes": need, "peak_bytes": peak, "free_less_high_bytes": (self.nodes or {}).get(name)}
            for name, (need, peak) in sorted(demand.nodes.items())
        }

    def of_orders(self, demand):
        """``[{"order", "blocks", "free_blocks", "enough"}]``: of larger blocks too, which the kernel splits."""
        judged, units = [], 0
        for order, blocks in sorted(demand.orders.items(), reverse=True):
            free = self._free_blocks(order)
            # What the larger orders take is counted in blocks of this one.
            units = blocks + sum(entry["blocks"] << entry["order"] - order for entry in judged)
            enough = None if free is None else units <= free
            judged.append({"order": order, "blocks": blocks, "free_blocks": free, "enough": enough})
        return judged[::-1]

    def _free_blocks(self, order):
        if not self._buddy:
            return None
        # A zone that has no page to spare gives no block either.
        spare = self._spare or {}
        zones = [blocks for zone, blocks in self._buddy.items() if _is_for_rings(zone) and spare.get(zone) != 0]
        return sum(count << at - order for blocks in zones for at, count in enumerate(blocks) if at >= order)

    def verdict(self, demand):
        """One of VERDICTS."""
        return max([verdict for verdict, _reason in self._objections(demand)] or ["fits"], key=VERDICTS.index)

    def sentence(self, demand):
        """Why the verdict is what it is, for a person."""
        worst = self.verdict(demand)
        reasons = [reason for verdict, reason in self._objections(demand) if verdict == worst]
        text = _asked(demand)
        if demand.guessed:
            text = "By an estimate t" + text[1:]
        if reasons:
            text += ": " + "; ".join(reasons)
        elif demand.peak:
            text += f": {size(self.free)} are free above the high watermarks and {size(self.available)} available"
        text += "."
        if demand.guessed:
            text += " " + _MEASURE
        if demand.up:
            text += f" Bringing the interface up will take {size(demand.up)}."
        if demand.risk:
            text += f" Traffic may add up to {size(demand.risk)}."
        if demand.orders and not self._buddy:
            text += " Whether there is memory in one piece for it cannot be told without buddyinfo."
        return text

    def _objections(self, demand):
        found = []
        if self.missing:
            found.append(("unknown", f"whether that fits cannot be told without {', '.join(self.missing)}"))
        if demand.guessed:
            found.append(("unknown", _unread(demand.guessed)))
        if found:
            return found
        spare = self.available - self.reserve
        if demand.peak > max(spare, 0):
            found.append(("does_not_fit", f"{self._available()} leave {size(max(spare, 0))} for it"))
        elif demand.peak > self.free:
            found.append(
                (
                    "tight",
                    f"only {size(self.free)} are free above the high watermarks, and the rest must be reclaimed while"
                    " the rings are filled, which cannot wait for it",
                )
            )
        for node, (_need, peak) in sorted((demand.nodes or {}).items()):
            free = self.nodes.get(node, 0)
            if peak > free:
                found.append(
                    ("tight", f"node {node} has {size(free)} free for {size(peak)} of it, so other nodes have to help")
                )
        for entry in self.of_orders(demand):
            if entry["enough"] is False:
                pages = 1 << entry["order"]
                found.append(
                    (
                        "tight",
                        f"{entry['blocks']} blocks of {pages} pages in one piece are needed and"
                        f" {entry['free_blocks']} are free",
                    )
                )
        if demand.up and demand.need + demand.up > max(spare, 0):
            found.append(("tight", f"bringing the interface up will not fit: {self._available()}"))
        return found

    def _available(self):
        return f"{size(self.available)} available, of which {size(self.reserve)} are kept in reserve,"


#: What a person can do where a price is an estimate.
_MEASURE = (
    "Measure it by hand: on one such host read MemAvailable in /proc/meminfo before and after the change, and plan the"
    " others by the difference."
)


def _unread(guessed):
    """Why an estimate decides nothing; *guessed* as in a :class:`Demand`."""
    whose = ", ".join(f"{nic} (driver {driver})" for nic, driver in guessed)
    return (
        f"whether that fits cannot be told, because nobody has read what the rings of {whose} take, and estimates of"
        " this kind were found to be a seventh of what other drivers took, and seventy times as much"
    )


def _asked(demand):
    if demand.need < 0:
        meanwhile = f", and takes {size(demand.peak)} more meanwhile" if demand.peak else ""
        return f"The change gives back {size(-demand.need)}{meanwhile}"
    if not demand.peak:
        return "The change takes no memory now"
    return f"The change takes {size(demand.need)} more, and {size(demand.peak)} at its peak"


def size(number):
    """Bytes for a person: ``"5874.3 MiB"``."""
    return f"{number / (1 << 30):.1f} GiB" if abs(number) >= 10 << 30 else f"{number / (1 << 20):.1f} MiB"


def _is_for_rings(zone):
    return zone.partition("/")[2] not in _NOT_FOR_RINGS


def _spare_pages(zones):
    """``{zone: pages}``: how many free pages of each zone a ring can be made of; None where the zones are not known.

    An allocation gets a page of a zone only as long as more are free than its watermark and what the zone keeps from
    allocations that may as well use a zone above it: ``free_pages > mark + lowmem_reserve[highest_zoneidx]``
    (mm/page_alloc.c __zone_watermark_ok(), Linux 6.12). Rings are allocated with GFP_KERNEL or GFP_ATOMIC, whose
    highest zone is Normal. The mark is the high one, below which kswapd is not finished.
    """
    if not zones:
        return None
    kinds = {zone.partition("/")[2] for zone in zones}
    normal = sum(kind in kinds for kind in _BELOW_NORMAL)
    return {zone: _spare(pages, normal) if _is_for_rings(zone) else 0 for zone, pages in zones.items()}


def _spare(pages, normal):
    # A document of an earlier version has no protection; that of the last zone is the highest.
    protection = pages.get("protection_pages") or [0]
    kept = protection[min(normal, len(protection) - 1)]
    return max(pages["free_pages"] - pages["high_pages"] - kept, 0)


def _free_of_nodes(spare, page_size):
    """``{node: bytes}`` of the pages to spare."""
    if not spare or page_size is None:
        return None
    free = {}
    for zone, pages in spare.items():
        node = zone.partition("/")[0]
        free[node] = free.get(node, 0) + pages * page_size
    return free
