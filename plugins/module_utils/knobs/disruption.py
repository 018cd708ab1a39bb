# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes do to traffic: their classes compared, and in words."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.traits import CLASSES, UNKNOWN_CLASS

#: What nobody knows is treated as this class.
_UNKNOWN_IS = 2


def weight(made):
    """The class of a change as it is compared with what is allowed, 0 to 2."""
    found = _class(made)
    return _UNKNOWN_IS if found == UNKNOWN_CLASS else found


def worst(changes):
    """``{"class", "meaning"}`` of the worst class among some changes: nobody knows counts as the worst of all."""
    found = max([_class(made) for made in changes] or [0])
    return {"class": found, "meaning": CLASSES[found]}


def _class(made):
    return made["class"] if made["class"] in CLASSES else UNKNOWN_CLASS
