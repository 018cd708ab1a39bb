# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.drivers import mlx5_core
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.firmware_memory import held_bytes

FUNCTION = "/sys/devices/pci0000:3a/0000:3b:00.0"
DEBUGFS = "/sys/kernel/debug/mlx5/0000:3b:00.0/pages/fw_pages_total"
RDMA = FUNCTION + "/infiniband/mlx5_0/fw_pages"


def held(tree, device=FUNCTION):
    return held_bytes(tree.host, device, mlx5_core.RINGS["firmware_pages"])


def test_pages_that_debugfs_tells(tree):
    tree.write(DEBUGFS, 9045694)
    tree.write(RDMA, 7)
    assert held(tree) == 9045694 * 4096


def test_a_subfunction_has_its_own(tree):
    tree.write("/sys/kernel/debug/mlx5/mlx5_core.sf.4/pages/fw_pages_total", 300)
    tree.write(DEBUGFS, 7)
    assert held(tree, FUNCTION + "/mlx5_core.sf.4") == 300 * 4096


def test_the_rdma_device_tells_it_where_debugfs_does_not(tree):
    tree.write(RDMA, 34500)
    assert held(tree) == 34500 * 4096
    tree.write(DEBUGFS, "many")
    assert held(tree) == 34500 * 4096


def test_nothing_held_is_zero_and_nothing_told_is_not(tree):
    tree.write(DEBUGFS, 0)
    assert held(tree) == 0


@pytest.mark.parametrize(
    "text, rdma, reason",
    [(None, None, "absent"), ("many", None, "malformed"), (None, "many", "absent"), (None, "-4", "malformed")],
)
def test_why_it_cannot_be_told(tree, text, rdma, reason):
    for path, content in ((DEBUGFS, text), (RDMA, rdma)):
        if content is not None:
            tree.write(path, content)
    with pytest.raises(Unavailable) as raised:
        held(tree)
    assert raised.value.reason == reason
    assert DEBUGFS in raised.value.detail
