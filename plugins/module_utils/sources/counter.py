# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The type of a reading that only makes sense as a difference between two readings.

A source wraps each counter in the class of its width; a plain int is a gauge, an id or a setting. That is all that
:mod:`interval` needs to turn two samples of any shape into totals and deltas.
"""


class Counter(int):
    """A reading that only grows, until it wraps at ``2 ** bits`` or its owner is reset."""

    bits = 64


class Counter64(Counter):
    """A counter that the kernel keeps in 64 bits, or that is not known to be narrower."""


class Counter32(Counter):
    """A counter that the kernel keeps in 32 bits: softnet_stat, /proc/softirqs, /proc/interrupts."""

    bits = 32


class Unsteady(Counter64):
    """A counter that the kernel lets step back a little, which counts as no growth: idle and iowait of /proc/stat."""


class Sparse(dict):
    """Counters of which the source leaves out those that are zero: an absent key stands for 0, not for "not known"."""
