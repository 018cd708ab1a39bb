# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept over a boot, as it was before a transaction: what others have kept meanwhile stays."""

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.transaction import keeping

ETH0 = {"bus": "0000:01:00.0", "mac": "02:fc:00:a1:b2:c3", "driver": "mlx5_core", "name": "eth0"}
ETH1 = dict(ETH0, bus="0000:02:00.0", mac="02:fc:00:a1:b2:c4", name="eth1")
MEMORY = {"reserve": None, "force": False}


@pytest.mark.parametrize(
    "now, before, after, expected",
    [
        # It was not there before, it had another value, it is as it was.
        ({"rx": 2048}, {}, {"rx": 2048}, ({}, {})),
        ({"rx": 2048, "tx": 512}, {"rx": 1024, "tx": 512}, {"rx": 2048, "tx": 512}, ({"rx": 1024, "tx": 512}, {})),
        # An alternative took its place.
        ({"cpulist": "1"}, {"policy": "spread"}, {"cpulist": "1"}, ({"policy": "spread"}, {})),
        # Somebody else has kept something since, of the same and of another key.
        ({"rx": 4096}, {"rx": 1024}, {"rx": 2048}, ({"rx": 4096}, {"rx": 4096})),
        ({"rx": 2048, "tx": 99}, {}, {"rx": 2048}, ({"tx": 99}, {})),
        # Somebody else has put it back already, or removed it.
        ({"rx": 1024}, {"rx": 1024}, {"rx": 2048}, ({"rx": 1024}, {})),
        ({}, {}, {"rx": 2048}, ({}, {})),
        ({}, {"rx": 1024}, {"rx": 2048}, ({}, {"rx": None})),
    ],
)
def test_values_as_before(now, before, after, expected):
    assert keeping.values_before(now, before, after) == expected


def entry(nic, **settings):
    return {"nic": nic, "settings": settings, "memory": MEMORY}


def test_a_nic_is_the_same_under_another_name_and_one_that_nothing_is_kept_of_goes():
    kept = {
        "before": {"nics": [entry(ETH1, ring={"rx": 512})], "sysctls": {}},
        "after": {"nics": [entry(ETH0, ring={"rx": 2048}), entry(ETH1, ring={"rx": 512}, rss={"equal": 2})]},
    }
    now = [
        entry(dict(ETH0, name="wan0"), ring={"rx": 2048}),
        entry(ETH1, ring={"rx": 1024}, rss={"equal": 2}),
        entry(dict(ETH0, mac="02:fc:00:a1:b2:ff", bus="0000:09:00.0"), ring={"rx": 2048}),
    ]
    found, said = keeping.nics_before(now, kept)
    assert found == [entry(ETH1, ring={"rx": 1024}), now[2]]
    # Whatever the ring of eth1 is, the transaction has not kept it.
    assert said == []
