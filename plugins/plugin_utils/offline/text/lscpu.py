# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``lscpu`` and ``numactl --hardware`` print, as the files of /sys/devices/system that tell the same."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.offline.text.lines import (
    malformed,
    refusal,
    unsigned,
    whole,
)

_SYSTEM = "/sys/devices/system"

_ONLINE = "On-line CPU(s) list"
_OFFLINE = "Off-line CPU(s) list"
_NODE = re.compile(r"NUMA node([0-9]{1,4}) CPU\(s\)$")

# "node 0 cpus: 0 1 2 3", "node 0 size: 7964 MB", "node 0 free: 1234 MB"
_NUMACTL = re.compile(r"node ([0-9]{1,4}) (cpus|size|free):(.*)$")
_MEGABYTES = re.compile(r"\s*([0-9]{1,12}) MB\s*$")
_MEMORY = {"size": "MemTotal", "free": "MemFree"}


def files(text, place):
    """``{"/sys/devices/system/cpu/online": b"0-3\\n", ".../node/node0/cpulist": ...}`` of ``lscpu``; raises
    Unavailable."""
    found, lists = {}, {}
    for number, line in enumerate(whole(text, place), 1):
        label, colon, value = line.partition(":")
        label, value = label.strip(), value.strip()
        node = _NODE.match(label)
        if colon and (label in (_ONLINE, _OFFLINE) or node):
            numbers = _list(value, place, number, line)
            if node:
                found[f"{_SYSTEM}/node/node{int(node.group(1))}/cpulist"] = _file(numbers)
            else:
                lists[label] = numbers
    if _ONLINE not in lists:
        raise refusal(text, place, f"a line '{_ONLINE}: 0-3'")
    found[f"{_SYSTEM}/cpu/online"] = _file(lists[_ONLINE])
    # Those that could be plugged in later it does not tell.
    found[f"{_SYSTEM}/cpu/present"] = _file(sorted({*lists[_ONLINE], *lists.get(_OFFLINE, ())}))
    return found


def table_files(text, place):
    """``{".../cpu0/topology/core_id": b"0\\n", ".../thread_siblings_list": ...}`` of ``lscpu -ae``; raises Unavailable.

    Its cores are numbered through, over all packages, as no kernel does it: they are told from each other, and no more.
    """
    rows, columns = [], None
    for number, line in enumerate(whole(text, place), 1):
        fields = line.split()
        if columns is None:
            columns = fields if {"CPU", "SOCKET", "CORE"}.issubset(fields) else None
        elif len(fields) >= len(columns):
            row = dict(zip(columns, fields))
            # Of one that is off line nothing is told.
            if row["SOCKET"] != "-" and row["CORE"] != "-":
                rows.append([unsigned(row[key], 16, place, number, line) for key in ("CPU", "SOCKET", "CORE")])
        else:
            raise malformed(place, number, f"a value for each of {' '.join(columns)}", line)
    if not rows:
        raise refusal(text, place, "a line 'CPU NODE SOCKET CORE ...' with CPUs below")
    siblings = {}
    for cpu, _socket, core in rows:
        siblings.setdefault(core, []).append(cpu)
    found = {}
    for cpu, socket, core in rows:
        folder = f"{_SYSTEM}/cpu/cpu{cpu}/topology"
        found[f"{folder}/physical_package_id"] = f"{socket}\n".encode()
        found[f"{folder}/core_id"] = f"{core}\n".encode()
        found[f"{folder}/thread_siblings_list"] = _file(siblings[core])
    return found


def numactl_files(text, place):
    """``{".../node/node0/cpulist": b"0-3\\n", ".../node/node0/meminfo": ...}`` of ``numactl --hardware``; raises
    Unavailable. It tells memory in megabytes, rounded down."""
    found, memory = {}, {}
    for number, line in enumerate(whole(text, place), 1):
        match = _NUMACTL.match(line)
        if not match:
            continue
        node, what, value = int(match.group(1)), match.group(2), match.group(3)
        if what == "cpus":
            numbers = [unsigned(word, 16, place, number, line) for word in value.split()]
            found[f"{_SYSTEM}/node/node{node}/cpulist"] = _file(numbers)
        else:
            size = _MEGABYTES.match(value)
            if not size:
                raise malformed(place, number, "a number of MB", line)
            memory.setdefault(node, {})[_MEMORY[what]] = int(size.group(1)) * 1024
    if not found and not memory:
        raise refusal(text, place, "lines such as 'node 0 cpus: 0 1'")
    for node, values in memory.items():
        if "MemTotal" in values:
            lines = [f"Node {node} {name}: {value} kB\n" for name, value in values.items()]
            found[f"{_SYSTEM}/node/node{node}/meminfo"] = "".join(lines).encode()
    return found


def _list(value, place, number, line):
    try:
        return cpus.parse_list(value)
    except ValueError:
        raise malformed(place, number, "a list of CPUs such as '0-3,8'", line) from None


def _file(numbers):
    return (cpus.format_list(sorted(set(numbers))) + "\n").encode()
