# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.networks import NetworkError, cidrs


@pytest.mark.parametrize(
    "expressions, expected",
    [
        ([], []),
        (["10.0.0.0/8"], ["10.0.0.0/8"]),
        (["10.1.2.3"], ["10.1.2.3/32"]),
        (["10.1.2.3/24"], ["10.1.2.0/24"]),
        (["10.0.0.0/9", "10.128.0.0/9"], ["10.0.0.0/8"]),
        (["10.0.0.5-10.0.0.8"], ["10.0.0.5/32", "10.0.0.6/31", "10.0.0.8/32"]),
        (["10.1.*.*"], ["10.1.0.0/16"]),
        (["fd00::/8", "192.0.2.0/24"], ["192.0.2.0/24", "fd00::/8"]),
    ],
)
def test_cidrs(expressions, expected):
    assert cidrs(expressions) == expected


@pytest.mark.parametrize("expression", ["", "eth0", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "*.1.*.1", "10.0.0.0/8, x"])
def test_what_is_no_network_is_named(expression):
    with pytest.raises(NetworkError, match=r"packetloss_networks: .* is no network: write a CIDR \(10\.0\.0\.0/8\)"):
        cidrs([expression])
