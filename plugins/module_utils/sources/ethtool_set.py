# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver is told about its network interface, by the ioctl SIOCETHTOOL.

Every function takes the host, the name of an interface and what is to change; all else stays as it is at this moment,
for the kernel wants whole structures. Each raises :class:`Unavailable` with the errno of the refusal in ``number``.
That a driver took a value without an error does not mean that it has it: read it back.
"""

import array
import struct

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.ethtool_commands import (
    CHANNELS,
    COALESCE,
    FEATURES,
    FLOW_HASH,
    FLOW_TYPES,
    HASHED_FIELDS,
    INDIRECTION,
    PER_QUEUE,
    PRIVATE_FLAGS,
    RINGS,
    SET_FEATURES,
    SET_PRIVATE_FLAGS,
    SETS,
    get,
    queue_mask,
    strings,
)

#: ``{valid, requested}`` of 32 features: struct ethtool_set_features_block.
_WANTED_FEATURES = struct.Struct("=2I")


def rings(host, interface, values):
    """*values* are some of ``rx``, ``tx``, ``rx_mini``, ``rx_jumbo``: descriptors of each ring."""
    _replace(host, interface, RINGS, values)


def channels(host, interface, values):
    """*values* are some of ``rx``, ``tx``, ``other``, ``combined``."""
    _replace(host, interface, CHANNELS, values)


def coalesce(host, interface, values):
    """*values* are some of the fields that :func:`ethtool.coalesce` reads."""
    _replace(host, interface, COALESCE, {key: int(value) for key, value in values.items()})


def coalesce_of_queues(host, interface, queues, values):
    """Set :func:`coalesce` of some queues alone; *queues* are their numbers, *values* the whole of what they get.

    The kernel puts back by itself what it did when a queue is refused (ethtool_set_per_queue_coalesce()).
    """
    setting = SETS[COALESCE]
    head = PER_QUEUE.layout.pack(PER_QUEUE.number, setting.number, queue_mask(queues))
    body = setting.layout.pack(setting.number, *[int(values[field]) for field in setting.fields])
    host.ioctl.ethtool(PER_QUEUE.name, interface, array.array("B", head + body * len(set(queues))))


def private_flags(host, interface, values):
    """*values* are ``{name: bool}``; raises Unavailable ``absent`` for a flag that the driver has not."""
    names = strings(host, interface, SET_PRIVATE_FLAGS)
    bits = get(host, interface, PRIVATE_FLAGS)["bits"]
    for name, on in values.items():
        bit = 1 << _place(names[:32], name, PRIVATE_FLAGS, interface)
        bits = bits | bit if on else bits & ~bit
    _tell(host, interface, SETS[PRIVATE_FLAGS], bits=bits)


def features(host, interface, values):
    """*values* are ``{name: bool}``; raises Unavailable ``absent`` for a feature that the kernel has not.

    What the kernel cannot switch, alone or now, it leaves without an error.
    """
    names = strings(host, interface, SET_FEATURES)
    blocks = [[0, 0] for _block in range((len(names) + 31) // 32)]
    for name, on in values.items():
        place = _place(names, name, FEATURES, interface)
        blocks[place // 32][0] |= 1 << place % 32
        blocks[place // 32][1] |= int(on) << place % 32
    data = b"".join(_WANTED_FEATURES.pack(*block) for block in blocks)
    _tell(host, interface, SETS[FEATURES], data, blocks=len(blocks))


def rss_table(host, interface, table):
    """The queue of each entry of the RSS table, None for the driver's own; the hash key stays as it is."""
    entries = table or ()
    _tell(host, interface, SETS[INDIRECTION], struct.pack(f"={len(entries)}I", *entries), table_size=len(entries))


def hashed_fields(host, interface, flow_type, letters):
    """What is hashed of one of FLOW_TYPES of :mod:`ethtool_commands`: letters of its HASHED_FIELDS."""
    bits = sum(HASHED_FIELDS[letter] for letter in set(letters))
    _tell(host, interface, SETS[FLOW_HASH], flow_type=FLOW_TYPES[flow_type], fields=bits)


def _replace(host, interface, command, values):
    """Read a structure, put *values* into it and hand it back."""
    _tell(host, interface, SETS[command], **dict(get(host, interface, command), **values))


def _tell(host, interface, command, data=b"", **values):
    packed = command.layout.pack(command.number, *[values[field] for field in command.fields])
    host.ioctl.ethtool(command.name, interface, array.array("B", packed + data))


def _place(names, name, command, interface):
    try:
        return names.index(name)
    except ValueError:
        raise Unavailable("absent", f"{SETS[command].name} {interface}: it has no {name!r}") from None
