# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose NICs can be set, on a root of its own, as on a machine with systemd."""

import os

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool


class Machine:
    """``host`` has eth0 (mlx5_core) and bond0; ``root`` is where files of ours go, *eth0* describes the NIC."""

    def __init__(self, root):
        self.root = str(root)
        fake_host.make(root)
        descriptions = fake_host.drivers()
        self.eth0 = descriptions["eth0"]
        self.eth0["permanent_address"] = bytes.fromhex("02fc00a1b2c3")
        self.driver = FakeEthtool(descriptions)
        self.host = fake_host.host(root, ioctl=self.driver)
        os.makedirs(self.root + "/run/systemd/system")

    def files(self):
        """Paths and bytes of all files and links of ours."""
        found = {}
        for top in ("/etc", "/usr/local", "/run"):
            for folder, _folders, names in os.walk(self.root + top):
                for name in names:
                    path = os.path.join(folder, name)
                    if "packetloss" in path[len(self.root) :]:
                        target = os.readlink(path) if os.path.islink(path) else None
                        with open(self.root + target if target else path, "rb") as stream:
                            found[path[len(self.root) :]] = target or stream.read()
        return found


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)
