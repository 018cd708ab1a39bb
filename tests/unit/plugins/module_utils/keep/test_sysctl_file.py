# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.keep import sysctl_file
from ansible_collections.linuxnet.packetloss.plugins.module_utils.knobs.changes import Refused

VALUES = {"net.netfilter.nf_conntrack_max": 262144, "net.core.netdev_budget": "600", "net.ipv4.tcp_rmem": [4096, 1, 2]}


def test_the_file_is_sorted_and_lets_keys_of_modules_be_missing():
    assert sysctl_file.text(VALUES).splitlines()[1:] == [
        "net.core.netdev_budget = 600",
        "net.ipv4.tcp_rmem = 4096 1 2",
        "-net.netfilter.nf_conntrack_max = 262144",
    ]


def test_what_was_written_is_read_again(tmp_path):
    path = tmp_path / "98.conf"
    assert sysctl_file.read(str(path)) == {}
    path.write_text(sysctl_file.text(VALUES))
    found = sysctl_file.read(str(path))
    assert found["net.ipv4.tcp_rmem"] == "4096 1 2"
    assert sysctl_file.text(found) == sysctl_file.text(VALUES)


def test_what_a_task_adds_stays_beside_what_is_kept_and_options_of_the_knob_are_no_sysctls():
    values = {"net/ipv4/conf/eth0.100/rp_filter": True, "net.core.netdev_budget": 900, "option": True, "net.x": None}
    found = sysctl_file.merged({"net.core.netdev_budget": "600", "net.core.somaxconn": "1"}, values)
    assert found == {
        "net.core.netdev_budget": 900,
        "net.core.somaxconn": "1",
        "net.ipv4.conf.eth0/100.rp_filter": True,
    }
    assert "-net.ipv4.conf.eth0/100.rp_filter = 1" in sysctl_file.text(found)


def test_another_file_is_refused_by_its_line():
    with pytest.raises(Refused, match="98-packetloss.conf, line 2: expected key = value, found 'what'"):
        sysctl_file.parse(b"# x\nwhat\n")
