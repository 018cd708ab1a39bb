# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.linuxnet.packetloss.plugins.filter.ring_memory import FilterModule
from ansible_collections.linuxnet.packetloss.plugins.module_utils.ring_memory.plan import plan
from ansible_collections.linuxnet.packetloss.tests.unit.documents import host_document, nic

DOCUMENTATION = Path(__file__).resolve().parents[4] / "plugins" / "filter" / "ring_memory.yml"

ring_memory = FilterModule().filters()["ring_memory"]


def document():
    return host_document(nics={"eth0": nic(), "eth1": nic(ifindex=3)})


def test_the_result_is_that_of_the_module():
    found = ring_memory(document(), rx=4096, max=True, targets={"eth1": {"mtu": 9000}}, reserve="1G")
    common = {"rx": 4096, "max": True}
    assert found == plan(document(), None, common, {"eth1": {"mtu": 9000}}, "1G")
    assert found["need_bytes"] > 0
    json.dumps(found)


def test_as_it_is_and_of_some_nics():
    assert ring_memory(document())["need_bytes"] == 0
    assert list(ring_memory(document(), interfaces=["*1"])["nics"]) == ["eth1"]


def test_a_stored_document_is_the_same_as_one_in_memory():
    stored = json.loads(json.dumps(document()))
    assert ring_memory(stored, rx=8192) == ring_memory(document(), rx=8192)


@pytest.mark.parametrize(
    "given, found",
    [
        ("{}", "found str '{}'"),
        (None, "found NoneType 'None'"),
        ([1], "found list '[1]'"),
        ({}, "found schema_version None"),
        ({"schema_version": 2, "nics": {}}, "found schema_version 2"),
        ("x" * 5000, "found str '" + "x" * 60 + "'"),
    ],
)
def test_what_is_no_host_document(given, found):
    with pytest.raises(AnsibleFilterError) as raised:
        ring_memory(given, rx=8192)
    message = str(raised.value)
    assert message.startswith("linuxnet.packetloss.ring_memory: expected a host document of version 1, such as hosts/")
    assert message.endswith(found)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rx": 9000}, "eth0: rx 9000 is above the most that it can have: give a number from 16 to 8192"),
        ({"rx": "many"}, "eth0: rx is 'many', expected a whole number"),
        ({"targets": {"eth7": {"rx": 64}}}, "eth7: no such NIC"),
        ({"targets": ["eth0"]}, "damaged"),
        ({"interfaces": ["eth7"]}, "no interface 'eth7' on this host; it has: eth0, eth1"),
        ({"reserve": "a lot"}, "reserve: 'a lot' is no amount of memory"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(AnsibleFilterError) as raised:
        ring_memory(document(), **options)
    assert str(raised.value).startswith("linuxnet.packetloss.ring_memory: ") and message in str(raised.value)


@pytest.mark.parametrize(
    "path",
    [
        ("channels", "combined"),
        ("channels", "rx"),
        ("channels", "tx"),
        ("channels", "combined_max"),
        ("traffic_classes",),
    ],
)
@pytest.mark.parametrize("value", [10**9, 10**30])
def test_more_queues_than_any_nic_has_are_not_counted_up_to(path, value):
    """Found by the random input below."""
    spoiled = document()
    part = spoiled["nics"]["eth0"]
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert "more than any NIC has" in ring_memory(spoiled, rx=8192)["skipped"]["eth0"]


def test_a_damaged_document_is_an_error_and_no_traceback(chance):
    strange = ["x", -1, 1e9, [], {}, None, True, 10**30, "9" * 40]

    def spoil(value):
        if isinstance(value, dict) and value and chance.random() < 0.95:
            key = chance.choice(sorted(value))
            return {**value, key: spoil(value[key])}
        return chance.choice(strange)

    whole = {key: document()[key] for key in ("schema_version", "meta", "cpus", "memory", "nics")}
    outcomes = set()
    for _time in range(500):
        spoiled = chance.tried(spoil(whole))
        try:
            json.dumps(ring_memory(spoiled, rx=8192))
            outcomes.add("priced")
        except AnsibleFilterError as error:
            assert str(error).startswith("linuxnet.packetloss.ring_memory: ")
            outcomes.add("refused")
    assert outcomes == {"priced", "refused"}


def test_the_documentation_has_every_option_with_its_default():
    told = yaml.safe_load(DOCUMENTATION.read_text(encoding="utf-8"))["DOCUMENTATION"]["options"]
    defaults = {name: told[name].get("default") for name in told if name != "_input"}
    assert defaults == ring_memory.__kwdefaults__
