# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces, sysctls


@pytest.mark.parametrize(
    "text, expected",
    [
        ("300\n", 300),
        ("-1\n", -1),
        ("4096\t131072\t6291456\n", [4096, 131072, 6291456]),
        ("fq_codel\n", "fq_codel"),
        ("cubic reno\n", "cubic reno"),
        ("\n", ""),
    ],
)
def test_parse(text, expected):
    assert sysctls.parse(text) == expected


def test_read(host):
    gaps = Gaps()
    reader = host(
        {
            "/proc/sys/net/core/netdev_budget": "300\n",
            "/proc/sys/net/core/flow_limit_cpu_bitmap": "10\n",
            "/proc/sys/net/core/default_qdisc": "fq_codel\n",
            "/proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
            "/proc/sys/net/ipv4/neigh/default/gc_thresh3": "1024\n",
        }
    )
    found = sysctls.read(reader, gaps.at("sysctls"), True)
    assert found["net.core.netdev_budget"] == 300
    assert found["net.core.flow_limit_cpu_bitmap"] == "10"  # hexadecimal, not ten
    assert found["net.core.default_qdisc"] == "fq_codel"
    assert found["net.ipv4.tcp_rmem"] == [4096, 131072, 6291456]
    assert found["net.ipv4.neigh.default.gc_thresh3"] == 1024
    assert set(found) == set(sysctls.TABLE)
    missing = {name for name, value in found.items() if value is None}
    assert {gap["path"] for gap in gaps.entries} == {"/sysctls/" + name for name in missing}
    assert {gap["reason"] for gap in gaps.entries} == {"absent"}


def test_container_tells_host_wide_from_missing(host):
    gaps = Gaps()
    found = sysctls.read(host({"/proc/sys/net/core/somaxconn": "4096\n"}), gaps, False)
    reasons = {gap["path"][1:]: gap["reason"] for gap in gaps.entries}
    assert found["net.core.somaxconn"] == 4096
    assert reasons["net.core.netdev_max_backlog"] == "not_visible"
    assert reasons["net.ipv4.tcp_mem"] == "not_visible"
    assert reasons["net.ipv6.neigh.default.gc_thresh3"] == "not_visible"
    # connection tracking is per namespace: without its file there the module is not loaded
    assert reasons["net.netfilter.nf_conntrack_max"] == "absent"


def test_new_network_namespace(python_in_namespace):
    code = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces, sysctls
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
gaps, reader = Gaps(), this_host()
found = sysctls.read(reader, gaps, namespaces.network_is_initial(reader))
print(json.dumps([found, {gap["path"][1:]: gap["reason"] for gap in gaps.entries}]))
"""
    found, reasons = python_in_namespace('exec "$@"', code)
    assert isinstance(found["net.core.somaxconn"], int)
    assert found["net.core.netdev_budget"] is None
    for name in ("netdev_budget", "netdev_max_backlog", "dev_weight", "default_qdisc", "busy_poll"):
        assert reasons["net.core." + name] == "not_visible"
    assert reasons["net.ipv4.tcp_mem"] == reasons["net.ipv4.udp_mem"] == "not_visible"


def test_this_kernel():
    reader = this_host()
    if namespaces.network_is_initial(reader) is not True:
        pytest.skip("not in the initial network namespace")
    found = sysctls.read(reader, Gaps(), True)
    assert found["net.core.netdev_budget"] > 0
    assert len(found["net.ipv4.tcp_rmem"]) == 3
    assert len(found["net.ipv4.udp_mem"]) == 3
    assert isinstance(found["net.core.flow_limit_cpu_bitmap"], str)
