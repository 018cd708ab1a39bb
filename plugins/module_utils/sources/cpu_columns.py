# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What /proc/interrupts and /proc/softirqs have in common: a header that names the CPUs of the columns."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import number_in


def cpu_header(path, line):
    """The CPU ids of the columns as text: ``"  CPU0  CPU2"`` is ``["0", "2"]``.

    :param path: the file, for the error
    :param line: its first line

    Raises Unavailable ``malformed`` where a word is no CPU, none is there, or one is there twice.
    """
    words = line.split()
    numbers = [number_in(word, "CPU") for word in words]
    if not words or None in numbers:
        raise Unavailable("malformed", f"{path}: expected a header of CPU0 CPU1 ..., found {line.strip()[:60]!r}")
    # By way of int, so that "CPU007" and "CPU7" are one CPU.
    cpus = list(map(str, numbers))
    if len(set(cpus)) != len(cpus):
        raise Unavailable("malformed", f"{path}: expected each CPU once in the header, found {line.strip()[:60]!r}")
    return cpus
