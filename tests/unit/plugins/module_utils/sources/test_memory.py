# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import LONGEST_DETAIL, Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import memory
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

MEMINFO = """\
MemTotal:       16384000 kB
MemFree:         1024000 kB
MemAvailable:    2048000 kB
Active(anon):       1576 kB
HugePages_Total:       4
HugePages_Free:        4
Hugepagesize:       2048 kB
"""

NODE_MEMINFO = """\
Node 1 MemTotal:       8192000 kB
Node 1 MemFree:         512000 kB
Node 1 Active(anon):      1576 kB
Node 1 HugePages_Total:     0
"""

ZONEINFO = """\
Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 39
  pages free     3832
        boost    0
        min      68
        low      85
        high     102
        promo    119
        spanned  4095
        present  3997
        managed  3976
        cma      0
        protection: (0, 2871, 3795, 3795, 3795)
      nr_free_pages 3832
  pagesets
    cpu: 0
              count: 13
              high:  378
              batch: 63
              high_min: 7
  vm stats threshold: 4
  node_unreclaimable:  0
  start_pfn:           1
Node 1, zone   Normal
  pages free     5113
        min      4097
        low      5121
        high     6145
        spanned  262144
        present  262144
        managed  236634
        protection: (0, 0, 0, 0, 0)
  pagesets
    cpu: 0
              count: 340
              high:  378
  start_pfn:           262144
Node 1, zone  Movable
  pages free     0
        min      0
        low      0
        high     0
        spanned  0
        present  0
        managed  0
        protection: (0, 0, 0, 0, 0)
"""


def test_meminfo_is_in_bytes_and_counts_are_left_out():
    assert memory.parse_meminfo(MEMINFO) == {
        "MemTotal": 16384000 * 1024,
        "MemFree": 1024000 * 1024,
        "MemAvailable": 2048000 * 1024,
        "Active(anon)": 1576 * 1024,
        "Hugepagesize": 2048 * 1024,
    }


def test_meminfo_of_a_node():
    assert memory.parse_meminfo(NODE_MEMINFO) == {
        "MemTotal": 8192000 * 1024,
        "MemFree": 512000 * 1024,
        "Active(anon)": 1576 * 1024,
    }


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "MemTotal"),
        ("MemFree: 5 kB\n", "MemTotal"),
        ("MemTotal: 5 kB\nMemFr", "'MemFr'"),
        ("MemTotal: 5 kB\nMemFree:\n", "'MemFree:'"),
        ("MemTotal: 5 MB\n", "'MemTotal: 5 MB'"),
        ("MemTotal: -5 kB\n", "'MemTotal: -5 kB'"),
    ],
)
def test_malformed_meminfo(text, expected):
    detail = malformed(memory.parse_meminfo, text, "/proc/meminfo")
    assert "/proc/meminfo" in detail
    assert expected in detail


def test_zoneinfo():
    zones = memory.parse_zoneinfo(ZONEINFO)
    assert zones == {
        "0/DMA": zone(3832, 68, 85, 102, 3976, [0, 2871, 3795, 3795, 3795]),
        "1/Normal": zone(5113, 4097, 5121, 6145, 236634),
        "1/Movable": zone(0, 0, 0, 0, 0),
    }


def zone(free, low_min, low, high, managed, protection=(0, 0, 0, 0, 0)):
    return {
        "protection_pages": protection and list(protection),
        "free_pages": free,
        "min_pages": low_min,
        "low_pages": low,
        "high_pages": high,
        "managed_pages": managed,
    }


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "'Node 0, zone Normal'"),
        ("pages free 5\n", "'Node 0, zone Normal'"),
        (
            "Node 0, zone   Normal\n  pages free     5113\n        min      4097\n        lo",
            "low_pages in zone 0/Normal",
        ),
        ("Node 0, zone   Normal\n  pagesets\n    cpu: 0\n              high:  378\n", "free_pages in zone 0/Normal"),
        (ZONEINFO.replace("min      4097", "min      -1"), "min_pages in zone 1/Normal"),
    ],
)
def test_malformed_zoneinfo(text, expected):
    detail = malformed(memory.parse_zoneinfo, text)
    assert "/proc/zoneinfo" in detail
    assert expected in detail


def test_the_name_of_a_zone_does_not_fill_a_report():
    """Found by random input."""
    detail = malformed(memory.parse_zoneinfo, "Node 1, zone CPU" + "9" * 5000 + "\n")
    assert detail.startswith("/proc/zoneinfo: expected free pages and watermarks, found no free_pages in zone 1/CPU999")
    assert detail.endswith("99...") and len(detail) == LONGEST_DETAIL


# The kernel ends each line with a blank.
BUDDYINFO = "".join(
    line + " \n"
    for line in (
        "Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3",
        "Node 1, zone   Normal   8627   8982   7094   4054   1893    890    402    182    102    103    951",
    )
)


def test_buddyinfo_has_the_blocks_of_each_order():
    assert memory.parse_buddyinfo(BUDDYINFO) == {
        "0/DMA": [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 3],
        "1/Normal": [8627, 8982, 7094, 4054, 1893, 890, 402, 182, 102, 103, 951],
    }


@pytest.mark.parametrize(
    "text, found",
    [
        ("", "found an empty file"),
        ("Node 0, zone Normal\n", "found 'Node 0, zone Normal'"),
        ("Node 0, zone Normal 1 2 -3\n", "found 'Node 0, zone Normal 1 2 -3'"),
        ("Node 0, zone Normal 1 2 3 more\n", "found 'Node 0, zone Normal 1 2 3 more'"),
        ("Node 0, zone Normal " + "9" * 21 + "\n", "expected a line such as"),
    ],
)
def test_a_malformed_buddyinfo(text, found):
    detail = malformed(memory.parse_buddyinfo, text)
    assert detail.startswith("/proc/buddyinfo: expected ") and found in detail


def test_read(host):
    files = {
        "/proc/meminfo": MEMINFO,
        "/proc/zoneinfo": ZONEINFO,
        "/proc/buddyinfo": BUDDYINFO,
        "/sys/devices/system/node/node0/meminfo": NODE_MEMINFO.replace("Node 1", "Node 0"),
        "/sys/devices/system/node/node10/meminfo": NODE_MEMINFO.replace("Node 1", "Node 10"),
        "/sys/devices/system/node/node2/meminfo": NODE_MEMINFO.replace("Node 1", "Node 2"),
        "/sys/devices/system/node/power/control": "auto",
    }
    gaps = Gaps()
    found = memory.read(host(files), gaps.at("memory"))
    assert sorted(found) == ["buddy", "meminfo", "nodes", "page_size_bytes", "zones"]
    assert found["page_size_bytes"] == os.sysconf("SC_PAGE_SIZE")
    assert list(found["nodes"]) == ["0", "2", "10"]
    assert found["nodes"]["10"]["MemFree"] == 512000 * 1024
    assert found["zones"]["1/Normal"]["min_pages"] == 4097
    assert found["buddy"]["1/Normal"][:3] == [8627, 8982, 7094]
    assert gaps.entries == []
    json.dumps(found)


def test_what_cannot_be_had_is_none_with_its_reason(host):
    gaps = Gaps()
    found = memory.read(host({"/proc/meminfo": "oops"}), gaps.at("memory"))
    assert (found["meminfo"], found["nodes"], found["zones"], found["buddy"]) == (None, None, None, None)
    assert {entry["path"]: entry["reason"] for entry in gaps.entries} == {
        "/memory/meminfo": "malformed",
        "/memory/nodes": "absent",
        "/memory/zones": "absent",
        "/memory/buddy": "absent",
    }


def test_a_kernel_without_managed_pages(host):
    old = "".join(line for line in ZONEINFO.splitlines(True) if "managed" not in line)
    gaps = Gaps()
    found = memory.read(host({"/proc/zoneinfo": old}), gaps.at("memory"))
    assert found["zones"]["0/DMA"] == zone(3832, 68, 85, 102, None, [0, 2871, 3795, 3795, 3795])
    assert "/memory/zones/0~1DMA/managed_pages" in [entry["path"] for entry in gaps.entries]


@pytest.mark.parametrize("line", ["", "        protection: (0, x)\n", "        protection: ()\n"])
def test_a_protection_that_is_not_told_is_a_gap(host, line):
    text = ZONEINFO.replace("        protection: (0, 2871, 3795, 3795, 3795)\n", line)
    gaps = Gaps()
    found = memory.read(host({"/proc/zoneinfo": text}), gaps.at("memory"))
    assert found["zones"]["0/DMA"] == zone(3832, 68, 85, 102, 3976, None)
    assert found["zones"]["1/Normal"]["protection_pages"] == [0, 0, 0, 0, 0]
    assert [entry["path"] for entry in gaps.entries if "protection" in entry["path"]] == [
        "/memory/zones/0~1DMA/protection_pages"
    ]
