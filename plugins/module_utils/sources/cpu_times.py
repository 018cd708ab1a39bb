# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``cpuN`` lines of /proc/stat: what each online CPU spent its time on."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, are_counts
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import number_in
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64, Unsteady

PATH = "/proc/stat"

#: The fields in their order (fs/proc/stat.c). Kernels before 2.6.33 lack the last, before 2.6.24 the last two.
FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")

#: The kernel lets iowait, and with it idle, step back a little (Documentation/filesystems/proc.rst).
_UNSTEADY = ("idle", "iowait")

#: user, nice, system and idle are as old as the file.
_OLDEST = 4


def read(host):
    """:func:`parse` of /proc/stat; raises Unavailable."""
    return parse(host.lines(PATH))


def parse(text):
    """The document's ``cpu_times``: ``{"0": {"user": Counter64, ..., "guest_nice": Counter64}}`` in clock ticks.

    A field that the kernel lacks is None. ``guest`` is also in ``user``, and ``guest_nice`` in ``nice``.
    ``idle`` and ``iowait`` are Unsteady.

    Raises Unavailable ``malformed``, also where the lines have not all the same number of fields.
    """
    times, widths = {}, set()
    for line in text.splitlines():
        if not line.startswith("cpu"):
            # The CPUs come first. What follows, "intr" above all, is long.
            break
        words = line.split()
        widths.add(len(words))
        number = number_in(words[0], "cpu")
        if number is not None:
            times[str(number)] = _fields(words)
    if len(widths) > 1:
        found = " and ".join(map(str, sorted(width - 1 for width in widths)))
        raise Unavailable("malformed", f"{PATH}: expected the same number of fields for every CPU, found {found}")
    if not times:
        raise Unavailable("malformed", f"{PATH}: expected lines cpu0 ... at its beginning, found {text[:60]!r}")
    return times


def _fields(words):
    numbers = words[1 : len(FIELDS) + 1]
    if len(numbers) < _OLDEST:
        raise Unavailable("malformed", f"{PATH}: expected at least {_OLDEST} fields, found {' '.join(words)[:60]!r}")
    if not are_counts(numbers):
        raise Unavailable("malformed", f"{PATH}: expected clock ticks, found {' '.join(words)[:60]!r}")
    times = dict.fromkeys(FIELDS)
    for name, number in zip(FIELDS, numbers):
        times[name] = (Unsteady if name in _UNSTEADY else Counter64)(number)
    return times
