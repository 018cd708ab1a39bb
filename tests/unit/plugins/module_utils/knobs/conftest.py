# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose NICs can be set: the FAKE of fake_host, for rings and channels that a test machine does not have."""

import pytest
from ansible_collections.linuxnet.packetloss.tests.unit import fake_host
from ansible_collections.linuxnet.packetloss.tests.unit.fake_ethtool import FakeEthtool


class Settable:
    """A host with eth0 (mlx5_core); ``eth0`` describes it, ``commands`` are those that its driver was asked."""

    def __init__(self, root):
        fake_host.make(root)
        descriptions = fake_host.drivers()
        self.eth0 = descriptions["eth0"]
        self.driver = FakeEthtool(descriptions)
        self.commands = self.driver.commands
        self.host = fake_host.host(root, ioctl=self.driver)

    def told(self, command):
        """How many times a command was given."""
        return self.commands.count(command)


@pytest.fixture
def settable(tmp_path):
    return Settable(tmp_path)
