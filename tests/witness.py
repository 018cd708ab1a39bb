# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what ethtool, ip, tc, nstat and /proc print in the guest: the other witness, used by the tests alone."""

import json
import re

#: The features that ethtool shows by a name of its own.
FEATURE_NAMES = {
    "rx-checksumming": "rx-checksum",
    "generic-receive-offload": "rx-gro",
    "generic-segmentation-offload": "tx-generic-segmentation",
    "large-receive-offload": "rx-lro",
    "ntuple-filters": "rx-ntuple-filter",
    "receive-hashing": "rx-hashing",
    "rx-vlan-offload": "rx-vlan-hw-parse",
    "tx-vlan-offload": "tx-vlan-hw-insert",
}


def pairs(text):
    """``[(name, value)]`` of the lines ``name: value``, in their order."""
    found = (re.match(r"\s*(\S.*?):\s+(\S.*)$", line) for line in text.splitlines())
    return [(match[1], match[2].strip()) for match in found if match]


def maxima_and_current(text):
    """``({"RX": 4096}, {"RX": 256})`` of ``ethtool -g`` and ``-l``; what is n/a is left out."""
    maxima, current = text.split("Current hardware settings:")
    return tuple({name: int(value) for name, value in pairs(part) if value.isdigit()} for part in (maxima, current))


def numbers(text):
    """``{"rx_usecs": 3}`` of ``ethtool -c``."""
    return {
        re.sub(r"_frame_(low|high)$", r"_frames_\1", name.replace("-", "_")): int(value)
        for name, value in pairs(text)
        if value.isdigit()
    }


def features(text):
    """``{"rx-gro": (active, fixed)}`` of ``ethtool -k``, by the kernel's names."""
    return {
        FEATURE_NAMES.get(name, name): (value.split()[0] == "on", "[fixed]" in value)
        for name, value in pairs(text)
        if value.split()[0] in ("on", "off")
    }


def rss_weights(text):
    """``{"0": 32}``: how many entries of the indirection table of ``ethtool -x`` each queue has."""
    weights = {}
    for line in text.splitlines():
        if re.match(r"\s*\d+:\s", line):
            for queue in line.split(":")[1].split():
                weights[queue] = weights.get(queue, 0) + 1
    return weights


def interrupts(text):
    """``{"55": ("igb0-rx-0", {"0": 12})}`` of the numbered rows of /proc/interrupts."""
    header, *rows = text.splitlines()
    cpus = [name[3:] for name in header.split()]
    found = {}
    for row in rows:
        words = row.split()
        if words[0][:-1].isdigit():
            counts = dict(zip(cpus, map(int, words[1 : len(cpus) + 1]), strict=True))
            found[words[0][:-1]] = (words[-1], counts)
    return found


#: Names of ``ip -s -s -j link`` that sysfs has otherwise; all others only lack the direction.
SYSFS_NAMES = {
    "rx_multicast": "multicast",
    "tx_collisions": "collisions",
    "tx_carrier_changes": "carrier_changes",
    "rx_otherhost": "rx_otherhost_dropped",
}


def link_statistics(text):
    """``{"vio0": {"rx_packets": 12}}`` of ``ip -s -s -j link``, by the names of sysfs."""
    found = {}
    for link in json.loads(text):
        names = ((f"{side}_{key}", value) for side, told in link["stats64"].items() for key, value in told.items())
        found[link["ifname"]] = {SYSFS_NAMES.get(name, name): value for name, value in names}
    return found


def protocol_counters(text):
    """``{"UdpInErrors": 12}`` of ``nstat -azsj``."""
    return json.loads(text)["kernel"]


def qdisc_counters(text):
    """``{"e1k0 1: root": {"packets": 12, "dropped": 3}}`` of ``tc -s -j qdisc``."""
    found = {}
    for qdisc in json.loads(text):
        name = f"{qdisc['dev']} {qdisc['handle']} {qdisc.get('parent', 'root')}"
        found[name] = {key: qdisc[key] for key in ("packets", "bytes", "overlimits", "requeues")}
        found[name]["dropped"] = qdisc["drops"]
    return found


def cpu_times(text):
    """``{"0": {"user": 12, "softirq": 3}}``: ticks by CPU, of /proc/stat."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    rows = (line.split() for line in text.splitlines() if re.match(r"cpu\d", line))
    return {row[0][3:]: dict(zip(names, map(int, row[1:]))) for row in rows}


#: The columns of softnet_stat that mean the same in every kernel.
SOFTNET_COLUMNS = ("processed", "dropped", "time_squeeze")


def softnet(text):
    """``[{"processed": 12, "dropped": 0, "time_squeeze": 3}]``: a row for each online CPU, of softnet_stat."""
    return [
        dict(zip(SOFTNET_COLUMNS, (int(word, 16) for word in line.split()), strict=False)) for line in text.splitlines()
    ]


def protocol_tables(text):
    """``{"Udp.RcvbufErrors": 12}`` of /proc/net/snmp or netstat: pairs of a line of names and one of values."""
    found = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        protocol, *names = names.split()
        counted = zip(names, values.split()[1:], strict=True)
        found.update((f"{protocol[:-1]}.{name}", int(value)) for name, value in counted)
    return found


def percpu_statistics(text):
    """``{"table_fulls": 12}``: the sums over the CPUs of a file of /proc/net/stat, without the gauge in its first
    column, which every row repeats."""
    header, *rows = text.splitlines()
    columns = zip(*(row.split()[1:] for row in rows), strict=True)
    return {name: sum(int(word, 16) for word in column) for name, column in zip(header.split()[1:], columns)}


def socket_drops(text):
    """``{"0100007F:1E79": 12}``: drops by local address, of /proc/net/udp, raw and the like."""
    rows = (line.split() for line in text.splitlines()[1:])
    return {row[1]: int(row[-1]) for row in rows}
