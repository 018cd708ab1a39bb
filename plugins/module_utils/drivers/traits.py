# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a driver behaves when it is changed, and what is peculiar about it: what TRAITS of its file means.

Every trait is in every file; None is "not known", never a guess. What was read says ``sources``, or a comment at the
trait.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import generic, index

#: What a change does to traffic while the interface is up. A change whose class nobody knows is in
#: :data:`UNKNOWN_CLASS`, and is to be treated as class 2.
CLASSES = {
    0: "nothing: the change is made while packets pass",
    1: "a pause below a second: queues are made anew and the carrier may blip, the peer sees no loss of the link",
    2: "seconds: the link goes down at the peer, or the function is reset and its VFs with it; bonds fail over",
    3: "nobody knows",
}
UNKNOWN_CLASS = 3

#: What can be changed, as ``changes`` has it. Each is the worst class that the change may be in, None where it is not
#: known, :data:`UNSUPPORTED`, or a dictionary by what exactly is changed (a field of the coalescing, a feature, a
#: private flag), with ``*`` for the others.
KNOBS = ("rings", "channels", "coalesce", "features", "private_flags", "rss")
UNSUPPORTED = "unsupported"

#: After what a driver sets something again that somebody else may have set: "load" of the driver, or a reset of the
#: device; the interface comes "up"; "rings" or "channels" were changed; "cpus" came or went.
EVENTS = ("load", "up", "rings", "channels", "cpus")

#: What may keep a driver from changing its channels: an XDP program that it runs, a RDMA driver that is bound to it.
HOLDERS = ("xdp", "rdma")

#: The classes of loss that a finding can have a note to: those that ``counter_notes`` may speak of.
NOTED = ("b", "d")

#: Each trait and what it says.
MEANINGS = {
    "changes": "what changes do to traffic, by knob",
    "equal_rings_reach_hardware": "whether rings of the sizes that they have already are made anew when the driver is "
    "asked for them by ioctl (by netlink the core compares; channels it always compares)",
    "adaptive_refuses_usecs": "whether other rx-usecs or tx-usecs are refused while adaptive coalescing is on",
    "adaptive_toggle_resets_usecs": "whether the values that come with a switch of adaptive coalescing are not taken, "
    "so that they have to be set once more",
    "usecs_rounding": "what it makes of rx-usecs and tx-usecs: one of vocabulary.ROUNDINGS",
    "rss_reach": "how many queues the RSS table can name, the least of the driver's devices",
    "vectors_for_all_queues": "whether there is an interrupt for each queue that there could be, in use or not",
    "vectors_dealt_out": "whether the interrupts of a PCI function are dealt out to its ports, so that the number in "
    "the name of one is no queue of a port",
    "affinity_again_after": "after what the affinity of interrupts is set again; kernels before 5.17 set it besides "
    "whenever the interface comes up, for then giving a hint set it",
    "xps_again_after": "after what XPS is set again",
    "irqs_anew_after": "after what the numbers of the interrupts may be others",
    "channels_refused_with": "what keeps it from changing its channels, as far as a host tells: some of HOLDERS",
    "nominal_speed": "whether the speed that is reported limits nothing",
    "waits_in_nic_buffer": "whether packets wait in the NIC's buffer, rather than being dropped, while a ring is empty",
    "rx_dropped_is_device": "whether the netdev's rx_dropped is the only measure of an empty ring",
    "rx_dropped_is_mixed": "whether the netdev's rx_dropped holds losses of the driver that nothing else tells of",
    "counts_slaves": "whether the netdev's statistics hold those of the interfaces below it",
    "counter_notes": "what has to be said when packets of a class were lost: {one of NOTED: sentence}",
    "sources": "what was read",
}


def trait(driver, name):
    """The value of a trait; None where it is not known, or the driver is not.

    :param driver: as reported by ETHTOOL_GDRVINFO
    :param name: a key of :data:`MEANINGS`
    """
    return index.part(driver, "TRAITS")[name]


def change_class(driver, knob, what=None):
    """What a change does to traffic: a key of :data:`CLASSES`, or :data:`UNSUPPORTED`.

    :param knob: one of :data:`KNOBS`
    :param what: the field, feature or private flag, as the host document names it; None for the worst that is known

    What generic.py says of a feature is true of every driver that says nothing else.
    """
    known = [row[knob] for row in (trait(driver, "changes"), generic.TRAITS["changes"])]
    classes = [_class_of(row, what) for row in known if row is not None]
    return next((found for found in classes if found is not None), UNKNOWN_CLASS)


def _class_of(row, what):
    if not isinstance(row, dict):
        return row
    if what is None:
        told = [found for found in row.values() if found is not None]
        return max(told) if told and "*" in row else None
    return row.get(what, row.get("*"))
