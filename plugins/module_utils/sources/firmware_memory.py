# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of a host's memory the firmware of a device holds: the pages that its driver has given to it."""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

_DEBUGFS = "/sys/kernel/debug"


def held_bytes(host, device_path, told):
    """Bytes of host memory that the firmware of a device holds.

    Debugfs is for root and may not be mounted; where the driver tells the same of the RDMA device anybody can read it.
    Raises Unavailable: of debugfs, where there is no RDMA device.

    :param device_path: the directory of the device in sysfs
    :param told: ``firmware_pages`` of RINGS of the driver's file
    """
    path = f"{_DEBUGFS}/{told['debugfs'].format(device=device_path.rpartition('/')[2])}"
    try:
        pages = host.integer(path)
    except Unavailable as refusal:
        pages = _of_rdma_device(host, device_path, told["rdma"])
        if pages is None:
            raise refusal
    if pages < 0:
        raise Unavailable("malformed", f"{path}: expected a number of pages, found {pages}")
    return pages * told["page_bytes"]


def _of_rdma_device(host, device_path, name):
    """What the RDMA device of a device says, None where there is none or it does not say it."""
    try:
        for rdma in host.names(f"{device_path}/infiniband"):
            return host.integer(f"{device_path}/infiniband/{rdma}/{name}")
    except Unavailable:
        pass
    return None
