# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which generation of mlx5_core runs: the kernel's or MLNX_OFED's, and of which version."""

import re

from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.mlx5 import KERNELS_READ
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.terms import least_sure

# "5.8-3.0.7". The kernel's own driver has the release of the kernel, in older kernels "5.0-0" or "3.0-1".
_OFED = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})-[0-9]+\.[0-9.]+$")

_RELEASE = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")

# "4.18.0-553.el8_10.x86_64": the number of such a kernel says nothing of its drivers.
_ENTERPRISE = re.compile(r"\.el([0-9]+)")

#: What the first driver of these kernels says of its version, whose text is that of the kernel's number.
_OLD_VERSIONS = ("5.0-0", "3.0-1")

#: The first kernel of a variant, newest first.
_OF_KERNEL = (((6, 3), "6.3+"), ((5, 18), "6.1"), ((5, 13), "5.15"), ((5, 1), "5.10"), ((0, 0), "4.19"))

#: The drivers that the kernels of Enterprise Linux carry, by the release.
_OF_ENTERPRISE = {"7": "4.19", "8": "5.15", "9": "6.3+"}

#: From this kernel on MLNX_OFED has xsk_buff_alloc() to use, and smaller structures.
_SMALLER_OFED = (5, 8)


def kernel_version(release):
    """``(6, 1)`` of ``"6.1.0-49-amd64"``; None where there is none."""
    match = _RELEASE.match(release or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


def variant(driver_version, release, has_page_cache):
    """``(key of VARIANTS, confidence, why)``.

    :param driver_version: what the driver says of itself, or None
    :param release: of the kernel, or None
    :param has_page_cache: whether the driver shows a page cache of its rings, as only MLNX_OFED does
    """
    kernel = kernel_version(release)
    match = None if driver_version == release else _OFED.match(driver_version or "")
    if match:
        return _of_ofed((int(match.group(1)), int(match.group(2))), kernel, driver_version)
    if has_page_cache:
        key, _confidence, _why = _of_ofed((5, 8), kernel, driver_version)
        return key, "low", f"the driver has the page cache of MLNX_OFED, but its version is {driver_version!r}"
    if kernel is None:
        return "6.3+", "low", "the release of the kernel is not known: taken for a new one"
    return _of_kernel(kernel, driver_version, release)


def _of_ofed(version, kernel, text):
    why = f"driver version {text} is MLNX_OFED"
    if version >= (24, 4):
        return "ofed-24", "medium", why
    if version >= (5, 9):
        return "ofed-5.9", "low", why
    if version < (4, 9):
        return "ofed-4", "low", why
    confidence = "high" if version == (5, 8) else "medium"
    if kernel is None:
        return "ofed-5.8-old-kernel", "low", why + ", on a kernel that is not known: taken for one before 5.8"
    return ("ofed-5.8" if kernel >= _SMALLER_OFED else "ofed-5.8-old-kernel"), confidence, why


def _of_kernel(kernel, driver_version, release):
    enterprise = _ENTERPRISE.search(release)
    if enterprise and enterprise.group(1) in _OF_ENTERPRISE and driver_version not in _OLD_VERSIONS:
        return (
            _OF_ENTERPRISE[enterprise.group(1)],
            "low",
            f"kernel {release} carries a newer driver than its number says: taken for that of a later minor release",
        )
    key = next(key for first, key in _OF_KERNEL if kernel >= first)
    why = f"the driver of kernel {release}"
    if kernel in KERNELS_READ:
        return key, "high", why
    return key, least_sure("medium", "low" if kernel < KERNELS_READ[0] else "medium"), why + ", near one that was read"
