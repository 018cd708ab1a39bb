# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packet steering: which CPUs share the work of a NIC's queues (RPS, RFS, XPS), and how its queues are polled.

All of it is files of sysfs (net/core/net-sysfs.c). irq_layout.py has the CPUs.
"""

import errno
import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list, format_mask, parse_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import power_of_two
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    NoQueue,
    Refused,
    change,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.index import ORDER
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.irq_affinity import queues_of
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import ethtool, napi_threads, steering_set
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_topology import read_mask
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.sysfs_net import NET

NAME = "packet_steering"
PARTS = ("driver", "channels", "queues", "device", "irqs", "napi")
SECTIONS = ("cpus", "napi_threads")
ALTERNATIVES = (("rfs", "rps_flow_cnt"),)

OFF, LOCAL, AUTO = "off", "local", "auto"

#: Files of a queue: the side whose queues have it, and whether it holds CPUs.
QUEUE_FILES = {"rps_cpus": ("rx", True), "rps_flow_cnt": ("rx", False), "xps_cpus": ("tx", True)}

#: Files of a NIC: what the host document calls it, and the most that it holds.
NIC_FILES = {
    "threaded": ("threaded", 1),
    "napi_defer_hard_irqs": ("defer_hard_irqs", 2**31 - 1),
    "gro_flush_timeout": ("gro_flush_timeout_ns", 2**63 - 1),
}

#: Of a setting beside the files: entries of RFS that the queues share, and the CPUs of the threads that poll.
RFS, THREAD_CPUS = "rfs", "thread_cpus"

#: The sysctl without which RFS does nothing, and the feature by which the NIC does it (accelerated RFS).
FLOW_TABLE = "net.core.rps_sock_flow_entries"
NTUPLE, NTUPLE_OF_KERNEL = "ntuple", "rx-ntuple-filter"

#: In place of the pid of a thread that is not there before the change is made.
NEW_THREADS = "new"

#: The most entries that the kernel takes for a table of flows (2^29 of net/core/sysctl_net_core.c).
MOST_ENTRIES = 1 << 29

MEANINGS = {
    errno.EPERM: "not allowed: become root",
    errno.EACCES: "not allowed: become root",
    errno.EROFS: "/sys is read-only here, as in most containers: set it on the host",
    errno.EOVERFLOW: "one of the CPUs does not exist",
    errno.EINVAL: "the kernel may use none of these CPUs here: they are all isolated",
    errno.ENOENT: "the queue is gone, or the only one, for which the kernel keeps no map",
    errno.ENOMEM: "there is no memory for so many flows",
    errno.EOPNOTSUPP: "the driver does not poll by NAPI as it is now (veth does with gro on)",
    errno.EIO: "the kernel takes no such value here",
}

_QUEUE = re.compile(r"(?:rx|tx)-[0-9]{1,5}$")


def decide(document, wanted):
    """The changes of the steering of some NICs.

    :param wanted: ``{NIC: values}``, of the values any of

        * ``rps_cpus``: "off"; "local", the CPUs of the NIC's own node without the cores that serve its queues; a list
          of CPUs for every queue, of which the core that serves a queue is left out; or ``{"rx-0": [CPUs]}``
        * ``xps_cpus``: "off"; "auto", each queue for the CPUs around its own; or ``{"tx-0": [CPUs]}``
        * ``rfs``: entries that the receive queues share evenly, 0 for none; or ``rps_flow_cnt``: ``{"rx-0": entries}``
        * ``threaded``: bool; ``thread_cpus``: the CPUs of its threads
        * ``napi_defer_hard_irqs``: rounds, ``gro_flush_timeout``: ns

        A list of CPUs may be text as in cpulists. None leaves a thing as it is

    Isolated CPUs are left out of RPS, for the kernel takes them out of a mask without a word, and refuses one with no
    others (5.9 and later). Raises Refused for CPUs that are not online, and queues that a NIC has not.
    """
    changes = []
    for name, values in sorted(wanted.items()):
        nic = _Nic(document, name)
        before, after = nic.differing(values)
        made = change(NAME, name, before, after, 0, nic.notes)
        if made:
            changes.append(made)
    return changes


def not_set(document, wanted):
    """What of *wanted* is left as it is, and why: ``[{"subject", "key", "reason"}]``."""
    found = []
    for name, values in sorted(wanted.items()):
        nic = _Nic(document, name)
        nic.differing(values)
        found += [{"subject": name, "key": key, "reason": reason} for key, reason in nic.left]
    return found


def settings(names, values, accelerable=()):
    """The settings for NICs, with those of other knobs that they need: RFS a sysctl of the host, accelerated a feature.

    :param accelerable: the NICs that get accelerated RFS
    """
    found = [{"knob": NAME, "subject": name, "values": values} for name in names]
    if names and values.get(RFS):
        found.append({"knob": "sysctl", "subject": None, "values": {FLOW_TABLE: values[RFS]}})
    if "feature" in ORDER:
        found += [{"knob": "feature", "subject": name, "values": {NTUPLE: True}} for name in accelerable]
    return found


def can_accelerate(host, name):
    """Whether a NIC can steer flows by itself: its driver has the filters, and lets them be switched on."""
    try:
        found = ethtool.features(host, name).get(NTUPLE_OF_KERNEL)
    except Unavailable:
        return False
    return bool(found) and (found["active"] or not found["fixed"])


class _Nic:
    """One NIC of a document while its values are decided. ``notes`` are of the change, ``left`` is what is not set."""

    def __init__(self, document, name):
        self.document, self.name = document, name
        self.queues = part(document, name, "queues")
        self.cpus = document["cpus"] or {}
        self.served = queues_of(document, name) if self.nic().get("irqs") else None
        self.notes, self.left = [], []
        if not self.cpus.get("online"):
            raise Refused("the CPUs of this host cannot be known, so no packet can be given one")

    def differing(self, values):
        """``(before, after)`` of what is to be another than it is, by the keys of a setting."""
        before, after = {}, {}
        for file, (side, _holds_cpus) in QUEUE_FILES.items():
            now = {f"{side}-{queue}": entry[file] for queue, entry in self.queues[side].items()}
            asked = self.of_queues(file, values, now)
            unreadable = sorted(queue for queue in asked if now[queue] is None)
            if unreadable:
                self.left.append((file, self.reason(("queues", side)) or f"{file} of {unreadable[0]} was not read"))
            differing = {
                queue: value for queue, value in asked.items() if queue not in unreadable and value != now[queue]
            }
            if differing:
                before[file], after[file] = {queue: now[queue] for queue in differing}, differing
        self.of_nic(values, before, after)
        return before, after

    def of_queues(self, file, values, now):
        """``{queue: value}`` of what is asked of one file of the queues."""
        value = values.get(file)
        if file == "rps_flow_cnt" and values.get(RFS) is not None:
            if value is not None:
                raise Refused(f"{self.name}: rfs is shared by the queues, rps_flow_cnt is for each: give one of them")
            entries = _entries(self.name, RFS, values[RFS])
            return dict.fromkeys(now, power_of_two(-(-entries // max(len(now), 1))) if entries else 0)
        if value is None:
            return {}
        if isinstance(value, dict):
            return self.of_map(file, value, now)
        if file == "rps_flow_cnt":
            entries = _entries(self.name, file, value)
            return dict.fromkeys(now, power_of_two(entries) if entries else 0)
        if value == OFF or value is False:
            return dict.fromkeys(now, [])
        if file == "rps_cpus":
            return self.rps_local(now) if value == LOCAL else self.rps_list(value, now)
        if value == AUTO:
            return self.xps_auto(now)
        raise Refused(f"{self.name}: xps_cpus is {value!r}, expected auto, off, or CPUs by queue such as tx-0")

    def of_map(self, file, value, now):
        found = {}
        for queue, asked in value.items():
            if queue not in now:
                raise NoQueue(
                    f"{self.name}: {file}: it has no queue {str(queue)[:20]!r}; it has"
                    f" {', '.join(sorted(now)) or 'none'}"
                )
            if QUEUE_FILES[file][1]:
                found[queue] = self.online(f"{file} of {queue}", asked)
                if file == "rps_cpus":
                    found[queue] = self.without_isolated(found[queue])
                    self.warn_of_own_core(queue, found[queue])
            else:
                entries = _entries(self.name, f"{file} of {queue}", asked)
                found[queue] = power_of_two(entries) if entries else 0
        return found

    def rps_local(self, now):
        served = self.served or {"node": self.nic().get("numa_node"), "queues": [{"queue": 0, "irqs": []}]}
        # An interrupt that serves every queue has no number.
        queues = [dict(entry, queue=entry["queue"] or 0) for entry in served["queues"]]
        chosen = next(iter(irq_layout.rps_cpus(dict(served, queues=queues), self.cpus).values()), [])
        if not chosen:
            self.note("RPS is of no use here, each core of the NIC's node serves a queue already: it is switched off")
        return dict.fromkeys(now, chosen)

    def rps_list(self, value, now):
        cpus = self.without_isolated(self.online("rps_cpus", value))
        found = {}
        for queue in now:
            own = self.own_core(queue)
            found[queue] = [cpu for cpu in cpus if cpu not in own]
            if cpus and not found[queue]:
                raise Refused(
                    f"{self.name}: rps_cpus {format_list(cpus)}: {queue} is served by that very core; give other CPUs"
                )
            if found[queue] != cpus:
                self.note("The core that serves a queue is left out of its RPS mask: it has enough to do with it.")
        return found

    def xps_auto(self, now):
        if len(now) < 2:
            self.left.append(("xps_cpus", "it has one queue to send through, which needs no map"))
            return {}
        if not self.served:
            self.left.append(("xps_cpus", "it is not known which CPUs serve its queues: it is virtual, or down"))
            return {}
        found = irq_layout.xps_cpus(self.served, self.cpus)
        return {f"tx-{queue}": cpus for queue, cpus in found.items() if f"tx-{queue}" in now}

    def of_nic(self, values, before, after):
        """Add what is asked of the NIC as a whole to *before* and *after*."""
        napi = self.nic().get("napi") or {}
        for file, (key, most) in NIC_FILES.items():
            if values.get(file) is None:
                continue
            asked = _entries(self.name, file, values[file], most)
            if napi.get(key) is None:
                self.left.append((file, self.reason(("napi",)) or "this kernel has it not"))
            elif napi[key] != (bool(asked) if file == "threaded" else asked):
                before[file], after[file] = napi[key], bool(asked) if file == "threaded" else asked
        if after.get("napi_defer_hard_irqs") and not after.get("gro_flush_timeout", napi.get("gro_flush_timeout_ns")):
            self.note("napi_defer_hard_irqs does nothing while gro_flush_timeout is 0.")
        if values.get(THREAD_CPUS) is not None:
            self.of_threads(values, napi, before, after)

    def of_threads(self, values, napi, before, after):
        asked = self.online(THREAD_CPUS, values[THREAD_CPUS])
        if not asked:
            raise Refused(f"{self.name}: thread_cpus: expected at least one CPU, such as 0-3")
        threads = (self.document.get("napi_threads") or {}).get(self.name) or {}
        if after.get("threaded"):
            before[THREAD_CPUS], after[THREAD_CPUS] = {NEW_THREADS: None}, {NEW_THREADS: asked}
        elif not napi.get("threaded") or after.get("threaded") is False:
            self.left.append((THREAD_CPUS, "its NAPI is not threaded: threaded: true makes the threads"))
        elif not threads:
            self.left.append((THREAD_CPUS, "its threads are not seen here by their name, see ps -e | grep napi/"))
        else:
            differing = {pid: cpus for pid, cpus in threads.items() if cpus != asked}
            if differing:
                before[THREAD_CPUS], after[THREAD_CPUS] = differing, dict.fromkeys(differing, asked)

    def nic(self):
        return self.document["nics"][self.name]

    def note(self, sentence):
        if sentence not in self.notes:
            self.notes.append(sentence)

    def reason(self, keys):
        """Why a part of the NIC could not be read."""
        path = "/".join(("/nics", self.name) + keys)
        return next((entry["detail"] for entry in self.document["unavailable"] if entry["path"].startswith(path)), None)

    def online(self, what, value):
        """The CPUs of a list, a number or a text, all of them online."""
        try:
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            found = parse_list(text)
        except ValueError as error:
            raise Refused(f"{self.name}: {what}: {error}") from None
        strange = sorted(set(found).difference(self.cpus["online"]))
        if strange:
            raise Refused(
                f"{self.name}: {what}: CPU {format_list(strange)} is not online; online are"
                f" {format_list(self.cpus['online'])}"
            )
        return found

    def without_isolated(self, cpus):
        isolated = set(self.cpus.get("isolated") or ()).union(self.cpus.get("nohz_full") or ())
        left = [cpu for cpu in cpus if cpu not in isolated]
        if cpus and not left:
            raise Refused(
                f"{self.name}: rps_cpus {format_list(cpus)}: all of them are isolated, and the kernel gives such CPUs"
                f" no packets; isolated are {format_list(isolated)}"
            )
        if left != cpus:
            self.note(f"Isolated CPUs ({format_list(isolated)}) are left out: the kernel takes them out of a mask.")
        return left

    def own_core(self, queue):
        """The threads of the core that serves a receive queue; none where that is not known."""
        topology = irq_layout.Topology(self.cpus)
        number = int(queue.rpartition("-")[2])
        cpus = [
            irq["cpu"]
            for entry in (self.served or {"queues": []})["queues"]
            if entry["queue"] in (None, number)
            for irq in entry["irqs"][:1]
        ]
        return {thread for cpu in cpus if cpu in topology.online for thread in topology.threads(cpu)}

    def warn_of_own_core(self, queue, cpus):
        if self.own_core(queue).intersection(cpus):
            self.note("An RPS mask has the core in it that serves the queue: it takes packets back that it hands out.")


def _entries(name, what, value, most=MOST_ENTRIES):
    """A whole number; raises Refused."""
    text = str(int(value) if isinstance(value, bool) else value).strip()
    if not text.isdecimal() or len(text) > 19 or int(text) > most:
        raise Refused(f"{name}: {what} is {value!r}, expected a whole number from 0 to {most}")
    return int(text)


def write(host, made):
    """Write what is asked for, none that is there already; raises Refused with what the kernel said."""
    name, after, now = made["subject"], made["to"], read(host, made)
    for file in NIC_FILES:
        if file in after and after[file] != now[file]:
            text = str(int(after[file]))
            _tried(made, f"{text} > {NET}/{name}/{file}", host.write, f"{NET}/{name}/{file}", text)
    for file in QUEUE_FILES:
        for queue, value in after.get(file, {}).items():
            if value != now[file][queue]:
                text = format_mask(value) if QUEUE_FILES[file][1] else str(value)
                number = int(queue.partition("-")[2])
                told = f"{text} > {_path(name, queue, file)}"
                _tried(made, told, steering_set.OF_QUEUE[file], host, name, number, value)
    for pid, cpus in _threads(host, name, after.get(THREAD_CPUS, {})).items():
        _tried(made, f"taskset -pc {format_list(cpus)} {pid}", host.machine.pin, int(pid), cpus)


def _tried(made, told, write, *arguments):
    """Call *write*; raises Refused with what was tried, as a person would type it."""
    try:
        write(*arguments)
    except Unavailable as error:
        raise refused(made, told, error, MEANINGS) from error


def _path(name, queue, file):
    if not _QUEUE.match(queue):
        raise Refused(f"{name}: {queue!r} is no queue, expected one such as rx-0")
    return f"{NET}/{name}/queues/{queue}/{file}"


def _threads(host, name, asked):
    """``{pid: CPUs}`` of what is asked of threads, those that were not there before by their pids."""
    if NEW_THREADS not in asked:
        return asked
    if asked[NEW_THREADS] is None:
        # They have gone when the NAPI is not threaded any more.
        return {}
    return dict.fromkeys(_own_threads(host, name), asked[NEW_THREADS])


def _own_threads(host, name):
    try:
        return napi_threads.read(host).get(name, {})
    except Unavailable as error:
        raise Refused(f"{name}: its threads cannot be found: {error.detail}") from error


def read(host, made):
    """The values of the change's keys now; raises Refused."""
    name, values = made["subject"], {}
    try:
        for file in NIC_FILES:
            if file in made["to"]:
                number = host.integer(f"{NET}/{name}/{file}")
                values[file] = number != 0 if file == "threaded" else number
        for file, (_side, holds_cpus) in QUEUE_FILES.items():
            if file in made["to"]:
                paths = {queue: _path(name, queue, file) for queue in made["to"][file]}
                values[file] = {
                    queue: read_mask(host, path) if holds_cpus else host.integer(path) for queue, path in paths.items()
                }
        if THREAD_CPUS in made["to"]:
            values[THREAD_CPUS] = _thread_cpus(host, name, made["to"][THREAD_CPUS])
    except Unavailable as error:
        raise Refused(f"{name}: it could not be read back: {error.detail}") from error
    return values


def _thread_cpus(host, name, asked):
    if NEW_THREADS not in asked:
        return {pid: napi_threads.cpus(host, pid) for pid in asked}
    found = list(_own_threads(host, name).values())
    return {NEW_THREADS: found[0] if found and all(cpus == found[0] for cpus in found) else None}


def accepts(made, values):
    """Whether all that was read back is what the change asked for.

    Kernels before 6.17 keep the threads of a NAPI that is no longer threaded; they do nothing.
    """
    asked = {key: value for key, value in made["to"].items() if value != {NEW_THREADS: None}}
    return all(values.get(key) == value for key, value in asked.items())


def command(made):
    name, after, said = made["subject"], made["to"], []
    for file in NIC_FILES:
        if file in after:
            said.append(f"echo {int(after[file])} > {NET}/{name}/{file}")
    for file, (_side, holds_cpus) in QUEUE_FILES.items():
        alike = {}
        for queue, value in after.get(file, {}).items():
            alike.setdefault(format_mask(value) if holds_cpus else value, []).append(queue)
        for text, queues in alike.items():
            listed = " ".join(sorted(queues, key=lambda queue: (len(queue), queue)))
            said.append(f"for q in {listed}; do echo {text} > {NET}/{name}/queues/$q/{file}; done")
    for pid, cpus in after.get(THREAD_CPUS, {}).items():
        pids = f"$(pgrep ^napi/{name}-)" if pid == NEW_THREADS else pid
        if cpus:
            said.append(f"for t in {pids}; do taskset -pc {format_list(cpus)} $t; done")
    return "; ".join(said)
