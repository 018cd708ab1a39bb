# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a sysctl would be set to next: doubled, but no less than the kernel's default and than what is in use."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.signals.next_values import DEFAULTS, next_values
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, merged

#: A machine of 16 GiB: 4,194,304 pages.
MEMORY = {"page_size_bytes": 4096, "meminfo": {"MemTotal": 16 << 30}}


def following(**parts):
    return next_values(merged(host_document(memory=MEMORY), parts))


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_value_is_doubled_and_a_ruined_one_begins_at_the_default(name):
    default = DEFAULTS[name]
    assert following(sysctls={name: 3 * default})[name] == 6 * default
    assert following(sysctls={name: 1})[name] == default
    assert following(sysctls={name: None})[name] is None


def test_budget_2_of_the_lab_goes_to_the_default_and_not_to_4():
    assert following(sysctls={"net.core.netdev_budget": 2})["net.core.netdev_budget"] == 300


def test_the_memory_of_udp_goes_above_what_is_in_use():
    """As the lab had it: a limit of 8 pages while 389 are in use; doubling it did nothing."""
    found = following(sysctls={"net.ipv4.udp_mem": [2, 4, 8]}, sockets={"sockstat": {"UDP": {"mem": 389}}})[
        "net.ipv4.udp_mem"
    ]
    # Of 4,194,304 pages: low 3/32, pressure an eighth, limit 3/16, as udp_init() makes them.
    assert found == [393216, 524288, 786432]
    # The limit in use doubled, where that is more than the default.
    large = following(sysctls={"net.ipv4.udp_mem": [1, 2, 500000]})["net.ipv4.udp_mem"]
    assert large[2] == 1000000


def test_no_protocol_gets_more_than_a_quarter_of_the_memory():
    assert following(sysctls={"net.ipv4.tcp_mem": [1, 2, 900000]})["net.ipv4.tcp_mem"][2] == 1048576
    assert following(sysctls={"net.ipv4.tcp_mem": [1, 2, 1048576]})["net.ipv4.tcp_mem"] is None


def test_a_page_smaller_than_a_byte_is_none():
    """Found by a test with random input: the memory in such pages is no number."""
    found = following(memory=dict(MEMORY, page_size_bytes=1e-320), sysctls={"net.ipv4.tcp_mem": [1, 2, 3]})
    assert found["net.ipv4.tcp_mem"] is None


def test_only_the_most_of_a_receive_buffer_grows():
    name = "net.ipv4.tcp_rmem"
    assert following(sysctls={name: [4096, 131072, 6291456]})[name] == [4096, 131072, 12582912]
    assert following(sysctls={name: [2304, 2304, 2304]})[name] == [2304, 2304, 6291456]
    assert following(sysctls={name: 4096})[name] is None


def test_the_connection_table_is_above_twice_its_use_and_its_hash_follows():
    found = following(conntrack={"max": 200, "count": 150, "buckets": 8192})
    assert found["net.netfilter.nf_conntrack_max"] == 400
    assert found["net.netfilter.nf_conntrack_buckets"] is None
    found = following(conntrack={"max": 262144, "count": 262144, "buckets": 65536})
    assert found["net.netfilter.nf_conntrack_max"] == 524288
    assert found["net.netfilter.nf_conntrack_buckets"] == 131072


def test_all_three_thresholds_of_the_neighbours_the_highest_first():
    found = following(neighbour={"arp_cache": {"gc_thresh3": 16, "entries": 3000}})
    ipv4 = [(name.rpartition(".")[2], value) for name, value in found.items() if name.startswith("net.ipv4.neigh")]
    assert ipv4 == [("gc_thresh3", 6000), ("gc_thresh2", 3000), ("gc_thresh1", 750)]


def test_the_reserve_doubles_up_to_a_twentieth_of_the_memory():
    name = "vm.min_free_kbytes"
    assert following(sysctls={name: 67584})[name] == 135168
    assert following(sysctls={name: 800000})[name] == 838860
    assert following(sysctls={name: 838860})[name] is None


def test_nothing_is_known_of_an_empty_document():
    assert set(next_values({}).values()) == {None}
