# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.linuxnet.packetloss.plugins.module_utils import cpus

LISTS = [
    ("", []),
    ("\n", []),
    ("0", [0]),
    ("0-3,8", [0, 1, 2, 3, 8]),
    ("0-3,8\n", [0, 1, 2, 3, 8]),
    ("7,0-1", [0, 1, 7]),
    ("0-2,1-3", [0, 1, 2, 3]),
    ("1022-1025", [1022, 1023, 1024, 1025]),
    ("0-31:2/4", [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29]),
    ("2-9:1/3,40", [2, 5, 8, 40]),
    ("0-3:4/4", [0, 1, 2, 3]),
]

MASKS = [
    ("0", []),
    ("00000000,00000000", []),
    ("1", [0]),
    ("f\n", [0, 1, 2, 3]),
    ("ff,ffffffff", list(range(40))),
    ("1,00000000", [32]),
    ("1,0", [32]),
    ("80000000,00000000,00000001", [0, 95]),
    ("FF", list(range(8))),
    ("1" + ",00000000" * 40, [1280]),
]


@pytest.mark.parametrize("text, expected", LISTS)
def test_parse_list(text, expected):
    assert cpus.parse_list(text) == expected


@pytest.mark.parametrize(
    "text",
    ["a", "0-", "-3", "3-1", "0,,2", "0,", "0 1", "0x1", "0-7:0", "0-7:3/2", "0-7:1/0", "4:1/2", "(null)", "+1", "1_0"],
)
def test_parse_list_refuses(text):
    with pytest.raises(ValueError) as caught:
        cpus.parse_list(text)
    assert "found" in str(caught.value)


def test_a_hostile_range_does_not_fill_the_memory():
    with pytest.raises(ValueError) as caught:
        cpus.parse_list("0-99999999999")
    assert "below 65536" in str(caught.value)
    with pytest.raises(ValueError):
        cpus.parse_mask("1" + ",00000000" * 5000)


@pytest.mark.parametrize(
    "ids, expected",
    [([], ""), ([0], "0"), ([0, 1], "0-1"), ([8, 3, 2, 1, 0], "0-3,8"), ([5, 5, 7], "5,7"), (range(1024), "0-1023")],
)
def test_format_list(ids, expected):
    assert cpus.format_list(ids) == expected


@pytest.mark.parametrize("text, expected", MASKS)
def test_parse_mask(text, expected):
    assert cpus.parse_mask(text) == expected


@pytest.mark.parametrize("text", ["", "\n", "g", "0x3", "fffffffff", "1,,0", "1,", "ff ff", "-1"])
def test_parse_mask_refuses(text):
    with pytest.raises(ValueError) as caught:
        cpus.parse_mask(text)
    assert "found" in str(caught.value)


@pytest.mark.parametrize(
    "ids, expected",
    [
        ([], "0"),
        ([0], "1"),
        ([31], "80000000"),
        ([32], "1,00000000"),
        ([64, 0, 33], "1,00000002,00000001"),
        (range(40), "ff,ffffffff"),
    ],
)
def test_format_mask(ids, expected):
    assert cpus.format_mask(ids) == expected


@pytest.mark.parametrize("highest", [1, 31, 32, 33, 64, 255, 1023, 2047])
def test_both_texts_give_back_what_they_were_made_of(chance, highest):
    for share in (0.01, 0.5, 0.99):
        ids = chance.tried([cpu for cpu in range(highest + 1) if chance.random() < share])
        assert cpus.parse_list(cpus.format_list(ids)) == ids
        assert cpus.parse_mask(cpus.format_mask(ids)) == ids
        assert cpus.parse_list(cpus.format_list(reversed(ids))) == ids
