# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the readers of captured text have in common: whole lines, numbers, and what a program says that has no answer.

A reader takes a text and its place (where it was found, for messages), and returns what the source in
``module_utils/sources`` returns that answers the same question of a live host. It raises Unavailable where there is no
answer: ``malformed`` with place and line for a text that is in no known form, and what :func:`refusal` makes of the
words of a program that refused.
"""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable, whole_number

#: What a program says in place of an answer, and what that means; the first that fits counts.
_REFUSALS = (
    (re.compile(r"not permitted|permission denied", re.IGNORECASE), "unreadable"),
    (re.compile(r"command not found|no such file or directory|not executable", re.IGNORECASE), "absent"),
    (
        re.compile(
            r"not supported|not implemented|no such device|no device matches|no data available|invalid argument"
            r"|no stats available|no private flags|netlink error|^cannot ",
            re.IGNORECASE,
        ),
        "unsupported",
    ),
)


def whole(text, place):
    """The lines of a text; ``malformed`` where the last one has no end, for then the text was cut off."""
    if text and not text.endswith("\n"):
        number = text.count("\n") + 1
        raise malformed(place, number, "whole lines", text[-60:])
    return text.splitlines()


def malformed(place, number, expected, found):
    """The Unavailable for a line that is in no known form.

    :param number: of the line, from 1; None where it is about no single line
    """
    line = "" if number is None else f", line {number}"
    return Unavailable("malformed", f"{place}{line}: expected {expected}, found {found[:60]!r}")


def refusal(text, place, expected):
    """The Unavailable for a text without the answer: the program refused, or the text is something else."""
    for line in text.splitlines():
        for words, reason in _REFUSALS:
            if words.search(line):
                return Unavailable(reason, f"{place}: {line.strip(' :')}")
    if not text.strip():
        return Unavailable("unsupported", f"{place}: the program printed nothing")
    return malformed(place, 1, expected, text.splitlines()[0])


def unsigned(word, bits, place, number, line):
    """The number that *word* is, of at most so many bits; ``malformed`` where it is none."""
    try:
        value = whole_number(word)
        if not word.isdecimal() or value >> bits:
            raise ValueError
        return value
    except ValueError:
        raise malformed(place, number, f"a whole number of {bits} bits", line.strip()) from None
