# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.plugin_utils.reporting.words import (
    counted,
    markdown,
    mebibytes,
    number,
    printable,
    subject,
)
from ansible_collections.linuxnet.packetloss.tests.unit.findings import finding


def test_escapes():
    assert printable("a\x1b[2Jb\nc") == "a\\x1b[2Jb\\x0ac"
    # What turns the direction of a line around is no text either.
    assert printable("eth\u202e0") == "eth\\x202e0"
    assert markdown("a|b\n<i>") == "a\\|b\\\\x0a&lt;i&gt;"


@pytest.mark.parametrize(
    "value, expected",
    [
        (1234567, "1,234,567"),
        (0.256, "0.256"),
        (1234.5, "1,234"),
        (12.34, "12.3"),
        (None, "not known"),
        (True, "yes"),
        ([1, 2], "1, 2"),
        ({"rx_crc_errors": 1200, "rx_length_errors": 3}, "rx_crc_errors 1,200, rx_length_errors 3"),
        ("x", "x"),
    ],
)
def test_number(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    "size, text",
    [(0, "0.0 MiB"), (1 << 20, "1.0 MiB"), (-3 << 20, "-3.0 MiB"), (6159605760, "5,874 MiB"), (10 << 20, "10 MiB")],
)
def test_mebibytes(size, text):
    assert mebibytes(size) == text


@pytest.mark.parametrize("count, text", [(0, "0 losses"), (1, "1 loss"), (1200, "1,200 losses")])
def test_counted(count, text):
    assert counted(count, "loss", "losses") == text


@pytest.mark.parametrize(
    "kind, names, count, text",
    [
        ("nic", ["eth0"], 1, "eth0"),
        ("nic", ["eth0", "eth1"], 2, "eth0, eth1"),
        ("nic", ["eth0", "eth1", "eth2"], 3, "eth0, eth1 and 1 more"),
        ("qdisc", [f"eth0 :{number}" for number in range(8)], 1064, "eth0 :0, eth0 :1 and 1,062 more"),
        ("cpu", ["2"], 1, "CPU 2"),
        ("cpu", ["CPU 2"], 1, "CPU 2"),
        ("host", [], 1, ""),
    ],
)
def test_a_subject_in_words(kind, names, count, text):
    about = {"type": kind, "name": names[0] if names else None}
    assert subject(finding(subject=about, subjects=names, count=count)) == text
