# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a driver made of the rings that were asked for: the sizes of its queues, as devlink health tells them.

``devlink health diagnose pci/0000:03:00.0/65535 reporter rx``, by generic netlink. Numbers and the form of messages:
include/uapi/linux/devlink.h and devlink_fmsg_prepare_skb() of net/devlink/health.c, Linux 6.12; the names in them:
en/reporter_rx.c, en/reporter_tx.c and en/health.c of mlx5, the same from Linux 5.4 to 6.12.
"""

import itertools

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.netlink import (
    U8,
    U32,
    U64,
    attribute,
    attributes,
    attributes_in_order,
    fixed,
    number,
    text,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_PORT_GET, _DIAGNOSE = 5, 55

_BUS_NAME, _DEV_NAME, _PORT_INDEX, _NETDEV_IFINDEX = 1, 2, 3, 6
_PAD = 61
_FMSG, _OBJECT, _PAIR, _ARRAY, _END, _NAME, _VALUE_TYPE, _VALUE = range(106, 114)
_REPORTER_NAME = 115

#: What _VALUE is by _VALUE_TYPE: NLA_* of include/net/netlink.h, since 6.16 enum devlink_var_attr_type.
_LAYOUTS = {1: U8, 3: U32, 4: U64}
_FLAG, _TEXTS, _BINARY = 6, (5, 10), 11

#: mlx5 nests five deep.
_DEEPEST = 16

_COMMON = "common config"

#: The reporter by direction, and what it calls a queue.
_QUEUES = {"rx": "RQ", "tx": "SQ"}

#: MLX5_WQ_TYPE_* of include/linux/mlx5/mlx5_ifc.h.
_TYPES = {1: "cyclic", 2: "striding"}


class Devlink:
    """Asks devlink of a host, and keeps the list of its ports."""

    def __init__(self, host):
        self._family = host.netlink.family("devlink")
        self._ports = None

    def queues(self, ifindex, bus_name, gaps):
        """``{"rx": {"type": "cyclic"|"striding", "wqes", "stride_bytes", "cq_entries", "cqe_bytes"}, "tx": {the same
        without type}}`` of an interface; None with a gap where a direction cannot be had.

        ``wqes`` is how many entries each queue has, ``stride_bytes`` what one holds of a packet (with ``striding``) or
        takes itself, ``cq_entries`` and ``cqe_bytes`` the number and size of the entries of its completion queue. All
        queues of a direction are alike. Raises Unavailable where the kernel has no devlink.

        :param bus_name: ``0000:03:00.0``, for a driver whose devlink has no port for the interface
        :param gaps: the Gaps of this dictionary
        """
        handle = self._handle(ifindex, bus_name)
        return {side: gaps.attempt(side, self._queue, handle, side) for side in _QUEUES}

    def _handle(self, ifindex, bus_name):
        """The attributes that name an interface: (bus, device, port), all bytes."""
        if self._ports is None:
            self._ports = dict(filter(None, map(parse_port, self._family.dump("DEVLINK_CMD_PORT_GET", _PORT_GET))))
        if ifindex in self._ports:
            return self._ports[ifindex]
        return attribute(_BUS_NAME, b"pci\0") + attribute(_DEV_NAME, bus_name.encode("utf-8", "replace") + b"\0")

    def _queue(self, handle, side):
        # One answer tells of all queues, and the NIC's firmware is asked for each: not for every sample.
        question = handle + attribute(_REPORTER_NAME, side.encode("ascii") + b"\0")
        command = f"DEVLINK_CMD_HEALTH_REPORTER_DIAGNOSE {side}"
        return parse_queue(self._family.ask(command, _DIAGNOSE, question), side)


def parse_port(message):
    """``(ifindex, the attributes that name the port)`` of a message of DEVLINK_CMD_PORT_GET; None without interface."""
    found = attributes(message)
    ifindex = number(found, _NETDEV_IFINDEX, U32)
    if not ifindex:
        return None
    return ifindex, b"".join(attribute(kind, found.get(kind, b"")) for kind in (_BUS_NAME, _DEV_NAME, _PORT_INDEX))


def parse_queue(messages, side):
    """The part ``rx`` or ``tx`` of :meth:`Devlink.queues` of the messages of a diagnosis; raises Unavailable."""
    for name, config in diagnosis(messages):
        if name.lower() == _COMMON:
            return _queue_of(config, side)
    raise Unavailable("absent", f"devlink health {side}: no {_COMMON}: the driver tells it of an interface that is up")


def _queue_of(config, side):
    queue = _part(config, _QUEUES[side], side)
    # mlx5 has the completion queue inside of the queue.
    completion = _part(queue, "CQ", side)
    found = {
        "wqes": _count(queue, "size", side),
        "stride_bytes": _count(queue, "stride size", side),
        "cq_entries": _count(completion, "size", side),
        "cqe_bytes": _count(completion, "stride size", side),
    }
    if side == "rx":
        kind = _count(queue, "type", side)
        if kind not in _TYPES:
            raise _unexpected(side, "type 1 or 2", kind)
        found["type"] = _TYPES[kind]
    return found


def _part(holder, name, side):
    part = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(part, dict):
        raise _unexpected(side, f"an object {name}", part)
    return part


def _count(holder, name, side):
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _unexpected(side, f"a number {name!r} above 0", value)
    return value


def diagnosis(messages):
    """Yields ``(name, value)`` of each pair at the top of a formatted message (struct devlink_fmsg), in order.

    A value is a dictionary, a list, a number, a bool, text, bytes or None (of a type that has no name yet). What comes
    first is yielded before the rest is looked at, which for a NIC of many queues is the most.
    """
    nests = (attributes(message).get(_FMSG, b"") for message in messages)
    return _pairs(itertools.chain.from_iterable(map(attributes_in_order, nests)), 0)


def _pairs(items, depth):
    """The pairs up to the end of the object that they are in; at the top, where no end comes, all of them."""
    for kind, _data in items:
        if kind == _PAIR:
            yield _pair(items, depth)
        elif kind == _OBJECT and not depth:
            # The whole in an object: another driver's custom.
            yield from _pairs(items, depth + 1)
        elif kind == _END and depth:
            return
        elif kind != _PAD:
            raise _misplaced("a pair", kind)
    if depth:
        raise _misplaced("the end of an object", None)


def _pair(items, depth):
    kind, data = _next(items)
    if kind != _NAME:
        raise _misplaced("a name", kind)
    name = _text(data)
    value = _value(items, *_next(items), depth=depth + 1)
    kind, _data = _next(items)
    if kind != _END:
        raise _misplaced("the end of a pair", kind)
    return name, value


def _value(items, kind, data, depth):
    if depth > _DEEPEST:
        raise Unavailable("malformed", f"devlink health: expected at most {_DEEPEST} nests, found more")
    if kind == _OBJECT:
        return dict(_pairs(items, depth))
    if kind == _ARRAY:
        return list(_array(items, depth))
    if kind != _VALUE_TYPE:
        raise _misplaced("a value", kind)
    value_type = fixed(U8, data, "type of a value")[0]
    kind, data = _next(items)
    if kind != _VALUE:
        raise _misplaced("data", kind)
    return _scalar(value_type, data)


def _array(items, depth):
    while True:
        kind, data = _next(items)
        if kind == _END:
            return
        yield _value(items, kind, data, depth + 1)


def _scalar(value_type, data):
    if value_type in _LAYOUTS:
        return fixed(_LAYOUTS[value_type], data, "value")[0]
    if value_type == _FLAG:
        return bool(fixed(U8, data, "value")[0])
    if value_type in _TEXTS:
        return _text(data)
    return data if value_type == _BINARY else None


def _next(items):
    """The next attribute that is not there to fill up."""
    for kind, data in items:
        if kind != _PAD:
            return kind, data
    return None, b""


def _text(data):
    return text({0: data}, 0)


def _misplaced(expected, kind):
    found = "the end of the message" if kind is None else f"attribute {kind}"
    return Unavailable("malformed", f"devlink health: expected {expected}, found {found}")


def _unexpected(side, expected, found):
    return Unavailable("malformed", f"devlink health {side}: expected {expected}, found {found!r}"[:200])
