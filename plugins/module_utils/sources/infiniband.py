# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RDMA devices of a host, and whose network interfaces they are (drivers/infiniband/core/sysfs.c, 6.12)."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

INFINIBAND = "/sys/class/infiniband"


def devices(host):
    """``{"mlx5_0": {"interfaces": [names], "ports": {"1": "ACTIVE"}}}``; {} where there is none. Raises Unavailable.

    An interface is one of the same device, or the one that the first address of a port belongs to: a bond, where its
    ports are one RDMA device (RoCE LAG). The state of a port is None where it is not told.
    """
    try:
        names = host.names(INFINIBAND)
    except Unavailable as error:
        if error.reason == "absent":
            return {}
        raise
    return {name: _device(host, f"{INFINIBAND}/{name}") for name in names}


def _device(host, place):
    interfaces, ports = set(_names(host, f"{place}/device/net")), {}
    for port in _names(host, f"{place}/ports"):
        # "4: ACTIVE"
        state = _word(host, f"{place}/ports/{port}/state")
        ports[port] = state and state.rpartition(" ")[2]
        owner = _word(host, f"{place}/ports/{port}/gid_attrs/ndevs/0")
        if owner:
            interfaces.add(owner)
    return {"interfaces": sorted(interfaces), "ports": ports}


def _names(host, path):
    try:
        return host.names(path)
    except Unavailable:
        return []


def _word(host, path):
    try:
        return host.word(path)
    except Unavailable:
        # A port without an address has no owner: the kernel answers EINVAL.
        return None
