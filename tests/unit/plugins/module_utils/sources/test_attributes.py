# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources.attributes import number_in


@pytest.mark.parametrize(
    "name, prefix, number",
    [
        ("node0", "node", 0),
        ("rx-12", "rx-", 12),
        ("CPU007", "CPU", 7),
        ("cpu999999999", "cpu", 999999999),
        ("cpu9999999999", "cpu", None),
        ("cpu" + "9" * 5000, "cpu", None),
        ("cpu", "cpu", None),
        ("cpu-1", "cpu", None),
        ("cpu+1", "cpu", None),
        ("cpu1_0", "cpu", None),
        ("cpu 1", "cpu", None),
        ("cpu1\n", "cpu", None),
        ("cpu\N{ARABIC-INDIC DIGIT THREE}", "cpu", None),
        ("cpu\N{SUPERSCRIPT TWO}", "cpu", None),
        ("CPU0", "cpu", None),
        ("node", "node0", None),
        ("power", "node", None),
    ],
)
def test_number_in(name, prefix, number):
    assert number_in(name, prefix) == number
