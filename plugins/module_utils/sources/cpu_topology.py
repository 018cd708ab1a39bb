# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CPUs there are, how they form cores, packages and NUMA nodes, and which are kept free of work.

From /sys/devices/system/cpu and /sys/devices/system/node.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import number_in

CPU = "/sys/devices/system/cpu"
NODE = "/sys/devices/system/node"

#: Field of a CPU's topology -> file below its topology directory.
_IDS = {"package": "physical_package_id", "core": "core_id"}


def read(host, gaps):
    """The document's ``cpus``.

    ``{"online": [int], "possible": [int], "isolated": [int], "nohz_full": [int], "nodes": {"0": [int]},
    "topology": {"0": {"package": int, "core": int, "node": int, "siblings": [int]}}, "coherency_line_bytes": int}``.
    ``siblings`` are the online threads of the same core with the CPU itself. ``topology`` has the online CPUs. What
    cannot be had is None.

    :param gaps: the Gaps of this section
    """
    online = gaps.attempt("online", read_present, host, "online")
    nodes = gaps.attempt("nodes", read_of_each_node, host, "cpulist", read_list)
    return {
        "online": online,
        "possible": gaps.attempt("possible", read_present, host, "possible"),
        "isolated": gaps.attempt("isolated", read_list, host, f"{CPU}/isolated"),
        "nohz_full": gaps.attempt("nohz_full", read_list, host, f"{CPU}/nohz_full"),
        "nodes": nodes,
        "topology": gaps.attempt("topology", _topology, host, online, nodes, gaps),
        "coherency_line_bytes": gaps.attempt("coherency_line_bytes", _coherency_line, host, online),
    }


def read_present(host, which):
    """The ``online`` or ``possible`` CPUs of the host, sorted; raises Unavailable. No host is without."""
    path = f"{CPU}/{which}"
    present = read_list(host, path)
    if not present:
        raise Unavailable("malformed", f"{path}: expected at least one CPU, found none")
    return present


def read_list(host, path):
    """The CPUs in a file that holds a cpulist, sorted; raises Unavailable."""
    text = host.lines(path).strip()
    # "%*pbl" of a mask that was never allocated: isolated and nohz_full of some kernels, where there are no such CPUs.
    if text == "(null)":
        return []
    return _parsed(cpus.parse_list, text, path)


def read_mask(host, path):
    """The CPUs in a file that holds a cpumask, sorted; raises Unavailable."""
    return _parsed(cpus.parse_mask, host.lines(path).strip(), path)


def _parsed(parse, text, path):
    try:
        return parse(text)
    except ValueError as error:
        raise Unavailable("malformed", f"{path}: {error}") from None


def read_of_each_node(host, file, read):
    """``{"0": read(host, path of the file in the folder of node 0), ...}``; raises Unavailable."""
    numbers = [number_in(name, "node") for name in host.names(NODE)]
    numbers = sorted(number for number in numbers if number is not None)
    if not numbers:
        raise Unavailable("absent", f"{NODE}: no NUMA node is listed")
    return {str(number): read(host, f"{NODE}/node{number}/{file}") for number in numbers}


def _coherency_line(host, online):
    """The longest line of any cache of a CPU, as cache_line_size() has it on arm64 (arch/arm64/include/asm/cache.h)."""
    folder = f"{CPU}/cpu{online[0] if online else 0}/cache"
    caches = [name for name in host.names(folder) if number_in(name, "index") is not None]
    lines = [host.integer(f"{folder}/{name}/coherency_line_size") for name in caches]
    if not lines or min(lines) < 1:
        raise Unavailable("absent", f"{folder}: the platform does not tell the lines of the caches")
    return max(lines)


def _topology(host, online, nodes, gaps):
    if online is None:
        raise Unavailable("absent", f"{CPU}: the list of online CPUs could not be read")
    node_of = {cpu: int(node) for node, members in (nodes or {}).items() for cpu in members}
    no_node = Unavailable("absent", f"{NODE}: no NUMA node is known to have them")
    lacking = {}
    topology = {}
    for cpu in online:
        if str(cpu) in topology:
            continue
        core, members = _core(host, cpu, online, lacking)
        # The threads of a core share its ids: reading them once per core halves the reads.
        for member in members:
            topology[str(member)] = dict(core, node=node_of.get(member))
            if member not in node_of:
                lacking.setdefault("node", (no_node, []))[1].append(member)
    # One gap and not one per CPU: a platform that does not tell a field tells it of no CPU.
    if lacking:
        fields = sorted(lacking)
        texts = [f"{key} of CPUs {cpus.format_list(lacking[key][1])}: {lacking[key][0].detail}" for key in fields]
        gaps.note("topology", Unavailable(lacking[fields[0]][0].reason, "; ".join(texts)))
    return topology


def _core(host, cpu, online, lacking):
    """``({"package", "core", "siblings"}, CPUs of the core)``; what could not be read is None and joins *lacking*."""
    folder = f"{CPU}/cpu{cpu}/topology"
    errors = {}

    def attempt(field, function, name):
        try:
            return function(host, f"{folder}/{name}")
        except Unavailable as error:
            errors[field] = error
            return None

    core = {field: attempt(field, _id, name) for field, name in _IDS.items()}
    siblings = attempt("siblings", read_list, "thread_siblings_list")
    members = [cpu] if siblings is None else sorted({cpu}.union(siblings).intersection(online))
    core["siblings"] = None if siblings is None else members
    for field, error in errors.items():
        lacking.setdefault(field, (error, []))[1].extend(members)
    return core, members


def _id(host, path):
    number = host.integer(path)
    if number < 0:
        raise Unavailable("absent", f"{path}: {number}, the platform does not tell it")
    return number
