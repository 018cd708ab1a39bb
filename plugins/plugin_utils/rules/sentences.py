# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that an action is told in. They are made from the action, so that text and plan cannot disagree.

An action reads ``LEAD: COMMAND; WHEN; CONFLICT``. Values stand in the command only.
"""

from __future__ import annotations

from typing import NamedTuple

#: How a sentence begins, by knob and direction.
LEADS = {
    ("ring", "up"): "Make the ring one step larger, and measure again before the next step",
    ("ring", "down"): "Make the ring smaller",
    ("channels", "up"): "Use more queues, each with a CPU of its own, and measure again before the next step",
    ("channels", "down"): "Use fewer queues",
    ("coalesce", "down"): "Let interrupts come sooner",
    ("coalesce", "up"): "Let interrupts come later, with more packets each",
    ("coalesce", "on"): "Let the driver adapt its interrupts to the traffic",
    ("coalesce", "off"): "Stop the driver from adapting its interrupts",
    ("feature", "on"): "Switch the offload on",
    ("feature", "off"): "Switch the offload off",
    ("private_flag", "on"): "Switch the driver's flag on",
    ("private_flag", "off"): "Switch the driver's flag off",
    ("rss", "spread"): "Let the RSS table use all queues that it reaches",
    ("rss", "hash"): "Hash the ports too, so that the flows of two hosts spread",
    ("irq_affinity", "spread"): "Give each queue a CPU of its own",
    ("irq_affinity", "local"): "Move the interrupts to CPUs of the NIC's own NUMA node",
    ("packet_steering", "spread"): "Let other CPUs share the work by RPS",
    ("packet_steering", "off"): "Let the CPU that polls a queue do its work, without RPS",
    ("sysctl", "up"): "Raise the limit, and measure again before the next step",
    ("sysctl", "down"): "Lower the limit",
    ("sysctl", "on"): "Switch it on",
    ("sysctl", "off"): "Switch it off",
}

#: Which knobs there are, and the directions that each can be turned.
KNOBS = {knob: tuple(direction for other, direction in LEADS if other == knob) for knob, _direction in LEADS}

#: Under which circumstances an action helps, or what has to go with it: what a document cannot tell.
WHEN = {
    "bursts": "this helps against bursts, not where a CPU or a program is too slow on average",
    "more_flows": "this helps where many flows share the queues; one flow stays on one CPU",
    "new_sockets": "sockets that are open keep their buffers: restart their program after it",
    "new_listeners": "it counts at listen() only: restart the program after it, with a backlog as long",
    "reading_program": "this helps only while the program reads on average as fast as packets come",
    "test": "do it for a test, and see whether the loss ends",
}


class Conflict(NamedTuple):
    """What undoes or refuses an action: the knobs that it concerns, an expression for whether it is there, words."""

    knobs: tuple[str, ...]
    when: str
    text: str


#: Who or what stands against an action on this host.
CONFLICTS = {
    "irqbalance": Conflict(
        ("irq_affinity",),
        "host.irqbalance == `true`",
        "irqbalance runs and moves interrupts back within seconds: ban these there first",
    ),
    "rss_table": Conflict(
        ("channels",),
        "length(it.rss_missing_queues) > `0`",
        "a RSS table that somebody set can refuse this, and leaves new queues out: ethtool -X {it.name} default, "
        "before and after",
    ),
    "bond_port": Conflict(
        ("ring", "channels"),
        "it.backup_slave != `null`",
        "it is a port of {it.master}: one port at a time",
    ),
    "threaded_napi": Conflict(
        ("irq_affinity",),
        "it.threaded == `true`",
        "NAPI polls in threads, which do not follow the interrupt",
    ),
    "namespace": Conflict(
        ("sysctl",),
        "host.initial_netns == `false`",
        "this is one network namespace of the machine; what is not the namespace's own is set for all",
    ),
}
