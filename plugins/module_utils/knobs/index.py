# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which knobs there are, in the order in which they are turned; each file is imported when its knob is.

What comes later is reset by what came before: channels make rings, the RSS table, affinities and the masks of queues
anew, some drivers set affinities again with their rings, and private flags change what all the others mean.
"""

import importlib


def every():
    """Every knob: ``{name: module}``, in the order of :data:`ORDER`.

    Ansible packs with a module what its import statements name, and finds them in functions too: this list is how the
    files reach a node.
    """
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs import (  # noqa: F401
        channels,
        coalesce,
        feature,
        irq_affinity,
        packet_steering,
        private_flag,
        ring,
        rss,
        sysctl,
    )

    return {name: knob(name) for name in ORDER}


#: The names of the knobs, in the order in which changes are made.
ORDER = (
    "private_flag",
    "channels",
    "ring",
    "feature",
    "coalesce",
    "rss",
    "irq_affinity",
    "packet_steering",
    "sysctl",
)

#: Knobs after whose changes the host is read again, before what comes later is decided: interrupts may have other
#: numbers, queues other masks, and be served by other CPUs, which RPS and XPS go by.
MAKE_ANEW = ("private_flag", "channels", "ring", "irq_affinity")

_PACKAGE = __name__.rpartition(".")[0]


def knob(name):
    """The module of a knob."""
    if name not in ORDER:
        raise ValueError(f"there is no knob {name!r}; there are: {', '.join(ORDER)}")
    return importlib.import_module(f"{_PACKAGE}.{name}")


def ordered(changes):
    """Changes, or settings, in the order in which they have to be made."""
    return sorted(changes, key=lambda each: ORDER.index(each["knob"]))
