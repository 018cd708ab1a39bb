# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The totals of interfaces in /proc/net/dev: all that can be had of those in a namespace that is not entered."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_counts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64

#: Its columns (net/core/net-procfs.c, dev_seq_printf_stats()). Some are sums: ``rx_dropped`` has rx_missed_errors in
#: it, ``rx_frame_errors`` all errors of frames, ``tx_carrier_errors`` those of carrier, window, heartbeat and aborts.
COLUMNS = (
    "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "rx_fifo_errors", "rx_frame_errors", "rx_compressed",
    "multicast", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped", "tx_fifo_errors", "collisions",
    "tx_carrier_errors", "tx_compressed",
)  # fmt: skip


def parse(text, path):
    """``{"eth0": {"rx_bytes": Counter64, ...}}`` from the rows of the file, without its two lines of titles.

    Raises Unavailable ``malformed``.
    """
    found = {}
    for row in text.splitlines():
        # Old kernels print no blank after the colon, and some vendors add columns. No name of an interface has a colon.
        name, _colon, values = row.partition(":")
        words = values.split()[: len(COLUMNS)]
        if len(words) != len(COLUMNS) or not are_counts(words):
            raise Unavailable("malformed", f"{path}: expected a name and {len(COLUMNS)} numbers, found {row[:60]!r}")
        found[name.strip()] = dict(zip(COLUMNS, map(Counter64, map(int, words))))
    return found
