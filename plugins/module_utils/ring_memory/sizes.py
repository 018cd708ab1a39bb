# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rings a driver makes: the least, how it rounds what is asked for, and the largest that will do."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.pages import round_up
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import ROUNDINGS
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import of_rings, rings

#: Rings that come in multiples.
_STEP_OF = {"up to a multiple of 8": 8, "up to a multiple of 32": 32}


def smallest_rings(ring_set):
    """``(rx, tx)``: the least that the driver accepts."""
    return of_rings(ring_set, "least")


def resized(ring_set, rx, tx, rx_most, tx_most):
    """A RingSet with other rings, rounded as the driver rounds them and no larger than the most there is."""
    rx, tx = _rounded(ring_set, "rx", rx, rx_most), _rounded(ring_set, "tx", tx, tx_most)
    others = rings(ring_set.driver).get("resized")
    return ring_set._replace(rx=rx, tx=tx, **(others(ring_set, rx, tx) if others else {}))


def _rounded(ring_set, side, entries, most):
    step = of_rings(ring_set, "step") if side == "rx" else None
    if step:
        return min(round_up(entries, step), most // step * step)
    return min(ROUNDINGS[of_rings(ring_set, "rounding")](entries), most)


def largest_that(fits, ring_set, most):
    """The largest RX ring that the driver makes for which ``fits(rx)`` is true, None where there is none.

    What fits is taken to fit when it is smaller, too.
    """
    made = _rings_of(ring_set, smallest_rings(ring_set)[0], most)
    low, high = 0, len(made)
    while low < high:
        middle = (low + high) // 2
        if fits(made[middle]):
            low = middle + 1
        else:
            high = middle
    return made[low - 1] if low else None


def _rings_of(ring_set, least, most):
    """The RX rings that a driver makes, rising."""
    rounding = of_rings(ring_set, "rounding")
    step = of_rings(ring_set, "step") or _STEP_OF.get(rounding)
    if step:
        return range(round_up(least, step), most + 1, step)
    if rounding == "as it is" and not of_rings(ring_set, "powers_only"):
        return range(least, most + 1)
    return [1 << bit for bit in range(most.bit_length()) if least <= 1 << bit <= most]
