# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory: how much there is, how much is free on each NUMA node, in what pieces, and how near to the watermarks.

Packets that arrive while no page can be had are dropped, and a larger ring is paid from the memory of one node.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_topology import read_of_each_node

MEMINFO = "/proc/meminfo"
ZONEINFO = "/proc/zoneinfo"
BUDDYINFO = "/proc/buddyinfo"

# "MemTotal:  16384 kB"; below /sys/devices/system/node with "Node 0" before it. Counts have no unit.
_LINE = re.compile(r"(?:Node +[0-9]+ +)?(\S+): +([0-9]{1,20})( kB)?$")

# "Node 0, zone   Normal   8627   8982   7094": the free blocks of 1, 2, 4... pages.
_BUDDY = re.compile(r"Node ([0-9]{1,20}), zone +(\S+)((?: +[0-9]{1,20})+)$")

_ZONE = re.compile(r"^Node ([0-9]{1,20}), zone +(\S+)$", re.MULTILINE)

# Only in the part before "pagesets", which has fields "high:" and "low:" of its own.
_WATERMARK = re.compile(r"^ +(pages free|min|low|high|managed) +([0-9]{1,20})$", re.MULTILINE)

# How many pages the zone keeps from allocations that may use a zone above it, by the number of that zone.
_PROTECTION = re.compile(r"^ +protection: \(([0-9]{1,20}(?:, [0-9]{1,20})*)\)$", re.MULTILINE)

_FIELD_OF = {
    "pages free": "free_pages",
    "min": "min_pages",
    "low": "low_pages",
    "high": "high_pages",
    "managed": "managed_pages",
}

#: What zoneinfo has in every kernel; 2.6.32 has no ``managed`` yet.
_ALWAYS = ("free_pages", "min_pages", "low_pages", "high_pages")


def read(host, gaps):
    """The document's ``memory``.

    ``{"page_size_bytes": 4096, "meminfo": {"MemTotal": bytes, ...}, "nodes": {"0": {"MemFree": bytes, ...}},
    "zones": {"0/Normal": {"free_pages", "min_pages", "low_pages", "high_pages", "managed_pages", "protection_pages"}},
    "buddy": {"0/Normal": [free blocks of 1 page, of 2, of 4, ...]}}``; what cannot be had is None.

    :param gaps: the Gaps of this section
    """
    zones = gaps.attempt("zones", read_zones, host)
    for name, zone in (zones or {}).items():
        if zone["managed_pages"] is None:
            absent = Unavailable("absent", f"{ZONEINFO}: this kernel prints no managed pages")
            gaps.at("zones", name).note("managed_pages", absent)
        if zone["protection_pages"] is None:
            malformed = Unavailable("malformed", f"{ZONEINFO}: expected a line 'protection: (0, ...)', found none")
            gaps.at("zones", name).note("protection_pages", malformed)
    return {
        "page_size_bytes": gaps.attempt("page_size_bytes", host.machine.page_size_bytes),
        "meminfo": gaps.attempt("meminfo", read_meminfo, host, MEMINFO),
        "nodes": gaps.attempt("nodes", read_of_each_node, host, "meminfo", read_meminfo),
        "zones": zones,
        "buddy": gaps.attempt("buddy", read_buddy, host),
    }


def read_meminfo(host, path):
    """:func:`parse_meminfo` of a file; raises Unavailable."""
    return parse_meminfo(host.lines(path), path)


def read_zones(host):
    """:func:`parse_zoneinfo` of /proc/zoneinfo; raises Unavailable."""
    return parse_zoneinfo(host.lines(ZONEINFO))


def read_buddy(host):
    """:func:`parse_buddyinfo` of /proc/buddyinfo; raises Unavailable."""
    return parse_buddyinfo(host.lines(BUDDYINFO))


def parse_meminfo(text, path=MEMINFO):
    """The bytes of each line that has a unit, of /proc/meminfo or of a node's meminfo: ``{"MemTotal": 16777216, ...}``.

    The counts of huge pages have no unit and are left out: nothing here is anything but bytes.

    :param path: the file, for the error

    Raises Unavailable ``malformed``.
    """
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line.rstrip())
        if match:
            name, number, unit = match.groups()
            if unit:
                found[name] = int(number) * 1024
        elif line.strip():
            raise Unavailable("malformed", f"{path}: expected a line such as 'MemFree: 16 kB', found {line[:60]!r}")
    if "MemTotal" not in found:
        raise Unavailable("malformed", f"{path}: expected a line MemTotal, found {text[:60]!r}")
    return found


def parse_zoneinfo(text):
    """Free pages and watermarks of each zone: ``{"0/DMA32": {"free_pages": 5113, ..., "protection_pages": [0, 9]}}``.

    ``managed_pages`` is None where the kernel is too old to print it. ``protection_pages`` (lowmem_reserve) has one
    number for each kind of zone that the kernel is built with, in the order DMA, DMA32, Normal, HighMem, Movable,
    Device: what the zone keeps from allocations that may use memory up to that kind; None where it is not printed.
    Source: mm/vmstat.c zoneinfo_show_print(), mm/page_alloc.c setup_per_zone_lowmem_reserve(), Linux 6.12.

    Raises Unavailable ``malformed``.
    """
    parts = _ZONE.split(text)
    zones = {}
    for node, zone, block in zip(parts[1::3], parts[2::3], parts[3::3]):
        head = block.partition("pagesets")[0]
        found = dict.fromkeys(_FIELD_OF.values())
        found.update((_FIELD_OF[name], int(pages)) for name, pages in _WATERMARK.findall(head))
        missing = [name for name in _ALWAYS if found[name] is None]
        if missing:
            raise Unavailable(
                "malformed",
                f"{ZONEINFO}: expected free pages and watermarks, found no {missing[0]} in zone {node}/{zone}",
            )
        protection = _PROTECTION.search(head)
        found["protection_pages"] = protection and [int(pages) for pages in protection.group(1).split(", ")]
        zones[f"{node}/{zone}"] = found
    if not zones:
        raise Unavailable("malformed", f"{ZONEINFO}: expected zones such as 'Node 0, zone Normal', found {text[:60]!r}")
    return zones


def parse_buddyinfo(text):
    """The free blocks of each zone by their order, ``{"0/Normal": [8627, 8982, ...]}``: the n-th has 2 ** n pages.

    As many orders as the kernel has, 11 in most. Source: mm/vmstat.c frag_show_print(). Raises Unavailable
    ``malformed``.
    """
    zones = {}
    for line in text.splitlines():
        match = _BUDDY.match(line.rstrip())
        if not match:
            expected = "expected a line such as 'Node 0, zone Normal 12 3 1'"
            raise Unavailable("malformed", f"{BUDDYINFO}: {expected}, found {line[:60]!r}")
        node, zone, blocks = match.groups()
        zones[f"{node}/{zone}"] = list(map(int, blocks.split()))
    if not zones:
        raise Unavailable("malformed", f"{BUDDYINFO}: expected zones, found an empty file")
    return zones
