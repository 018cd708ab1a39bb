# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IRQ affinity: which CPU each interrupt of a queue goes to. irq_layout.py has the layouts."""

import errno

from ansible_collections.linuxnet.packetloss.plugins.module_utils import irq_layout
from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list, parse_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import LOAD_S, load_between
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import trait
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import (
    Refused,
    change,
    driver_name,
    part,
    refused,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import cpu_times
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.cpu_topology import read_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.irqs import IRQ

NAME = "irq_affinity"
PARTS = ("driver", "channels", "queues", "device", "irqs", "napi")

#: The policies of a setting, and the one that goes by load.
POLICIES = ("local_cores", "spread", "least_loaded", "cpulist")
BY_LOAD = "least_loaded"

#: From this share of its time in softirqs on, a CPU polls without an end: no interrupt fires there.
POLLING = 0.9

#: An interrupt that no process may move. Up to kernel 6.1 the answer is EIO, from 6.12 on EPERM (kernel/irq/proc.c).
UNMOVABLE = (errno.EIO, errno.EPERM)

MEANINGS = {
    errno.EACCES: "not allowed: become root",
    errno.EROFS: "/proc is read-only here: run on the host and not in a container",
    errno.ENOENT: "the driver has freed this interrupt meanwhile: run it again, the numbers are read anew",
    errno.ENOSPC: "no interrupt vector is left on this CPU: reserve it, or have fewer queues (ethtool -L)",
    errno.EINVAL: "none of these CPUs is online, or the platform takes interrupts on other CPUs only",
}


def SECTIONS(values):
    """What of the host is read; what the CPUs do takes a second, and only one policy asks for it."""
    return ("cpus", "load") if values.get("policy") == BY_LOAD else ("cpus",)


def kept(_before, values):
    """What is kept over a boot: a policy as a whole. Raises Refused for CPUs by interrupt."""
    if _is_map(values):
        raise Refused(
            "irq_affinity: interrupts have other numbers after a boot, so CPUs by interrupt cannot be kept: give a"
            " policy, or leave out persistent"
        )
    return values


def decide(document, wanted):
    """The changes of the affinities of some NICs' interrupts, those of all NICs laid out together.

    :param wanted: ``{NIC: values}``, the values either ``{"38": [2]}``, the CPUs (a list, or text as in cpulists) of
        some interrupts, or ``{"policy", "reserved", "cpulist", "start_cpu"}``: one of :data:`POLICIES`, the CPUs that
        stay free of interrupts, those that "cpulist" may use, and the CPU to begin with. What is None counts as left
        out

    ``from`` and ``to`` are cpulists by interrupt: ``{"38": "2"}``. A NIC without an interrupt of its own (a bond) is no
    change. Raises Refused for a NIC whose interrupts serve no queue that is known, for CPUs that are not there, and
    where no NIC has any interrupt.
    """
    cpus = document["cpus"] or {}
    if not cpus.get("online"):
        raise Refused("the CPUs of this host cannot be known, so no interrupt can be given one")
    nics = {name: queues_of(document, name) for name in wanted}
    if not any(nics.values()):
        raise Refused(
            f"none of {', '.join(sorted(wanted))} has an interrupt that serves a queue: they are down, or virtual;"
            f" bring the NIC up, or name the NIC below"
        )
    explicit = {name: _map(values) for name, values in wanted.items() if _is_map(values)}
    after = _of_maps(document, explicit, cpus["online"])
    notes = {}
    by_policy = {}
    for name, values in wanted.items():
        if name not in explicit and nics[name]:
            by_policy.setdefault(_policy(values, cpus), {})[name] = nics[name]
    for policy, together in by_policy.items():
        for name, plan in _laid_out(document, together, policy).items():
            after[name] = {irq: str(cpu) for irq, cpu in plan["irqs"].items()}
            notes[name] = [irq_layout.PROBLEMS[problem] for problem in plan["problems"]]
    changes = []
    for name in sorted(after):
        irqs = document["nics"][name]["irqs"]
        now = {
            irq: None if irqs[irq]["affinity"] is None else format_list(irqs[irq]["affinity"]) for irq in after[name]
        }
        if (document["nics"][name].get("napi") or {}).get("threaded"):
            notes.setdefault(name, []).append("its NAPI runs in threads, whose CPUs the scheduler chooses")
        changes.append(change(NAME, name, now, after[name], 0, notes.get(name, ())))
    return [made for made in changes if made]


def queues_of(document, name):
    """A NIC as irq_layout takes it, None where it has no interrupt of a queue; Refused where that is not known."""
    irqs = part(document, name, "irqs")
    nic = document["nics"][name]
    # A NIC with one interrupt for everything calls it "other".
    for_all = all(entry["role"] == "other" for entry in irqs.values())
    roles = {irq: ("rxtx" if for_all else entry["role"], entry["queue"]) for irq, entry in irqs.items()}
    found = {}
    for side in ("rx", "tx"):
        limit = _queues_in_use(nic, side)
        if nic.get("irqs_shared_with") and trait(driver_name(document, name), "vectors_dealt_out"):
            limit = None
        for irq, queue in irq_layout.in_use(roles, side, limit).items():
            of_queue = found.setdefault(queue, {"queue": queue, "packets": None, "irqs": []})
            if irq not in [known["irq"] for known in of_queue["irqs"]]:
                of_queue["irqs"].append({"irq": irq, "cpu": _only(irqs[irq])})
    return {"node": nic.get("numa_node"), "queues": list(found.values())} if found else None


def _queues_in_use(nic, side):
    """How many queues of one side a NIC uses, None where that is not known."""
    channels = nic.get("channels") or {}
    told = (channels.get("combined") or 0) + (channels.get(side) or 0)
    return told or len((nic.get("queues") or {}).get(side) or ()) or None


def _only(entry):
    """The one CPU that an interrupt goes to, None where they are several.

    Where it was moved the effective one is still the old one until it fires.
    """
    for cpus in (entry["affinity"], entry["effective_affinity"]):
        if cpus and len(cpus) == 1:
            return cpus[0]
    return None


def _is_map(values):
    return bool(values) and all(str(key).isdecimal() for key in values)


def _map(values):
    return {str(int(irq)): _cpus(f"interrupt {irq}", cpus) for irq, cpus in values.items()}


def _cpus(what, value):
    """The CPUs of a list, a number or a text; raises Refused."""
    try:
        text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        found = parse_list(text)
    except ValueError as error:
        raise Refused(f"{what}: {error}") from None
    if not found:
        raise Refused(f"{what}: expected at least one CPU, such as 0-3,8")
    return found


def _of_maps(document, explicit, online):
    """``{NIC: {irq: cpulist}}`` of the explicit maps; each NIC takes those that are its own."""
    after, left = {}, {}
    for name, irqs in explicit.items():
        own = document["nics"][name]["irqs"]
        for irq, cpus in irqs.items():
            offline = sorted(set(cpus).difference(online))
            if offline:
                raise Refused(
                    f"{name}: CPU {format_list(offline)} of interrupt {irq} is not online; online are"
                    f" {format_list(online)}"
                )
            if irq in own:
                after.setdefault(name, {})[irq] = format_list(cpus)
            else:
                left.setdefault(irq, []).append(name)
    taken = {irq for irqs in after.values() for irq in irqs}
    for irq in sorted(set(left) - taken, key=int):
        names = sorted(left[irq])
        listed = {number for name in names for number in document["nics"][name]["irqs"]}
        raise Refused(
            f"{', '.join(names)}: interrupt {irq} is none of theirs; they have"
            f" {', '.join(sorted(listed, key=int)) or 'none'}. Numbers change with a reboot and with channels"
        )
    return after


def _policy(values, cpus):
    """``(policy, reserved, allowed, start)`` of a setting: NICs of the same are laid out together. Raises Refused."""
    policy = values.get("policy")
    if policy not in POLICIES:
        raise Refused(
            f"irq_affinity: policy is {policy!r}, expected one of {', '.join(POLICIES)}, or CPUs by interrupt"
        )
    reserved, allowed, start = values.get("reserved"), values.get("cpulist"), values.get("start_cpu")
    if (allowed is not None) != (policy == "cpulist"):
        raise Refused("irq_affinity: policy cpulist needs cpulist, and no other policy takes one")
    if start is not None and (policy == BY_LOAD or start not in cpus["online"]):
        raise Refused(
            f"irq_affinity: start_cpu is {start}, expected one of the CPUs that are online,"
            f" {format_list(cpus['online'])}, and a policy that does not go by load"
        )
    named = {
        "reserved": [] if reserved in (None, "", []) else _cpus("reserved", reserved),
        "cpulist": None if allowed is None else _cpus("cpulist", allowed),
    }
    # A reserved CPU may be offline for now; one that interrupts shall go to may not.
    offline = sorted(set(named["cpulist"] or ()).difference(cpus["online"]))
    if offline:
        raise Refused(
            f"irq_affinity: CPU {format_list(offline)} of cpulist is not online; online are"
            f" {format_list(cpus['online'])}"
        )
    return policy, tuple(named["reserved"]), named["cpulist"] and tuple(named["cpulist"]), start


def _laid_out(document, nics, policy):
    """The plan of irq_layout for NICs of one policy; raises Refused where it has no CPU for them."""
    which, reserved, allowed, start = policy
    if which == BY_LOAD:
        load = document.get("load") or {}
        if set(map(str, document["cpus"]["online"])) - set(load):
            raise Refused("what the CPUs do could not be measured, see /proc/stat; take another policy")
        busy, softirq = ({int(cpu): each[key] for cpu, each in load.items()} for key in ("busy", "softirq"))
        plans = irq_layout.balance(nics, document["cpus"], busy, softirq, reserved)
    else:
        plans = irq_layout.assign(nics, document["cpus"], which, reserved, allowed, start)
    for name, plan in plans.items():
        if "no_cpu" in plan["problems"]:
            cpus = document["cpus"]
            kept = set(cpus.get("isolated") or ()).union(cpus.get("nohz_full") or ())
            raise Refused(
                f"{name}: {irq_layout.PROBLEMS['no_cpu']}: of the CPUs online, {format_list(cpus['online'])}, reserved"
                f" are {format_list(reserved) or 'none'} and isolated {format_list(kept) or 'none'}"
            )
    return plans


def write(host, made):
    """Move the interrupts. Those that nobody may move are left out, with that; raises Refused for all others."""
    left_out = []
    for irq in sorted(made["to"], key=int):
        try:
            host.write(_path(irq), f"{made['to'][irq]}\n")
        except Unavailable as error:
            if error.number not in UNMOVABLE or host.machine.user_id():
                raise refused(made, f"interrupt {irq} to CPU {made['to'][irq]}", error, MEANINGS) from error
            why = f"the kernel manages interrupt {irq} itself, or its chip cannot move it: {error.detail}"
            left_out.append((irq, f"{made['subject']}: {why}"))
    return left_out


def read(host, made):
    """The affinities of the change's interrupts now, as cpulists; raises Refused."""
    try:
        return {irq: format_list(read_list(host, _path(irq))) for irq in made["to"]}
    except Unavailable as error:
        raise Refused(f"{made['subject']}: an affinity could not be read back: {error.detail}") from error


def accepts(made, values):
    """Whether each interrupt has the affinity that was asked for, offline CPUs of it among them."""
    return all(values.get(irq) == cpus for irq, cpus in made["to"].items())


def command(made):
    return "; ".join(f"echo {made['to'][irq]} > {_path(irq)}" for irq in sorted(made["to"], key=int))


def _path(irq):
    return f"{IRQ}/{irq}/smp_affinity_list"


def not_in_force(host, changes):
    """``[{"interface", "irq", "cpus", "effective", "polling"}]``: interrupts that still go where they went before.

    An interrupt moves when it fires next, and is served by the old CPU that once. One of an idle queue does with its
    next packet. A queue that is polled without an end has no interrupt, and after one reset it goes on on the old CPU
    (vmxnet3, 6.1): ``polling`` says that the CPU was that busy, for :data:`LOAD_S`. Where the platform does not tell
    where interrupts go there are none.
    """
    moved = [
        (made["subject"], irq, cpus) for made in changes if made["knob"] == NAME for irq, cpus in made["to"].items()
    ]
    if not _elsewhere(host, moved):
        return []
    try:
        before = cpu_times.read(host)
        host.clock.sleep(LOAD_S)
        load = load_between(before, cpu_times.read(host))
    except Unavailable:
        load = {}
    return [
        {
            "interface": name,
            "irq": int(irq),
            "cpus": cpus,
            "effective": format_list(effective),
            "polling": any((load.get(str(cpu)) or {}).get("softirq", 0) >= POLLING for cpu in effective),
        }
        for name, irq, cpus, effective in _elsewhere(host, moved)
    ]


def _elsewhere(host, moved):
    found = []
    for name, irq, cpus in moved:
        try:
            effective = read_list(host, f"{IRQ}/{irq}/effective_affinity_list")
        except Unavailable:
            continue
        if effective and not set(effective) <= set(parse_list(cpus)):
            found.append((name, irq, cpus, effective))
    return found
