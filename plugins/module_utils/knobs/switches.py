# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches that have names: what features and private flags have in common."""

import difflib

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import (
    CLASSES,
    UNKNOWN_CLASS,
    change_class,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused, word

_WORDS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}

#: How many names are told of those that are like an unknown one, and how many of all where none is.
_MOST_TOLD = 8


def switch(name, key, value):
    """Whether a value means on; raises Refused for one that means neither.

    :param name: of the NIC
    :param key: of the switch
    """
    found = value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())
    if found is None:
        raise Refused(f"{name}: {key} is {value!r}, expected true or false")
    return found


def unknown(name, what, key, known):
    """The Refused for a name that is that of no switch, with those that are like it.

    :param what: what kind of switch it would be
    :param known: the names that there are
    """
    alike = difflib.get_close_matches(str(key).lower(), known, n=_MOST_TOLD) or [
        each for each in known if str(key).lower() in each
    ]
    if alike:
        hint = f"similar ones: {', '.join(alike[:_MOST_TOLD])}"
    elif len(known) <= _MOST_TOLD:
        hint = f"it has: {', '.join(known) or 'none'}"
    else:
        hint = f"it has {len(known)}, among them {', '.join(known[:_MOST_TOLD])}"
    return Refused(f"{name}: it has no {what} {key!r}; {hint}")


def worst_class(driver, knob, keys):
    """The worst of what the switches *keys* do to traffic: a key of :data:`traits.CLASSES`; *knob* is one of KNOBS."""
    classes = [change_class(driver, knob, key) for key in keys]
    return max(each if each in CLASSES else UNKNOWN_CLASS for each in classes)


def command_words(values):
    """``name on name off``, as the ethtool program takes them; names with blanks in quotes."""
    return " ".join(f"{_quoted(key)} {word(value)}" for key, value in values.items())


def _quoted(key):
    return key if key.split() == [key] else f"'{key}'"
