# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set of the queues of a NIC, kept over a change that makes them anew, and given back.

What is **kept** is ``{"rx": {"0": {"rps_cpus": [int], "rps_flow_cnt": int}}, "tx": {"0": {"xps_cpus": [int]}}, "irqs":
{"rxtx 0": [int]}}``: CPUs of interrupts by what they serve, for their numbers may be others afterwards. Only what could
be read and belongs to a queue that was in use is in it. An interrupt that goes where its driver wants it (its
``affinity_hint``) is not: the driver knows better where it wants it among another number of queues.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.cpus import format_list
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.facts import setting_facts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.selection import SelectionError
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import steering_set

#: What of a NIC has to be read for this, as :data:`document.nics.PARTS` calls it.
PARTS = ("driver", "queues", "irqs")

#: What an interrupt may serve, and what may have served the same queue before: drivers give a pair of queues one
#: interrupt or two, as there are vectors.
_SERVING = {"rx": ("rx", "rxtx"), "tx": ("tx", "rxtx"), "rxtx": ("rxtx", "rx")}


def kept(nic):
    """What is set of a NIC of a document with :data:`PARTS`."""
    queues = _queues(nic)
    found = {
        side: {
            queue: {file: value for file, value in values.items() if value is not None}
            for queue, values in queues[side].items()
        }
        for side in ("rx", "tx")
    }
    irqs = {
        _served(irq["role"], irq["queue"]): irq["affinity"]
        for irq in (nic.get("irqs") or {}).values()
        if _is_in_use(irq, queues) and irq["affinity"] and irq["affinity"] != irq.get("affinity_hint")
    }
    return dict(found, irqs=irqs)


def is_set(keeping, side, queue):
    """Whether something is set of a queue of what is kept."""
    return any(keeping[side].get(str(queue), {}).values())


def is_placed(keeping):
    """Whether something is kept of interrupts or TX queues, which drivers set themselves."""
    return bool(keeping["irqs"]) or any(is_set(keeping, "tx", queue) for queue in keeping["tx"])


def is_dealt_out(keeping):
    """Whether every TX queue has CPUs that send through it: that is made for this number of queues, and no other."""
    tx = keeping["tx"]
    return len(tx) > 1 and all(queue.get("xps_cpus") for queue in tx.values())


def give_back(host, name, keeping):
    """Give the queues of a NIC that are there what is kept of them; sentences about what they cannot have.

    CPUs that were dealt out over all TX queues are not dealt out again over another number of them.
    """
    said = []
    try:
        for what, value, _found, write in _differing(_now(host, name), name, keeping):
            try:
                write(host)
            except Unavailable as error:
                said.append(f"{name}: {what} {_word(value)} could not be given back: {error.detail}")
        if not said:
            said = [
                f"{name}: {what} {_word(value)} was given back, yet reads back as {_word(found)}"
                for what, value, found, _write in _differing(_now(host, name), name, keeping)
            ]
    except (SelectionError, Unavailable) as error:
        said.append(f"{name}: what was set of its queues could not be given back: {error}")
    return said


def _now(host, name):
    document = setting_facts(host, [name], PARTS, ())
    nic = (document["nics"] or {}).get(name)
    if nic is None or nic["queues"] is None or nic["irqs"] is None:
        reasons = "; ".join(entry["detail"] for entry in document["unavailable"])
        raise Unavailable("vanished", reasons or "they could not be read")
    return nic


def _differing(nic, name, keeping):
    """``[(what, value kept, value now, function of the host that writes it)]``."""
    queues = _queues(nic)
    found = []
    for side in ("rx", "tx"):
        if side == "tx" and is_dealt_out(keeping) and set(queues["tx"]) != set(keeping["tx"]):
            continue
        for queue in sorted(set(queues[side]).intersection(keeping[side]), key=int):
            for file, value in keeping[side][queue].items():
                now = queues[side][queue][file]
                if now != value:
                    found.append((f"{file} of {side}-{queue}", value, now, _writing(file, name, queue, value)))
    for number, irq in sorted(nic["irqs"].items(), key=lambda each: int(each[0])):
        if not _is_in_use(irq, queues):
            continue
        before = [keeping["irqs"].get(_served(role, irq["queue"])) for role in _SERVING[irq["role"]]]
        value = next((cpus for cpus in before if cpus), irq["affinity"])
        if value != irq["affinity"]:
            what = f"the affinity of interrupt {number} ({irq['action']})"
            found.append((what, value, irq["affinity"], _writing_irq(number, value)))
    return found


def _writing(file, name, queue, value):
    return lambda host: steering_set.OF_QUEUE[file](host, name, queue, value)


def _writing_irq(number, value):
    return lambda host: steering_set.irq_cpus(host, number, value)


def _queues(nic):
    return nic.get("queues") or {"rx": {}, "tx": {}}


def _served(role, queue):
    return f"{role} {queue}"


def _is_in_use(irq, queues):
    if irq["role"] not in _SERVING or irq["queue"] is None:
        return False
    return str(irq["queue"]) in (queues["tx"] if irq["role"] == "tx" else queues["rx"])


def _word(value):
    if isinstance(value, list):
        return f"CPUs {format_list(value)}" if value else "no CPU"
    return value
