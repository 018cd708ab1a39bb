# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.mlx5_core_generations import (
    VARIANTS,
    running,
)
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers.vocabulary import kernel_version


@pytest.mark.parametrize(
    "release,version",
    [
        ("6.1.0-49-amd64", (6, 1)),
        ("4.19.90-2403.4.0.0273.oe1.x86_64", (4, 19)),
        ("6.12", (6, 12)),
        ("6.100.1", (6, 100)),
        ("", None),
        (None, None),
        ("linux", None),
        ("6.12345", None),
    ],
)
def test_kernel_version(release, version):
    assert kernel_version(release) == version


@pytest.mark.parametrize(
    "driver_version,release,has_page_cache,key,confidence",
    [
        # The reference host.
        ("5.8-3.0.7", "4.19.90-2403.el7.oe1.x86_64", True, "ofed-5.8-old-kernel", "high"),
        ("5.8-3.0.7", "5.10.0-216.oe2203sp4.x86_64", True, "ofed-5.8", "high"),
        ("5.4-3.7.5", "5.8.0", True, "ofed-5.8", "medium"),
        ("5.4-3.7.5", "5.4.0-200-generic", True, "ofed-5.8-old-kernel", "medium"),
        ("4.9-4.1.7.0", "3.10.0-1160.el7.x86_64", True, "ofed-5.8-old-kernel", "medium"),
        ("4.3-1.0.1", "3.10.0-862.el7.x86_64", True, "ofed-4", "low"),
        ("5.9-0.5.6", "5.15.0-91-generic", True, "ofed-5.9", "low"),
        ("23.10-1.1.9", "5.15.0-91-generic", True, "ofed-5.9", "low"),
        ("24.04-0.6.6", "5.15.0-91-generic", False, "ofed-24", "medium"),
        ("25.10-1.2.3", "6.8.0-40-generic", False, "ofed-24", "medium"),
        ("5.8-3.0.7", None, True, "ofed-5.8-old-kernel", "low"),
        # What the version hides the page cache tells.
        (None, "5.15.0", True, "ofed-5.8", "low"),
        # The kernel's own.
        ("5.0-0", "4.19.0-27-amd64", False, "4.19", "high"),
        ("5.0-0", "5.4.0-200-generic", False, "5.10", "medium"),
        ("5.10.0-39-amd64", "5.10.0-39-amd64", False, "5.10", "high"),
        ("5.15.0-91-generic", "5.15.0-91-generic", False, "5.15", "high"),
        ("6.1.0-49-amd64", "6.1.0-49-amd64", False, "6.1", "high"),
        ("6.12.94+deb13-amd64", "6.12.94+deb13-amd64", False, "6.3+", "high"),
        ("6.12-1.2", "6.12-1.2", False, "6.3+", "high"),
        ("6.8.0-40-generic", "6.8.0-40-generic", False, "6.3+", "medium"),
        ("5.14.21-150500-default", "5.14.21-150500-default", False, "5.15", "medium"),
        ("5.19.0", "5.19.0", False, "6.1", "medium"),
        # Ubuntu 18.04, early RHEL 7.
        ("5.0-0", "4.15.0-213-generic", False, "before 4.19", "low"),
        ("3.0-1", "4.9.0-19-amd64", False, "before 4.19", "low"),
        ("3.0-1", "3.10.0-514.el7.x86_64", False, "before 4.19", "low"),
        # An Enterprise Linux carries the driver of a later kernel.
        ("4.18.0-553.el8_10.x86_64", "4.18.0-553.el8_10.x86_64", False, "5.15", "low"),
        ("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64", False, "6.3+", "low"),
        ("5.0-0", "4.18.0-193.el8.x86_64", False, "4.19", "low"),
        ("6.12.0-55.el10.x86_64", "6.12.0-55.el10.x86_64", False, "6.3+", "high"),
        (None, None, False, "6.3+", "low"),
    ],
)
def test_variant(driver_version, release, has_page_cache, key, confidence):
    found = running(driver_version, release, has_page_cache)
    assert found[:2] == (key, confidence)
    assert key in VARIANTS
    assert found[2]
