# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Gaps
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import irqs


def read(tree, numbers):
    gaps = Gaps("/nics/eth0/irqs")
    return irqs.read(tree.host, numbers, gaps), [(entry["path"], entry["reason"]) for entry in gaps.entries]


def test_where_an_interrupt_may_fire_and_where_it_does(tree):
    tree.irq(38, affinity="0-3,8", effective="2", hint="00000001,00000004", node=1)
    found, gaps = read(tree, ["38"])
    assert found == {
        "38": {"affinity": [0, 1, 2, 3, 8], "effective_affinity": [2], "affinity_hint": [2, 32], "node": 1},
    }
    assert gaps == []


def test_a_hint_of_no_cpu_is_the_absence_of_a_wish_not_of_the_value(tree):
    tree.irq(38, affinity="0", effective="0", hint="00000000,00000000")
    found, gaps = read(tree, ["38"])
    assert found["38"]["affinity_hint"] == []
    assert gaps == []


def test_what_all_interrupts_lack_is_one_gap(tree):
    for number in (38, 39, 40):
        tree.irq(number, affinity="0", node=-1)
    found, gaps = read(tree, ["38", "39", "40"])
    assert [found[number]["effective_affinity"] for number in found] == [None, None, None]
    assert [found[number]["node"] for number in found] == [None, None, None]
    assert gaps == [
        ("/nics/eth0/irqs/38/effective_affinity", "absent"),
        ("/nics/eth0/irqs/38/node", "absent"),
    ]


def test_an_interrupt_that_is_gone_leaves_the_others(tree):
    tree.irq(39, affinity="1", effective="1")
    found, gaps = read(tree, ["38", "39"])
    assert found["38"] == {"affinity": None, "effective_affinity": None, "affinity_hint": None, "node": None}
    assert found["39"]["affinity"] == [1]
    assert {path.split("/")[4] for path, _reason in gaps} == {"38"}


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        ("smp_affinity_list", "0-", "affinity"),
        ("effective_affinity_list", "no CPU", "effective_affinity"),
        ("affinity_hint", "zz", "affinity_hint"),
        ("node", "", "node"),
    ],
)
def test_malformed_text_is_a_gap(tree, file, text, key):
    tree.irq(38, affinity="0", effective="0")
    tree.write("/proc/irq/38/" + file, text)
    found, gaps = read(tree, ["38"])
    assert found["38"][key] is None
    assert gaps == [("/nics/eth0/irqs/38/" + key, "malformed")]
