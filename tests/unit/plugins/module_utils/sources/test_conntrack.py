# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.live import this_host
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps, Unavailable
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import conntrack
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32

STAT = "/proc/net/stat/nf_conntrack"
SYSCTL = "/proc/sys/net/netfilter/nf_conntrack_"

# 4.x: searched, delete_list. 2.6.32 is the same without search_restart.
STAT_4 = """\
entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
000003e8  00000100 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008 00000009 0000000a 0000000b  00000000 00000000 00000000 00000000
000003e8  00000200 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008 00000009 0000000a 0000000b  00000000 00000000 00000000 00000001
"""  # noqa: E501
STAT_6 = STAT_4.replace("searched", "clashres").replace("delete_list", "chainlength")
STAT_2 = "\n".join(line.rsplit(" ", 1)[0] for line in STAT_4.splitlines()) + "\n"


def files(stat, **settings):
    return dict({STAT: stat}, **{SYSCTL + name: f"{value}\n" for name, value in settings.items()})


def test_a_full_table_on_a_new_kernel(host):
    gaps = Gaps()
    found = conntrack.read(host(files(STAT_6, count=1000, max=1000, buckets=256)), gaps, True)
    assert (found["count"], found["max"], found["buckets"]) == (1000, 1000, 256)
    stats = found["stats"]
    assert (stats["drop"], stats["early_drop"], stats["insert_failed"], stats["invalid"]) == (18, 20, 16, 6)
    assert stats["clashres"] == 0x300
    assert stats["chaintoolong"] == 12
    assert "chainlength" not in stats and "entries" not in stats
    assert all(isinstance(total, Counter32) for total in stats.values())
    assert gaps.entries == []


@pytest.mark.parametrize("stat, last", [(STAT_4, True), (STAT_2, False)])
def test_columns_of_old_kernels(host, stat, last):
    stats = conntrack.read(host(files(stat, count=1, max=2, buckets=3)), Gaps(), True)["stats"]
    assert stats["searched"] == 0x300
    assert stats["delete_list"] == 12
    assert "chaintoolong" not in stats and "clashres" not in stats
    assert ("search_restart" in stats) is last


def test_module_not_loaded(host):
    with pytest.raises(Unavailable) as caught:
        conntrack.read(host({"/proc/net/snmp": ""}), Gaps(), True)
    assert caught.value.reason == "absent"
    assert "nf_conntrack" in caught.value.detail


def test_kernel_without_its_statistics_file(host):
    gaps = Gaps()
    stat_missing = files("", count=5, max=10, buckets=4)
    del stat_missing[STAT]
    found = conntrack.read(host(stat_missing), gaps.at("conntrack"), True)
    assert found == {"count": 5, "max": 10, "buckets": 4, "stats": None}
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/conntrack/stats", "absent")]


@pytest.mark.parametrize("initial, reason", [(True, "absent"), (None, "absent"), (False, "not_visible")])
def test_settings_hidden_in_a_container(host, initial, reason):
    gaps = Gaps()
    found = conntrack.read(host(files(STAT_6, count=5)), gaps, initial)
    assert (found["count"], found["max"], found["buckets"]) == (5, None, None)
    assert [(gap["path"], gap["reason"]) for gap in gaps.entries] == [("/max", reason), ("/buckets", reason)]


def test_malformed_statistics_leave_the_rest(host):
    gaps = Gaps()
    found = conntrack.read(host(files(STAT_6[:-20], count=5, max=10, buckets=4)), gaps, True)
    assert found["count"] == 5 and found["stats"] is None
    assert [gap["reason"] for gap in gaps.entries] == ["malformed"]


def test_this_kernel():
    try:
        found = conntrack.read(this_host(), Gaps(), None)
    except Unavailable as error:
        pytest.skip(f"no connection tracking on this machine: {error}")
    assert found["count"] >= 0
    assert isinstance(found["stats"]["drop"], Counter32)
