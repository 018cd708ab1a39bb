# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import neighbour
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64

# 6.1; up to 4.0 table_fulls is missing.
NEW = """\
entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls
00000400 00000010 00000002 00000001   1a0000004 00000009 00000003   00000000         00000000         00000032         00000011       00000007            00000005
00000400 00000001 00000000 00000000   00000003 00000003 00000001   00000000         00000000         00000000         00000001       00000002            00000006
"""  # noqa: E501
OLD = "\n".join(line.rsplit(None, 1)[0] for line in NEW.splitlines()) + "\n"


def files(family, table, text):
    base = f"/proc/sys/net/{family}/neigh/default/gc_thresh"
    return {f"/proc/net/stat/{table}": text, base + "1": "128\n", base + "2": "512\n", base + "3": "1024\n"}


def test_a_full_table(host):
    gaps = Gaps()
    reader = host(dict(files("ipv4", "arp_cache", NEW), **files("ipv6", "ndisc_cache", NEW)))
    found = neighbour.read(reader, gaps, True)
    for table in ("arp_cache", "ndisc_cache"):
        assert found[table]["entries"] == 1024
        assert [found[table][name] for name in neighbour.THRESHOLDS] == [128, 512, 1024]
        stats = found[table]["stats"]
        assert (stats["table_fulls"], stats["unresolved_discards"], stats["res_failed"]) == (11, 9, 4)
        assert stats["lookups"] == 0x1A0000007
        assert isinstance(stats["lookups"], Counter64)
    assert gaps.entries == []


def test_old_kernel_has_no_table_fulls(host):
    found = neighbour.read(host(files("ipv4", "arp_cache", OLD)), Gaps(), True)
    assert "table_fulls" not in found["arp_cache"]["stats"]
    assert found["arp_cache"]["stats"]["unresolved_discards"] == 9


@pytest.mark.parametrize("initial, reason", [(False, "not_visible"), (True, "absent"), (None, "absent")])
def test_nothing_to_be_seen(host, initial, reason):
    gaps = Gaps()
    assert neighbour.read(host({}), gaps.at("neighbour"), initial) == {"arp_cache": None, "ndisc_cache": None}
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [
        ("/neighbour/arp_cache", reason),
        ("/neighbour/ndisc_cache", reason),
    ]


def test_malformed_statistics_leave_the_thresholds(host):
    gaps = Gaps()
    found = neighbour.read(host(files("ipv4", "arp_cache", "entries allocs\n")), gaps, True)
    assert found["arp_cache"] == {
        "entries": None, "stats": None, "gc_thresh1": 128, "gc_thresh2": 512, "gc_thresh3": 1024
    }  # fmt: skip
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [
        ("/arp_cache/entries", "malformed"),
        ("/arp_cache/stats", "malformed"),
        ("/ndisc_cache", "absent"),
    ]


def test_this_kernel():
    gaps = Gaps()
    found = neighbour.read(this_host(), gaps, None)
    if found["arp_cache"] is None:
        pytest.skip(f"the neighbour table cannot be seen here: {gaps.entries}")
    assert found["arp_cache"]["gc_thresh3"] > 0
    assert found["arp_cache"]["entries"] >= 0


def test_child_network_namespace_does_not_see_the_table(python_in_namespace):
    code = """
import json
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import namespaces, neighbour
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
gaps, reader = Gaps(), this_host()
found = neighbour.read(reader, gaps, namespaces.network_is_initial(reader))
print(json.dumps([found, [gap["reason"] for gap in gaps.entries]]))
"""
    assert python_in_namespace('exec "$@"', code) == [
        {"arp_cache": None, "ndisc_cache": None},
        ["not_visible", "not_visible"],
    ]
