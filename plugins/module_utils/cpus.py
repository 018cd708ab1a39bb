# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of CPUs in the two texts that the kernel uses: cpulists (``0-3,8``) and cpumasks (``ff,ffffffff``).

A set of CPUs is a sorted list of ints without duplicates. Text that is neither raises ``ValueError`` with what was
found; a reader turns that into an Unavailable with its path.
"""

import re

#: CPU ids from here on are refused: no kernel is built for so many (NR_CPUS is at most 8192), and a range of them
#: would only be a way to fill the memory of the reader.
CPU_LIMIT = 65536

# lib/bitmap-str.c bitmap_parselist(): a range may be followed by ":used/group", the first "used" of each "group".
_REGION = re.compile(r"([0-9]+)(?:-([0-9]+)(?::([0-9]+)/([0-9]+))?)?$")

_WORD_BITS = 32
_WORD = re.compile(r"[0-9a-fA-F]{1,8}$")


def parse_list(text):
    """The CPUs of a cpulist: ``"0-3,8"`` is ``[0, 1, 2, 3, 8]``, ``""`` is ``[]``, ``"0-7:2/4"`` is ``[0, 1, 4, 5]``.

    White space around the text is ignored. Raises ``ValueError``.
    """
    text = text.strip()
    found = set()
    for region in text.split(",") if text else ():
        found.update(_region(region))
    return sorted(found)


def _region(text):
    match = _REGION.match(text)
    if not match:
        raise ValueError(f"expected a CPU list such as 0-3,8, found {text[:60]!r}")
    first, last, used, group = (None if part is None else int(part) for part in match.groups())
    last = first if last is None else last
    if last >= CPU_LIMIT:
        raise ValueError(f"expected CPU ids below {CPU_LIMIT}, found {text[:60]!r}")
    if first > last:
        raise ValueError(f"expected a CPU range from low to high, found {text[:60]!r}")
    if group is None:
        return range(first, last + 1)
    if group == 0 or used > group:
        raise ValueError(f"expected the used CPUs of a group to be at most the group, found {text[:60]!r}")
    return [cpu for cpu in range(first, last + 1) if (cpu - first) % group < used]


def format_list(cpus):
    """The shortest cpulist of some CPUs in any order: ``[8, 0, 1, 2]`` is ``"0-2,8"``, ``[]`` is ``""``."""
    runs = []
    for cpu in sorted(set(cpus)):
        if runs and cpu == runs[-1][1] + 1:
            runs[-1][1] = cpu
        else:
            runs.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def parse_mask(text):
    """The CPUs of a cpumask: hexadecimal words of 32 bits, highest first. ``"1,00000003"`` is ``[0, 1, 32]``.

    Words may lack their leading zeros, as lib/bitmap-str.c bitmap_parse() accepts them. Raises ``ValueError``.
    """
    words = text.strip().split(",")
    if len(words) * _WORD_BITS > CPU_LIMIT:
        raise ValueError(f"expected a CPU mask of at most {CPU_LIMIT} bits, found {len(words)} words")
    found = []
    for index, word in enumerate(reversed(words)):
        if not _WORD.match(word):
            raise ValueError(f"expected a CPU mask such as ff,ffffffff, found {text.strip()[:60]!r}")
        value = int(word, 16)
        # Most words of a wide mask are zero, and a host with many queues has hundreds of masks.
        if value:
            base = index * _WORD_BITS
            found.extend(base + bit for bit in range(value.bit_length()) if value >> bit & 1)
    return found


def format_mask(cpus):
    """The cpumask of some CPUs, as the kernel prints it without its leading zeros: ``[0, 32]`` is ``"1,00000001"``."""
    words = [0] * (max(cpus, default=0) // _WORD_BITS + 1)
    for cpu in cpus:
        words[cpu // _WORD_BITS] |= 1 << cpu % _WORD_BITS
    words.reverse()
    return ",".join([format(words[0], "x")] + [format(word, "08x") for word in words[1:]])
