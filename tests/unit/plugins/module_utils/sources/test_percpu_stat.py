# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import percpu_stat
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.counter import Counter32, Counter64
from ansible_collections.linuxnet.packetloss.tests.unit.refusals import malformed

PATH = "/proc/net/stat/x"


def test_rows_are_summed_and_entries_are_not():
    text = "entries  searched drop\n0000001f  00000010 00000001\n0000001f  000000ff 00000002\n"
    assert percpu_stat.parse(text, PATH, Counter32) == {"entries": 31, "stats": {"searched": 271, "drop": 3}}


def test_wide_values_of_a_64_bit_kernel():
    text = "entries lookups\n00000001 1ffffffff\n00000001 00000001\n"
    lookups = percpu_stat.parse(text, PATH, Counter64)["stats"]["lookups"]
    assert (lookups, type(lookups)) == (0x200000000, Counter64)


def test_the_growth_of_a_sum_is_right_although_one_row_wraps():
    before = percpu_stat.parse("entries drop\n1 fffffff0\n1 00000005\n", PATH, Counter32)["stats"]["drop"]
    after = percpu_stat.parse("entries drop\n1 00000010\n1 0000000a\n", PATH, Counter32)["stats"]["drop"]
    assert (before, after) == (0xFFFFFFF5, 0x1A)
    assert (after - before) % 2**32 == 0x20 + 5
    assert isinstance(after, Counter32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "entries drop\n",
        "drop\n00000001\n",
        "entries drop\n00000001\n",
        "entries drop\n00000001 00000002 00000003\n",
        "entries drop\n00000001 0000000g\n",
        "entries drop\n00000001 00000002\n000",
    ],
)
def test_malformed(text):
    assert malformed(percpu_stat.parse, text, PATH, Counter32).startswith(PATH + ": expected ")
