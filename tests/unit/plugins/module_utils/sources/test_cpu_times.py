# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import cpu_times
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter64, Unsteady
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

STAT = """\
cpu  311 2 36 1500 6 0 9 13 0 0
cpu0 101 1 21 1000 4 0 3 8 1 2
cpu3 210 1 15 500 2 0 6 5 0 0
intr 99999 1 2 3
ctxt 77
btime 1700000000
"""


def test_each_cpu_and_not_the_sum():
    found = cpu_times.parse(STAT)
    assert list(found) == ["0", "3"]
    assert found["0"] == {
        "user": 101,
        "nice": 1,
        "system": 21,
        "idle": 1000,
        "iowait": 4,
        "irq": 0,
        "softirq": 3,
        "steal": 8,
        "guest": 1,
        "guest_nice": 2,
    }
    assert {name for name, value in found["0"].items() if isinstance(value, Unsteady)} == {"idle", "iowait"}
    assert all(isinstance(value, Counter64) for value in found["0"].values())


@pytest.mark.parametrize(
    "fields, lacking",
    [
        (4, {"iowait", "irq", "softirq", "steal", "guest", "guest_nice"}),
        (7, {"steal", "guest", "guest_nice"}),
        (8, {"guest", "guest_nice"}),
        (9, {"guest_nice"}),
        (10, set()),
        (12, set()),
    ],
)
def test_what_an_older_kernel_lacks_is_none(fields, lacking):
    text = "cpu0 " + " ".join(str(number) for number in range(1, fields + 1)) + "\nintr 1\n"
    found = cpu_times.parse(text)["0"]
    assert len(found) == 10
    assert {name for name, value in found.items() if value is None} == lacking
    assert found["idle"] == 4


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "cpu0"),
        ("intr 1 2\n", "'intr 1 2"),
        ("cpu  1 2 3 4\nintr 1\n", "cpu0"),
        ("cpu0 1 2 3\n", "at least 4 fields, found 'cpu0 1 2 3'"),
        ("cpu0 1 2 3 x\n", "clock ticks"),
        ("cpu0 1 2 3 -4\n", "clock ticks"),
    ],
)
def test_malformed(text, expected):
    detail = malformed(cpu_times.parse, text)
    assert cpu_times.PATH in detail
    assert expected in detail


def test_read(host):
    assert cpu_times.read(host({"/proc/stat": STAT}))["3"]["softirq"] == 6
