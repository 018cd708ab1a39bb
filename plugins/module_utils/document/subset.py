# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parts of the NICs are read: the words of a ``gather_subset``, as those of the module setup. Pure functions."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.document.nics import NEEDS, PARTS, STATISTICS

NAMES = (*PARTS, STATISTICS)

ALL = "all"

#: What is read when nothing is said, or only what is not wanted.
DEFAULT = frozenset(PARTS)


class SubsetError(Exception):
    """A word is the name of no part; the message says which there are."""


def parts_of(words):
    """The names of the parts (some of :data:`NAMES`) that *words* ask for, with what those need of others.

    A name is that part, one with ``!`` before it is not wanted; ``all`` is every part, ``!all`` none but those that are
    named. Without any name: :data:`DEFAULT`. Raises :class:`SubsetError`.
    """
    names = {word for word in words if not word.startswith("!")}
    taken = {word[1:] for word in words if word.startswith("!")}
    unknown = (names | taken).difference((ALL, *NAMES))
    if unknown:
        raise SubsetError(
            f"gather_subset: no part of a NIC is called {', '.join(map(repr, sorted(unknown)))}; choose from"
            f" {', '.join((ALL, *NAMES))}, each with or without ! before it"
        )
    if ALL in taken:
        wanted = names - {ALL}
    elif ALL in names:
        wanted = frozenset(NAMES)
    else:
        wanted = names or DEFAULT
    wanted = frozenset(wanted - taken)
    return wanted.union(*(NEEDS.get(name, ()) for name in wanted))
