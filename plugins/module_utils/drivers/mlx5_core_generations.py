# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generations of mlx5_core: the kernel's and MLNX_OFED's, what sets their rings apart, and which of them runs.

Read in en_main.c and en.h of Linux 4.19, 5.10, 5.15, 6.1.192 and 6.12.117, and of MLNX_OFED 5.8-3.0.7. The sizes of the
structures were checked by compiling them.
"""

import re
from collections import namedtuple

from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import kernel_version, least_sure

#: A generation of the driver. Sizes in bytes.
#:
#: * ``title``; ``confidence`` and ``why``: of the numbers of this row
#: * ``fragments``: how a packet is cut in a cyclic queue: "one" (not at all), "old" or "new" (the first one has room
#:   for the skb, 5.18)
#: * ``page_tracking``: of each fragment of a cyclic queue
#: * ``wqe_pages``, ``wqe_info``: of each page, and of each entry, of a striding queue
#: * ``icosq``: how the queue for UMR entries is sized; ``stride``: of a striding queue whose skbs are not linear
#: * ``tx_info``, ``xdp_info``: of each entry of a TX queue, and of the queue for XDP_REDIRECT, beside the entry itself
#:   and its completion
#: * ``cache_entry``: of the page cache of MLNX_OFED, 0 where there is none
#: * ``pool_cap``: most entries of the page pool's ring
#: * ``xdp_striding``: whether XDP works in a striding queue whose packets are larger than a page
#: * ``async_icosq``, ``overflow_page``: whether a channel and a striding queue have them
Variant = namedtuple(
    "Variant",
    "title confidence why fragments page_tracking wqe_pages wqe_info icosq stride tx_info xdp_info cache_entry "
    "pool_cap xdp_striding async_icosq overflow_page",
)

_LINUX_5_15 = Variant(
    title="Linux 5.15",
    confidence="high",
    why="read in Linux 5.15.178",
    fragments="old",
    page_tracking=16,
    wqe_pages=16,
    wqe_info=16,
    icosq="sum",
    stride=256,
    tx_info=112,
    xdp_info=130,
    cache_entry=0,
    pool_cap=32768,
    xdp_striding=False,
    async_icosq=True,
    overflow_page=True,
)

_LINUX_6_3 = _LINUX_5_15._replace(
    title="Linux 6.3 and later",
    why="read in Linux 6.12.117",
    fragments="new",
    wqe_info=32,
    icosq="padded page",
    pool_cap=16384,
    xdp_striding=True,
)

_OFED_5_8 = _LINUX_5_15._replace(
    title="MLNX_OFED 4.9 to 5.8 on Linux 5.8 and later",
    why="read in MLNX_OFED 5.8-3.0.7",
    page_tracking=24,
    wqe_pages=24,
    xdp_info=162,
    cache_entry=24,
)

# Without xsk_buff_alloc() struct mlx5e_dma_info is longer.
_OFED_5_8_OLD_KERNEL = _OFED_5_8._replace(
    title="MLNX_OFED 4.9 to 5.8 on Linux before 5.8", page_tracking=32, wqe_pages=32, xdp_info=194, cache_entry=32
)

_LINUX_4_19 = _LINUX_5_15._replace(
    title="Linux 4.19",
    confidence="medium",
    why="read in a tree of the 4.19 line, without its en.h",
    icosq="fixed",
    stride=64,
    tx_info=80,
    xdp_info=32,
    async_icosq=False,
    overflow_page=False,
)

#: The variant of kernels before packets were cut into fragments.
_UNCUT = "before 4.19"

#: By variant.
VARIANTS = {
    # Commit 069d11465a80 of 2018 cut the packets of cyclic queues into fragments, and a striding queue was as it is.
    _UNCUT: _LINUX_4_19._replace(
        title="Linux before 4.19",
        confidence="low",
        why="cyclic queues as commit 069d11465a80 says that they were before it; all else taken for Linux 4.19",
        fragments="one",
        pool_cap=0,
    ),
    "4.19": _LINUX_4_19,
    "5.10": _LINUX_5_15._replace(
        title="Linux 5.10", why="read in Linux 5.10.262", icosq="padded entry", pool_cap=16384
    ),
    "5.15": _LINUX_5_15,
    "6.1": _LINUX_6_3._replace(
        title="Linux 6.1",
        why="read in Linux 6.1.192",
        page_tracking=8,
        wqe_pages=8,
        wqe_info=16,
        xdp_info=98,
        xdp_striding=False,
    ),
    "6.3+": _LINUX_6_3,
    "ofed-4": _OFED_5_8_OLD_KERNEL._replace(
        title="MLNX_OFED 4.3 to 4.8",
        confidence="low",
        why="not read itself: taken for MLNX_OFED 5.8 with the strides of its time",
        stride=64,
    ),
    "ofed-5.8-old-kernel": _OFED_5_8_OLD_KERNEL,
    "ofed-5.8": _OFED_5_8,
    "ofed-5.9": _LINUX_5_15._replace(
        title="MLNX_OFED 5.9 to 24.01",
        confidence="low",
        why="read in parts: taken for Linux 5.15 with a page cache of 16 bytes an entry",
        cache_entry=16,
    ),
    "ofed-24": _LINUX_6_3._replace(
        title="MLNX_OFED 24.04 and later",
        confidence="medium",
        why="known to have no page cache; else taken for Linux 6.12",
    ),
}

#: The kernels whose text was read: others are near one of them.
KERNELS_READ = ((4, 19), (5, 10), (5, 15), (6, 1), (6, 12))

#: Generations whose queues stay on the node that was chosen when the driver was loaded. In the others the page pool
#: follows the CPU that receives (page_pool_nid_changed(), since Linux 5.5).
STAY = (_UNCUT, "4.19", "ofed-4", "ofed-5.8-old-kernel", "ofed-5.8", "ofed-5.9")

# "5.8-3.0.7". The kernel's own driver has the release of the kernel, in older kernels "5.0-0" or "3.0-1".
_OFED = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})-[0-9]+\.[0-9.]+$")

# "4.18.0-553.el8_10.x86_64": the number of such a kernel says nothing of its drivers.
_ENTERPRISE = re.compile(r"\.el([0-9]+)")

#: What the first driver of these kernels says of its version, whose text is that of the kernel's number.
_OLD_VERSIONS = ("5.0-0", "3.0-1")

#: The first kernel of a variant, newest first.
_OF_KERNEL = (((6, 3), "6.3+"), ((5, 18), "6.1"), ((5, 13), "5.15"), ((5, 1), "5.10"), ((4, 19), "4.19"))
_OF_KERNEL += (((0, 0), _UNCUT),)

#: The drivers that the kernels of Enterprise Linux carry, by the release.
_OF_ENTERPRISE = {"7": "4.19", "8": "5.15", "9": "6.3+"}

#: Of releases whose kernel had them cut from the beginning, though its number is below 4.19.
_CUT_ENTERPRISE = ("8",)

#: From this kernel on MLNX_OFED has xsk_buff_alloc() to use, and smaller structures.
_SMALLER_OFED = (5, 8)


def running(driver_version, release, has_page_cache):
    """``(key of VARIANTS, confidence, why)`` of the driver that runs.

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
    if key == _UNCUT and enterprise and enterprise.group(1) in _CUT_ENTERPRISE:
        key = "4.19"
    why = f"the driver of kernel {release}"
    if kernel in KERNELS_READ:
        return key, "high", why
    return key, least_sure("medium", "low" if kernel < KERNELS_READ[0] else "medium"), why + ", near one that was read"
