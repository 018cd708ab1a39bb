# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rings a driver makes: the least, how it rounds what is asked for, and the largest that will do."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory import mlx5
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.buffers import vmxnet3_per_packet
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.drivers import ROUNDINGS, behaviour
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import round_up

#: Rings that come in multiples.
_STEP_OF = {"up to a multiple of 8": 8, "up to a multiple of 32": 32}

#: Rings that only come as powers of two though the driver rounds nothing: vring_alloc_queue_split().
_POWERS_ONLY = ("virtio_net",)

#: Drivers that resize, and fill, the rings of all the queues there could be: virtnet_set_ringparam().
_RESIZES_ALL = ("virtio_net",)


def smallest_rings(ring_set):
    """``(rx, tx)``: the least that the driver accepts."""
    row = behaviour(ring_set.driver)
    if ring_set.driver == mlx5.DRIVER:
        # MLX5E_PARAMS_MINIMUM_LOG_RQ_SIZE: 1 << (1 + log2(page / 512)).
        return max(row.rx_least, ring_set.page_size // 256), row.tx_least
    return row.rx_least, row.tx_least


def resized(ring_set, rx, tx, rx_most, tx_most):
    """A RingSet with other rings, rounded as the driver rounds them and no larger than the most there is."""
    rx, tx = _rounded(ring_set, "rx", rx, rx_most), _rounded(ring_set, "tx", tx, tx_most)
    wqes = ring_set.wqes
    if wqes and rx != ring_set.rx:
        wqes = max(mlx5.FEWEST_WQES, wqes * rx // ring_set.rx)
    aimed = ring_set._replace(rx=rx, tx=tx, wqes=wqes)
    if ring_set.driver in _RESIZES_ALL and (rx, tx) != (ring_set.rx, ring_set.tx):
        most = max(ring_set.vectors, ring_set.channels)
        aimed = aimed._replace(channels=most, tx_channels=most)
    return aimed


def _rounded(ring_set, side, entries, most):
    if ring_set.driver == "vmxnet3" and side == "rx":
        step = 32 * vmxnet3_per_packet(ring_set.mtu, ring_set.page_size)
        return min(round_up(entries, step), most // step * step)
    return min(ROUNDINGS[behaviour(ring_set.driver).rounding](entries), most)


def largest_that(fits, ring_set, most):
    """The largest RX ring that the driver makes for which ``fits(rx)`` is true, None where there is none.

    What fits is taken to fit when it is smaller, too.
    """
    rings = _rings_of(ring_set, smallest_rings(ring_set)[0], most)
    low, high = 0, len(rings)
    while low < high:
        middle = (low + high) // 2
        if fits(rings[middle]):
            low = middle + 1
        else:
            high = middle
    return rings[low - 1] if low else None


def _rings_of(ring_set, least, most):
    """The RX rings that a driver makes, rising."""
    if ring_set.driver == "vmxnet3":
        step = 32 * vmxnet3_per_packet(ring_set.mtu, ring_set.page_size)
        return range(step, most + 1, step)
    rounding = behaviour(ring_set.driver).rounding
    if rounding in _STEP_OF:
        step = _STEP_OF[rounding]
        return range(round_up(least, step), most + 1, step)
    if rounding == "as it is" and ring_set.driver not in _POWERS_ONLY:
        return range(least, most + 1)
    return [1 << bit for bit in range(most.bit_length()) if least <= 1 << bit <= most]
