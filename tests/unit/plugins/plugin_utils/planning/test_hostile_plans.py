# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever stands in a document, there is a plan that is JSON, or reasons; and no number in it is a strange one."""

import json

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning import fleet, proof
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.plan import make
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.planning.policy import checked
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.rules.diagnosis import load_rules
from ansible_collections.linuxnet.packetloss.tests.unit.judging import diagnose
from ansible_collections.linuxnet.packetloss.tests.unit.plugins.plugin_utils.rules.test_hostile_documents import (
    DOCUMENT,
    PLACES,
    STRANGE,
    USED,
    put,
)

RULES = load_rules()
POLICY = checked({"steps": 50, "disruption": 3, "severities": "all"})

#: Where something stands that a change or its price is decided by.
DECIDING = [*USED, *(path for path in PLACES if path[0] in ("sysctls", "memory", "cpus"))]
DECIDING += [
    path
    for path in PLACES
    if path[:2] == ("nics", "eth0") and path[2:3] in (("rings",), ("irqs",), ("rss",), ("queues",))
]


def planned(document):
    found = {**diagnose(document, RULES), "run": None, "error": None}
    plan = make("h", document, found, POLICY)
    json.dumps(plan, allow_nan=False)
    fleet.page(plan)
    json.dumps(proof.measure(document, found), allow_nan=False)
    return plan


def test_the_host_before_it_lies():
    plan = planned(DOCUMENT)
    assert len(plan["steps"]) >= 3
    assert len({one["finding"] for part in ("steps", "refused", "advice", "waiting") for one in plan[part]}) >= 12


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:30])
def test_a_strange_value_in_some_place(chance, value):
    for path in chance.sample(PLACES, 2) + chance.sample(DECIDING, 3):
        planned(put(DOCUMENT, chance.tried(path), value))


def test_strange_values_in_many_places(chance):
    for _time in range(6):
        paths = sorted(chance.sample(PLACES, 30), key=len, reverse=True)
        document = DOCUMENT
        for path, value in chance.tried([(path, chance.choice(STRANGE)) for path in paths]):
            document = put(document, path, value)
        planned(document)


@pytest.mark.parametrize("queues", [1 << 33, 10**20])
@pytest.mark.parametrize("key", ["rx", "combined", "rx_max", "combined_max"])
def test_channels_without_end_are_not_counted_through(key, queues):
    planned(put(DOCUMENT, ("nics", "eth0", "channels", key), queues))


@pytest.mark.parametrize("queue", ["0", str(1 << 33)])
def test_an_rss_table_without_end_is_not_made(queue):
    weights = {**DOCUMENT["nics"]["eth0"]["rss"]["weights"], queue: 1 << 33}
    planned(put(DOCUMENT, ("nics", "eth0", "rss", "weights"), weights))
